"""What the runs of `plan` say, by rules that were fixed beforehand."""

import numpy as np
import xarray as xr

from spikesampler.stats.rules import at_least, at_most, equivalent
from spikesampler.studies.asked import Asked, family, rows_of
from spikesampler.studies.finding import Finding
from spikesampler.studies.nessler_2013 import plan
from spikesampler.studies.nessler_2013.plan import FIXED, Fixed

__all__ = ["deviation", "distance", "findings", "gap_of_law", "rulings_of", "spread_gap"]

C, B, N = 20.0, 1e-3, 5.0  #: of the model
FOUND = 0.1  #: of an accuracy: how near to the ceiling causes count as found
SAYS = 0.5  #: of the information on the cause, 0 to 1: least above that of shuffled causes
MARGIN = 0.02  #: of an accuracy; what is less is no difference that matters
UNTAUGHT = 0.05  #: of an accuracy: what counts as chance
EXACT = 0.05  #: part of 1/(c P): what counts as the same
NEAR = 0.05  #: of a weight: what counts as near log(c P)
LAW = 0.25  #: part of the law's distance: what counts as the same
PAPER = "Nessler et al. 2013"
_CELLS = "ten causes of 36 pixels, ten outputs, 400 s"


def deviation(dataset: xr.Dataset, fixed: str) -> np.ndarray:
    """c P E[exp(-w)] - 1, mean over synapses, by seed: 0 at the fixed point."""
    of = dataset.sel(fixed=fixed)
    return (C * of["P"] * of["inverse"] - 1).mean(("few_output", "few_input")).values


def distance(dataset: xr.Dataset, fixed: str) -> np.ndarray:
    """How far E[w] is from log(c P), mean over synapses of what is without sign, by seed."""
    of = dataset.sel(fixed=fixed)
    return np.abs(of["weight"] - np.log(C * of["P"])).mean(("few_output", "few_input")).values


def spread_gap(of: xr.Dataset) -> xr.DataArray:
    """E[w] + log E[exp(-w)]: how far a weight that fluctuates is above one that does not."""
    return of["weight"] + np.log(of["inverse"])


def gap_of_law(of: xr.Dataset, one: Fixed) -> xr.DataArray:
    """The same, to first order in eta and noise: half the variance of w.

    Near its fixed point w is pulled back by eta per spike of its output, and each spike moves it by
    chance, with variance eta^2 (1 - P)/P; noise adds its own, which is per second.
    """
    per_second = {"none": 0.0, "constant": 2 * B, "weight": 2 * B * N * of["P"]}[one.arm]
    by_spikes = one.eta * (1 - of["P"]) / (4 * of["P"])
    return by_spikes + per_second / (4 * one.eta * of["rate"])


def rulings_of(dataset: xr.Dataset) -> list[Asked]:
    """All questions, in order; each group is a family."""
    return [
        *family(_of_causes(dataset), "causes"),
        *family(_of_noise(dataset), "causes, noise"),
        *family(_of_fixed_points(dataset), "fixed points"),
        *family(_of_weights(dataset), "fixed points, weights"),
    ]


def _of_causes(dataset: xr.Dataset) -> list[Asked]:
    """Whether hidden causes are found, and by which excitability."""
    accuracy = {cell: dataset["test_accuracy"].sel(cell=cell).values for cell in plan.CONDITIONS}
    ceiling, asked = dataset["ceiling"].values, []
    words = {
        "prior": "with excitability that learns the logarithm of a prior",
        "fast prior": "with excitability that learns it ten times as fast",
        "homeostasis": "with homeostasis in its place",
        "neither": "with the same excitability for all",
    }
    for cell, said in words.items():
        source = PAPER if cell == "prior" else "question"
        asked.append(
            Asked(
                f"found_{_plain(cell)}",
                f"outputs find the hidden causes, {said}",
                source,
                f"accuracy that is lacking to the ceiling; {_CELLS}",
                at_most(ceiling - accuracy[cell], most=FOUND),
                ".3f",
            )
        )
    told, shuffled = (
        dataset[name].sel(cell="prior").values for name in ("information", "shuffled_information")
    )
    asked.append(
        Asked(
            "shuffled",
            "the winner says what shuffled causes do not have it say",
            "control",
            "mutual information of winner and cause over the entropy of the"
            f" cause, less that with shuffled causes; `prior`, {_CELLS}",
            at_least(told, shuffled, least=SAYS),
        )
    )
    untaught = dataset["probe_accuracy"].sel(cell="prior").isel(probe=0).values
    asked.append(
        Asked(
            "untaught",
            "before it learns, the network knows nothing",
            "control",
            f"accuracy of the first probe less chance; `prior`, {_CELLS}",
            equivalent(untaught, dataset.attrs["chance"], UNTAUGHT),
        )
    )
    for cell, other, said in (
        ("homeostasis", "prior", "homeostasis finds causes better than the paper's excitability"),
        ("neither", "prior", "the same excitability for all finds causes better than the paper's"),
        ("prior", "fast prior", "the paper's excitability has to learn slowly"),
    ):
        asked.append(
            Asked(
                f"{_plain(cell)}_over_{_plain(other)}",
                said,
                "question",
                f"accuracy, `{cell}` less `{other}`; {_CELLS}",
                at_least(accuracy[cell], accuracy[other], relevant=MARGIN),
            )
        )
    return asked


def _of_noise(dataset: xr.Dataset) -> list[Asked]:
    """Whether noise of the synapses makes what is found more accurate."""
    asked = []
    for cell in plan.NOISY:
        none = dataset["test_accuracy"].sel(cell=cell).values
        for arm in plan.NOISES:
            noisy = dataset["test_accuracy"].sel(cell=f"{cell}, {arm}").values
            asked.append(
                Asked(
                    f"noise_{_plain(cell)}_{_plain(arm)}",
                    "noise of the synapses makes the network more accurate",
                    "question",
                    f"accuracy, `{arm}` less `none`; `{cell}`, {_CELLS}",
                    at_least(noisy, none, relevant=MARGIN),
                )
            )
    return asked


def _of_fixed_points(dataset: xr.Dataset) -> list[Asked]:
    """Whether E[exp(-w)] is 1/(c P)."""
    return [
        Asked(
            f"fixed_{_plain(name)}",
            f"E[exp(-w)] = 1/(c P), {_said(name)}",
            "control" if one.gain == 0 else PAPER,
            f"c P E[exp(-w)] - 1; eta = {one.eta:g}, `{one.arm}`, four causes, four outputs",
            equivalent(deviation(dataset, name), 0.0, EXACT),
        )
        for name, one in FIXED.items()
    ]


def _of_weights(dataset: xr.Dataset) -> list[Asked]:
    """Whether weights are near log(c P), and as far above as their spread says."""
    asked = [
        Asked(
            f"near_{_plain(name)}",
            f"weights are near log(c P), {_said(name)}",
            PAPER if one.gain else "control",
            f"distance of E[w] from it; eta = {one.eta:g}, `{one.arm}`, four causes",
            at_most(distance(dataset, name), most=NEAR),
            ".3f",
        )
        for name, one in FIXED.items()
    ]
    for name, one in FIXED.items():
        if one.gain or one.eta > 0.03:
            continue
        of = dataset.sel(fixed=name)
        axes = ("few_output", "few_input")
        ratio = (spread_gap(of).mean(axes) / gap_of_law(of, one).mean(axes)).values
        asked.append(
            Asked(
                f"law_{_plain(name)}",
                "weights that fluctuate are above log(c P) by half their variance",
                "control",
                "E[w] + log E[exp(-w)], over what the law has, less 1; eta ="
                f" {one.eta:g}, `{one.arm}`, {_said(name)}",
                equivalent(ratio, 1.0, LAW),
            )
        )
    return asked


def _said(name: str) -> str:
    """A condition of the fixed points in words."""
    kind = name.partition(",")[0]
    return {
        "driven": "in the network as it is",
        "rare": "where outputs rarely spike",
        "blind": "where outputs rarely spike, and blindly",
    }[kind]


def _plain(name: str) -> str:
    """A name as a part of a key."""
    return name.replace(", ", "_").replace(" ", "_").replace(":noise_scale=", "_")


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row for each question."""
    return rows_of(rulings_of(dataset))
