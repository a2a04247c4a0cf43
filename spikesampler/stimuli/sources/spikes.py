"""Spike trains of files, sample by sample, as inputs that are replayed."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler.errors import InputError
from spikesampler.stimuli.labelled import LabelledData
from spikesampler.stimuli.readers.spikes import read_spike_file
from spikesampler.stimuli.source import SHUFFLED, SourceKind
from spikesampler.stimuli.spike_steps import Times, times_of, trains_of

__all__ = ["KIND", "SpikeData", "load_spikes"]

PREFIX = "spikes:"


class SpikeData(LabelledData):
    """Spike trains as a source, with coding "spikes".

    times : step, length of a sample and gap after it, which the network's have to be. said : those
    of them that the file itself says.
    """

    times: Times
    said: tuple[str, ...]


def load_spikes(
    path: str | os.PathLike[str],
    *,
    seed: int,
    parameters: Mapping[str, Any],
    fixed: bool = False,
    label: str | None = None,
) -> SpikeData:
    """Spike trains as a `LabelledData` source; each sample's spikes go with it.

    path : of an NPZ file with times (s), neurons and labels, of a SONATA file with the population
    "inputs" and labels, or of a finished run's folder. parameters : the model's I, K, dt and
    sample_length, in s; what the file says of the last and of num_inputs comes first. Raises
    InputError for spikes that do not fit, see `trains_of`.
    """
    path = Path(path)
    table = read_spike_file(path, label)
    length = table.numbers.get("sample_length", float(parameters["sample_length"]))
    times = times_of(str(path), float(parameters["dt"]), length, table.numbers.get("gap", 0.0))
    num_inputs = int(table.numbers.get("num_inputs", parameters["I"]))
    model_gap = float(parameters.get("gap", 0.0))
    trains = trains_of(str(path), table, times, num_inputs, model_gap)
    if not trains.steps.size:
        raise InputError(
            f"{path} has no spikes: expected some in its {len(trains)} samples; do: check how it"
            " was written"
        )
    largest = int(trains.neurons.max())
    notes = table.notes
    silent = int((np.diff(trains.starts) == 0).sum())
    if 2 * silent >= len(trains):
        notes += (
            f"{path}: {silent} of {len(trains)} samples have no spike: is sample_length"
            f" ({times.sample_length:g}) in s, and is there one label for each sample?",
        )
    if "num_inputs" not in table.numbers and largest < num_inputs - 1:
        notes += (
            f"{path}: the largest neuron is {largest}; the others of the I={num_inputs} inputs"
            f" never spike (--set I={largest + 1} leaves them out)",
        )
    try:
        data = SpikeData(
            path.name,
            trains,
            table.labels,
            seed=seed,
            num_outputs=int(parameters["K"]),
            fixed=fixed,
            coding="spikes",
            num_inputs=num_inputs,
            class_names=table.class_names,
            where="sample {} (the first is 0)".format,
            facts={
                "files": table.hashes,
                "num_spikes": len(trains.steps),
                "sample_length": times.sample_length,
                "gap": times.gap,
            },
            notes=notes,
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    data.times = times
    data.said = tuple(name for name in ("sample_length", "gap") if name in table.numbers)
    return data


def _load(
    data: str,
    *,
    seed: int,
    parameters: Mapping[str, Any],
    fixed_K: bool,
    label: str | None = None,
    order: str = SHUFFLED,
) -> LabelledData:
    options: dict[str, Any] = {"parameters": parameters, "fixed": fixed_K, "label": label}
    return load_spikes(data.removeprefix(PREFIX), seed=seed, **options).in_order(order)


KIND = SourceKind(
    answers=lambda data: str(data).startswith(PREFIX),
    load=_load,
    expected="spikes:FILE (NPZ, SONATA or a run's folder)",
    on_disk=True,
    prefix=PREFIX,
)
