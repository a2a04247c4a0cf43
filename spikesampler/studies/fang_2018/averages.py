"""What does noise buy a network that averages over theta?

Fang, Yu & Chen (2018) say that the network samples networks from a posterior. Then its answer is a
mean over samples of theta, not one of them. Here 100 snapshots are kept evenly over the second half
of learning, and the answers of the last, of 2, 5, 10, 20, 50 and all of them are averaged; of five,
at other spacings too, against the autocorrelation time of theta. All that is averaged answers the
same test samples on the same input spikes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.experiments.averages import MEASURES, score_of
from spikesampler.experiments.compare import compare
from spikesampler.experiments.comparison_result import Comparison
from spikesampler.experiments.run_result import Result
from spikesampler.studies.fang_2018.comparison_plan import ARMS, SLOW_STEP, STARTS, TINY
from spikesampler.studies.study import Part, Work

__all__ = ["NAME", "PARTS", "answers_of_mean", "gather"]

NAME, AUDIT = "fang_2018_averages", "fang_2018_averages_audit"
#: noise that is taken away while the network learns, linearly to nothing at the end
ANNEALED = ("weight:schedule=linear", "constant_matched:schedule=linear")
#: of an independent program's table; one of them learns at SLOW_STEP
AUDIT_ARMS, AUDIT_SLOW = ("none", "constant", "constant_matched", "weight"), "weight_posterior"
FEW = 5  #: snapshots whose spacing is varied
SPACINGS = (1, 2, 5, 10, 20)  #: in snapshots
SYNAPSES = 20  #: whose theta is followed
EVERY = 5  #: grid steps: theta is looked at once a second
MEASURED = ("accuracy", "log_loss", "calibration_error")
POINT = ("arm", "start", "seed")
MINUTES = 0.45  #: of a core that a run takes, about


def answers_of_mean(answers: np.ndarray, number: int, spacing: int) -> np.ndarray:
    """The mean (n, C) of so many snapshots' answers (S, n, C), the last of them and before it every
    `spacing`-th.
    """
    chosen = len(answers) - 1 - spacing * np.arange(number)
    return answers[chosen].mean(axis=0)


def numbers_of(average: int) -> list[int]:
    """How many snapshots are averaged: those of 1, 2, 5, 10, … that divide the number there is."""
    return [n for n in (1, 2, 5, 10, 20, 50, 100) if average % n == 0]


def spacings_of(average: int) -> list[int]:
    """Spacings at which FEW snapshots fit into those that there are."""
    return [spacing for spacing in SPACINGS if (FEW - 1) * spacing < average]


def measured(result: Result) -> dict[str, np.ndarray]:
    """What the dataset has of one run, by name."""
    learning = result.learning
    answers = learning["snapshot_answers"].values.astype(float)
    labels, average = learning["test_label"].values, len(answers)
    of_numbers = [
        score_of(answers_of_mean(answers, n, average // n), labels) for n in numbers_of(average)
    ]
    of_spacings = [
        score_of(answers_of_mean(answers, FEW, spacing), labels) for spacing in spacings_of(average)
    ]
    found = {name: values for name, values in zip(MEASURED, np.array(of_numbers).T)}
    found |= {f"{name}_spaced": values for name, values in zip(MEASURED, np.array(of_spacings).T)}
    kept = [stats.reliability(each, labels) for each in (answers[-1], answers.mean(axis=0))]
    found |= {
        f"reliability_{name}": np.nan_to_num([getattr(each, name) for each in kept])
        for name in stats.Reliability._fields
    }
    found |= {name: np.array(learning.attrs[name]) for name in MEASURES if "mean_theta" in name}
    return found | {"theta_seconds": np.array(theta_seconds(result))}


def theta_seconds(result: Result) -> float:
    """Autocorrelation time in s of theta over the second half of learning: median over synapses.

    nan where none of them moves.
    """
    theta = result.trajectories["theta"]
    half = theta.isel(time=slice(theta.sizes["time"] // 2, None, EVERY))
    step = float(half["time"][1] - half["time"][0])
    times = stats.autocorrelation_times(half.values)
    known = times[np.isfinite(times)]
    return step * float(np.median(known)) if known.size else float("nan")


def gather(work: Work, folder: str, slow: str = "", **settings: Any) -> xr.Dataset:
    """Run what is missing in work.runs / folder; MEASURED (arm, start, seed, number) and _spaced
    (…, spacing), reliability_… (arm, start, answer, bin) of all seeds, theta_seconds (arm, start,
    seed), and scores of the mean theta.

    slow : an arm more, which learns with b = SLOW_STEP. settings : seeds, average, others of
    `compare`.
    """
    dataset = _of_arms(work, folder, **settings)
    if not slow:
        return dataset
    chosen = dict(settings.get("set", {})) | {"b": SLOW_STEP}
    slower = _of_arms(work, f"{folder}_slow", **(settings | {"arms": (slow,), "set": chosen}))
    slower = slower.assign_coords(arm=[f"{slow}, b = {SLOW_STEP}"])
    return xr.concat([dataset, slower], "arm", combine_attrs="override")


def _of_arms(work: Work, folder: str, seeds: int, average: int, **settings: Any) -> xr.Dataset:
    """The dataset of a comparison, of which what is missing is run."""
    comparison = compare(
        "fang_2018",
        seeds=work.count(seeds),
        first_seed=work.seed,
        average=average,
        record="none",
        record_synapses=SYNAPSES,
        workers=work.workers,
        out=work.runs / folder,
        resume=True,
        **settings,
    )
    return dataset_of(comparison, average)


def dataset_of(comparison: Comparison, average: int) -> xr.Dataset:
    """The dataset of a finished comparison with averages."""
    arms, starts, seeds = comparison.arms, comparison.starts, comparison.seeds
    found = [
        [[measured(comparison.result(arm, seed, start)) for seed in seeds] for start in starts]
        for arm in arms
    ]
    tails = {name: ("number",) for name in MEASURED}
    tails |= {f"{name}_spaced": ("spacing",) for name in MEASURED}
    tails |= {f"reliability_{name}": ("answer", "bin") for name in stats.Reliability._fields}
    variables: dict[str, tuple] = {}
    for name in found[0][0][0]:
        values = np.array([[[run[name] for run in runs] for runs in of_arm] for of_arm in found])
        unit = "s" if name == "theta_seconds" else "nat" if "log_loss" in name else "1"
        variables[name] = ((*POINT, *tails.get(name, ())), values, {"units": unit})
    dataset = xr.Dataset(
        _pooled(variables),
        coords={
            **dict(zip(POINT, (arms, starts, seeds))),
            "number": ("number", numbers_of(average), {"long_name": "snapshots in the mean"}),
            "spacing": (
                "spacing",
                spacings_of(average),
                {"long_name": "snapshots from one to the next of five"},
            ),
            "answer": ["last snapshot", "mean"],
        },
        attrs={name: value for name, value in comparison.dataset.attrs.items() if name != "start"},
    )
    learnt = comparison.result(arms[0], seeds[0], starts[0]).learning
    between = np.diff(learnt["snapshot_samples"].values[-2:])[0]
    return dataset.assign_attrs(snapshot_seconds=float(between * learnt["time"].values[1]))


def _pooled(variables: Mapping[str, tuple]) -> dict[str, tuple]:
    """Reliability of all seeds' answers together: counts are added, means weighted by them."""
    names = stats.Reliability._fields
    parts = stats.Reliability(*(variables[f"reliability_{name}"][1] for name in names))
    together, dims = stats.pooled(parts, axis=2), ("arm", "start", "answer", "bin")
    return dict(variables) | {
        f"reliability_{name}": (dims, getattr(together, name), {"units": "1"}) for name in names
    }


def _part(folder: str, minutes: float, quick_arms: Sequence[str], **settings: Any) -> Part:
    """A part with its own folder of runs; its quick form has fewer arms."""
    few = {"seeds": 2, "samples": 100, "probe_every": 50, "test_samples": 50, "probe_samples": 20}
    quick = settings | few | {"set": TINY, "average": 20, "arms": quick_arms}
    return Part(gather, {"folder": folder} | settings, {"folder": folder} | quick, True, minutes)


PARTS = {
    NAME: _part(
        "averages",
        MINUTES * len((*ARMS, *ANNEALED)) * len(STARTS) * 10,
        ("none", "constant", "weight", "constant_matched", ANNEALED[0]),
        arms=(*ARMS, *ANNEALED),
        start=STARTS,
        seeds=10,
        samples=43_200,
        average=100,
    ),
    AUDIT: _part(
        "averages_audit",
        0.2 * (len(AUDIT_ARMS) + 1) * 4,
        ("none", "weight"),
        arms=AUDIT_ARMS,
        slow=AUDIT_SLOW,
        start=("prior",),
        seeds=4,
        samples=20_000,
        test_samples=500,
        average=20,
    ),
}
