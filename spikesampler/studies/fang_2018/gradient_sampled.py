"""What sampled output spikes know of J, against their number: gradient, curvature and value."""

import numpy as np
from scipy import special

from spikesampler.landscape.sampled import sampled_gradient, sampled_hvp, sampled_value
from spikesampler.stats.intervals import mean_intervals
from spikesampler.stimuli.seeds import generator
from spikesampler.studies.fang_2018.frozen_network import Network, squared_sum

__all__ = ["SPIKES", "sampled_laws"]

SPIKES = (1, 2, 4, 8, 16, 32)  #: output spikes of a pattern


def sampled_laws(
    network: Network, theta: np.ndarray, patterns: np.ndarray, labels: np.ndarray, repeats: int
) -> dict[str, np.ndarray]:
    """Bias and spread of the estimators of `landscape.sampled` over SPIKES, by name.

    gradient_error, gradient_predicted (n,) : relative errors, measured and in theory. plug_in_bias,
    corrected_bias (n, 3), plug_in_sd, corrected_sd (n,) : of v^T H v over its Fisher term, v a
    random direction; what is corrected is nan for one spike. value (5,) : J exactly, mean, standard
    error, standard deviation, and that in theory. patterns (n_sample, I), labels (n_sample,);
    repeats : draws of each.
    """
    rng, spikes = generator(network.seed, "gradient", "sampled"), np.array(SPIKES)
    objective = network.objective(patterns, labels, 1.0)
    v = rng.standard_normal(theta.shape)
    v /= np.linalg.norm(v)
    point, truth = objective.at(theta), float((v * objective.hvp(theta, v)).sum())
    p, scale = point.probability, np.linalg.norm(point.gradient)
    variance = squared_sum(objective, theta, p * (1 - p)).sum()
    laws = {
        "gradient_predicted": np.sqrt(variance / spikes) / scale,
        "gradient_error": np.sqrt(squared_errors(objective, theta, rng, repeats)) / scale,
    }
    fisher = float((point.diagonal * v * v).sum()) - truth
    for name, correct in (("plug_in", False), ("corrected", True)):
        curvatures = sampled_curvatures(objective, theta, v, rng, repeats, correct)
        relative = (curvatures - truth) / fisher
        laws[f"{name}_bias"] = mean_intervals(relative).T
        laws[f"{name}_sd"] = relative.std(1, ddof=1)
    values = [sampled_value(objective, theta, rng) for _ in range(repeats)]
    sd = np.std(values, ddof=1)
    right = p[np.arange(len(p)), objective.labels]
    exact_sd = np.sqrt(special.spence(right).sum())
    return laws | {
        "value": np.array(
            [objective.value(theta), np.mean(values), sd / np.sqrt(repeats), sd, exact_sd]
        )
    }


def squared_errors(objective, theta, rng, repeats):
    """Mean squared norm of the sampled gradient's error, (n,)."""
    gradient = objective.at(theta).gradient
    errors = np.empty((len(SPIKES), repeats))
    for row, m in zip(errors, SPIKES):
        row[:] = [
            np.sum((sampled_gradient(objective, theta, rng, m) - gradient) ** 2)
            for _ in range(repeats)
        ]
    return np.mean(errors, axis=1)


def sampled_curvatures(objective, theta, v, rng, repeats, correct):
    """Sampled v^T H v, (n, repeats); nan with one spike where it is to be corrected."""
    curvatures = np.full((len(SPIKES), repeats), np.nan)
    for row, m in zip(curvatures, SPIKES):
        if m > correct:
            row[:] = [
                (v * sampled_hvp(objective, theta, v, rng, m, correct)).sum()
                for _ in range(repeats)
            ]
    return curvatures
