"""Layered classifiers: known values of the losses, starts, cosines."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, log_softmax, softmax

from spikesampler.errors import InputError
from spikesampler.networks import layered
from spikesampler.networks.layered import (
    OBJECTIVES,
    accuracy,
    additive_margin_softmax,
    binary_cross_entropy,
    classifier,
    cross_entropy,
    make_objective,
    outputs_of,
    start,
    summed_cross_entropy,
)

pytestmark = pytest.mark.usefixtures("double")
LOGITS = st.lists(st.lists(st.floats(-8, 8), min_size=4, max_size=4), min_size=1, max_size=5)


@settings(max_examples=30, deadline=None)
@given(LOGITS, st.integers(0, 2**32 - 1))
def test_losses_are_what_their_formulas_say(logits, seed):
    """Against numpy and scipy, image by image and class by class."""
    z = np.array(logits)
    labels = np.random.default_rng(seed).integers(4, size=len(z))
    y, p, q = np.eye(4)[labels], expit(z), softmax(z, axis=1)
    summed = [-(y * np.log(a) + (1 - y) * np.log1p(-a)).sum(axis=1).mean() for a in (p, q)]
    assert binary_cross_entropy(z, labels) == pytest.approx(summed[0], rel=1e-12)
    assert summed_cross_entropy(z, labels) == pytest.approx(
        summed[1], rel=1e-7
    )  # 1 - q is kept above 1e-7
    assert cross_entropy(z, labels) == pytest.approx(
        -(y * log_softmax(z, axis=1)).sum(axis=1).mean(), rel=1e-12
    )
    two = -(y[:, 0] * np.log(p[:, 0]) + (1 - y[:, 0]) * np.log1p(-p[:, 0])).mean()
    assert binary_cross_entropy(z[:, :1], y[:, 0].astype(int)) == pytest.approx(two, rel=1e-12)


def test_the_uniform_guess_of_ten_classes():
    """ln 10 + 9 ln(10/9) = 3.2508, for both forms of the summed loss, whatever the labels."""
    labels = np.arange(10)
    exact = np.log(10) + 9 * np.log(10 / 9)
    assert round(exact, 4) == 3.2508
    for name, logits in (
        ("printed", np.zeros((10, 10))),
        ("binary_cross_entropy", np.full((10, 10), -np.log(9))),
    ):
        objective = make_objective(name)
        assert objective.guess(10) == pytest.approx(exact, rel=1e-14)
        assert objective.reported(logits, labels) == pytest.approx(exact, rel=1e-12)
    assert make_objective("binary_cross_entropy").guess(2) == pytest.approx(np.log(2), rel=1e-15)
    margins = make_objective("additive_margin_softmax", 20, 0.4)
    assert margins.guess(10) == pytest.approx(np.log(1 + 9 * np.exp(8)), rel=1e-14)
    assert margins.reported(np.zeros((10, 10)), labels) == pytest.approx(
        np.log(1 + 9 * np.exp(8)), rel=1e-12
    )


def test_what_the_authors_code_prints_is_not_what_it_descends():
    """Its gradient, softmax - y, is that of the cross-entropy; that of the printed loss is
    another.
    """
    rng = np.random.default_rng(1)
    z, labels = rng.normal(size=(7, 10)), rng.integers(10, size=7)
    theirs = (softmax(z, axis=1) - np.eye(10)[labels]) / 7
    printed = make_objective("printed")
    np.testing.assert_allclose(jax.grad(printed.descended)(z, labels), theirs, atol=1e-15)
    assert np.abs(jax.grad(printed.reported)(z, labels) - theirs).max() > 0.01


def test_additive_margin_softmax():
    """The formula, term by term; without margin the cross-entropy of scaled cosines; the margin
    makes it harder.
    """
    rng = np.random.default_rng(2)
    cosines, labels = rng.uniform(-1, 1, (6, 5)), rng.integers(5, size=6)
    scale, margin, each = 7.0, 0.3, []
    for row, label in zip(cosines, labels):
        top = np.exp(scale * (row[label] - margin))
        each.append(
            -np.log(top / (top + sum(np.exp(scale * c) for k, c in enumerate(row) if k != label)))
        )
    assert additive_margin_softmax(cosines, labels, scale, margin) == pytest.approx(
        np.mean(each), rel=1e-12
    )
    plain = float(cross_entropy(scale * cosines, labels))
    assert additive_margin_softmax(cosines, labels, scale, 0.0) == pytest.approx(plain, rel=1e-14)
    assert additive_margin_softmax(cosines, labels, scale, 0.4) > np.mean(each)
    assert layered.margin_constants() == (30, 0.35)


def test_losses_are_finite_where_a_class_is_certain():
    z = np.array([[800.0, -800.0, 0.0]])
    for loss in (binary_cross_entropy, summed_cross_entropy, cross_entropy):
        assert np.isfinite(loss(z, np.array([1])))
        assert np.isfinite(jax.grad(loss)(z, np.array([1]))).all()
    assert summed_cross_entropy(z, np.array([0])) == pytest.approx(0, abs=1e-12)


def test_cosines():
    """Of the features and each column; 0, with a finite gradient, where all features are 0."""
    rng = np.random.default_rng(3)
    h, weights = rng.normal(size=(4, 5)), rng.normal(size=(5, 3))
    h[2] = 0
    found = layered.cosine((weights,), h)
    for i, k in np.ndindex(4, 3):
        size = np.linalg.norm(h[i]) * np.linalg.norm(weights[:, k])
        assert found[i, k] == pytest.approx(h[i] @ weights[:, k] / size if size else 0, abs=1e-14)
    gradient = jax.grad(
        lambda w: additive_margin_softmax(layered.cosine((w,), h), np.array([0, 1, 2, 0]))
    )(weights)
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(
        (gradient * weights).sum(axis=0), 0, atol=1e-10
    )  # lengths of columns do not matter


def test_network_and_accuracy():
    """Two layers by hand."""
    params = (
        (np.array([[1.0, -1.0]]), np.array([0.0, 0.5])),
        (np.array([[2.0], [1.0]]), np.array([-1.0])),
    )
    x = np.array([[1.0], [-1.0], [0.25]])
    z = outputs_of(classifier(2), params, jnp.asarray(x))
    np.testing.assert_allclose(z, [[1.0], [0.5], [-0.25]])
    assert accuracy(z, np.array([1, 0, 0])) == pytest.approx(2 / 3)
    assert accuracy(np.array([[0.1, 0.2], [3.0, -1.0]]), np.array([1, 1])) == 0.5


def test_starts():
    """Spreads as said, biases 0; for RandomState(1) the authors' own weights, which they draw as
    (out, in).
    """
    (first, zeros), *_ = start(np.random.default_rng(1), (400, 300, 2))
    assert first.std() == pytest.approx(np.sqrt(2 / 700), rel=4 / np.sqrt(2 * first.size))
    assert not zeros.any()
    (first, _), *_ = start(np.random.default_rng(1), (400, 300, 2), "fan_in")
    assert first.std() == pytest.approx(np.sqrt(1 / 400), rel=4 / np.sqrt(2 * first.size))
    theirs, ours = (
        np.random.RandomState(1),
        start(np.random.RandomState(1), (30, 20, 7, 1), "fan_in"),
    )
    for (weights, _), (rows, columns) in zip(ours, ((30, 20), (20, 7), (7, 1))):
        theirs_here = (theirs.standard_normal((columns, rows)) / np.sqrt(rows)).T
        np.testing.assert_allclose(
            weights, theirs_here, rtol=5e-16
        )  # they divide by sqrt(in), we multiply
    assert [len(one) for one in start(np.random.default_rng(1), (4, 3, 2), head="cosine")] == [2, 1]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: make_objective("hinge"),
            f"objective=hinge: expected one of {', '.join(OBJECTIVES)}",
        ),
        (lambda: make_objective("printed", scale=0), "scale=0: expected a positive number"),
        (lambda: make_objective("printed", margin=-1), "margin=-1: expected a number of 0 or more"),
        (
            lambda: start(np.random.default_rng(1), (3, 2), "he"),
            "start=he: expected one of xavier, fan_in",
        ),
        (
            lambda: start(np.random.default_rng(1), (3, 0)),
            "size of a layer=0: expected a whole number, 1 or more",
        ),
        (lambda: classifier(0), "num_layers=0: expected a whole number, 1 or more"),
    ],
)
def test_bad_arguments(call, text):
    with pytest.raises(InputError, match=text):
        call()
