"""What sharpness along training says, as tables in Markdown."""

import numpy as np
import xarray as xr

from spikesampler.studies.kulikovskikh_2021.edge_measures import EDGE, summary
from spikesampler.studies.kulikovskikh_2021.words import markdown_table
from spikesampler.studies.page import render

__all__ = ["report"]


def report(dataset: xr.Dataset) -> str:
    """Tables, as text."""
    modes = dataset["mode"].values.tolist()
    return render(
        __file__,
        "templates/edge_report.md",
        edge=EDGE,
        sizes=dataset.sizes,
        modes=[(mode, *_tables(dataset.sel(mode=mode))) for mode in modes],
    )


def _tables(here):
    """Of one mode: how many runs of each arm are where, and the median η λ/2 against r."""
    found = summary(here)
    columns = list(next(iter(found.values())))
    rows = [(arm, *(f"{100 * of[name]:.1f}" for name in columns)) for arm, of in found.items()]
    medians = here["edge"].reduce(np.nanmedian, ("rate", "task", "run"))
    growth = [
        (f"{r:.3g}", *(f"{float(medians.sel(r=r, arm=arm)):.2g}" for arm in found))
        for r in here["r"].values
    ]
    return markdown_table(["in %", *columns], rows), markdown_table(["r", *found], growth)
