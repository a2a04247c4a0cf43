"""The general network of the conclusion: its noise, its training, rules that come out both ways."""

import numpy as np
import pytest
import xarray as xr
from runs import script
from scipy import integrate, stats

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from spikesampler.networks.layered import classifier, cross_entropy, outputs_of
from spikesampler.networks.optimizers import LARGEST, MEAN_EXP, synaptic_noise
from spikesampler.stats.rules import NOT, REPRODUCED
from spikesampler.studies.fang_2018 import rate_network_training as training
from spikesampler.studies.fang_2018.rate_network import STUDY
from spikesampler.studies.fang_2018.rate_network_data import KEPT, best_rates, late
from spikesampler.studies.fang_2018.rate_network_plan import (
    ARMS,
    BATCHES,
    CELLS,
    NAME,
    NOISES,
    RATES,
    STARTS,
    TEMPERATURES,
    Cell,
)
from spikesampler.studies.fang_2018.rate_network_rules import (
    HALF,
    accuracy,
    findings,
    left,
    rulings_of,
)

# ---- noise


def drawn(arm, weights, number=4000):
    """What an arm adds at sigma 0.5 to weights (parameter,), many times: (number, parameter)."""
    params = jnp.asarray(np.tile(weights, (number, 1)), jnp.float32)
    noise = synaptic_noise(arm, 0.5, 10)
    keys = np.random.default_rng(1).integers(2**32, size=(number, 2), dtype="u4")
    state = noise.init(params)._replace(keys=jnp.asarray(keys), rms=jnp.full((number, 1), 0.2))
    return np.asarray(noise.update(jnp.zeros_like(params), state, params)[0])


@pytest.mark.parametrize(
    ("arm", "variance"),
    [
        ("exp_weight", lambda w: np.exp(np.minimum(np.abs(w) / 0.2, LARGEST)) / MEAN_EXP),
        ("weight_following", lambda w: np.full(len(w), np.mean(w**2) / 0.04)),
    ],
)
def test_noise_has_the_variance_that_it_says(arm, variance):
    """Of 4000 draws a standard deviation has an error of 1.1 %: four times that."""
    weights = np.array([-1.0, -0.3, 0.0, 0.1, 0.6])
    found = drawn(arm, weights)
    np.testing.assert_allclose(found.std(axis=0), 0.5 * np.sqrt(variance(weights)), rtol=0.045)
    assert np.abs(found.mean(axis=0)).max() < 5 * found.std(axis=0).max() / np.sqrt(4000)


def test_the_control_has_the_power_of_weight_at_any_weights():
    weights = np.array([-1.0, -0.3, 0.0, 0.1, 0.6])
    power = [(drawn(arm, weights) ** 2).mean() for arm in ("weight", "weight_following")]
    assert power[0] == pytest.approx(power[1], rel=0.06)
    structure = drawn("weight", weights).std(axis=0)
    assert structure[2] == 0
    assert structure[0] > 2 * structure[1]


def test_the_mean_of_the_paper_s_form_is_that_of_normal_weights():
    def value(z):
        return np.exp(min(z, LARGEST)) * stats.norm.pdf(z)

    assert pytest.approx(np.log(5 * np.exp(2))) == LARGEST
    mean = 2 * integrate.quad(value, 0, 12, points=[LARGEST])[0]
    assert mean == pytest.approx(MEAN_EXP, rel=1e-6)


# ---- training


def test_without_noise_it_is_gradient_descent_on_the_images_of_each_step(monkeypatch):
    """Against a loop over steps, on all images and on 50."""
    rng = np.random.default_rng(0)
    pixels = jnp.asarray(rng.random((60, 6)), jnp.float32)
    labels = jnp.asarray(rng.integers(10, size=60))
    parts = {name: training.Images(pixels, labels) for name in ("train", "validation", "test")}
    monkeypatch.setattr(training, "images", lambda data: parts)
    for batch in BATCHES:
        task = training.Training("none", 0.0, 0.1, "usual", batch, (3, 4), 5, 2, "made up")
        found, _ = training.trained(task)
        flat, _ = training._starts(task, 6)
        unravel, rows = training._unravel(6), training._rows(task, 60)
        for number, params in enumerate(flat):
            for step in range(5):
                some = rows[step, number]

                def loss(params, some=some, unravel=unravel):
                    outputs = outputs_of(classifier(2), unravel(params), pixels[some])
                    return cross_entropy(outputs, labels[some])

                params = params - 0.1 * jax.grad(loss)(params)
            outputs = outputs_of(classifier(2), unravel(params), pixels)
            expected = float(cross_entropy(outputs, labels))
            assert found["train_loss"][number, -1] == pytest.approx(expected, rel=1e-5)
        assert found["step"].tolist() == [0, 5]


def test_starts_are_paired_and_the_small_one_is_a_hundredth():
    task = training.Training("weight", 1e-4, 0.1, "usual", "some", (3, 4), 4, 2)
    usual, told = training._starts(task, 64)
    small, also_told = training._starts(
        training.Training("none", 0.0, 0.3, "small", "all", (3, 4), 4, 2), 64
    )
    np.testing.assert_array_equal(usual, told)
    np.testing.assert_array_equal(told, also_told)
    np.testing.assert_allclose(small, 0.01 * usual, rtol=1e-6)
    assert (np.asarray(usual[0]) != np.asarray(usual[1])).any()


def test_at_temperature_0_noise_changes_no_bit_and_above_it_does():
    def losses(noise, temperature):
        task = training.Training(noise, temperature, 0.1, "usual", "some", (5,), 30, 2)
        return training.trained(task)[0]["train_loss"]

    plain = losses("none", 0.0)
    np.testing.assert_array_equal(losses("weight", 0.0), plain)
    assert (losses("weight", 1e-3)[:, -1] != plain[:, -1]).all()
    assert training.sigma_of(0.1, 1e-3) == pytest.approx(np.sqrt(2e-4))


def test_every_step_has_other_images_and_an_epoch_has_each_once():
    task = training.Training("none", 0.0, 0.1, "usual", "some", (5, 6), 4, 2)
    rows = training._rows(task, 100)
    assert rows.shape == (4, 2, 50)
    for seed in range(2):
        assert sorted(rows[:2, seed].ravel()) == [*range(100)]
        assert sorted(rows[2:, seed].ravel()) == [*range(100)]
    assert (rows[:2] != rows[2:]).any()


def test_the_rate_is_the_best_on_the_validation_part_and_of_equal_ones_the_lowest():
    values = np.zeros((2, 1, 3, 4, 10))
    values[0, 0, 1] = 0.9
    values[1, 0, 0] = values[1, 0, 2] = 0.8
    values[1, 0, 1, :, :7] = 1.0  # early probes do not count
    assert best_rates(values).tolist() == [[1], [0]]
    assert late(np.arange(10.0)) == 8.5


# ---- rules


SEEDS = 10
PROBES = np.arange(0, 2001, 20)


def made_up(gains=None, steps=None, whole=0.0, none_steps=600.0):
    """A dataset: differences of accuracy by (arm, start), steps to leave by arm, and what all
    images change.
    """
    rng, shape = np.random.default_rng(0), (2, 2, len(ARMS), SEEDS, len(PROBES))
    test = 0.95 + 0.001 * rng.normal(size=(2, 2, len(ARMS), SEEDS, 1)) + np.zeros(shape)
    test[1] += whole
    for (arm, start), gain in (gains or {}).items():
        test[:, STARTS.index(start), ARMS.index(arm)] += gain
    loss = np.full(shape[2:], 2.0)
    for arm in ARMS:
        when = (steps or {}).get(arm, none_steps) + 20 * rng.normal(size=(SEEDS, 1))
        loss[ARMS.index(arm)] = np.where(PROBES >= when, 0.1, 2.0)
    dims = ("batch", "start", "arm", "seed", "probe")
    variables = {name: (dims, test.astype("f4")) for name in KEPT}
    variables["same_rate_loss"] = dims[2:], loss
    variables["rate"] = ("start", "arm"), np.full((2, len(ARMS)), RATES[1])
    coords = {
        "batch": [*BATCHES],
        "start": [*STARTS],
        "arm": [*ARMS],
        "seed": [*range(SEEDS)],
        "probe": PROBES,
    }
    attrs = {"data": "digits", "pixels": 64, "images_train": 1259}
    attrs |= {"images_validation": 179, "images_test": 359}
    return xr.Dataset(variables, coords, attrs)


FLAT, GROWING = Cell("constant", 1e-4), Cell("weight", 1e-5)


@pytest.mark.parametrize(
    ("settings", "key", "expected"),
    [
        ({}, "gain_usual_constant_0.0001", NOT),
        ({"gains": {(FLAT.label, "usual"): 0.03}}, "gain_usual_constant_0.0001", REPRODUCED),
        ({"gains": {(FLAT.label, "small"): 0.03}}, "gain_small_constant_0.0001", REPRODUCED),
        ({"gains": {(FLAT.label, "small"): 0.03}}, "gain_usual_constant_0.0001", NOT),
        ({}, "sooner_constant_0.0001", NOT),
        ({"steps": {FLAT.label: 200.0}}, "sooner_constant_0.0001", REPRODUCED),
        ({}, "power_1e-05", REPRODUCED),
        ({"gains": {(GROWING.label, "usual"): 0.03}}, "power_1e-05", NOT),
        ({}, "small_1e-05", REPRODUCED),
        ({"steps": {GROWING.label: 300.0}}, "small_1e-05", NOT),
        ({}, "batches", NOT),
        ({"whole": -0.05}, "batches", REPRODUCED),
        ({}, "whole_weight", NOT),
        ({"gains": {(GROWING.label, "usual"): 0.03}}, "whole_weight", REPRODUCED),
    ],
)
def test_every_rule_comes_out_both_ways(settings, key, expected):
    (found,) = [one.ruling.label for one in rulings_of(made_up(**settings)) if one.key == key]
    assert found == expected


def test_steps_are_those_to_half_of_the_loss_of_a_guess():
    dataset = made_up(steps={FLAT.label: 200.0, GROWING.label: 9000.0})
    assert pytest.approx(np.log(10) / 2) == HALF
    assert left(dataset, FLAT.label).mean() == pytest.approx(210, abs=25)
    assert (left(dataset, GROWING.label) == 2000).all()
    straight = dataset.copy(deep=True)
    straight["same_rate_loss"].loc[{"arm": "none"}] = 2.0 - 0.001 * PROBES
    np.testing.assert_allclose(left(straight, "none"), (2 - HALF) / 0.001)
    expected = dataset["test_accuracy"].sel(arm="none", start="usual", batch="all")[:, -20:]
    np.testing.assert_allclose(
        accuracy(dataset, "none", "usual", "all"), expected.mean("probe"), rtol=1e-6
    )


def test_sentences_and_pages_have_the_numbers_of_the_dataset():
    dataset = made_up({(FLAT.label, "usual"): 0.03}, {FLAT.label: 200.0})
    sentences = STUDY.hurry({NAME: dataset})
    assert len(sentences) == 5
    assert "64 pixels" in sentences[0]
    assert "1 of 16 clearly do" in sentences[1]
    assert "(`constant, T = 0.0001`)" in sentences[1]
    assert "1 of 16 clearly do" in sentences[2]
    page = STUDY.section({NAME: dataset})
    for arm in ARMS:
        assert f"| `{arm}` | 0.1 | 0.1 |" in page
    number = 3 * (len(CELLS) - 1) + 2 * len(TEMPERATURES) + 1 + len(NOISES)
    assert len(findings(dataset)) == number
    assert "64-100-10 on digits" in findings(dataset)[0].reading


def test_the_figure_draws_what_it_is_given():
    dataset = made_up({(FLAT.label, "usual"): 0.03}, {FLAT.label: 200.0})
    figure = STUDY.figures({NAME: dataset})["fang_2018_rate_network"]
    axes = {ax.get_label(): ax for ax in figure.axes}
    shown = {line.get_label(): line for line in axes["course usual"].lines}
    arm = Cell("constant", 1e-4).label
    mean = dataset["test_accuracy"].sel(arm=arm, start="usual", batch="some").mean("seed")
    np.testing.assert_allclose(shown["constant"].get_ydata(), mean, rtol=1e-5)
    points = [line for line in axes["gain"].lines if len(line.get_ydata()) == 1]
    assert len(points) == len(NOISES) * len(TEMPERATURES)
    gain = accuracy(dataset, arm, "usual") - accuracy(dataset, "none", "usual")
    assert any(np.isclose(line.get_ydata()[0], gain.mean(), atol=1e-6) for line in points)
    points = [line.get_ydata()[0] for line in axes["steps"].lines if len(line.get_ydata()) == 1]
    assert any(np.isclose(value, left(dataset, arm).mean()) for value in points)


@pytest.mark.slow  # 136 trainings
def test_the_script_trains_and_goes_on(tmp_path):
    arguments = ("fang_2018_rate_network.py", "--quick", "--workers", "1", "--out", "rates")
    shown = script(*arguments, folder=tmp_path)
    assert script(*arguments, folder=tmp_path) == shown
    dataset = STUDY.read(tmp_path / "rates")[NAME]
    assert dataset["test_accuracy"].notnull().all()
    assert dataset.attrs["data"] == "digits"
