"""How the error of the network's own gradient falls with the number of events.

Against J on the snapshots of every step it must fall as n^(-1/2), without a floor; against J on the
mean PSP of each sample it must end at the bias of that.
"""

import numpy as np
from scipy import optimize, stats

from spikesampler.stats import mean_interval
from spikesampler.studies.fang_2018.frozen_network import (
    FREE,
    Changes,
    Network,
    score_sum,
    squared_sum,
)

__all__ = ["EDGES", "fresh_law", "law", "on_bound"]

EDGES = np.linspace(-4, 4, 41)  #: of the histogram of error/standard error


def law(measured: Changes, streams: int) -> dict[str, np.ndarray]:
    """Numbers and curves of the changes at one theta, by name.

    streams : disjoint sets of chunks, each a measurement of its own.
    """
    n = len(measured.events)
    changes, snapshots, means, variance = (array.reshape(n, -1) for array in measured[:4])
    scale, sizes = np.linalg.norm(snapshots.mean(axis=0)), doublings(n)
    numbers = {
        "events": sizes * measured.events.mean(),
        "gradient_norm": scale / measured.events.mean(),
    }
    for kind, expected in (("snapshots", snapshots), ("means", means)):
        errors = changes - expected
        blocks = [np.sqrt(np.mean(block_errors(errors, size) ** 2)) / size for size in sizes]
        numbers[kind] = np.array(blocks) / scale
        numbers[f"slope_{kind}"] = slope(errors, streams)
    errors = changes - snapshots
    return (
        numbers
        | smoothing(snapshots, means)
        | against_standard_error(errors, variance, numbers["snapshots"][-1], scale)
        | per_synapse(errors, variance, streams)
    )


def smoothing(snapshots: np.ndarray, means: np.ndarray) -> dict[str, np.ndarray]:
    """Relative bias of the gradient on mean PSPs, its standard error, and the cosine of both."""
    exact, bias = snapshots.mean(axis=0), (means - snapshots).mean(axis=0)
    scale = np.linalg.norm(exact)
    spread = (means - snapshots).var(axis=0, ddof=1).sum()
    return {
        "bias": np.linalg.norm(bias) / scale,
        "bias_error": np.sqrt(spread / len(means)) / scale,
        "cosine": exact @ (exact + bias) / scale / np.linalg.norm(exact + bias),
    }


def against_standard_error(
    errors: np.ndarray, variance: np.ndarray, last: float, scale: float
) -> dict[str, np.ndarray]:
    """The standard error that the variance gives, and what the `last` relative error says of it."""
    n, sizes = len(errors), doublings(len(errors))
    predicted = np.sqrt(variance.sum(axis=1).mean() / sizes) / scale
    dof = degrees_of_freedom(errors)
    low, high = predicted * scatter(dof, n // sizes)
    ratio = (last / predicted[-1]) ** 2
    return {
        "predicted": predicted,
        "dof": dof,
        "low": low,
        "high": high,
        "floor": predicted[-1] * floor(ratio, dof),
        "probability": stats.chi2.sf(dof * ratio, dof),
    }


def per_synapse(errors: np.ndarray, variance: np.ndarray, streams: int) -> dict[str, np.ndarray]:
    """(Error/standard error)^2 of synapses and of the norm, and the errors' histogram."""
    summed, spread = (
        array.reshape(streams, -1, array.shape[1]).sum(axis=1) for array in (errors, variance)
    )
    return {
        "chi_square": interval((errors**2 / variance).mean(axis=1)),
        "norm_ratio": interval((errors**2).sum(axis=1) / variance.sum(axis=1)),
        "histogram": np.histogram(summed / np.sqrt(spread), EDGES, density=True)[0],
    }


def interval(values: np.ndarray) -> np.ndarray:
    """Mean and its 95 % interval by Student's t, (3,)."""
    return np.array(mean_interval(values)[:3])


def doublings(number: int) -> np.ndarray:
    """1, 2, 4, … up to a number."""
    return 2 ** np.arange(int(np.log2(number)) + 1)


def block_errors(errors: np.ndarray, size: int) -> np.ndarray:
    """Norm of the summed errors (chunk, synapse) of blocks of `size` chunks, (n_block,)."""
    blocks = errors[: len(errors) // size * size].reshape(-1, size, errors.shape[1]).sum(axis=1)
    return np.sqrt((blocks**2).sum(axis=1))


def slope(errors: np.ndarray, streams: int) -> np.ndarray:
    """Slope of log error against log number of events, fitted in each stream: mean, low, high."""
    split = errors.reshape(streams, -1, errors.shape[1])
    sizes = doublings(split.shape[1])
    curves = [
        [np.linalg.norm(stream[:size].sum(axis=0)) / size for size in sizes] for stream in split
    ]
    return interval([np.polyfit(np.log(sizes), np.log(curve), 1)[0] for curve in curves])


def degrees_of_freedom(errors: np.ndarray) -> float:
    """(tr S)^2 / tr S^2 for errors (chunk, synapse) of covariance S.

    As many independent errors scatter alike.
    """
    products, n = errors @ errors.T, len(errors)
    trace = np.trace(products) / n
    np.fill_diagonal(products, 0.0)
    return trace**2 * n * (n - 1) / (products**2).sum()


def scatter(dof: float, blocks: np.ndarray) -> np.ndarray:
    """95 % bounds of the root mean square over blocks (n,) of errors of variance 1, (2, n)."""
    return np.sqrt([stats.chi2.ppf(q, dof * blocks) / (dof * blocks) for q in (0.025, 0.975)])


def floor(ratio: float, dof: float) -> np.ndarray:
    """Norm of a constant error, in standard errors, from a squared error of `ratio`: (3,).

    Middle, and 95 % bounds: dof ratio is chi-square with dof degrees of freedom, shifted by dof
    floor^2.
    """

    def bound(probability):
        def excess(shift):
            return stats.ncx2.cdf(dof * ratio, dof, shift) - probability

        return optimize.brentq(excess, 1e-9, 100 + 9 * dof * ratio) if excess(1e-9) > 0 else 0.0

    return np.sqrt([max(ratio - 1, 0.0), bound(0.975) / dof, bound(0.025) / dof])


def on_bound(network: Network, theta: np.ndarray, measured: Changes) -> dict[str, float]:
    """How many synapses lie on a bound of theta, and their share of the gradient's squared norm."""
    there = np.isin(theta, [network.values[name] for name in FREE])
    squares = measured.snapshots.mean(axis=0) ** 2
    return {"on_bound": int(there.sum()), "bound_share": squares[there].sum() / squares.sum()}


def fresh_law(
    network: Network,
    theta: np.ndarray,
    measured: Changes,
    patterns: np.ndarray,
    labels: np.ndarray,
    streams: int,
) -> dict[str, np.ndarray]:
    """The network's mean change against the gradient from other samples and spikes.

    Relative distance of all, its standard error, and the mean of (distance/standard error)^2 of the
    streams. patterns (n_sample, I), labels (n_sample,), as many as the network was shown.
    """
    samples = len(labels) // streams
    size = samples * streams // len(measured.events)  # samples in a chunk
    per_sample = network.steps * network.chance
    differences, variances = [], []
    for number, own in enumerate(measured.changes.reshape(streams, -1, *theta.shape)):
        part = slice(number * samples, (number + 1) * samples)
        objective = network.objective(patterns[part], labels[part], 1.0)
        error = np.eye(network.values["K"])[labels[part]] - objective.at(theta).probability
        mean = score_sum(objective, theta) / samples
        spread = squared_sum(objective, theta, error**2) / samples - mean**2
        own_variance = own.var(axis=0, ddof=1) / (len(own) * size**2)
        variances.append((own_variance + per_sample**2 * spread / (samples - 1)).sum())
        differences.append(own.mean(axis=0) / size - per_sample * mean)
    differences, variances = np.array(differences), np.array(variances)
    scale = np.linalg.norm(measured.snapshots.mean(axis=0)) / size
    ratios = (differences.reshape(streams, -1) ** 2).sum(axis=1) / variances
    return {
        "fresh": np.linalg.norm(differences.mean(axis=0)) / scale,
        "fresh_ratio": interval(ratios),
        "fresh_error": np.sqrt(variances.mean() / streams) / scale,
    }
