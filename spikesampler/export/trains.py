"""Spikes of a run as streams: in order of time, or unit by unit, in memory that does not grow with
their number.
"""

import tempfile
from pathlib import Path

import numpy as np

from spikesampler.errors import DamagedError
from spikesampler.export.tables import sizes
from spikesampler.store.manifest import SPIKES
from spikesampler.store.spikes import SpikeFile

__all__ = ["Trains", "count_spikes", "spike_blocks"]


def spike_blocks(result, population):
    """Times (n,) in s and node ids (n,) of a population, in blocks: the bits of `Result.spikes`."""
    with SpikeFile(result.path / SPIKES) as file:
        for times, ids in file.blocks(population):
            yield times / 1000, ids


def count_spikes(result):
    """{population: spikes of each neuron (n,)}; DamagedError for a spike of a neuron that the
    network does not have.
    """
    counts = {name: np.zeros(number, np.int64) for name, number in sizes(result).items()}
    for name in result.populations:
        for _, ids in spike_blocks(result, name):
            found = np.bincount(ids.astype(np.int64), minlength=len(counts[name]))
            if len(found) > len(counts[name]):
                raise DamagedError(
                    f"{result.path} has spikes of neuron {len(found) - 1} of {name}, expected"
                    f" numbers below {len(counts[name])}: restore it from a copy, or run again"
                )
            counts[name] += found
    return counts


class Trains:
    """Spike times of all units, one unit after the other, in a file without a name that the system
    removes.

    A counting sort in two passes over spikes.h5: the number of spikes of each unit gives its place,
    then every block appends to the units' places. Needs 8 bytes on disk for each spike, below
    `folder`; use it as a context.

    counts : {population: spikes of each neuron}, in the order of `sizes`; unit numbers run on
        through them.
    ends : (n_unit,) one past each unit's last spike.
    """

    def __init__(self, result, folder=None):
        self.counts = count_spikes(result)
        per_unit = np.concatenate(list(self.counts.values()))
        self.ends = np.cumsum(per_unit)
        self._starts = self.ends - per_unit
        self._file = tempfile.TemporaryFile(dir=None if folder is None else Path(folder))
        try:
            self._sort(result)
        except BaseException:
            self._file.close()
            raise

    def _sort(self, result):
        places, first_unit = 8 * self._starts, 0
        for name, per_neuron in self.counts.items():
            edges = np.arange(len(per_neuron) + 1)
            for times, ids in spike_blocks(result, name) if name in result.populations else ():
                # stable: a unit's spikes stay in order of time
                order = np.argsort(ids, kind="stable")
                times, borders = times[order], np.searchsorted(ids[order], edges)
                for neuron in np.flatnonzero(np.diff(borders)):
                    train = times[borders[neuron] : borders[neuron + 1]]
                    self._file.seek(places[first_unit + neuron])
                    self._file.write(train)
                    places[first_unit + neuron] += train.nbytes
            first_unit += len(per_neuron)

    def __len__(self):
        return int(self.ends[-1])

    def read(self, first, last):
        """Spike times (last - first,) in s of all units' spikes number first .. last - 1."""
        self._file.seek(8 * int(first))
        return np.frombuffer(self._file.read(8 * int(last - first)))

    def train(self, unit):
        """Spike times (n,) in s of one unit, in order."""
        return self.read(self._starts[unit], self.ends[unit])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()
