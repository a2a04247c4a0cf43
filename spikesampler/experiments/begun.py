"""What each pathway of a network begins with: its theta, further state, bounds and noise.

A model of one layer has one pathway. All of them are drawn by the seed alone, each from a stream of
its own, so that arms have the same start.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from spikesampler.errors import InputError
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.run_stimuli import fingerprint
from spikesampler.experiments.settings import Settings
from spikesampler.language.arm_numbers import check_arm, matched_power
from spikesampler.language.evaluator import (
    bounds_of,
    default_start,
    initial_of,
    said,
    start_of,
    weight_states,
    weights_of,
)
from spikesampler.language.layers import Pathway
from spikesampler.language.model import Model
from spikesampler.stimuli.seeds import generator

__all__ = ["Begun", "begin", "check_begun"]

_THETA, _INITIAL = ("network", "theta"), ("network", "initial")  #: streams of random numbers


class Begun(NamedTuple):
    """A pathway before the first step.

    theta : (K, I), within its bounds. initial : further variables that do not begin at 0, of the
    pathway and its layer, by name. taken : those of the synapses that another run left, where
    learning starts from it. bounds : of theta. power : variance of the arm `constant_matched`.
    """

    pathway: Pathway
    theta: np.ndarray
    initial: dict[str, np.ndarray]
    taken: dict[str, np.ndarray]
    bounds: tuple[float, float]
    power: float

    @property
    def states(self) -> dict[str, Any]:
        """Further variables of the synapses at the start, by name, each (K, I) or a number."""
        rule = self.pathway.rule
        states: dict[str, Any] = dict.fromkeys([*rule.states("synapses"), *rule.drift], 0.0)
        given = self.initial | self.taken
        return states | {name: value for name, value in given.items() if name in states}

    @property
    def numbers(self) -> dict[str, float]:
        """Numbers of its own that the program is given."""
        low, high = self.bounds
        return {"theta_low": low, "theta_high": high, "matched_power": self.power}


def begin(settings: Settings, model: Model, centres: np.ndarray | None) -> dict[str, Begun]:
    """{pathway: Begun}, in the order of the model.

    model : with the sizes that data decide. centres : of the inputs, (I, D), None where they have
    none. Raises InputError, which names the pathway of several, for a start that is none, and for
    a run to start from that does not fit.
    """
    source = _run_to_start_from(settings, model, centres) if settings.starts_from_run else None
    begun = {}
    for pathway in model.pathways:
        with naming(model, pathway):
            begun[pathway.name] = _begin(settings, model, pathway, source)
    return begun


@contextmanager
def naming(model: Model, pathway: Pathway) -> Iterator[None]:
    """Say in an InputError which pathway of several it is about."""
    try:
        yield
    except InputError as error:
        if len(model.pathways) == 1:
            raise
        raise InputError(f"{pathway.name}: {error.in_options}") from None


def _begin(settings: Settings, model: Model, pathway: Pathway, source: Result | None) -> Begun:
    rule, values = pathway.rule, model.base_values()
    K, I = pathway.num_outputs, pathway.num_inputs
    # streams of random numbers: the main pathway has those of a network that has no other
    own = () if pathway == model.main else (pathway.name,)
    low, high = bounds_of(rule, values)
    taken: dict[str, np.ndarray] = {}
    if source is None:
        start = settings.start if settings.start in rule.starts else default_start(rule)
        theta = start_of(rule, values, start, generator(settings.seed, *_THETA, *own), (K, I))
    else:
        theta, taken = _taken_over(settings, pathway, source)
    shapes = {"inputs": (I,), "outputs": (K,), "synapses": (K, I), "signals": ()}
    initial = initial_of(rule, values, generator(settings.seed, *_INITIAL, *own), shapes)
    begun = Begun(pathway, np.clip(theta, low, high), initial, taken, (low, high), 1.0)
    texts = settings.arm_texts_of(pathway.name)
    return begun._replace(power=matched_power(texts, rule, values, begun.theta, begun.states))


def check_begun(begun: Begun, values: Mapping[str, Any], texts: Mapping[str, Any]) -> None:
    """Refuse weights, theta and noise at the start that are no numbers.

    values : parameters in base units. texts : of the pathway's noise arm.
    """
    rule, theta = begun.pathway.rule, begun.theta
    initial = begun.initial | begun.taken
    state = {
        name: np.broadcast_to(initial.get(name, 0.0), theta.shape) for name in weight_states(rule)
    }
    if not np.isfinite(weights_of(rule, values, theta, state)).all():
        functions = rule.functions("synapses").values()
        raise InputError(
            f"the weights at the start, {rule.weight}, would not be finite with"
            f" {said(functions, values)}; change one of these"
        )
    check_finite({"theta at the start": theta, "the noise's matched variance": begun.power})
    check_arm(texts, rule, values, theta, begun.bounds, begun.states)


def check_finite(arrays: Mapping[str, Any]) -> None:
    """Refuse parameters each of which is a number, but what follows from them, by name, is none."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise InputError(
                f"{name} would not be finite with these parameters; bring them nearer to their"
                " defaults"
            )


def _run_to_start_from(settings: Settings, model: Model, centres: np.ndarray | None) -> Result:
    """The run whose synapses are taken over; refuses one whose inputs mean something else here."""
    source = Result(settings.start)
    manifest = source.manifest
    if manifest["model"]["name"] != settings.model.name:
        raise InputError(
            f"{settings.start} is a run of {manifest['model']['name']}; expected one of"
            f" {settings.model.name}"
        )
    if centres is not None and manifest["fingerprints"].get("centres") != fingerprint(centres):
        raise InputError(
            f"{settings.start} has other tuning curves (seed {manifest['seed']}, here"
            f" {settings.seed}), so its weights mean nothing here; start with the seed of that run,"
            " and say other clusters as --data clusters:SEED; to learn longer, go on with that run"
            f" itself: --out {shlex.quote(settings.start)} --resume and more --samples"
        )
    if source.pathways != (here := [pathway.name for pathway in model.pathways]):
        raise InputError(
            f"{settings.start} has the pathways {', '.join(source.pathways)}; expected"
            f" {', '.join(here)}: start from a run of the model as it is now"
        )
    return source


def _taken_over(
    settings: Settings, pathway: Pathway, source: Result
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """theta (K, I) and all further variables of a pathway's synapses as another run left them."""
    learnt, sizes = source.pathway(pathway.name), (pathway.num_outputs, pathway.num_inputs)
    theta = learnt.theta.values
    if theta.shape != sizes:
        raise InputError(
            f"{settings.start} has weights of {theta.shape[0]} x {theta.shape[1]} synapses;"
            f" expected {sizes[0]} x {sizes[1]}, start from a run of a network of the same size"
        )
    there, here = learnt.rule.synapse_states, pathway.rule.synapse_states
    if set(there) != set(here):
        raise InputError(
            f"{settings.start} has synapses with the variables {', '.join(['theta', *there])};"
            f" expected {', '.join(['theta', *here])}: start from a run of the model as it is now"
        )
    states = learnt.states if here else {}
    return theta, {name: states[name].values for name in here}
