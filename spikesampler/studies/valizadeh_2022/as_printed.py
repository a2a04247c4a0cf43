"""Algorithm 2 of the position-wise optimizer, line by line as it is printed.

It is not what the paper's text says, in two ways.

What is stale. After layer l has moved (line 14), lines 15 and 16 run layer l alone again, with the
inputs that it had. Layers behind it are not run, so that from the second stage on the error of the
outputs (line 8) is that of outputs whose inputs have changed since, and slopes phi'(Y) are too; the
text asks for "another forward pass".

Its ranges. `for i in range(L-1)` and `for l in range(L-1, L-1-i)` say which layers move in a stage:

    ends belong to them      1, 2, …, L layers, as in the text, and as Algorithm 1 has to be read
    as in Python, they don't 0, 1, …, L-2 layers: the first stage is empty, and layers 1 and 2 never
                             learn

Reference: Valizadeh (2022), arXiv:2204.05312.
"""

from collections.abc import Callable, Sequence
from typing import Any

from spikesampler.optional import require

jax, jnp = require("training", "landscape", "jax", "jax.numpy")

__all__ = ["printed_epoch", "stages"]


def stages(num_layers: int, ends: bool) -> range:
    """How many of the last layers move in each stage; ends : whether ranges contain their ends."""
    return range(1, num_layers + 1) if ends else range(num_layers - 1)


def printed_epoch(
    head: Callable,
    loss: Callable,
    rate: Any,
    params: Sequence[tuple],
    inputs: Any,
    labels: Any,
    ends: bool = True,
) -> tuple:
    """Parameters after an epoch.

    head : the last layer, (parameters, activations) -> outputs; those before it are ReLUs. loss :
    (outputs, labels) -> scalar. params : (weights (in, out), biases (out,)) of each layer. inputs :
    (image, pixel), labels : (image,). ends : of the ranges, see `stages`.
    """
    params, x, y = list(params), [inputs], []  # X^(l) and Y^(l), from l = 0
    for weights, biases in params[:-1]:  # lines 1 to 3
        y.append(x[-1] @ weights + biases)
        x.append(jnp.maximum(y[-1], 0))
    outputs = head(params[-1], x[-1])
    for moving in stages(len(params), ends):  # line 4
        for l in reversed(range(len(params) - moving, len(params))):  # line 5
            if l == len(params) - 1:  # lines 6 to 8, 11 and 13
                _, pullback = jax.vjp(head, params[l], x[l])
                gradient, behind = pullback(jax.grad(loss)(outputs, labels))
            else:  # lines 10, 11 and 13
                error = behind * (y[l] > 0)
                gradient = (x[l].T @ error, error.sum(axis=0))
                behind = error @ params[l][0].T
            params[l] = jax.tree.map(lambda p, g: p - rate * g, params[l], gradient)  # line 14
            if l == len(params) - 1:  # lines 15 and 16
                outputs = head(params[l], x[l])
            else:
                y[l] = x[l] @ params[l][0] + params[l][1]
                x[l + 1] = jnp.maximum(y[l], 0)
    return tuple(params)
