"""The command line of a study's script: options, datasets, report, figures, and an exit status."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from spikesampler.checks import checked_path, whole_in, whole_number
from spikesampler.errors import InputError, Interrupted, complain, ending, plain_output, shown
from spikesampler.store.datasets import save_dataset
from spikesampler.store.folders import watched_folder
from spikesampler.store.signals import interruptible
from spikesampler.studies.study import Study, Work
from spikesampler.studies.study_page import write_study_page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Parser",
    "add_options",
    "as_path",
    "run_script",
    "save_figures",
    "study_command",
    "whole",
    "work_of",
    "write_study",
]

MOST = 100_000  #: seeds and processes
KEPT = "; what is finished is kept: run it again"


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, as that of the command line is; its status is 2."""

    def error(self, message: str) -> NoReturn:
        """Say it, and end."""
        complain(Path(self.prog).stem, f"{message}; --help says what there is")
        sys.exit(2)


def whole(text: str) -> int:
    """The type of an option that is a whole number, by the command line's one rule."""
    number = whole_in(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{shown(text)} is no whole number in the digits 0-9")
    return number


def as_path(text: str) -> Path:
    """The type of an option that is a path."""
    try:
        return Path(checked_path("the path", text))
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run_script(
    name: str, function: Callable[[], object], advice: str = "", out: Path | None = None
) -> int:
    """Call the function and give the script's exit status.

    out : the folder of its results, which is made, and must not be lost meanwhile.

    It is 0, 2 after bad input, 1 after a failure, or 128 + the number of the signal that stopped
    it. The complaint is one line that begins with the script's name; where it was stopped, it says
    the advice, or without one how the command that it called is gone on with.
    """
    held = nullcontext() if out is None else watched_folder(out)
    try:
        with interruptible(), plain_output(), held:
            function()
    except (Exception, KeyboardInterrupt, Interrupted) as error:
        message, status = ending(error)
        if isinstance(error, Interrupted) and advice:
            message = error.message + advice
        complain(name, message)
        return status
    return 0


def add_options(
    parser: argparse.ArgumentParser, quick_help: str, out: str, many: bool, runs: str = "runs"
) -> None:
    """The options that scripts of studies share, for `work_of`.

    many : also --seeds and --workers. runs : where below OUT runs are kept without --runs.
    """
    parser.set_defaults(runs_below_out=runs)
    parser.add_argument("--quick", action="store_true", help=quick_help)
    parser.add_argument("--seed", type=whole, default=1, help="of all random numbers (1)")
    if many:
        parser.add_argument("--seeds", type=whole, help="number of seeds (the study's own)")
        parser.add_argument("--workers", type=whole, help="processes at a time (all cores)")
    parser.add_argument(
        "--runs", type=as_path, metavar="DIR", help=f"for what takes long (default: OUT/{runs})"
    )
    parser.add_argument(
        "--redraw", action="store_true", help="figures and words from the datasets in OUT alone"
    )
    parser.add_argument(
        "--out", type=as_path, default=Path(out), metavar="DIR", help=f"for the results ({out})"
    )


def work_of(options: argparse.Namespace) -> Work:
    """The Work that options ask for.

    Raises InputError for a negative seed, and for fewer than one seed or worker.
    """
    if options.seed < 0:
        raise InputError(f"seed={options.seed}: expected 0 or more; give --seed 1")
    whole_number("seed", options.seed, 0, 10**9)
    counts = {name: getattr(options, name, None) for name in ("seeds", "workers")}
    for name, count in counts.items():
        if count is not None:
            whole_number(name, count, 1, MOST)
    return Work(options.seed, options.runs or options.out / options.runs_below_out, **counts)


def save_figures(
    figures: Mapping[str, "Figure"], folder: Path, suffixes: Sequence[str], dpi: int = 450
) -> list[Path]:
    """Write {name: Figure} into the folder in each of the formats; the paths."""
    from spikesampler.figures import save

    return [
        save(figure, folder / f"{name}.{suffix}", dpi)
        for name, figure in figures.items()
        for suffix in suffixes
    ]


def write_study(
    study: Study, data: Path, figures: Path, suffixes: Sequence[str], dpi: int = 450
) -> None:
    """Print the report of the datasets in `data`, draw its figures, and print all paths."""
    datasets = study.read(data)
    print(study.report(datasets))
    for path in save_figures(study.figures(datasets), figures, suffixes, dpi):
        print(path)
    for name in study.parts:
        print(data / f"{name}.nc")


def study_command(
    study: Study,
    arguments: Sequence[str] | None = None,
    *,
    out: str,
    many: bool = False,
    page: bool = False,
) -> int:
    """The command line of a study whose results lie side by side in OUT; gives the exit status.

    Datasets are gathered anew unless --redraw is given; what takes long goes on in --runs. page :
    results lie in OUT/data and OUT/docs/figures, as those of all studies do, with the study's page
    in OUT/docs/studies, and a dataset that is there is kept, as `Study.measure` says.
    """
    parser = Parser(description=study.title)
    add_options(parser, study.quick_help, out, many)
    for name, how in study.options.items():
        parser.add_argument(f"--{name}", **how)
    options = parser.parse_args(arguments)
    given = {name: getattr(options, name) for name in study.options}
    changes = {name: value for name, value in given.items() if value is not None}

    def make() -> None:
        work, data = work_of(options), options.out / "data"
        if page:
            if not options.redraw:
                study.measure(data, work, options.quick, **changes)
            docs = options.out / "docs"
            write_study(study, data, docs / "figures", ["png"], dpi=160)
            print(write_study_page(study, study.read(data), docs))
            return
        if not options.redraw:
            for name, part in study.parts.items():
                save_dataset(part.make(work, options.quick, **changes), options.out / f"{name}.nc")
        write_study(study, options.out, options.out, ("png", "pdf"))

    return run_script(study.name, make, KEPT, options.out)
