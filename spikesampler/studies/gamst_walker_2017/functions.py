"""Eight target functions made like that of Gamst & Walker (2017, arXiv:1706.07101), not one.

The heights of their splines are drawn by seeds that a generator of the paper's number gave before
anything was trained; the sawtooth is the paper's in all of them. A claim is weighed over functions:
what is independent is a function, not a network.
"""

from collections import Counter
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.studies.gamst_walker_2017 import measures
from spikesampler.studies.gamst_walker_2017.claim import NAMES, rulings_of
from spikesampler.studies.gamst_walker_2017.figures import functions_figure
from spikesampler.studies.gamst_walker_2017.function_claims import claims_of, findings_of
from spikesampler.studies.gamst_walker_2017.functions_data import gather
from spikesampler.studies.gamst_walker_2017.paper import paper
from spikesampler.studies.gamst_walker_2017.summary import returned
from spikesampler.studies.page import render

__all__ = ["FULL", "QUICK", "STUDY", "draw", "facts", "hurry"]

FULL = {
    "functions": 8,
    "fits": {"models": 64, "steps": 50_000},
    "basin": {"models": 128, "steps": 20_000},
    "data": {"models": 8, "steps": 20_000, "between": 99},
    "paths": {"models": 12, "images": 41, "steps": 1000},
    "pupils": {"models": 16, "steps": 50_000},
}
QUICK = {
    "functions": 2,
    "fits": {"models": 6, "steps": 100},
    "basin": {"models": 6, "steps": 50},
    "data": {"models": 2, "steps": 20, "between": 19},
    "paths": {"models": 2, "images": 7, "steps": 25},
    "pupils": {"models": 2, "steps": 50},
}


def draw(dataset: xr.Dataset) -> Figure:
    """A panel per function: what networks of Adadelta compute on average, before f."""
    here = dataset.sel(optimizer="adadelta_keras_2017")
    panels = {}
    for number in here["function"].values:
        row = here.sel(function=number)
        panels[f"function {number}"] = {
            name: row[f"fits_{name}"].values for name in ("x", "target", "mean", "sd")
        }
    return functions_figure(panels)


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """Numbers of each function, and how many networks of what were trained."""
    rows = [_row(dataset.sel(function=number)) for number in dataset["function"].values]
    sizes = {name: dataset.attrs[name] for name in dataset.attrs if name.partition("_")[0] in FULL}
    diverged = int(np.isnan(dataset["fits_error"].values).sum())
    about = {"diverged": diverged, "level": paper()["returned"]}
    return sizes | about | {"rows": rows, "knots": dataset["pupils_knots"].values}


def _row(of_function):
    """Numbers of one function."""
    errors = {str(name): of_function["fits_error"].sel(optimizer=name) for name in NAMES}
    shares = {str(name): of_function["fits_sawtooth"].sel(optimizer=name) for name in NAMES}
    drops = of_function["paths_drop"].sel(form="desymmetrised").values
    trials = of_function["basin_error"].sel(around="momentum").values
    return {
        "number": int(of_function["function"]),
        "variance": of_function["fits_target"].isel(optimizer=0).values.var(),
        "least": {name: float(values.min()) for name, values in errors.items()},
        "sawtooth": {name: float(values.mean()) for name, values in shares.items()},
        "drop": np.mean(drops),
        "returned": (returned(trials).sum(), len(trials)),
    }


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    claims = claims_of(dataset)
    rulings = rulings_of(claims)
    papers = [one for claim, one in zip(claims, rulings) if claim.where != "question"]
    by_key = {f"{claim.key}_{claim.optimizer}": ruling for claim, ruling in zip(claims, rulings)}
    found = returned(dataset["basin_error"].sel(around="adadelta_keras_2017").values)
    text = render(
        __file__,
        "templates/hurry.md",
        functions=dataset.sizes["function"],
        rulings=by_key,
        labels=Counter(ruling.label for ruling in papers).most_common(),
        returned=(int(found.sum()), found.size),
        **dataset.attrs,
    )
    return text.splitlines()


STUDY = measures.study(
    name="gamst_walker_functions",
    heading="Eight target functions",
    about=__doc__,
    gather=gather,
    full=FULL,
    quick=QUICK,
    facts=facts,
    draw=draw,
    findings=findings_of,
    minutes=65,
    quick_help="2 functions, 6 networks, 100 steps: whether it works",
)
