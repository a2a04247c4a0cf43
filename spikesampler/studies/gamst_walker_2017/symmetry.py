"""One representative, scaled and sorted, of the ReLU networks that compute the same by symmetry.

A neuron's incoming weights and bias times c, its outgoing weights over c, or two neurons of a layer
exchanged, and the output is the same: the group R_+^(KN) x S_N^K (Gamst & Walker 2017, section
3.3).
"""

from itertools import pairwise

import numpy as np

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError, NotConvergedError
from spikesampler.studies.gamst_walker_2017.relu_net import Array, Size, flatten, unflatten

__all__ = ["balance", "desymmetrise", "sort_neurons"]

LARGEST = 1e150  #: of a weight
#: norms are rounded to this part of the largest; where they are the same then, the bias decides
TIE = 1e-9


def desymmetrise(params: Array, depth: Size = None, width: Size = None) -> Array:
    """Networks (…, num_parameters) scaled to the least L2 norm and sorted; float64.

    They compute what they computed: first `balance`, then `sort_neurons`. Gamst & Walker (2017),
    section 3.3. Raises InputError for a wrong size or numbers that are not finite.

    >>> from spikesampler.studies.gamst_walker_2017.relu_net import gamst_walker
    >>> made = gamst_walker(1)
    >>> float(np.linalg.norm(desymmetrise(made))) < float(np.linalg.norm(made))
    True
    """
    return sort_neurons(balance(params, depth, width), depth, width)


def balance(
    params: Array,
    depth: Size = None,
    width: Size = None,
    *,
    tolerance: float = 1e-13,
    max_sweeps: int = 100_000,
) -> Array:
    """Networks of least L2 norm among those that differ by the scales of their neurons.

    With in_j the norm of neuron j's incoming weights and bias, out_j of its outgoing weights, c_j^2
    = out_j/in_j is the best scale while the others stand. The norm is convex in log c, so sweeps
    over the layers find the minimum; they end when no scale moves by more than `tolerance`. Where
    in_j or out_j is 0 the neuron does nothing, and the least norm is that of the neuron without
    weights.
    """
    tolerance = real_number("tolerance", tolerance)
    layers = unflatten(_finite(params), depth, width)
    layers = [(weights.copy(), biases.copy()) for weights, biases in layers]
    for _ in range(whole_number("max_sweeps", max_sweeps, 1)):
        moved = _sweep(layers)
        if moved <= tolerance:
            return flatten(layers)
    raise NotConvergedError(
        f"scales still move by {moved:.2g} after {max_sweeps} sweeps; expected at most "
        f"{tolerance:g}: raise tolerance"
    )


def _sweep(layers):
    """Give every neuron its best scale in turn, in place; how far the furthest scale was from 1."""
    moved = 0.0
    for (weights, biases), (after, _) in pairwise(layers):
        incoming = (weights**2).sum(axis=-2) + biases**2
        outgoing = (after**2).sum(axis=-1)
        idle = (incoming == 0) | (outgoing == 0)
        if (idle & (incoming + outgoing > 0)).any():
            moved = np.inf  # a neuron that loses its weights may leave others idle
        scale = (np.where(idle, 1, outgoing) / np.where(idle, 1, incoming)) ** 0.25
        moved = max(moved, np.abs(scale - 1).max(initial=0.0))
        into, out_of = np.where(idle, 0, scale), np.where(idle, 0, 1 / scale)
        weights *= into[..., None, :]
        biases *= into
        after *= out_of[..., None]
    return moved


def sort_neurons(params: Array, depth: Size = None, width: Size = None) -> Array:
    """Networks whose neurons are, layer by layer, in the order of the norm of their incoming
    weights, then of bias.
    """
    layers = [list(layer) for layer in unflatten(_finite(params), depth, width)]
    for number in range(len(layers) - 1):
        weights, biases = layers[number]
        norms = np.sqrt((weights**2).sum(axis=-2))
        largest = np.maximum(norms.max(axis=-1, keepdims=True), np.finfo(float).tiny)
        order = np.lexsort((biases, np.round(norms / (TIE * largest))), axis=-1)
        layers[number] = [
            np.take_along_axis(weights, order[..., None, :], -1),
            np.take_along_axis(biases, order, -1),
        ]
        layers[number + 1][0] = np.take_along_axis(layers[number + 1][0], order[..., None], -2)
    return flatten(layers)


def _finite(params):
    params = np.array(params, dtype=float)
    if not np.isfinite(params).all():
        raise InputError(
            f"params with {(~np.isfinite(params)).sum()} numbers that are not finite: expected"
            " networks; leave out those that diverged"
        )
    if (largest := np.abs(params).max(initial=0)) > LARGEST:
        raise InputError(
            f"params up to {largest:.3g}: expected at most {LARGEST:g}, their squares must be"
            " finite"
        )
    return params
