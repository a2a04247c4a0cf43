"""Scripts without the packages of the extra `landscape`: help as ever, else one line naming it."""

import os
import subprocess
import sys

import pytest
from runs import PACKAGE, SCRIPTS

from spikesampler.errors import InputError
from spikesampler.optional import require

#: what is a command by itself, and not a part of another one
COMMANDS = sorted(path.name for path in SCRIPTS.glob("*.py") if "__main__" in path.read_text())
MISSING = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("jax", "optax", "statsmodels"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""


@pytest.fixture
def bare(tmp_path):
    """A script run as where the extra is not installed; gives what has ended."""
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text(MISSING)

    def run(name, *arguments):
        paths = os.pathsep.join([str(tmp_path / "blocked"), str(PACKAGE)])
        return subprocess.run(
            [sys.executable, SCRIPTS / name, *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": paths},
            capture_output=True,
            text=True,
        )

    return run


def check_help(done):
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("usage: ")
    assert done.stderr == ""


def check_refusal(done, name):
    assert done.returncode == 2, done.stderr[-2000:]
    line = done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert line.startswith(f"{name}: ")
    assert " needs jax (No module named 'jax')" in line
    assert line.endswith("; install it with: pip install 'spikesampler[landscape]'")


@pytest.mark.parametrize("name", ["gamst_walker_minima", "optimisation_primer"])
def test_help_and_refusal_of_what_needs_jax_most(bare, name):
    check_help(bare(f"{name}.py", "--help"))
    check_refusal(bare(f"{name}.py", "--quick", "--out", "out"), name)


@pytest.mark.slow
@pytest.mark.parametrize("script", COMMANDS)
def test_every_scripts_help_needs_no_extra(bare, script):
    check_help(bare(script, "--help"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "gamst_walker",
        *(f"gamst_walker_fig{number}" for number in (2, 3, 4, 5)),
        *(f"gamst_walker_{what}" for what in ("functions", "hessian", "noise", "wide")),
        "light_edge_of_stability",
        "light_tables",
        "position_wise",
        "position_wise_depth",
    ],
)
def test_what_measures_with_jax_names_the_extra_in_one_line(bare, name):
    check_refusal(bare(f"{name}.py", "--quick", "--out", "out"), name)


def test_the_package_that_is_missing_is_the_one_that_is_named():
    with pytest.raises(InputError, match=r"^x needs absent_y \(No module named 'absent_y'\); "):
        require("x", "landscape", "json", "absent_y")
