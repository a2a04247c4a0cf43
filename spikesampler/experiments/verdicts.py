"""Verdicts: what a comparison says about each claim, by the same rules for every arm, start and
data set.

A claim says that a difference d, pair by pair over seeds, is at least `least`, or with `least` = 0
that it is positive at all. `relevant` is what d has to stay below to refute it: `least`, or for 0 a
smallest effect of interest.

- *reproduced*: d is above 0 (95 % bootstrap interval and Wilcoxon test), and its mean is at least
  `least`;
- *not reproduced*: d is below `relevant` (interval, and Wilcoxon test of d - relevant);
- *reproduced only online*: not reproduced in the test, but reproduced while learning, where the
  label leaks in;
- *undecided at this n*: otherwise, as always below six seeds, where no test can reach 5 %.

Tests of one start are corrected by Holm: those of the paper's claims and their controls together,
those of the questions that were added to them (annealed noise; the lead at 1700 s, seen in learning
curves first) by themselves.
"""

from typing import NamedTuple

import numpy as np

from spikesampler import stats
from spikesampler.experiments.settings import SAMPLES, parse_arm

LEVEL = 0.05
REPRODUCED, NOT, ONLINE, UNDECIDED = (
    "reproduced",
    "not reproduced",
    "reproduced only online",
    "undecided at this n",
)
ALMOST_20 = 0.15  #: the least that "almost 20 %" may mean, in points of accuracy
TEN = 0.10  #: "at least 10 %", in points of accuracy
#: a smaller difference of accuracies is none; also what may be lost of one that is called kept
RELEVANT = 0.02
#: a smaller part of the control's time is no earlier escape; nor is less than the time between
#: probes
SOONER = 0.1
CLEAR = 1700.0  #: s after which preferences are clear


class Claim(NamedTuple):
    """arm against control by a measure, on data of some kind; claims of one family are corrected
    together.

    Measures: accuracy (test, and online), both (test and online), kept (test), ahead (the probe at
    1700 s), shortfall (test below the ceiling, after the paper's time), escape (sooner than the
    control), time (of escape, by `least` s).
    """

    name: str
    text: str
    source: str
    measure: str
    arm: str
    control: str = "none"
    least: float = 0.0
    on: str = "all"
    family: str = "paper"


class Verdict(NamedTuple):
    """One of the four labels, the claim, and the setting and numbers that gave it; p: corrected by
    Holm.
    """

    label: str
    claim: Claim
    start: str
    numbers: str
    p: float

    def __str__(self):
        return f"{self.label.upper()}: {self.claim.text} ({self.claim.source})\n    {self.numbers}"


_FANG, _FANG_2020 = "Fang et al. 2018", "Fang et al. 2020"
CLAIMS = (
    Claim(
        "almost_20",
        "accuracy almost 20 % higher with noise, in learning and in test",
        _FANG,
        "both",
        "weight",
        least=ALMOST_20,
        on="clusters",
    ),
    Claim(
        "ten_on_images",
        "accuracy at least 10 % higher with noise on images",
        _FANG_2020,
        "accuracy",
        "weight",
        least=TEN,
        on="images",
    ),
    Claim("higher", "accuracy higher with noise at all", _FANG, "accuracy", "weight"),
    Claim(
        "structure",
        "noise that grows with the weight learns better than Gaussian noise",
        _FANG,
        "accuracy",
        "weight",
        "constant",
    ),
    Claim(
        "not_power",
        "it is the noise's structure: better than equal power without it",
        "control",
        "accuracy",
        "weight",
        "constant_matched",
    ),
    Claim(
        "cannot_learn",
        "without noise the task is not learnt: at least 15 points below the ceiling",
        _FANG,
        "shortfall",
        "none",
        least=ALMOST_20,
        on="clusters",
    ),
    Claim(
        "by_1700_s",
        "clear preferences by 1700 s",
        _FANG,
        "time",
        "weight",
        least=CLEAR,
        on="clusters",
    ),
    Claim("sooner", "noise escapes sooner", _FANG, "escape", "weight"),
    Claim(
        "sooner_by_structure",
        "it is the noise's structure: escapes sooner than equal power without it",
        "control",
        "escape",
        "weight",
        "constant_matched",
    ),
    Claim(
        "ahead",
        "accuracy almost 20 % higher with noise at 1700 s, on held-out samples",
        "asked afterwards",
        "ahead",
        "weight",
        least=ALMOST_20,
        on="clusters",
        family="ahead",
    ),
)


def claims_of(comparison):
    """The claims that a comparison's model, data, length and arms can settle."""
    dataset, arms = comparison.dataset, comparison.arms
    if dataset.attrs["model"] != "fang_2018":
        return []
    claims = [claim for claim in CLAIMS if claim.on in ("all", dataset.attrs["kind"])]
    for arm in arms:
        if parse_arm(arm)[1].get("schedule", "constant") != "constant":
            sooner = Claim(
                "annealed_sooner", "annealed noise escapes sooner", "question", "escape", arm
            )
            keeps = Claim(
                "annealed_keeps",
                f"annealed noise keeps accuracy, to {RELEVANT}",
                "question",
                "kept",
                arm,
            )
            claims += [sooner._replace(family="annealed"), keeps._replace(family="annealed")]
    too_short = {"ahead"} if dataset["probe_time"][-1] < CLEAR else set()
    too_short |= {"shortfall"} if dataset.attrs["samples"] < SAMPLES else set()
    return [
        claim
        for claim in claims
        if claim.arm in arms
        and (claim.control in arms or claim.measure == "time")
        and claim.measure not in too_short
    ]


def verdicts(comparison):
    """A list of Verdict: for each start, each of `claims_of`."""
    found = []
    for start in comparison.starts:
        judged = [
            (claim, *_JUDGES[claim.measure](comparison, claim, start))
            for claim in claims_of(comparison)
        ]
        corrected = _corrected([(claim.family, evidence) for claim, evidence, _ in judged])
        for (claim, _, numbers), evidence in zip(judged, corrected):
            p = "" if np.isnan(evidence[0].p) else f", p = {evidence[0].p:.2g}"
            numbers = _setting(claim, start, comparison.dataset) + numbers + p
            found.append(Verdict(_label(claim, *evidence), claim, start, numbers, evidence[0].p))
    return found


class Evidence(NamedTuple):
    """A difference with its interval, what it suggests, and the p of the test that has to bear that
    out.
    """

    mean: float
    low: float
    high: float
    p: float
    suggests: str


def _corrected(judged):
    """The evidence of each claim with p corrected by Holm over its family: [(family, (evidence,
    …))].
    """
    found = [list(evidence) for _, evidence in judged]
    for family in dict.fromkeys(name for name, _ in judged):
        places = [
            (i, j)
            for i, (name, evidence) in enumerate(judged)
            if name == family
            for j in range(len(evidence))
        ]
        for (i, j), p in zip(places, stats.holm([judged[i][1][j].p for i, j in places])):
            found[i][j] = found[i][j]._replace(p=float(p))
    return found


def _label(claim, evidence, online=None):
    """The verdict from evidence in the test and, where it counts, from that while learning."""
    label, leak = (
        _borne_out(claim, one) if one is not None else UNDECIDED for one in (evidence, online)
    )
    if label == NOT and leak == REPRODUCED:
        return ONLINE
    if claim.measure == "both" and label != NOT:
        return REPRODUCED if label == leak == REPRODUCED else NOT if leak == NOT else UNDECIDED
    return label


def _borne_out(claim, evidence):
    return evidence.suggests if evidence.p < LEVEL or claim.measure == "time" else UNDECIDED


def _weigh(values, control, least, relevant, shift=0.0):
    """Evidence about values - control - shift, pair by pair, being positive and at least
    `least`.
    """
    found = stats.paired_difference(values, control, shift=shift)
    mean, low, high, p = found[:4]
    if low > 0 and mean >= least:
        return Evidence(mean, low, high, p, REPRODUCED)
    if high < relevant:
        refuted = stats.paired_difference(values, control, shift=shift + relevant)
        return Evidence(mean, low, high, refuted.p, NOT)
    return Evidence(mean, low, high, p, UNDECIDED)


def _accuracy(comparison, claim, start):
    evidence = tuple(
        _weigh(
            *(
                comparison.values(f"final_{name}_accuracy", arm, start)
                for arm in (claim.arm, claim.control)
            ),
            claim.least,
            claim.least or RELEVANT,
        )
        for name in ("test", "online")
    )
    return evidence, f"test {_signed(evidence[0])}, online {_signed(evidence[1])}"


def _kept(comparison, claim, start):
    pair = [
        comparison.values("final_test_accuracy", arm, start) for arm in (claim.arm, claim.control)
    ]
    told = _signed(stats.paired_difference(*pair))
    return (_weigh(*pair, 0.0, 0.0, shift=-RELEVANT),), f"test {told}"


def _ahead(comparison, claim, start):
    then = int(np.searchsorted(comparison.dataset["probe_time"].values, CLEAR, side="right")) - 1
    pair = (
        comparison.values("probe_accuracy", arm, start)[:, then]
        for arm in (claim.arm, claim.control)
    )
    evidence = _weigh(*pair, claim.least, claim.least)
    return (evidence,), f"probe {_signed(evidence)}"


def _shortfall(comparison, claim, start):
    own, ceiling = (
        comparison.values(f"final_{name}_accuracy", claim.arm, start) for name in ("test", "bayes")
    )
    evidence = _weigh(ceiling, own, claim.least, claim.least)
    return (evidence,), f"test {own.mean():.3f}, the Bayes-optimal minus that {_signed(evidence)}"


def _escape(comparison, claim, start):
    times, control = (comparison.escape(arm, start) for arm in (claim.arm, claim.control))
    relevant = max(
        SOONER * np.median(control.seconds), np.diff(comparison.dataset["probe_time"].values).min()
    )
    evidence = _weigh(control.seconds, times.seconds, 0.0, relevant)
    if evidence.suggests != NOT:  # where all escape together, log-rank says nothing: nan, undecided
        evidence = evidence._replace(
            p=float(np.maximum(evidence.p, stats.logrank_p(times, control)))
        )
    medians = " against ".join(_seconds(stats.escape_median(one)) for one in (times, control))
    return (evidence,), f"{medians}, sooner by {_signed(evidence, '.0f')} s"


def _time(comparison, claim, start):
    median, low, high, _ = found = stats.escape_median(comparison.escape(claim.arm, start))
    suggests = REPRODUCED if high <= claim.least else NOT if low > claim.least else UNDECIDED
    return (Evidence(median, low, high, np.nan, suggests),), _seconds(found)


_JUDGES = {
    "accuracy": _accuracy,
    "both": _accuracy,
    "kept": _kept,
    "ahead": _ahead,
    "shortfall": _shortfall,
    "escape": _escape,
    "time": _time,
}


def _signed(found, form=".3f"):
    return f"{found.mean:+{form}} [{found.low:+{form}}, {found.high:+{form}}]".replace(
        "[+nan, +nan]", "[no interval]"
    )


def _seconds(found):
    median, low, high = ("never" if np.isinf(x) else f"{x:.0f} s" for x in found[:3])
    return f"{median} [{low}, {high}]"


def _setting(claim, start, dataset):
    against = "" if claim.measure in ("time", "shortfall") else f" against {claim.control}"
    attrs = dataset.attrs
    chosen = f", {attrs['set']}" if attrs["set"] else ""
    where = (
        f"{attrs['data']}, start {start}, {attrs['samples']} samples{chosen}, n ="
        f" {dataset.sizes['seed']}"
    )
    return f"{claim.arm}{against}, {where}: "
