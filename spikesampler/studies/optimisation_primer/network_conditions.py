"""How large the condition of networks' Hessians is; whether descents end above the least loss."""

from collections.abc import Iterable, Mapping

import numpy as np
import xarray as xr

from spikesampler.stats.rules import UNDECIDED, Ruling, in_family, rule_text, said, share
from spikesampler.studies.finding import Finding, ruled
from spikesampler.studies.optimisation_primer.lecture import PRINTED_CONDITION

__all__ = [
    "CUTS",
    "NETWORK",
    "NETWORKS",
    "SOURCE",
    "by_cut",
    "conditions",
    "curvatures",
    "in_words",
    "label_of",
    "of_networks",
    "rulings",
    "slope",
    "small",
]

SOURCE = "van der Smagt"
NETWORK = "gamst_walker_hessian"
#: of the networks: what more of them than this have is "not uncommon"; with three tests in a family
#: 10 networks can refute 0.37 and more: 0 of 10 has p = 0.0098 against 0.4
COMMON = 0.4
SOME = 0.05  #: of the networks: what fewer have is nearly none
#: below which part of the largest a curvature counts as 0; a verdict has to be that of each
CUTS = (1e-15, 1e-13, 1e-11)
LEAST_LOSS = 1e-3  #: above which a network has not found the least loss, which is 0
#: {dataset: its networks, in short and in full}
NETWORKS = {
    NETWORK: ("5 x 5 ReLU networks", "ends of descents of 5 x 5 ReLU networks, all optimisers"),
    "fang_2018_points": (
        "spiking networks",
        "stationary points of J of spiking networks with 50 inputs",
    ),
    "digit_networks": (
        "networks on digits",
        "ReLU networks (64-20-7-5-10) that have learnt scikit-learn's digits by Adam",
    ),
}


def at_end(dataset: xr.Dataset, name: str) -> np.ndarray:
    """A variable in the last state, where there are several."""
    values = dataset[name]
    return (values.isel(state=-1) if "state" in values.dims else values).values


def curvatures(dataset: xr.Dataset) -> np.ndarray:
    """Absolute curvatures (n, m) at the points of a dataset; of some only both ends were kept."""
    if "eigenvalue" in dataset:
        values = at_end(dataset, "eigenvalue").reshape(-1, dataset.sizes["index"])
        return np.abs(values[np.isfinite(values).all(axis=1)])
    there = dataset["converged"].values.astype(bool) & np.isfinite(dataset["least"].values)
    return np.abs(np.stack([dataset[end].values[there] for end in ("least", "largest")], axis=1))


def conditions(values: np.ndarray, cut: float) -> np.ndarray:
    """Condition numbers (n,) of curvatures (n, m): the largest over the least that is not 0.

    Those below `cut` of the largest are 0, and are left out: with them it is infinite. It is 1
    where all but one are 0.
    """
    largest = values.max(axis=1)
    kept = np.where(values < cut * largest[:, np.newaxis], np.inf, values)
    return largest / kept.min(axis=1)


def small(values: np.ndarray) -> np.ndarray:
    """How many curvatures of (n, m) make a condition as large as printed at each cut, (n,)."""
    part = values / values.max(axis=1, keepdims=True)
    return ((part >= max(CUTS)) & (part <= 1 / PRINTED_CONDITION)).sum(axis=1)


def rulings(datasets: Mapping[str, xr.Dataset]) -> dict[str, Ruling]:
    """{key: ruling}: how many networks have a kappa that the lecture calls not uncommon, for each
    of CUTS, a family each as a verdict needs all of them; and how many end above the least loss.
    """
    found, values = {}, {name: curvatures(datasets[name]) for name in NETWORKS if name in datasets}
    for cut in CUTS:
        large = {
            f"{_key(name)}_{cut:g}": conditions(of, cut) >= PRINTED_CONDITION
            for name, of in values.items()
            if len(of)
        }
        each = [share(int(which.sum()), len(which), COMMON) for which in large.values()]
        found |= dict(zip(large, in_family(each, "conditions, one cut")))
    if NETWORK in datasets:
        energies = datasets[NETWORK]["energy"].isel(state=-1).values.ravel()
        energies = energies[np.isfinite(energies)]
        above = int((energies > LEAST_LOSS).sum())
        found |= dict(zip(["ends"], in_family([share(above, len(energies), SOME)], "ends")))
    return found


def _key(name: str) -> str:
    """Of the row on the conditions of a dataset."""
    return f"condition_{name.split('_')[0]}"


def by_cut(found: Mapping[str, Ruling]) -> dict[str, dict[float, Ruling]]:
    """{dataset: {cut: ruling}} of the rulings on conditions."""
    return {
        name: {cut: found[f"{_key(name)}_{cut:g}"] for cut in CUTS}
        for name in NETWORKS
        if f"{_key(name)}_{CUTS[0]:g}" in found
    }


def label_of(rulings: Iterable[Ruling]) -> str:
    """The label that all rulings have, or undecided."""
    labels = {ruling.label for ruling in rulings}
    return labels.pop() if len(labels) == 1 else UNDECIDED


def of_networks(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for the conditions of each kind of network, and one for the ends of descents."""
    found = rulings(datasets)
    rows = [_of_conditions(name, datasets[name], cuts) for name, cuts in by_cut(found).items()]
    return rows + ([_of_ends(datasets[NETWORK], found["ends"])] if "ends" in found else [])


def in_words(found: Mapping[str, Ruling]) -> str:
    """The share of each kind of network, for a sentence; one number where all cuts give it."""
    told = []
    for name, cuts in by_cut(found).items():
        shares = [f"{of.estimate:.2g}" for of in cuts.values()]
        shares = shares if len(set(shares)) > 1 else shares[:1]
        told.append(f"{', '.join(shares)} in {cuts[CUTS[0]].num} {NETWORKS[name][0]}")
    return "; ".join(told) or "(not measured)"


def _of_conditions(name: str, dataset: xr.Dataset, cuts: Mapping[float, Ruling]) -> Finding:
    """How common a large condition is; where 0 begins is not known, so it is asked at each cut."""
    first, values = next(iter(cuts.values())), curvatures(dataset)
    zeros = (values < CUTS[1] * values.max(axis=1, keepdims=True)).sum(axis=1)
    told = {}
    for cut, of in cuts.items():
        text = f"{said(of, '.2f')}, largest condition {conditions(values, cut).max():.2g}"
        told.setdefault(text, []).append(f"{cut:g}")
    shares = "; ".join(f"{text}, with a cut of {', '.join(each)}" for text, each in told.items())
    reading = (
        f"{NETWORKS[name][1]}{slope(dataset)}; curvatures below the cut, a part of the largest, "
        f"are 0 and left out (median {np.median(zeros):.0f}); a median of "
        f"{np.median(small(values)):g} are from {max(CUTS):g} to {1 / PRINTED_CONDITION:g} of the "
        f"largest; with a cut of {1 / PRINTED_CONDITION:g} no condition can be as large; “not "
        f"uncommon” is read as more than {COMMON:g} of the networks, which is near the least that "
        "10 of them can refute"
    )
    return Finding(
        _key(name),
        "a condition of 10^10 is not uncommon in networks",
        f"{SOURCE}, condition of the Hessian",
        label_of(cuts.values()),
        shares,
        reading,
        f"{first.num} Hessians",
        f"the label that each cut gives; undecided where they differ. {rule_text(first)}",
    )


def slope(dataset: xr.Dataset) -> str:
    """How steep it is at the ends of descents; of stationary points no slope was kept."""
    if "eigenvalue" not in dataset:
        return ""
    steep = at_end(dataset, "gradient_norm")
    median, most = np.nanmedian(steep), np.nanmax(steep)
    return f", on slopes: gradients are {median:.2g} (median), {most:.2g} at most"


def _of_ends(dataset: xr.Dataset, ruling: Ruling) -> Finding:
    """Whether descents of networks end above the least loss; they end where they still descend."""
    return ruled(
        "ends",
        "descents of networks end above the least loss",
        f"question; {SOURCE}: in local minima or saddle points",
        ruling,
        f"{NETWORKS[NETWORK][1]}{slope(dataset)}; so whether they come to minima or saddles is not "
        f"asked, but whether the loss is above {LEAST_LOSS:g} where 0 is possible",
        "networks, all of one target function",
        ".2f",
    )
