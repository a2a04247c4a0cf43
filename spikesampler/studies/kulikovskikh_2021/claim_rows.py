"""Findings of the tables: what all of them say alike."""

import numpy as np
import xarray as xr

from spikesampler.stats import rules
from spikesampler.studies.finding import Finding, ruled
from spikesampler.studies.kulikovskikh_2021.arms import OLDER, RIVALS
from spikesampler.studies.kulikovskikh_2021.differences import LEVEL, Counts, counts
from spikesampler.studies.kulikovskikh_2021.words import named

__all__ = [
    "PLACE",
    "SETTING",
    "best_row",
    "per_run",
    "reading_of",
    "ruled_row",
    "runs_of",
    "significantly_best",
]

RUNS = "runs, each with its own data and start"  #: what is counted
PLACE = "Kulikovskikh & Legović 2021, {}"
SETTING = "r = 4.08, E = 6.4, T = 1, Gompertz's law, cross-entropy"
BEST_RULE = (
    "reproduced: above {rivals} on more than half of the sets, each with p < {level} against no"
    " difference in Wilcoxon's signed-rank test over runs, Holm over {size} tests; smaller than"
    " claimed: so much above all of them on fewer sets, but on more than it is so much below one;"
    " not reproduced: below one on some set, and above all on no more; undecided: neither on any"
)


def significantly_best(found: Counts) -> str:
    """The verdict on "significantly outperforms the other methods".

    Reproduced where the method is above all rivals on more than half of the tasks; smaller than
    claimed where on fewer, but on more than it is below one of them; not reproduced where it is
    below one somewhere, and above all on no more tasks; where nothing is clear, undecided.
    """
    if 2 * found.above_all > found.tasks:
        return rules.REPRODUCED
    if found.above_all > found.below:
        return rules.SMALLER
    return rules.NOT if found.below else rules.UNDECIDED


def reading_of(dataset: xr.Dataset, what: str = "sets of points of ours") -> str:
    """For which setting, average and data a number holds."""
    return f"{SETTING}; mean over {dataset.attrs['epochs']} epochs; {what}"


def runs_of(dataset: xr.Dataset) -> str:
    """How many independent values there are."""
    return f"{dataset.sizes['run']} {RUNS}"


def per_run(dataset: xr.Dataset, arm: str, points: np.ndarray) -> np.ndarray:
    """Test accuracies in points, means over the sets of points, (run,)."""
    return 100 * dataset["test_mean"].sel(arm=arm)[points].mean("task").values


def ruled_row(
    key: str,
    claim: str,
    source: str,
    ruling: rules.Ruling,
    dataset: xr.Dataset,
    unit: str = "points",
) -> Finding:
    """A finding of one ruling."""
    return ruled(key, claim, source, ruling, reading_of(dataset), RUNS, "+.2f", unit)


def best_row(
    key: str,
    claim: str,
    source: str,
    values: xr.DataArray,
    arm: str,
    table: np.ndarray,
    dataset: xr.Dataset,
    what: str = "sets",
    reading: str = "",
    rivals: tuple[str, ...] = RIVALS,
) -> Finding:
    """A finding of `counts` of values, on how many tasks of a table a method is clearly above its
    rivals; and the same with the older defaults of those that had others.
    """
    found, texts = counts(values, arm, table, rivals), []
    older = tuple(OLDER.get(rival, rival) for rival in rivals)
    if older != rivals:
        other = counts(values, arm, table, older)
        texts = [_with_older(other, [rival for rival in older if rival not in rivals])]
        if (label := significantly_best(other)) != significantly_best(found):
            texts.append(f"which would be {label}")
    exact = f"(counts, so no interval: the {what} were chosen and not drawn)"
    return Finding(
        key,
        claim,
        source,
        significantly_best(found),
        f"{'; '.join([counted(found, what), *texts])} {exact}",
        reading or reading_of(dataset),
        f"{found.tasks} {what}, {runs_of(dataset)}",
        BEST_RULE.format(
            rivals=" and ".join(map(named, rivals)), level=LEVEL, size=len(rivals) * found.tasks
        ),
    )


def _with_older(found: Counts, older: list[str]) -> str:
    """What changes where rivals have the defaults that they had in 2017."""
    above = ", ".join(f"{named(rival)} above it on {found.above[rival]}" for rival in older)
    return f"with {above}, above all on {found.above_all}, below any on {found.below}"


def counted(found: Counts, what: str) -> str:
    """On how many tasks a method is what it is called, in words."""
    above = ", ".join(f"{named(rival)} on {count}" for rival, count in found.above.items())
    return (
        f"clearly above all {len(found.above)} rivals on {found.above_all} of {found.tasks} {what};"
        f" highest on {found.highest}; above {above}; below any on {found.below}"
    )
