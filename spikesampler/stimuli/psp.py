"""Post-synaptic potentials of inputs that spike at given rates: a vector per sample, no network."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter

from spikesampler.errors import InputError
from spikesampler.stimuli.trains import Trains

Array = NDArray[np.float64]

KINDS = ("snapshots", "means")
DENSE = 0.3  #: chance of a spike per step above which every step is drawn
BLOCK = 1 << 16  #: (sample, input) pairs whose spikes are drawn at a time: 13 MB for 200 steps


def psp_patterns(
    rates: NDArray | Iterable[ArrayLike] | Trains,
    rng: np.random.Generator,
    *,
    sample_length: float,
    dt: float,
    kernel: Sequence[tuple[float, float]],
    gap: float = 0.0,
    kind: str = "snapshots",
    num_inputs: int = 0,
) -> Array:
    r"""PSP vectors of consecutive samples, from spikes drawn for the purpose, or from given ones.

    .. math:: x_i(t) = \sum_{t_f \le t} \sum_j g_j e^{-(t - t_f)/\tau_j}

    An input spikes in a step of dt with probability rate dt, at most once, as in the network; x is
    carried over the borders of samples, and begins at 0.

    Parameters
    ----------
    rates : (n_sample, n_input), Hz, or (n_sample, n_frame, n_input) of rates that change within a
        sample; or an iterable of such blocks, in order; or Trains of `num_inputs` inputs.
    rng : numpy random generator.
    sample_length, dt, gap : s; gap : the silence after each sample.
    kernel : (tau in s, gain) of the exponentials that a spike leaves, as ((0.02, 1), (0.002, -1)).
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
    times = {"sample_length": sample_length, "dt": dt}
    times |= {f"tau_{number}": tau for number, (tau, _) in enumerate(kernel)}
    for name, value in times.items():
        if not (isinstance(value, (int, float, np.number)) and 0 < value < 1e9):
            raise InputError(f"{name}={value}: expected a time above 0, in seconds")
    num_steps = round(sample_length / dt)
    if num_steps < 1 or abs(num_steps * dt - sample_length) > 1e-6 * sample_length:
        raise InputError(
            f"sample_length={sample_length} with dt={dt}: expected a whole number of steps"
        )
    decays = [(np.exp(-dt / tau), np.exp(-gap / tau)) for tau, _ in kernel]
    left: list[NDArray | None] = [None] * len(kernel)
    patterns = []
    pieces = (
        given_spikes(rates, num_inputs, num_steps)
        if isinstance(rates, Trains)
        else (
            (_draw_frames(block, rng, num_steps, dt), (len(block), block.shape[-1]))
            for block in blocks(rates, num_steps)
        )
    )
    for drawn, shape in pieces:
        at = rng.integers(num_steps, size=shape[0]) if kind == "snapshots" else None
        x = np.zeros(shape)
        for number, (_, gain) in enumerate(kernel):
            trace, left[number] = traces(drawn, shape, num_steps, *decays[number], at, left[number])
            x += gain * trace
        patterns.append(x)
    return np.concatenate(patterns) if patterns else np.empty((0, 0))


def blocks(rates: NDArray | Iterable[ArrayLike], num_steps: int) -> Iterator[Array]:
    """The rates in blocks of whole samples that fit the memory, each checked."""
    shape = None
    for part in [rates] if isinstance(rates, np.ndarray) else rates:
        part = np.asarray(part, dtype=float)
        shape = part.shape[1:] if shape is None and part.ndim in (2, 3) else shape
        if part.shape[1:] != shape or part.ndim < 2:
            raise InputError(
                f"rates of shape {part.shape}: expected an array (n_sample, n_input), or several of"
                " them with the same number of inputs"
            )
        if part.ndim == 3 and num_steps % part.shape[1]:
            raise InputError(
                f"rates of {part.shape[1]} frames in {num_steps} steps: expected a number that"
                " divides the steps"
            )
        size = max(1, BLOCK * 200 // max(1, part.shape[-1] * num_steps))
        yield from (part[first : first + size] for first in range(0, max(1, len(part)), size))


Drawn = tuple[NDArray[np.intp], NDArray[np.intp]]  #: pair (sample, input) and step of each spike


def given_spikes(
    trains: Trains, num_inputs: int, num_steps: int
) -> Iterator[tuple[Drawn, tuple[int, int]]]:
    """The spikes of given trains in blocks of whole samples, and their shapes."""
    size = max(1, BLOCK * 200 // max(1, num_inputs * num_steps))
    for first in range(0, len(trains), size):
        part = trains.of(np.arange(first, min(len(trains), first + size)))
        pairs = part.samples() * num_inputs + part.neurons
        yield (pairs, part.steps.astype(np.intp)), (len(part), num_inputs)


def _draw_frames(rates: Array, rng: np.random.Generator, num_steps: int, dt: float) -> Drawn:
    """As `draw_spikes`, also of rates (n_sample, n_frame, n_input)."""
    if rates.ndim == 2:
        return draw_spikes(rates, rng, num_steps, dt)
    num_frames, num_inputs = rates.shape[1:]
    length = num_steps // num_frames
    pair, step = draw_spikes(rates.reshape(-1, num_inputs), rng, length, dt)
    shown, neuron = np.divmod(pair, num_inputs)
    sample, frame = np.divmod(shown, num_frames)
    return sample * num_inputs + neuron, frame * length + step


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
    between: float,
    at: NDArray[np.integer] | None,
    left: NDArray | None,
) -> tuple[Array, Array]:
    """One decaying trace of all samples (n_sample, n_input), and what is left at the end.

    between : what is left of a trace after the gap between two samples. at : (n_sample,), the step
    of each at which to look; None for the mean over its steps. left : (1, n_input), the trace at
    the end of the sample before, or None.
    """
    pair, step = drawn
    left = np.zeros((1, shape[1])) if left is None else left
    power = decay ** np.arange(num_steps + 1)

    def summed(weight: NDArray) -> NDArray:
        return np.bincount(pair, weight, minlength=shape[0] * shape[1]).reshape(shape)

    ends = summed(power[num_steps - 1 - step])
    ends, _ = lfilter(
        [1.0], [1.0, -power[-1] * between], ends, axis=0, zi=left * between * power[-1]
    )
    before = np.concatenate([left, ends[:-1]]) * between
    if at is None:
        own = summed((1 - power[num_steps - step]) / (1 - decay))
        trace = (own + before * decay * (1 - power[-1]) / (1 - decay)) / num_steps
    else:
        ago = at[pair // shape[1]] - step
        own = summed(np.where(ago >= 0, power[np.maximum(ago, 0)], 0.0))
        trace = own + before * power[at + 1][:, np.newaxis]
    return trace, ends[-1:]
