"""PSP vectors without a network: against loops over every step, the law of their spikes, and the
engine.

x = slow - fast at a step includes that step's spike, which adds 1 to both. With q = rate dt and
decays d per step, the values at step t are sums over spikes d_m^(age) - d_s^(age): Campbell's
theorem for independent steps gives mean q sum_j c_j and variance q (1 - q) sum_j c_j^2, c_j = d_m^j
- d_s^j.
"""

import numpy as np
import pytest
from engine import D, I, K, show
from scipy import stats

from spikesampler.errors import InputError
from spikesampler.stimuli import Trains, psp, tuning_rates
from spikesampler.stimuli.psp import draw_spikes, psp_patterns

SIGMAS = 5  # bounds are this many standard errors
CHANCE = 1e-5  # p-values below this fail
TIMES = {"sample_length": 0.2, "dt": 1e-3, "kernel": ((0.02, 1), (0.002, -1))}
STEPS = 200
DECAYS = np.exp(-1e-3 / np.array([0.02, 0.002]))


def literal(spikes, decays=DECAYS):
    """x at every step (steps, I) for a table of spikes (steps, I), step by step."""
    slow, fast, x = 0.0, 0.0, np.zeros(spikes.shape)
    for step, own in enumerate(spikes):
        slow, fast = slow * decays[0] + own, fast * decays[1] + own
        x[step] = slow - fast
    return x


def redrawn(rates, seed, size, num_steps, dt, kind):
    """The spikes (samples, steps, I) and the steps of snapshots that blocks of `size` samples draw
    from this seed.
    """
    rng, tables, at = np.random.default_rng(seed), [], []
    for first in range(0, len(rates), size):
        block = rates[first : first + size]
        pair, step = draw_spikes(block, rng, num_steps, dt)
        table = np.zeros((block.size, num_steps))
        table[pair, step] += 1
        tables.append(table.reshape(*block.shape, num_steps).transpose(0, 2, 1))
        if kind == "snapshots":
            at.append(rng.integers(num_steps, size=len(block)))
    return np.concatenate(tables), np.concatenate(at) if at else None


# given spikes, frames and gaps


@pytest.mark.parametrize("kind", ["snapshots", "means"])
@pytest.mark.parametrize(("size", "gap"), [(2, 0), (2, 30), (100, 30)])
def test_patterns_of_given_spikes_are_those_of_a_loop(kind, size, gap, monkeypatch):
    monkeypatch.setattr(psp, "BLOCK", size * 3)  # pairs of 200 steps at a time
    rng = np.random.default_rng(4)
    table = np.zeros((5, STEPS + gap, 3))
    table[:, :STEPS] = rng.random((5, STEPS, 3)) < 0.05
    x = literal(table.reshape(-1, 3)).reshape(table.shape)[:, :STEPS]
    sample, step, neuron = np.nonzero(table)
    starts = np.searchsorted(sample, np.arange(6))
    trains = Trains(starts, step.astype("i4"), neuron.astype("i4"))
    times = TIMES | {"gap": gap * 1e-3}
    found = psp_patterns(trains, np.random.default_rng(7), kind=kind, num_inputs=3, **times)
    expected = x.mean(axis=1)
    if kind == "snapshots":
        rng, at = np.random.default_rng(7), []
        for first in range(0, 5, size):
            at.append(rng.integers(STEPS, size=min(5, first + size) - first))
        expected = x[np.arange(5), np.concatenate(at)]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_rates_that_change_within_a_sample_are_those_of_shorter_samples():
    """Means over samples of 4 frames are means of the means of 4 samples of a quarter each."""
    rates = np.random.default_rng(5).uniform(0, 300, (6, 4, 7))
    quarters = rates.reshape(24, 7)
    short = TIMES | {"sample_length": 0.05}
    whole = psp_patterns(rates, np.random.default_rng(6), kind="means", **TIMES)
    parts = psp_patterns(quarters, np.random.default_rng(6), kind="means", **short)
    np.testing.assert_allclose(whole, parts.reshape(6, 4, 7).mean(axis=1), rtol=1e-12, atol=1e-12)


# against loops


@pytest.mark.parametrize("kind", ["snapshots", "means"])
@pytest.mark.parametrize("size", [1, 3, 4, 100])
def test_patterns_are_those_of_a_loop_over_every_step(kind, size, monkeypatch):
    """11 samples in blocks of `size`: traces are carried over the borders of samples and of blocks
    alike.
    """
    rates = np.random.default_rng(1).uniform(0, 300, (11, 7))
    monkeypatch.setattr(psp, "BLOCK", 7 * size)
    found = psp_patterns(rates, np.random.default_rng(5), kind=kind, **TIMES)
    spikes, at = redrawn(rates, 5, size, STEPS, 1e-3, kind)
    assert set(np.unique(spikes)) == {0, 1}
    x = literal(spikes.reshape(-1, 7)).reshape(11, STEPS, 7)
    expected = x.mean(axis=1) if kind == "means" else x[np.arange(11), at]
    assert found.shape == (11, 7)
    np.testing.assert_allclose(
        found, expected, rtol=1e-11, atol=1e-12
    )  # sums of 200 powers of a decay
    # negative controls: x begins at 0 in every sample; decays over one step too many or too few
    fresh = np.array([literal(one) for one in spikes])
    lost = fresh.mean(axis=1) if kind == "means" else fresh[np.arange(11), at]
    assert np.abs(found - lost).max() > 0.01
    shifted = np.roll(x.reshape(-1, 7), 1, axis=0).reshape(x.shape)
    late = shifted.mean(axis=1) if kind == "means" else shifted[np.arange(11), at]
    assert np.abs(found - late).max() > 1e-3


@pytest.mark.parametrize("kind", ["snapshots", "means"])
def test_short_samples_and_other_steps_agree_with_the_loop(kind):
    """Samples of 1 and 4 steps, shorter than both decays: what is left of many samples counts."""
    for num_steps, dt in ((1, 1e-3), (4, 5e-4)):
        times = {"sample_length": num_steps * dt, "dt": dt, "kernel": ((0.013, 1), (0.004, -1))}
        rates = np.random.default_rng(2).uniform(0, 0.5 / dt, (60, 3))
        found = psp_patterns(rates, np.random.default_rng(3), kind=kind, **times)
        spikes, at = redrawn(rates, 3, 60, num_steps, dt, kind)
        x = literal(spikes.reshape(-1, 3), np.exp(-dt / np.array([0.013, 0.004]))).reshape(
            60, num_steps, 3
        )
        expected = x.mean(axis=1) if kind == "means" else x[np.arange(60), at]
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("kind", ["snapshots", "means"])
def test_a_spike_in_every_step_is_a_geometric_sum(kind):
    """Rate (1 - 1e-15)/dt: x after n spikes is sum over both decays of +-(1 - d^n)/(1 - d), n = 1
    at the first step.
    """
    rates = np.full((6, 2), (1 - 1e-15) / 1e-3)
    found = psp_patterns(rates, np.random.default_rng(8), kind=kind, **TIMES)
    n = np.arange(1, 6 * STEPS + 1)[:, np.newaxis]
    x = ((1 - DECAYS**n) / (1 - DECAYS) @ [1, -1]).reshape(6, STEPS)
    if kind == "means":
        np.testing.assert_allclose(found, np.tile(x.mean(axis=1)[:, np.newaxis], 2), rtol=1e-12)
        return
    _, at = redrawn(rates, 8, 6, STEPS, 1e-3, kind)
    np.testing.assert_allclose(found, np.tile(x[np.arange(6), at][:, np.newaxis], 2), rtol=1e-12)


def test_no_rate_no_spike():
    for kind in psp.KINDS:
        assert not psp_patterns(
            np.zeros((5, 4)), np.random.default_rng(0), kind=kind, **TIMES
        ).any()


@pytest.mark.parametrize("kind", ["snapshots", "means"])
def test_blocks_of_rates_are_the_same_as_one_table(kind, monkeypatch):
    """Blocks that are given as one table is cut inside draw the same."""
    monkeypatch.setattr(psp, "BLOCK", 100)  # 4 samples of 1000 inputs and 5 steps
    rates = np.random.default_rng(1).uniform(0, 100, (10, 1000))
    times = TIMES | {"sample_length": 0.005}
    whole = psp_patterns(rates, np.random.default_rng(2), kind=kind, **times)
    parts = psp_patterns(
        (rates[i : i + 4] for i in (0, 4, 8)), np.random.default_rng(2), kind=kind, **times
    )
    np.testing.assert_array_equal(whole, parts)
    np.testing.assert_array_equal(
        whole[:4], psp_patterns(rates[:4], np.random.default_rng(2), kind=kind, **times)
    )  # and the beginning is the beginning
    assert np.abs(whole[4:]).max() > 0


def test_rates_are_left_alone_and_may_be_of_any_kind():
    rates = np.random.default_rng(0).integers(0, 200, (5, 3))
    expected = psp_patterns(rates.astype(float), np.random.default_rng(1), **TIMES)
    for kind in (
        np.asfortranarray,
        lambda x: x.astype("f4"),
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        np.array,
    ):
        given = kind(rates)
        given.flags.writeable = False
        np.testing.assert_array_equal(
            psp_patterns(given, np.random.default_rng(1), **TIMES), expected
        )


# laws


@pytest.mark.parametrize("rate", [20.0, 400.0, 900.0])
def test_a_step_holds_a_spike_with_probability_rate_dt(rate):
    """Counts in n steps are binomial; Poisson without thinning, 1 - exp(-rate dt), is refused from
    the same counts.
    """
    pairs = 200 * 50
    p, n = rate * 1e-3, pairs * STEPS
    pair, step = draw_spikes(
        np.full((200, 50), rate), np.random.default_rng(int(rate)), STEPS, 1e-3
    )
    assert len(np.unique(pair * STEPS + step)) == len(pair)  # one spike per step at most
    error = np.sqrt(n * p * (1 - p))
    assert abs(len(pair) - n * p) < SIGMAS * error
    if rate > 100:  # at 20 Hz they differ by 400 of 40 000 spikes, two standard errors
        assert abs(len(pair) - n * -np.expm1(-p)) > SIGMAS * error
    for where, size in (
        (pair, pairs),
        (step, STEPS),
    ):  # each pair and each step like all others, and no wider
        counts, trials = np.bincount(where, minlength=size), n // size
        z2 = (counts - trials * p) ** 2 / (trials * p * (1 - p))
        bound = SIGMAS * np.sqrt(size * (2 + (1 - 6 * p * (1 - p)) / (trials * p * (1 - p))))
        assert abs(z2.sum() - size) < bound
    # neighbours in time are independent
    table = np.zeros((pairs, STEPS), bool)
    table[pair, step] = True
    together, m = (table[:, 1:] & table[:, :-1]).sum(), pairs * (STEPS - 1)
    # pairs that share a step are correlated: variance m q (1 - q) + 2 m (p^3 - q^2), q = p^2
    assert abs(together - m * p**2) < SIGMAS * np.sqrt(m * (p**2 * (1 - p**2) + 2 * (p**3 - p**4)))


def test_different_rates_reach_their_own_inputs_and_samples():
    rates = np.random.default_rng(4).uniform(1, 700, (30, 40))
    counts = np.zeros(rates.size)
    rng = np.random.default_rng(0)
    for _ in range(20):
        counts += np.bincount(draw_spikes(rates, rng, STEPS, 1e-3)[0], minlength=rates.size)
    p, n = rates.ravel() * 1e-3, 20 * STEPS
    assert (
        np.abs((counts - n * p) / np.sqrt(n * p * (1 - p))).max() < SIGMAS + 1
    )  # the largest of 1200: 2e-6 by chance


def test_mean_and_variance_of_a_snapshot_are_campbells():
    """Spikes of up to 600 steps ago count: at least the 400 of two whole samples, so less than
    e^-20 is lost.

    20 000 snapshots of the third sample at 100 Hz; z of the mean, and the variance to
    sqrt((kurtosis - 1)/n).
    """
    q, n, lag = 0.1, 20_000, np.arange(3 * STEPS)
    kernel = DECAYS[0] ** lag - DECAYS[1] ** lag
    x = psp_patterns(np.full((3, n), 100.0), np.random.default_rng(6), **TIMES)[2]
    mean, variance = q * kernel.sum(), q * (1 - q) * (kernel**2).sum()
    # fourth cumulant of a sum of independent c_j B_j: c_j^4 q (1 - q) (1 - 6 q (1 - q))
    kurtosis = 3 + q * (1 - q) * (1 - 6 * q * (1 - q)) * (kernel**4).sum() / variance**2
    assert abs(x.mean() - mean) < SIGMAS * np.sqrt(variance / n)
    assert abs(x.var() / variance - 1) < SIGMAS * np.sqrt((kurtosis - 1) / n)
    # negative controls: Poisson spikes have no 1 - q, and the spike's own step adds nothing
    assert abs(x.var() / (variance / (1 - q)) - 1) > SIGMAS * np.sqrt((kurtosis - 1) / n)
    assert abs(x.mean() - mean - q * (kernel[1])) > SIGMAS * np.sqrt(variance / n)


def test_mean_and_variance_of_a_mean_are_those_of_a_sum_over_its_steps():
    """A spike of age j at the sample's end has counted for sum_{i <= j} kernel_i, less what came
    after 200 steps.
    """
    q, n = 0.1, 20_000
    lag = np.arange(3 * STEPS)
    reach = np.cumsum(DECAYS[0] ** lag - DECAYS[1] ** lag)
    share = (reach - np.concatenate([np.zeros(STEPS), reach[:-STEPS]])) / STEPS
    x = psp_patterns(np.full((3, n), 100.0), np.random.default_rng(7), kind="means", **TIMES)[2]
    mean, variance = q * share.sum(), q * (1 - q) * (share**2).sum()
    assert abs(x.mean() - mean) < SIGMAS * np.sqrt(variance / n)
    assert (
        abs(x.var() / variance - 1) < SIGMAS * np.sqrt(2 / n) * 1.1
    )  # nearly normal: 20 spikes and more


def test_snapshots_are_at_uniform_steps():
    """One input with a spike in every step: x grows strictly in the first sample and tells its
    step.
    """
    table = psp_patterns(
        [np.full((1, 1), (1 - 1e-15) / 1e-3)],
        np.random.default_rng(0),
        **(TIMES | {"sample_length": 0.01}),
    )
    assert table.shape == (1, 1)
    n = np.arange(1, 11)[:, np.newaxis]
    x = (1 - DECAYS**n) / (1 - DECAYS) @ [1, -1]
    rng = np.random.default_rng(1)
    found = [
        psp_patterns(
            np.full((1, 1), (1 - 1e-15) / 1e-3), rng, **(TIMES | {"sample_length": 0.01})
        ).item()
        for _ in range(4000)
    ]
    steps = np.abs(np.subtract.outer(found, x)).argmin(axis=1)
    np.testing.assert_allclose(found, x[steps], rtol=1e-12, atol=1e-12)
    assert stats.chisquare(np.bincount(steps, minlength=10)).pvalue > CHANCE


def test_all_inputs_of_a_snapshot_are_at_one_instant():
    """Inputs that spike in every step agree within a sample."""
    x = psp_patterns(np.full((5, 30), (1 - 1e-15) / 1e-3), np.random.default_rng(2), **TIMES)
    assert np.ptp(x, axis=1).max() < 1e-12


def test_patterns_follow_their_generator():
    rates = np.full((4, 5), 100.0)
    one, same, other = (
        psp_patterns(rates, np.random.default_rng(seed), **TIMES) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


# against the engine


def test_the_engine_has_the_same_psps(network):
    """PSPs at the end of each of 40 samples of the compiled network, and those of the patterns at
    the same step.

    Means over samples per input, and over all: the spikes differ, the rates are the same. Samples
    of 200 ms = 10 tau_m share nothing but e^-10, so standard errors are those of independent
    numbers. Control: a factor 2 in the tuning.
    """
    net, rng = network("tuned"), np.random.default_rng(3)
    points, centres = rng.random((40, D)), rng.random((I, D))
    rates = tuning_rates(points, centres, 30.0, 400.0, net.values["tuning_width"])
    other = tuning_rates(points, centres, 30.0, 400.0, net.values["tuning_width"], 2)
    ends, state = [], np.zeros((K, I))
    for number in range(len(points)):  # the state is all that a chunk leaves: one chunk per sample
        state = show(
            net,
            state,
            points[[number]],
            plastic=False,
            centres=centres,
            seed=number + 1,
            r_min=30.0,
            r_max=400.0,
            rho=0.0,
            record_inputs=False,
        ).state
        ends.append(state.inputs["x_slow"] - state.inputs["x_fast"])
    ends = np.array(ends)

    def law(rates):
        lag = np.arange(STEPS)
        kernel = DECAYS[0] ** lag - DECAYS[1] ** lag
        q = rates * 1e-3
        return q * kernel.sum(), q * (1 - q) * (kernel**2).sum()

    def z(x, rates):
        mean, variance = law(rates)
        return (x - mean).sum(axis=0) / np.sqrt(variance.sum(axis=0)), (x - mean).sum() / np.sqrt(
            variance.sum()
        )

    mine = np.concatenate([snapshots_at_the_end(rates[[n]], n) for n in range(len(rates))])
    for x in (ends, mine):
        each, together = z(x, rates)
        assert np.abs(each).max() < SIGMAS + 1
        assert abs(together) < SIGMAS
        assert CHANCE < stats.chi2.sf((each**2).sum(), I) < 1 - CHANCE
        assert abs(z(x, other)[1]) > SIGMAS
    # and with each other, in law: standardised, both are draws of one distribution
    mean, variance = law(rates)
    both = [((x - mean) / np.sqrt(variance)).ravel() for x in (ends, mine)]
    assert stats.ks_2samp(*both).pvalue > CHANCE
    wrong = ((mine - law(other)[0]) / np.sqrt(law(other)[1])).ravel()
    assert stats.ks_2samp(both[0], wrong).pvalue < CHANCE


def snapshots_at_the_end(rates, seed):
    """Patterns (1, I) at the last step: the mean over a sample of one step, after 199 of the same
    rates.
    """
    steps = np.repeat(rates, STEPS, axis=0)
    return psp_patterns(
        steps, np.random.default_rng([1, seed]), kind="means", **(TIMES | {"sample_length": 1e-3})
    )[-1:]


# bad input


@pytest.mark.parametrize(
    ("rates", "changes", "text"),
    [
        (np.full((2, 3), -1.0), {}, r"rates from -1 to -1 Hz: expected 0 to 1000 Hz"),
        (
            np.full((2, 3), 1001.0),
            {},
            r"rates from 1001 to 1001 Hz: expected 0 to 1000 Hz, at most one spike",
        ),
        (np.full((2, 3), np.nan), {}, r"rates from nan to nan Hz: expected 0 to"),
        (np.full((2, 3), np.inf), {}, r"rates from inf to inf Hz: expected 0 to"),
        (np.full((2, 3), 200.0), {"dt": 0.01}, r"rates from 200 to 200 Hz: expected .* 100 Hz"),
        (np.ones(3), {}, r"rates of shape \(3,\): expected an array \(n_sample, n_input\)"),
        (
            [np.ones((2, 3)), np.ones(3)],
            {},
            r"rates of shape \(3,\): expected an array \(n_sample, n_input\)",
        ),
        (
            np.ones((1, 2, 3, 4)),
            {},
            r"rates of shape \(1, 2, 3, 4\): expected an array \(n_sample, n_input\)",
        ),
        (np.ones((1, 3, 2)), {}, "rates of 3 frames in 200 steps: expected a number that divides"),
        (
            np.ones((2, 3)),
            {"kind": "mean"},
            "kind of patterns 'mean': expected one of snapshots, means",
        ),
        (
            np.ones((2, 3)),
            {"kind": None},
            "kind of patterns None: expected one of snapshots, means",
        ),
        ([np.ones((2, 3)), np.ones((2, 4))], {}, "4.*expected"),
        (np.ones((2, 3)), {"sample_length": 1e-4}, "sample_length.*expected"),
        (np.ones((2, 3)), {"dt": 0.0}, "dt.*expected"),
        (np.ones((2, 3)), {"kernel": ((-0.02, 1),)}, "tau_0.*expected"),
        (np.ones((2, 3)), {"kernel": ((0.02, 1), (0.0, -1))}, "tau_1.*expected"),
    ],
)
def test_rates_and_times_that_are_none_are_refused(rates, changes, text):
    with pytest.raises(InputError, match=text):
        psp_patterns(rates, np.random.default_rng(0), **(TIMES | changes))


def test_the_highest_rate_that_a_model_allows_is_a_spike_in_every_step():
    """A model may have (r_min + r_max) dt = 1; the network then holds the chance at 1 - 1e-15."""
    x = psp_patterns(np.full((1, 2), 1000.0), np.random.default_rng(0), kind="means", **TIMES)
    n = np.arange(1, STEPS + 1)[:, np.newaxis]
    assert x == pytest.approx(((1 - DECAYS**n) / (1 - DECAYS) @ [1, -1]).mean(), rel=1e-12)


def test_no_samples_are_no_patterns():
    for kind in psp.KINDS:
        assert psp_patterns(
            np.ones((0, 3)), np.random.default_rng(0), kind=kind, **TIMES
        ).shape == (0, 3)
        assert psp_patterns([], np.random.default_rng(0), kind=kind, **TIMES).shape == (0, 0)
