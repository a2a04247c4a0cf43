"""The paper's own test, whose pairs are epochs, and what it says where there is no difference."""

import numpy as np

from spikesampler import stats
from spikesampler.language.model import load_model

__all__ = ["epochs_test", "null_share", "wilcoxon_over_epochs"]

RUNS = load_model("kulikovskikh_2021")["runs"]  #: as many as the paper has
LEVEL = 0.01


def wilcoxon_over_epochs(first: np.ndarray, second: np.ndarray) -> float:
    """The paper's p: pairs are epochs of two curves, each a mean over runs (run, epoch + 1)."""
    from scipy.stats import wilcoxon

    difference = np.round(first[:, 1:].mean(axis=0) - second[:, 1:].mean(axis=0), 9)
    if not difference.any():
        return 1.0
    return float(wilcoxon(difference, zero_method="pratt", method="approx").pvalue)


def epochs_test(light: np.ndarray, rival: np.ndarray) -> tuple[float, float]:
    """That p of LIGHT against a rival (run, epoch + 1), over the first runs, as many as the paper
    has; and the autocorrelation time of their difference in epochs.
    """
    light, rival = light[:RUNS], rival[:RUNS]
    difference = light[:, 1:].mean(axis=0) - rival[:, 1:].mean(axis=0)
    (time,) = stats.autocorrelation_times(difference[:, np.newaxis]).tolist()
    return wilcoxon_over_epochs(light, rival), time


def null_share(curves: np.ndarray, splits: int = 200) -> float:
    """Share of random splits of one arm's runs (run, epoch + 1) into halves between which the test
    over epochs has p < 0.01.
    """
    rng, half = np.random.default_rng(0), len(curves) // 2
    orders = [rng.permutation(len(curves)) for _ in range(splits)]
    p = [wilcoxon_over_epochs(curves[o[:half]], curves[o[half : 2 * half]]) for o in orders]
    return float(np.mean(np.less(p, LEVEL)))
