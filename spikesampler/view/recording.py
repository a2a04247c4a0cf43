"""The spikes of a run as its pages read them: any window from the disk, counts of everything from
an index.

A finished run has them in spikes.h5; one that is still going in the parts of its checkpoint.
"""

from bisect import bisect_right
from functools import lru_cache

import numpy as np

from spikesampler.errors import InputError
from spikesampler.spiking.cache import cache_folder
from spikesampler.store.arrays import read_arrays
from spikesampler.store.checkpoint import part_paths, spikes_of_part
from spikesampler.store.datasets import reading
from spikesampler.store.manifest import CHECKPOINT, SPIKES
from spikesampler.store.spikes import CHUNK, SpikeFile
from spikesampler.view.index import PHASES, count_spikes, join, load_index, save_index

__all__ = ["BINS", "Recording", "finished_recording", "growing_recording"]

#: bins per sample of a population's index, 1 for a model's own events
BINS = {"inputs": 1, "outputs": PHASES}
PIECE = CHUNK  #: spikes that are read together, as they are compressed
KEPT = 96  #: of these pieces, 75 MB: what a viewer moves around in
#: spikes from which on an index is kept on disk: below, it takes less than half a second
CACHED = 5_000_000


class Recording:
    """Spikes by population: `indices` {name: SpikeIndex}, `period` (s), `recorded`
    (num_samples,) bool.
    """

    def __init__(self, reader, indices, period, recorded):
        self._reader, self.indices = reader, indices
        self.period, self.recorded = period, recorded

    @property
    def duration(self):
        """Seconds of learning so far."""
        return len(self.recorded) * self.period

    def samples(self, start, stop):
        """Numbers of the first sample, and of the one after the last, that lie in a window (s) in
        part or whole.
        """
        first = int(np.floor(start / self.period + 1e-9))
        last = int(np.ceil(stop / self.period - 1e-9))
        return max(0, min(first, len(self.recorded))), max(0, min(last, len(self.recorded)))

    def num_spikes(self, population, start, stop):
        """Spikes in the samples of a window (s)."""
        first, last = self.samples(start, stop)
        numbers = self.indices[population].first
        return int(numbers[last] - numbers[first]) if last > first else 0

    def read(self, population, start, stop):
        """Times (n,) in s and node ids (n,) of the spikes with start <= t < stop, those that
        `Result.spikes` gives.
        """
        # a spike that rounding puts before a border is counted in the sample after
        slack = 1e-6 * self.period
        first, last = self.samples(start, stop + slack)
        numbers = self.indices[population].first
        if last <= first or numbers[last] == numbers[first]:
            return np.empty(0), np.empty(0, np.int64)
        times, ids = self._reader(population, int(numbers[first]), int(numbers[last]))
        times = np.asarray(times, float)
        begin, end = np.searchsorted(times, [start * 1000, stop * 1000])
        return times[begin:end] / 1000, np.asarray(ids[begin:end]).astype(np.int64)

    def close(self):
        """Let the file go."""
        getattr(self._reader, "close", lambda: None)()


class _Sonata(SpikeFile):
    """spikes.h5, kept open: times in ms and ids of spikes first .. last - 1.

    The pieces that were read last stay in memory.
    """

    def __init__(self, path):
        super().__init__(path)
        self.piece = lru_cache(maxsize=KEPT)(self._piece)

    def _piece(self, population, number):
        times, ids = self.read(population, number * PIECE, (number + 1) * PIECE)
        return times, ids.astype(np.uint32)

    def __call__(self, population, first, last):
        begin, end = first // PIECE, -(-last // PIECE)
        pieces = [self.piece(population, number) for number in range(begin, end)]
        here = slice(first - begin * PIECE, last - begin * PIECE)
        return tuple(np.concatenate(parts)[here] for parts in zip(*pieces))

    def close(self):
        self.piece.cache_clear()
        super().close()


def _fits(path):
    """A DamagedError of one line for whatever a file of spikes holds that its run cannot have
    written.
    """
    return reading(path, "does not fit its run", "restore it from a copy, or run again")


def finished_recording(result, sizes, period, progress=None):
    """Recording of a finished run (Result), or an InputError that says what to record.

    sizes : {population: number of its neurons}. progress : called as progress(done, total, text)
        while the index is
    made; one of a long recording is kept in the cache folder, by the checksum of its spikes.

    Raises DamagedError for a file that holds something else than this run's spikes.
    """
    with _fits(result.path / SPIKES):
        missing = [name for name in sizes if name not in result.populations]
    if missing:
        result.refuse_silence()
        raise InputError(
            f"{result.path} holds no spikes of its {missing[0]}: run it again with --record windows"
            " or --record all"
        )
    num_samples = result.learning.sizes["sample"]
    with _fits(result.path / SPIKES):
        reader = _Sonata(result.path / SPIKES)
        try:
            indices = {
                name: _index(result, reader, name, size, num_samples, period, progress)
                for name, size in sizes.items()
            }
        except BaseException:
            reader.close()
            raise
    windows = result.manifest["recorded_windows"]
    return Recording(reader, indices, period, _recorded(windows, num_samples, period))


def _recorded(windows, num_samples, period):
    recorded = np.zeros(num_samples, bool)
    for start, stop in windows:
        recorded[round(start / period) : round(stop / period)] = True
    return recorded


def _index(result, reader, name, size, num_samples, period, progress):
    total = result.populations[name]
    folder = cache_folder() / "spikes" / f"{result.manifest['files'][SPIKES]}-{name}"
    bins = BINS.get(name, 1)
    if total >= CACHED and (index := load_index(folder, bins)):
        sizes = (len(index.first) - 1, index.num_neurons, index.num_spikes)
        if sizes == (num_samples, size, total):
            return index

    def say(seen):
        if progress is not None:
            progress(seen, total, f"index of {name}")

    length = period * 1000
    index = count_spikes(reader.blocks(name), num_samples, size, length, bins, say)
    if total >= CACHED:
        try:
            save_index(folder, index)
        except (InputError, OSError):  # a cache that cannot be written costs time, nothing else
            pass
    return index


class _Parts:
    """Parts of a checkpoint, one after the other; the last few stay in memory."""

    def __init__(self, paths, firsts, joined):
        self.paths = paths
        self.firsts = firsts  # {population: number of the first spike of each part}
        self.load = lru_cache(maxsize=8)(_load)
        self.joined = lru_cache(maxsize=1)(lambda: _Sonata(joined))

    def __call__(self, population, first, last):
        try:
            return self._from_parts(population, first, last)
        except FileNotFoundError:
            # the run has just finished: what the parts held is in spikes.h5, in the same order
            return self.joined()(population, first, last)

    def _from_parts(self, population, first, last):
        firsts = self.firsts[population]
        pieces = []
        for number in range(bisect_right(firsts, first) - 1, len(self.paths)):
            if firsts[number] >= last:
                break
            times, ids = self.load(self.paths[number], population)
            here = slice(max(0, first - firsts[number]), last - firsts[number])
            pieces.append((times[here], ids[here]))
        return tuple(np.concatenate(one) for one in zip(*pieces))

    def close(self):
        if self.joined.cache_info().currsize:
            self.joined().close()


def _load(path, population):
    """Times (ms) and ids of one part; none of inputs in a part of which nothing is kept."""
    with read_arrays(path) as arrays:
        spikes = spikes_of_part(arrays)
        if population not in spikes:
            return np.empty(0), np.empty(0, np.int64)
        return tuple(load() for load in spikes[population])


def growing_recording(folder, manifest, sizes, period, borders, before=None):
    """Recording of the chunks that a run has saved so far; `before`: an earlier one of the same
    run, to go on from.

    borders : (num_chunks + 1,) sample numbers at which the chunks begin, and the one at which the
        last ends.
    Raises InputError where the run records no spikes, DamagedError for a part that is missing or
    not the run's.
    """
    if manifest["settings"]["record"] == "none":
        raise InputError(
            f"{folder} records no spikes: run it with --record windows or --record all"
        )
    num_chunks = len(borders) - 1
    paths = part_paths(folder / CHECKPOINT, "spikes", num_chunks)
    pieces = list(before.pieces[:num_chunks]) if before is not None else []
    for number in range(len(pieces), num_chunks):
        path, (first, last) = paths[number], borders[number : number + 2]
        with _fits(path):
            pieces.append(_piece(path, first, last, sizes, period))
    indices = {name: join([piece[name] for piece in pieces]) for name in sizes}
    firsts = {
        name: [0, *np.cumsum([piece[name].num_spikes for piece in pieces])[:-1].tolist()]
        for name in sizes
    }
    recorded = _recorded(manifest["recorded_windows"], borders[-1], period)
    parts = _Parts(paths, firsts, folder / SPIKES)
    recording = Recording(parts, indices, period, recorded)
    recording.pieces = pieces
    return recording


def _piece(path, first, last, sizes, period):
    """{population: SpikeIndex} of one part, times counted from its first sample."""
    indices, length = {}, period * 1000
    for name, size in sizes.items():
        times, ids = _load(path, name)
        blocks = [(times - first * length, ids)]
        indices[name] = count_spikes(blocks, last - first, size, length, BINS.get(name, 1))
    return indices
