"""Spike trains of inputs, sample by sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Trains"]


@dataclass(frozen=True, eq=False)
class Trains:
    """Spikes of inputs in samples; ``len`` is the number of samples.

    starts : (num_samples + 1,); sample j has the spikes number starts[j] to starts[j + 1] - 1.
    steps : (num_spikes,) int32, since the sample began, in order within each sample. neurons :
    (num_spikes,) int32.
    """

    starts: NDArray[np.int64]
    steps: NDArray[np.int32]
    neurons: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, rows: NDArray[np.integer]) -> "Trains":
        """The trains of these samples, in this order, each as often as it is named."""
        numbers = self.starts[rows + 1] - self.starts[rows]
        starts = np.concatenate([[0], np.cumsum(numbers)])
        which = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], numbers)
        return Trains(starts, self.steps[which], self.neurons[which])

    def samples(self) -> NDArray[np.int64]:
        """Number of the sample of every spike, (num_spikes,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def counts(self, num_inputs: int) -> NDArray[np.int64]:
        """Spikes of every input in every sample, (num_samples, num_inputs)."""
        flat = self.samples() * num_inputs + self.neurons
        return np.bincount(flat, minlength=len(self) * num_inputs).reshape(-1, num_inputs)
