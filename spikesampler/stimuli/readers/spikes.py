"""Files of spike trains: NPZ archives, SONATA files, and the folders of finished runs.

All give times, neurons and labels; some say how long a sample is, how long the gap between two, and
how many inputs there are. SONATA (Dai et al., PLoS Comput. Biol. 16(2):e1007696, 2020) has times in
`/spikes/<population>/timestamps` (ms) and neurons in `node_ids`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.language.units import base_values
from spikesampler.stimuli.content import refuse_other_kinds
from spikesampler.stimuli.files import damage_of, read_bytes, sha256
from spikesampler.stimuli.hdf5_dataset import HDF5File, own_dataset, read_dataset
from spikesampler.stimuli.readers.npz import read_npz_arrays
from spikesampler.stimuli.readers.table import choose_label, listed, quoted
from spikesampler.store.learning import read_learning
from spikesampler.store.manifest import LEARNING, MANIFEST, SPIKES, read_manifest, verify
from spikesampler.store.spikes import populations, read_spikes

__all__ = ["SpikeTable", "read_spike_file"]

TIMES, NEURONS, LABELS = "times", "neurons", "labels"
NUMBERS = ("sample_length", "gap", "num_inputs")  #: what a file may say, in s
INPUTS = "inputs"  #: the population of SONATA that is read where there are several
EXPECTED = "spike trains: an NPZ file, a SONATA file (.h5), or the folder of a run"


class SpikeTable(NamedTuple):
    """Spike trains as a file has them.

    times (n,) : s from the beginning of the first sample. neurons (n,). labels (m,) : of the
    samples, in order. numbers : those of NUMBERS that the file says. class_names : None where the
    labels are the names. hashes : SHA-256 of the files by name.
    """

    times: NDArray
    neurons: NDArray
    labels: NDArray
    numbers: dict[str, float]
    hashes: dict[str, str]
    class_names: list[str] | None = None
    notes: tuple[str, ...] = ()


def read_spike_file(path: Path, label: str | None = None) -> SpikeTable:
    """The spike trains of a file or of a run's folder; label : what its labels are called.

    Raises InputError.
    """
    folder = path.parent if path.name == SPIKES else path
    if (folder / MANIFEST).is_file() and (folder / LEARNING).is_file():
        if label is not None:
            raise InputError(
                f"label={label!r}: {folder} is a run, whose labels are known; do: leave it out"
            )
        return _of_run(folder)
    if path.is_dir():
        raise InputError(f"{path} is no folder of a finished run: expected {EXPECTED}")
    content = read_bytes(path)
    refuse_other_kinds(path, content, EXPECTED, "npz", "zip", "hdf5")
    return (_of_sonata if content[:1] == b"\x89" else _of_npz)(path, content, label)


def _of_npz(path: Path, content: bytes, label: str | None) -> SpikeTable:
    notes: tuple[str, ...] = ()
    chosen = ""

    def choose(names: list[str]) -> list[str]:
        nonlocal chosen, notes
        if missing := [name for name in (TIMES, NEURONS) if name not in names]:
            raise InputError(
                f"{path} has no array named {quoted(missing[0])}, it holds {listed(names)}:"
                " expected times (s), neurons and labels; do: numpy.savez(path, times=…, neurons=…,"
                " labels=…)"
            )
        others = [name for name in names if name not in (TIMES, NEURONS, *NUMBERS)]
        chosen, notes = choose_label(path, others, label, "array", LABELS)
        return [TIMES, NEURONS, chosen, *(name for name in NUMBERS if name in names)]

    arrays = read_npz_arrays(path, content, choose)
    numbers = {name: _number(path, name, arrays[name]) for name in NUMBERS if name in arrays}
    return SpikeTable(
        arrays[TIMES],
        arrays[NEURONS],
        arrays[chosen],
        numbers,
        {path.name: sha256(content)},
        notes=notes if chosen != LABELS else (),
    )


def _number(path: Path, name: str, value: Any) -> float:
    """A number of a file, of shape () or (1,)."""
    array = np.asarray(value)
    zero, whole = name == "gap", name == "num_inputs"
    fits = array.size == 1 and array.dtype.kind in "iuf" and bool(np.isfinite(array).all())
    if not fits or array.min() < 0 or (array.min() == 0 and not zero) or (whole and array % 1):
        raise InputError(
            f"{path}: {name} is {str(value)[:40]}: expected one {'whole ' if whole else ''}number"
            f" {'of 0 or more' if zero else 'above 0'}; do: mend it, or leave it out"
        )
    return float(array.reshape(()))


def _of_sonata(path: Path, content: bytes, label: str | None) -> SpikeTable:
    with damage_of(
        lambda reason: (
            f"{path} cannot be read as SONATA ({reason}): expected a whole HDF5 file; do: fetch it"
            " again"
        )
    ):
        with HDF5File(path, content) as file:
            place = _population(file)
            known = _known(file, place)
            others = [name for name in known if name not in NUMBERS]
            chosen, notes = choose_label(path, others, label, "dataset or attribute", LABELS)
            times = _array(file, f"{place}/timestamps")
            unit = file.group[f"{place}/timestamps"].attrs.get("units", "ms")
            neurons, labels = _array(file, f"{place}/node_ids"), np.asarray(known[chosen]())
            given = {name: known[name]() for name in NUMBERS if name in known}
    unit = unit.decode("utf-8", "replace") if isinstance(unit, bytes) else str(unit)
    factors = {"ms": 1e-3, "milliseconds": 1e-3, "s": 1.0, "seconds": 1.0}
    if unit not in factors:
        raise InputError(
            f"{path}: the timestamps of {place} are in {quoted(unit)}: expected ms or s"
        )
    if times.dtype.kind in "iuf":
        times = times * factors[unit]
    if labels.dtype.kind == "O":  # texts of HDF5 without a fixed length
        labels = np.array([_text(word) for word in labels.tolist()], object)
    numbers = {name: _number(path, name, value) for name, value in given.items()}
    hashes, notes = {path.name: sha256(content)}, () if chosen == LABELS else notes
    if times.ndim == 1 and times.shape == neurons.shape:  # SONATA may sort by node_ids, or not
        order = np.argsort(times, kind="stable")
        times, neurons = times[order], neurons[order]
    return SpikeTable(times, neurons, labels, numbers, hashes, notes=notes)


def _text(word: Any) -> Any:
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else word


def _population(file: HDF5File) -> str:
    """Path of the population whose spikes are meant; only groups of this file."""
    import h5py

    if not isinstance(file.group.get("spikes", getlink=True), h5py.HardLink):
        raise InputError(
            f"{file.path} has no group 'spikes', it holds {listed(sorted(file.group))}: expected a"
            " SONATA file, with /spikes/inputs/timestamps and node_ids"
        )
    names = sorted(file.group["spikes"])
    name = INPUTS if INPUTS in names else names[0] if len(names) == 1 else ""
    if not name:
        raise InputError(
            f"{file.path} has the populations {listed(names)}: expected one of them to be named"
            f" {INPUTS!r}; do: rename the one that is meant"
        )
    link = file.group["spikes"].get(name, getlink=True)
    if not (isinstance(link, h5py.HardLink) and isinstance(file.group["spikes"][name], h5py.Group)):
        raise InputError(
            f"{file.path}: spikes/{name} is no group of this file: refused; do: copy it into the"
            " file"
        )
    return f"spikes/{name}"


def _known(file: HDF5File, place: str) -> Mapping[str, Any]:
    """What else a file says, {name: what reads it}: datasets and attributes, nearest first."""
    import h5py

    known: dict[str, Any] = {}
    for group, prefix in ((file.group[place], f"{place}/"), (file.group, "")):
        for name, value in group.attrs.items():
            if name not in ("sorting", "magic", "version"):
                known.setdefault(name, lambda value=value: value)
        for name in sorted(group):
            link = group.get(name, getlink=True)
            taken = name in ("timestamps", "node_ids") or not isinstance(link, h5py.HardLink)
            if not taken and isinstance(group[name], h5py.Dataset):
                known.setdefault(name, lambda path=prefix + name: _array(file, path))
    return known


def _array(file: HDF5File, name: str) -> NDArray:
    what = "numbers or texts of shape (n,)"
    place, _, last = name.rpartition("/")
    if last not in file.group[place or "/"]:
        raise InputError(f"{file.path} has no dataset {name}: expected one of {what}; do: add it")
    return read_dataset(file, name, own_dataset(file, name, what))


def _of_run(folder: Path) -> SpikeTable:
    """Input spikes and labels of the learning samples of a finished run."""
    manifest = read_manifest(folder)
    if manifest.get("status") != "finished":
        raise InputError(
            f"{folder} holds an unfinished run: expected a finished one; do: complete it with"
            " --resume"
        )
    verify(folder)
    values = base_values(manifest["parameters"])
    labels = read_learning(folder / LEARNING, without="theta")["label"].values
    numbers = {name: float(values[name]) for name in NUMBERS if name in values}
    numbers["num_inputs"] = float(values["I"])
    length = (numbers["sample_length"] + numbers.get("gap", 0.0)) * len(labels)
    kept = sum(last - first for first, last in manifest["recorded_windows"])
    held = populations(folder / SPIKES) if (folder / SPIKES).is_file() else {}
    if INPUTS not in held and held:
        held = {INPUTS: 0}
    if not held or kept < length * (1 - 1e-9):
        raise InputError(
            f"{folder} kept {kept:g} s of the {length:g} s of its spikes: expected all of them; do:"
            " run it again with --record all"
        )
    times, neurons = (
        read_spikes(folder / SPIKES, INPUTS) if held[INPUTS] else (np.empty(0), np.empty(0, int))
    )
    hashes = {f"{folder.name}/{name}": manifest["files"][name] for name in (SPIKES, LEARNING)}
    names = manifest["data"]["class_names"]
    return SpikeTable(times, neurons, labels, numbers, hashes, class_names=names)
