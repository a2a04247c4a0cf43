"""What neurons respond to: rates by class, the class they prefer, orders."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def order_inputs(class_rate: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
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


def row_percent(counts: ArrayLike) -> Array:
    """Each row in percent of its sum, (n_class, n_response); nan where a class has no samples."""
    counts = np.asarray(counts, float)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(100 * counts, total, out=np.full_like(counts, np.nan), where=total > 0)


def class_rates(
    counts: ArrayLike, labels: ArrayLike, num_classes: int, sample_length: float
) -> Array:
    """Mean rate in Hz of each output while each class is shown, nan for one without samples.

    (n_class, n_output).

    Parameters
    ----------
    counts : (n_sample, n_output), spikes
    labels : (n_sample,) int
    sample_length : float, s
    """
    counts, labels = np.asarray(counts, float), np.asarray(labels)
    of_class = (labels == np.arange(num_classes)[:, np.newaxis]).astype(float)
    samples = of_class.sum(axis=1, keepdims=True)
    spikes = of_class @ counts
    return np.divide(
        spikes, samples * sample_length, out=np.full_like(spikes, np.nan), where=samples > 0
    )


def position_means(
    points: ArrayLike, values: ArrayLike, edges: Sequence[ArrayLike]
) -> tuple[Array, NDArray[np.intp]]:
    """Mean of values over the samples in each cell of stimulus space, and their number.

    Parameters
    ----------
    points : (n_sample, n_feature), stimuli
    values : (n_sample, n_neuron)
    edges : n_feature arrays (n_bin + 1,); bins are half-open but the last, as numpy.histogram's

    Returns
    -------
    means : (n_neuron, n_bin, …), nan where there is no sample
    number : (n_bin, …) int
    """
    from scipy.stats import binned_statistic_dd

    points, values = np.asarray(points, float), np.asarray(values, float)
    bins = [np.asarray(edge, float) for edge in edges]
    means = binned_statistic_dd(points, values.T, "mean", bins).statistic
    return means, np.histogramdd(points, bins)[0].astype(np.intp)


def preferred_class(rates: ArrayLike) -> NDArray[np.intp]:
    """The class for which each neuron is most active, the first of equals; -1 without a spike.

    rates (…, n_class, n_neuron), Hz, nan where a class was not shown -> (…, n_neuron) int
    """
    known = np.nan_to_num(np.asarray(rates, float), nan=-1.0)
    return np.where(known.max(axis=-2) > 0, known.argmax(axis=-2), -1)


def selectivity(rates: ArrayLike) -> Array:
    """(r_p - r_o)/(r_p + r_o), r_p the rate for the preferred class, r_o the mean of the others.

    (n_neuron,). 1: active for one class only, 0: alike for all, or silent; equally active for m of
    n classes: (n - m)/(n + m - 2). Counts that scatter raise it, the more the fewer there are.

    rates (n_class, n_neuron), Hz; rows of nan (classes that were not shown) do not count.
    """
    rates = np.asarray(rates, float)
    known = rates[np.isfinite(rates).all(axis=1)]
    best = known.max(axis=0)
    others = (known.sum(axis=0) - best) / max(len(known) - 1, 1)
    total = best + others
    return np.divide(best - others, total, out=np.zeros_like(total), where=total > 0)
