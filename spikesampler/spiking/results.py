"""What a program leaves after a chunk, read and checked."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import RunError
from spikesampler.spiking.build import Binary
from spikesampler.spiking.input_spikes import REPLAYED
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.noise_step import watched_variances
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.soundness import finite_complaint, variance_complaint
from spikesampler.spiking.state import Array, State

__all__ = ["Results", "Spikes", "monitors", "to_sample"]

EVENTS = "_events"  #: how names of monitors of events that are no spikes end


class Spikes(NamedTuple):
    """Times in s from the start of the chunk, sorted, and neurons; within a step in any order."""

    times: Array
    neurons: NDArray[np.integer]


def monitors(binary: Binary) -> dict[str, str]:
    """The program's monitor of each population: of inputs and outputs, and of events by name."""
    groups = {name.split(".")[0] for name in binary.arrays}
    events = {name.removesuffix(EVENTS): name for name in groups if name.endswith(EVENTS)}
    return {"inputs": "input_spikes", "outputs": "output_spikes", **events}


def to_sample(
    steps: NDArray[np.integer], structure: dict[str, Any]
) -> tuple[NDArray[np.integer], NDArray[np.bool_]]:
    """The sample of each step, and whether its stimulus is shown then: else it is in a gap."""
    loop = steps_of_loop(structure)
    sample, within = np.divmod(steps, loop["steps_per_period"])
    return sample, within < loop["steps_per_sample"]


class Results:
    """The results file of a program: its arrays, each as its number of values, an int64, and these.

    Raises RunError for anything in it that is not expected.
    """

    def __init__(self, binary: Binary, path: Path) -> None:
        self.binary, self.arrays = binary, {}
        with open(path, "rb") as file:
            for name, dtype in {**binary.arrays, "peak": "<i8"}.items():
                count = int.from_bytes(file.read(8), "little")
                self.arrays[name] = np.fromfile(file, dtype, count)
            if len(self.arrays["peak"]) != 1 or file.read():
                size = path.stat().st_size
                raise RunError(f"the compiled network left {size} bytes that are not its results")

    @property
    def peak_mib(self) -> float:
        """Peak memory of the program in MiB."""
        return self.array("peak", 1)[0] / 1024

    def array(self, name: str, size: int | None = None) -> NDArray:
        """The values of a variable, of which there must be `size`."""
        array = self.arrays[name]
        if size is not None and len(array) != size:
            raise RunError(
                f"the compiled network left {len(array)} values of {name}; expected {size}"
            )
        return array

    def check_taken(
        self, scalars: dict[str, float], arrays: dict[str, Any], replayed: int | None
    ) -> None:
        """See that the program took what it was given: it ignores what it cannot read.

        replayed : spikes of inputs that it was given, None where it draws them.
        """
        if replayed is not None and self.array(f"inputs.{REPLAYED}", 1)[0] != replayed:
            raise RunError(f"the compiled network did not replay all {replayed} input spikes")
        for name, value in scalars.items():
            if not math.isclose(self.array(name, 1)[0], value, rel_tol=1e-12):
                raise RunError(f"the compiled network did not take {name}={value!r}")
        for name, value in arrays.items():
            if ".centre_" in name and not np.array_equal(self.array(name, len(value)), value):
                raise RunError(f"the compiled network did not take the values of {name}")

    def state(self, first_step: int = 0, plastic: bool = True) -> State:
        """The State at the end.

        first_step : steps of learning before the chunk. Raises RunError where a number was not
        finite, or a variance below 0.
        """
        structure = self.binary.structure
        self._check_variances(first_step)
        self._seen = self._when("outputs.not_finite", first_step, plastic)
        names, K, I = self.binary.variables, structure["K"], structure["I"]
        return State(
            self._synaptic("theta"),
            {name: self._of("inputs", name, I) for name in names.inputs},
            {name: self._of("outputs", name, K) for name in names.outputs},
            {name: self._synaptic(name) for name in names.synapses},
        )

    def _of(self, group: str, name: str, size: int) -> Array:
        """A variable of a group: what is stored, times its frame where it has one."""
        short = engine_name(name)
        stored = self.array(self.binary.stored_name(f"{group}.{short}"), size)
        framed = f"{group}.frame_{short}" in self.arrays
        values = stored * self.array(f"{group}.frame_{short}", 1) if framed else stored
        if not np.isfinite(values).all():
            raise finite_complaint(name, group, values, self._seen)
        return values

    def _when(self, variable: str, first_step: int, plastic: bool) -> str:
        """In words, the sample of the step that a variable has, plus one; "" where it has none."""
        step = int(self.array(variable, 1)[0]) - 1 if variable in self.arrays else -1
        if step < 0:
            return ""
        sample = (first_step + step) // steps_of_loop(self.binary.structure)["steps_per_period"]
        seconds = (first_step + step + 1) * self.binary.structure["dt"]
        return f" after sample {sample + 1} ({seconds:g} s)" if plastic else " in a probe"

    def _check_variances(self, first_step: int) -> None:
        """RunError where the noise had a variance below 0."""
        if "outputs.below" not in self.arrays or not self.array("outputs.below", 1)[0]:
            return
        numbers = {
            name: self.array(f"outputs.below{name}", 1)[0]
            for name in ("", "_state", "_theta", "_variance", "_step")
        }
        plan = Plan(self.binary.structure)
        state = watched_variances(plan)[int(numbers["_state"])]
        raise variance_complaint(
            state,
            self.binary.structure["arm"]["variance"][state],
            int(numbers[""]) - 1,
            self.binary.structure["I"],
            numbers["_theta"],
            numbers["_variance"],
            self._when("outputs.below_step", first_step, plastic=True).replace("after", "in"),
        )

    def _synaptic(self, name: str) -> Array:
        """A variable of the synapses, (K, I)."""
        structure = self.binary.structure
        K, I = structure["K"], structure["I"]
        values = self._of("synapses", name, K * I)
        return (
            values.reshape(I, K).T.copy() if self.binary.theta_transposed else values.reshape(K, I)
        )

    def spikes(self, populations: set[str]) -> dict[str, Spikes]:
        """Spikes and events of these populations, of those that the network has."""
        spikes = {}
        for population, monitor in monitors(self.binary).items():
            if population in populations:
                size = self.array(f"{monitor}.N", 1)[0]
                times, neurons = (self.array(f"{monitor}.{part}", size) for part in "ti")
                spikes[population] = Spikes(times, neurons)
        return spikes

    def counts(self, spikes: Spikes, num_samples: int) -> NDArray[np.int64]:
        """Spikes of each output in each sample, (num_samples, K); those in gaps count for none."""
        s = self.binary.structure
        counts = np.zeros((num_samples, s["K"]), dtype=np.int64)
        steps = np.rint(spikes.times / s["dt"]).astype(np.int64)
        sample, shown = to_sample(steps, s)
        np.add.at(counts, (sample[shown], spikes.neurons[shown]), 1)
        return counts
