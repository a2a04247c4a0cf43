"""The table of a comparison: a row per start and arm, and as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from spikesampler import stats
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.comparison_dataset import MEASURES
from spikesampler.experiments.printed import interval_columns, printed_interval, printed_number

__all__ = ["CONTROL", "rows", "text"]

CONTROL = "none"  #: the arm that the others are compared with

Row = dict[str, Any]


def rows(comparison: Compared) -> list[Row]:
    """One row per start and arm.

    For every headline accuracy (online, probe, test, bayes) its mean over seeds and 95 %
    bootstrap interval; for online, probe and test the difference to the arm `none`, seed by
    seed, with bootstrap interval, Wilcoxon's p, and p corrected for the number of arms (Holm).
    Then the time to escape in s (Kaplan-Meier median and 95 % interval), the number of seeds
    that escaped, the difference of the times to those of `none` (restricted to the run's
    length), and the log-rank p against `none`, also corrected. nan where there is nothing to
    compare with.
    """
    return [row for start in comparison.starts for row in _rows_of(comparison, start)]


def _rows_of(comparison: Compared, start: str) -> list[Row]:
    table = []
    for arm in comparison.arms:
        row: Row = {"arm": arm, "start": start, "seeds": comparison.dataset.sizes["seed"]}
        for name in (*MEASURES, "bayes"):
            accuracies = comparison.values(f"final_{name}_accuracy", arm, start)
            row |= interval_columns(f"{name}_accuracy", stats.known_interval(accuracies))
        table.append(row | _against_control(comparison, arm, start))
    for name in [name for name in table[0] if name.endswith("_p")]:
        for row, p in zip(table, stats.holm([row[name] for row in table])):
            row[f"{name}_holm"] = float(p)
    return table


def _against_control(comparison: Compared, arm: str, start: str) -> Row:
    """The columns that compare an arm with CONTROL: nan where there is none, or it is the arm."""
    row: Row = {}
    compared = arm != CONTROL and CONTROL in comparison.arms
    nothing = stats.Difference(np.nan, np.nan, np.nan, np.nan, 0)
    for name in MEASURES:
        difference = nothing
        if compared:
            values, control_values = (
                comparison.values(f"final_{name}_accuracy", each, start) for each in (arm, CONTROL)
            )
            difference = stats.paired_difference(values, control_values)
        row |= interval_columns(f"{name}_difference", difference)
        row[f"{name}_difference_p"] = difference.p
    times = comparison.escape(arm, start)
    row["escaped"] = int(times.escaped.sum())
    row |= interval_columns("escape_seconds", stats.escape_median(times))
    later, p = nothing, np.nan
    if compared:
        control = comparison.escape(CONTROL, start)
        later = stats.paired_difference(times.seconds, control.seconds)
        p = stats.logrank_p(times, control)
    return row | interval_columns("escape_difference", later) | {"escape_p": p}


def text(comparison: Compared, table: list[Row], verdicts: Iterable[object]) -> str:
    """The table for people, with what its numbers are, and the verdicts."""
    lines = []
    for start in comparison.starts:
        lines += _lines_of(start, [row for row in table if row["start"] == start])
    num_seeds, attrs = comparison.dataset.sizes["seed"], comparison.dataset.attrs
    if num_seeds > 1:
        lines.append(
            f"{num_seeds} seeds: mean [95 % bootstrap interval]; p: Wilcoxon in pairs, of escapes"
            " log-rank, after Holm"
        )
    else:
        lines.append("one seed: no intervals and no tests; give --seeds 10")
    lines.append(
        f"chance {attrs['chance']:.3f}; escape: the probe first above"
        f" {attrs['escape_threshold']:.3f}; the median"
    )
    if 1 < num_seeds < 6:
        lines.append(
            "fewer than six seeds: no test can reach 5 %, and the intervals are too narrow"
        )
    return "\n".join([*lines, *map(str, verdicts)])


def _lines_of(start: str, table: list[Row]) -> list[str]:
    """Accuracies of the arms from one start, then what compares them."""
    wide = max(18, 2 + max(len(row["arm"]) for row in table))
    lines = [f"{start:<{wide}}{'online':^24}{'probe':^24}{'test':^24}{'Bayes':^8}"]
    for row in table:
        cells = "".join(f"{printed_interval(row, f'{name}_accuracy'):^24}" for name in MEASURES)
        bayes = printed_number(row["bayes_accuracy"], ".3f")
        lines.append(f"{row['arm']:<{wide}}{cells}{bayes:^8}")
    lines.append(
        f"{'':<{wide}}{'test - none':^26}{'p':^8}{'escape (s)':^22}{'escaped':^10}{'p':^8}"
    )
    for row in table:
        difference = printed_interval(row, "test_difference", "+.3f")
        seconds = printed_interval(row, "escape_seconds", ".0f")
        escape = f"{seconds:^22}{row['escaped']} of {row['seeds']}"
        p = printed_number(row["test_difference_p_holm"])
        escape_p = printed_number(row["escape_p_holm"])
        lines.append(f"{row['arm']:<{wide}}{difference:^26}{p:^8}{escape:<32}{escape_p:^8}")
    return lines
