"""What is asked of every arm against none, where no study's claim is about that: of any model."""

from functools import partial

from spikesampler.experiments.claim import Claim
from spikesampler.experiments.compared import Compared

__all__ = ["ARMS", "CONTROL", "questions_of"]

CONTROL = "none"  #: the arm that the others are compared with
ARMS = "arms"  #: the family of these questions
RELEVANT = 0.02  #: of accuracy: the smallest gain that matters
SOONER = 0.1  #: of none's time: the smallest part that matters


def questions_of(comparison: Compared, claims: list[Claim]) -> list[Claim]:
    """Is an arm more accurate than `none` at the end, and does it escape sooner?

    Not asked again where one of the claims sets the arm against `none` by that measure: a
    difference has one p.
    """
    asked = {(claim.measure, claim.arm) for claim in claims if claim.control == CONTROL}
    questions = []
    for arm in comparison.arms:
        if arm == CONTROL or CONTROL not in comparison.arms:
            continue
        question = partial(Claim, source="question", arm=arm, family=ARMS)
        if not {("gain", arm), ("kept", arm)} & asked:
            text = f"accuracy higher with {arm} than without noise, at the end"
            questions.append(question("arm_higher", text, measure="gain", relevant=RELEVANT))
        if ("escape", arm) not in asked:
            text = f"{arm} escapes sooner than no noise"
            questions.append(question("arm_sooner", text, measure="escape", relevant=SOONER))
    return questions
