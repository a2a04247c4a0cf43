"""What a run's counts say: scores, the classes of outputs, and the variables of learning.nc."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from spikesampler import stimuli
from spikesampler.experiments.averages import Answers, score_arrays, scores_of
from spikesampler.experiments.prepare import Prepared
from spikesampler.stats import metrics
from spikesampler.store.checkpoint import OWN
from spikesampler.store.learning import (
    OWN_METRIC,
    STATE,
    VARIABLES,
    dims_of_main,
    dims_of_pathway,
    of_pathway,
)

ONLINE_SAMPLES = 1_000  #: last samples of learning that the headline online accuracy averages over
RATE_SAMPLES = 2_000  #: samples that the mean rate of an input per class is taken from


class Task(NamedTuple):
    """What a run's records do not say.

    period : s, from one sample to the next. probe_labels : (n,). input_class_rate : mean rate
    (class, input) in Hz of each input while a class is shown. heard : the dimension along which
    what the main pathway's synapses hear is numbered, that of the inputs or another. is_silent :
    nothing fires, so that accuracies are nan.
    """

    supervised: bool
    num_outputs: int
    num_classes: int
    period: float
    probe_labels: np.ndarray
    input_class_rate: np.ndarray
    heard: str = "input"
    is_silent: bool = False


def task_of(prepared: Prepared) -> Task:
    """The Task of a run that is prepared."""
    return Task(
        prepared.model.supervised,
        int(prepared.model["K"]),
        prepared.num_classes,
        prepared.period,
        prepared.probe.labels,
        class_rates(prepared),
        dims_of_main(prepared.model.main.source, prepared.model.main.name)[1],
        prepared.model.is_silent,
    )


def assignment_of(task: Task, counts: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Class of every output (K,): with a teacher its number, else the one for which it wins most.

    -1 where there is none.
    """
    if task.supervised:
        return np.arange(task.num_outputs)
    return metrics.assign_outputs(counts, labels, task.num_classes)


def entropy_of(counts: np.ndarray, labels: np.ndarray, num_classes: int) -> float:
    """H(class | winner) / H(class); nan where all samples are of one class, so H(class) = 0."""
    if len(np.unique(labels)) < 2:
        return float("nan")
    return metrics.normalised_conditional_entropy(counts, labels, num_classes)


def probe_score(task: Task, counts: np.ndarray) -> float:
    """Accuracy on the probe; without a teacher, of each half with the classes of the other.

    counts : (n_probe, K) spikes of outputs.
    """
    if task.is_silent:
        return float("nan")
    labels = task.probe_labels
    if task.supervised or len(labels) < 2:
        return metrics.assigned_accuracy(counts, labels, np.arange(task.num_outputs))
    odd = np.arange(len(labels)) % 2 == 1
    scores = []
    for part in (odd, ~odd):
        assignment = assignment_of(task, counts[part], labels[part])
        scores.append(metrics.assigned_credit(counts[~part], labels[~part], assignment))
    return float(np.concatenate(scores).mean())


def path_arrays(task: Task, records: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The variables of learning.nc that follow from the records of all chunks so far.

    These are all but those of the test. records : label (n,), counts (n, K), probe_counts (probe,
    n_probe, K), probe_seen (probe,) and theta (probe, K, I), as is each further variable of the
    synapses, whose name begins with STATE.

    Those of a pathway that is not the main one are called theta@PATHWAY and so on.

    Without a teacher, the classes of outputs come from the probe before, at the end from the last
    one. What the run's caller measured at the probes is a variable of its own name.
    """
    labels, counts, seen = records["label"], records["counts"], records["probe_seen"]
    assignments = [assignment_of(task, c, task.probe_labels) for c in records["probe_counts"]]
    credit, online = np.full(len(labels), np.nan), np.full(len(seen), np.nan)
    for number, (first, last) in enumerate(zip(seen, [*seen[1:], len(labels)])):
        part = slice(first, last)
        if task.is_silent:
            break
        credit[part] = metrics.assigned_credit(counts[part], labels[part], assignments[number])
        if number + 1 < len(seen):
            online[number + 1] = credit[part].mean()
    entropy = [_entropy(task, c, task.probe_labels) for c in records["probe_counts"]]
    about_entropy = "normalised conditional entropy H(class|winner)/H(class)"
    return {
        "time": np.arange(len(labels)) * task.period,
        "label": labels,
        "response": metrics.response(counts),
        "spike_counts": counts,
        "credit": credit,
        "probe_samples_seen": seen,
        "probe_time": seen * task.period,
        "probe_accuracy": [probe_score(task, c) for c in records["probe_counts"]],
        "online_accuracy": online,
        "input_class_rate": task.input_class_rate,
        "probe_entropy": (("probe",), np.array(entropy), "1", about_entropy),
        "output_class": (
            ("output",),
            assignments[-1].astype("i2"),
            "1",
            "class the output stands for, -1 for none",
        ),
        **synapse_arrays(records, task.heard),
        **own_metrics(records),
    }


def _entropy(task: Task, counts: np.ndarray, labels: np.ndarray) -> float:
    """`entropy_of`, nan where nothing fires."""
    return float("nan") if task.is_silent else entropy_of(counts, labels, task.num_classes)


def synapse_arrays(records: Mapping[str, np.ndarray], heard: str) -> dict[str, Any]:
    """The variables of learning.nc that say what the synapses of all pathways have learnt.

    heard : as of Task. Those that VARIABLES does not know come as it wants them: (dims, values,
    unit, long name).
    """
    arrays: dict[str, Any] = {}
    for key, values in records.items():
        name, _, pathway = key.partition("@")
        if name != "theta" and not name.startswith(STATE):
            continue
        about = VARIABLES["theta"].long_name
        if name != "theta":
            about = f"{name.removeprefix(STATE)} of the synapse at the probe"
        dims = ("output", heard)
        if pathway:
            dims = dims_of_pathway(pathway.partition(".")[0], pathway)
            name, about = of_pathway(name, pathway), f"{about}, pathway {pathway}"
        as_ever = name == "theta" and heard == "input"
        arrays[name] = values if as_ever else (("probe", *dims), values, "1", about)
    return arrays


def own_metrics(records: Mapping[str, np.ndarray]) -> dict[str, tuple]:
    """{name: (dims, values, unit, long name)} of what the run's caller measured at its probes."""
    names = sorted(name for name in records if name.startswith(OWN))
    return {name.removeprefix(OWN): (("probe",), records[name], "1", OWN_METRIC) for name in names}


def learning_arrays(
    prepared: Prepared,
    records: Mapping[str, np.ndarray],
    test: np.ndarray,
    answers: Answers | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The variables of learning.nc and the headline scores.

    test : counts (n, K) of the test; answers : of the snapshots of theta to it.
    """
    p, task = prepared, task_of(prepared)
    arrays = path_arrays(task, records)
    points, test_labels, assignment = p.test.points(), p.test.labels, arrays["output_class"][1]
    scores = {
        "online_accuracy": float(arrays["credit"][-ONLINE_SAMPLES:].mean()),
        "probe_accuracy": arrays["probe_accuracy"][-1],
        "test_accuracy": metrics.assigned_accuracy(test, test_labels, assignment),
        "bayes_accuracy": float(p.source.bayes_accuracy(points, test_labels)),
        "test_entropy": _entropy(task, test, test_labels),
        "test_samples": len(test_labels),
        "probe_samples": len(p.probe.labels),
    }
    if task.is_silent:  # nobody answered
        scores |= dict.fromkeys(("test_accuracy", "bayes_accuracy"), float("nan"))
    of_test = {
        "test_label": test_labels,
        "test_counts": test,
        "test_points": _shown(points, int(p.model["I"])),
        "confusion": metrics.confusion(test, test_labels, task.num_classes),
    }
    of_test |= score_arrays(answers, assignment, task.num_classes)
    return _in_order(arrays | of_test), scores | scores_of(of_test)


def _shown(points: np.ndarray | stimuli.Trains, num_inputs: int) -> Any:
    """What the test showed, as a variable of learning.nc: of spike trains how many there were."""
    if isinstance(points, stimuli.Trains):
        about = "spikes of the input in the test sample"
        return ("test_sample", "input"), points.counts(num_inputs).astype("u2"), "1", about
    if points.ndim > 2:
        about = "stimulus of the test sample, frame by frame"
        return ("test_sample", "frame", "feature"), points, "1", about
    return points


def _in_order(arrays: dict[str, Any]) -> dict[str, Any]:
    """Variables in the order of VARIABLES, others last: the same run gives the same bytes."""
    return {name: arrays[name] for name in VARIABLES if name in arrays} | arrays


def class_rates(prepared: Prepared) -> np.ndarray:
    """Mean rate (class, input) in Hz of each input while a class is shown; nan if it was not."""
    p, num_samples = prepared, min(len(prepared.learning.labels), RATE_SAMPLES)
    rates = stimuli.mean_rates(p.source, p.learning.points(0, num_samples), p.centres, p.values)
    labels = p.learning.labels[:num_samples]
    nothing = np.full(rates.shape[1], np.nan)
    shown = (rates[labels == k] for k in range(p.num_classes))
    return np.array([of_class.mean(axis=0) if len(of_class) else nothing for of_class in shown])
