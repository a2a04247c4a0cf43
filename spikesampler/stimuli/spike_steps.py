"""Spike trains of a file as the steps of samples; what does not fit is refused, spike by spike."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.labelled import first
from spikesampler.stimuli.readers.spikes import SpikeTable
from spikesampler.stimuli.trains import Trains

__all__ = ["Times", "times_of", "trains_of"]

#: of a step: a time so near to the next step is in it, as rounding may have put it before (and one
#: that is no further from it than the next number of its type, as float32 rounds more)
NEAR = 1e-6
#: of a step: numbers that are further apart do not tell steps
COARSE = 0.25


class Times(NamedTuple):
    """Step, length of a sample, and the silence after it, in s."""

    dt: float
    sample_length: float
    gap: float

    @property
    def steps(self) -> int:
        """Steps of a sample."""
        return round(self.sample_length / self.dt)

    @property
    def period(self) -> int:
        """Steps from the beginning of a sample to that of the next."""
        return self.steps + round(self.gap / self.dt)


def times_of(where: str, dt: float, sample_length: float, gap: float) -> Times:
    """Times, of whole steps; InputError where they are none."""
    for name, value in (("sample_length", sample_length), ("gap", gap)):
        number = value / dt
        if abs(number - round(number)) > NEAR or (name == "sample_length" and number < 0.5):
            raise InputError(
                f"{where}: {name} is {value:g} s, {number:g} steps of {dt:g} s: expected a whole"
                " number of steps; do: --set dt=… that divides it"
            )
    return Times(dt, sample_length, gap)


def trains_of(
    where: str, table: SpikeTable, times: Times, num_inputs: int, model_gap: float = 0.0
) -> Trains:
    """The spikes of a table, sample by sample.

    A spike is in the step in which its time lies, sample_length and gap are those of the file.
    where : how messages call it. model_gap : that of the model, in s, for what they advise.
    Raises InputError that names the first spike that is not in order, not in a sample, of no
    input, or the second of its neuron in one step.
    """
    seconds, neurons = _arrays(where, table)
    num_samples = len(table.labels)
    _refuse(where, "time", seconds, ~np.isfinite(seconds), "a finite number of seconds")
    late = np.append(False, seconds[1:] < seconds[:-1])
    if bad := first(late):
        raise InputError(
            f"{where}: {_name(bad[0])} is at {seconds[bad]:.15g} s, after one at"
            f" {seconds[bad[0] - 1]:.15g} s: expected times in order; do: sort times and neurons by"
            " numpy.argsort(times, kind='stable')"
        )
    end, expected, remedy = num_inputs - 1, *_of_inputs(table, num_inputs, neurons.max(initial=0))
    _refuse(where, "neuron", neurons, neurons < 0, expected)
    _refuse(where, "neuron", neurons, neurons > end, expected, f"{remedy}renumber the neurons")
    exact = table.times if table.times.dtype.kind == "f" else seconds
    near = np.maximum(NEAR, np.spacing(np.abs(exact)).astype(np.float64) / times.dt)
    steps = np.floor(seconds / times.dt + near)
    length = times.sample_length + times.gap
    _refuse(where, "time", seconds, steps < 0, "0 s, where the first sample begins, or more")
    _refuse(
        where,
        "time",
        seconds,
        steps >= num_samples * times.period,
        f"below {num_samples * length:g} s, the end of the {num_samples} samples of"
        f" {times.sample_length:g} s that have labels",
        _of_late(table, times, model_gap, seconds.max(initial=0.0)),
    )
    _refuse(
        where,
        "time",
        seconds,
        near > COARSE,
        f"numbers that tell steps of {times.dt:g} s ({exact.dtype} does not)",
        "save times as float64",
    )
    samples, steps_in = np.divmod(steps.astype(np.int64), times.period)
    _refuse(
        where,
        "time",
        seconds,
        steps_in >= times.steps,
        f"one in a sample ({times.sample_length:g} s), not in the gap ({times.gap:g} s) after it",
    )
    _refuse_twins(where, times, seconds, steps, neurons)
    starts = np.searchsorted(samples, np.arange(num_samples + 1))
    return Trains(starts, steps_in.astype(np.int32), neurons.astype(np.int32))


def _of_inputs(table: SpikeTable, num_inputs: int, largest: float) -> tuple[str, str]:
    """Which neurons are expected, and what to do about a larger one beside renumbering."""
    if "num_inputs" in table.numbers:
        expected = f"0 to {num_inputs - 1}, as the file says num_inputs={num_inputs}"
        return expected, "mend num_inputs in the file, or "
    remedy = f"--set I={largest + 1:.0f} (or num_inputs in the file), or " if largest < 1e5 else ""
    return f"0 to {num_inputs - 1} (I={num_inputs})", remedy


def _of_late(table: SpikeTable, times: Times, model_gap: float, last: float) -> str:
    """What to do about spikes up to `last` (s), which is after the samples: by what would fit."""
    length = len(table.labels) * (times.sample_length + times.gap)
    if length / 2 < last / 1000 <= length:
        return "divide them by 1000 if these are ms, as times are in seconds"
    remedy = "give a label for each sample"
    if "sample_length" not in table.numbers:
        remedy += ", or sample_length in the file or with --set"
    if "gap" not in table.numbers:
        gap = f"gap={model_gap:g}" if model_gap else "gap (s)"
        remedy += f", or {gap} in the file if a silence follows each sample"
    return remedy


def _arrays(where: str, table: SpikeTable) -> tuple[NDArray, NDArray]:
    """Times and neurons (n,) as numbers."""
    times, neurons = table.times, table.neurons
    if times.ndim != 1 or neurons.shape != times.shape:
        raise InputError(
            f"{where}: times of shape {times.shape} and neurons of shape {neurons.shape}: expected"
            " two of (number of spikes,)"
        )
    if table.labels.ndim != 1 or not table.labels.size:
        raise InputError(
            f"{where}: labels of shape {table.labels.shape}: expected (number of samples,), the"
            " class of each sample"
        )
    for name, values in (("times", times), ("neurons", neurons)):
        if values.dtype.kind not in "iuf":
            raise InputError(
                f"{where}: {name} of type {values.dtype}: expected numbers; do: convert them"
            )
    if neurons.dtype.kind == "f":
        _refuse(where, "neuron", neurons, neurons != np.floor(neurons), "a whole number")
    return times.astype(np.float64), neurons.astype(np.float64)


def _name(number: int) -> str:
    return f"spike {number} (the first is 0)"


def _refuse(
    where: str, what: str, values: NDArray, wrong: NDArray, expected: str, remedy: str = ""
) -> None:
    """InputError for the first spike of which this is wrong."""
    if bad := first(wrong):
        raise InputError(
            f"{where}: {what} {values[bad]:.15g} of {_name(bad[0])}: expected {expected}; do:"
            f" {remedy or 'mend or drop this spike'}"
        )


def _refuse_twins(
    where: str, times: Times, seconds: NDArray, steps: NDArray, neurons: NDArray
) -> None:
    """Refuse a second spike of a neuron in one step, which the network could not tell apart."""
    events = steps.astype(np.int64) * (int(neurons.max(initial=0)) + 1) + neurons.astype(np.int64)
    if (np.diff(np.sort(events)) == 0).any():
        order = np.argsort(events, kind="stable")
        same = np.flatnonzero(np.diff(events[order]) == 0)
        place = same[np.argmin(order[same + 1])]
        one, second = order[place], order[place + 1]
        raise InputError(
            f"{where}: spikes {one} and {second} (the first is 0) are both of neuron"
            f" {neurons[second]:.0f} in the step of {times.dt:g} s at {seconds[second]:.15g} s:"
            " expected one at most; do: drop one, or --set dt=… to a shorter step"
        )
