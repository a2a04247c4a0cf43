"""A time index of recorded spikes: where each sample begins in the file, and how often each neuron
spiked in each bin.

A window of a long recording is drawn from these counts where it holds more spikes than can be read
at once. Spikes are in order of time and are read once, a block at a time.
"""

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spikesampler.store.atomic import disk_errors, make_with_parents, publish, sha256
from spikesampler.store.checked_json import bytes_of, read_json
from spikesampler.store.temporary import remove_left, temporary_beside

__all__ = ["COARSER", "PHASES", "SpikeIndex", "count_spikes", "join", "load_index", "save_index"]

PHASES = 10  #: bins of a sample in which the spikes of a population are counted
COARSER = 4  #: bins of one level that make one of the next
_DIGESTS = "digests.json"  # in its folder: SHA-256 of every array
_FEWEST = 64  #: bins of the coarsest level
#: of a bin: times are sums of floats, and a spike at a border belongs to the bin that begins there
_ROUNDING = 1e-6


class SpikeIndex(NamedTuple):
    """What is known of the spikes of a population without reading them.

    bins : bins per sample of the finest level, 1 or PHASES.
    first : (num_samples + 1,) int64, the number of the first spike of each sample in the recording,
        and of all spikes.
    totals : (num_samples * PHASES,) spikes of all neurons in each phase of each sample.
    levels : arrays (num_bins, num_neurons) of counts; bins of the first are samples / bins, of each
        other one COARSER times as long as those of the one before.
    """

    bins: int
    first: np.ndarray
    totals: np.ndarray
    levels: tuple

    @property
    def num_spikes(self):
        return int(self.first[-1])

    @property
    def num_neurons(self):
        return self.levels[0].shape[1]


def count_spikes(blocks, num_samples, num_neurons, period, bins=1, progress=None):
    """SpikeIndex of a recording.

    Parameters
    ----------
    blocks : iterable of (times (n,) in the unit of period, node ids (n,)), in order of time.
        Spikes before the first sample, after the last or out of order, and ids that are no
        neuron's, are a ValueError.
    bins : bins per sample of the finest level: 1, or PHASES, for which memory is PHASES times as
        large.
    progress : called with the number of spikes so far.
    """
    counts = np.zeros((num_samples * bins, num_neurons), np.uint32)
    first = np.zeros(num_samples + 1, np.int64)
    totals = np.zeros(num_samples * PHASES, np.int64)
    seen, before = 0, 0.0
    for times, ids in blocks:
        if len(times) != len(ids):
            raise ValueError(f"{len(times)} times and {len(ids)} ids")
        if len(times) == 0:
            continue
        phases = np.asarray(times) * (PHASES / period) + _ROUNDING
        within = 0 <= phases[0] and phases[-1] < len(totals)
        if not (within and 0 <= ids.min() and ids.max() < num_neurons):
            raise ValueError(f"spikes outside {num_samples} samples of {num_neurons} neurons")
        if not (before <= phases[0] and (phases[:-1] <= phases[1:]).all()):
            raise ValueError("spikes that are not in order of time")
        before, phases = phases[-1], phases.astype(np.int64)
        begin, end = phases[0], phases[-1] + 1
        totals[begin:end] += np.diff(np.searchsorted(phases, np.arange(begin, end + 1)))
        _add(counts, phases // (PHASES // bins), np.asarray(ids).astype(np.int64, copy=False))
        seen += len(times)
        if progress is not None:
            progress(seen)
    first[1:] = np.cumsum(totals.reshape(num_samples, PHASES).sum(axis=1))
    return SpikeIndex(bins, first, _small(totals), _levels(counts))


def _add(counts, places, ids):
    """Count spikes in bins `places` (n,), which are in order; bins without spikes cost nothing."""
    borders = np.flatnonzero(np.diff(places)) + 1
    used = places[np.concatenate([[0], borders])]
    rank = np.repeat(np.arange(len(used)), np.diff(np.concatenate([[0], borders, [len(places)]])))
    number = counts.shape[1]
    in_bins = np.bincount(rank * number + ids, minlength=len(used) * number)
    counts[used] += in_bins.reshape(-1, number).astype(np.uint32)


def _small(array):
    return array.astype(np.min_scalar_type(int(array.max(initial=0))))


def _levels(counts):
    levels = [_small(counts)]
    while len(levels[-1]) > _FEWEST:
        starts = np.arange(0, len(levels[-1]), COARSER)
        levels.append(_small(np.add.reduceat(levels[-1], starts, axis=0, dtype=np.uint32)))
    return tuple(levels)


def join(indices):
    """One SpikeIndex of recordings that follow one another."""
    offsets = np.cumsum([0] + [one.num_spikes for one in indices])
    first = [one.first[:-1] + offset for one, offset in zip(indices, offsets)]
    counts = np.concatenate([one.levels[0] for one in indices])
    totals = np.concatenate([one.totals for one in indices])
    first = np.concatenate([*first, offsets[-1:]])
    return SpikeIndex(indices[0].bins, first, totals, _levels(counts))


def save_index(folder, index):
    """Keep an index in a folder, whole or not at all; a whole one that is there already stays.

    Raises InputError or OSError where it cannot be written, and leaves nothing behind.
    """
    folder = Path(folder)
    arrays = {"first": index.first, "totals": index.totals}
    arrays |= {f"level{i}": level for i, level in enumerate(index.levels)}
    temporary = temporary_beside(folder)
    with disk_errors(folder):
        make_with_parents(temporary)
        remove_left(folder.parent)
        try:
            new, old = temporary / "new", temporary / "old"
            new.mkdir()
            for name, array in arrays.items():
                np.save(new / f"{name}.npy", array, allow_pickle=False)
            digests = {path.name: sha256(path) for path in new.iterdir()}
            (new / _DIGESTS).write_bytes(bytes_of({"files": digests}))
            if folder.exists() and load_index(folder, index.bins) is None:
                os.rename(folder, old)
            publish(new, folder)
        except OSError:
            if load_index(folder, index.bins) is None:  # else another process was faster
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def load_index(folder, bins):
    """The index in a folder, its counts mapped from the disk; None where there is none, or a byte
    of it changed or is missing.
    """
    folder = Path(folder)
    try:
        digests = read_json(folder / _DIGESTS, {"files": {str: str}}, "count again")["files"]
        if any(sha256(folder / name) != digest for name, digest in digests.items()):
            return None
        count = sum(name.startswith("level") for name in digests)
        first, totals, *levels = (
            np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ("first", "totals", *(f"level{i}" for i in range(count)))
        )
        index = SpikeIndex(bins, np.array(first), np.array(totals), tuple(levels))
        return index if _is_whole(index) else None
    except (OSError, ValueError, EOFError, IndexError, TypeError):
        return None


def _is_whole(index):
    """Whether the arrays have the sizes of an index and hold the same number of spikes, as far as
    this is soon seen.

    A power cut can leave files of zeros in their full length.
    """
    num_samples = len(index.first) - 1
    sizes = [num_samples * index.bins]
    while sizes[-1] > _FEWEST:
        sizes.append(-(-sizes[-1] // COARSER))
    shapes = [(size, index.num_neurons) for size in sizes]
    if [level.shape for level in index.levels] != shapes:
        return False
    if index.totals.shape != (num_samples * PHASES,):
        return False
    totals, coarsest = index.totals.sum(dtype=np.int64), index.levels[-1].sum(dtype=np.int64)
    return index.num_spikes == totals == coarsest
