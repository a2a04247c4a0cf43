"""Panels that all studies share show the arrays that they are given: data, colours, labels."""

import numpy as np
import pytest
from drawn import (
    assert_shown,
    band,
    bars,
    boxes,
    dots,
    draws,
    image,
    level,
    line,
    new_axes,
    scatter,
    segments_of,
    shown,
    steps,
    texts_of,
    ticks_of,
)
from matplotlib.colors import to_hex

from spikesampler.figures.class_responses import class_responses, response_scale
from spikesampler.figures.comparison import accuracies
from spikesampler.figures.confusion import confusion
from spikesampler.figures.escape import escapes
from spikesampler.figures.heat_map import heat_map
from spikesampler.figures.learning_curves import arm_accuracies, learning_curves, levels
from spikesampler.figures.lines import lines_against
from spikesampler.figures.names import name_arms
from spikesampler.figures.run import entropy_curve, theta_histogram, theta_quantiles
from spikesampler.figures.saddle import accuracy_below, criterion_curves
from spikesampler.figures.spikes import (
    class_bands,
    event_marks,
    input_raster,
    output_raster,
    rates,
    sample_strip,
)
from spikesampler.figures.style import GREY, INK, PALETTE

BLUE, ORANGE, GREEN, PINK, SKY, RED = PALETTE[:6]
TIME = np.array([0.0, 10.0, 20.0, 40.0])
#: of two things over TIME, their lower and upper bounds
MEAN = np.array([[0.1, 0.4, 0.6, 0.7], [0.2, 0.3, 0.8, 0.9]])
LOW, HIGH = MEAN - [[0.01, 0.02, 0.03, 0.04]], MEAN + [[0.02, 0.05, 0.06, 0.07]]


@draws(levels)
def test_levels():
    ax = new_axes()
    levels(ax, 0.25, 0.8)
    assert_shown(ax, level(0.25, GREY, "Chance"), level(0.8, GREY, "Bayes-optimal"))
    assert texts_of(ax) == {"Chance 0.25": (1, 0.25), "Bayes-optimal 0.80": (0, 0.8)}


@draws(learning_curves)
def test_learning_curves():
    ax, online = new_axes(), MEAN[::-1] + 0.001
    learning_curves(ax, TIME, MEAN, LOW, HIGH, ["none", "weight"], online, 0.1, 0.95)
    assert_shown(
        ax,
        *(band(TIME, LOW[i], HIGH[i], color) for i, color in enumerate((INK, BLUE))),
        *(line(TIME, MEAN[i], c, n) for i, (c, n) in enumerate(((INK, "none"), (BLUE, "weight")))),
        line(TIME, MEAN[1] + 0.001, INK, "none, online", "--"),
        line(TIME, MEAN[0] + 0.001, BLUE, "weight, online", "--"),
        level(0.1, GREY, "Chance"),
        level(0.95, GREY, "Bayes-optimal"),
    )
    assert ax.get_xlim() == (0, 40)


@draws(arm_accuracies)
def test_accuracies_of_arms():
    ax, seeds = new_axes(), np.array([[0.4, 0.8], [0.5, 0.1]])
    mean, low, high = np.array([0.6, 0.3]), np.array([0.5, 0.2]), np.array([0.65, 0.45])
    arm_accuracies(ax, mean, low, high, seeds, ["none", "weight"])
    for i, color in enumerate((INK, BLUE)):
        assert ax.lines[2 * i].get_color() == color
    assert_shown(
        ax,
        *(dots([i, i], seeds[i], c, marker=".", about=0.3) for i, c in enumerate((INK, BLUE))),
        *(bars(i, low[i], high[i], c, about=0.3) for i, c in enumerate((INK, BLUE))),
        *(dots(i, mean[i], c, about=0.3) for i, c in enumerate((INK, BLUE))),
    )


@draws(accuracies)
def test_accuracies_by_phase():
    """Three groups, two arms, two seeds: each arm is led from group to group in its colour."""
    ax, rng = new_axes(), np.random.default_rng(1)
    values = rng.random((3, 2, 2))
    mean, low, high = values.mean(axis=2), values.min(axis=2), values.max(axis=2)
    groups = ["Online", "Probe", "Test"]
    accuracies(ax, mean, low, high, values, groups, ["none", "constant"], 0.1, 0.9)
    drawn, x = [], np.arange(3)
    for i, color in enumerate((INK, ORANGE)):
        seeds = np.repeat(x, 2), values[:, i].ravel()
        drawn += [
            line(x, mean[:, i], color, about=0.1),
            dots(*seeds, color, marker=".", about=0.12),
            bars(x, low[:, i], high[:, i], color, about=0.1),
            dots(x, mean[:, i], color, about=0.1),
        ]
    borders = [mark for mark in shown(ax) if mark.kind == "upright"]
    assert [mark.arrays[0].tolist() for mark in borders] == [[0.5, 0.5], [1.5, 1.5]]
    known = [level(0.1, GREY, "Chance"), level(0.9, GREY, "Bayes-optimal")]
    assert_shown(ax, *drawn, *known, *borders)
    assert ticks_of(ax.xaxis) == groups
    places = [mark.arrays[0][0] for mark in shown(ax) if mark.kind == "line"]
    assert places[0] < places[1]  # in the order of the arms


@draws(entropy_curve)
def test_entropy():
    ax = new_axes()
    entropy_curve(ax, TIME, MEAN[0])
    assert_shown(ax, line(TIME, MEAN[0], INK))


@draws(theta_histogram)
def test_histogram_of_theta():
    ax, edges = new_axes(), np.array([-1.0, 0.0, 1.0, 3.0])
    prior = np.array([[-1.0, 0.5, 3.0], [0.1, 0.4, 0.05]])
    densities = {"start": np.array([0.5, 0.2, 0.1]), "end": np.array([0.1, 0.3, 0.25])}
    theta_histogram(ax, edges, densities, prior)
    assert_shown(
        ax,
        line(*prior, RED, "prior"),
        steps(densities["start"], edges, GREY, "start"),
        steps(densities["end"], edges, BLUE, "end"),
    )
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["prior", "start", "end"]


@draws(theta_quantiles)
def test_quantiles_of_theta():
    ax, quantiles = new_axes(), np.cumsum(np.ones((5, 4)), axis=0) * (1 + TIME)
    theta_quantiles(ax, TIME, quantiles)
    assert_shown(
        ax,
        band(TIME, quantiles[0], quantiles[4], BLUE),
        band(TIME, quantiles[1], quantiles[3], BLUE),
        line(TIME, quantiles[2], BLUE),
    )


@draws(class_responses, response_scale)
def test_responses_of_classes():
    ax, rates_of = new_axes(), np.array([[0.0, 5.0, np.nan], [20.0, 1.0, 2.0]])
    class_responses(ax, rates_of, 25.0)
    assert_shown(ax, image(rates_of, "Blues", (0, 25)))
    assert to_hex(ax.get_facecolor()) == "#e6e6e6"
    ax = new_axes()
    response_scale(ax, 25.0)
    bar = ax.images[0]
    assert bar.get_extent() == [0, 1, 0, 25]
    shades = np.ravel(bar.get_array())
    assert (shades[0], shades[-1], bar.origin) == (1, 0, "upper")  # dark, the highest rate, above
    assert (bar.get_cmap().name, bar.get_clim()) == ("Blues", (0, 1))


@draws(confusion)
def test_confusion_of_classes():
    ax = new_axes()
    counts = np.array([[6, 2, 2], [0, 5, 0]])
    percent = np.array([[60.0, 20.0, 20.0], [0.0, 100.0, 0.0]])
    confusion(ax, counts, percent, ["cat", "dog"])
    assert_shown(ax, image(percent, "Blues", (0, 100)))
    cells = {text.get_position(): text.get_text() for text in ax.texts[:4]}
    assert cells == {(0, 0): "60", (1, 0): "20", (2, 0): "20", (1, 1): "100"}
    assert [text.get_text() for text in ax.texts[4:]] == ["10", "5", "n"]
    assert (ticks_of(ax.yaxis), ticks_of(ax.xaxis)) == (["cat", "dog"], ["0", "1", "2"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Response", "Class")


@draws(escapes)
def test_runs_that_have_not_escaped():
    """A cross where some never do, in the arm's colour, at the end of its own line."""
    ax = new_axes()
    seconds = [np.array([0.0, 5.0, 9.0]), np.array([0.0, 3.0, 12.0])]
    shares = [np.array([1.0, 0.5, 0.0]), np.array([1.0, 0.75, 0.25])]
    escapes(ax, seconds, shares, [False, True], 12.0, ["none", "weight"])
    assert_shown(
        ax,
        line(seconds[0], shares[0], INK, "none", "steps"),
        line(seconds[1], shares[1], BLUE, "weight", "steps"),
        dots(12.0, 0.25, BLUE, marker="+"),
    )


@draws(heat_map)
def test_cells_of_a_heat_map():
    ax, values = new_axes(), np.array([[0.1, 0.2, np.nan], [0.6, np.inf, 0.9]])
    missing = np.array([[False, False, True], [False, False, False]])
    hatched = np.array([[True, False, False], [False, False, True]])
    texts = [["a", "b", ""], ["c", "never", "d"]]
    heat_map(
        ax, values, ["x0", "x1", "x2"], ["y0", "y1"], texts=texts, hatched=hatched, missing=missing
    )
    found = shown(ax)
    (drawn,) = [mark for mark in found if mark.kind == "image"]
    assert drawn.is_like(
        image(np.where(np.isfinite(values), values, np.nan), "viridis", (0.1, 0.9), "lower")
    )
    corners = {
        style: sorted(
            (float(mark.arrays[0][0]), float(mark.arrays[1][0]))
            for mark in found
            if mark.kind == "box" and mark.style == style
        )
        for style in ("", "hatched")
    }
    assert corners == {"": [(1.5, -0.5)], "hatched": [(-0.5, -0.5), (1.5, 0.5)]}
    assert [mark for mark in found if mark.kind == "dots"] == [dots(2, 0, GREY, marker="x")]
    cells = {text.get_position(): text.get_text() for text in ax.texts}
    assert cells == {(0, 0): "a", (1, 0): "b", (0, 1): "c", (1, 1): "never", (2, 1): "d"}
    assert (ticks_of(ax.xaxis), ticks_of(ax.yaxis)) == (["x0", "x1", "x2"], ["y0", "y1"])


@draws(lines_against)
def test_lines_against_what_was_varied():
    """Two lines 3.5 % apart on a logarithmic axis, the control as a level with its band."""
    ax, x = new_axes(), np.array([1.0, 10.0, 100.0])
    mean, low, high = MEAN[:, :3], LOW[:, :3].copy(), HIGH[:, :3].copy()
    low[0, 1] = np.nan
    high[1, 2] = np.inf
    control = (0.5, 0.4, 0.55)
    lines_against(ax, x, mean, low, high, ["a", "b"], [RED, SKY], "x (s)", "y", control)
    left, right = x / 1.035**0.5, x * 1.035**0.5
    assert_shown(
        ax,
        line(left, mean[0], RED, "a", "o-"),
        line(right, mean[1], SKY, "b", "s-"),
        bars(left[[0, 2]], low[0, [0, 2]], high[0, [0, 2]], RED),
        bars(right, low[1], np.minimum(high[1], 1e9), SKY),
        level(0.5, GREY, "none"),
        boxes([0, 0.4, 1, 0.15], GREY),
    )
    assert ticks_of(ax.xaxis) == ["1", "10", "100"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale()) == ("x (s)", "y", "log")


@draws(name_arms)
def test_names_lead_to_their_values():
    ax = new_axes(ylim=(0, 1))
    name_arms(ax, [0.2, 0.9, 0.5], ["none", "weight", "constant"], [INK, BLUE, ORANGE])
    assert {text.get_text(): text.xy for text in ax.texts} == {
        "none": (1, 0.2),
        "constant": (1, 0.5),
        "weight": (1, 0.9),
    }
    lines = {text.get_text(): text.arrow_patch.get_edgecolor() for text in ax.texts}
    assert {name: to_hex(color) for name, color in lines.items()} == {
        "none": to_hex(INK),
        "weight": to_hex(BLUE),
        "constant": to_hex(ORANGE),
    }


@draws(criterion_curves)
def test_curves_of_the_criterion():
    """Each in its own colour and marker, whatever the order in which they come."""
    ax, curves, looks = new_axes(), {}, {}
    for i, name in enumerate(("largest", "total", "trace")):
        values = np.array([-3.0, 20.0, 400.0, -0.5]) * (i + 1)
        curves[name] = values, values - 1, values + 2
    looks = {
        "total": (BLUE, "A + B + C, Eq. (4)", "o-"),
        "trace": (ORANGE, "Exact trace", "s-"),
        "largest": (GREEN, "Largest eigenvalue", "^-"),
    }
    criterion_curves(ax, TIME, curves)
    drawn = []
    for name, (color, label, style) in looks.items():
        values, low, high = curves[name]
        drawn += [line(TIME, values, color, label, style), band(TIME, low, high, color)]
    assert_shown(ax, *drawn, level(0, GREY))
    assert ax.get_yscale() == "symlog"
    assert ax.get_ylim()[0] < -10
    assert ax.get_ylim()[1] > 1200


@draws(accuracy_below)
def test_accuracy_below_the_criterion():
    ax = new_axes()
    accuracy_below(ax, TIME, MEAN[0], 0.1, 0.9)
    known = level(0.1, GREY, "Chance"), level(0.9, GREY, "Bayes-optimal")
    assert_shown(ax, line(TIME, MEAN[0], INK, style="o-"), *known)


# --- spikes -----

COLORS = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1.0]])
HEX = ["#ff0000", "#00ff00", "#0000ff"]
SPANS = np.array([[0.0, 0.2], [0.2, 0.4], [0.4, 0.5]])


@draws(sample_strip)
def test_strip_of_samples():
    ax = new_axes(xlim=(0, 0.5))
    sample_strip(ax, SPANS, np.array([2, -1, 0]), COLORS, wrong=np.array([False, True, True]))
    rows = [[0, 0, 0.2, 1], [0.2, 0, 0.2, 1], [0.4, 0, 0.1, 1]]
    assert_shown(ax, *boxes(rows, ["#0000ff", "#ebebeb", "#ff0000"]))
    found = {round(text.get_position()[0], 9): text.get_text() for text in ax.texts}
    assert found == {0.1: "2", 0.3: "–×", 0.45: "0×"}


@draws(sample_strip)
def test_a_narrow_strip_has_crosses_where_answers_are_wrong():
    """Forty samples in four inches: 5.8 pt each, too narrow for a number."""
    ax = new_axes(xlim=(0, 8))
    spans = np.arange(40)[:, None] * 0.2 + [0, 0.2]
    wrong = np.arange(40) % 7 == 3
    classes = np.arange(40) % 3
    sample_strip(ax, spans, classes, COLORS, wrong=wrong)
    crosses = [mark for mark in shown(ax) if mark.kind == "dots"]
    np.testing.assert_allclose(
        [mark.arrays[0][0] for mark in crosses], (np.flatnonzero(wrong) + 0.5) * 0.2
    )
    cells = [mark for mark in shown(ax) if mark.kind == "box"]
    assert [mark.color for mark in cells] == [HEX[k] for k in classes]


@draws(class_bands)
def test_bands_of_classes():
    ax = new_axes()
    class_bands(ax, np.array([0, 30, 100, 120]), COLORS)
    rows = [[-0.5, 0, 1, 30], [-0.5, 30, 1, 70], [-0.5, 100, 1, 20]]
    assert_shown(ax, *boxes(rows, HEX))
    assert ax.get_yticks().tolist() == [15, 65, 110]
    assert ticks_of(ax.yaxis) == ["0", "1", "2"]
    assert ax.get_ylim() == (0, 120)


def borders_at(seconds):
    """Thin lines between samples, over the whole height."""
    return bars(seconds, 0, 1, GREY)


@draws(input_raster)
def test_raster_of_inputs():
    """A dot in the middle of its row; bands of classes are parted."""
    ax = new_axes(xlim=(0, 0.5))
    times, rows = np.array([0.01, 0.3, 0.31, 0.49]), np.array([0, 2, 1, 3])
    input_raster(ax, times, rows, np.array([0, 1, 4]), SPANS[1:, 0])
    parted = [segments_of([[[0, 1], [1, 1]]], color) for color in ("white", GREY)]
    assert_shown(ax, scatter(times, rows + 0.5, INK), *parted, borders_at([0.2, 0.4]))
    assert ax.get_ylim() == (0, 4)


@draws(output_raster)
def test_raster_of_outputs():
    """Ticks in the colour of their neuron, and its row tinted while its class is shown."""
    ax = new_axes(xlim=(0, 0.5))
    times, rows = np.array([0.05, 0.25, 0.45]), np.array([1, 0, 2])
    stands_for, labels = np.array([2, 0, -1]), np.array([0, 2, 0])
    output_raster(ax, times, rows, stands_for, COLORS, SPANS, labels)
    ticks = bars(times, rows - 0.38, rows + 0.38, [HEX[1], HEX[0], HEX[2]])
    tints = [
        band([0.2, 0.4], -0.5, 0.5, HEX[0]),  # output 0 stands for class 2: the second sample
        band([0.0, 0.2, 0.4, 0.5], 0.5, 1.5, HEX[1]),
    ]
    empty = [mark for mark in shown(ax) if mark.kind == "band" and not len(mark.arrays[0])]
    assert_shown(ax, ticks, *tints, *empty, borders_at([0.2, 0.4]))


@draws(event_marks)
def test_marks_of_own_events():
    """Over the middle of the output's row; several have heights and shapes, and names above."""
    times, outputs = np.array([0.05, 0.25]), np.array([2, 0], np.uint64)
    ax = new_axes(xlim=(0, 0.5))
    event_marks(ax, {"reward": (times, outputs)})
    assert_shown(ax, scatter(times, outputs, INK, "reward (2 events)"))
    ax = new_axes(xlim=(0, 0.5))
    event_marks(ax, {"reward": (times, outputs), "shock": (times[:1], outputs[:1])})
    marks = [mark for mark in shown(ax) if mark.kind == "scatter"]
    for mark, rows, name in zip(
        marks, ([2.25, 0.25], [1.75]), ("reward (2", "shock (1"), strict=True
    ):
        np.testing.assert_array_equal(mark.arrays[1], rows)
        assert mark.label == f"{name} events)"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [m.label for m in marks]
    assert len({path.vertices.tobytes() for c in ax.collections for path in c.get_paths()}) == 2


@draws(rates)
def test_rates_of_groups():
    ax, edges = new_axes(), np.array([0.0, 0.1, 0.3])
    values = np.array([[5.0, 7.0], [1.0, 0.0]])
    rates(ax, edges, values, COLORS[:2], np.array([0.2]))
    drawn = [steps(row, edges, color) for row, color in zip(values, HEX)]
    assert_shown(ax, *drawn, borders_at([0.2]))
    assert ax.get_ylim() == (0, pytest.approx(1.08 * 7))
