"""Does noise help on images? Fang, Yu & Chen (2020) claim at least 10 % higher accuracy on MNIST
and CIFAR-10.

Front. Neurosci. 14:343, https://doi.org/10.3389/fnins.2020.00343. The network is that of the 2018
paper, without hidden layers; its inputs, one per pixel, and its outputs, one per class, follow the
data. Beside it stands what multinomial logistic regression reaches, fitted to all learning images
(10 000 at most) and scored on the same test images: a task that is easy for it leaves the network
no excuse.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spikesampler.experiments.compare import compare
from spikesampler.experiments.comparison_result import Comparison
from spikesampler.stimuli import load_source
from spikesampler.studies.study import Work

__all__ = ["compare_on_images", "regression_accuracy", "report"]

MOST_IMAGES = 10_000  # for the regression
FULL = {"samples": 43_200, "test_samples": 1000, "probe_every": 500}
QUICK = {"samples": 300, "test_samples": 100, "probe_every": 100}


def regression_accuracy(data: str, seed: int, test_samples: int) -> float:
    """Test accuracy of multinomial logistic regression on the images that a run of this seed
    learns.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    source = load_source(data, seed=seed, parameters={"K": 10})
    rows = source.description()["rows"]["learning"]
    learning = source.draw("learning", min(rows, MOST_IMAGES), seed)
    test = source.draw("test", test_samples, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=200).fit(learning.points(), learning.labels)
    return float(model.score(test.points(), test.labels))
