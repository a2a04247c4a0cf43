"""The stimuli of a run: loaded for its settings, or anew from what its manifest says.

What is drawn anew is compared with the SHA-256 in the manifest, so that it is the run's or refused.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler import stimuli
from spikesampler.errors import InputError
from spikesampler.stimuli.arrays import ArrayData
from spikesampler.stimuli.own import OwnSource
from spikesampler.stimuli.registry import Data
from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.source import SHUFFLED, Samples
from spikesampler.stimuli.trains import Trains
from spikesampler.store import atomic
from spikesampler.store.folder_use import short_digests

__all__ = [
    "centres_of",
    "centres_of_run",
    "fingerprint",
    "fingerprints_of",
    "load_stimuli",
    "not_given",
    "same_data",
    "samples_of_run",
    "source_of_run",
]

MOST_CLASSES = 1_000  #: classes that real data may have in a model without a teacher


def load_stimuli(
    data: Data,
    *,
    seed: int,
    parameters: Mapping[str, Any],
    supervised: bool,
    fixed_K: bool,
    label: str | None,
    order: str = SHUFFLED,
) -> stimuli.Source:
    """The source of stimuli that `data` names or is; parameters : of the model, in base units.

    Without a teacher, outputs and classes need not be equally many. Raises InputError for data that
    are not there or do not fit.
    """
    classes = parameters["K"]
    if not supervised:
        synthetic = stimuli.is_synthetic(data)
        classes = parameters.get("num_clusters", classes) if synthetic else MOST_CLASSES
    return stimuli.load_source(
        data,
        seed=seed,
        parameters=dict(parameters) | {"K": classes},
        fixed_K=fixed_K and supervised,
        label=label,
        order=order,
    )


def source_of_run(
    path: Path,
    manifest: Mapping[str, Any],
    values: Mapping[str, Any],
    supervised: bool,
    data: Any = None,
) -> stimuli.Source:
    """The source of the stimuli that a run was shown; values : its parameters in base units.

    data : what it was given as `data`, where that is kept nowhere: arrays, or a source of one's
    own. Raises InputError where the data are not what they were.
    """
    settings = manifest["settings"]
    data = settings["data"] if data is None else stimuli.as_data(data)
    source = load_stimuli(
        data,
        seed=manifest["seed"],
        parameters=values,
        supervised=supervised,
        fixed_K="K" in settings["set"],
        label=settings.get("label"),
        order=settings.get("order", SHUFFLED),
    )
    if not same_data(manifest, source):
        raise not_given(path, data, settings) or _others(path, settings)
    return source


def samples_of_run(
    path: Path, manifest: Mapping[str, Any], source: stimuli.Source, split: str
) -> Samples:
    """The samples of a split that a run was shown, in their order, bit for bit.

    Of learning that was stopped early, those that it had learnt. Raises InputError where those that
    the source gives now have another SHA-256.
    """
    settings = manifest["settings"]
    number = {"learning": "samples"}.get(split, f"{split}_samples")
    samples = source.draw(split, settings[number], manifest["seed"])
    if fingerprints_of({split: samples})[split] != manifest["fingerprints"].get(split):
        raise _others(path, settings)
    if split == "learning" and "stopped" in manifest:
        learnt = manifest["stopped"]["samples"]
        return samples._replace(rows=samples.rows[:learnt], labels=samples.labels[:learnt])
    return samples


def not_given(path: Path, data: Any, settings: Mapping[str, Any]) -> InputError | None:
    """The error where arrays or a source of one's own are not those of a run's settings; or None.

    path : its folder.
    """
    if not isinstance(data, ArrayData | OwnSource) or str(data) == settings["data"]:
        return None
    arrays = isinstance(data, ArrayData)
    here, there = short_digests(str(data)), short_digests(settings["data"] or "clusters")
    return InputError(
        f"{path}: {'these are not the arrays' if arrays else 'this is not the source'} of the run"
        f" ({here} here, {there} there); give the same, data={'(X, y)' if arrays else 'source'}"
    )


def _others(path: Path, settings: Mapping[str, Any]) -> InputError:
    return InputError(
        f"{path} was shown other stimuli than"
        f" {short_digests(settings['data'] or 'its clusters')} give now:"
        " restore its data, or use the version of spikesampler that it was run with"
    )


def same_data(manifest: Mapping[str, Any], source: stimuli.Source) -> bool:
    """Whether a source is the one that a manifest describes."""
    same: bool = manifest["data"] == json.loads(atomic.json_bytes(source.description()))
    return same


def centres_of(source: stimuli.Source, num_inputs: int, seed: int) -> np.ndarray | None:
    """Preferred stimuli (I, D) of a run's inputs, from its seed; None for pixels."""
    if source.coding != "tuning":
        return None
    return stimuli.centres(num_inputs, source.num_features, generator(seed, "network", "centres"))


def centres_of_run(manifest: Mapping[str, Any], num_inputs: int) -> np.ndarray | None:
    """Preferred stimuli (I, D) of a run's inputs, drawn anew from its seed; None for pixels.

    None, too, where they are not the run's: their SHA-256 is not the one in its manifest.
    """
    if manifest["data"]["coding"] != "tuning":
        return None
    rng = generator(manifest["seed"], "network", "centres")
    drawn = stimuli.centres(num_inputs, manifest["data"]["num_features"], rng)
    return drawn if fingerprint(drawn) == manifest["fingerprints"].get("centres") else None


def fingerprint(array: np.ndarray | Trains) -> str:
    """SHA-256 of an array's numbers, or of those of spike trains."""
    arrays = [array]
    if isinstance(array, Trains):
        arrays = [array.starts, array.steps, array.neurons]
    digest = hashlib.sha256()
    for numbers in arrays:
        digest.update(np.ascontiguousarray(numbers).data)
    return digest.hexdigest()


def fingerprints_of(splits: Mapping[str, Samples]) -> dict[str, str]:
    """{split: SHA-256 of its samples, in their order, with labels} from {split: Samples}."""
    tables: dict[int, str] = {}  # splits share a table
    prints = {}
    for split, samples in splits.items():
        if id(samples.table) not in tables:
            tables[id(samples.table)] = fingerprint(samples.table)
        rows = np.column_stack([samples.rows, samples.labels]).astype("<i8")
        data = bytes.fromhex(tables[id(samples.table)]) + rows.tobytes()
        prints[split] = hashlib.sha256(data).hexdigest()
    return prints
