"""What is kept of the networks of `rate_network_plan`: the best rate of each arm, and courses."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.jobs.kept import finish
from spikesampler.optional import require
from spikesampler.store.origin import made_by
from spikesampler.studies.fang_2018.rate_network_plan import (
    ARMS,
    BATCHES,
    CELLS,
    LATE,
    NAME,
    RATES,
    STARTS,
)
from spikesampler.studies.study import Part, Work

__all__ = ["PARTS", "best_rates", "late"]

FULL = {"seeds": 10, "steps": 2000, "probes": 101}
QUICK = {"seeds": 2, "steps": 60, "probes": 4}
KEPT = ("train_loss", "validation_accuracy", "test_loss", "test_accuracy")


def late(values: np.ndarray) -> np.ndarray:
    """Mean over the last part of the probes, the last dimension."""
    number = max(round(LATE * values.shape[-1]), 1)
    return values[..., -number:].mean(axis=-1)


def best_rates(accuracy: np.ndarray) -> np.ndarray:
    """Which of RATES is the best on the validation part, (cell, start), by the same rule for all:
    the highest mean over seeds of the late accuracy (cell, start, rate, seed, probe), of equal ones
    the lowest.
    """
    return late(accuracy).mean(axis=-1).argmax(axis=-1)


def gather(
    work: Work, *, seeds: int, steps: int, probes: int, data: str | Path = "digits"
) -> xr.Dataset:
    """Train what is missing; courses over (batch, start, arm, seed, probe) at the chosen rates."""
    require("networks of rates", "landscape", "jax", "optax")
    from spikesampler.studies.fang_2018.rate_network_training import Training, images, trained

    numbers = tuple(range(work.seed, work.seed + work.count(seeds)))
    if not numbers:
        raise InputError(f"seeds={work.seeds}: expected at least 1")
    jobs = work.jobs(NAME, "rate_network")
    common: dict[str, Any] = {"seeds": numbers, "steps": steps, "probes": probes, "data": str(data)}
    tuned = [
        Training(*cell, rate, start, "some", **common)
        for cell, start, rate in product(CELLS, STARTS, RATES)
    ]
    found = finish(tuned, trained, **jobs)

    def over(name: str) -> np.ndarray:
        values = np.array([one[name] for one in found])
        return values.reshape(len(CELLS), len(STARTS), len(RATES), len(numbers), probes)

    best = best_rates(over("validation_accuracy"))
    chosen = [
        tuned[(cell * len(STARTS) + start) * len(RATES) + best[cell, start]]
        for cell, start in product(range(len(CELLS)), range(len(STARTS)))
    ]
    whole = finish([replace(task, batch="all") for task in chosen], trained, **jobs)
    kept: dict[str, Any] = {}
    for name in KEPT:
        some = np.take_along_axis(over(name), best[..., None, None, None], axis=2)[:, :, 0]
        every = np.reshape([one[name] for one in whole], some.shape)
        values = np.stack([some, every]).transpose(0, 2, 1, 3, 4)  # arms after starts
        kept[name] = ("batch", "start", "arm", "seed", "probe"), values.astype("f4")
    kept["rate"] = ("start", "arm"), np.array(RATES)[best].T
    small, of_none = STARTS.index("small"), best[0, STARTS.index("small")]
    alike = over("train_loss")[:, small, of_none].astype("f4")
    about = {"long_name": "train_loss from the small start at the rate that `none` has there"}
    kept["same_rate_loss"] = ("arm", "seed", "probe"), alike, about
    parts = {name: len(one.labels) for name, one in images(str(data)).items()}
    attrs = made_by() | {"data": Path(data).name, **{f"images_{k}": v for k, v in parts.items()}}
    attrs["pixels"] = int(images(str(data))["train"].pixels.shape[1])
    return xr.Dataset(kept, _coords(numbers, found[0]["step"]), attrs)


def _coords(seeds: Sequence[int], steps: np.ndarray) -> dict[str, Any]:
    return {
        "batch": [*BATCHES],
        "start": [*STARTS],
        "arm": [*ARMS],
        "seed": [*seeds],
        "probe": ("probe", steps, {"long_name": "steps before the probe"}),
    }


PARTS = {NAME: Part(gather, FULL, QUICK, resumes=True, minutes=12.0)}
