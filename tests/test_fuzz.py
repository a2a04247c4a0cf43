"""Whatever is typed or lies in a file, a command takes it or refuses it in one line that names it,
with status 2, and leaves nothing behind. Seeded: the same examples each time.

200 examples by default and 5 000 in a slow test, of options, sweep files, JSON and model files. The
engine, the server and workers are replaced (tests/fuzzed.py): what reaches them was accepted.
"""

import json
import shutil
import warnings
from collections import Counter
from importlib import import_module
from pathlib import Path

import fuzzed
import pytest
from fuzzed import answer, complaint
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runs import undrawn

from spikesampler.language.complaints import ModelWarning
from spikesampler.language.model import check_model, load_model

SMALL = ["--samples", "10", "--test-samples", "5", "--probe-samples", "5"]


@pytest.fixture(scope="module", autouse=True)
def replaced(cache, finished, tmp_path_factory):
    """What begins the work ends the command instead; pictures are not drawn. The cache is one of
    its own, with a network in it: other tests need theirs while `cache --prune --all` is tried.
    """
    builds = (path.parent for path in Path(cache, "builds").glob("*/build.json"))
    network, own = next(builds), tmp_path_factory.mktemp("cache")
    shutil.copytree(network, own / "builds" / network.name)
    with undrawn(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPIKESAMPLER_CACHE", str(own))
        for place, instead in fuzzed.BEGINS.items():
            module, name = place.rsplit(".", 1)
            patch.setattr(import_module(module), name, instead)
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory, finished):
    """A folder to work in, with a file of somebody's and a finished run."""
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copytree(finished, folder / "whole")
    (folder / "file").write_text("mine")
    return folder


def tries(default, times):
    """A decorator: examples in the order of a seed, as many as given, or `times` as many."""
    return settings(
        max_examples=default * times,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


def check_options(place, count, times):
    @tries(80, times)
    @given(fuzzed.command_lines())
    def run(line):
        words, names = line
        answered = answer(place, words)
        count[str(answered.status)] += 1
        assert not complaint(answered, names), (words, complaint(answered, names))
        clean(place)

    run()


def check_toml(place, count, times):
    @tries(40, times)
    @given(fuzzed.toml_files())
    def run(file):
        data, names = file
        (place / "sweep.toml").write_bytes(data)
        answered = answer(place, ["sweep", "--file", "sweep.toml"])
        count[str(answered.status)] += 1
        assert not complaint(answered, names), (data[:300], complaint(answered, names))
        clean(place)

    run()


def check_models(place, count, times):
    @tries(40, times)
    @given(fuzzed.model_files(), st.sampled_from((["show"], ["run"], ["sweep", "--grid", "b=1,2"])))
    def run(data, words):
        (place / "mine.py").write_bytes(data)
        answered = answer(place, [words[0], "mine.py", *words[1:]])
        count[str(answered.status)] += 1
        wrong = complaint(answered, ["mine"])
        assert not wrong, (data[-300:], wrong)
        clean(place)

    run()


def check_mutants(place, count, times):
    """A model with slips of the pen is accepted, or every complaint has a line of the file."""
    path = place / "mine.py"

    @tries(100, times)
    @given(fuzzed.mutated_models())
    def run(text):
        path.write_text(text, encoding="utf-8")
        complaints = check_model(path)
        wrong = [each for each in complaints if each.is_error]
        count["2" if wrong else "0"] += 1
        last = text.count("\n") + 1
        assert all(1 <= each.line <= last and each.message for each in complaints), text
        assert all("\n" not in str(each) for each in complaints)
        if not wrong:  # what is accepted can be used
            model = load_model(path)
            assert model.network or model.rule.to_dict()
        clean(place)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        run()


def check_json(place, count, times):
    manifest = json.loads((place / "whole" / "manifest.json").read_text(encoding="utf-8"))

    @tries(40, times)
    @given(fuzzed.json_files(manifest))
    def run(file):
        name, data, words = file
        (place / name).parent.mkdir(exist_ok=True)
        if name.startswith("run/"):
            for path in (place / "whole").iterdir():
                (place / "run" / path.name).symlink_to(path)
            (place / name).unlink()
        (place / name).write_bytes(data)
        answered = answer(place, words)
        count[str(answered.status)] += 1
        wrong = complaint(answered, [name.split("/")[0]])
        assert not wrong, (words, data[:300], wrong)
        clean(place)

    run()


def clean(place):
    """Only what a command that ended well wrote is there to be removed."""
    for path in place.iterdir():
        if path.name not in ("file", "whole"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("times", [1, pytest.param(25, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "check", [check_options, check_toml, check_models, check_mutants, check_json]
)
def test_what_is_typed_or_read_is_taken_or_refused(place, check, times, capsys):
    count = Counter()
    check(place, count, times)
    with capsys.disabled():
        if times > 1:
            print(f"{check.__name__}: {dict(count)}")
    assert count["2"] > 0.3 * sum(count.values())
    assert count["2"] < sum(count.values())
