"""The page of a comparison: curves with intervals, escapes, paired differences, calibration, table,
verdicts, links to runs.
"""

from html import escape

import numpy as np

from spikesampler import stats
from spikesampler.errors import printable
from spikesampler.experiments.comparison_result import run_folder
from spikesampler.experiments.printed import (
    printed_escaped,
    printed_interval,
    printed_number,
)
from spikesampler.experiments.questions import CONTROL
from spikesampler.figures.arms import arm_colors
from spikesampler.figures.style import GREY
from spikesampler.stats.survival import NO_ESCAPE
from spikesampler.view.widgets import labelled, message, no_logo, run_link, table

__all__ = ["comparison_page"]

SIZE = {"width": 560, "height": 330, "toolbar": "above", "active_tools": [], "hooks": [no_logo]}
VERSUS = {"probe, last 2000 s - none", "test - none", "averaged - none"}
MEASURES = {
    "probe_accuracy": "probe accuracy",
    "online_accuracy": "online accuracy (the label leaks in)",
}


def comparison_page(comparison, runs):
    """All panels of a Comparison; `runs` are its runs, linked where their folders are there."""
    import panel as pn

    dataset = comparison.dataset
    seeds = f"{dataset.sizes['seed']} seeds"
    parts = [
        (start, pn.Column(*_of_start(comparison, start), sizing_mode="stretch_width"))
        for start in comparison.starts
    ]
    panels = [parts[0][1]] if len(parts) == 1 else [pn.Tabs(*parts, dynamic=True)]
    words = (
        f"{dataset.attrs['model']}: {len(comparison.arms)} arms, {seeds},"
        f" {dataset.attrs.get('samples', '?')} samples; lines are means, bands and bars 95 %"
        " intervals over seeds."
    )
    return labelled(
        f"{printable(comparison.folder.resolve().name)}: comparison",
        pn.pane.HTML(f"<p>{escape(words)}</p>"),
        *panels,
        *(
            [labelled("Verdicts", pn.pane.HTML(_verdicts(comparison)))]
            if comparison.has_answers
            else []
        ),
        labelled("Runs", pn.pane.HTML(_runs(comparison, runs))),
    )


def _of_start(comparison, start):
    import panel as pn

    if not comparison.has_answers:
        return [
            message("Nothing fires in this model: there are no accuracies. Its runs are below.")
        ]
    plots = [
        curves(comparison, start, "probe_accuracy"),
        curves(comparison, start, "online_accuracy"),
        escapes(comparison, start),
        *([differences(comparison, start)] if _others(comparison) else []),
        *([calibration(comparison, start)] if "reliability_samples" in comparison.dataset else []),
    ]
    return [pn.FlexBox(*map(pn.pane.HoloViews, plots)), pn.pane.HTML(_table(comparison, start))]


def _colored_arms(comparison):
    return zip(arm_colors(comparison.arms), comparison.arms)


def _overlay(elements, **options):
    """Elements in one plot, of the size that all plots of the page have."""
    import holoviews as hv

    return hv.Overlay(elements).opts(hv.opts.Overlay(**SIZE, **options))


def curves(comparison, start, measure):
    """Learning curves of all arms from one start with 95 % bands."""
    import holoviews as hv

    seconds = comparison.dataset["probe_time"].values
    time = [hv.Dimension("seconds", label="Biological time", unit="s")]
    accuracy = [hv.Dimension("accuracy", label=MEASURES[measure])]
    elements = []
    for color, arm in _colored_arms(comparison):
        values = comparison.values(measure, arm, start)
        mean, low, high = stats.mean_band(values, within=stats.SHARE)
        if np.isfinite(low).any():
            band = hv.Area((seconds, low, high), time, ["low", "high"], label=arm)
            look = {"color": color, "alpha": 0.18, "line_alpha": 0, "show_legend": False}
            elements.append(band.opts(**look))
        curve = hv.Curve((seconds, mean), time, accuracy, label=arm)
        elements.append(curve.opts(color=color, line_width=2))
    bayes = comparison.values("bayes_accuracy", comparison.arms[0], start)
    for level in (comparison.dataset.attrs["chance"], bayes.mean()):
        if np.isfinite(level):
            line = hv.HLine(float(level))
            elements.append(line.opts(color=GREY, line_dash="dotted", line_width=1))
    return _overlay(
        elements,
        ylim=(0, 1.02),
        legend_position="bottom_right",
        title=MEASURES[measure],
        xlabel="Biological time (s)",
        ylabel="Accuracy",
    )


def escapes(comparison, start):
    """Share of runs that have not escaped, of all arms from one start; a cross at the end of those
    that never do.
    """
    import holoviews as hv

    elements = []
    threshold = comparison.dataset.attrs["escape_threshold"]
    if np.isnan(threshold):
        return hv.Text(0.5, 0.5, NO_ESCAPE).opts(xaxis=None, yaxis=None)
    for color, arm in _colored_arms(comparison):
        times = comparison.escape(arm, start)
        seconds, shares = stats.not_escaped(times)
        steps = hv.Curve((seconds, shares), "seconds", "share", label=arm)
        elements.append(steps.opts(interpolation="steps-post", color=color, line_width=2))
        if not times.escaped.all():
            end = hv.Scatter((seconds[-1:], shares[-1:]), "seconds", "share")
            elements.append(end.opts(color=color, marker="cross", size=10, show_legend=False))
    return _overlay(
        elements,
        ylim=(-0.05, 1.05),
        legend_position="bottom_left",
        title=f"escape: probe first above {threshold:.3g}",
        xlabel="Biological time (s)",
        ylabel="Runs not yet escaped (share)",
    )


def _others(comparison):
    return [arm for arm in comparison.arms if arm != CONTROL] if CONTROL in comparison.arms else []


def differences(comparison, start):
    """Test accuracy of each arm minus that of `none`, seed by seed, with mean and 95 % interval."""
    import holoviews as hv

    rows = {row["arm"]: row for row in comparison.table if row["start"] == start}
    colors = {arm: color for color, arm in _colored_arms(comparison)}
    control = comparison.values("test_accuracy", CONTROL, start)
    seeds = comparison.dataset["seed"].values
    elements = [hv.HLine(0).opts(color=GREY, line_width=1)]
    for place, arm in enumerate(_others(comparison)):
        pairs, color = comparison.values("test_accuracy", arm, start) - control, colors[arm]
        spread = place + np.linspace(-0.16, 0.16, len(pairs)) if len(pairs) > 1 else [place]
        dots = hv.Scatter((spread, pairs, seeds), "place", ["difference", "seed"])
        ends = ("", "_low", "_high")
        mean, low, high = (rows[arm][f"test_difference{end}"] for end in ends)
        middle = hv.Scatter([(place + 0.3, mean)], "place", "difference")
        elements.append(dots.opts(color=color, alpha=0.5, size=6, tools=["hover"]))
        elements.append(middle.opts(color=color, size=9))
        if np.isfinite(low):
            interval = hv.Segments([(place + 0.3, low, place + 0.3, high)])
            elements.append(interval.opts(color=color, line_width=2))
    ticks = list(enumerate(_others(comparison)))
    return _overlay(
        elements,
        xlim=(-0.5, len(ticks) - 0.3),
        xticks=ticks,
        xlabel="Arm",
        ylabel="Test accuracy - none",
        title="Paired differences, seed by seed",
        show_legend=False,
    )


def calibration(comparison, start):
    """How often averaged answers of some confidence are right, those of all seeds together."""
    import holoviews as hv

    place = comparison.dataset["answer"].values.tolist().index("averaged")
    elements = [hv.Curve([(0, 0), (1, 1)], "confidence", "right").opts(color=GREY, line_width=1)]
    for color, arm in _colored_arms(comparison):
        parts = (
            comparison.values(f"reliability_{name}", arm, start)[:, place]
            for name in stats.Reliability._fields
        )
        found = stats.pooled(stats.Reliability(*parts))
        known = found.samples > 0
        points = found.confidence[known], found.accuracy[known]
        line = hv.Curve(points, "confidence", "right", label=arm)
        dots = hv.Scatter(points, "confidence", "right")
        elements += [line.opts(color=color, line_width=2), dots.opts(color=color, size=6)]
    return _overlay(
        elements,
        xlim=(0, 1),
        ylim=(0, 1.02),
        legend_position="top_left",
        title="averaged answers: how often they are right",
        xlabel="Confidence",
        ylabel="Right answers (share)",
    )


def _table(comparison, start):
    rows = [_row(row) for row in comparison.table if row["start"] == start]
    needs_control = set() if CONTROL in comparison.arms else VERSUS
    head = [name for name in rows[0] if name not in needs_control]
    return table(head, [[row[name] for name in head] for row in rows])


def _row(row):
    """What a row of the comparison's table says, by the heads of the columns."""
    return {
        "arm": row["arm"],
        "online": printed_interval(row, "online_accuracy"),
        "probe, last 2000 s": printed_interval(row, "late_probe_accuracy"),
        "test": printed_interval(row, "test_accuracy"),
        "averaged": printed_interval(row, "averaged_accuracy"),
        "Bayes": printed_number(row["bayes_accuracy"], ".3f"),
        "probe, last 2000 s - none": printed_interval(row, "late_probe_difference", "+.3f"),
        "test - none": printed_interval(row, "test_difference", "+.3f"),
        "averaged - none": printed_interval(row, "averaged_difference", "+.3f"),
        "escape (s)": printed_interval(row, "escape_seconds", ".0f"),
        "escaped": printed_escaped(row),
    }


def _verdicts(comparison):
    rows = [
        (verdict.word, verdict.claim.text, verdict.claim.source, verdict.start, verdict.numbers)
        for verdict in comparison.verdicts
    ]
    if not rows:
        return "<p>No claim is about these arms.</p>"
    return table(("verdict", "claim", "source", "start", "numbers"), rows)


def _runs(comparison, runs):
    rows = []
    for start in comparison.starts:
        for arm in comparison.arms:
            accuracies = comparison.values("test_accuracy", arm, start)
            for seed, accuracy in zip(comparison.dataset["seed"].values, accuracies):
                name = run_folder(arm, start, seed)
                rows.append(
                    (arm, start, str(seed), printed_number(accuracy, ".3f"), run_link(runs, name))
                )
    return table(("arm", "start", "seed", "test accuracy", "run"), rows, numbers=(2, 3))
