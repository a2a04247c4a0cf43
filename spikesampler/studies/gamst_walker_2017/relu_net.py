"""K x N networks: one input, K hidden ReLU layers of N neurons, a linear output; any number of them
at once.

A network is one flat vector: the weights (in, out) and then the biases (out,) of each layer in
turn, rows first,

    h_0 = x,   h_l = max(0, h_(l-1) W_l + b_l),   y = h_K W_(K+1) + b_(K+1),

so 5 x 5 has 136 parameters. Leading axes are networks. Where x is taken as (point,), y is (…,
point).

Reference: Gamst & Walker (2017), "The energy landscape of a simple neural network",
arXiv:1706.07101.
"""

import numpy as np

from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.language.model import load_model

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
    "spline_part",
    "training_set",
    "unflatten",
]

PAPER = load_model("gamst_walker_2017")
DEPTH, WIDTH, SLOPE, BETWEEN = (PAPER[name] for name in ("depth", "width", "slope", "between"))
SHAPE = DEPTH, WIDTH
SPLINE = (-1.0, -1 / 3, 1 / 3, 1.0)  #: knots of the low-frequency part, from code


def shapes(depth=DEPTH, width=WIDTH):
    """[(in, out)] of the depth + 1 weight matrices."""
    depth, width = whole_number("depth", depth, 1), whole_number("width", width, 1)
    return [(1, width), *[(width, width)] * (depth - 1), (width, 1)]


def num_parameters(depth=DEPTH, width=WIDTH):
    """Weights and biases: 136 for 5 x 5."""
    return sum((rows + 1) * columns for rows, columns in shapes(depth, width))


def unflatten(params, depth=DEPTH, width=WIDTH):
    """[(weights (…, in, out), biases (…, out))] of flat vectors (…, num_parameters); numpy or jax
    arrays.
    """
    wanted = num_parameters(depth, width)
    if params.ndim == 0 or params.shape[-1] != wanted:
        raise InputError(
            f"params of shape {params.shape}: expected (…, {wanted}), networks of depth {depth} and"
            f" width {width}; give their depth and width"
        )
    layers, at, batch = [], 0, params.shape[:-1]
    for rows, columns in shapes(depth, width):
        weights = params[..., at : at + rows * columns].reshape(*batch, rows, columns)
        layers.append((weights, params[..., at + rows * columns : at + (rows + 1) * columns]))
        at += (rows + 1) * columns
    return layers


def flatten(layers):
    """The inverse of `unflatten`."""
    xp = layers[0][0].__array_namespace__()
    parts = []
    for weights, biases in layers:
        *batch, rows, columns = weights.shape
        parts += [weights.reshape(*batch, rows * columns), biases]
    return xp.concatenate(parts, axis=-1)


def forward(layers, x, affine=None):
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


def apply(params, x, depth=DEPTH, width=WIDTH):
    """Outputs (…, point) of networks (…, num_parameters) at x (point,), in the precision of the
    arrays given.

    With numpy arrays it computes in numpy, with jax arrays in jax. Raises InputError where the size
    of params is not that of depth and width.

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


def error_on(x, y, depth=DEPTH, width=WIDTH):
    """The mean squared error on a training set (point,), as a function of one network
    (num_parameters,) for jax.
    """

    def error(params):
        return (
            (apply(params, params.__array_namespace__().asarray(x), depth, width) - y) ** 2
        ).mean()

    return error


def sawtooth(depth=DEPTH, slope=SLOPE):
    """Layers of the high-frequency part on two neurons per layer: 2^depth segments of slope ±22.4
    on [-1, 1].
    """
    fold = np.array(
        [[1.0, 1.0], [-2.0, -2.0]]
    )  # h_1 - 2 h_2: a tent, folded once more by each layer
    layers = [(np.array([[1.0, 1.0]]), np.array([1.0, 0.0]))]
    layers += [(fold, np.array([0.0, -(0.5**number)])) for number in range(1, depth)]
    return [*layers, (np.array([[slope], [-2 * slope]]), np.zeros(1))]


def spline(heights, depth=DEPTH):
    """Layers of the low-frequency part on three neurons per layer: knots -1, -1/3, 1/3, 1, heights
    (0, z_1, z_2, 0).
    """
    slopes = np.diff([0.0, *heights, 0.0]) / np.diff(SPLINE)
    layers = [(np.ones((1, 3)), -np.array(SPLINE[:3])), *[(np.eye(3), np.zeros(3))] * (depth - 1)]
    return [*layers, (np.diff(slopes, prepend=0.0)[:, None], np.zeros(1))]


def gamst_walker(seed, depth=DEPTH):
    """W_f of the paper as built, (136,) float64: sawtooth plus spline, heights z ~ N(0, 1) from
    this seed.

    Layout read in the authors' public demo; the paper's z is not published. Raises InputError for a
    bad seed.

    >>> gamst_walker(1).shape
    (136,)
    """
    heights = np.random.default_rng(whole_number("seed", seed, 0)).standard_normal(2)
    parts, layers = zip(sawtooth(depth), spline(heights, depth)), []
    for number, ((teeth, tooth_biases), (smooth, smooth_biases)) in enumerate(parts):
        if number == 0:
            weights, biases = np.hstack([teeth, smooth]), np.append(tooth_biases, smooth_biases)
        elif number == depth:
            weights, biases = np.vstack([teeth, smooth]), np.zeros(1)
        else:
            weights = np.block([[teeth, np.zeros((2, 3))], [np.zeros((3, 2)), smooth]])
            biases = np.append(tooth_biases, smooth_biases)
        layers.append((weights, biases))
    return flatten(layers)


def spline_part(params):
    """W_f (136,) without its sawtooth, whose output weights become 0."""
    layers = unflatten(np.array(params, float))
    layers[-1][0][:2] = 0.0
    return flatten(layers)


def glorot_uniform(rng, number, depth=DEPTH, width=WIDTH):
    """(number, num_parameters) float64 starts: weights uniform in ±sqrt(6/(in + out)), zero biases.

    Glorot & Bengio (2010), AISTATS; the default of Keras.
    """
    layers = []
    for rows, columns in shapes(depth, width):
        limit = np.sqrt(6 / (rows + columns))
        layers.append(
            (rng.uniform(-limit, limit, (number, rows, columns)), np.zeros((number, columns)))
        )
    return flatten(layers)


def knots(params, depth=DEPTH, width=WIDTH, low=-1.0, high=1.0):
    """Where the slope of one network's output changes within (low, high), and both ends; float64,
    ascending.

    Exact: between the kinks found so far all neurons of a layer are linear, so the next ones are
    their zeros. Slopes are products of the weights of active neurons; kinks by which they change by
    less than 1e-9 of the largest are those that the output does not have.
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
    for number in range(1, depth + 1):
        h = _pre_activations(layers[:number], x)[-1]
        left, right = h[:, :-1], h[:, 1:]
        neuron, interval = np.nonzero(np.sign(left) * np.sign(right) < 0)
        share = left[neuron, interval] / (left[neuron, interval] - right[neuron, interval])
        inner = np.unique(np.append(x[1:-1], x[interval] + share * (x[interval + 1] - x[interval])))
        close = 1e-12 * (high - low)
        inner = inner[(inner > low + close) & (inner < high - close)]
        x = np.r_[
            low, inner[np.diff(inner, prepend=-np.inf) > close], high
        ]  # one kink, found by two neurons, is one
    slopes = _slopes(layers, (x[:-1] + x[1:]) / 2)
    bends = np.abs(np.diff(slopes)) > 1e-9 * np.abs(slopes).max(initial=0)
    return x[np.r_[True, bends, True]]


def _pre_activations(layers, x):
    """[(neuron, point)] of each layer, before its ReLU."""
    h, found = x[None, :], []
    for weights, biases in layers:
        found.append(weights.T @ h + biases[:, None])
        h = np.maximum(found[-1], 0)
    return found


def _slopes(layers, x):
    """Slope of the output at x (point,), none of them a kink."""
    slope = np.ones((1, len(x)))
    for (weights, _), before in zip(layers[:-1], _pre_activations(layers[:-1], x)):
        slope = (weights.T @ slope) * (before > 0)
    return (layers[-1][0].T @ slope)[0]


def training_set(params, depth=DEPTH, width=WIDTH, between=BETWEEN):
    """x, y, both (point,) float64: the network's output at all its knots and at 9 points between
    each two.

    341 points for W_f, whose output has 35 knots.
    """
    ends = knots(params, depth, width)
    share = np.arange(whole_number("between", between, 0) + 1) / (between + 1)
    x = np.append((ends[:-1, None] + np.diff(ends)[:, None] * share).ravel(), ends[-1])
    return x, apply(np.asarray(params, float), x, depth, width)
