"""The network's own weight changes at a frozen theta, and what J says of the same input spikes.

In a step of dt, the label's neuron has a teacher event with probability rho dt and output k spikes
with probability rho dt p_k(x), independently. So, given the input spikes, the sum over steps t of
the changes that these events make has

    mean      rho dt sum_t (h - p) g, the gradient of J (without the prior) on the snapshots x(t),
    variance  sum_t rho dt [h (1 - rho dt) + p (1 - rho dt p)] g^2, per synapse.

Theta is frozen by its learning rate of 1e-10/s, at which an event still moves it by far more than
float64 rounds, and set back at every chunk; the prior's share is known and taken off. The bounds of
theta are lifted: a synapse on its bound can only move inwards, which is no gradient.

Reference: Fang, Yu & Chen (2018), Eq. (2).
"""

from typing import Any, NamedTuple

import numpy as np

from spikesampler.experiments.prepare import Prepared
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.spiking.build import Binary
from spikesampler.spiking.run import Chunk, run_chunk
from spikesampler.spiking.state import State, silent_state
from spikesampler.stimuli import input_rates
from spikesampler.stimuli.psp import psp_patterns
from spikesampler.stimuli.seeds import generator

RATE = 1e-10  #: 1/s, learning rate of the measurement: theta moves by 1e-5 at most in a chunk
FREE = {"theta_low": -1e3, "theta_high": 1e3}  #: bounds out of reach
LEARNING_CHUNK = 1000  #: samples
BATCH = 64  #: samples whose rates are computed at a time


class Network(NamedTuple):
    """A compiled network with what it is shown, a folder for its files and the study's seed."""

    binary: Binary
    prepared: Prepared
    work: str
    seed: int

    @property
    def values(self) -> dict[str, Any]:
        """Parameters in base units."""
        return self.prepared.values

    @property
    def steps(self) -> int:
        """Steps in a sample."""
        return round(self.values["sample_length"] / self.values["dt"])

    @property
    def chance(self) -> float:
        """Probability of an event in a step, of the teacher and of all outputs together."""
        return self.values["rho"] * self.values["dt"]

    def show(
        self,
        state: State,
        first: int,
        last: int,
        *words: str,
        record_inputs: bool = True,
        **changes: float,
    ) -> Chunk:
        """Chunk of the learning samples first..last-1, plastic and without noise.

        words : of the random numbers, beside the seed. changes : parameters.
        """
        rng = generator(self.seed, "gradient", *words, str(first))
        return run_chunk(
            self.binary,
            state,
            self.prepared.learning.points(first, last),
            self.prepared.learning.labels[first:last],
            values=self.values | changes,
            centres=self.prepared.centres,
            temperature=np.zeros(last - first),
            plastic=True,
            seed=rng.integers(2**32, dtype=np.uint32),
            work=self.work,
            record_inputs=record_inputs,
        )

    def objective(
        self, patterns: np.ndarray, labels: np.ndarray, amplification: float
    ) -> SynapticObjective:
        """J of these patterns, with the network's parameters."""
        names = ("theta_0", "alpha", "mu", "sigma")
        return SynapticObjective(
            patterns,
            labels,
            self.values["K"],
            amplification=amplification,
            **{name: self.values[name] for name in names},
        )


class Changes(NamedTuple):
    """Sums of weight changes over b N 1 s in the chunks of one theta, and what is said of them.

    changes (chunk, K, I) : of the network. snapshots, means (chunk, K, I) : what J on either kind
    of PSPs expects. variance (chunk, K, I) : given the input spikes. events (chunk,) : how many.
    """

    changes: np.ndarray
    snapshots: np.ndarray
    means: np.ndarray
    variance: np.ndarray
    events: np.ndarray


def measure(
    network: Network, name: str, theta: np.ndarray, num_chunks: int, samples: int
) -> Changes:
    """Changes at theta in chunks of so many samples.

    PSPs are carried over from chunk to chunk, theta is not. name : of the random numbers.
    """
    rows = []
    state = silent_state(theta, network.prepared.structure)
    for number in range(num_chunks):
        first, last = number * samples, (number + 1) * samples
        chunk = network.show(state, first, last, name, b=RATE, **FREE)
        x = snapshots(network, state, chunk, samples)
        labels = network.prepared.learning.labels[first:last]
        own = own_changes(network, theta, chunk)
        expected = expected_changes(network, theta, x, labels)
        events = sum(len(chunk.spikes[neurons].times) for neurons in ("teacher", "outputs"))
        rows.append((own, *expected, events))
        state = chunk.state._replace(theta=theta)
    return Changes(*map(np.array, zip(*rows)))


def snapshots(network: Network, state: State, chunk: Chunk, num_samples: int) -> np.ndarray:
    """x at every step of a chunk that began with this state, (steps, I)."""
    values, spikes = network.values, chunk.spikes["inputs"]
    slow, fast = state.inputs["x_slow"].copy(), state.inputs["x_fast"].copy()
    decay_slow, decay_fast = (np.exp(-values["dt"] / values[tau]) for tau in ("tau_m", "tau_s"))
    x = np.empty((num_samples * network.steps, len(slow)))
    begins = np.searchsorted(np.rint(spikes.times / values["dt"]), np.arange(len(x) + 1))
    for step in range(len(x)):
        slow *= decay_slow
        fast *= decay_fast
        x[step] = slow - fast  # a spike adds 1 to both, so x sees it in the next step
        neurons = spikes.neurons[begins[step] : begins[step + 1]]
        slow[neurons] += 1.0
        fast[neurons] += 1.0
    return x


def own_changes(network: Network, theta: np.ndarray, chunk: Chunk) -> np.ndarray:
    """Sum of the changes that events made, over b N 1 s: all of theta's way but the prior's."""
    v = network.values
    drift = len(chunk.counts) * v["sample_length"] * (v["mu"] - theta) / v["sigma"] ** 2
    return ((chunk.state.theta - theta) / RATE - drift) / v["N"]


def expected_changes(
    network: Network, theta: np.ndarray, x: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean on snapshots x (steps, I), mean on the mean x of each sample, and variance, (K, I)."""
    chance, steps = network.chance, network.steps
    fine = network.objective(x, np.repeat(labels, steps), chance)
    smooth = x.reshape(len(labels), steps, -1).mean(axis=1)
    coarse = network.objective(smooth, labels, chance * steps)
    h, p = np.eye(network.values["K"])[fine.labels], fine.at(theta).probability
    weights = chance * (h * (1 - chance) + p * (1 - chance * p))
    return score_sum(fine, theta), score_sum(coarse, theta), squared_sum(fine, theta, weights)


def score_sum(objective: SynapticObjective, theta: np.ndarray) -> np.ndarray:
    """amplification sum_n (h - p) g, (K, I): the gradient without the prior's part."""
    return objective.gradient(theta) + (theta - objective.mu) / objective.sigma**2


def squared_sum(objective: SynapticObjective, theta: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """sum_n weights_nk g_nki^2, (K, I), for weights (n, K)."""
    point, x = objective.at(theta), objective.patterns
    return point.weight**2 * (
        weights.T @ (x * x)
        - 2 * point.intensity * (weights.T @ x)
        + point.intensity**2 * weights.sum(axis=0)[:, np.newaxis]
    )


def learnt(network: Network, num_samples: int) -> np.ndarray:
    """Theta after learning num_samples samples from the start, without noise."""
    state = silent_state(network.prepared.theta, network.prepared.structure)
    for first in range(0, num_samples, LEARNING_CHUNK):
        last = min(num_samples, first + LEARNING_CHUNK)
        state = network.show(state, first, last, "learn", record_inputs=False).state
    return state.theta


def fresh_patterns(network: Network, num_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Snapshots of new samples of the same task, one each with spikes of its own, and labels."""
    source, values = network.prepared.source, network.values
    words = ("gradient", "fresh")
    seed = generator(network.seed, *words).integers(2**31)
    samples = source.draw("test", num_samples, seed)
    rates = (
        input_rates(source, samples.points(i, i + BATCH), network.prepared.centres, values)
        for i in range(0, num_samples, BATCH)
    )
    times = {name: values[name] for name in ("sample_length", "dt")}
    times["kernel"] = ((values["tau_m"], 1.0), (values["tau_s"], -1.0))
    return psp_patterns(rates, generator(network.seed, *words, "spikes"), **times), samples.labels
