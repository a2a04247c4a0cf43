"""What the fast and the plain network share: clocks, the arrays of a chunk, monitors."""

from typing import Any

from spikesampler.spiking.input_spikes import make_frames


def make_time(structure: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Clocks by name, and what a chunk shows: stimulus, labels and temperature of every sample."""
    import brian2 as b2
    import numpy as np

    lengths = {"fine": "dt", "grid": "grid"}
    clocks = {
        name: b2.Clock(structure[length] * b2.second, name=name) for name, length in lengths.items()
    }
    clocks["frames"], shown = make_frames(structure)
    every = structure["sample_length"] * b2.second
    of_samples = {
        name: b2.TimedArray(np.zeros(structure["capacity"]), dt=every, name=name)
        for name in ("labels", "temperature_at")
    }
    return clocks, shown | of_samples


def make_monitors(structure: dict[str, Any], inputs: Any, outputs: Any) -> list[Any]:
    """Monitors input_spikes and output_spikes, and teacher_events where there is a teacher."""
    import brian2 as b2

    monitors = [
        b2.SpikeMonitor(inputs, name="input_spikes"),
        b2.SpikeMonitor(outputs, name="output_spikes"),
    ]
    if "teacher" in structure["learning"]:
        monitors.append(b2.EventMonitor(outputs, "teacher", name="teacher_events"))
    return monitors
