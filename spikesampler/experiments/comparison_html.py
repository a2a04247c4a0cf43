"""A comparison as a notebook shows it: what it is, and the effect of each arm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spikesampler.experiments.compared import Compared
from spikesampler.experiments.notebook import facts_table, note, rows_table
from spikesampler.experiments.printed import printed_escaped, printed_interval
from spikesampler.experiments.questions import CONTROL
from spikesampler.experiments.verdicts import Verdict

__all__ = ["comparison_html"]

VERSUS = {"probe − none"}  #: columns that need the arm none


def comparison_html(
    comparison: Compared, table: Sequence[dict[str, Any]], verdicts: Sequence[Verdict], path: Path
) -> str:
    """Key facts, a table of arms and the verdicts for each start, and what the numbers are."""
    attrs, seeds = comparison.dataset.attrs, comparison.seeds
    facts = {
        "model": attrs.get("model", ""),
        "samples": attrs.get("samples", ""),
        "data": attrs.get("data", ""),
        "seeds": ", ".join(map(str, seeds)) if len(seeds) < 13 else f"{seeds[0]} to {seeds[-1]}",
    }
    parts = [facts_table({name: value for name, value in facts.items() if value != ""})]
    for start in comparison.starts:
        columns = [_row(row) for row in table if row["start"] == start]
        head = [name for name in columns[0] if name not in VERSUS or CONTROL in comparison.arms]
        rows = [[row[name] for name in head] for row in columns]
        parts += [note(f"start: {start}"), rows_table(head, rows)]
        claims: dict[str, list[str]] = {}
        for verdict in verdicts:
            if verdict.start == start:
                claims.setdefault(verdict.word, []).append(verdict.claim.text)
        parts += [note(f"{label}: {'; '.join(texts)}") for label, texts in claims.items()]
    spread = "mean [95 % interval over seeds, of that mean alone]; escape: median"
    parts.append(note(spread if len(seeds) > 1 else "one seed: no intervals and no tests"))
    return "".join([*parts, note(path)])


def _row(row: dict[str, Any]) -> dict[str, str]:
    """What a row of the table says, by the heads of the columns."""
    return {
        "arm": row["arm"],
        "probe, last 2000 s": printed_interval(row, "late_probe_accuracy"),
        "test accuracy": printed_interval(row, "test_accuracy"),
        "averaged": printed_interval(row, "averaged_accuracy"),
        "probe − none": printed_interval(row, "late_probe_difference", "+.3f"),
        "escape (s)": printed_interval(row, "escape_seconds", ".0f"),
        "escaped": printed_escaped(row),
    }
