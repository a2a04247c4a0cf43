"""What a finished run holds besides its spikes, as tables that every format writes: columns with
unit and meaning.

Reading executes nothing: facts come from manifest.json and learning.nc; the centres of tuning
curves are drawn again from the seed, and given only if their SHA-256 is the one in the manifest.
"""

from typing import NamedTuple

import numpy as np

from spikesampler.errors import DamagedError, InputError
from spikesampler.experiments.prepare import centres_of_run
from spikesampler.stats.responses import preferred_class, selectivity

__all__ = [
    "Column",
    "Table",
    "check_spikes",
    "facts",
    "parameters",
    "recorded",
    "sizes",
    "tables",
    "units",
]


class Column(NamedTuple):
    """One column: values (n_row,) or (n_row, m), a list of words or an array, with unit ("1": a
    pure number).
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


def check_spikes(result):
    """Raise InputError for a run whose spikes were not recorded, or not those of its inputs."""
    if "inputs" not in result.populations:
        raise InputError(
            f"{result.path} holds no spikes of inputs: run again with --record windows or"
            " --record all"
        )


def sizes(result):
    """{population: number of its neurons}, silent ones too; `teacher` has a train of label events
    for each output.
    """
    theta = result.learning["theta"].sizes
    known = {"inputs": int(theta["input"]), "outputs": int(theta["output"])}
    return known | {name: known["outputs"] for name in result.populations if name not in known}


def recorded(result):
    """Intervals (n, 2) in s in which spikes were recorded, half-open; those that touch are one."""
    parts = []
    for start, stop in result.manifest["recorded_windows"]:
        if parts and start <= parts[-1][1]:
            parts[-1][1] = stop
        else:
            parts.append([start, stop])
    return np.array(parts, dtype=float).reshape(-1, 2)


def facts(result):
    """{name: word or number} that say which run this is."""
    manifest = result.manifest
    model = manifest["model"]
    return {
        "model": model["name"],
        "title": model["title"],
        "citation": model["citation"],
        "arm": manifest["arm"],
        "start": str(manifest["start"]),
        "seed": int(manifest["seed"]),
        "record": manifest["settings"]["record"],
        "data": manifest["data"]["name"],
        "started": manifest["started"],
        "identifier": manifest["checksum"],
        "spikesampler_version": manifest["versions"]["spikesampler"],
        **{
            name: getattr(result, name)
            for name in ("online_accuracy", "probe_accuracy", "test_accuracy", "bayes_accuracy")
        },
    }


def parameters(result):
    """Table of all parameters of the model, as the run had them: value as text, unit and source."""
    found = result.manifest["parameters"]
    return Table(
        "parameters",
        "Parameters of the model, as the run had them",
        [
            Column("parameter", list(found), "", "name in the model file"),
            Column(
                "value",
                [str(one["value"]) for one in found.values()],
                "",
                "in the parameter's own unit",
            ),
            Column(
                "unit", [one["unit"] for one in found.values()], "", "1: a pure number or a word"
            ),
            Column(
                "source",
                [one["source"] for one in found.values()],
                "",
                "stated (in the paper), from code (the authors'), or our choice",
            ),
        ],
    )


def output_classes(result):
    """Class that each output stands for (n_output,), -1 for none; its own number where the run does
    not say.
    """
    if "output_class" in result.learning:
        return result.learning["output_class"].values
    return np.arange(sizes(result)["outputs"])


def units(result, counts):
    """Table of all units, silent ones too: inputs, outputs, then the teacher's events. `counts`
    {population: (n,)}.
    """
    number = sizes(result)
    rates, classes = result.learning["input_class_rate"].values, output_classes(result)
    inputs, others = number["inputs"], sum(number.values()) - number["inputs"]
    own = {
        name: classes if name == "outputs" else np.arange(n)
        for name, n in number.items()
        if name != "inputs"
    }
    nothing = np.full(others, -1)
    columns = [
        Column(
            "population",
            [name for name, n in number.items() for _ in range(n)],
            "",
            "inputs, outputs, or teacher: label events that drive the output of the same node id",
        ),
        Column(
            "node_id",
            np.concatenate([np.arange(n) for n in number.values()]),
            "1",
            "number in the population",
        ),
        Column(
            "preferred_class",
            np.concatenate([preferred_class(rates), nothing]),
            "1",
            "inputs: the class with the highest mean rate; -1 for other units",
        ),
        Column(
            "selectivity",
            np.concatenate([selectivity(rates), np.full(others, np.nan)]),
            "1",
            "inputs: (r_p - r_o)/(r_p + r_o), rates for the preferred class and the others; nan for"
            " other units",
        ),
        Column(
            "output_class",
            np.concatenate([np.full(inputs, -1), *own.values()]),
            "1",
            "outputs: the class it stands for; teacher: the label; -1 for none",
        ),
        Column(
            "recorded_spikes",
            np.concatenate(list(counts.values())),
            "1",
            "number of spikes in the recording",
        ),
    ]
    if (drawn := centres_of_run(result.manifest, sizes(result)["inputs"])) is not None:
        columns.append(
            Column(
                "centre",
                np.concatenate([drawn, np.full((others, drawn.shape[1]), np.nan)]),
                "1",
                "inputs: the stimulus in the unit cube to which it answers most; nan for others",
            )
        )
    return Table("units", "Units: every neuron of the network, and the teacher's events", columns)


def trials(result):
    """Table of the learning samples."""
    learning, length = result.learning, result.values["sample_length"]
    start, label, response = (learning[name].values for name in ("time", "label", "response"))
    names = result.manifest["data"]["class_names"]
    answered = np.where(response >= 0, output_classes(result)[response], -1)
    return Table(
        "trials",
        "Learning samples: one stimulus each, one after the other without gaps",
        [
            Column("start_time", start, "s", "the stimulus begins"),
            Column(
                "stop_time", np.append(start[1:], len(start) * length), "s", "the stimulus ends"
            ),
            Column("label", label, "1", "class of the stimulus"),
            Column("class_name", [names[k] for k in label], "", "name of that class"),
            Column("response", response, "1", "most active output, -1 where the maximum is tied"),
            Column(
                "answered_class",
                answered,
                "1",
                "class that the response stands for at the end of learning, -1 for a tie or none",
            ),
            Column(
                "credit",
                learning["credit"].values,
                "1",
                "share of the right outputs in the maximum: 1 right, 0 wrong",
            ),
            Column(
                "spike_counts",
                learning["spike_counts"].values,
                "1",
                "spikes of each output during the sample",
            ),
        ],
    )


def weights(result):
    """Table of all synapses, by output and then input: parameter and weight after learning, and its
    way there.
    """
    theta, w, path = result.theta.values, result.weights.values, result.learning["theta"].values
    post, pre = (index.ravel() for index in np.indices(theta.shape))
    times = ", ".join(f"{time:g}" for time in result.learning["probe_time"].values)
    return Table(
        "weights",
        "Synapses from inputs to outputs",
        [
            Column("pre", pre, "1", "node id of the input"),
            Column("post", post, "1", "node id of the output"),
            Column("theta", theta.ravel(), "1", "synaptic parameter after learning"),
            Column(
                "weight",
                w.ravel(),
                "1",
                result.weights.attrs["long_name"] + ", after learning: what it transmits",
            ),
            Column(
                "theta_path",
                path.reshape(len(path), -1).T,
                "1",
                f"synaptic parameter at each probe (rows of the table `learning`), at {times} s",
            ),
        ],
    )


def learning_curves(result):
    """Table of the probes during learning."""
    names = [
        name
        for name in (
            "probe_time",
            "probe_samples_seen",
            "probe_accuracy",
            "online_accuracy",
            "probe_entropy",
        )
        if name in result.learning
    ]
    columns = [
        Column(name, one.values, one.attrs["units"], one.attrs["long_name"])
        for name in names
        for one in [result.learning[name]]
    ]
    return Table("learning", "Accuracies at the probes: before, during and after learning", columns)


def confusion(result):
    """Table of the test after learning, a row for each class."""
    found = result.learning["confusion"].values
    names = result.manifest["data"]["class_names"]
    return Table(
        "confusion",
        "Test after learning: samples of a class by the output that answered",
        [
            Column("class_number", np.arange(len(found)), "1", "class of the test samples"),
            Column("class_name", [names[k] for k in range(len(found))], "", "its name"),
            Column(
                "answered",
                found,
                "1",
                result.learning["confusion"].attrs["long_name"] + ", a column for each",
            ),
        ],
    )


def test_samples(result):
    """Table of the samples of the test after learning."""
    learning = result.learning
    return Table(
        "test",
        "Samples of the test: held out, shown after learning with plasticity, noise and"
        " teacher off",
        [
            Column("label", learning["test_label"].values, "1", "class of the stimulus"),
            Column(
                "spike_counts",
                learning["test_counts"].values,
                "1",
                "spikes of each output during the sample",
            ),
            Column(
                "stimulus",
                learning["test_points"].values,
                "1",
                learning["test_points"].attrs["long_name"],
            ),
        ],
    )


def tables(result, counts):
    """{name: Table} of a run: units, trials, weights, learning, confusion, test and parameters."""
    found = [
        units(result, counts),
        trials(result),
        weights(result),
        learning_curves(result),
        confusion(result),
        test_samples(result),
        parameters(result),
    ]
    for table in found:
        if len({len(column.values) for column in table.columns}) != 1:
            raise DamagedError(
                f"{result.path} has columns of different lengths for {table.name}: run again"
            )
    return {table.name: table for table in found}
