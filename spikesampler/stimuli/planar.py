"""Eight sets of points in the plane, of two classes of equal size.

They are ours: papers draw theirs, and print none.

blobs         two Gaussians around ±(0.9, 0.9), sd 0.5
overlapping   the same with sd 0.7
moons         two half circles with noise of sd 0.1 (scikit-learn's)
noisy moons   the same with sd 0.35
circles       radii 1 and 0.5 with noise of sd 0.1 (scikit-learn's)
xor           four Gaussians around (±1, ±1), sd 0.35; the class is the sign of the product
spirals       two arms of one turn, radius up to 2, noise of sd 0.1
checkerboard  3 x 3 squares of side 1.2
"""

from collections.abc import Callable
from math import erf, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.stimuli.seeds import generator

__all__ = ["PLANAR", "Planar", "planar"]


class Planar(NamedTuple):
    """How to draw points, and the accuracy of the best observer, nan where not known.

    draw : (rng, sign (m,) of ±1) -> points (m, 2).
    """

    draw: Callable[[np.random.Generator, NDArray], NDArray[np.float64]]
    bayes: float


def _phi(x: float) -> float:
    """P(normal < x)"""
    return (1 + erf(x / sqrt(2))) / 2


def _gaussians(sd: float) -> Planar:
    def draw(rng, sign):
        return 0.9 * np.column_stack([sign, sign]) + sd * rng.normal(size=(len(sign), 2))

    return Planar(draw, _phi(0.9 * sqrt(2) / sd))


def _of_sklearn(name: str, **settings: Any) -> Planar:
    def draw(rng, sign):
        from sklearn import datasets  # takes a second

        number, seed = int((sign < 0).sum()), int(rng.integers(2**32))
        sizes = number, len(sign) - number
        drawn, labels = getattr(datasets, name)(sizes, random_state=seed, **settings)
        points = np.empty_like(drawn)
        points[sign < 0] = drawn[labels == 0]
        points[sign > 0] = drawn[labels == 1]
        return points

    return Planar(draw, float("nan"))


def _xor(rng, sign):
    side = rng.choice([-1, 1], len(sign))
    return np.column_stack([side, side * sign]) + 0.35 * rng.normal(size=(len(sign), 2))


def _spirals(rng, sign):
    share = np.sqrt(rng.uniform(size=len(sign)))
    turned = 2 * np.pi * share
    ideal = 2 * (sign * share)[:, None] * np.column_stack([np.cos(turned), np.sin(turned)])
    return ideal + 0.1 * rng.normal(size=ideal.shape)


def _checkerboard(rng, sign):
    squares = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    by_color = [squares[squares.sum(axis=1) % 2 == color] for color in (0, 1)]
    drawn = [own[rng.integers(len(own), size=len(sign))] for own in by_color]
    chosen = np.where((sign > 0)[:, None], drawn[0], drawn[1])
    return 1.2 * (chosen + rng.uniform(-0.5, 0.5, chosen.shape))


_RIGHT = _phi(1 / 0.35)
PLANAR = {
    "blobs": _gaussians(0.5),
    "overlapping": _gaussians(0.7),
    "moons": _of_sklearn("make_moons", noise=0.1),
    "noisy moons": _of_sklearn("make_moons", noise=0.35),
    "circles": _of_sklearn("make_circles", noise=0.1, factor=0.5),
    "xor": Planar(_xor, _RIGHT**2 + (1 - _RIGHT) ** 2),
    "spirals": Planar(_spirals, float("nan")),
    "checkerboard": Planar(_checkerboard, 1.0),
}


def planar(name: str, num_points: int, seed: int) -> tuple[NDArray[np.float64], NDArray]:
    """Points (m, 2) and labels (m,), 0 or 1 in equal numbers, in random order.

    Another seed gives other points. Raises InputError for an unknown name or an odd number.
    """
    if name not in PLANAR:
        raise InputError(f"no set named {name!r}: expected one of {', '.join(PLANAR)}")
    if whole_number("num_points", num_points, 2) % 2:
        raise InputError(
            f"num_points={num_points}: expected an even number, two classes of one size; give such"
            " a one"
        )
    rng = generator(seed, "planar", name)
    labels = rng.permutation(np.repeat([0, 1], num_points // 2))
    return PLANAR[name].draw(rng, 2 * labels - 1), labels
