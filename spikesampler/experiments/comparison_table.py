"""The table of a comparison: a row per start and arm, and as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from spikesampler import stats
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.comparison_dataset import MEASURES
from spikesampler.experiments.printed import (
    interval_columns,
    printed_escaped,
    printed_interval,
    printed_number,
)
from spikesampler.experiments.questions import CONTROL
from spikesampler.stats.survival import NO_ESCAPE

__all__ = ["rows", "text"]

LATE = "late_probe"  #: mean of the probes of the last 2000 s
SHOWN = ("online", LATE, "test")  #: in the text
NO_CONTROL = "no arm none to compare with"

#: scores of averages over theta in the table: of the mean answer, beside the last snapshot's
AVERAGES = ("averaged_accuracy", "mean_theta_accuracy", "test_log_loss", "averaged_log_loss")

NOTHING = (float("nan"),) * 3  #: the interval where there is nothing to compare

Row = dict[str, Any]


def rows(comparison: Compared) -> list[Row]:
    """One row per start and arm.

    For every headline accuracy (online, probe, test, bayes, and late_probe, the mean of the probes
    of the last 2000 s; averaged and mean_theta) and for the log losses its mean over seeds and 95 %
    interval; for all accuracies but mean_theta and bayes the difference to the arm `none`, seed by
    seed, with its interval. Then the time to escape in s (Kaplan-Meier median and 95 % interval),
    the number of seeds that escaped, and the difference of the times to those of `none` (restricted
    to the run's length) with its interval. nan where there is nothing to compare with, or escape is
    undefined. What is tested, against what and with which p, is said by the verdicts alone.
    """
    return [row for start in comparison.starts for row in _rows_of(comparison, start)]


def _rows_of(comparison: Compared, start: str) -> list[Row]:
    table = []
    for arm in comparison.arms:
        row: Row = {"arm": arm, "start": start, "seeds": comparison.dataset.sizes["seed"]}
        for name in (*MEASURES, LATE, "bayes"):
            accuracies = _accuracies(comparison, name, arm, start)
            interval = stats.known_interval(accuracies, within=stats.SHARE)
            row |= interval_columns(f"{name}_accuracy", interval)
        for name in AVERAGES:
            values = averaged_values(comparison, name, arm, start)
            interval = stats.known_interval(values, within=stats.range_of(name))
            row |= interval_columns(name, interval)
        table.append(row | _against_control(comparison, arm, start))
    return table


def _accuracies(comparison: Compared, name: str, arm: str, start: str) -> np.ndarray:
    """An accuracy of every seed: over time, of averages, or at the last moment."""
    if name in (LATE, "averaged"):
        return averaged_values(comparison, f"{name}_accuracy", arm, start)
    return comparison.values(f"final_{name}_accuracy", arm, start)


def averaged_values(comparison: Compared, name: str, arm: str, start: str) -> np.ndarray:
    """A score of every seed, (n,); nan in comparisons without averages."""
    if name in comparison.dataset:
        return comparison.values(name, arm, start)
    return np.full(comparison.dataset.sizes["seed"], np.nan)


def _against_control(comparison: Compared, arm: str, start: str) -> Row:
    """The columns that compare an arm with CONTROL: nan where there is none, or it is the arm."""
    row: Row = {}
    compared = arm != CONTROL and CONTROL in comparison.arms
    for name in (*MEASURES, LATE, "averaged"):
        difference = NOTHING
        if compared:
            own, control = (_accuracies(comparison, name, x, start) for x in (arm, CONTROL))
            if not np.isnan(own).all():  # as averages are that no run has kept
                difference = stats.paired_difference(own, control, within=stats.CHANGE)[:3]
        row |= interval_columns(f"{name}_difference", difference)
    times = comparison.escape(arm, start)
    defined = not np.isnan(comparison.dataset.attrs["escape_threshold"])
    row["escaped"] = int(times.escaped.sum()) if defined else np.nan
    row |= interval_columns("escape_seconds", stats.escape_median(times))
    later = NOTHING
    if compared and defined:
        without = comparison.escape(CONTROL, start)
        later = stats.paired_difference(times.seconds, without.seconds)[:3]
    return row | interval_columns("escape_difference", later)


def text(comparison: Compared, table: list[Row], verdicts: Iterable[object]) -> str:
    """The table for people, with what its numbers are, and the verdicts."""
    if not comparison.has_answers:
        return (
            f"{len(table)} arms and starts, {comparison.dataset.sizes['seed']} seeds: nothing fires"
            " in this model, so there are no accuracies; what its synapses do is told by"
            " `spikesampler measures` of a run"
        )
    lines = []
    for start in comparison.starts:
        rows = [row for row in table if row["start"] == start]
        lines += _lines_of(start, rows, CONTROL in comparison.arms)
    num_seeds, attrs = comparison.dataset.sizes["seed"], comparison.dataset.attrs
    if num_seeds > 1:
        pairs = "differences in pairs" if CONTROL in comparison.arms else NO_CONTROL
        lines.append(f"{num_seeds} seeds: mean [95 % interval of that mean alone]; {pairs}")
    else:
        lines.append("one seed: no intervals and no tests; give --seeds 10")
    threshold = attrs["escape_threshold"]
    rule = f"escape: the probe first above {threshold:.3f}; the median"
    lines.append(f"chance {attrs['chance']:.3f}; {NO_ESCAPE if np.isnan(threshold) else rule}")
    return "\n".join([*lines, *map(str, verdicts)])


def _lines_of(start: str, table: list[Row], has_control: bool) -> list[str]:
    """Accuracies of the arms from one start, then what compares them."""
    wide = max(18, 2 + max(len(row["arm"]) for row in table))
    lines = [f"{start:<{wide}}{'online':^24}{'probe, last 2000 s':^24}{'test':^24}{'Bayes':^8}"]
    for row in table:
        cells = "".join(f"{printed_interval(row, f'{name}_accuracy'):^24}" for name in SHOWN)
        bayes = printed_number(row["bayes_accuracy"], ".3f")
        lines.append(f"{row['arm']:<{wide}}{cells}{bayes:^8}")
    versus = f"{'probe - none':^26}" if has_control else ""
    lines.append(f"{'':<{wide}}{versus}{'escape (s)':^22}escaped")
    for row in table:
        difference = printed_interval(row, f"{LATE}_difference", "+.3f")
        versus = f"{difference:^26}" if has_control else ""
        seconds = printed_interval(row, "escape_seconds", ".0f")
        lines.append(f"{row['arm']:<{wide}}{versus}{seconds:^22}{printed_escaped(row)}")
    return lines + (_lines_of_averages(table, wide, has_control) if _has_averages(table) else [])


def _has_averages(table: list[Row]) -> bool:
    return any(np.isfinite(row["averaged_accuracy"]) for row in table)


def _lines_of_averages(table: list[Row], wide: int, has_control: bool) -> list[str]:
    """What the means of the snapshots' answers reach, and their mean theta."""
    versus = f"{'averaged - none':^26}" if has_control else ""
    head = f"{'averaged':^24}{'mean theta':^24}{'log loss':^10}{'averaged':^10}{versus}"
    lines = [f"{'':<{wide}}{head}"]
    for row in table:
        cells = "".join(f"{printed_interval(row, name):^24}" for name in AVERAGES[:2])
        cells += "".join(f"{printed_number(row[name], '.3f'):^10}" for name in AVERAGES[2:])
        if has_control:
            cells += f"{printed_interval(row, 'averaged_difference', '+.3f'):^26}"
        lines.append(f"{row['arm']:<{wide}}{cells}".rstrip())
    return lines
