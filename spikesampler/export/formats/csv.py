"""A run as a folder of plain tables, with README.txt that says what each column is.

Numbers are written with as many digits as it takes to read the same bits back (Python's repr).
"""

import csv
import shutil
from contextlib import contextmanager

import numpy as np

from spikesampler.export.columns import Column, Table
from spikesampler.export.courses import (
    course_blocks,
    has_courses,
    recorded_synapses,
    variables,
)
from spikesampler.export.files import whole_folder
from spikesampler.export.tables import facts, recorded, tables
from spikesampler.export.trains import count_spikes, spike_blocks
from spikesampler.store.manifest import MANIFEST

__all__ = ["ENDING", "check_packages", "readme", "write", "write_courses", "write_tables"]

ENDING = "-csv"

_SPIKES = [
    ("time", "s", "time of the spike, from the start of learning"),
    ("node_id", "1", "number of the neuron in its population"),
]


def check_packages():
    """Nothing is needed beyond Python."""


def write(result, path):
    """Write the folder `path`: spikes_POPULATION.csv, the tables, trajectories.csv and synapses.csv
    where there are any, README.txt and manifest.json, whole or not at all.
    """
    with whole_folder(path) as folder:
        written = write_tables(result, folder)
        for name in result.populations:
            with _new_csv(folder / f"spikes_{name}.csv") as rows:
                rows.writerow([column for column, _, _ in _SPIKES])
                for times, ids in spike_blocks(result, name):
                    rows.writerows(zip(times.tolist(), ids.tolist()))
            columns = [Column(column, (), unit, meaning) for column, unit, meaning in _SPIKES]
            written.append(
                Table(
                    f"spikes_{name}", f"Spikes of the population {name}, in order of time", columns
                )
            )
        if has_courses(result):
            written += write_courses(result, folder)
        shutil.copyfile(result.path / MANIFEST, folder / MANIFEST)
        (folder / "README.txt").write_text(readme(result, written), "utf-8", "backslashreplace")


def write_courses(result, folder):
    """Write trajectories.csv, a row per grid step, and synapses.csv where synapses were recorded;
    gives their tables.
    """
    synapses, known = recorded_synapses(result), variables(result)
    if synapses is not None:
        _write_table(synapses, folder)
    sizes = result.trajectories.sizes
    names = {
        name: [f"{name}_{number}" for number in range(sizes[dim])] if dim else [name]
        for name, (_, _, dim) in known.items()
    }
    with _new_csv(folder / "trajectories.csv") as rows:
        rows.writerow(["time", *(column for columns in names.values() for column in columns)])
        for times, values in course_blocks(result):
            rows.writerows(np.column_stack([times, *values.values()]).tolist())
    columns = [Column("time", (), "s", "begin of the grid step, from the start of learning")]
    for name, (unit, meaning, dim) in known.items():
        of = {"synapse": ", a column for each row of synapses.csv", "neuron": ", a column for each"}
        shape = np.empty((0, len(names[name]))) if dim else ()
        columns.append(Column(name, shape, unit, meaning + of.get(dim, "")))
    about = "Trajectories of what was recorded, a row for each grid step of learning"
    return [*filter(None, [synapses]), Table("trajectories", about, columns)]


@contextmanager
def _new_csv(path):
    """A writer of rows into a new file."""
    with open(path, "w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        yield csv.writer(file, lineterminator="\n")


def write_tables(result, folder):
    """Write all tables but the spikes as CSV files into `folder`; gives them, with that of the
    recorded intervals.
    """
    intervals = recorded(result)
    found = [
        *tables(result, count_spikes(result)).values(),
        Table(
            "recorded",
            "Intervals in which spikes were recorded, start <= t < stop",
            [
                Column("start", intervals[:, 0], "s", "begin"),
                Column("stop", intervals[:, 1], "s", "end"),
            ],
        ),
    ]
    for table in found:
        _write_table(table, folder)
    return found


def _write_table(table, folder):
    with _new_csv(folder / f"{table.name}.csv") as rows:
        flat = [one for column in table.columns for one in _flat(column)]
        rows.writerow([name for name, _ in flat])
        rows.writerows(zip(*(values for _, values in flat)))


def _flat(column):
    """(name, list of values) of a column; of one that is a matrix, each of its columns with its
    number.
    """
    if np.ndim(column.values) == 1:
        return [(column.name, np.asarray(column.values).tolist())]
    return [
        (f"{column.name}_{number}", values.tolist())
        for number, values in enumerate(column.values.T)
    ]


def readme(result, written):
    """The text of README.txt: which run this is, and every column of the tables `written`, with
    unit and meaning.
    """
    lines = [
        "A run of spikesampler as tables. Numbers read back to the same bits, with pandas by",
        'read_csv(..., float_precision="round_trip"). manifest.json is the run\'s own record.',
        "",
    ]
    lines += [f"{name}: {value}" for name, value in facts(result).items()]
    for table in written:
        lines += ["", f"{table.name}.csv: {table.meaning}"]
        for column in table.columns:
            name = (
                column.name
                if np.ndim(column.values) == 1
                else f"{column.name}_0, {column.name}_1, ..."
            )
            lines.append(f"  {name}{f' ({column.unit})' if column.unit else ''}: {column.meaning}")
    return "\n".join(lines) + "\n"
