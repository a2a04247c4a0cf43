"""Stimuli in an order that matters: a cycle of states, two of which look alike.

There are four states and three pictures: states 0 and 2 have the same one, so that only what came
before tells which of them it is. A stimulus is a noisy copy of the picture of its state: each pixel
is turned over by the chance `flips`. Two inputs tell a pixel, one fires where it is white and the
other where it is black, as in `nessler_2013.causes`.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.source import Samples

__all__ = ["Sequences"]

PICTURE_OF = np.array([0, 1, 0, 2])  #: by state


class Sequences:
    """A source of stimuli (`spikesampler.stimuli.Source`): states 0, 1, 2, 3, 0, …, but for jumps.

    num_pixels : of a picture. flips : chance that a pixel is turned over. jumps : chance that the
    next state is any of the four at random, not the next of the cycle; 1: no order. The seed of a
    run draws its pictures, of which no two are alike in more than 3/4 of their pixels.
    """

    coding, notes, num_classes = "rates", (), 4

    def __init__(self, num_pixels: int, flips: float, jumps: float) -> None:
        self.num_pixels, self.flips, self.jumps = num_pixels, flips, jumps
        self.num_features = 2 * num_pixels
        self.class_names = [f"state {number}" for number in range(self.num_classes)]
        self.name = f"sequences of {num_pixels} pixels, jumps {jumps:g}"

    def pictures(self, seed: int) -> NDArray[np.int64]:
        """(3, num_pixels), each pixel 0 or 1."""
        rng = generator(seed, "sequences", "pictures")
        while True:
            found = rng.integers(0, 2, (3, self.num_pixels))
            alike = [(found[a] == found[b]).mean() for a, b in ((0, 1), (0, 2), (1, 2))]
            if max(alike) <= 0.75:
                return found

    def states(self, split: str, num_samples: int, seed: int) -> NDArray[np.int64]:
        """The state of each sample."""
        rng = generator(seed, "sequences", "states", split)
        jump, anew = rng.random(num_samples) < self.jumps, rng.integers(0, 4, num_samples)
        steps = np.arange(num_samples)
        last = np.maximum.accumulate(np.where(jump, steps, 0))  # sample of the last jump
        first = np.where(last == 0, anew[0], anew[last])
        return (first + steps - last) % 4

    def draw(self, split: str, num_samples: int, seed: int) -> Samples:
        """As of a Source; samples follow each other as they are drawn."""
        states = self.states(split, num_samples, seed)
        rng = generator(seed, "sequences", "flips", split)
        turned = rng.random((num_samples, self.num_pixels)) < self.flips
        white = self.pictures(seed)[PICTURE_OF[states]] ^ turned
        table = np.concatenate([white, 1 - white], axis=1).astype(float)
        return Samples(table=table, rows=np.arange(num_samples), labels=states)

    def memoryless(self, seed: int, num_samples: int = 20_000) -> float:
        """Best accuracy of who sees all pixels of a sample, and has forgotten all others."""
        likelihood, states = self._likelihood(seed, num_samples)
        return _right(likelihood, states)

    def remembering(self, seed: int, num_samples: int = 20_000) -> float:
        """Best accuracy of who also knows all samples before (Rabiner 1989, forward recursion)."""
        likelihood, states = self._likelihood(seed, num_samples)
        move = self.jumps / 4 + (1 - self.jumps) * np.roll(np.eye(4), 1, axis=1)
        belief, found = np.full(4, 0.25), np.empty((num_samples, 4))
        for number, own in enumerate(likelihood):
            belief = (belief @ move if number else belief) * own
            belief /= belief.sum()
            found[number] = belief
        return _right(found, states)

    def _likelihood(self, seed: int, num_samples: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Of each sample in each state (n, 4), up to a factor; and the states."""
        drawn, pictures = self.draw("ceiling", num_samples, seed), self.pictures(seed)
        white = drawn.table[:, : self.num_pixels].astype(int)
        differing = np.array([(white != picture).sum(axis=1) for picture in pictures])
        logs = -differing * np.log((1 - self.flips) / self.flips)
        likelihood = np.exp(logs - logs.max(axis=0))
        return likelihood[PICTURE_OF].T, drawn.labels

    def bayes_accuracy(self, points: ArrayLike, labels: ArrayLike) -> float:
        """Not told: a source does not know the seed of these; see `remembering`."""
        return float("nan")

    def description(self) -> dict[str, Any]:
        """As of a Source."""
        return {"pixels": self.num_pixels, "flips": self.flips, "jumps": self.jumps}


def _right(scores: NDArray[Any], states: NDArray[Any]) -> float:
    """Share of samples whose highest score is that of their state; ties are shared."""
    best = np.isclose(scores, scores.max(axis=1, keepdims=True), rtol=1e-9)
    return float((best / best.sum(axis=1, keepdims=True))[np.arange(len(states)), states].mean())
