"""A finished run, read from its folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spikesampler.experiments.measures import MeasuredRun
from spikesampler.experiments.notebook import facts_table, note
from spikesampler.experiments.run_drawn import DrawnRun
from spikesampler.experiments.run_shown import ShownStimuli
from spikesampler.language.rule import Rule

if TYPE_CHECKING:
    import xarray

__all__ = ["AnyRun", "Result", "result_of"]


class Result(MeasuredRun, ShownStimuli, DrawnRun):
    """A finished run, read from its folder.

    `Result(path)` checks every file's SHA-256 first; `verify=False` skips that (spikes.h5 can be
    large). Raises InputError for a folder that is damaged, unfinished or no run folder.

    What it was: `path`, `manifest` (dict), `model`, `model_text`, `parameters`, `values`, `arm`,
    `start`, `seed`, `samples`, `stopped` (why learning ended early, or None). What was learnt:
    `learning` (xarray Dataset, read at first use), `own_metrics` (names in it), `online_accuracy`,
    `probe_accuracy`, `test_accuracy`, `averaged_accuracy` (of the mean answer of snapshots of
    theta), `bayes_accuracy` (nan where the density is unknown), `theta`, `weights`,
    `weights_at()`, `states`, `tuning()`, `position_tuning()`. Of several layers these are of
    the main pathway, and `layers`, `pathways`, `pathway(name)` are of all. What was shown:
    `stimuli()`, `labels`, `class_names`, `centres`. Spikes: `recorded`, `spikes()`, `rates()`,
    `psth()`, `isi()`, `cv()`, `cv2()`; `measures()` (turnover, survival and others, a table).
    Pictures: `figure()` (learning curve), `raster()`, and `…_figure()`.
    """

    def _score(self, name: str) -> float:
        value = self.learning.attrs.get(f"{name}_accuracy")
        return float("nan") if value is None else float(value)

    @property
    def online_accuracy(self) -> float:
        """Accuracy on the last learning samples, 0 to 1, measured while the teacher was on."""
        return self._score("online")

    @property
    def probe_accuracy(self) -> float:
        """Accuracy on the held-out samples of the last probe, 0 to 1; nan where it is not known."""
        return self._score("probe")

    @property
    def test_accuracy(self) -> float:
        """Accuracy on the held-out samples after learning, 0 to 1; nan where it is not known."""
        return self._score("test")

    @property
    def averaged_accuracy(self) -> float:
        """Accuracy of the mean of the snapshots' answers to these, 0 to 1; nan where there is none.

        `learning` has every score of it as an attribute, and `snapshot_answers`.
        """
        return self._score("averaged")

    @property
    def bayes_accuracy(self) -> float:
        """The best possible accuracy, 0 to 1; nan where the density of the data is not known."""
        return self._score("bayes")

    @property
    def theta(self) -> xarray.DataArray:
        """θ of each synapse after learning, (output, input), dimensionless."""
        return self.main.theta

    @property
    def weights(self) -> xarray.DataArray:
        """The weight of each synapse after learning, as the model's text says: (output, input).

        Its text is the attribute long_name.
        """
        return self.main.weights

    @property
    def states(self) -> dict[str, xarray.DataArray]:
        """Further variables of the synapses after learning: see `LearntPathway.states`."""
        return self.main.states

    def weights_at(self, probe: int) -> xarray.DataArray:
        """The weight of each synapse at a probe, 0 being the start: (output, input).

        -1 is the last one. Raises InputError for a probe that there was not.
        """
        return self.main.weights_at(probe)

    @property
    def rule(self) -> Rule:
        """The run's own equations, as texts with all words decided."""
        return self.main.rule

    def _summary(self) -> dict[str, str]:
        attrs = self.learning.attrs
        names = [name for name in ("model", "arm", "start", "seed") if name in attrs]
        summary = {name: str(attrs[name]) for name in names}
        summary["samples"] = str(self.learning.sizes.get("sample", 0))
        if self.stopped is not None:
            asked = self.manifest["settings"]["samples"]
            summary["stopped"] = f"early, of {asked}: {self.stopped}"
        for name in ("online", "probe", "test", "bayes"):
            summary[f"{name} accuracy"] = f"{self._score(name):.3f}"
        return summary

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in self._summary().items())
        return f"Result({facts}; {str(self.path)!r})"

    def _repr_html_(self) -> str:
        return facts_table(self._summary()) + note(self.path)


AnyRun = Result | str | os.PathLike[str]  #: a finished run, or its folder


def result_of(run: AnyRun) -> Result:
    """The Result of a run, which is read and checked where it is given by its folder."""
    return run if isinstance(run, Result) else Result(run)
