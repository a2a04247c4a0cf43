"""Rates of groups of neurons in a window of a recording, and the share of samples answered right.
Arrays in and out.
"""

from typing import NamedTuple

import numpy as np

from spikesampler.view.index import PHASES

__all__ = ["Groups", "groups", "psth", "rates_over_time", "share_right"]


class Groups(NamedTuple):
    """Spikes and neurons of three groups: "inputs"; "label", outputs that stand for the label;
    "others", the rest.

    spikes : {group: (num_samples * PHASES,)}. exposure : {group: (num_samples,) s}, recorded time
        of a phase times the
    number of neurons in the group.
    """

    spikes: dict
    exposure: dict


def groups(recording, labels, output_class):
    """Groups of a recording; labels (num_samples,), output_class (K,) the class that each output
    stands for.
    """
    labels, output_class = np.asarray(labels), np.asarray(output_class)
    outputs = recording.indices["outputs"]
    counts = np.asarray(outputs.levels[0]).reshape(len(labels), PHASES, -1)
    mine = labels[:, None] == output_class
    label = np.einsum("spk,sk->sp", counts, mine, dtype=np.int64).ravel()
    phase = recording.recorded * (recording.period / PHASES)
    spikes = {
        "inputs": recording.indices["inputs"].totals,
        "label": label,
        "others": outputs.totals - label,
    }
    inputs = recording.indices["inputs"].num_neurons
    numbers = {"inputs": inputs, "label": mine.sum(1), "others": (~mine).sum(1)}
    return Groups(spikes, {name: phase * number for name, number in numbers.items()})


def rates_over_time(recording, found, window, most=300):
    """Rates of the Groups in a window, in whole phases, at most `most` bins: edges (n_bin + 1,) s,
    {group: Hz}.

    nan where nothing was recorded, or the group has no neuron.
    """
    first, last = recording.samples(*window)
    if last <= first:
        return np.zeros(1), {name: np.empty(0) for name in found.spikes}
    every = max(1, -(-(last - first) * PHASES // most))  # phases in a bin
    starts = np.arange(0, (last - first) * PHASES, every)
    phases = first * PHASES + np.append(starts, (last - first) * PHASES)
    edges = phases * (recording.period / PHASES)
    rates = {}
    for name, spikes in found.spikes.items():
        number = np.add.reduceat(spikes[first * PHASES : last * PHASES], starts, dtype=np.int64)
        exposure = np.repeat(found.exposure[name][first:last], PHASES)
        rates[name] = _divide(number, np.add.reduceat(exposure, starts))
    return edges, rates


def psth(recording, found, window):
    """Rates of the Groups against the time since a sample began: {group: (PHASES,) Hz}, and the
    number of samples.

    The mean over the recorded samples that lie in the window, in part or whole.
    """
    first, last = recording.samples(*window)
    rates = {}
    for name, spikes in found.spikes.items():
        number = spikes[first * PHASES : last * PHASES].reshape(-1, PHASES).sum(axis=0)
        rates[name] = _divide(number, np.full(PHASES, found.exposure[name][first:last].sum()))
    return rates, int(recording.recorded[first:last].sum())


def _divide(number, by):
    return np.divide(number, by, out=np.full(len(number), np.nan), where=by > 0)


def share_right(credit, first, last, most):
    """Mean credit of samples first .. last - 1 in at most `most` bins: samples in a bin (fewer in
    the last), means.
    """
    every = max(1, -(-(last - first) // most))
    starts = np.arange(0, last - first, every)
    if last <= first:
        return every, np.empty(0)
    total = np.add.reduceat(np.asarray(credit, float)[first:last], starts)
    return every, total / np.diff([*starts, last - first])
