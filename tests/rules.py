"""Networks of the rules in tests/models, small, and calls that show them samples."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from replay import replay

from spikesampler.language.arm_option import arm_of
from spikesampler.language.evaluator import initial_of
from spikesampler.language.model import load_model
from spikesampler.spiking.build import build
from spikesampler.spiking.run import run_chunk
from spikesampler.spiking.state import silent_state, to_arrays
from spikesampler.spiking.structure import structure_of

MODELS = Path(__file__).with_name("models")
SHIPPED = Path(__file__).parents[1] / "models"
I, K = 30, 3
SIZES = {"I": I, "K": K}


class Case(NamedTuple):
    """How a rule is tested: arm, what is compiled in; samples of a replay, and its parameters."""

    arm: str
    compiled: dict[str, float]
    samples: int
    changes: dict[str, float]


SHORT = {"sample_length": 50.0, "grid": 50.0}  # ms
RULES = {
    "gap": Case("none", {}, 20, {}),
    "sums": Case("none", SHORT | {"grid": 35.0}, 4, {}),
    "stdp_pairs": Case("none", SHORT | {"dt": 1.0}, 4, {"rate_0": 50.0}),
    "nessler_2013": Case("none", SHORT, 4, {"eta_0": 0.01}),
    "reward": Case("constant", SHORT | {"grid": 10.0}, 4, {"tau_mean": 0.5, "b": 0.01}),
    # of those that `spikesampler new --from` copies
    "examples/single_exponential": Case("constant", SHORT | {"grid": 10.0}, 4, {"b": 1e-3}),
    "examples/alpha_function": Case("constant", SHORT | {"grid": 10.0}, 4, {"b": 1e-3}),
    "examples/square": Case("weight", SHORT | {"grid": 10.0}, 4, {"b": 1e-3}),
    "examples/softplus": Case("constant", SHORT | {"grid": 10.0}, 4, {"b": 1e-3}),
    "examples/laplace_prior": Case("weight_posterior", SHORT | {"grid": 10.0}, 4, {"b": 1e-3}),
}


class RuleNet:
    """A compiled network of a rule, with its parameters; rates of inputs are those of pixels."""

    def __init__(self, name, engine, work, arm="none", **compiled):
        folder = MODELS if (MODELS / f"{name}.py").is_file() else SHIPPED
        self.model = load_model(str(folder / f"{name}.py"), **SIZES | compiled)
        _, texts = arm_of(arm, self.model.rule, self.model.parameters)
        self.structure = structure_of(
            self.model, arm=texts, coding="rates", num_features=0, engine=engine
        )
        self.binary, self.work = build(self.structure), str(work)

    def values(self, changes):
        """Parameters in base units, some of them changed."""
        low, high = self.model.theta_bounds
        return {**self.model.base_values(), "theta_low": low, "theta_high": high, **changes}

    def start(self, theta, changes=None):
        """The state before the first step."""
        shapes = {"inputs": (I,), "outputs": (K,), "synapses": (K, I), "signals": ()}
        rng, values = np.random.default_rng(5), self.values(changes or {})
        return silent_state(theta, self.structure, initial_of(self.model.rule, values, rng, shapes))

    def show(self, state, num_samples, *, points=0.0, labels=0, seed=1, **options):
        """A Chunk of so many samples; the options of `run_chunk`, or parameters, may be others."""
        given = {"plastic": True, "first_step": 0, "temperature": 0.0, "record_inputs": True}
        given |= {name: options.pop(name) for name in [*options] if name in given}
        temperature = np.broadcast_to(given.pop("temperature"), num_samples)
        if isinstance(state, np.ndarray):
            state = self.start(state, options)
        return run_chunk(
            self.binary,
            state,
            np.broadcast_to(points, (num_samples, I)),
            np.broadcast_to(labels, num_samples),
            values=self.values(options),
            centres=None,
            temperature=temperature,
            seed=seed,
            work=self.work,
            **given,
        )


def check_replay(net, num_samples, theta, **changes):
    """Every number of the state is what numpy makes of the recorded spikes; gives the chunk.

    From a state that is not silent, in the middle of learning, and frozen after it. Rounding: some
    thousand operations on each number, 1e-13 of each at most, of sums that reach a hundred.
    """
    rng = np.random.default_rng(2)
    points, labels = rng.random((num_samples, I)), rng.integers(K, size=num_samples)
    before = net.show(theta, 1, points=1.0, seed=4, **changes).state
    period = net.structure["sample_length"] + net.structure["gap"]
    first = 7 * round(period / net.structure["dt"])
    for plastic, state in ((True, before), (False, before)):
        how = {"plastic": plastic, "first_step": first}
        chunk = net.show(state, num_samples, points=points, labels=labels, seed=3, **how, **changes)
        replayed = replay(net.structure, net.values(changes), state, chunk, labels, **how)
        ended, expected = to_arrays(chunk.state), to_arrays(replayed.state)
        assert ended.keys() == expected.keys()
        for name, values in expected.items():
            size = max(1.0, np.abs(values).max())
            np.testing.assert_allclose(ended[name], values, rtol=0, atol=1e-10 * size, err_msg=name)
        moved = np.abs(ended["theta"] - state.theta).max()
        assert moved > 1e-4 if plastic else moved == 0
    return chunk
