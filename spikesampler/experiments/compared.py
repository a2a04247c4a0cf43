"""A comparison's dataset, by arm and start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spikesampler.errors import InputError, shown
from spikesampler.stats.survival import Escape

if TYPE_CHECKING:
    import xarray

__all__ = ["Compared"]


class Compared:
    """Arms x starts x seeds: the `.dataset` of `comparison_dataset.gather`, and what is in it."""

    dataset: xarray.Dataset

    @property
    def arms(self) -> list[str]:
        """Names of the arms, with their options, in the dataset's order."""
        return [str(arm) for arm in self.dataset["arm"].values]

    @property
    def has_answers(self) -> bool:
        """Whether any run has an accuracy: none has where nothing fires in the model."""
        known = [name for name in ("test_accuracy", "probe_accuracy") if name in self.dataset]
        return any(self.dataset[name].notnull().any() for name in known) or not known

    @property
    def starts(self) -> list[str]:
        """Names of the starts, in the dataset's order; one where there is no such dimension."""
        return [str(start) for start in np.atleast_1d(self.dataset["start"].values)]

    @property
    def seeds(self) -> list[int]:
        """The seeds, in the dataset's order."""
        return [int(seed) for seed in self.dataset["seed"].values]

    def values(self, name: str, arm: str, start: str) -> np.ndarray:
        """A variable of every seed, (n_seed, …), for one arm and start.

        Raises InputError for a variable, an arm or a start that there is not.
        """
        known = [str(each) for each, values in self.dataset.items() if "seed" in values.dims]
        for what, given, there in (
            ("variable", name, known),
            ("arm", arm, self.arms),
            ("start", start, self.starts),
        ):
            if given not in there:
                raise InputError(f"no {what} {shown(given)}: expected one of {', '.join(there)}")
        of_arm = self.dataset[name].sel(arm=arm)
        return (of_arm.sel(start=start) if "start" in of_arm.dims else of_arm).values

    def escape(self, arm: str, start: str) -> Escape:
        """Times of escape of every seed, for one arm and start."""
        return Escape(
            self.values("escape_seconds", arm, start),
            self.values("escaped", arm, start).astype(bool),
        )
