"""A run of a comparison or a sweep, opened from its folder."""

from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.experiments.run_result import Result
from spikesampler.store.manifest import MANIFEST
from spikesampler.store.result_folder import check_run, runs_listed

__all__ = ["opened_run"]


def opened_run(folder: Path) -> Result:
    """The Result of a run's folder, which is the run that the folder around it lists.

    Raises InputError where it is not there, damaged or another run.
    """
    if not (folder / MANIFEST).is_file():
        raise InputError(
            f"the run {folder} is not there: the numbers made from it are complete without it; to"
            " have it again, repeat the command that made it, with --resume"
        )
    result = Result(folder)
    check_run(folder, result.manifest, runs_listed(folder.parent))
    return result
