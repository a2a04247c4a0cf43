"""The runs that a server has open, each read once and again where its files have changed."""

import os
import threading
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.store.manifest import LEARNING, MANIFEST, SPIKES, read_manifest
from spikesampler.store.result_folder import check_run, runs_listed
from spikesampler.view.viewed_run import open_run, read_growing

__all__ = ["Runs"]

KEPT = 4  #: runs that stay open for the next viewer


class Runs:
    """Runs by folder. root : the folder of a comparison or sweep whose runs may be shown, or of the
    only run.

    progress : called as progress(done, total, text) while a run is opened.
    """

    def __init__(self, root, progress=None):
        self.root = Path(root)
        self.progress = progress
        self.opened = {}
        self.lock = threading.Lock()

    def has(self, name):
        """Whether a folder of this name in the root holds a run; a name with a path in it does
        not.
        """
        return Path(name).name == name != "" and os.path.isfile(self.root / name / MANIFEST)

    def folder(self, name):
        """The folder of a run by its name within the root; InputError for anything else."""
        if not self.has(name):
            raise InputError(
                f"{name!r} is no run in {self.root}: give the name of one of its folders"
            )
        return self.root / name

    def get(self, folder):
        """`shown.ViewedRun` of a run, or the InputError that says why not; the same object while
        nothing has changed.
        """
        with self.lock:
            signature = _signature(folder)
            before, shown = self.opened.pop(folder, (None, None))
            if (
                shown is not None
                and not shown.finished
                and read_manifest(folder)["status"] != "finished"
            ):
                shown = read_growing(folder, shown)
            elif shown is None or not shown.finished or signature != before:
                shown = open_run(folder, self.progress)
                if shown.finished and folder != self.root:
                    check_run(folder, shown.manifest, runs_listed(self.root))
            self.opened[folder] = signature, shown
            while len(self.opened) > KEPT:
                self.opened.pop(next(iter(self.opened)))
            return shown


def _signature(folder):
    """Size, time of change and number of the files that are shown."""
    found = []
    for name in (MANIFEST, LEARNING, SPIKES):
        try:
            facts = os.stat(folder / name)
            found.append((facts.st_size, facts.st_mtime_ns, facts.st_ino))
        except FileNotFoundError:
            found.append(None)
    return found
