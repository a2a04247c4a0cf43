"""What a program leaves after a chunk, read and checked."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import RunError
from spikesampler.spiking.build import Binary
from spikesampler.spiking.input_spikes import REPLAYED
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.noise_step import watched_variances
from spikesampler.spiking.parts import spikes_of, steps_of_loop
from spikesampler.spiking.plan import plans_of
from spikesampler.spiking.soundness import STATES, finite_complaint, variance_complaint
from spikesampler.spiking.state import PENDING, Array, State
from spikesampler.spiking.structure import Groups, groups_of, pathway_of, pathway_structures

__all__ = ["Results", "Spikes", "monitors", "to_sample"]

EVENTS = "_events"  #: how names of monitors of events that are no spikes end


class Spikes(NamedTuple):
    """Times in s from the start of the chunk, sorted, and neurons; within a step in any order."""

    times: Array
    neurons: NDArray[np.integer]


def monitors(binary: Binary) -> dict[str, str]:
    """The program's monitor of each population: of inputs, outputs and other layers, by name, and
    of events by name; of another layer's events, LAYER.EVENT.
    """
    groups = {name.split(".")[0] for name in binary.arrays}
    found = {"inputs": "input_spikes"}
    for own in pathway_structures(binary.structure).values():
        facts = pathway_of(own)
        layer = groups_of(binary.structure)[facts["name"]].layer
        found[facts["layer"]] = spikes_of(layer)
        if layer != "outputs":
            events = {e: f"{layer}_{e}{EVENTS}" for e in own["rule"]["events"]}
            found |= {f"{facts['layer']}.{event}": name for event, name in events.items()}
    rest = groups - {*found.values()}
    events = {name.removesuffix(EVENTS): name for name in sorted(rest) if name.endswith(EVENTS)}
    return found | events


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

    def __init__(self, binary: Binary, path: Path, num_steps: int = 0) -> None:
        """num_steps : of the chunk."""
        self.binary, self.arrays, self._num_steps = binary, {}, num_steps
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
        groups = groups_of(structure)
        states = {
            name: self._pathway(own, groups[name])
            for name, own in pathway_structures(structure).items()
        }
        main = states.pop(pathway_of(structure)["name"])
        return main._replace(others=states) if states else main

    def _pathway(self, own: Mapping[str, Any], at: Groups) -> State:
        """The State of one pathway; own : its structure, at : the program's groups of it."""
        names, K, I = self.binary.variables[pathway_of(own)["name"]], own["K"], own["I"]
        return State(
            self._synaptic("theta", at.synapses, K, I),
            {name: self._of(at.traces, name, I) for name in names.inputs},
            {name: self._of(at.layer, name, K) for name in names.outputs},
            {name: self._synaptic(name, at.synapses, K, I) for name in names.synapses},
            self._pending(own, at),
        )

    def _pending(self, own: Mapping[str, Any], at: Groups) -> Array | None:
        """Spikes on their way at the end of the chunk, (delay, I); None without a delay."""
        delay, I = pathway_of(own)["delay"], own["I"]
        if not delay:
            return None
        ring = self.array(f"{PENDING}_{at.traces}.{PENDING}", delay * I).reshape(delay, I)
        return np.roll(ring, -(self._num_steps % delay), axis=0).astype(float)

    def _of(self, group: str, name: str, size: int) -> Array:
        """A variable of a group: what is stored, times its frame where it has one."""
        short = engine_name(name)
        stored = self.array(self.binary.stored_name(f"{group}.{short}"), size)
        framed = f"{group}.frame_{short}" in self.arrays
        values = stored * self.array(f"{group}.frame_{short}", 1) if framed else stored
        if not np.isfinite(values).all():
            raise finite_complaint(self._said(name, group), group, values, self._seen)
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
        pathway, number = divmod(int(numbers["_state"]), STATES)
        name, plan = [*plans_of(self.binary.structure).items()][pathway]
        state = watched_variances(plan)[number]
        raise variance_complaint(
            state if "others" not in self.binary.structure else f"{state} in {name}",
            plan.structure["arm"]["variance"][state],
            int(numbers[""]) - 1,
            plan.structure["I"],
            numbers["_theta"],
            numbers["_variance"],
            self._when("outputs.below_step", first_step, plastic=True).replace("after", "in"),
        )

    def _said(self, name: str, group: str) -> str:
        """A variable as a message names it: with its group, where there are several."""
        return name if "others" not in self.binary.structure else f"{name} of {group}"

    def _synaptic(self, name: str, group: str, K: int, I: int) -> Array:
        """A variable of the synapses, (K, I)."""
        values = self._of(group, name, K * I)
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
