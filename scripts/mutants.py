"""Do the tests see what they should? Changes of the code, one at a time, that tests must catch.

`tests/mutants.toml` names them: a file, an old text that stands in it once, a new one, and the
files of tests that must fail then. Each is tried in a copy of the tree; a mutant is caught where
its tests fail, has survived where they pass, and is stale where the old text is not there once.
Exit status 1 unless all are caught. The tests must pass without any change, which --check tries.

    python scripts/mutants.py --quick
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spikesampler.errors import InputError
from spikesampler.studies.command import run_script

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "tests" / "mutants.toml"
COPIED = ("spikesampler", "models", "data", "docs", "scripts", "tests", "setup.cfg", "README.md")
QUICK = 5  #: mutants of the quick form, the first of the table
PASSED, FAILED = 0, 1  #: what pytest exits with


class Mutant(NamedTuple):
    """A change: `old` in `file` becomes `new`; `tests`: files that must fail, or file::test."""

    name: str
    file: str
    old: str
    new: str
    tests: list[str]

    def is_stale(self, tree: Path) -> bool:
        """Is the old text anything but once in its file?"""
        path = tree / self.file
        return not path.is_file() or path.read_text().count(self.old) != 1


def read_mutants(table: Path = TABLE, names: Sequence[str] = ()) -> list[Mutant]:
    """The mutants of a table in its order, or those of these names; InputError for others."""
    known = {name: Mutant(name, **rest) for name, rest in tomllib.loads(table.read_text()).items()}
    if unknown := set(names) - set(known):
        raise InputError(
            f"no mutant {', '.join(sorted(unknown))} in {table.name}: --list shows their names"
        )
    return [mutant for name, mutant in known.items() if name in names or not names]


def tests_of(tree: Path, tests: Sequence[str], seconds: float) -> int | None:
    """Exit status of these tests in a tree, None where they take longer."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        done = subprocess.run(
            [*command, *tests], cwd=tree, env=environment, timeout=seconds, **quiet
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode


def fate(mutant: Mutant, tree: Path, seconds: float) -> str:
    """What becomes of a mutant in a tree, which is left as it was."""
    if mutant.is_stale(tree):
        return "stale"
    path = tree / mutant.file
    text = path.read_text()
    path.write_text(text.replace(mutant.old, mutant.new))
    try:
        status = tests_of(tree, mutant.tests, seconds)
    finally:
        path.write_text(text)
    return {PASSED: "survived", FAILED: "caught", None: "caught, by time"}.get(status, "error")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of mutants (default: all)")
    parser.add_argument("--quick", action="store_true", help=f"the first {QUICK} alone")
    parser.add_argument("--list", action="store_true", help="names alone, nothing is tried")
    parser.add_argument("--check", action="store_true", help="the tests without any change first")
    parser.add_argument("--table", type=Path, default=TABLE, help="of mutants (tests/mutants.toml)")
    parser.add_argument("--seconds", type=float, default=600, help="for a mutant's tests (600)")
    options = parser.parse_args(arguments)
    fates: list[str] = []

    def try_all() -> None:
        mutants = read_mutants(options.table, options.names)[: QUICK if options.quick else None]
        if options.list:
            print(*(mutant.name for mutant in mutants), sep="\n")
            return
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder)
            for name in COPIED:
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, tree / name)
            files = sorted({test for mutant in mutants for test in mutant.tests})
            if options.check and tests_of(tree, files, options.seconds) != PASSED:
                raise InputError(f"without any change {', '.join(files)} fail: mend them first")
            for mutant in mutants:
                fates.append(fate(mutant, tree, options.seconds))
                print(f"{fates[-1]:<16} {mutant.name}", flush=True)
        caught = sum(each.startswith("caught") for each in fates)
        print(f"{caught} of {len(fates)} caught")

    status = run_script("mutants", try_all)
    return status or int(any(not each.startswith("caught") for each in fates))


if __name__ == "__main__":
    sys.exit(main())
