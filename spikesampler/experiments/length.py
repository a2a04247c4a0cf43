"""How long a run is: what it has learnt, and whether it may be gone on with to learn more."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler.errors import InputError
from spikesampler.experiments.other_settings import others_than_samples
from spikesampler.experiments.settings import Settings
from spikesampler.language.noise_arms import temperatures
from spikesampler.store.manifest import MANIFEST, read_manifest

__all__ = [
    "as_begun",
    "check_length",
    "differs_in_length",
    "goes_on",
    "is_done",
    "learnt_of",
    "samples_asked_or_there",
]


def learnt_of(manifest: Mapping[str, Any]) -> int:
    """Learning samples of a finished run: what was asked for, unless it was stopped early."""
    stopped = manifest.get("stopped")
    return int(stopped["samples"] if stopped else manifest["settings"]["samples"])


def as_begun(settings: Settings, folder: Path) -> Settings:
    """The settings, with as many samples as the run in the folder where nobody said how many."""
    if not settings.samples_by_default or not (folder / MANIFEST).is_file():
        return settings
    return replace(settings, samples=learnt_of(read_manifest(folder)))


def samples_asked_or_there(asked: int | None, there: Mapping[str, Any] | None) -> int | None:
    """Samples as they are asked for, or else as in the settings of what is resumed.

    there : those of a comparison or a sweep; None where there is none.
    """
    return there["samples"] if asked is None and there is not None else asked


def differs_in_length(settings: Settings, manifest: Mapping[str, Any]) -> bool:
    """Whether a run has these settings and this model, but for the number of its samples."""
    is_other = settings.samples != manifest["settings"]["samples"]
    return is_other and not others_than_samples(settings, manifest)


def is_done(settings: Settings, manifest: Mapping[str, Any], stops: bool = False) -> bool:
    """Whether a run is finished with all that these settings ask for.

    stops : whether one that its caller stopped early counts, where that is asked for again.
    """
    if manifest["status"] != "finished":
        return False
    if manifest["settings"] == settings.facts():
        return stops or learnt_of(manifest) == settings.samples
    return differs_in_length(settings, manifest) and learnt_of(manifest) == settings.samples


def goes_on(settings: Settings, manifest: Mapping[str, Any]) -> bool:
    """Whether a run is finished, and is to learn more."""
    same = manifest["settings"] == settings.facts() or differs_in_length(settings, manifest)
    return manifest["status"] == "finished" and same and settings.samples > learnt_of(manifest)


def check_length(folder: Path, settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Refuse another number of samples where a run cannot have it."""
    asked, samples = manifest["settings"]["samples"], settings.samples
    if manifest["status"] != "finished":
        raise InputError(
            f"{folder} holds this run with --samples {asked}, which is not finished; finish it with"
            f" --samples {asked} --resume, then go on with --samples {samples} --resume"
        )
    learnt = learnt_of(manifest)
    if samples < learnt:
        raise InputError(
            f"{folder} has learnt {learnt} samples, more than --samples {samples}; give more to go"
            " on with it, or another folder with --out"
        )
    before, now = (_temperatures(settings, number)[:learnt] for number in (asked, samples))
    if not np.array_equal(before, now):
        schedule = settings.model["schedule"]
        raise InputError(
            f"{folder} cannot go on: with schedule={schedule} the noise of its {learnt} samples"
            f" depends on --samples, {asked} then and {samples} now; expected a constant schedule:"
            " run it anew in another folder with --out"
        )


@np.errstate(over="ignore", invalid="ignore")  # what is not finite was refused
def _temperatures(settings: Settings, samples: int) -> np.ndarray:
    course = {name: settings.model[name] for name in ("schedule", "noise_scale", "anneal_rate")}
    return temperatures(samples, **course)
