"""What the caller of a run measured at its probes, against time."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.errors import InputError, shortened
from spikesampler.figures.style import INK, RC, WIDTH, add_axes, new_figure

__all__ = ["MOST", "metric", "metrics_figure"]

MOST = 20  #: own metrics in a figure, the first ones
ROW = 56  #: mm, height of a row of two


def metric(ax: Axes, time: np.ndarray, values: np.ndarray, name: str) -> None:
    """A number at each probe, (n_probe,), against time in s; what is not finite is a gap."""
    known = np.where(np.isfinite(values), values, np.nan)
    ax.plot(time, known, color=INK, lw=1.3, marker="o", ms=2.2, mew=0)
    ax.set(xlim=(0, time[-1]), xlabel="Biological time (s)", ylabel=shortened(name, 30))


def metrics_figure(result: Any) -> Figure:
    """The own metrics of a run, what its `on_probe` returned, two in a row.

    Raises InputError where there are none.
    """
    names, time = result.own_metrics[:MOST], result.learning["probe_time"].values
    if not names:
        raise InputError(
            f"{result.path} has no own metrics: run again with on_probe, a function that returns"
            " numbers by name"
        )
    with rc_context(RC):
        fig = new_figure(ROW * -(-len(names) // 2), WIDTH if len(names) > 1 else 92)
        for place, name in enumerate(names):
            row, column = divmod(place, 2)
            ax = add_axes(fig, 20 + 88 * column, ROW * row + 4, 66, 40, label=name)
            metric(ax, time, result.learning[name].values, name)
    return fig
