"""Two further sentences of the proof, in a network of 50 inputs: step 2, and valid outputs.

Step 2 of Theorem 1's proof takes C for a difference of potentials. With Eq. (4)'s S_k as p_k,

    C       = N sum_n sum_k sum_i w_ki^2 alpha e^(w_ki) (p_k - h_k)
    spread  = N sum_n [sum_k p_k V_k(x^n) - V_label(x^n)],    V_k(x) = sum_i w_ki^2 x_i
    winner  = N sum_n [V_k*(x^n) - V_label(x^n)],             k* the output of the largest p

where `spread` and `winner` are two readings of "N (sum w_k^2 x - sum w_label^2 x)": "the neuron
which releases spikes" may be any, as likely as it is, or the likeliest. And "every local minimum
corresponds to valid output": how often the likeliest output is right, on mean PSPs of samples that
J does not contain, at stationary points of index 0 (the theorem's minima, maxima of J) and 1. There
also the largest and the least absolute curvature, which make the condition number. `best` is what
who knows the densities of the classes gets right.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from spikesampler.experiments.objective import objective_of
from spikesampler.experiments.run_result import Result
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.landscape.stationary import stationary_point
from spikesampler.studies.fang_2018 import saddle_runs
from spikesampler.studies.fang_2018.saddle_runs import Plan
from spikesampler.studies.study import Work

__all__ = ["MAX_STEPS", "Difference", "gather", "potential_difference"]

MAX_STEPS = 500
TOLERANCE = 1e-6
FEW = 1000  #: patterns in which the search for stationary points climbs J; as many are held out
#: kinds of points, of one length: tables of several are put together as they are
PATH, MAXIMUM, PASS = "path", "peak", "pass"


class Difference(NamedTuple):
    """C of Eq. (4), and what step 2 puts in its place, in two readings."""

    c: float
    spread: float
    winner: float


def potential_difference(objective: SynapticObjective, theta: np.ndarray) -> Difference:
    """Difference at theta (K, I); both its forms are the same passes over the patterns."""
    point, sums = objective.at(theta), np.zeros(3)
    square = point.weight**2
    bent = (square * point.intensity).sum(axis=1)
    for part in objective.blocks():
        p = point.probability[part]
        error = objective.error(point.probability, part)  # h - p
        potential = objective.patterns[part] @ square.T
        labels = objective.labels[part]
        won = np.take_along_axis(potential, p.argmax(axis=1)[:, np.newaxis], axis=1).sum()
        sums += (
            -(error @ bent).sum(),
            -(error * potential).sum(),
            won - potential[np.arange(len(labels)), labels].sum(),
        )
    return Difference(*map(float, objective.amplification * sums))


def gather(
    work: Work,
    networks: Mapping[str, Plan],
    samples: int,
    patterns: int,
    snapshots: Sequence[int],
    climbed: Sequence[tuple[str, int, str | int]],
) -> xr.Dataset:
    """A row per point: learning paths, and stationary points found from their ends.

    snapshots : of the paths. climbed : (start, index, counts_as) of the searches. The rest as for
    the study's paths.
    """
    with saddle_runs.learnt(work, networks, samples) as (executor, runs):
        jobs = {}
        for folder, about in runs.items():
            measure = partial(on_path, folder, snapshots, patterns)
            jobs[saddle_runs.kept_file(folder, "potentials", measure)] = measure, about
            for start, index, counts_as in climbed:
                if about.start == start:
                    measure = partial(at_stationary, folder, index, counts_as)
                    jobs[saddle_runs.kept_file(folder, "valid", measure)] = measure, about
        return saddle_runs.measured(executor, "potentials and outputs", jobs)


def on_path(folder: Path, snapshots: Sequence[int], patterns: int) -> xr.Dataset:
    """Points of the learning path of a run."""
    result = Result(folder)
    objective = objective_of(result, patterns=patterns)
    means = objective_of(result, patterns=patterns, kind="means", seed=1)
    path = result.learning["theta"].values.astype(float)
    rows = [
        _row(PATH, objective, means, path[number])
        | {"largest": np.nan, "least": np.nan, "number": number % len(path), "converged": True}
        for number in snapshots
    ]
    return _columns(rows, objective, result)


def at_stationary(folder: Path, index: int, counts_as: str | int) -> xr.Dataset:
    """The stationary point of this index that is found from the end of the run's path."""
    result = Result(folder)
    objective, held_out = _halves(result, counts_as)
    path = result.learning["theta"].values.astype(float)
    found = stationary_point(
        objective, path[-1], index=index, tolerance=TOLERANCE, max_steps=MAX_STEPS
    )
    row = _row((MAXIMUM, PASS)[index], objective, held_out, found.theta)
    curvatures = np.sort(np.abs(np.linalg.eigvalsh(objective.hessian(found.theta))))
    row |= {"largest": float(curvatures[-1]), "least": float(curvatures[0])}
    row |= {"number": len(path) - 1, "converged": found.converged}
    return _columns([row], objective, result)


def _halves(result: Result, counts_as: str | int) -> tuple[SynapticObjective, SynapticObjective]:
    """J of FEW samples, and the mean PSPs of FEW others."""
    objective = objective_of(result, patterns=FEW, counts_as=counts_as)
    means = objective_of(result, patterns=2 * FEW, kind="means", seed=1)
    names = ("theta_0", "alpha", "mu", "sigma")
    prior = {name: getattr(objective, name) for name in names}
    others = SynapticObjective(
        means.patterns[FEW:], means.labels[FEW:], objective.shape[0], amplification=1.0, **prior
    )
    return objective, others


def _row(
    kind: str, objective: SynapticObjective, others: SynapticObjective, theta: np.ndarray
) -> dict[str, Any]:
    answers = others.at(theta).probability.argmax(axis=1)
    return {
        "kind": kind,
        **potential_difference(objective, theta)._asdict(),
        "gradient_norm": float(np.linalg.norm(objective.gradient(theta))),
        "accuracy": float((answers == others.labels).mean()),
    }


def _columns(
    rows: Sequence[Mapping[str, Any]], objective: SynapticObjective, result: Result
) -> xr.Dataset:
    columns = {name: ("point", [row[name] for row in rows]) for name in rows[0]}
    columns["best"] = ("point", [float(result.bayes_accuracy)] * len(rows))
    facts = {"patterns": len(objective.patterns)}
    return xr.Dataset(columns, attrs=facts | {"effective_patterns": objective.effective_patterns})
