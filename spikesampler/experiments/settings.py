"""One experiment's setting, checked and resolved before anything is written: what a run folder's
manifest repeats.
"""

import os
from dataclasses import dataclass

from spikesampler import stimuli
from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.language.model import Model, load_model
from spikesampler.language.noise_arms import ARMS
from spikesampler.store.manifest import MANIFEST

STARTS = ("prior", "plateau")
ARM_OPTIONS = (
    "noise_scale",
    "schedule",
    "anneal_rate",
    "replicate",
)  #: what an arm's text may say about its noise
RECORDS = ("all", "windows", "none")
SAMPLES = 43_200  #: 2.4 h of 200 ms samples (Fang et al. 2018)
PROBE_EVERY = (
    1_000  #: learning samples between probes of a long run; a short one is probed ten times
)


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
    replicate: int = 0
    fixed_K: bool = False

    @property
    def start_name(self):
        """The start in one word: prior, plateau, or the name of the folder whose weights it takes
        over.
        """
        return os.path.basename(self.start)

    @property
    def title(self):
        """A few words that name the run."""
        return f"{self.model.name} {self.arm} {self.start_name} seed {self.seed}"

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
            "replicate",
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
    replicate=0,
):
    """Check every argument of a run and return its Settings; InputError says what was given and
    what was expected.
    """
    if set is not None and not hasattr(set, "items"):
        raise InputError(
            f"set={set!r}: expected a dict of parameters by name, such as {{'rho': '100*Hz'}}"
        )
    model = spiking_model(model, **(set or {}))
    arm, options = parse_arm(model.noise if noise is None else noise)
    replicate = whole_number("replicate", options.pop("replicate", replicate), 0, 10**9)
    if options:
        model = load_model(model, **options)
    start = _start(start)
    _one_of("record", record, RECORDS)
    _one_of("engine", engine, ("fast", "reference"))
    samples = whole_number("samples", samples, 1, 10**9)
    if probe_every is None:
        probe_every = min(PROBE_EVERY, max(100, samples // 10))
    probe_every, probe_samples = (
        whole_number("probe-every", probe_every, 1, 10**9),
        whole_number("probe-samples", probe_samples, 1, 10**9),
    )
    test_samples = whole_number("test-samples", test_samples, 1, 10**9)
    seed = whole_number("seed", seed, 0, 2**63 - 1)
    return Settings(
        model,
        arm,
        start,
        samples,
        test_samples,
        seed,
        stimuli.absolute(data),
        record,
        probe_every,
        probe_samples,
        engine,
        replicate,
        fixed_K="K" in model.overridden,
    )


def spiking_model(name, **overrides):
    """`load_model` of a model with spikes; InputError for a paper without."""
    model = load_model(name, **overrides)
    if model.network:
        raise InputError(
            f"{model.name} has no spikes; expected a spiking model such as fang_2018: networks of"
            " this paper are trained by `spikesampler landscape train`"
        )
    return model


def parse_arm(text):
    """The noise arm and its options of a text such as "weight" or
    "weight:noise_scale=0.3:schedule=linear".

    Options are the parameters of the noise (ARM_OPTIONS); `replicate` is another draw of all random
    numbers of the network, with the same stimuli, order and start. Gives (arm, {option: text}).
    """
    arm, *given = str(text).split(":")
    _one_of("noise arm", arm, ARMS)
    allowed, options = ARM_OPTIONS if ARMS[arm].variance else ("replicate",), {}
    for option in given:
        name, sign, value = option.partition("=")
        if not sign or not value.strip() or name.strip() not in allowed or name.strip() in options:
            raise InputError(
                f"noise arm {text}: '{option}' is not an option; expected {arm}:NAME=VALUE, each"
                f" once, NAME one of {', '.join(allowed)}"
            )
        options[name.strip()] = value.strip()
    if "replicate" in options:
        try:
            options["replicate"] = int(options["replicate"])
        except ValueError:
            raise InputError(
                f"noise arm {text}: replicate={options['replicate']}: expected a whole number"
            ) from None
    return arm, options


def _start(start):
    """A name of STARTS, or the absolute path of the folder of a run whose final weights are taken
    over.
    """
    if str(start) in STARTS:
        return str(start)
    if not os.path.isfile(os.path.join(str(start), MANIFEST)):
        raise InputError(
            f"unknown start '{start}'; expected one of {', '.join(STARTS)}, or the folder of a"
            " finished run"
        )
    return os.path.abspath(start)


def _one_of(what, value, allowed):
    if value not in tuple(allowed):
        raise InputError(f"unknown {what} '{value}'; expected one of {', '.join(allowed)}")
