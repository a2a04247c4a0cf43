"""What the numbers of a spiking model have to be for this package to run it, and among each other.

Only sizes, times, the course of the noise and the stimulus are known by name; all else is asked
from the model's own text.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from spikesampler.errors import InputError
from spikesampler.language.evaluator import (
    bounds_of,
    firing_of,
    initial_of,
    start_of,
    steady_rate,
)
from spikesampler.language.layers import Pathway
from spikesampler.language.parameter import Parameter
from spikesampler.language.rule import BLOCKS, Rule
from spikesampler.language.units import UNITS

__all__ = ["KNOWN", "check_together"]


class Values(Protocol):
    """Parameters of a model, and by their names values in base units."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Declared parameters by name, with unit and range."""

    def base_values(self) -> dict[str, Any]:
        """Values in base units by name."""

    def __getitem__(self, name: str) -> Any: ...


class Known(NamedTuple):
    """What a parameter is that the package reads by its name: kind, and what reads it.

    kind : "count", "time", "rate", "number", or the words that are allowed.
    """

    kind: str | tuple[str, ...]
    needed_for: str


KNOWN: dict[str, Known] = {
    **dict.fromkeys(("I", "K"), Known("count", "the size of the network")),
    **dict.fromkeys(("D", "num_clusters"), Known("count", "the stimulus")),
    **dict.fromkeys(("dt", "grid"), Known("time", "the steps of the simulation")),
    **dict.fromkeys(("sample_length", "gap"), Known("time", "the course of samples")),
    "schedule": Known(("constant", "linear", "exponential"), "the temperature of the noise"),
    **dict.fromkeys(
        ("noise_scale", "anneal_rate"), Known("number", "the temperature of the noise")
    ),
    **dict.fromkeys(("r_min", "r_max"), Known("rate", "the rates of the inputs")),
    **dict.fromkeys(("tuning_width", "tuning_factor"), Known("number", "tuning curves")),
    **dict.fromkeys(
        ("cluster_mean", "cluster_mean_sd", "cluster_spread", "cluster_jitter"),
        Known("number", "clusters of stimuli"),
    ),
    "cluster_matrix": Known(("root", "covariance"), "clusters of stimuli"),
}

#: I*K: a hundred times the largest network of these papers, and some gigabytes of memory
MOST_SYNAPSES = 10**8
MOST_STEPS = 10**6  #: dt of a sample, five thousand times as many as in these papers

MOST_SPIKES = 60_000  #: of the outputs in a sample: learning.nc counts up to 65 535

_POWERS = {"time": 1, "rate": -1, "number": 0, "count": 0}
_KINDS = {"time": "a time", "rate": "a rate", "number": "a pure number"}


def check_together(values: Values, pathways: Sequence[Pathway]) -> None:
    """InputError unless the parameters of a model fit each other and what it says of them."""
    for name, parameter in values.parameters.items():
        if name in KNOWN:
            _check_kind(name, parameter, KNOWN[name])
        if parameter.below:
            _check_below(name, parameter, values)
    _check_sizes(values, pathways)
    _check_times(values)
    for pathway in pathways:
        try:
            _check_rates(values, pathway.rule)
            bounds_of(pathway.rule, values.base_values())
            _check_drawn(values.base_values(), pathway.rule)
        except InputError as error:
            if len(pathways) == 1:
                raise
            raise InputError(f"layers['{pathway.layer}']: {error}") from None


def _check_drawn(values: Mapping[str, Any], rule: Rule) -> None:
    """InputError where four synapses at a start, or initial values, are not finite."""
    rng = np.random.default_rng(0)
    for name in rule.starts:
        start_of(rule, values, name, rng, (2, 2))
    initial_of(rule, values, rng, dict.fromkeys(BLOCKS, (2, 2)))


def _check_kind(name: str, parameter: Parameter, known: Known) -> None:
    """InputError where a parameter that is known by name was declared as something else."""
    kind, needed = known
    if isinstance(kind, tuple):
        if not ({*parameter.choices} and {*parameter.choices} <= {*kind}):
            raise InputError(f"{name}, needed for {needed}: expected choices among {kind}")
        return
    power = None if parameter.choices else UNITS[parameter.unit][1]
    if kind == "count" and (power != 0 or not isinstance(parameter.value, int)):
        raise InputError(
            f"{name} is a count, needed for {needed}: declare it as a whole number, of the unit 1"
        )
    if power != _POWERS[kind]:
        raise InputError(
            f"{name} is declared in '{parameter.unit}': expected {_KINDS[kind]}, needed for"
            f" {needed}; use another name for another thing"
        )


def _check_below(name: str, parameter: Parameter, values: Values) -> None:
    """InputError unless a parameter is less than that which it has to be below."""
    other = parameter.below
    if other not in values.parameters or values.parameters[other].choices:
        raise InputError(f"parameter {name}: below={other}: expected the name of a parameter")
    if values[name] >= values[other]:
        given = ", ".join(f"{each}={_said(values.parameters[each])}" for each in (name, other))
        raise InputError(f"{given}: expected {name} < {other}; change one of them")


def _said(parameter: Parameter) -> str:
    return f"{parameter.value:g}" + ("" if parameter.unit == "1" else f"*{parameter.unit}")


def _check_sizes(values: Values, pathways: Sequence[Pathway]) -> None:
    names = [name for name, known in KNOWN.items() if known.kind == "count"]
    sizes = {name: values[name] for name in names if name in values.parameters}
    if sizes["I"] * max(size for name, size in sizes.items() if name != "I") > MOST_SYNAPSES:
        given = ", ".join(f"{name}={value}" for name, value in sizes.items())
        raise InputError(
            f"{given}: more than {MOST_SYNAPSES:,} synapses; lower the largest of them"
        )
    of_layers = {each.name: each.num_outputs * each.num_inputs for each in pathways}
    if sum(of_layers.values()) > MOST_SYNAPSES:
        given = ", ".join(f"{name} {number:,}" for name, number in of_layers.items())
        raise InputError(
            f"layers: {given}: more than {MOST_SYNAPSES:,} synapses; lower the largest of them"
        )


def _times(length: float, step: float) -> float:
    """How often a step goes into a length: infinity where no number says it."""
    return length / step if length < step * 1e300 else math.inf


def _is_multiple(length: float, step: float) -> bool:
    number = _times(length, step)
    return math.isfinite(number) and abs(number - round(number)) <= 1e-6 and round(number) >= 1


def _check_times(values: Values) -> None:
    dt, sample, gap, grid = (values[name] for name in ("dt", "sample_length", "gap", "grid"))
    steps = _times(sample + gap, dt)
    if steps > MOST_STEPS:
        raise InputError(
            f"sample_length={sample * 1e3:g}*ms with dt={dt * 1e3:g}*ms: {steps:.3g} steps a"
            f" sample; expected at most {MOST_STEPS:,}, shorten one or lengthen the other"
        )
    for name, length in (("sample_length", sample), ("grid", grid), ("gap", gap)):
        if not _is_multiple(length, dt) and (name != "gap" or length):
            raise InputError(
                f"{name}={length * 1e3:g}*ms: expected a whole multiple of dt={dt * 1e3:g}*ms"
            )
    if _times(grid, dt) > MOST_STEPS:
        raise InputError(
            f"grid={grid * 1e3:g}*ms with dt={dt * 1e3:g}*ms: {_times(grid, dt):.3g} steps;"
            f" expected at most {MOST_STEPS:,}, shorten it"
        )


def _check_rates(values: Values, rule: Rule) -> None:
    """InputError where events come faster than the steps, as far as parameters alone say it."""
    dt, highest = values["dt"], values["r_min"] + values["r_max"]
    rates = {"firing": firing_of(rule).rate}
    if "teacher" in rule.learning:
        rates["teacher"] = rule.teacher
    for field, text in rates.items():
        rate = steady_rate(rule, values.base_values(), text, field)
        if rate is not None:
            _check_rate(field, text, rate, values)
    if highest * dt > 1:
        raise InputError(
            f"r_min+r_max={highest:g}*Hz with dt={dt * 1e3:g}*ms: more than one spike a step;"
            " expected (r_min+r_max)*dt <= 1, lower them or dt"
        )


def _check_rate(field: str, text: str, rate: float, values: Values) -> None:
    dt, sample = values["dt"], values["sample_length"]
    if rate < 0:
        raise InputError(f"{field}: {text}={rate:g}*Hz: expected a rate of at least 0")
    if rate * sample > MOST_SPIKES and field == "firing":
        raise InputError(
            f"{text}={rate:g}*Hz with sample_length={sample:g}*second: expected at most"
            f" {MOST_SPIKES:,} output spikes a sample, lower one of them"
        )
    if rate * dt > 1:
        raise InputError(
            f"{text}={rate:g}*Hz with dt={dt * 1e3:g}*ms: more than one event a step ({field});"
            f" expected {text}*dt <= 1"
        )
