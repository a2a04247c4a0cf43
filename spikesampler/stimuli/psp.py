"""Post-synaptic potentials of inputs that spike at given rates: a vector per sample, no network."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter

from spikesampler.errors import InputError

Array = NDArray[np.float64]

KINDS = ("snapshots", "means")
DENSE = 0.3  #: chance of a spike per step above which every step is drawn
BLOCK = 1 << 16  #: (sample, input) pairs whose spikes are drawn at a time: 13 MB for 200 steps


def psp_patterns(
    rates: NDArray | Iterable[ArrayLike],
    rng: np.random.Generator,
    *,
    sample_length: float,
    dt: float,
    tau_m: float,
    tau_s: float,
    kind: str = "snapshots",
) -> Array:
    r"""PSP vectors of consecutive samples, from spikes drawn for the purpose.

    .. math:: x_i(t) = \sum_{t_f \le t} e^{-(t - t_f)/\tau_m} - e^{-(t - t_f)/\tau_s}

    An input spikes in a step of dt with probability rate dt, at most once, as in the network; x is
    carried over the borders of samples, and begins at 0.

    Parameters
    ----------
    rates : (n_sample, n_input), Hz, or an iterable of such blocks, in order.
    rng : numpy random generator.
    sample_length, dt, tau_m, tau_s : s.
    kind : "snapshots" (x at one step of each sample, drawn uniformly: x as an output spike or a
        label event finds it) or "means" (the mean of x over the steps of the sample).

    Returns
    -------
    (n_sample, n_input) float64.

    Raises InputError for an unknown kind, times that are no times, and rates that are negative, not
    finite or above 1/dt.
    """
    if kind not in KINDS:
        raise InputError(f"kind of patterns {kind!r}: expected one of {', '.join(KINDS)}")
    times = {"sample_length": sample_length, "dt": dt, "tau_m": tau_m, "tau_s": tau_s}
    for name, value in times.items():
        if not (isinstance(value, (int, float, np.number)) and 0 < value < 1e9):
            raise InputError(f"{name}={value}: expected a time above 0, in seconds")
    num_steps = round(sample_length / dt)
    if num_steps < 1 or abs(num_steps * dt - sample_length) > 1e-6 * sample_length:
        raise InputError(
            f"sample_length={sample_length} with dt={dt}: expected a whole number of steps"
        )
    decays = [np.exp(-dt / tau) for tau in (tau_m, tau_s)]
    left: list[NDArray | None] = [None, None]
    patterns = []
    for block in blocks(rates, num_steps):
        drawn = draw_spikes(block, rng, num_steps, dt)
        at = rng.integers(num_steps, size=len(block)) if kind == "snapshots" else None
        slow, left[0] = traces(drawn, block.shape, num_steps, decays[0], at, left[0])
        fast, left[1] = traces(drawn, block.shape, num_steps, decays[1], at, left[1])
        patterns.append(slow - fast)
    return np.concatenate(patterns) if patterns else np.empty((0, 0))


def blocks(rates: NDArray | Iterable[ArrayLike], num_steps: int) -> Iterator[Array]:
    """The rates in blocks of whole samples that fit the memory, each checked."""
    width = None
    for part in [rates] if isinstance(rates, np.ndarray) else rates:
        part = np.asarray(part, dtype=float)
        width = part.shape[-1] if width is None and part.ndim == 2 else width
        if part.ndim != 2 or part.shape[1] != width:
            raise InputError(
                f"rates of shape {part.shape}: expected an array (n_sample, n_input), or several of"
                " them with the same number of inputs"
            )
        size = max(1, BLOCK * 200 // max(1, part.shape[1] * num_steps))
        yield from (part[first : first + size] for first in range(0, max(1, len(part)), size))


def draw_spikes(
    rates: NDArray, rng: np.random.Generator, num_steps: int, dt: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair number (sample, input) and step of every spike.

    The steps hit by a Poisson process of intensity -log(1 - rate dt) per step are hit
    independently, each with probability rate dt; so points are thrown and those that share a step
    are one spike. Where spikes are dense, each step is drawn.
    """
    chance = (rates * dt).ravel()
    if not (np.isfinite(chance).all() and (chance >= 0).all() and (chance <= 1 + 1e-12).all()):
        raise InputError(
            f"rates from {rates.min():g} to {rates.max():g} Hz: expected 0 to {1 / dt:g} Hz, at"
            " most one spike per step; lower the rates or dt"
        )
    dense = chance > DENSE
    points = rng.poisson(-np.log1p(-np.where(dense, 0.0, chance)) * num_steps)
    pair = np.repeat(np.arange(chance.size), points)
    hit = np.zeros((chance.size, num_steps), dtype=bool)
    hit.ravel()[pair * num_steps + rng.integers(num_steps, size=pair.size)] = True
    if dense.any():
        hit[dense] = rng.random((dense.sum(), num_steps)) < chance[dense, np.newaxis]
    return np.divmod(np.flatnonzero(hit), num_steps)


def traces(
    drawn: tuple[NDArray[np.intp], NDArray[np.intp]],
    shape: tuple[int, ...],
    num_steps: int,
    decay: float,
    at: NDArray[np.integer] | None,
    left: NDArray | None,
) -> tuple[Array, Array]:
    """One decaying trace of all samples (n_sample, n_input), and what is left at the end.

    at : (n_sample,), the step of each at which to look; None for the mean over its steps. left :
    (1, n_input), the trace at the end of the sample before, or None.
    """
    pair, step = drawn
    left = np.zeros((1, shape[1])) if left is None else left
    power = decay ** np.arange(num_steps + 1)

    def summed(weight: NDArray) -> NDArray:
        return np.bincount(pair, weight, minlength=shape[0] * shape[1]).reshape(shape)

    ends = summed(power[num_steps - 1 - step])
    ends, _ = lfilter([1.0], [1.0, -power[-1]], ends, axis=0, zi=left * power[-1])
    before = np.concatenate([left, ends[:-1]])
    if at is None:
        own = summed((1 - power[num_steps - step]) / (1 - decay))
        trace = (own + before * decay * (1 - power[-1]) / (1 - decay)) / num_steps
    else:
        ago = at[pair // shape[1]] - step
        own = summed(np.where(ago >= 0, power[np.maximum(ago, 0)], 0.0))
        trace = own + before * power[at + 1][:, np.newaxis]
    return trace, ends[-1:]
