"""A model: what a paper's file in `models/` says, checked, overridable by name, and hashed.

A model file is Python that only assigns: parameters (value, unit, meaning, source), and the equations and event
rules as Brian2 text in the paper's symbols. Nothing here touches the simulator.
"""

import hashlib
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from spikesampler.errors import InputError
from spikesampler.units import UNITS, parse_quantity, to_base

_HERE = Path(__file__).resolve().parent
#: Installed, the models are `spikesampler.models`; in a checkout they lie beside the package.
MODELS = _HERE / "models" if (_HERE / "models").is_dir() else _HERE.parent / "models"

_REQUIRED = ("title", "citation", "noise", "parameters", "inputs", "outputs", "synapses", "drift", "learning")


@dataclass(frozen=True)
class Parameter:
    """One named number (or word) of a model.

    `source` begins with "stated" (in the paper), "from code" (read in the authors' public code), "derived", or
    "our choice". `low` and `high` bound it, exclusively where `open_low`; `choices` lists the words allowed.
    """

    value: float | int | str
    unit: str
    meaning: str
    source: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    choices: tuple = ()

    def check(self, name, value):
        """`value` as this parameter's type, or an InputError that says what is allowed."""
        if self.choices:
            if value not in self.choices:
                raise InputError(f"{name}={value}: expected one of {', '.join(map(str, self.choices))}")
            return value
        if isinstance(value, str):
            value = parse_quantity(value, self.unit, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise InputError(
                f"{name}={value}: expected a finite number{'' if self.unit == '1' else ' in ' + self.unit}"
            )
        if isinstance(self.value, int):
            if value != int(value):
                raise InputError(f"{name}={value}: expected a whole number")
            value = int(value)
        if not self.low <= value <= self.high or (self.open_low and value == self.low):
            raise InputError(f"{name}={value:g}: out of range; expected {self._range()}")
        return value

    def _range(self):
        low = f"{'more than' if self.open_low else 'at least'} {self.low:g}" if self.low > -math.inf else ""
        high = f"at most {self.high:g}" if self.high < math.inf else ""
        return f"{' and '.join(filter(None, (low, high)))}{'' if self.unit == '1' else ' ' + self.unit}"


def _tagged(tag):
    def parameter(value, unit, meaning, source="", **limits):
        if not limits.get("choices") and unit not in UNITS:
            raise InputError(f"unknown unit '{unit}' of parameter '{meaning}'; known units are {', '.join(UNITS)}")
        return Parameter(value, unit, meaning, f"{tag}: {source}" if source else tag, **limits)

    return parameter


stated, from_code, derived, our_choice = map(_tagged, ("stated", "from code", "derived", "our choice"))


@dataclass(frozen=True)
class Model:
    """A paper's network: parameters by name, equations and rules as text.

    Index it by name for a value in base units (seconds, hertz or a pure number): ``model["tau_m"] == 0.02``.
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

    def __getitem__(self, name):
        if name not in self.parameters:
            raise InputError(f"unknown parameter '{name}' of {self.name}; it has {', '.join(self.parameters)}")
        parameter = self.parameters[name]
        if parameter.choices or isinstance(parameter.value, int):
            return parameter.value
        return to_base(parameter.value, parameter.unit)

    def override(self, **values):
        """The same model with other values: numbers in the parameter's own unit, or text such as "100*Hz"."""
        parameters = dict(self.parameters)
        for name, value in values.items():
            if name not in parameters:
                raise InputError(f"unknown parameter '{name}' of {self.name}; it has {', '.join(parameters)}")
            value = value.item() if hasattr(value, "item") else value
            parameters[name] = replace(parameters[name], value=parameters[name].check(name, value))
        model = replace(
            self, parameters=MappingProxyType(parameters), overridden=tuple(dict.fromkeys((*self.overridden, *values)))
        )
        _check_together(model)
        return model

    def base_values(self, names=None):
        """Parameter values in base units by name, all of them or those in `names`."""
        return {name: self[name] for name in (self.parameters if names is None else names) if name in self.parameters}

    def __reduce__(self):  # a mapping proxy cannot be pickled, and models travel to worker processes
        fields = {
            name: dict(value) if isinstance(value, MappingProxyType) else value for name, value in vars(self).items()
        }
        return _restore, (fields,)

    @property
    def hash(self):
        """SHA-256 over the file's text and every resolved value."""
        values = {name: parameter.value for name, parameter in self.parameters.items()}
        return hashlib.sha256((self.source_text + json.dumps(values, sort_keys=True)).encode()).hexdigest()


def _restore(fields):
    return Model(
        **{name: MappingProxyType(value) if isinstance(value, dict) else value for name, value in fields.items()}
    )


def _check_together(model):
    """Rules between parameters that the file's ranges cannot say."""
    dt, sample, grid = (model[name] for name in ("dt", "sample_length", "grid"))
    for name, length in (("sample_length", sample), ("grid", grid)):
        if abs(length / dt - round(length / dt)) > 1e-6 or round(length / dt) < 1:
            raise InputError(f"{name}={length * 1e3:g}*ms: expected a whole multiple of dt={dt * 1e3:g}*ms")
    if abs(sample / grid - round(sample / grid)) > 1e-6:
        raise InputError(
            f"grid={grid * 1e3:g}*ms: expected sample_length={sample * 1e3:g}*ms to be a whole multiple of it"
        )
    if model["rho"] * dt > 1:
        raise InputError(
            f"rho={model['rho']:g}*Hz with dt={dt * 1e3:g}*ms: more than one event a step; expected rho*dt <= 1"
        )
    if (model["r_min"] + model["r_max"]) * dt > 1:
        raise InputError(
            f"r_min+r_max={model['r_min'] + model['r_max']:g}*Hz with dt={dt * 1e3:g}*ms: more than one spike a step; "
            "expected (r_min+r_max)*dt <= 1, lower them or dt"
        )
    if model["intensity_max"] <= model["alpha"]:
        raise InputError(
            f"intensity_max={model['intensity_max']:g}: expected more than alpha={model['alpha']:g}, its value at w = 0"
        )
    if model["tau_m"] <= model["tau_s"]:
        raise InputError("tau_m must be longer than tau_s: the post-synaptic potential is a rise followed by a decay")


def model_names():
    """Names of the models that come with the package."""
    return sorted(path.stem for path in MODELS.glob("*.py") if not path.stem.startswith("_"))


def load_model(name, **overrides):
    """Load a model by name ("fang_2018") or by the path of a model file, with parameters overridden by name.

    A file given by path is Python and is executed: load only files that you trust. Raises InputError for unknown
    names, missing fields and values out of range.

    >>> load_model("fang_2018", rho="100*Hz")["rho"]
    100.0
    """
    if isinstance(name, Model):
        return name.override(**overrides) if overrides else name
    name = str(name)
    if name in model_names():
        path = MODELS / f"{name}.py"
    elif name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise InputError(
                f"no model file '{name}'; give the path of an existing .py file or one of {', '.join(model_names())}"
            )
    else:
        raise InputError(
            f"unknown model '{name}'; expected one of {', '.join(model_names())}, or the path of a .py file"
        )
    text = path.read_text(encoding="utf-8")
    scope = {"__name__": f"spikesampler.models.{path.stem}", "__file__": str(path)}
    try:
        exec(compile(text, str(path), "exec"), scope)  # a model file is code that the user chose to run
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"model file {path} cannot be read: {type(error).__name__}: {error}") from error
    missing = [field for field in _REQUIRED if field not in scope]
    if missing:
        raise InputError(f"model file {path} lacks {', '.join(missing)}; compare it with {MODELS / 'fang_2018.py'}")
    model = Model(
        name=path.stem,
        title=scope["title"],
        citation=scope["citation"],
        noise=scope["noise"],
        parameters=MappingProxyType(dict(scope["parameters"])),
        inputs=scope["inputs"],
        outputs=scope["outputs"],
        synapses=scope["synapses"],
        drift=scope["drift"],
        learning=MappingProxyType(dict(scope["learning"])),
        resets=MappingProxyType(dict(scope.get("resets", {}))),
        supervised="teacher" in scope["learning"],
        source_text=text,
    )
    for key, parameter in model.parameters.items():
        parameter.check(key, parameter.value)
    _check_together(model)
    return model.override(**overrides) if overrides else model
