"""Windows of a recording: which part to look at, its bins, and the spikes and samples in them."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

__all__ = ["bin_edges", "bin_spikes", "choose_window", "joined", "sample_borders"]


def bin_spikes(
    times: ArrayLike, group: ArrayLike, edges: ArrayLike, num_groups: int | None = None
) -> NDArray[np.intp]:
    """Spikes per group and time bin; bins are half-open, ``edges[j] <= t < edges[j + 1]``.

    Times and edges are sums of floats: a spike at an edge, but for a millionth of a bin, belongs to
    the bin that begins there.

    Parameters
    ----------
    times : (n_spike,), s
    group : (n_spike,) int
        The group of each spike, 0 .. num_groups - 1.
    edges : (n_bin + 1,), s, increasing

    Returns
    -------
    (num_groups, n_bin) int; spikes outside the edges are in no bin.
    """
    times, edges = np.asarray(times, float), np.asarray(edges, float)
    group = np.asarray(group, np.int64)
    num_bins = len(edges) - 1
    if num_groups is None:
        num_groups = int(group.max()) + 1 if group.size else 0
    rounding = 1e-6 * np.diff(edges).min() if num_bins > 0 else 0.0
    bins = np.searchsorted(edges - rounding, times, side="right") - 1
    inside = (bins >= 0) & (bins < num_bins)
    flat = group[inside] * num_bins + bins[inside]
    return np.bincount(flat, minlength=num_groups * num_bins).reshape(num_groups, num_bins)


def bin_edges(start: float, stop: float, sample_length: float, most: int = 200) -> NDArray:
    """Edges (n_bin + 1,) in s of bins that are 1/10, 1/5, 1/4, 1/2 or a multiple of a sample.

    They begin at start and are the finest of which there are at most ``most``. A rest shorter than
    a bin at stop is left out.
    """
    length = stop - start
    coarsest = int(np.ceil(length / sample_length / most))
    fractions = (1 / 10, 1 / 5, 1 / 4, 1 / 2, 1)
    fine_enough = (f for f in fractions if length / (f * sample_length) <= most)
    width = min(sample_length * next(fine_enough, coarsest), length)
    return start + width * np.arange(int(length / width + 1e-6) + 1)


def sample_borders(
    onsets: ArrayLike, sample_length: float, start: float, stop: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The samples shown between start and stop, and the part of the window each of them fills.

    Parameters
    ----------
    onsets : (n_sample,), s, increasing
    sample_length, start, stop : float, s

    Returns
    -------
    samples : (n_shown,) int
    spans : (n_shown, 2), s
        Begin and end of each, cut off at the window.
    """
    onsets = np.asarray(onsets, float)
    tolerance = 1e-6 * sample_length  # onsets are sums of floats: a shared border is no overlap
    samples = np.flatnonzero(
        (onsets + sample_length > start + tolerance) & (onsets < stop - tolerance)
    )
    shown = onsets[samples]
    return samples, np.clip(np.column_stack([shown, shown + sample_length]), start, stop)


def choose_window(
    window: str | Sequence[float],
    recorded: Iterable[Sequence[float]],
    duration: float,
    length: float = 10.0,
) -> tuple[float, float]:
    """Start and stop (s) of the part of a recording to look at.

    Parameters
    ----------
    window : "first", "middle", "last", "T0:T1" or (T0, T1) in s
        A named window is ``length`` long, or as long as the recording around the beginning, middle
        or end of the run.
    recorded : (n, 2), s
        What was recorded; parts that touch count as one.
    duration : float, s, of the run

    Raises
    ------
    InputError : no such window, an empty one, one that was not recorded, or nothing was recorded.
    """
    parts = joined(recorded)
    if not parts:
        raise InputError(
            "this run recorded no spikes: run it again with --record windows or --record all"
        )
    named = {"first": 0.0, "middle": (duration - length) / 2, "last": duration - length}
    if isinstance(window, str) and window in named:
        wanted = min(max(named[window], 0.0), duration)
        first, last = max(
            parts, key=lambda part: min(part[1], wanted + length) - max(part[0], wanted)
        )
        start = max(first, min(wanted, last - length))
        return start, min(start + length, last)
    available = ", ".join(f"{a:g}:{b:g}" for a, b in parts)
    try:
        start, stop = map(float, window.split(":") if isinstance(window, str) else window)
    except (TypeError, ValueError):
        raise InputError(
            f"window {window!r} is not known: give first, middle, last or T0:T1 in seconds "
            f"(recorded: {available})"
        ) from None
    if not (np.isfinite([start, stop]).all() and start < stop):
        raise InputError(
            f"window {window!r} is empty: give T0 < T1, both in seconds (recorded: {available})"
        )
    if not any(a - 1e-6 <= start and stop <= b + 1e-6 for a, b in parts):
        raise InputError(f"window {window!r} was not recorded: choose within {available} s")
    return start, stop


def joined(recorded: Iterable[Sequence[float]]) -> list[list[float]]:
    """The parts of a recording in order, those that touch as one."""
    parts: list[list[float]] = []
    for start, stop in sorted((float(a), float(b)) for a, b in recorded):
        if parts and start <= parts[-1][1] + 1e-6:
            parts[-1][1] = max(stop, parts[-1][1])
        elif stop > start:
            parts.append([start, stop])
    return parts
