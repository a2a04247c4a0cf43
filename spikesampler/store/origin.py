"""What computes here: versions, commit of a checkout, processor, time."""

import hashlib
import platform
import shutil
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["cpu_name", "made_by", "now", "versions_and_commit"]


def versions_and_commit(packages: Iterable[str]) -> dict[str, Any]:
    """Versions of Python and of these packages ("versions"), and the "commit" of a checkout."""
    versions = {name: _version(name) for name in packages} | {"python": platform.python_version()}
    return {"versions": versions, "commit": _commit()}


def made_by() -> dict[str, str]:
    """Commit, processor and versions as texts, for the attributes of a dataset."""
    facts = versions_and_commit(("spikesampler", "jax", "optax", "numpy", "scipy"))
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return {"commit": str(facts["commit"]), "cpu": cpu_name(), "versions": versions}


@cache
def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


@cache
def _commit():
    """The commit of the checkout that the package runs from, or None; -dirty: changed since."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists() or not shutil.which("git"):
        return None
    git = ["git", "-C", str(root)]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
    if head.returncode:
        return None
    changes = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "spikesampler", "models"])
    return head.stdout.strip() + ("-dirty" if changes.returncode else "")


def now() -> str:
    """This moment as ISO 8601, to the second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def cpu_name() -> str:
    """Model of the CPU: binaries are compiled for it (-march=native)."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    facts = {key.strip(): value.strip() for key, value in pairs}
    flags = hashlib.sha256(facts.get("flags", facts.get("Features", "")).encode()).hexdigest()[:8]
    name = facts.get("model name", platform.machine())
    return f"{name} family {facts.get('cpu family')} model {facts.get('model')} flags {flags}"
