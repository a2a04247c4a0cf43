"""What the accuracies say of each claim of the paper, by code."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from spikesampler.stats import rules
from spikesampler.studies.finding import Finding
from spikesampler.studies.kulikovskikh_2021.along_training import advantages, slope_of
from spikesampler.studies.kulikovskikh_2021.arms import LIGHT, PAPER, RIVALS
from spikesampler.studies.kulikovskikh_2021.claim_rows import (
    PLACE,
    best_row,
    per_run,
    reading_of,
    ruled_row,
    runs_of,
)
from spikesampler.studies.kulikovskikh_2021.differences import balance, counts, of_points
from spikesampler.studies.kulikovskikh_2021.tables_controls import controls, exact, paper_test
from spikesampler.studies.kulikovskikh_2021.tables_report import printed_accuracies
from spikesampler.studies.kulikovskikh_2021.words import share

__all__ = ["findings"]

FREE = "light-sgd, E = 0"


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row per claim. Where only one table was made, only what that settles."""
    points, rows = of_points(dataset), []
    if points.any():
        rows += [_best(dataset, points), _significant(dataset, points)]
        rows += [*_gains(dataset, points), *_iterations(dataset), *_balances(dataset, points)]
        rows += controls(dataset, points)
    if not points.all():
        rows.append(_images(dataset, ~points))
    return [*rows, paper_test(dataset), *exact()]


def _best(dataset, points):
    """Highest of four, as the paper's bold numbers are."""
    found, last = (counts(dataset[name], LIGHT, points) for name in ("test_mean", "test_final"))
    printed = printed_accuracies()[1].values()
    best = [max(cells, key=lambda name: cells[name][0]) for cells in printed].count(LIGHT)
    ruling = rules.share(found.highest, found.tasks, 0.5)
    return Finding(
        "best",
        "LIGHT has the highest test accuracy of the four methods",
        PLACE.format("Table 1"),
        ruling.label,
        f"highest on {share(found.highest, found.tasks, 'sets')}, p = {ruling.p:.2g} against half"
        f" of them (a single test); paper: {best} of {len(printed)}; after the last epoch on"
        f" {share(last.highest, last.tasks, 'sets')}",
        reading_of(dataset),
        f"{found.tasks} sets, {runs_of(dataset)}",
        rules.rule_text(ruling, "of the sets"),
    )


def _significant(dataset, points):
    found = counts(dataset["test_mean"], LIGHT, points)
    claim = "LIGHT significantly outperforms the other methods"
    return best_row("significant", claim, PLACE.format("Table 1"), found, dataset)


def _images(dataset, images):
    found = counts(dataset["test_mean"], LIGHT, images)
    stand_ins = [name for name in dataset["task"].values[images] if "stand-in" in name]
    what = "scikit-learn's digits in the place of its images" if stand_ins else "images"
    return best_row(
        "images",
        "of images, LIGHT significantly outperforms the other methods",
        PLACE.format("Table 2"),
        found,
        dataset,
        "draws of images",
        reading_of(dataset, what),
    )


def _gains(dataset, points) -> Iterator[Finding]:
    """By how much, against what the paper prints."""
    printed, rulings = printed_accuracies()[1].values(), []
    for rival in RIVALS:
        claimed = np.mean([cells[LIGHT][0] - cells[rival][0] for cells in printed])
        arms = (per_run(dataset, arm, points) for arm in (LIGHT, rival))
        rulings.append(rules.at_least(*arms, least=round(float(claimed), 2)))
    for rival, ruling in zip(RIVALS, rules.in_family(rulings, "gains printed in Table 1")):
        yield ruled_row(
            f"gain_{rival.removeprefix('s-')}",
            f"LIGHT's test accuracy is {ruling.tests[-1].value:.2f} points above {rival}'s, mean"
            " over the sets",
            PLACE.format("Table 1, mean over its 8 sets"),
            ruling,
            dataset,
        )


def _iterations(dataset) -> Iterator[Finding]:
    """Does the advantage fall along training, of LIGHT, and of what is not harvested?"""
    unit, gains = "points per 1000 epochs", advantages(dataset, (LIGHT, FREE))
    rulings = [rules.at_most(100 * slope_of(gain)) for gain in gains.values()]
    for pair, ruling in zip(gains, rules.in_family(rulings, "advantages along training")):
        arm, rival = pair
        first, *_, last = 100 * gains[pair].mean("run").values
        harvested = arm == LIGHT
        whose = "LIGHT's" if harvested else "without harvest, LIGHT's"
        row = ruled_row(
            f"{'iterations' if harvested else 'iterations_growth'}_{rival.removeprefix('s-')}",
            f"{whose} advantage over {rival} becomes less apparent with iterations",
            PLACE.format("section 3") if harvested else "control",
            ruling,
            dataset,
            unit,
        )
        ends = f"; {first:+.2f} points in the first tenth, {last:+.2f} in the last"
        yield row._replace(number=row.number + ends)


def _balances(dataset, points) -> Iterator[Finding]:
    """Two meanings of the best balance between train and test accuracy."""
    both, place = balance(dataset), PLACE.format("Fig. 1")
    claim = "LIGHT has the best balance: the lower of train and test accuracy is highest"
    yield best_row("balance", claim, place, counts(both["lower"], LIGHT, points), dataset)
    gaps = {arm: 100 * both["gap"].sel(arm=arm)[points].mean("task").values for arm in PAPER}
    rulings = [rules.at_most(gaps[LIGHT], gaps[rival]) for rival in RIVALS]
    upper = int((both["gap"].sel(arm=LIGHT)[points].mean("run") < 0).sum())
    for rival, ruling in zip(RIVALS, rules.in_family(rulings, "train minus test")):
        row = ruled_row(
            f"gap_{rival.removeprefix('s-')}",
            f"LIGHT has the best balance: train is less above test accuracy than {rival}'s",
            place,
            ruling,
            dataset,
        )
        means = f"; mean gaps {gaps[LIGHT].mean():+.2f} and {gaps[rival].mean():+.2f}"
        sets = f"; LIGHT's test is above train on {upper} of {int(points.sum())} sets"
        yield row._replace(number=row.number + means + sets)
