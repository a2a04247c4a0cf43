"""docs/data.md: what it shows, in Python and as commands, prepares a run; in full it is slow."""

import re
from pathlib import Path

import pytest
from runs import command

from spikesampler.cli import commands
from spikesampler.experiments import prepare as preparing
from spikesampler.experiments.settings import resolve

PAGE = Path(__file__).parents[1] / "docs" / "data.md"


def blocks():
    """(language, code) of each block of the page."""
    return re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def test_the_page_has_commands_and_code():
    languages = [language for language, _ in blocks()]
    assert languages.count("python") == 4
    assert languages.count("sh") == 2


def lines(code):
    return [line.split()[1:] for line in code.splitlines()]


def test_what_the_page_shows_is_taken(tmp_path, monkeypatch):
    """Without running it: data are read, split and fitted to the model."""
    monkeypatch.chdir(tmp_path)
    prepared = []

    def run(out=None, **settings):
        settings["samples"] = 20
        prepared.append(preparing.prepare(resolve(**settings)))

    names = {"run": run}
    for language, code in blocks():
        if language == "python":
            exec(code.replace("import compare, run", "import compare"), names)
            continue
        for words in lines(code):
            if "spikes:replayed" in words:
                continue  # a run that the other test makes
            context = commands.commands["run"].make_context("run", words[1:])
            others = ("out", "resume", "as_json", "record_synapses")
            given = {name: value for name, value in context.params.items() if name not in others}
            run(**given)
    codings = [each.source.coding for each in prepared]
    assert codings == ["tuning", "tuning", "rates", "spikes", "rates"]
    assert [each.structure["frames"] for each in prepared] == [1, 1, 1, 1, 5]
    assert prepared[3].model["I"] == 30


@pytest.mark.slow
def test_the_page_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for language, code in blocks():
        if language == "python":
            exec(code, names)
            continue
        for words in lines(code):
            done = command(*words)
            assert done.status == 0, (words, done.err)
    for name in ("iris", "ring", "digits-in-order", "replayed", "again", "films"):
        assert (tmp_path / name / "learning.nc").is_file(), name
