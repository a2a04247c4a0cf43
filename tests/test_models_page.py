"""docs/models.md: its commands run, its models are right, its tables are those of the program."""

import re
import shlex
from pathlib import Path

import pytest
from runs import command, undrawn

from spikesampler.language.examples import example_names
from spikesampler.language.expressions import FUNCTIONS
from spikesampler.language.layers import OF_PATHWAY
from spikesampler.language.model import check_model
from spikesampler.language.model_file import OF_NETWORK, OF_SPIKES
from spikesampler.language.scopes import FREE, OF_ARMS, OF_OUTPUTS
from spikesampler.language.standard import STANDARD
from spikesampler.language.units import UNITS

PAGE = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
SMALL = ["--set", "I=200", "--set", "K=5", "--set", "D=2"]


def blocks(language):
    """Texts of the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def listed(name):
    """Words of a marked list of the page."""
    (text,) = re.findall(rf"<!-- {name} -->(.*?)<!-- end -->", PAGE, flags=re.DOTALL)
    return text


def first_column(heading):
    """What the first column of the table below a heading names, in backticks."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, flags=re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def test_the_commands_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (lines,) = blocks("sh")
    assert len(lines.splitlines()) == 3
    for line in lines.splitlines():
        program, *words = shlex.split(line)
        assert program == "spikesampler"
        with undrawn():
            done = command(*words, *(SMALL if words[0] == "run" else []))
        assert done.status == 0, (line, done.err)
    assert (tmp_path / "runs" / "mine" / "manifest.json").is_file()


def test_every_model_is_right(tmp_path):
    first, *others = blocks("python")
    assert len(others) == 6
    path = tmp_path / "mine.py"
    before = ""
    for added in ("", *others):
        goes_on = before if added.startswith("layers[") else ""
        before = added
        path.write_text(first + goes_on + added, encoding="utf-8")
        assert [str(each) for each in check_model(path)] == []


def test_the_complaints_are_those_of_the_checker(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = blocks("python")[0]
    for old, new in (("sum(w*x", "sum(w*xx"), ('"b*(0.5 - theta)"', '"0.5 - theta"')):
        assert text.count(old) == 1
        text = text.replace(old, new)
    Path("mine.py").write_text(text)
    (printed,) = blocks("text")
    told = [str(each) for each in check_model("mine.py")]
    for line, complaint in zip(printed.splitlines(), told, strict=True):
        assert complaint.startswith(line.removesuffix("…"))


def test_the_tables_are_complete():
    assert {*first_column("The fields")} == {*OF_SPIKES, *OF_NETWORK}
    assert {*first_column("Names")} == {"theta", "pi", "inf", *FREE, *OF_OUTPUTS, *OF_ARMS}
    assert {*first_column("Parameters")} == {*STANDARD}
    for name, (meaning, _) in FREE.items():
        assert re.search(rf"\| `{name}` \| {re.escape(meaning)}", PAGE)
    assert listed("functions").split(", ") == sorted(FUNCTIONS)
    layers = re.findall(r"`(\w+)`", listed("of pathways"))
    assert {*layers} | {"resets", "delay", "plastic"} == {*OF_PATHWAY}
    assert listed("units").split(", ") == [*UNITS]
    assert sorted(re.findall(r"^\| `(\w+)`", listed("examples"), re.MULTILINE)) == sorted(
        example_names()
    )


@pytest.mark.parametrize("heading", re.findall(r"\]\(#([\w-]+)\)", PAGE))
def test_links_within_the_page_lead_somewhere(heading):
    headings = re.findall(r"^## (.*)$", PAGE, flags=re.MULTILINE)
    assert heading in [each.lower().replace(" ", "-") for each in headings]
