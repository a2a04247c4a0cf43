"""What the paper prints of its experiments, beside what the datasets have of each."""

from typing import Any

import xarray as xr

from spikesampler.language.model import load_model
from spikesampler.studies.paper_tables import printed_rows
from spikesampler.studies.valizadeh_2022.costs import FIXED, PAIRS, ratio

__all__ = ["claims_by_experiment", "experiments_of", "printed_costs"]

LEVEL = {"cat": "low", "CIFAR-10": "CIFAR-10", "MNIST": "MNIST"}  #: where an experiment stopped
SEED = load_model("valizadeh_2022")["seed"]


def printed_costs() -> dict[str, dict[str, list[float]]]:
    """{experiment: {"epochs" or "seconds": [of gradient descent, of position-wise]}} of the
    paper.
    """
    rows = sorted(printed_rows("valizadeh_2022"), key=lambda row: FIXED.index(row["method"]))
    costs = {row["experiment"]: {"epochs": [], "seconds": []} for row in rows}
    for row in rows:
        for axis, values in costs[row["experiment"]].items():
            values.append(float(row[axis]))
    return costs


def claims_by_experiment(dataset: xr.Dataset) -> list[dict[str, Any]]:
    """For each experiment of the paper that the task stands for: (axis, cost before, after, our
    ratio), and the authors' own start among the others where it is the same.
    """
    name, costs = str(dataset["task"].values), printed_costs()
    return [
        {
            "experiment": experiment,
            "axes": [
                (axis, *printed, ratio(dataset, LEVEL[experiment], PAIRS[0], axis))
                for axis, printed in costs[experiment].items()
            ],
            "own_start": _own_start(dataset) if name.startswith("cats") else None,
        }
        for experiment in experiments_of(name)
    ]


def experiments_of(name: str) -> list[str]:
    """Experiments of the paper that a task stands for."""
    if name.startswith(("cats", "5 or not")):
        return ["cat"]
    if not name.endswith("the code"):
        return []
    return [each for each in ("CIFAR-10", "MNIST") if name.startswith((each, "digits"))]


def _own_start(dataset):
    """Epochs of both methods from the authors' own start, and from how many others their ratio is
    smaller; None where it is not among the starts.
    """
    if SEED not in dataset["seed"]:
        return None
    plain, staged = (dataset["epochs"].sel(arm=arm, level=LEVEL["cat"]) for arm in PAIRS[0])
    ratios = plain / staged
    smaller = int((ratios < ratios.sel(seed=SEED)).sum())
    return float(plain.sel(seed=SEED)), float(staged.sel(seed=SEED)), smaller, ratios.size - 1
