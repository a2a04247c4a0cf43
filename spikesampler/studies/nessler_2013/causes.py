"""Stimuli with hidden causes: each is a noisy copy of one of a few pictures, the causes.

A picture has black and white pixels. A stimulus takes one of the pictures, all equally often, and
turns each pixel over by the chance `flips`. Two inputs tell a pixel, one fires where it is white
and the other where it is black, so that as many inputs fire whatever the cause: what Nessler et al.
(2013) ask of stimuli.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.source import Samples

__all__ = ["HiddenCauses"]


class HiddenCauses:
    """A source of stimuli (`spikesampler.stimuli.Source`): rates of two inputs a pixel, 0 or 1.

    num_pixels : of a picture. num_causes : pictures. flips : chance that a pixel is turned over.
    The seed of a run draws its pictures.
    """

    coding, notes = "rates", ()

    def __init__(self, num_pixels: int, num_causes: int, flips: float) -> None:
        self.num_pixels, self.num_classes, self.flips = num_pixels, num_causes, flips
        self.num_features = 2 * num_pixels
        self.class_names = [f"cause {number}" for number in range(num_causes)]
        self.name = f"hidden causes, {num_causes} of {num_pixels} pixels"

    def pictures(self, seed: int) -> NDArray[np.int64]:
        """The causes (num_causes, num_pixels), each pixel 0 or 1."""
        return generator(seed, "hidden causes", "pictures").integers(
            0, 2, (self.num_classes, self.num_pixels)
        )

    def draw(self, split: str, num_samples: int, seed: int) -> Samples:
        """As of a Source."""
        rng = generator(seed, "hidden causes", split)
        labels = rng.integers(0, self.num_classes, num_samples)
        turned = rng.random((num_samples, self.num_pixels)) < self.flips
        white = self.pictures(seed)[labels] ^ turned
        table = np.concatenate([white, 1 - white], axis=1).astype(float)
        return Samples(table=table, rows=np.arange(num_samples), labels=labels)

    def best_accuracy(self, seed: int, num_samples: int = 100_000) -> float:
        """Accuracy of who knows the causes and sees all pixels; of so many samples of its own."""
        drawn, pictures = self.draw("ceiling", num_samples, seed), self.pictures(seed)
        seen = np.concatenate([pictures, 1 - pictures], axis=1)
        agreeing = drawn.table @ seen.T  # pixels of a stimulus that are those of a cause
        best = agreeing == agreeing.max(axis=1, keepdims=True)
        shares = best / best.sum(axis=1, keepdims=True)
        return float(shares[np.arange(num_samples), drawn.labels].mean())

    def bayes_accuracy(self, points: ArrayLike, labels: ArrayLike) -> float:
        """Not told: a source does not know the seed of these; see `best_accuracy`."""
        return float("nan")

    def description(self) -> dict[str, Any]:
        """As of a Source."""
        return {"pixels": self.num_pixels, "causes": self.num_classes, "flips": self.flips}
