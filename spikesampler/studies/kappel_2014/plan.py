"""Sequences: which runs, and why so.

Conditions, sizes and rules were fixed before any run with seeds 1 to 10, after a pilot with seed
101 that showed that eight outputs learn the task in this time. All is models/kappel_2014.py on
`sequences.Sequences`: four states in a cycle, two of which look alike.

lateral       eight outputs, whose lateral synapses hear the sample before
no lateral    control: what they hear does not count
no order      control: each state comes after each; nothing is to be remembered
short lag     control: lateral synapses hear the sample that is shown
four outputs  as many outputs as states
constant      lateral, with noise that is the same for all synapses
weight        lateral, with noise that grows with the weight
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from spikesampler.experiments.settings import Settings, resolve
from spikesampler.studies.kappel_2014.sequences import Sequences

__all__ = ["CONDITIONS", "NAME", "Condition", "folder", "points", "source_of"]

NAME = "kappel_2014"
PIXELS, FLIPS, JUMPS = 36, 0.1, 0.1
LATERAL = "outputs.outputs"  #: the pathway of lateral synapses


class Condition(NamedTuple):
    """Parameters that differ from those of `lateral`, noise, and chance of a jump."""

    chosen: Mapping[str, Any] = {}
    noise: str = "none"
    jumps: float = JUMPS


CONDITIONS = {
    "lateral": Condition(),
    "no lateral": Condition({"lateral": 0.0}),
    "no order": Condition(jumps=1.0),
    "short lag": Condition({"lag": "10*ms"}),
    "four outputs": Condition({"K": 4}),
    "constant": Condition(noise="constant"),
    "weight": Condition(noise="weight"),
}


def source_of(condition: str) -> Sequences:
    """The stimuli of a condition."""
    return Sequences(PIXELS, FLIPS, CONDITIONS[condition].jumps)


def folder(runs: Path, condition: str, seed: int) -> Path:
    """Of a run, below that of all runs."""
    return runs / f"{condition.replace(' ', '_')}-seed{seed}"


def points(runs: Path, seed: int, **sizes: int) -> dict[Path, Settings]:
    """Settings of the runs of a seed."""
    return {
        folder(runs, name, seed): resolve(
            NAME,
            noise=one.noise,
            data=source_of(name),
            seed=seed,
            record="none",
            average=0,
            set={"I": 2 * PIXELS, "K": 8, "r_max": "40*Hz", **one.chosen},
            **sizes,
        )
        for name, one in CONDITIONS.items()
    }
