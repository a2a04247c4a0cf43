"""Synapses that come and go: turnover and survival, as they are measured at dendritic spines.

A synapse is present while its weight is above a threshold. In imaging, spines are counted in
sessions some time apart; here a session is a row.

References: Holtmaat et al. (2005), Neuron 45:279, on turnover; Grutzendler, Kasthuri & Gan (2002),
Nature 420:812, on survival.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

__all__ = ["surviving", "turnover"]

Array = NDArray[np.float64]


def turnover(present: ArrayLike) -> Array:
    """Synapses that came or went from each session to the next, as a share of those there.

    (gained + lost) / (there before + there after), from 0, nothing changed, to 1, all are others;
    nan between two sessions without any.

    Parameters
    ----------
    present : (n_session, n_synapse) bool

    Returns
    -------
    (n_session - 1,)

    >>> turnover([[True, True, False], [True, False, True]])
    array([0.5])
    """
    there = _sessions(present)
    changed = (there[1:] != there[:-1]).sum(axis=1)
    total = there[1:].sum(axis=1) + there[:-1].sum(axis=1)
    return np.divide(changed, total, out=np.full(len(total), np.nan), where=total > 0)


def surviving(present: ArrayLike) -> Array:
    """Of the synapses of the first session, the share that was there in every one until each.

    Those that come back after they were gone do not count again; nan where the first has none.

    Parameters
    ----------
    present : (n_session, n_synapse) bool

    Returns
    -------
    (n_session,), 1 at first

    >>> surviving([[True, True, False], [True, False, True], [True, True, True]])
    array([1. , 0.5, 0.5])
    """
    there = _sessions(present)
    still = np.logical_and.accumulate(there, axis=0).sum(axis=1)
    return still / still[0] if still[0] else np.full(len(still), np.nan)


def _sessions(present: ArrayLike) -> NDArray[np.bool_]:
    there = np.asarray(present)
    if there.ndim != 2 or there.dtype != bool or len(there) < 1:
        raise InputError(
            f"present has shape {there.shape} of {there.dtype}: expected sessions of bool,"
            " (n_session, n_synapse), such as weights > 0.01"
        )
    return there
