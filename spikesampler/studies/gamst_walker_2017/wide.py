"""A 10 x 10 network fits f with Adadelta: Gamst & Walker (2017, arXiv:1706.07101), section 3.5.

10 x 10 networks beside the 5 x 5 of figure 2, trained on the same points.
"""

from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.stats.rules import in_family, rule_text, said, share
from spikesampler.studies.finding import Finding
from spikesampler.studies.gamst_walker_2017 import measures
from spikesampler.studies.gamst_walker_2017.claim import NAMES, PAPER
from spikesampler.studies.gamst_walker_2017.figures import best_figure
from spikesampler.studies.gamst_walker_2017.training import final_errors, outputs_of, target
from spikesampler.studies.gamst_walker_2017.training_folder import Trained

__all__ = ["STUDY", "draw", "errors", "facts", "findings"]

#: an error "very close to the global minimum": 6 % of what the sawtooth makes up; our choice
CLOSE = 0.01
SIZE = {"depth": 10, "width": 10}
OPTIMIZERS = ("momentum_keras", "adadelta_keras_2017")


def errors(trained: Trained) -> xr.Dataset:
    """The best output of one optimiser's networks, and all errors along training."""
    training, networks, _ = trained
    about = {"long_name": "final mean squared error"}
    _, x, y = target(training)
    best = outputs_of(training, networks, x)
    variables = {
        "best": ("x", best["best"]),
        "error": ("network", final_errors(networks), about),
        "course": (("network", "step"), networks["error"].values.T.astype(np.float32)),
    }
    variables["target"] = ("x", y)
    return xr.Dataset(variables, {"x": x, "step": networks["step"].values})


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """Final errors, and how many networks came close to the global minimum, when."""
    rows = {}
    for name, row in measures.by_optimizer(dataset):
        lowest = np.fmin.accumulate(row["course"].values, axis=1)
        close = lowest[:, -1] < CLOSE
        first = dataset["step"].values[(lowest[close] < CLOSE).argmax(axis=1)]
        least, middle, most = np.nanquantile(row["error"].values, [0, 0.5, 1])
        rows[name] = {"least": least, "middle": middle, "most": most, "close": close.sum()}
        rows[name]["steps"] = np.median(first) if len(first) else None
    return {
        "networks": dataset.sizes["network"],
        "steps": dataset.attrs["steps"],
        "rows": rows,
        "level": CLOSE,
    }


def findings(dataset: xr.Dataset) -> list[Finding]:
    """Whether most networks came close to the global minimum, by optimiser."""
    found, number, rows = [], dataset.sizes["network"], facts(dataset)["rows"]
    shares = (share(int(row["close"]), number, 0.5) for row in rows.values())
    rulings = in_family(shares, "10 x 10 networks, all optimisers")
    for (name, row), ruling in zip(rows.items(), rulings):
        when = f"; half of those by step {row['steps']:.0f}" if row["close"] else ""
        about = f"share of networks whose error goes below {CLOSE:g}"
        found.append(
            Finding(
                key=f"wide_{name}",
                claim="10 x 10 networks quickly come very close to the global minimum",
                source=f"{PAPER}, section 3.5" if "adadelta" in name else "control",
                verdict=ruling.label,
                number=f"{about}: {said(ruling, '.3f')}{when}",
                reading=f"{NAMES[name]}; {dataset.attrs['steps']} steps",
                n=f"1 target function, {number} networks",
                rule=rule_text(ruling),
            )
        )
    return found


def draw(dataset: xr.Dataset) -> Figure:
    """A panel per optimiser: its best fit before f."""
    fits = {
        f"10 × 10, {name}": (row["best"].values, float(row["error"].min()))
        for name, row in measures.by_optimizer(dataset)
    }
    return best_figure(dataset["x"].values, dataset["target"].values, fits)


STUDY = measures.study(
    name="gamst_walker_wide",
    heading="A larger network",
    about=__doc__,
    gather=partial(measures.gathered, errors),
    full=SIZE | {"models": 32, "steps": 50_000, "optimizers": OPTIMIZERS},
    quick=SIZE | {"models": 2, "steps": 50, "optimizers": OPTIMIZERS[1:]},
    facts=facts,
    draw=draw,
    findings=findings,
    minutes=12,
    quick_help="2 networks, 50 steps: whether it works",
)
