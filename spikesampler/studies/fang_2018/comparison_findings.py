"""What the comparisons found of each claim, row by row, and in five sentences."""

from collections.abc import Collection, Mapping

import numpy as np

from spikesampler.experiments.comparison_result import Comparison
from spikesampler.experiments.questions import ARMS
from spikesampler.experiments.verdicts import Verdict
from spikesampler.stats import Interval, mean_interval, rules
from spikesampler.stats.courses import crossing_times
from spikesampler.studies.fang_2018 import comparison_plan as plan
from spikesampler.studies.fang_2018.amplitude import amplitude_variation
from spikesampler.studies.finding import Finding, in_brackets, ruled

__all__ = ["findings", "hurry", "pays_until"]

EARLY = ("escape", "by", "course")  #: measures that the first 400 s can settle
LEAK = 0.02  #: of accuracy: the smallest leak of the label that matters


def findings(comparisons: Mapping[str, Comparison]) -> list[Finding]:
    """A row for each claim, by start, in the order of the page."""
    study, early = comparisons["study"], comparisons["early"]
    schedules = study.sel(plan.FAMILIES["schedules"]).verdicts
    found = _of_verdicts(study.sel(plan.ARMS).verdicts, "")
    found += _of_verdicts(early.verdicts, "early_", measures=EARLY)
    found += [_pays(study), *_leaks(study)]
    found += _of_verdicts([one for one in schedules if one.claim.family == "annealed"], "")
    return found + _of_verdicts(comparisons["digits"].verdicts, "digits_")


def _of_verdicts(
    verdicts: Collection[Verdict], prefix: str, measures: Collection[str] = ()
) -> list[Finding]:
    """A Finding of each verdict on a claim of the study; its key is prefix, claim, start, and of
    annealed arms the arm.
    """
    rows = []
    for one in verdicts:
        if one.claim.family == ARMS or (measures and one.claim.measure not in measures):
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
        "the lead of noise ends within the paper's time",
        "question",
        rules.in_family([ruling], "crossing, start plateau")[0],
        f"weight against none, clusters, start plateau, {end:.0f} s, held-out probes, running"
        " mean over 1000 s",
        "seeds",
        ".0f",
        "s",
    )


def _leaks(study: Comparison) -> list[Finding]:
    """How much higher accuracy is while the label is there."""
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
            "accuracy while learning contains the label: online is above held-out samples",
            "question",
            ruling,
            f"{arm}, clusters, start {start}, {study.dataset.attrs['samples']} samples, at the end",
            "seeds",
        )
        for (arm, start), ruling in family
    ]


def hurry(comparisons: Mapping[str, Comparison]) -> list[str]:
    """Five sentences for a reader in a hurry."""
    study, digits = comparisons["study"], comparisons["digits"]
    attrs, seeds = study.dataset.attrs, study.dataset.sizes["seed"]
    hours = study.dataset["probe_time"].values[-1] / 3600
    late = "late_probe_accuracy"
    prior, plateau = (difference(study, late, start) for start in ("prior", "plateau"))
    online = difference(study, "mean_online_accuracy", "plateau")
    held_out = difference(study, "mean_probe_accuracy", "plateau")
    matched = difference(study, late, "plateau", "weight", "constant_matched")
    until = "{:.0f} s [{:.0f}, {:.0f}]".format(*pays_until(study)[:3])
    alike = [f"{amplitude_variation(start):.1g} from `{start}`" for start in study.starts]
    on_digits = " and ".join(f"{difference(digits, late, s)} from `{s}`" for s in digits.starts)
    return [
        "Fang, Yu & Chen (2018) claim that noise in the synapses of a spiking network makes it"
        f" almost 20 % more accurate, in learning and in test; here it learns for {hours:.1f} h"
        f" ({attrs['samples']} samples) under {len(plan.ARMS)} kinds of noise, from two starts,"
        f" with {seeds} seeds each.",
        f"At the end noise that grows with the weight costs accuracy: {prior} from `prior` and"
        f" {plateau} from `plateau` against no noise, on held-out samples, mean over the last"
        " 2000 s.",
        "Something like 20 % comes out only from `plateau`, as a mean over all of learning:"
        f" {online} online, where the label leaks in, {held_out} on held-out samples; noise leaves"
        f" the plateau sooner, and is ahead until {until}.",
        "Whether it is the noise's structure or its power cannot be told from this network, as"
        " sqrt(N alpha e^w) hardly differs between synapses at the start (coefficient of variation"
        f" {', '.join(alike)}); structure less equal power is {matched} from `plateau` at the end,"
        " after the two powers have drifted apart.",
        f"With {seeds} seeds these are 95 % intervals (Student's t corrected for skewness), for one"
        " reading of the paper, of which others have a page of their own; on digits noise costs as"
        f" well: {on_digits} (`weight`).",
    ]


def difference(
    study: Comparison, name: str, start: str, arm: str = "weight", control: str = "none"
) -> str:
    """Of a variable, arm less control, pair by pair: mean and interval as text."""
    values = np.subtract(*(study.values(name, each, start) for each in (arm, control)))
    return in_brackets(*mean_interval(values)[:3])
