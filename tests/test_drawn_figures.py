"""Figures of runs, comparisons, sweeps and the saddle show what their datasets hold.

What is expected is computed here, from the dataset alone; intervals by `tests/slow_interval.py`.
"""

import numpy as np
import pytest
import xarray as xr
from drawn import (
    assert_legend,
    assert_shown,
    axes_of,
    band,
    bars,
    boxes,
    dots,
    draws,
    image,
    legend_of,
    level,
    line,
    shown,
    steps,
    ticks_of,
    upright,
)
from matplotlib.colors import to_hex
from scipy.stats import norm
from slow_interval import share_band, share_interval
from test_figures import FakeResult, comparison
from test_figures_sweep import sweep
from test_published_figures import run_like

from spikesampler.figures.comparison import accuracies_figure, compare_figure
from spikesampler.figures.confusion import confusion_figure
from spikesampler.figures.escape import escape_figure
from spikesampler.figures.raster import draw_column, raster_figure
from spikesampler.figures.run import responses_figure, run_figure, weights_figure
from spikesampler.figures.saddle import saddle_figure
from spikesampler.figures.style import GREY, INK, PALETTE
from spikesampler.figures.sweep import sweep_figure
from spikesampler.figures.sweep_lines import lines_figure
from spikesampler.figures.sweep_maps import maps_figure

BLUE, ORANGE, GREEN, PINK, SKY, RED = PALETTE[:6]
ARMS, COLORS = ("none", "weight", "constant"), (INK, BLUE, ORANGE)
STARTS = ("prior", "plateau")


@pytest.fixture(scope="module")
def compared():
    """Three arms, two starts, seven seeds; an arm of which some runs never escape."""
    return comparison(ARMS, 7, STARTS)


def cell(dataset, name, arm, start):
    return dataset[name].sel(arm=arm, start=start).transpose("seed", ...).values


@draws(compare_figure)
def test_comparison(compared):
    axes, time = axes_of(compare_figure(compared)), compared["probe_time"].values
    for start in STARTS:
        drawn = [level(0.1, GREY, "Chance"), level(0.964, GREY, "Bayes-optimal")]
        finals = []
        for i, (arm, color) in enumerate(zip(ARMS, COLORS)):
            mean, low, high = share_band(cell(compared, "probe_accuracy", arm, start))
            drawn += [line(time, mean, color, arm), band(time, low, high, color)]
            online = cell(compared, "online_accuracy", arm, start)
            drawn.append(line(time, online.mean(axis=0), color, f"{arm}, online", "--"))
            seeds = cell(compared, "test_accuracy", arm, start)
            mean, low, high = share_interval(seeds)
            finals += [
                dots(np.full(7, i), seeds, color, marker=".", about=0.2),
                dots(i, mean, color, about=0.2),
                bars(i, low, high, color, about=0.2),
            ]
        assert_shown(axes[f"curves {start}"], *drawn)
        assert_shown(axes[f"test {start}"], *finals)
        names = {text.get_text(): text.xy[1] for text in axes[f"test {start}"].texts}
        for arm in ARMS:
            assert names[arm] == pytest.approx(cell(compared, "test_accuracy", arm, start).mean())


@draws(accuracies_figure)
def test_accuracies(compared):
    axes = axes_of(accuracies_figure(compared))
    measures = ("final_online_accuracy", "final_probe_accuracy", "test_accuracy")
    for start in STARTS:
        drawn = [level(0.1, GREY, "Chance"), level(0.964, GREY, "Bayes-optimal")]
        drawn += [upright(x, "#dcdcdc") for x in (0.5, 1.5)]
        for arm, color in zip(ARMS, COLORS):
            values = np.array([cell(compared, name, arm, start) for name in measures])
            mean, low, high = np.transpose([share_interval(row) for row in values])
            drawn += [
                line(range(3), mean, color, about=0.2),
                dots(np.repeat(range(3), 7), values.ravel(), color, marker=".", about=0.2),
                bars(range(3), low, high, color, about=0.2),
                dots(range(3), mean, color, about=0.2),
            ]
        ax = axes[f"accuracies {start}"]
        assert_shown(ax, *drawn)
        words = [text.split("\n")[0] for text in ticks_of(ax.xaxis)]
        assert words == ["Online", "Probe", "Test"]


@draws(escape_figure)
def test_escapes(compared):
    """Kaplan and Meier without censoring before the end: the share whose time lies beyond."""
    axes = axes_of(escape_figure(compared))
    for start in STARTS:
        ax, drawn = axes[f"escapes {start}"], []
        for arm, color in zip(ARMS, COLORS):
            seconds, escaped = (
                cell(compared, name, arm, start) for name in ("escape_seconds", "escaped")
            )
            (found,) = (mark for mark in shown(ax) if mark.label == arm)
            times = found.arrays[0]
            assert set(seconds[escaped]) <= set(times)
            assert times[0] == 0
            shares = [np.mean((seconds > t) | ~escaped) for t in times]
            drawn.append(line(times, shares, color, arm, "steps"))
            if not escaped.all():
                drawn.append(dots(8640, (~escaped).mean(), color, marker="+"))
        legend = legend_of(ax.get_legend())
        entries = {
            f"{arm}: {cell(compared, 'escaped', arm, start).sum()} of 7": to_hex(color)
            for arm, color in zip(ARMS, COLORS)
        }
        assert legend == entries
        ax.get_legend().remove()
        assert_shown(ax, *drawn)


@draws(confusion_figure)
def test_confusion():
    result = FakeResult(num_samples=20, num_classes=3)
    result.learning["confusion"][:] = [[8, 1, 1], [0, 0, 0], [2, 0, 6]]
    ax, bar = confusion_figure(result).axes
    percent = [[80, 10, 10], [np.nan] * 3, [25, 0, 75]]
    assert_shown(ax, image(percent, "Blues", (0, 100)))
    assert bar.get_ylabel() == "Test samples of the class (%)"
    assert [text.get_text() for text in ax.texts[-4:]] == ["10", "0", "8", "n"]


@draws(run_figure)
@pytest.mark.parametrize("supervised", [1, 0])
def test_run(supervised):
    """Wilson's interval of 200 probe samples; without a teacher the entropy beside it."""
    result = run_like()
    result.learning.attrs["supervised"] = supervised
    axes, learning = axes_of(run_figure(result)), result.learning
    time, p = learning["probe_time"].values, learning["probe_accuracy"].values
    z, n = norm.ppf(0.975), 200
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert_shown(
        axes["accuracy"],
        line(time, p, INK, "probe"),
        band(time, middle - half, middle + half, INK),
        line(time, learning["online_accuracy"].values, INK, "probe, online", "--"),
        level(0.1, GREY, "Chance"),
        level(0.96, GREY, "Bayes-optimal"),
    )
    assert ("entropy" in axes) == (not supervised)
    if not supervised:
        assert_shown(axes["entropy"], line(time, learning["probe_entropy"].values, INK))


@draws(weights_figure)
def test_weights():
    result = run_like()
    theta, time = result.learning["theta"].values, result.learning["probe_time"].values
    axes = axes_of(weights_figure(result))
    low, high = min(theta.min(), 0.5 - 3.5), max(theta.max(), 0.5 + 3.5)
    edges, grid = np.linspace(low, high, 81), np.linspace(low, high, 300)
    width = (high - low) / 80
    start, end = (np.histogram(part, edges)[0] / (part.size * width) for part in theta[[0, -1]])
    assert_shown(
        axes["histogram"],
        line(grid, np.exp(-((grid - 0.5) ** 2) / 2) / np.sqrt(2 * np.pi), RED, "prior"),
        steps(start, edges, GREY, "start"),
        steps(end, edges, BLUE, "end"),
    )
    sorted_theta = np.sort(theta.reshape(len(theta), -1), axis=1)
    number = sorted_theta.shape[1]

    def quantile(share):
        at = share * (number - 1)
        below = int(at)
        between = sorted_theta[:, [below, min(below + 1, number - 1)]]
        return between[:, 0] + (at - below) * np.diff(between)[:, 0]

    assert_shown(
        axes["quantiles"],
        band(time, quantile(0.05), quantile(0.95), BLUE),
        band(time, quantile(0.25), quantile(0.75), BLUE),
        line(time, quantile(0.5), BLUE),
    )


@draws(responses_figure)
def test_responses():
    """Rates of the last 1000 samples of 0.2 s, outputs in the order of their class."""
    result = run_like()
    rng = np.random.default_rng(5)
    prefers = rng.permutation(10)
    labels = result.learning["label"].values
    counts = np.where(labels[:, None] == prefers, 30, rng.integers(0, 6, (len(labels), 10)))
    result.learning["spike_counts"][:] = counts
    ax, _ = responses_figure(result).axes
    rates = np.array([[counts[labels == c, k].mean() / 0.2 for c in range(10)] for k in range(10)])
    order = np.argsort(prefers)
    assert_shown(ax, image(rates[order], "Blues", (0, rates.max())))
    assert ticks_of(ax.yaxis) == [str(k) for k in order]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Class", "Output neuron")


@draws(raster_figure, draw_column)
def test_raster():
    """Two seconds of a run: ten samples, their spikes, and rates in bins of a tenth of a sample."""
    result = FakeResult(num_samples=30, num_inputs=64, num_classes=3)
    axes = axes_of(raster_figure(result, (2.0, 4.0)))
    labels = result.learning["label"].values[10:20]
    answers = result.learning["response"].values[10:20]
    rows = [[2 + 0.2 * i, 0, 0.2, 1] for i in range(10)]
    colors = [to_hex(color) for color in (BLUE, ORANGE, GREEN)]
    grey = "#ebebeb"
    for name, classes in (("labels", labels), ("answers", answers)):
        faces = [colors[k] if k >= 0 else grey for k in classes]
        cells = [mark for mark in shown(axes[name]) if mark.kind == "box"]
        for mark, other in zip(boxes(rows, faces), cells, strict=True):
            assert mark.color == other.color
            np.testing.assert_allclose(mark.arrays, other.arrays, atol=1e-9)
    times, ids = result.spikes("inputs", 2, 4)
    prefers = result.rate.argmax(axis=0)
    found = next(mark for mark in shown(axes["inputs"]) if mark.kind == "scatter")
    np.testing.assert_array_equal(found.arrays[0], times)
    bands = np.cumsum(np.bincount(prefers, minlength=3))
    assert (np.searchsorted(bands, found.arrays[1], side="right") == prefers[ids]).all()
    times, ids = result.spikes("outputs", 2, 4)
    ids = ids.astype(int)
    ticks = next(
        mark for mark in shown(axes["outputs"]) if mark.kind == "bars" and len(mark.arrays[0]) > 20
    )
    assert bars(times, ids - 0.38, ids + 0.38, [colors[k] for k in ids]).is_like(ticks)
    edges = np.linspace(2, 4, 101)
    steps_of = [mark for mark in shown(axes["output_rate"]) if mark.kind == "steps"]
    for k, mark in enumerate(steps_of):
        counts = np.histogram(times[ids == k], edges)[0]
        assert mark.color == colors[k]
        np.testing.assert_allclose(mark.arrays[0], counts / 0.02, atol=1e-6)
    times, _ = result.spikes("inputs", 2, 4)
    (mark,) = [mark for mark in shown(axes["input_rate"]) if mark.kind == "steps"]
    np.testing.assert_allclose(mark.arrays[0], np.histogram(times, edges)[0] / 0.02 / 64, atol=1e-6)


@draws(saddle_figure)
def test_saddle():
    """Bands are two standard errors; the explanation counts signs where the eigenvalue is known."""
    seconds = np.array([0.0, 5.0, 10.0, 40.0])
    values = {
        "total": np.array([-4.0, -2.0, 30.0, 50.0]),
        "trace": np.array([-100.0, 20.0, 30.0, 40.0]),
        "largest": np.array([-1.0, 2.0, 3.0, np.nan]),
    }
    errors = {name: np.abs(column) / 10 for name, column in values.items()}
    columns = values | {f"{name}_error": error for name, error in errors.items()}
    columns |= {"seconds": seconds, "accuracy": np.array([0.1, 0.5, 0.7, 0.8])}
    columns["agrees"] = np.array([True, False, True, True])
    about = {"patterns": 7, "kind": "snapshots", "effective_patterns": 400.0}
    about |= {"arm": "weight", "start": "prior", "seed": 3}
    dataset = xr.Dataset({name: ("snapshot", column) for name, column in columns.items()})
    fig = saddle_figure(dataset.assign_attrs(about), 0.1, 0.97)
    drawn = [level(0, GREY)]
    for name, color, label, style in (
        ("total", BLUE, "A + B + C, Eq. (4)", "o-"),
        ("trace", ORANGE, "Exact trace", "s-"),
        ("largest", GREEN, "Largest eigenvalue", "^-"),
    ):
        middle, error = values[name], 2 * errors[name]
        drawn += [
            line(seconds, middle, color, label, style),
            band(seconds, middle - error, middle + error, color),
        ]
    axes = axes_of(fig)
    assert_shown(axes["criterion"], *drawn)
    known = level(0.1, GREY, "Chance"), level(0.97, GREY, "Bayes-optimal")
    accuracy = line(seconds, columns["accuracy"], INK, style="o-")
    assert_shown(axes["accuracy"], accuracy, *known)
    told = " ".join(text.get_text() for text in fig.texts).replace("\n", " ")
    assert "A + B + C has the sign of the largest eigenvalue in 2 of 3 snapshots" in told
    assert "7 PSP snapshots that count as 400" in told
    assert "weight, start prior, seed 3" in told


@draws(sweep_figure, lines_figure)
def test_sweep_of_one_parameter():
    """Given out of order, drawn in order; an arm in its colour, means of the runs that finished."""
    dataset = sweep({"b": [0.1, 0.01, 1.0]}, ARMS)
    dataset["finished"].loc[{"arm": "weight", "b": 0.1, "seed": dataset["seed"][2]}] = 0
    (ax,) = sweep_figure(dataset).axes
    drawn = [level(0.1, GREY, "Chance")]
    drawn += [mark for mark in shown(ax) if mark.label == "Bayes-optimal"]
    x, order = np.array([0.01, 0.1, 1.0]), [1, 0, 2]
    for arm, color in zip(ARMS, COLORS):
        part = dataset.sel(arm=arm).squeeze()
        seeds = part["test_accuracy"].where(part["finished"] == 1).transpose("b", "seed")
        seeds = seeds.values[order]
        mean, low, high = np.transpose([share_interval(row[np.isfinite(row)]) for row in seeds])
        drawn += [
            dots(np.repeat(x, 8), seeds.ravel(), color, marker="."),
            line(x, mean, color),
            bars(x, low, high, color),
            dots(x, mean, color, arm),
        ]
    assert_shown(ax, *drawn)


@draws(sweep_figure, maps_figure)
def test_sweep_of_two_parameters():
    """x is the parameter with more values, both in order, from the lower left corner on."""
    dataset = sweep({"N": [300, 10], "b": [1.0, 0.01, 0.1]})
    ax, _ = sweep_figure(dataset).axes
    values = dataset["test_accuracy"].squeeze().transpose("N", "b", "seed").values
    mean = values[[1, 0]][:, [1, 2, 0]].mean(axis=2)
    assert_shown(ax, image(mean, "viridis", (mean.min(), mean.max()), "lower"))
    assert (ticks_of(ax.xaxis), ticks_of(ax.yaxis)) == (["0.01", "0.1", "1"], ["10", "300"])
    texts = {text.get_position(): text.get_text().split("\n")[0] for text in ax.texts}
    for (row, column), value in np.ndenumerate(mean):
        assert texts[column, row] == f"{value:.3f}"


def test_legends_above_all_panels_name_styles(compared):
    """Solid is the probe, dashed online: grey, as no arm's colour."""
    for fig in (compare_figure(compared), run_figure(run_like())):
        (legend,) = fig.legends
        assert_legend(legend, [line([0], [0], GREY, text) for text in legend_of(legend)])
        styles = {
            text.get_text(): handle.get_linestyle()
            for text, handle in zip(legend.get_texts(), legend.legend_handles)
        }
        assert styles == {"Probe (held out, frozen)": "-", "Online (while learning)": "--"}
