"""A finished run, read from its folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spikesampler.errors import InputError
from spikesampler.experiments.notebook import facts_table, note
from spikesampler.experiments.run_drawn import DrawnRun
from spikesampler.experiments.run_shown import ShownStimuli
from spikesampler.experiments.run_spikes import RecordedSpikes
from spikesampler.language.retraction import weights_of

if TYPE_CHECKING:
    import xarray

__all__ = ["AnyRun", "Result", "result_of"]


class Result(RecordedSpikes, ShownStimuli, DrawnRun):
    """A finished run, read from its folder.

    `Result(path)` checks every file's SHA-256 first; `verify=False` skips that (spikes.h5 can be
    large). Raises InputError for a folder that is damaged, unfinished or no run folder.

    What it was: `path`, `manifest` (dict), `model`, `model_text`, `parameters`, `values`, `arm`,
    `start`, `seed`, `samples`. What was learnt: `learning` (xarray Dataset, read at first use),
    `online_accuracy`, `probe_accuracy`, `test_accuracy`, `bayes_accuracy` (nan where the density is
    unknown), `theta`, `weights`, `tuning()`, `position_tuning()`. What was shown: `stimuli()`,
    `labels`, `class_names`, `centres`. Spikes: `recorded`, `spikes()`, `rates()`, `psth()`,
    `isi()`, `cv()`, `cv2()`. Pictures: `figure()` (learning curve), `raster()`, and `…_figure()`.
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
    def bayes_accuracy(self) -> float:
        """The best possible accuracy, 0 to 1; nan where the density of the data is not known."""
        return self._score("bayes")

    @property
    def theta(self) -> xarray.DataArray:
        """Synaptic parameters after learning: (output, input), dimensionless."""
        return self.learning["theta"].isel(probe=-1)

    @property
    def weights(self) -> xarray.DataArray:
        """What each synapse transmits after learning: (output, input), dimensionless.

        w = exp(theta - theta_0); with retraction `clip`, max(0, w - exp(-theta_0)); with `jump`, 0
        where theta < 0.
        """
        for name in ("theta_0", "retraction"):
            if name not in self.values:
                raise InputError(
                    f"the model of {self.path} has no parameter {name!r}, which the weights need:"
                    " use .theta"
                )
        weights = weights_of(self.theta, self.values)
        about = f"weight, retraction {self.values['retraction']}"
        return weights.rename("weights").assign_attrs(units="1", long_name=about)

    def _summary(self) -> dict[str, str]:
        attrs = self.learning.attrs
        names = [name for name in ("model", "arm", "start", "seed") if name in attrs]
        summary = {name: str(attrs[name]) for name in names}
        summary["samples"] = str(self.learning.sizes.get("sample", 0))
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
