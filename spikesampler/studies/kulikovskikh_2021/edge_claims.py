"""What sharpness along training says of each half of the claim, and the controls beside it."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from spikesampler.stats import rules
from spikesampler.studies.finding import Finding
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
UNIT = "% of trainings"


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row per claim and mode: steps on the whole set, for which the edge is defined, first."""
    return [row for mode in dataset["mode"].values for row in _of_mode(dataset, str(mode))]


def _of_mode(dataset, mode) -> Iterator[Finding]:
    here, key = dataset.sel(mode=mode), "" if mode == "whole set" else "_batches"
    asked = _asked(here)
    rulings = rules.in_family([ruling for *_, ruling, _ in asked], f"edge, {mode}")
    for (name, claim, source, _, unit), ruling in zip(asked, rulings):
        yield Finding(
            name + key,
            claim,
            source,
            ruling.label,
            rules.said(ruling, "+.1f" if "minus" in unit or unit == "points" else ".1f", unit),
            f"{mode}; {dataset.sizes['task']} sets, steps of"
            f" {' and '.join(f'{rate:g}' for rate in dataset['rate'].values)}, r from"
            f" {float(dataset['r'][0]):g} to {float(dataset['r'][-1]):g}; second half of training",
            f"{dataset.sizes['run']} runs, each with its own data and start",
            rules.rule_text(ruling, unit),
        )


def _asked(here):
    """[(key, claim, source, ruling, unit)] of one mode."""
    growth, edge, harvested = here["r"].values, here["edge"], harvested_arm(here)
    middle, most = growth[len(growth) // 2], growth[-1]

    def share(measure, arm):
        return 100 * measure.sel(arm=arm).mean(CELLS).values

    def more(measure, first, second=FREE):
        arms = (share(measure, arm) for arm in (first, second))
        return rules.at_least(*arms, relevant=RELEVANT)

    def near(arm, r):
        return rules.at_least(100 * nearer(edge, arm, r), least=HALF).cut(0, 100)

    there, less = at_edge(edge), f"r = {growth[0]:.3g}"
    band, minus = f"η λ/2 of {EDGE[0]} to {EDGE[1]}", "% of trainings, minus those with E = 0"
    asked = [
        ("push", f"growth pushes towards the edge: nearer it at r = {middle:.3g} than at {less}",
         PLACE, near(FREE, middle), UNIT),
        ("push_far", f"growth pushes towards the edge: nearer it at r = {most:.3g} than at {less}",
         PLACE, near(FREE, most), UNIT),
        ("push_step", f"a sigmoid with as large a step is nearer at r = {most:.3g} than at {less}",
         "control", near(SIGMOID, most), UNIT),
        ("reach", f"growth takes training to the edge, {band}", PLACE,
         rules.at_least(share(there, FREE), least=HALF).cut(0, 100), UNIT),
        ("fix", f"harvest fixes it: {harvested} holds training at the edge", PLACE,
         rules.at_least(share(there, harvested), least=HALF).cut(0, 100), UNIT),
        ("fix_more", f"harvest fixes it: {harvested} is at the edge more often than E = 0", PLACE,
         more(there, harvested), minus),
        ("generalise", f"harvest generalises better: test accuracy of {harvested} above E = 0",
         PLACE, more(here["test"], harvested), "points"),
        ("corner", "harvest makes the loss rise at more epochs, as at a corner", "question",
         more(here["rising"], harvested), "% of epochs, minus those with E = 0"),
    ]  # fmt: skip
    if harvested != AT_ONCE:
        claim = f"{AT_ONCE} is at the edge more often than E = 0"
        asked.append(("fix_at_once", claim, "control", more(there, AT_ONCE), minus))
    return asked


def hurry(dataset: xr.Dataset) -> list[str]:
    """What was asked, what came out, under which reading, what the controls say, how surely."""
    rows = {row.key: row for row in findings(dataset)}
    number = {key: row.number.partition(", p ")[0] for key, row in rows.items()}
    begins = 0 if harvested_arm(dataset) == AT_ONCE else 1
    count = int(np.prod([dataset.sizes[name] for name in (*CELLS, "run")]))
    return [
        "Growth is said to take training to the edge of stability, where the step times the"
        " sharpness of the loss is 2, and harvest is said to hold it there.",
        f"On the whole set {number['reach']} without harvest are at the edge and {number['fix']}"
        f" with it: that growth pushes towards the edge is {rows['push'].verdict}"
        f" ({number['push']} are nearer at the paper's r), that harvest holds it there,"
        f" {rows['fix'].verdict}.",
        f"This is for {dataset.sizes['task']} sets, five ReLUs, the paper's share of harvest from"
        f" T = {begins} on{', a control,' * (not begins)} and the second half of training; with"
        " batches of 75"
        f" {number['fix_batches']} with harvest are at the edge.",
        f"Of the control, a sigmoid with as large a step, {number['push_step']} are nearer at the"
        f" largest r; harvest changes how often the loss rises by {number['corner']}, and test"
        f" accuracy by {number['generalise']}.",
        f"These are {count} trainings of each method in {dataset.sizes['run']} independent runs,"
        f" over which the intervals are; what counts as at the edge, η λ/2 of {EDGE[0]} to"
        f" {EDGE[1]}, is our choice.",
    ]
