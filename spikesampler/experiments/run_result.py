"""A finished run, read from its folder."""

from functools import cached_property
from html import escape
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.language.retraction import weights_of
from spikesampler.language.units import base_values
from spikesampler.store.learning import read_learning
from spikesampler.store.manifest import LEARNING, SPIKES, read_manifest
from spikesampler.store.manifest import verify as verify_files
from spikesampler.store.spikes import populations, read_spikes

__all__ = ["Result"]


class Result:
    """A finished run, read from its folder.

    `Result(path)` checks every file's SHA-256 first; `verify=False` skips that (spikes.h5 can be
    large). Raises InputError for a folder that is damaged, unfinished or no run folder.

    Attributes: `path`, `manifest` (dict), `learning` (xarray Dataset, read at first use),
    `online_accuracy`, `probe_accuracy`, `test_accuracy`, `bayes_accuracy` (nan where the density is
    unknown), `theta`, `weights`.
    """

    def __init__(self, path, verify=True):
        self.path = Path(path)
        self.manifest = read_manifest(path)
        if self.manifest.get("status") != "finished":
            raise InputError(
                f"{path} holds an unfinished run (status {self.manifest.get('status')!r}): complete"
                " it first with `spikesampler run` and the same settings, --out this folder and"
                " --resume"
            )
        if verify:
            verify_files(path)

    @cached_property
    def learning(self):
        return read_learning(self.path / LEARNING)

    def _fact(self, name):
        value = self.learning.attrs.get(name)
        return float("nan") if value is None else float(value)

    @property
    def online_accuracy(self):
        return self._fact("online_accuracy")

    @property
    def probe_accuracy(self):
        return self._fact("probe_accuracy")

    @property
    def test_accuracy(self):
        return self._fact("test_accuracy")

    @property
    def bayes_accuracy(self):
        return self._fact("bayes_accuracy")

    @property
    def theta(self):
        """Synaptic parameters after learning: DataArray (output, input), dimensionless."""
        return self.learning["theta"].isel(probe=-1)

    @property
    def weights(self):
        """What each synapse transmits after learning: DataArray (output, input), dimensionless.

        w = exp(theta - theta_0); with retraction `clip`, max(0, w - exp(-theta_0)); with `jump`, 0
        where theta < 0.
        """
        if missing := [name for name in ("theta_0", "retraction") if name not in self.values]:
            raise InputError(
                f"the model of {self.path} has no parameter {missing[0]!r}, which the weights need:"
                " use .theta"
            )
        weights = weights_of(self.theta, self.values)
        about = f"weight, retraction {self.values['retraction']}"
        return weights.rename("weights").assign_attrs(units="1", long_name=about)

    @cached_property
    def values(self):
        """The run's parameters by name, in base units: seconds, hertz, numbers, words."""
        return base_values(self.manifest.get("parameters", {}))

    @cached_property
    def populations(self):
        """{population: number of recorded spikes}; empty for a run with --record none."""
        return populations(self.path / SPIKES) if (self.path / SPIKES).exists() else {}

    def spikes(self, population, start=0.0, stop=None):
        """Spike times (n,) in s and node ids (n,) of a population with start <= t < stop, in order
        of time.

        Times and window are seconds from the start of learning; only the window is read from disk.
        """
        if not (self.path / SPIKES).exists():
            raise InputError(
                f"{self.path} holds no spikes: run again with --record windows or --record all"
            )
        return read_spikes(self.path / SPIKES, population, start, stop)

    def raster(self, window="last", ax=None):
        """Figure of the spikes in a window: "first", "middle", "last" or (start, stop) in
        seconds.
        """
        from spikesampler.figures.raster import raster_figure

        return raster_figure(self, window) if ax is None else raster_figure(self, window, ax=ax)

    def _summary(self):
        attrs = self.learning.attrs
        facts = {
            name: str(attrs[name]) for name in ("model", "arm", "start", "seed") if name in attrs
        }
        facts["samples"] = str(self.learning.sizes.get("sample", 0))
        for name in ("online", "probe", "test", "bayes"):
            facts[f"{name} accuracy"] = f"{self._fact(f'{name}_accuracy'):.3f}"
        return facts

    def __repr__(self):
        facts = ", ".join(f"{name} {value}" for name, value in self._summary().items())
        return f"Result({facts}; {str(self.path)!r})"

    def _repr_html_(self):
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(value)}</td></tr>"
            for name, value in self._summary().items()
        )
        return f"<table>{rows}</table><code>{escape(str(self.path))}</code>"
