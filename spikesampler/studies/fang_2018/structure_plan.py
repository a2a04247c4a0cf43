"""Structure against power where they differ: which runs, and what is kept of them.

At theta_0 = 3 all weights are small, e^w is near 1, and noise of variance N alpha e^w is nearly the
same for all synapses. Here theta_0 is 0 to 1, so that w = exp(theta - theta_0) is of order 1. All
else follows from three criteria. They were fixed before any of these runs, after a pilot of another
seed (101), in which the model's own bound let a few synapses undo what all others learnt:

bound  no input is expected to be stronger than the strongest that there is: alpha e^w <= 1.5, the
       mean post-synaptic potential at 82 Hz being 1.48.
sigma  the model's own prior sd, 1, spreads w widest, and puts a part of the synapses on the bound;
       half of it, with the model's own bound, leaves 1 in 200 there.
b      one event changes the u of its neuron by as much as in the model as it is: b N mean of
       w^2 (x - alpha e^w)^2 over synapses at the start, and over stimuli. So the noise of `weight`
       is, beside what is learnt, about as strong as there. As runs are half as long as the paper's,
       noise of three times the variance is asked, too: where noise costs nothing, equal is no news.

From the plateau nothing is to be seen: escape happens at w near 0, where the amplitude is the same
for all synapses whatever theta_0 is.
"""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from spikesampler.experiments.compare import compare
from spikesampler.experiments.comparison_result import Comparison, run_folder
from spikesampler.experiments.run_result import Result
from spikesampler.language.evaluator import synapse_functions
from spikesampler.language.model import load_model
from spikesampler.stats.courses import LATE
from spikesampler.studies.study import Part, Work

__all__ = ["ARMS", "HOT", "LATE", "NAME", "PARTS", "SETTINGS", "Setting", "late_means", "spread_of"]

NAME = "fang_2018_structure"
START = "prior"
FALLING = "2*b/intensity"  #: weak where the noise of `weight` is strong
HOT = "noise_scale=3"
#: label: text
ARMS = {
    "none": "none",
    "constant": "constant",
    "weight": "weight",
    "constant_matched": "constant_matched",
    "constant_following": "constant_following",
    "falling:match=weight": f"falling={FALLING}:match=weight",
    "falling:follow=weight": f"falling={FALLING}:follow=weight",
    f"weight:{HOT}": f"weight:{HOT}",
    f"constant_following:{HOT}": f"constant_following:{HOT}",
    f"falling:follow=weight:{HOT}": f"falling={FALLING}:follow=weight:{HOT}",
}
TINY = {"I": 100, "K": 3, "D": 2}
FULL = {"seeds": 10, "samples": 20_000, "probe_every": 400, "probe_samples": 120}
QUICK = {"seeds": 2, "samples": 100, "probe_every": 50, "probe_samples": 50, "test_samples": 50}


class Setting(NamedTuple):
    """Parameters of the model in which a setting differs from it; b in 1/s."""

    theta_0: float
    sigma: float
    intensity_max: float
    b: float

    @property
    def label(self) -> str:
        """Its name in tables."""
        return f"θ₀ = {self.theta_0:g}, σ = {self.sigma:g}"


SETTINGS = (
    Setting(0.0, 1.0, 1.5, 1.0e-6),
    Setting(0.5, 1.0, 1.5, 1.7e-6),
    Setting(1.0, 1.0, 1.5, 3.5e-6),
    Setting(0.5, 0.5, 5.0, 1.1e-6),
    Setting(3.0, 1.0, 5.0, 1.0e-4),  # the model as it is
)


def gather(
    work: Work, seeds: int, chosen: dict[str, Any] | None = None, **sizes: Any
) -> xr.Dataset:
    """Run what is missing; one dataset over (setting, arm, seed, probe).

    chosen : parameters of all settings. sizes : samples, probe_every and so on, of `compare`.
    """
    parts = []
    for setting in SETTINGS:
        folder = work.runs / f"theta_0={setting.theta_0:g}-sigma={setting.sigma:g}"
        comparison = compare(
            "fang_2018",
            arms=list(ARMS.values()),
            start=[START],
            set=setting._asdict() | (chosen or {}),
            seeds=work.count(seeds),
            first_seed=work.seed,
            record="none",
            workers=work.workers,
            out=folder,
            resume=True,
            **sizes,
        )
        parts.append(kept(comparison))
    labels = xr.Variable("setting", [setting.label for setting in SETTINGS])
    dataset = xr.concat(parts, labels, combine_attrs="override")
    for name in Setting._fields:
        dataset[name] = "setting", [getattr(setting, name) for setting in SETTINGS]
    return dataset


def kept(comparison: Comparison) -> xr.Dataset:
    """What is kept of one setting, over (arm, seed, probe)."""
    of = comparison.dataset
    names = ["probe_accuracy", "test_accuracy", "escape_seconds", "escaped"]
    names += [name for name in ("averaged_accuracy", "averaged_log_loss") if name in of]
    dataset = of[names].rename(sample_block="probe").reset_coords(drop=True)
    dataset = dataset.assign_coords(probe=of["probe_time"].values, arm=of["arm"], seed=of["seed"])
    dataset["probe"].attrs = {"units": "s", "long_name": "time of the probe"}
    dataset["chance"], dataset["threshold"] = of.attrs["chance"], of.attrs["escape_threshold"]
    spreads = [
        [
            spread_of(Result(comparison.folder / run_folder(str(arm), START, int(seed))))
            for seed in of["seed"].values
        ]
        for arm in of["arm"].values
    ]
    for number, (name, about) in enumerate(
        (
            ("amplitude_cv", "coefficient of variation of sqrt(N alpha e^w) over the synapses"),
            ("power", "mean of N alpha e^w over the synapses"),
            ("median_w", "median of w"),
            ("on_bound", "part of the synapses on the upper bound of theta"),
        )
    ):
        values = np.array([[run[number] for run in row] for row in spreads], "f4")
        dataset[name] = ("arm", "seed", "probe"), values, {"units": "1", "long_name": about}
    return dataset


def spread_of(result: Result) -> np.ndarray:
    """(4, probe): variation of the amplitude, power, median w and part on the bound, at probes."""
    p, theta = result.values, result.learning["theta"].values
    rule = load_model("fang_2018").rule
    of_synapses = synapse_functions(rule, p, theta, wanted=["w", "intensity"])
    w, intensity = of_synapses["w"], of_synapses["intensity"]
    power = p["N"] * intensity
    amplitude = np.sqrt(power)
    variation = amplitude.std(axis=(1, 2)) / amplitude.mean(axis=(1, 2))
    top = intensity > p["intensity_max"] * (1 - 1e-9)
    means = power.mean(axis=(1, 2)), np.median(w, axis=(1, 2)), top.mean(axis=(1, 2))
    return np.array([variation, *means])


def late_means(
    dataset: xr.Dataset, name: str = "probe_accuracy", arm: str | None = None
) -> xr.DataArray:
    """A variable of each run, of all arms or one, as the mean of its probes in the last LATE s."""
    values = dataset[name] if arm is None else dataset[name].sel(arm=arm)
    times = dataset["probe"]
    return values.sel(probe=times > times[-1] - LATE).mean("probe")


PARTS = {
    NAME: Part(gather, FULL, QUICK | {"chosen": TINY}, resumes=True, minutes=80.0),
}
