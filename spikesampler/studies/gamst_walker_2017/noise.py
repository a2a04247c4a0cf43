"""Does noise find the minimum that Gamst & Walker (2017, arXiv:1706.07101) hid?

The noise arms of the spiking part on the weights of the 5 x 5 networks: isotropic (`constant`) and
proportional to the weight (`weight`), constant or annealed (`linear`), by temperature; on gradient
descent with momentum at a rate at which W_f is a minimum that holds. The last tenth of the steps is
without noise in all arms, so that what is compared is which basin a network is in. Found: an error
below 0.001.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.stats.counts import counted
from spikesampler.stats.intervals import Interval, wilson
from spikesampler.stats.rules import (
    NOT,
    UNDECIDED,
    Ruling,
    at_least,
    in_family,
    in_short,
    rule_text,
    said,
)
from spikesampler.stats.signs import median_interval
from spikesampler.studies.finding import Finding
from spikesampler.studies.gamst_walker_2017 import measures
from spikesampler.studies.gamst_walker_2017.figures import noise_figure
from spikesampler.studies.gamst_walker_2017.function_claims import CLOSE
from spikesampler.studies.gamst_walker_2017.paper import paper
from spikesampler.studies.gamst_walker_2017.return_curve import return_curve
from spikesampler.studies.gamst_walker_2017.summary import returned
from spikesampler.studies.gamst_walker_2017.training import final_errors
from spikesampler.studies.gamst_walker_2017.training_folder import train_or_load
from spikesampler.studies.study import Work

__all__ = [
    "STUDY",
    "deciding",
    "draw",
    "facts",
    "findings",
    "gather",
    "median_error",
    "rulings",
    "share_returned",
]

ARMS = {  # noise and schedule, by label
    "constant, held": ("constant", "constant"),
    "constant, annealed": ("constant", "linear"),
    "weight, held": ("weight", "constant"),
    "weight, annealed": ("weight", "linear"),
}
SHOWN = {  # how readers see them
    "constant, held": "noise equal for all weights, not annealed",
    "constant, annealed": "noise equal for all weights, annealed",
    "weight, held": "noise proportional to the weight, not annealed",
    "weight, annealed": "noise proportional to the weight, annealed",
}
QUESTIONS = {  # {key: claim, what its number is, form of the number}
    "found": (
        "noise finds the hidden minimum W_f, the network made by hand",
        "gain in the share that finds W_f",
        "+.3f",
    ),
    "lower": ("noise ends at lower errors", "fall of the mean error", "+.4f"),
}
STARTS = {"glorot": "random starts", "jitter": "starts within 2 of W_f"}
KEYS = {"glorot": "random", "jitter": "near"}  #: by which rows are reached


def gather(
    work: Work, models: Sequence[int], steps: Sequence[int], temperatures: Sequence[float]
) -> xr.Dataset:
    """Final errors of every arm, temperature and start; jitters of the starts near W_f.

    models, steps : of each of STARTS.
    """
    variables = {}
    for start, number, length in zip(STARTS, models, steps):
        settings = {"models": number, "steps": length, "seed": work.seed, "start": start}
        settings["workers"] = work.workers
        without = train_or_load(work.runs, **settings).networks
        cells = []
        for (noise, schedule), temperature in product(ARMS.values(), temperatures):
            arm = {"noise": noise, "schedule": schedule, "temperature": temperature}
            cells.append(final_errors(train_or_load(work.runs, **settings, **arm).networks))
        errors = np.array(cells, np.float32).reshape(len(ARMS), len(temperatures), number)
        variables[f"{start}_error"] = (("arm", "temperature", f"{start}_network"), errors)
        none = final_errors(without).astype(np.float32)
        variables[f"{start}_none"] = (f"{start}_network", none)
    variables["jitter"] = ("jitter_network", without["jitter"].values)
    coords = {"arm": list(ARMS), "temperature": list(temperatures)}
    return xr.Dataset(variables, coords, measures.attributes(work, without, {"steps": list(steps)}))


def _arms(dataset: xr.Dataset, start: str) -> Iterator[tuple[str, np.ndarray]]:
    """Name and final errors of every arm at every temperature."""
    for arm, temperature in product(dataset["arm"].values, dataset["temperature"].values):
        errors = dataset[f"{start}_error"].sel(arm=arm, temperature=temperature).values
        yield f"{SHOWN.get(str(arm), arm)}, T = {temperature:g}", errors


def share_returned(errors: np.ndarray) -> np.ndarray:
    """Share of networks that found W_f and its 95 % interval (Wilson); of those that diverged none
    did.
    """
    share = returned(errors).mean()
    return np.array([share, *wilson(share, len(errors))])


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """Shares and median errors of all arms, by start."""
    starts = []
    for (start, text), steps in zip(STARTS.items(), dataset.attrs["steps"]):
        none, near = dataset[f"{start}_none"].values, start == "jitter"
        distance = dataset["jitter"].values if near else None
        rows = {name: _row(errors, distance) for name, errors in _arms(dataset, start)}
        about = {"text": text, "near": near, "networks": len(none), "steps": steps}
        starts.append(about | {"rows": {"none": _row(none, distance)} | rows})
    return {"level": paper()["returned"], "starts": starts}


def findings(dataset: xr.Dataset) -> list[Finding]:
    """Whether any noise finds W_f more often than none does, and whether it lowers errors."""
    found = []
    for (start, text), steps in zip(STARTS.items(), dataset.attrs["steps"]):
        number = dataset.sizes[f"{start}_network"]
        already = returned(dataset[f"{start}_none"].values).sum()
        for key, (claim, about, form) in QUESTIONS.items():
            each = rulings(dataset, start, key)
            _, ruling = deciding(each)
            found.append(
                Finding(
                    key=f"noise_{key}_{KEYS[start]}",
                    claim=f"{claim}, from {text}",
                    source="question",
                    verdict=ruling.label,
                    number=f"{about}: {_best_and_worst(each, form)}",
                    reading=f"gradient descent, rate 0.001; {steps} steps; T: that of the noise",
                    n=f"1 target function, {number} networks, each with and without noise (without "
                    f"it {already} find W_f)",
                    rule=f"{rule_text(ruling)}; the arm of the largest gain speaks, or of the "
                    "largest that is clear. As the best of several its number is likely too large: "
                    "the correction is for p alone",
                )
            )
    return found


def rulings(dataset: xr.Dataset, start: str, key: str) -> dict[str, Ruling]:
    """{arm: whether it helps, against none}, as one family."""
    none = dataset[f"{start}_none"].values
    each = {name: _helps(key, errors, none) for name, errors in _arms(dataset, start)}
    return dict(zip(each, in_family(each.values(), f"arms, {STARTS[start]}, {key}")))


def deciding(each: dict[str, Ruling]) -> tuple[str, Ruling]:
    """Name and ruling of the arm that speaks for all: one that helps, else one that may, else that
    of the largest number.
    """
    order = {NOT: 0, UNDECIDED: 1}
    return max(each.items(), key=lambda pair: (order.get(pair[1].label, 2), pair[1].estimate))


def _best_and_worst(each: dict[str, Ruling], form: str) -> str:
    """The arm that speaks, how many clearly lose, and the one that loses most."""
    best, ruling = deciding(each)
    text = f"of {len(each)} arms most with {best}, {said(ruling, form)}"
    worst = min(each, key=lambda name: each[name].estimate)
    if each[worst].estimate == ruling.estimate:
        return f"{text}; the same in all arms"
    losing = sum(one.opposite for one in each.values())
    least = f"least with {worst}, {in_short(each[worst], form)}"
    return f"{text}; {losing} of {len(each)} arms clearly lose; {least}"


def _helps(key: str, errors: np.ndarray, none: np.ndarray) -> Ruling:
    """Of networks from the same starts; one that diverged found nothing, and has the error of the
    worst.
    """
    if key == "found":
        with_noise, without = (returned(each).astype(float) for each in (errors, none))
        ruling = at_least(with_noise, without, relevant=0.05)
        if (with_noise != without).any():
            return ruling
        gain = counted(ruling, 0, len(none))  # no network gains, none loses
        return replace(gain, low=-gain.high)
    worst = np.nanmax([errors, none])
    values = (np.where(np.isnan(each), worst, each) for each in (none, errors))
    return at_least(*values, relevant=CLOSE)


def median_error(errors: np.ndarray) -> Interval:
    """Median of final errors with the interval of the sign test; of one that diverged the error is
    larger than all.
    """
    return median_interval(np.where(np.isnan(errors), np.inf, errors))


def _row(errors, distance=None):
    """What is said of one arm; half : the distance from which half of its networks return."""
    half = np.nan if distance is None else return_curve(distance, returned(errors)).half
    return {
        "share": share_returned(errors),
        "median": median_error(errors)[:3],
        "diverged": np.isnan(errors).sum(),
        "half": half if np.isfinite(half) else None,
    }


def draw(dataset: xr.Dataset) -> Figure:
    """Median errors from random starts, and shares that return to W_f, against temperature."""
    panels = {}
    for start, interval, title, ylabel in (
        ("glorot", median_error, "Random starts", "Median of the final error"),
        ("jitter", share_returned, "Starts within 2 of $W_f$", "Share that finds $W_f$"),
    ):
        rows = dataset[f"{start}_error"].values
        panels[title] = {
            "temperature": dataset["temperature"].values,
            "values": np.array([[interval(errors)[:3] for errors in row] for row in rows]).swapaxes(
                1, 2
            ),
            "none": np.array(interval(dataset[f"{start}_none"].values)[:3]),
            "labels": [SHOWN[str(arm)].removeprefix("noise ") for arm in dataset["arm"].values],
            "ylabel": ylabel,
        }
    return noise_figure(panels)


STUDY = measures.study(
    name="gamst_walker_noise",
    heading="Does noise find the hidden minimum?",
    about=__doc__,
    gather=gather,
    full={"models": (128, 256), "steps": (50_000, 20_000), "temperatures": (1e-5, 1e-4, 1e-3)},
    quick={"models": (8, 8), "steps": (100, 100), "temperatures": (1e-4,)},
    facts=facts,
    draw=draw,
    findings=findings,
    minutes=45,
    quick_help="few networks, 100 steps: whether it works",
)
