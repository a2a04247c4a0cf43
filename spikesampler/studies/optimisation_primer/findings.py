"""What is concluded of the lecture: a row for each of its sentences, and five sentences of ours."""

from collections.abc import Mapping, Sequence

import xarray as xr

from spikesampler.stats.rules import REPRODUCED
from spikesampler.studies.finding import Finding, certain
from spikesampler.studies.optimisation_primer import condition_rules, rules
from spikesampler.studies.optimisation_primer.network_conditions import (
    CUTS,
    SOURCE,
    in_words,
    of_networks,
    rulings,
)
from spikesampler.studies.optimisation_primer.numbers import numbers

__all__ = ["findings", "hurry"]


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each sentence."""
    dataset = datasets["optimisation_primer"]
    return [*_of_formulas(dataset), *_of_methods(dataset), *of_networks(datasets)]


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
    rows = [row for row in findings(datasets) if not row.ours]
    dataset = datasets["optimisation_primer"]
    right = sum(row.verdict == REPRODUCED for row in rows)
    return [
        "Asked was which sentences of a lecture on optimisation hold when they are calculated, on "
        "its own three points and on quadratics of every condition.",
        f"Of {len(rows)} claims {right} come out as the lecture has them; its expansion lacks a "
        "factor of 1/2, and its equations an offset, where the table says so.",
        "That a class of methods deals with a large condition holds "
        f"{condition_rules.dealing(dataset)}.",
        "A condition of 10^10 or more (the largest curvature over the least) has a share of "
        f"{in_words(rulings(datasets))}, where curvatures below "
        f"{', '.join(f'{cut:g}' for cut in CUTS)} of the largest count as 0 and are left out.",
        f"Formulas are exact; steps on rotated quadratics are those of {dataset.sizes['draw']} "
        "random rotations, between which they differ a few times, with the best rate of a grid, "
        "which nobody has in practice.",
    ]
