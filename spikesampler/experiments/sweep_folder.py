"""A sweep's folder before anything is run: whether it may be used."""

import json
from pathlib import Path
from typing import Any

from spikesampler.errors import DamagedError
from spikesampler.store.folder_use import check_use, different

DESIGN = "sweep.json"  #: in a sweep's folder: what makes it this sweep


def check_folder(folder: Path, facts: dict[str, Any], resume: bool) -> None:
    """Refuse a folder that holds anything but this very sweep to resume."""
    wanted = json.loads(json.dumps(facts))

    def compare(folder: Path) -> str | None:
        path = folder / DESIGN
        if not path.exists():
            return None
        try:
            held = json.loads(path.read_text())
            there = {name: held[name] for name in wanted}
        except (ValueError, KeyError, TypeError):
            raise DamagedError(f"{path} is damaged; give another folder with --out") from None
        names = different(wanted, there, digest="text_hash")
        return "; ".join(_difference(name, facts[name], there[name]) for name in names)

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
    if name == "text_hash":
        return "the model or its parameters are others"
    if isinstance(here, dict):
        names = [key for key in {**here, **there} if here.get(key) != there.get(key)]
        return f"other values of {', '.join(names)}" if names else "another order of the parameters"
    texts = [text if len(text) < 60 else f"{text[:57]}…" for text in (str(here), str(there))]
    return f"{name} is {texts[0]} here, {texts[1]} there"
