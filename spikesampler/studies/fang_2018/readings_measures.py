"""What is measured of a reading of Fang, Yu & Chen (2018), and which of three claims come out.

The claims, for a reading, a start of learning, a horizon, and what "in learning" means:

higher  "almost 20 % higher in learning and in test": accuracy of `weight` less that of `none`, seed
        by seed, is at least 0.15, in both
time    "at 1700 s": the half-time of `weight` is 1700 s within a factor of 2
cannot  "without noise not learnt accurately": `none` ends at least 0.15 below the ceiling

In test: mean of the probes within `window` seconds before the horizon, as one probe is a moment of
what fluctuates. In learning: online (the samples that are learnt from) or held out (probes), as a
mean over all of learning or at its end, within the same window; held out at its end is the test.
Half-time: when the probe, joined by straight lines, is first half-way between chance and what the
better arm has in the last 400 s of its run; inf in a run that never is, nan where no arm is clearly
above chance. Ceiling: what the Bayes-optimal answer has on the test samples.

Which reading is nearest was fixed before any of them ran: the one in which most of the three claims
are reproduced; of several, the one whose largest shortfall is smallest; where that is 0 for several
they are equally near. A shortfall is what a claim lacks by its estimate, in units of its margin,
and 0 where it lacks nothing:

    higher  (0.15 - d)/0.15, d the smaller of the differences in learning and in test
    time    (|log(t/1700 s)| - log 2)/log 2, t the half-time, the run's length if there is none
    cannot  (0.15 - s)/0.15, s the mean shortfall of `none`
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler.stats import rules
from spikesampler.stats.survival import best_arm_threshold

__all__ = ["LEARNING", "Outcome", "half_times", "horizons", "in_learning", "in_test", "outcomes"]

RELEVANT = 0.02  #: of accuracy: the smallest gain that matters
LEAST = 0.15  #: points of accuracy, the least that "almost 20 %" may mean
CLEAR = 1700.0  #: s after which the paper sees clear preferences
WITHIN = 2.0  #: the factor by which a time course may differ
#: what "in learning" may mean
LEARNING = ("online, mean", "online, end", "held out, mean", "held out, end")


class Horizon(NamedTuple):
    """A time (s) that is judged, and the seconds before it over which the end is averaged."""

    seconds: float
    window: float


def horizons(dataset: xr.Dataset) -> list[Horizon]:
    """The horizons of the study, the last one last."""
    seconds = np.atleast_1d(dataset.attrs["horizons"])
    windows = np.atleast_1d(dataset.attrs["windows"])
    return [Horizon(float(end), float(window)) for end, window in zip(seconds, windows)]


def in_test(dataset: xr.Dataset, horizon: Horizon) -> xr.DataArray:
    """Mean of the probes at the horizon's end; nan of a run that is shorter."""
    return in_learning(dataset, horizon, "held out, end")


def in_learning(dataset: xr.Dataset, horizon: Horizon, meaning: str) -> xr.DataArray:
    """Accuracy while learning up to a horizon, in one of the meanings of LEARNING.

    A block of online samples counts by its length. nan of a run that is shorter.
    """
    what, of = meaning.split(", ")
    time = dataset["probe_time"]
    since = horizon.seconds - horizon.window if of == "end" else 0.0
    inside = (time > since) & (time <= horizon.seconds * (1 + 1e-9))
    lengths = time.copy(data=np.diff(time.values, prepend=0.0))
    weights = (lengths if what == "online" else xr.ones_like(time)).where(inside, 0.0)
    curve = dataset["online_accuracy" if what == "online" else "probe_accuracy"].astype(float)
    mean = (curve.fillna(0.0) * weights).sum("sample_block") / weights.sum()
    long_enough = float(time.max()) >= horizon.seconds * (1 - 1e-9)
    has_all = curve.notnull().where(weights > 0, True).all("sample_block")
    return mean.where(has_all & long_enough)


def half_times(dataset: xr.Dataset) -> xr.DataArray:
    """(reading, start, seed): half-times of `weight` in s; see above."""
    window = horizons(dataset)[0].window
    last = run_time(dataset)
    time = dataset["probe_time"]
    at_end = (time > last - window) & (time <= last)
    final = dataset["probe_accuracy"].astype(float).where(at_end).mean("sample_block")
    chance, probe_samples = dataset.attrs["chance"], dataset.attrs["probe_samples"]
    level = xr.apply_ufunc(
        lambda arms: best_arm_threshold(arms, chance, probe_samples),
        final,
        input_core_dims=[["arm", "seed"]],
        vectorize=True,
    )
    return xr.apply_ufunc(
        first_above,
        dataset["probe_time"],
        dataset["probe_accuracy"].sel(arm="weight", drop=True),
        level,
        input_core_dims=[["sample_block"], ["sample_block"], []],
        vectorize=True,
    )


def run_time(dataset: xr.Dataset) -> xr.DataArray:
    """Time (s) of the last probe of the runs, for each reading where there are several."""
    known = np.isfinite(dataset["probe_accuracy"]).any(("arm", "start", "seed"))
    return dataset["probe_time"].where(known).max("sample_block")


def first_above(time: np.ndarray, curve: np.ndarray, level: float) -> float:
    """When a curve through the points (time, curve), each (n,), first reaches a level.

    inf if it never does, nan for a level of nan; a curve that begins there has the first time
    after the start, as times are compared by ratios.
    """
    if np.isnan(level):
        return np.nan
    known = np.isfinite(curve)
    time, curve = time[known], curve[known]
    reached = np.flatnonzero(curve >= level)
    if not len(reached):
        return np.inf
    first = reached[0]
    if first == 0:
        return float(time[time > 0][0])
    part = (level - curve[first - 1]) / (curve[first] - curve[first - 1])
    return float(time[first - 1] + part * (time[first] - time[first - 1]))


@dataclass(frozen=True)
class Outcome:
    """What a reading says of the three claims, from a start, at a horizon, in a meaning.

    learning, test, time, cannot : the rulings; time holds a ratio to 1700 s. gain : in test, held
    against any gain, in no family yet. length : s of the run.
    """

    reading: str
    start: str
    horizon: float
    meaning: str
    learning: rules.Ruling
    test: rules.Ruling
    time: rules.Ruling
    cannot: rules.Ruling
    gain: rules.Ruling
    length: float

    @property
    def higher(self) -> str:
        """The label of "higher in learning and in test": that of the part that speaks against."""
        labels = {self.learning.label, self.test.label}
        order = (rules.NOT, rules.UNDECIDED, rules.SMALLER, rules.REPRODUCED)
        return next(label for label in order if label in labels)

    @property
    def labels(self) -> dict[str, str]:
        """{claim: label} of the three."""
        return {"higher": self.higher, "time": self.time.label, "cannot": self.cannot.label}

    @property
    def p(self) -> float:
        """The largest p by which all three come out."""
        return max(one.p for one in (self.learning, self.test, self.time, self.cannot))

    @property
    def reproduced(self) -> int:
        """How many of the three claims come out."""
        return sum(label == rules.REPRODUCED for label in self.labels.values())

    @property
    def shortfall(self) -> float:
        """The largest of the three, in units of each claim's margin."""
        higher = min(self.learning.estimate, self.test.estimate)
        ratio = self.time.estimate
        ratio = ratio if np.isfinite(ratio) else self.length / CLEAR
        return max(
            0.0,
            (LEAST - higher) / LEAST,
            abs(np.log(ratio)) / np.log(WITHIN) - 1,
            (LEAST - self.cannot.estimate) / LEAST,
        )

    @property
    def distance(self) -> tuple[int, float]:
        """What the nearest has least of: claims that do not come out, then the shortfall."""
        return 3 - self.reproduced, self.shortfall


def outcomes(dataset: xr.Dataset) -> list[Outcome]:
    """One for every reading, start, horizon and meaning of "in learning", in this order.

    All p of a reading and start are one family. Horizons that a reading was not run to are left
    out.
    """
    times, lengths = half_times(dataset), run_time(dataset)
    return [
        outcome
        for reading in map(str, dataset["reading"].values)
        for start in map(str, dataset["start"].values)
        for outcome in _of_reading(
            dataset.sel(reading=reading, start=start),
            times.sel(reading=reading, start=start).values,
            float(lengths.sel(reading=reading)),
            (reading, start),
        )
    ]


def _of_reading(
    runs: xr.Dataset, times: np.ndarray, length: float, names: tuple[str, str]
) -> Iterable[Outcome]:
    """The outcomes of a reading and start; runs over (arm, seed, sample_block), times (seed,)."""
    time = _half_time(times, _first_probe(runs))
    rulings: dict[tuple[float, str], rules.Ruling] = {(0.0, "time"): time}
    run_to = [horizon for horizon in horizons(runs) if in_test(runs, horizon).notnull().all()]
    for horizon in run_to:
        for meaning in LEARNING:
            weight, none = _arms(in_learning(runs, horizon, meaning))
            rulings[horizon.seconds, meaning] = rules.at_least(weight, none, least=LEAST)
        ceiling = runs["bayes_accuracy"].sel(arm="none").values
        without = in_test(runs, horizon).sel(arm="none").values
        rulings[horizon.seconds, "cannot"] = rules.at_least(ceiling, without, least=LEAST)
    family = f"{names[0]}, {names[1]}"
    corrected = dict(zip(rulings, rules.in_family(rulings.values(), family)))
    for horizon in run_to:
        of_horizon = {name: r for (end, name), r in corrected.items() if end == horizon.seconds}
        gain = rules.at_least(*_arms(in_test(runs, horizon)), relevant=RELEVANT)
        for meaning in LEARNING:
            parts = (of_horizon[meaning], of_horizon[LEARNING[-1]])
            time = corrected[0.0, "time"]
            cannot = of_horizon["cannot"]
            yield Outcome(*names, horizon.seconds, meaning, *parts, time, cannot, gain, length)


def _arms(values: xr.DataArray) -> Sequence[np.ndarray]:
    """What `weight` has, and `none`."""
    return [values.sel(arm=arm).values for arm in ("weight", "none")]


def _first_probe(runs: xr.Dataset) -> float:
    """Seconds from the start to the first probe."""
    times = runs["probe_time"].values
    return float(times[times > 0].min())


def _half_time(times: np.ndarray, first: float) -> rules.Ruling:
    """The ruling on half-times; where no arm learns, none ever comes. first : time of a probe."""
    never = np.isnan(times).any()
    known = np.full(times.shape, np.inf) if never else np.maximum(times, first)
    ruling = rules.factor(known, CLEAR, WITHIN, resolution=first)
    return replace(ruling, note="no arm is clearly above chance") if never else ruling
