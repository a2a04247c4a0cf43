"""Stationary points near the learning path of a run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler.errors import InputError
from spikesampler.experiments.objective import objective_of
from spikesampler.experiments.run_result import AnyRun, result_of
from spikesampler.experiments.saddle import as_row, check_snapshots
from spikesampler.landscape.saddle import measure
from spikesampler.landscape.stationary import stationary_point

if TYPE_CHECKING:
    import xarray

__all__ = ["stationary_near"]


def _check_numbers(result, num_snapshots, snapshots, indices):
    """Refuse no snapshots, no indices, and snapshots that the run does not have."""
    if not (len(snapshots) and len(indices)):
        raise InputError(
            "no snapshots or no indices: expected at least one of each, such as snapshots=[-1]"
        )
    if wrong := [number for number in snapshots if not -num_snapshots <= number < num_snapshots]:
        raise InputError(
            f"snapshot {wrong[0]}: {result.path} has {num_snapshots}, give numbers from 0 to"
            f" {num_snapshots - 1}"
        )


def stationary_near(
    run: AnyRun,
    snapshots: Sequence[int],
    indices: Sequence[int] = (0, 1),
    *,
    tolerance: float = 1e-6,
    max_steps: int = 1_000,
    **options: Any,
) -> xarray.Dataset:
    """Stationary points of J from snapshots of a run: an xarray Dataset along `point`.

    snapshots : numbers of snapshots, from 0, negative ones from the end. indices : one search for
    each of these. options : of `objective_of`; tolerance, max_steps : of `stationary_point`.

    Variables: those of `saddle_path` at the point found, and snapshot, seconds (of the snapshot),
    wanted_index, converged, steps, distance (norm of the way), theta_low, theta_high. What did not
    converge is there too, marked so.
    """
    import xarray

    result = result_of(run)
    check_snapshots(result)
    path = result.learning["theta"].values.astype(float)
    seconds = result.learning["probe_time"].values
    _check_numbers(result, len(path), snapshots, indices)
    objective = objective_of(result, **options)
    rows = []
    for number, index in product(snapshots, indices):
        point = stationary_point(
            objective, path[number], index=index, tolerance=tolerance, max_steps=max_steps
        )
        about = {"snapshot": int(number) % len(path), "seconds": float(seconds[number])}
        about |= {"wanted_index": int(index), "converged": point.converged}
        ends = float(point.theta.min()), float(point.theta.max())
        about |= {"steps": point.steps, "theta_low": ends[0], "theta_high": ends[1]}
        about["distance"] = float(np.linalg.norm(point.theta - path[number]))
        rows.append(as_row(measure(objective, point.theta)) | about)
    columns = {name: ("point", [row[name] for row in rows]) for name in rows[0]}
    facts: dict[str, Any] = {name: str(result.learning.attrs[name]) for name in ("arm", "start")}
    facts |= {"seed": int(result.manifest["seed"]), "patterns": len(objective.patterns)}
    return xarray.Dataset(
        columns, attrs=facts | {"effective_patterns": objective.effective_patterns}
    )
