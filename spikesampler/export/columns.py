"""What the tables of an export are: each column's unit and meaning, in the order of the columns."""

from typing import NamedTuple

__all__ = ["Column", "Table", "make_table"]


class Column(NamedTuple):
    """One column: values (n_row,) or (n_row, m), a list of words or an array, with unit ("1": a
    pure number, "": words).
    """

    name: str
    values: object
    unit: str
    meaning: str


class Table(NamedTuple):
    """Columns of equal length; `table.values(name)` gives those of one."""

    name: str
    meaning: str
    columns: list

    def values(self, name):
        return next(column.values for column in self.columns if column.name == name)


#: {table: {column: (unit, meaning)}}, in the order of the columns
COLUMNS = {
    "parameters": {
        "parameter": ("", "name in the model file"),
        "value": ("", "in the parameter's own unit"),
        "unit": ("", "1: a pure number or a word"),
        "source": ("", "stated (in the paper), from code (the authors'), or our choice"),
    },
    "units": {
        "population": (
            "",
            "inputs; outputs; another layer; or an event of the output of the same node id:"
            " teacher, which drives it by the label, or the name of one of the model's own",
        ),
        "node_id": ("1", "number in the population"),
        "preferred_class": (
            "1",
            "inputs: the class with the highest mean rate; -1 for other units",
        ),
        "selectivity": (
            "1",
            "inputs: (r_p - r_o)/(r_p + r_o), rates for the preferred class and the others; nan for"
            " other units",
        ),
        "output_class": (
            "1",
            "outputs: the class it stands for; own events: that of their output; teacher: the"
            " label; -1 for none",
        ),
        "recorded_spikes": ("1", "number of spikes in the recording"),
        "centre": (
            "1",
            "inputs: the stimulus in the unit cube to which it answers most; nan for others",
        ),
    },
    "trials": {
        "start_time": ("s", "the stimulus begins"),
        "stop_time": ("s", "the stimulus ends"),
        "label": ("1", "class of the stimulus"),
        "class_name": ("", "name of that class"),
        "response": ("1", "most active output, -1 where the maximum is tied"),
        "answered_class": (
            "1",
            "class that the response stands for at the end of learning, -1 for a tie or none",
        ),
        "credit": ("1", "share of the right outputs in the maximum: 1 right, 0 wrong"),
        "spike_counts": ("1", "spikes of each output during the sample"),
    },
    "weights": {
        "pre": ("1", "node id of the input, or of the neuron of another layer that is heard"),
        "post": ("1", "node id of the output, or of the neuron of the layer"),
        "theta": ("1", "synaptic parameter after learning"),
        "weight": ("1", "{}, after learning: what it transmits"),
        "theta_path": (
            "1",
            "synaptic parameter at each probe (rows of the table `learning`), at {} s",
        ),
    },
    "synapses": {
        "synapse": ("1", "number of the synapse in the trajectories"),
        "pre": ("1", "node id of the input, or of the neuron of another layer that is heard"),
        "post": ("1", "node id of the output"),
    },
    "confusion": {
        "class_number": ("1", "class of the test samples"),
        "class_name": ("", "its name"),
        "answered": ("1", "{}, a column for each"),
    },
    "test": {
        "label": ("1", "class of the stimulus"),
        "spike_counts": ("1", "spikes of each output during the sample"),
        "stimulus": ("1", "{}"),
    },
}
MEANINGS = {
    "parameters": "Parameters of the model, as the run had them",
    "units": "Units: every neuron of the network, and the events of each output",
    "trials": "Learning samples: one stimulus each, one after the other",
    "weights": "Synapses from inputs to outputs",
    "synapses": "Synapses whose trajectories were recorded",
    "confusion": "Test after learning: samples of a class by the output that answered",
    "test": (
        "Samples of the test: held out, shown after learning with plasticity, noise and teacher off"
    ),
}


def make_table(name, values, **words):
    """The Table of that name from {column: values}; words {column: text} complete its meaning."""
    columns = []
    for column, cells in values.items():
        unit, meaning = COLUMNS[name][column]
        columns.append(Column(column, cells, unit, meaning.format(words.get(column, ""))))
    return Table(name, MEANINGS[name], columns)
