"""Which names each text of a model file may use, and what they are.

A text knows the parameters, the variables of some populations, and names with a meaning of their
own. What a population may see follows from what is there at that place and time: an input has no
synapse, an event happens to an output, the network as a whole has no outputs of its own.
"""

import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass

from spikesampler.language.expressions import CONSTANTS, FUNCTIONS, RANDOM

__all__ = [
    "FREE",
    "OF_OUTPUTS",
    "POPULATIONS",
    "ROLES",
    "Role",
    "Symbol",
    "is_key",
    "wrong_name",
]

POPULATIONS = ("inputs", "outputs", "synapses", "signals")

#: names that every text in time may use: meaning and power of time
FREE: dict[str, tuple[str, int]] = {
    "t": ("time since learning began", 1),
    "dt": ("the time step", 1),
    "second": ("one second", 1),
    "plastic": ("1 while the network learns, 0 in probes and tests", 0),
    "temperature": ("factor at the variance of the noise", 0),
    "label": (
        "class of the sample that is shown, -1 in probes and tests",
        0,
    ),
    "response": ("output that won the last finished sample, -1 if none or several did", 0),
    "correct": (
        "share of the last finished sample's answer that was right; 0 in probes and tests",
        0,
    ),
}
#: names that texts of an output or its synapses may use besides
OF_OUTPUTS: dict[str, tuple[str, int]] = {
    "k": ("number of the output, from 0", 0),
    "rate": ("momentary rate of the output", -1),
}
#: of learning, drift and noise: what a noise arm is made of
OF_ARMS: dict[str, tuple[str, int]] = {
    "M": ("mobility of the noise arm: 1 unless it says otherwise", 0),
    "matched_power": ("mean variance of the arm `weight` at the start, over 2b", 0),
}


@dataclass(frozen=True)
class Symbol:
    """A name that a model file defines.

    kind : "parameter", "word", "state" (integrated, or theta), "function", or "unknown" of what was
    complained of already. population : of a variable. power : of time; None where its unit is none.
    line : in the file.
    """

    name: str
    kind: str
    population: str = ""
    power: float | None = 0
    line: int = 1


@dataclass(frozen=True)
class Role:
    """What a text may use: variables of these populations, and these names besides.

    random : functions that it may draw with. sums : whether it may sum over synapses; means :
    whether it may take a mean over all of them.
    """

    said: str
    populations: tuple[str, ...] = ()
    free: tuple[str, ...] = ("pi",)
    random: tuple[str, ...] = ()
    sums: bool = False
    means: bool = False


#: what the engine calls parameters of its own, or makes of a variable's name
_OF_ENGINE = re.compile(
    r"theta_low|theta_high|first_time|passes|(sum|mean)_\d+|(sum|mean)_(of|\d+)_\w+|xi"
    r"|(xi|new|stored|frame|jump|flow)_\w+"
)
_TIME = (*FREE, "pi", "inf")
_OUTPUT = (*_TIME, *OF_OUTPUTS)
_ALL = POPULATIONS
ROLES = {
    "inputs": Role("the inputs' equations", ("inputs", "signals"), _TIME),
    "outputs": Role("the outputs' equations", ("outputs", "signals"), _OUTPUT, sums=True),
    "sum": Role("a sum over synapses", _ALL, _OUTPUT),
    "synapses": Role("the synapses' equations", _ALL, _OUTPUT),
    "signals": Role("the signals' equations", ("signals",), _TIME),
    "drift": Role("the drift", _ALL, (*_OUTPUT, "M")),
    "noises": Role("a noise", _ALL, (*_OUTPUT, "matched_power"), means=True),
    "mean": Role("a mean over all synapses", ("synapses",), ("second", "pi", "inf")),
    "bounds": Role("the bounds", (), ("second", "pi", "inf")),
    "starts": Role("a start", (), ("second", "pi", "inf"), RANDOM),
    "initial": Role("an initial value", (), ("second", "pi", "inf"), RANDOM),
    "learning": Role("learning", _ALL, (*_OUTPUT, "M"), RANDOM),
    "events": Role("an event", ("outputs", "signals"), _OUTPUT, ("rand",)),
    "resets": Role("resets", ("outputs", "signals"), _OUTPUT, RANDOM),
    "resets of inputs": Role("resets of inputs", ("inputs", "signals"), _TIME, RANDOM),
    "resets of samples": Role("resets of samples", ("signals",), _TIME, RANDOM),
    "firing": Role("firing", ("outputs", "signals"), (*_TIME, "k")),
    "race": Role("the total rate of a race", ("signals",), _TIME),
    "teacher": Role("teacher", ("signals",), _TIME),
}


def wrong_name(name: str, standard: Iterable[str] = ()) -> str:
    """Why a variable or a parameter cannot be called so, "" if it can.

    standard : names of parameters that are those of every model.
    """
    own = FREE | OF_OUTPUTS | OF_ARMS | {"theta": ("the parameter of a synapse", 0)}
    if name in own and name not in standard:
        return f"has a meaning of its own ({own[name][0]})"
    if name in CONSTANTS:
        return "is a number of its own"
    if name in FUNCTIONS or name in RANDOM or name in ("sum", "race", "poisson"):
        return "is a function"
    if keyword.iskeyword(name):
        return "is a word of Python"
    if not name.isascii():
        return "has letters other than a to z"
    if name.startswith("_"):
        return "begins with an underscore, as the engine's names do"
    if _OF_ENGINE.fullmatch(name):
        return "is a name of the engine's own"
    return ""


def is_key(key: object) -> bool:
    """Whether an event, an arm or a start may be called so: letters from a to z, digits and _."""
    return type(key) is str and key.isascii() and key.isidentifier() and not keyword.iskeyword(key)
