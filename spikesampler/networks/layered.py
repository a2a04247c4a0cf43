"""Classifiers of dense layers for jax, as functions and parameters layer by layer, and the losses
that they descend.

    h_0 = x,   h_l = max(0, h_(l-1) W_l + b_l),   z = h_(L-1) W_L + b_L     (logits)

or, for the additive-margin softmax, z_k the cosine of the angle between h_(L-1) and column k of
W_L. Inputs are (image, pixel), labels whole numbers (image,).
"""

from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.language.model import load_model

__all__ = [
    "OBJECTIVES",
    "SPREADS",
    "Objective",
    "accuracy",
    "additive_margin_softmax",
    "binary_cross_entropy",
    "classifier",
    "cross_entropy",
    "make_objective",
    "outputs_of",
    "start",
    "summed_cross_entropy",
]

SPREADS = {  # standard deviation of a start's weights, of (in, out)
    "xavier": lambda rows, columns: np.sqrt(
        2 / (rows + columns)
    ),  # Glorot & Bengio (2010), AISTATS
    "fan_in": lambda rows, columns: np.sqrt(1 / rows),  # LeCun et al. (1998), "Efficient BackProp"
}
MODEL = load_model("valizadeh_2022")
SCALE, MARGIN = (
    MODEL["scale"],
    MODEL["margin"],
)  #: Wang, Cheng, Liu & Liu (2018), IEEE Signal Process. Lett. 25:926
TINY = 1e-7


def relu(params, h):
    """A hidden layer: params (weights (in, out), biases (out,)), h (image, in)."""
    weights, biases = params
    return jnp.maximum(h @ weights + biases, 0)


def linear(params, h):
    """The last layer: logits."""
    weights, biases = params
    return h @ weights + biases


def cosine(params, h):
    """The last layer of an additive-margin softmax: cosines in [-1, 1], 0 where all of h are 0."""
    (weights,) = params
    return _unit(h, axis=1) @ _unit(weights, axis=0)


def _unit(x, axis):
    return x * jax.lax.rsqrt(jnp.maximum((x**2).sum(axis=axis, keepdims=True), TINY**2))


def classifier(num_layers, head="linear"):
    """The layer functions of a network of this many layers, the last one "linear" or "cosine"."""
    return (relu,) * (whole_number("num_layers", num_layers, 1) - 1) + (
        {"linear": linear, "cosine": cosine}[head],
    )


def start(rng, sizes, spread="xavier", head="linear"):
    """Random weights N(0, sd^2), sd by `SPREADS`, and biases of 0: ((weights (in, out), biases
    (out,)), …), float64.

    sizes : (inputs, hidden …, outputs). Drawn layer by layer as (out, in), which gives the authors'
        own weights for
    numpy.random.RandomState(1). A cosine layer has no biases.
    """
    if spread not in SPREADS:
        raise InputError(f"start={spread}: expected one of {', '.join(SPREADS)}")
    sizes, params = [whole_number("size of a layer", size, 1) for size in sizes], []
    for rows, columns in pairwise(sizes):
        weights = rng.standard_normal((columns, rows)).T * SPREADS[spread](rows, columns)
        params.append((weights, np.zeros(columns)))
    if head == "cosine":
        params[-1] = params[-1][:1]
    return tuple(params)


def outputs_of(layers, params, inputs):
    """(image, output)"""
    for layer, one in zip(layers, params, strict=True):
        inputs = layer(one, inputs)
    return inputs


# --- losses: (outputs (image, K), labels (image,)) -> mean over the images -----


def binary_cross_entropy(logits, labels):
    """Cross-entropy of sigmoid outputs, summed over them (Valizadeh 2022, Eq. 7); with one output,
    labels are 0 or 1.

    -Σ_k [y_k log σ(z_k) + (1 - y_k) log(1 - σ(z_k))] = Σ_k softplus(z_k) - y_k z_k
    """
    return (jax.nn.softplus(logits) - _targets(logits, labels) * logits).sum(axis=1).mean()


def cross_entropy(logits, labels):
    """-log softmax_label(z)"""
    return -(_targets(logits, labels) * jax.nn.log_softmax(logits)).sum(axis=1).mean()


def summed_cross_entropy(logits, labels):
    """Binary cross-entropies of softmax outputs, summed: what the authors' code prints for ten
    classes.
    """
    p, y = jax.nn.softmax(logits), _targets(logits, labels)
    return (
        -(y * jax.nn.log_softmax(logits) + (1 - y) * jnp.log1p(-jnp.minimum(p, 1 - TINY)))
        .sum(axis=1)
        .mean()
    )


def additive_margin_softmax(cosines, labels, scale=SCALE, margin=MARGIN):
    """-log e^(s(c_label - m)) / (e^(s(c_label - m)) + Σ_other e^(s c_k)), Wang et al. (2018), Eq.
    6.
    """
    return cross_entropy(scale * (cosines - margin * _targets(cosines, labels)), labels)


def _targets(outputs, labels):
    if outputs.shape[1] == 1:
        return labels[:, None].astype(outputs.dtype)
    return jax.nn.one_hot(labels, outputs.shape[1], dtype=outputs.dtype)


def accuracy(outputs, labels):
    """Share of images whose largest output, or the side of 0 of the only one, is right."""
    chosen = (outputs[:, 0] > 0) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return (chosen == labels).mean()


class Objective(NamedTuple):
    """What is descended, what is reported, the last layer, and the reported loss of a uniform guess
    among K classes.
    """

    descended: Any
    reported: Any
    head: str
    guess: Any


def _summed_guess(num_classes):
    """ln K + (K - 1) ln(K / (K - 1)); ln 2 for the one output of two classes."""
    K = num_classes
    return np.log(2) if K == 2 else np.log(K) + (K - 1) * np.log(K / (K - 1))


OBJECTIVES = ("binary_cross_entropy", "printed", "additive_margin_softmax")


def make_objective(name, scale=SCALE, margin=MARGIN):
    """The Objective of a name.

    binary_cross_entropy : of sigmoid outputs, summed over them, as the paper's text has it for two
        classes.
    printed : descends the cross-entropy of a softmax and reports `summed_cross_entropy`, as the
        authors' code does for ten classes; its text says additive-margin softmax.
    additive_margin_softmax : with scale s and margin m, which the paper does not give.
    """
    scale, margin = real_number("scale", scale), real_number("margin", margin, zero=True)

    def margins(cosines, labels):
        return additive_margin_softmax(cosines, labels, scale, margin)

    known = {
        "binary_cross_entropy": Objective(
            binary_cross_entropy, binary_cross_entropy, "linear", _summed_guess
        ),
        "printed": Objective(cross_entropy, summed_cross_entropy, "linear", _summed_guess),
        "additive_margin_softmax": Objective(
            margins, margins, "cosine", lambda K: np.logaddexp(0, np.log(K - 1) + scale * margin)
        ),
    }
    if name not in known:
        raise InputError(f"objective={name}: expected one of {', '.join(known)}")
    return known[name]
