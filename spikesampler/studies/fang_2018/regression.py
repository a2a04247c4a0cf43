"""Multinomial logistic regression on what a network sees: how hard is the task for the network?

The network's output k is as probable as exp(sum_i w_ki x_i - intensity_ki), so that it, too, is a
logistic regression on the PSPs x, but one whose weights are positive, whose offsets follow from
them, and which is learnt sample by sample from spikes. One that is fitted to all samples at once,
without these bounds, says what such a classifier can reach.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.experiments.objective import objective_of
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.run_stimuli import source_of_run

__all__ = ["FRESH", "OBSERVERS", "PENALTY", "fit_regression", "on_clusters", "scores_of"]

#: of the regression, C of scikit-learn: of 0.01, 0.1, 1 and 10 the best on clusters of seed 0
PENALTY = 0.1
FRESH = 1000  #: samples that come after those of the run, by which all observers are scored
OBSERVERS = ("network", "logistic regression", "Bayes-optimal")


def fit_regression(inputs: NDArray, labels: NDArray, **settings: float) -> Any:
    """scikit-learn's LogisticRegression, fitted to inputs (n, input) and labels (n,)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=200, **settings).fit(inputs, labels)


def scores_of(probability: NDArray, labels: NDArray) -> list[float]:
    """Accuracy and log loss (nats) of answers (n, class) to samples of these labels (n,)."""
    right = np.maximum(probability[np.arange(len(labels)), labels], np.finfo(float).tiny)
    return [float((probability.argmax(axis=1) == labels).mean()), float(-np.log(right).mean())]


def on_clusters(result: Result, probes: Sequence[int]) -> NDArray:
    """Accuracy (observer, probe) on FRESH samples of a run's clusters, after what the run had
    learnt from before each of these probes.

    All answer the same samples. The network, frozen, and the regression see their mean PSPs; the
    Bayes-optimal observer knows the clusters and sees the points themselves.
    """
    learning, total = result.learning, result.learning.sizes["sample"]
    objective = objective_of(result, patterns=total + FRESH, kind="means", seed=1)
    x, labels, fresh = objective.patterns, objective.labels, slice(total, None)
    bayes = _bayes(result, total)
    found = []
    for probe in probes:
        seen = int(learning["probe_samples_seen"][probe])
        answers = objective.at(learning["theta"].values[probe].astype(float)).probability
        model = fit_regression(x[:seen], labels[:seen], C=PENALTY)
        network = scores_of(answers[fresh], labels[fresh])[0]
        found.append([network, model.score(x[fresh], labels[fresh]), bayes])
    return np.array(found).T


def _bayes(result: Result, total: int) -> float:
    """Accuracy of who knows the clusters, on the FRESH samples that come after so many."""
    path, manifest = result.path, result.manifest
    source = source_of_run(path, manifest, result.values, supervised=True)
    drawn = source.draw("learning", total + FRESH, manifest["seed"])
    return source.bayes_accuracy(drawn.points()[total:], drawn.labels[total:])
