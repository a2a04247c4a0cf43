"""The rule of pairs: laws against sums done by hand, rules that come out both ways, commands."""

import numpy as np
import pytest
import xarray as xr
from runs import command, options, script

from spikesampler import Comparison, Result
from spikesampler.experiments.run import run_settings
from spikesampler.stats.rules import NOT, REPRODUCED, SMALLER, UNDECIDED
from spikesampler.studies.stdp_pairs import data, plan
from spikesampler.studies.stdp_pairs.law import Neuron, Rule, driven, stationary, window
from spikesampler.studies.stdp_pairs.plan import NAME, rule_of
from spikesampler.studies.stdp_pairs.rules import (
    crossing,
    driven_law,
    findings,
    net,
    rulings_of,
    wall_law,
)
from spikesampler.studies.stdp_pairs.stimuli import OneSpike, SteadyRates
from spikesampler.studies.stdp_pairs.study import STUDY

SEEDS = 10
ODD = Rule(0.004, 0.003, 0.017, 0.034, 0.001)  # nothing is equal


# ---- laws


def test_sums_are_those_of_the_window_over_all_steps():
    """Of the window, and of its square; the pair of one step strengthens."""
    steps = np.arange(-2000, 2001)
    changes = window(ODD.dt * steps, ODD)
    assert ODD.dt * changes.sum() == pytest.approx(ODD.net, rel=1e-12)
    assert ODD.dt * (changes**2).sum() == pytest.approx(ODD.squares, rel=1e-12)
    assert window(0.0, ODD) == ODD.a_plus
    assert window(-0.001, ODD) == pytest.approx(-ODD.a_minus * np.exp(-1 / 34))


def test_sums_over_steps_tend_to_those_of_continuous_time():
    """A step of dt makes tau_plus dt/2 longer and tau_minus as much shorter, to first order."""
    whole = ODD._replace(dt=0.0)
    assert whole.net == pytest.approx(0.004 * 0.017 - 0.003 * 0.034)
    assert whole.squares == pytest.approx(0.004**2 * 0.0085 + 0.003**2 * 0.017)
    for dt in (1e-3, 1e-4):
        fine = ODD._replace(dt=dt)
        shift = dt / 2 * (0.004 + 0.003)
        assert fine.net - whole.net == pytest.approx(shift, rel=dt / 0.017)
        assert abs(fine.net - whole.net) > 0.9 * shift  # which is no rounding
    assert rule_of(1.0, 1.0).balance == pytest.approx(np.exp(1 / 20))
    assert rule_of(1.0, 0.25).balance == pytest.approx(np.exp(0.25 / 20))


def walked(drift, variance, seed=1, steps=40_000, dt=0.05):
    """Weights that walk between walls at 0 and 1, Euler-Maruyama, every tenth step."""
    rng, w, kept = np.random.default_rng(seed), np.full(400, 0.5), []
    for step in range(steps):
        w = w + drift(w) * dt + np.sqrt(variance(w) * dt) * rng.standard_normal(400)
        w = np.abs(w)  # reflected, where clipping would add half a step
        w = 1 - np.abs(1 - w)
        if step > steps // 4 and step % 200 == 0:
            kept.append(w.copy())
    return np.array(kept)


@pytest.mark.parametrize(
    ("drift", "constant", "growing", "rising"),
    [(-0.004, 0.002, 0.0, 0.0), (-0.004, 0.001, 0.004, 0.0), (-0.008, 0.002, 0.0, 0.01)],
)
def test_the_stationary_law_is_that_of_a_walk(drift, constant, growing, rising):
    """Distance 0.02: 30 000 weights, correlated over some 100 s = 10 that are kept: 3000, whose
    distance is below 1.6/sqrt(3000) = 0.03 in 99 % of draws.
    """
    law = stationary(drift, constant, growing, rising)
    values = walked(lambda w: drift + rising * w, lambda w: constant + growing * w)
    assert law.distance(values) < 0.03
    assert law.mean == pytest.approx(values.mean(), abs=0.02)
    assert law.sd == pytest.approx(values.std(), abs=0.02)
    # controls: wrong sign, missing factor, doubled temperature
    for wrong in (
        stationary(-drift, constant, growing, -rising),
        stationary(drift / 2, constant, growing, rising / 2),
        stationary(drift, 2 * constant, 2 * growing, rising),
    ):
        assert wrong.distance(values) > 0.05


def test_the_law_between_walls_is_an_exponential_where_noise_is_the_same():
    law = stationary(-0.01, 0.002)
    length = 0.002 / 0.02
    assert law.mean == pytest.approx(length - 1 / np.expm1(1 / length), rel=1e-4)
    assert law.below[-1] == pytest.approx(1.0)
    assert law.distance(np.interp((np.arange(1000) + 0.5) / 1000, law.below, law.weight)) < 0.001


def test_the_driven_law_agrees_with_itself():
    """Its mean weight makes the rate that makes this mean; without drive it is the blind law."""
    neuron = Neuron(rate_0=5.0, gain=1.0, tau_m=0.02, num_inputs=200, rate_in=20.0)
    law, rate = driven(rule_of(1.05), neuron)
    assert rate == pytest.approx(5 + 200 * 20 * law.mean * 0.02, rel=0.01)  # tau_m, less dt/2
    blind, rate = driven(rule_of(1.05), neuron._replace(gain=0.0))
    rule = rule_of(1.05)
    assert rate == 5.0
    assert blind.mean == pytest.approx(stationary(100 * rule.net, 100 * rule.squares).mean)
    assert law.mean > blind.mean + 0.01  # what an input causes strengthens


# ---- rules


def made_up(**changes):
    """A dataset as the laws have it, but for changes: parts of a drift, or of weights."""
    given = {"drift": 1.0, "near": 0.0, "mean": 0.0, "wider": 1.0, "driven": 0.0, "sd": 0.01}
    given |= {"middle": 0.1, "far": 0.0} | changes
    rng = np.random.default_rng(0)
    noise = lambda *shape: 1 + given["sd"] * rng.normal(size=shape)  # noqa: E731
    rates = np.array(plan.RATES_IN)
    drift = [
        [
            rates * s * rule_of(plan.OF_RATES, step).net * noise(SEEDS, 5) * given["drift"]
            for s in plan.RATES_OUT
        ]
        for step in plan.STEPS
    ]
    near = [
        [
            rates * 40 * (rule_of(ratio, step).net + given["near"]) * noise(SEEDS, 5)
            for ratio in plan.RATIOS
        ]
        for step in plan.STEPS
    ]
    variables = {
        "lag": (("pair",), plan.APART / 1000 * (np.arange(plan.LAGS) - plan.LAGS // 2)),
        "drift": (("step", "rate_out", "seed", "rate_in"), np.array(drift)),
        "near": (("step", "ratio", "seed", "rate_in"), np.array(near)),
    }
    variables["change"] = (("pair",), window(variables["lag"][1], rule_of(1.05)))
    laws = {"walls": {arm: wall_law(arm) for arm in plan.ARMS}}
    laws["driven"] = {arm: driven_law(arm)[0] for arm in plan.DRIVEN}
    bins = (plan.BINS[1:] + plan.BINS[:-1]) / 2
    for kind, of in laws.items():
        mean = np.array(
            [law.mean + given["mean" if kind == "walls" else "driven"] for law in of.values()]
        )[:, None]
        sd = np.array(
            [law.sd * (1 if arm == "none" else given["wider"]) for arm, law in of.items()]
        )[:, None]
        middle = (bins > 0.2) & (bins < 0.8)
        counts = np.where(middle, given["middle"] / middle.sum(), (1 - given["middle"]) / 20)
        counts = (1e5 * counts * noise(len(of), SEEDS, 1)).astype(int)
        counts[..., middle] = counts[..., middle] * noise(len(of), SEEDS, 1)
        quantiles = [
            np.interp((np.arange(200) + 0.5) / 200, law.below, law.weight) + given["far"]
            for law in of.values()
        ]
        quantiles = np.repeat(np.array(quantiles)[:, None], SEEDS, axis=1) * noise(1, SEEDS, 1)
        dims = (f"{kind}_arm", "seed")
        variables |= {
            f"{kind}_mean": (dims, mean + 0.002 * (noise(len(of), SEEDS) - 1) / given["sd"]),
            f"{kind}_sd": (dims, sd * noise(len(of), SEEDS)),
            f"{kind}_counts": ((*dims, "bin"), counts),
            f"{kind}_quantiles": ((*dims, "quantile"), quantiles),
        }
    coords = {
        "step": [*plan.STEPS],
        "ratio": [*plan.RATIOS],
        "rate_out": [*plan.RATES_OUT],
        "rate_in": rates,
        "walls_arm": [*plan.ARMS],
        "driven_arm": [*plan.DRIVEN],
        "seed": np.arange(SEEDS),
        "bin": bins,
    }
    return xr.Dataset(variables, coords, {"seconds": 100})


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({}, "steps_1_5", REPRODUCED),
        ({"drift": 1.1}, "steps_1_5", NOT),
        ({"drift": -1.0}, "steps_0.25_40", NOT),
        ({"sd": 0.3}, "steps_1_5", UNDECIDED),
        ({}, "text_1", NOT),
        ({"drift": 1.2}, "text_1", REPRODUCED),
        ({}, "text_0.25", REPRODUCED),
        ({}, "weakened_1", NOT),
        ({}, "weakened_0.25", REPRODUCED),
        ({"near": 3e-6}, "weakened_0.25", NOT),
        ({}, "balance_1", REPRODUCED),
        ({"near": 3e-6}, "balance_1", NOT),
        ({}, "mean_constant", REPRODUCED),
        ({"mean": 0.05}, "mean_constant", NOT),
        ({}, "density_none", REPRODUCED),
        ({"far": 0.1}, "density_none", NOT),
        ({}, "jumps", REPRODUCED),
        ({"mean": -0.03}, "jumps", NOT),
        ({}, "wider_constant", REPRODUCED),
        ({}, "wider_weight", SMALLER),
        ({"wider": 0.1}, "wider_constant", NOT),
        ({}, "driven_mean_none", REPRODUCED),
        ({"driven": -0.05}, "driven_mean_constant", NOT),
        ({}, "parted", NOT),
        ({"middle": 0.02}, "parted", REPRODUCED),
        ({}, "driven_wider", REPRODUCED),
        ({"wider": 0.5}, "driven_wider", NOT),
    ],
)
def test_every_rule_comes_out_both_ways(changes, key, expected):
    labels = {one.key: one.ruling.label for one in rulings_of(made_up(**changes))}
    assert labels[key] == expected


def test_a_window_that_is_off_is_found():
    right, wrong = made_up(), made_up()
    wrong["change"] = -wrong["change"]
    assert findings(right)[0].verdict == REPRODUCED
    assert findings(wrong)[0].verdict == NOT


def test_the_balance_is_where_drifts_cross_zero():
    dataset = made_up(sd=0.0001)
    np.testing.assert_allclose(crossing(dataset, 1.0), np.exp(1 / 20), atol=1e-3)


def test_sentences_and_pages_have_the_numbers_of_the_dataset():
    dataset = made_up()
    sentences = STUDY.hurry({NAME: dataset})
    assert len(sentences) == 5
    assert f"{dataset['walls_sd'].sel(walls_arm='weight').values.mean():.3f} [" in sentences[3]
    assert "not reproduced: weights part" in STUDY.report({NAME: dataset})
    assert "up to a₋/a₊ = 1.051" in STUDY.section({NAME: dataset})


def test_figures_draw_what_they_are_given():
    """Points of all panels, the lines of the laws beside them, and of continuous time."""
    dataset = made_up()
    figures = STUDY.figures({NAME: dataset})
    axes = {ax.get_label(): ax for figure in figures.values() for ax in figure.axes}
    assert {*axes} == {"window", "drift", "balance", "walls", "driven"}
    drawn = {name: {line.get_label(): line for line in ax.lines} for name, ax in axes.items()}
    points = drawn["window"]["simulated"].get_xydata().T
    np.testing.assert_allclose(points, 1000 * np.array([dataset["lag"], dataset["change"]]))
    for s in plan.RATES_OUT:
        expected = 1000 * dataset["drift"].sel(step=1.0, rate_out=s).mean("seed").values
        np.testing.assert_allclose(drawn["drift"][f"{s:g} Hz"].get_ydata(), expected)
    lines = [line.get_ydata() for line in axes["drift"].lines]
    for step in (1.0, 0):
        told = 1000 * np.array(plan.RATES_IN) * 20.0 * rule_of(plan.OF_RATES, step).net
        assert any(np.shape(line) == told.shape and np.allclose(line, told) for line in lines)
    for step in plan.STEPS:
        near = dataset["near"].sel(step=step)
        means = [
            1e6 * net(near.sel(ratio=ratio), plan.RATES_OUT[-1]).mean() for ratio in plan.RATIOS
        ]
        np.testing.assert_allclose(drawn["balance"][f"{step:g} ms"].get_ydata(), means)
    textbook = [5 * (1 - ratio) * 20 for ratio in plan.RATIOS]  # a+ (tau+ - a-/a+ tau-), in us
    np.testing.assert_allclose(drawn["balance"]["0 ms"].get_ydata(), textbook, atol=1e-9)
    laws = {"walls": {arm: wall_law(arm) for arm in plan.ARMS}}
    laws["driven"] = {arm: driven_law(arm)[0] for arm in plan.DRIVEN}
    for kind, of in laws.items():
        curves = [line for line in axes[kind].lines if len(line.get_xdata()) > 100]
        for curve, (arm, law) in zip(curves, of.items(), strict=True):
            np.testing.assert_allclose(curve.get_ydata(), law.density)
            counts = dataset[f"{kind}_counts"].sel({f"{kind}_arm": arm}).sum("seed").values
            found = drawn[kind][arm].get_ydata()
            np.testing.assert_allclose(found, 50 * counts / counts.sum())
            assert curve.get_color() == drawn[kind][arm].get_color()


# ---- stimuli, and the model by every command


def test_stimuli_are_steady_or_one_spike():
    drawn = SteadyRates([0.0, 0.5, 1.0]).draw("learning", 4, 1)
    assert (drawn.points() == [[0.0, 0.5, 1.0]] * 4).all()
    trains = OneSpike(7).draw("learning", 3, 1).points()
    assert trains.steps.tolist() == [7, 7, 7]
    assert trains.starts.tolist() == [0, 1, 2, 3]


SMALL = {"I": 30, "K": 3, "D": 2}


@pytest.fixture(scope="module")
def folder(cache, tmp_path_factory):
    """A comparison of two arms and two seeds, with its runs' spikes."""
    out = tmp_path_factory.mktemp("stdp_pairs") / "comparison"
    sizes = {"samples": 40, "probe_every": 20, "probe_samples": 10, "test_samples": 10}
    words = options(set=SMALL, noise=None, arms="none,constant", seeds=2, **sizes)
    done = command("compare", NAME, *words, "--record", "all", "--out", out)
    assert done.status == 0, done.err
    return out


def test_compare_report_export_and_raster_work_on_it(folder, tmp_path):
    assert Comparison(folder).arms == ["none", "constant"]
    run = next(path.parent for path in folder.glob("*/learning.nc"))
    assert command("report", run).status == 0
    assert "a_plus" in (run / "report.html").read_text()
    assert command("export", run, "--to", "csv", "--out", tmp_path / "csv").status == 0
    assert command("raster", run, "--out", tmp_path / "raster.png").status == 0


def test_the_viewer_shows_a_run(folder):
    """Its spikes and weights, without a browser."""
    from bokeh.document import Document

    from spikesampler.view.spikes import SpikesPage
    from spikesampler.view.viewed_run import open_run
    from spikesampler.view.weights import WeightsPage

    path = next(path.parent for path in folder.glob("*/learning.nc"))
    shown, result = open_run(path), Result(path)
    assert [*SpikesPage(shown, Document()).rasters] == ["inputs", "outputs"]
    times, _ = shown.recording.read("outputs", 0.0, 8.0)
    np.testing.assert_array_equal(times, result.spikes("outputs")[0])
    np.testing.assert_allclose(shown.pathway().weights()[2], result.weights_at(2), rtol=1e-12)
    assert WeightsPage(shown.pathway()).sources


def test_a_sweep_of_the_ratio(cache, tmp_path):
    sizes = {"samples": 20, "probe_every": 20, "probe_samples": 6, "test_samples": 6}
    words = options(set=SMALL, noise=None, seeds=1, **sizes)
    grid = ("--grid", "a_minus=0.005,0.00525", "--record", "none")
    done = command("sweep", NAME, *words, *grid, "--out", tmp_path / "sweep")
    assert done.status == 0, done.err
    assert len([*(tmp_path / "sweep").glob("*/learning.nc")]) == 2


def test_saddle_is_refused_with_the_reason(folder):
    run = next(path.parent for path in folder.glob("*/learning.nc"))
    done = command("saddle", run)
    assert done.status == 2
    assert "it learnt without labels" in done.err[-1]


#: arm: five standard errors of the mean weight, of 400 weights whose memory lasts half of the time
ERRORS = {"none": 0.006, "constant": 0.055, "weight": 0.024}


@pytest.mark.slow  # builds networks of its own
def test_weights_between_walls_have_the_stationary_law(cache, tmp_path):
    """By the engine; at twice the temperature the law of an arm with noise is another."""
    rule, pairs = rule_of(plan.OF_WALLS), plan.RATE**2
    for path, settings in plan.with_walls(tmp_path, seed=7, settled=400, snapshots=4).items():
        result, arm = run_settings(settings, out=path), settings.arm
        mean, error = data.weights_of(result).mean(), ERRORS[arm]
        assert abs(mean - wall_law(arm).mean) < error
        noise = {"none": (0.0, 0.0), "constant": (2 * plan.B, 0.0), "weight": (0.0, 4 * plan.B)}
        constant, growing = (2 * number for number in noise[arm])
        hot = stationary(pairs * rule.net, pairs * rule.squares + constant, growing)
        turned = stationary(-pairs * rule.net, pairs * rule.squares + constant / 2, growing / 2)
        assert arm == "none" or abs(mean - hot.mean) > error / 2
        assert abs(mean - turned.mean) > error


@pytest.mark.slow  # builds networks of its own
def test_the_script_gathers_and_goes_on(tmp_path):
    arguments = ("stdp_pairs.py", "--quick", "--workers", "1", "--out", "stdp_pairs")
    shown = script(*arguments, folder=tmp_path)
    assert script(*arguments, folder=tmp_path) == shown
    dataset = STUDY.read(tmp_path / "stdp_pairs")[NAME]
    told = window(dataset["lag"].values, rule_of(1.05))
    np.testing.assert_allclose(dataset["change"].values, told, atol=1e-12)
    assert np.abs(dataset["change"].values + told).max() > 1e-3  # control: the other sign
