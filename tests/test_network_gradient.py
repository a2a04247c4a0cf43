"""The network's own weight changes are stochastic gradient ascent on J: exactly, event by event,
and as a law.

Theta is frozen by a learning rate of 1e-10/s: an event still moves it by 1e-11 or more, and float64
rounds at 1e-16.
"""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from engine import SIGMAS, D, I, K, by_step, replay, shares, show, silent_state

from spikesampler.landscape.objective import SynapticObjective
from spikesampler.studies.fang_2018.gradient_sampled import SPIKES, sampled_laws

SCRIPT = Path(__file__).parents[1] / "scripts" / "fang_2018_gradient.py"
RATE = 1e-10  # 1/s
FREE = {"theta_low": -1e3, "theta_high": 1e3}  # a synapse on its bound can only move inwards
SAMPLES, CHUNKS = (
    3,
    96,
)  # a sample has 200 steps, and 0.3 teacher events and as many output spikes in each
RHO = 300.0  # Hz, so that the factors 1 - rho dt of the variance are not near 1


def dense(theta, p):
    """w and alpha e^w."""
    w = np.exp(theta - p["theta_0"])
    return w, p["alpha"] * np.exp(w)


def own_changes(net, theta, chunk, rate):
    """Sum of the changes by events over b N 1 s, without the prior's."""
    seconds = len(chunk.counts) * net.structure["sample_length"]
    drift = seconds * (net.values["mu"] - theta) / net.values["sigma"] ** 2
    return ((chunk.state.theta - theta) / rate - drift) / net.values["N"]


@pytest.mark.parametrize(("mean", "sd", "rate"), [(1.0, 0.4, 1e-10), (-4.0, 0.2, 3e-8)])
def test_the_sum_of_changes_is_that_of_the_recorded_events(network, mean, sd, rate):
    """+w(x - alpha e^w) at teacher events, -w(x - alpha e^w) at output spikes, x from the recorded
    input spikes.

    To 1e-6: theta moves by less than 1e-6, and 500 roundings of it, by 1e-16 at random, are 2e-15
    against 1e-8.
    """
    net, rng = network("tuned"), np.random.default_rng(1)
    theta, labels, centres = (
        rng.normal(mean, sd, (K, I)),
        np.array([0, 3, 1, 4]),
        rng.random((I, D)),
    )
    chunk = show(
        net, theta, rng.random((4, D)), labels, centres=centres, seed=2, b=rate, rho=RHO, **FREE
    )
    assert 0 < np.abs(chunk.state.theta - theta).max() < 1e-6
    x, (w, c) = replay(net, theta, chunk, plastic=False).x, dense(theta, net.values)
    sums = {}
    for population in ("teacher", "outputs"):
        events = by_step(net, chunk, population, K).T.astype(float)
        assert events.sum() > 200
        sums[population] = w * (events @ x - c * events.sum(axis=1, keepdims=True))
    found, told = own_changes(net, theta, chunk, rate), sums["teacher"] - sums["outputs"]
    assert np.linalg.norm(found - told) < 1e-6 * np.linalg.norm(told)
    for wrong in (
        sums["teacher"] + sums["outputs"],
        sums["teacher"] - 1.01 * sums["outputs"],
        told * 1.00001,
    ):
        assert np.linalg.norm(found - wrong) > 1e-6 * np.linalg.norm(told)


@pytest.fixture(scope="module")
def measured(network):
    """By chunk (chunk, K*I): the network's changes, their mean by J at snapshots, at means, and at
    shares p of another theta; their variance. All dense, from the recorded input spikes.
    """
    net, rng = network("tuned"), np.random.default_rng(3)
    theta, places, centres = rng.normal(1.5, 0.7, (K, I)), rng.random((K, D)), rng.random((I, D))
    (w, c), q = dense(theta, net.values), RHO * net.structure["dt"]
    other, _ = dense(theta + rng.normal(0.0, 0.1, (K, I)), net.values)
    state, found = silent_state(theta, net.structure), []

    def mean(x, h, p, weight):
        return weight * w * ((h - p).T @ x - c * (h - p).sum(axis=0)[:, np.newaxis])

    for number in range(CHUNKS):
        labels = rng.integers(K, size=SAMPLES)
        chunk = show(
            net,
            state,
            places[labels],
            labels,
            centres=centres,
            seed=number,
            b=RATE,
            rho=RHO,
            **FREE,
        )
        played = replay(net, state, chunk, plastic=False)
        x, h, p = played.x, np.eye(K)[np.repeat(labels, net.steps)], shares(played.u)
        smooth, right = x.reshape(SAMPLES, net.steps, I).mean(axis=1), np.eye(K)[labels]
        weights = q * h * (1 - q * h) + q * p * (1 - q * p)
        variance = w**2 * (
            weights.T @ x**2 - 2 * c * (weights.T @ x) + c**2 * weights.sum(axis=0)[:, np.newaxis]
        )
        found.append(
            (
                own_changes(net, theta, chunk, RATE),
                mean(x, h, p, q),
                mean(smooth, right, shares(smooth @ w.T - c.sum(axis=1)), q * net.steps),
                mean(x, h, shares(x @ other.T - c.sum(axis=1)), q),
                variance,
            )
        )
        if number == 0:  # what is written down here is J, at all steps of the chunk
            names = ("theta_0", "alpha", "mu", "sigma")
            objective = SynapticObjective(
                x,
                np.argmax(h, axis=1),
                K,
                amplification=q,
                **{name: net.values[name] for name in names},
            )
            prior = (theta - net.values["mu"]) / net.values["sigma"] ** 2
            np.testing.assert_allclose(
                found[0][1], objective.gradient(theta) + prior, rtol=0, atol=1e-9
            )
        state = chunk.state._replace(theta=theta)
    arrays = [np.reshape(one, (CHUNKS, -1)) for one in zip(*found)]
    return SimpleNamespace(
        changes=arrays[0], snapshots=arrays[1], means=arrays[2], other=arrays[3], variance=arrays[4]
    )


def test_errors_have_the_variance_of_events(measured):
    """(error/SE)^2 is 1 in the mean over synapses, and so is its whole norm; chunks are
    independent, synapses not.

    The controls are the teacher's or the outputs' variance left out, and Poisson events, without 1
    - rho dt.
    """
    errors = measured.changes - measured.snapshots

    def excess(ratios):
        return (ratios.mean() - 1) / (ratios.std(ddof=1) / np.sqrt(CHUNKS))

    def norms(variance):
        return (errors**2).sum(axis=1) / variance.sum(axis=1)

    assert abs(excess((errors**2 / measured.variance).mean(axis=1))) < SIGMAS
    assert abs(excess(norms(measured.variance))) < SIGMAS
    assert excess(norms(measured.variance / 2)) > SIGMAS
    assert excess(norms(measured.variance / (1 - RHO * 1e-3))) < -SIGMAS


def floor(errors):
    """Squared norm of the mean error in its standard errors: the mean of e_c . e_d over pairs of
    chunks.
    """
    products = errors @ errors.T
    np.fill_diagonal(products, 0.0)
    return products.sum() / np.sqrt(2 * (products**2).sum())


def test_there_is_no_floor_on_snapshots_but_on_means(measured):
    assert abs(floor(measured.changes - measured.snapshots)) < SIGMAS
    assert floor(measured.changes - measured.means) > SIGMAS
    assert floor(measured.changes - measured.other) > SIGMAS
    assert floor(measured.changes + measured.snapshots) > SIGMAS  # descent


def test_error_falls_as_the_root_of_the_number_of_events(measured):
    """Squared norm of the error of n chunks over n times the variance of one: 1 for every n, slope
    -1/2 of the error.

    Its variance, over B blocks of n, is 2 tr(S^2) / (B (tr S)^2) for errors of covariance S,
    tr(S^2) being the mean of (e_c . e_d)^2 over pairs. Against means it grows as n.
    """

    def ratios(expected, sizes):
        errors, one = measured.changes - expected, measured.variance.sum(axis=1).mean()
        products = errors @ errors.T
        np.fill_diagonal(products, 0.0)
        square = (products**2).sum() / (CHUNKS * (CHUNKS - 1))
        blocks = [errors.reshape(-1, size, K * I).sum(axis=1) for size in sizes]
        found = np.array(
            [(block**2).sum(axis=1).mean() / (size * one) for block, size in zip(blocks, sizes)]
        )
        return found, np.sqrt([2 * square / len(block) for block in blocks]) / one

    sizes = np.array([1, 2, 4, 8, 16, 32, 96])
    found, sd = ratios(measured.snapshots, sizes)
    assert (np.abs(found - 1) < SIGMAS * sd).all()
    for wrong in (measured.means, measured.other):
        found, sd = ratios(wrong, sizes)
        assert found[-1] - 1 > SIGMAS * sd[-1]


def test_sampled_laws_have_an_interval_for_every_number_of_spikes_that_has_an_estimate():
    """A corrected curvature needs two spikes; that of one has none, which stops nothing."""
    rng = np.random.default_rng(3)
    x, labels = rng.random((12, 4)), np.arange(12) % 3
    objective = SynapticObjective(x, labels, 3, theta_0=0.5, alpha=0.1, mu=0.0, sigma=1.0)
    network = SimpleNamespace(seed=1, objective=lambda *_: objective)
    laws = sampled_laws(network, rng.normal(0, 1, (3, 4)), x, labels, repeats=8)
    bounds = {name: laws[f"{name}_bias"] for name in ("plug_in", "corrected")}
    assert {name: each.shape for name, each in bounds.items()} == dict.fromkeys(
        bounds, (len(SPIKES), 3)
    )
    assert np.isfinite(bounds["plug_in"]).all()
    assert np.isfinite(bounds["corrected"]).all(axis=1).tolist() == [m > 1 for m in SPIKES]
    for middle, low, high in (*bounds["plug_in"], *bounds["corrected"][1:]):
        assert low < middle < high


@pytest.mark.slow
def test_script(tmp_path):
    """The quick form: its numbers are a dataset, and those that have a law keep it."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick", "--seed", "2", "--out", "found"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "found" / "fang_2018_gradient.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "found" / "fang_2018_gradient.pdf").read_bytes().startswith(b"%PDF")
    with xr.open_dataset(tmp_path / "found" / "fang_2018_gradient.nc", engine="h5netcdf") as found:
        assert found["start"].values.tolist() == ["prior", "learnt", "plateau"]
        for name in ("chi_square", "norm_ratio"):
            middle, low, high = found[name].transpose("bound", "start").values
            assert (np.abs(middle - 1) < 1.3 * (high - low)).all()  # 5 standard errors
        # of a stream's slope over 3 doublings, each error known to 1/sqrt(2 * 10 degrees of
        # freedom): 0.15; 4 streams
        slopes = found["slope_snapshots"].sel(bound="mean", start=["prior", "plateau"])
        np.testing.assert_allclose(slopes, -0.5, rtol=0, atol=SIGMAS * 0.15 / 2)
        last = found.isel(size=-1)

        def far(kind):
            return (last[kind] - (last["low"] + last["high"]) / 2) / (
                (last["high"] - last["low"]) / 4
            )

        assert (np.abs(far("snapshots")) < SIGMAS).all()
        assert far("means").sel(start="prior") > SIGMAS
        # chi-square over its degrees of freedom, 4 at least, is above 2.7^2 with probability 1e-5;
        # a wrong sign: 2
        assert (found["fresh"] < 2.7 * found["fresh_error"]).all()
        assert found["fresh_error"].sel(start="prior") < 0.5
        assert last["bias"].sel(start="plateau") < 1e-3  # softmax is nearly linear there
        theory = 1 / found["spikes"].values
        middle, low, high = found["sampled_plug_in_bias"].transpose("bound", "spikes").values
        assert (np.abs(middle - theory) < 1.3 * (high - low)).all()  # 5 standard errors
        middle, low, high = (
            found["sampled_corrected_bias"].transpose("bound", "spikes").values[:, 1:]
        )
        assert (np.abs(middle) < 1.3 * (high - low)).all()
        assert f"\n| events | {found['events'].values[0, -1]:.0f} |" in done.stdout
    failed = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick", "--seed", "-1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert failed.returncode == 2
    assert failed.stderr == "fang_2018_gradient: seed=-1: expected 0 or more; give --seed 1\n"
