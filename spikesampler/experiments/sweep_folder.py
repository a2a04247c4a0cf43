"""A sweep's folder before anything is run: whether it may be used."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesampler.errors import reading
from spikesampler.experiments.other_settings import refuse_others
from spikesampler.experiments.settings import Settings
from spikesampler.store.folder_use import check_use, different
from spikesampler.store.json_file import check_shape
from spikesampler.store.manifest import MANIFEST, read_manifest
from spikesampler.store.result_folder import settings_of

#: of the settings in the manifest of a sweep
_SHAPE = {
    "model": str,
    "samples": int,
    "test_samples": int,
    "data": (str, type(None)),
    "record": str,
    "probe_every": int,
    "probe_samples": int,
    "average": int,
    "engine": str,
    "text_hash": str,
    "axes": {str: [(int, float, str)]},
    "varied": {str: [(int, float, str)]},
    "arms": [str],
    "starts": [str],
    "seeds": [int],
}


def read_design(folder: Path) -> dict[str, Any] | None:
    """What `Plan.facts` said when the sweep of a folder was begun; None where it holds none."""
    facts = settings_of(folder, "sweep")
    if facts is not None:
        with reading(folder / MANIFEST, "is not the manifest of a sweep", "restore it from a copy"):
            check_shape(facts, _SHAPE)
    return facts


def check_folder(
    folder: Path, facts: dict[str, Any], resume: bool, runs: Mapping[str, Settings]
) -> None:
    """Refuse a folder that holds anything but this very sweep to resume, maybe to more samples.

    runs : of the sweep, by the names of their folders.
    """
    wanted = json.loads(json.dumps(facts))

    def compare(folder: Path) -> str | None:
        there = read_design(folder)
        if there is None:
            return None
        names = different(wanted, there)
        if resume and wanted["samples"] > there["samples"]:
            names = [name for name in names if name != "samples"]
        if names == ["text_hash"]:
            for name, settings in runs.items():
                if (folder / name / MANIFEST).is_file():
                    manifest = read_manifest(folder / name)
                    refuse_others(folder, settings, manifest, what="another sweep")
            return "the model or its parameters are others"
        names = [name for name in names if name != "text_hash"]
        return "; ".join(_difference(name, facts[name], there.get(name)) for name in names)

    check_use(
        folder,
        "sweep",
        resume,
        compare,
        other="another sweep",
        strangers="other files than a sweep",
    )


def _difference(name: str, here: Any, there: Any) -> str:
    """In what two sweeps differ, in words."""
    if isinstance(here, dict):
        names = [key for key in {**here, **there} if here.get(key) != there.get(key)]
        return f"other values of {', '.join(names)}" if names else "another order of the parameters"
    texts = [text if len(text) < 60 else f"{text[:57]}…" for text in (str(here), str(there))]
    return f"{name} is {texts[0]} here, {texts[1]} there"
