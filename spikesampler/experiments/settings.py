"""Settings of one run, checked before anything is written; its manifest repeats them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from spikesampler import stimuli
from spikesampler.checks import whole_number
from spikesampler.errors import InputError, printable, shown
from spikesampler.experiments.arguments import accepts
from spikesampler.experiments.declared import SAMPLES, SETTINGS
from spikesampler.experiments.recorded_synapses import synapses_text
from spikesampler.experiments.recorded_variables import variables_text
from spikesampler.language.arm_places import placed_arm
from spikesampler.language.evaluator import default_start
from spikesampler.language.model import Model, load_model
from spikesampler.stimuli.registry import Data
from spikesampler.store.manifest import MANIFEST


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that decides the bits of a run, besides the program itself: see `resolve`.

    samples_by_default : whether nobody said how many: a run that is resumed has what it had.
    arm : name of the noise arm; noise : its text, without parameters of the model; arm_texts : what
    it is for this model (`language.arm_texts`), of several layers for each pathway by name.
    """

    model: Model
    arm: str
    noise: str
    arm_texts: dict[str, Any]
    start: str
    samples: int
    test_samples: int
    seed: int
    data: Data
    label: str | None
    order: str
    record: str
    record_synapses: str | None
    record_variables: str | None
    probe_every: int
    probe_samples: int
    average: int
    engine: str
    replicate: int
    samples_by_default: bool = field(default=False, compare=False)

    @property
    def fixed_K(self) -> bool:
        """Whether the user said how many outputs there are."""
        return "K" in self.model.overridden

    @property
    def has_trajectories(self) -> bool:
        """Whether anything is recorded at every grid step."""
        return self.record_synapses is not None or self.record_variables is not None

    @property
    def starts_from_run(self) -> bool:
        """Whether the start is the folder of a run whose weights are taken over."""
        return self.start not in _starts_of(self.model)

    @property
    def start_name(self) -> str:
        """The start in one word: the model's name of it, or that of the folder of its weights."""
        return printable(os.path.basename(self.start))

    @property
    def title(self) -> str:
        """A few words that name the run."""
        return f"{self.model.name} {self.arm} {self.start_name} seed {self.seed}"

    def arm_texts_of(self, pathway: str) -> dict[str, Any]:
        """What the arm is in a pathway."""
        return self.arm_texts[pathway] if self.model.layers else self.arm_texts

    def facts(self) -> dict[str, Any]:
        """The settings as JSON-able facts; two runs with equal facts are the same run."""
        chosen = {name: self.model.parameters[name].value for name in sorted(self.model.overridden)}
        model = {"model": self.model.name, "model_hash": self.model.hash, "set": chosen}
        others = (each.name for each in fields(self) if each.compare and each.name != "model")
        facts = model | {name: getattr(self, name) for name in others}
        return facts | {"data": None if self.data is None else str(self.data)}


@accepts(*SETTINGS)
def resolve(
    *,
    model: str | Model,
    noise: str | None,
    start: str | None,
    data: Any,
    set: dict[str, Any] | None,
    samples: int | None,
    record_synapses: Any,
    record_variables: Any,
    replicate: int,
    **others: Any,
) -> Settings:
    """The Settings of a run from its arguments; InputError says what was given and expected.

    {arguments}
    """
    if set is not None and not (hasattr(set, "items") and all(type(name) is str for name in set)):
        raise InputError(
            f"set={shown(set)}: expected a dict of parameters by name, such as {{'rho': '100*Hz'}}"
        )
    model = spiking_model(model, **(set or {}))
    text = model.noise if noise is None else noise
    arm = placed_arm(text, model)
    options = dict(arm.options)
    replicate = whole_number("replicate", options.pop("replicate", replicate), 0, 10**9)
    if options:
        model = load_model(model, **options)
        arm = placed_arm(text, model)
    if model.is_silent:  # there are neither spikes nor answers
        others |= {"record": "none", "average": 0, "probe_samples": 1, "test_samples": 1}
    return Settings(
        model=model,
        arm=arm.name,
        noise=arm.text,
        arm_texts=arm.texts if model.layers else arm.texts[model.main.name],
        start=_start(model, start),
        data=stimuli.as_data(data),
        samples=SAMPLES if samples is None else samples,
        samples_by_default=samples is None,
        record_synapses=synapses_text(record_synapses),
        record_variables=variables_text(record_variables),
        replicate=replicate,
        **others,
    )


def refuse_twins(points: Iterable[tuple[str, Settings]]) -> None:
    """Refuse arms that are the same under two names: (arm's text, Settings) of some points."""
    seen: dict[tuple, str] = {}
    for arm, point in points:
        key = (point.noise, point.model.hash, point.replicate, point.start, point.seed)
        other = seen.setdefault(key, arm)
        if other != arm:
            raise InputError(f"arms {other} and {arm} are the same; leave one out")


def spiking_model(name: str | Model, /, **overrides: Any) -> Model:
    """`load_model` of a model with spikes; InputError for a paper without."""
    model = load_model(name, **overrides)
    if model.network:
        raise InputError(
            f"{model.name} has no spikes; expected a spiking model such as fang_2018: networks of"
            " this paper are trained by `spikesampler landscape train`"
        )
    return model


def _start(model: Model, start: str | os.PathLike[str] | None) -> str:
    """A name of the model's starts, or the absolute path of a finished run to go on from."""
    starts = _starts_of(model)
    if start is None:
        return default_start(model.rule)
    start = os.fspath(start) if isinstance(start, os.PathLike) else str(start)
    if start in starts:
        return start
    if not os.path.isfile(os.path.join(start, MANIFEST)):
        raise InputError(
            f"unknown start '{start}'; {model.name} has {', '.join(starts)}; expected one of them,"
            " or the folder of a finished run"
        )
    return os.path.abspath(start)


def _starts_of(model: Model) -> list[str]:
    """Names of starts, each of which a pathway at least has."""
    return list(dict.fromkeys(name for each in model.pathways for name in each.rule.starts))
