"""Clusters that one layer cannot tell apart: the classes are the exclusive or of two features.

A point (a, b) lies near one of four corners, (1/4 or 3/4, 1/4 or 3/4), and is of class 1 where the
corners of a and b differ. Inputs come in four groups of equal size, whose rates rise with a, fall
with a, rise with b, fall with b: linear, so that an output that adds up its inputs draws a line,
which has three corners of four right at best.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.source import Samples

__all__ = ["XorOfClusters"]

LOW, HIGH = 0.25, 0.75  #: corners, of each feature
SPREAD = 0.1  #: standard deviation of a point around its corner, of each feature


class XorOfClusters:
    """A source of stimuli (`spikesampler.stimuli.Source`): rates of `num_features` inputs, 0 to 1.

    num_features : a multiple of four. spread : of points around their corner.
    """

    coding, num_classes = "rates", 2
    class_names, notes = ("alike", "different"), ()

    def __init__(self, num_features: int, spread: float = SPREAD) -> None:
        self.num_features, self.spread = num_features, spread
        self.name = f"xor of clusters, {num_features} inputs"

    def features(self, split: str, num_samples: int, seed: int) -> tuple[NDArray, NDArray]:
        """Points (n, 2) and classes (n,) of a split."""
        rng = generator(seed, "xor of clusters", split)
        corners = rng.integers(0, 2, (num_samples, 2))
        points = LOW + (HIGH - LOW) * corners + self.spread * rng.standard_normal((num_samples, 2))
        return np.clip(points, 0.0, 1.0), corners[:, 0] ^ corners[:, 1]

    def draw(self, split: str, num_samples: int, seed: int) -> Samples:
        """As of a Source."""
        points, labels = self.features(split, num_samples, seed)
        a, b = points.T
        rates = np.stack([a, 1 - a, b, 1 - b], axis=1).repeat(self.num_features // 4, axis=1)
        return Samples(table=rates, rows=np.arange(num_samples), labels=labels)

    def bayes_accuracy(self, points: ArrayLike, labels: ArrayLike) -> float:
        """Of who knows the corners, and takes the nearest: on these rates (n, num_features)."""
        quarter = self.num_features // 4
        near = np.asarray(points)[:, [0, 2 * quarter]] > (LOW + HIGH) / 2
        return float(((near[:, 0] ^ near[:, 1]) == np.asarray(labels)).mean())

    def description(self) -> dict[str, Any]:
        """As of a Source."""
        return {"corners": [LOW, HIGH], "spread": self.spread, "inputs": self.num_features}

    @property
    def ceiling(self) -> float:
        """The best accuracy: right where both features, or neither, are on the side of their
        corner.
        """
        wrong = float(ndtr(-(HIGH - LOW) / 2 / self.spread))
        return wrong**2 + (1 - wrong) ** 2

    @property
    def linear_ceiling(self) -> float:
        """The best accuracy of a line: the same at every angle is tried, with steps of 0.002."""
        best = 0.0
        corners = np.array([(x, y) for x in (LOW, HIGH) for y in (LOW, HIGH)])
        classes = np.array([0, 1, 1, 0])
        offsets = np.arange(-1.5, 1.5, 0.002)[:, None]
        for angle in np.arange(0, np.pi, 0.002):
            along = corners @ np.array([np.cos(angle), np.sin(angle)])
            above = ndtr((along - offsets) / self.spread)  # (offset, corner)
            right = np.where(classes, above, 1 - above).mean(axis=1)
            best = max(best, float(np.maximum(right, 1 - right).max()))
        return best
