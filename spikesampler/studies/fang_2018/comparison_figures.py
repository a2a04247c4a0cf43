"""Noise scales, and the label's leak, in the comparisons of Fang, Yu & Chen (2018)."""

from collections.abc import Mapping

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from spikesampler.experiments.comparison_result import Comparison
from spikesampler.figures.lines import lines_against
from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import mean_intervals
from spikesampler.studies.fang_2018.comparison_plan import SCALED, SCALES, STEPS, scaled

__all__ = ["leak_figure", "leaks", "scales_figure"]

ENDS = ("", "_low", "_high")  #: of the names of a value and its interval in a comparison's table
NOISE, STEP = "Noise scale (temperature)", "Step size bN (1/s)"


def scales_figure(study: Comparison) -> Figure:
    """Test accuracy and time to escape against the noise scale, a row per start."""
    scales = [float(scale) for scale in SCALES]
    panels = (("test_accuracy", "Test accuracy"), ("escape_seconds", "Escape (s)"))
    limits = ((0, 1.02), (0, float(study.dataset["probe_time"][-1])))
    with rc_context(RC):
        fig = new_figure(12 + 62 * len(study.starts))
        for i, start in enumerate(study.starts):
            rows = {row["arm"]: row for row in study.table if row["start"] == start}
            for j, (name, label) in enumerate(panels):
                ax = add_axes(fig, 14 + 88 * j, 14 + 62 * i, 72, 44, label=f"{name} {start}")
                mean, low, high = (
                    np.array([[rows[scaled(arm, s)][name + end] for s in SCALES] for arm in SCALED])
                    for end in ENDS
                )
                control = tuple(rows["none"][name + end] for end in ENDS)
                lines_against(ax, scales, mean, low, high, SCALED, PALETTE, NOISE, label, control)
                ax.set_ylim(limits[j])
                letter = "abcd"[2 * i + j]
                add_text(fig, 14 + 88 * j, 9 + 62 * i, f"{letter}   Start: {start}")
        fig.axes[0].legend(loc="lower left")
        measures = "Mean (left), Kaplan–Meier median (right), 95 % intervals over"
        add_text(fig, 14, 3.5, f"{measures} {study.dataset.sizes['seed']} seeds")
    return fig


def leaks(steps: Mapping[str, Comparison]) -> dict[str, np.ndarray]:
    """{arm: (n_step, 3)}: mean and bounds of online less probe accuracy at the end."""
    leak = {}
    for arm in ("none", "weight"):
        online, probe = (
            np.array([one.values(f"final_{name}_accuracy", arm, "prior") for one in steps.values()])
            for name in ("online", "probe")
        )
        leak[arm] = np.transpose(mean_intervals(online - probe))
    return leak


def leak_figure(steps: Mapping[str, Comparison]) -> Figure:
    """Online less probe accuracy, and online and test accuracy, against the step size bN.

    steps : {b: comparison}; N is 100.
    """
    leak, sizes = leaks(steps), [100 * float(b) for b in STEPS]
    measures = [(arm, name) for arm in leak for name in ("online", "test")]
    rows = {
        arm: [row for one in steps.values() for row in one.table if row["arm"] == arm]
        for arm in leak
    }
    mean, low, high = (
        np.array([[row[f"{name}_accuracy{end}"] for row in rows[arm]] for arm, name in measures])
        for end in ENDS
    )
    with rc_context(RC):
        fig = new_figure(66)
        left = add_axes(fig, 14, 8, 72, 46, label="leak")
        middle, below, above = np.moveaxis(np.array([*leak.values()]), 2, 0)
        colors, title = [INK, PALETTE[0]], "Online minus probe accuracy"
        lines_against(left, sizes, middle, below, above, [*leak], colors, STEP, title)
        left.axhline(0, color=GREY, lw=0.8)
        left.legend(loc="upper left")
        right = add_axes(fig, 102, 8, 72, 46, label="accuracy")
        names = [f"{arm}, {name}" for arm, name in measures]
        colors = [INK, INK, PALETTE[0], PALETTE[0]]
        lines_against(right, sizes, mean, low, high, names, colors, STEP, "Accuracy")
        for line in right.lines[::2]:
            line.set_linestyle((0, (3, 1.5)))
        right.set_ylim(0, 1.02)
        right.legend(loc="lower left")
        seeds = next(iter(steps.values())).dataset.sizes["seed"]
        add_text(fig, 14, 3.5, f"Mean and 95 % interval over {seeds} seeds, start prior")
    return fig
