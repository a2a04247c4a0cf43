"""A run as a folder in the SONATA format (Dai et al., PLoS Comput. Biol. 16(2):e1007696, 2020).

spikes.h5 has the run's time stamps (ms) and node ids, bit for bit, but not compressed: the
reference reader, libsonata, comes without the filters that would undo it. nodes.h5 has the
populations, edges.h5 the synapses from inputs to outputs, of several layers those of each pathway,
with their weights, circuit_config.json and simulation_config.json name the files. Where all spikes
were kept, spikes.h5 also has the labels of the samples and their length, so that it can be
replayed. The samples and all that SONATA has no
place for are tables, trials.csv and so on, as in the format csv; README.txt says what their columns
are.
"""

import shutil

import numpy as np

from spikesampler.export.courses import has_courses
from spikesampler.export.files import whole_folder
from spikesampler.export.formats.csv import readme, write_courses, write_tables
from spikesampler.export.tables import duration, pathway_tables, sizes
from spikesampler.store.atomic import json_bytes
from spikesampler.store.manifest import MANIFEST, SPIKES
from spikesampler.store.spikes import copy_spikes, sonata_file

__all__ = ["ENDING", "check_packages", "edges_name", "write"]

ENDING = "-sonata"

_WAYS = ("source_to_target", "target_to_source")
_TYPES = {"inputs": "virtual", "outputs": "point_neuron", "teacher": "virtual"}


def check_packages():
    """Nothing is needed beyond what spikesampler itself needs."""


def write(result, path):
    """Write the folder `path`, whole or not at all."""
    with whole_folder(path) as folder:
        found = {table.name: table for table in write_tables(result, folder)}
        if has_courses(result):
            found |= {table.name: table for table in write_courses(result, folder)}
        copy_spikes(result.path / SPIKES, folder / SPIKES, *_samples(result))
        shutil.copyfile(result.path / MANIFEST, folder / MANIFEST)
        populations = _write_nodes(found["units"], _types(result), folder)
        numbers = {name: len(rows) for name, rows in populations.items()}
        pathways = pathway_tables(result)
        _write_edges({one: found[name] for name, one in pathways.items()}, numbers, folder)
        (folder / "README.txt").write_text(
            readme(result, found.values()), "utf-8", "backslashreplace"
        )
        step, seed = result.values["dt"], result.manifest["seed"]
        edges = [*map(edges_name, pathways.values())]
        for name, facts in _configs(_types(result), edges, duration(result), step, seed).items():
            (folder / name).write_bytes(json_bytes(facts))


def _samples(result):
    """Labels of the samples, and lengths, of a run whose spikes were all kept: they are enough to
    replay it, as `--data spikes:FILE`.
    """
    labels, values = result.learning["label"].values, result.values
    period = values["sample_length"] + values.get("gap", 0.0)
    kept = sum(last - first for first, last in result.manifest["recorded_windows"])
    if kept < len(labels) * period * (1 - 1e-9):
        return {}, {}
    names = ("sample_length", "gap")
    lengths = {name: float(values[name]) for name in names if name in values}
    return {"labels": labels}, lengths | {"num_inputs": int(values["I"])}


def edges_name(pathway):
    """The population of edges of a pathway, such as inputs_to_outputs."""
    return f"{pathway.source}_to_{pathway.layer}"


def _types(result):
    """{population: its type in SONATA}; what only events have is virtual."""
    layers = dict.fromkeys(result.layers, "point_neuron")
    return {name: (_TYPES | layers).get(name, "virtual") for name in sizes(result)}


def _write_nodes(table, types, folder):
    """nodes.h5 and node_types.csv; gives {population: rows of the units table}."""
    population = np.array(table.values("population"))
    populations = {
        str(name): np.flatnonzero(population == name) for name in dict.fromkeys(population)
    }
    known = [
        column
        for column in table.columns
        if column.name not in ("population", "node_id", "recorded_spikes")
    ]
    with sonata_file(folder / "nodes.h5") as (file, _):
        for kind, (name, rows) in enumerate(populations.items()):
            group = file.create_group(f"nodes/{name}")
            group["node_id"] = np.arange(len(rows), dtype="u8")
            _write_members(group, "node", kind, len(rows))
            for column in known:
                for dimension, values in enumerate(np.atleast_2d(np.asarray(column.values).T)):
                    end = f"_{dimension}" if np.ndim(column.values) > 1 else ""
                    group.create_dataset(f"0/{column.name}{end}", data=values[rows])
    lines = [f"{kind} {name} {types[name]}" for kind, name in enumerate(populations)]
    _write_lines(folder / "node_types.csv", ["node_type_id pop_name model_type", *lines])
    return populations


def _write_members(group, kind, type_id, number):
    """The bookkeeping of SONATA: all of one type, attributes of all in group 0, in order."""
    group[f"{kind}_type_id"] = np.full(number, type_id, dtype="u8")
    group[f"{kind}_group_id"] = np.zeros(number, dtype="u4")
    group[f"{kind}_group_index"] = np.arange(number, dtype="u8")


def _write_edges(tables, sizes, folder):
    """edges.h5 and edge_types.csv: of each pathway all to all, sorted by output, then input.

    tables : {pathway: table of its synapses}. sizes : of the populations of nodes.
    """
    lines = []
    with sonata_file(folder / "edges.h5") as (file, _):
        for kind, (pathway, table) in enumerate(tables.items()):
            name, ends = edges_name(pathway), (pathway.source, pathway.layer)
            pre, post = (table.values(end).astype("u8") for end in ("pre", "post"))
            group = file.create_group(f"edges/{name}")
            for end, ids, population in zip(("source", "target"), (pre, post), ends):
                group[f"{end}_node_id"] = ids
                group[f"{end}_node_id"].attrs["node_population"] = population
            _write_members(group, "edge", kind, len(pre))
            group["0/syn_weight"] = table.values("weight")
            group["0/theta"] = table.values("theta")
            for way, ids, population in zip(_WAYS, (pre, post), ends):
                _write_index(group.create_group(f"indices/{way}"), ids, sizes[population])
            lines.append(f"{kind} {name} NULL")
    _write_lines(folder / "edge_types.csv", ["edge_type_id edge_name model_template", *lines])


def _write_index(group, ids, number):
    """Which edges a node has: ranges of edges [first, last), and which of these ranges are the
    node's.

    ids (n_edge,): the node of each edge.
    """
    borders = np.flatnonzero(np.diff(ids)) + 1
    first, last = np.append(0, borders), np.append(borders, len(ids))  # ranges of one node
    order = np.argsort(ids[first], kind="stable")
    ends = np.searchsorted(ids[first][order], np.arange(number + 1))
    group["range_to_edge_id"] = np.column_stack([first, last])[order].astype("u8")
    group["node_id_to_ranges"] = np.column_stack([ends[:-1], ends[1:]]).astype("u8")


def _configs(types, edge_names, duration, step, seed):
    """{file: content} of both configurations; duration and step in s, which SONATA has in ms.

    types : of the populations of nodes. edge_names : of those of edges.

    libsonata finds populations only where a configuration names them; other readers do not mind.
    """
    here = {"manifest": {"$BASE_DIR": "."}}
    nodes = {
        "nodes_file": "$BASE_DIR/nodes.h5",
        "node_types_file": "$BASE_DIR/node_types.csv",
        "populations": {name: {"type": kind} for name, kind in types.items()},
    }
    edges = {
        "edges_file": "$BASE_DIR/edges.h5",
        "edge_types_file": "$BASE_DIR/edge_types.csv",
        "populations": {name: {"type": "point_neuron"} for name in edge_names},
    }
    return {
        "circuit_config.json": here | {"networks": {"nodes": [nodes], "edges": [edges]}},
        "simulation_config.json": (
            here
            | {
                "network": "$BASE_DIR/circuit_config.json",
                "run": {"tstop": duration * 1000, "dt": step * 1000, "random_seed": seed},
                "output": {
                    "output_dir": "$BASE_DIR",
                    "spikes_file": SPIKES,
                    "spikes_sort_order": "by_time",
                },
            }
        ),
    }


def _write_lines(path, lines):
    path.write_text("\n".join(lines) + "\n", "utf-8", "backslashreplace")
