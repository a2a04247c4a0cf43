"""The test at the end of a run: how the network answers, and the snapshots of its weights."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spikesampler.experiments.averages import Answers
from spikesampler.experiments.phases import Runner
from spikesampler.experiments.synapse_states import with_values
from spikesampler.spiking.state import State
from spikesampler.store.arrays import load_arrays
from spikesampler.store.checkpoint import part_paths

__all__ = ["load_snapshots", "tested"]


def load_snapshots(checkpoints: Path, num_chunks: int) -> dict[str, np.ndarray]:
    """The snapshots of all chunks: seen (S,), theta (S, K, I), and all else that weights depend on,
    by the names of `snapshot_shapes`.
    """
    parts = [load_arrays(path) for path in part_paths(checkpoints, "snapshots", num_chunks)]
    parts = [part for part in parts if len(part["seen"])]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def tested(runner: Runner, state: State, checkpoints: Path) -> tuple[np.ndarray, Answers | None]:
    """Output spikes (n, K) of the test samples, and how the snapshots answer these.

    All answer on the test's own input spikes. Where they cannot ride along with the test
    (`spiking.answers`), each is shown it on its own.
    """
    test, seen = runner.prepared.test, runner.num_learnt
    if not runner.moments:
        return runner.frozen(state, test, "test", seen=seen)[0], None
    snapshots = load_snapshots(checkpoints, len(runner.borders(seen)) - 1)
    samples = snapshots.pop("seen")
    others = {
        name: np.append(values[:-1], values.mean(axis=0, keepdims=True), axis=0)
        for name, values in snapshots.items()
    }
    nobody = np.zeros((0, *state.theta.shape))
    ride = runner.binary.riding is not None
    counts, shares = runner.frozen(
        state, test, "test", seen=seen, riders=others["theta"] if ride else nobody
    )
    assert shares is not None
    if not ride:
        shares = np.concatenate([shares, _one_by_one(runner, state, others, nobody)])
    return counts, Answers(samples, np.append(shares[1:-1], shares[:1], axis=0), shares[-1])


def _one_by_one(
    runner: Runner, state: State, others: Mapping[str, np.ndarray], nobody: np.ndarray
) -> np.ndarray:
    """Answers (R, n, K) of networks with other weights, each shown the test on its own."""
    found = []
    for number in range(len(others["theta"])):
        other = with_values(state, {name: values[number] for name, values in others.items()})
        test, seen = runner.prepared.test, runner.num_learnt
        _, answers = runner.frozen(other, test, "test", seen=seen, riders=nobody)
        found.append(np.asarray(answers)[0])
    return np.array(found)
