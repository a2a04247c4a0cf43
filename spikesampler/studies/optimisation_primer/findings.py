"""What is concluded of the lecture: a row for each of its sentences, and five sentences of ours."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.stats.rules import (
    REPRODUCED,
    UNDECIDED,
    Ruling,
    in_family,
    in_short,
    rule_text,
    share,
)
from spikesampler.studies.finding import Finding, certain, ruled
from spikesampler.studies.optimisation_primer import condition_rules, rules
from spikesampler.studies.optimisation_primer.lecture import PRINTED_CONDITION
from spikesampler.studies.optimisation_primer.numbers import numbers

__all__ = ["conditions", "findings", "hurry", "rulings"]

SOURCE = "van der Smagt"
NETWORK = "gamst_walker_hessian"
UNCOMMON = 0.05  #: of the networks: what more of them than this have is "not uncommon"
#: below which part of the largest a curvature counts as 0; a verdict has to be that of each
CUTS = (1e-15, 1e-13, 1e-11)
LEAST_LOSS = 1e-3  #: above which a network has not found the least loss, which is 0
#: {dataset: its networks}
NETWORKS = {
    NETWORK: "ends of descents of 5 x 5 ReLU networks, all optimisers",
    "fang_2018_points": "stationary points of J of spiking networks with 50 inputs",
    "digit_networks": "ReLU networks (64-20-7-5-10) that have learnt scikit-learn's digits by Adam",
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
    of CUTS; and how many end above the least loss. One family.
    """
    found = {}
    for name in NETWORKS:
        values = curvatures(datasets[name]) if name in datasets else np.zeros((0, 2))
        for cut in CUTS if len(values) else ():
            large = int((conditions(values, cut) >= PRINTED_CONDITION).sum())
            found[f"{_key(name)}_{cut:g}"] = share(large, len(values), UNCOMMON)
    if NETWORK in datasets:
        energies = datasets[NETWORK]["energy"].isel(state=-1).values.ravel()
        energies = energies[np.isfinite(energies)]
        above = int((energies > LEAST_LOSS).sum())
        found["ends"] = share(above, len(energies), UNCOMMON)
    return dict(zip(found, in_family(found.values(), "networks")))


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


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each sentence."""
    dataset = datasets["optimisation_primer"]
    rows = _of_formulas(dataset) + _of_methods(dataset)
    found = rulings(datasets)
    rows += [_of_conditions(name, datasets[name], cuts) for name, cuts in by_cut(found).items()]
    return rows + ([_of_networks(datasets[NETWORK], found["ends"])] if "ends" in found else [])


def _of_conditions(name: str, dataset: xr.Dataset, cuts: Mapping[float, Ruling]) -> Finding:
    """How common a large condition is; where 0 begins is not known, so it is asked at each cut."""
    first, values = next(iter(cuts.values())), curvatures(dataset)
    zeros = (values < CUTS[1] * values.max(axis=1, keepdims=True)).sum(axis=1)
    shares = "; ".join(f"{in_short(of, '.2f')} with a cut of {cut:g}" for cut, of in cuts.items())
    reading = (
        f"{NETWORKS[name]}{_slope(dataset)}; curvatures below this cut, a part of the largest, "
        f"are 0 and left out (median {np.median(zeros):.0f}); a median of "
        f"{np.median(small(values)):g} are from {max(CUTS):g} to {1 / PRINTED_CONDITION:g} of the "
        f"largest; with a cut of {1 / PRINTED_CONDITION:g} no condition can be as large"
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


def _slope(dataset: xr.Dataset) -> str:
    """How steep it is at the ends of descents; of stationary points no slope was kept."""
    if "eigenvalue" not in dataset:
        return ""
    steep = at_end(dataset, "gradient_norm")
    median, most = np.nanmedian(steep), np.nanmax(steep)
    return f", on slopes: gradients are {median:.2g} (median), {most:.2g} at most"


def _of_networks(dataset: xr.Dataset, ruling: Ruling) -> Finding:
    """Whether descents of networks end above the least loss; they end where they still descend."""
    return ruled(
        "ends",
        "descents of networks end above the least loss",
        f"question; {SOURCE}: in local minima or saddle points",
        ruling,
        f"{NETWORKS[NETWORK]}{_slope(dataset)}; so whether they come to minima or saddles is not "
        f"asked, but whether the loss is above {LEAST_LOSS:g} where 0 is possible",
        "networks, all of one target function",
        ".2f",
    )


def _of_formulas(dataset: xr.Dataset) -> list[Finding]:
    """Sentences on the line, the bump, and momentum."""
    n, expansion = numbers(dataset), rules.expansion(dataset)
    missed, endings = rules.endings(dataset)
    line, bump = "line through three points", "bump through three points"
    best = dataset["line_best"].values
    return [
        certain(
            "fit",
            "the line is a = 0.95, b = 1.05",
            SOURCE,
            rules.same_fit(dataset),
            f"a = {best[0]:.3f}, b = {best[1]:.3f}",
            line,
            "both are the printed ones to two digits",
        ),
        certain(
            "taylor",
            "the second-order term of the expansion has no factor of 1/2",
            SOURCE,
            not expansion["lacking"],
            f"it misses {n['taylor_line'][1]:.3g}, with 1/2 {n['taylor_line'][0]:.0e}",
            f"{line}, a step of length 1",
            "without 1/2 the expansion misses no more than with it",
        ),
        certain(
            "equations",
            "the three equations of the bump's minimum are right",
            SOURCE,
            bool((dataset["equation_error"].values < 1e-10).all()),
            f"they hold {rules.equations_hold(dataset)}",
            f"{bump}, at random places",
            "they are right to 1e-10 for every d",
            "200 random places for each d",
        ),
        certain(
            "overshoot",
            "two steps are enough to overshoot",
            SOURCE,
            rules.overshoots(dataset),
            f"along the steep direction 1, {n['across'][1]:.3f}, {n['across'][2]:.3f}",
            f"{line}, a step above the largest stable one",
            "the first step crosses the valley and the second ends further out than the start",
        ),
        certain(
            "minimum",
            "with too large a step one may never find a minimum",
            SOURCE,
            missed,
            endings,
            f"{bump}, a and b alone, {dataset.attrs['bump_steps']} steps",
            "at least one of the descents does not end in the minimum",
        ),
        certain(
            "sum",
            "the best rate and momentum have alpha + beta = 1",
            SOURCE,
            bool(rules.line_is_best(dataset).all()),
            f"{rules.line_place(dataset).lower()} of {dataset.sizes['scale']} scales of the loss",
            line,
            "on that line the rate is within 1e-3 of the best at every scale of the loss",
        ),
        _of_ends(dataset, bump),
    ]


def _of_ends(dataset: xr.Dataset, bump: str) -> Finding:
    """Whether descents of the bump with all parameters free end in minima that are only local."""
    ends = dataset["bump_loss"].values[:, -1]
    worse = int((ends > 1e-6).sum())
    return certain(
        "local",
        "descents end in local minima or saddle points",
        SOURCE,
        worse > 0,
        f"{worse} of {len(ends)} starts end with a loss above 1e-6, the least is 0",
        f"{bump}, all four parameters",
        "at least one start ends above the least loss",
    )


def _of_methods(dataset: xr.Dataset) -> list[Finding]:
    """Which methods deal with a large condition."""
    rows, draws = [], dataset.sizes["draw"]
    for name in ("conjugate gradients", *dataset["adaptive"].values):
        holds = [
            condition_rules.deals(dataset, name, case)
            for case in (*condition_rules.ALIGNED, "rotated")
        ]
        rows.append(
            certain(
                f"deals-{name.split()[0].strip(',').lower()}{'-control' if ',' in name else ''}",
                f"{name} deals with a large condition",
                SOURCE,
                all(holds),
                f"rotated: {condition_rules.cost(dataset, name, 'rotated')} steps",
                f"quadratics in {dataset.attrs['dimensions']} dimensions, best rate of a grid",
                "at the largest kappa it needs at most 10 times the steps at kappa = 1, on axes "
                "and rotated (conjugate gradients: 10 times the dimension)",
                f"{draws} random rotations, {draws} random starts",
            )
        )
    return rows


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    rows = findings(datasets)
    dataset, found = datasets["optimisation_primer"], rulings(datasets)
    right = sum(row.verdict == REPRODUCED for row in rows)
    kappa = ", ".join(
        f"{', '.join(f'{of.estimate:.2f}' for of in cuts.values())} of {cuts[CUTS[0]].num} "
        f"{NETWORKS[name]}"
        for name, cuts in by_cut(found).items()
    )
    return [
        "Asked was which sentences of a lecture on optimisation hold when they are calculated, on "
        "its own three points and on quadratics of every condition.",
        f"Of {len(rows)} rows {right} come out as the lecture has them; its expansion lacks a "
        "factor of 1/2, and its equations an offset, where the table says so.",
        "That a class of methods deals with a large condition holds "
        f"{condition_rules.dealing(dataset)}.",
        "A condition, the largest curvature over the least, of 10^10 or more has this share, where "
        f"a curvature counts as 0 below {', '.join(f'{cut:g}' for cut in CUTS)} of the largest and "
        f"is left out: {kappa or 'not measured'}.",
        f"Formulas are exact; steps on rotated quadratics are those of {dataset.sizes['draw']} "
        "random rotations, between which they differ a few times, with the best rate of a grid, "
        "which nobody has in practice.",
    ]
