"""What the fast and the plain network share: clocks, the arrays of a chunk, monitors."""

from typing import Any


def make_time(structure: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Clocks by name, and what a chunk shows: stimulus, labels and temperature of every sample."""
    import brian2 as b2
    import numpy as np

    lengths = {"fine": "dt", "grid": "grid", "samples": "sample_length"}
    clocks = {
        name: b2.Clock(structure[length] * b2.second, name=name) for name, length in lengths.items()
    }
    width = structure["I"] if structure["coding"] == "rates" else structure["num_features"]
    shapes = {
        "stimulus": (structure["capacity"], width),
        "labels": structure["capacity"],
        "temperature_at": structure["capacity"],
    }
    arrays = {
        name: b2.TimedArray(np.zeros(shape), dt=structure["sample_length"] * b2.second, name=name)
        for name, shape in shapes.items()
    }
    return clocks, arrays


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
