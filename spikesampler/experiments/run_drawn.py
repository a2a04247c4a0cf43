"""The pictures of a finished run, as methods: each gives a matplotlib Figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spikesampler.errors import InputError, reading
from spikesampler.experiments.run_record import RunRecord
from spikesampler.experiments.run_spikes import Neurons
from spikesampler.store.datasets import read_dataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["SADDLE", "DrawnRun"]

SADDLE = "saddle.nc"  #: what `spikesampler saddle` writes into a run's folder


class DrawnRun(RunRecord):
    """What a run's figures show; a notebook shows them, `savefig` writes them."""

    def figure(self) -> Figure:
        """Learning curve: accuracy of the probes with its interval, online accuracy, ceiling."""
        from spikesampler.figures.run import run_figure

        return run_figure(self)

    def metrics_figure(self) -> Figure:
        """What `on_probe` returned, a panel for each own metric (20 at most), against time."""
        from spikesampler.figures.metrics import metrics_figure

        return metrics_figure(self)

    def raster(self, window: str | tuple[float, float] = "last", ax: Axes | None = None) -> Figure:
        """Picture of the spikes in a window: "first", "middle", "last" or (start, stop) in s.

        Events of the model's own are marks over the outputs that have them.
        """
        from spikesampler.figures.raster import raster_figure

        return raster_figure(self, window, ax=ax)

    def rates_figure(
        self,
        population: str = "outputs",
        window: str | tuple[float, float] = "last",
        neurons: Neurons = None,
        bin: float | None = None,
    ) -> Figure:
        """Firing rates of neurons over time, in bins of `bin` s, by default one per sample."""
        from spikesampler.figures.spike_trains import rates_figure

        return rates_figure(self, population, window, neurons, bin)

    def psth_figure(
        self,
        population: str = "outputs",
        window: str | tuple[float, float] | None = None,
        neurons: Neurons = None,
        bin: float = 0.01,
    ) -> Figure:
        """Peri-stimulus time histograms, a panel per neuron (20 at most) and a line per class."""
        from spikesampler.figures.spike_trains import psth_figure

        return psth_figure(self, population, window=window, neurons=neurons, bin=bin)

    def isi_figure(
        self,
        population: str = "outputs",
        window: str | tuple[float, float] | None = None,
        neurons: Neurons = None,
    ) -> Figure:
        """Density of inter-spike intervals, and each neuron's CV and CV2."""
        from spikesampler.figures.spike_trains import intervals_figure

        return intervals_figure(self, population, window=window, neurons=neurons)

    def tuning_figure(self) -> Figure:
        """Mean rate of every output for every class after learning, on the test samples."""
        from spikesampler.figures.tuning import tuning_figure

        return tuning_figure(self)

    def position_tuning_figure(
        self,
        features: Sequence[int] | int | None = None,
        bins: int = 10,
        neurons: Sequence[int] | None = None,
    ) -> Figure:
        """Mean rate of outputs (20 at most) over one or two features of the test stimuli."""
        from spikesampler.figures.tuning import position_tuning_figure

        return position_tuning_figure(self, features, bins, neurons)

    def responses_figure(self) -> Figure:
        """Mean rate of every output for every class in the last learning samples."""
        from spikesampler.figures.run import responses_figure

        return responses_figure(self)

    def confusion_figure(self) -> Figure:
        """Which class was taken for which, in percent of the class' test samples."""
        from spikesampler.figures.confusion import confusion_figure

        return confusion_figure(self)

    def weights_figure(self, pathway: str = "outputs") -> Figure:
        """θ of all synapses at start and end against the prior, and its quantiles over time; of
        several layers those of a pathway.
        """
        from spikesampler.figures.run import weights_figure

        return weights_figure(self, pathway)

    def weight_maps_figure(
        self,
        features: Sequence[int] = (0, 1),
        neurons: Sequence[int] | None = None,
        pathway: str = "outputs",
    ) -> Figure:
        """The weights onto outputs (20 at most), as images or over two features of the stimuli; of
        several layers those of a pathway, onto the neurons of its layer.
        """
        from spikesampler.figures.weight_maps import weight_maps_figure

        return weight_maps_figure(self, features, neurons, pathway)

    def trajectories_figure(self, synapses: Sequence[tuple[int, int]] | None = None) -> Figure:
        """θ and weight over time of recorded synapses, pairs (output, input); ten at most."""
        from spikesampler.figures.trajectories import trajectories_figure

        return trajectories_figure(self, synapses)

    def saddle_figure(self) -> Figure:
        """The saddle criterion at the snapshots, as `spikesampler saddle` left it in the folder."""
        from spikesampler.figures.saddle import saddle_figure

        path = self.path / SADDLE
        if not path.is_file():
            raise InputError(
                f"{self.path} has no {SADDLE}: make it with `spikesampler saddle {self.path}`"
            )
        remedy = "repeat `spikesampler saddle` on its folder, or remove the file"
        criterion = read_dataset(path, "cannot be read", remedy)
        attrs = self.learning.attrs
        with reading(path, "cannot be read", remedy):
            return saddle_figure(criterion, attrs.get("chance"), attrs.get("bayes_accuracy"))
