"""What follows from the steps on quadratics of every condition, by rule, in words.

deals with κ     all draws reach the largest κ, in at most 10 times the steps (median) at the
                 smallest one; as conjugate gradients need as many steps as dimensions, 10 times
                 the dimension is for them the bound
ahead            the smaller median, at the κ where both are known
"""

import numpy as np
import xarray as xr

from spikesampler.studies.optimisation_primer.numbers import middle, num_reached
from spikesampler.studies.optimisation_primer.rules import TIMES, listed

ALIGNED = ("aligned", "aligned, random start")
WHERE = {  # whether a method deals with κ where eigenvectors are axes, and where they are not
    (True, True): "of {}",
    (True, False): "of {} where the eigenvectors are the axes, and not where they are not",
    (False, True): "of {} where the eigenvectors are not the axes, and not where they are",
    (False, False): "of {} in neither case",
}


def count(number: float) -> str:
    """A number of steps: whole below a million, else to three digits."""
    return f"{number:.0f}" if number < 1e6 else f"{number:.3g}"


def shown_steps(number: float, limit: int) -> str:
    """A number of steps, or that it is more than the limit."""
    return count(number) if np.isfinite(number) else f"> {limit}"


def reached(dataset: xr.Dataset, method: str, measure: str) -> str:
    """The largest κ up to which all draws got there, rotated."""
    upto = num_reached(dataset, method, "rotated", measure)
    return f"κ = {dataset['condition'].values[upto - 1]:g}" if upto else "no κ"


def cost(dataset: xr.Dataset, method: str, orientation: str) -> str:
    """Median of steps at the smallest κ and at the largest that all draws reach."""
    last = num_reached(dataset, method, orientation, "distance") - 1
    if last < 0:
        return "not reached at any κ"
    median = middle(dataset, orientation, "distance")[method][0]
    at = dataset["condition"].values
    text = f"{count(median[0])} at κ = {at[0]:g}, {count(median[last])} at κ = {at[last]:g}"
    if last + 1 < len(at):
        text += f", beyond that not all draws in {dataset.attrs['budget']}"
    return text


def deals(dataset: xr.Dataset, method: str, orientation: str) -> bool:
    """Whether a method deals with κ, by distance: the rule at the head of this file."""
    median, _, high = middle(dataset, orientation, "distance")[method]
    conjugate = method == "conjugate gradients"
    bound = TIMES * (dataset.attrs["dimensions"] if conjugate else median[0])
    return bool(np.isfinite(high[-1]) and median[-1] <= bound)


def dealing(dataset: xr.Dataset) -> str:
    """Of which methods the lecture's sentence holds: on the axes is with equal and with random
    starts.
    """
    methods = {case: [] for case in WHERE}
    for name in ("conjugate gradients", *dataset["adaptive"].values):
        axes = all(deals(dataset, name, orientation) for orientation in ALIGNED)
        methods[axes, deals(dataset, name, "rotated")].append(name.replace(", ", " with "))
    return "; ".join(WHERE[case].format(listed(names)) for case, names in methods.items() if names)


def ahead(mine: np.ndarray, theirs: np.ndarray, condition: np.ndarray) -> str:
    """At which κ (n,) a method has fewer steps (n,) than another; inf is not reached, and not
    compared.
    """
    both = np.isfinite(mine) & np.isfinite(theirs)
    wins, at = (mine < theirs)[both], np.asarray(condition)[both]
    if not wins.any():
        return "at no κ"
    if wins.all():
        return "at every κ that both reach"
    first = int(wins.argmax())
    if wins[first:].all():
        return f"from κ = {at[first]:g} on"
    return f"at {listed(f'κ = {k:g}' for k in at[wins])} only"


def rivalry(dataset: xr.Dataset, method: str, rival: str) -> str:
    """At which κ a method is ahead of a rival, rotated."""
    spreads = middle(dataset, "rotated", "distance")
    return ahead(spreads[method][0], spreads[rival][0], dataset["condition"].values)


def growth(before: float, last: float) -> str:
    """How a cost grows by its last two exponents of κ.

    As κ, as √κ or not where the last differs from 1, ½ or 0 by at most 0.1, and is no more than 0.2
    above the one before; where it is, it has no law yet.
    """
    if not np.isfinite(last):
        return "is not known at two κ"
    if last - before > 0.2:
        return f"grows ever faster, at the end as κ to the power {last:.2f}"
    for power, text in ((1, "grows as κ"), (0.5, "grows as √κ"), (0, "does not grow")):
        if abs(last - power) <= 0.1:
            return text
    return f"grows as κ to the power {last:.2f}"


def conjugate(dataset: xr.Dataset) -> dict:
    """Of conjugate gradients, rotated: up to which κ they end in as many steps as dimensions, how
    many they need at the largest κ, and how far from the minimum they stop there.
    """
    steps = middle(dataset, "rotated", "distance")["conjugate gradients"]
    exact = np.cumprod(steps[2] <= dataset.attrs["dimensions"]).sum()
    at = dataset["condition"].values
    return {
        "exact": f"for κ up to {at[exact - 1]:g}" if exact else "at no κ",
        "steps": shown_steps(steps[0, -1], dataset.sizes["cg_k"] - 1),
        "left": np.median(dataset["conjugate"].sel(orientation="rotated").values[-1, :, -1]),
        "rounding": at[-1] * np.finfo(float).eps / 2,
    }


def damping_explains(dataset: xr.Dataset) -> bool:
    """Whether the heavy ball falls short of its rate by ln 2 / 200, to 10⁻³."""
    measured, theory = dataset["log_rate"].sel(linear_method="heavy ball").values
    return np.abs(1 - measured / theory - np.log(2) / 200).max() < 1e-3


def median_at_top(dataset: xr.Dataset, method: str, measure: str) -> str:
    """Median of steps at the largest κ, rotated."""
    steps = middle(dataset, "rotated", measure)[method][0, -1]
    return count(steps) if np.isfinite(steps) else "not reached"


def milder(dataset: xr.Dataset) -> str:
    """How much milder the loss is: the median, over methods and κ, rotated, of steps by distance
    over steps by loss; above 1 it is milder, from 1.5 on much milder.
    """
    far, near = (
        np.array([spread[0] for spread in middle(dataset, "rotated", measure).values()])
        for measure in ("distance", "loss")
    )
    known = np.isfinite(far) & np.isfinite(near)
    ratio = np.median(far[known] / near[known])
    word = "much milder" if ratio >= 1.5 else "milder" if ratio > 1 else "no milder"
    return f"{word} (steps by distance over steps by loss: {ratio:.1f}, median)"
