"""What lies in `checkpoint`, beside the states, for who goes on with a run or ends it early."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler.store.arrays import load_arrays, write_arrays
from spikesampler.store.atomic import disk_errors
from spikesampler.store.checked_json import read_json, write_json
from spikesampler.store.checkpoint import STOPPED
from spikesampler.store.folders import make_folder

__all__ = [
    "load_events",
    "load_probes",
    "load_stop",
    "load_synapses",
    "remove_stop",
    "save_end",
    "save_stop",
]

PROBES = "probes.npz"
SYNAPSES, EVENTS = "synapses.", "events."


def save_end(
    folder: str | Path,
    counts: np.ndarray,
    synapses: Mapping[str, np.ndarray],
    events: Mapping[str, np.ndarray],
) -> None:
    """Save what learning.nc does not say of a finished run.

    counts : output spikes of its probes, (probe, n_probe, K). synapses : their further variables
    after learning, by name, each (K, I); those of a pathway that is not the main one are called
    PATHWAY/NAME. events : by name of a record, how often the model's own happened in each chunk.
    """
    arrays = {f"{SYNAPSES}{name}": values for name, values in synapses.items()}
    arrays |= {f"{EVENTS}{name}": values for name, values in events.items()}
    write_arrays(Path(folder) / PROBES, {"probe_counts": counts, **arrays})


def load_probes(folder: str | Path) -> np.ndarray:
    """Output spikes of a finished run's probes."""
    return load_arrays(Path(folder) / PROBES)["probe_counts"]


def load_synapses(folder: str | Path, pathway: str = "") -> dict[str, np.ndarray]:
    """Further variables of a finished run's synapses after learning, by name.

    pathway : which one's; the main one's by default.
    """
    found = _beginning_with(f"{SYNAPSES}{pathway}/" if pathway else SYNAPSES, folder)
    return {name: values for name, values in found.items() if "/" not in name}


def load_events(folder: str | Path) -> dict[str, np.ndarray]:
    """By name of a record, how often a finished run's own events happened in each chunk."""
    return _beginning_with(EVENTS, folder)


def _beginning_with(prefix: str, folder: str | Path) -> dict[str, np.ndarray]:
    arrays = load_arrays(Path(folder) / PROBES)
    return {
        name.removeprefix(prefix): values
        for name, values in arrays.items()
        if name.startswith(prefix)
    }


def save_stop(folder: str | Path, samples: int, reason: str) -> None:
    """Save that learning ends after so many samples, and why; before the state that ends there."""
    make_folder(folder)
    write_json(Path(folder) / STOPPED, {"samples": samples, "reason": reason})


def load_stop(folder: str | Path) -> dict[str, Any] | None:
    """The `samples` and the `reason` that `save_stop` saved; None where learning was not ended."""
    path = Path(folder) / STOPPED
    shape = {"samples": int, "reason": str}
    return (
        read_json(path, shape, "delete it: the run goes on to its end") if path.exists() else None
    )


def remove_stop(folder: str | Path) -> None:
    """Forget that learning was ended."""
    with disk_errors(folder):
        (Path(folder) / STOPPED).unlink(missing_ok=True)
