"""A model: what a paper's file in `models/` says, checked, overridable by name, and hashed.

A model file is Python that only assigns: parameters (value, unit, meaning, source), and the
equations and event rules as Brian2 text in the paper's symbols; or, of a paper without spikes,
`network`, the equations as plain text. Nothing here touches the simulator.
"""

import hashlib
import json
import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from spikesampler.errors import InputError
from spikesampler.language.parameter import Parameter, from_code, our_choice, stated
from spikesampler.language.units import to_base

__all__ = [
    "MODELS",
    "Model",
    "Parameter",
    "from_code",
    "load_model",
    "model_names",
    "our_choice",
    "stated",
]

_HERE = Path(__file__).resolve().parents[1]
#: Installed, the models are `spikesampler.models`; in a checkout they lie beside the package.
MODELS = _HERE / "models" if (_HERE / "models").is_dir() else _HERE.parent / "models"

MOST_SYNAPSES = (
    10**8
)  #: I*K: a hundred times the largest network of these papers, and some gigabytes of memory

#: what a model file assigns; `resets` may be absent
_FIELDS = {
    name: str for name in ("title", "citation", "noise", "inputs", "outputs", "synapses", "drift")
}
_FIELDS |= {name: dict for name in ("parameters", "learning", "resets")}
#: what a model file without spikes assigns; the others are then empty
_NETWORK_FIELDS = {"title": str, "citation": str, "parameters": dict, "network": str}


@dataclass(frozen=True)
class Model:
    """A paper's network: parameters by name, equations and rules as text.

    Index it by name for a value in base units (seconds, hertz or a pure number): ``model["tau_m"]
    == 0.02``.
    """

    name: str
    title: str
    citation: str
    noise: str
    parameters: MappingProxyType
    inputs: str
    outputs: str
    synapses: str
    drift: str
    learning: MappingProxyType
    resets: MappingProxyType
    supervised: bool
    source_text: str
    overridden: tuple = ()
    network: str = ""

    def __getitem__(self, name):
        if name not in self.parameters:
            raise InputError(
                f"unknown parameter '{name}' of {self.name}; it has {', '.join(self.parameters)}"
            )
        parameter = self.parameters[name]
        if parameter.choices or isinstance(parameter.value, int):
            return parameter.value
        return to_base(parameter.value, parameter.unit)

    def override(self, /, **values):
        """The same model with other values: numbers in the parameter's own unit, or text such as
        "100*Hz".
        """
        parameters = dict(self.parameters)
        for name, value in values.items():
            if name not in parameters:
                raise InputError(
                    f"unknown parameter '{name}' of {self.name}; it has {', '.join(parameters)}"
                )
            value = value.item() if hasattr(value, "item") else value
            parameters[name] = replace(parameters[name], value=parameters[name].check(name, value))
        model = replace(
            self,
            parameters=MappingProxyType(parameters),
            overridden=tuple(dict.fromkeys((*self.overridden, *values))),
        )
        _check_together(model)
        return model

    @property
    def theta_max(self):
        """Upper bound of theta, where alpha e^w = intensity_max (Kappel et al. 2015, code)."""
        return self["theta_0"] + math.log(math.log(self["intensity_max"] / self["alpha"]))

    def base_values(self, names=None):
        """Parameter values in base units by name, all of them or those in `names`."""
        return {
            name: self[name]
            for name in (self.parameters if names is None else names)
            if name in self.parameters
        }

    def __reduce__(
        self,
    ):  # a mapping proxy cannot be pickled, and models travel to worker processes
        fields = {
            name: dict(value) if isinstance(value, MappingProxyType) else value
            for name, value in vars(self).items()
        }
        return _restore, (fields,)

    @property
    def hash(self):
        """SHA-256 over the file's text and every resolved value."""
        values = {name: parameter.value for name, parameter in self.parameters.items()}
        return hashlib.sha256(
            (self.source_text + json.dumps(values, sort_keys=True)).encode()
        ).hexdigest()


def _restore(fields):
    return Model(
        **{
            name: MappingProxyType(value) if isinstance(value, dict) else value
            for name, value in fields.items()
        }
    )


def _check_together(model):
    """Rules between parameters that the file's ranges cannot say."""
    if model.network:
        return
    dt, sample, grid = (model[name] for name in ("dt", "sample_length", "grid"))
    for name, length in (("sample_length", sample), ("grid", grid)):
        if abs(length / dt - round(length / dt)) > 1e-6 or round(length / dt) < 1:
            raise InputError(
                f"{name}={length * 1e3:g}*ms: expected a whole multiple of dt={dt * 1e3:g}*ms"
            )
    if abs(sample / grid - round(sample / grid)) > 1e-6:
        raise InputError(
            f"grid={grid * 1e3:g}*ms: expected sample_length={sample * 1e3:g}*ms to be a whole"
            " multiple of it"
        )
    if model["rho"] * dt > 1:
        raise InputError(
            f"rho={model['rho']:g}*Hz with dt={dt * 1e3:g}*ms: more than one event a step; expected"
            " rho*dt <= 1"
        )
    if (model["r_min"] + model["r_max"]) * dt > 1:
        raise InputError(
            f"r_min+r_max={model['r_min'] + model['r_max']:g}*Hz with dt={dt * 1e3:g}*ms: more than"
            " one spike a step; expected (r_min+r_max)*dt <= 1, lower them or dt"
        )
    if model["intensity_max"] <= model["alpha"]:
        raise InputError(
            f"intensity_max={model['intensity_max']:g}: expected more than"
            f" alpha={model['alpha']:g}, its value at w = 0"
        )
    if model["theta_min"] >= model.theta_max:
        raise InputError(
            f"theta_min={model['theta_min']:g}: expected less than {model.theta_max:g}, where"
            " alpha*e^w reaches intensity_max"
        )
    if model["tau_m"] <= model["tau_s"]:
        raise InputError(
            f"tau_m={model['tau_m'] * 1e3:g}*ms, tau_s={model['tau_s'] * 1e3:g}*ms: expected tau_m"
            " > tau_s, the post-synaptic potential is a rise followed by a decay"
        )
    sizes = {
        name: model[name] for name in ("I", "K", "D", "num_clusters") if name in model.parameters
    }
    if sizes["I"] * max(size for name, size in sizes.items() if name != "I") > MOST_SYNAPSES:
        given = ", ".join(f"{name}={value}" for name, value in sizes.items())
        raise InputError(
            f"{given}: more than {MOST_SYNAPSES:,} synapses; lower the largest of them"
        )


def model_names():
    """Names of the models that come with the package."""
    return sorted(path.stem for path in MODELS.glob("*.py") if not path.stem.startswith("_"))


def load_model(name, /, **overrides):
    """Load a model by name ("fang_2018") or by the path of a model file, with parameters overridden
    by name.

    A file given by path is Python and is executed: load only files that you trust. Raises
    InputError for unknown names, missing fields and values out of range.

    >>> load_model("fang_2018", rho="100*Hz")["rho"]
    100.0
    """
    if isinstance(name, Model):
        return name.override(**overrides) if overrides else name
    path = _find(str(name))
    text, scope = _execute(path)
    assigned = {name: scope.get(name, kind()) for name, kind in (_FIELDS | _NETWORK_FIELDS).items()}
    fields = {
        name: MappingProxyType(value) if isinstance(value, dict) else value
        for name, value in assigned.items()
    }
    model = Model(
        name=path.stem, supervised="teacher" in fields["learning"], source_text=text, **fields
    )
    for key, parameter in model.parameters.items():
        if not isinstance(parameter, Parameter):
            raise InputError(
                f"model file {path}: parameter {key} is {parameter!r}; write it as {key}=stated(…)"
            )
        parameter.check(key, parameter.value)
    _check_together(model)
    return model.override(**overrides) if overrides else model


def _find(name):
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


def _execute(path):
    """Text of a model file and what it assigns: all of _FIELDS, or of _NETWORK_FIELDS, each of its
    type.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(
            f"model file {path} cannot be read ({reason}); check its permissions and content"
        ) from error
    scope = {"__name__": f"spikesampler.models.{path.stem}", "__file__": str(path)}
    try:
        exec(
            compile(text, str(path), "exec"), scope
        )  # a model file is code that the user chose to run
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(
            f"model file {path} cannot be executed: {type(error).__name__}: {error}; repair it"
        ) from error
    scope.setdefault("resets", {})
    wanted, example = (
        (_NETWORK_FIELDS, "gamst_walker_2017") if "network" in scope else (_FIELDS, "fang_2018")
    )
    example = MODELS / f"{example}.py"
    missing = [name for name in wanted if name not in scope]
    if missing:
        raise InputError(f"model file {path} lacks {', '.join(missing)}; compare it with {example}")
    for name, kind in wanted.items():
        if not isinstance(scope[name], kind):
            given = type(scope[name]).__name__
            raise InputError(
                f"model file {path}: {name} is {given}, not {kind.__name__}; compare it with"
                f" {example}"
            )
    return text, scope
