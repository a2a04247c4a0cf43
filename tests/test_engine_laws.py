"""The engine's random parts against their laws: input spikes, the mean update, the noise of every
arm, the coarse grid.

Each law has a negative control on the same numbers: a wrong law that the same check must refuse.
"""

import numpy as np
import pytest
from engine import CHANCE, SIGMAS, D, I, K, blank, by_step, parameters, replay, shares, show, weight
from scipy import stats

from spikesampler.stimuli import tuning_rates

SILENT = {"rho": 0.0, "r_min": 0.0, "r_max": 0.0}  # no spike, no event: prior and noise alone
FREE = {"theta_low": -1e3, "theta_high": 1e3}  # out of reach
NO_PRIOR = {"sigma": 1e9}


# input spikes


def test_counts_follow_the_tuning_curves_sample_by_sample(network):
    """Counts are binomial, n rates dt: sum z^2 over 150 samples and 200 inputs, and every input's
    mean.

    z^2 has mean 1 and variance 2 + (1 - 6 p q)/(n p q). Controls: factor 2 in the exponent, the
    rates of the next sample, and Poisson counts, whose variance lacks the factor 1 - p.
    """
    net, rng = network("tuned"), np.random.default_rng(1)
    points, centres = rng.random((150, D)), rng.random((I, D))
    setting = {"r_min": 30.0, "r_max": 500.0, "rho": 0.0}
    chunk = show(net, np.zeros((K, I)), points, centres=centres, plastic=False, seed=2, **setting)
    counts = by_step(net, chunk, "inputs", I).reshape(150, net.steps, I).sum(axis=1)

    def excess(rates, poisson=False):
        n, p = net.steps, rates * 1e-3
        variance = n * p * (1 if poisson else 1 - p)
        z2 = (counts - n * p) ** 2 / variance
        return (z2.sum() - z2.size) / np.sqrt((2 + (1 - 6 * p * (1 - p)) / (n * p * (1 - p))).sum())

    rates = tuning_rates(points, centres, 30.0, 500.0, net.values["tuning_width"])
    assert abs(excess(rates)) < SIGMAS
    p = rates * 1e-3
    z = (counts - net.steps * p).sum(axis=0) / np.sqrt(net.steps * (p * (1 - p)).sum(axis=0))
    assert np.abs(z).max() < SIGMAS
    assert (
        excess(tuning_rates(points, centres, 30.0, 500.0, net.values["tuning_width"], 2)) > SIGMAS
    )
    assert excess(np.roll(rates, 1, axis=0)) > SIGMAS
    assert excess(rates, poisson=True) < -SIGMAS

    wide = show(
        net, np.zeros((K, I)), points, centres=centres, plastic=False, tuning_factor=2.0, **setting
    )
    counts = by_step(net, wide, "inputs", I).reshape(150, net.steps, I).sum(axis=1)
    assert (
        abs(excess(tuning_rates(points, centres, 30.0, 500.0, net.values["tuning_width"], 2)))
        < SIGMAS
    )


def test_intervals_are_geometric_and_do_not_see_the_borders_of_samples(network):
    """Rates p = 0.02 to 0.4 a step, 1000 samples of 40 steps: counting down to a spike is drawing
    every step.
    """
    net = network("plain")
    p = np.repeat([0.02, 0.1, 0.4], [70, 70, 60])
    points = np.tile(p / 0.4, (1000, 1))
    chunk = show(
        net, np.zeros((K, I)), points, plastic=False, seed=3, r_min=0.0, r_max=400.0, rho=0.0
    )
    spikes = by_step(net, chunk, "inputs", I)
    for rate in np.unique(p):
        own = spikes[:, p == rate]
        # by the step within the sample: the first and the last are like all others
        phase = own.reshape(1000, net.steps, -1).sum(axis=(0, 2))
        n = 1000 * own.shape[1]
        assert (
            stats.chi2.sf(((phase - n * rate) ** 2 / (n * rate * (1 - rate))).sum(), net.steps)
            > CHANCE
        )
        # across a border: last step of a sample and first of the next are independent
        last, first = own[net.steps - 1 : -1 : net.steps], own[net.steps :: net.steps]
        together, n = (last & first).sum(), last.size
        assert abs(together - n * rate**2) < SIGMAS * np.sqrt(n * rate**2 * (1 - rate**2))
        # intervals from spikes of the first 39 000 steps, so that none is cut off: P(n > 1000) <
        # 0.98^1000 = 2e-9
        columns, times = np.nonzero(own.T)
        follow = (np.diff(columns) == 0) & (times[:-1] < 39_000)
        intervals = np.diff(times)[follow]
        edges = np.unique(stats.geom.ppf(np.linspace(0.05, 0.95, 19), rate))
        probabilities = np.diff(np.concatenate([[0], stats.geom.cdf(edges, rate), [1]]))
        observed = np.bincount(np.searchsorted(edges, intervals), minlength=len(probabilities))
        assert stats.chisquare(observed, len(intervals) * probabilities).pvalue > CHANCE
        wrong = np.diff(np.concatenate([[0], stats.geom.cdf(edges, rate * 1.05), [1]]))
        assert stats.chisquare(observed, len(intervals) * wrong).pvalue < CHANCE


def test_teacher_events_are_poisson_at_rho_on_the_label(network):
    net, labels = network("plain"), np.random.default_rng(1).integers(K, size=1000)
    chunk = show(
        net, np.zeros((K, I)), blank(net, 1000), labels, rho=300.0, b=0.0, seed=4, r_min=0.0
    )
    fired = by_step(net, chunk, "teacher", K)
    assert not fired[np.repeat(np.eye(K)[labels] == 0, net.steps, axis=0)].any()
    n = 40_000
    assert abs(fired.sum() - 0.3 * n) < SIGMAS * np.sqrt(n * 0.3 * 0.7)
    times = np.flatnonzero(fired.any(axis=1))
    lengths = np.bincount(np.minimum(np.diff(times), 10))[1:]
    probabilities = np.append(stats.geom.pmf(np.arange(1, 10), 0.3), stats.geom.sf(9, 0.3))
    assert stats.chisquare(lengths, probabilities * lengths.sum()).pvalue > CHANCE


# the mean update


def objective(theta, x, labels, p, counts):
    """J of science.md section 2 on snapshots x (n, I), each counted `counts` times; the prior
    counts once.
    """
    w = np.exp(theta - p["theta_0"])
    a = x @ w.T - p["alpha"] * np.exp(w).sum(axis=1)
    log_share = a - np.logaddexp.reduce(a, axis=1, keepdims=True)
    prior = ((theta - p["mu"]) ** 2).sum() / (2 * p["sigma"] ** 2)
    return counts * log_share[np.arange(len(x)), labels].sum() - prior


def test_mean_update_is_the_gradient_of_the_objective(network):
    """At tiny b theta stands still, and theta(T) - theta(0) = b T grad J on average, J over the
    snapshots of all steps.

    A snapshot counts N rho / n times. Given the input spikes, events are independent: a teacher
    event with probability q = rho dt, an output event with q p_k, which gives the standard error of
    every projection exactly.
    """
    net, rng = network("plain"), np.random.default_rng(5)
    theta, prototypes = rng.normal(0.5, 1, (K, I)), rng.random((K, I)) ** 2
    labels = rng.integers(K, size=600)
    changes = {"b": 1e-10, "sigma": 0.2, "rho": 300.0, "r_max": 60.0}
    p = parameters(net, changes)
    chunk = show(net, theta, prototypes[labels], labels, seed=6, **changes)
    x = replay(net, theta, chunk, plastic=False, **changes).x
    steps, label = len(x), np.repeat(labels, net.steps)
    duration, q = steps * 1e-3, p["rho"] * 1e-3

    w = np.exp(theta - p["theta_0"])
    share = shares(x @ w.T - p["alpha"] * np.exp(w).sum(axis=1))
    h = np.eye(K)[label]
    count = p["N"] * q / duration  # N rho / n with n = T/dt snapshots
    likelihood = (
        count * w * ((h - share).T @ x - p["alpha"] * np.exp(w) * (h - share).sum(axis=0)[:, None])
    )
    prior = (p["mu"] - theta) / p["sigma"] ** 2
    gradient = likelihood + prior

    # the formula is the gradient of J: central differences along random directions, error h^2
    for direction in rng.normal(size=(3, K, I)):
        slope = (
            np.subtract(
                *(objective(theta + h * direction, x, label, p, count) for h in (1e-4, -1e-4))
            )
            / 2e-4
        )
        np.testing.assert_allclose(slope, (gradient * direction).sum(), rtol=1e-5, atol=1e-2)

    measured = (chunk.state.theta - theta) / (p["b"] * duration)
    variance = h * q * (1 - q) + q * share * (
        1 - q * share
    )  # of teacher minus output events, (steps, K)

    def z(direction):
        """(measured - gradient) along a direction (K, I), in standard errors; and that error over
        the gradient.
        """
        step = (
            p["N"]
            / duration
            * (x @ (w * direction).T - (w * direction * p["alpha"] * np.exp(w)).sum(axis=1))
        )
        error = np.sqrt((variance * step**2).sum())
        return ((measured - gradient) * direction).sum() / error, error / abs(
            (gradient * direction).sum()
        )

    assert abs(z(gradient)[0]) < SIGMAS
    assert z(gradient)[1] < 0.03  # so a missing factor 2 or a sign would be 30 errors away
    assert abs(z(likelihood)[0]) < SIGMAS
    assert abs(z(prior)[0]) < SIGMAS
    rows = np.eye(K)[:, :, None] * np.ones(I)
    assert max(abs(z(row)[0]) for row in rows) < SIGMAS
    single = p["N"] * w / duration  # every theta_ki on its own
    errors = np.sqrt(
        variance.T @ x**2
        - 2 * p["alpha"] * np.exp(w) * (variance.T @ x)
        + (p["alpha"] * np.exp(w)) ** 2 * variance.sum(axis=0)[:, None]
    )
    assert (
        np.abs((measured - gradient) / (single * errors)).max() < SIGMAS + 1
    )  # the largest of 1000: 2e-6 by chance
    # negative controls: no homeostatic term in the score; the shares of a rule without it in u
    without = count * w * ((h - share).T @ x) + prior
    assert np.abs((measured - without) / (single * errors)).max() > SIGMAS + 1
    wrong = shares(x @ w.T)
    other = (
        count * w * ((h - wrong).T @ x - p["alpha"] * np.exp(w) * (h - wrong).sum(axis=0)[:, None])
        + prior
    )
    assert np.abs((measured - other) / (single * errors)).max() > SIGMAS + 1


# one step of noise


def noise_variance(net, theta, p, v):
    """Of theta per second at temperature 1, by the table of science.md."""
    constant, weighted = np.ones_like(theta), p["N"] * p["alpha"] * np.exp(weight(theta, p))
    return {
        "constant": 2 * p["b"] * constant,
        "constant_matched": 2 * p["b"] * v * constant,
        "weight": 2 * p["b"] * weighted,
        "weight_posterior": 2 * p["b"] * weighted,
        "weight_literal": p["b"] ** 2 * weighted,
    }[net.structure["arm"]["name"]]


def spread(seed):
    """theta that makes e^w range from 1 to 15, in rising order."""
    return np.sort(np.random.default_rng(seed).uniform(-2, 4, K * I)).reshape(K, I)


@pytest.mark.parametrize(
    "name", ["clip", "unsupervised", "tuned", "fine", "posterior", "reference", "jump"]
)
def test_noise_of_one_sample_is_normal_with_the_arm_s_variance(network, name):
    """Kolmogorov-Smirnov over 3000 changes, and the variance in tenths of theta; wrong by sqrt 2
    either way fails.

    b is so small that theta, and with it the amplitude and the drift that noise brings along, stays
    what it was.
    """
    net, theta, T, v = network(name), spread(1), 1.7, 3.0
    p = parameters(net, SILENT | NO_PRIOR | FREE | {"b": 1e-9})
    chunks = [
        show(net, theta, blank(net, 1), temperature=T, seed=seed, v=v, **p) for seed in range(3)
    ]
    change = np.array([chunk.state.theta for chunk in chunks]) - theta
    z = change / np.sqrt(noise_variance(net, theta, p, v) * T * net.structure["sample_length"])
    assert stats.kstest(z.ravel(), "norm").pvalue > CHANCE
    tenths = (
        (z**2).reshape(3, 10, -1).mean(axis=(0, 2))
    )  # theta is sorted: a tenth has one weight, nearly
    assert (np.abs(tenths - 1) < SIGMAS * np.sqrt(2 / 300)).all()  # z^2 has variance 2
    assert abs((z**2).mean() - 1) < SIGMAS * np.sqrt(2 / 3000)
    assert stats.kstest(z.ravel() * np.sqrt(2), "norm").pvalue < CHANCE
    assert stats.kstest(z.ravel() / np.sqrt(2), "norm").pvalue < CHANCE
    assert abs(np.corrcoef(z.reshape(3, -1))).ravel()[[1, 2, 5]].max() < SIGMAS / np.sqrt(
        1000
    )  # seeds independent
    assert abs(np.corrcoef(z[0].ravel()[:-1], z[0].ravel()[1:])[0, 1]) < SIGMAS / np.sqrt(
        1000
    )  # and synapses


@pytest.mark.parametrize("name", ["clip", "unsupervised", "posterior", "tuned", "reference"])
def test_every_sample_has_its_own_temperature(network, name):
    """Noise in sample j alone, with the same seed: theta moves in sample j alone, by sqrt(T).

    The amplitude follows theta, so changes x of theta add up to within the order of x^2, which tiny
    b makes negligible.
    """
    net, theta = network(name), spread(2)
    p = parameters(net, SILENT | NO_PRIOR | FREE | {"b": 1e-16})

    def change(temperature):
        return (
            show(net, theta, blank(net, 4), temperature=temperature, seed=9, **p).state.theta
            - theta
        )

    parts = [change(4.0 * np.eye(4)[j]) for j in range(4)]
    assert not change(0.0).any()
    for part in parts:  # the whole sample is noisy, from its first grid step to its last
        z = part / np.sqrt(
            4.0 * noise_variance(net, theta, p, 1.0) * net.structure["sample_length"]
        )
        assert abs((z**2).mean() - 1) < SIGMAS * np.sqrt(2 / z.size)
    tolerance = 20 * np.abs(parts).max() ** 2 + 1e-14
    assert tolerance < 1e-3 * np.std(parts)
    np.testing.assert_allclose(change([1.0] * 4), sum(parts) / 2, rtol=0, atol=tolerance)
    np.testing.assert_allclose(change([0, 0, 9.0, 0]), parts[2] * 1.5, rtol=0, atol=tolerance)
    assert np.abs(
        np.corrcoef([part.ravel() for part in parts]) - np.eye(4)
    ).max() < SIGMAS / np.sqrt(1000)


def test_matched_noise_is_that_of_constant_times_v(network):
    """Same seed: v = 4 moves theta twice as far as v = 1."""
    net, theta = network("unsupervised"), np.zeros((K, I))
    p = parameters(net, SILENT | NO_PRIOR | FREE | {"b": 1e-10})
    one, four = (
        show(net, theta, blank(net, 3), temperature=1.0, v=v, **p).state.theta for v in (1.0, 4.0)
    )
    np.testing.assert_allclose(four, 2 * one, rtol=1e-6)


# stationary laws


def chain(net, theta, num_samples, num_chunks, changes, seed=1):
    """theta after each of `num_chunks` chunks, (num_chunks, K, I)."""
    thetas = []
    for number in range(num_chunks):
        theta = show(
            net, theta, blank(net, num_samples), seed=1000 * seed + number, **changes
        ).state.theta
        thetas.append(theta)
    return np.array(thetas)


def test_constant_noise_is_an_ornstein_uhlenbeck_process(network):
    """Mean mu, variance T sigma^2, correlation time sigma^2/b: 30 chunks of one correlation time,
    1000 thetas.

    Steps of h = b grid/sigma^2 = 0.01 make it an AR(1) process with factor 1 - h and variance T
    sigma^2/(1 - h/2).
    """
    b, sigma, mu, T = 0.25, 0.7, 0.4, 2.0
    net = network("clip")
    h = b * net.structure["grid"] / sigma**2
    start = np.random.default_rng(1).normal(mu, sigma * np.sqrt(T / (1 - h / 2)), (K, I))
    changes = SILENT | FREE | {"b": b, "sigma": sigma, "mu": mu, "temperature": T}
    num = round(sigma**2 / b / net.structure["sample_length"])
    x = chain(net, start, num, 30, changes).reshape(30, -1) - mu
    x = x[10:]  # 10 correlation times: the start is forgotten
    r, variance = (1 - h) ** (2 * num), T * sigma**2 / (1 - h / 2)
    n = x.size
    # AR(1) between chunks: var of a mean v (1+r)/(1-r)/n, of a mean square 2 v^2 (1+r^2)/(1-r^2)/n
    mean_error = np.sqrt(variance * (1 + r) / (1 - r) / n)
    variance_error = variance * np.sqrt(2 * (1 + r**2) / (1 - r**2) / n)
    assert abs(x.mean()) < SIGMAS * mean_error
    assert abs((x**2).mean() - variance) < SIGMAS * variance_error
    assert SIGMAS * variance_error < 0.1 * variance  # sqrt 2 or 2T are ten times farther
    measured = (x[1:] * x[:-1]).sum() / (x[:-1] ** 2).sum()
    error = np.sqrt((1 - r**2) / x[1:].size)
    assert abs(measured - r) < SIGMAS * error
    time = -num * net.structure["sample_length"] / np.log(measured)
    assert time == pytest.approx(sigma**2 / b, rel=SIGMAS * error / r / -np.log(r) + h)
    assert stats.kstest(x[-1] / np.sqrt(variance), "norm").pvalue > CHANCE


def test_error_of_a_coarse_grid_is_euler_maruyama_s(network):
    """Variance sigma^2/(1 - h/2) for steps h = b grid/sigma^2 = 0.4: a quarter too much; it is
    sigma^2 as h shrinks.
    """
    net = network("clip")
    for h in (0.4, 0.02):
        b = h / net.structure["grid"]
        num = round(8 / h)  # two grid steps a sample: (1 - h)^(16/h) < 1e-6 is left of the start
        changes = SILENT | FREE | {"b": b, "sigma": 1.0, "mu": 0.0, "temperature": 1.0}
        x = chain(net, np.zeros((K, I)), num, 10, changes)
        error = np.sqrt(2 / x.size)
        assert abs(x.var() * (1 - h / 2) - 1) < SIGMAS * error
        assert (abs(x.var() - 1) < SIGMAS * error) == (h < 0.1)


def law(drift, variance, low, high, reading="Ito"):
    """Distribution function of p ~ exp(int 2 drift/g^2)/g^2 on [low, high]; /g for the Stratonovich
    reading.
    """
    grid = np.linspace(low, high, 20_001)
    slope = 2 * drift(grid) / variance(grid)
    log_p = np.concatenate([[0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(grid))])
    log_p -= np.log(variance(grid)) * {"Ito": 1, "Stratonovich": 0.5}[reading]
    p = np.exp(log_p - log_p.max())
    cdf = np.concatenate([[0], np.cumsum((p[1:] + p[:-1]) / 2 * np.diff(grid))])
    return lambda theta: np.interp(theta, grid, cdf / cdf[-1])


def fits(theta, cdf):
    return stats.kstest(theta.ravel(), cdf).pvalue > CHANCE


def test_weight_noise_samples_its_ito_density_and_no_other(network):
    """g^2 = 2 b N alpha e^w of order b/sigma^2 and changing fourfold within one standard deviation;
    4000 thetas.

    Steps of b grid = 0.001 leave an error of 0.005 in the distribution function (Euler-Maruyama in
    numpy, 50 000 thetas); 4000 thetas resolve 0.039 at p = 1e-5; the wrong densities are off by
    0.11 to 0.15.
    """
    net = network("tuned")
    changes = SILENT | {
        "theta_0": 0.0,
        "N": 5.0,
        "sigma": 0.5,
        "mu": 0.0,
        "b": 0.005,
        "temperature": 1.0,
    }
    p = parameters(net, {k: v for k, v in changes.items() if k != "temperature"})
    # 600 s from a single point: twelve times sigma^2/b
    theta = np.array(
        [chain(net, np.zeros((K, I)), 1000, 3, changes, seed=seed)[-1] for seed in range(4)]
    )
    assert theta.max() <= p["theta_high"]

    def density(T=1.0, reading="Ito"):
        return law(
            lambda t: p["b"] * (p["mu"] - t) / p["sigma"] ** 2,
            lambda t: 2 * T * p["b"] * p["N"] * p["alpha"] * np.exp(np.exp(t - p["theta_0"])),
            p["theta_low"],
            p["theta_high"],
            reading,
        )

    assert fits(theta, density())
    assert not fits(theta, density(reading="Stratonovich"))
    assert not fits(theta, density(T=2.0))
    assert not fits(theta, density(T=0.5))  # a missing sqrt 2


# test_engine_reference.py has the engines give one law
@pytest.mark.parametrize("name", ["posterior", pytest.param("reference", marks=pytest.mark.slow)])
def test_preconditioned_noise_samples_the_prior(network, name):
    """weight_posterior: N(mu, sigma^2) cut off at theta_min, mu - sigma; 3000 thetas.

    The bound makes an atom of 0.6 sqrt(g^2 grid) p(theta_min) < 0.01; 3000 thetas resolve 0.045.
    """
    net = network(name)
    changes = SILENT | {
        "theta_0": 0.0,
        "N": 5.0,
        "sigma": 0.5,
        "mu": -0.5,
        "theta_low": -1.0,
        "b": 0.02,
    }
    p = parameters(net, changes)
    # M b/sigma^2 is 0.08 to 2 per second: 80 s are six times the slowest time constant
    start, setting = np.full((K, I), -0.5), changes | {"temperature": 1.0}
    theta = np.array([chain(net, start, 1000, 2, setting, seed=seed)[-1] for seed in (1, 2, 3)])

    def density(T=1.0, reading="Ito", spurious=1):
        def variance(t):
            return 2 * T * p["b"] * p["N"] * p["alpha"] * np.exp(np.exp(t))

        def drift(t):
            return variance(t) / 2 * ((p["mu"] - t) / p["sigma"] ** 2 / T + spurious * np.exp(t))

        return law(drift, variance, p["theta_low"], p["theta_high"], reading)

    scaled = [(edge - p["mu"]) / p["sigma"] for edge in (p["theta_low"], p["theta_high"])]
    assert fits(theta, stats.truncnorm(*scaled, loc=p["mu"], scale=p["sigma"]).cdf)
    assert fits(theta, density())
    assert not fits(theta, density(spurious=0))  # without the drift b dG/dtheta
    assert not fits(theta, density(reading="Stratonovich"))
    assert not fits(theta, density(T=2.0))
    assert not fits(theta, density(T=0.5))


def test_learning_on_the_grid_of_200_ms_converges_to_that_of_1_ms(network):
    """Learning with strong noise for 20 s: same law of theta on both grids within b grid/sigma^2 =
    0.02, by row.

    Control: half the noise is a larger change than the tolerance.
    """
    rng = np.random.default_rng(8)
    points, labels, centres = rng.random((100, D)), rng.integers(K, size=100), rng.random((I, D))
    theta = rng.normal(0, 1, (K, I))
    changes = {"b": 0.1, "N": 0.5, "theta_0": 1.0, "mu": 0.0, "rho": 200.0, "intensity_max": 3.0}

    def run(name, temperature, seeds):
        net = network(name)
        setting = dict(changes, centres=centres, temperature=temperature)
        thetas = [
            show(net, theta, points, labels, seed=seed, **setting).state.theta for seed in seeds
        ]
        return np.array([np.concatenate([t.mean(axis=1), t.std(axis=1)]) for t in thetas])

    coarse, fine, cold = (
        run("tuned", 5.0, range(8)),
        run("fine", 5.0, range(8, 13)),
        run("tuned", 2.5, range(8)),
    )
    scale = np.abs(fine.mean(axis=0)).max()

    def same(a, b):
        error = np.sqrt(a.var(axis=0, ddof=1) / len(a) + b.var(axis=0, ddof=1) / len(b))
        return np.abs(a.mean(axis=0) - b.mean(axis=0)) < SIGMAS * error + 0.02 * scale

    assert same(coarse, fine).all()
    assert not same(cold, fine).all()
    assert np.exp(theta - 1.0).max() > 1  # weights of order 1: the noise depends on them
