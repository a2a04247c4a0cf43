"""Figures of a run's spikes, tuning and weights show what its records hold.

What is expected is computed here from spikes, counts and weights, one neuron and class at a time.
"""

from itertools import chain, combinations

import numpy as np
import pytest
from drawn import (
    assert_shown,
    axes_of,
    dots,
    draws,
    image,
    legend_of,
    level,
    line,
    mesh,
    scatter,
    shown,
    steps,
    ticks_of,
    upright,
)
from matplotlib import colormaps
from matplotlib.colors import to_hex
from test_figures import FakeResult
from test_published_figures import run_like

from spikesampler.errors import InputError
from spikesampler.figures.metrics import metric, metrics_figure
from spikesampler.figures.panel_grid import panel_grid
from spikesampler.figures.spike_trains import (
    interval_histogram,
    intervals_figure,
    psth,
    psth_figure,
    rate_map,
    rates_figure,
    variation,
)
from spikesampler.figures.style import GREY, INK, PALETTE, class_colors, new_figure
from spikesampler.figures.trajectories import trajectories, trajectories_figure
from spikesampler.figures.tuning import (
    class_tuning,
    position_curve,
    position_map,
    position_tuning_figure,
    tuning_figure,
)
from spikesampler.figures.weight_maps import (
    weight_field,
    weight_image,
    weight_maps_figure,
    weight_row,
    weight_scale,
)
from spikesampler.report.panels import trajectories_panel
from spikesampler.store.learning import OWN_METRIC

BLUE = PALETTE[0]


@pytest.fixture
def ax():
    return new_figure(60, 90).add_axes((0.1, 0.1, 0.8, 0.8))


@draws(psth)
def test_responses_after_an_onset(ax):
    edges, rates = np.linspace(0, 0.2, 5), np.array([[1, 2, 3, 4], [np.nan] * 4, [9, 8, 7, 6.0]])
    psth(ax, edges, rates, ["#ff0000", "#00ff00", "#0000ff"])
    assert_shown(ax, steps(rates[0], edges, "#ff0000"), steps(rates[2], edges, "#0000ff"))
    assert ax.get_xlim() == (0, 0.2)


@draws(psth_figure, panel_grid)
def test_responses_of_outputs_by_class():
    """Samples of 0.2 s in a window of 10 s, in bins of 0.05 s."""
    result = FakeResult(num_classes=3, num_inputs=30)
    figure = psth_figure(result, window=(0, 10), bin=0.05)
    axes, (times, ids) = axes_of(figure), result.spikes("outputs", 0, 10)
    labels, since = result.labels[:50], times - (times // 0.2) * 0.2
    of = labels[(times // 0.2).astype(int)]
    edges = np.arange(5) * 0.05
    for k in range(3):
        drawn = []
        for c, color in enumerate(class_colors(3)):
            counts, _ = np.histogram(since[(ids == k) & (of == c)], edges)
            drawn.append(steps(counts / (np.sum(labels == c) * 0.05), edges, color))
        assert_shown(axes[f"output {k}"], *drawn)
    assert [ax.get_ylabel() for ax in figure.axes] == ["Rate (Hz)", "", ""]
    colors = {str(c): to_hex(color) for c, color in enumerate(class_colors(3))}
    (legend,) = figure.legends
    assert legend_of(legend).items() >= colors.items()
    with pytest.raises(InputError, match="30 inputs of made up: a figure has at most 20 panels"):
        psth_figure(result, "inputs", window=(0, 10))


@draws(rate_map)
def test_rates_over_time(ax):
    rates = np.array([[1.0, 2, 3], [4, 5, 6]])
    rate_map(ax, np.array([5.0, 6, 7, 8]), rates, 6.0)
    assert_shown(ax, image(rates, "Blues", (0, 6), "lower"))
    assert ax.images[0].get_extent() == [5, 8, -0.5, 1.5]


@draws(rates_figure)
def test_rates_of_neurons():
    result = FakeResult(num_classes=4, num_inputs=30)
    axes = axes_of(rates_figure(result, "inputs", (2.0, 4.0), neurons=[7, 3]))
    times, ids = result.spikes("inputs", 2, 4)
    edges = 2 + 0.2 * np.arange(11)
    rates = np.array([np.histogram(times[ids == k], edges)[0] / 0.2 for k in (7, 3)])
    assert_shown(axes["rates"], image(rates, "Blues", (0, rates.max()), "lower"))
    assert ticks_of(axes["rates"].yaxis) == ["7", "3"]
    assert axes["scale"].get_ylim() == (0, rates.max())


@draws(interval_histogram)
def test_density_of_intervals(ax):
    edges, density = np.array([-0.0005, 0.0995, 0.1995]), np.array([7.0, 3.0])
    interval_histogram(ax, edges, density)
    assert_shown(ax, steps(density, edges, BLUE))
    assert ax.get_xlim() == (0, 0.1995)


@draws(variation)
def test_variation_of_neurons(ax):
    cv, cv2 = np.array([0.5, np.nan, 1.5]), np.array([0.4, np.nan, 0.9])
    variation(ax, cv, cv2)
    assert_shown(ax, upright(1, GREY), level(1, GREY), dots(cv, cv2, BLUE, marker="."))
    assert ax.get_ylim()[1] > 1


@draws(intervals_figure)
def test_intervals_of_a_run():
    """Bins hold whole numbers of a time step of 1 ms, and reach to 99.5 % of the intervals."""
    result = FakeResult(num_classes=3, num_inputs=30)
    axes = axes_of(intervals_figure(result, window=(0, 10)))
    times, ids = result.spikes("outputs", 0, 10)
    every = [np.diff(times[ids == k]) for k in range(3)]
    ms = np.rint(np.concatenate(every) * 1000).astype(int)
    (mark,) = shown(axes["intervals"])
    density, edges = mark.arrays
    width = round((edges[1] - edges[0]) * 1000)
    assert edges[0] == pytest.approx(-0.0005)
    assert np.mean(ms < (edges[-1] * 1000)) >= 0.995
    slow = [np.sum(ms // width == j) / (len(ms) * width / 1000) for j in range(len(density))]
    np.testing.assert_allclose(density, slow, rtol=1e-9)
    cv = [np.std(part) / np.mean(part) for part in every]
    cv2 = [np.mean(2 * np.abs(np.diff(p)) / (p[1:] + p[:-1])) for p in every]
    assert dots(cv, cv2, BLUE, marker=".").is_like(shown(axes["variation"])[-1])


@draws(class_tuning, tuning_figure)
def test_tuning_by_class():
    result = run_like()
    labels, counts = (result.learning[f"test_{name}"].values for name in ("label", "counts"))
    rates = np.array([[counts[labels == c, k].mean() / 0.2 for c in range(10)] for k in range(10)])
    order = np.argsort(rates.argmax(axis=1), kind="stable")
    axes = axes_of(tuning_figure(result))
    assert_shown(axes["responses"], image(rates[order], "Blues", (0, rates.max())))
    assert ticks_of(axes["responses"].yaxis) == [str(k) for k in order]


@draws(position_map)
def test_rates_over_two_features(ax):
    rates = np.array([[1.0, np.nan], [3, 4], [5, 6]])
    position_map(ax, np.array([0.0, 1, 2]), np.array([10.0, 20]), rates, 6.0)
    assert_shown(ax, mesh([0, 1, 2], [10, 20], rates.T, "Blues", (0, 6)))


@draws(position_curve)
def test_rates_over_one_feature(ax):
    position_curve(ax, np.array([0.0, 1, 2]), np.array([5.0, np.nan, 6]))
    assert_shown(ax, line([0, 1, 2], [5, np.nan, 6], BLUE, style=".-"))


def cells(points, counts, bins=10):
    """Mean rates, {cell: Hz}, sample by sample."""
    low, high = points.min(axis=0), points.max(axis=0)
    place = np.minimum((points - low) / (high - low) * bins, bins - 1e-9).astype(int)
    inside = {}
    for cell, count in zip(map(tuple, place), counts):
        inside.setdefault(cell, []).append(count / 0.2)
    return {cell: np.mean(values) for cell, values in inside.items()}


@draws(position_tuning_figure)
def test_tuning_over_the_position():
    result = run_like()
    points, counts = (result.learning[f"test_{name}"].values for name in ("points", "counts"))
    axes = axes_of(position_tuning_figure(result, (0, 2), neurons=[3]))
    (mark,) = shown(axes["output 3"])
    values = mark.arrays[2]
    slow = cells(points[:, [0, 2]], counts[:, 3])
    for (i, j), rate in slow.items():
        assert values[j, i] == pytest.approx(rate)
    assert np.isfinite(values).sum() == len(slow)
    axes = axes_of(position_tuning_figure(result, 1, neurons=[3]))
    (mark,) = shown(axes["output 3"])
    slow = cells(points[:, [1]], counts[:, 3])
    np.testing.assert_allclose(mark.arrays[1], [slow[i,] for i in range(10)])
    with pytest.raises(InputError, match="a figure shows one or two; give fewer"):
        position_tuning_figure(result, (0, 1, 2))


@draws(metric)
def test_an_own_metric(ax):
    """What is not finite is a gap."""
    metric(ax, np.array([0.0, 1, 2]), np.array([5.0, np.inf, 7]), "mean")
    assert_shown(ax, line([0, 1, 2], [5, np.nan, 7], INK, "", "o-"))
    assert (ax.get_xlim(), ax.get_ylabel()) == ((0, 2), "mean")


@draws(metrics_figure)
def test_own_metrics_of_a_run():
    """The first twenty, each in axes of its own."""
    result = run_like()
    time = result.learning["probe_time"].values
    about = {"long_name": OWN_METRIC}
    values = {f"m{k}": ("probe", k * np.cos(time), about) for k in range(22)}
    result.learning = result.learning.assign(values)
    axes = axes_of(metrics_figure(result))
    assert list(axes) == [f"m{k}" for k in range(20)]
    for k, ax in enumerate(axes.values()):
        assert_shown(ax, line(time, k * np.cos(time), INK, "", "o-"))


@draws(trajectories)
def test_courses_of_synapses(ax):
    times, values = np.array([[0.0, 0], [1, 2]]), np.array([[5.0, 6], [7, 8]])
    trajectories(ax, times, values, ["a", "b"], ["#ff0000", "#00ff00"], "Weight")
    assert_shown(
        ax,
        line([0, 1], [5, 7], "#ff0000", "a"),
        line([0, 2], [6, 8], "#00ff00", "b"),
    )
    assert (ax.get_xlim(), ax.get_ylabel()) == ((0, 2), "Weight")


@draws(trajectories_figure)
def test_courses_of_a_run():
    """Of a long course the least and the greatest of each of a thousand parts."""
    result = run_like()
    few = result.trajectories.isel(time=slice(100))
    result.trajectories = few
    axes = axes_of(trajectories_figure(result, [(3, 210), (0, 0)]))
    for name in ("theta", "weight"):
        lines = [
            line(few["time"], few[name][:, place], color, label)
            for place, color, label in ((3, PALETTE[0], "3 : 210"), (0, PALETTE[1], "0 : 0"))
        ]
        assert_shown(axes[name], *lines)
    result = run_like()
    figure = trajectories_figure(result)
    (first, *others) = shown(axes_of(figure)["theta"])
    assert len(others) == 9
    theta = result.trajectories["theta"].values[:, 0].reshape(1000, 5)
    ends = np.sort(first.arrays[1].reshape(1000, 2), axis=1)
    np.testing.assert_array_equal(ends, np.stack([theta.min(axis=1), theta.max(axis=1)], axis=1))
    with pytest.raises(
        InputError, match=r"synapse \(9, 9\): made up recorded 12 pairs .*, such as"
    ):
        trajectories_figure(result, [(9, 9)])
    with pytest.raises(InputError, match="11 synapses: a figure has 1 to 10"):
        trajectories_figure(result, [(k % 10, 70 * k) for k in range(11)])


@draws(trajectories_figure)
def test_courses_of_outputs_and_signals():
    """With synapses and without: the first ten outputs, in the synapses' colours; units on axes."""
    result = run_like()
    few = result.trajectories.isel(time=slice(50))
    rates = np.random.default_rng(1).normal(size=(50, 12))
    few = few.assign(rate=(("time", "neuron"), rates, {"units": "1/second"}))
    few = few.assign(mean=("time", rates.mean(axis=1), {"units": "1"}))
    few = few.assign(e=few["theta"] ** 2)
    for result.trajectories in (few, few[["mean", "rate"]]):
        figure = trajectories_figure(result)
        axes = axes_of(figure)
        titles = [legend.get_title().get_text() for legend in figure.legends]
        of_synapses = ["Output : input\n(10 of 12)"] * 2 if "e" in result.trajectories else []
        assert titles == [*of_synapses, "Output\n(10 of 12)"]
        if of_synapses:
            ends = [f"{k} : {70 * k}" for k in range(10)]
            lines = [
                line(few["time"], few["e"][:, k], PALETTE[k], end) for k, end in enumerate(ends)
            ]
            assert_shown(axes["e"], *lines)
        assert ("theta" in axes) == ("theta" in result.trajectories)
        lines = [line(few["time"], rates[:, k], PALETTE[k], str(k)) for k in range(10)]
        assert_shown(axes["rate"], *lines)
        assert_shown(axes["mean"], line(few["time"], rates.mean(axis=1), INK, ""))
        assert (axes["rate"].get_ylabel(), axes["mean"].get_ylabel()) == ("rate (1/s)", "mean")
    with pytest.raises(InputError, match="made up recorded no synapses: run again with"):
        trajectories_figure(result, [(0, 0)])


def test_courses_in_a_report():
    """A caption fits what was recorded: synapses, outputs and signals, or some of these."""
    result = run_like()
    few = result.trajectories.isel(time=slice(50))
    few = few.assign(rate=(("time", "neuron"), few["theta"].values), e=few["theta"] ** 2)
    few = few.assign(mean=("time", few["theta"].values[:, 0]))
    for number in range(1, 4):
        for parts in combinations((["theta", "weight", "e"], ["rate"], ["mean"]), number):
            names = [*chain(*parts)]
            result.trajectories = few[names]
            others = [name for name in names if name in ("rate", "mean")]
            caption, alt = "", ""
            if "e" in names:
                alt = "Over biological time, of 10 synapses: synaptic parameter θ, weight, e. "
                caption = "Trajectories of recorded synapses at every grid step of learning:"
                caption += (
                    " synaptic parameter θ, weight, e. The first 10 of 12 that were recorded. "
                )
            if others:
                alt += f"Over biological time: {', '.join(others)}."
                caption += "Below" if caption else "At every grid step of learning"
                caption += f": {', '.join(others)}, of outputs in a colour each, of the network in"
                caption += " black. "
            if "rate" in names:
                caption += "The first 10 of 12 outputs. "
            panel = trajectories_panel(result)
            assert panel.alt == alt.strip()
            assert panel.caption.removeprefix(caption).startswith("Lines keep the least")


@draws(weight_image)
def test_weights_of_pixels(ax):
    weights = np.array([[0.0, 1], [2, 3]])
    weight_image(ax, weights, 3.0)
    assert_shown(ax, image(weights, "viridis_r", (0, 3)))


@draws(weight_field)
def test_weights_in_stimulus_space(ax):
    centres, weights = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([0.5, 2.0])
    weight_field(ax, centres, weights, 2.0)
    colors = [to_hex(colormaps["viridis_r"](w / 2)) for w in weights]
    assert_shown(ax, scatter(*centres.T, colors))


@draws(weight_row)
def test_weights_by_number(ax):
    weight_row(ax, np.arange(3), np.array([3.0, 1, 2]))
    assert_shown(ax, dots([0, 1, 2], [3, 1, 2], BLUE, marker="."))


@draws(weight_scale)
def test_scale_of_weights(ax):
    weight_scale(ax, 2.5)
    assert_shown(ax, image(np.linspace(1, 0, 256)[:, None], "viridis_r", (0, 1)))
    assert ax.get_ylim() == (0, 2.5)
    assert ax.get_ylabel() == "Weight"


@draws(weight_maps_figure)
def test_weights_onto_outputs():
    """Dots at the inputs' centres, the strongest on top; pixels as their image; else by number."""
    result = run_like()
    weights = result.weights.values
    axes = axes_of(weight_maps_figure(result, (2, 0), neurons=[4, 1]))
    top = np.quantile(weights[[4, 1]], 0.999)
    for k in (4, 1):
        order = np.argsort(weights[k])
        colors = [to_hex(colormaps["viridis_r"](w)) for w in np.clip(weights[k][order] / top, 0, 1)]
        x, y = result.places[order][:, [2, 0]].T
        assert_shown(axes[f"output {k}"], scatter(x, y, colors))
    assert axes["scale"].get_ylim() == (0, top)
    with pytest.raises(InputError, match=r"features=\(0, 3\): expected two of 0 to 2"):
        weight_maps_figure(result, (0, 3))
    result.manifest["data"] = {"coding": "rates"}
    result.weights = result.weights[:, :784]
    axes = axes_of(weight_maps_figure(result, neurons=[2]))
    top = np.quantile(weights[2, :784], 0.999)
    assert_shown(axes["output 2"], image(weights[2, :784].reshape(28, 28), "viridis_r", (0, top)))
    result.manifest["data"] = {"coding": "spikes"}
    axes = axes_of(weight_maps_figure(result, neurons=[2]))
    assert_shown(axes["output 2"], dots(np.arange(784), weights[2, :784], BLUE, marker="."))
