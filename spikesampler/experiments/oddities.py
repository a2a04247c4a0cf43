"""What a run that ended well should not have: said in one warning, at its end.

Nothing here is an error: each may be meant. But numbers of such a run say little about learning,
and it looks like any other.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

__all__ = ["count_oddities", "find_oddities", "warning"]

AT_BOUNDS = 0.5  #: share of theta from which on the bounds, not the rule, say where it is
SILENT_INPUTS = 0.5  #: share of the inputs; some pixels of most images are always dark


def find_oddities(
    arrays: Mapping[str, Any], theta_min: float, theta_max: float, test_counts: np.ndarray
) -> dict[str, str]:
    """{kind: what was seen} of a run's arrays as learning.nc has them, empty where all is well.

    arrays : theta (probe, output, input), spike_counts (sample, output), input_class_rate (class,
    input), nan for classes that were not shown. test_counts : (sample, output).
    """
    found = {}
    theta, spikes = np.asarray(arrays["theta"])[-1], np.asarray(arrays["spike_counts"])
    rounding = 1e-6 * (theta_max - theta_min)
    share = np.mean((theta <= theta_min + rounding) | (theta >= theta_max - rounding))
    if share >= AT_BOUNDS:
        found["theta at its bounds"] = f"{100 * share:.0f} % of theta at its bounds"
    silent = int((spikes.sum(axis=0) == 0).sum())
    if silent == spikes.shape[1]:
        found["no output spikes"] = "no output spiked while learning"
    elif silent:
        found["outputs that never spike"] = f"{silent} of {spikes.shape[1]} outputs never spiked"
    if not np.any(test_counts):
        found["no responses"] = "no output spiked in the test"
    rates = np.asarray(arrays["input_class_rate"])
    dark = int((np.nan_to_num(rates).sum(axis=0) == 0).sum())
    if dark >= SILENT_INPUTS * rates.shape[1]:
        found["inputs that never spike"] = f"{dark} of {rates.shape[1]} inputs never spiked"
    return found


def warning(found: Mapping[str, str]) -> str:
    """The oddities of a run in one line; "" where there are none."""
    return f"warning: {', '.join(found.values())}" if found else ""


def count_oddities(runs: Iterable[Mapping[str, str]]) -> str:
    """The oddities of many runs in one line, how many have which; "" where none has any."""
    each = list(runs)
    kinds = Counter(kind for found in each for kind in found)
    counted = ", ".join(f"{number} with {kind}" for kind, number in kinds.items())
    return f"warning: of {len(each)} runs {counted}" if counted else ""
