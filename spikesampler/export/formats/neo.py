"""A run as a Neo Block (Garcia et al., Front. Neuroinform. 8:10, 2014), and as a NIX file by Neo's
NixIO.

NIX is HDF5, and the one format of its own that Neo writes without pickles. One segment holds a
SpikeTrain for each unit, an Epoch of the samples, one of the recorded intervals, and the learning
curves.
"""

import shutil
from datetime import UTC, datetime

import numpy as np

from spikesampler.errors import InputError
from spikesampler.export.courses import has_courses, variables
from spikesampler.export.files import in_utf8, refuse_existing
from spikesampler.export.tables import (
    duration,
    facts,
    pathway_tables,
    recorded,
    run_name,
    sizes,
    tables,
)
from spikesampler.export.trains import Trains
from spikesampler.language.dimensions import power_of_unit
from spikesampler.optional import require
from spikesampler.store.atomic import atomic_file
from spikesampler.store.manifest import MANIFEST
from spikesampler.store.trajectories import ENDS

__all__ = ["ENDING", "MOST_SPIKES", "check_packages", "to_neo", "write"]

ENDING = ".nix"

MOST_SPIKES = 200_000_000  #: a Block is in memory as a whole; with this many it needs 1.8 GiB


def check_packages():
    """InputError where neo or nixio is not installed."""
    require("--to neo", "export", "neo", "nixio")


def to_neo(result):
    """The run as a neo Block, all of it in memory.

    result : Result with spikes. The Block's annotations are the facts of the run, its parameters
        (parallel lists) and
    the text of the manifest. Each SpikeTrain (s, t = 0 is the start of learning) is annotated with
    its population and node_id and what is known of the unit, a neuron of a layer also with `theta`
    and `weight` of its synapses, by input; of several pathways, of the layer's first. Epochs:
    "samples", labelled with the class, and "recorded". Signals: "learning", a channel for each
    measure at the probes, and where synapses were recorded "trajectory_theta", "trajectory_weight"
    and so on, a channel for each, annotated with its output and input; so with variables of
    outputs, annotated with the output, and of signals.

    Raises InputError for more than MOST_SPIKES spikes.
    """
    check_packages()
    import neo

    if (number := sum(result.populations.values())) > MOST_SPIKES:
        raise InputError(
            f"{result.path} holds {number} spikes, neo takes at most {MOST_SPIKES} into memory: "
            "use --to nwb, or run again with --record windows"
        )
    with Trains(result) as trains:
        found = tables(result, trains.counts)
        known = facts(result)
        started = datetime.fromisoformat(known["started"]).astimezone(UTC).replace(tzinfo=None)
        parameters = {
            name if name == "parameter" else f"parameter_{name}": list(values)
            for name, values, _, _ in found["parameters"].columns
        }
        block = neo.Block(
            name=run_name(result),
            description=f"A simulated network. {known['title']}; {known['citation']}",
            rec_datetime=started,  # UTC: Neo keeps no time zone
            manifest=(result.path / MANIFEST).read_text(encoding="utf-8"),
            **known,
            **parameters,
        )
        about = "learning, from its first sample to its last"
        segment = neo.Segment(name="learning", description=about)
        block.segments.append(segment)
        synapses = {
            one.layer: found[name] for name, one in reversed(pathway_tables(result).items())
        }
        segment.spiketrains.extend(list(_spike_trains(trains, found, synapses, duration(result))))
    segment.epochs.extend([_samples(found["trials"]), _recorded(result)])
    segment.irregularlysampledsignals.append(_learning(found["learning"]))
    segment.irregularlysampledsignals.extend(_courses(result))
    return block


def write(result, path):
    """Write the NIX file `path`, whole or not at all; some 20 ms for each unit.

    Raises InputError where the disk has too little space: HDF5, below nixio, crashes on a disk that
    fills up.
    """
    from neo.io import NixIO

    units, samples = sum(sizes(result).values()), result.learning.sizes["sample"]
    needs = 8 * sum(result.populations.values()) + 40_000 * units + 400 * samples  # measured
    needs += result.trajectories.nbytes if has_courses(result) else 0
    if needs > (free := shutil.disk_usage(path.parent).free):
        raise InputError(
            f"cannot write {path}: it needs about {needs >> 20} MiB, the disk has {free >> 20}:"
            " free some space, or give a folder on another disk with --out"
        )
    block = to_neo(result)
    with atomic_file(path) as temporary, in_utf8(temporary) as name:
        with NixIO(name, mode="ow") as io:
            io.write_block(block)
            refuse_existing(path)


def _courses(result):
    """A signal for each variable of the trajectories, a channel for each synapse or output."""
    import neo
    import quantities as pq

    if not has_courses(result):
        return []
    recorded = result.trajectories
    synapses, signals = {end: recorded[end].values for end in ENDS if end in recorded}, []
    for name, (unit, meaning, dim) in variables(result).items():
        values = recorded[name].values
        numbers = {"neuron": {"output": np.arange(values.shape[-1])}, "synapse": synapses}
        signals.append(
            neo.IrregularlySampledSignal(
                recorded["time"].values,
                values.reshape(len(values), -1),
                time_units=pq.s,
                units=pq.s**power if (power := power_of_unit(unit)) else pq.dimensionless,
                name=f"trajectory_{name}",
                description=f"{meaning}, at each grid step",
                array_annotations=numbers.get(dim, {}),
            )
        )
    return signals


def _spike_trains(trains, found, synapses, stop):
    """A SpikeTrain for each unit, silent ones too.

    synapses : {layer: table of its first pathway}.
    """
    import neo
    import quantities as pq

    for unit, about in enumerate(_rows(found["units"])):
        if (table := synapses.get(about["population"])) is not None:
            own = table.values("post") == about["node_id"]
            about |= {name: table.values(name)[own] for name in ("theta", "weight")}
        yield neo.SpikeTrain(
            trains.train(unit) * pq.s,
            t_stop=stop * pq.s,
            t_start=0 * pq.s,
            name=f"{about['population']} {about['node_id']}",
            **about,
        )


def _rows(table):
    """What is known of each unit, {name: value}: without -1 and nan, which stand for what it does
    not have.
    """
    columns = [(c.name, c.values) for c in table.columns if c.name != "recorded_spikes"]
    for row in range(len(table.values("node_id"))):
        about = {name: values[row] for name, values in columns}
        yield {
            name: value if isinstance(value, (str, np.ndarray)) else value.item()
            for name, value in about.items()
            if isinstance(value, str) or not (np.isnan(value) | (np.asarray(value) == -1)).any()
        }


def _samples(table):
    import neo
    import quantities as pq

    start, stop = table.values("start_time"), table.values("stop_time")
    about = {c.name: c.values for c in table.columns[2:] if np.ndim(c.values) == 1}
    counts = table.values("spike_counts").T
    about |= {f"spike_counts_{output}": row for output, row in enumerate(counts)}
    return neo.Epoch(
        times=start * pq.s,
        durations=(stop - start) * pq.s,
        labels=np.array(table.values("class_name")),
        name="samples",
        description=table.meaning,
        array_annotations={name: np.asarray(values) for name, values in about.items()},
    )


def _recorded(result):
    import neo
    import quantities as pq

    intervals = recorded(result)
    return neo.Epoch(
        times=intervals[:, 0] * pq.s,
        durations=np.diff(intervals)[:, 0] * pq.s,
        labels=np.array(["recorded"] * len(intervals)),
        name="recorded",
        description="intervals in which spikes were recorded, start <= t < stop",
    )


def _learning(table):
    import neo
    import quantities as pq

    time, *measures = table.columns
    return neo.IrregularlySampledSignal(
        time.values,
        np.column_stack([column.values.astype(float) for column in measures]),
        time_units=pq.s,
        units=pq.dimensionless,
        name="learning",
        description=table.meaning,
        array_annotations={
            "measure": np.array([column.name for column in measures]),
            "meaning": np.array([column.meaning for column in measures]),
        },
    )
