"""What Fang et al. (2018) claim of noise, the controls of that, and what was asked beside it.

"almost 20 %" is read as 15 % at least, "at least 10 %" of the paper of 2020 as 10 %: in points of
accuracy, and in % of the accuracy without noise.
"""

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from spikesampler.experiments.claim import Claim
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.comparison_dataset import set_of
from spikesampler.experiments.declared import SAMPLES
from spikesampler.experiments.scores import ONLINE_SAMPLES
from spikesampler.language.arm_option import options_of
from spikesampler.studies.fang_2018.amplitude import why_untested

if TYPE_CHECKING:
    import xarray

__all__ = ["claims_of"]

ALMOST_20 = 0.15  #: the least that "almost 20 %" may mean
TEN = 0.10  #: "at least 10 %"
#: a smaller difference of accuracies is none; also what may be lost of one that is called kept
RELEVANT = 0.02
SOONER = 0.1  #: a smaller part of the control's time is no earlier escape
CLEAR = 1700.0  #: s after which preferences are clear

FANG = "Fang et al. 2018"
gain = partial(Claim, measure="gain", arm="weight", relevant=RELEVANT)
sooner = partial(Claim, measure="escape", arm="weight", relevant=SOONER)
learnt_by = partial(
    Claim, source=FANG, measure="shortfall", arm="none", least=ALMOST_20, on="clusters"
)

#: {what "in learning" and "in test" may mean: (how claims say it, variable of the dataset)}
MEANINGS = {
    "test": ("in test (at the end)", "late_probe_accuracy"),
    "online": ("in learning (online, mean over all of it)", "mean_online_accuracy"),
    "online_end": (
        f"in learning (online, the last {ONLINE_SAMPLES} samples)",
        "final_online_accuracy",
    ),
    "held_out": ("in learning (held-out samples, mean over all of it)", "mean_probe_accuracy"),
}


def _both_readings(name: str, claim: str, source: str, least: float, on: str) -> Iterator[Claim]:
    """A gain of so many %, for each of MEANINGS: in points, and in % of what is without noise."""
    for meaning, (when, values) in MEANINGS.items():
        of_meaning = partial(
            Claim, source=source, measure="gain", arm="weight", on=on, values=values
        )
        text, key = f"{claim} with noise {when}: at least", f"{name}_{meaning}"
        percent = 100 * least
        yield of_meaning(key, f"{text} {percent:.0f} points", least=least)
        relative = f"{text} {percent:.0f} % of the accuracy without noise"
        yield of_meaning(f"{key}_relative", relative, least=percent, percent=True)


CLAIMS = (
    *_both_readings("almost_20", "almost 20 % more accurate", FANG, ALMOST_20, "clusters"),
    *_both_readings("ten", "at least 10 % more accurate", "Fang et al. 2020", TEN, "images"),
    gain("higher", "accuracy higher with noise at all, at the end", FANG),
    gain(
        "structure",
        "noise that grows with the weight learns better than Gaussian noise",
        FANG,
        control="constant",
    ),
    gain(
        "not_power",
        "it is the noise's structure: better than noise without it, of equal power at the start",
        "control",
        control="constant_matched",
    ),
    gain(
        "not_power_of_the_moment",
        "it is the noise's structure: better than equal power at every moment without it",
        "control",
        control="constant_following",
    ),
    learnt_by(
        "cannot_learn",
        "without noise the task is not learnt: at least 15 points below the ceiling at the end",
    ),
    learnt_by(
        "cannot_learn_by_1700_s",
        "without noise the task is not learnt by 1700 s: at least 15 points below the ceiling then",
        at=CLEAR,
    ),
    Claim(
        "course_1700_s",
        "clear preferences come at 1700 s: half-way from chance to the final accuracy within a"
        " factor of 2 of that",
        FANG,
        "course",
        "weight",
        least=CLEAR,
        on="clusters",
    ),
    Claim(
        "by_1700_s",
        "clear preferences at 1700 s at the latest, which is a bound and no time course: half of"
        " the runs have escaped by then",
        "control",
        "by",
        "weight",
        least=CLEAR,
        on="clusters",
    ),
    sooner("sooner", "noise escapes sooner", FANG),
    sooner(
        "sooner_by_structure",
        "it is the noise's structure: escapes sooner than equal power without it",
        "control",
        control="constant_matched",
    ),
    sooner(
        "sooner_than_power_of_the_moment",
        "it is the noise's structure: escapes sooner than equal power at every moment without it",
        "control",
        control="constant_following",
    ),
    Claim(
        "ahead",
        "more accurate with noise at 1700 s, on held-out samples: at least 15 points",
        "asked afterwards",
        "ahead",
        "weight",
        least=ALMOST_20,
        at=CLEAR,
        on="clusters",
        family="ahead",
    ),
)


def claims_of(comparison: Compared) -> list[Claim]:
    """The claims that a comparison's data, length and arms can settle."""
    dataset, arms = comparison.dataset, comparison.arms
    annealed = [arm for arm in arms if options_of(arm).get("schedule", "constant") != "constant"]
    claims = [claim for claim in CLAIMS if claim.on in ("all", dataset.attrs["kind"])]
    claims += [claim for arm in annealed for claim in _of_annealed(arm)]
    return [
        claim._replace(untested=_untested(comparison, claim))
        for claim in claims
        if claim.arm in arms
        and (claim.control in arms or claim.measure in ("by", "course"))
        and not _too_short(claim, dataset)
    ]


def _too_short(claim: Claim, dataset: "xarray.Dataset") -> bool:
    """Whether the runs end before what the claim is about."""
    if math.isfinite(claim.at):
        return bool(dataset["probe_time"][-1] < claim.at)
    return claim.measure == "shortfall" and dataset.attrs["samples"] < SAMPLES


def _untested(comparison: Compared, claim: Claim) -> dict[str, str]:
    """{start: why the claim is not tested there}: of structure against power, where they are one.

    Only of inputs as the model has them: on other data the start may be another.
    """
    if claim.control not in ("constant_matched", "constant_following"):
        return {}
    chosen = set_of(comparison.dataset.attrs)
    late = claim.measure == "gain" and claim.control == "constant_matched"
    reasons = {start: why_untested(start, chosen, late) for start in comparison.starts}
    return {start: reason for start, reason in reasons.items() if reason}


def _of_annealed(arm: str) -> tuple[Claim, Claim]:
    """Two questions about an arm whose noise ends: does it escape sooner, and keep its accuracy?"""
    noise = f"noise that is taken away while learning ({arm})"
    family = partial(Claim, arm=arm, family="annealed", source="question")
    return (
        family("annealed_sooner", f"{noise} escapes sooner", measure="escape", relevant=SOONER),
        family(
            "annealed_keeps",
            f"{noise} keeps accuracy, to {RELEVANT}",
            measure="kept",
            relevant=RELEVANT,
        ),
    )
