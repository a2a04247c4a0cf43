"""Numbers and their intervals, as tables have and print them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spikesampler.stats.ruling import number_said

__all__ = ["interval_columns", "printed_escaped", "printed_interval", "printed_number"]


def interval_columns(name: str, interval: Sequence[float]) -> dict[str, float]:
    """The columns name, name_low and name_high of what has mean, low and high."""
    mean, low, high = map(float, interval[:3])
    return {name: mean, f"{name}_low": low, f"{name}_high": high}


def printed_number(value: float, form: str = ".2g") -> str:
    """A number as text: a dash for nan, never for infinity."""
    return "–" if np.isnan(value) else number_said(value, form)


def printed_interval(row: Mapping[str, Any], name: str, form: str = ".3f") -> str:
    """A value of a table's row with its interval, of which nan is not printed."""
    mean, low, high = (
        printed_number(row[column], form) for column in (name, f"{name}_low", f"{name}_high")
    )
    return mean if low == high == "–" else f"{mean} [{low}, {high}]"


def printed_escaped(row: Mapping[str, Any]) -> str:
    """How many of a row's seeds escaped; a dash where escape is undefined."""
    return "–" if np.isnan(row["escaped"]) else f"{row['escaped']} of {row['seeds']}"
