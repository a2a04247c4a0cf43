"""Full-batch training: against a loop in numpy, lanes apart, ends, and bad input."""

import re

import jax
import numpy as np
import pytest

from spikesampler.errors import InputError
from spikesampler.networks.layered import start
from spikesampler.studies.valizadeh_2022.course import first_below
from spikesampler.studies.valizadeh_2022.full_batch import (
    BLOCK,
    METHODS,
    method_operations,
    seconds_per_epoch,
    train,
)
from spikesampler.studies.valizadeh_2022.images import Images

RNG = np.random.default_rng(1)
SIZES = (5, 4, 3)
IMAGES = Images(
    RNG.random((12, 5)), RNG.integers(3, size=12), RNG.random((6, 5)), np.array([0, 1, 2, 0, 1, 2])
)
STARTS = [start(np.random.default_rng(n), SIZES) for n in (1, 2)]


def by_hand(images, params, rate, epochs, scaled):
    """Losses (epoch + 1,) of gradient descent in numpy: the cross-entropy is descended, the summed
    one printed.
    """
    (w1, b1), (w2, b2) = (tuple(part.copy() for part in layer) for layer in params)
    y, losses, scores = np.eye(3)[images.labels], [], []
    for _ in range(epochs + 1):
        h = np.maximum(images.inputs @ w1 + b1, 0)
        z = h @ w2 + b2
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        losses.append(-(y * np.log(p) + (1 - y) * np.log(1 - p)).sum() / len(y))
        shown = np.maximum(images.held_out @ w1 + b1, 0) @ w2 + b2
        scores.append((shown.argmax(axis=1) == images.held_out_labels).mean())
        d2 = (p - y) / len(y)
        d1 = (d2 @ w2.T) * (h > 0)
        w2, b2 = (
            w2 - rate * (2 if scaled else 1) * h.T @ d2,
            b2 - rate * (2 if scaled else 1) * d2.sum(axis=0),
        )
        w1, b1 = w1 - rate * images.inputs.T @ d1, b1 - rate * d1.sum(axis=0)
    return np.array(losses), np.array(scores)


@pytest.mark.parametrize(
    ("method", "scaled"), [("gradient_descent", False), ("layer_scaled", True)]
)
def test_against_a_loop_in_numpy(method, scaled):
    course = train(IMAGES, STARTS, [0.5, 0.2], method=method, objective="printed", epochs=70)
    assert course.loss.shape == course.accuracy.shape == (2, 71)
    assert course.diverged.tolist() == [-1, -1]
    for lane, (params, rate) in enumerate(zip(STARTS, (0.5, 0.2))):
        losses, scores = by_hand(IMAGES, params, rate, 70, scaled)
        np.testing.assert_allclose(course.loss[lane], losses, rtol=1e-10)
        np.testing.assert_allclose(course.accuracy[lane], scores, atol=1e-12)
    assert not jax.config.jax_enable_x64  # float64 was for this call


def test_one_layer_makes_position_wise_gradient_descent_and_two_do_not():
    one = [start(np.random.default_rng(1), (5, 3))]
    courses = [
        train(IMAGES, one, [0.05], method=name, epochs=40)
        for name in ("gradient_descent", "position_wise", "layer_scaled")
    ]
    for course in courses[1:]:
        np.testing.assert_allclose(course.loss, courses[0].loss, rtol=1e-13)
    two = [
        train(IMAGES, STARTS[:1], [0.05], method=name, epochs=40)
        for name in ("gradient_descent", "position_wise", "layer_scaled")
    ]
    assert (two[1].loss[0, 1:] < two[0].loss[0, 1:]).all()
    close = np.abs(two[1].loss - two[2].loss).max()
    assert (
        1e-6 < close < 0.1 * np.abs(two[1].loss - two[0].loss).max()
    )  # layer rates 1 : 2 are nearly the same


@pytest.mark.parametrize("method", ["momentum", "adam"])
def test_lanes_do_not_see_each_other(method):
    both = train(IMAGES, STARTS, [0.05, 0.02], method=method, epochs=20)
    alone = train(IMAGES, STARTS[1:], [0.02], method=method, epochs=20)
    np.testing.assert_allclose(both.loss[1], alone.loss[0], rtol=1e-12)
    assert both.loss[0, -1] < both.loss[0, 0]


def test_momentum_and_adam_first_steps():
    """Momentum's first step is gradient descent's, its second 1.9 of it in a straight line; Adam's
    is the rate.
    """
    line = Images(np.ones((2, 1)), np.array([0, 1]), np.ones((1, 1)), np.array([0]))
    params = [
        ((np.array([[3.0]]), np.array([0.0])),)
    ]  # a logit of 3 for labels 0 and 1: slope σ(3) - 1/2
    slope = 1 / (1 + np.exp(-3)) - 0.5
    rate = 1e-5
    logits = {}
    for method in ("gradient_descent", "momentum", "adam"):
        course = train(line, params, [rate], method=method, epochs=2)
        logits[method] = (
            course.loss[0] - course.loss[0, 0]
        ) / slope  # weight and bias move alike: 2 steps per logit
    step = -2 * rate * slope
    np.testing.assert_allclose(logits["gradient_descent"], [0, step, 2 * step], rtol=1e-4)
    np.testing.assert_allclose(logits["momentum"], [0, step, 2.9 * step], rtol=1e-4)
    np.testing.assert_allclose(logits["adam"], [0, -2 * rate, -4 * rate], rtol=1e-4)


def test_it_ends_when_all_lanes_are_below():
    course = train(IMAGES, STARTS, [0.05, 0.05], method="adam", epochs=2000, until=1.0)
    assert course.loss.shape[1] % BLOCK == 0
    assert course.loss.shape[1] < 2000
    assert (course.loss.min(axis=1) < 1).all()
    reached = first_below(course.loss, 1.0)
    for lane, epoch in enumerate(reached.astype(int)):
        assert course.loss[lane, epoch] < 1 <= course.loss[lane, :epoch].min()
    assert np.isinf(first_below(course.loss, 0.0)).all()
    for epochs in (7, BLOCK):
        assert train(IMAGES, STARTS, [0.5, 0.5], epochs=epochs).loss.shape[1] == epochs + 1


def test_a_loss_that_is_not_finite():
    """It stops, with epoch, method and rate; or the lane is kept, nan from there, beside the
    others.
    """
    seen = []
    with np.errstate(over="ignore", invalid="ignore"):
        with pytest.raises(
            InputError,
            match=r"gradient_descent at a rate of 1e\+200: the loss is not finite after "
            r"(\d+) epochs; give a smaller rate",
        ) as raised:
            train(
                IMAGES,
                STARTS,
                [0.1, 1e200],
                method="gradient_descent",
                epochs=30,
                progress=seen.append,
            )
        course = train(
            IMAGES, STARTS, [0.1, 1e200], method="gradient_descent", epochs=30, keep=True
        )
    epoch = int(re.search(r"after (\d+)", str(raised.value))[1])
    assert course.diverged.tolist() == [-1, epoch]
    assert np.isfinite(course.loss[0]).all()
    assert np.isfinite(course.loss[1, :epoch]).all()
    assert np.isnan(course.loss[1, epoch:]).all()
    assert np.isnan(course.accuracy[1, epoch:]).all()
    assert seen == []


def test_float32_images_are_learnt_in_float32():
    single = IMAGES._replace(
        inputs=IMAGES.inputs.astype(np.float32), held_out=IMAGES.held_out.astype(np.float32)
    )
    exact, rough = (train(one, STARTS, [0.5, 0.2], epochs=20).loss for one in (IMAGES, single))
    assert 1e-9 < np.abs(exact - rough).max() < 1e-4


def test_two_classes_have_no_softmax():
    """Of one output it would be 1, and the loss 0, whatever the network."""
    two = IMAGES._replace(labels=IMAGES.labels % 2, held_out_labels=IMAGES.held_out_labels % 2)
    params = [start(np.random.default_rng(1), (5, 4, 1))]
    for objective in ("printed", "additive_margin_softmax"):
        with pytest.raises(
            InputError,
            match=f"objective={objective} with one output, of two classes: expected three",
        ):
            train(two, params, [0.1], objective=objective, epochs=3)
    assert np.isfinite(train(two, params, [0.1], epochs=3).loss).all()


def test_costs_of_an_epoch():
    costs = {name: method_operations(IMAGES, STARTS[0], name, "printed")[0] for name in METHODS}
    n, products = 12, 2 * 12 * np.array([5 * 4, 4 * 3])
    assert costs["gradient_descent"] == costs["layer_scaled"]
    assert (
        2 * products.sum() + products[1] < costs["gradient_descent"] < 2.5 * products.sum() + 60 * n
    )
    assert costs["gradient_descent"] < costs["momentum"] < costs["adam"] < costs["position_wise"]
    assert costs["position_wise"] > 2 * (products[0] + 2 * products[1]) + products[1]
    seconds = seconds_per_epoch(
        IMAGES, STARTS[0], 0.1, ("gradient_descent", "position_wise"), "printed", repeats=3
    )
    assert {name: len(each) for name, each in seconds.items()} == {
        "gradient_descent": 3,
        "position_wise": 3,
    }
    assert all((each > 0).all() for each in seconds.values())


@pytest.mark.parametrize(
    ("change", "arguments", "text"),
    [
        ({}, {"method": "newton"}, f"method=newton: expected one of {', '.join(METHODS)}"),
        ({}, {"objective": "hinge"}, "objective=hinge: expected one of"),
        ({}, {"epochs": 0}, "epochs=0: expected a whole number, 1 or more"),
        ({}, {"rates": [0.1]}, "2 starts and 1 rates: expected one each per network"),
        ({}, {"rates": [0.1, -1]}, "rate=-1: expected a positive number"),
        (
            {"labels": np.full(12, 3)},
            {},
            r"images: label 3 \(int64\): expected whole numbers 0 to 2, classes of 3 outputs",
        ),
        (
            {"labels": np.full(12, -1)},
            {},
            r"images: label -1 \(int64\): expected whole numbers 0 to 2",
        ),
        (
            {"labels": np.full(12, 0.5)},
            {},
            r"images: label 0.5 \(float64\): expected whole numbers",
        ),
        ({"held_out_labels": np.full(6, 9)}, {}, "held-out images: label 9"),
        (
            {"inputs": np.ones((12, 4))},
            {},
            r"images: inputs float64 of shape \(12, 4\), \(12,\) labels: expected floats",
        ),
        (
            {"held_out": np.ones((5, 5))},
            {},
            r"held-out images: inputs float64 of shape \(5, 5\), \(6,\) labels",
        ),
        ({"inputs": np.ones((12, 5), int)}, {}, "images: inputs int64 of shape"),
        (
            {"inputs": np.full((12, 5), np.nan)},
            {},
            "images: 60 inputs are not finite; leave these images out",
        ),
    ],
)
def test_bad_input(change, arguments, text):
    with pytest.raises(InputError, match=text):
        train(IMAGES._replace(**change), STARTS, **{"rates": [0.1, 0.1], "epochs": 3} | arguments)
