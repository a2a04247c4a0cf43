"""K x N networks: one input, K hidden ReLU layers of N neurons, a linear output; any number of them
at once.

A network is one flat vector: the weights (in, out) and then the biases (out,) of each layer in
turn, rows first,

    h_0 = x,   h_l = max(0, h_(l-1) W_l + b_l),   y = h_K W_(K+1) + b_(K+1),

so 5 x 5 has 136 parameters. Leading axes are networks. Where x is taken as (point,), y is (…,
point). Depth and width are the paper's, 5 and 5, where they are not given. Functions take arrays
of numpy and of jax, and compute in the precision of the arrays.

Reference: Gamst & Walker (2017), "The energy landscape of a simple neural network",
arXiv:1706.07101.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.linalg import block_diag

from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.studies.gamst_walker_2017.paper import paper

__all__ = [
    "apply",
    "error_on",
    "flatten",
    "forward",
    "gamst_walker",
    "glorot_uniform",
    "knots",
    "num_parameters",
    "sawtooth",
    "shapes",
    "spline",
    "spline_part",
    "training_set",
    "unflatten",
]

Array = Any  # of numpy or of jax
Size = int | None  # the paper's where it is None
Layers = Sequence[tuple[Array, Array]]  # weights (…, in, out) and biases (…, out) of each layer

SPLINE = (-1.0, -1 / 3, 1 / 3, 1.0)  #: knots of the low-frequency part, from code


def shapes(depth: Size = None, width: Size = None) -> list[tuple[int, int]]:
    """[(in, out)] of the depth + 1 weight matrices."""
    depth, width = _size("depth", depth), _size("width", width)
    return [(1, width), *[(width, width)] * (depth - 1), (width, 1)]


def _size(name: str, value: Size) -> int:
    return paper()[name] if value is None else whole_number(name, value, 1)


def num_parameters(depth: Size = None, width: Size = None) -> int:
    """Weights and biases: 136 for 5 x 5."""
    return sum((rows + 1) * columns for rows, columns in shapes(depth, width))


def unflatten(params: Array, depth: Size = None, width: Size = None) -> Layers:
    """[(weights (…, in, out), biases (…, out))] of flat vectors (…, num_parameters).

    Raises InputError where the size of params is not that of depth and width.
    """
    wanted = num_parameters(depth, width)
    if params.ndim == 0 or params.shape[-1] != wanted:
        raise InputError(
            f"params of shape {params.shape}: expected (…, {wanted}), networks of depth"
            f" {_size('depth', depth)} and width {_size('width', width)}; give their depth and"
            " width"
        )
    layers, at, batch = [], 0, params.shape[:-1]
    for rows, columns in shapes(depth, width):
        weights = params[..., at : at + rows * columns].reshape(*batch, rows, columns)
        layers.append((weights, params[..., at + rows * columns : at + (rows + 1) * columns]))
        at += (rows + 1) * columns
    return layers


def flatten(layers: Layers) -> Array:
    """The inverse of `unflatten`."""
    xp = layers[0][0].__array_namespace__()
    parts = []
    for weights, biases in layers:
        *batch, rows, columns = weights.shape
        parts += [weights.reshape(*batch, rows * columns), biases]
    return xp.concatenate(parts, axis=-1)


def forward(layers: Layers, x: Array, affine: Callable | None = None) -> Array:
    """Outputs (…, point) of layers as `unflatten` gives them.

    affine(weights, biases, h) gives h W + b for activations (…, neuron, point); by default a plain
    matrix product.
    """
    xp = layers[0][0].__array_namespace__()

    def plain(weights, biases, h):
        return xp.matrix_transpose(weights) @ h + biases[..., None]

    affine = affine or plain
    h = xp.broadcast_to(x, (*layers[0][0].shape[:-1], len(x)))
    for weights, biases in layers[:-1]:
        h = affine(weights, biases, h)
        h = xp.where(h > 0, h, 0)
    return affine(*layers[-1], h)[..., 0, :]


def apply(params: Array, x: Array, depth: Size = None, width: Size = None) -> Array:
    """Outputs (…, point) of networks (…, num_parameters) at x (point,).

    Raises InputError where the size of params is not that of depth and width.

    >>> apply(gamst_walker(1), np.array([-1.0, 1.0])).round(12) + 0.0
    array([0., 0.])
    """
    params = params if hasattr(params, "__array_namespace__") else np.asarray(params, float)
    x = x if hasattr(x, "__array_namespace__") else np.asarray(x, float)
    if x.ndim != 1:
        raise InputError(
            f"x of shape {x.shape}: expected (point,), the inputs of one-input networks"
        )
    return forward(unflatten(params, depth, width), x)


def error_on(x: Array, y: Array, depth: Size = None, width: Size = None) -> Callable:
    """The mean squared error on a training set (point,), a function of one network's parameters.

    jax can differentiate it.
    """

    def error(params):
        here = params.__array_namespace__().asarray(x)
        return ((apply(params, here, depth, width) - y) ** 2).mean()

    return error


def sawtooth(depth: Size = None, slope: float | None = None) -> Layers:
    """Layers of the high-frequency part on two neurons per layer: 2^depth segments on [-1, 1].

    slope : of the segments, up and down in turn; the paper's 22.4 where it is not given.
    """
    slope = paper()["slope"] if slope is None else slope
    # h_1 - 2 h_2: a tent, folded once more by each layer
    fold = np.array([[1.0, 1.0], [-2.0, -2.0]])
    layers = [(np.array([[1.0, 1.0]]), np.array([1.0, 0.0]))]
    layers += [
        (fold, np.array([0.0, -(0.5**number)])) for number in range(1, _size("depth", depth))
    ]
    return [*layers, (np.array([[slope], [-2 * slope]]), np.zeros(1))]


def spline(heights: Sequence[float], depth: Size = None) -> Layers:
    """Layers of the low-frequency part on three neurons per layer.

    Its knots are -1, -1/3, 1/3, 1, of the heights 0, z_1, z_2, 0; heights : z_1, z_2.
    """
    slopes = np.diff([0.0, *heights, 0.0]) / np.diff(SPLINE)
    through = [(np.eye(3), np.zeros(3))] * (_size("depth", depth) - 1)
    layers = [(np.ones((1, 3)), -np.array(SPLINE[:3])), *through]
    return [*layers, (np.diff(slopes, prepend=0.0)[:, None], np.zeros(1))]


def gamst_walker(seed: int, depth: Size = None) -> Array:
    """W_f of the paper as built, (136,) float64: sawtooth plus spline, heights z ~ N(0, 1).

    seed : of z, which the paper does not publish; the layout was read in the authors' public demo.
    Raises InputError for a bad seed.

    >>> gamst_walker(1).shape
    (136,)
    """
    heights = np.random.default_rng(whole_number("seed", seed, 0)).standard_normal(2)
    first, *inner, last = zip(sawtooth(depth), spline(heights, depth))
    (teeth, teeth_biases), (smooth, smooth_biases) = first
    layers = [(np.hstack([teeth, smooth]), np.append(teeth_biases, smooth_biases))]
    for (teeth, teeth_biases), (smooth, smooth_biases) in inner:
        layers.append((block_diag(teeth, smooth), np.append(teeth_biases, smooth_biases)))
    (teeth, _), (smooth, _) = last
    return flatten([*layers, (np.vstack([teeth, smooth]), np.zeros(1))])


def spline_part(params: Array) -> Array:
    """W_f (136,) without its sawtooth, whose output weights become 0."""
    layers = unflatten(np.array(params, float))
    layers[-1][0][:2] = 0.0
    return flatten(layers)


def glorot_uniform(rng: Generator, number: int, depth: Size = None, width: Size = None) -> Array:
    """(number, num_parameters) float64 starts: weights uniform in ±sqrt(6/(in + out)), zero biases.

    Glorot & Bengio (2010), AISTATS; the default of Keras.
    """
    layers = []
    for rows, columns in shapes(depth, width):
        limit = np.sqrt(6 / (rows + columns))
        weights = rng.uniform(-limit, limit, (number, rows, columns))
        layers.append((weights, np.zeros((number, columns))))
    return flatten(layers)


def knots(
    params: Array, depth: Size = None, width: Size = None, low: float = -1.0, high: float = 1.0
) -> Array:
    """Where the slope of one network's output changes within (low, high), and both ends; ascending.

    Exact: between the kinks found so far all neurons of a layer are linear, so the next ones are
    their zeros. Slopes are products of the weights of active neurons; kinks by which they change by
    less than 1e-9 of the largest are those that the output does not have. Raises InputError for
    anything but one network of finite numbers and an interval.
    """
    params = np.asarray(params, float)
    if params.ndim != 1 or not np.isfinite(params).all():
        raise InputError(
            f"params of shape {params.shape}, {np.isfinite(params).sum()} finite: expected one"
            " network of finite numbers"
        )
    if not -np.inf < low < high < np.inf:
        raise InputError(f"low={low}, high={high}: expected finite numbers, the first one smaller")
    layers, x = unflatten(params, depth, width), np.array([low, high], float)
    for number in range(1, len(layers)):
        x = _with_kinks(_pre_activations(layers[:number], x)[-1], x)
    slopes = _slopes(layers, (x[:-1] + x[1:]) / 2)
    bends = np.abs(np.diff(slopes)) > 1e-9 * np.abs(slopes).max(initial=0)
    return x[np.r_[True, bends, True]]


def _with_kinks(h, x):
    """x (point,) and between them the zeros of neurons h (neuron, point), linear from x to x."""
    low, high, left, right = x[0], x[-1], h[:, :-1], h[:, 1:]
    neuron, interval = np.nonzero(np.sign(left) * np.sign(right) < 0)
    share = left[neuron, interval] / (left[neuron, interval] - right[neuron, interval])
    inner = np.unique(np.append(x[1:-1], x[interval] + share * (x[interval + 1] - x[interval])))
    close = 1e-12 * (high - low)
    inner = inner[(inner > low + close) & (inner < high - close)]
    # one kink that two neurons have is one
    return np.r_[low, inner[np.diff(inner, prepend=-np.inf) > close], high]


def _pre_activations(layers, x):
    """[(neuron, point)] of each layer, before its ReLU."""
    h, activations = x[None, :], []
    for weights, biases in layers:
        activations.append(weights.T @ h + biases[:, None])
        h = np.maximum(activations[-1], 0)
    return activations


def _slopes(layers, x):
    """Slope of the output at x (point,), none of them a kink."""
    slope = np.ones((1, len(x)))
    for (weights, _), before in zip(layers[:-1], _pre_activations(layers[:-1], x)):
        slope = (weights.T @ slope) * (before > 0)
    return (layers[-1][0].T @ slope)[0]


def training_set(
    params: Array, depth: Size = None, width: Size = None, between: Size = None
) -> tuple[Array, Array]:
    """x, y, both (point,) float64: the network's output at all its knots and at points between.

    between : how many between each two knots, the paper's 9 where it is not given: 341 points for
    W_f, whose output has 35 knots.
    """
    between = paper()["between"] if between is None else whole_number("between", between, 0)
    ends = knots(params, depth, width)
    share = np.arange(between + 1) / (between + 1)
    x = np.append((ends[:-1, None] + np.diff(ends)[:, None] * share).ravel(), ends[-1])
    return x, apply(np.asarray(params, float), x, depth, width)
