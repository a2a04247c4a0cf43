"""Is it the structure of the noise or its power: what the runs of `structure_plan` say, by rules.

Structure is what `weight` has and `constant_following` lacks: both have the same mean variance
over the synapses at every step, for the theta of the moment. So "it is the power" is a claim of
equality within a margin, and either label can come out. Beside every verdict stands how unequal the
synapses' noise was: the coefficient of variation of sqrt(N alpha e^w).
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler.stats.rules import (
    Ruling,
    at_least,
    equivalent,
    factor,
    in_family,
    rule_text,
    said,
    undefined,
)
from spikesampler.studies.fang_2018.structure_plan import HOT, late_means
from spikesampler.studies.finding import Finding

__all__ = ["FORMS", "Question", "findings", "questions_of", "rulings_of", "variation"]

MARGIN = 0.02  #: of an accuracy; what is less is no difference that matters: our choice
WITHIN = 1.25  #: of a time to escape
FORMS = {"escape": ".2f"}  #: of numbers that are no accuracies
WEIGHT, FOLLOWING, FALLING = "weight", "constant_following", "falling:follow=weight"


class Question(NamedTuple):
    """What is asked of every setting, with a family of tests of its own.

    arms : the first is held against the second. of : late, averaged or escape. what : the number.
    told : whether it is among the study's findings; else its page alone has it.
    """

    key: str
    claim: str
    source: str
    arms: tuple[str, str]
    of: str
    what: str
    told: bool = True


_LATE = "accuracy over the last 2000 s"
_FLAT = "noise of equal power at every moment, alike for all synapses"
QUESTIONS = (
    Question(
        "late",
        f"it is the noise's power, not its structure: `weight` is as accurate as {_FLAT}",
        "question",
        (WEIGHT, FOLLOWING),
        "late",
        _LATE,
    ),
    Question(
        "averaged",
        f"averaged over samples of θ, `weight` answers as accurately as {_FLAT}",
        "question",
        (WEIGHT, FOLLOWING),
        "averaged",
        "accuracy of averaged answers",
        told=False,
    ),
    Question(
        "hot",
        f"with three times the variance, too, `weight` is as accurate as {_FLAT}",
        "question",
        (f"{WEIGHT}:{HOT}", f"{FOLLOWING}:{HOT}"),
        "late",
        _LATE,
    ),
    Question(
        "escape",
        f"`weight` learns as fast as {_FLAT}",
        "question",
        (WEIGHT, FOLLOWING),
        "escape",
        "ratio of times half-way to the best arm's accuracy",
    ),
    Question(
        "falling",
        f"noise that falls with the weight is as accurate as {_FLAT}",
        "control",
        (FALLING, FOLLOWING),
        "late",
        _LATE,
        told=False,
    ),
    Question(
        "falling_hot",
        "with three times the variance, noise that falls with the weight is as accurate as"
        f" {_FLAT}",
        "control",
        (f"{FALLING}:{HOT}", f"{FOLLOWING}:{HOT}"),
        "late",
        _LATE,
    ),
    Question(
        "flat",
        f"{_FLAT} makes what is learnt more accurate than none",
        "control",
        (FOLLOWING, "none"),
        "late",
        _LATE,
        told=False,
    ),
    Question(
        "flat_hot",
        "the same with three times the variance",
        "control",
        (f"{FOLLOWING}:{HOT}", "none"),
        "late",
        _LATE,
        told=False,
    ),
    Question(
        "gain",
        "noise that grows with the weight makes what is learnt more accurate than none",
        "Fang et al. 2018, abstract",
        (WEIGHT, "none"),
        "late",
        _LATE,
        told=False,
    ),
    Question(
        "gain_hot",
        "the same with three times the variance",
        "question",
        (f"{WEIGHT}:{HOT}", "none"),
        "late",
        _LATE,
        told=False,
    ),
)


def questions_of(dataset: xr.Dataset) -> list[Question]:
    """The questions that a dataset can answer."""
    known = "averaged_accuracy" in dataset and bool(dataset["averaged_accuracy"].notnull().all())
    return [one for one in QUESTIONS if one.of != "averaged" or known]


def rulings_of(dataset: xr.Dataset) -> dict[str, list[Ruling]]:
    """{question: a ruling for each setting, in order}."""
    return {
        one.key: in_family((_ruling(row, one) for row in _rows(dataset)), f"structure, {one.key}")
        for one in questions_of(dataset)
    }


def _rows(dataset: xr.Dataset) -> list[xr.Dataset]:
    return [dataset.isel(setting=number) for number in range(dataset.sizes["setting"])]


def _ruling(row: xr.Dataset, question: Question) -> Ruling:
    if question.of == "escape":
        return _of_times(row, question.arms)
    values = row["averaged_accuracy"] if question.of == "averaged" else late_means(row)
    first, second = (values.sel(arm=arm).values for arm in question.arms)
    if question.arms[1] == "none":
        return at_least(first, second, relevant=MARGIN)
    return equivalent(first, second, MARGIN)


def _of_times(row: xr.Dataset, arms: tuple[str, str]) -> Ruling:
    """Times to escape within a factor; a run that never escapes has none.

    Where one probe more or less is already beyond the factor, equal cannot be told from unequal.
    """
    if not np.isfinite(row["threshold"]):
        return undefined("no arm ends clearly above chance")
    finest = float(row["probe"][1] - row["probe"][0])
    seconds = np.maximum(row["escape_seconds"], finest).where(row["escaped"] == 1, np.inf)
    first, second = (seconds.sel(arm=arm).values for arm in arms)
    enough = (WITHIN - 1) * float(max(np.median(first), np.median(second)))
    ruling = factor(first, second, within=WITHIN)
    if finest > enough:
        coarse = f"a probe every {finest:.3g} s; every {enough:.3g} s would be enough"
        return replace(ruling, coarse=coarse)
    return ruling


def variation(row: xr.Dataset, arm: str = WEIGHT) -> tuple[float, float]:
    """Coefficient of variation of the amplitude in one setting, mean over the seeds of an arm: at
    the start, and over the last 2000 s.
    """
    of_arm = row["amplitude_cv"].sel(arm=arm)
    return float(of_arm.isel(probe=0).mean()), float(late_means(row, "amplitude_cv", arm).mean())


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row for each question and setting."""
    rulings, seeds = rulings_of(dataset), dataset.sizes["seed"]
    rows = []
    for question in filter(lambda one: one.told, questions_of(dataset)):
        for place, (ruling, row) in enumerate(zip(rulings[question.key], _rows(dataset))):
            start, end = variation(row, question.arms[0])
            number = f"{question.what} {said(ruling, FORMS.get(question.of, '+.3f'))}"
            rows.append(
                Finding(
                    key=f"{question.key}_{place}",
                    claim=f"{question.claim}, at {row['setting'].item()}",
                    source=question.source,
                    verdict=ruling.label,
                    number=f"{number}; coefficient of variation of the noise's amplitude"
                    f" {start:.2f} at the start, {end:.2f} over the last 2000 s",
                    reading=_reading(row, question.arms),
                    n=f"{seeds} seeds, paired",
                    rule=rule_text(ruling),
                )
            )
    return rows


def _reading(row: xr.Dataset, arms: tuple[str, str]) -> str:
    return (
        f"clusters, start prior, `{arms[0]}` against `{arms[1]}`, {row['setting'].item()},"
        f" α eʷ ≤ {row['intensity_max'].item():g}, b = {row['b'].item():g}/s,"
        f" {row['probe'].values[-1]:g} s"
    )
