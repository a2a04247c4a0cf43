"""What is trained, and what is measured around it: all settings, and what the command line says of
them.

A setting with `help` is an option of `spikesampler landscape`. Nothing heavy is imported here, so
that its help starts at once.
"""

from dataclasses import MISSING, asdict, dataclass, field, fields
from math import isfinite
from typing import Any

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.studies.gamst_walker_2017.paper import paper, paper_shape

__all__ = ["STARTS", "Bands", "Spectra", "Training"]

STARTS = ("glorot", "jitter")


def _setting(default: Any = MISSING, *, least: int = 1, zero: bool = False, help: str = "") -> Any:
    """A field: a whole number, `least` or more, or a positive number, also 0 where `zero` is."""
    return field(default=default, metadata={"least": least, "zero": zero, "help": help})


def _of_paper(name: str, **checks: Any) -> Any:
    """A field whose default is in the model file of the paper."""
    metadata = _setting(**checks).metadata
    return field(default_factory=lambda: paper()[name], metadata=metadata)


def _weights(teacher: Any) -> tuple[float, ...]:
    """The weights of a teacher as they are kept; InputError for anything but finite numbers."""
    plain = isinstance(teacher, tuple | list) and not any(isinstance(w, bool) for w in teacher)
    if plain and all(isinstance(w, int | float) and isfinite(w) for w in teacher):
        return tuple(map(float, teacher))
    raise InputError(
        "teacher: expected the weights of a network, a list of finite numbers; give such, or leave"
        " it out to learn W_f"
    )


class _Settings:
    """Settings whose numbers are checked; InputError names the one that is not what it may be."""

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            if setting.type is int or (setting.type == int | None and value is not None):
                self._put(
                    setting.name, whole_number(setting.name, value, setting.metadata["least"])
                )
            elif setting.type is float:
                self._put(
                    setting.name, real_number(setting.name, value, zero=setting.metadata["zero"])
                )

    def _put(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def facts(self) -> dict[str, Any]:
        """All settings as JSON and netCDF keep them."""
        plain = {bool: int, tuple: list}
        return {
            name: plain.get(type(value), lambda value: value)(value)
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class Training(_Settings):
    """What is trained, all of it.

    models, steps, seed : how many networks, for how many steps, and the seed of starts and noise.
    optimizer, set : a name of `optimizers.OPTIMIZERS`, and changes of its settings.
    depth, width : of the networks that are trained; target_seed : of the spline's heights in W_f;
        between : points between two knots of f in the training set.
    teacher : (136,) weights of the 5 x 5 network whose output is learnt, where it is not W_f.
    start : "glorot", or "jitter": W_f, de-symmetrised, plus a random direction of norm uniform in
        [0, radius].
    noise, temperature, schedule : an arm of `optimizers.ARMS`, T, and its course over the first
        `noise_share` of the steps; the rest is without noise, so that what is compared in the end
        is where the networks are, not how they shake.
    """

    models: int = _setting(help="Networks.")
    steps: int = _setting(help="Steps, on the whole training set each.")
    seed: int = _setting(1, least=0, help="Of starts and noise, or choice.")
    optimizer: str = _setting(
        "momentum",
        help="momentum, momentum_keras, sgd_keras, adam_keras, adagrad_keras, adagrad_keras_2017,"
        " adadelta_keras_2017, adadelta_keras_3 or adadelta_optax.",
    )
    set: dict = field(default_factory=dict)
    depth: int = _of_paper("depth")
    width: int = _of_paper("width")
    target_seed: int = _of_paper("target_seed", least=0)
    between: int = _of_paper("between", least=0)
    teacher: tuple[float, ...] = ()
    start: str = "glorot"
    radius: float = _of_paper("radius")
    noise: str = _setting("none", help="none, constant or weight.")
    temperature: float = _setting(0.0, zero=True, help="Of the noise.")
    schedule: str = _setting("constant", help="constant, linear or exponential.")
    noise_share: float = _setting(0.9, zero=True)

    def __post_init__(self) -> None:
        from spikesampler.networks import optimizers

        super().__post_init__()
        self._put("set", optimizers.settings(self.optimizer, **self.set))
        self._put("teacher", _weights(self.teacher))
        names = {"start": STARTS, "noise": optimizers.ARMS, "schedule": optimizers.SCHEDULES}
        for name, known in names.items():
            if getattr(self, name) not in known:
                raise InputError(
                    f"{name}={getattr(self, name)}: expected one of {', '.join(known)}"
                )
        if self.seed >= 2**63:
            raise InputError(
                f"seed={self.seed}: expected a whole number below 2**63; give such a seed"
            )
        if self.noise_share > 1:
            raise InputError(
                f"noise_share={self.noise_share}: expected a share of the steps, 0 to 1"
            )
        if (self.noise == "none") != (self.temperature == 0):
            raise InputError(
                f"noise={self.noise} with temperature={self.temperature:g}: expected both or"
                " neither; give an arm and its temperature"
            )
        if self.start == "jitter" and self.shape != paper_shape():
            raise InputError(
                f"start=jitter with depth={self.depth}, width={self.width}: W_f has 5 and 5"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Depth and width."""
        return self.depth, self.width

    @property
    def name(self) -> str:
        """A folder's name, another one for every setting that the studies here vary."""
        shape = "" if self.shape == paper_shape() else f"-{self.depth}x{self.width}"
        target = self._target_name()
        noise = f"-{self.noise}-T{self.temperature:g}-{self.schedule}"
        noise = "" if self.noise == "none" else noise
        size = f"n{self.models}-s{self.steps}-seed{self.seed}"
        return f"{self.start}-{self.optimizer}{shape}{target}{noise}-{size}"

    def _target_name(self) -> str:
        """What of a folder's name says what is learnt, from how many points; "" for the paper's."""
        numbers = {"f": "target_seed", "between": "between"}
        changed = (
            f"-{word}{value}"
            for word, name in numbers.items()
            if (value := getattr(self, name)) != paper()[name]
        )
        if not self.teacher:
            return "".join(changed)
        from spikesampler.jobs.kept import digest

        return "".join(changed) + f"-taught-{digest(self.teacher)}"

    @property
    def record_every(self) -> int:
        """Steps between two recorded errors: 100 of them, or each."""
        return max(1, self.steps // 100)


@dataclass(frozen=True)
class Bands(_Settings):
    """Elastic bands from W_f to trained networks: how many, how fine, how long, and how.

    seed : of the choice of networks. straighten : by default, since bands fold up where the error
    is flat. steps, tolerance and spring_constant are our choices; see `landscape.paths.neb`.
    desymmetrised : both ends; otherwise W_f is as it was built, and networks as they were trained.
    """

    models: int = _of_paper("paths", help="Networks, a path to each; by default 100.")
    images: int = _of_paper(
        "images", least=3, help="Images of a path, both ends included; by default 41."
    )
    steps: int = _setting(1_000, help="Steps of a band at most.")
    seed: int = _setting(1, least=0, help="Of starts and noise, or choice.")
    tolerance: float = _setting(1e-2)
    spring_constant: float = _setting(10.0)
    redistribute: int = _setting(0, least=0)
    straighten: bool = True
    climb: bool = _setting(False, help="Let the highest image climb to the saddle.")
    desymmetrised: bool = True

    def of_neb(self) -> dict[str, Any]:
        """The arguments of `landscape.paths.neb`, but for energy, ends and images."""
        names = ("tolerance", "spring_constant", "redistribute", "straighten", "climb")
        return {name: getattr(self, name) for name in names} | {"max_steps": self.steps}


@dataclass(frozen=True)
class Spectra(_Settings):
    """Spectra at trained networks, drawn by the seed; steps : of L-BFGS before the spectra.

    models : how many, None for as many as the paper has paths, or all where they are fewer.
    """

    models: int | None = _setting(
        None, help="Networks; by default 100, or all where they are fewer."
    )
    steps: int = _setting(0, least=0, help="Steps of L-BFGS before, nearer to the minimum.")
    seed: int = _setting(1, least=0, help="Of starts and noise, or choice.")
