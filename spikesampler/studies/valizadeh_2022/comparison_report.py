"""What the comparison measured, in tables: epochs, ratios, and what is printed beside them."""

import numpy as np
import xarray as xr

from spikesampler.studies.page import render
from spikesampler.studies.valizadeh_2022.claims import claims_by_experiment
from spikesampler.studies.valizadeh_2022.costs import (
    AXES,
    PAIRS,
    edge_rates,
    levels_in,
    plateau_share,
    ratio,
)

__all__ = ["report"]


def report(dataset: xr.Dataset) -> str:
    """All tables, in Markdown."""
    tasks = [dataset.sel(task=name) for name in dataset["task"].values]
    claims = [(task["task"].item(), one) for task in tasks for one in claims_by_experiment(task)]
    facts = {"tasks": [_task(task) for task in tasks], "axes": AXES, "claims": claims}
    return render(__file__, "templates/comparison_report.md", **facts)


def _task(dataset):
    """Facts of one task for the template."""
    levels = levels_in(dataset)
    return {
        "data": dataset,
        "levels": levels.values(),
        "arms": [_arm(dataset.sel(arm=arm), levels) for arm in dataset["arm"].values],
        "ratios": [(loss, _ratios(dataset, level)) for level, loss in levels.items()],
        "savings": list(filter(None, (_saving(dataset, *each) for each in levels.items()))),
        "edges": edge_rates(dataset),
    }


def _arm(dataset, levels):
    """Name and rate of an arm, and of each level (epochs to it, held-out accuracy there)."""
    cells = []
    for level in levels:
        here = dataset.sel(level=level)
        scores = here["accuracy_at"].values
        score = f"{np.nanmean(scores):.3f}" if np.isfinite(scores).any() else "–"
        cells.append((_median(here["epochs"].values), score))
    return dataset["arm"].item(), float(dataset["rate"]), cells


def _median(values):
    """Text "median [least, most]" of those that got there, and how many did where some did not."""
    reached = values[np.isfinite(values)]
    if not len(reached):
        return f"0 of {len(values)}"
    text = f"{np.median(reached):.0f} [{reached.min():.0f}, {reached.max():.0f}]"
    return text if len(reached) == len(values) else f"{text} {len(reached)}/{len(values)}"


def _ratios(dataset, level):
    """(arm, its ratio on each axis) of the pairs of which two starts or more got to the level."""
    rows = [(arms[0], [ratio(dataset, level, arms, axis) for axis in AXES]) for arms in PAIRS]
    return [(arm, each) for arm, each in rows if each[0].num_pairs > 1]


def _saving(dataset, level, loss):
    """Where the epochs that position-wise saves are saved; None where none are."""
    before, plateau = (part[np.isfinite(part)] for part in plateau_share(dataset, level))
    if not len(before):
        return None
    after = round(1 - before.mean() - plateau.mean(), 2) + 0.0  # no -0
    return {
        "loss": loss,
        "shares": (before.mean(), plateau.mean(), after),
        "seeds": (len(before), dataset.sizes["seed"]),
    }
