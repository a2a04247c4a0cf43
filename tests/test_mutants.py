"""The table of mutants is not stale, and `scripts/mutants.py` tells caught, survived and stale
apart.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from runs import SCRIPTS, script

ROOT = Path(__file__).parents[1]
TABLE = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text())


def test_every_mutant_changes_what_stands_there_once():
    for name, mutant in TABLE.items():
        assert (ROOT / mutant["file"]).read_text().count(mutant["old"]) == 1, name
        assert mutant["old"] != mutant["new"], name


def test_every_mutant_has_tests_that_run_by_default():
    """Files that are there, and the tests of them that are named."""
    assert len(TABLE) >= 33
    for name, mutant in TABLE.items():
        assert mutant["tests"], name
        for test in mutant["tests"]:
            path, _, function = test.partition("::")
            named = f"def {function.partition('[')[0]}("
            assert not function or named in (ROOT / path).read_text(), (name, test)
            assert (ROOT / path).is_file(), (name, test)


MADE_UP = """
[caught]
file = "spikesampler/stats/metrics.py"
old = "winners = _winners(counts)\\n    return np.where(winners.sum(axis=1) == 1"
new = "winners = _winners(counts)\\n    return np.where(winners.sum(axis=1) == 2"
tests = ["tests/test_metrics.py::test_shares_credit_response_and_accuracy_of_a_case_worked_by_hand"]

[survived]
file = "spikesampler/stats/metrics.py"
old = "Accuracy and information"
new = "Accuracy and more"
tests = ["tests/test_metrics.py::test_confusion_of_a_case_worked_by_hand"]

[stale]
file = "spikesampler/stats/metrics.py"
old = "this stands nowhere"
new = "nor does this"
tests = ["tests/test_metrics.py"]
"""


def tried(table, *names):
    """Exit status and lines of the script for a table of mutants."""
    words = [sys.executable, SCRIPTS / "mutants.py", "--table", table, *names]
    done = subprocess.run(words, cwd=table.parent, capture_output=True, text=True)
    return done.returncode, [line.split() for line in done.stdout.splitlines()]


@pytest.mark.slow  # three processes of tests
def test_the_script_tells_what_becomes_of_a_mutant(tmp_path):
    table = tmp_path / "table.toml"
    table.write_text(MADE_UP)
    told = [[name, name] for name in ("caught", "survived", "stale")]
    assert tried(table) == (1, [*told, ["1", "of", "3", "caught"]])
    assert tried(table, "caught") == (0, [told[0], ["1", "of", "1", "caught"]])
    complaint = script("mutants.py", "nobody", folder=tmp_path, status=2)
    assert complaint == "mutants: no mutant nobody in mutants.toml: --list shows their names\n"


def test_a_stale_mutant_is_an_error(tmp_path):
    table = tmp_path / "table.toml"
    table.write_text(MADE_UP)
    assert tried(table, "stale") == (1, [["stale", "stale"], ["0", "of", "1", "caught"]])
