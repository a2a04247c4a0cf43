"""The saddle criterion at the snapshots of a run's learning path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler.errors import InputError, printable
from spikesampler.experiments.arguments import accepts
from spikesampler.experiments.declared import SADDLE
from spikesampler.experiments.objective import objective_of
from spikesampler.experiments.run_result import AnyRun, Result, result_of
from spikesampler.jobs.progress import Say, silent
from spikesampler.landscape.saddle import Saddle, measure, tolerances

if TYPE_CHECKING:
    import xarray

__all__ = ["as_row", "check_snapshots", "saddle_path", "warnings"]

UNSURE = 0.1  #: relative standard error from which on patterns are called too few


@accepts(*SADDLE)
def saddle_path(
    run: AnyRun,
    *,
    progress: Say | None = None,
    data: Any = None,
    kind: str,
    every: int,
    tolerance: float,
    epsilon: float | None,
    gamma: float | None,
    count: bool | None,
    seed: int,
    **patterns: Any,
) -> xarray.Dataset:
    """The criterion and what it stands for at the snapshots of a run: a Dataset along `snapshot`.

    Variables: seconds (biological), accuracy (probe), a, b, c, total, total_error, likelihood,
    fisher, trace, trace_error, hutchinson, hutchinson_error, largest, largest_error, smallest,
    residual_largest, residual_smallest, value, gradient_norm, index (-1: not counted), verdict,
    agrees, failure, and escape_direction (snapshot, output, input). See `saddle.Saddle` and
    `objective.Criterion`. Attributes say what the patterns are.

    Parameters
    ----------
    run : Result, or the folder of a run.
    progress : called as progress(done, total, text).
    data : what the run was given as `data`, where it keeps none of it: arrays, or a source.
    {arguments}
    """
    import xarray

    result = result_of(run)
    check_snapshots(result)
    if not isinstance(every, (int, np.integer)) or every < 1:
        raise InputError(f"every={every!r}: expected a whole number of at least 1")
    objective = objective_of(result, kind=kind, seed=seed, data=data, **patterns)
    say = progress or silent
    learning = result.learning.isel(probe=slice(None, None, every))
    limits = dict(zip(("epsilon", "gamma"), tolerances(objective, epsilon, gamma)))
    saddles = []
    for number, theta in enumerate(learning["theta"].values.astype(float)):
        saddle = measure(objective, theta, tolerance=tolerance, count=count, seed=seed, **limits)
        saddles.append(saddle)
        news = saddle.failure or f"largest eigenvalue {saddle.largest:.3g}"
        say(number + 1, learning.sizes["probe"], news)
    facts = {
        "run": printable(str(result.path)),
        **{name: result.learning.attrs[name] for name in ("arm", "start")},
        "seed": int(result.manifest["seed"]),
        "kind": kind,
        "patterns": len(objective.patterns),
        "effective_patterns": objective.effective_patterns,
        "patterns_seed": int(seed),
        "tolerance": tolerance,
        **limits,
    }
    return xarray.Dataset(_columns(saddles, learning), attrs=facts)


def _columns(saddles: Sequence[Saddle], learning: xarray.Dataset) -> dict[str, tuple]:
    """Variables of the Dataset, from what was measured at each probe that was looked at."""
    rows = [as_row(saddle) for saddle in saddles]
    columns: dict[str, tuple] = {
        name: ("snapshot", [row[name] for row in rows]) for name in rows[0]
    }
    for name, variable in (("seconds", "probe_time"), ("accuracy", "probe_accuracy")):
        columns[name] = ("snapshot", learning[variable].values.astype(float).tolist())
    directions = np.array([saddle.escape_direction for saddle in saddles], dtype="f4")
    columns["escape_direction"] = (("snapshot", "output", "input"), directions)
    return columns


def check_snapshots(result: Result) -> None:
    """Refuse a run whose path was not kept."""
    if "theta" not in result.learning or not result.learning["theta"].size:
        raise InputError(
            f"{result.path} holds no snapshots of theta: run it again with --probe-every, each"
            " probe keeps one"
        )


def as_row(saddle: Saddle) -> dict[str, Any]:
    """A Saddle as plain numbers and words by name, in the order of a table."""
    return {
        "value": saddle.value,
        "gradient_norm": saddle.gradient_norm,
        **saddle.criterion._asdict(),
        "hutchinson": saddle.hutchinson.trace,
        "hutchinson_error": saddle.hutchinson.standard_error,
        "largest": saddle.largest,
        "largest_error": saddle.largest_error,
        "smallest": saddle.smallest,
        "residual_largest": float(saddle.residuals[0]),
        "residual_smallest": float(saddle.residuals[1]),
        "index": saddle.index,
        "agrees": saddle.agrees,
        "verdict": saddle.verdict,
        "failure": saddle.failure,
    }


def warnings(path: xarray.Dataset) -> list[str]:
    """Lines for a reader of the numbers: eigenvalues that failed, patterns that are too few."""
    lines, total = [], path.sizes["snapshot"]
    if failed := [text for text in path["failure"].values if text]:
        lines.append(f"{len(failed)} of {total} snapshots without eigenvalues: {failed[0]}")
    for name in ("total", "trace", "largest"):
        value, error = np.abs(path[name].values), path[f"{name}_error"].values
        if unsure := int((error > UNSURE * value).sum()):
            worst = int(np.nanargmax(error / np.maximum(value, np.finfo(float).tiny)))
            lines.append(
                f"{path.attrs['patterns']} patterns are few for {unsure} of {total} snapshots:"
                f" {name} is {path[name].values[worst]:.3g} with standard error {error[worst]:.2g}"
                f" at {path['seconds'].values[worst]:g} s; use more with --patterns"
            )
    return lines
