"""Spike trains of neurons: intervals and how regular they are, rates, responses after an onset.

A recording may consist of parts with nothing known in between. No interval reaches from one part
into the next, and no rate counts time that was not recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError
from spikesampler.stats.windows import joined

__all__ = [
    "Intervals",
    "cv",
    "cv2",
    "interval_density",
    "isi",
    "mean_rates",
    "psth",
    "within",
]

Array = NDArray[np.float64]
Parts = Sequence[Sequence[float]]  #: (n, 2), s: begin and end of what was recorded

ROUNDING = 1e-6  #: of a bin or sample: times are sums of floats


class Intervals(NamedTuple):
    """Inter-spike intervals, neuron by neuron in order of time.

    seconds (n,), neurons (n,) int, follows (n,) bool: whether the interval before it, of the same
    neuron, ends with the spike that it begins with.
    """

    seconds: Array
    neurons: NDArray[np.int64]
    follows: NDArray[np.bool_]


def isi(times: ArrayLike, neurons: ArrayLike, parts: Parts | None = None) -> Intervals:
    """Intervals between successive spikes of a neuron, within a part of the recording.

    Parameters
    ----------
    times : (n_spike,), s, in any order
    neurons : (n_spike,) int
    parts : (n, 2), s
        What was recorded; None: all, without a pause. Spikes outside do not count.

    >>> isi([0.0, 0.1, 0.3, 0.9], [7, 7, 7, 7], [(0, 0.5), (0.8, 1)]).seconds
    array([0.1, 0.2])
    """
    t, of = np.asarray(times, float), np.asarray(neurons).astype(np.int64)
    part = np.zeros(len(t), np.int64) if parts is None else _part_of(t, parts)
    inside = part >= 0
    order = np.lexsort((t[inside], of[inside]))
    t, of, part = (values[inside][order] for values in (t, of, part))
    together = (of[1:] == of[:-1]) & (part[1:] == part[:-1])
    before = np.concatenate([[False], together])[: len(together)]
    return Intervals(np.diff(t)[together], of[1:][together], before[together])


def _part_of(times: Array, parts: Parts) -> NDArray[np.int64]:
    """The part of the recording that each time lies in, begin <= t < end; -1 for none."""
    borders = np.array(joined(parts), float).reshape(-1, 2)
    if not len(borders):
        return np.full(len(times), -1)
    part = np.searchsorted(borders[:, 0] - ROUNDING, times, side="right") - 1
    inside = (part >= 0) & (times < borders[part, 1] - ROUNDING)
    return np.where(inside, part, -1)


def cv(intervals: Intervals, num_neurons: int) -> Array:
    """Coefficient of variation of the intervals of each neuron: their standard deviation (that of
    a population, divided by n) over their mean; (num_neurons,).

    0 of a regular train, 1 of a Poisson process. nan with fewer than two intervals.
    """
    number = np.bincount(intervals.neurons, minlength=num_neurons)
    sums = np.bincount(intervals.neurons, intervals.seconds, num_neurons)
    mean = _share(sums, number)
    off = (intervals.seconds - mean[intervals.neurons]) ** 2
    deviation = np.sqrt(_share(np.bincount(intervals.neurons, off, num_neurons), number))
    return np.where(number > 1, _share(deviation, mean), np.nan)


def cv2(intervals: Intervals, num_neurons: int) -> Array:
    """Local variation of the intervals I of each neuron, (num_neurons,): the mean of
    2 |I' - I|/(I' + I) over all I' that follow an I without a pause in the recording.

    0 of a regular train and 1 of a Poisson process as the CV is, but hardly more where a rate
    drifts. nan without two successive intervals.

    Reference: Holt, Softky, Koch & Douglas (1996), J. Neurophysiol. 75:1806.
    """
    second = np.flatnonzero(intervals.follows)
    later, earlier = intervals.seconds[second], intervals.seconds[second - 1]
    differences = 2 * _share(np.abs(later - earlier), later + earlier)
    neurons = intervals.neurons[second]
    number = np.bincount(neurons, minlength=num_neurons)
    return _share(np.bincount(neurons, differences, num_neurons), number)


def interval_density(
    seconds: ArrayLike, dt: float, most: int = 60, share: float = 0.995
) -> tuple[Array, Array]:
    """Edges (n_bin + 1,) in s and density (n_bin,) in 1/s of inter-spike intervals (n,) in s.

    Intervals are multiples of dt, so bins are whole numbers of dt, with their edges half-way: none
    has more multiples than another. They reach to the interval below which this `share` lies; the
    density is of all intervals. Raises InputError without intervals.
    """
    steps = np.rint(np.asarray(seconds, float) / dt).astype(np.int64)
    if not len(steps):
        raise InputError("no neuron has two spikes in a row: give other neurons or a longer window")
    longest = int(np.quantile(steps, share, method="higher"))
    width = max(1, -(-longest // most))
    last = longest // width + 1
    edges = (np.arange(last + 1) * width - 0.5) * np.float64(dt)
    counts = np.bincount(steps // width, minlength=last)[:last]
    return edges, counts / (len(steps) * width * dt)


def _share(values: ArrayLike, total: ArrayLike) -> Array:
    """values/total, nan where the total is 0."""
    values, total = np.asarray(values, float), np.asarray(total, float)
    return np.divide(values, total, out=np.full(values.shape, np.nan), where=total > 0)


def mean_rates(times: ArrayLike, neurons: ArrayLike, num_neurons: int, parts: Parts) -> Array:
    """Spikes per second of recorded time, (num_neurons,) in Hz; parts (n, 2) in s.

    times (n_spike,) s, neurons (n_spike,) int. nan where nothing was recorded.
    """
    inside = _part_of(np.asarray(times, float), parts) >= 0
    counts = np.bincount(np.asarray(neurons).astype(np.int64)[inside], minlength=num_neurons)
    seconds = sum(stop - start for start, stop in joined(parts))
    return counts / seconds if seconds else np.full(num_neurons, np.nan)


def within(onsets: ArrayLike, length: float, parts: Parts) -> NDArray[np.intp]:
    """Which of the samples that begin at onsets (n,) in s, and last so many s, are recorded whole.

    parts : (n, 2), s. Gives their numbers in order.
    """
    onsets = np.asarray(onsets, float)
    inside = np.zeros(len(onsets), bool)
    for start, stop in joined(parts):
        tolerance = ROUNDING * length
        inside |= (onsets >= start - tolerance) & (onsets + length <= stop + tolerance)
    return np.flatnonzero(inside)


def psth(
    times: ArrayLike,
    neurons: ArrayLike,
    onsets: ArrayLike,
    labels: ArrayLike,
    edges: ArrayLike,
    num_neurons: int,
    num_classes: int,
) -> Array:
    """Peri-stimulus time histogram: mean rate of each neuron in Hz against the time since the
    onset of a sample, for each class of samples; (num_classes, num_neurons, n_bin).

    A class without samples is nan.

    Parameters
    ----------
    times, neurons : (n_spike,), s and int; of a recording that has all of these samples
    onsets, labels : (n_sample,), s, increasing, and int
    edges : (n_bin + 1,), s after the onset, increasing, from 0 up to the next onset; bins are
        half-open, a spike at an edge belongs to the bin that begins there
    """
    t, begins, borders = (np.asarray(values, float) for values in (times, onsets, edges))
    of, classes = (np.asarray(values).astype(np.int64) for values in (neurons, labels))
    shape, width = (num_classes, num_neurons, len(borders) - 1), np.diff(borders)
    rounding = ROUNDING * width.min()
    sample = np.searchsorted(begins - rounding, t, side="right") - 1
    since = t - np.append(begins, np.nan)[sample]
    bins = np.searchsorted(borders - rounding, since, side="right") - 1
    inside = (sample >= 0) & (bins >= 0) & (bins < shape[2])
    place = (classes[sample[inside]], of[inside], bins[inside])
    flat = np.ravel_multi_index(place, shape)
    counts = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
    number = np.bincount(classes, minlength=num_classes)[:, np.newaxis, np.newaxis]
    return _share(counts, np.broadcast_to(number, shape)) / width
