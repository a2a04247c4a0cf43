"""What computes here: versions, commit of a checkout, processor, time."""

import hashlib
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["cpu_name", "now", "versions_and_commit"]


def versions_and_commit(packages):
    """What computes here: versions of Python and of these packages, and the commit of a
    checkout.
    """
    versions = {name: _version(name) for name in packages} | {"python": platform.python_version()}
    return {"versions": versions, "commit": _commit()}


@cache
def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


@cache
def _commit():
    """The commit of a checkout that the package runs from, with -dirty where its code was changed
    since; or None.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists() or not shutil.which("git"):
        return None
    told = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True)
    same = subprocess.run(
        ["git", "-C", root, "diff", "--quiet", "HEAD", "--", "spikesampler", "models"]
    )
    return (
        told.stdout.strip() + ("-dirty" if same.returncode else "")
        if told.returncode == 0
        else None
    )


def now():
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def cpu_name():
    """Model of the CPU: binaries are compiled for it (-march=native)."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {key.strip(): value.strip() for key, value in facts.items()}
    flags = hashlib.sha256(facts.get("flags", "").encode()).hexdigest()[:8]
    name, family, number = (
        facts.get("model name", platform.machine()),
        facts.get("cpu family"),
        facts.get("model"),
    )
    return f"{name} family {family} model {number} flags {flags}"
