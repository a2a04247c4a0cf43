"""How the spikes of inputs come about: drawn from the rates of what is shown, or replayed.

A structure's coding says which: "tuning" and "rates" are drawn, step by step in the reference and
some steps ahead in the fast engine; "spikes" come from a file that `spiking.run` writes for each
chunk. Rates change on the clock `frames`, when the loop sets the inputs' variable `frame`: frame f
of sample s is number s frames + f, whatever lies between the samples.
"""

from typing import Any, NamedTuple

from spikesampler.spiking.loops import array_name, decide_events, use_template
from spikesampler.spiking.names import Dialect
from spikesampler.spiking.structure import num_inputs

__all__ = [
    "REPLAYED",
    "InputSpikes",
    "draw_ahead",
    "draw_each_step",
    "input_spikes",
    "make_frames",
    "reference_spikes",
    "steps_per_frame",
]

REPLAYED = "replayed"  #: file of a chunk's folder that has the spikes to be replayed


class InputSpikes(NamedTuple):
    """Brian2 text of how inputs spike.

    variables : declarations of the group's variables. at_frame : statements at the start of each
    frame, "" where spikes are replayed. threshold : condition of a spike, in the reference.
    """

    variables: str
    at_frame: str
    threshold: str = "False"


def steps_per_frame(structure: dict[str, Any]) -> int:
    """Steps from one frame of a sample to the next."""
    return round(structure["sample_length"] / structure["dt"]) // structure["frames"]


def make_frames(structure: dict[str, Any]) -> dict[str, Any]:
    """What a chunk shows by the number of the frame: the stimulus, and how many frames it lasts.

    Nothing where spikes are replayed. A frame's number stands for as many seconds.
    """
    import brian2 as b2
    import numpy as np

    if structure["coding"] == "spikes":
        return {}
    rows = structure["capacity"] * structure["frames"]
    width = num_inputs(structure) if structure["coding"] == "rates" else structure["num_features"]
    shapes: dict[str, Any] = {"stimulus": (rows, width)}
    if structure["frames"] > 1:
        shapes["lasts"] = rows
    return {
        name: b2.TimedArray(np.zeros(shape), dt=1 * b2.second, name=name)
        for name, shape in shapes.items()
    }


def rate_expression(structure: dict[str, Any]) -> str:
    """The rate of an input: a tuning curve over D dimensions, or one pixel per input."""
    if structure["coding"] == "rates":
        return "r_min + r_max*stimulus(frame, i)"
    distance = " + ".join(
        f"(stimulus(frame, {d}) - centre_{d})**2" for d in range(structure["num_features"])
    )
    return f"r_min + r_max*exp(-({distance})/(tuning_factor*tuning_width**2))"


def _variables(structure: dict[str, Any], of_rate: str) -> str:
    """Declarations of an input: of its rate, the frame, and what it prefers, if not a pixel."""
    lines = [of_rate, "frame : second (shared)"]
    if structure["coding"] == "tuning":
        lines += [f"centre_{d} : 1 (constant)" for d in range(structure["num_features"])]
    return "\n".join(lines)


def input_spikes(structure: dict[str, Any], dialect: Dialect) -> InputSpikes:
    """InputSpikes of the fast engine."""
    if structure["coding"] == "spikes":
        return InputSpikes(f"{REPLAYED} : integer (shared)", "")
    at_frame = f"""
        rate = {rate_expression(structure)}
        hazard = -log(1 - clip(rate*dt, 1e-15, 1 - 1e-15))
        """
    if structure["frames"] > 1:
        at_frame = "num_frames = lasts(frame)" + at_frame
    return InputSpikes(_variables(structure, "hazard : 1"), dialect.text(at_frame))


def draw_ahead(
    inputs: Any, spikes: InputSpikes, structure: dict[str, Any], clocks: dict[str, Any]
) -> None:
    """Let the inputs of the fast engine spike as `spikes` say (draw.cpp, due.cpp; replay.cpp)."""
    if structure["coding"] == "spikes":
        _replay(inputs, clocks)
        return
    draw = inputs.run_regularly(
        spikes.at_frame, clock=clocks["frames"], when="start", order=0, name="inputs_draw"
    )
    facts = {"steps": steps_per_frame(structure), "frames": structure["frames"]}
    use_template(draw, "draw", **facts)
    decide_events(inputs, "spike", "due")


def _replay(inputs: Any, clocks: dict[str, Any]) -> None:
    decide_events(inputs, "spike", "replay")
    use_template(
        inputs.thresholder["spike"],
        "replay",
        file=REPLAYED,
        step=array_name(clocks["fine"], "timestep"),
        replayed=array_name(inputs, REPLAYED),
    )


def reference_spikes(structure: dict[str, Any], dialect: Dialect) -> InputSpikes:
    """InputSpikes of the reference: each input draws in every step of a sample."""
    if structure["coding"] == "spikes":
        return InputSpikes(f"{REPLAYED} : integer (shared)", "")
    at_frame = dialect.text(f"rate = {rate_expression(structure)}")
    return InputSpikes(
        _variables(structure, "rate : 1"), at_frame, dialect.text("rand() < rate*dt")
    )


def draw_each_step(
    inputs: Any, spikes: InputSpikes, structure: dict[str, Any], clocks: dict[str, Any]
) -> None:
    """Let the inputs of the reference spike as `spikes` say."""
    if structure["coding"] == "spikes":
        _replay(inputs, clocks)
        return
    inputs.run_regularly(
        spikes.at_frame, clock=clocks["frames"], when="start", order=0, name="inputs_new_sample"
    )
    if structure["gap"]:
        inputs.run_regularly(
            "rate = 0", clock=clocks["sample_ends"], when="end", order=0, name="inputs_in_gap"
        )
