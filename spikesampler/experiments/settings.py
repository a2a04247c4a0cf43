"""One experiment's setting, checked and resolved before anything is written: what a run folder's manifest repeats."""

import operator
import os
from dataclasses import dataclass

from spikesampler.errors import InputError
from spikesampler.model import Model, load_model
from spikesampler.spiking.noise import ARMS

STARTS = ("prior", "plateau")
RECORDS = ("all", "windows", "none")
SAMPLES = 43_200  #: 2.4 h of 200 ms samples (Fang et al. 2018)
PROBE_EVERY = 1_000  #: learning samples between probes of a long run; a short one is probed ten times


@dataclass(frozen=True)
class Settings:
    """Everything that decides the bits of a run, besides the program itself."""

    model: Model
    arm: str
    start: str = "prior"
    samples: int = SAMPLES
    test_samples: int = 1_000
    seed: int = 1
    data: str | None = None
    record: str = "windows"
    probe_every: int = PROBE_EVERY
    probe_samples: int = 200
    engine: str = "fast"
    fixed_K: bool = False

    @property
    def title(self):
        """A few words that name the run."""
        return f"{self.model.name} {self.arm} {self.start} seed {self.seed}"

    def facts(self):
        """The settings as JSON-able facts; two runs with equal facts are the same run."""
        names = (
            "arm",
            "start",
            "samples",
            "test_samples",
            "seed",
            "data",
            "record",
            "probe_every",
            "probe_samples",
            "engine",
        )
        chosen = {name: self.model.parameters[name].value for name in sorted(self.model.overridden)}
        model = {"model": self.model.name, "model_hash": self.model.hash, "set": chosen}
        return model | {name: getattr(self, name) for name in names}


def resolve(
    model="fang_2018",
    *,
    noise=None,
    start="prior",
    samples=SAMPLES,
    test_samples=1_000,
    seed=1,
    data=None,
    set=None,
    record="windows",
    probe_every=None,
    probe_samples=200,
    engine="fast",
):
    """Check every argument of a run and return its Settings; InputError says what was given and what was expected."""
    if set is not None and not hasattr(set, "items"):
        raise InputError(f"set={set!r}: expected a dict of parameters by name, such as {{'rho': '100*Hz'}}")
    model = load_model(model, **(set or {}))
    arm = model.noise if noise is None else noise
    _one_of("noise arm", arm, ARMS)
    _one_of("start", start, STARTS)
    _one_of("record", record, RECORDS)
    _one_of("engine", engine, ("fast", "reference"))
    samples = _count("samples", samples)
    if probe_every is None:
        probe_every = min(PROBE_EVERY, max(100, samples // 10))
    probe_every, probe_samples = _count("probe-every", probe_every), _count("probe-samples", probe_samples)
    test_samples = _count("test-samples", test_samples)
    seed = _count("seed", seed, low=0, high=2**63 - 1)
    if data is not None and not str(data).strip():
        raise InputError("data is empty: expected digits, or the path of a table or of image files")
    if data is not None and str(data) != "digits":
        data = os.path.abspath(data)
    return Settings(
        model,
        arm,
        start,
        samples,
        test_samples,
        seed,
        None if data is None else str(data),
        record,
        probe_every,
        probe_samples,
        engine,
        fixed_K="K" in model.overridden,
    )


def _one_of(what, value, allowed):
    if value not in tuple(allowed):
        raise InputError(f"unknown {what} '{value}'; expected one of {', '.join(allowed)}")


def _count(name, value, low=1, high=10**9):
    try:
        value = operator.index(value)
    except TypeError:
        raise InputError(f"{name}={value!r}: expected a whole number") from None
    if not low <= value <= high:
        raise InputError(f"{name}={value}: expected a whole number from {low} to {high}")
    return value
