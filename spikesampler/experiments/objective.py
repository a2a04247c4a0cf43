"""The objective that a finished run climbed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spikesampler import stimuli
from spikesampler.errors import InputError
from spikesampler.experiments.likelihood import Likelihood, likelihood_of
from spikesampler.experiments.run_result import AnyRun, Result, result_of
from spikesampler.experiments.run_stimuli import centres_of, samples_of_run, source_of_run
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.stimuli.psp import psp_patterns
from spikesampler.stimuli.seeds import generator

PATTERNS = 4_000  #: learning samples that stand for the run, unless told otherwise


def objective_of(
    run: AnyRun,
    *,
    patterns: int = PATTERNS,
    kind: str = "snapshots",
    counts_as: str | float = "network",
    seed: int = 0,
    data: Any = None,
) -> SynapticObjective:
    """SynapticObjective of a finished run, on PSP vectors drawn anew for its first samples.

    Those of inputs that replay spikes are of these spikes.

    Parameters
    ----------
    run : Result, or the folder of a run of a model of the form of Fang et al. (2018), by whatever
        names.
    patterns : number of learning samples, from the first; beyond those of the run, those that it
        would have seen next.
    kind : "snapshots", what the network's own changes see, or "means": the mean PSP of each sample,
        a smoothed J.
    counts_as : as how many patterns the likelihood counts against the prior. "network": N rho * 1
        s, so that b times the gradient is the drift of theta; "samples": as many as the run learnt,
        J as a sum over its samples; or a number.
    seed : of the spikes that are drawn for the patterns.
    data : what the run was given as `data`, where it keeps none of it: arrays, or a source.

    Raises InputError where an equation of the run's model has another form than the likelihood's
    (`likelihood_of`), or its stimuli cannot be had again.
    """
    result = result_of(run)
    values, found = result.values, _likelihood(result)
    source, points, labels, centres = _stimuli(result, values, patterns, data)
    rng = generator(seed, "landscape", "patterns")
    x = _psps(source, points, centres, values, rng, kind, found.kernel)
    own = {"network": found.N * found.rate, "samples": result.learning.sizes["sample"]}
    number = own.get(counts_as, counts_as) if isinstance(counts_as, str) else counts_as
    try:
        amplification = float(number) / len(x)
    except (TypeError, ValueError):
        raise InputError(
            f"counts_as is {counts_as!r}: expected network, samples or a number"
        ) from None
    prior = {name: getattr(found, name) for name in ("theta_0", "alpha", "mu", "sigma")}
    return SynapticObjective(x, labels, int(values["K"]), amplification=amplification, **prior)


def _likelihood(result: Result) -> Likelihood:
    """The constants of the objective, from the run's own rule, or InputError that says why not."""
    main = result.main
    if len(result.pathways) > 1 or main.groups > 1 or main.delay:
        raise InputError(
            f"{result.path} climbed no known objective: its network has the pathways"
            f" {', '.join(result.pathways)}; expected a run of one layer without groups and delays,"
            " whose likelihood is known, such as one of fang_2018"
        )
    try:
        return likelihood_of(result.rule, result.values)
    except InputError as error:
        name = result.manifest.get("model", {}).get("name", "its model")
        raise InputError(f"{result.path} climbed no known objective ({name}): {error}") from None


def _psps(
    source: stimuli.Source,
    points: Any,
    centres: np.ndarray | None,
    values: dict[str, Any],
    rng: np.random.Generator,
    kind: str,
    kernel: Sequence[tuple[float, float]],
) -> np.ndarray:
    """PSP vectors (n_sample, n_input) of these samples."""
    times = {name: values[name] for name in ("sample_length", "dt", "gap")}
    times["kernel"] = kernel
    if isinstance(points, stimuli.Trains):
        return psp_patterns(points, rng, kind=kind, num_inputs=int(values["I"]), **times)
    block = max(1, (1 << 22) // (int(values["I"]) * (points.shape[1] if points.ndim > 2 else 1)))
    rates = (
        stimuli.input_rates(source, points[first : first + block], centres, values)
        for first in range(0, len(points), block)
    )
    return psp_patterns(rates, rng, kind=kind, **times)


def _stimuli(result: Result, values: dict[str, Any], patterns: int, data: Any) -> tuple:
    """Source, points and labels of the first learning samples, and centres, as the run had them."""
    if not isinstance(patterns, (int, np.integer)) or patterns < 2:
        raise InputError(f"patterns={patterns!r}: expected a whole number of at least 2")
    seed = result.manifest["seed"]
    source = source_of_run(result.path, result.manifest, values, supervised=True, data=data)
    samples_of_run(result.path, result.manifest, source, "learning")  # those that it was shown
    drawn = source.draw("learning", patterns, seed)
    centres = centres_of(source, int(values["I"]), seed)
    return source, drawn.points(), drawn.labels, centres
