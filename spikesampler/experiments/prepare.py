"""From settings to arrays: all that a run computes before anything is written."""

import math
from typing import Any, NamedTuple

import numpy as np

from spikesampler import stimuli
from spikesampler.errors import InputError
from spikesampler.experiments.begun import Begun, begin, check_begun, check_finite, naming
from spikesampler.experiments.extent import check_memory
from spikesampler.experiments.recorded_synapses import chosen_synapses
from spikesampler.experiments.recorded_variables import Recorded, layers_of_model, recorded_of
from spikesampler.experiments.run_stimuli import centres_of, load_stimuli
from spikesampler.experiments.settings import Settings
from spikesampler.language.model import Model
from spikesampler.language.noise_arms import temperatures
from spikesampler.spiking.parts import period_of
from spikesampler.spiking.structure import structure_of
from spikesampler.stimuli.own import OwnSource
from spikesampler.stimuli.source import Samples
from spikesampler.stimuli.sources.spikes import SpikeData
from spikesampler.stimuli.trains import Trains

#: dimensions of tuning curves: the rate of an input is compiled as a sum over them
MOST_FEATURES = 100


NUMBERS = {"learning": "samples", "probe": "probe_samples", "test": "test_samples"}


class Prepared(NamedTuple):
    """Everything that the phases of a run need.

    model: with I, K and D as the data demand; centres (I, D), None for pixel rates; begun: what
    each pathway begins with, by name; values: parameters in base units, with theta_low and
    theta_high, the bounds of the main pathway; temperature (samples,); chosen (n, 2): output and
    input of synapses whose trajectories are kept, and recorded: variables of outputs and signals.
    """

    model: Model
    source: stimuli.Source
    learning: Samples
    probe: Samples
    test: Samples
    structure: dict[str, Any]
    centres: np.ndarray | None
    begun: dict[str, Begun]
    values: dict[str, Any]
    temperature: np.ndarray
    chosen: np.ndarray | None
    recorded: Recorded | None

    @property
    def main(self) -> Begun:
        """The pathway that answers."""
        return self.begun[self.model.main.name]

    @property
    def others(self) -> dict[str, Begun]:
        """All other pathways, by name."""
        return {name: one for name, one in self.begun.items() if one is not self.main}

    @property
    def theta(self) -> np.ndarray:
        """theta (K, I) of the main pathway at the start."""
        return self.main.theta

    @property
    def v(self) -> float:
        """Variance of the arm `constant_matched` in the main pathway."""
        return self.main.power

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
    shown = {
        split: source.draw(split, getattr(settings, number), seed)
        for split, number in NUMBERS.items()
    }
    if isinstance(source, OwnSource):
        source.check_classes(shown.values())
    structure = structure_of(
        model,
        arm=settings.arm_texts_of(model.main.name),
        arms=settings.arm_texts if model.layers else None,
        coding=source.coding,
        num_features=source.num_features,
        frames=_num_frames(model, source.name, shown),
        engine=settings.engine,
    )
    centres = centres_of(source, model["I"], seed)
    values, begun = model.base_values(), begin(settings, model, centres)
    main = begun[model.main.name]
    sizes = main.pathway.num_outputs, main.pathway.num_inputs
    course = {name: model[name] for name in ("schedule", "noise_scale", "anneal_rate")}
    prepared = Prepared(
        model=model,
        source=source,
        **shown,
        structure=structure,
        centres=centres,
        begun=begun,
        values=values | dict(zip(("theta_low", "theta_high"), main.bounds)),
        temperature=temperatures(settings.samples, **course),
        chosen=chosen_synapses(settings.record_synapses, *sizes, seed),
        recorded=recorded_of(settings.record_variables, layers_of_model(model), structure),
    )
    for one in begun.values():
        with naming(model, one.pathway):
            check_begun(one, values, settings.arm_texts_of(one.pathway.name))
    _check_shown(prepared)
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


def _check_shown(prepared: Prepared) -> None:
    """Refuse temperatures and stimuli that are no numbers."""
    arrays: dict[str, Any] = {
        "the temperature (noise_scale, anneal_rate)": prepared.temperature,
    }
    if not isinstance(prepared.learning.table, Trains):
        arrays["the stimuli"] = prepared.learning.table
    check_finite(arrays)


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
