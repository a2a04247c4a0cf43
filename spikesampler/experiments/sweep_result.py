"""A finished sweep: its dataset, its tables, its failures and its figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesampler.errors import InputError
from spikesampler.experiments import sweep_table
from spikesampler.store import atomic
from spikesampler.store.checked_json import read_json, write_json
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.store.result_folder import as_listed, listing_files

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["Sweep"]

FILES = {
    "dataset": "sweep.nc",
    "table": "points.csv",
    "failures": "failures.json",
    "figure": "sweep.png",
}


class Sweep:
    """A finished sweep.

    Attributes: `dataset` (xarray), `failures` (list of dicts), `path`, `files` (by kind), `summary`
    (numbers of points).
    `Sweep(path)` opens the folder of a sweep, or its dataset (a netCDF file) alone. Variables of
    the dataset, over one dimension for each parameter of the grid, `point` for a design, `arm` and
    `start` where there are several, and `seed`: test_accuracy, online_accuracy, probe_accuracy,
    bayes_accuracy, escape_seconds (s; of a run that did not escape, its length), escaped,
    escape_threshold, chance, engine_seconds (s), finished, folder (of the run, a name in the
    sweep's), and probe_curve over sample_block too. What failed is nan.
    """

    undrawn: str | None = None  #: why there is no figure

    def __init__(
        self,
        path: str | Path,
        dataset: xarray.Dataset | None = None,
        failures: list[dict[str, Any]] | None = None,
    ):
        self.path = Path(path)
        self.folder = self.path.parent if self.path.suffix == ".nc" else self.path
        self.files = {kind: self.folder / name for kind, name in FILES.items()}
        if self.path.suffix == ".nc":
            self.files["dataset"] = self.path
        self.failures = _read_failures(self.files["failures"]) if failures is None else failures
        self.dataset = _read(self.files["dataset"], self.path) if dataset is None else dataset
        points, finished = self.dataset["finished"].size, int(self.dataset["finished"].sum())
        self.summary: dict[str, Any] = {"points": points, "finished": finished}
        self.summary["failed"] = points - finished

    @property
    def dims(self) -> list[str]:
        """Dimensions but the seed."""
        return sweep_table.dims_of(self.dataset)

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row per combination of values, arm and start: see `sweep_table.rows`."""
        return sweep_table.rows(self.dataset)

    @property
    def runs(self) -> list[str]:
        """Names of the folders of the runs that finished, in the sweep's."""
        finished = self.dataset["finished"].values.astype(bool)
        return sorted({str(name) for name in self.dataset["folder"].values[finished]})

    @property
    def csv(self) -> str:
        """One line per point, as text."""
        return sweep_table.points_csv(self.dataset, self.failures)

    def figure(
        self, measure: str = "test_accuracy", at: Mapping[str, object] | None = None
    ) -> Figure:
        """Lines for one swept dimension, a heat map for two, small multiples for three.

        at : fixes some dimensions by value.
        """
        from spikesampler.figures import sweep_figure

        return sweep_figure(self.dataset, measure, at)

    def write(self) -> None:
        """Dataset, points, failures and figure into the folder, each whole or not at all."""
        from spikesampler.figures import save_both

        with listing_files(self.folder, "sweep", self.runs) as written:
            save_dataset(self.dataset, self.files["dataset"])
            atomic.atomic_write_bytes(self.files["table"], self.csv.encode())
            write_json(self.files["failures"], {"failures": self.failures})
            try:
                save_both(self.figure(), self.files["figure"], dpi=200)
            except InputError as error:  # too many dimensions for one figure
                del self.files["figure"]
                self.undrawn = f"no figure: {error}"
            else:
                written.append(self.files["figure"].with_suffix(".pdf"))
            written += self.files.values()

    def __str__(self) -> str:
        return sweep_table.text(self.dataset, self.failures, self.files["table"], self.undrawn)

    __repr__ = __str__


def _read(path: Path, given: Path) -> xarray.Dataset:
    if not path.is_file():
        raise InputError(
            f"{path} is missing: expected the folder or the dataset of a sweep; finish one with"
            " `spikesampler sweep`, the same options and --resume"
        )
    with as_listed(path, "sweep") if path != given else nullcontext():
        return read_dataset(
            path,
            "cannot be read as a sweep",
            "repeat `spikesampler sweep` with --resume, which makes it anew from the runs",
            needed=("escape_seconds", "finished", "seed"),
        )


def _read_failures(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    remedy = "repeat `spikesampler sweep` with --resume, which makes it anew"
    shape = {"folder": str, "error": str, "arm": str, "start": str, "seed": int}
    return list(read_json(path, {"failures": [shape]}, remedy)["failures"])
