"""The texts of the readings of Fang, Yu & Chen (2018) do what their names say.

`by_hand` writes down once more, in numpy and without reading the texts, which synapses a reading
moves in which step, and which way. What the texts say of events that were made up here has to give
the same theta, and what both engines make of their own spikes, too.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from engine import Net, by_step, parameters, show
from replay import replay

from spikesampler.language.arm_option import arm_of
from spikesampler.language.model import load_model
from spikesampler.spiking import build as building
from spikesampler.spiking.state import State, silent_state
from spikesampler.spiking.structure import structure_of
from spikesampler.studies.fang_2018.readings_plan import READINGS, model_of

I, K, STEPS, SAMPLES = 200, 5, 40, 5  # inputs, outputs, steps in a sample, samples
SHORT = {"sample_length": 40.0, "grid": 20.0}  # ms: two grid steps in a sample
FAST = {"b": 2e-3, "mu": 0.3, "sigma": 0.5}  # so that every event counts
TEXTS = {reading.text: reading for reading in READINGS if reading.text and not reading.set}

#: {reading: [what moves the synapses of the outputs in a step, in the order of its rules]}; of a
#: step: who fired, who was taught, whether a spike of an earlier step waits, and whose label it is
MOVES = {
    "clamped": lambda step: [step.fired],
    "spared": lambda step: [step.taught, -step.fired * (1 - step.label)],
    "every_step": lambda step: [step.label, -step.fired],
    "gated": lambda step: [step.fired * (2 * step.label - 1)],
    "together": lambda step: [-step.fired, step.label * step.waits],
    "plain_sum": lambda step: [step.taught, -step.fired],
    "bias": lambda step: [-step.fired, step.taught],
}


def by_hand(name, p, theta, labels, inputs, fired, taught):
    """theta after all steps, at temperature 0. inputs (steps, I), fired and taught (steps, K)."""
    slow, fast, theta = np.zeros(I), np.zeros(I), theta.copy()
    waits = waiting(fired)
    for number in range(len(inputs)):
        if number % 20 == 0:
            theta += p["b"] * (p["mu"] - theta) / p["sigma"] ** 2 * 0.02
            theta = np.clip(theta, p["theta_low"], p["theta_high"])
        slow, fast = slow * np.exp(-1e-3 / p["tau_m"]), fast * np.exp(-1e-3 / p["tau_s"])
        slow, fast = slow + inputs[number], fast + inputs[number]
        step = SimpleNamespace(
            fired=fired[number].astype(float),
            taught=taught[number].astype(float),
            waits=float(waits[number]),
            label=np.eye(K)[labels[number // STEPS]],
        )
        for signs in MOVES[name](step):
            w = np.exp(theta - p["theta_0"])
            change = p["b"] * p["N"] * w * (slow - fast - p["alpha"] * np.exp(w))
            moved = np.clip(theta + signs[:, None] * change, p["theta_low"], p["theta_high"])
            theta = np.where(signs[:, None] != 0, moved, theta)
    return theta


def waiting(fired):
    """Whether a spike of an earlier step waits, (steps,): each step serves one of them."""
    waits, pending = [], 0
    for spiking in fired:
        waits.append(pending > 0)
        pending += spiking.sum() - waits[-1]
    return np.array(waits)


def structure_and_values(name, folder, engine="fast"):
    """What a reading's network of I inputs and K outputs is compiled from."""
    model = load_model(model_of(TEXTS[name], folder), I=I, K=K, D=2, **SHORT)
    _, texts = arm_of("none", model.rule, model.parameters)
    structure = structure_of(model, arm=texts, engine=engine, coding="rates", num_features=2)
    return structure, model.base_values()


def beginning():
    """theta (K, I), labels (samples,) and rates of inputs from 0 to 1 (samples, I)."""
    rng = np.random.default_rng(11)
    theta, labels = rng.normal(0.5, 1.0, (K, I)), rng.integers(K, size=SAMPLES)
    return theta, labels, rng.random((SAMPLES, I)) ** 3


def made_up_events(name, labels):
    """Tables of inputs (steps, I), who fired and who was taught (steps, K), as a race has them,
    in which several may fire at once.
    """
    rng, total = np.random.default_rng(12), STEPS * SAMPLES
    inputs, who = rng.random((total, I)) < 0.05, np.repeat(np.eye(K)[labels], STEPS, axis=0)
    fired = rng.random((total, K)) < (0.3 * who if name == "clamped" else 0.06)
    return inputs, fired, (who * (rng.random((total, 1)) < 0.3)) > 0


def events_of(name, labels, fired, taught):
    """The events that the engine records beside output spikes, as tables by their names."""
    who = np.repeat(np.eye(K)[labels], STEPS, axis=0) > 0
    told = who & waiting(fired)[:, np.newaxis]
    others = {"clamped": {}, "gated": {}, "together": {"told": told}, "bias": {"taught": taught}}
    return others.get(name, {"teacher": who if name == "every_step" else taught})


def spikes(events):
    steps, neurons = np.nonzero(events)
    return SimpleNamespace(times=steps * 1e-3, neurons=neurons)


@pytest.mark.parametrize("name", MOVES)
def test_a_text_moves_theta_as_its_name_says(name, tmp_path):
    """1e-10: sums of some hundred changes of order 1e-2, in float64."""
    structure, values = structure_and_values(name, tmp_path)
    theta, labels, _ = beginning()
    inputs, fired, taught = made_up_events(name, labels)
    tables = {"inputs": inputs, "outputs": fired} | events_of(name, labels, fired, taught)
    chunk = SimpleNamespace(spikes={each: spikes(events) for each, events in tables.items()})
    p = parameters(Net(SimpleNamespace(structure=structure), values, ""), FAST)
    said = replay(structure, p, theta, chunk, labels)
    expected = by_hand(name, p, theta, labels, inputs, fired, taught)
    assert np.abs(expected - theta).max() > 0.1
    np.testing.assert_allclose(said.state.theta, expected, rtol=0, atol=1e-10)
    others = [each for each in MOVES if each not in (name, *ALIKE.get(name, ()))]
    for other in others:  # no reading is another one
        wrong = by_hand(other, p, theta, labels, inputs, fired, taught)
        assert np.abs(wrong - said.state.theta).max() > 1e-3, other
    if name == "bias":
        steps = p["b"] * p["N"] * (taught.sum(axis=0) - fired.sum(axis=0))
        np.testing.assert_allclose(said.state.outputs["bias"], steps, rtol=0, atol=1e-12)


#: readings with the same changes of theta, but for the order within a step; where only the label
#: fires, gated is clamped
ALIKE = {"plain_sum": ("bias",), "bias": ("plain_sum",), "clamped": ("gated",)}


def test_texts_that_change_u_do_so(tmp_path):
    """u of the first step, before any input spike: 0 for plain_sum, 1000 at the label for clamped,
    and for both others the sum of -alpha e^w, with the bias.
    """
    theta, labels, _ = beginning()
    felt = -np.exp(-2) * np.exp(np.exp(theta - 3)).sum(axis=1)
    at_label = 1000 * np.eye(K)[labels[0]]
    bias = np.arange(K) / 7
    expected = {"plain_sum": 0 * felt, "clamped": felt + at_label, "bias": felt + bias}
    nothing = SimpleNamespace(spikes={})
    for name, u in expected.items():
        structure, values = structure_and_values(name, tmp_path)
        p = parameters(Net(SimpleNamespace(structure=structure), values, ""), {})
        state = silent_state(theta, structure)
        if name == "bias":
            state = State(theta, state.inputs, state.outputs | {"bias": bias}, state.synapses)
        tables = {
            each: spikes(np.zeros((STEPS, K), bool))
            for each in ("outputs", *structure["rule"]["events"])
        }
        nothing.spikes = tables | {"inputs": spikes(np.zeros((STEPS, I), bool))}
        said = replay(structure, p, state, nothing, labels[:1], plastic=False)
        np.testing.assert_allclose(said.u[0], u, rtol=1e-12, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize("name", MOVES)
def test_both_engines_move_theta_as_the_name_says(name, engine, tmp_path):
    structure, values = structure_and_values(name, tmp_path, engine)
    net = Net(building.build(structure), values, str(tmp_path))
    theta, labels, points = beginning()
    changes = FAST | {"r_min": 5.0, "r_max": 95.0, "rho": 300.0}
    chunk = show(net, theta, points, labels, seed=3, **changes)
    inputs, fired = by_step(net, chunk, "inputs", I), by_step(net, chunk, "outputs", K)
    taught = by_step(net, chunk, "taught" if name == "bias" else "teacher", K)
    assert fired.sum() > 30
    expected = by_hand(name, parameters(net, changes), theta, labels, inputs, fired, taught)
    np.testing.assert_allclose(chunk.state.theta, expected, rtol=0, atol=1e-10)
    who = np.repeat(np.eye(K)[labels], STEPS, axis=0) > 0
    if name == "clamped":
        assert not (fired & ~who).any()
    if name == "every_step":
        assert (taught == who).all()
    if name == "bias":
        steps = changes["b"] * values["N"] * (taught.sum(axis=0) - fired.sum(axis=0))
        np.testing.assert_allclose(chunk.state.outputs["bias"], steps, rtol=0, atol=1e-12)
        assert 0.15 < taught.mean() * K < 0.45  # rho dt = 0.3; 200 steps, standard error 0.03
