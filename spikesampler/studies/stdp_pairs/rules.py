"""What the runs of `plan` say, by rules that were fixed beforehand."""

import numpy as np
import xarray as xr

from spikesampler.stats.rules import above, at_least, at_most, equivalent
from spikesampler.studies.asked import Asked, family, rows_of
from spikesampler.studies.finding import Finding, certain
from spikesampler.studies.stdp_pairs import plan
from spikesampler.studies.stdp_pairs.law import Neuron, Stationary, driven, stationary, window
from spikesampler.studies.stdp_pairs.plan import rule_of

__all__ = [
    "between",
    "crossing",
    "driven_law",
    "findings",
    "net",
    "rulings_of",
    "wall_law",
]

EXACT = 1e-12  #: of a change by one pair, which is some 0.001
ALIKE = 0.05  #: part of a drift: what counts as the same
TENTH = 0.1  #: part of a drift by which the sum of continuous time may be off
RATIO = 0.005  #: of a_minus/a_plus: how near the balance has to be found
MEAN = 0.02  #: of a mean weight, 0 to 1
DENSITY = 0.1  #: largest distance of distributions; half of it is due to few independent weights
WIDER = 0.1  #: of the spread of weights: the least that matters
MIDDLE = 0.05  #: part of the weights between 0.2 and 0.8, if they part into weak and strong
TURNED = 1.025  #: a_minus/a_plus at which steps of 1 ms turn the sign of the drift
SONG = "Song et al. 2000"


def net(drift: xr.DataArray, rate_out: float) -> np.ndarray:
    """S+ - S- in s, by seed: the slope of drifts (seed, rate_in) per second over r s."""
    rs = drift["rate_in"].values * rate_out
    return drift.transpose("seed", "rate_in").values @ rs / (rs @ rs)


def crossing(dataset: xr.Dataset, step: float) -> np.ndarray:
    """a_minus/a_plus at which weights do not drift, by seed: where a line through all is 0."""
    near = dataset["near"].sel(step=step)
    nets = [net(near.sel(ratio=ratio), plan.RATES_OUT[-1]) for ratio in plan.RATIOS]
    slope, offset = np.polyfit(plan.RATIOS, np.array(nets), 1)
    return -offset / slope


def wall_law(arm: str) -> Stationary:
    """The law of weights between walls, for outputs that fire blindly."""
    rule, pairs = rule_of(plan.OF_WALLS), plan.RATE**2
    constant = 2 * plan.B if arm == "constant" else 0.0
    growing = 2 * plan.B * plan.N if arm == "weight" else 0.0
    return stationary(pairs * rule.net, pairs * rule.squares + constant, growing)


def driven_law(arm: str) -> tuple[Stationary, float]:
    """The law of weights that drive their output, and its rate."""
    neuron = Neuron(rate_0=5.0, gain=1.0, tau_m=0.02, num_inputs=200, rate_in=plan.RATE)
    return driven(rule_of(1.05), neuron, 2e-4 if arm == "constant" else 0.0)


def between(dataset: xr.Dataset, arm: str) -> np.ndarray:
    """Part of the driven weights between 0.2 and 0.8, by seed."""
    counts = dataset["driven_counts"].sel(driven_arm=arm)
    middle = (counts["bin"] > 0.2) & (counts["bin"] < 0.8)
    return (counts.where(middle, 0).sum("bin") / counts.sum("bin")).values


def rulings_of(dataset: xr.Dataset) -> list[Asked]:
    """All questions that are tests, in order; each group is a family."""
    return [
        *family(_of_rates(dataset), "pairs, drift"),
        *family(_near_balance(dataset), "pairs, balance"),
        *family(_of_walls(dataset), "pairs, walls"),
        *family(_of_driven(dataset), "pairs, driven"),
    ]


def _of_rates(dataset: xr.Dataset) -> list[Asked]:
    """Whether drifts are those of the sums over steps, and of continuous time."""
    asked, ratio = [], plan.OF_RATES
    of = "drift over what the sum gives, less 1"
    for step in plan.STEPS:
        drift = dataset["drift"].sel(step=step)
        by_rate = {s: net(drift.sel(rate_out=s), s) for s in plan.RATES_OUT}
        where = f"steps of {step:g} ms, a_minus/a_plus = {ratio:g}"
        for s, nets in by_rate.items():
            exact = equivalent(nets / rule_of(ratio, step).net, 1.0, ALIKE)
            claim = f"outputs of {s:g} Hz: weights drift by r s times the sum over steps"
            asked.append(Asked(f"steps_{step:g}_{s:g}", claim, "control", f"{of}; {where}", exact))
        fastest = by_rate[plan.RATES_OUT[-1]]
        textbook = equivalent(fastest / rule_of(ratio, 0).net, 1.0, TENTH)
        claim = "weights drift by r s (a+ tau+ - a- tau-), to a tenth"
        asked.append(Asked(f"text_{step:g}", claim, "textbook", f"{of}; {where}", textbook))
    return asked


def _near_balance(dataset: xr.Dataset) -> list[Asked]:
    """Where the drift changes its sign, and what steps make of it."""
    asked = []
    for step in plan.STEPS:
        weak = net(dataset["near"].sel(step=step, ratio=TURNED), plan.RATES_OUT[-1])
        where = f"steps of {step:g} ms, outputs of {plan.RATES_OUT[-1]:g} Hz"
        asked += [
            Asked(
                f"weakened_{step:g}",
                f"weights are weakened where a-/a+ is {TURNED:g}",
                "textbook",
                f"drift over r s; {where}",
                at_most(1e6 * weak, most=0.0),
                "+.2f",
                "µs",
            ),
            Asked(
                f"balance_{step:g}",
                "the balance is where the sums over steps have it, at a-/a+ ="
                f" {rule_of(1.0, step).balance:.4f}",
                "control",
                f"a-/a+ without drift, less that; {where}",
                equivalent(crossing(dataset, step), rule_of(1.0, step).balance, RATIO),
                "+.4f",
            ),
        ]
    return asked


def _of_walls(dataset: xr.Dataset) -> list[Asked]:
    """Whether noise broadens the weights as its law says."""
    of, asked = dataset.sel(walls_arm=[*plan.ARMS]), []
    where = f"all rates {plan.RATE:g} Hz, a-/a+ = {plan.OF_WALLS:g}, walls at 0 and 1"
    mean = {arm: of["walls_mean"].sel(walls_arm=arm).values for arm in plan.ARMS}
    spread = {arm: of["walls_sd"].sel(walls_arm=arm).values for arm in plan.ARMS}
    for arm in plan.ARMS:
        law, what = wall_law(arm), f"`{arm}`, {where}"
        far = [law.distance(one) for one in of["walls_quantiles"].sel(walls_arm=arm).values]
        asked += [
            Asked(
                f"mean_{arm}",
                "the mean weight is that of the law",
                "control",
                f"mean weight less {law.mean:.3f}; {what}",
                equivalent(mean[arm], law.mean, MEAN),
            ),
            Asked(
                f"density_{arm}",
                "weights have the stationary density of the law",
                "control",
                f"largest distance of the distributions; {what}",
                at_most(far, most=DENSITY),
                ".3f",
            ),
        ]
    jumps = above(mean["none"], least=0.01)
    asked.append(
        Asked(
            "jumps",
            "the pairs' own jumps hold weights off the wall they drift to",
            "question",
            f"mean weight, 0.01 if it is at the wall; `none`, {where}",
            jumps,
        )
    )
    for arm in plan.ARMS[1:]:
        wider = at_least(spread[arm], spread["none"], relevant=WIDER)
        asked.append(
            Asked(
                f"wider_{arm}",
                f"noise of the arm `{arm}` broadens the weights",
                "question",
                f"standard deviation of weights, more than without; {where}",
                wider,
            )
        )
    return asked


def _of_driven(dataset: xr.Dataset) -> list[Asked]:
    """What becomes of weights that drive their output."""
    asked = []
    where = "200 inputs of 20 Hz drive outputs, all else as the model has it"
    for arm in plan.DRIVEN:
        law, _ = driven_law(arm)
        mean = dataset["driven_mean"].sel(driven_arm=arm).values
        asked.append(
            Asked(
                f"driven_mean_{arm}",
                "the mean weight is that of the law with what an input causes",
                "control: Kempter et al. 1999",
                f"mean weight less {law.mean:.3f}; `{arm}`, {where}",
                equivalent(mean, law.mean, MEAN),
            )
        )
    parted = at_most(between(dataset, "none"), most=MIDDLE)
    asked.append(
        Asked(
            "parted",
            "weights part into weak and strong ones",
            SONG,
            "part of the weights between 0.2 and 0.8; `none`, a neuron that is linear"
            f" and fires by chance, {where}",
            parted,
            ".3f",
        )
    )
    wider = at_least(
        *(dataset["driven_sd"].sel(driven_arm=arm).values for arm in plan.DRIVEN[::-1]),
        relevant=WIDER / 2,
    )
    asked.append(
        Asked(
            "driven_wider",
            "noise broadens the weights of driven outputs",
            "question",
            f"standard deviation of weights, `constant` less `none`; {where}",
            wider,
        )
    )
    return asked


def _window_row(dataset: xr.Dataset) -> Finding:
    """Whether a pair changes the weight as the window has it."""
    told = window(dataset["lag"].values, rule_of(1.05))
    off = float(np.abs(dataset["change"].values - told).max())
    lags = f"{1000 * float(dataset['lag'].min()):g} to {1000 * float(dataset['lag'].max()):g} ms"
    return certain(
        "window",
        "a pair of spikes changes the weight as the window has it",
        "control",
        off < EXACT,
        f"largest deviation {off:.0e}",
        f"{dataset.sizes['pair']} pairs of one spike each, {lags} apart",
        f"no change deviates by {EXACT:g} or more",
    )


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row for each question."""
    return [_window_row(dataset), *rows_of(rulings_of(dataset))]
