"""What the figures need computed: orders, counts per bin, borders, windows and intervals. Arrays
in, arrays out.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from spikesampler.errors import InputError

__all__ = [
    "bin_accuracy",
    "bin_edges",
    "choose_window",
    "class_rates",
    "order_inputs",
    "preferred_class",
    "psth",
    "row_percent",
    "sample_borders",
    "selectivity",
    "wilson",
]


def order_inputs(class_rate):
    """Inputs by the class they prefer, and within a class from the most to the least selective.

    Preferred is the class of the highest mean rate (the first of equals); how selective,
    `selectivity` says.

    Parameters
    ----------
    class_rate : (n_class, n_input), Hz; a class that was not shown is nan, and no input prefers it

    Returns
    -------
    order : (n_input,) int
    boundaries : (n_class + 1,) int
        ``order[boundaries[k]:boundaries[k + 1]]`` prefer class k (none of them where a class is
        preferred by no input).
    """
    class_rate = np.asarray(class_rate, dtype=float)
    num_classes = len(class_rate)
    preferred = np.nan_to_num(class_rate, nan=-1.0).argmax(axis=0)  # nan, to argmax, is the largest
    order = np.lexsort((-selectivity(class_rate), preferred))
    return order, np.searchsorted(preferred[order], np.arange(num_classes + 1))


def psth(times, group, edges, num_groups=None):
    """Spikes per group and time bin; bins are half-open, ``edges[j] <= t < edges[j + 1]``.

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
    times, group, edges = (
        np.asarray(times, float),
        np.asarray(group, np.int64),
        np.asarray(edges, float),
    )
    num_bins = len(edges) - 1
    if num_groups is None:
        num_groups = int(group.max()) + 1 if group.size else 0
    bins = np.searchsorted(edges, times, side="right") - 1
    inside = (bins >= 0) & (bins < num_bins)
    flat = group[inside] * num_bins + bins[inside]
    return np.bincount(flat, minlength=num_groups * num_bins).reshape(num_groups, num_bins)


def bin_edges(start, stop, sample_length, most=200):
    """Edges (n_bin + 1,) in s of bins from start: a tenth, fifth, quarter, half or multiple of a
    sample.

    The finest that gives at most ``most`` bins. A rest shorter than a bin at stop is left out.
    """
    fractions = (1 / 10, 1 / 5, 1 / 4, 1 / 2, 1)
    coarsest = max(1, int(np.ceil((stop - start) / sample_length / most)))
    width = sample_length * next(
        (f for f in fractions if (stop - start) / (f * sample_length) <= most), coarsest
    )
    width = min(width, stop - start)
    return start + width * np.arange(int((stop - start) / width + 1e-6) + 1)


def sample_borders(onsets, sample_length, start, stop):
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


def wilson(mean, num_samples, confidence=0.95):
    """Wilson's score interval of a share; low and high, shaped like mean.

    ``(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)``, p the mean of n outcomes in 0..1, z
    the normal quantile. Shared credits (ties) vary less than 0s and 1s of the same mean, so with
    ties it errs on the wide side.

    Reference: Wilson (1927), J. Am. Stat. Assoc. 22:209.
    """
    p, n = np.asarray(mean, float), np.asarray(num_samples, float)
    z2 = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return centre - half, centre + half


def bin_accuracy(credit, block, confidence=0.95):
    """Mean credit of consecutive blocks of samples with Wilson's interval; the last block may be
    shorter.

    Parameters
    ----------
    credit : (n_sample,), 0..1
    block : int, samples

    Returns
    -------
    seen : (n_block,) int, samples up to the end of each block
    mean, low, high : (n_block,)
    """
    if block < 1:
        raise InputError(f"block is {block}: expected at least 1 sample per block")
    credit = np.asarray(credit, float)
    first = np.arange(0, credit.size, block)
    seen = np.minimum(first + block, credit.size)
    mean = np.add.reduceat(credit, first) / (seen - first) if first.size else np.empty(0)
    return seen, mean, *wilson(mean, seen - first, confidence)


def row_percent(counts):
    """Each row in percent of its sum, (n_class, n_response); nan where a class has no samples."""
    counts = np.asarray(counts, float)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(100 * counts, total, out=np.full_like(counts, np.nan), where=total > 0)


def choose_window(window, recorded, duration, length=10.0):
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
    parts = []
    for start, stop in sorted((float(a), float(b)) for a, b in recorded):
        if parts and start <= parts[-1][1] + 1e-6:
            parts[-1][1] = max(stop, parts[-1][1])
        elif stop > start:
            parts.append([start, stop])
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
        start, stop = (
            float(word) for word in (window.split(":") if isinstance(window, str) else window)
        )
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


def class_rates(counts, labels, num_classes, sample_length):
    """Mean rate in Hz of each output while samples of each class are shown: (n_class, n_output),
    nan for no samples.

    Parameters
    ----------
    counts : (n_sample, n_output), spikes
    labels : (n_sample,) int
    sample_length : float, s
    """
    counts, labels = np.asarray(counts, float), np.asarray(labels)
    shown = (labels == np.arange(num_classes)[:, np.newaxis]).astype(float)
    samples = shown.sum(axis=1, keepdims=True)
    spikes = shown @ counts
    return np.divide(
        spikes, samples * sample_length, out=np.full_like(spikes, np.nan), where=samples > 0
    )


def preferred_class(rates):
    """The class for which each neuron is most active, the first of equals; -1 for a neuron without
    a spike.

    rates (…, n_class, n_neuron), Hz, nan where a class was not shown -> (…, n_neuron) int
    """
    rates = np.nan_to_num(np.asarray(rates, float), nan=-1.0)
    return np.where(rates.max(axis=-2) > 0, rates.argmax(axis=-2), -1)


def selectivity(rates):
    """(r_p - r_o) / (r_p + r_o), r_p the rate for the preferred class, r_o the mean of the others:
    (n_neuron,).

    1: active for one class only, 0: alike for all, or silent; equally active for m of n classes: (n
    - m)/(n + m - 2). Counts that scatter raise it, the more the fewer there are.

    rates (n_class, n_neuron), Hz; rows of nan (classes that were not shown) do not count.
    """
    rates = np.asarray(rates, float)
    rates = rates[np.isfinite(rates).all(axis=1)]
    best = rates.max(axis=0)
    others = (rates.sum(axis=0) - best) / max(len(rates) - 1, 1)
    total = best + others
    return np.divide(best - others, total, out=np.zeros_like(total), where=total > 0)
