"""Whether an object of a caller can be sent to the processes that do the jobs."""

import pickle
import subprocess
import sys
from typing import Any

from spikesampler.errors import InputError
from spikesampler.jobs.processes import caller_environment
from spikesampler.optional import require

__all__ = ["check_dask_sends", "check_travels"]

#: as `processes` starts workers: they import what the caller can, but do not see its script
_COMMAND = [sys.executable, "-P", "-c", "import pickle, sys; pickle.load(sys.stdin.buffer)"]


def check_dask_sends(value: Any, what: str) -> None:
    """InputError unless Dask can send the value, by value where its class is in no module."""
    cloudpickle = require("--dask", "dask", "cloudpickle")
    try:
        cloudpickle.dumps(value)
    except Exception as error:  # whatever its own methods raise
        raise InputError(
            f"{what} cannot be sent to Dask's workers ({type(error).__name__}: {error}): expected"
            " an object that pickle can write; do: leave open files, locks and the like out of it,"
            " or use run"
        ) from None


def check_travels(value: Any, what: str) -> None:
    """InputError unless a process like those that do the jobs can read the value; it is tried."""
    reason = ""
    try:
        data = pickle.dumps(value)
    except Exception as error:  # whatever its own methods raise
        reason = f"{type(error).__name__}: {error}"
    else:
        done = subprocess.run(_COMMAND, input=data, capture_output=True, env=caller_environment())
        if done.returncode:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            reason = lines[-1] if lines else f"status {done.returncode}"
    if reason:
        raise InputError(
            f"{what} cannot be sent to worker processes ({' '.join(reason.split())[:200]}):"
            " expected an object of a class in a module that they can import; do: put it into a"
            " module of its own, beside the script or in a folder of PYTHONPATH, or use run"
        )
