"""What a finished run holds besides its spikes, as tables that every format writes: columns with
unit and meaning.

Reading executes nothing: facts come from manifest.json and learning.nc; the centres of tuning
curves are drawn again from the seed, and given only if their SHA-256 is the one in the manifest.
"""

import numpy as np

from spikesampler.errors import DamagedError, InputError
from spikesampler.experiments.run_stimuli import centres_of_run
from spikesampler.export.columns import Column, Table, make_table
from spikesampler.stats.responses import preferred_class, selectivity
from spikesampler.store.learning import of_pathway

__all__ = [
    "check_spikes",
    "duration",
    "facts",
    "parameters",
    "pathway_tables",
    "recorded",
    "run_name",
    "sizes",
    "tables",
    "units",
]


def check_spikes(result):
    """Raise InputError for a run whose spikes were not recorded, or not those of its inputs."""
    if "inputs" not in result.populations:
        result.refuse_silence()
        raise InputError(
            f"{result.path} holds no spikes of inputs: run again with --record windows or"
            " --record all"
        )


def sizes(result):
    """{population: number of its neurons}, silent ones too; events of outputs, the teacher's and
    the model's own, have a train for each output.
    """
    names = dict.fromkeys(["inputs", "outputs", *result.populations])
    return {name: int(result.learning.sizes[result.dimension(name)]) for name in names}


def duration(result):
    """Length of learning in s, with the gap after the last sample."""
    return result.samples * result.period


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
        "arm": result.arm,
        "start": str(manifest["start"]),
        "seed": int(manifest["seed"]),
        "record": manifest["settings"]["record"],
        "data": manifest["data"]["name"],
        "started": manifest["started"],
        "identifier": manifest["checksum"],
        "spikesampler_version": manifest["versions"]["spikesampler"],
        **{
            name: getattr(result, name)
            for name in (
                *("online_accuracy", "probe_accuracy", "test_accuracy", "averaged_accuracy"),
                "bayes_accuracy",
            )
        },
    }


def run_name(result):
    """A name of the run for the file: model, arm, start and seed."""
    return "{model}-{arm}-{start}-seed{seed}".format(**facts(result))


def parameters(result):
    """Table of all parameters of the model, as the run had them: value as text, unit and source."""
    parameters = result.manifest["parameters"]
    values = {
        name: [str(parameter.get(name, "")) for parameter in parameters.values()]
        for name in ("value", "unit", "source")
    }
    return make_table("parameters", {"parameter": list(parameters)} | values)


def output_classes(result):
    """Class that each output stands for (n_output,), -1 for none; its own number where the run does
    not say.
    """
    if "output_class" in result.learning:
        return result.learning["output_class"].values
    return np.arange(sizes(result)["outputs"])


def units(result, counts):
    """Table of all units, silent ones too: inputs, outputs, then events of outputs.

    counts : {population: number of spikes of each neuron, (n,)}.
    """
    number = sizes(result)
    rates = result.learning["input_class_rate"].values
    inputs, others = number["inputs"], sum(number.values()) - number["inputs"]
    stands_for = {
        name: output_classes(result) if result.dimension(name) == "output" else np.full(size, -1)
        for name, size in number.items()
        if name != "inputs"
    }
    if "teacher" in stands_for:
        stands_for["teacher"] = np.arange(number["teacher"])
    values = {
        "population": [name for name, n in number.items() for _ in range(n)],
        "node_id": np.concatenate([np.arange(n) for n in number.values()]),
        "preferred_class": np.append(preferred_class(rates), np.full(others, -1)),
        "selectivity": np.append(selectivity(rates), np.full(others, np.nan)),
        "output_class": np.concatenate([np.full(inputs, -1), *stands_for.values()]),
        "recorded_spikes": np.concatenate(list(counts.values())),
    }
    if (centres := centres_of_run(result.manifest, inputs)) is not None:
        nowhere = np.full((others, centres.shape[1]), np.nan)
        values["centre"] = np.concatenate([centres, nowhere])
    return make_table("units", values)


def trials(result):
    """Table of the learning samples."""
    learning, length = result.learning, result.values["sample_length"]
    gap = result.period - length
    start, label, response = (learning[name].values for name in ("time", "label", "response"))
    names = result.manifest["data"]["class_names"]
    values = {
        "start_time": start,
        "stop_time": start + length if gap else np.append(start[1:], len(start) * length),
        "label": label,
        "class_name": [names[k] for k in label],
        "response": response,
        "answered_class": np.where(response >= 0, output_classes(result)[response], -1),
        "credit": learning["credit"].values,
        "spike_counts": learning["spike_counts"].values,
    }
    return make_table("trials", values)


def pathway_tables(result):
    """{name of the table of its synapses: the pathway}; that of the main one is `weights`."""
    pathways = [result.pathway(name) for name in result.pathways]
    main = result.main.name
    return {
        "weights" if one.name == main else of_pathway("weights", one.name): one for one in pathways
    }


def weights(result, name, pathway):
    """Table of all synapses of a pathway, by neuron of its layer and then of its source: parameter
    and weight after learning, and its way there.
    """
    theta, path = pathway.theta.values, pathway.theta_path.values
    post, pre = (index.ravel() for index in np.indices(theta.shape))
    values = {
        "pre": pre,
        "post": post,
        "theta": theta.ravel(),
        "weight": pathway.weights.values.ravel(),
        "theta_path": path.reshape(len(path), -1).T,
    }
    times = ", ".join(f"{time:g}" for time in result.learning["probe_time"].values)
    law = pathway.weights.attrs["long_name"]
    table = make_table("weights", values, weight=law, theta_path=times)
    if len(result.pathways) == 1:
        return table
    meaning = f"Synapses of the pathway {pathway.name}: from {pathway.source} to {pathway.layer}"
    return table._replace(name=name, meaning=meaning)


def learning_curves(result):
    """Table of the probes during learning."""
    known = (
        "probe_time",
        "probe_samples_seen",
        "probe_accuracy",
        "online_accuracy",
        "probe_entropy",
        *result.own_metrics,
    )
    curves = [result.learning[name] for name in known if name in result.learning]
    columns = [Column(c.name, c.values, c.attrs["units"], c.attrs["long_name"]) for c in curves]
    about = "Accuracies and own metrics" if result.own_metrics else "Accuracies"
    return Table("learning", f"{about} at the probes: before, during and after learning", columns)


def confusion(result):
    """Table of the test after learning, a row for each class."""
    counts = result.learning["confusion"]
    names = result.manifest["data"]["class_names"]
    values = {
        "class_number": np.arange(len(counts)),
        "class_name": [names[k] for k in range(len(counts))],
        "answered": counts.values,
    }
    return make_table("confusion", values, answered=counts.attrs["long_name"])


def test_samples(result):
    """Table of the samples of the test after learning."""
    learning = result.learning
    values = {
        "label": learning["test_label"].values,
        "spike_counts": learning["test_counts"].values,
        "stimulus": _flat(learning["test_points"].values),
    }
    return make_table("test", values, stimulus=learning["test_points"].attrs["long_name"])


def _flat(points):
    """(n, F, D) of F frames as (n, F D), frame by frame."""
    return points.reshape(len(points), -1)


def tables(result, counts):
    """{name: Table} of a run: units, trials, weights of each pathway, learning, confusion, test and
    parameters.
    """
    found = [
        units(result, counts),
        trials(result),
        *(weights(result, name, pathway) for name, pathway in pathway_tables(result).items()),
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
