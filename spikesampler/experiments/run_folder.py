"""The folder of a run: which one, whether it may be used, and the manifest that it begins with."""

import os
import platform
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler import stimuli
from spikesampler.errors import BusyError, InputError, OtherBuildError
from spikesampler.experiments.length import (
    check_length,
    differs_in_length,
    goes_on,
    is_done,
    learnt_of,
)
from spikesampler.experiments.other_settings import others_than_samples, refuse_others
from spikesampler.experiments.prepare import Prepared
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.run_stimuli import (
    fingerprint,
    fingerprints_of,
    not_given,
    same_data,
    samples_of_run,
)
from spikesampler.experiments.settings import Settings
from spikesampler.language.layers import Pathway
from spikesampler.language.model import Model
from spikesampler.spiking.build import Binary, machine
from spikesampler.stimuli.own import OwnSource
from spikesampler.store.checkpoint import has_parts, remove_parts
from spikesampler.store.folder_use import check_use
from spikesampler.store.folders import folder_lock
from spikesampler.store.held import LOCK
from spikesampler.store.manifest import CHECKPOINT, MANIFEST, read_manifest
from spikesampler.store.origin import cpu_name, now, versions_and_commit

LONGEST_NAME = 120  #: of an arm in the name of a folder, beyond which it ends in a digest
WINDOW = 10.0  #: seconds that `--record windows` keeps at the start, in the middle and at the end


def recorded_windows(
    samples: int, period: float, record: str, window: float = WINDOW
) -> list[tuple[int, int]]:
    """Intervals [first, last) of learning samples whose spikes are kept, disjoint and in order."""
    if record == "none":
        return []
    length = max(1, round(window / period))
    if record == "all" or samples <= 3 * length:
        return [(0, samples)]
    middle = (samples - length) // 2
    return [(0, length), (middle, middle + length), (samples - length, samples)]


def plain_arm(arm: str) -> str:
    """An arm in the name of a folder, without signs that shells and file systems mind.

    >>> plain_arm("weight@hidden:gamma=5/s")
    'weight_hidden-gamma=5_per_s'
    """
    plain = re.sub(r"[^\w.=+-]", "_", arm.replace(":", "-").replace("/", "_per_"))
    if len(plain) > LONGEST_NAME:
        plain = f"{plain[:LONGEST_NAME]}-{sha256(arm.encode()).hexdigest()[:12]}"
    return plain


def default_folder(settings: Settings) -> Path:
    """A folder below `runs` that does not exist yet."""
    name = (
        f"{settings.model.name}-{plain_arm(settings.arm)}-{settings.start_name}"
        f"-n{settings.samples}-seed{settings.seed}"
    )
    for number in range(1, 10_000):
        folder = Path("runs") / (name if number == 1 else f"{name}-{number}")
        if not folder.exists():
            return folder
    raise InputError(f"runs/{name} exists 9999 times; give --out DIR")


def finished_result(
    folder: Path, settings: Settings, source: Any, stops: bool = False
) -> Result | None:
    """The Result of a finished run of these settings in `folder`, or None.

    stops : whether one that its caller stopped early has all that is asked for.
    """
    if not (folder / MANIFEST).is_file():
        return None
    manifest = read_manifest(folder)
    if not is_done(settings, manifest, stops):
        return None
    check_data(folder, manifest, source)
    if isinstance(source, OwnSource):  # what it says of itself need not tell all
        for split in stimuli.SPLITS:
            samples_of_run(folder, manifest, source, split)
    result = Result(folder)
    tidy_finished(folder)
    return result


def tidy_finished(folder: Path) -> None:
    """Remove what a process that was killed at its very end left in a finished run's folder."""
    if (folder / LOCK).exists() or has_parts(folder / CHECKPOINT):
        with suppress(BusyError), folder_lock(folder):
            remove_parts(folder / CHECKPOINT)


def check_data(folder: Path, manifest: Mapping[str, Any], source: Any) -> None:
    """Refuse to go on with a run whose data file is not what it was."""
    if not same_data(manifest, source):
        raise InputError(
            f"{folder} was begun with other data under the same name; give another folder with"
            " --out"
        )


def check_folder(folder: Path, settings: Settings, resume: bool) -> None:
    """Refuse a folder that holds anything but the run to resume; nothing in it is touched.

    One that is finished may be gone on with to more samples.
    """
    manifest = read_manifest(folder) if (folder / MANIFEST).is_file() else {}
    status = manifest.get("status")

    def compare(folder):
        if not manifest:
            return None
        if resume:
            if others_than_samples(settings, manifest) and (
                other := not_given(folder, settings.data, manifest["settings"])
            ):
                raise InputError(f"{other}, or another folder with --out")
            refuse_others(folder, settings, manifest)
            if differs_in_length(settings, manifest):
                check_length(folder, settings, manifest)
        elif others_than_samples(settings, manifest) or differs_in_length(settings, manifest):
            raise InputError(
                f"{folder} already holds a run ({status}) with other settings; give another folder"
                " with --out"
            )
        return ""

    check_use(folder, "run", resume, compare, same=f"a run ({status})")


def first_manifest(
    folder: Path, settings: Settings, prepared: Prepared, binary: Binary
) -> dict[str, Any]:
    """The manifest of a run that begins, or is gone on with: that keeps when it was started.

    Raises OtherBuildError or InputError where a run in `folder` was begun with another program,
    other data, stimuli or weights.
    """
    manifest = _facts(settings, prepared, binary)
    if not (folder / MANIFEST).is_file():
        return manifest
    old = read_manifest(folder)
    longer = goes_on(settings, old)
    if old["build"]["key"] != binary.key:
        # a worker begins anew where it may not go on, but never where something is finished
        raise (InputError if longer else OtherBuildError)(
            f"{folder} was begun with another build of the program (compiler, CPU or version"
            " changed), so it cannot go on with the same bits; resume it where it was begun, or"
            " start anew in another folder"
        )
    check_data(folder, old, prepared.source)
    prints = manifest["fingerprints"]
    if longer:
        _check_beginning(folder, prepared, old)
        prints = prints | {"learning": old["fingerprints"]["learning"]}
    if old["fingerprints"] != prints:
        raise InputError(
            f"{folder} was begun with other stimuli or from other weights under the same name; give"
            " another folder with --out"
        )
    kept = {name: old[name] for name in ("started", "continued") if name in old}
    if longer:
        length = {"samples": learnt_of(old), "finished": old["finished"]}
        kept["continued"] = [*old.get("continued", []), length]
    return manifest | kept


def _check_beginning(folder: Path, prepared: Prepared, old: Mapping[str, Any]) -> None:
    """Refuse to go on with a finished run whose samples do not begin the longer one's."""
    before, now = samples_of_run(folder, old, prepared.source, "learning"), prepared.learning
    learnt = len(before.labels)
    same = before.labels.tobytes() == now.labels[:learnt].tobytes()
    if not same or fingerprint(before.points()) != fingerprint(now.points(0, learnt)):
        raise InputError(
            f"{folder} cannot go on: which samples {prepared.source.name} shows first depends on"
            " how many are asked for; run it anew in another folder with --out"
        )


def _facts(settings, prepared, binary):
    """All that a manifest says of a run before its first sample."""
    model, length = prepared.model, prepared.period
    windows = recorded_windows(settings.samples, length, settings.record)
    return {
        "status": "running",
        "started": now(),
        "settings": settings.facts(),
        "seed": settings.seed,
        "arm": settings.arm,
        "start": settings.start,
        "model": {
            "name": model.name,
            "hash": model.hash,
            "title": model.title,
            "citation": model.citation,
            "text": model.source_text,
        },
        "rule": model.rule.to_dict(),
        **_told_pathways(model),
        "parameters": {
            name: {"value": p.value, "unit": p.unit, "meaning": p.meaning, "source": p.source}
            for name, p in model.parameters.items()
        },
        "data": prepared.source.description(),
        "fingerprints": fingerprints(prepared),
        "recorded_windows": [[first * length, last * length] for first, last in windows],
        "build": {"key": binary.key, **machine(), "cpu": cpu_name()},
        **versions_and_commit(("spikesampler", "brian2", "numpy", "h5py", "xarray")),
        "host": {"system": platform.platform(), "cores": os.cpu_count()},
        "files": {},
    }


def _told_pathways(model: Model) -> dict[str, Any]:
    """What a manifest says of the pathways of a model of several layers; nothing of any other."""
    names = [one.name for one in fields(Pathway) if one.name != "rule"]
    told = [
        {name: getattr(pathway, name) for name in names} | {"rule": pathway.rule.to_dict()}
        for pathway in model.pathways
    ]
    return {"pathways": told} if model.layers else {}


def fingerprints(prepared: Prepared) -> dict[str, str]:
    """SHA-256 of each split's samples, of the inputs' centres and of the weights of each pathway at
    the start.

    Runs that are compared in pairs must have the same.
    """
    prints = {} if prepared.centres is None else {"centres": fingerprint(prepared.centres)}
    for name, begun in prepared.begun.items():
        key = "start" if begun is prepared.main else f"start of {name}"
        prints[key] = fingerprint(np.stack([begun.theta, *begun.taken.values()]))
    return prints | fingerprints_of({split: getattr(prepared, split) for split in stimuli.SPLITS})
