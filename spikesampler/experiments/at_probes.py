"""What a caller in Python may do at every probe of a run: look, measure, and end learning.

def watch(probe):
    if probe.accuracy > 0.9:
        raise StopLearning("accurate enough")
    return {"mean_weight": probe.weights.mean()}

result = run("fang_2018", on_probe=watch)
result.learning["mean_weight"]
"""

import keyword
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from spikesampler.errors import InputError, calling_back, name_of, shown

if TYPE_CHECKING:  # `spikesampler --help` reads this file
    import numpy as np

__all__ = ["Answer", "OnProbe", "ProbeReport", "StopLearning", "ask"]

LONGEST = 60  #: characters of a name


@cache
def _taken() -> frozenset[str]:
    """Names of learning.nc that are none of a caller's."""
    from spikesampler.store.learning import VARIABLES

    dims = {dim for variable in VARIABLES.values() for dim in variable.dims}
    return frozenset({*VARIABLES, *dims, "probe_entropy", "output_class", "probe_sample"})


class StopLearning(Exception):
    """Raised or returned at a probe, it ends learning there: the run is tested and finished.

    reason : in a few words, for the manifest. metrics : as they would be returned at this probe.
    """

    def __init__(self, reason: str = "", metrics: Mapping[str, float] | None = None) -> None:
        super().__init__(reason, metrics)
        self.reason = " ".join(str(reason or "").split()) or "stopped at a probe"
        self.metrics = metrics


@dataclass(frozen=True)
class ProbeReport:
    """What is known at a probe; all arrays are read-only.

    samples : learning samples so far, 0 at the first probe; total : those that were asked for.
    seconds : of learning, simulated. theta, weights : (K, I); synapses : their further state by
    name, each (K, I). counts : (n, K) output spikes of the probe's n held-out samples, plasticity,
    noise and teacher frozen; labels : (n,), their classes. accuracy : on them, 0 to 1. Of several
    layers, theta, weights and synapses are those of the main pathway; others : by pathway, theta,
    weights and further state by name.
    """

    samples: int
    total: int
    seconds: float
    theta: "np.ndarray"
    weights: "np.ndarray"
    synapses: "Mapping[str, np.ndarray]"
    counts: "np.ndarray"
    labels: "np.ndarray"
    accuracy: float
    others: "Mapping[str, Mapping[str, np.ndarray]]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        import numpy as np

        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                object.__setattr__(self, name, _read_only(value))
        others = {name: _all_read_only(arrays) for name, arrays in self.others.items()}
        object.__setattr__(self, "synapses", _all_read_only(self.synapses))
        object.__setattr__(self, "others", MappingProxyType(others))


def _read_only(array: "np.ndarray") -> "np.ndarray":
    view = array.view()
    view.flags.writeable = False
    return view


def _all_read_only(arrays: "Mapping[str, np.ndarray]") -> "Mapping[str, np.ndarray]":
    return MappingProxyType({name: _read_only(array) for name, array in arrays.items()})


OnProbe = Callable[[ProbeReport], Mapping[str, float] | StopLearning | None]


@dataclass(frozen=True)
class Answer:
    """What a caller says at a probe: own metrics by name, and why learning ends, if it does."""

    metrics: dict[str, float]
    stop: str | None = None


def ask(on_probe: OnProbe | None, report: ProbeReport) -> Answer:
    """The Answer of a caller, checked; what else it raises passes.

    Raises InputError for what is no dict of numbers by name, and for an end before the first
    sample.
    """
    if on_probe is None:
        return Answer({})
    try:
        with calling_back():
            said = on_probe(report)
    except StopLearning as stop:
        said = stop
    if not isinstance(said, StopLearning):
        return Answer(_checked(said))
    if report.samples == 0:
        raise InputError(
            f"on_probe stopped the run before its first sample ({said.reason}): expected to stop at"
            " a later probe, where probe.samples is above 0"
        )
    return Answer(_checked(said.metrics), said.reason)


def _checked(said: Any) -> dict[str, float]:
    """Own metrics by name."""
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise InputError(
            f"on_probe returned {shown(said)}: expected a dict of numbers by name, StopLearning(…)"
            " or None"
        )
    return {_name(name): _number(name, value) for name, value in said.items()}


def _name(name: Any) -> str:
    fits = type(name) is str and name.isascii() and name.isidentifier() and len(name) <= LONGEST
    if not fits or keyword.iskeyword(name):
        raise InputError(
            f"on_probe returned a metric named {shown(name)}: expected a name of letters,"
            f" digits and _, at most {LONGEST} of them"
        )
    if name in _taken():
        raise InputError(
            f"on_probe returned a metric named {name!r}, which means something else in learning.nc:"
            f" give another name, such as my_{name}"
        )
    return name


def _number(name: str, value: Any) -> float:
    import numpy as np

    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # of xarray, jax, torch
        value = value.item()
    if not isinstance(value, numbers.Real | np.bool_):
        kind = f" with shape {np.shape(value)}" if np.shape(value) else ""
        raise InputError(
            f"on_probe returned {name}={shown(value)}, a {name_of(type(value))}{kind}: expected one"
            " number"
        )
    try:
        return float(value)
    except OverflowError:
        raise InputError(
            f"on_probe returned {name}={shown(value)}: expected a number of at most 1.8e308"
        ) from None
