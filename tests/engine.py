"""Shared by the engine's tests: small networks by name, one call that shows them samples, and
numpy's replay.

`replay` is science.md section 1 written down again, slow and dense: given the spikes that a chunk
recorded, all else is deterministic, so theta, the PSPs and u at every step must come out the same
up to rounding.
"""

from typing import NamedTuple

import numpy as np

from spikesampler.language.arm_option import arm_of
from spikesampler.language.model import load_model
from spikesampler.spiking import build as building
from spikesampler.spiking.run import run_chunk
from spikesampler.spiking.state import silent_state
from spikesampler.spiking.structure import structure_of
from spikesampler.stimuli import Trains

I, K, D = (
    200,
    5,
    2,
)  # synapses enough for laws: every theta of the K*I = 1000 is an independent draw without learning
SIGMAS = 5  # bounds are this many standard errors: a right program fails one check in 1.7 million
CHANCE = 1e-5  # p-values below this fail

SHORT = {"sample_length": 40.0, "grid": 20.0}  # ms: two grid steps in a sample of 40 steps
GAP = {"gap": 10.0}  # ms
LONG = {"sample_length": 200.0, "grid": 200.0}  # ms
WITH_DRIFT = "mine=2*b*N*w:drift=-3*b*theta:mobility=1 + theta**2"
FALLING = "falling=2*b/intensity:follow=weight"
#: name -> model, arm, coding, engine, what is compiled in; arms with temperature 0 serve as `none`
#: elsewhere
NETWORKS = {
    "plain": ("fang_2018", "none", "rates", "fast", SHORT),
    "clip": ("fang_2018", "constant", "rates", "fast", SHORT | {"retraction": "clip"}),
    "jump": ("fang_2018", "weight_literal", "rates", "fast", SHORT | {"retraction": "jump"}),
    "posterior": ("fang_2018", "weight_posterior", "rates", "fast", SHORT),
    "unsupervised": (
        "kappel_2015",
        "constant_matched",
        "rates",
        "fast",
        SHORT | {"retraction": "clip"},
    ),
    "reference": ("fang_2018", "weight_posterior", "rates", "reference", SHORT),
    "tuned": ("fang_2018", "weight", "tuning", "fast", {"sample_length": 200.0, "grid": 200.0}),
    "fine": ("fang_2018", "weight", "tuning", "fast", {"sample_length": 200.0, "grid": 1.0}),
    # noise that is written out
    "own": ("fang_2018", "mine=2*b*N*w", "tuning", "fast", LONG),
    # noise of a power that follows what `weight` would have
    "following": ("fang_2018", "constant_following", "rates", "fast", SHORT),
    "falling": ("fang_2018", FALLING, "rates", "fast", SHORT),
    "reference_falling": ("fang_2018", FALLING, "rates", "reference", SHORT),
    # inputs that replay spikes, and stimuli of 5 frames
    "replayed": ("fang_2018", "none", "spikes", "fast", SHORT | GAP),
    "framed": ("fang_2018", "none", "rates", "fast", SHORT | {"frames": 5}),
    # only for slow tests
    "own_drift": ("fang_2018", WITH_DRIFT, "tuning", "fast", LONG),
    "momentum": ("fang_2018", "momentum:gamma=5*Hz", "tuning", "fast", LONG),
    "reference_momentum": ("fang_2018", "momentum:gamma=5*Hz", "tuning", "reference", LONG),
    "reference_replayed": ("fang_2018", "none", "spikes", "reference", SHORT | GAP),
    "framed_gap": ("fang_2018", "none", "rates", "fast", SHORT | GAP | {"frames": 5}),
    "reference_framed": ("fang_2018", "none", "rates", "reference", SHORT | GAP | {"frames": 5}),
    "reference_clip": (
        "fang_2018",
        "constant",
        "rates",
        "reference",
        SHORT | {"retraction": "clip"},
    ),
    "reference_jump": (
        "fang_2018",
        "weight_literal",
        "rates",
        "reference",
        SHORT | {"retraction": "jump"},
    ),
    "reference_unsupervised": (
        "kappel_2015",
        "constant_matched",
        "rates",
        "reference",
        SHORT | {"retraction": "clip"},
    ),
    "reference_tuned": (
        "fang_2018",
        "weight",
        "tuning",
        "reference",
        {"sample_length": 200.0, "grid": 1.0},
    ),
    "tenth": (
        "fang_2018",
        "none",
        "rates",
        "fast",
        {"sample_length": 20.0, "grid": 20.0, "dt": 0.1},
    ),
}


class Net(NamedTuple):
    """A compiled network, its parameters in base units, and a folder for its files."""

    binary: building.Binary
    values: dict
    work: str

    @property
    def structure(self):
        return self.binary.structure

    @property
    def steps(self):
        """Steps in a sample."""
        return round(self.structure["sample_length"] / self.structure["dt"])


class Replay(NamedTuple):
    """Final theta (K, I) and adaptation (K,); at every step's thresholds u (steps, K), and x
    (steps, I).
    """

    theta: np.ndarray
    adaptation: np.ndarray
    u: np.ndarray
    x: np.ndarray


def make_net(name, work):
    model, arm, coding, engine, compiled = NETWORKS[name]
    compiled = dict(compiled)
    shown = {"coding": coding, "num_features": D, "frames": compiled.pop("frames", 1)}
    model = load_model(model, I=I, K=K, D=D, **compiled)
    _, texts = arm_of(arm, model.rule, model.parameters)
    structure = structure_of(model, arm=texts, engine=engine, **shown)
    return Net(building.build(structure), model.base_values(), str(work))


def parameters(net, changes):
    """Values in base units, changed by name, with the bounds: alpha e^w = intensity_max on top."""
    p = net.values | changes
    high = p["theta_0"] + np.log(np.log(p["intensity_max"] / p["alpha"]))
    return {"theta_low": p["theta_min"], "theta_high": high} | p


def show(
    net,
    state,
    points,
    labels=0,
    *,
    temperature=0.0,
    plastic=True,
    seed=1,
    centres=None,
    v=1.0,
    record_inputs=True,
    chosen=None,
    moments=(),
    riders=None,
    **changes,
):
    """A Chunk of `points`, as `run_chunk` takes them; `state` may be theta alone, labels and
    temperature one number.
    """
    points = points if isinstance(points, Trains) else np.asarray(points, dtype=float)
    if isinstance(state, np.ndarray):
        state = silent_state(state, net.structure)
    return run_chunk(
        net.binary,
        state,
        points,
        np.broadcast_to(labels, len(points)),
        values=parameters(net, changes),
        centres=np.zeros((I, D)) if centres is None else centres,
        temperature=np.broadcast_to(temperature, len(points)),
        plastic=plastic,
        seed=seed,
        work=net.work,
        matched_power=v,
        record_inputs=record_inputs,
        chosen=chosen,
        moments=moments,
        riders=riders,
    )


def blank(net, num_samples):
    """`num_samples` stimuli at which every input has the rate r_min (far from all centres, or
    black).
    """
    return (
        np.full((num_samples, D), 1e3)
        if net.structure["coding"] == "tuning"
        else np.zeros((num_samples, I))
    )


def steps_of(net, spikes):
    return np.rint(spikes.times / net.structure["dt"]).astype(int)


def by_sample(net, chunk, population, size):
    """Events in samples and in the gaps after them, as a table (samples, steps, size)."""
    s = net.structure
    period = round((s["sample_length"] + s["gap"]) / s["dt"])
    table = np.zeros((len(chunk.counts) * period, size), dtype=bool)
    table[steps_of(net, chunk.spikes[population]), chunk.spikes[population].neurons] = True
    assert table.sum() == len(chunk.spikes[population].times)
    return table.reshape(-1, period, size)


def by_step(net, chunk, population, size):
    """Events as a table of booleans (steps, size)."""
    table = np.zeros((len(chunk.counts) * net.steps, size), dtype=bool)
    if population in chunk.spikes:
        spikes = chunk.spikes[population]
        table[steps_of(net, spikes), spikes.neurons] = True
        assert table.sum() == len(spikes.times)  # at most one event per step and neuron
    return table


def weight(theta, p):
    """The weight that learning sees."""
    w = np.exp(theta - p["theta_0"])
    return np.where(theta < 0, 0, w) if p["retraction"] == "jump" else w


def transmitted(theta, p):
    """The weight that a spike is multiplied by, whose alpha e^w counts in u."""
    w = weight(theta, p)
    return np.maximum(0, w - np.exp(-p["theta_0"])) if p["retraction"] == "clip" else w


def shares(u):
    """softmax over outputs, (steps, K)."""
    e = np.exp(u - u.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def replay(net, state, chunk, *, plastic=True, order=("teacher", "output"), **changes):
    """What the recorded spikes of `chunk` must have made of `state`, at temperature 0; `order`
    within a step.
    """
    s, p = net.structure, parameters(net, changes)
    if isinstance(state, np.ndarray):
        state = silent_state(state, s)
    theta, slow, fast = state.theta.copy(), state.inputs["x_slow"], state.inputs["x_fast"]
    adaptation = state.outputs.get("adaptation", np.zeros(K)).copy()
    supervised = "teacher" in s["rule"]["learning"]
    signs = {"teacher": 1, "output": -1 if supervised else 1}
    inputs, outputs = by_step(net, chunk, "inputs", I), by_step(net, chunk, "outputs", K)
    events = {"teacher": by_step(net, chunk, "teacher", K), "output": outputs}
    grid_every = round(s["grid"] / s["dt"])

    def mobility(row):
        return (
            p["N"] * p["alpha"] * np.exp(weight(row, p))
            if s["arm"]["name"] == "weight_posterior"
            else 1.0
        )

    u, x = np.zeros((len(inputs), K)), np.zeros((len(inputs), I))
    for step in range(len(inputs)):
        if plastic and step % grid_every == 0:
            theta += mobility(theta) * p["b"] * (p["mu"] - theta) / p["sigma"] ** 2 * s["grid"]
            theta = np.clip(theta, p["theta_low"], p["theta_high"])
        slow, fast = slow * np.exp(-s["dt"] / p["tau_m"]), fast * np.exp(-s["dt"] / p["tau_s"])
        if plastic and not supervised:
            adaptation += p["nu"] * s["dt"] / p["tau_beta"]
        x[step] = slow - fast
        felt = transmitted(theta, p)
        u[step] = felt @ x[step] + (
            -p["alpha"] * np.exp(felt).sum(axis=1) if supervised else adaptation
        )
        slow, fast = slow + inputs[step], fast + inputs[step]
        if not plastic:
            continue
        if not supervised:
            adaptation -= outputs[step] / p["tau_beta"]
        for event in order:
            for k in np.flatnonzero(events[event][step]):
                w = weight(theta[k], p)
                score = w * (slow - fast - p["alpha"] * np.exp(w))
                row = theta[k] + signs[event] * mobility(theta[k]) * p["b"] * p["N"] * score
                theta[k] = np.clip(row, p["theta_low"], p["theta_high"])
    return Replay(theta, adaptation, u, x)
