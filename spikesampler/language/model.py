"""A model: what a paper's file in `models/` says, checked, overridable by name, and hashed.

A model file is Python that only assigns: parameters (value, unit, meaning, source), and the
equations and event rules as Brian2 text in the paper's symbols; or, of a paper without spikes,
`network`, the equations as plain text. Nothing here touches the simulator.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spikesampler.errors import InputError, printable
from spikesampler.language.checker import check_scope
from spikesampler.language.complaints import Complaint, ModelError, ModelWarning, guess
from spikesampler.language.consistency import check_together
from spikesampler.language.evaluator import bounds_of
from spikesampler.language.file_lines import line_about
from spikesampler.language.layers import OUTPUTS, Pathway, pathways_of
from spikesampler.language.model_file import DEFAULTS, OF_NETWORK, OF_SPIKES, execute
from spikesampler.language.parameter import Parameter
from spikesampler.language.rule import (
    DEFAULT_FIRING,
    DEFAULT_TEACHER,
    DEFAULT_WEIGHT,
    SILENT_FIRING,
    Rule,
)
from spikesampler.language.silent import completed, without_stimuli
from spikesampler.language.standard import STANDARD
from spikesampler.language.units import to_base
from spikesampler.language.wrong_arms import wrong_arms

__all__ = ["MODELS", "Model", "check_model", "load_model", "model_names"]

_PACKAGE = Path(__file__).resolve().parents[1]
#: Installed, the models are `spikesampler.models`; in a checkout they lie beside the package.
MODELS = next(
    folder for folder in (_PACKAGE / "models", _PACKAGE.parent / "models") if folder.is_dir()
)
_warned: set[Complaint] = set()  #: what this process has said of files


@dataclass(frozen=True)
class Model:
    """A paper's network: parameters by name, equations and rules as text.

    path : of its file.

    Index it by name for a value in base units (seconds, hertz or a pure number): ``model["tau_m"]
    == 0.02``.
    """

    name: str
    title: str
    citation: str
    noise: str
    parameters: Mapping[str, Parameter]
    source_text: str
    path: str = ""
    overridden: tuple[str, ...] = ()
    network: str = ""
    layers: Mapping[str, Any] = field(default_factory=dict)
    inputs: str = ""
    outputs: str = ""
    synapses: str = ""
    signals: str = ""
    drift: str | Mapping[str, str] = ""
    noises: Mapping[str, Any] = field(default_factory=dict)
    bounds: tuple[Any, Any] = ("", "")
    starts: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    learning: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    resets: Mapping[str, str] = field(default_factory=dict)
    firing: str = DEFAULT_FIRING
    teacher: str = DEFAULT_TEACHER
    weight: str = DEFAULT_WEIGHT

    @cached_property
    def pathways(self) -> tuple[Pathway, ...]:
        """Synapses of each layer from each of its sources, with their rules.

        Without `layers`, the one pathway from the inputs to the outputs. Raises InputError, which
        names the layer and the field, for a text that cannot be read and layers that do not fit.
        """
        words = {name: p.value for name, p in self.parameters.items() if p.choices}
        return pathways_of(vars(self), words, self.base_values())

    @cached_property
    def main(self) -> Pathway:
        """The first pathway of the layer that answers."""
        return next(each for each in self.pathways if each.layer == OUTPUTS)

    def pathway(self, name: str) -> Pathway:
        """The pathway of that name: LAYER, or LAYER.SOURCE where a layer has several sources."""
        for each in self.pathways:
            if name == each.name or (each is self.main and name == OUTPUTS):
                return each
        known = [each.name for each in self.pathways]
        raise InputError(
            f"unknown pathway '{name}' of {self.name}{guess(name, known)}; it has"
            f" {', '.join(known)}"
        )

    @property
    def rule(self) -> Rule:
        """The equations and events as texts, with every choice by a word decided.

        Of several layers, those of `main`.
        """
        return self.main.rule

    @property
    def supervised(self) -> bool:
        """Whether output k stands for class k; else each is given the class that it wins most."""
        return any(each.rule.knows_classes for each in self.pathways if each.layer == OUTPUTS)

    @property
    def is_silent(self) -> bool:
        """Whether nothing fires: its synapses drift and fluctuate, and transmit nothing."""
        return self.rule.is_silent

    @property
    def theta_bounds(self) -> tuple[float, float]:
        """Lower and upper bound of theta, infinite where there is none."""
        return bounds_of(self.rule, self.base_values())

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name; InputError with all names where there is none."""
        if name not in self.parameters:
            raise InputError(
                f"unknown parameter '{name}' of {self.name}{guess(name, self.parameters)}; it has"
                f" {', '.join(self.parameters) or 'none'}"
            )
        return self.parameters[name]

    def __getitem__(self, name: str) -> Any:
        parameter = self.parameter(name)
        if parameter.choices or isinstance(parameter.value, int):
            return parameter.value
        return to_base(parameter.value, parameter.unit)

    def override(self, /, **values: Any) -> "Model":
        """The same model with other values: numbers in a parameter's own unit, or "100*Hz"."""
        parameters = dict(self.parameters)
        for name, value in values.items():
            parameter = self.parameter(name)
            value = value.item() if hasattr(value, "item") else value
            parameters[name] = replace(parameter, value=parameter.check(name, value))
        model = replace(
            self,
            parameters=MappingProxyType(parameters),
            overridden=tuple(dict.fromkeys((*self.overridden, *values))),
        )
        model.check()
        return model

    def check(self) -> None:
        """InputError unless the parameters of a model with spikes fit each other."""
        if not self.network:
            check_together(self, self.pathways)

    def base_values(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Parameter values in base units by name, all of them or those in `names`."""
        wanted = self.parameters if names is None else names
        return {name: self[name] for name in wanted if name in self.parameters}

    def __reduce__(self):
        """For worker processes: a mapping proxy cannot be pickled."""
        plain = {
            one.name: dict(value) if isinstance(value, MappingProxyType) else value
            for one in fields(self)
            for value in [getattr(self, one.name)]
        }
        return _with_fields, (plain,)

    @property
    def hash(self) -> str:
        """SHA-256 over the file's text and every resolved value."""
        values = {name: parameter.value for name, parameter in self.parameters.items()}
        text = self.source_text + json.dumps(values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _with_fields(values: dict[str, Any]) -> Model:
    """A Model with these fields, whose dicts can no longer be changed."""
    frozen: dict[str, Any] = {
        name: MappingProxyType(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }
    return Model(**frozen)


def model_names() -> list[str]:
    """Names of the models that come with the package."""
    return sorted(path.stem for path in MODELS.glob("*.py") if not path.stem.startswith("_"))


def load_model(name: str | os.PathLike | Model, /, **overrides: Any) -> Model:
    """Load a model by name ("fang_2018") or by the path of a model file; override parameters.

    A file given by path is Python and is executed: load only files that you trust. It is checked
    as `check_model` does; what is odd in it is a ModelWarning, once in a process. Raises ModelError
    for what is wrong in it, and InputError for unknown names and values out of range.

    >>> load_model("fang_2018", rho="100*Hz")["rho"]
    100.0
    """
    if isinstance(name, Model):
        model = name
    else:
        model, odd = _read(_find(str(name)))
        for complaint in odd:
            if complaint not in _warned:
                warnings.warn(str(complaint), ModelWarning, stacklevel=2)
                _warned.add(complaint)
    return model.override(**overrides) if overrides else model


def check_model(name: str | os.PathLike | Model, /) -> list[Complaint]:
    """Everything that is wrong or odd in a model's file, errors first; empty where all is well.

    Nothing is compiled. Raises InputError where there is no such file, or none that can be read.
    """
    path = Path(name.path) if isinstance(name, Model) else _find(str(name))
    try:
        return list(_read(path)[1])
    except ModelError as error:
        return list(error.complaints)


def _read(path: Path) -> tuple[Model, list[Complaint]]:
    """The model of a file, and what is odd in it; ModelError with all that is wrong."""
    text, assigned = execute(path)
    assigned = completed(assigned)
    complaints = check_scope(path, text, assigned)
    if any(complaint.is_error for complaint in complaints):
        raise ModelError(str(path), complaints)
    is_spiking = "network" not in assigned
    all_fields = DEFAULTS | assigned if is_spiking else assigned
    wanted = OF_SPIKES if is_spiking else OF_NETWORK
    of_file: dict[str, Any] = {name: all_fields[name] for name in wanted if name in all_fields}
    declared: dict[str, Parameter] = of_file["parameters"]
    if not is_spiking:
        of_file["noise"] = ""
    else:
        is_silent = all_fields["firing"] == SILENT_FIRING
        standard = without_stimuli(STANDARD) if is_silent else STANDARD
        declared = declared | {name: p for name, p in standard.items() if name not in declared}
        of_file["bounds"] = tuple(of_file["bounds"])
        of_file |= {name: "" for name in ("inputs", "outputs", "synapses") if name not in of_file}
        of_file.setdefault("starts", {})
    of_file["parameters"] = {
        name: replace(parameter, value=parameter.check(name, parameter.value))
        for name, parameter in declared.items()
    }
    about = {"name": printable(path.stem), "source_text": text, "path": str(path)}
    model = _with_fields(of_file | about)
    try:
        model.check()
    except InputError as error:
        line = line_about(str(error), declared, text)
        complaint = Complaint(str(path), line, str(error))
        raise ModelError(str(path), [complaint, *complaints]) from None
    if wrong := [] if model.network else wrong_arms(model):
        raise ModelError(str(path), [*wrong, *complaints])
    return model, complaints


def _find(name: str) -> Path:
    """The path of the model that `name` names."""
    if name in (known := model_names()):
        return MODELS / f"{name}.py"
    if not name.endswith(".py"):
        raise InputError(
            f"unknown model '{name}'{guess(name, known)}; expected one of {', '.join(known)}, or"
            " the path of a .py file"
        )
    if not os.path.isfile(name):
        raise InputError(
            f"no model file '{name}'; give the path of an existing .py file or one of"
            f" {', '.join(model_names())}"
        )
    return Path(name)
