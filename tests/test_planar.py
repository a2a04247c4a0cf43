"""Sets of points in the plane: balanced, drawn from their seed, as separable as is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from spikesampler.errors import InputError
from spikesampler.stimuli.planar import PLANAR, planar


@pytest.mark.parametrize("name", PLANAR)
def test_two_classes_of_one_size_from_a_seed(name):
    points, labels = planar(name, 400, 3)
    assert points.shape == (400, 2)
    assert np.isfinite(points).all()
    assert np.bincount(labels).tolist() == [200, 200]
    assert 150 < labels[:320].sum() < 170  # in random order: hypergeometric, sd 4
    again = planar(name, 400, 3)
    np.testing.assert_array_equal(again[0], points)
    np.testing.assert_array_equal(again[1], labels)
    assert not np.array_equal(planar(name, 400, 4)[0], points)


@given(st.sampled_from(sorted(PLANAR)), st.integers(1, 30), st.integers(0, 2**40))
@examples(max_examples=30, deadline=None)
def test_any_even_number(name, half, seed):
    points, labels = planar(name, 2 * half, seed)
    assert points.shape == (2 * half, 2)
    assert labels.sum() == half


RULES = {  # the best observer's class
    "blobs": lambda x, y: x + y > 0,
    "overlapping": lambda x, y: x + y > 0,
    "xor": lambda x, y: x * y > 0,
    "checkerboard": lambda x, y: (np.round(x / 1.2) + np.round(y / 1.2)) % 2 == 0,
}


@pytest.mark.parametrize("name", RULES)
def test_the_best_observer(name):
    """Of 100 000 points: a share of 0.9 has an sd of 0.001."""
    points, labels = planar(name, 100_000, 1)
    found = (RULES[name](*points.T) == labels).mean()
    assert abs(found - PLANAR[name].bayes) < 4 * np.sqrt(found * (1 - found) / 100_000) + 1e-12
    assert {"blobs": 0.994, "overlapping": 0.965, "xor": 0.995, "checkerboard": 1.0}[
        name
    ] == pytest.approx(PLANAR[name].bayes, abs=1e-3)


def test_curves_have_their_shapes():
    """Noise of sd s in the plane: mean square s^2 from a circle or a line, to first order; 4000
    points.
    """
    points, labels = planar("circles", 4000, 1)
    radius = np.linalg.norm(points, axis=1)
    assert radius[labels == 0].mean() == pytest.approx(1 + 0.1**2 / 2, abs=0.01)
    assert radius[labels == 1].mean() == pytest.approx(0.5 + 0.1**2, abs=0.01)
    points, labels = planar("spirals", 4000, 1)
    angle = np.arctan2(points[:, 1], points[:, 0])
    for turned, low, high in (
        (np.pi * (labels == 0), 0.15, 0.3),
        (np.pi * (labels == 1), np.pi - 0.3, np.pi - 0.15),
    ):
        ahead = (np.linalg.norm(points, axis=1) * np.pi - angle - turned) % (
            2 * np.pi
        )  # radius 2 after a turn
        assert (
            low < np.median(np.minimum(ahead, 2 * np.pi - ahead)) < high
        )  # 0.67 of pi x 0.1, the radius' noise
    points, labels = planar("moons", 4000, 1)
    centre = np.where(labels[:, None] == 1, (1, 0.5), (0, 0))
    assert np.abs(np.linalg.norm(points - centre, axis=1) - 1).std() < 0.1


def test_bad_input():
    with pytest.raises(
        InputError,
        match="no set named 'ring': expected one of blobs, overlapping, moons, noisy moons",
    ):
        planar("ring", 100, 1)
    with pytest.raises(InputError, match="num_points=101: expected an even number"):
        planar("xor", 101, 1)
    with pytest.raises(InputError, match="num_points=0: expected a whole number, 2 or more"):
        planar("xor", 0, 1)
