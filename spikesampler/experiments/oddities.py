"""What a run that ended well should not have: said in one warning, at its end.

Nothing here is an error: each may be meant. But numbers of such a run say little about learning,
and it looks like any other.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = [
    "count_oddities",
    "find_oddities",
    "odd_events",
    "odd_spikes",
    "odd_synapses",
    "read_oddities",
    "told_oddities",
    "warning",
]

GROWN = 1000  #: times the largest theta at first, or 1, from which on theta ran away
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
    return odd_synapses(np.asarray(arrays["theta"]), bounds) | odd_spikes(arrays, test_counts)


def odd_spikes(arrays: Mapping[str, Any], test_counts: np.ndarray) -> dict[str, str]:
    """Those of `find_oddities` that inputs and outputs have."""
    odd, spikes = {}, np.asarray(arrays["spike_counts"])
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


def odd_synapses(
    path: np.ndarray, bounds: tuple[float, float], pathway: str = ""
) -> dict[str, str]:
    """{kind: what was seen} of theta at the probes, (probe, output, input).

    bounds : of theta, infinite where there is none. pathway : of several, which one learnt that.
    """
    odd, theta, of = {}, path[-1], f" of {pathway}" if pathway else ""
    if len(path) > 1 and np.all(path == path[0]):
        odd[f"theta{of} that never changed"] = f"theta{of} never changed: nothing was learnt"
    low, high = bounds
    rounding = 1e-6 * (high - low if np.isfinite(high - low) else np.abs(theta).max())
    share = np.mean((theta <= low + rounding) | (theta >= high - rounding))
    if share >= AT_BOUNDS:
        ends = " and ".join(f"{end:g}" for end in bounds if np.isfinite(end))
        odd[f"theta{of} at its bounds"] = f"{100 * share:.0f} % of theta{of} at its bounds {ends}"
    first, last = (float(np.abs(each).max()) for each in (path[0], theta))
    if last >= GROWN * max(first, 1):
        odd[f"theta{of} that ran away"] = (
            f"theta{of} ran away from {first:.2g} at most to {last:.2g}"
        )
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


def count_oddities(runs: Mapping[str, Mapping[str, str]]) -> str:
    """The oddities of many runs in one line, how many have which, and what the first of these
    shows; "" where none has any.

    runs : {name of the folder: oddities}.
    """
    counts = Counter(kind for odd in runs.values() for kind in odd)
    shown = {
        kind: next(f"{name}: {odd[kind]}" for name, odd in runs.items() if kind in odd)
        for kind in counts
    }
    return told_oddities(len(runs), counts, shown)


def told_oddities(number: int, counts: Mapping[str, int], shown: Mapping[str, str]) -> str:
    """The line of `count_oddities`.

    counts, shown : by kind, how many runs have it, and the first of these with what it shows.
    """
    told = ", ".join(
        f"{count} with {kind}{f' (first {shown[kind]})' if kind in shown else ''}"
        for kind, count in counts.items()
    )
    return f"warning: of {number} runs {told}" if told else ""


def read_oddities(line: str) -> tuple[dict[str, int], dict[str, str]]:
    """The counts and what is shown, by kind, of a line of `told_oddities`."""
    found = re.findall(r"(\d+) with ([^,(]+?)(?: \(first ([^)]*)\))?(?=, |$)", line)
    counts = {kind: int(count) for count, kind, _ in found}
    return counts, {kind: shown for _, kind, shown in found if shown}
