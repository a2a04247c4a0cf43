"""What Fang et al. (2018) claim of noise, the controls of that, and what was asked beside it.

"almost 20 %" is read as 15 points of accuracy at least, "at least 10 %" of the paper of 2020 as 10.
"""

from functools import partial

from spikesampler.experiments.claim import Claim
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.declared import SAMPLES
from spikesampler.language.arm_option import options_of

__all__ = ["claims_of"]

ALMOST_20 = 0.15  #: the least that "almost 20 %" may mean, in points of accuracy
TEN = 0.10  #: "at least 10 %", in points of accuracy
#: a smaller difference of accuracies is none; also what may be lost of one that is called kept
RELEVANT = 0.02
SOONER = 0.1  #: a smaller part of the control's time is no earlier escape
CLEAR = 1700.0  #: s after which preferences are clear

FANG = "Fang et al. 2018"
higher = partial(Claim, measure="accuracy", arm="weight", relevant=RELEVANT)
sooner = partial(Claim, measure="escape", relevant=SOONER)

CLAIMS = (
    Claim(
        "almost_20",
        "accuracy almost 20 % higher with noise, in learning and in test",
        FANG,
        "both",
        "weight",
        least=ALMOST_20,
        on="clusters",
    ),
    higher(
        "ten_on_images",
        "accuracy at least 10 % higher with noise on images",
        "Fang et al. 2020",
        least=TEN,
        on="images",
    ),
    higher("higher", "accuracy higher with noise at all", FANG),
    higher(
        "structure",
        "noise that grows with the weight learns better than Gaussian noise",
        FANG,
        control="constant",
    ),
    higher(
        "not_power",
        "it is the noise's structure: better than equal power without it",
        "control",
        control="constant_matched",
    ),
    Claim(
        "cannot_learn",
        "without noise the task is not learnt: at least 15 points below the ceiling",
        FANG,
        "shortfall",
        "none",
        least=ALMOST_20,
        on="clusters",
    ),
    Claim(
        "by_1700_s",
        "clear preferences by 1700 s",
        FANG,
        "time",
        "weight",
        least=CLEAR,
        on="clusters",
    ),
    sooner("sooner", "noise escapes sooner", FANG, arm="weight"),
    sooner(
        "sooner_by_structure",
        "it is the noise's structure: escapes sooner than equal power without it",
        "control",
        arm="weight",
        control="constant_matched",
    ),
    Claim(
        "ahead",
        "accuracy almost 20 % higher with noise at 1700 s, on held-out samples",
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
    too_short = {"ahead"} if dataset["probe_time"][-1] < CLEAR else set()
    too_short |= {"shortfall"} if dataset.attrs["samples"] < SAMPLES else set()
    return [
        claim
        for claim in claims
        if claim.arm in arms
        and (claim.control in arms or claim.measure == "time")
        and claim.measure not in too_short
    ]


def _of_annealed(arm: str) -> tuple[Claim, Claim]:
    """Two questions about an arm whose noise ends: does it escape sooner, and keep its accuracy?"""
    keeps = f"annealed noise keeps accuracy, to {RELEVANT}"
    family = partial(Claim, arm=arm, family="annealed", source="question")
    return (
        family(
            "annealed_sooner", "annealed noise escapes sooner", measure="escape", relevant=SOONER
        ),
        family("annealed_keeps", keeps, measure="kept", relevant=RELEVANT),
    )
