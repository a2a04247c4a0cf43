"""The objective that a finished run climbed, and the saddle criterion at the snapshots of its
learning path.
"""

import numpy as np

from spikesampler import stimuli
from spikesampler.checks import real_number
from spikesampler.errors import InputError
from spikesampler.experiments.prepare import centres_of
from spikesampler.experiments.run_folder import same_data
from spikesampler.experiments.run_result import Result
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.landscape.saddle import measure, tolerances
from spikesampler.stimuli.psp import psp_patterns
from spikesampler.stimuli.seeds import generator

PATTERNS = 4_000  #: learning samples that stand for the run, unless told otherwise
UNSURE = 0.1  #: relative standard error from which on patterns are called too few
NEEDED = (
    "I",
    "K",
    "N",
    "rho",
    "theta_0",
    "alpha",
    "mu",
    "sigma",
    "retraction",
    "sample_length",
    "dt",
    "tau_m",
    "tau_s",
)


def objective_of(run, *, patterns=PATTERNS, kind="snapshots", counts_as="network", seed=0):
    """SynapticObjective of a finished run, on PSP vectors drawn anew for its first learning
    samples.

    Parameters
    ----------
    run : Result, or the folder of a run of a supervised model (Fang et al. 2018).
    patterns : number of learning samples, from the first; beyond those of the run, those that it
        would have seen next.
    kind : "snapshots", what the network's own changes see, or "means": the mean PSP of each sample,
        a smoothed J.
    counts_as : as how many patterns the likelihood counts against the prior. "network": N rho * 1
        s, so that b times the gradient is the drift of theta; "samples": as many as the run learnt,
        J as a sum over its samples; or a number.
    seed : of the spikes that are drawn for the patterns.

    Raises InputError where the run learnt without labels or with retraction, or its stimuli cannot
    be had again.
    """
    result = run if isinstance(run, Result) else Result(run)
    values = _parameters(result)
    source, points, labels, centres = _stimuli(result, values, patterns)
    block = max(1, (1 << 22) // int(values["I"]))
    rates = (
        stimuli.input_rates(source, points[first : first + block], centres, values)
        for first in range(0, len(points), block)
    )
    times = {name: values[name] for name in ("sample_length", "dt", "tau_m", "tau_s")}
    x = psp_patterns(rates, generator(seed, "landscape", "patterns"), kind=kind, **times)
    own = {"network": values["N"] * values["rho"], "samples": result.learning.sizes["sample"]}
    number = own.get(counts_as, counts_as) if isinstance(counts_as, str) else counts_as
    try:
        amplification = float(number) / len(x)
    except (TypeError, ValueError):
        raise InputError(
            f"counts_as is {counts_as!r}: expected network, samples or a number"
        ) from None
    prior = {name: values[name] for name in ("theta_0", "alpha", "mu", "sigma")}
    return SynapticObjective(x, labels, int(values["K"]), amplification=amplification, **prior)


def _parameters(result):
    """The parameters of a run in base units, with what the objective needs."""
    values = result.values
    name = result.manifest.get("model", {}).get("name", "its model")
    if not result.learning.attrs.get("supervised", 0):
        raise InputError(
            f"{result.path} learnt without labels ({name}): expected a run with a teacher, such as"
            " fang_2018"
        )
    if missing := [name for name in NEEDED if name not in values]:
        raise InputError(
            f"{result.path}: {name} has no parameter {missing[0]}, which the objective needs"
        )
    if values["retraction"] != "none":
        raise InputError(
            f"{result.path} has retraction {values['retraction']}: expected none, the objective is"
            " known for weights that transmit what is learnt"
        )
    return values


def _stimuli(result, values, patterns):
    """Source, points and labels of the first learning samples, and centres, as the run had them."""
    settings, learning = result.manifest["settings"], result.learning
    samples = learning.sizes.get("sample", 0)
    if not isinstance(patterns, (int, np.integer)) or patterns < 2:
        raise InputError(f"patterns={patterns!r}: expected a whole number of at least 2")
    source = stimuli.load_source(
        settings["data"],
        seed=result.manifest["seed"],
        parameters=values,
        fixed_K="K" in settings["set"],
    )
    drawn = source.draw("learning", patterns, result.manifest["seed"])
    centres = centres_of(source, int(values["I"]), result.manifest["seed"])
    same_labels = np.array_equal(drawn.labels[:samples], learning["label"].values[:patterns])
    if not (same_data(result.manifest, source) and same_labels):
        raise InputError(
            f"{result.path} learnt other stimuli than {settings['data'] or 'its clusters'} give"
            " now: restore its data, or use the version of spikesampler that it was run with"
        )
    return source, drawn.points(), drawn.labels, centres


def saddle_path(
    run,
    *,
    patterns=PATTERNS,
    kind="snapshots",
    counts_as="network",
    every=1,
    tolerance=1e-4,
    epsilon=None,
    gamma=None,
    count=None,
    seed=0,
    progress=None,
):
    """The criterion and what it stands for at the snapshots of a run: an xarray Dataset along
    `snapshot`.

    Variables: seconds (biological), accuracy (probe), a, b, c, total, total_error, likelihood,
    fisher, trace, trace_error, hutchinson, hutchinson_error, largest, largest_error, smallest,
    residual_largest, residual_smallest, value, gradient_norm, index (-1: not counted), verdict,
    agrees, failure, and escape_direction (snapshot, output, input). See `saddle.Saddle` and
    `objective.Criterion`. Attributes say what the patterns are.

    every : each that many-th snapshot only. progress : called as progress(done, total, text).
        Others: `objective_of`
    and `saddle.measure`.
    """
    result = run if isinstance(run, Result) else Result(run)
    check_snapshots(result)
    if not isinstance(every, (int, np.integer)) or every < 1:
        raise InputError(f"every={every!r}: expected a whole number of at least 1")
    for name, value in {"tolerance": tolerance, "epsilon": epsilon, "gamma": gamma}.items():
        if value is not None:
            real_number(name, value)
    objective = objective_of(result, patterns=patterns, kind=kind, counts_as=counts_as, seed=seed)
    learning = result.learning.isel(probe=slice(None, None, every))
    limits = dict(zip(("epsilon", "gamma"), tolerances(objective, epsilon, gamma)))
    rows, directions = [], []
    for number, theta in enumerate(learning["theta"].values.astype(float)):
        one = measure(objective, theta, tolerance=tolerance, count=count, seed=seed, **limits)
        rows.append(
            as_row(one)
            | {
                "seconds": float(learning["probe_time"][number]),
                "accuracy": float(learning["probe_accuracy"][number]),
            }
        )
        directions.append(one.escape_direction)
        if progress is not None:
            progress(
                number + 1,
                learning.sizes["probe"],
                one.failure or f"largest eigenvalue {one.largest:.3g}",
            )
    facts = {
        "run": str(result.path),
        "arm": result.learning.attrs["arm"],
        "start": result.learning.attrs["start"],
        "seed": int(result.manifest["seed"]),
        "kind": kind,
        "patterns": len(objective.patterns),
        "effective_patterns": objective.effective_patterns,
        "patterns_seed": int(seed),
        "tolerance": tolerance,
        **limits,
    }
    return _dataset(rows, directions, facts)


def check_snapshots(result):
    """Refuse a run whose path was not kept."""
    if "theta" not in result.learning or not result.learning["theta"].size:
        raise InputError(
            f"{result.path} holds no snapshots of theta: run it again with --probe-every, each"
            " probe keeps one"
        )


def as_row(one):
    """A Saddle as plain numbers and words by name, in the order of a table."""
    criterion = one.criterion._asdict()
    return {
        "value": one.value,
        "gradient_norm": one.gradient_norm,
        **criterion,
        "hutchinson": one.hutchinson.trace,
        "hutchinson_error": one.hutchinson.standard_error,
        "largest": one.largest,
        "largest_error": one.largest_error,
        "smallest": one.smallest,
        "residual_largest": float(one.residuals[0]),
        "residual_smallest": float(one.residuals[1]),
        "index": one.index,
        "agrees": one.agrees,
        "verdict": one.verdict,
        "failure": one.failure,
    }


def _dataset(rows, directions, facts):
    import xarray

    columns = {name: ("snapshot", [row[name] for row in rows]) for name in rows[0]}
    columns["escape_direction"] = (
        ("snapshot", "output", "input"),
        np.array(directions, dtype="f4"),
    )
    return xarray.Dataset(columns, attrs=facts)


def warnings(found):
    """What a reader of the numbers must know, a line each: eigenvalues that failed, patterns that
    are too few.
    """
    lines, total = [], found.sizes["snapshot"]
    if failed := [text for text in found["failure"].values if text]:
        lines.append(f"{len(failed)} of {total} snapshots without eigenvalues: {failed[0]}")
    for name in ("total", "trace", "largest"):
        value, error = np.abs(found[name].values), found[f"{name}_error"].values
        if unsure := int((error > UNSURE * value).sum()):
            worst = int(np.nanargmax(error / np.maximum(value, np.finfo(float).tiny)))
            lines.append(
                f"{found.attrs['patterns']} patterns are few for {unsure} of {total} snapshots:"
                f" {name} is {found[name].values[worst]:.3g} with standard error {error[worst]:.2g}"
                f" at {found['seconds'].values[worst]:g} s; use more with --patterns"
            )
    return lines
