"""The comparisons that ask what Fang, Yu & Chen (2018) claim.

They claim almost 20 % higher accuracy with noise, in learning and in test.

Their arms, seeds and settings were fixed before they ran:

study      the paper's network and time, all arms, noise scales and schedules, from both starts
early      the first 400 s from `prior`, probed every 4 s: who escapes first where everybody
           escapes soon
step       learning rates b from 1e-5 to 1e-3 /s: how much of the online accuracy is the label's
           leak
posterior  `weight_posterior` with b divided by N alpha e^w at w = 0, so that it moves about as
           fast as the other arms
digits     the same comparison on scikit-learn's digits, a stand-in for MNIST and CIFAR-10
"""

from typing import TYPE_CHECKING, Any

from spikesampler.experiments.compare import compare
from spikesampler.studies.study import Part, Work

if TYPE_CHECKING:
    import xarray as xr

ARMS = ("none", "constant", "weight", "weight_literal", "constant_matched", "weight_posterior")
STARTS = ("prior", "plateau")
SCALED = ("weight", "constant_matched")
SCALES = ("0.1", "0.3", "1", "3")
SCHEDULED = ("weight", "constant_matched", "constant")
STEPS = ("1e-5", "3e-5", "1e-4", "3e-4", "1e-3")  # b in 1/s
OWN_STEP = "1e-4"  # the model's, which `study` has
#: 1e-4 / (N alpha), N alpha = 13.5: the mobility of `weight_posterior` at w = 0
SLOW_STEP = "7.4e-6"
MINUTES = 0.3  #: of a core, about, that a run of 43 200 samples takes with its probes
TINY = {"I": 100, "K": 3, "D": 2}


def scaled(arm: str, scale: str) -> str:
    """The arm with noise of this scale; 1 is its own."""
    return arm if float(scale) == 1 else f"{arm}:noise_scale={scale}"


#: arms of `study` whose p are corrected together
FAMILIES = {
    "arms": ARMS,
    **{arm: ("none", *(scaled(arm, scale) for scale in SCALES)) for arm in SCALED},
    "schedules": (
        "none",
        *(f"{arm}:schedule={course}" for course in ("linear", "exponential") for arm in SCHEDULED),
        *SCHEDULED,
    ),
}


def smaller(dataset: "xr.Dataset") -> "xr.Dataset":
    """The dataset of a comparison with online curves in float32; what is judged stays as it is."""
    return dataset.assign(online_accuracy=dataset["online_accuracy"].astype("f4"))


def gather(work: Work, folder: str, seeds: int, **settings: Any) -> "xr.Dataset":
    """Run what is missing of a comparison in work.runs / folder; its dataset."""
    out = work.runs / folder
    comparison = compare(
        "fang_2018",
        seeds=work.count(seeds),
        first_seed=work.seed,
        record="none",
        workers=work.workers,
        out=out,
        resume=True,
        **settings,
    )
    return smaller(comparison.dataset)


def dataset_name(comparison: str) -> str:
    """The name of a comparison's dataset."""
    return f"fang_2018_{comparison}"


def _part(name: str, **settings: Any) -> Part:
    """A comparison in both forms; the quick one has a small network, two of the arms on digits."""
    full = {"folder": name, "seeds": 10, "probe_every": 500} | settings
    few = {"seeds": 2, "samples": 100, "probe_every": 50, "test_samples": 50, "probe_samples": 50}
    if name == "digits":
        quick = full | few | {"arms": ("none", "weight")}
    else:
        quick = full | few | {"set": TINY | settings.get("set", {})}
    runs = len(full["arms"]) * len(full.get("start", ("prior",))) * full["seeds"]
    minutes = MINUTES * runs * full.get("samples", 43_200) / 43_200
    return Part(gather, full, quick, resumes=True, minutes=minutes)


_ARMS = tuple(dict.fromkeys(arm for arms in FAMILIES.values() for arm in arms))
_SETTINGS: dict[str, dict[str, Any]] = {
    "study": {"arms": _ARMS, "start": STARTS},
    "early": {"arms": ARMS, "samples": 2000, "probe_every": 20},
    **{f"step_{b}": {"arms": ("none", "weight"), "set": {"b": b}} for b in STEPS if b != OWN_STEP},
    "posterior": {"arms": ("none", "weight_posterior"), "set": {"b": SLOW_STEP}},
    "digits": {"arms": ARMS, "start": STARTS, "data": "digits"},
}
PARTS = {dataset_name(name): _part(name, **settings) for name, settings in _SETTINGS.items()}
