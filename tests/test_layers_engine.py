"""Networks of layers in both engines, against a replay of recorded spikes by plain numpy."""

import numpy as np
import pytest
from layered import LayeredNet, distance

from spikesampler.errors import RunError
from spikesampler.spiking.state import from_arrays, to_arrays

SAMPLES = 4


@pytest.fixture(scope="module")
def net(cache, tmp_path_factory):
    """net(name, engine, arm): a network, compiled once."""
    kept, work = {}, tmp_path_factory.mktemp("layers")

    def get(name="two_layers", engine="fast", arm="none", **parameters):
        key = name, engine, arm, *parameters.items()
        if key not in kept:
            kept[key] = LayeredNet(name, work, arm, engine, **parameters)
        return kept[key]

    return get


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("two_layers", "fast"),
        pytest.param("two_layers", "reference", marks=pytest.mark.slow),
        pytest.param("layers_in_steps", "fast", marks=pytest.mark.slow),
        pytest.param("layers_in_steps", "reference", marks=pytest.mark.slow),
    ],
)
def test_replay_of_recorded_spikes_gives_the_state_of_every_pathway(net, name, engine):
    """Rounding makes 1e-14 of it; a rule, a delay or a sum that is another makes more than 1e-4."""
    own = net(name, engine)
    thetas, (points, labels) = own.thetas(), own.shown(SAMPLES)
    chunk = own.show(own.start(thetas), points, labels)
    assert all(len(spikes.times) > 50 for spikes in chunk.spikes.values())
    assert distance(own, chunk, own.replayed(chunk, thetas, labels)) < 1e-10
    for name, state in chunk.state.pathways(own.structure).items():
        moved = np.abs(state.theta - thetas[name]).max()
        assert moved > 1e-3, name


@pytest.mark.parametrize("wrong", ["delay", "source", "circuit", "signal"])
def test_the_replay_notices_what_is_wrong(net, wrong):
    """Controls: one step less of delay, hidden neurons in another order, no rule, no signal."""
    own = net()
    thetas, (points, labels) = own.thetas(), own.shown(SAMPLES)
    chunk = own.show(own.start(thetas), points, labels)
    spikes = dict(chunk.spikes)
    if wrong == "delay":
        other = LayeredNet("two_layers", own.work, lag="4*ms")
    elif wrong == "circuit":
        other = own
        order = np.roll(np.arange(own.model["H"]), 1)
        spikes["hidden"] = spikes["hidden"]._replace(neurons=order[spikes["hidden"].neurons])
    elif wrong == "source":
        other = own
        spikes["inputs"] = spikes["inputs"]._replace(times=spikes["inputs"].times + 0.001)
    else:
        other = LayeredNet("two_layers", own.work, tau_h="200*ms")
    replayed = other.replayed(chunk._replace(spikes=spikes), thetas, labels)
    assert distance(own, chunk, replayed) > 1e-4


def test_chunks_hand_on_all_that_goes_on(net):
    """Spikes on their way too: two chunks are one, given the spikes of both."""
    own = net()
    thetas, (points, labels) = own.thetas(), own.shown(SAMPLES)
    firsts = (own.show(own.start(thetas), points[:1], labels[:1], seed=seed) for seed in range(9))
    first = next(c for c in firsts if c.state.others["outputs.outputs"].pending.any())
    period = round((own.values["sample_length"] + own.values["gap"]) / own.values["dt"])
    handed_on = from_arrays(to_arrays(first.state))
    second = own.show(handed_on, points[1:], labels[1:], first_step=period, seed=3)
    both = {
        name: type(spikes)(
            np.concatenate([spikes.times, second.spikes[name].times + period * own.values["dt"]]),
            np.concatenate([spikes.neurons, second.spikes[name].neurons]),
        )
        for name, spikes in first.spikes.items()
    }
    whole = second._replace(spikes=both)
    assert distance(own, whole, own.replayed(whole, thetas, labels)) < 1e-10


def test_circuits_race_for_themselves(net):
    """Each of three circuits fires at its own total rate, 150 Hz: Poisson counts, 5 sd."""
    own = net()
    points, labels = own.shown(50)
    chunk = own.show(own.start(own.thetas()), points, labels, record_inputs=True, plastic=False)
    circuits = chunk.spikes["hidden"].neurons // (own.model["H"] // own.model["circuits"])
    expected = own.values["rho_h"] * 50 * own.values["sample_length"]
    counts = np.bincount(circuits, minlength=own.model["circuits"])
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)
    # within a circuit the neuron with the larger potential wins more often: not uniform
    neurons = np.bincount(chunk.spikes["hidden"].neurons, minlength=own.model["H"])
    assert neurons.max() > 1.5 * neurons.min()


def test_noise_is_where_the_arm_says(net):
    """weight@hidden moves hidden theta by its variance alone: the others are bit for bit `none`'s.

    Without spikes of inputs nothing else moves theta but the drift.
    """
    variance = {}
    for arm in ("none", "constant@hidden"):
        own = net(arm=arm, r_min="0*Hz", r_max="0*Hz", rho="0*Hz", rho_h="0*Hz", b="1e-3/second")
        points, labels = own.shown(1)
        thetas = own.thetas(mean=0.5, sd=0.0)
        chunk = own.show(own.start(thetas), points, labels)
        states = chunk.state.pathways(own.structure)
        variance[arm] = {name: np.var(state.theta) for name, state in states.items()}
    assert variance["constant@hidden"]["outputs.hidden"] == variance["none"]["outputs.hidden"] == 0
    assert variance["none"]["hidden"] == 0
    # one step of the grid: 2 b T h; 240 synapses: 5 standard errors of a variance are 0.46 of it
    expected = 2 * 1e-3 * 0.2
    assert abs(variance["constant@hidden"]["hidden"] / expected - 1) < 0.46


def test_fixed_synapses_do_not_move(net):
    own = net("fixed_lateral", arm="constant")
    thetas, (points, labels) = own.thetas(), own.shown(SAMPLES)
    chunk = own.show(own.start(thetas), points, labels)
    assert (chunk.state.others["outputs.outputs"].theta == thetas["outputs.outputs"]).all()
    assert (chunk.state.others["hidden"].theta != thetas["hidden"]).all()


def test_snapshots_and_trajectories_have_every_pathway(net):
    own = net()
    thetas, (points, labels) = own.thetas(), own.shown(SAMPLES)
    wanted = ("theta", "hidden/theta", "outputs.outputs/e")
    chunk = own.show(
        own.start(thetas),
        points,
        labels,
        moments=[200],
        states=wanted,
        recorded=("f", "hidden/h"),
    )
    assert set(chunk.snapshots) == set(wanted)
    assert chunk.snapshots["hidden/theta"].shape == (1, 12, 20)
    early = own.show(own.start(thetas), points[:1], labels[:1])
    assert (chunk.snapshots["hidden/theta"][0] == early.state.others["hidden"].theta).all()
    assert (chunk.snapshots["theta"][0] == early.state.theta).all()
    assert chunk.trajectories["hidden/h"].shape == (SAMPLES, 12)
    assert chunk.trajectories["f"].shape == (SAMPLES,)
    assert (chunk.trajectories["hidden/h"][1] == early.state.others["hidden"].outputs["h"]).all()


def test_a_variance_below_0_is_told_with_its_pathway(net):
    """2 b (1 - w) is negative where w is above 1, theta above 3; there are such synapses."""
    own = net(arm="odd=2*b*(1 - w)@hidden")
    points, labels = own.shown(1)
    state = own.start(own.thetas(mean=3.0))
    with pytest.raises(RunError, match=r"noise of theta in hidden, 2 \* b \* \(1 - w\)|2\*b\*"):
        own.show(state, points, labels)
