"""The engine where its answer is exact: extremes, kernels, single events, and numpy's replay of
whole chunks.

Rounding: float64 and at most some thousand operations per number, with -ffast-math reordering sums;
states agree to 1e-12 where they only decay, and to 1e-10 where thousands of learning events follow
upon each other.
"""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from engine import (
    CHANCE,
    SIGMAS,
    D,
    I,
    K,
    blank,
    by_step,
    parameters,
    replay,
    shares,
    show,
    silent_state,
    steps_of,
    transmitted,
)
from scipy import stats

from spikesampler.errors import InputError
from spikesampler.spiking import build as building
from spikesampler.spiking import sealed
from spikesampler.spiking.state import State, to_arrays

SURE = {
    "r_min": 0.0,
    "r_max": 1000.0,
}  # Hz at dt = 1 ms: a black pixel never spikes, a white one in every step


def busy(name):
    """A chunk in which everything happens often: start, stimulus and parameters, all from one fixed
    seed.
    """
    rng = np.random.default_rng(7)
    changes = {
        "b": 2e-3,
        "sigma": 0.2,
        "mu": 0.3,
        "rho": 400.0,
        "r_min": 5.0,
        "r_max": 95.0,
        "intensity_max": 0.5,
    }
    if name.endswith("posterior") or name == "reference":
        changes |= {"N": 30.0}  # the mobility N alpha e^w is another factor of about 4
    if name.endswith("unsupervised"):
        changes |= {"nu": 80.0, "tau_beta": 0.5, "b": 5e-4}
    theta = rng.normal(0.5, 1.0, (K, I))
    points, labels = rng.random((60, I)) ** 3, rng.integers(K, size=60)
    if name.endswith("tuned"):
        changes |= {"b": 4e-3, "intensity_max": 1.0, "centres": rng.random((I, D))}
        points, labels = points[:12, :D], labels[:12]
    return theta, points, labels, changes


@pytest.fixture(scope="module")
def played(network):
    """played(name): a busy chunk of that network at temperature 0, and its replay."""
    kept = {}

    def get(name):
        if name not in kept:
            net = network(name)
            theta, points, labels, changes = busy(name)
            chunk = show(net, theta, points, labels, seed=3, **changes)
            kept[name] = SimpleNamespace(
                net=net,
                theta=theta,
                changes=changes,
                chunk=chunk,
                replay=replay(net, theta, chunk, **changes),
            )
        return kept[name]

    return get


# extremes


def test_no_rate_no_spike(network):
    theta = np.full((K, I), 0.5)
    net = network("plain")
    chunk = show(net, theta, blank(net, 1000), rho=0.0, r_min=0.0)
    assert {name: len(spikes.times) for name, spikes in chunk.spikes.items()} == dict.fromkeys(
        ("inputs", "outputs", "teacher"), 0
    )


def test_rate_of_one_per_step_at_every_border_of_a_full_chunk(network):
    """Stimulus and label change at exactly the first step of every sample, for the largest number
    of samples.
    """
    net, rng = network("plain"), np.random.default_rng(1)
    points, labels = (rng.random((1000, I)) < 0.02).astype(float), rng.integers(K, size=1000)
    chunk = show(net, np.full((K, I), 0.5), points, labels, rho=1000.0, b=0.0, **SURE)
    assert np.array_equal(
        by_step(net, chunk, "inputs", I), np.repeat(points == 1, net.steps, axis=0)
    )
    assert np.array_equal(
        by_step(net, chunk, "teacher", K), np.repeat(np.eye(K)[labels] == 1, net.steps, axis=0)
    )


@pytest.mark.parametrize("winners", [[3], [0, 4]])
def test_share_of_outputs_that_differ_by_more_than_exp_can_hold(network, winners):
    """sum of alpha e^w: 1000 for the losers, 29 for winners, so u differs by 971 > 709 = log of the
    largest float64.
    """
    net, theta = network("plain"), np.full((K, I), 5.0)
    theta[winners] = 0.0
    chunk = show(net, theta, blank(net, 100), rho=1000.0, r_min=0.0, plastic=False)
    fired = by_step(net, chunk, "outputs", K)
    assert fired.sum(axis=0)[[k for k in range(K) if k not in winners]].sum() == 0
    if len(winners) == 1:
        assert fired[:, winners[0]].all()
    else:  # each fires in half of 4000 steps, independently of the other
        assert (np.abs(fired.sum(axis=0)[winners] - 2000) < SIGMAS * np.sqrt(4000 / 4)).all()
        assert abs(np.prod(fired[:, winners], axis=1).sum() - 1000) < SIGMAS * np.sqrt(
            4000 * 3 / 16
        )


# post-synaptic potentials and the state between chunks


def test_psp_is_the_sum_of_its_kernels_over_samples_and_chunks(network):
    net, rng = network("plain"), np.random.default_rng(2)
    first = show(net, np.zeros((K, I)), rng.random((7, I)), seed=1, rho=0.0)
    second = show(net, first.state, rng.random((3, I)), seed=2, rho=0.0)
    border = 7 * net.steps
    steps = np.concatenate(
        [steps_of(net, first.spikes["inputs"]), border + steps_of(net, second.spikes["inputs"])]
    )
    inputs = np.concatenate([first.spikes["inputs"].neurons, second.spikes["inputs"].neurons])
    assert (steps < border).sum() > 1000
    last = 10 * net.steps - 1  # a chunk ends after its last step
    for tau, x in (
        ("tau_m", second.state.inputs["x_slow"]),
        ("tau_s", second.state.inputs["x_fast"]),
    ):
        kernel = np.exp(-(last - steps) * 1e-3 / net.values[tau])
        np.testing.assert_allclose(x, np.bincount(inputs, kernel, I), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("tau_m", "tau_s"), [(0.02, 1e-6), (1e-5, 1e-6), (0.003, 0.001), (1e3, 0.02), (1e9, 1e8)]
)
def test_psp_of_any_time_constants(network, tau_m, tau_s):
    """From traces that are gone within a step (e^-1000) to such that never decay, over 400
    steps.
    """
    net, rng = network("plain"), np.random.default_rng(12)
    start = State(np.zeros((K, I)), {"x_slow": rng.random(I), "x_fast": rng.random(I)}, {}, {})
    chunk = show(net, start, rng.random((10, I)), seed=1, rho=0.0, tau_m=tau_m, tau_s=tau_s)
    spikes = by_step(net, chunk, "inputs", I)
    assert spikes.sum() > 1000
    age = (
        len(spikes) - 1 - np.arange(-1, len(spikes))
    ) * 1e-3  # of the state at the start, and of every step
    for tau, x, before in (
        (tau_m, chunk.state.inputs["x_slow"], start.inputs["x_slow"]),
        (tau_s, chunk.state.inputs["x_fast"], start.inputs["x_fast"]),
    ):
        expected = np.exp(-age / tau) @ np.vstack([before, spikes])
        np.testing.assert_allclose(x, expected, rtol=1e-12, atol=1e-99)
        assert expected.any()


def test_two_chunks_do_what_one_does_where_nothing_is_random(network):
    net, rng = network("plain"), np.random.default_rng(3)
    theta = np.tile(
        np.array([[0.0], [2.0], [1.0], [0.5], [0.2]]), I
    )  # output 1 wins by more than 50 at any moment
    points, labels = (rng.random((20, I)) < 0.7).astype(float), rng.integers(K, size=20)
    setting = SURE | {"rho": 1000.0, "b": 1e-6}
    loud = State(theta, {"x_slow": np.full(I, 14.0), "x_fast": np.full(I, 1.4)}, {}, {})
    whole = show(net, loud, points, labels, seed=1, **setting)
    half = show(net, loud, points[:10], labels[:10], seed=2, **setting)
    rest = show(net, half.state, points[10:], labels[10:], seed=3, **setting)
    assert np.array_equal(whole.counts, np.concatenate([half.counts, rest.counts]))
    assert whole.counts[:, 1].min() == net.steps
    assert np.abs(whole.state.theta - theta).max() > 0.01
    parts = to_arrays(rest.state)
    assert sorted(parts) == ["inputs.x_fast", "inputs.x_slow", "theta"]
    for name, values in to_arrays(whole.state).items():
        np.testing.assert_allclose(values, parts[name], rtol=1e-12, atol=1e-12)


# learning


@pytest.mark.parametrize("b", [1e-3, 1e3])
@pytest.mark.parametrize(("event", "sign"), [("teacher", 1), ("outputs", -1)])
def test_a_single_event_changes_its_row_by_eq_2(network, event, sign, b):
    """theta_ki += sign b N w (x - alpha e^w) for all i: to rounding, x from recorded spikes; then
    to both bounds.
    """
    net, rng = network("plain"), np.random.default_rng(4)
    theta, points = rng.normal(1, 1, (K, I)), rng.random((1, I))
    p = parameters(
        net, {"rho": 12.0, "b": b, "sigma": 1e9}
    )  # no prior; half an event per sample and kind
    other = {"teacher": "outputs", "outputs": "teacher"}[event]
    for seed in range(400):  # until a sample has this event alone: probability about 0.1
        chunk = show(net, theta, points, 2, seed=seed, **p)
        step = steps_of(net, chunk.spikes[event])
        if (
            len(step) == 1 and step[0] >= 15 and len(chunk.spikes[other].times) == 0
        ):  # when inputs have spiked
            break
    step, k = step[0], chunk.spikes[event].neurons[0]
    spikes = by_step(net, chunk, "inputs", I)[: step + 1]
    age = (step - np.arange(step + 1)) * 1e-3
    x = np.exp(-age / p["tau_m"]) @ spikes - np.exp(-age / p["tau_s"]) @ spikes
    w = np.exp(theta[k] - p["theta_0"])
    expected = theta.copy()
    expected[k] += sign * p["b"] * p["N"] * w * (x - p["alpha"] * np.exp(w))
    expected = np.clip(expected, p["theta_low"], p["theta_high"])
    assert (b < 1) or (expected[k].min(), expected[k].max()) == (p["theta_low"], p["theta_high"])
    assert k == 2 or event == "outputs"
    assert np.abs(expected - theta).max() > 1e-3
    np.testing.assert_allclose(chunk.state.theta, expected, rtol=0, atol=1e-14)


def check_replay(run):
    """Final theta, PSPs and adaptation of a chunk against numpy's."""
    moved = np.abs(run.chunk.state.theta - run.theta)
    np.testing.assert_allclose(run.chunk.state.theta, run.replay.theta, rtol=0, atol=1e-10)
    assert np.median(moved) > 0.05
    if "adaptation" in run.chunk.state.outputs:
        np.testing.assert_allclose(
            run.chunk.state.outputs["adaptation"], run.replay.adaptation, rtol=0, atol=1e-10
        )
        assert np.abs(run.replay.adaptation).max() > 0.05


@pytest.mark.parametrize(
    "name", ["plain", "clip", "jump", "posterior", "unsupervised", "tuned", "reference"]
)
def test_learning_is_what_numpy_makes_of_the_recorded_spikes(played, name):
    """Prior, teacher, outputs, bounds and adaptation over 60 samples: every theta to 1e-10."""
    check_replay(played(name))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["reference_clip", "reference_jump", "reference_unsupervised", "reference_tuned"]
)
def test_learning_of_every_reference_is_what_numpy_makes_of_it(played, name):
    check_replay(played(name))


@pytest.mark.slow
def test_learning_with_a_step_of_a_tenth_millisecond(played):
    """dt is not a round binary number: events of 12 000 steps still fall where numpy puts them."""
    check_replay(played("tenth"))


def test_the_replay_sees_what_it_should(played):
    """Its power: a teacher and an output event meet on one neuron in one step; synapses retract and
    return.
    """
    run = played("plain")
    both = by_step(run.net, run.chunk, "teacher", K) & by_step(run.net, run.chunk, "outputs", K)
    assert both.sum() > 50
    crossed = (played("jump").chunk.state.theta < 0) != (played("jump").theta < 0)
    assert crossed.sum() > 5
    assert (transmitted(played("clip").theta, parameters(played("clip").net, {})) == 0).mean() > 0.1


@pytest.mark.parametrize("name", ["plain", "reference"])
def test_the_prior_keeps_theta_within_its_bounds(network, name):
    net, theta = network(name), np.random.default_rng(5).normal(0.5, 1, (K, I))
    p = parameters(net, {"b": 10.0, "sigma": 0.1, "rho": 0.0})
    low, high = (
        show(net, theta, blank(net, 3), **(p | {"mu": mu})).state.theta for mu in (-90.0, 90.0)
    )
    assert (low == p["theta_low"]).all()
    np.testing.assert_allclose(
        p["alpha"] * np.exp(np.exp(high - p["theta_0"])), p["intensity_max"], rtol=1e-12
    )


@pytest.mark.parametrize(
    "name", ["plain", "clip", "jump", "posterior", "unsupervised", "reference"]
)
def test_frozen_synapses_stay_bit_for_bit(network, name):
    net, (theta, points, labels, changes) = network(name), busy(name)
    theta = np.clip(theta, -5, parameters(net, changes)["theta_high"])
    chunk = show(net, theta, points, labels, plastic=False, temperature=1.0, **changes)
    assert np.array_equal(chunk.state.theta, theta)
    assert all(not value.any() for value in chunk.state.outputs.values())  # adaptation
    assert chunk.counts.sum() > 100
    assert len(chunk.spikes.get("teacher", SimpleNamespace(times=[])).times) == 0


# shares of the outputs


def share_scores(run, u=None, bins=5):
    """z of every output's count, of its events against u (steps, K), and of the frequency in bins
    of the share.

    Given the past, output k fires with probability q = rho dt softmax(u)_k, independently of the
    others. So sums of (fired - q) times anything known before have mean 0 and variance sum q (1 -
    q) of its square.
    """
    u = run.replay.u if u is None else u
    q = parameters(run.net, run.changes)["rho"] * run.net.structure["dt"] * shares(u)
    error, variance = by_step(run.net, run.chunk, "outputs", K) - q, q * (1 - q)
    lead = u - (shares(u) * u).sum(axis=1, keepdims=True)
    counts = error.sum(axis=0) / np.sqrt(variance.sum(axis=0))
    slope = (error * lead).sum() / np.sqrt((variance * lead**2).sum())
    group = np.digitize(q.ravel(), np.quantile(q, np.arange(1, bins) / bins))
    binned = np.bincount(group, error.ravel()) / np.sqrt(np.bincount(group, variance.ravel()))
    return counts, slope, binned


def check_shares(run, u=None):
    counts, slope, binned = share_scores(run, u)
    return (
        stats.chi2.sf((counts**2).sum(), K) > CHANCE
        and abs(slope) < SIGMAS
        and stats.chi2.sf((binned**2).sum(), len(binned)) > CHANCE
    )


@pytest.mark.parametrize(
    "name", ["plain", "clip", "jump", "posterior", "unsupervised", "tuned", "reference"]
)
def test_outputs_share_rho_as_softmax_while_they_learn(played, name):
    """u from numpy's replay, so the sums that the engine keeps incrementally are held to it as
    well.
    """
    assert check_shares(played(name))


@pytest.mark.parametrize(
    ("rate", "b", "lead"), [(0.0, 1e-3, 0.3), (100.0, 1e-3, 0.3), (990.0, 5e-6, 0.0)]
)
def test_u_follows_every_event_and_not_the_grid(network, rate, b, lead):
    """Events move u by tens within the 200 ms after which the sums are made anew; control: u as it
    was at that step.
    """
    net, changes = (
        network("tuned"),
        {"b": b, "rho": 500.0, "r_min": rate, "tau_s": 0.012},
    )  # a slow rise shows
    theta = np.random.default_rng(11).normal(2.5, 0.1, (K, I))
    theta[0] -= lead  # of output 0 without input spikes: 8 in u, lost after some 20 events
    chunk = show(net, theta, blank(net, 10), 2, seed=4, **changes)
    run = SimpleNamespace(
        net=net, changes=changes, chunk=chunk, replay=replay(net, theta, chunk, **changes)
    )
    assert check_shares(run)
    assert not check_shares(run, np.repeat(run.replay.u[:: net.steps], net.steps, axis=0))


@pytest.mark.parametrize("name", ["plain", "clip", "jump"])
def test_outputs_share_rho_as_softmax_of_known_weights(network, name):
    """Frozen, 600 samples. Controls on the same spikes: no homeostatic term, weights that do not
    retract.
    """
    net, rng = network(name), np.random.default_rng(6)
    changes = {"rho": 1000.0, "r_min": 0.0, "r_max": 60.0}
    theta = rng.normal(0.5, 1.0, (K, I)) + np.linspace(-1, 1, K)[:, None]
    chunk = show(net, theta, rng.random((600, I)) < 0.3, plastic=False, seed=8, **changes)
    told = replay(net, theta, chunk, plastic=False, **changes)
    run = SimpleNamespace(net=net, changes=changes, chunk=chunk, replay=told)
    p = parameters(net, {})
    sent = transmitted(theta, p)
    np.testing.assert_allclose(
        told.u, told.x @ sent.T - p["alpha"] * np.exp(sent).sum(axis=1), rtol=0, atol=1e-10
    )
    assert check_shares(run)
    assert not check_shares(run, told.x @ sent.T)
    if name == "clip":
        w = np.exp(theta - p["theta_0"])
        assert not check_shares(run, told.x @ w.T - p["alpha"] * np.exp(w).sum(axis=1))
        assert not check_shares(run, told.x @ sent.T - p["alpha"] * np.exp(w).sum(axis=1))
    if name == "jump":
        w = np.exp(theta - p["theta_0"])
        assert not check_shares(run, told.x @ w.T - p["alpha"] * np.exp(w).sum(axis=1))
    fired = by_step(net, chunk, "outputs", K).sum(
        axis=1
    )  # a sum of K independent choices with mean 1, not one winner
    assert fired.max() > 1


@pytest.mark.parametrize("name", ["plain", "reference"])
def test_outputs_fire_independently_of_each_other(network, name):
    """All 2^K patterns of a step, at known u, rho dt = 1; controls: one winner per step, shares of
    other outputs.
    """
    net, offset = network(name), np.array([0.5, 0.51, 0.53, 0.54, 0.56])
    p = parameters(net, {})
    theta = np.tile(p["theta_0"] + np.log(offset)[:, None], I)
    chunk = show(net, theta, blank(net, 300), plastic=False, seed=2, rho=1000.0, r_min=0.0)
    q = shares(-p["alpha"] * np.exp(offset)[None] * I)[0]
    fired = by_step(net, chunk, "outputs", K)
    patterns = np.array(list(np.ndindex(*(2,) * K)))
    counts = np.bincount(fired @ 2 ** np.arange(K)[::-1], minlength=2**K)

    def misfit(law):
        expected = len(fired) * law
        return stats.chi2.sf(((counts - expected) ** 2 / expected).sum(), len(counts) - 1)

    independent = np.prod(np.where(patterns, q, 1 - q), axis=1)
    assert (independent * len(fired)).min() > 0.3
    assert misfit(independent) > CHANCE
    assert misfit(np.prod(np.where(patterns, q[::-1], 1 - q[::-1]), axis=1)) < CHANCE
    winner = np.where(patterns.sum(axis=1) == 1, patterns @ q, 1e-6)
    assert misfit(winner / winner.sum()) < CHANCE


# bits and errors


def test_recording_the_inputs_changes_nothing_else(network):
    net, (theta, points, labels, changes) = network("posterior"), busy("posterior")
    with_inputs, without = (
        show(net, theta, points, labels, seed=5, temperature=1.0, record_inputs=record, **changes)
        for record in (True, False)
    )
    assert set(with_inputs.spikes) - set(without.spikes) == {"inputs"}
    assert with_inputs.state.theta.tobytes() == without.state.theta.tobytes()
    assert with_inputs.state.inputs["x_fast"].tobytes() == without.state.inputs["x_fast"].tobytes()
    for population, spikes in without.spikes.items():
        assert all(
            a.tobytes() == b.tobytes() for a, b in zip(spikes, with_inputs.spikes[population])
        )


@pytest.mark.parametrize("name", ["posterior", "reference"])
def test_same_seed_same_bits_other_seed_other_bits(network, name):
    net, (theta, points, labels, changes) = network(name), busy(name)
    one, same, other = (
        show(net, theta, points[:10], labels[:10], seed=seed, temperature=1.0, **changes)
        for seed in (5, 5, 6)
    )
    assert one.state.theta.tobytes() == same.state.theta.tobytes()
    assert one.state.inputs["x_slow"].tobytes() == same.state.inputs["x_slow"].tobytes()
    for population, spikes in one.spikes.items():
        assert all(a.tobytes() == b.tobytes() for a, b in zip(spikes, same.spikes[population]))
        assert not np.array_equal(spikes.times, other.spikes[population].times)
    assert not np.isclose(one.state.theta, other.state.theta).any(axis=1).all()
    assert (one.state.theta != other.state.theta).mean() > 0.99


@pytest.mark.parametrize("seed", [0, 2**31 - 1, 2**31, 2**32 - 1])
def test_every_unsigned_seed_is_taken(network, seed):
    net = network("plain")
    first, second = (
        show(net, np.zeros((K, I)), np.ones((1, I)), seed=s) for s in (seed, (seed + 1) % 2**32)
    )
    assert not np.array_equal(first.spikes["inputs"].times, second.spikes["inputs"].times)


def bad(theta=(K, I), slow=I, points=(2, I), value=0.0, **more):
    state = State(np.full(theta, value), {"x_slow": np.zeros(slow), "x_fast": np.zeros(I)}, {}, {})
    return {"state": state, "points": np.zeros(points)} | more


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            bad(theta=(K, I - 1)),
            f"synapses.theta: {K * (I - 1)} values, {K * (I - 1)} finite; expected {K * I} finite",
        ),
        (
            bad(value=np.nan),
            f"synapses.theta: {K * I} values, 0 finite; expected {K * I} finite values",
        ),
        (bad(slow=3), rf"inputs.x_slow: 3 values, 3 finite; expected {I} finite"),
        (bad(points=(2, I + 1)), f"stimulus.values: {1000 * (I + 1)} values"),
        (bad(points=(0, I)), "0 samples in a chunk: expected 1 to 1000"),
        (bad(points=(1001, I)), "1001 samples in a chunk: expected 1 to 1000"),
        (bad(labels=np.inf), "labels.values: 1000 values, 998 finite; expected 1000"),
        (bad(temperature=np.nan), "temperature_at.values: 1000 values, 998 finite"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(network, change, message):
    noisy = "temperature" in change  # which a network without noise does not read
    with pytest.raises(InputError, match=message):
        show(network("posterior" if noisy else "plain"), **change)


def wrapped(net, program, folder):
    """The network with a shell script in place of its program, which is called `real`."""
    copy = shutil.copytree(net.binary.folder, folder / "broken" / net.binary.key)
    (copy / "main").rename(copy / "real")
    (copy / "main").write_text(f"#!/bin/sh\n{program}\n")
    (copy / "main").chmod(0o755)
    sealed.seal(copy, sealed.read_sealed(net.binary.folder))
    return net._replace(binary=building.Binary(copy), work=str(folder))


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            "echo 'out of luck' >&2; exit 3",
            "the compiled network failed with status 3: out of luck",
        ),
        ("kill -9 $$", "the compiled network was killed by SIGKILL, perhaps for lack of memory$"),
        (
            "kill -4 $$",
            "killed by SIGILL, for an instruction .*/broken/[^/]*/main was .*SPIKESAMPLER_MARCH",
        ),
        ('./real "$@" outputs.p_rho=7', "the compiled network did not take outputs.p_rho=200.0"),
        ('./real "$@" outputs.nonsense=7', "the compiled network failed with status"),
    ],
)
def test_a_program_that_fails_is_noticed(network, tmp_path, program, message):
    net = network("plain")
    with pytest.raises(RuntimeError, match=message):
        show(wrapped(net, program, tmp_path), np.zeros((K, I)), blank(net, 1))
    assert not list(tmp_path.glob("chunk-*"))  # nothing left behind


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ('rm -r $2; exec ./real "$@"', "could not write its results: No such file or directory"),
        (
            'trap "" XFSZ; ulimit -f 8; exec ./real "$@"',
            "could not write its results: File too large",
        ),
        ("exit 0", r"No such file or directory: .*results"),
    ],
)
def test_results_that_could_not_be_written_are_a_disk_error(network, tmp_path, program, message):
    """No folder, a file that may not grow beyond 4 KiB, no file."""
    net = network("plain")
    with pytest.raises(OSError, match=message):
        show(wrapped(net, program, tmp_path), np.zeros((K, I)), blank(net, 1))
    assert not list(tmp_path.glob("chunk-*"))


def test_silent_state_has_no_activity(network):
    state = silent_state(np.ones((K, I)), network("unsupervised").structure)
    assert state.theta.all()
    assert {name: values.any() for name, values in state.inputs.items()} == {
        "x_slow": False,
        "x_fast": False,
    }
    assert list(state.outputs) == ["adaptation"]
