"""What a run takes of memory and disk at least, against what this machine has."""

import os
import shutil
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.experiments.recorded_synapses import number_of
from spikesampler.experiments.recorded_variables import layers_of_model, number_of_columns
from spikesampler.experiments.settings import Settings

__all__ = ["available_memory", "check_disk", "check_memory", "trajectory_bytes"]

_NUMBER = 8  #: bytes
_CHUNK = 1000  #: samples of a chunk at most


def available_memory() -> int:
    """Bytes of memory that this machine can give away now."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(line.split()[1] for line in lines if line.startswith("MemAvailable:"))
        return int(free) * 1024
    except (OSError, StopIteration):  # not Linux: all there is
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _sizes(settings: Settings) -> tuple[int, int]:
    """Bytes of what is held for all samples, and of what a finished run leaves, at least."""
    model = settings.model
    samples = settings.samples + settings.test_samples + settings.probe_samples
    probes = settings.samples // settings.probe_every + 1
    synapses = sum(each.num_outputs * each.num_inputs for each in model.pathways)
    written = probes * synapses // 2  # of theta, compressed
    # row, label and temperature of a sample, and its response
    held = 3 * samples + settings.samples * model["K"]
    chunk = min(settings.samples, settings.probe_every, _CHUNK)
    return (
        _NUMBER * held + trajectory_bytes(settings, chunk),
        _NUMBER * written + trajectory_bytes(settings, settings.samples),
    )


def trajectory_bytes(settings: Settings, samples: int) -> int:
    """Bytes of the trajectories of so many samples, without further state and not compressed."""
    model = settings.model
    steps = int(samples * (model["sample_length"] + model["gap"]) / model["grid"]) + 1
    K, I = model.main.num_outputs, model.main.num_inputs
    numbers = 2 * number_of(settings.record_synapses, K, I)
    numbers += number_of_columns(settings.record_variables, layers_of_model(model))
    return _NUMBER * steps * numbers


def check_memory(settings: Settings) -> None:
    """InputError where the samples of a run do not fit into memory; nothing was taken yet."""
    held, there = _sizes(settings)[0], available_memory()
    if held > there:
        names = ("samples", "test_samples", "probe_samples", "record_synapses", "record_variables")
        numbers = ", ".join(
            f"--{name.replace('_', '-')}={getattr(settings, name)}"
            for name in names
            if getattr(settings, name) is not None
        )
        raise InputError(
            f"{numbers}: a run of so many takes at least {held / 1e9:,.1f} GB of memory, of which"
            f" {there / 1e9:,.1f} GB are free here; give fewer"
        )


def check_disk(settings: Settings, runs: int, folder: Path) -> None:
    """InputError where so many runs of these settings do not fit onto the disk of `folder`."""
    there = Path(os.path.abspath(folder))
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        raise InputError(
            f"cannot write {folder}: a file is where a folder should be: give another folder with"
            " --out"
        )
    usage, written = shutil.disk_usage(there), runs * _sizes(settings)[1]
    free = usage.free
    if usage.total and written > free:  # what is no disk has no size
        raise InputError(
            f"{folder}: {runs:,} runs of {settings.samples:,} samples write at least"
            f" {written / 1e9:,.1f} GB, of which {free / 1e9:,.1f} GB are free there; give fewer"
            " --seeds, --samples, --record-synapses or --record-variables, a larger --probe-every,"
            " or another disk with --out"
        )
