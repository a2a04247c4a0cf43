"""From settings to arrays: stimuli, start, structure. All that a run computes before anything is written."""

from typing import NamedTuple

import numpy as np

from spikesampler import stimuli
from spikesampler.errors import InputError
from spikesampler.model import Model
from spikesampler.spiking import build
from spikesampler.spiking.noise import matched_variance, temperatures
from spikesampler.stimuli.split import Samples, generator

MOST_CLASSES = 1_000  #: classes that real data may have in a model without a teacher


class Prepared(NamedTuple):
    """Everything that the phases of a run need.

    model: with I, K and D as the data demand; centres (I, D), None for pixel rates; theta (K, I) at the start; values:
    parameters in base units; v: variance of the arm `constant_matched`; temperature (samples,).
    """

    model: Model
    source: object
    learning: Samples
    probe: Samples
    test: Samples
    structure: dict
    centres: np.ndarray | None
    theta: np.ndarray
    values: dict
    v: float
    temperature: np.ndarray

    @property
    def sample_length(self):
        return self.structure["sample_length"]

    @property
    def num_classes(self):
        return self.source.num_classes


def prepare(settings):
    """Prepared of these Settings; raises InputError for data that do not fit the model."""
    seed, parameters = settings.seed, settings.model.base_values()
    supervised = settings.model.supervised  # without a teacher, outputs and classes need not be equally many
    classes = parameters["K"] if supervised else parameters.get("num_clusters", parameters["K"])
    if settings.data and not supervised:
        classes = MOST_CLASSES
    source = stimuli.load_source(
        settings.data, seed=seed, parameters=parameters | {"K": classes}, fixed_K=settings.fixed_K and supervised
    )
    model = fit_to_data(settings, source)
    sizes = model["K"], model["I"]
    structure = build.structure(
        model, arm=settings.arm, coding=source.coding, num_features=source.num_features, engine=settings.engine
    )
    centres = None
    if source.coding == "tuning":
        centres = stimuli.centres(model["I"], source.num_features, generator(seed, "network", "centres"))
    start = ("mu", "sigma") if settings.start == "prior" else ("plateau_mean", "plateau_sd")
    theta = generator(seed, "network", "theta").normal(model[start[0]], model[start[1]], sizes)
    theta = np.clip(theta, model["theta_min"], model.theta_max)
    course = {name: model[name] for name in ("schedule", "noise_scale", "anneal_rate")}
    return Prepared(
        model=model,
        source=source,
        learning=source.draw("learning", settings.samples, seed),
        probe=source.draw("probe", settings.probe_samples, seed),
        test=source.draw("test", settings.test_samples, seed),
        structure=structure,
        centres=centres,
        theta=theta,
        values=model.base_values() | {"theta_max": model.theta_max},
        v=matched_variance(theta, **{name: model[name] for name in ("theta_0", "alpha", "N")}),
        temperature=temperatures(settings.samples, **course),
    )


def fit_to_data(settings, source):
    """The model with the sizes that real data decide: D or I from the features, K from the classes."""
    model = settings.model
    if settings.data is None:
        return model
    size = "I" if source.coding == "rates" else "D"
    if size in model.overridden and model[size] != source.num_features:
        raise InputError(f"{size}={model[size]}: {source.name} has {source.num_features} features; leave {size} out")
    follow = {size: source.num_features}
    if model.supervised and not settings.fixed_K:
        follow["K"] = max(2, source.num_classes)
    return model.override(**follow)
