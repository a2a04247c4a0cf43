"""What is known of rules without simulating them: fixed points, drifts, decays, variances."""

import numpy as np
import pytest
from rules import RULES, I, K, RuleNet
from scipy import stats

SIGMAS = 5  # of standard errors: a right program fails one check in 1.7 million


@pytest.fixture(scope="module")
def law(cache, tmp_path_factory):
    """law(name): the fast network of a rule, compiled once."""
    kept, work = {}, tmp_path_factory.mktemp("laws")

    def get(name):
        if name not in kept:
            compiled = dict(RULES[name].compiled)
            kept[name] = RuleNet(name, "fast", work, arm=RULES[name].arm, **compiled)
        return kept[name]

    return get


# --- expectation maximisation by STDP (Nessler et al. 2013) -----


@pytest.fixture(scope="module")
def learnt(law):
    """Weights (chunk, K, I) of a network that has learnt for long, every 5/(eta s) = 25 s.

    Outputs spike as chance wills, s = 2 Hz each, so that hardly two spikes share a window.
    """
    net, setting = law("nessler_2013"), {"gain": 0.0, "rho": 2.0 * K, "eta": 0.1}
    setting |= {"r_min": 40.0, "eta_0": 1e-9}  # no bias: all outputs spike equally often
    state, weights = net.start(np.full((K, I), 1.0)), []
    for seed in range(68):
        state = net.show(state, 500, seed=seed, record_inputs=False, **setting).state
        weights.append(state.theta)
    return np.array(weights[4:])


def test_weights_of_nessler_2013_are_those_of_its_fixed_point(learnt):
    """E[exp(-w)] = 1/(c P), P that an input has spiked in the last ten steps, whatever eta is."""
    P, c = 1 - (1 - 0.04) ** 10, 20.0
    found = np.exp(-learnt).mean(axis=(1, 2))
    # spikes that share a window with the one before, one in fifty, move it by less than 0.5 %
    error = SIGMAS * found.std(ddof=1) / np.sqrt(len(found)) + 0.005 / (c * P)
    assert abs(found.mean() - 1 / (c * P)) < error
    assert error < 0.05 / (c * P)
    # control: not w itself, whose mean is another by Jensen, and not a window of nine steps
    assert abs(np.exp(-learnt.mean()) - 1 / (c * P)) > error
    assert abs(found.mean() - 1 / (c * (1 - (1 - 0.04) ** 9))) > error


# --- pair-based STDP -----


def test_drift_of_stdp_pairs_is_the_sum_over_pairs_of_steps(law):
    """Independent trains of rates r, s, balanced for continuous time: a+ tau+ = a- tau-.

    A spike of the input in a step is before an output's of the same step, so pairs 0, 1, 2, … steps
    apart potentiate and 1, 2, … steps apart depress:
    r s dt (a+/(1 - e^(-dt/tau+)) - a- e^(-dt/tau-)/(1 - e^(-dt/tau-))), not 0.
    """
    net, r, s, dt = law("stdp_pairs"), 60.0, 50.0, 1e-3
    p = net.values({"tau_plus": 0.017, "tau_minus": 0.034})
    plus, minus = 1e-6, 1e-6 * p["tau_plus"] / p["tau_minus"]
    setting = {"gain": 0.0, "rate_0": s, "r_min": r, "a_plus": plus, "a_minus": minus}
    setting |= {tau: p[tau] for tau in ("tau_plus", "tau_minus")}
    begin, num_samples, changes = np.full((K, I), 0.5), 1000, []
    state = net.show(begin, 20, seed=99, record_inputs=False, **setting).state
    for seed in range(25):
        state = state._replace(theta=begin)
        state = net.show(state, num_samples, seed=seed, record_inputs=False, **setting).state
        changes.append((state.theta - begin).mean() / (num_samples * 0.05))
    decay = {tau: np.exp(-dt / p[tau]) for tau in ("tau_plus", "tau_minus")}
    potentiated = plus / (1 - decay["tau_plus"])
    depressed = minus * decay["tau_minus"] / (1 - decay["tau_minus"])
    expected = r * s * dt * (potentiated - depressed)
    error = SIGMAS * np.std(changes, ddof=1) / np.sqrt(len(changes))
    assert abs(np.mean(changes) - expected) < error < expected / 3
    # controls: no correction for steps; pairs of one step depress as well as they potentiate
    assert abs(np.mean(changes)) > 2 * error
    assert abs(np.mean(changes) - (expected - r * s * dt * minus)) > error


# --- rewards (Kappel et al. 2018) -----


SILENT = {"r_min": 0.0, "r_max": 0.0, "rho": 0.0}


def test_without_spikes_and_noise_theta_goes_to_the_prior(law):
    """theta_n = (1 - b h c_p)^n theta_0, h the step of the grid."""
    net = law("reward")
    h, sample = net.structure["grid"], net.structure["sample_length"]
    theta = np.random.default_rng(1).uniform(-1, 2, (K, I))
    ended = net.show(theta, 20, b=0.01 / h, **SILENT).state.theta
    n = round(20 * sample / h)
    np.testing.assert_allclose(ended, 0.99**n * theta, rtol=1e-12)
    assert not np.allclose(ended, 0.99 ** (n + 1) * theta, rtol=1e-3)


def test_stationary_variance_of_theta_is_that_of_euler_steps(law):
    """(T/c_p)/(1 - b h c_p/2): a third more than in continuous time for b h = 1/2."""
    net, T = law("reward"), 0.02
    h, sample = net.structure["grid"], net.structure["sample_length"]
    setting = {**SILENT, "b": 0.5 / h, "mu": 1.0, "temperature": T}
    state, found = net.start(np.full((K, I), 1.0)), []
    for seed in range(40):  # a sample and more apart: 2^-5 of the correlation is left
        state = net.show(state, 2, seed=seed, record_inputs=False, **setting).state
        found.append(state.theta - 1.0)
    values = np.array(found[1:])
    steps = 2 * sample / h
    number = values.size * (1 - 0.5**steps) / (1 + 0.5**steps)
    ratio = (values**2).mean() / (T / (1 - 0.25))
    error = SIGMAS * np.sqrt(2 / number)
    assert abs(ratio - 1) < error < 0.2
    assert abs(ratio / 0.75 - 1) > error  # control: T/c_p, of continuous time
    assert stats.kstest(values[::2].ravel() / np.sqrt(T / 0.75), "norm").pvalue > 1e-5


def test_eligibility_and_the_gradients_estimate_decay(law):
    """e as exp(-t/tau_e) where nothing spikes, g as exp(-t/tau_g) where the reward is its mean."""
    net = law("reward")
    state = net.start(np.zeros((K, I)))
    e, g = np.random.default_rng(2).normal(size=(2, K, I))
    state = state._replace(synapses={"e": e, "g": g})
    times = {"tau_e": 0.3, "tau_g": 0.7}
    seconds = 10 * net.structure["sample_length"]
    ended = net.show(state, 10, credit_rate=0.0, b=0.0, **times, **SILENT).state.synapses
    np.testing.assert_allclose(ended["e"], e * np.exp(-seconds / 0.3), rtol=1e-11)
    np.testing.assert_allclose(ended["g"], g * np.exp(-seconds / 0.7), rtol=1e-11)


def test_what_has_decayed_away_is_nothing(law):
    """A number below 2e-308, for which processors take many times longer, is 0."""
    net = law("reward")
    e, tau = np.full((K, I), 1e-305), 0.005
    left = 1e-305 * np.exp(-net.structure["sample_length"] / tau)
    assert 0 < left < np.finfo(float).tiny  # which numpy does not round
    state = net.start(np.zeros((K, I)))
    state = state._replace(synapses={"e": e, "g": e})
    ended = net.show(state, 1, credit_rate=0.0, b=0.0, tau_e=tau, **SILENT).state.synapses
    assert (ended["e"] == 0).all()
    assert (ended["g"] > np.finfo(float).tiny).all()  # which hardly decays
