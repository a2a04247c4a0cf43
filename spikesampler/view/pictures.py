"""What a window of a recording looks like: single spikes where they are few, else rates in pixels. Arrays in and out.

A pixel of a picture is the mean rate of what it covers, in Hz per neuron: its spikes by the time steps and the neurons
in it, which differ from pixel to pixel. So colours mean the same at every zoom. Binning is datashader's.
"""

from typing import NamedTuple

import numpy as np

from spikesampler.view.index import COARSER, PHASES

__all__ = [
    "FEW",
    "MANY",
    "Groups",
    "Picture",
    "groups",
    "in_steps",
    "picture",
    "psth",
    "rates_over_time",
    "share_right",
]

FEW = 12_000  #: spikes that are drawn one by one
MANY = 1_200_000  #: spikes that are read from the disk for one picture: about 50 ms; beyond, counts serve
_HALF = 0.5  #: a neuron's row reaches from its number minus to plus this


class Picture(NamedTuple):
    """Either single spikes, or an image.

    kind : "spikes", "times" (an image from exact times) or "counts" (from the index).
    num_spikes : of the rows and times shown; for "counts" of whole samples.
    times (s), rows, neurons : (num_spikes,) each, of the kind "spikes", else empty.
    image : (height, width) float32, Hz per neuron, nan where nothing was recorded; None of the kind "spikes".
    extent : (left, right, bottom, top) of the image in s and rows.
    """

    kind: str
    num_spikes: int
    times: np.ndarray
    rows: np.ndarray
    neurons: np.ndarray
    image: np.ndarray | None
    extent: tuple


def picture(recording, population, order, window, rows, size, step, few=FEW, many=MANY):
    """Picture of a window.

    Parameters
    ----------
    order : (num_neurons,) the neuron that each row shows.
    window : (start, stop), s.
    rows : (first, last), whole numbers, both shown.
    size : (width, height) in pixels.
    step : s, the time step of the recording.
    few, many : spikes up to which each is drawn, and from which on counts serve.
    """
    start, stop = max(0.0, window[0]), min(recording.duration, window[1])
    first, last = max(0, rows[0]), min(len(order) - 1, rows[1])
    if stop <= start or last < first:
        return _spikes([np.empty(0)] + 2 * [np.empty(0, np.int64)])
    if recording.num_spikes(population, start, stop) > many:
        return _from_counts(recording, population, order[first : last + 1], (start, stop), first, size)
    times, neurons = recording.read(population, start, stop)
    row = _rows_of(order, recording.indices[population].num_neurons)[neurons]
    if (first, last) != (0, len(order) - 1):
        shown = (row >= first) & (row <= last)
        times, neurons, row = times[shown], neurons[shown], row[shown]
    if len(times) <= few:
        return _spikes((times, row, neurons))
    return _from_times(recording, times, row, (start, stop), (first, last), size, step)


def _rows_of(order, num_neurons):
    rows = np.empty(num_neurons, np.int64)
    rows[order] = np.arange(len(order))
    return rows


def _spikes(arrays):
    return Picture("spikes", len(arrays[0]), *arrays, None, (0.0, 0.0, 0.0, 0.0))


def _image(kind, num_spikes, image, extent):
    nothing = np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64)
    return Picture(kind, num_spikes, *nothing, np.ascontiguousarray(image, np.float32), extent)


def _canvas(extent, size):
    from datashader import Canvas

    left, right, bottom, top = extent
    return Canvas(*size, x_range=(left, right), y_range=(bottom, top))


def _from_times(recording, times, rows, window, shown, size, step):
    """Rates from exact times: spikes of a pixel by the time steps and rows that it covers."""
    import pandas

    first_step, last_step = (round(time / step) for time in window)
    size = min(size[0], last_step - first_step + 1), min(size[1], shown[1] - shown[0] + 1)
    extent = ((first_step - _HALF) * step, (last_step + _HALF) * step, shown[0] - _HALF, shown[1] + _HALF)
    spikes = pandas.DataFrame({"x": times, "y": rows.astype(float)})
    counts = _canvas(extent, size).points(spikes, "x", "y").values.astype(np.float32)
    cells = (
        _covered(extent[:2], np.arange(first_step, last_step + 1) * step, size[0]),
        _covered(extent[2:], np.arange(shown[0], shown[1] + 1), size[1]),
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        image = counts / (np.multiply.outer(cells[1], cells[0]) * step)
    _forget(image, extent, recording, np.arange(size[0]))
    return _image("times", len(times), image, extent)


def _covered(ends, places, number):
    """How many of the places fall into each of `number` equal bins, binned as datashader does."""
    bins = ((places - ends[0]) * (number / (ends[1] - ends[0]))).astype(np.int64)
    return np.bincount(np.minimum(bins, number - 1), minlength=number)


def _forget(image, extent, recording, columns):
    """nan in the columns of which nothing was recorded."""
    if recording.recorded.all():
        return
    middle = extent[0] + (columns + 0.5) * (extent[1] - extent[0]) / image.shape[1]
    sample = np.clip((middle / recording.sample_length).astype(np.int64), 0, len(recording.recorded) - 1)
    image[:, ~recording.recorded[sample]] = np.nan


def _from_counts(recording, population, order, window, first_row, size):
    """Rates from the counts of the index, at the coarsest level that still has a bin for each pixel."""
    import xarray

    index, length = recording.indices[population], recording.sample_length
    bins = (window[1] - window[0]) / length * index.bins
    level = 0
    while level + 1 < len(index.levels) and bins / COARSER ** (level + 1) >= size[0]:
        level += 1
    width = length / index.bins * COARSER**level  # s, of a bin
    begin = int(window[0] / width + 1e-9)
    end = min(len(index.levels[level]), int(np.ceil(window[1] / width - 1e-9)))
    counts = np.asarray(index.levels[level][begin:end])[:, order]
    seconds = _recorded_seconds(recording, begin, end, width)
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = (counts / np.where(seconds > 0, seconds, np.nan)[:, None]).astype(np.float32)
    edge = begin * width, end * width
    cells = xarray.DataArray(
        rates.T, dims=("y", "x"), coords={"y": np.arange(len(order)), "x": (np.arange(begin, end) + 0.5) * width}
    )
    size = min(size[0], end - begin), min(size[1], len(order))
    extent = (*edge, -_HALF, len(order) - _HALF)
    image = _canvas(extent, size).raster(cells, agg="mean").values
    return _image("counts", int(counts.sum()), image, (*edge, first_row - _HALF, first_row + len(order) - _HALF))


def _recorded_seconds(recording, begin, end, width):
    """Seconds of each bin begin .. end - 1, of a width in s, that were recorded."""
    total = np.concatenate([[0.0], np.cumsum(recording.recorded)]) * recording.sample_length
    borders = np.minimum(np.arange(begin, end + 1) * width, recording.duration)
    return np.diff(np.interp(borders, np.arange(len(total)) * recording.sample_length, total))


def in_steps(image):
    """An image of rates as bytes, a quarter of what floats take to send, and the rate (Hz) of the last step.

    0 is nan; 1 .. 255 go from 0 to that rate, a `round_up` of what 99.5 % of the pixels are below.
    """
    known = image[np.isfinite(image)]
    top = round_up(float(np.percentile(known[:: 1 + len(known) // 50_000], 99.5)) if known.size else 0.0)
    steps = np.clip(image * (254 / top), 0, 254) + 1
    return np.nan_to_num(steps, nan=0.0).astype(np.uint8), top


def round_up(value):
    """The first of 1, 2, 5, 10, 20, … that a value is not above: scales that neighbouring windows share."""
    power = 10.0 ** np.floor(np.log10(max(value, 1.0)))
    return float(power * next(digit for digit in (1, 2, 5, 10) if value <= digit * power))


class Groups(NamedTuple):
    """Spikes and neurons of three groups: "inputs"; "label", outputs that stand for the label; "others", the rest.

    spikes : {group: (num_samples * PHASES,)}. exposure : {group: (num_samples,) s}, recorded time of a phase times the
    number of neurons in the group.
    """

    spikes: dict
    exposure: dict


def groups(recording, labels, output_class):
    """Groups of a recording; labels (num_samples,), output_class (K,) the class that each output stands for."""
    labels, output_class = np.asarray(labels), np.asarray(output_class)
    outputs = recording.indices["outputs"]
    counts = np.asarray(outputs.levels[0]).reshape(len(labels), PHASES, -1)
    mine = labels[:, None] == output_class
    label = np.einsum("spk,sk->sp", counts, mine, dtype=np.int64).ravel()
    phase = recording.recorded * (recording.sample_length / PHASES)
    spikes = {"inputs": recording.indices["inputs"].totals, "label": label, "others": outputs.totals - label}
    numbers = {"inputs": recording.indices["inputs"].num_neurons, "label": mine.sum(1), "others": (~mine).sum(1)}
    return Groups(spikes, {name: phase * number for name, number in numbers.items()})


def rates_over_time(recording, found, window, most=300):
    """Rates of the Groups in a window, in whole phases, at most `most` bins: edges (n_bin + 1,) s, {group: Hz}.

    nan where nothing was recorded, or the group has no neuron.
    """
    first, last = recording.samples(*window)
    if last <= first:
        return np.zeros(1), {name: np.empty(0) for name in found.spikes}
    every = max(1, -(-(last - first) * PHASES // most))  # phases in a bin
    starts = np.arange(0, (last - first) * PHASES, every)
    edges = (first * PHASES + np.append(starts, (last - first) * PHASES)) * (recording.sample_length / PHASES)
    rates = {}
    for name, spikes in found.spikes.items():
        number = np.add.reduceat(spikes[first * PHASES : last * PHASES], starts, dtype=np.int64)
        rates[name] = _divide(number, np.add.reduceat(np.repeat(found.exposure[name][first:last], PHASES), starts))
    return edges, rates


def psth(recording, found, window):
    """Rates of the Groups against the time since a sample began: {group: (PHASES,) Hz}, and the number of samples.

    The mean over the recorded samples that lie in the window, in part or whole.
    """
    first, last = recording.samples(*window)
    rates = {}
    for name, spikes in found.spikes.items():
        number = spikes[first * PHASES : last * PHASES].reshape(-1, PHASES).sum(axis=0)
        rates[name] = _divide(number, np.full(PHASES, found.exposure[name][first:last].sum()))
    return rates, int(recording.recorded[first:last].sum())


def _divide(number, by):
    return np.divide(number, by, out=np.full(len(number), np.nan), where=by > 0)


def share_right(credit, first, last, most):
    """Mean credit of samples first .. last - 1 in at most `most` bins: samples in a bin (fewer in the last), means."""
    every = max(1, -(-(last - first) // most))
    starts = np.arange(0, last - first, every)
    if last <= first:
        return every, np.empty(0)
    return every, np.add.reduceat(np.asarray(credit, float)[first:last], starts) / np.diff([*starts, last - first])
