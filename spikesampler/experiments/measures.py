"""What experimenters measure of synapses and neurons, of any finished run.

Synapses are looked at in the probes, as spines are in sessions of imaging: which are present, how
many come and go, how long those of the start survive, how long theta remembers. Neurons are looked
at in the test (which of them answers, and to what) and where their spikes were recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from spikesampler import stats
from spikesampler.errors import InputError, shown
from spikesampler.experiments.run_pathways import LearntPathway, LearntPathways
from spikesampler.experiments.run_spikes import RecordedSpikes
from spikesampler.stats.correlations import autocorrelation_times
from spikesampler.stats.window_bias import corrected_time

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Measure", "MeasuredRun", "measures_of", "present_at_probes"]

LEAST = 10  #: probes in the second half of learning of which a time of autocorrelation is told


class Measure(NamedTuple):
    """One number: of which layer or pathway, what it is called, its value and unit, what it is.

    A value that the run cannot tell is nan, and `about` says why.
    """

    of: str
    name: str
    value: float
    unit: str
    about: str


class MeasuredRun(LearntPathways, RecordedSpikes):
    """A finished run, whose measures are a table."""

    def measures(self, present_above: float | None = None) -> pd.DataFrame:
        """Turnover, survival, memory of theta, and how neurons fire: one row for each measure.

        Columns: of (the pathway or layer), measure, value (nan where the run cannot tell), unit,
        meaning. See `experiments.measures.measures_of`, also for present_above.
        """
        import pandas as pd

        columns = ["of", "measure", "value", "unit", "meaning"]
        rows = [tuple(one) for one in measures_of(self, present_above)]
        return pd.DataFrame(rows, columns=columns)


def measures_of(run: MeasuredRun, present_above: float | None = None) -> list[Measure]:
    """All measures of a run, pathway by pathway and layer by layer.

    present_above : the weight above which a synapse is present; by default 0 where some weight is
    exactly 0, as with a jump, else half of the mean weight at the start of each pathway. Raises
    InputError for what is no number.
    """
    if present_above is not None and not (
        isinstance(present_above, int | float) and np.isfinite(present_above)
    ):
        raise InputError(
            f"present-above {shown(present_above)}: expected the weight above which a synapse is"
            " present, a number such as 0.01"
        )
    found: list[Measure] = []
    for name in run.pathways:
        found += _of_synapses(run, run.pathway(name), present_above)
    for layer in [] if run.main.rule.is_silent else run.layers:
        found += _of_layer(run, layer)
    return found


def present_at_probes(
    run: MeasuredRun, pathway: LearntPathway, present_above: float | None = None
) -> tuple[np.ndarray, float]:
    """Which synapses are present at each probe, (probe, synapse) bool, and above which weight."""
    number = run.learning.sizes["probe"]
    weights = np.array([pathway.weights_at(probe).values.ravel() for probe in range(number)])
    if present_above is None:
        present_above = 0.0 if (weights == 0).any() else 0.5 * float(weights[0].mean())
    return weights > present_above, float(present_above)


def _of_synapses(
    run: MeasuredRun, pathway: LearntPathway, present_above: float | None
) -> Iterator[Measure]:
    present, above = present_at_probes(run, pathway, present_above)
    times = run.learning["probe_time"].values
    apart = f"{np.median(np.diff(times)):g} s apart" if len(times) > 1 else "of one probe"
    where = f"weight above {above:.3g}"

    def measure(name: str, value: float, unit: str, about: str) -> Measure:
        return Measure(pathway.name, name, float(value), unit, about)

    shares = present.mean(axis=1)
    yield measure("present_at_start", shares[0], "1", f"share of synapses with a {where}")
    yield measure("present_at_end", shares[-1], "1", f"share of synapses with a {where}")
    changed = stats.turnover(present) if len(present) > 1 else np.array([np.nan])
    mean = float(np.nanmean(changed)) if np.isfinite(changed).any() else np.nan
    about = f"synapses that came or went from probe to probe, {apart}, over those there; mean"
    yield measure("turnover", mean, "1", about)
    about = "share of the synapses of the start that were present in every probe"
    yield measure("survival", stats.surviving(present)[-1], "1", about)
    time, number, why = _memory(run, pathway)
    about = "time for which theta remembers, median over synapses, second half of learning"
    yield measure("autocorrelation_time", time, "s", about + why)
    about = "independent samples of theta that the probes of the second half are worth"
    yield measure("effective_sample_size", number, "1", about + why)


def _memory(run: MeasuredRun, pathway: LearntPathway) -> tuple[float, float, str]:
    """Autocorrelation time of theta in s, the independent samples it makes."""
    times = run.learning["probe_time"].values
    late = times >= times[-1] / 2
    courses = pathway.theta_path.values[late].reshape(int(late.sum()), -1)
    if len(courses) < LEAST:
        return np.nan, np.nan, f"; not told of {len(courses)} probes, of which {LEAST} are needed"
    seen = autocorrelation_times(courses)
    if not np.isfinite(seen).any():
        return np.nan, np.nan, "; theta does not change"
    true = corrected_time(float(np.nanmedian(seen)), len(courses))
    if np.isinf(true):
        return np.inf, np.nan, "; slower than the window can tell"
    step = float(np.median(np.diff(times)))
    why = f"; at most the {step:g} s between two probes" if true <= 1 else ""
    return max(true, 1.0) * step, len(courses) / max(true, 1.0), why


def _of_layer(run: MeasuredRun, layer: str) -> Iterator[Measure]:
    def measure(name: str, value: float, unit: str, about: str) -> Measure:
        return Measure(layer, name, float(value), unit, about)

    if layer == "outputs":
        counts, labels = run.learning["test_counts"].values, run.learning["test_label"].values
        won = stats.tie_shares(counts).sum(axis=0)
        about = "how evenly outputs win in the test: entropy of the winner over log K"
        yield measure("winner_entropy", _evenness(won), "1", about)
        rates = stats.class_rates(counts, labels, run.learning.sizes["class"], 1.0)
        about = "(r_p - r_o)/(r_p + r_o) of the preferred class and the others, mean over outputs"
        chosen = np.isfinite(rates).all(axis=1).sum() > 1
        mean = float(stats.selectivity(rates).mean()) if chosen else np.nan
        yield measure("selectivity", mean, "1", about)
    if not run.recorded or layer not in run.populations:
        why = "; no spikes were recorded"
        rate = interval = variation = np.nan
    else:
        why = ""
        rate = float(run.rates(layer).mean()) if run.populations[layer] else 0.0
        seconds, _ = run.isi(layer)
        interval = float(seconds.mean()) if len(seconds) else np.nan
        variations = run.cv(layer).values
        known = np.isfinite(variations)
        variation = float(variations[known].mean()) if known.any() else np.nan
    yield measure("rate", rate, "Hz", f"mean rate of a neuron{why}")
    yield measure("isi", interval, "s", f"mean inter-spike interval{why}")
    about = "coefficient of variation of inter-spike intervals, mean over neurons"
    yield measure("cv", variation, "1", about + why)


def _evenness(shares: np.ndarray) -> float:
    """Entropy of shares over that of equal ones; nan where there is but one, or nothing."""
    if len(shares) < 2 or shares.sum() <= 0:
        return float("nan")
    p = shares[shares > 0] / shares.sum()
    return float(-(p * np.log(p)).sum() / np.log(len(shares)))
