"""What a chunk shows to the inputs, as its program reads it: stimuli by frame, or spikes."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.spiking.input_spikes import REPLAYED
from spikesampler.spiking.structure import num_inputs
from spikesampler.stimuli.trains import Trains

__all__ = ["frame_arrays", "write_spikes"]


def frame_arrays(structure: dict[str, Any], points: Any) -> dict[str, NDArray[np.float64]]:
    """The stimuli (num_samples * frames, width) of a chunk, and of how many frames each is one.

    points : (num_samples, width), or (num_samples, frames, width), or Trains, which are no arrays.
    Of frames in a sample that follow each other and are alike, `lasts` of the first is their
    number, and of the others 0. Raises InputError for another number of frames.
    """
    if structure["coding"] == "spikes":
        return {}
    points, number = np.asarray(points, dtype=float), structure["frames"]
    frames = points[:, np.newaxis] if points.ndim == 2 else points
    if frames.ndim != 3 or frames.shape[1] != number:
        raise InputError(
            f"stimuli of shape {points.shape}: expected (samples, {number} frames, features)"
        )
    arrays = {"stimulus": frames.reshape(-1, frames.shape[2])}
    if number > 1:
        arrays["lasts"] = _lasts(frames).ravel()
    return arrays


def _lasts(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many frames each is one with, itself and those after it; 0 where the one before is."""
    first = np.ones(frames.shape[:2], dtype=bool)
    first[:, 1:] = (frames[:, 1:] != frames[:, :-1]).any(axis=2)
    starts = np.append(np.flatnonzero(first), first.size)
    lasts = np.zeros(first.size)
    lasts[starts[:-1]] = np.diff(starts)
    return lasts.reshape(first.shape)


def write_spikes(structure: dict[str, Any], trains: Trains, folder: Path, period: int) -> int:
    """Write the spikes of a chunk where its program reads them; their number.

    period : steps from one sample to the next. The file has the number of spikes, an int64, then
    their steps since the chunk began, in order, and their neurons, both int32. Raises InputError
    for spikes outside their samples and of neurons that there are not.
    """
    steps = trains.steps.astype(np.int64)
    num_steps = round(structure["sample_length"] / structure["dt"])
    for what, values, end in (
        ("step", steps, num_steps),
        ("neuron", trains.neurons, num_inputs(structure)),
    ):
        if values.size and (values.min() < 0 or values.max() >= end):
            raise InputError(
                f"input spikes of {what} {values.min()} to {values.max()}: expected 0 to {end - 1}"
            )
    steps += trains.samples() * period
    if (np.diff(steps) < 0).any():
        raise InputError("input spikes are not in order of time: expected them sorted by step")
    data = np.int64(steps.size).tobytes(), steps.astype("i4").tobytes()
    (folder / REPLAYED).write_bytes(b"".join([*data, trains.neurons.astype("i4").tobytes()]))
    return steps.size
