"""A finished run, read from its folder."""

from __future__ import annotations

import os
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesampler.errors import InputError
from spikesampler.language.retraction import weights_of
from spikesampler.language.units import base_values
from spikesampler.store.learning import read_learning
from spikesampler.store.manifest import LEARNING, SPIKES, read_manifest
from spikesampler.store.manifest import verify as verify_files
from spikesampler.store.spikes import populations, read_spikes

if TYPE_CHECKING:
    import numpy as np
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["AnyRun", "Result", "result_of"]


class Result:
    """A finished run, read from its folder.

    `Result(path)` checks every file's SHA-256 first; `verify=False` skips that (spikes.h5 can be
    large). Raises InputError for a folder that is damaged, unfinished or no run folder.

    Attributes: `path`, `manifest` (dict), `learning` (xarray Dataset, read at first use),
    `online_accuracy`, `probe_accuracy`, `test_accuracy`, `bayes_accuracy` (nan where the density is
    unknown), `theta`, `weights`.
    """

    def __init__(self, path: str | os.PathLike[str], verify: bool = True):
        self.path = Path(path)
        self.manifest: dict[str, Any] = read_manifest(self.path)
        if self.manifest.get("status") != "finished":
            raise InputError(
                f"{path} holds an unfinished run (status {self.manifest.get('status')!r}): complete"
                " it first with `spikesampler run` and the same settings, --out this folder and"
                " --resume"
            )
        if verify:
            verify_files(self.path)

    @cached_property
    def learning(self) -> xarray.Dataset:
        """The dataset of learning.nc: learning samples, probes and theta at each of them."""
        return read_learning(self.path / LEARNING)

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

    @cached_property
    def values(self) -> dict[str, Any]:
        """The run's parameters by name, in base units: seconds, hertz, numbers, words."""
        return base_values(self.manifest.get("parameters", {}))

    @cached_property
    def populations(self) -> dict[str, int]:
        """{population: number of recorded spikes}; empty for a run with --record none."""
        return populations(self.path / SPIKES) if (self.path / SPIKES).exists() else {}

    def spikes(
        self, population: str, start: float = 0.0, stop: float | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Spike times (n,) in s and node ids (n,) of a population, start <= t < stop, by time.

        Times and window are seconds from the start of learning; only the window is read from disk.
        """
        if not (self.path / SPIKES).exists():
            raise InputError(
                f"{self.path} holds no spikes: run again with --record windows or --record all"
            )
        return read_spikes(self.path / SPIKES, population, start, stop)

    def raster(self, window: str | tuple[float, float] = "last", ax: Axes | None = None) -> Figure:
        """Picture of the spikes in a window: "first", "middle", "last" or (start, stop) in s."""
        from spikesampler.figures.raster import raster_figure

        return raster_figure(self, window, ax=ax)

    def figure(self) -> Figure:
        """Learning curve: accuracy of the probes with its interval, online accuracy, ceiling."""
        from spikesampler.figures.run import run_figure

        return run_figure(self)

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
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(value)}</td></tr>"
            for name, value in self._summary().items()
        )
        return f"<table>{rows}</table><code>{escape(str(self.path))}</code>"


AnyRun = Result | str | os.PathLike[str]  #: a finished run, or its folder


def result_of(run: AnyRun) -> Result:
    """The Result of a run, which is read and checked where it is given by its folder."""
    return run if isinstance(run, Result) else Result(run)
