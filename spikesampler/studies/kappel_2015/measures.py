"""What is measured of a run against time, for each temperature T and seed.

entropy      H(class | winner) / H(class) on held-out samples, all frozen: 0 if the winner tells
             the class
connected    share of the synapses with theta > 0; `changed`: share that crossed 0, either way,
             since the last probe
selectivity  (r_p - r_o) / (r_p + r_o) of an output in the learning samples since the last probe,
             r_p its mean rate for the cluster it prefers, r_o for the others; `selective`: outputs
             above 0.8, which is what an equal response to two clusters of ten would give
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from spikesampler.experiments.run_result import Result
from spikesampler.stats.responses import class_rates, selectivity
from spikesampler.studies.kappel_2015.phases import MOMENT, PHASES, TEMPERATURES

__all__ = ["CURVES", "FATES", "VARIABLES", "as_dataset", "measure"]

SELECTIVE = 0.8
CURVES = {
    "entropy": "H(class | winner) / H(class)",
    "connected": "share of synapses with theta > 0",
    "changed": "share of synapses that crossed theta = 0 since the last probe",
    "selectivity": "mean selectivity of the outputs",
    "selective": f"outputs with selectivity > {SELECTIVE}",
}
FATES = {
    "lost": "share of the synapses connected at the start that are not at the end",
    "formed": "share of the synapses connected at the end that were not at the start",
}
#: of the dataset that `as_dataset` gives
VARIABLES = {*CURVES, *FATES, "rate", "time"}
RATE = "mean rate of an output for each cluster, in the first and last moment of the phase"


def measure(result: Result) -> dict[str, Any]:
    """The curves of a run (n_probe,), its rates and the fate of its connections.

    Rates are in Hz, in its first and last moment: (2, n_output, n_class).
    """
    learning, sample_length = result.learning, result.values["sample_length"]
    counts, labels = learning["spike_counts"].values, learning["label"].values

    def rates(part: slice) -> np.ndarray:
        return class_rates(counts[part], labels[part], learning.sizes["class"], sample_length)

    blocks = [
        selectivity(rates(slice(*block)))
        for block in itertools.pairwise(learning["probe_samples_seen"].values)
    ]
    connected = learning["theta"].values > 0
    first, last = connected[0], connected[-1]
    return {
        "time": learning["probe_time"].values,
        "entropy": learning["probe_entropy"].values,
        "connected": connected.mean(axis=(1, 2)),
        "changed": np.r_[np.nan, (connected[1:] != connected[:-1]).mean(axis=(1, 2))],
        "selectivity": np.r_[np.nan, [block.mean() for block in blocks]],
        "selective": np.r_[np.nan, [(block > SELECTIVE).sum() for block in blocks]],
        "rate": np.array([rates(slice(MOMENT)).T, rates(slice(-MOMENT, None)).T]),
        "lost": (first & ~last).sum() / max(first.sum(), 1),
        "formed": (last & ~first).sum() / max(last.sum(), 1),
    }


def as_dataset(
    measured: Mapping[tuple[str, int, int], Mapping[str, Any]], seeds: Sequence[int], **attrs: Any
) -> xr.Dataset:
    """{(phase, T, seed): what `measure` gives} as one Dataset in float32.

    What `kappel_2015.figure.swap_figure` takes, and selectivity (temperature, phase, seed, probe);
    lost and formed (temperature, phase, seed).
    """

    def collect(name: str) -> np.ndarray:
        return np.array(
            [
                [[measured[phase, T, seed][name] for seed in seeds] for phase in PHASES]
                for T in TEMPERATURES
            ],
            np.float32,
        )

    def variable(name: str, text: str, *more: str, units: str = "1") -> tuple[Any, ...]:
        dims = ("temperature", "phase", "seed", *more)
        return dims, collect(name), {"units": units, "long_name": text}

    variables = {name: variable(name, text, "probe") for name, text in CURVES.items()}
    variables |= {name: variable(name, text) for name, text in FATES.items()}
    variables["rate"] = variable("rate", RATE, "moment", "output", "class", units="Hz")
    variables["time"] = (("phase", "probe"), collect("time")[0, :, 0], {"units": "s"})
    coords = {"temperature": list(TEMPERATURES), "phase": list(PHASES), "seed": list(seeds)}
    return xr.Dataset(variables, coords | {"moment": ["first", "last"]}, attrs)
