"""A model: what a paper's file in `models/` says, checked, overridable by name, and hashed.

A model file is Python that only assigns: parameters (value, unit, meaning, source), and the
equations and event rules as Brian2 text in the paper's symbols; or, of a paper without spikes,
`network`, the equations as plain text. Nothing here touches the simulator.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spikesampler.errors import InputError, printable
from spikesampler.language.consistency import check_together, theta_max
from spikesampler.language.model_file import OF_NETWORK, OF_SPIKES, execute
from spikesampler.language.parameter import Parameter
from spikesampler.language.rule import (
    DEFAULT_FIRING,
    DEFAULT_TEACHER,
    DEFAULT_WEIGHT,
    Rule,
    rule_of,
)
from spikesampler.language.standard import STANDARD
from spikesampler.language.units import to_base

__all__ = ["MODELS", "Model", "load_model", "model_names"]

_PACKAGE = Path(__file__).resolve().parents[1]
#: Installed, the models are `spikesampler.models`; in a checkout they lie beside the package.
MODELS = next(
    folder for folder in (_PACKAGE / "models", _PACKAGE.parent / "models") if folder.is_dir()
)


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
    def rule(self) -> Rule:
        """The equations and events as texts, with every choice by a word decided.

        Raises InputError, which names the field, for a text that cannot be read.
        """
        words = {name: p.value for name, p in self.parameters.items() if p.choices}
        return rule_of(vars(self), words)

    @property
    def supervised(self) -> bool:
        """Whether a teacher says the label, by events of its own."""
        return "teacher" in self.learning

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name; InputError with all names where there is none."""
        if name not in self.parameters:
            raise InputError(
                f"unknown parameter '{name}' of {self.name}; it has"
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
            check_together(self, self.rule)

    @property
    def theta_max(self) -> float:
        """Upper bound of theta, where alpha e^w = intensity_max (Kappel et al. 2015, code)."""
        return theta_max(self)

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

    A file given by path is Python and is executed: load only files that you trust. Raises
    InputError for unknown names, missing fields and values out of range.

    >>> load_model("fang_2018", rho="100*Hz")["rho"]
    100.0
    """
    model = name if isinstance(name, Model) else _read(_find(str(name)))
    return model.override(**overrides) if overrides else model


def _read(path: Path) -> Model:
    """The model of a file, checked."""
    text, assigned = execute(path, MODELS)
    of_file = {name: value for name, value in assigned.items() if name in OF_SPIKES | OF_NETWORK}
    declared = of_file["parameters"]
    if "network" in of_file:
        of_file["noise"] = ""
    else:
        declared = declared | {name: p for name, p in STANDARD.items() if name not in declared}
        of_file["bounds"] = tuple(of_file["bounds"])
    try:
        of_file["parameters"] = {
            name: replace(parameter, value=parameter.check(name, parameter.value))
            for name, parameter in declared.items()
        }
        model = _with_fields(
            of_file | {"name": printable(path.stem), "source_text": text, "path": str(path)}
        )
        model.check()
    except InputError as error:
        raise InputError(f"model file {path}: {error}") from None
    return model


def _find(name: str) -> Path:
    """The path of the model that `name` names."""
    if name in model_names():
        return MODELS / f"{name}.py"
    if not name.endswith(".py"):
        raise InputError(
            f"unknown model '{name}'; expected one of {', '.join(model_names())}, or the path of a"
            " .py file"
        )
    if not os.path.isfile(name):
        raise InputError(
            f"no model file '{name}'; give the path of an existing .py file or one of"
            f" {', '.join(model_names())}"
        )
    return Path(name)
