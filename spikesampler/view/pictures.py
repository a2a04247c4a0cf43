"""What a window of a recording looks like: single spikes where they are few, else rates in pixels.
Arrays in and out.

A pixel of a picture is the mean rate of what it covers, in Hz per neuron: its spikes by the time
steps and the neurons in it, which differ from pixel to pixel. So colours mean the same at every
zoom. Means of counts are datashader's.
"""

from typing import NamedTuple

import numpy as np

from spikesampler.view.index import COARSER

FEW = 4_000  #: spikes that are drawn one by one
#: spikes that are read from the disk for one picture: about 35 ms; beyond, counts serve
MANY = 800_000
_HALF = 0.5  #: a neuron's row reaches from its number minus to plus this


class Picture(NamedTuple):
    """Either single spikes, or an image.

    kind : "spikes", "times" (an image from exact times) or "counts" (from the index).
    num_spikes : of the rows and times shown; for "counts" of whole samples.
    times (s), rows, neurons : (num_spikes,) each, of the kind "spikes", else empty.
    image : (height, width) float32, Hz per neuron, nan where nothing was recorded; None of the kind
        "spikes".
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
        return NOTHING
    if recording.num_spikes(population, start, stop) > many:
        order = order[first : last + 1]
        return _from_counts(recording, population, order, (start, stop), first, size)
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


NOTHING = _spikes((np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64)))


def _image(kind, num_spikes, image, extent):
    empty = NOTHING.times, NOTHING.rows, NOTHING.neurons
    return Picture(kind, num_spikes, *empty, np.ascontiguousarray(image, np.float32), extent)


def _from_times(recording, times, rows, window, shown, size, step):
    """Rates from exact times: spikes of a pixel by the time steps and rows in it, as far as they
    were recorded.

    Whole numbers throughout: a border between pixels may cut a step or a row in half, and all of it
    is in one of them.
    """
    begin = _step_from(window[0], step)
    steps, first = _step_from(window[1], step) - begin, shown[0]
    number = shown[1] - first + 1
    if steps <= 0:
        return NOTHING
    width, height = min(size[0], steps), min(size[1], number)
    columns = _pixels(np.rint(times / step).astype(np.int64) - begin, steps, width)
    places = _pixels(rows - first, number, height) * width + columns
    counts = np.bincount(places, minlength=width * height).reshape(height, width)
    recorded = _recorded_steps(recording, begin + _borders(steps, width), step)
    cells = np.multiply.outer(np.diff(_borders(number, height)), np.diff(recorded))
    image = np.divide(counts, cells * step, out=np.full(counts.shape, np.nan), where=cells > 0)
    left, right = (begin - _HALF) * step, (begin + steps - _HALF) * step
    extent = (left, right, first - _HALF, first + number - _HALF)
    return _image("times", len(times), image, extent)


def _step_from(time, step):
    """Number of the first time step at or after a time (s), in the floats of the run and of
    `Recording.read`.
    """
    number = round(time / step)
    near = (number - 1, number, number + 1)
    return next(number for number in near if number * (step * 1000) >= time * 1000)


def _pixels(places, number, pixels):
    """The pixel that the middle of each place, 0 .. number - 1, lies in."""
    return (2 * places + 1) * pixels // (2 * number)


def _borders(number, pixels):
    """The first of `number` places in each pixel, and `number` (pixels + 1,): `_pixels`
    inverted.
    """
    return -((pixels - 2 * number * np.arange(pixels + 1)) // (2 * pixels))


def _recorded_steps(recording, steps, step):
    """How many of the time steps before these (n,) were recorded."""
    per_sample = round(recording.period / step)
    total = np.concatenate([[0], np.cumsum(recording.recorded)]) * per_sample
    return np.rint(np.interp(steps, np.arange(len(total)) * per_sample, total)).astype(np.int64)


def _from_counts(recording, population, order, window, first_row, size):
    """Rates from the counts of the index, at the coarsest level that still has a bin for each
    pixel.

    Within a bin and a row, spikes and recorded time count as spread evenly where a pixel has only a
    part of them.
    """
    index, length = recording.indices[population], recording.period
    bins = (window[1] - window[0]) / length * index.bins
    level = 0
    while level + 1 < len(index.levels) and bins / COARSER ** (level + 1) >= size[0]:
        level += 1
    width = length / index.bins * COARSER**level  # s, of a bin
    begin = int(window[0] / width + 1e-9)
    end = min(len(index.levels[level]), int(np.ceil(window[1] / width - 1e-9)))
    if end <= begin:  # a window that is empty, to rounding
        return NOTHING
    counts = np.asarray(index.levels[level][begin:end])[:, order]
    size = min(size[0], end - begin), min(size[1], len(order))
    seconds = np.concatenate([[0.0], np.cumsum(_recorded_seconds(recording, begin, end, width))])
    at = np.linspace(0, end - begin, size[0] + 1)
    seconds = np.diff(np.interp(at, np.arange(end - begin + 1), seconds))
    seconds *= size[0] / (end - begin)  # of a bin
    mean = _mean(counts.T.astype(np.float32), size)
    image = np.divide(mean, seconds, out=np.full(mean.shape, np.nan), where=seconds > 1e-9 * width)
    extent = (begin * width, end * width, first_row - _HALF, first_row + len(order) - _HALF)
    return _image("counts", int(counts.sum()), image, extent)


def _mean(array, size):
    """Mean of an array (height, width) in the areas of size (width, height) pixels, no more than it
    has.
    """
    import xarray
    from datashader import Canvas

    for axis in (0, 1):
        if array.shape[axis] == 1:  # of which datashader cannot tell how long it is
            array = np.repeat(array, 2, axis)
    rows, columns = array.shape
    coords = {"y": np.arange(rows), "x": np.arange(columns)}
    cells = xarray.DataArray(array, dims=("y", "x"), coords=coords)
    canvas = Canvas(*size, x_range=(-_HALF, columns - _HALF), y_range=(-_HALF, rows - _HALF))
    return canvas.raster(cells, agg="mean").values


def _recorded_seconds(recording, begin, end, width):
    """Seconds of each bin begin .. end - 1, of a width in s, that were recorded."""
    total = np.concatenate([[0.0], np.cumsum(recording.recorded)]) * recording.period
    # the last border may lie after the end: nothing more is recorded there
    borders = np.arange(begin, end + 1) * width
    return np.diff(np.interp(borders, np.arange(len(total)) * recording.period, total))


def in_steps(image):
    """An image of rates as bytes, a quarter of what floats take to send, and the rate (Hz) of the
    last step.

    0 is nan; 1 .. 255 go from 0 to that rate, a `round_up` of what 99.5 % of the pixels are below.
    """
    known = image[np.isfinite(image)]
    at = int(np.ceil(0.995 * (known.size - 1)))
    top = round_up(float(np.partition(known, at)[at]) if known.size else 0.0)
    steps = np.clip(image * (254 / top), 0, 254) + 1
    return np.nan_to_num(steps, nan=0.0).astype(np.uint8), top


def round_up(value):
    """The first of 1, 1.5, 2, 3, 4, 6, 8, 10, … that a value is not above: scales that neighbouring
    windows share.
    """
    power = 10.0 ** np.floor(np.log10(max(value, 1.0)))
    digits = (1, 1.5, 2, 3, 4, 6, 8, 10)
    return float(power * next(digit for digit in digits if value <= digit * power))
