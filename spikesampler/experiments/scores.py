"""What a run's counts say: accuracies, the classes that outputs stand for, and the variables of learning.nc."""

import numpy as np

from spikesampler import metrics, stimuli

ONLINE_SAMPLES = 1_000  #: last samples of learning that the headline online accuracy averages over
RATE_SAMPLES = 2_000  #: samples that the mean rate of an input per class is taken from


def assignment_of(model, counts, labels, num_classes):
    """Class of every output (K,): its own number when supervised, else the class for which it wins most (-1: none)."""
    if model.supervised:
        return np.arange(model["K"])
    return metrics.assign_outputs(counts, labels, num_classes)


def entropy_of(counts, labels, num_classes):
    """H(class | winner) / H(class); nan where the samples are all of one class, so that H(class) = 0."""
    if len(np.unique(labels)) < 2:
        return float("nan")
    return metrics.normalised_conditional_entropy(counts, labels, num_classes)


def probe_score(prepared, counts):
    """Accuracy on the probe; without a teacher, each half is scored with the classes assigned on the other."""
    model, labels = prepared.model, prepared.probe.labels
    if model.supervised or len(labels) < 2:
        return metrics.assigned_accuracy(counts, labels, np.arange(model["K"]))
    odd = np.arange(len(labels)) % 2 == 1
    scores = []
    for part in (odd, ~odd):
        assignment = assignment_of(model, counts[part], labels[part], prepared.num_classes)
        scores.append(metrics.assigned_credit(counts[~part], labels[~part], assignment))
    return float(np.concatenate(scores).mean())


def learning_arrays(prepared, records, test):
    """The variables of learning.nc, and the headline scores, from the records of all chunks and the test's counts.

    Without a teacher, the classes of outputs come from the probe before (online) or from the last probe (test).
    """
    p, model, classes = prepared, prepared.model, prepared.num_classes
    labels, counts, seen = records["label"], records["counts"], records["probe_seen"]
    assignments = [assignment_of(model, c, p.probe.labels, classes) for c in records["probe_counts"]]
    credit, online = np.zeros(len(labels)), np.full(len(seen), np.nan)
    for number in range(1, len(seen)):
        part = slice(seen[number - 1], seen[number])
        credit[part] = metrics.assigned_credit(counts[part], labels[part], assignments[number - 1])
        online[number] = credit[part].mean()
    probe = [probe_score(p, c) for c in records["probe_counts"]]
    entropy = [entropy_of(c, p.probe.labels, classes) for c in records["probe_counts"]]
    points, test_labels = p.test.points(), p.test.labels
    scores = {
        "online_accuracy": float(credit[-ONLINE_SAMPLES:].mean()),
        "probe_accuracy": probe[-1],
        "test_accuracy": metrics.assigned_accuracy(test, test_labels, assignments[-1]),
        "bayes_accuracy": float(p.source.bayes_accuracy(points, test_labels)),
        "test_entropy": entropy_of(test, test_labels, classes),
        "test_samples": len(test_labels),
        "probe_samples": len(p.probe.labels),
    }
    arrays = {
        "time": np.arange(len(labels)) * p.sample_length,
        "label": labels,
        "response": metrics.response(counts),
        "spike_counts": counts,
        "credit": credit,
        "probe_samples_seen": seen,
        "probe_time": seen * p.sample_length,
        "probe_accuracy": probe,
        "online_accuracy": online,
        "theta": records["theta"],
        "test_label": test_labels,
        "test_counts": test,
        "test_points": points,
        "confusion": metrics.confusion(test, test_labels, classes),
        "input_class_rate": class_rates(p),
        "probe_entropy": (
            ("probe",),
            np.array(entropy),
            "1",
            "normalised conditional entropy H(class|winner)/H(class)",
        ),
        "output_class": (("output",), assignments[-1].astype("i2"), "1", "class the output stands for, -1 for none"),
    }
    return arrays, scores


def class_rates(prepared):
    """Mean rate (class, input) in Hz of each input while a class is shown; nan for a class that was not."""
    p, num_samples = prepared, min(len(prepared.learning.labels), RATE_SAMPLES)
    rates = stimuli.input_rates(p.source, p.learning.points(0, num_samples), p.centres, p.values)
    labels = p.learning.labels[:num_samples]
    nothing = np.full(rates.shape[1], np.nan)
    return np.array([rates[labels == k].mean(axis=0) if (labels == k).any() else nothing for k in range(p.num_classes)])
