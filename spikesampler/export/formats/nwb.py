"""A run as a file of Neurodata Without Borders 2 (NWB; Rübel et al., eLife 11:e78362, 2022), by
pynwb.

/units has every unit with its spike times and the intervals in which they were recorded,
/intervals/trials the learning samples, /analysis the tables of weights, learning, confusion, test
and parameters and the trajectories that were recorded, /scratch the manifest's text.
"""

import math
import uuid
from datetime import datetime

import numpy as np

from spikesampler.export.courses import BLOCK, has_courses, recorded_synapses, variables
from spikesampler.export.files import refuse_existing
from spikesampler.export.tables import facts, recorded, run_name, tables
from spikesampler.export.trains import Trains
from spikesampler.optional import require
from spikesampler.store.atomic import atomic_hdf5
from spikesampler.store.manifest import MANIFEST

__all__ = ["ENDING", "check_packages", "to_nwb", "write"]

ENDING = ".nwb"

_KEYWORDS = ("simulation", "spiking neural network", "synaptic sampling")
_CHUNK = 1 << 16  # spikes compressed together: 512 KiB
_COMPRESS_FROM = 1 << 16  # bytes: below this a compressed chunk saves nothing worth its overhead


def check_packages():
    """InputError where pynwb is not installed."""
    require("--to nwb", "export", "pynwb")


def to_nwb(result):
    """The run as a pynwb NWBFile, with all spikes in memory (8 bytes each); `write` needs no such
    room.

    result : Result with spikes. Times are in seconds from session_start_time, the moment at which
        the run was started;
    the network's time and the clock on the wall agree in nothing else.
    """
    check_packages()
    with Trains(result) as trains:
        courses = _courses(result, lambda values: values.values)
        return _nwb_file(result, trains, trains.read(0, len(trains)), courses)


def write(result, path):
    """Write the NWB file `path`, whole or not at all; memory does not grow with the number of
    spikes.
    """
    import h5py
    from pynwb import NWBHDF5IO

    with Trains(result, path.parent) as trains, atomic_hdf5(path) as target:
        with h5py.File(target, "w") as file, NWBHDF5IO(file=file, mode="w") as io:
            courses = _courses(result, _stream_of_courses)
            io.write(_nwb_file(result, trains, _stream(trains), courses))
            target.check()
        refuse_existing(path)


def _stream(trains):
    """Spike times as hdmf reads them: some MB at a time."""
    from hdmf.data_utils import GenericDataChunkIterator

    class Stream(GenericDataChunkIterator):
        def _get_data(self, selection):
            return trains.read(selection[0].start, selection[0].stop)

        def _get_maxshape(self):
            return (len(trains),)

        def _get_dtype(self):
            return np.dtype("f8")

    if len(trains) == 0:
        return trains.read(0, 0)
    return Stream(
        buffer_shape=(min(16 * _CHUNK, len(trains)),), chunk_shape=(min(_CHUNK, len(trains)),)
    )


def _courses(result, data_of):
    """Trajectories as a TimeSeries for each variable, (time, …), and the table of synapses.

    data_of : gives the data from an xarray DataArray, which may not be in memory.
    """
    from pynwb import H5DataIO, TimeSeries

    if not has_courses(result):
        return []
    recorded, series = result.trajectories, []
    of = {"synapse": ", of the synapses in the rows of `synapses`, in columns"}
    of["neuron"] = ", in columns"
    for name, (unit, meaning, dim) in variables(result).items():
        series.append(
            TimeSeries(
                name=f"trajectory_{name}",
                description=meaning + of.get(dim, ""),
                data=H5DataIO(data_of(recorded[name]), compression="gzip", compression_opts=1),
                unit=unit,
                timestamps=series[0] if series else recorded["time"].values,
            )
        )
    synapses = recorded_synapses(result)
    return [*([] if synapses is None else [_table(synapses)]), *series]


def _stream_of_courses(values):
    """A variable (time, …) as hdmf reads it: some MB at a time."""
    from hdmf.data_utils import GenericDataChunkIterator

    class Stream(GenericDataChunkIterator):
        def _get_data(self, selection):
            return values[selection].values

        def _get_maxshape(self):
            return values.shape

        def _get_dtype(self):
            return np.dtype("f8")

    steps, *columns = values.shape
    block = min(steps, max(1, BLOCK // math.prod(columns)))
    chunk = min(block, max(1, _CHUNK // math.prod(columns)))
    return Stream(buffer_shape=(block // chunk * chunk, *columns), chunk_shape=(chunk, *columns))


def _name_objects(file):
    """Names for the file's objects that follow from the run and the object's place, where hdmf
    draws them by chance.

    So the same run gives the same bytes. hdmf has no public way to say them; if it renames this
    one, chance is back.
    """
    space = uuid.uuid5(uuid.NAMESPACE_OID, file.identifier)
    for one in file.all_children():
        one._AbstractContainer__object_id = str(uuid.uuid5(space, _place(one)))


def _place(one):
    return "" if one.parent is None else f"{_place(one.parent)}/{one.name}"


def _subject(known):
    from pynwb.file import Subject

    return Subject(
        subject_id=f"{known['model']}-seed{known['seed']}",
        description=(
            "No animal: a simulated network, made when the session starts. It has no species;"
            " its age at the start is nil, and its sex is given as other because the field has"
            " no word for none."
        ),
        age="P0D",
        sex="O",
    )


def _nwb_file(result, trains, spike_times, courses):
    from pynwb import NWBFile

    known, manifest, versions = facts(result), result.manifest, result.manifest["versions"]
    found = tables(result, trains.counts)
    file = NWBFile(
        session_description=(
            "A simulated network that learns; nothing here was recorded from an animal. "
            + "; ".join(f"{name}: {value}" for name, value in known.items())
        ),
        identifier=manifest["checksum"],
        session_start_time=datetime.fromisoformat(manifest["started"]),
        file_create_date=datetime.fromisoformat(manifest["finished"]),
        session_id=run_name(result).replace("/", "-"),
        experiment_description=f"{known['title']}. Simulation of the model of: {known['citation']}",
        keywords=[*_KEYWORDS, f"noise arm {known['arm']}"],
        was_generated_by=[[name, versions[name]] for name in ("spikesampler", "brian2")],
        subject=_subject(known),
    )
    file.units = _units(result, trains, spike_times, found.pop("units"))
    file.trials = _trials(found.pop("trials"))
    for table in found.values():
        file.add_analysis(_table(table))
    for course in courses:
        file.add_analysis(course)
    file.add_scratch(
        (result.path / MANIFEST).read_text(encoding="utf-8"),
        name="manifest",
        description=(
            "manifest.json of the run: settings, model text, parameters, data, build, versions"
        ),
    )
    _name_objects(file)
    return file


def _packed(values):
    """Values as they are, or to be compressed where they are large."""
    from pynwb import H5DataIO

    size = 0 if isinstance(values, list) else getattr(values, "nbytes", _COMPRESS_FROM)
    if size < _COMPRESS_FROM:
        return values
    return H5DataIO(values, compression="gzip", compression_opts=1, shuffle=True)


def _columns(table):
    """The columns, those that are called as something that every table has, with own_ before."""
    from hdmf.common import DynamicTable, VectorData

    return [
        VectorData(
            name=f"own_{name}" if hasattr(DynamicTable, name) else name,
            description=meaning + (f" ({unit})" if unit not in ("", "1") else ""),
            data=_packed(values if isinstance(values, list) else np.ascontiguousarray(values)),
        )
        for name, values, unit, meaning in table.columns
    ]


def _table(table):
    """A Table as a DynamicTable."""
    from hdmf.common import DynamicTable

    return DynamicTable(name=table.name, description=table.meaning, columns=_columns(table))


def _trials(table):
    from pynwb.epoch import TimeIntervals

    return TimeIntervals(name="trials", description=table.meaning, columns=_columns(table))


def _units(result, trains, spike_times, table):
    """Units: the columns of the table, ragged spike times, and the recorded intervals, the same for
    every unit.
    """
    from hdmf.common import VectorData, VectorIndex
    from pynwb.misc import Units

    intervals = recorded(result)
    spikes = VectorData(
        name="spike_times",
        data=_packed(spike_times),
        description="spike times of each unit (s), from the start of learning",
    )
    observed = VectorData(
        name="obs_intervals",
        data=np.tile(intervals, (len(trains.ends), 1)),
        description="intervals in which the unit's spikes were recorded (s), start <= t < stop",
    )
    ends = {
        "spike_times": trains.ends.astype("u8"),
        "obs_intervals": len(intervals) * np.arange(1, len(trains.ends) + 1, dtype="u8"),
    }
    ragged = []
    for target in (spikes, observed):  # its index first, or hdmf does not find the stream
        index = VectorIndex(name=f"{target.name}_index", target=target, data=ends[target.name])
        ragged += [index, target]
    return Units(
        name="units",
        description=table.meaning,
        columns=[*_columns(table), *ragged],
        resolution=result.values["dt"],
    )
