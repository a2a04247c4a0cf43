"""Classifiers of dense layers for jax, layer by layer, and the losses that they descend.

    h_0 = x,   h_l = max(0, h_(l-1) W_l + b_l),   z = h_(L-1) W_L + b_L     (logits)

or, for the additive-margin softmax, z_k the cosine of the angle between h_(L-1) and column k of
W_L. Inputs are (image, pixel), labels whole numbers (image,).
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.language.model import load_model
from spikesampler.optional import require

jax, jnp = require("training", "landscape", "jax", "jax.numpy")

Array = Any  # of numpy or jax
Params = Sequence[tuple[Array, ...]]  # (weights (in, out), biases (out,)) of each layer

SPREADS: dict[str, Callable[[int, int], float]] = {  # standard deviation of a start's weights
    # Glorot & Bengio (2010), AISTATS
    "xavier": lambda rows, columns: np.sqrt(2 / (rows + columns)),
    # LeCun et al. (1998), "Efficient BackProp"
    "fan_in": lambda rows, columns: np.sqrt(1 / rows),
}
TINY = 1e-7


@cache
def _margin_constants() -> tuple[float, float]:
    model = load_model("valizadeh_2022")
    return model["scale"], model["margin"]


def margin_constants(scale: Array = None, margin: Array = None) -> tuple[Array, Array]:
    """Scale and margin of the additive-margin softmax, by default the model `valizadeh_2022`'s.

    These are Wang, Cheng, Liu & Liu's (2018), IEEE Signal Process. Lett. 25:926.
    """
    own_scale, own_margin = _margin_constants()
    return own_scale if scale is None else scale, own_margin if margin is None else margin


def relu(params: tuple[Array, Array], h: Array) -> Array:
    """A hidden layer: params (weights (in, out), biases (out,)), h (image, in)."""
    weights, biases = params
    return jnp.maximum(h @ weights + biases, 0)


def linear(params: tuple[Array, Array], h: Array) -> Array:
    """The last layer: logits."""
    weights, biases = params
    return h @ weights + biases


def cosine(params: tuple[Array], h: Array) -> Array:
    """The last layer of an additive-margin softmax: cosines in [-1, 1], 0 where all of h are 0."""
    (weights,) = params
    return _unit(h, axis=1) @ _unit(weights, axis=0)


def _unit(x: Array, axis: int) -> Array:
    return x * jax.lax.rsqrt(jnp.maximum((x**2).sum(axis=axis, keepdims=True), TINY**2))


def classifier(num_layers: int, head: str = "linear") -> tuple[Callable, ...]:
    """The layer functions of a network of this many layers, the last one "linear" or "cosine"."""
    heads: dict[str, Callable] = {"linear": linear, "cosine": cosine}
    hidden: list[Callable] = [relu] * (whole_number("num_layers", num_layers, 1) - 1)
    return (*hidden, heads[head])


def start(
    rng: np.random.Generator | np.random.RandomState,
    sizes: Sequence[int],
    spread: str = "xavier",
    head: str = "linear",
) -> Params:
    """Random weights N(0, sd^2), sd by `SPREADS`, and biases of 0, float64.

    sizes : (inputs, hidden …, outputs). Drawn layer by layer as (out, in), which gives the authors'
    own weights for numpy.random.RandomState(1). A cosine layer has no biases.

    Returns ((weights (in, out), biases (out,)), …).
    """
    if spread not in SPREADS:
        raise InputError(f"start={spread}: expected one of {', '.join(SPREADS)}")
    params: list[tuple[Array, ...]] = []
    sizes = [whole_number("size of a layer", size, 1) for size in sizes]
    for rows, columns in pairwise(sizes):
        weights = rng.standard_normal((columns, rows)).T * SPREADS[spread](rows, columns)
        params.append((weights, np.zeros(columns)))
    if head == "cosine":
        params[-1] = params[-1][:1]
    return tuple(params)


def outputs_of(layers: Sequence[Callable], params: Params, inputs: Array) -> Array:
    """Outputs (image, output) of the layers' functions, one after another."""
    for layer, own in zip(layers, params, strict=True):
        inputs = layer(own, inputs)
    return inputs


# --- losses: (outputs (image, K), labels (image,)) -> mean over the images -----


def binary_cross_entropy(logits: Array, labels: Array) -> Array:
    """Cross-entropy of sigmoid outputs, summed over them (Valizadeh 2022, Eq. 7).

    -Σ_k [y_k log σ(z_k) + (1 - y_k) log(1 - σ(z_k))] = Σ_k softplus(z_k) - y_k z_k. With one
    output, labels are 0 or 1.
    """
    return (jax.nn.softplus(logits) - _targets(logits, labels) * logits).sum(axis=1).mean()


def cross_entropy(logits: Array, labels: Array) -> Array:
    """-log softmax_label(z)"""
    return -(_targets(logits, labels) * jax.nn.log_softmax(logits)).sum(axis=1).mean()


def summed_cross_entropy(logits: Array, labels: Array) -> Array:
    """Binary cross-entropies of softmax outputs, summed: the authors' code for ten classes."""
    p, y = jax.nn.softmax(logits), _targets(logits, labels)
    others = (1 - y) * jnp.log1p(-jnp.minimum(p, 1 - TINY))
    return -(y * jax.nn.log_softmax(logits) + others).sum(axis=1).mean()


def additive_margin_softmax(
    cosines: Array, labels: Array, scale: Array = None, margin: Array = None
) -> Array:
    """-log e^(s(c_label - m)) / (e^(s(c_label - m)) + Σ_other e^(s c_k))

    s and m are scale and margin, by default `margin_constants`. Wang et al. (2018), Eq. 6.
    """
    scale, margin = margin_constants(scale, margin)
    return cross_entropy(scale * (cosines - margin * _targets(cosines, labels)), labels)


def _targets(outputs: Array, labels: Array) -> Array:
    """Labels as one-hot, or as they are for a single output."""
    if outputs.shape[1] == 1:
        return labels[:, None].astype(outputs.dtype)
    return jax.nn.one_hot(labels, outputs.shape[1], dtype=outputs.dtype)


def accuracy(outputs: Array, labels: Array) -> Array:
    """Share of images whose largest output, or the side of 0 of the only one, is right."""
    chosen = (outputs[:, 0] > 0) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return (chosen == labels).mean()


class Objective(NamedTuple):
    """What is descended and reported, the last layer, and the reported loss of a uniform guess.

    guess : of the number of classes.
    """

    descended: Callable[[Array, Array], Array]
    reported: Callable[[Array, Array], Array]
    head: str
    guess: Callable[[int], float]


def _summed_guess(K: int) -> float:
    """ln K + (K - 1) ln(K / (K - 1)); ln 2 for the one output of two classes."""
    return np.log(2) if K == 2 else np.log(K) + (K - 1) * np.log(K / (K - 1))


OBJECTIVES = ("binary_cross_entropy", "printed", "additive_margin_softmax")


def make_objective(name: str, scale: float | None = None, margin: float | None = None) -> Objective:
    """The Objective of a name.

    binary_cross_entropy : of sigmoid outputs, summed over them, as the paper's text has it for two
        classes.
    printed : descends the cross-entropy of a softmax and reports `summed_cross_entropy`, as the
        authors' code does for ten classes; its text says additive-margin softmax.
    additive_margin_softmax : with scale s and margin m, which the paper does not give; by default
        `margin_constants`.
    """
    scale, margin = margin_constants(scale, margin)
    scale, margin = real_number("scale", scale), real_number("margin", margin, zero=True)

    def margins(cosines: Array, labels: Array) -> Array:
        return additive_margin_softmax(cosines, labels, scale, margin)

    def guess(K: int) -> float:
        return np.logaddexp(0, np.log(K - 1) + scale * margin)

    binary, summed = binary_cross_entropy, summed_cross_entropy
    objectives = {
        "binary_cross_entropy": Objective(binary, binary, "linear", _summed_guess),
        "printed": Objective(cross_entropy, summed, "linear", _summed_guess),
        "additive_margin_softmax": Objective(margins, margins, "cosine", guess),
    }
    if name not in objectives:
        raise InputError(f"objective={name}: expected one of {', '.join(objectives)}")
    return objectives[name]
