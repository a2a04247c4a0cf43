"""A finished comparison: its dataset, the table that follows from it, verdicts and pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from contextlib import nullcontext
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesampler.errors import InputError
from spikesampler.experiments import comparison_table
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.verdicts import Verdict, verdicts
from spikesampler.store import atomic
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.store.result_folder import as_listed, listing_files

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["Comparison", "run_folder"]

FILES = {
    "dataset": "comparison.nc",
    "table": "table.csv",
    "figure": "learning_curves.png",
    "accuracies": "accuracies.png",
    "escapes": "escapes.png",
}


class Comparison(Compared):
    """A finished comparison of arms x starts x seeds.

    Attributes: `dataset` (xarray), `table` (list of rows), `verdicts`, `path`, `files` (by kind).
    `Comparison(path)` opens the folder of a finished comparison, or its dataset (a netCDF file)
    alone.
    """

    def __init__(self, path: str | Path, dataset: xarray.Dataset | None = None):
        self.path = Path(path)
        self.dataset = _read(self.path) if dataset is None else dataset
        self.folder = self.path.parent if self.path.suffix == ".nc" else self.path
        self.files = {kind: self.folder / name for kind, name in FILES.items()}
        if self.path.suffix == ".nc":
            self.files["dataset"] = self.path

    def select(
        self, arms: str | Iterable[str] | None = None, start: str | Iterable[str] | None = None
    ) -> Comparison:
        """The comparison of some arms at some start, corrected for their number.

        The threshold of escape stays.
        """
        dataset = self.dataset
        for name, wanted, known in (("arm", arms, self.arms), ("start", start, self.starts)):
            names = [] if wanted is None else [wanted] if isinstance(wanted, str) else list(wanted)
            if unknown := [each for each in names if each not in known]:
                raise InputError(
                    f"no {name} {unknown[0]!r} in {self.path}; it has {', '.join(known)}"
                )
            if names and name in dataset.dims:
                one_start = isinstance(wanted, str) and name == "start"
                dataset = dataset.sel({name: wanted if one_start else names})
        return Comparison(self.path, dataset)

    @property
    def runs(self) -> list[str]:
        """Names of the folders of its runs, in the comparison's."""
        seeds = [int(seed) for seed in self.dataset["seed"].values]
        return [run_folder(*point) for point in product(self.arms, self.starts, seeds)]

    @cached_property
    def table(self) -> list[dict[str, Any]]:
        """One row per start and arm: see `comparison_table.rows`."""
        return comparison_table.rows(self)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the numbers say about each claim that the arms can settle."""
        return verdicts(self)

    @property
    def csv(self) -> str:
        """The table as text."""
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(self.table[0]))
        writer.writeheader()
        writer.writerows(self.table)
        return text.getvalue()

    def figure(self) -> Figure:
        """Learning curves of all arms with 95 % bands, chance and ceiling, as in Fig. 2b."""
        from spikesampler.figures import compare_figure

        return compare_figure(self.dataset)

    def accuracies_figure(self) -> Figure:
        """Online, probe and test accuracy of all arms side by side, as in Fig. 2c."""
        from spikesampler.figures import accuracies_figure

        return accuracies_figure(self.dataset)

    def escapes_figure(self) -> Figure:
        """Share of runs that have not escaped yet against time."""
        from spikesampler.figures import escape_figure

        return escape_figure(self.dataset)

    def write(self) -> None:
        """Dataset, table and figures into the comparison's folder, each whole or not at all."""
        from spikesampler.figures import save_both

        with listing_files(self.folder, "comparison", self.runs) as written:
            save_dataset(self.dataset, self.files["dataset"])
            atomic.atomic_write_bytes(self.files["table"], self.csv.encode())
            save_both(self.figure(), self.files["figure"], dpi=200)
            save_both(self.accuracies_figure(), self.files["accuracies"], dpi=200)
            save_both(self.escapes_figure(), self.files["escapes"], dpi=200)
            pictures = [self.files[kind] for kind in ("figure", "accuracies", "escapes")]
            written += [*self.files.values(), *(path.with_suffix(".pdf") for path in pictures)]

    def __str__(self) -> str:
        return comparison_table.text(self, self.table, self.verdicts)

    __repr__ = __str__


def run_folder(arm: str, start: str, seed: int) -> str:
    """Name of the folder of a comparison's run."""
    return f"{arm.replace(':', '-')}-{start}-seed{seed}"


def _read(path: Path) -> xarray.Dataset:
    file = path if path.suffix == ".nc" else path / FILES["dataset"]
    if not file.is_file():
        raise InputError(
            f"{path} holds no finished comparison (no {file.name}): finish it with `spikesampler"
            " compare`, the same options, --out this folder and --resume"
        )
    with as_listed(file, "comparison") if file != path else nullcontext():
        dataset = read_dataset(
            file,
            "cannot be read as a comparison",
            "repeat `spikesampler compare` with --resume, which makes it anew from the runs",
            needed=("escape_seconds", "escape_threshold", "arm", "seed"),
        )
    if "start" in dataset.coords:
        return dataset
    return dataset.assign_coords(start=dataset.attrs["start"])
