"""A finished comparison: its dataset, the table that follows from it, verdicts and pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler.errors import InputError, name_of
from spikesampler.experiments import comparison_table
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.comparison_html import comparison_html
from spikesampler.experiments.opened import opened_run
from spikesampler.experiments.over_time import with_means
from spikesampler.experiments.run_folder import plain_arm
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.verdicts import Verdict, verdicts
from spikesampler.store import atomic
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.store.result_folder import as_listed, listing_files

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["Comparison", "run_folder"]

Point = tuple[str, str, int]  #: arm, start and seed of a run

FILES = {
    "dataset": "comparison.nc",
    "table": "table.csv",
    "figure": "learning_curves.png",
    "accuracies": "accuracies.png",
    "escapes": "escapes.png",
}


class Comparison(Compared):
    """A finished comparison of arms x starts x seeds.

    Attributes: `dataset` (xarray), `arms`, `starts`, `seeds`, `runs`, `table` (list of rows),
    `verdicts`, `path`, `files` (by kind). `result()` opens one run, `sel()` takes a part,
    `concat()` puts several together. `Comparison(path)` opens the folder of a finished comparison,
    or its dataset (a netCDF file) alone.
    """

    def __init__(
        self,
        path: str | Path,
        dataset: xarray.Dataset | None = None,
        folders: Mapping[Point, Path] | None = None,
    ):
        self.path = Path(path).absolute()
        self.dataset = with_means(_read(self.path) if dataset is None else dataset)
        self.folder = self.path.parent if self.path.suffix == ".nc" else self.path
        self.files = {kind: self.folder / name for kind, name in FILES.items()}
        if self.path.suffix == ".nc":
            self.files["dataset"] = self.path
        if not self.has_answers:
            self.files = {kind: self.files[kind] for kind in ("dataset", "table")}
        self._folders, self._part = dict(folders or {}), folders is not None

    def sel(
        self,
        arm: str | Iterable[str] | None = None,
        start: str | Iterable[str] | None = None,
        seed: int | Iterable[int] | None = None,
    ) -> Comparison:
        """The comparison of some arms, starts and seeds alone, with verdicts of its own.

        The threshold of escape stays. Raises InputError for one that there is not.
        """
        dataset = self.dataset
        given: list[tuple[str, Any, Sequence[Any]]] = [
            ("arm", arm, self.arms),
            ("start", start, self.starts),
            ("seed", seed, self.seeds),
        ]
        for name, wanted, known in given:
            if wanted is None:
                continue
            single = isinstance(wanted, str | int | np.integer)
            values = [wanted] if single else list(wanted)
            self._check_known(name, values, known)
            if name in dataset.dims:
                dataset = dataset.sel({name: wanted if single and name == "start" else values})
        return Comparison(self.path, dataset, self._places())

    def concat(self, *others: Comparison) -> Comparison:
        """This comparison and others of the same model and settings, as one: other arms, starts or
        seeds.

        The threshold of escape is that of all. Raises InputError where settings or stimuli differ,
        two have the same run, or the runs are no full grid of arms, starts and seeds.

        >>> Comparison("a").concat(Comparison("b"))  # doctest: +SKIP
        """
        from spikesampler.experiments.comparison_concat import concat_comparisons

        parts: dict[str, xarray.Dataset] = {}
        for number, one in enumerate((self, *others)):
            if not isinstance(one, Comparison):
                raise InputError(f"a {name_of(type(one))} is no Comparison: give one or several")
            name = str(one.path)
            parts[f"{name} (number {number + 1})" if name in parts else name] = one.dataset
        folders = {
            point: place for one in (*others, self) for point, place in one._places().items()
        }
        return Comparison(self.path, concat_comparisons(parts), folders)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """A dict for each run: its arm, start and seed, and the folder that it has."""
        places = self._places()
        return [
            {"arm": arm, "start": start, "seed": seed, "folder": places[arm, start, seed]}
            for arm, start, seed in product(self.arms, self.starts, self.seeds)
        ]

    def result(
        self, arm: str | None = None, seed: int | None = None, start: str | None = None
    ) -> Result:
        """The Result of one run; what there is one of need not be said.

        Raises InputError for a run that there is not, or whose folder is gone or another's.
        """
        point = (
            self._only("arm", arm, self.arms),
            self._only("start", start, self.starts),
            self._only("seed", seed, self.seeds),
        )
        return opened_run(self._places()[point])

    def _only(self, name: str, wanted: Any, known: Sequence[Any]) -> Any:
        """What is asked for, or the only one that there is."""
        if wanted is None and len(known) > 1:
            raise InputError(f"{self.path} has {len(known)} {name}s: say which {name}")
        if wanted is not None:
            self._check_known(name, [wanted], known)
        return known[0] if wanted is None else wanted

    def _check_known(self, name: str, values: Sequence[Any], known: Sequence[Any]) -> None:
        """InputError for a value that there is not."""
        if not values or any(value not in known for value in values):
            wrong = next((value for value in values if value not in known), None)
            told = ", ".join(map(str, known))
            raise InputError(f"no {name} {wrong!r} in {self.path}; it has {told}")

    def _places(self) -> dict[Point, Path]:
        """{(arm, start, seed): folder of the run}."""
        points = product(self.arms, self.starts, self.seeds)
        return {
            point: self._folders.get(point, self.folder / run_folder(*point)) for point in points
        }

    @cached_property
    def table(self) -> list[dict[str, Any]]:
        """One row per start and arm: see `comparison_table.rows`."""
        return comparison_table.rows(self)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the numbers say about each claim that the arms can settle."""
        return verdicts(self) if self.has_answers else []

    @property
    def csv(self) -> str:
        """The table as text."""
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(self.table[0]))
        writer.writeheader()
        writer.writerows(self.table)
        return text.getvalue()

    def figure(self) -> Figure:
        """Learning curves of all arms with 95 % bands, chance and ceiling, as in Fig. 2b.

        As of the other figures, InputError where nothing fires in the model.
        """
        self._refuse_silence()
        from spikesampler.figures import compare_figure

        return compare_figure(self.dataset)

    def accuracies_figure(self) -> Figure:
        """Online, probe and test accuracy of all arms side by side, as in Fig. 2c."""
        self._refuse_silence()
        from spikesampler.figures import accuracies_figure

        return accuracies_figure(self.dataset)

    def escapes_figure(self) -> Figure:
        """Share of runs that have not escaped yet against time."""
        self._refuse_silence()
        from spikesampler.figures import escape_figure

        return escape_figure(self.dataset)

    def write(self) -> None:
        """Dataset, table and figures into the comparison's folder, each whole or not at all.

        Raises InputError for a part of a comparison, or several as one, which that folder is not.
        """
        from spikesampler.figures import save_both

        if self._part:
            raise InputError(
                f"this is not the comparison of {self.folder}, whose files stay: save its dataset"
                " with dataset.to_netcdf(…), and its figures with savefig(…)"
            )
        names = [place.name for place in self._places().values()]
        with listing_files(self.folder, "comparison", names) as written:
            save_dataset(self.dataset, self.files["dataset"])
            atomic.atomic_write_bytes(self.files["table"], self.csv.encode())
            written += self.files.values()
            if not self.has_answers:
                return
            save_both(self.figure(), self.files["figure"], dpi=200)
            save_both(self.accuracies_figure(), self.files["accuracies"], dpi=200)
            save_both(self.escapes_figure(), self.files["escapes"], dpi=200)
            pictures = [self.files[kind] for kind in ("figure", "accuracies", "escapes")]
            written += [path.with_suffix(".pdf") for path in pictures]

    def _refuse_silence(self) -> None:
        """InputError where nothing fires in the model, so that there are no accuracies to draw."""
        if not self.has_answers:
            raise InputError(
                f"nothing fires in the model of {self.path}: its runs have no accuracies; expected"
                " to ask its runs for `result(…).measures()` and `theta`"
            )

    def __str__(self) -> str:
        return comparison_table.text(self, self.table, self.verdicts)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return comparison_html(self, self.table, self.verdicts, self.path)


def run_folder(arm: str, start: str, seed: int) -> str:
    """Name of the folder of a comparison's run."""
    return f"{plain_arm(arm)}-{start}-seed{seed}"


def _read(path: Path) -> xarray.Dataset:
    file = path if path.suffix == ".nc" else path / FILES["dataset"]
    if not file.is_file():
        raise InputError(
            f"{path} holds no finished comparison (no {file.name}): finish it with `spikesampler"
            " compare`, the same options, this folder as --out and --resume"
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
