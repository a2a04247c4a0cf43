"""A finished run in the formats of other programs: NWB, Neo (NIX), SONATA and CSV.

Spike times and the numbers of neurons are exact: what an independent reader finds is what
`Result.spikes` gives, bit for bit. All formats carry every unit (silent ones too), the intervals in
which spikes were recorded, one trial for each learning sample, weights, trajectories of recorded
synapses, learning curves, parameters with unit and source, and the text of the manifest.
"""

import os
from pathlib import Path

from spikesampler.experiments.run_result import Result
from spikesampler.export.files import refuse_existing
from spikesampler.export.formats import FORMATS, format_named
from spikesampler.export.formats.neo import to_neo
from spikesampler.export.formats.nwb import to_nwb
from spikesampler.export.tables import check_spikes
from spikesampler.store.atomic import disk_errors
from spikesampler.store.folders import watched_folder

__all__ = ["FORMATS", "export_run", "to_neo", "to_nwb"]


def export_run(run, to, out=None):
    """Write a finished run in the format `to`; gives the Path of what was written.

    Parameters
    ----------
    run : Result, or the folder of a finished run with spikes (--record windows or all).
    to : "nwb" (Neurodata Without Borders 2, one file), "neo" (a Neo block in a NIX file), "sonata"
        (a folder with the circuit and its spikes) or "csv" (a folder of tables). Times are in
        seconds, but in SONATA's spikes.h5, whose unit is ms.
    out : file or folder to write; by default beside the run and named after it: RUN.nwb, RUN.nix,
        RUN-sonata, RUN-csv.

    Written under a hidden name and renamed: whole or not at all. The same run gives the same
    content, and for nwb, sonata and csv the same bytes (with the same versions of the libraries);
    NIX draws a name for each object.

    Raises InputError for an unknown format, a run that is unfinished, damaged, of a newer schema or
    without spikes of its inputs, an `out` that exists (nothing is overwritten), a package that is
    not installed, and a full disk.
    """
    form = format_named(to)
    form.check_packages()
    result = run if isinstance(run, Result) else Result(run)
    check_spikes(result)
    folder = Path(os.path.abspath(result.path))
    path = (
        folder.with_name(folder.name + form.ENDING) if out is None else Path(os.path.abspath(out))
    )
    refuse_existing(path)
    with disk_errors(path), watched_folder(path.parent):
        form.write(result, path)
    return path
