"""What sharpness along training says of each half of the claim, and the controls beside it."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from spikesampler.stats import rules
from spikesampler.studies.finding import Finding, either_way
from spikesampler.studies.kulikovskikh_2021.edge_data import ARMS, AT_ONCE, SIGMOID
from spikesampler.studies.kulikovskikh_2021.edge_measures import (
    CELLS,
    EDGE,
    at_edge,
    harvested_arm,
    nearer,
)

__all__ = ["findings", "hurry"]

PLACE = "Kulikovskikh & Legović 2021, section 3"
FREE = ARMS[0]
RELEVANT = 1.0  #: %: the smallest change that matters, our choice
HALF = 50.0  #: %
SHARE, CHANGE = "%", "points"  #: units: of a share of trainings, and of a difference of shares


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row per claim and mode: steps on the whole set, for which the edge is defined, first."""
    return [row for mode in dataset["mode"].values for row in _of_mode(dataset, str(mode))]


def _of_mode(dataset, mode) -> Iterator[Finding]:
    here, key = dataset.sel(mode=mode), "" if mode == "whole set" else "_batches"
    asked = _asked(here)
    rulings = rules.in_family([ruling for *_, ruling, _ in asked], f"edge, {mode}")
    for (name, claim, source, _, unit), ruling in zip(asked, rulings):
        beside = medians(here, ARM_OF[name], place_of(here, name)) if name in ARM_OF else ""
        yield Finding(
            name + key,
            claim,
            source,
            ruling.label,
            rules.said(ruling, "+.1f" if unit == CHANGE else ".1f", unit) + beside,
            f"{mode}; {dataset.sizes['task']} sets, steps of"
            f" {' and '.join(f'{rate:g}' for rate in dataset['rate'].values)}, r from"
            f" {float(dataset['r'][0]):g} to {float(dataset['r'][-1]):g}; second half of training",
            f"{dataset.sizes['run']} runs, each with its own data and start",
            rules.rule_text(ruling, unit),
        )


#: {key: arm} of the rows of what r does; those whose key ends so are of the largest r
ARM_OF = {"push": FREE, "push_step": SIGMOID, "push_far": FREE, "push_step_far": SIGMOID}


def place_of(here: xr.Dataset, key: str) -> int:
    """Where the r of such a row is: in the middle, the paper's, or last."""
    return -1 if key.endswith("far") else here.sizes["r"] // 2


def median_edges(here: xr.Dataset, arm: str, place: int) -> tuple[float, float]:
    """Median η λ/2 over sets, steps and runs of an arm, at the least r and at another."""
    values = here["edge"].sel(arm=arm)
    least, other = (float(values.isel(r=at).median()) for at in (0, place))
    return least, other


def medians(here: xr.Dataset, arm: str, place: int) -> str:
    least, other = median_edges(here, arm, place)
    return f"; η λ/2, which is 1 at the edge, has medians of {least:.2g} and {other:.2g}"


def _asked(here):
    """[(key, claim, source, ruling, unit)] of one mode."""
    growth, edge, harvested = here["r"].values, here["edge"], harvested_arm(here)

    def share(measure, arm):
        return 100 * measure.sel(arm=arm).mean(CELLS).values

    def more(measure, first, second=FREE):
        arms = (share(measure, arm) for arm in (first, second))
        return rules.at_least(*arms, relevant=RELEVANT)

    def pushed(key):
        arm, r = ARM_OF[key], growth[place_of(here, key)]
        who, source = (
            ("with growth", PLACE)
            if arm == FREE
            else ("with a sigmoid of as large a step", "control")
        )
        claim = (
            f"{who} most trainings are nearer the edge at r = {r:.3g} than at r = {growth[0]:.3g}"
        )
        ruling = rules.at_least(100 * nearer(edge, arm, r), least=HALF).cut(0, 100)
        return key, claim, source, ruling, SHARE

    there, band = at_edge(edge), f"η λ/2 of {EDGE[0]} to {EDGE[1]}"
    asked = [
        *map(pushed, ARM_OF),
        ("reach", f"growth takes most trainings to the edge, {band}", PLACE,
         rules.at_least(share(there, FREE), least=HALF).cut(0, 100), SHARE),
        ("fix", f"harvest fixes it: with {harvested} most trainings are at the edge", PLACE,
         rules.at_least(share(there, harvested), least=HALF).cut(0, 100), SHARE),
        ("fix_more", "harvest fixes it: a larger share of trainings is at the edge with"
         f" {harvested} than without harvest", PLACE, more(there, harvested), CHANGE),
        ("generalise", f"harvest generalises better: test accuracy is higher with {harvested} than"
         " without harvest", PLACE, more(here["test"], harvested), CHANGE),
        ("corner", f"harvest makes the loss rise, as at a corner: at a larger share of epochs with"
         f" {harvested} than without harvest", "question", more(here["rising"], harvested), CHANGE),
    ]  # fmt: skip
    if harvested != AT_ONCE:
        claim = f"a larger share of trainings is at the edge with {AT_ONCE} than without harvest"
        asked.append(("fix_at_once", claim, "control", more(there, AT_ONCE), CHANGE))
    return asked


def hurry(dataset: xr.Dataset) -> list[str]:
    """What was asked, what came out, under which reading, what the controls say, how surely."""
    rows = {row.key: row for row in findings(dataset)}
    number = {key: row.number.partition(", p ")[0] for key, row in rows.items()}
    begins = 0 if harvested_arm(dataset) == AT_ONCE else 1
    count = int(np.prod([dataset.sizes[name] for name in (*CELLS, "run")]))
    whole = dataset.sel(mode="whole set")
    asked = {key: ruling for key, _, _, ruling, _ in _asked(whole)}
    rises = either_way(asked["corner"], "{} points higher", "{} points lower", ".1f")
    better = either_way(asked["generalise"], "{} points higher", "{} points lower", ".1f")
    least, paper = median_edges(whole, FREE, place_of(whole, "push"))
    return [
        "Growth is said to take training to the edge of stability, where the step times the"
        " sharpness of the loss is 2, and harvest is said to hold it there.",
        f"On the whole set {number['reach']} of trainings without harvest are at the edge and"
        f" {number['fix']} with it: that growth takes training to the edge is"
        f" {rows['reach'].verdict}, that harvest holds it there, {rows['fix'].verdict}.",
        f"Sharpness times step is nearer the edge at the paper's r than at the least in"
        f" {number['push']} of trainings, and for the control, a sigmoid with as large a step, in"
        f" {number['push_step']}; its median without harvest goes from {1 / least:.0f} to"
        f" {1 / paper:.0f} times below the edge.",
        f"With harvest the share of epochs in which the loss rises is {rises} than without it, and"
        f" test accuracy is {better}; with batches of 75 {number['fix_batches']} of trainings with"
        " harvest are at the edge.",
        f"These are {count} trainings of each method, five ReLUs on {dataset.sizes['task']} sets"
        f" with the paper's share of harvest from T = {begins} on{', a control,' * (not begins)} in"
        f" {dataset.sizes['run']} independent runs, over which the intervals are; what counts as at"
        f" the edge in the second half, η λ/2 of {EDGE[0]} to {EDGE[1]}, is our choice.",
    ]
