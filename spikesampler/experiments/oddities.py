"""What a run that ended well should not have: said in one warning, at its end.

Nothing here is an error: each may be meant. But numbers of such a run say little about learning,
and it looks like any other.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

__all__ = ["count_oddities", "find_oddities", "odd_events", "warning"]

AT_BOUNDS = 0.5  #: share of theta from which on the bounds, not the rule, say where it is
SILENT_INPUTS = 0.5  #: share of the inputs; some pixels of most images are always dark
EVERY_STEP = 0.99  #: share of outputs and steps from which on an event is no event
ALIKE = 0.01  #: share of an input's rate up to which it is the same for all classes


def find_oddities(
    arrays: Mapping[str, Any], bounds: tuple[float, float], test_counts: np.ndarray
) -> dict[str, str]:
    """{kind: what was seen} of a run's arrays as learning.nc has them, empty where all is well.

    arrays : theta (probe, output, input), spike_counts (sample, output), input_class_rate (class,
    input), nan for classes that were not shown. bounds : of theta, infinite where there is none.
    test_counts : (sample, output).
    """
    odd = {}
    path, spikes = np.asarray(arrays["theta"]), np.asarray(arrays["spike_counts"])
    theta = path[-1]
    if len(path) > 1 and np.all(path == path[0]):
        odd["theta that never changed"] = "theta never changed: nothing was learnt"
    low, high = bounds
    rounding = 1e-6 * (high - low if np.isfinite(high - low) else np.abs(theta).max())
    share = np.mean((theta <= low + rounding) | (theta >= high - rounding))
    if share >= AT_BOUNDS:
        odd["theta at its bounds"] = f"{100 * share:.0f} % of theta at its bounds"
    silent = int((spikes.sum(axis=0) == 0).sum())
    if silent == spikes.shape[1]:
        odd["no output spikes"] = "no output spiked while learning"
    elif silent:
        odd["outputs that never spike"] = f"{silent} of {spikes.shape[1]} outputs never spiked"
    if not np.any(test_counts):
        odd["no responses"] = "no output spiked in the test"
    rates = np.asarray(arrays["input_class_rate"])
    rates = rates[~np.isnan(rates).any(axis=1)]
    dark = int((rates.sum(axis=0) == 0).sum())
    if dark >= SILENT_INPUTS * rates.shape[1]:
        odd["inputs that never spike"] = f"{dark} of {rates.shape[1]} inputs never spiked"
    if len(rates) > 1 and np.all(np.ptp(rates, axis=0) <= ALIKE * rates.mean(axis=0)):
        odd["inputs alike for all classes"] = "no input's rate differs between the classes"
    return odd


def odd_events(shares: Mapping[str, float], dt: float) -> dict[str, str]:
    """{kind: what was seen} of a model's own events that never happen, or in every step.

    shares : how often each happened per output and step of learning. dt : a step, s.
    """
    odd = {}
    for name, share in shares.items():
        if share == 0:
            odd[f"no event {name}"] = f"the event {name} never happened while learning"
        elif share >= EVERY_STEP:
            rate = f"{share / dt:.4g} /s per output"
            odd[f"the event {name} in every step"] = f"the event {name} in every step, {rate}"
    return odd


def warning(odd: Mapping[str, str]) -> str:
    """The oddities of a run in one line; "" where there are none."""
    return f"warning: {', '.join(odd.values())}" if odd else ""


def count_oddities(runs: Iterable[Mapping[str, str]]) -> str:
    """The oddities of many runs in one line, how many have which; "" where none has any."""
    each = list(runs)
    kinds = Counter(kind for odd in each for kind in odd)
    counted = ", ".join(f"{number} with {kind}" for kind, number in kinds.items())
    return f"warning: of {len(each)} runs {counted}" if counted else ""
