"""What the readings of Fang, Yu & Chen (2018) say, in findings, sentences and tables."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.stats import rules
from spikesampler.stats.rules import in_short
from spikesampler.studies.fang_2018.readings_measures import (
    CLEAR,
    LEARNING,
    LEAST,
    RELEVANT,
    Outcome,
    outcomes,
)
from spikesampler.studies.fang_2018.readings_plan import DEFAULT, READINGS
from spikesampler.studies.fang_2018.readings_rules import (
    all_three_on_some,
    better_where_learnt,
    gains_where_learnt,
)
from spikesampler.studies.fang_2018.readings_tables import (
    MAIN,
    averages,
    printed_seconds,
    summary,
    tables,
)
from spikesampler.studies.finding import MARKS, Finding
from spikesampler.studies.page import render

__all__ = ["findings", "hurry", "nearest", "report", "section"]

SOURCE = "Fang et al. 2018, section 4"


def nearest(judged: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes that come nearest to all three claims at once: one, or all that are equal."""
    least = min(outcome.distance for outcome in judged)
    return [outcome for outcome in judged if outcome.distance == least]


def number(outcome: Outcome, name: str) -> str:
    """A ruling's number with its interval, times in s."""
    ruling = getattr(outcome, name)
    if name != "time":
        return rules.said(ruling)
    return f"{printed_seconds(ruling)}, {CLEAR:g} s times {rules.said(ruling, '.2g')}"


def place(outcome: Outcome) -> str:
    """Reading, start and horizon in words."""
    return f"reading {outcome.reading}, start {outcome.start}, {outcome.horizon:g} s"


def findings(dataset: xr.Dataset) -> list[Finding]:
    """The three claims on the model as it is, and which reading is nearest to all of them."""
    judged = outcomes(dataset)
    seeds = f"{dataset.sizes['seed']} seeds"
    of_model = [one for one in judged if one.reading == DEFAULT and one.meaning == MAIN]
    rows = [row for outcome in of_model for row in _of_outcome(outcome, seeds)]
    last = max(outcome.horizon for outcome in judged)
    rows += [_of_time(one, seeds) for one in of_model if one.horizon == last]
    return [*rows, _all_three(judged, seeds), _after_learning(judged, seeds, last)]


def _of_outcome(outcome: Outcome, seeds: str) -> list[Finding]:
    """Findings of "higher" and "cannot" at a horizon."""
    key, reading = f"{outcome.start}_{outcome.horizon:g}", place(outcome)
    parts = (outcome.learning, outcome.test)
    both = (
        f"{name} {rules.said(ruling)}" for name, ruling in zip(("in learning", "in test"), parts)
    )
    rule = "both in learning and in test, else the label of the one that speaks against; each: "
    return [
        Finding(
            f"higher_{key}",
            f"accuracy higher with noise by {LEAST:g} at least (“almost 20 %”), in learning and in"
            " test",
            SOURCE,
            outcome.higher,
            "; ".join(both),
            f"{reading}, in learning: {outcome.meaning}; arms weight and none",
            seeds,
            rule + rules.rule_text(outcome.test, "points of accuracy"),
        ),
        Finding(
            f"cannot_{key}",
            "without noise the task is not learnt: 15 points below the ceiling at least",
            SOURCE,
            outcome.cannot.label,
            number(outcome, "cannot"),
            f"{reading}, arm none, in test",
            seeds,
            rules.rule_text(outcome.cannot, "points of accuracy"),
        ),
    ]


def _of_time(outcome: Outcome, seeds: str) -> Finding:
    return Finding(
        f"time_{outcome.start}",
        f"clear preferences at {CLEAR:g} s, within a factor of 2",
        SOURCE,
        outcome.time.label,
        number(outcome, "time"),
        f"reading {outcome.reading}, start {outcome.start}, half-time of the arm weight",
        seeds,
        rules.rule_text(outcome.time, f"times {CLEAR:g} s"),
    )


def _all_three(judged: Sequence[Outcome], seeds: str) -> Finding:
    """Whether any reading gives all three claims at once, and what the nearest one says."""
    near = nearest(judged)
    first, (label, places) = near[0], all_three_on_some(judged)
    others = (
        f"; equally near: {len(near) - 1} more of other meanings or places" if len(near) > 1 else ""
    )
    return Finding(
        "all_three",
        "all three claims at once, on some reading of the paper",
        "question",
        label,
        f"{first.reproduced} of 3, largest shortfall {first.shortfall:.2f} margins{others}; "
        + "; ".join(
            f"{name}: {number(first, name)}" for name in ("learning", "test", "time", "cannot")
        ),
        f"{place(first)}, in learning: {first.meaning}",
        f"{seeds} of each of {len({one.reading for one in judged})} readings",
        "reproduced: one reading, start, horizon and meaning at least gives all three claims, also"
        f" with p times {places}, the number of readings and starts; not reproduced: each speaks"
        " clearly against one of them; else undecided; nearest: most claims, then the smallest"
        " largest shortfall, fixed before the runs",
    )


def _after_learning(judged: Sequence[Outcome], seeds: str, last: float) -> Finding:
    """Whether noise is ever better in test where the control has learnt, too."""
    found = gains_where_learnt(_of(judged, last))
    gains = [gain for _, gain in found]
    return Finding(
        "after_learning",
        "noise is better in test also where learning without noise has come within 15 points",
        "question",
        better_where_learnt(gains),
        f"{_better(found)}; no interval: they share their seeds",
        f"all readings that were run to {last:g} s, both starts",
        f"{seeds} of each",
        "reproduced: in one at least the gain in test is clearly above 0; not reproduced: in each"
        f" it is clearly below {RELEVANT:g}; else undecided. Clearly: p < {rules.LEVEL:g} after"
        f" Holm over the {sum(len(gain.tests) for gain in gains)} tests of all of them",
    )


def _better(found: Sequence[tuple[Outcome, rules.Ruling]]) -> str:
    """In how many readings and starts noise is better, and in which."""
    clear = (rules.REPRODUCED, rules.SMALLER)
    above = [f"{one.reading} from {one.start}" for one, gain in found if gain.label in clear]
    names = f" ({', '.join(above)})" if above else ""
    return f"{len(above)} of {len(found)} readings and starts{names}"


def _of(judged: Sequence[Outcome], horizon: float, meaning: str = MAIN) -> list[Outcome]:
    return [one for one in judged if one.horizon == horizon and one.meaning == meaning]


def counts(judged: Sequence[Outcome]) -> dict[tuple[str, float], Counter]:
    """{(start, horizon): how often each claim comes out, and "of" how many readings}."""
    found: dict[tuple[str, float], Counter] = {}
    for one in (outcome for outcome in judged if outcome.meaning == MAIN):
        counter = found.setdefault((one.start, one.horizon), Counter())
        counter["of"] += 1
        counter["all"] += one.reproduced == 3
        counter.update(name for name, label in one.labels.items() if label == rules.REPRODUCED)
    return found


def meanings_by_place(near: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """{reading, start and horizon: the outcomes there}, one for each meaning of "in learning"."""
    found: dict[str, list[Outcome]] = {}
    for one in near:
        found.setdefault(place(one), []).append(one)
    return found


def _where(near: Sequence[Outcome]) -> list[str]:
    """Readings and starts, each with its horizons: "gated from `plateau` at 1700 and 8640 s"."""
    ends: dict[str, list[str]] = {}
    for one in near:
        own = ends.setdefault(f"{one.reading} from `{one.start}`", [])
        if f"{one.horizon:g}" not in own:
            own.append(f"{one.horizon:g}")
    return [f"{name} at {' and '.join(own)} s" for name, own in ends.items()]


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    judged = outcomes(dataset)
    near, number_of = nearest(judged), len({one.reading for one in judged})
    where = _where(near)
    others = f". Equally near, in all: {'; '.join(where)}" if len(near) > 1 else ""
    shares = "; ".join(
        f"{c['higher']}, {c['cannot']} and {c['all']} of {c['of']} from `{start}` at {end:g} s"
        for (start, end), c in counts(judged).items()
    )
    last = max(one.horizon for one in judged)
    of_model = next(
        one for one in _of(judged, last) if one.reading == DEFAULT and one.start == "prior"
    )
    better = _better(gains_where_learnt(_of(judged, last)))
    return [
        f"The paper leaves open how its teacher enters, what a weak synapse does and where learning"
        f" starts, so {number_of} readings of it were run, from two starts, and each was asked for"
        " three claims: almost 20 % more accuracy with noise, clear preferences at 1700 s, and no"
        " learning without noise.",
        f"On the model as it is, from `prior`, the gain in test is {in_short(of_model.test)}"
        f" after {of_model.horizon:g} s: {of_model.higher}.",
        "What comes out depends on the start and on when one looks; the gain, no learning without"
        f" noise, and all three claims come out in so many readings: {shares}.",
        f"Of {number_of} readings of the paper, nearest to all of its three claims at once is"
        f" {place(near[0])}, with {near[0].reproduced} of 3:"
        f" gain in test {in_short(near[0].test)}, half-time {printed_seconds(near[0].time)},"
        f" control {in_short(near[0].cannot)} below the ceiling{others}.",
        f"Where the control learns, too, noise is better in the end in"
        f" {better}; every number has"
        f" {dataset.sizes['seed']} seeds, and what is not clear after Holm's correction within a"
        " reading and start is called undecided.",
    ]


def section(dataset: xr.Dataset) -> str:
    """The page below its findings."""
    judged = outcomes(dataset)
    words = {reading.name: reading.words for reading in READINGS}
    about = [
        (str(name), words[str(name)], str(text).strip(), str(chosen))
        for name, text, chosen in zip(
            dataset["reading"].values, dataset["text"].values, dataset["chosen"].values
        )
    ]
    return render(
        __file__,
        "templates/readings.md",
        attrs=dataset.attrs,
        seeds=dataset.sizes["seed"],
        readings=about,
        summary=summary(judged),
        tables=tables(judged),
        averages=averages(dataset),
        marks={mark: label for label, mark in MARKS.items()},
        least=LEAST,
        near=meanings_by_place(nearest(judged)),
        meanings=LEARNING,
        horizons=dict(
            zip(np.atleast_1d(dataset.attrs["horizons"]), np.atleast_1d(dataset.attrs["windows"]))
        ),
    )


def report(datasets: Mapping[str, xr.Dataset]) -> str:
    """The summary as lines of a terminal."""
    [dataset] = datasets.values()
    rows = summary(outcomes(dataset))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    )
