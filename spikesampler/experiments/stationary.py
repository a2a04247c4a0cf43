"""Stationary points near the learning path of a run."""

import numpy as np

from spikesampler.errors import InputError
from spikesampler.experiments.objective import as_row, check_snapshots, objective_of
from spikesampler.experiments.run_result import Result
from spikesampler.landscape.saddle import measure
from spikesampler.landscape.stationary import stationary_point

__all__ = ["stationary_near"]


def stationary_near(run, snapshots, indices=(0, 1), *, tolerance=1e-6, max_steps=1_000, **options):
    """Stationary points of J from snapshots of a run: an xarray Dataset along `point`.

    snapshots : numbers of snapshots, from 0, negative ones from the end. indices : one search for
        each of these.
    options : of `objective_of`; tolerance, max_steps : of `stationary_point`.

    Variables: those of `saddle_path` at the point found, and snapshot, seconds (of the snapshot),
    wanted_index, converged, steps, distance (norm of the way), theta_low, theta_high. What did not
    converge is there too, marked so.
    """
    import xarray

    result, rows = run if isinstance(run, Result) else Result(run), []
    check_snapshots(result)
    path, seconds = (
        result.learning["theta"].values.astype(float),
        result.learning["probe_time"].values,
    )
    if not (len(snapshots) and len(indices)):
        raise InputError(
            "no snapshots or no indices: expected at least one of each, such as snapshots=[-1]"
        )
    if wrong := [number for number in snapshots if not -len(path) <= number < len(path)]:
        raise InputError(
            f"snapshot {wrong[0]}: {result.path} has {len(path)}, give numbers from 0 to"
            f" {len(path) - 1}"
        )
    objective = objective_of(result, **options)
    for number in snapshots:
        for index in indices:
            found = stationary_point(
                objective, path[number], index=index, tolerance=tolerance, max_steps=max_steps
            )
            row = as_row(measure(objective, found.theta))
            row |= {
                "snapshot": int(number) % len(path),
                "seconds": float(seconds[number]),
                "wanted_index": int(index),
            }
            row |= {"converged": found.converged, "steps": found.steps}
            row |= {"distance": float(np.linalg.norm(found.theta - path[number]))}
            rows.append(
                row
                | {
                    "theta_low": float(found.theta.min()),
                    "theta_high": float(found.theta.max()),
                }
            )
    columns = {name: ("point", [row[name] for row in rows]) for name in rows[0]}
    facts = {name: str(result.learning.attrs[name]) for name in ("arm", "start")}
    facts |= {"seed": int(result.manifest["seed"]), "patterns": len(objective.patterns)}
    return xarray.Dataset(
        columns, attrs=facts | {"effective_patterns": objective.effective_patterns}
    )
