"""What follows from the numbers of line, bump, flat places and momentum, by rule.

Another dataset gets other words; those on quadratics of every condition are in `condition_rules`.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from spikesampler.studies.optimisation_primer.lecture import (
    PRINTED_CONDITION,
    PRINTED_FIT,
    Z,
    lecture_gradient,
)
from spikesampler.studies.optimisation_primer.numbers import numbers

TIMES = 10  # what is "much more"
MANY = 30  # time constants 1/(1 − β) on the way, from which on momentum has its whole effect


def listed(words: Iterable[str], none: str = "none") -> str:
    """a, b and c."""
    *first, last = list(words) or [none]
    return f"{', '.join(first)} and {last}" if first else last


# ---- line, bump and step


def same_fit(dataset: xr.Dataset) -> bool:
    """Whether the line is the lecture's, to two digits."""
    return np.abs(dataset["line_best"].values - PRINTED_FIT).max() < 0.005


def same_condition(dataset: xr.Dataset) -> bool:
    """Whether the largest κ is the one that the lecture calls not uncommon."""
    return dataset["condition"].values[-1] == PRINTED_CONDITION


def expansion(dataset: xr.Dataset) -> dict[str, bool]:
    """Whether the expansion with ½ misses rounding alone, less than that without, and whether that
    without misses a power of 2, as if there were no second-order term.
    """
    whole, bare = numbers(dataset)["taylor_line"]
    return {
        "exact": whole < 1e-12,
        "lacking": whole < bare,
        "useless": numbers(dataset)["slopes"][1] < 2.5,
    }


def equations_hold(dataset: xr.Dataset) -> str:
    """For which d the lecture's equations are right to 10⁻¹⁰."""
    right = dataset["equation_error"].values < 1e-10
    if right.all():
        return "for every d here"
    where = [f"d = {d:g}" for d in dataset["offset_d"].values[right]]
    return f"for {listed(where)} only" if where else "for no d here"


def ending(step: float, loss: float, place: Sequence[float], least: float) -> tuple[str, str]:
    """How a descent of the bump ends, as (kind, words), from its last loss and place (a, b), and
    the least loss.

    "found": loss within 1 % of the least. "lost": within 10⁻⁶ of Σ z², the loss without a bump, and
    gradient below 10⁻⁶. Else "neither".
    """
    bare, slope = (Z**2).sum(), np.abs(lecture_gradient(*place, -1.0)).max()
    if abs(loss - least) <= 0.01 * least:
        return "found", f"α = {step:.2g} ends in it (loss {loss:.4f})"
    if abs(loss - bare) <= 1e-6 * bare and slope < 1e-6:
        return "lost", (
            f"α = {step:.2g} is thrown out to b = {place[1]:.1f}, where the bump has no part in"
            f" the data: loss {loss:.2f} = Σ z², gradient 0, and no way back"
        )
    return "neither", f"α = {step:.2g} does not end in it (loss {loss:.3g})"


def endings(dataset: xr.Dataset) -> tuple[bool, str]:
    """Whether some descent of the bump does not find the minimum; how all end, in words."""
    descents = zip(
        dataset["plane_step"].values,
        dataset["plane_path_loss"].values[:, -1],
        dataset["plane_path"].values[:, -1],
    )
    kinds, words = zip(*(ending(*descent, float(dataset["plane_least"])) for descent in descents))
    return set(kinds) != {"found"}, listed(words)


def valley(dataset: xr.Dataset) -> dict[str, bool]:
    """Of all four parameters: whether every loss fell to 0 (below 10⁻²⁰), every Hessian has an
    eigenvalue of 0 (below 10⁻⁸), and descents end apart.
    """
    losses, curvature, ends = (
        dataset[f"bump_{name}"].values for name in ("loss", "curvature", "end")
    )
    return {
        "fallen": (losses[:, -1] < 1e-20).all(),
        "flat": (np.abs(curvature).min(axis=1) < 1e-8).all(),
        "apart": np.ptp(ends, axis=0).max() > 0.01,
    }


def overshoots(dataset: xr.Dataset) -> bool:
    """Whether the 1st step crosses the valley and the 2nd ends further out."""
    across = numbers(dataset)["across"]
    return across[1] * across[0] < 0 and abs(across[2]) > abs(across[0])


# ---- flat places


def flat_time(dataset: xr.Dataset) -> str:
    """Whether leaving is a matter of time: all runs get out within the budget."""
    steps = [dataset[f"{place}_steps"].values for place in ("plateau", "saddle")]
    total, left = sum(s.size for s in steps), sum((s >= 0).sum() for s in steps)
    if left == total:
        return "it is a matter of time"
    return f"it may be: {total - left} of {total} runs did not get out"


def steps_as_inverse(dataset: xr.Dataset) -> bool:
    """Whether α·steps without momentum agree to 10 %, of runs that get out."""

    def agree(place):
        steps = dataset[f"{place}_steps"].values[:, 0]
        moved = (steps * dataset[f"{place}_step"].values)[steps > 0]
        return moved.max(initial=0) <= 1.1 * moved.min(initial=np.inf)

    return agree("plateau") and agree("saddle")


def momentum_gain(dataset: xr.Dataset) -> str:
    """What momentum does on flat places, in words.

    Share of the factor 1/(1 − β): (steps without)/(steps with momentum)·(1 − β). All of it is 0.8
    or more.
    """
    steps = np.concatenate([dataset[f"{p}_steps"].values for p in ("plateau", "saddle")])
    steps = np.where(steps < 0, np.nan, steps)
    rest = 1 - dataset["momentum_value"].values[1:]
    share, way = steps[:, :1] / steps[:, 1:] * rest, steps[:, 1:] * rest
    known = np.isfinite(share)
    share, long = share[known], way[known] >= MANY
    if np.array_equal(share >= 0.8, long) and long.any() and not long.all():
        return (
            f"Momentum helps by the factor 1/(1 − β), to {share[long].min():.2f} of it or"
            f" more, as long as the way takes many ({MANY}) times 1/(1 − β) steps; then no more."
        )
    if not len(share):
        return "What momentum does is not known."
    return f"Of the factor 1/(1 − β) momentum gives from {share.min():.2f} to {share.max():.2f}."


# ---- momentum


def _scales(dataset: xr.Dataset) -> list[str]:
    return [f"with the loss × {scale:g}" for scale in dataset["scale_value"].values]


def line_is_best(dataset: xr.Dataset) -> np.ndarray:
    """Where (scales,) the line α + β = 1 is best: a rate within 10⁻³ of the best at all."""
    return dataset["sum_best"].values <= dataset["free_rate"].values + 1e-3


def line_place(dataset: xr.Dataset) -> str:
    """Where the line α + β = 1 is best, in words."""
    best = line_is_best(dataset)
    if best.all():
        return "Everywhere"
    if not best.any():
        return "Nowhere"
    return listed(np.array(_scales(dataset))[best]).capitalize()


def momentum_much_larger(dataset: xr.Dataset) -> str:
    """Whether β ≫ α at the best pairs, in words."""
    step, momentum = dataset["free_setting"].values.T
    much = momentum >= TIMES * step
    if much.all():
        law = "holds for all of these"
    else:
        law = "is no law for the same reason" if much.any() else "holds for none of these"
    ratios = listed(f"{r:.3g} {scale}" for r, scale in zip(momentum / step, _scales(dataset)))
    return f"{law}: at the best pair β/α is {ratios}"
