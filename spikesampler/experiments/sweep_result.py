"""A finished sweep: its dataset, its tables, its failures and its figure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler.errors import InputError, name_of
from spikesampler.experiments import sweep_table
from spikesampler.experiments.opened import opened_run
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.sweep_cells import select_cells
from spikesampler.experiments.sweep_html import sweep_html
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

    Attributes: `dataset` (xarray), `runs` and `failures` (lists of dicts), `path`, `files` (by
    kind), `summary` (numbers of points). `result()` opens one run, `sel()` takes a part,
    `concat()` puts several together.
    `Sweep(path)` opens the folder of a sweep, or its dataset (a netCDF file) alone. Variables of
    the dataset, over one dimension for each parameter of the grid, `point` for a design, `arm` and
    `start` where there are several, and `seed`: test_accuracy, online_accuracy, probe_accuracy,
    bayes_accuracy, escape_seconds (s; of a run that did not escape, its length), escaped,
    escape_threshold, chance, engine_seconds (s), finished, folder (of the run, a name in the
    sweep's), and probe_curve and probe_time (s) over sample_block too. What failed is nan.
    """

    undrawn: str | None = None  #: why there is no figure

    def __init__(
        self,
        path: str | Path,
        dataset: xarray.Dataset | None = None,
        failures: list[dict[str, Any]] | None = None,
        part: bool = False,
    ):
        self.path = Path(path).absolute()
        self.folder = self.path.parent if self.path.suffix == ".nc" else self.path
        self.files = {kind: self.folder / name for kind, name in FILES.items()}
        if self.path.suffix == ".nc":
            self.files["dataset"] = self.path
        self._part = part
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
    def runs(self) -> list[dict[str, Any]]:
        """A dict for each run that finished: values, arm, start and seed, and its folder."""
        names = [*sweep_table.coordinates(self.dataset), "seed"]
        dims = self._folders().dims
        runs = []
        for place in np.argwhere(self.dataset["finished"].values == 1):
            cell = self.dataset[["folder"]].isel(dict(zip(dims, place)))
            values = {name: cell[name].values.item() for name in names}
            runs.append(values | {"folder": self.folder / str(cell["folder"].values)})
        return runs

    def sel(self, **given: Any) -> Sweep:
        """The sweep at some values of its coordinates: parameters, arm, start, seed, point.

        A single value drops its dimension, but that of the seed; several in a list keep it. Values
        are in the units of the dataset, and numbers equal to nine digits. Raises InputError for
        what the sweep does not have.

        >>> swept.sel(b=1e-3, arm=["none", "weight"])  # doctest: +SKIP
        """
        chosen = select_cells(self.dataset, given, str(self.path))
        kept = {str(name) for name in np.ravel(chosen.get("folder", []))}
        failures = [failure for failure in self.failures if failure["folder"] in kept]
        return Sweep(self.path, chosen, failures, part=True)

    def result(self, **given: Any) -> Result:
        """The Result of one run: coordinates as of `sel`, those of which there is one left out.

        Raises InputError where that is not one run, or it failed, or its folder is gone.

        >>> swept.result(b=1e-3, arm="none", seed=2)  # doctest: +SKIP
        """
        part = self.sel(**given)
        names = [*sweep_table.coordinates(part.dataset), "seed"]
        if part._folders().size != 1:
            several = [name for name in names if part.dataset[name].size > 1]
            raise InputError(
                f"{part.dataset['folder'].size} runs of {self.path} are like that: say also"
                f" {', '.join(several)}"
            )
        if part.failures:
            raise InputError(f"that run of {self.path} failed: {part.failures[0]['error']}")
        return opened_run(self.folder / str(part.dataset["folder"].values.item()))

    def concat(self, *others: Sweep) -> Sweep:
        """This sweep and others of the same model and settings, as one: other values, arms, starts
        or seeds.

        Raises InputError where settings differ, two have the same run, or the runs are no full
        grid.

        >>> Sweep("a").concat(Sweep("b"))  # doctest: +SKIP
        """
        from spikesampler.experiments.sweep_concat import concat_sweeps

        parts: dict[str, xarray.Dataset] = {}
        failures = []
        for number, one in enumerate((self, *others)):
            if not isinstance(one, Sweep):
                raise InputError(f"a {name_of(type(one))} is no Sweep: give one or several")
            name = str(one.path)
            name = f"{name} (number {number + 1})" if name in parts else name
            parts[name] = one._with_paths()
            place = os.path.abspath(one.folder)
            failures += [
                failure | {"folder": os.path.join(place, failure["folder"])}
                for failure in one.failures
            ]
        return Sweep(self.path, concat_sweeps(parts), failures, part=True)

    def _folders(self) -> xarray.DataArray:
        """Names of the runs' folders; InputError where an earlier version wrote the dataset."""
        if "folder" not in self.dataset:
            raise InputError(
                f"{self.path} does not name the folders of its runs: repeat `spikesampler sweep`"
                " with the same options and --resume, which makes it anew"
            )
        return self.dataset["folder"]

    def _with_paths(self) -> xarray.Dataset:
        """The dataset with paths of runs' folders in place of their names."""
        if "folder" not in self.dataset:
            return self.dataset
        place, names = os.path.abspath(self.folder), self.dataset["folder"]
        paths = [os.path.join(place, str(name)) for name in np.ravel(names.values)]
        values = np.array(paths).reshape(names.shape)
        return self.dataset.assign(folder=names.copy(data=values))

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
        """Dataset, points, failures and figure into the folder, each whole or not at all.

        Raises InputError for a part of a sweep, or several as one, which that folder is not.
        """
        from spikesampler.figures import save_both

        if self._part:
            raise InputError(
                f"this is not the sweep of {self.folder}, whose files stay: save its dataset with"
                " dataset.to_netcdf(…), and its figure with savefig(…)"
            )
        names = sorted({run["folder"].name for run in self.runs})
        with listing_files(self.folder, "sweep", names) as written:
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

    def _repr_html_(self) -> str:
        return sweep_html(self.dataset, self.failures, self.path)


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
