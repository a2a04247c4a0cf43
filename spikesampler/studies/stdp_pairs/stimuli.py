"""What the inputs do: fire at steady rates, or once."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.stimuli.source import Samples
from spikesampler.stimuli.trains import Trains

__all__ = ["OneSpike", "SteadyRates"]


class SteadyRates:
    """A source (`spikesampler.stimuli.Source`) whose inputs fire at the same rates for ever.

    rates : (I,), as parts of r_max, 0 to 1. The two classes mean nothing.
    """

    coding, num_classes = "rates", 2
    class_names, notes = ("one", "other"), ()

    def __init__(self, rates: ArrayLike) -> None:
        self.rates = np.asarray(rates, dtype=float)
        self.num_features = len(self.rates)
        self.name = f"steady rates of {self.num_features} inputs"

    def draw(self, split: str, num_samples: int, seed: int) -> Samples:
        """As of a Source."""
        return Samples(self.rates[None], np.zeros(num_samples, int), np.arange(num_samples) % 2)

    def bayes_accuracy(self, points: Any, labels: ArrayLike) -> float:
        """Nothing can be told."""
        return 0.5

    def description(self) -> dict[str, Any]:
        """As of a Source."""
        return {"rates": self.rates.tolist()}


class OneSpike:
    """A source whose only input spikes once in each sample, in this step."""

    coding, num_classes, num_features = "spikes", 2, 1
    class_names, notes, name = ("one", "other"), (), "one spike"

    def __init__(self, step: int) -> None:
        self.step = step

    def draw(self, split: str, num_samples: int, seed: int) -> Samples:
        """As of a Source."""
        once = np.array([self.step], np.int32)
        trains = Trains(np.array([0, 1]), once, np.zeros(1, np.int32))
        return Samples(trains, np.zeros(num_samples, int), np.arange(num_samples) % 2)

    def bayes_accuracy(self, points: Any, labels: ArrayLike) -> float:
        """Nothing can be told."""
        return 0.5

    def description(self) -> dict[str, Any]:
        """As of a Source."""
        return {"step": self.step}
