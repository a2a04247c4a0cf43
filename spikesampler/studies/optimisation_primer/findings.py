"""What is concluded of the lecture: a row for each of its sentences, and five sentences of ours."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.stats.rules import REPRODUCED, Ruling, in_family, share
from spikesampler.studies.finding import Finding, certain, in_short, ruled
from spikesampler.studies.optimisation_primer import condition_rules, rules
from spikesampler.studies.optimisation_primer.lecture import PRINTED_CONDITION
from spikesampler.studies.optimisation_primer.numbers import numbers

__all__ = ["conditions", "findings", "hurry", "rulings"]

SOURCE = "van der Smagt"
NETWORK = "gamst_walker_hessian"
UNCOMMON = 0.05  #: of the networks: what more of them than this have is "not uncommon"
ROUNDING = 1e-13  #: of the largest curvature: what is below is taken for 0
LEAST_LOSS = 1e-3  #: above which a network has not found the least loss, which is 0
#: {dataset: (its networks, how its condition numbers are got)}
NETWORKS = {
    NETWORK: "ends of descents of 5 x 5 ReLU networks, all optimisers",
    "fang_2018_points": "stationary points of J of tiny spiking networks",
}


def conditions(name: str, dataset: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Condition numbers (n,) of a dataset's Hessians, and how many curvatures (n,) are 0.

    Largest over least absolute curvature; those below ROUNDING of the largest are 0 to rounding,
    and are left out: with them it is infinite. Where only the two ends were kept, a least one that
    is 0 gives nan.
    """
    if name == NETWORK:
        values = dataset["eigenvalue"].isel(state=-1).values.reshape(-1, dataset.sizes["index"])
        values = np.abs(values)
        values = values[np.isfinite(values).all(axis=1)]
    else:
        there = dataset["converged"].values.astype(bool) & np.isfinite(dataset["least"].values)
        ends = dataset["least"].values[there], dataset["largest"].values[there]
        values = np.abs(np.stack(ends, axis=1))
    largest = values.max(axis=1, keepdims=True)
    zero = values < ROUNDING * largest
    least = np.where(zero, np.inf, values).min(axis=1)
    found = np.where(zero.sum(axis=1) < values.shape[1] - 1, largest[:, 0] / least, np.nan)
    return found, zero.sum(axis=1)


def rulings(datasets: Mapping[str, xr.Dataset]) -> dict[str, Ruling]:
    """{key: ruling}: on how many networks kappa is at least what the lecture calls not uncommon."""
    found = {}
    for name in NETWORKS:
        if name in datasets:
            values, _ = conditions(name, datasets[name])
            known = values[np.isfinite(values)]
            if len(known):
                large = int((known >= PRINTED_CONDITION).sum())
                found[f"condition_{name.split('_')[0]}"] = share(large, len(known), UNCOMMON)
    if NETWORK in datasets:
        energies = datasets[NETWORK]["energy"].isel(state=-1).values.ravel()
        energies = energies[np.isfinite(energies)]
        above = int((energies > LEAST_LOSS).sum())
        found["ends"] = share(above, len(energies), UNCOMMON)
    return dict(zip(found, in_family(found.values(), "networks")))


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each sentence."""
    dataset = datasets["optimisation_primer"]
    rows = _of_formulas(dataset) + _of_methods(dataset)
    for key, ruling in rulings(datasets).items():
        if key == "ends":
            rows.append(_of_networks(datasets[NETWORK], ruling))
            continue
        name = next(name for name in NETWORKS if name.startswith(key.split("_")[1]))
        values, zeros = conditions(name, datasets[name])
        median = f"{np.nanmedian(values):.1e}, {np.median(zeros):.0f} curvatures of 0 left out"
        rows.append(
            ruled(
                key,
                "a condition of 10^10 is not uncommon in networks",
                f"{SOURCE}, condition of the Hessian",
                ruling,
                f"{NETWORKS[name]}; median {median}; below {ROUNDING:g} of the largest is 0",
                "Hessians",
                ".2f",
            )
        )
    return rows


def _of_networks(dataset: xr.Dataset, ruling: Ruling) -> Finding:
    """Whether descents of networks end above the least loss."""
    values = dataset["eigenvalue"].isel(state=-1).values.reshape(-1, dataset.sizes["index"])
    values = values[np.isfinite(values).all(axis=1)]
    minima = (values.min(axis=1) > -ROUNDING * np.abs(values).max(axis=1)).mean()
    return ruled(
        "ends",
        "descents of networks end in local minima or saddle points",
        SOURCE,
        ruling,
        f"{NETWORKS[NETWORK]}, a loss above {LEAST_LOSS:g} where 0 is possible; {minima:.0%} of all"
        " have no curvature below 0",
        "networks, of one target function",
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
            f"{bump}, 200 random places for each d",
            "they are right to 1e-10 for every d",
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
    rows = []
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
            )
        )
    return rows


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    rows = findings(datasets)
    dataset, found = datasets["optimisation_primer"], rulings(datasets)
    right = sum(row.verdict == REPRODUCED for row in rows)
    kappa = ", ".join(
        f"{in_short(one, '.2f')} of {one.num} ({key.split('_')[1]})"
        for key, one in found.items()
        if key != "ends"
    )
    return [
        "Asked was which sentences of a lecture on optimisation hold when they are calculated, on "
        "its own three points and on quadratics of every condition.",
        f"Of {len(rows)} rows {right} come out as the lecture has them; its expansion lacks a "
        "factor of 1/2, and its equations an offset, where the table says so.",
        "That a class of methods deals with a large condition holds "
        f"{condition_rules.dealing(dataset)}.",
        f"A condition of 10^10 or more is met in this part of our networks' Hessians: "
        f"{kappa or 'not measured'}; curvatures of 0 to rounding are left out, with them the "
        "condition is infinite.",
        "All but the networks is calculated and not drawn, so it is exact; methods have the best "
        "rate of a grid, which nobody has in practice.",
    ]
