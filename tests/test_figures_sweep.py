"""What the figures of a sweep draw is what the sweep holds, and what they cannot draw they name."""

import numpy as np
import pytest
import xarray as xr
from slow_interval import share_interval
from test_figures import assert_legible, written

from spikesampler.errors import InputError
from spikesampler.figures import heat_map, sweep_figure
from spikesampler.figures.arms import arm_colors
from spikesampler.figures.ticks import logarithmic
from spikesampler.stats.survival import Escape, escape_median

B, N = [0.01, 0.03, 0.1, 0.3, 1.0], [10, 30, 100, 300]
ARMS = ("none", "constant", "weight")
LONG = (
    "weight_literal",
    "constant_matched",
    "weight_posterior",
    "weight:noise_scale=0.3:schedule=linear:replicate=2",
)
UNITS = {"b": "1/second", "tau": "ms"}
END = 8640.0  # s
SWEPT = "mean and 95 % interval over 8 seeds"


def sweep(grid, arms=("weight",), starts=("prior",), num_seeds=8, points=None):
    """A sweep over a grid {name: values} and points of a design {name: values}; some runs never
    escape.
    """
    axes = dict(grid) | ({"point": range(len(next(iter(points.values()))))} if points else {})
    axes |= {name: values for name, values in (("arm", arms), ("start", starts)) if len(values) > 1}
    axes["seed"] = range(num_seeds)
    dims, shape = tuple(axes), tuple(map(len, axes.values()))
    rng = np.random.default_rng(len(shape))
    accuracy = 0.6 + rng.normal(0, 0.02, shape) + 0.03 * np.indices(shape)[:-1].sum(axis=0)
    seconds = np.minimum(END, rng.gamma(3, 0.27 * END, shape))
    variables = {
        "test_accuracy": np.minimum(accuracy, 1),
        "online_accuracy": accuracy / 2,
        "bayes_accuracy": np.broadcast_to(0.96 + 0.002 * np.arange(num_seeds), shape),
        "escape_seconds": seconds,
        "escaped": seconds < END,
        "chance": np.full(shape, 0.1),
        "engine_seconds": 20 * rng.random(shape),
        "finished": np.ones(shape),
    }
    coords = {
        name: (name, np.array(values), {"units": UNITS.get(name, "1")})
        for name, values in axes.items()
    }
    coords |= {
        name: ("point", np.array(values), {"units": UNITS.get(name, "1")})
        for name, values in (points or {}).items()
    }
    coords |= {
        name: values[0] for name, values in (("arm", arms), ("start", starts)) if len(values) == 1
    }
    variables = {name: (dims, np.array(values, float)) for name, values in variables.items()}
    curve = ((*dims, "sample_block"), np.zeros((*shape, 2)))
    return xr.Dataset(variables | {"probe_curve": curve}, coords, {"model": "fang_2018"})


def fail(dataset, **where):
    """These runs failed: nan, and not escaped."""
    for name in ("finished", "escaped"):
        dataset[name].loc[where] = 0
    for name in (
        "test_accuracy",
        "online_accuracy",
        "bayes_accuracy",
        "escape_seconds",
        "chance",
        "engine_seconds",
    ):
        dataset[name].loc[where] = np.nan
    return dataset


def spread(values):
    """The interval of the last axis: (3, …)."""
    return np.moveaxis(np.apply_along_axis(share_interval, -1, values), -1, 0)


def drawn(ax, label):
    """The line of means with this label, and (n, 2) low and high of the intervals of its colour."""
    (line,) = [line for line in ax.lines if line.get_label() == label]
    (bars,) = [one for one in ax.collections if np.allclose(one.get_color()[0, :3], to_rgb(line))]
    segments = np.array([path.vertices for path in bars.get_paths()])
    shown = np.isfinite(segments).all(axis=(1, 2))
    np.testing.assert_array_equal(
        segments[shown, :, 0], np.column_stack([line.get_xdata()] * 2)[shown]
    )
    return line, segments[:, :, 1]


def to_rgb(line):
    from matplotlib.colors import to_rgb

    return to_rgb(line.get_color())


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def cells(ax):
    """Texts of a heat map by (column, row)."""
    return {text.get_position(): text.get_text() for text in ax.texts}


def offset(line):
    """pt to the right of its data at which a line is drawn."""
    ax = line.axes
    at = line.get_xydata()[:1]
    return (
        (line.get_transform().transform(at) - ax.transData.transform(at))[0, 0] * 72 / ax.figure.dpi
    )


def test_one_dimension_is_a_line_of_each_arm_with_its_seeds():
    dataset = sweep({"b": B}, ARMS)
    before = dataset.copy(deep=True)
    fig = sweep_figure(dataset)
    xr.testing.assert_identical(dataset, before)
    (ax,) = fig.axes
    assert written(fig) == [f"fang_2018: {SWEPT}", "start = prior"]
    assert (ax.get_xscale(), ax.get_xlabel(), ax.get_ylabel()) == (
        "log",
        "b (1/s)",
        "Test accuracy",
    )
    assert ticks(ax.xaxis) == ["0.01", "0.03", "0.1", "0.3", "1"]
    assert ax.get_ylim() == (0, 1.08)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(ARMS)
    shifts = []
    for i, (arm, color) in enumerate(zip(ARMS, arm_colors(ARMS))):
        values = dataset["test_accuracy"].sel(arm=arm).values
        mean, low, high = spread(values)
        line, bars = drawn(ax, arm)
        assert line.get_color() == color
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([B, mean]))
        np.testing.assert_allclose(bars, np.column_stack([low, high]), rtol=1e-12)
        seeds, joined = ax.lines[3 * i : 3 * i + 2]
        np.testing.assert_array_equal(
            seeds.get_xydata(), np.column_stack([np.repeat(B, 8), values.ravel()])
        )
        np.testing.assert_array_equal(joined.get_xydata(), line.get_xydata())
        assert joined.get_linestyle() == "-"
        shifts += [offset(line), offset(seeds)]
    np.testing.assert_allclose(shifts, [-7, -4.2, 0, 2.8, 7, 9.8], atol=1e-9)


def test_a_failed_run_is_left_out_and_a_gap_is_where_all_failed():
    dataset = fail(fail(sweep({"b": B}, ARMS), b=0.1, arm="none"), b=0.3, arm="weight", seed=[0, 5])
    fig = sweep_figure(dataset)
    assert written(fig)[1] == "start = prior; 10 of 120 runs failed"
    values = dataset["test_accuracy"].sel(arm="weight", b=0.3).values
    assert np.isnan(values).sum() == 2
    line, bars = drawn(fig.axes[0], "weight")
    expected = share_interval(values[np.isfinite(values)])
    np.testing.assert_allclose((line.get_ydata()[3], *bars[3]), expected, rtol=1e-12)
    line, _ = drawn(fig.axes[0], "none")
    assert np.isnan(line.get_ydata()).tolist() == [False, False, True, False, False]
    assert np.isnan(fig.axes[0].lines[1].get_ydata()).tolist() == [False, False, True, False, False]
    levels = {line.get_label(): line.get_ydata() for line in fig.axes[0].lines}
    assert levels["Chance"] == pytest.approx([0.1, 0.1])
    assert levels["Bayes-optimal"] == pytest.approx(
        [0.967, 0.967]
    )  # of 0.96 to 0.974: failed runs do not move it


def test_what_did_not_run_has_no_number_even_if_the_dataset_has_one():
    dataset = fail(sweep({"b": B}), b=0.1, seed=range(4))
    dataset["engine_seconds"][2, :4] = 1e6
    line, _ = drawn(sweep_figure(dataset, "engine_seconds").axes[0], "weight")
    assert line.get_ydata()[2] == dataset["engine_seconds"][2, 4:].mean() < 20
    assert line.axes.get_ylim() == (
        0,
        pytest.approx(1.08 * dataset["engine_seconds"].where(dataset.finished).max()),
    )
    line, _ = drawn(sweep_figure(dataset, "finished").axes[0], "weight")
    assert line.get_ydata().tolist() == [1, 1, 0.5, 1, 1]
    dataset = fail(dataset, seed=range(8))
    assert written(sweep_figure(dataset))[1] == "arm = weight, start = prior; 40 of 40 runs failed"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([10, 20, 30], False),
        ([1, 2, 4], True),
        ([0.1, 0.3, 1.0], True),
        ([0.0, 1.0, 100.0], False),
        ([-8, -4, -2], False),
        ([1, 2, 5, 10, 20], False),
        ([1, 5, 21], True),
        ([100, 101, 102], False),
        ([10, 12, 14], False),
        ([1, 20], False),
        ([1, 21], True),
        ([5], False),
    ],
)
def test_an_axis_is_logarithmic_where_values_are_even_in_it_or_far_apart(values, expected):
    assert logarithmic(np.array(values)) is expected
    (ax,) = sweep_figure(sweep({"x": values}, num_seeds=1), at={"seed": 0}).axes
    assert (ax.get_xscale() == "log") is (expected and len(values) > 1)


def test_numbers_are_put_in_order_and_words_stay_side_by_side_as_given():
    dataset = sweep({"N": [30, 10, 20]})
    line, _ = drawn(sweep_figure(dataset).axes[0], "weight")
    assert line.get_xdata().tolist() == [10, 20, 30]
    np.testing.assert_array_equal(
        line.get_ydata(), dataset["test_accuracy"].mean("seed")[[1, 2, 0]]
    )
    dataset = sweep({"retraction": ["none", "gate", "a_long_word"]}, ("none", "weight"))
    (ax,) = sweep_figure(dataset).axes
    assert (ticks(ax.xaxis), ax.get_xlabel(), ax.get_xlim()) == (
        ["none", "gate", "a_long_word"],
        "retraction",
        (-0.5, 2.5),
    )
    line, _ = drawn(ax, "weight")
    np.testing.assert_allclose(
        line.get_xydata(),
        np.column_stack([range(3), dataset["test_accuracy"].sel(arm="weight").mean("seed")]),
    )
    assert "-" not in {
        line.get_linestyle()
        for line in ax.lines
        if line.get_label() not in ("Chance", "Bayes-optimal")
    }


def test_ticks_that_would_touch_have_no_text():
    (ax,) = sweep_figure(sweep({"N": [10, 10.1, 10.2, 15]}, num_seeds=1)).axes
    assert ax.get_xticks().tolist() == [10, 10.1, 10.2, 15]
    assert ticks(ax.xaxis) == ["10", "", "10.2", "15"]
    (ax,) = sweep_figure(sweep({"N": range(1, 40)}, num_seeds=1)).axes
    assert ticks(ax.xaxis) == ["1", "2", "5", "10", "20", "50"]


def test_starts_are_panels_with_the_same_axis():
    dataset = sweep({"N": [10, 20, 30]}, ARMS, ("prior", "plateau"))
    fig = sweep_figure(dataset)
    assert written(fig) == [f"fang_2018: {SWEPT}"]
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["start = prior", "start = plateau"]
    for start, ax in zip(("prior", "plateau"), fig.axes):
        for arm in ARMS:
            line, _ = drawn(ax, arm)
            np.testing.assert_allclose(
                line.get_ydata(),
                dataset["test_accuracy"].sel(start=start, arm=arm).mean("seed"),
                rtol=1e-14,
            )
        assert (ax.get_xscale(), ax.get_ylim()) == ("linear", (0, 1.08))


def test_levels_that_vary_are_lines():
    dataset = sweep({"K": [2, 4, 8]}, ("none", "weight"))
    dataset["chance"] = dataset["chance"] * 10 / dataset["K"]
    (ax,) = sweep_figure(dataset, "online_accuracy").axes
    assert ax.get_ylabel() == "Online accuracy (label leaks in)"
    lines = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(lines["Chance"].get_xydata(), [[2, 0.5], [4, 0.25], [8, 0.125]])
    assert lines["Bayes-optimal"].get_ydata() == pytest.approx([0.967, 0.967])
    assert [text.get_text() for text in ax.texts] == ["Chance", "Bayes-optimal 0.97"]
    lines = [line.get_label() for line in sweep_figure(dataset, "bayes_accuracy").axes[0].lines]
    assert "Chance" in lines
    assert "Bayes-optimal" not in lines
    dataset["bayes_accuracy"][:] = np.nan  # as of real data
    assert [text.get_text() for text in sweep_figure(dataset).axes[0].texts] == ["Chance"]


def test_one_point_and_one_seed():
    fig = sweep_figure(sweep({"b": [0.1], "tau": [20.0]}))
    assert written(fig) == [f"fang_2018: {SWEPT}", "b = 0.1/s, tau = 20 ms, start = prior"]
    (ax,) = fig.axes
    assert (ticks(ax.xaxis), ax.get_xlabel()) == (["weight"], "arm")
    seeds = ax.lines[0].get_ydata()
    line, bars = drawn(ax, "prior")
    assert len(seeds) == 8
    np.testing.assert_allclose((line.get_ydata()[0], *bars[0]), share_interval(seeds), rtol=1e-12)
    dataset = sweep({"b": B}, num_seeds=1)
    fig = sweep_figure(dataset)
    assert written(fig)[0] == "fang_2018: one seed, no interval"
    line, bars = drawn(fig.axes[0], "weight")
    np.testing.assert_array_equal(line.get_ydata(), dataset["test_accuracy"][:, 0])
    assert np.isnan(bars).all()
    for ax, texts in (
        (sweep_figure(sweep({}, ARMS, ("prior", "plateau"))).axes[0], list(ARMS)),
        (sweep_figure(sweep({}, starts=("prior", "plateau"))).axes[0], ["prior", "plateau"]),
    ):
        assert ticks(ax.xaxis) == texts


def test_two_dimensions_are_a_heat_map_with_numbers():
    dataset = sweep({"N": N, "b": B[::-1]})
    before = dataset.copy(deep=True)
    fig = sweep_figure(dataset)
    xr.testing.assert_identical(dataset, before)
    ax, bar = fig.axes
    assert written(fig) == [
        "fang_2018: mean ± half its 95 % interval over 8 seeds",
        "arm = weight, start = prior",
    ]
    mean, low, high = spread(
        dataset["test_accuracy"].values[:, ::-1]
    )  # (N, b): b from the least on
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), mean)
    assert (image.origin, image.get_clim()) == ("lower", (mean.min(), mean.max()))
    assert (ticks(ax.xaxis), ticks(ax.yaxis)) == (
        ["0.01", "0.03", "0.1", "0.3", "1"],
        ["10", "30", "100", "300"],
    )
    assert (ax.get_xlabel(), ax.get_ylabel(), bar.get_ylabel()) == ("b (1/s)", "N", "Test accuracy")
    assert image.cmap.name == "viridis"
    half = (high - low) / 2
    assert cells(ax) == {
        (j, i): f"{mean[i, j]:.3f}\n±{half[i, j]:.3f}" for i in range(4) for j in range(5)
    }
    colors = {text.get_position(): text.get_color() for text in ax.texts}
    darkest, lightest = (
        np.unravel_index(at, mean.shape)[::-1] for at in (mean.argmin(), mean.argmax())
    )
    assert (colors[darkest], colors[lightest]) == ("white", "#1a1a1a")


@pytest.mark.parametrize(
    ("sizes", "digits", "has_interval"),
    [
        ((5, 6), 3, True),
        ((4, 8), 3, False),
        ((8, 10), 3, False),
        ((9, 9), None, False),
        ((2, 30), None, False),
    ],
)
def test_as_many_numbers_as_there_is_room_for(sizes, digits, has_interval):
    dataset = sweep({"x": range(sizes[0]), "y": range(sizes[1])}, num_seeds=2)
    dataset["test_accuracy"][:] = (
        0.5 + 0.1 * dataset["seed"]
    )  # mean 0.55; Student's t of 1 reaches 0.05 * 12.7 from it, and is cut at 0 and 1
    fig = sweep_figure(dataset)
    texts = set(cells(fig.axes[0]).values())
    if digits is None:
        assert texts == set()
    else:
        assert texts == {f"{0.55:.{digits}f}" + "\n±0.500" * has_interval}
    assert ("interval" in written(fig)[0]) is has_interval
    assert_legible(fig)


def test_maps_of_arms_share_their_scale():
    dataset = sweep({"b": B, "N": N}, ARMS)
    fig = sweep_figure(dataset)
    *maps, bar = fig.axes
    mean = dataset["test_accuracy"].mean("seed")
    assert [ax.get_title(loc="left") for ax in maps] == [
        "arm = none",
        "arm = constant",
        "arm = weight",
    ]
    for arm, ax in zip(ARMS, maps):
        np.testing.assert_allclose(ax.images[0].get_array(), mean.sel(arm=arm).T, rtol=1e-14)
        np.testing.assert_allclose(ax.images[0].get_clim(), (mean.min(), mean.max()), rtol=1e-14)
    np.testing.assert_allclose(bar.get_ylim(), (mean.min(), mean.max()), rtol=1e-14)
    assert [ax.get_ylabel() for ax in maps] == ["N", "", ""]


def test_the_third_dimension_is_that_with_fewest_values_and_takes_rows():
    dataset = sweep({"noise_scale": [0.5, 1.0], "b": B, "N": N}, num_seeds=2)
    maps = sweep_figure(dataset).axes[:-1]
    assert [ax.get_title(loc="left") for ax in maps] == ["noise_scale = 0.5", "noise_scale = 1"]
    mean = dataset["test_accuracy"].mean("seed")
    for ax, one in zip(maps, mean):
        np.testing.assert_allclose(ax.images[0].get_array(), one.T, rtol=1e-14)
    maps = sweep_figure(sweep({"b": B, "N": N}, [f"arm{k}" for k in range(7)], num_seeds=1)).axes[
        :-1
    ]
    places = np.array([ax.get_position().p0 for ax in maps])
    assert [len(np.unique(one)) for one in places.round(6).T] == [4, 2]  # four columns, two rows
    assert [ax.get_title(loc="left") for ax in maps] == [f"arm = arm{k}" for k in range(7)]
    assert [bool(ax.get_ylabel()) for ax in maps] == [True, False, False, False, True, False, False]


def test_a_cell_without_a_run_that_finished_is_white_with_a_cross():
    dataset = fail(fail(sweep({"b": B, "N": N}), b=0.03, N=100), b=1.0, N=10, seed=range(5))
    fig = sweep_figure(dataset)
    ax = fig.axes[0]
    assert written(fig)[1] == "arm = weight, start = prior; 13 of 160 runs failed; ×: no value"
    (cross,), (cell,) = ax.lines, ax.patches
    assert (cross.get_marker(), cross.get_xydata().tolist()) == ("x", [[1, 2]])
    assert (cell.get_xy(), cell.get_facecolor()) == ((0.5, 1.5), (1, 1, 1, 1))
    assert ax.images[0].get_array().mask.sum() == ax.images[0].get_array().mask[2, 1] == 1
    assert (1, 2) not in cells(ax)
    mean, low, high = share_interval(dataset["test_accuracy"].sel(b=1.0, N=10)[5:])
    assert cells(ax)[4, 0] == f"{mean:.3f}\n±{(high - low) / 2:.3f}"
    assert_legible(sweep_figure(fail(dataset, seed=range(8))))


def with_never(num_seeds=8):
    """At b = 1 and N = 100, 5 of 8 runs never escape; at b = 0.01 all do."""
    dataset = sweep({"b": [0.01, 0.1, 1.0], "N": [10, 100]}, num_seeds=num_seeds)
    dataset["escape_seconds"][:] = 1000 * (1 + np.arange(num_seeds))
    dataset["escape_seconds"][2, 1, 3:] = END
    dataset["escaped"][:] = dataset["escape_seconds"] < END
    return dataset


def test_times_of_escape_are_medians_and_never_is_a_word():
    dataset = with_never()
    fig = sweep_figure(dataset, "escape_seconds")
    ax, bar = fig.axes
    assert bar.get_ylabel() == "Time to escape (s)"
    assert written(fig)[0] == "fang_2018: median and its 95 % interval over 8 seeds"
    assert cells(ax)[0, 0] == "4000\n1000 to 8000"  # 4th of 8; of 8, none is left out at either end
    assert cells(ax)[2, 1] == "never\n1000 to never"
    seconds, escaped = (dataset[name].values[2, 1] for name in ("escape_seconds", "escaped"))
    assert escape_median(Escape(seconds, escaped > 0))[:3] == (np.inf, 1000, np.inf)
    assert ax.images[0].get_array().mask.tolist() == [[False] * 3, [False, False, True]]
    assert ax.get_facecolor() == pytest.approx((0xD4 / 255,) * 3 + (1,))
    assert len(ax.lines) == len(ax.patches) == 0
    few = sweep_figure(with_never(5), "escape_seconds")
    assert written(few)[0] == "fang_2018: median over 5 seeds, too few for an interval"
    assert cells(few.axes[0])[0, 0] == "3000"
    few = sweep_figure(with_never(5), "escape_seconds", at={"N": 10})
    assert written(few)[0] == "fang_2018: median over 5 seeds, too few for an interval"
    assert np.isnan(drawn(few.axes[0], "weight")[1]).all()


def test_a_median_of_never_is_an_open_marker_at_the_end_of_the_runs():
    dataset = with_never()
    fig = sweep_figure(dataset, "escape_seconds", at={"N": 100})
    (ax,) = fig.axes
    assert written(fig) == [
        "fang_2018: median and 95 % interval over 8 seeds",
        "N = 100, arm = weight, start = prior; open: never, at the end of the runs",
    ]
    (open_one,) = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
    closed, bars = drawn(ax, "weight")
    assert open_one.get_xydata().tolist() == [[1, END]]
    np.testing.assert_array_equal(closed.get_xydata(), [[0.01, 4000], [0.1, 4000], [1, np.nan]])
    assert bars.tolist() == [[1000, 8000], [1000, 8000], [1000, ax.get_ylim()[1]]]
    assert ax.get_ylim() == (0, pytest.approx(1.08 * END))
    assert ax.lines[1].get_ydata().tolist() == [4000, 4000, END]


POINTS = {
    "b": np.geomspace(0.011, 0.9, 12),
    "tau": np.linspace(5, 20, 12)[::-1],
    "word": ["root", "covariance"] * 6,
}


def test_a_design_is_dots_against_each_of_its_parameters():
    dataset = fail(sweep({}, ("none", "weight"), points=POINTS), point=3)
    fig = sweep_figure(dataset)
    assert written(fig)[1] == "start = prior; 16 of 192 runs failed; 12 points"
    assert [ax.get_xlabel() for ax in fig.axes] == ["b (1/s)", "tau (ms)", "word"]
    assert [ax.get_xscale() for ax in fig.axes] == ["log", "linear", "linear"]
    assert (ticks(fig.axes[0].xaxis), ticks(fig.axes[2].xaxis)) == (
        ["0.01", "0.1", "1"],
        ["root", "covariance"],
    )
    places = (POINTS["b"], POINTS["tau"], np.arange(12) % 2)
    for ax, x in zip(fig.axes, places):
        for arm in ("none", "weight"):
            line, bars = drawn(ax, arm)
            values = dataset["test_accuracy"].sel(arm=arm).values
            mean, low, high = spread(np.delete(values, 3, axis=0))
            np.testing.assert_array_equal(line.get_xdata(), x)
            np.testing.assert_array_equal(np.delete(line.get_ydata(), 3), mean)
            bounds = np.column_stack([low, high])
            np.testing.assert_allclose(np.delete(bars, 3, axis=0), bounds, rtol=1e-12)
            assert np.isnan(line.get_ydata()[3])
            assert line.get_linestyle() == "None"
        assert "." not in {line.get_marker() for line in ax.lines}  # seeds would be too many


def test_dimensions_beside_a_design_are_fixed():
    dataset = sweep({"N": N}, points=POINTS, num_seeds=2)
    with pytest.raises(
        InputError,
        match=r"^the sweep has N \(4 values\): a design is shown by its own parameters "
        r"alone; fix some, such as at={'N': 10}$",
    ):
        sweep_figure(dataset)
    fig = sweep_figure(dataset, at={"N": "100"})
    assert "N = 100" in written(fig)[1]
    line, _ = drawn(fig.axes[0], "weight")
    np.testing.assert_allclose(
        line.get_ydata(), dataset["test_accuracy"].sel(N=100).mean("seed"), rtol=1e-14
    )
    starts = sweep_figure(
        sweep({}, starts=("prior", "plateau"), points={"b": POINTS["b"]}, num_seeds=1)
    )
    assert [ax.get_title(loc="left") for ax in starts.axes] == ["start = prior", "start = plateau"]


@pytest.mark.parametrize(
    "at",
    [
        {"b": 0.3, "arm": "constant"},
        {"b": "0.3", "arm": "constant"},
        {"b": 0.3 * (1 + 5e-10), "arm": "constant"},
        {"b": "3e-1", "arm": np.str_("constant")},
    ],
)
def test_dimensions_are_fixed_by_value_or_text(at):
    dataset = sweep({"b": B, "N": N}, ARMS, num_seeds=2)
    fig = sweep_figure(dataset, at=at)
    assert written(fig)[1] == "b = 0.3/s, arm = constant, start = prior"
    line, _ = drawn(fig.axes[0], "constant")
    np.testing.assert_allclose(
        line.get_ydata(), dataset["test_accuracy"].sel(b=0.3, arm="constant").mean("seed")
    )


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ({"q": 1}, "^no dimension 'q' to fix: the sweep has b, N, arm, start, seed$"),
        ({"sample_block": 0}, "^no dimension 'sample_block' to fix"),
        ({"N": 31}, "^N=31 is not in the sweep: N has 10, 30, 100, 300$"),
        ({"N": 30 * (1 + 2e-9)}, "is not in the sweep: N has 10"),
        ({"N": "many"}, "^N=many is not in the sweep: N has 10, 30, 100, 300$"),
        ({"N": None}, "^N=None is not in the sweep: N has 10, 30, 100, 300$"),
        ({"b": "nan"}, "^b=nan is not in the sweep: b has 0.01, 0.03, 0.1, 0.3, 1$"),
        ({"arm": "constant"}, "^arm=constant is not in the sweep: arm has weight$"),
    ],
)
def test_what_cannot_be_fixed_is_named_with_what_there_is(at, message):
    with pytest.raises(InputError, match=message):
        sweep_figure(sweep({"b": B, "N": N}, num_seeds=1), at=at)


def test_an_unknown_measure_or_too_many_dimensions_are_named():
    with pytest.raises(
        InputError,
        match=r"^no measure 'probe_curve' in the sweep: give one of test_accuracy, "
        r"online_accuracy, bayes_accuracy, escape_seconds, escaped, chance, "
        r"engine_seconds, finished$",
    ):
        sweep_figure(sweep({"b": B}), "probe_curve")
    dataset = sweep({"b": B, "retraction": ["none", "gate"], "N": N}, ARMS, num_seeds=1)
    with pytest.raises(
        InputError,
        match=r"^the sweep has b \(5 values\), N \(4 values\), retraction \(2 values\), arm "
        r"\(3 values\): at most three can be shown; fix some, such as "
        r"at={'retraction': 'none'}$",
    ):
        sweep_figure(dataset)
    assert len(sweep_figure(dataset, at={"retraction": "gate"}).axes) == 4


def test_heat_map_hatches_cells_and_keeps_their_texts_readable():
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.figure import Figure

    ax = Figure(figsize=(4, 2)).add_subplot()
    values = np.array([[-0.1, 0.01, np.nan], [0.1, -0.02, 0.05]])
    texts = [["a", "b", ""], ["d", "", "f"]]
    image = heat_map(
        ax,
        values,
        ["x", "y", "z"],
        ["1", "2"],
        cmap="RdBu_r",
        norm=TwoSlopeNorm(0, -0.1, 0.1),
        texts=texts,
        hatched=np.abs(values) < 0.03,
    )
    np.testing.assert_array_equal(image.get_array().filled(np.nan), values)
    assert [(patch.get_xy(), patch.get_hatch(), patch.get_fill()) for patch in ax.patches] == [
        ((0.5, -0.5), "////", False),
        ((0.5, 0.5), "////", False),
    ]
    assert cells(ax) == {(0, 0): "a", (1, 0): "b", (0, 1): "d", (2, 1): "f"}
    (first, second), (hatch, _) = ax.texts[:2], ax.patches
    assert (first.get_color(), second.get_color()) == ("white", "#1a1a1a")
    assert hatch.get_edgecolor()[:3] == pytest.approx((0x1A / 255,) * 3)
    halo = second.get_path_effects()[0]._gc["foreground"]
    np.testing.assert_allclose(halo, image.cmap(image.norm(0.01)))
    assert (ticks(ax.xaxis), ticks(ax.yaxis)) == (["x", "y", "z"], ["1", "2"])


def test_words_too_wide_for_their_cells_stand_upright():
    from matplotlib.figure import Figure

    for texts, rotation, shown in (
        (["a", "b"], 0, 2),
        (["a_long_word"] * 8, 90, 8),
        (["a_long_word"] * 60, 90, 20),
    ):
        ax = Figure(figsize=(80 / 25.4, 2)).add_axes(
            (0, 0, 1, 1)
        )  # 80 mm, a line of text takes 3.2
        heat_map(ax, np.zeros((1, len(texts))), texts, ["1"])
        assert {label.get_rotation() for label in ax.get_xticklabels()} == {rotation}
        assert len(ticks(ax.xaxis)) == shown


@pytest.mark.parametrize(
    ("shape", "measure"),
    [
        (({"b": B}, ARMS, ("prior", "plateau")), "test_accuracy"),
        (({"b": B}, LONG), "escape_seconds"),
        (({"b": B, "N": N}, LONG), "test_accuracy"),
        (({"b": [1e-5, 1e-4], "N": N}, ARMS), "escape_seconds"),
        (({"retraction": LONG, "matrix": LONG}, ARMS), "online_accuracy"),
        (({"retraction": LONG},), "test_accuracy"),
        (({}, LONG * 3), "test_accuracy"),
        (({}, LONG, ("prior",), 2, POINTS), "engine_seconds"),
        (
            ({"b": np.geomspace(1e-3, 1, 31), "N": range(31)}, ARMS[:1], ("prior",), 1),
            "test_accuracy",
        ),
        (({"N": range(1, 40)}, ARMS), "finished"),
        (({"N": [1, 2]}, [f"arm{k}" for k in range(26)], ("prior",), 1), "test_accuracy"),
        (({"b": B, "N": N, "tau": B, "x": [1]},), "engine_seconds"),
    ],
)
def test_figures_of_sweeps_are_legible(shape, measure):
    grid, *rest = shape
    rest = [*rest, *(ARMS[:1], ("prior",), 2)[len(rest) :]]
    fig = sweep_figure(sweep(grid, *rest), measure)
    assert_legible(fig)
    assert fig.get_figwidth() * 25.4 == pytest.approx(180)
