"""The run folder: manifest.json, spikes.h5 (SONATA), learning.nc (netCDF) and checkpoint/; write,
verify, read.

The manifest lists the SHA-256 of every file of a finished run and carries one of itself, so a
Result that opens is the result that was written. Reading executes nothing: JSON, HDF5 and plain
arrays only.
"""

import hashlib
import json
import re
from functools import cached_property
from html import escape
from pathlib import Path

import numpy as np

from spikesampler.checkpoint import (
    State,
    load_last_state,
    load_records,
    load_task,
    remove_parts,
    save_records,
    save_spikes,
    save_state,
    save_task,
)
from spikesampler.errors import DamagedError, InputError
from spikesampler.learning import read_learning, write_learning
from spikesampler.sonata import merge_spikes, populations, read_spikes
from spikesampler.storage import atomic_write_bytes, folder_lock, json_bytes, sha256

__all__ = [
    "SCHEMA",
    "Result",
    "State",
    "finish",
    "folder_lock",
    "load_last_state",
    "load_records",
    "load_task",
    "merge_spikes",
    "read_manifest",
    "remove_parts",
    "save_records",
    "save_spikes",
    "save_state",
    "save_task",
    "verify",
    "write_learning",
    "write_manifest",
]

SCHEMA = 1
MANIFEST, LEARNING, SPIKES, CHECKPOINT = "manifest.json", "learning.nc", "spikes.h5", "checkpoint"
_BLANK = "0" * 64
_REPAIR = "restore it from a copy, or run again in a new folder"


def write_manifest(folder, manifest):
    """Write manifest.json of a run: `manifest` with the schema and the file's own checksum added;
    nan becomes null.
    """
    facts = {key: value for key, value in manifest.items() if key not in ("schema", "checksum")}
    data = json_bytes({"schema": SCHEMA, "checksum": _BLANK} | facts)
    checksum = hashlib.sha256(data).hexdigest()
    atomic_write_bytes(Path(folder) / MANIFEST, data.replace(_BLANK.encode(), checksum.encode(), 1))


def read_manifest(folder):
    """The manifest of a run folder as a dict, checked.

    Raises InputError, in one line, if it is missing, unreadable, changed, or of a newer schema than
    this program's.
    """
    path = Path(folder) / MANIFEST
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            f"{folder} is not a run folder: it has no {MANIFEST}: give the folder that"
            " `spikesampler run` printed"
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): make it readable") from error
    try:
        manifest = json.loads(data)
        schema, checksum = manifest["schema"], manifest["checksum"].encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DamagedError(f"{path} is damaged: expected the JSON of a run: {_REPAIR}") from None
    if isinstance(schema, int) and schema > SCHEMA:
        raise InputError(
            f"{path} has schema {schema}, this spikesampler reads up to {SCHEMA}: update it with "
            "`pip install --upgrade spikesampler`"
        )
    if hashlib.sha256(data.replace(checksum, _BLANK.encode(), 1)).hexdigest().encode() != checksum:
        raise DamagedError(
            f"{path} is damaged: its checksum does not fit its content (truncated or changed): "
            f"{_REPAIR}"
        )
    return manifest


def _is_temporary_part(path):
    return path.name.startswith(".") or re.fullmatch(
        r"(spikes|records)_\d+\.npz|task\.npz", path.name
    )


def finish(folder, manifest):
    """Close a run: list the SHA-256 of every file, set the status to "finished", write the
    manifest, remove the parts.

    Call it when spikes.h5 and learning.nc are in place. Gives the manifest as written.
    """
    folder = Path(folder)
    files = {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST and not _is_temporary_part(path)
    }
    write_manifest(folder, {**manifest, "status": "finished", "files": files})
    remove_parts(folder / CHECKPOINT)
    return read_manifest(folder)


def verify(folder):
    """Check every file that the manifest of a run lists against its SHA-256; gives the manifest.

    Raises InputError naming the first file that is missing or differs, what was expected and what
    to do.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest.get("files", {}).items():
        path = Path(folder) / name
        try:
            found = sha256(path)
        except FileNotFoundError:
            raise DamagedError(
                f"{path} is missing: the manifest lists it with SHA-256 {expected[:12]}…: {_REPAIR}"
            ) from None
        except OSError as error:
            raise InputError(
                f"{path} cannot be read ({error.strerror}): make it readable, or {_REPAIR}"
            ) from error
        if found != expected:
            raise DamagedError(
                f"{path} is damaged: its SHA-256 is {found[:12]}…, expected {expected[:12]}…:"
                f" {_REPAIR}"
            )
    return manifest


_verify = verify  # the argument `verify` of Result hides the function


class Result:
    """A finished run, read from its folder.

    `Result(path)` checks every file's SHA-256 first; `verify=False` skips that (spikes.h5 can be
    large). Raises InputError for a folder that is damaged, unfinished or no run folder.

    Attributes: `path`, `manifest` (dict), `learning` (xarray Dataset, read at first use),
    `online_accuracy`, `probe_accuracy`, `test_accuracy`, `bayes_accuracy` (nan where the density is
    unknown), `theta`, `weights`.
    """

    def __init__(self, path, verify=True):
        self.path = Path(path)
        self.manifest = read_manifest(path)
        if self.manifest.get("status") != "finished":
            raise InputError(
                f"{path} holds an unfinished run (status {self.manifest.get('status')!r}): complete"
                " it first with `spikesampler run` and the same settings, --out this folder and"
                " --resume"
            )
        if verify:
            _verify(path)

    @cached_property
    def learning(self):
        return read_learning(self.path / LEARNING)

    def _fact(self, name):
        value = self.learning.attrs.get(name)
        return float("nan") if value is None else float(value)

    @property
    def online_accuracy(self):
        return self._fact("online_accuracy")

    @property
    def probe_accuracy(self):
        return self._fact("probe_accuracy")

    @property
    def test_accuracy(self):
        return self._fact("test_accuracy")

    @property
    def bayes_accuracy(self):
        return self._fact("bayes_accuracy")

    @property
    def theta(self):
        """Synaptic parameters after learning: DataArray (output, input), dimensionless."""
        return self.learning["theta"].isel(probe=-1)

    @property
    def weights(self):
        """What each synapse transmits after learning: DataArray (output, input), dimensionless.

        w = exp(theta - theta_0); with retraction `clip`, max(0, w - exp(-theta_0)); with `jump`, 0
        where theta < 0.
        """
        theta, theta_0 = self.theta, self._parameter("theta_0")
        retraction = self._parameter("retraction")
        weights = np.exp(theta - theta_0)
        if retraction == "clip":
            weights = np.maximum(weights - np.exp(-theta_0), 0.0)
        elif retraction == "jump":
            weights = weights.where(theta >= 0, 0.0)
        return weights.rename("weights").assign_attrs(
            units="1", long_name=f"weight, retraction {retraction}"
        )

    def _parameter(self, name):
        parameters = self.manifest.get("parameters", {})
        if name not in parameters:
            raise InputError(
                f"the model of {self.path} has no parameter {name!r}, which the weights need: use"
                " .theta"
            )
        return parameters[name]["value"]

    @cached_property
    def populations(self):
        """{population: number of recorded spikes}; empty for a run with --record none."""
        return populations(self.path / SPIKES) if (self.path / SPIKES).exists() else {}

    def spikes(self, population, start=0.0, stop=None):
        """Spike times (n,) in s and node ids (n,) of a population with start <= t < stop, in order
        of time.

        Times and window are seconds from the start of learning; only the window is read from disk.
        """
        if not (self.path / SPIKES).exists():
            raise InputError(
                f"{self.path} holds no spikes: run again with --record windows or --record all"
            )
        return read_spikes(self.path / SPIKES, population, start, stop)

    def raster(self, window="last", ax=None):
        """Figure of the spikes in a window: "first", "middle", "last" or (start, stop) in
        seconds.
        """
        from spikesampler.figures.raster import raster_figure

        return raster_figure(self, window) if ax is None else raster_figure(self, window, ax=ax)

    def _summary(self):
        attrs = self.learning.attrs
        facts = {
            name: str(attrs[name]) for name in ("model", "arm", "start", "seed") if name in attrs
        }
        facts["samples"] = str(self.learning.sizes.get("sample", 0))
        for name in ("online", "probe", "test", "bayes"):
            facts[f"{name} accuracy"] = f"{self._fact(f'{name}_accuracy'):.3f}"
        return facts

    def __repr__(self):
        facts = ", ".join(f"{name} {value}" for name, value in self._summary().items())
        return f"Result({facts}; {str(self.path)!r})"

    def _repr_html_(self):
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(value)}</td></tr>"
            for name, value in self._summary().items()
        )
        return f"<table>{rows}</table><code>{escape(str(self.path))}</code>"
