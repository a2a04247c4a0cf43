"""What the figures compute is exact, and what they draw is what they were given."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from slow_interval import share_band, share_interval

from spikesampler.errors import InputError
from spikesampler.experiments.run_shown import ShownStimuli
from spikesampler.experiments.run_spikes import RecordedSpikes
from spikesampler.figures.raster import raster_figure
from spikesampler.figures.run import responses_figure
from spikesampler.figures.style import as_bytes
from spikesampler.language.model import load_model
from spikesampler.language.units import base_values
from spikesampler.stats.intervals import wilson
from spikesampler.stats.responses import order_inputs, row_percent
from spikesampler.stats.windows import bin_edges, bin_spikes, choose_window, sample_borders

SAMPLE = 0.2  # s


class FakeResult(RecordedSpikes, ShownStimuli):
    """A run as the figures see it: tuned Poisson inputs, a winner-take-all of ten, every fifth
    response wrong.
    """

    labels = None  #: made up, not read
    trajectories = None
    layer, source, pathways = "outputs", "inputs", ("outputs",)

    def __init__(
        self, num_samples=100, num_inputs=1000, num_classes=10, record="all", windows=None, seed=0
    ):
        rng = np.random.default_rng(seed)
        centres, means = rng.random((num_inputs, 3)), rng.normal(0.5, 0.2, (num_classes, 3))
        self.path, self.places = Path("made up"), centres
        distance = ((means[:, None] - centres[None]) ** 2).sum(axis=2)
        self.rate = 2 + 80 * np.exp(-distance / 0.3**2)
        self.labels = rng.integers(num_classes, size=num_samples)
        response = np.where(
            np.arange(num_samples) % 5 == 4, (self.labels + 1) % num_classes, self.labels
        )
        response[7] = -1
        percent = np.exp(-4 * np.abs(np.subtract.outer(range(num_classes), range(num_classes))) / 3)
        self.learning = xr.Dataset(
            {
                "label": ("sample", self.labels.astype(np.int16)),
                "response": ("sample", response.astype(np.int16)),
                "input_class_rate": (("class", "input"), self.rate),
                "spike_counts": (
                    ("sample", "output"),
                    np.zeros((num_samples, num_classes), np.uint16),
                ),
                "credit": ("sample", (response == self.labels).astype(np.float32)),
                "probe_time": ("probe", np.linspace(0, num_samples * SAMPLE, 11)),
                "probe_accuracy": ("probe", 0.9 - 0.8 * np.exp(-np.arange(11) / 2)),
                "online_accuracy": (
                    "probe",
                    np.r_[np.nan, 0.92 - 0.8 * np.exp(-np.arange(1, 11) / 2)],
                ),
                "test_label": ("test_sample", np.zeros(300, np.int16)),
                "confusion": (
                    ("class", "response_class"),
                    np.round(100 * percent / percent.sum(1, keepdims=True)),
                ),
            },
            {"time": ("sample", np.arange(num_samples) * SAMPLE)},
            {
                "model": "fang_2018",
                "arm": "weight",
                "seed": seed,
                "chance": 1 / num_classes,
                "bayes_accuracy": 0.96,
                "test_accuracy": 0.88,
            },
        )
        self.manifest = {
            "parameters": {
                "sample_length": {"value": 200.0, "unit": "ms"},
                "dt": {"value": 1.0, "unit": "ms"},
            },
            "data": {"coding": "tuning"},
            "rule": load_model("fang_2018").rule.to_dict(),
            "settings": {"record": record, "probe_samples": 200},
            "recorded_windows": windows,
        }
        self.test_accuracy, self.bayes_accuracy = 0.88, 0.96

    @property
    def values(self):
        return base_values(self.manifest["parameters"])

    @property
    def centres(self):
        return self.places

    def pathway(self, name):
        """The only one is the run itself."""
        assert name == "outputs"
        return self

    @property
    def theta_path(self):
        return self.learning["theta"]

    @property
    def theta(self):
        return self.theta_path[-1]

    def _read(self, population, start, stop, neurons):
        rng = np.random.default_rng([int(start * 1000), len(population)])
        times, ids = [], []
        for i in range(round(start / SAMPLE), int(np.ceil(stop / SAMPLE - 1e-9))):
            k = self.labels[i]
            share = np.full(len(self.rate), 0.15 / len(self.rate))
            share[self.learning["response"].values[i] if i != 7 else k] += 0.85
            rates = self.rate[k] if population == "inputs" else 200 * share
            counts = rng.poisson(rates * SAMPLE)
            ids.append(np.repeat(np.arange(len(rates)), counts))
            times.append((i + rng.random(counts.sum())) * SAMPLE)
        times, ids = np.concatenate(times), np.concatenate(ids)
        order = np.argsort(times)
        keep = (times[order] >= start) & (times[order] < stop)
        keep &= np.isin(ids[order], ids if neurons is None else neurons)
        return times[order][keep], ids[order][keep].astype(np.uint64)


@pytest.fixture(scope="module")
def result():
    return FakeResult()


@pytest.fixture(scope="module")
def raster(result):
    from spikesampler.figures import raster_figure

    return raster_figure(result, "first")


def panels(fig):
    return {ax.get_label(): ax for ax in fig.axes}


def texts(fig):
    from matplotlib.text import Text

    return [text for text in fig.findobj(Text) if text.get_visible() and text.get_text().strip()]


def assert_legible(fig, least=7):
    """Nothing under `least` pt, or outside the page; no text on another (half a point of padding is
    let through).

    As the figure is saved: in the fonts of its style, by which it was laid out.
    """
    from matplotlib import rc_context

    from spikesampler.figures.style import RC

    with rc_context(RC):
        _assert_legible(fig, least)


def _assert_legible(fig, least):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    renderer, drawn = canvas.get_renderer(), []
    ticks = {}  # label: is it drawn? (an axis keeps ticks beyond its limits)
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            shown = low - 1e-9 <= tick.get_loc() <= high + 1e-9 and axis.axes.axison
            ticks |= dict.fromkeys((tick.label1, tick.label2), shown)
    drawn = [text for text in texts(fig) if ticks.get(text, True)]
    assert min(t.get_fontsize() for t in drawn) >= least
    boxes = [
        Text.get_window_extent(t, renderer) for t in drawn
    ]  # without the arrows of annotations
    for text, box in zip(drawn, boxes):
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= fig.bbox.x1, text
        assert box.y1 <= fig.bbox.y1, text
    pad = 0.5 * fig.dpi / 72
    for (one, a), (other, b) in itertools.combinations(zip(drawn, boxes), 2):
        apart = a.x1 - pad <= b.x0 or b.x1 - pad <= a.x0 or a.y1 - pad <= b.y0 or b.y1 - pad <= a.y0
        assert apart, (one, other)


def test_inputs_are_ordered_by_class_then_selectivity():
    rate = [[9, 1, 0, 5, 8], [1, 3, 0, 5, 2], [1, 1, 0, 5, 2]]
    order, boundaries = order_inputs(
        rate
    )  # selectivity in class 0: 8/10, 0 (silent), 0 (flat), 6/10
    assert order.tolist() == [0, 4, 2, 3, 1]
    assert boundaries.tolist() == [0, 4, 5, 5]


def test_no_input_prefers_a_class_that_was_not_shown():
    order, boundaries = order_inputs(
        [[9, 1, 0], [np.nan] * 3, [1, 4, 0]]
    )  # selectivity 8/10, 3/5, 0 (silent)
    assert order.tolist() == [0, 2, 1]
    assert boundaries.tolist() == [0, 2, 2, 3]


def test_order_agrees_with_sorting_one_input_at_a_time():
    rate = np.random.default_rng(3).gamma(1, 10, (7, 200))
    keys = []
    for i, column in enumerate(rate.T):
        best, rest = max(column), (sum(column) - max(column)) / 6
        keys.append((list(column).index(best), -(best - rest) / (best + rest), i))
    order, boundaries = order_inputs(rate)
    assert order.tolist() == [i for _, _, i in sorted(keys)]
    for k in range(7):
        assert (rate[:, order[boundaries[k] : boundaries[k + 1]]].argmax(axis=0) == k).all()
    assert boundaries[-1] == 200


def test_bins_count_every_spike_once_and_half_open():
    edges = [0.0, 1.0, 2.5, 3.0]
    counts = bin_spikes(
        [0.0, 0.999, 1.0, 2.5, 3.0, -0.1, 2.9], [0, 0, 0, 1, 1, 1, 2], edges, num_groups=4
    )
    assert counts.tolist() == [[2, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]]
    rng = np.random.default_rng(0)
    times, group = rng.random(5000) * 10, rng.integers(6, size=5000)
    counts = bin_spikes(times, group, np.linspace(0, 10, 51))
    assert counts.sum() == 5000
    assert counts.sum(axis=1).tolist() == np.bincount(group).tolist()
    for k in range(6):
        assert (
            counts[k].tolist()
            == np.histogram(times[group == k], np.linspace(0, 10, 51))[0].tolist()
        )
    assert bin_spikes([], [], [0.0, 1.0], 2).tolist() == [[0], [0]]


def test_borders_are_cut_at_the_window_and_touching_samples_stay_out():
    onsets = np.arange(43_200) * SAMPLE
    samples, spans = sample_borders(onsets, SAMPLE, 8638.1, 8639.0)
    assert samples.tolist() == [43_190, 43_191, 43_192, 43_193, 43_194]
    np.testing.assert_allclose(spans[:, 0], [8638.1, 8638.2, 8638.4, 8638.6, 8638.8], rtol=1e-12)
    np.testing.assert_allclose(spans[1:, 0], spans[:-1, 1], rtol=1e-12)
    assert len(sample_borders(onsets, SAMPLE, 8630, 8640)[0]) == 50
    assert len(sample_borders(onsets, SAMPLE, 9000, 9001)[0]) == 0


def test_wilson_bounds_are_the_shares_that_would_just_be_rejected():
    """|p - q| = z sqrt(q (1 - q) / n) at both ends; z = 1.959964 to 7 digits."""
    p, n = np.array([0.0, 0.1, 0.8, 1.0]), 10
    for q in wilson(p, n):
        np.testing.assert_allclose(np.abs(p - q), 1.9599640 * np.sqrt(q * (1 - q) / n), atol=1e-7)
    low, high = wilson(0.8, 10)  # 8 of 10, as tabulated
    assert (round(float(low), 4), round(float(high), 4)) == (0.4902, 0.9433)


@pytest.mark.parametrize(
    ("start", "stop", "width"), [(0, 10, 0.05), (4, 6, 0.02), (0, 60, 0.4), (1, 1.01, 0.01)]
)
def test_bins_divide_samples_or_are_made_of_them(start, stop, width):
    edges = bin_edges(start, stop, SAMPLE)
    np.testing.assert_allclose(np.diff(edges), width, rtol=1e-9)
    np.testing.assert_allclose(edges[[0, -1]], [start, stop], rtol=1e-12)


def test_percent_of_rows():
    np.testing.assert_array_equal(row_percent([[3, 1], [0, 0]]), [[75, 25], [np.nan, np.nan]])


RECORDED = [[0, 10], [4315, 4325], [8630, 8640]]


@pytest.mark.parametrize(
    ("window", "recorded", "duration", "expected"),
    [
        ("first", RECORDED, 8640, (0, 10)),
        ("middle", RECORDED, 8640, (4315, 4325)),
        ("last", RECORDED, 8640, (8630, 8640)),
        ("first", [[0, 8640]], 8640, (0, 10)),
        ("middle", [[0, 8640]], 8640, (4315, 4325)),
        ("middle", [[0, 4], [4, 9]], 9, (0, 9)),
        ("last", [[0, 5], [60, 64]], 64, (60, 64)),
        ("8631:8632.5", RECORDED, 8640, (8631, 8632.5)),
        ((1, 2), RECORDED, 8640, (1, 2)),
        ("9:12", [[0, 10], [10, 20]], 20, (9, 12)),
    ],
)
def test_windows(window, recorded, duration, expected):
    assert choose_window(window, recorded, duration) == expected


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (
            "start",
            (
                "'start' is not known: give first, middle, last or T0:T1 in seconds .recorded:"
                " 0:10, 4315:"
            ),
        ),
        ("1:2:3", "is not known"),
        ("1s:2s", "is not known"),
        (None, "is not known"),
        ("5:5", "'5:5' is empty: give T0 < T1"),
        ("7:5", "is empty"),
        ("nan:5", "is empty"),
        ("0:inf", "is empty"),
        ("-1:5", "'-1:5' was not recorded: choose within 0:10"),
        ("8:12", "was not recorded"),
        ("8639:8641", "was not recorded"),
    ],
)
def test_windows_that_cannot_be_shown(window, message):
    with pytest.raises(InputError, match=message) as caught:
        choose_window(window, RECORDED, 8640)
    assert "\n" not in str(caught.value)


def test_a_run_without_spikes_or_too_many_says_so():
    from spikesampler.figures import raster_figure

    with pytest.raises(InputError, match="recorded no spikes: run it again with record='windows'"):
        raster_figure(FakeResult(record="none"))
    with pytest.raises(InputError, match="'0:160' is 160 s long: give at most 120 s"):
        raster_figure(FakeResult(num_samples=800), "0:160")


def test_class_colours_stay_apart_for_the_colour_blind():
    """OKLab distance of any two at least 0.07, also under full deutan, protan and tritan (Machado
    et al. 2009).

    The default cycle of matplotlib fails this with 0.007: the check can fail.
    """
    from spikesampler.figures.style import class_colors

    assert closest(class_colors(10)[:, :3]) > 0.07
    tab10 = [
        tuple(int(name[i : i + 2], 16) / 255 for i in (0, 2, 4))
        for name in "1f77b4 ff7f0e 2ca02c d62728 9467bd 8c564b e377c2 7f7f7f bcbd22 17becf".split()
    ]
    assert closest(np.array(tab10)) < 0.01
    assert len(np.unique(class_colors(26), axis=0)) == 26
    np.testing.assert_array_equal(class_colors(3), class_colors(10)[:3])


def closest(colors):
    """Smallest OKLab distance (Ottosson 2020) between two of the sRGB colours under four kinds of
    vision.
    """
    views = [
        np.eye(3),
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ]
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    found = []
    for view in views:
        lab = np.cbrt(
            np.clip(linear @ np.transpose(view), 0, 1) @ np.transpose(to_lms)
        ) @ np.transpose(to_lab)
        distance = np.linalg.norm(lab[:, None] - lab[None], axis=2)
        found.append(distance[np.triu_indices(len(colors), 1)].min())
    return min(found)


def test_raster_shows_every_input_spike_in_its_row(result, raster):
    times, ids = result.spikes("inputs", 0, 10)
    order, boundaries = order_inputs(result.rate)
    dots = panels(raster)["inputs"].collections[0]
    offsets = np.asarray(dots.get_offsets())
    assert len(offsets) == len(times) > 100_000
    np.testing.assert_array_equal(offsets[:, 0], times)
    np.testing.assert_array_equal(order[(offsets[:, 1] - 0.5).astype(int)], ids)
    assert dots.get_rasterized()
    bands = panels(raster)["bands"].patches
    assert [round(band.get_y() + band.get_height()) for band in bands] == boundaries[1:].tolist()


def test_raster_shows_every_output_spike_in_its_class_colour(result, raster):
    from spikesampler.figures.style import class_colors

    times, ids = result.spikes("outputs", 0, 10)
    ticks = next(
        c for c in panels(raster)["outputs"].collections if len(c.get_paths()) == len(times)
    )
    middle = np.array([segment.mean(axis=0) for segment in ticks.get_segments()])
    np.testing.assert_allclose(middle, np.column_stack([times, ids]), atol=1e-12)
    np.testing.assert_array_equal(ticks.get_colors(), class_colors(10)[ids.astype(int)])


def test_strips_show_label_and_response_of_each_sample(result, raster):
    from spikesampler.figures.style import class_colors

    shown, colors = panels(raster), class_colors(10)
    labels, responses = (
        result.learning["label"].values[:50],
        result.learning["response"].values[:50],
    )
    assert [text.get_text() for text in shown["labels"].texts] == [str(k) for k in labels]
    np.testing.assert_array_equal(
        [cell.get_facecolor() for cell in shown["labels"].patches], colors[labels]
    )
    answered = [
        cell.get_facecolor() for cell, k in zip(shown["answers"].patches, responses) if k >= 0
    ]
    np.testing.assert_array_equal(answered, colors[responses[responses >= 0]])
    crosses = [line.get_xdata()[0] for line in shown["answers"].lines]
    np.testing.assert_allclose(crosses, (np.flatnonzero(labels != responses) + 0.5) * SAMPLE)
    np.testing.assert_allclose(
        [cell.get_x() for cell in shown["labels"].patches], np.arange(50) * SAMPLE, atol=1e-12
    )
    assert "39 of 50 samples answered right while learning" in [
        text.get_text() for text in raster.texts
    ]


def test_rates_hold_all_spikes(result, raster):
    """Rate times bin width, summed, is the number of spikes: 10 s are 200 whole bins."""
    shown = panels(raster)
    values, edges, _ = shown["input_rate"].patches[0].get_data()
    assert np.sum(values * np.diff(edges)) * 1000 == pytest.approx(
        len(result.spikes("inputs", 0, 10)[0]), rel=1e-9
    )
    ids = result.spikes("outputs", 0, 10)[1].astype(int)
    spikes = [
        np.sum(line.get_data().values * np.diff(line.get_data().edges))
        for line in shown["output_rate"].patches
    ]
    np.testing.assert_allclose(spikes, np.bincount(ids, minlength=10), rtol=1e-9)


def test_panels_share_their_time_and_their_edges(raster):
    shown = panels(raster)
    columns = [ax for name, ax in shown.items() if name != "bands"]
    assert {ax.get_xlim() for ax in columns} == {(0.0, 10.0)}
    assert (
        len({(round(ax.get_position().x0, 9), round(ax.get_position().x1, 9)) for ax in columns})
        == 1
    )
    assert shown["bands"].get_position().y0 == pytest.approx(shown["inputs"].get_position().y0)
    assert shown["bands"].get_ylim() == shown["inputs"].get_ylim()
    assert raster.get_figwidth() * 25.4 == pytest.approx(180)


@pytest.mark.parametrize(
    ("shape", "window"),
    [
        ({}, "first"),
        ({}, "2:4"),
        ({"num_samples": 400}, "0:60"),
        ({"num_classes": 26, "num_inputs": 784}, "last"),
        ({"num_classes": 2, "num_inputs": 64}, "1.05:1.051"),
    ],
)
def test_raster_is_legible(shape, window):
    from spikesampler.figures import raster_figure

    assert_legible(raster_figure(FakeResult(**shape), window))


def test_unsupervised_outputs_take_the_class_they_are_given(result):
    from spikesampler.figures import raster_figure
    from spikesampler.figures.style import class_colors

    stands_for = np.arange(10)[::-1]
    raster = raster_figure(result, "0:2", output_class=stands_for)
    assert raster.texts[-1].get_text().endswith(" while learning, by the classes given")
    untold = FakeResult()
    untold.learning.attrs["supervised"] = 0
    (answered,) = [text.get_text() for text in raster_figure(untold).texts if "right" in str(text)]
    assert answered.endswith(" while learning, by the classes of the last probe")
    shown = panels(raster)
    ids = result.spikes("outputs", 0, 2)[1].astype(int)
    ticks = next(c for c in shown["outputs"].collections if len(c.get_paths()) == len(ids))
    np.testing.assert_array_equal(ticks.get_colors(), class_colors(10)[stands_for[ids]])
    answered = stands_for[result.learning["response"].values[:7]]
    np.testing.assert_array_equal(
        [cell.get_facecolor() for cell in shown["answers"].patches[:7]], class_colors(10)[answered]
    )


def test_an_output_without_a_class_is_grey(result):
    from matplotlib.colors import to_rgba

    from spikesampler.figures import raster_figure
    from spikesampler.figures.style import GREY

    stands_for = np.where(np.arange(10) == 3, -1, np.arange(10))
    shown = panels(raster_figure(result, "0:2", output_class=stands_for))
    ids = result.spikes("outputs", 0, 2)[1].astype(int)
    ticks = next(c for c in shown["outputs"].collections if len(c.get_paths()) == len(ids))
    grey = (ticks.get_colors() == to_rgba(GREY)).all(axis=1)
    np.testing.assert_array_equal(grey, ids == 3)
    assert grey.any()


def test_raster_can_go_into_axes_of_the_user(result):
    from matplotlib.figure import Figure

    from spikesampler.figures import raster_figure

    ax = Figure().add_subplot()
    assert raster_figure(result, (2, 3), ax=ax) is ax.figure
    assert len(ax.collections[0].get_offsets()) == len(result.spikes("inputs", 2, 3)[0])


def comparison(arms, num_seeds, starts=("prior",)):
    rng = np.random.default_rng(1)
    time, points = np.linspace(0, 8640, 13), ("arm", "start", "seed")
    shape = (len(arms), len(starts), num_seeds)
    final = np.linspace(0.93, 0.75, len(arms))[:, None, None] + rng.normal(0, 0.02, shape)
    delay = rng.gamma(4, 600, shape)
    probe = 0.1 + (final[..., None] - 0.1) / (1 + np.exp(-(time - delay[..., None]) / 300))
    probe[min(5, len(arms) - 1), :, ::2] = 0.1  # every second run of an arm never escapes
    online = probe + 0.02
    online[..., 0] = np.nan
    escaped = (probe > 0.5).any(axis=-1)
    escape = np.where(escaped, time[(probe > 0.5).argmax(axis=-1)], time[-1])
    curves = (*points, "sample_block")
    dataset = xr.Dataset(
        {
            "probe_time": ("sample_block", time),
            "probe_accuracy": (curves, probe),
            "online_accuracy": (curves, online),
            "test_accuracy": (points, final),
            "bayes_accuracy": (points, np.full(shape, 0.964)),
            "final_online_accuracy": (points, online[..., -1]),
            "final_probe_accuracy": (points, probe[..., -1]),
            "escape_seconds": (points, escape),
            "escaped": (points, escaped),
        },
        {
            "arm": list(arms),
            "start": list(starts),
            "seed": range(num_seeds),
            "sample_block": np.arange(13) * 3600,
        },
        {
            "chance": 0.1,
            "model": "fang_2018",
            "start": ",".join(starts),
            "escape_threshold": 0.5345,
        },
    )
    return dataset.isel(start=0, drop=True) if len(starts) == 1 else dataset


ARMS = ("none", "constant", "weight", "weight_literal", "constant_matched", "weight_posterior")
STARTS = ("prior", "plateau")
MANY = (
    *ARMS,
    "weight:noise_scale=0.3:schedule=linear:replicate=2",
    *(f"weight:noise_scale={k}" for k in range(19)),
)


def comparison_figures(dataset):
    from spikesampler.figures import accuracies_figure, compare_figure, escape_figure

    return [draw(dataset) for draw in (compare_figure, accuracies_figure, escape_figure)]


def written(fig):
    return [text.get_text() for text in fig.texts]


def each_start(dataset):
    """(ending of panel labels, the part of the dataset) for each start."""
    if "start" not in dataset.dims:
        return [("", dataset)]
    return [(f" {start}", dataset.sel(start=start)) for start in dataset["start"].values]


@pytest.mark.parametrize("starts", [("prior",), STARTS])
def test_comparison_draws_mean_interval_and_ceiling(starts):
    from spikesampler.figures import compare_figure

    dataset = comparison(ARMS, 10, starts)
    fig = compare_figure(dataset)
    assert_legible(fig)
    for ending, part in each_start(dataset):
        curves, test = panels(fig)[f"curves{ending}"], panels(fig)[f"test{ending}"]
        lines = {line.get_label(): line for line in curves.lines}
        for i, arm in enumerate(ARMS):
            values = part.sel(arm=arm).transpose("seed", ...)
            mean, low, high = share_band(values["probe_accuracy"].values)
            np.testing.assert_allclose(
                lines[arm].get_ydata(), values["probe_accuracy"].mean("seed"), rtol=1e-12
            )
            np.testing.assert_allclose(lines[arm].get_xdata(), dataset["probe_time"])
            assert lines[arm].get_linestyle() == "-"
            online = values["online_accuracy"].mean("seed", skipna=False)
            np.testing.assert_allclose(lines[f"{arm}, online"].get_ydata(), online)
            assert lines[f"{arm}, online"].get_linestyle() == "--"
            band = curves.collections[i].get_paths()[0].vertices
            outline = np.concatenate(
                [np.column_stack([dataset["probe_time"], bound]) for bound in (low, high)]
            )
            assert set(map(tuple, outline.round(9))) == set(map(tuple, band.round(9)))
            mean, *bounds = share_interval(values["test_accuracy"].values)
            np.testing.assert_allclose(test.collections[i].get_segments()[0][:, 1], bounds)
            seeds, dot = test.lines[2 * i].get_ydata(), test.lines[2 * i + 1].get_ydata()
            np.testing.assert_array_equal(seeds, values["test_accuracy"])
            np.testing.assert_allclose(dot, [mean])
        assert set(lines["Chance"].get_ydata()) == {0.1}
        assert set(lines["Bayes-optimal"].get_ydata()) == {part["bayes_accuracy"].values.mean()}
        mean = part["test_accuracy"].mean("seed")
        assert [text.get_text() for text in test.texts] == list(mean.sortby(mean)["arm"].values)
    headers = ["Start: prior"] if len(starts) == 1 else ["a   Start: prior", "b   Start: plateau"]
    assert written(fig) == ["fang_2018: mean and 95 % interval over 10 seeds", *headers]


def test_comparison_of_one_seed_without_ceiling():
    dataset = comparison(ARMS[:2], 1)
    dataset["bayes_accuracy"][:] = np.nan
    for fig in comparison_figures(dataset):
        assert_legible(fig)
        for ax in fig.axes:
            assert "Bayes-optimal" not in [line.get_label() for line in ax.lines]
            assert not any("Bayes" in text.get_text() for text in ax.texts)
    compared, accuracies, escapes = comparison_figures(dataset)
    assert (
        written(compared)
        == written(accuracies)
        == ["fang_2018: one seed, no interval", "Start: prior"]
    )
    assert written(escapes)[0].startswith("fang_2018: one seed; escape:")
    band = panels(compared)["curves"].collections[0].get_paths()
    assert not band or not np.isfinite(band[0].vertices[:, 1]).any()


def test_a_ceiling_is_named_above_all_curves_and_an_unknown_one_not_at_all():
    from matplotlib.figure import Figure

    from spikesampler.figures.learning_curves import levels

    for bayes, drawn in (
        (np.nan, []),
        (None, []),
        (0.97, [("Bayes-optimal 0.97", 1)]),
        (0.7, [("Bayes-optimal 0.70", 0.7)]),
    ):
        ax = Figure().add_subplot()
        levels(ax, 0.1, bayes)
        assert [(text.get_text(), text.xy[1]) for text in ax.texts] == [
            ("Chance 0.10", 0.1),
            *drawn,
        ]
        assert len(ax.lines) == len(ax.texts)


def test_accuracies_show_each_arm_online_probe_and_test():
    from spikesampler.figures import accuracies_figure
    from spikesampler.figures.arms import arm_colors

    dataset = comparison(ARMS, 10, STARTS)
    fig = accuracies_figure(dataset)
    for ending, part in each_start(dataset):
        ax = panels(fig)[f"accuracies{ending}"]
        levels, arms = (
            ax.lines[:2],
            ax.lines[4:],
        )  # ceiling and floor, two borders of groups, then three per arm
        assert [set(line.get_ydata()) for line in levels] == [
            {0.1},
            {part["bayes_accuracy"].values.mean()},
        ]
        assert len(arms) == 3 * len(ARMS)
        for i, (arm, color) in enumerate(zip(ARMS, arm_colors(ARMS))):
            values = np.array(
                [
                    part[name].sel(arm=arm).values
                    for name in ("final_online_accuracy", "final_probe_accuracy", "test_accuracy")
                ]
            )
            found = np.array([share_interval(one) for one in values])
            along, seeds, dots = arms[3 * i : 3 * i + 3]
            np.testing.assert_array_equal(seeds.get_ydata(), values.ravel())
            np.testing.assert_array_equal(np.round(seeds.get_xdata()), np.repeat([0, 1, 2], 10))
            np.testing.assert_array_equal(along.get_xydata(), dots.get_xydata())
            np.testing.assert_allclose(dots.get_ydata(), found[:, 0])
            np.testing.assert_array_equal(np.round(dots.get_xdata()), [0, 1, 2])
            spans = np.array(ax.collections[i].get_segments())
            np.testing.assert_allclose(spans[:, :, 1], found[:, 1:])
            np.testing.assert_allclose(spans[:, 0, 0], dots.get_xdata())
            assert {line.get_color() for line in (along, seeds, dots)} == {color}
        assert [label.get_text().split("\n")[0] for label in ax.get_xticklabels()] == [
            "Online",
            "Probe",
            "Test",
        ]
        mean = part["test_accuracy"].mean("seed")
        assert [text.get_text() for text in ax.texts[2:]] == list(mean.sortby(mean)["arm"].values)


def test_escapes_are_the_share_of_runs_that_stay():
    """Without runs that end early, Kaplan and Meier's share is that of the runs whose time lies
    beyond.
    """
    from spikesampler.figures import escape_figure

    dataset = comparison(ARMS, 10, STARTS)
    fig = escape_figure(dataset)
    assert (
        written(fig)[0]
        == "fang_2018: 10 seeds; escape: probe accuracy first above 0.534; lines shifted by up to"
        " 3 pt"
    )
    for ending, part in each_start(dataset):
        ax = panels(fig)[f"escapes{ending}"]
        lines = {
            line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")
        }
        crosses = [line for line in ax.lines if line.get_marker() == "+"]
        assert tuple(lines) == ARMS
        for arm, line in lines.items():
            seconds, escaped = (
                part[name].sel(arm=arm).values for name in ("escape_seconds", "escaped")
            )
            times, shares = line.get_data()
            assert line.get_drawstyle() == "steps-post"
            assert (times[0], times[-1]) == (0, 8640 if not escaped.all() else seconds.max())
            assert set(seconds) <= set(times)
            np.testing.assert_allclose(
                shares, [np.mean((seconds > t) | ~escaped) for t in times], atol=1e-12
            )
        (cross,) = crosses  # half the runs of the last arm
        assert not part["escaped"].sel(arm=ARMS[5]).all()
        np.testing.assert_allclose(cross.get_xydata(), [[8640, lines[ARMS[5]].get_ydata()[-1]]])
        assert cross.get_color() == lines[ARMS[5]].get_color()
        counts = part["escaped"].sum("seed").values
        assert 0 < counts[5] < 10
        entries = [text.get_text() for text in ax.get_legend().get_texts()]
        assert entries == [f"{arm}: {count} of 10" for arm, count in zip(ARMS, counts)]
        handles = ax.get_legend().get_lines()
        assert [handle.get_color() for handle in handles] == [
            line.get_color() for line in lines.values()
        ]


@pytest.mark.parametrize("num_arms", [1, 2, 6, 26])
def test_escapes_that_coincide_are_seen_side_by_side(num_arms):
    """The same step of each line is drawn at least 0.35 pt from the others, and at most 5 pt from
    its place.
    """
    from spikesampler.figures import escape_figure

    dataset = comparison(MANY[:num_arms], 3)
    dataset["escape_seconds"][:], dataset["escaped"][:] = 2160.0, True
    fig = escape_figure(dataset)
    ax = panels(fig)["escapes"]
    data = [line.get_xydata() for line in ax.lines]
    np.testing.assert_array_equal(data, [[[0, 1], [2160, 0], [2160, 0]]] * num_arms)
    steps = np.array([line.get_transform().transform([[2160, 0.5]])[0] for line in ax.lines])
    away = (steps - ax.transData.transform([[2160, 0.5]])) * 72 / ax.figure.dpi
    assert np.abs(away).max() <= 5
    np.testing.assert_allclose(away.mean(axis=0), 0, atol=1e-9)
    assert (np.diff(away, axis=0) > 0.35).all()
    if num_arms > 1:
        assert written(fig)[0].endswith(f"; lines shifted by up to {away.max():.1g} pt")


@pytest.mark.parametrize(
    ("num_arms", "num_seeds", "starts"),
    [
        (1, 1, ("prior",)),
        (1, 20, STARTS),
        (7, 10, STARTS),
        (12, 2, ("prior",)),
        pytest.param(26, 3, STARTS, marks=pytest.mark.slow),
    ],
)
def test_comparisons_are_legible(num_arms, num_seeds, starts):
    for fig in comparison_figures(comparison(MANY[:num_arms], num_seeds, starts)):
        assert_legible(fig)
        assert fig.get_figwidth() * 25.4 == pytest.approx(180)
        widths = [
            ax.get_position().width * 180
            for ax in fig.axes
            if not ax.get_label().startswith("test")
        ]
        assert min(widths) > 55  # mm


def test_equal_arms_keep_their_names_apart():
    for arms in (ARMS, MANY):
        dataset = comparison(arms, 3)
        for name in (
            "test_accuracy",
            "final_online_accuracy",
            "final_probe_accuracy",
            "escape_seconds",
        ):
            dataset[name][:] = 0.9
        for fig in comparison_figures(dataset):
            assert_legible(fig)


def test_the_start_of_a_run_in_a_long_folder_is_legible():
    dataset = comparison(ARMS, 3).assign_coords(start="/".join(["a_folder_of_runs"] * 8))
    for fig in comparison_figures(dataset):
        assert_legible(fig)
        assert written(fig)[1] == "Start: …" + dataset["start"].item()[-35:]


def test_arms_of_one_colour_differ_in_marker_and_dashes():
    from spikesampler.figures.names import arm_names

    dataset = comparison(MANY, 2)
    compared, accuracies, escapes = (panels(fig) for fig in comparison_figures(dataset))
    curves = {line.get_label(): line for line in compared["curves"].lines}
    looks = [
        [(line.get_color(), line.get_marker()) for line in lines]
        for lines in (
            [curves[arm] for arm in MANY],
            compared["test"].lines[1::2],
            accuracies["accuracies"].lines[6::3],
        )
    ]
    looks.append(
        [
            (line.get_color(), str(line._dash_pattern))  # get_linestyle() says "--" for all of them
            for line in escapes["escapes"].lines
            if line.get_label() in MANY
        ]
    )
    for of_figure in looks:
        assert len(of_figure) == len(set(of_figure)) == 26
        assert len({color for color, _ in of_figure}) == 11
    signs = {"o": "●", "s": "■", "^": "▲"}
    assert [name[0] for name in arm_names(dataset)] == [signs[marker] for _, marker in looks[1]]
    assert (
        arm_names(comparison(MANY[:7], 2))[6]
        == "weight:noise_scale=0.3:\nschedule=linear:\nreplicate=2"
    )


def test_names_move_only_as_far_as_they_must():
    from matplotlib.figure import Figure

    from spikesampler.figures.names import name_arms

    def heights(values):
        ax = Figure(figsize=(3, 2)).add_axes((0, 0, 0.5, 1), ylim=(0, 144))  # 1 unit is 1 pt
        name_arms(ax, values, ["a", "b", "c\nd"], ["k"] * 3)
        places = {text.get_text(): text for text in ax.texts}
        assert [places[name].xy[1] for name in ("a", "b", "c\nd")] == values
        return [places[name].xyann[1] for name in ("a", "b", "c\nd")]

    assert heights([30, 60, 100]) == [30, 60, 100]
    np.testing.assert_allclose(
        heights([30, 31.5, 100]), [26, 35.5, 100]
    )  # 9.5 pt a line, about the same middle
    together = (
        50 + np.array([133, 19, -152]) / 12
    )  # 9.5 apart, 14.25 beside two lines, and the mean stays
    np.testing.assert_allclose(heights([50, 50, 50]), together)
    np.testing.assert_allclose(
        heights([144, 140, 0]), [139.25, 129.75, 9.5]
    )  # not above or below the axes


def test_names_are_dark_enough_to_read():
    """Contrast of at least 3 to white (WCAG 2, to the difference of sRGB's curve from 2.2); of the
    palette, not all.
    """
    from matplotlib.colors import to_rgb

    from spikesampler.figures.arms import series_colors
    from spikesampler.figures.names import readable

    def contrast(color):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)
        ]
        return 1.05 / (0.05 + np.dot(linear, (0.2126, 0.7152, 0.0722)))

    assert min(contrast(readable(color)) for color in series_colors(11)) > 2.95
    assert min(contrast(color) for color in series_colors(11)) < 1.8
    assert readable("#0072B2") == to_rgb("#0072B2")


def test_confusion_prints_percent_of_each_class():
    from matplotlib.figure import Figure

    from spikesampler.figures import confusion, confusion_figure

    counts = np.array([[30.0, 10.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 399.0]])
    ax = Figure(figsize=(3, 3)).add_subplot()
    image = confusion(ax, counts, row_percent(counts), ["a", "b", "c"])
    assert {(text.get_position(), text.get_text()) for text in ax.texts[:4]} == {
        ((0, 0), "75"),
        ((1, 0), "25"),
        ((0, 2), "<1"),
        ((2, 2), "100"),
    }
    assert [text.get_text() for text in ax.texts[4:]] == ["40", "0", "400", "n"]
    assert image.get_array().mask.tolist() == [[False] * 3, [True] * 3, [False] * 3]
    assert_legible(confusion_figure(FakeResult(num_samples=20)))
    assert_legible(confusion_figure(FakeResult(num_samples=20, num_classes=26)))


@pytest.mark.slow
def test_files_are_small_whole_and_the_same_twice(raster, tmp_path):
    from spikesampler.figures import save

    for name in ("a.pdf", "a.svg", "new/a.png"):
        first = save(raster, tmp_path / name, dpi=300).read_bytes()
        assert len(first) < 3_000_000  # 120 000 vector dots would take more than 10 MB of SVG
        assert save(raster, tmp_path / name, dpi=300).read_bytes() == first
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["a.pdf", "a.png", "a.svg"]
    with pytest.raises(
        InputError, match=r"cannot draw to 'a.jpg': expected a name that ends in .pdf"
    ):
        save(raster, "a.jpg")
    with pytest.raises(InputError, match=r"cannot write .*: a file is where a folder should be"):
        save(raster, tmp_path / "a.pdf" / "b.png")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(InputError, match="it is a folder, give the name of a file in it"):
        save(raster, tmp_path / "folder.svg")


def test_figures_show_themselves_in_notebooks_without_pyplot(raster):
    import subprocess
    import sys

    assert raster._repr_png_().startswith(b"\x89PNG")
    code = (
        "import sys, spikesampler.stats.responses; assert 'matplotlib' not in sys.modules; import"
        " spikesampler.figures; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_fig_2():
    from spikesampler import Comparison
    from spikesampler.studies.fang_2018.fig2 import fig2

    dataset = comparison(ARMS, 10, starts=("prior", "plateau"))
    result = FakeResult(
        num_samples=1500, windows=[[0, 10], [145, 155], [290, 300]], record="windows"
    )
    fig = fig2(Comparison("made-up", dataset), result, "constant", ["none", "weight"], "plateau")
    assert_legible(fig)
    assert [ax.get_xlim() for ax in fig.axes if ax.get_label() == "outputs"] == [
        (0, 2),
        (149, 151),
        (298, 300),
    ]
    lines = {line.get_label(): line for line in panels(fig)["curves"].lines}
    shown = dataset.sel(start="plateau").mean("seed")
    for arm in ("none", "weight"):
        np.testing.assert_allclose(lines[arm].get_ydata(), shown["probe_accuracy"].sel(arm=arm))
    phases = ("final_online_accuracy", "final_probe_accuracy", "test_accuracy")
    finals = [shown[name].sel(arm="weight") for name in phases]
    assert any(
        np.allclose(line.get_ydata(), finals)
        for line in panels(fig)["accuracies"].lines
        if len(line.get_ydata()) == 3
    )
    texts = [text.get_text() for text in fig.texts]
    seed = result.learning.attrs["seed"]
    assert f"a: constant, seed {seed}; b, c: mean, 95 %, 10 seeds, start plateau" in texts


def test_pictures_do_not_depend_on_the_unit_of_a_parameter():
    """A model may give the length of a sample in seconds: 0.2 s are 200 ms."""
    pictures = []
    for value, unit in ((200.0, "ms"), (0.2, "s")):
        result = FakeResult()
        result.manifest["parameters"]["sample_length"] = {"value": value, "unit": unit}
        figures = (raster_figure(result, "last"), responses_figure(result))
        pictures.append([as_bytes(figure, "png", 60) for figure in figures])
    assert pictures[0] == pictures[1]
