"""Sizes of synapses without spikes: which runs, and by which laws they are judged.

Conditions, sizes and rules were fixed before any run with seeds 1 to 10; pilots of seed 101 told
how long they take, and how far samples of this size are from the law that they have. Every run has
1000 synapses, which know nothing of each other.

kesten       models/kesten_2020.py as it is, with values that public code has: nearly normal
heavy tail   the same with multiplied noise of s_m = 0.056 /s, near a: a density that falls as
             w^-4.2
log-normal   models/loewenstein_2011.py as it is
hot, …       controls: twice the temperature, judged by the law of T = 1
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from spikesampler.experiments.settings import Settings, resolve
from spikesampler.language.model import load_model
from spikesampler.stats.kesten import Kesten, KestenLaw
from spikesampler.stats.log_sizes import LogSizes

__all__ = [
    "CONDITIONS",
    "CONTROLS",
    "LAGS",
    "NAME",
    "SESSIONS",
    "Condition",
    "folder",
    "law_of",
    "points",
    "seconds_apart",
    "threshold",
]

NAME = "spine_sizes"
HEAVY = {"s_m": 0.056}
LAGS = 20  #: sessions over which the autocorrelation is followed
SESSIONS = 8  #: in each of which a synapse has to be present to survive


class Condition(NamedTuple):
    """A model, parameters that differ from its own, samples from one session to the next, and
    sessions before anything is counted.
    """

    model: str
    chosen: Mapping[str, Any]
    apart: int
    settle: int


CONDITIONS = {
    "kesten": Condition("kesten_2020", {}, 1, 30),
    "heavy tail": Condition("kesten_2020", HEAVY, 1, 30),
    "log-normal": Condition("loewenstein_2011", {}, 4, 0),  # begins with its law
}
#: {control: the condition by whose law it is judged}
CONTROLS = {"hot, heavy tail": "heavy tail", "hot, log-normal": "log-normal"}


def _condition(name: str) -> Condition:
    """A condition or a control."""
    if name not in CONTROLS:
        return CONDITIONS[name]
    cold = CONDITIONS[CONTROLS[name]]
    return cold._replace(chosen={**cold.chosen, "noise_scale": 2.0})


def folder(runs: Path, name: str, seed: int) -> Path:
    """Of a run, below that of all runs."""
    return runs / f"{name.replace(', ', '-').replace(' ', '_')}-seed{seed}"


def points(runs: Path, seed: int, sessions: int) -> dict[Path, Settings]:
    """Settings of the runs of a seed; sessions : that are counted."""
    found = {}
    for name in (*CONDITIONS, *CONTROLS):
        one = _condition(name)
        chosen = dict(one.chosen)
        noise = f":noise_scale={chosen.pop('noise_scale')}" if "noise_scale" in chosen else ""
        found[folder(runs, name, seed)] = resolve(
            one.model,
            noise=f"{load_model(one.model).noise}{noise}",
            seed=seed,
            samples=one.apart * (one.settle + sessions),
            probe_every=one.apart,
            set=chosen,
        )
    return found


@cache
def law_of(name: str) -> Kesten | LogSizes:
    """The law of a condition, or that by which a control is judged."""
    one = CONDITIONS[CONTROLS.get(name, name)]
    p = load_model(one.model, **one.chosen)
    if one.model == "kesten_2020":
        return Kesten(KestenLaw(p["a"], p["c"], p["s_m"], p["s_a"]), p["grid"])
    return LogSizes(p["m"], (p["v_fast"], p["v_slow"]), (p["tau_fast"], p["tau_slow"]))


def seconds_apart(name: str) -> float:
    """From one session to the next, s."""
    one = CONDITIONS[CONTROLS.get(name, name)]
    return float(one.apart * load_model(one.model)["sample_length"])


def threshold(name: str) -> float:
    """The size above which a synapse is present: half of the mean of its law."""
    law = law_of(name)
    return (law.mean if isinstance(law, Kesten) else law.mean_size) / 2
