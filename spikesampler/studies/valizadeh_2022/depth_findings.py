"""What is concluded of depth: a row for each question, and five sentences."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.stats.rules import Ruling, in_family, in_short
from spikesampler.studies.finding import Finding, ruled
from spikesampler.studies.valizadeh_2022.findings import DESCENT, WISE, part_of, sooner_than

__all__ = ["findings", "hurry", "rulings"]

METHODS = {
    "position_wise": WISE,
    "gradient_descent": DESCENT,
    "layer_scaled": f"{DESCENT} with layer rates",
}


SHAPES = {  #: what the shapes of the datasets are
    "first layer wide": "a wide first layer and narrow others",
    "equal widths": "layers of one width",
}


def costs_of(dataset: xr.Dataset, setting: str, axis: str) -> Iterator[np.ndarray]:
    """Of position-wise, then of gradient descent: costs (depth, seed), inf where never."""
    for name in ("position_wise", "gradient_descent"):
        epochs = dataset["epochs"].sel(setting=setting, optimizer=name)
        work = 1.0 if axis == "epochs" else dataset[axis].sel(optimizer=name)
        yield (epochs * work).transpose("depth", "seed").values


def rulings(dataset: xr.Dataset) -> dict[str, tuple[Ruling, str, str]]:
    """{key: (ruling, claim, reading)} of all questions, one family."""
    found = {}
    least, most = (int(dataset["depth"][place]) for place in (0, -1))
    for number, shape in enumerate(dataset["shape"].values):
        here, what = dataset.sel(shape=shape), SHAPES[str(shape)]
        same = part_of(*costs_of(here, "same rate", "epochs"))
        found[f"grows-{number}"] = (
            sooner_than(same[-1], same[0], "the deeper network", "the shallower network"),
            f"the deeper the network, the larger the part of the epochs that {WISE} saves",
            f"{what}; {least} and {most} hidden layers; same starts and rate; part needed by the "
            "deeper over the other",
        )
        staged, plain = (costs[-1] for costs in costs_of(here, "tuned", "operations"))
        found[f"work-{number}"] = (
            sooner_than(staged, plain, WISE, DESCENT),
            f"both tuned, {WISE} needs less work than {DESCENT}",
            f"{what}; {most} hidden layers; operations, each at its best rate on other starts; "
            f"{WISE} over {DESCENT}",
        )
    corrected = in_family([row[0] for row in found.values()], "depth")
    return {key: (one, *row[1:]) for (key, row), one in zip(found.items(), corrected)}


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each question."""
    (dataset,) = datasets.values()
    return [
        ruled(key, claim, "question", ruling, reading, "starts", ".2f", "times")
        for key, (ruling, claim, reading) in rulings(dataset).items()
    ]


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    (dataset,) = datasets.values()
    found = {key: row[0] for key, row in rulings(dataset).items()}
    shapes = dataset["shape"].values

    def told(kind: str) -> str:
        each = [found[f"{kind}-{number}"] for number in range(len(shapes))]
        return "; ".join(
            f"with {SHAPES[str(shape)]} {_with_bounds(one)}" for one, shape in zip(each, shapes)
        )

    deepest = int(dataset["depth"][-1])
    return [
        "Asked was whether what position-wise training saves grows with the depth of a network, "
        "and whether it saves work or only epochs.",
        f"At the same rate the part of gradient descent's epochs that it needs changes from "
        f"{int(dataset['depth'][0])} to {deepest} hidden layers by these factors: {told('grows')}.",
        f"With the rates of both tuned it needs, at {deepest} hidden layers, so many times the "
        f"operations of gradient descent: {told('work')}.",
        "Layer l moves l times an epoch, as with an l times larger rate, so both are compared at "
        "the rates that are their best on other starts.",
        f"Scikit-learn's digits, {dataset.sizes['seed']} starts, until half of a guess's loss: "
        f"{_arrivals(dataset)}.",
    ]


def _with_bounds(ruling: Ruling) -> str:
    """The number with its interval; where too many never arrive, who, and the least it can be."""
    if np.isfinite(ruling.estimate):
        return in_short(ruling, ".2f")
    return f"at least {ruling.low:.2f}, as {ruling.note}"


def _arrivals(dataset: xr.Dataset) -> str:
    """Whose networks never arrive, of how many."""
    late = np.isposinf(dataset["epochs"]).sum(("shape", "depth", "setting", "seed"))
    total = dataset["epochs"].size // dataset.sizes["optimizer"]
    each = (
        f"{int(late.sel(optimizer=arm))} of {total} networks with {words}"
        for arm, words in METHODS.items()
    )
    return f"{', '.join(each)} never get there, and count as later than all that do"
