"""Verdicts: what a comparison says about each claim, by rules that were fixed before the runs.

A claim of a difference d (arm minus control, pair by pair over seeds) of at least `least` is

- *reproduced* if d is above 0 (95 % bootstrap interval and Wilcoxon test) and its interval reaches `least`;
- *not reproduced* if d is below `least` (interval and Wilcoxon test of d - least); for `least` = 0, below 0;
- *reproduced only online* if the test refutes what the accuracy while learning, which contains the label, shows;
- *undecided at this n* otherwise.

Tests are corrected by Holm for all the claims that are judged of one start, at a level of 0.05.
"""

from typing import NamedTuple

import numpy as np

from spikesampler import stats

LEVEL = 0.05
REPRODUCED, NOT, ONLINE, UNDECIDED = "reproduced", "not reproduced", "reproduced only online", "undecided at this n"
ALMOST_20 = 0.15  #: the least that "almost 20 %" may mean, in points of accuracy
TEN = 0.10  #: "at least 10 %", in points of accuracy
KEPT = 0.02  #: what may be lost of an accuracy that is called kept
CLEAR = 1700.0  #: s after which preferences are clear


class Claim(NamedTuple):
    """arm against control by a measure on some data.

    Measures: accuracy (test, and online), kept (test), ahead (the probe at 1700 s), shortfall (test below the ceiling),
    escape (sooner than the control) and time (of escape, before `least` s).
    """

    name: str
    text: str
    source: str
    measure: str
    arm: str
    control: str = "none"
    least: float = 0.0
    on: str = "all"


class Verdict(NamedTuple):
    """One of the four labels, the claim, and the setting and numbers that gave it; p: corrected by Holm."""

    label: str
    claim: Claim
    start: str
    numbers: str
    p: float

    def __str__(self):
        return f"{self.label.upper()}: {self.claim.text} ({self.claim.source})\n    {self.numbers}"


_FANG, _FANG_2020 = "Fang et al. 2018", "Fang et al. 2020"
CLAIMS = (
    Claim("almost_20", "accuracy almost 20 % higher with noise, in learning and in test", _FANG, "accuracy", "weight",
          least=ALMOST_20, on="clusters"),
    Claim("ten_on_images", "accuracy at least 10 % higher with noise on images", _FANG_2020, "accuracy", "weight",
          least=TEN, on="images"),
    Claim("higher", "accuracy higher with noise at all", _FANG, "accuracy", "weight"),
    Claim("structure", "noise that grows with the weight learns better than Gaussian noise", _FANG, "accuracy",
          "weight", "constant"),
    Claim("not_power", "it is the noise's structure: better than equal power without it", "control", "accuracy",
          "weight", "constant_matched"),
    Claim("cannot_learn", "without noise the task is not learnt: at least 15 points below the ceiling", _FANG,
          "shortfall", "none", least=ALMOST_20, on="clusters"),
    Claim("by_1700_s", "clear preferences by 1700 s", _FANG, "time", "weight", least=CLEAR, on="clusters"),
    Claim("ahead", "accuracy almost 20 % higher with noise at 1700 s, on held-out samples", "question", "ahead",
          "weight", least=ALMOST_20, on="clusters"),
    Claim("sooner", "noise escapes sooner", _FANG, "escape", "weight"),
    Claim("sooner_by_structure", "it is the noise's structure: escapes sooner than equal power without it", "control",
          "escape", "weight", "constant_matched"),
)  # fmt: skip


def claims_of(comparison):
    """The claims that a comparison's model, data and arms can settle."""
    attrs, arms = comparison.dataset.attrs, comparison.arms
    if attrs["model"] != "fang_2018":
        return []
    data = "clusters" if attrs["data"] == "clusters" else "images"
    claims = [claim for claim in CLAIMS if claim.on in ("all", data)]
    for arm in arms:
        if ":schedule=" in arm:
            claims += [
                Claim("annealed_sooner", "annealed noise escapes sooner", "question", "escape", arm),
                Claim("annealed_keeps", f"annealed noise keeps the accuracy, to {KEPT}", "question", "kept", arm),
            ]
    if comparison.dataset["probe_time"][-1] < CLEAR:
        claims = [claim for claim in claims if claim.measure != "ahead"]
    return [claim for claim in claims if claim.arm in arms and (claim.control in arms or claim.measure == "time")]


def verdicts(comparison):
    """A list of Verdict: for each start, each of `claims_of`."""
    found = []
    for start in comparison.starts:
        judged = [(claim, *_JUDGES[claim.measure](comparison, claim, start)) for claim in claims_of(comparison)]
        corrected = stats.holm([evidence.p for _, evidence, _ in judged])
        for (claim, evidence, numbers), p in zip(judged, corrected):
            numbers = _setting(claim, start, comparison.dataset) + numbers + ("" if np.isnan(p) else f", p = {p:.2g}")
            found.append(Verdict(_label(claim, evidence, p), claim, start, numbers, float(p)))
    return found


class Evidence(NamedTuple):
    """A difference in the claimed direction with its interval, what is claimed, and the p of the test that can decide.

    p is that of the difference being below what is claimed where the interval is, else that of its being above 0.
    online: whether the accuracy while learning bears the claim out.
    """

    mean: float
    low: float
    high: float
    p: float
    least: float = 0.0
    online: bool = False


def _label(claim, evidence, p):
    sure = p < LEVEL or claim.measure == "time"  # of a median there is an interval and no test
    if evidence.high < evidence.least and sure:
        return ONLINE if evidence.online else NOT
    return REPRODUCED if evidence.low > 0 and evidence.high >= evidence.least and sure else UNDECIDED


def _against(values, control, least=0.0):
    """Evidence about values - control, pair by pair."""
    found = stats.paired_difference(values, control)
    p = stats.paired_difference(values, np.add(control, least)).p if found.high < least else found.p
    return Evidence(*found[:3], p, least)


def _accuracy(comparison, claim, start):
    test, online = (
        _against(*(comparison.values(f"final_{name}_accuracy", arm, start) for arm in (claim.arm, claim.control)),
                 claim.least)
        for name in ("test", "online")
    )  # fmt: skip
    borne_out = online.low > 0 and online.high >= claim.least and online.p < LEVEL
    return test._replace(online=bool(borne_out)), f"test {_signed(test)}, online {_signed(online)}"


def _kept(comparison, claim, start):
    arm, control = (comparison.values("final_test_accuracy", one, start) for one in (claim.arm, claim.control))
    return _against(arm + KEPT, control), f"test {_signed(_against(arm, control))}"


def _ahead(comparison, claim, start):
    then = int(np.searchsorted(comparison.dataset["probe_time"].values, CLEAR, side="right")) - 1
    pair = (comparison.values("probe_accuracy", arm, start)[:, then] for arm in (claim.arm, claim.control))
    evidence = _against(*pair, claim.least)
    return evidence, f"probe {_signed(evidence)}"


def _shortfall(comparison, claim, start):
    own = comparison.values("final_test_accuracy", claim.arm, start)
    evidence = _against(comparison.values("final_bayes_accuracy", claim.arm, start), own, claim.least)
    return evidence, f"test {own.mean():.3f}, the Bayes-optimal minus that {_signed(evidence)}"


def _escape(comparison, claim, start):
    times, control = (comparison.escape(arm, start) for arm in (claim.arm, claim.control))
    evidence = _against(control.seconds, times.seconds)
    medians = " against ".join(_seconds(stats.escape_median(one)) for one in (times, control))
    p = np.maximum(evidence.p, stats.logrank_p(times, control))  # nan, where all escape together, stays nan: undecided
    return evidence._replace(p=float(p)), f"{medians}, sooner by {_signed(evidence, '.0f')} s"


def _time(comparison, claim, start):
    found = stats.escape_median(comparison.escape(claim.arm, start))
    left = [claim.least - bound for bound in (found.mean, found.high, found.low)]
    return Evidence(*left, np.nan), _seconds(found)


_JUDGES = {
    "accuracy": _accuracy,
    "kept": _kept,
    "ahead": _ahead,
    "shortfall": _shortfall,
    "escape": _escape,
    "time": _time,
}


def _signed(found, form=".3f"):
    return f"{found.mean:+{form}} [{found.low:+{form}}, {found.high:+{form}}]".replace("[+nan, +nan]", "[no interval]")


def _seconds(found):
    median, low, high = ("never" if np.isinf(x) else f"{x:.0f} s" for x in found[:3])
    return f"{median} [{low}, {high}]"


def _setting(claim, start, dataset):
    against = "" if claim.measure in ("time", "shortfall") else f" against {claim.control}"
    return f"{claim.arm}{against}, {dataset.attrs['data']}, start {start}, n = {dataset.sizes['seed']}: "
