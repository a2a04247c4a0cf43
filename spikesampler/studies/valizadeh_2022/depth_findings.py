"""What is concluded of depth: a row for each question, and five sentences."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.stats.rules import Ruling, by, in_family
from spikesampler.studies.finding import Finding, in_own_words, in_short, ruled
from spikesampler.studies.valizadeh_2022.findings import part_of

__all__ = ["findings", "hurry", "rulings"]


def part(dataset: xr.Dataset, setting: str, axis: str) -> xr.DataArray:
    """Cost of position-wise over that of gradient descent, (shape, depth, seed); inf if never."""
    epochs = dataset["epochs"].sel(setting=setting)
    costs = epochs if axis == "epochs" else epochs * dataset[axis]
    first, second = (costs.sel(optimizer=name) for name in ("gradient_descent", "position_wise"))
    return first.copy(data=part_of(second.values, first.values))


def rulings(dataset: xr.Dataset) -> dict[str, tuple[Ruling, str, str]]:
    """{key: (ruling, claim, reading)} of all questions, one family."""
    found = {}
    for number, shape in enumerate(dataset["shape"].values):
        same = part(dataset, "same rate", "epochs").sel(shape=shape)
        least, most = same.isel(depth=0).values, same.isel(depth=-1).values
        depths = f"{int(dataset['depth'][0])} and {int(dataset['depth'][-1])} hidden layers"
        found[f"grows-{number}"] = (
            by(part_of(most, least), 1.0),
            "the deeper the network, the larger the part of the epochs that position-wise saves",
            f"{shape}; {depths}; same starts and rate; part needed by the deeper over the other",
        )
        tuned = part(dataset, "tuned", "operations").sel(shape=shape).isel(depth=-1).values
        found[f"work-{number}"] = (
            by(tuned, 1.0),
            "both tuned, position-wise needs less work than gradient descent",
            f"{shape}; {int(dataset['depth'][-1])} hidden layers; operations, each at its "
            "best rate on other starts; position-wise over gradient descent",
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
    shapes = [str(shape) for shape in dataset["shape"].values]

    def told(kind: str) -> str:
        each = [found[f"{kind}-{number}"] for number in range(len(shapes))]
        return ", ".join(
            f"{in_short(one, '.2f')} ({shape}: {in_own_words(one.label)})"
            for one, shape in zip(each, shapes)
        )

    deepest = int(dataset["depth"][-1])
    reached = float(np.isfinite(dataset["epochs"].values).mean())
    return [
        "Asked was whether what position-wise training saves grows with the depth of a network, "
        "and whether it saves work or only epochs.",
        f"At the same rate the part of gradient descent's epochs that it needs changes from "
        f"{int(dataset['depth'][0])} to {deepest} hidden layers by a factor of {told('grows')}.",
        f"With the rates of both tuned it needs, at {deepest} hidden layers, so many times the "
        f"operations: {told('work')}.",
        "Layer l moves l times an epoch, as with an l times larger rate, so both are compared at "
        "the rates that are their best on other starts.",
        f"Scikit-learn's digits, {dataset.sizes['seed']} starts; of all networks {reached:.0%} got "
        "to half of a guess's loss, and those that did not are counted as never.",
    ]
