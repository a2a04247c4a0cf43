"""What the comparisons found of each claim, row by row, and in five sentences."""

from collections.abc import Collection, Mapping

import numpy as np

from spikesampler.experiments.comparison_result import Comparison
from spikesampler.experiments.questions import ARMS
from spikesampler.experiments.scores import ONLINE_SAMPLES
from spikesampler.experiments.verdicts import Verdict, verdicts
from spikesampler.stats import Interval, mean_interval, rules
from spikesampler.stats.courses import LATE, crossing_times
from spikesampler.studies.fang_2018 import comparison_plan as plan
from spikesampler.studies.finding import Finding, ruled

__all__ = ["findings", "pays_until"]

EARLY = ("escape", "by", "course")  #: measures that the first 400 s can settle
LEAK = 0.02  #: of accuracy: the smallest leak of the label that matters


def findings(comparisons: Mapping[str, Comparison]) -> list[Finding]:
    """A row for each claim, by start, in the order of the page."""
    study, early = comparisons["study"], comparisons["early"]
    schedules = study.sel(plan.FAMILIES["schedules"]).verdicts
    found = _of_verdicts(study.sel(plan.ARMS).verdicts, "")
    found += _of_verdicts(verdicts(early, EARLY), "early_")
    found += [_pays(study), *_leaks(study)]
    found += _of_verdicts([one for one in schedules if one.claim.family == "annealed"], "")
    return found + _of_verdicts(comparisons["digits"].verdicts, "digits_")


def _of_verdicts(judged: Collection[Verdict], prefix: str) -> list[Finding]:
    """A Finding of each verdict on a claim of the study; its key is prefix, claim, start, and of
    annealed arms the arm.
    """
    rows = []
    for one in judged:
        if one.claim.family == ARMS:
            continue
        arm = one.claim.arm.replace(":schedule=", "_") if ":" in one.claim.arm else ""
        key = "_".join(filter(None, (f"{prefix}{one.claim.name}", arm, one.start)))
        number = f"{one.number}; {one.beside}" if one.beside else one.number
        claim, source = one.claim.text, one.claim.source
        n = f"{one.num} seeds"
        rows.append(Finding(key, claim, source, one.label, number, one.reading, n, one.rule))
    return rows


def _lead_ends(study: Comparison) -> np.ndarray:
    """When the noise of `weight` is no longer ahead of none from the plateau, in s, (n_seed,)."""
    time = study.dataset["probe_time"].values
    weight, none = (study.values("probe_accuracy", arm, "plateau") for arm in ("weight", "none"))
    return crossing_times(time, weight - none)


def pays_until(study: Comparison) -> Interval:
    """Until when the noise of `weight` is ahead of none from the plateau, in s: mean over seeds."""
    return mean_interval(_lead_ends(study))


def _pays(study: Comparison) -> Finding:
    end = float(study.dataset["probe_time"].values[-1])
    ruling = rules.at_most(_lead_ends(study), 0.0, end)
    return ruled(
        "pays_until",
        "the lead of noise ends within the 2.4 h of learning",
        "question",
        rules.in_family([ruling], "end of the lead")[0],
        f"weight against none, clusters, start plateau, {end:.0f} s, held-out probes, mean of"
        " 1000 s around each",
        "seeds",
        ".0f",
        "s",
    )


def _leaks(study: Comparison) -> list[Finding]:
    """How much higher accuracy is while the label is there; no arm is scored without it."""
    arms = [(arm, start) for start in study.starts for arm in ("none", "weight")]
    rulings = [
        rules.at_least(
            study.values("final_online_accuracy", *point),
            study.values("late_probe_accuracy", *point),
            relevant=LEAK,
        )
        for point in arms
    ]
    family = zip(arms, rules.in_family(rulings, "leak"))
    return [
        ruled(
            f"leak_{arm}_{start}",
            "online accuracy is above that on held-out samples at the end, as a leak of the label"
            " would make it",
            "question",
            ruling,
            f"{arm}, clusters, start {start}, {study.dataset.attrs['samples']} samples; online: the"
            f" last {ONLINE_SAMPLES}, held out: probes of the last {LATE:.0f} s",
            "seeds",
        )
        for (arm, start), ruling in family
    ]
