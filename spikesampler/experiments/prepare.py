"""From settings to arrays: all that a run computes before anything is written."""

import math
import shlex
from typing import Any, NamedTuple

import numpy as np

from spikesampler import stimuli
from spikesampler.errors import InputError
from spikesampler.experiments.extent import check_memory
from spikesampler.experiments.recorded_synapses import chosen_synapses
from spikesampler.experiments.recorded_variables import Recorded, recorded_of
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.run_stimuli import centres_of, fingerprint, load_stimuli
from spikesampler.experiments.settings import Settings
from spikesampler.language.arm_numbers import check_arm, matched_power
from spikesampler.language.evaluator import (
    initial_of,
    said,
    start_of,
    weight_states,
    weights_of,
)
from spikesampler.language.model import Model
from spikesampler.language.noise_arms import temperatures
from spikesampler.spiking.parts import period_of
from spikesampler.spiking.structure import structure_of
from spikesampler.stimuli.own import OwnSource
from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.source import Samples
from spikesampler.stimuli.sources.spikes import SpikeData
from spikesampler.stimuli.trains import Trains
from spikesampler.store.continuation import load_synapses
from spikesampler.store.manifest import CHECKPOINT

#: dimensions of tuning curves: the rate of an input is compiled as a sum over them
MOST_FEATURES = 100


NUMBERS = {"learning": "samples", "probe": "probe_samples", "test": "test_samples"}


class Prepared(NamedTuple):
    """Everything that the phases of a run need.

    model: with I, K and D as the data demand; centres (I, D), None for pixel rates; theta (K, I) at
    the start; initial: further variables that do not begin at 0; taken: those of the synapses that
    another run left, where learning starts from it; values: parameters in base units,
    with theta_low and theta_high, the bounds; v: variance of the arm `constant_matched`;
    temperature (samples,); chosen (n, 2): output and input of synapses whose trajectories are kept,
    and recorded: variables of outputs and signals.
    """

    model: Model
    source: stimuli.Source
    learning: Samples
    probe: Samples
    test: Samples
    structure: dict[str, Any]
    centres: np.ndarray | None
    theta: np.ndarray
    initial: dict[str, np.ndarray]
    taken: dict[str, np.ndarray]
    values: dict[str, Any]
    v: float
    temperature: np.ndarray
    chosen: np.ndarray | None
    recorded: Recorded | None

    @property
    def sample_length(self) -> float:
        """Length of a sample in s."""
        return self.structure["sample_length"]

    @property
    def period(self) -> float:
        """Time in s from the start of a sample to that of the next."""
        return period_of(self.structure)

    @property
    def num_classes(self) -> int:
        """Number of classes of the data."""
        return self.source.num_classes


@np.errstate(over="ignore", invalid="ignore")  # what is not finite is refused
def prepare(settings: Settings) -> Prepared:
    """Prepared of these Settings; raises InputError for data that do not fit the model."""
    check_memory(settings)
    seed, source = settings.seed, _load_source(settings)
    model = fit_to_data(settings, source)
    sizes = model["K"], model["I"]
    shown = {
        split: source.draw(split, getattr(settings, number), seed)
        for split, number in NUMBERS.items()
    }
    if isinstance(source, OwnSource):
        source.check_classes(shown.values())
    structure = structure_of(
        model,
        arm=settings.arm_texts,
        coding=source.coding,
        num_features=source.num_features,
        frames=_num_frames(model, source.name, shown),
        engine=settings.engine,
    )
    centres = centres_of(source, model["I"], seed)
    values = model.base_values()
    low, high = model.theta_bounds
    theta, taken = starting_synapses(settings, sizes, centres)
    theta = np.clip(theta, low, high)
    initial = _initial(model, values, seed)
    states: dict[str, Any] = dict.fromkeys([*model.rule.states("synapses"), *model.rule.drift], 0.0)
    states |= {name: value for name, value in (initial | taken).items() if name in states}
    course = {name: model[name] for name in ("schedule", "noise_scale", "anneal_rate")}
    prepared = Prepared(
        model=model,
        source=source,
        **shown,
        structure=structure,
        centres=centres,
        theta=theta,
        initial=initial,
        taken=taken,
        values=values | {"theta_low": low, "theta_high": high},
        v=matched_power(settings.arm_texts, model.rule, values, theta, states),
        temperature=temperatures(settings.samples, **course),
        chosen=chosen_synapses(settings.record_synapses, *sizes, seed),
        recorded=recorded_of(settings.record_variables, model.rule, structure),
    )
    _check_finite(prepared)
    check_arm(settings.arm_texts, model.rule, values, theta, (low, high), states)
    return prepared


def _load_source(settings: Settings) -> stimuli.Source:
    """The stimuli of a run; InputError where they do not fit its model."""
    source = load_stimuli(
        settings.data,
        seed=settings.seed,
        parameters=settings.model.base_values(),
        supervised=settings.model.supervised,
        fixed_K=settings.fixed_K,
        label=settings.label,
        order=settings.order,
    )
    if source.coding == "tuning" and source.num_features > MOST_FEATURES:
        raise InputError(
            f"{source.name}: {source.num_features} features, of which tuning curves take at most"
            f" {MOST_FEATURES}; give fewer, such as their principal components"
        )
    return source


def _initial(model: Model, values: dict[str, Any], seed: int) -> dict[str, np.ndarray]:
    """Further variables before the first step, by name, that do not begin at 0."""
    I, K = model["I"], model["K"]
    shapes = {"inputs": (I,), "outputs": (K,), "synapses": (K, I), "signals": ()}
    return initial_of(model.rule, values, generator(seed, "network", "initial"), shapes)


def _check_weights(prepared: Prepared) -> None:
    """Refuse weights at the start that are not finite."""
    rule, values, theta = prepared.model.rule, prepared.values, prepared.theta
    initial = prepared.initial | prepared.taken
    begin = {
        name: np.broadcast_to(initial.get(name, 0.0), theta.shape) for name in weight_states(rule)
    }
    if not np.isfinite(weights_of(rule, values, theta, begin)).all():
        texts = rule.functions("synapses").values()
        raise InputError(
            f"the weights at the start, {rule.weight}, would not be finite with"
            f" {said(texts, prepared.values)}; change one of these"
        )


def _check_finite(prepared: Prepared) -> None:
    """Refuse parameters each of which is a number, but what follows from them is none."""
    _check_weights(prepared)
    arrays: dict[str, Any] = {
        "theta at the start": prepared.theta,
        "the noise's matched variance": prepared.v,
        "the temperature (noise_scale, anneal_rate)": prepared.temperature,
    }
    if not isinstance(prepared.learning.table, Trains):
        arrays["the stimuli"] = prepared.learning.table
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise InputError(
                f"{name} would not be finite with these parameters; bring them nearer to their"
                " defaults"
            )


def _check_source(manifest: dict[str, Any], settings: Settings, centres: np.ndarray | None) -> None:
    """Refuse to take over weights whose inputs mean something else here."""
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


def starting_synapses(
    settings: Settings, sizes: tuple[int, int], centres: np.ndarray | None
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """theta (K, I) as the model's start of that name says; or theta and all further variables of
    the model's synapses as another run left them.
    """
    rule = settings.model.rule
    if not settings.starts_from_run:
        rng, values = generator(settings.seed, "network", "theta"), settings.model.base_values()
        return start_of(rule, values, settings.start, rng, sizes), {}
    source = Result(settings.start)
    theta = source.theta.values
    _check_source(source.manifest, settings, centres)
    if theta.shape != sizes:
        raise InputError(
            f"{settings.start} has weights of {theta.shape[0]} x {theta.shape[1]} synapses;"
            f" expected {sizes[0]} x {sizes[1]}, start from a run of a network of the same size"
        )
    there, here = source.rule.synapse_states, rule.synapse_states
    if set(there) != set(here):
        raise InputError(
            f"{settings.start} has synapses with the variables {', '.join(['theta', *there])};"
            f" expected {', '.join(['theta', *here])}: start from a run of the model as it is now"
        )
    states = load_synapses(source.path / CHECKPOINT) if here else {}
    return theta, {name: states[name] for name in here}


def fit_to_data(settings: Settings, source: stimuli.Source) -> Model:
    """The model with the sizes that real data decide: D or I by features, K by classes."""
    model = settings.model
    if stimuli.is_synthetic(settings.data):
        return model
    size = "D" if source.coding == "tuning" else "I"
    if size in model.overridden and model[size] != source.num_features:
        raise InputError(
            f"{size}={model[size]}: expected {source.num_features}, the number of"
            f" {'inputs' if source.coding == 'spikes' else 'features'} of {source.name}; leave"
            f" {size} out"
        )
    follow: dict[str, Any] = {size: source.num_features}
    if isinstance(source, SpikeData):
        follow |= _times(model, source)
    if model.supervised and not settings.fixed_K:
        follow["K"] = max(2, source.num_classes)
    return model.override(**follow)


def _times(model: Model, source: SpikeData) -> dict[str, str]:
    """Length of a sample and gap, where the data have others: {parameter: text}.

    A gap that the user set stays, as spikes lie in samples alone; another length is refused.
    """
    follow = {}
    for name in source.said:
        value = getattr(source.times, name)
        if name not in model.parameters or math.isclose(model[name], value, rel_tol=1e-9):
            continue
        if name not in model.overridden:
            follow[name] = f"{value!r}*second"
        elif name == "sample_length":
            raise InputError(
                f"{name} is set to {model[name]:g} s: {source.name} has samples of {value:g} s;"
                f" leave {name} out"
            )
    return follow


def _num_frames(model: Model, name: str, shown: dict[str, Samples]) -> int:
    """How many stimuli each sample shows; InputError where its steps cannot be divided so."""
    numbers = {split: samples.num_frames for split, samples in shown.items()}
    number = numbers["learning"]
    if set(numbers.values()) != {number}:
        told = ", ".join(f"{frames} for {split}" for split, frames in numbers.items())
        raise InputError(
            f"{name} has samples of different numbers of frames ({told}): expected one"
        )
    length, dt = model["sample_length"], model["dt"]
    steps = round(length / dt)
    if steps % number:
        raise InputError(
            f"{name}: {number} frames in a sample of {steps} steps (sample_length"
            f" {1e3 * length:g} ms, dt {1e3 * dt:g} ms): expected a number that divides the steps;"
            f" do: give other frames, or --set sample_length={-(-steps // number) * number * dt!r}"
            "*second"
        )
    return number
