"""Classifiers with a sigmoid or LIGHT as the output: losses and classes by hand, training against a
plain loop.
"""

from functools import partial

import jax
import numpy as np
import pytest
from scipy.special import expit

from spikesampler.errors import InputError
from spikesampler.studies.kulikovskikh_2021.output_units import LOSSES, UNITS, classes, losses
from spikesampler.studies.kulikovskikh_2021.samples import Split, glorot_start
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.kulikovskikh_2021.training import train

RNG = np.random.default_rng(0)
NUM_RUNS, NUM_TASKS, SAMPLES, LEARNT = 2, 2, 30, 24
X = RNG.normal(size=(NUM_RUNS, NUM_TASKS, SAMPLES, 3)).astype(np.float32)
SPLIT = Split(X, (X[..., 0] * X[..., 1] > 0).astype(np.float32), LEARNT)
STARTS = [glorot_start(np.random.default_rng(n), 3) for n in range(NUM_RUNS)]
HARVESTED = Setting(0.05, 2.0, 1.5, 0.25, 0.6, 0.7)


def unit_of(z, setting, unit):
    """ℓ(z) in closed form (science.md, section 7), by numpy."""
    z, (_, r, E, T, N_T, q) = np.asarray(z, float), setting
    if unit == "sigmoid":
        return expit(z)
    harvest, fade = np.where(z >= T, E, 0), np.exp(-r * (z - T))
    if unit == "richards":
        a = 1 - q * harvest / r
        return (1 / a + (N_T**-q - 1 / a) * fade**a) ** (-1 / q)
    start = np.log(N_T) if unit == "gompertz" else (1 - N_T**-q) / q
    return np.exp(-harvest / r + (start + harvest / r) * fade)


# --- losses and classes -----


@pytest.mark.parametrize("unit", UNITS)
def test_losses_by_hand(unit):
    """float32: 1e-7 of numbers up to 2, some of which are small differences from 1."""
    z, labels = np.float32([-0.9, -0.2, 0.1, 0.9, 2.0]), np.float32([0.0, 1, 0, 1, 1])
    p = unit_of(z, HARVESTED, unit)
    found = jax.jit(partial(losses, unit=unit, loss="cross_entropy"))(z, labels, HARVESTED)
    np.testing.assert_allclose(
        found, -labels * np.log(p) - (1 - labels) * np.log(1 - p), rtol=3e-6, atol=1e-7
    )
    margin = jax.jit(partial(losses, unit=unit, loss="margin"))(z, labels, HARVESTED)
    np.testing.assert_allclose(
        margin, unit_of(np.where(labels == 1, -z, z), HARVESTED, unit), rtol=3e-6, atol=1e-10
    )
    if unit == "sigmoid":
        np.testing.assert_allclose(margin, np.abs(labels - p), rtol=3e-6)


def test_the_printed_sign_teaches_the_opposite():
    """Eq. (2) sums ℓ(y z): smallest where all labels are wrong. Ours is smallest where all are
    right.
    """
    z, labels = np.array([-3.0, 3.0]), np.array([0.0, 1.0])
    right, wrong = (
        losses(side * z, labels, Setting(0.1), unit="sigmoid", loss="margin").sum()
        for side in (1, -1)
    )
    assert right < 0.1
    assert wrong > 1.9
    printed = expit((2 * labels - 1) * z).sum(), expit(-(2 * labels - 1) * z).sum()
    assert printed[0] > 1.9
    assert printed[1] < 0.1


def test_probabilities_are_clipped_as_in_keras():
    """-ln 1e-7 = 16.1 where LIGHT is 0 or 1 in floats; no nan in the gradient. The sigmoid goes
    on.
    """
    found = jax.jit(
        jax.value_and_grad(
            partial(losses, setting=Setting(0.1, 4.0), unit="gompertz", loss="cross_entropy")
        )
    )
    for z, label in ((-50.0, 1.0), (50.0, 0.0)):
        value, slope = found(z, label)
        assert value == pytest.approx(-np.log(1e-7), rel=0.02)  # 1 - 1e-7 is 1 - 1.19e-7 in float32
        assert slope == 0
        assert losses(z, label, Setting(0.1), unit="sigmoid", loss="cross_entropy") == 50


def test_the_class_is_one_above_half_of_the_largest_value():
    z = np.linspace(-4, 4, 81).astype(np.float32)
    plain = classes(z, Setting(0.1), unit="sigmoid", loss="cross_entropy")
    np.testing.assert_array_equal(plain, z > 0)
    found = jax.jit(partial(classes, unit="gompertz", loss="cross_entropy"))
    for setting in (Setting(0.1, 4.08, 6.4), Setting(0.1, 4.08, 0.0), HARVESTED):
        p = unit_of(z, setting, "gompertz")
        top = unit_of(np.linspace(-4, 40, 100_001), setting, "gompertz").max()
        np.testing.assert_array_equal(found(z, setting), p > top / 2)
    np.testing.assert_array_equal(classes(z, setting, unit="gompertz", loss="margin"), z > 0)
    # harvested to e^(-1.57) = 0.21 < 1/4: class 0 again far to the right, by no other rule than ℓ
    # itself
    assert found(np.full(81, 4, np.float32), Setting(0.1, 4.08, 6.4)).max() == 0
    assert found(np.full(81, 0, np.float32), Setting(0.1, 4.08, 6.4)).min() == 1


def test_starts_are_those_of_keras():
    (weights, biases), (last, bias) = glorot_start(np.random.default_rng(0), 1000, 500)
    assert weights.shape == (1000, 500)
    assert np.abs(weights).max() == pytest.approx(np.sqrt(6 / 1500), rel=1e-3)
    assert weights.var() == pytest.approx(2 / 1500, rel=0.01)
    assert np.abs(last).max() == pytest.approx(np.sqrt(6 / 501), rel=0.02)
    assert not biases.any()
    assert bias.shape == (1,)


# --- training -----


def by_loop(run, task, setting, unit, loss, rate, epochs, batch):
    """Plain SGD with numpy in float64, gradients by hand but for dℓ/dz, which is a difference;
    whole-set batches.
    """
    inputs, labels = X[run, task].astype(float), SPLIT.labels[run, task].astype(float)
    (W, b), (v, c) = ([part.copy() for part in layer] for layer in STARTS[run])
    found = []
    for _ in range(epochs + 1):
        h = np.maximum(inputs @ W + b, 0)
        z = (h @ v + c)[:, 0]

        def each(z):
            p = np.clip(unit_of(z, setting, unit), 1e-7, 1 - 1e-7)
            if loss == "margin":
                return unit_of(np.where(labels == 1, -z, z), setting, unit)
            return -labels * np.log(p) - (1 - labels) * np.log(1 - p)

        found.append(each(z)[:LEARNT].mean())
        slope = (each(z + 1e-6) - each(z - 1e-6)) / 2e-6 / LEARNT
        delta = np.where(np.arange(SAMPLES) < LEARNT, slope, 0)[:, None]
        back = delta @ v.T * (h > 0)
        v, c = v - rate * h.T @ delta, c - rate * delta.sum(axis=0)
        W, b = W - rate * inputs.T @ back, b - rate * back.sum(axis=0)
    return np.array(found)


@pytest.mark.parametrize(
    ("unit", "loss"),
    [
        ("gompertz", "cross_entropy"),
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in (("sigmoid", "cross_entropy"), ("richards", "margin"))
        ),
    ],
)
def test_training_is_a_plain_loop(unit, loss):
    """Lanes with different data, starts and settings at once, in one batch: float32 and
    differences, 1e-4 after 12.
    """
    setting = Setting(np.array([0.05, 0.2]), 2.0, np.array([0.0, 1.5]), 0.25, 0.6, 0.7)
    found = train(SPLIT, STARTS, setting, (1, 2), unit=unit, loss=loss, epochs=12, batch=LEARNT)
    assert found.loss.shape == found.test_accuracy.shape == (NUM_RUNS, NUM_TASKS, 2, 13)
    assert found.params is None
    for run, task, number in np.ndindex(NUM_RUNS, NUM_TASKS, 2):
        one = Setting(*(np.broadcast_to(part, 2)[number] for part in setting))
        expected = by_loop(run, task, one, unit, loss, one.rate, 12, LEARNT)
        np.testing.assert_allclose(found.loss[run, task, number], expected, rtol=1e-4)
    assert (
        np.abs(np.diff(found.loss, axis=-1)) > 1e-5
    ).all()  # a loop that stands still would agree with anything


SHARED = {"epochs": 5, "batch": 10, "keep": 2}  # one program for the tests below
RATES = Setting(np.array([0.1, 1e30]))


def test_batches_are_shuffled_and_the_last_one_is_smaller():
    """Two epochs of 24 samples in batches of 10, 10 and 4, in an order that run and epoch decide;
    all are seen.
    """
    whole, other = (train(SPLIT, STARTS, RATES, seeds, **SHARED) for seeds in ((1, 2), (3, 2)))
    assert not np.array_equal(whole.loss[0, :, 0, 1], other.loss[0, :, 0, 1])
    np.testing.assert_array_equal(whole.loss[1, :, 0], other.loss[1, :, 0])
    for run, seed in enumerate((1, 2)):
        params, key = (
            [tuple(part.copy() for part in layer) for layer in STARTS[run]],
            jax.random.key(seed),
        )
        for epoch in (0, 1):
            order = np.asarray(jax.random.permutation(jax.random.fold_in(key, epoch), LEARNT))
            for rows in (order[:10], order[10:20], order[20:]):
                inputs, labels = X[run, 0][rows].astype(float), SPLIT.labels[run, 0][rows]
                (W, b), (v, c) = params
                h = np.maximum(inputs @ W + b, 0)
                delta = (expit(h @ v + c) - labels[:, None]) / len(rows)
                back = delta @ v.T * (h > 0)
                params = [
                    (W - 0.1 * inputs.T @ back, b - 0.1 * back.sum(axis=0)),
                    (v - 0.1 * h.T @ delta, c - 0.1 * delta.sum(axis=0)),
                ]
        for layer, mine in zip(whole.params, params):
            for part, expected in zip(layer, mine):
                np.testing.assert_allclose(part[run, 0, 0, 1], expected, rtol=1e-5, atol=1e-6)


def test_what_is_kept_and_told():
    told = []
    found = train(SPLIT, STARTS, RATES, (1, 2), progress=told.append, **SHARED)
    assert told == [2, 4, 5]
    assert found.loss.shape == (NUM_RUNS, NUM_TASKS, 2, 6)
    assert found.params[0][0].shape == (NUM_RUNS, NUM_TASKS, 2, 3, 3, 5)  # after 0, 2 and 4 epochs
    np.testing.assert_array_equal(found.params[0][0][0, :, 0, 0], np.float32([STARTS[0][0][0]] * 2))
    last = [[part[1, 1, 0, 2] for part in layer] for layer in found.params]
    z = np.maximum(X[1, 1] @ last[0][0] + last[0][1], 0) @ last[1][0] + last[1][1]
    p, labels = expit(z[:, 0].astype(float)), SPLIT.labels[1, 1]
    expected = -(labels * np.log(p) + (1 - labels) * np.log(1 - p))[:LEARNT].mean()
    assert found.loss[1, 1, 0, 4] == pytest.approx(expected, rel=1e-5)
    assert found.train_accuracy[1, 1, 0, 4] == pytest.approx(((p > 0.5) == labels)[:LEARNT].mean())
    assert found.test_accuracy[1, 1, 0, 4] == pytest.approx(((p > 0.5) == labels)[LEARNT:].mean())


def test_networks_that_diverge_are_nan_and_leave_the_others_alone():
    found = train(SPLIT, STARTS, RATES, (1, 2), **SHARED)
    other = train(SPLIT, STARTS, Setting(np.array([0.1, 1e-3])), (1, 2), **SHARED)
    assert np.isnan(found.loss[:, :, 1, -1]).all()
    assert np.isfinite(other.loss).all()
    np.testing.assert_array_equal(found.loss[:, :, 0], other.loss[:, :, 0])


@pytest.mark.slow  # compiles two programs
def test_growth_is_a_larger_step_from_a_larger_start():
    """Richards' law with q = 1, E = 0 is the sigmoid of r z: one step η is the sigmoid's step r η
    from sqrt(r) times that start, but that the output's bias, in units of z, moves r^2 η. With W' =
    sqrt(r) W, v' = sqrt(r) v: z' = r z, and sqrt(r) η dL/dW = r η dL/dW'. Of a whole course it
    would be true but for that bias.
    """
    r, ((W, b), (v, c)) = 4.0, STARTS[0]
    split = Split(X[:1, :1], SPLIT.labels[:1, :1], LEARNT)
    ours = train(
        split, STARTS[:1], Setting(0.05, r), (1,), unit="richards", epochs=1, batch=LEARNT, keep=1
    )
    root = np.sqrt(r)
    twin = train(
        split,
        [((root * W, root * b), (root * v, r * c))],
        Setting(0.05 * r),
        (1,),
        epochs=1,
        batch=LEARNT,
        keep=1,
    )
    np.testing.assert_allclose(ours.loss[..., 0], twin.loss[..., 0], rtol=1e-6)
    for layer, part in ((0, 0), (0, 1), (1, 0)):
        one, other = (course.params[layer][part][0, 0, 0, 1] for course in (ours, twin))
        np.testing.assert_allclose(root * one, other, rtol=1e-5, atol=1e-7)
        assert (np.abs(other - root * STARTS[0][layer][part]) > 1e-5).any()
    moved = [course.params[1][1][0, 0, 0, 1, 0] for course in (ours, twin)]
    assert moved[0] == pytest.approx(
        moved[1], rel=1e-5
    )  # so that r z has moved r times as far as z'


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"optimizer": "adam"}, "optimizer=adam: expected one of momentum"),
        ({"unit": "tanh"}, "unit=tanh: expected one of sigmoid, gompertz, richards, printed"),
        ({"loss": "hinge"}, f"loss=hinge: expected one of {', '.join(LOSSES)}"),
        ({"epochs": 0}, "epochs=0: expected a whole number, 1 or more"),
        ({"batch": 2.5}, "batch=2.5: expected a whole number, 1 or more"),
        ({"setting": Setting(0.1, -1.0)}, "r=-1: expected a growth rate above 0"),
        (
            {"setting": Setting(0.1, 1.0, np.array([1.0, -2.0]))},
            "E=-2: expected a harvesting rate of 0 or more",
        ),
        (
            {"split": SPLIT._replace(labels=SPLIT.labels + 1)},
            "inputs that are not finite or labels other than 0 and 1",
        ),
        (
            {"split": SPLIT._replace(learnt=30)},
            "30 of 30 samples learnt: expected some, and some left to test on",
        ),
        ({"seeds": (1,)}, "2 starts, 1 seeds: expected"),
    ],
)
def test_bad_input(change, text):
    given = {
        "split": SPLIT,
        "starts": STARTS,
        "setting": Setting(0.1),
        "seeds": (1, 2),
        "unit": "gompertz",
    } | change
    with pytest.raises(InputError, match=text):
        train(**given)
