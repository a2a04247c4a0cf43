"""What a study is: datasets, and what they say in words, in figures and on a page.

A study is one object, in a room of its own below `studies/`. Its script parses options and calls
`spikesampler.studies.command`; `scripts/paper.py` is a loop over studies.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesampler.errors import InputError
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.studies.finding import Finding

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["Part", "Study", "Work"]


@dataclass(frozen=True)
class Work:
    """How a study is carried out.

    seed : of all random numbers, or the first of several. runs : the folder in which what takes
    long is kept, and gone on with. seeds : how many, None for the study's own number. workers :
    processes at a time, None for one per core.
    """

    seed: int = 1
    runs: Path = Path("runs")
    seeds: int | None = None
    workers: int | None = None

    def count(self, own: int) -> int:
        """How many seeds: those that were asked for, or the study's own number."""
        return own if self.seeds is None else self.seeds

    def jobs(self, name: str, folder: str) -> dict[str, Any]:
        """What `jobs.kept.finish` takes: a folder of `runs`, processes, and lines on stderr that
        begin with a name.
        """
        say = partial(print, f"{name}:", file=sys.stderr, flush=True)
        return {"folder": self.runs / folder, "workers": self.workers, "say": say}


@dataclass(frozen=True)
class Part:
    """One dataset of a study: gather(work, **settings), with the settings of both its forms.

    resumes : it gathers from runs that are kept, so it is gathered even if the dataset is there.
    minutes : of one core that its full form takes, about; by it the time that is left is told.
    """

    gather: Callable[..., "xr.Dataset"]
    full: Mapping[str, Any]
    quick: Mapping[str, Any]
    resumes: bool = False
    minutes: float = 1.0

    def make(self, work: Work, quick: bool, **changes: Any) -> "xr.Dataset":
        """The dataset, gathered anew, with changed settings."""
        return self.gather(work, **(dict(self.quick if quick else self.full) | changes))


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a study gathers, reports, draws and says; the functions take {dataset's name: Dataset}.

    name : of its script and its page, docs/studies/NAME.md. title : one line, with which page and
    `--help` begin. parts : by the name of the dataset, data/NAME.nc. report : what a terminal
    shows. figures : {name of the file: Figure}. section : Markdown, the rest of its page: headings
    from "##" on, links as from docs/. findings : a row for each claim that it settles. hurry : five
    sentences for a reader in a hurry, with which its page begins.
    quick_help : what the quick form does.
    options : settings of `gather` that its script takes, {name: what `add_argument` takes}.
    optional : further datasets, made from files that not everybody has; read where they are there.
    run_figures : {name of the file: Figure} of what needs the runs themselves, and not a dataset.
    runs_folder : of its runs, below that of all runs; "" where they lie in that itself.
    """

    name: str
    title: str
    parts: Mapping[str, Part]
    report: Callable[[Mapping[str, "xr.Dataset"]], str]
    figures: Callable[[Mapping[str, "xr.Dataset"]], Mapping[str, "Figure"]]
    section: Callable[[Mapping[str, "xr.Dataset"]], str]
    findings: Callable[[Mapping[str, "xr.Dataset"]], Sequence[Finding]] = lambda datasets: ()
    hurry: Callable[[Mapping[str, "xr.Dataset"]], Sequence[str]] = lambda datasets: ()
    run_figures: Callable[[Work], Mapping[str, "Figure"]] = lambda work: {}
    quick_help: str = "few and small: whether it works"
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    runs_folder: str = ""

    @classmethod
    def of_one(
        cls,
        name: str,
        title: str,
        part: Part,
        report: Callable[["xr.Dataset"], str],
        figures: Mapping[str, Callable[["xr.Dataset"], "Figure"]],
        section: Callable[["xr.Dataset"], str],
        **others: Any,
    ) -> "Study":
        """A study of one dataset, which has the study's name; its functions take that dataset."""
        return cls(
            name=name,
            title=title,
            parts={name: part},
            report=lambda datasets: report(datasets[name]),
            figures=lambda datasets: {file: draw(datasets[name]) for file, draw in figures.items()},
            section=lambda datasets: section(datasets[name]),
            **others,
        )

    def measure(self, folder: Path, work: Work, quick: bool = False, **changes: Any) -> None:
        """Gather into `folder` the datasets that are not there or resume; in the quick form all.

        changes : of the settings, as `Part.make` takes them.
        """
        for name, part in self.parts.items():
            if quick or part.resumes or not (folder / f"{name}.nc").exists():
                print(f"{self.name}: {name}", file=sys.stderr)
                self.measure_part(name, folder, work, quick, **changes)

    def measure_part(
        self, name: str, folder: Path, work: Work, quick: bool = False, **changes: Any
    ) -> None:
        """Gather one dataset into `folder`, whatever is there."""
        save_dataset(self.parts[name].make(work, quick, **changes), folder / f"{name}.nc")

    def read(self, folder: Path) -> dict[str, "xr.Dataset"]:
        """All datasets of the study, optional ones if there; InputError names one that is not."""
        for name in self.parts:
            if not (folder / f"{name}.nc").is_file():
                raise InputError(
                    f"no {folder / name}.nc, which {self.name} draws: leave --redraw out to make it"
                )
        optional = [name for name in self.optional if (folder / f"{name}.nc").is_file()]
        return {name: read_dataset(folder / f"{name}.nc") for name in (*self.parts, *optional)}
