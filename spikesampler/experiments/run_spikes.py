"""Spikes of a finished run: trains, rates, responses after onsets, and how regular they are.

A run may have recorded only some windows. Rates count recorded time alone, no interval reaches
across a pause, and a window that was not recorded is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler import stats
from spikesampler.checks import real_number
from spikesampler.errors import InputError, shown
from spikesampler.experiments.run_record import RunRecord
from spikesampler.stats.spike_trains import Intervals, within
from spikesampler.stats.windows import choose_window, joined
from spikesampler.store.learning import neurons_of
from spikesampler.store.manifest import SPIKES
from spikesampler.store.spikes import populations, read_spikes

if TYPE_CHECKING:
    import xarray

__all__ = ["Neurons", "RecordedSpikes", "TimeWindow"]

Neurons = int | Iterable[int] | None  #: one, several, or all
TimeWindow = str | tuple[float, float] | None  #: "first", "middle", "last", (start, stop) s, or all
OF_EVERY_MODEL = ("inputs", "outputs", "teacher")  #: populations; others are a model's own events


class RecordedSpikes(RunRecord):
    """The spikes of a run that were recorded, and what follows from them.

    `population` is "inputs", "outputs", another layer of the model, "teacher", whose events are
    numbered by the output that they ask for, or an event of the model's own, numbered by the output
    that has it; one of another layer is called LAYER.EVENT. `window` is
    "first", "middle" or "last" (10 s), or (start, stop) in s from the start of learning; None is
    all that was recorded. `neurons` is a number or several; None is all.
    """

    @cached_property
    def populations(self) -> dict[str, int]:
        """{population: number of recorded spikes}; empty for a run with --record none."""
        return populations(self.path / SPIKES) if (self.path / SPIKES).exists() else {}

    @property
    def own_events(self) -> list[str]:
        """Names of those populations that are events of the model's own."""
        known = {*OF_EVERY_MODEL, *self.layers}
        return [name for name in self.populations if name not in known]

    def dimension(self, population: str) -> str:
        """The dimension of learning.nc along which the neurons of a population are numbered."""
        layer = population.partition(".")[0]
        known = layer == "inputs" or layer in self.layers
        return neurons_of(layer if known else "outputs")  # events are of the outputs

    @cached_property
    def recorded(self) -> list[tuple[float, float]]:
        """Begin and end, in s, of each part of the run whose spikes were recorded, in order."""
        parts = {"none": [], "all": [[0.0, self._duration]]}.get(
            self.manifest["settings"]["record"], self.manifest.get("recorded_windows") or []
        )
        return [(start, stop) for start, stop in joined(parts)]

    def window(self, window: TimeWindow = "last") -> tuple[float, float]:
        """Start and stop in s of a window; InputError where it was not recorded as a whole."""
        if not self.recorded:
            self.refuse_silence()
        wanted = "all" if window is None else window
        return choose_window(wanted, self.recorded, self._duration)

    def spikes(
        self,
        population: str,
        start: float = 0.0,
        stop: float | None = None,
        neurons: Neurons = None,
        window: TimeWindow = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Spike times (n,) in s and node ids (n,) of a population, start <= t < stop, by time.

        Times, start and stop are seconds from the start of learning; only these are read from disk.
        By default all that was recorded; `window` is as elsewhere. Raises InputError for a time of
        which a part was not recorded: nobody knows whether neurons were silent there.
        """
        if window is not None and (start != 0 or stop is not None):
            raise InputError(f"window={window!r} with start or stop: give one of them")
        if window is None and (start != 0 or stop is not None):
            window = start, self._duration if stop is None else stop
        first, last = (0.0, None) if window is None else self.window(window)
        return self._read(population, first, last, neurons)

    def _read(
        self, population: str, start: float, stop: float | None, neurons: Neurons
    ) -> tuple[np.ndarray, np.ndarray]:
        """Times and node ids as of `spikes`, of what was recorded in that time."""
        if not (self.path / SPIKES).exists():
            self.refuse_silence()
            raise InputError(
                f"{self.path} holds no spikes: run again with --record windows or --record all"
            )
        ids = None if neurons is None else self.neurons(population, neurons)
        return read_spikes(self.path / SPIKES, population, start, stop, ids)

    @property
    def _duration(self) -> float:
        """Seconds from the start of learning to the end of its last sample, with the gap."""
        return float(self.learning["time"][-1]) + self.period

    def rates(
        self,
        population: str = "outputs",
        window: TimeWindow = None,
        neurons: Neurons = None,
        bin: float | None = None,
    ) -> xarray.DataArray:
        """Mean firing rate of each neuron in Hz, (neuron,); with `bin` in s in each bin, (neuron,
        time), time being where a bin begins.

        A rest of the window that is shorter than a bin is left out.

        >>> result.rates("inputs", neurons=[3, 7], window=(0, 5), bin=0.1)  # doctest: +SKIP
        """
        ids = self.neurons(population, neurons)
        parts = self._parts(window, one=bin is not None)
        times, of = self._within(population, parts, neurons, ids)
        dim = self.dimension(population)
        if bin is None:
            values = stats.mean_rates(times, of, len(ids), parts)
            rates = _array(values, {dim: ids}, "firing rate", "Hz")
            return rates.assign_attrs(recorded_seconds=sum(b - a for a, b in parts))
        (start, stop), width = parts[0], self._bin(bin, parts[0][1] - parts[0][0])
        edges = start + width * np.arange(int((stop - start) / width + 1e-6) + 1)
        values = stats.bin_spikes(times, of, edges, len(ids)) / width
        return _array(values, {dim: ids, "time": edges[:-1]}, "firing rate", "Hz", bin=width)

    def psth(
        self,
        population: str = "outputs",
        window: TimeWindow = None,
        neurons: Neurons = None,
        bin: float = 0.01,
    ) -> xarray.DataArray:
        """Peri-stimulus time histogram in Hz: (class, neuron, time), time in s since the onset of a
        sample, where a bin begins.

        The mean over the samples of a class that lie in the window and were recorded whole;
        coordinate `samples` (class,) says how many. nan for a class without.
        """
        ids, parts = self.neurons(population, neurons), self._parts(window)
        onsets, labels = (self.learning[name].values for name in ("time", "label"))
        samples = within(onsets, self.period, parts)
        if not len(samples):
            raise InputError(
                f"no sample of {self.path} was recorded from its onset to the next, {self.period:g}"
                f" s, in the window {window!r}: give a longer one"
            )
        onsets, labels = onsets[samples], labels[samples].astype(int)
        num_classes = max(int(self.learning.sizes["class"]), int(labels.max()) + 1)
        width = self._bin(bin, self.period)
        edges = width * np.arange(int(self.period / width + 1e-6) + 1)
        times, of = self._within(population, parts, neurons, ids)
        values = stats.psth(times, of, onsets, labels, edges, len(ids), num_classes)
        coords = {"class": range(num_classes), self.dimension(population): ids, "time": edges[:-1]}
        histogram = _array(values, coords, "firing rate since the onset", "Hz", bin=width)
        number = np.bincount(labels, minlength=num_classes)
        return histogram.assign_coords(samples=("class", number))

    def isi(
        self, population: str = "outputs", window: TimeWindow = None, neurons: Neurons = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Inter-spike intervals (n,) in s and the neurons (n,) that they are of, by neuron."""
        intervals, ids = self._intervals(population, window, neurons)
        return intervals.seconds, ids[intervals.neurons]

    def cv(
        self, population: str = "outputs", window: TimeWindow = None, neurons: Neurons = None
    ) -> xarray.DataArray:
        """Coefficient of variation of each neuron's inter-spike intervals, (neuron,).

        Coordinate `intervals` is their number; nan with fewer than two.
        """
        return self._variation(stats.cv, "coefficient of variation", population, window, neurons)

    def cv2(
        self, population: str = "outputs", window: TimeWindow = None, neurons: Neurons = None
    ) -> xarray.DataArray:
        """Local variation CV2 (Holt et al. 1996) of successive intervals, (neuron,), as `cv`."""
        return self._variation(stats.cv2, "local variation CV2", population, window, neurons)

    def _variation(
        self, measure: Any, name: str, population: str, window: TimeWindow, neurons: Neurons
    ) -> xarray.DataArray:
        intervals, ids = self._intervals(population, window, neurons)
        dim = self.dimension(population)
        values = _array(measure(intervals, len(ids)), {dim: ids}, name, "1")
        number = np.bincount(intervals.neurons, minlength=len(ids))
        return values.assign_coords(intervals=(dim, number))

    def _intervals(
        self, population: str, window: TimeWindow, neurons: Neurons
    ) -> tuple[Intervals, np.ndarray]:
        """The intervals, whose neurons are places in the ids that are given beside them."""
        ids, parts = self.neurons(population, neurons), self._parts(window)
        return stats.isi(*self._within(population, parts, neurons, ids), parts), ids

    def _parts(self, window: TimeWindow, one: bool = False) -> list[tuple[float, float]]:
        """The recorded parts in the window; one : where they have to be a single one."""
        if window is None and self.recorded and not (one and len(self.recorded) > 1):
            return self.recorded
        if window is None and self.recorded:
            places = ", ".join(f"{start:g}:{stop:g}" for start, stop in self.recorded)
            raise InputError(
                f"{self.path} was recorded in {len(self.recorded)} parts ({places} s), which no"
                " one row of bins holds: give a window, such as 'last'"
            )
        return [self.window(window)]

    def neurons(self, population: str, neurons: Neurons = None) -> np.ndarray:
        """Numbers (n,) of the neurons asked for, in their order, by default all of a population.

        Raises InputError for those that there are not.
        """
        if population not in (*OF_EVERY_MODEL, *self.layers, *self.own_events):
            held = ", ".join(self.populations) or "none"
            raise InputError(f"no spikes of {population!r} in {self.path}: it holds {held}")
        number = int(self.learning.sizes[self.dimension(population)])
        if neurons is None:
            return np.arange(number)
        ids = np.atleast_1d(np.asarray(neurons))
        if ids.ndim != 1 or ids.dtype.kind not in "iu" or len(np.unique(ids)) < len(ids):
            raise InputError(f"neurons={shown(neurons)}: give a number or several different ones")
        if wrong := [int(k) for k in ids if not 0 <= k < number]:
            raise InputError(
                f"neuron {wrong[0]} of the {population}: {self.path} has 0 to {number - 1}"
            )
        return ids.astype(np.int64)

    def _within(
        self,
        population: str,
        parts: list[tuple[float, float]],
        neurons: Neurons,
        ids: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Times of spikes between the first part's begin and the last one's end, and places in ids
        of their neurons.
        """
        chosen = None if neurons is None else ids
        times, of = self._read(population, parts[0][0], parts[-1][1], chosen)
        place = np.zeros(int(ids.max()) + 1, np.int64)
        place[ids] = np.arange(len(ids))
        return times, place[of.astype(np.int64)]

    def _bin(self, bin: float, most: float) -> float:
        """The width of bins; InputError unless it is dt at least, and at most so many seconds."""
        width, dt = real_number("bin", bin), float(self.values["dt"])
        if width < dt * (1 - 1e-9):
            raise InputError(
                f"bin={bin!r}: spikes are at multiples of the time step, {dt:g} s; give a bin of at"
                " least that"
            )
        if width > most + 1e-9:
            raise InputError(f"bin={bin!r}: expected at most {most:g} s; give such a bin")
        return width


def _array(
    values: np.ndarray, coords: dict[str, Any], name: str, units: str, **attrs: Any
) -> xarray.DataArray:
    """A DataArray whose dimensions are those of its coordinates; times are in s."""
    import xarray

    array = xarray.DataArray(values, dims=list(coords), coords=coords, name=name)
    if "time" in coords:
        array["time"].attrs["units"] = "s"
    return array.assign_attrs(units=units, long_name=name, **attrs)
