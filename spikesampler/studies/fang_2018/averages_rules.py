"""What is asked of averages over theta, and the rulings on it."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler.stats.intervals import Interval
from spikesampler.stats.rules import Ruling, at_least, equivalent, in_family
from spikesampler.stats.window_bias import corrected_interval
from spikesampler.studies.fang_2018.averages import ANNEALED

__all__ = [
    "ACCURACY",
    "QUESTIONS",
    "Question",
    "certainty",
    "rulings",
    "tau_said",
    "theta_time",
    "window_seconds",
]

ACCURACY, NATS, ERROR = 0.02, 0.05, 0.02  #: of accuracy, log loss and calibration error that matter
ONE, ALL = "one", "all"  #: snapshots
CLOSE, APART = "close", "apart"  #: five of them
AFTERWARDS = "asked afterwards"


class Score(NamedTuple):
    """A score of an arm: of which snapshots, or of five of which spacing; "" for that of theta."""

    name: str
    arm: str
    of: str = ALL

    def values(self, dataset: xr.Dataset, start: str) -> np.ndarray:
        """By seed, (n,)."""
        along = {ONE: {"number": 0}, ALL: {"number": -1}, CLOSE: {"spacing": 0}}
        along |= {APART: {"spacing": -1}, "": {}}
        score = dataset[self.name].isel(along[self.of]).sel(arm=self.arm, start=start)
        return score.transpose("seed").values


class Question(NamedTuple):
    """A claim about the first score less the second, seed by seed: above 0, or within the margin
    that matters.
    """

    claim: str
    first: Score
    second: Score
    matters: float
    within: bool = False
    source: str = "question"

    @property
    def unit(self) -> str:
        """Of the difference."""
        return "nat" if self.first.name == "log_loss" else ""

    @property
    def arms(self) -> str:
        """Whose scores they are."""
        arms = dict.fromkeys((self.first.arm, self.second.arm))
        return f"arm{'s' if len(arms) > 1 else ''} " + " and ".join(f"`{arm}`" for arm in arms)

    def ruling(self, dataset: xr.Dataset, start: str) -> Ruling:
        """The Ruling of runs from one start."""
        values = self.first.values(dataset, start), self.second.values(dataset, start)
        if self.within:
            return equivalent(*values, self.matters)
        return at_least(*values, relevant=self.matters)


MEAN, LAST = Score("accuracy", "weight"), Score("accuracy", "weight", ONE)
ENDED = Score("accuracy", ANNEALED[0], ONE)
LOSS, HESITANT = "log_loss", "calibration_error"


def _of(name: str, score: Score) -> Score:
    return score._replace(name=name)


#: key: what is asked
QUESTIONS = {
    "gain": Question(
        "a network that averages answers better with the paper's noise than one without any",
        MEAN,
        MEAN._replace(arm="none"),
        ACCURACY,
    ),
    "gain_constant": Question(
        "a network that averages answers better with the classical noise, by which it samples the"
        " posterior, than one without any",
        MEAN._replace(arm="constant"),
        MEAN._replace(arm="none"),
        ACCURACY,
    ),
    "gain_loss": Question(
        "a network that averages has a lower log loss with the paper's noise than one without any"
        " (by how much lower)",
        Score(LOSS, "none"),
        _of(LOSS, MEAN),
        NATS,
        source=AFTERWARDS,
    ),
    "gain_calibration": Question(
        "a network that averages is better calibrated with the paper's noise than one without any"
        " (by how much its calibration error is lower)",
        Score(HESITANT, "none"),
        _of(HESITANT, MEAN),
        ERROR,
        source=AFTERWARDS,
    ),
    "recovers": Question(
        "averaging gives a network with the paper's noise a better answer than its last snapshot's",
        MEAN,
        LAST,
        ACCURACY,
    ),
    "loss": Question(
        "averaging lowers the log loss of a network with the paper's noise",
        _of(LOSS, LAST),
        _of(LOSS, MEAN),
        NATS,
    ),
    "calibration": Question(
        "averaging makes its answers better calibrated (by how much the calibration error falls)",
        _of(HESITANT, LAST),
        _of(HESITANT, MEAN),
        ERROR,
    ),
    "anneal": Question(
        "to average is as accurate as to take the noise away while learning (linearly, one"
        " snapshot at the end)",
        MEAN,
        ENDED,
        ACCURACY,
        within=True,
    ),
    "anneal_loss": Question(
        "to average leaves as low a log loss as to take the noise away while learning (that of the"
        " average less the other)",
        _of(LOSS, MEAN),
        _of(LOSS, ENDED),
        NATS,
        True,
        AFTERWARDS,
    ),
    "anneal_calibration": Question(
        "to average leaves answers as well calibrated as to take the noise away while learning"
        " (calibration error of the average less the other)",
        _of(HESITANT, MEAN),
        _of(HESITANT, ENDED),
        ERROR,
        True,
        AFTERWARDS,
    ),
    "structure": Question(
        "a network that averages answers better with noise that grows with the weight than with"
        " noise of equal power at the start that ignores it",
        MEAN,
        MEAN._replace(arm="constant_matched"),
        ACCURACY,
        source=AFTERWARDS,
    ),
    "structure_loss": Question(
        "a network that averages has a lower log loss with noise that grows with the weight than"
        " with noise of equal power at the start that ignores it (by how much lower)",
        Score(LOSS, "constant_matched"),
        _of(LOSS, MEAN),
        NATS,
        source=AFTERWARDS,
    ),
    "mean_theta": Question(
        "the mean of the answers is a better answer than that of the mean theta",
        MEAN,
        Score("mean_theta_accuracy", "weight", ""),
        ACCURACY,
    ),
    "spacing": Question(
        "of five snapshots, those that lie further apart give a better mean",
        Score("accuracy_spaced", "weight", APART),
        Score("accuracy_spaced", "weight", CLOSE),
        ACCURACY,
    ),
}


def rulings(dataset: xr.Dataset) -> dict[tuple[str, str], Ruling]:
    """The Ruling on each of QUESTIONS from each start, {(key, start): …}, of one family."""
    starts = map(str, dataset["start"].values)
    found = {
        (key, start): question.ruling(dataset, start)
        for start in starts
        for key, question in QUESTIONS.items()
    }
    found = dict(zip(found, in_family(found.values(), "averages over theta")))
    for key, start in found:
        found[key, start] = replace(found[key, start], note=_note(key, dataset, start))
    return found


def _note(key: str, dataset: xr.Dataset, start: str) -> str:
    """What has to be said beside a number, by its key."""
    if key == "calibration":
        right, confidence = certainty(dataset, "weight", start)
        too = "hesitant" if right > confidence else "certain"
        return (
            f"too {too}: averaged answers are right in {right:.0%} at a mean confidence of"
            f" {confidence:.0%}"
        )
    if key != "spacing":
        return ""
    ends = [float(dataset["spacing"][i]) * dataset.attrs["snapshot_seconds"] for i in (-1, 0)]
    time = tau_said(dataset, "weight", start)
    known = "theta only drifts" if time == "drift" else f"the autocorrelation time of theta: {time}"
    return f"{ends[0]:.0f} s apart less {ends[1]:.0f} s apart; {known}"


def certainty(dataset: xr.Dataset, arm: str, start: str) -> tuple[float, float]:
    """Of averaged answers, of all seeds: the share that is right, and their mean confidence."""
    of_arm = dataset.sel(arm=arm, start=start).isel(answer=-1)
    number = of_arm["reliability_samples"]
    right, confidence = (
        float((number * of_arm[f"reliability_{name}"]).sum() / number.sum())
        for name in ("accuracy", "confidence")
    )
    return right, confidence


def window_seconds(dataset: xr.Dataset) -> float:
    """The length of the half of learning over which theta is followed, in s."""
    return float(dataset.attrs["snapshot_seconds"] * dataset["number"][-1])


def theta_time(dataset: xr.Dataset, arm: str, start: str) -> Interval:
    """Autocorrelation time of theta in s, mean and interval over seeds, the window's bias taken
    off as of an Ornstein-Uhlenbeck process; inf where theta moves on as a random walk or more.
    """
    seen = dataset["theta_seconds"].sel(arm=arm, start=start).values
    return corrected_interval(seen, window_seconds(dataset))


def tau_said(dataset: xr.Dataset, arm: str, start: str) -> str:
    """`theta_time` with its unit, or as much of it as the window can tell."""
    time, low, high, _ = theta_time(dataset, arm, start)
    if np.isnan(low):
        return "–"
    if np.isinf(low):
        return "drift"
    window = window_seconds(dataset)
    if high > window:
        return f"more than {_digits(min(low, window), 1, np.floor)} s"
    return f"{_digits(time)} [{_digits(low)}, {_digits(high)}] s"


def _digits(time: float, number: int = 2, to_whole: Callable[[float], float] = round) -> str:
    """A time in so many digits."""
    digit = 10.0 ** (np.floor(np.log10(time)) + 1 - number)
    return f"{digit * to_whole(time / digit):.6g}"
