"""A sweep as a notebook shows it: what was varied, what finished, and where it was best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler.errors import shortened
from spikesampler.experiments import sweep_table
from spikesampler.experiments.notebook import facts_table, note, rows_table
from spikesampler.experiments.printed import printed_interval

if TYPE_CHECKING:
    import xarray

__all__ = ["sweep_html"]

BEST = 5  #: combinations that are shown
MOST_VALUES = 8  #: of a parameter
MOST_ERRORS = 3


def sweep_html(dataset: xarray.Dataset, failures: Sequence[dict[str, Any]], path: Path) -> str:
    """Key facts and axes, the best combinations by test accuracy, and what failed."""
    attrs, points = dataset.attrs, dataset["finished"].size
    finished = int(dataset["finished"].sum())
    facts = {name: attrs[name] for name in ("model", "samples", "data") if name in attrs}
    facts |= {name: _values(dataset[name]) for name in sweep_table.coordinates(dataset)}
    facts["seeds"] = _values(dataset["seed"])
    facts["points"] = f"{finished} of {points} finished"
    if finished < points:
        facts["points"] += f", {points - finished} failed"
    parts = [facts_table(facts)]
    if finished:
        parts += [note("best by test accuracy:"), _best(dataset)]
        several = dataset.sizes["seed"] > 1
        spread = "mean [95 % interval over seeds]; escape: median"
        parts.append(note(spread if several else "one seed: no intervals"))
    errors = Counter(failure["error"] for failure in failures)
    parts += [
        note(f"{number} failed: {shortened(error, 200)}")
        for error, number in errors.most_common(MOST_ERRORS)
    ]
    return "".join([*parts, note(path)])


def _values(coordinate: xarray.DataArray) -> str:
    """The values of a coordinate with their unit, the middle of many left out."""
    texts = [sweep_table.value_text(value) for value in np.atleast_1d(coordinate.values).tolist()]
    if len(texts) > MOST_VALUES:
        texts = [*texts[: MOST_VALUES - 2], "…", texts[-1]]
    unit = coordinate.attrs.get("units", "1")
    return ", ".join(texts) + ("" if unit == "1" else f" ({unit})")


def _best(dataset: xarray.Dataset) -> str:
    """A table of the combinations of the highest test accuracy, a mean over seeds."""
    names, dims = sweep_table.coordinates(dataset), sweep_table.dims_of(dataset)
    means = dataset["test_accuracy"].mean("seed")
    if dims:
        order = np.argsort(-np.nan_to_num(means.values.ravel(), nan=-1.0), kind="stable")
        places = np.stack(np.unravel_index(order[:BEST], means.shape), axis=1).tolist()
        cells = [dataset.isel(dict(zip(dims, place))) for place in places]
    else:
        cells = [dataset]
    rows = [sweep_table.row(cell, names) for cell in cells]
    lines = [
        [
            *(sweep_table.value_text(row[name]) for name in names),
            printed_interval(row, "test_accuracy"),
            printed_interval(row, "escape_seconds", ".0f"),
            f"{row['escaped']} of {row['seeds']}",
        ]
        for row in rows
        if row["seeds"]
    ]
    return rows_table([*names, "test accuracy", "escape (s)", "escaped"], lines)
