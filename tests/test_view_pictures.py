"""What a window looks like against slow exact references: each pixel by hand, each rate from single
spikes.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesampler.view.index import COARSER, PHASES, count_spikes
from spikesampler.view.pictures import in_steps, picture, round_up
from spikesampler.view.recording import Recording
from spikesampler.view.window_rates import groups, psth, rates_over_time, share_right

few = settings(max_examples=60, deadline=None)
ALL, NONE = 10**9, -1  #: limits on spikes that are never, and always, exceeded
FLOAT32 = 2.0**-23  #: what rounding to float32 changes a number by, at most and relatively


class Spikes:
    """Spikes by step and neuron, and the Recording of them: what its file has in ms, its index in
    counts.
    """

    def __init__(
        self, steps, ids, num_samples, num_neurons, per_sample=10, dt=1e-3, bins=1, recorded=None
    ):
        order = np.argsort(steps, kind="stable")
        self.steps, self.ids = (
            np.asarray(steps)[order].astype(np.int64),
            np.asarray(ids)[order].astype(np.int64),
        )
        self.num_samples, self.num_neurons, self.per_sample, self.dt = (
            num_samples,
            num_neurons,
            per_sample,
            dt,
        )
        self.recorded = np.ones(num_samples, bool) if recorded is None else np.asarray(recorded)
        keep = self.recorded[self.steps // per_sample]
        self.steps, self.ids, self.bins = self.steps[keep], self.ids[keep], bins
        self.ms = self.steps * (dt * 1e3)
        length = per_sample * dt
        index = count_spikes([(self.ms, self.ids)], num_samples, num_neurons, length * 1000, bins)
        self.recording = Recording(
            lambda _, first, last: (self.ms[first:last], self.ids[first:last]),
            {"x": index},
            length,
            self.recorded,
        )
        self.duration = self.recording.duration

    def picture(self, window=None, rows=None, size=(20, 5), order=None, few=NONE, many=ALL):
        order = np.arange(self.num_neurons) if order is None else order
        rows = (0, self.num_neurons - 1) if rows is None else rows
        window = (0.0, self.duration) if window is None else window
        return picture(self.recording, "x", order, window, rows, size, self.dt, few, many)


def every_step(num_samples, num_neurons, every=1, **options):
    """One spike of every neuron in every `every`-th step."""
    steps = np.arange(0, num_samples * options.get("per_sample", 10), every)
    ids = np.tile(np.arange(num_neurons), len(steps))
    return Spikes(np.repeat(steps, num_neurons), ids, num_samples, num_neurons, **options)


@st.composite
def some_spikes(draw, most=8):
    num_samples, num_neurons = draw(st.integers(1, most)), draw(st.integers(1, 5))
    per_sample, dt = draw(st.sampled_from([7, 10, 20])), draw(st.sampled_from([1e-3, 1e-4, 2e-4]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number = draw(st.integers(0, 300))
    recorded = rng.random(num_samples) < draw(st.sampled_from([0.5, 1.0]))
    steps = rng.integers(0, num_samples * per_sample, number)
    bins = draw(st.sampled_from([1, PHASES]))
    return Spikes(
        steps,
        rng.integers(0, num_neurons, number),
        num_samples,
        num_neurons,
        per_sample,
        dt,
        bins,
        recorded,
    )


@st.composite
def some_views(draw, most=8):
    """Spikes, and a window (s), rows, size and order to look at them in."""
    spikes = draw(some_spikes(most))
    ends = st.one_of(
        st.floats(-0.2, 1.2).map(lambda share: share * spikes.duration),
        st.integers(0, spikes.num_samples).map(
            lambda sample: sample * spikes.per_sample * spikes.dt
        ),
        st.integers(0, spikes.num_samples * spikes.per_sample).map(lambda step: step * spikes.dt),
    )
    window = tuple(sorted((draw(ends), draw(ends))))
    rows = tuple(
        sorted(draw(st.lists(st.integers(-1, spikes.num_neurons), min_size=2, max_size=2)))
    )
    size = draw(st.integers(1, 70)), draw(st.integers(1, 7))
    return spikes, window, rows, size, np.array(draw(st.permutations(range(spikes.num_neurons))))


# --- single spikes -----


@few
@given(some_views())
def test_single_spikes_are_those_of_the_window_and_rows(view):
    spikes, window, rows, size, order = view
    found = spikes.picture(window, rows, size, order, few=ALL)
    wanted = []
    for ms, neuron in zip(spikes.ms, spikes.ids):
        (row,) = np.flatnonzero(order == neuron)
        if window[0] * 1000 <= ms < window[1] * 1000 and rows[0] <= row <= rows[1]:
            wanted.append((ms / 1000, row, neuron))
    assert found.kind == "spikes"
    assert found.image is None
    assert found.num_spikes == len(wanted)
    assert list(zip(found.times, found.rows, found.neurons)) == wanted


def test_limits_are_the_last_numbers_of_their_kinds():
    """20 spikes: drawn singly up to `few`, counted from more than `many` of all rows in whole
    samples.
    """
    spikes = every_step(2, 2, every=2)
    assert spikes.picture(few=20, many=20).kind == "spikes"
    assert spikes.picture(few=19, many=20).kind == "times"
    assert spikes.picture(few=19, many=19).kind == "counts"
    assert spikes.picture(few=20, many=19).kind == "counts"
    assert spikes.picture(rows=(0, 0), few=10, many=20).kind == "spikes"
    assert spikes.picture(rows=(1, 1), few=9, many=20).kind == "times"
    assert spikes.picture((0.012, 0.018), few=NONE, many=9).kind == "counts"
    assert spikes.picture((0.012, 0.018), few=NONE, many=10).kind == "times"


@pytest.mark.parametrize(
    ("window", "rows"),
    [
        ((-2, -1), (0, 2)),
        ((0.05, 9), (0, 2)),
        ((np.nextafter(0.05, 0), 9), (0, 2)),
        ((0, 1), (3, 9)),
        ((0, 1), (-4, -1)),
        ((0.02, 0.02), (0, 2)),
    ],
)
@pytest.mark.parametrize("many", [ALL, NONE])
def test_windows_beside_the_recording_show_nothing(window, rows, many):
    found = every_step(5, 3).picture(window, rows, many=many)
    assert (found.kind, found.num_spikes, found.image, len(found.times)) == ("spikes", 0, None, 0)


def test_a_window_between_two_steps_shows_nothing():
    assert every_step(5, 3).picture((0.0202, 0.0207)).kind == "spikes"


# --- images from exact times -----


def pixel_of(place, number, pixels):
    """The pixel in which the middle of a place lies, of `pixels` of equal length over `number`
    places: by looking.
    """
    middle = Fraction(2 * place + 1, 2)
    (found,) = [
        n
        for n in range(pixels)
        if Fraction(n * number, pixels) <= middle < Fraction((n + 1) * number, pixels)
    ]
    return found


def exact_image(spikes, window, rows, size, order):
    """(spikes, cells) of each pixel, (first step, steps): cells are recorded steps of the window
    times rows.
    """
    total = spikes.num_samples * spikes.per_sample
    inside = [
        n for n in range(total + 1) if window[0] * 1000 <= n * (spikes.dt * 1e3) < window[1] * 1000
    ]
    first, last = max(0, rows[0]), min(spikes.num_neurons - 1, rows[1])
    shape = min(size[1], last - first + 1), min(size[0], len(inside))
    counts, cells = np.zeros(shape, int), np.zeros(shape, int)
    column = {step: pixel_of(n, len(inside), shape[1]) for n, step in enumerate(inside)}
    line = {
        row: pixel_of(row - first, last - first + 1, shape[0]) for row in range(first, last + 1)
    }
    for step in inside:
        if step < total and spikes.recorded[step // spikes.per_sample]:
            for row in line:
                cells[line[row], column[step]] += 1
    for step, neuron in zip(spikes.steps, spikes.ids):
        row = list(order).index(neuron)
        if step in column and row in line:
            counts[line[row], column[step]] += 1
    return counts, cells, inside, (first, last)


@few
@given(some_views())
def test_every_pixel_is_its_spikes_by_its_steps_and_rows(view):
    spikes, window, rows, size, order = view
    window = max(0.0, window[0]), min(spikes.duration, window[1])
    found = spikes.picture(window, rows, size, order)
    counts, cells, inside, shown = exact_image(spikes, window, rows, size, order)
    if counts.size == 0 or window[1] <= window[0]:
        assert found.kind == "spikes"
        return
    assert found.kind == "times"
    assert found.image.shape == counts.shape
    assert np.array_equal(np.isnan(found.image), cells == 0)
    seconds = cells * spikes.dt
    assert np.allclose(
        found.image[cells > 0],
        (counts / np.where(cells, seconds, 1))[cells > 0],
        rtol=FLOAT32,
        atol=0,
    )
    assert found.num_spikes == counts.sum() == np.rint(np.nansum(found.image * seconds))
    ends = (
        (inside[0] - 0.5) * spikes.dt,
        (inside[-1] + 0.5) * spikes.dt,
        shown[0] - 0.5,
        shown[1] + 0.5,
    )
    assert np.allclose(found.extent, ends, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "window", [(0, 0.3), (0.1, 0.2), (0.0003, 0.2), (0.0507, 0.2996), (-1, 1), (0.6 / 2, 0.1 * 3)]
)
def test_no_stripes(window):
    """A spike in every step of every neuron is 1 / step in every pixel, of whatever size: one cell
    too many or too few in a pixel of n would be an error of 1/n, here at least 1/300.
    """
    spikes = every_step(30, 3)
    for width in [*range(1, 60), 97, 100, 149, 150, 151, 299, 300, 301, 1000]:
        image = spikes.picture(window, size=(width, 2)).image
        if window[0] < window[1] - 1e-6:
            assert np.allclose(image, 1000, rtol=FLOAT32, atol=0), width


@few
@given(some_views(), st.booleans())
def test_a_spike_lies_in_its_pixel(view, by_counts):
    """The pixel over each spike of the window is not 0: pixels lie where the extent says."""
    spikes, window, rows, size, order = view
    found = spikes.picture(window, rows, size, order, many=NONE if by_counts else ALL)
    singly = spikes.picture(window, rows, size, order, few=ALL)
    if found.image is None:
        return
    left, right, bottom, top = found.extent
    height, width = found.image.shape
    for time, row in zip(singly.times, singly.rows):
        if time > window[1] - 1e-9:  # in the window by rounding alone
            continue
        column = (time - left) / (right - left) * width
        line = (row - bottom) / (top - bottom) * height
        # on a border (to rounding), the spike is in the pixel before or after
        columns, lines = (
            {int(column - 1e-6), int(column + 1e-6)},
            {int(line - 1e-6), int(line + 1e-6)},
        )
        assert any(found.image[j, i] > 0 for i in columns if i < width for j in lines if j < height)


# --- images from counts -----


def overlaps(number, pixels):
    """Weights (pixels, number) of the mean of equal places in equal pixels."""
    weights = np.zeros((pixels, number))
    for pixel in range(pixels):
        for place in range(number):
            start, stop = Fraction(pixel * number, pixels), Fraction((pixel + 1) * number, pixels)
            weights[pixel, place] = max(Fraction(0), min(stop, place + 1) - max(start, place)) / (
                stop - start
            )
    return weights


def counted_image(spikes, window, rows, size, order):
    """Image, extent and number of spikes: bins of the coarsest level with one for each pixel,
    weighted by overlap.

    None where rows or times (to rounding) are empty.
    """
    start, stop = max(0.0, window[0]), min(spikes.duration, window[1])
    first, last = max(0, rows[0]), min(spikes.num_neurons - 1, rows[1])
    length = spikes.per_sample * spikes.dt
    total, every = spikes.num_samples * spikes.bins, 1
    while (
        -(-total // every) > 64
        and (stop - start) / length * spikes.bins / (COARSER * every) >= size[0]
    ):
        every *= COARSER
    width = length / spikes.bins * every
    number = -(-total // every)
    shown = [
        n
        for n in range(number)
        if (n + 1) * width > start + 1e-9 * width and n * width < stop - 1e-9 * width
    ]
    if not shown or stop <= start or last < first:
        return None
    counts, seconds = np.zeros((last - first + 1, len(shown))), np.zeros(len(shown))
    for step, neuron in zip(spikes.steps, spikes.ids):
        place, row = step * spikes.bins // spikes.per_sample // every, list(order).index(neuron)
        if place in shown and first <= row <= last:
            counts[row - first, place - shown[0]] += 1
    for n, place in enumerate(shown):
        fine = range(place * every, min(total, (place + 1) * every))
        seconds[n] = sum(spikes.recorded[one // spikes.bins] for one in fine) * length / spikes.bins
    in_rows = overlaps(len(counts), min(size[1], len(counts)))
    in_time = overlaps(len(shown), min(size[0], len(shown)))
    exposed = in_time @ seconds
    with np.errstate(divide="ignore", invalid="ignore"):
        image = np.where(exposed > 0, in_rows @ counts @ in_time.T / exposed, np.nan)
    extent = shown[0] * width, (shown[-1] + 1) * width, first - 0.5, last + 0.5
    return image, extent, counts.sum()


#: the mean of a pixel is of float32 numbers, at most 4 × 70 bins in 70 pixels: some 100 roundings
MEANS = 100 * FLOAT32


@few
@given(some_views(most=150))
def test_every_pixel_of_counts_is_its_spikes_by_its_recorded_time(view):
    spikes, window, rows, size, order = view
    found = spikes.picture(window, rows, size, order, many=NONE)
    wanted = counted_image(spikes, window, rows, size, order)
    if wanted is None:
        assert found.kind == "spikes"
        return
    image, extent, number = wanted
    assert (found.kind, found.num_spikes) == ("counts", number)
    assert found.image.shape == image.shape
    assert np.allclose(found.image, image, rtol=MEANS, atol=1e-6, equal_nan=True)
    assert np.allclose(found.extent, extent, rtol=0, atol=1e-9)


@few
@given(st.data())
def test_a_constant_rate_is_one_colour(data):
    """One spike of every neuron in each phase of the recorded samples: 1 / phase, or nan, at any
    zoom and level.
    """
    num_samples, num_neurons = (
        data.draw(st.sampled_from([1, 2, 7, 70, 301])),
        data.draw(st.integers(1, 4)),
    )
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    recorded = rng.random(num_samples) < data.draw(st.sampled_from([0.4, 1.0]))
    spikes = every_step(
        num_samples, num_neurons, bins=data.draw(st.sampled_from([1, PHASES])), recorded=recorded
    )
    start, stop = sorted(data.draw(st.lists(st.floats(0, spikes.duration), min_size=2, max_size=2)))
    rows = tuple(
        sorted(data.draw(st.lists(st.integers(0, num_neurons - 1), min_size=2, max_size=2)))
    )
    size = data.draw(st.integers(1, 900)), data.draw(st.integers(1, 5))
    image = spikes.picture((start, max(stop, start + 1e-3)), rows, size, many=NONE).image
    if image is not None:
        assert np.isnan(image).any() <= (not recorded.all())
        assert np.allclose(image[np.isfinite(image)], 1000, rtol=MEANS, atol=0)


def test_a_window_of_whole_samples_has_no_bin_more():
    """Multiples of a length are floats above or below the border."""
    spikes = every_step(40, 2)
    for first in range(20):
        for last in range(first + 1, 40):
            found = spikes.picture((first * 0.01, last * 0.01), size=(40, 2), many=NONE)
            assert found.image.shape == (2, last - first)
            assert np.allclose(found.extent[:2], (first * 0.01, last * 0.01), rtol=0, atol=1e-12)


def test_the_mean_of_an_even_grid_is_the_overall_rate():
    rng = np.random.default_rng(1)
    spikes = Spikes(rng.integers(0, 2560, 900), rng.integers(0, 6, 900), 256, 6)
    for size in ((256, 6), (64, 3), (32, 2), (16, 1), (1, 1)):
        found = spikes.picture(size=size, many=NONE)
        assert found.image.shape == size[::-1]
        assert np.isclose(found.image.mean(), 900 / 6 / 2.56, rtol=MEANS, atol=0)
        assert found.num_spikes == 900


@pytest.mark.parametrize("many", [ALL, NONE])
def test_the_only_active_neuron_is_in_its_row(many):
    order = np.array([3, 0, 4, 1, 2])
    spikes = Spikes(np.arange(0, 50), np.full(50, 1), 5, 5)
    for rows, line in (((0, 4), 3), ((2, 4), 1), ((3, 3), 0), ((3, 4), 0), ((-3, 9), 3)):
        image = spikes.picture(rows=rows, order=order, many=many, size=(5, 9)).image
        assert np.flatnonzero(image.sum(axis=1)).tolist() == [line]
        assert np.allclose(image[line], 1000, rtol=MEANS, atol=0)
    assert (spikes.picture(rows=(0, 2), order=order, many=many).image == 0).all()


@pytest.mark.parametrize("bins", [1, PHASES])
def test_gaps_are_nan_and_bins_with_a_part_of_them_are_not_biased(bins):
    """Of 140 samples, 3 to 69 and the last 20 are not recorded; pixels cover 4, of which the first
    has 3 recorded.
    """
    recorded = np.ones(140, bool)
    recorded[3:70] = recorded[120:] = False
    spikes = every_step(140, 2, bins=bins, recorded=recorded)
    image = spikes.picture(size=(35, 1), many=NONE).image[0]
    known = [0, *range(17, 30)]
    assert np.flatnonzero(np.isfinite(image)).tolist() == known
    assert np.allclose(image[known], 1000, rtol=MEANS, atol=0)


# --- scales -----


def check_steps(image):
    steps, top = in_steps(image)
    known = np.isfinite(image)
    assert steps.dtype == np.uint8
    assert np.array_equal(steps == 0, ~known)
    values, found = image[known], steps[known].astype(int)
    order = np.argsort(values, kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    assert (values > top).sum() <= 0.005 * len(values)
    assert (found[values > top] == 255).all()
    shown = (found - 1) * (
        top / 254
    )  # the lower end of the step; a step is top / 254 wide, FLOAT32 of top is rounding
    inside = values <= top
    assert (shown[inside] <= values[inside] + 2 * FLOAT32 * top).all()
    assert (values[inside] < shown[inside] + top / 254 + 2 * FLOAT32 * top).all()
    return top


@few
@given(
    st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([1e-3, 1.0, 80.0])
)
def test_steps_are_in_order_of_rates_and_clip_few(seed, gaps, scale):
    rng = np.random.default_rng(seed)
    image = (rng.gamma(0.3, scale, rng.integers(1, 40, 2))).astype(np.float32)
    image[rng.random(image.shape) < gaps] = np.nan
    check_steps(image)


@pytest.mark.parametrize("every", [2, 3, 4, 6, 12])
def test_bright_columns_are_not_clipped(every):
    """360 × 1200 pixels, dark but for each 2nd, …, 12th column: more than half a percent, wherever
    they begin.
    """
    for first in (0, 1, every - 1):
        image = np.ones((360, 1200), np.float32)
        image[:, first::every] = 900
        assert check_steps(image) == 1000


def test_steps_of_nothing_and_of_zero():
    assert in_steps(np.full((2, 3), np.nan, np.float32))[0].tolist() == 2 * [[0, 0, 0]]
    assert in_steps(np.zeros((2, 3), np.float32))[0].tolist() == 2 * [[1, 1, 1]]
    assert in_steps(np.array([[0.0, 50.0, 100.0]], np.float32))[0].tolist() == [[1, 128, 255]]


@pytest.mark.parametrize(
    ("value", "scale"),
    [
        (0, 1),
        (0.3, 1),
        (1, 1),
        (1.01, 1.5),
        (1.6, 2),
        (2, 2),
        (2.1, 3),
        (3.1, 4),
        (5, 6),
        (7, 8),
        (8.5, 10),
        (10, 10),
        (10.1, 15),
        (1000, 1000),
        (1000.1, 1500),
        (2e5, 2e5),
        (np.nextafter(1000, 0), 1000),
        (np.nextafter(1000, 2000), 1500),
    ],
)
def test_scales_are_few_digits_of_a_power_of_ten(value, scale):
    assert round_up(value) == scale


# --- rates of groups -----


@st.composite
def runs(draw):
    """(inputs, outputs: Spikes; Recording of both; labels; output_class), in gaps or whole."""
    num_samples, outputs, inputs = (
        draw(st.integers(1, 60)),
        draw(st.integers(1, 5)),
        draw(st.integers(1, 4)),
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    recorded = rng.random(num_samples) < draw(st.sampled_from([0.5, 1.0]))
    options = {"per_sample": draw(st.sampled_from([10, 20])), "recorded": recorded}
    total, number = num_samples * options["per_sample"], draw(st.integers(0, 300))
    here = Spikes(
        rng.integers(0, total, number),
        rng.integers(0, inputs, number),
        num_samples,
        inputs,
        **options,
    )
    there = Spikes(
        rng.integers(0, total, number),
        rng.integers(0, outputs, number),
        num_samples,
        outputs,
        bins=PHASES,
        **options,
    )
    indices = {"inputs": here.recording.indices["x"], "outputs": there.recording.indices["x"]}
    recording = Recording(None, indices, here.recording.period, recorded)
    labels, output_class = rng.integers(0, 3, num_samples), rng.integers(-1, 3, outputs)
    return here, there, recording, labels, output_class


def spikes_by_group(here, there, labels, output_class):
    """{group: [(phase of the run) of each spike]} and {group: neurons in each sample}."""
    phases = {"inputs": list(here.steps * PHASES // here.per_sample), "label": [], "others": []}
    for step, neuron in zip(there.steps, there.ids):
        sample = step // there.per_sample
        name = "label" if output_class[neuron] == labels[sample] else "others"
        phases[name].append(step * PHASES // there.per_sample)
    label = np.array([sum(k == one for k in output_class) for one in labels])
    neurons = {
        "inputs": np.full(len(labels), here.num_neurons),
        "label": label,
        "others": len(output_class) - label,
    }
    return phases, neurons


def rate(number, samples_of_neurons, seconds):
    return number / (samples_of_neurons * seconds) if samples_of_neurons else np.nan


@pytest.mark.filterwarnings("error")
@few
@given(runs(), st.floats(-0.1, 1.1), st.floats(-0.1, 1.1), st.integers(1, 400))
def test_rates_of_groups_are_those_of_single_spikes(run, start, stop, most):
    here, there, recording, labels, output_class = run
    start, stop = sorted((start * here.duration, stop * here.duration))
    found = groups(recording, labels, output_class)
    phases, neurons = spikes_by_group(here, there, labels, output_class)
    phase = recording.period / PHASES
    length, slack = (
        recording.period,
        1e-9 * recording.period,
    )  # a border is one, to rounding
    shown = [
        n
        for n in range(len(labels))
        if (n + 1) * length > start + slack and n * length < stop - slack
    ]

    edges, rates = rates_over_time(recording, found, (start, stop), most)
    if not shown:
        assert edges.tolist() == [0]
        assert all(len(one) == 0 for one in rates.values())
        return
    every = int(np.ceil(len(shown) * PHASES / most))
    places = np.arange(shown[0] * PHASES, (shown[-1] + 1) * PHASES)
    bins = [places[i : i + every] for i in range(0, len(places), every)]
    assert len(bins) <= most
    assert np.allclose(
        edges, [*(one[0] * phase for one in bins), (places[-1] + 1) * phase], rtol=1e-12, atol=0
    )
    since, number = psth(recording, found, (start, stop))
    assert number == sum(recording.recorded[n] for n in shown)
    assert list(rates) == list(since) == ["inputs", "label", "others"]
    for name in rates:
        exposed = recording.recorded * neurons[name]
        wanted = [
            rate(sum(p in one for p in phases[name]), exposed[one // PHASES].sum(), phase)
            for one in bins
        ]
        assert np.allclose(rates[name], wanted, rtol=1e-12, atol=0, equal_nan=True)
        at = [[p for p in phases[name] if p in places and p % PHASES == k] for k in range(PHASES)]
        wanted = [rate(len(one), exposed[shown].sum(), phase) for one in at]
        assert np.allclose(since[name], wanted, rtol=1e-12, atol=0, equal_nan=True)


def test_outputs_without_a_class_are_others_and_several_may_share_one():
    """Outputs 0 and 3 stand for class 1, output 2 for none; each has one spike per ms, in the first
    sample alone.
    """
    spikes = Spikes(np.repeat(np.arange(10), 4), np.tile(np.arange(4), 10), 2, 4, bins=PHASES)
    index = spikes.recording.indices["x"]
    recording = Recording(None, {"inputs": index, "outputs": index}, 0.01, spikes.recorded)
    found = groups(recording, [1, 2], [1, 0, -1, 1])
    assert found.spikes["label"].tolist() == 10 * [2] + 10 * [0]
    assert found.spikes["others"].tolist() == 10 * [2] + 10 * [0]
    assert np.allclose(found.exposure["label"], [0.002, 0.0], rtol=1e-12, atol=0)
    assert np.allclose(found.exposure["others"], [0.002, 0.004], rtol=1e-12, atol=0)
    _, rates = rates_over_time(recording, found, (0, 0.02), most=2)
    assert np.allclose(rates["label"], [1000, np.nan], rtol=1e-12, atol=0, equal_nan=True)
    assert np.allclose(rates["others"], [1000, 0], rtol=1e-12, atol=0)


@few
@given(st.integers(1, 300), st.integers(1, 60), st.data())
def test_share_right_is_the_mean_of_each_bin(number, most, data):
    credit = np.random.default_rng(number).random(number).astype(np.float32)
    first, last = sorted(data.draw(st.lists(st.integers(0, number), min_size=2, max_size=2)))
    every, means = share_right(credit, first, last, most)
    parts = [credit[first:last][i : i + every] for i in range(0, last - first, every)]
    assert len(means) == len(parts) <= most
    assert every == max(1, -(-(last - first) // most))
    assert np.allclose(means, [np.mean(part, dtype=float) for part in parts], rtol=1e-12, atol=0)


def test_share_right_of_an_incomplete_last_bin():
    every, means = share_right(np.array([0, 1, 1, 1, 0.5, 0, 0.25]), 1, 7, 4)
    assert (every, means.tolist()) == (2, [1, 0.75, 0.125])
    every, means = share_right(np.array([0, 1, 1, 1, 0.5, 0, 0.25]), 0, 7, 4)
    assert (every, means.tolist()) == (2, [0.5, 1, 0.25, 0.25])
