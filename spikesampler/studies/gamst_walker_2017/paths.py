"""Figure 4 of Gamst & Walker (2017, arXiv:1706.07101): elastic bands from W_f to trained networks.

The networks of figure 2, 100 of each optimiser drawn by the seed; all de-symmetrised. The paper
gives neither images, springs nor steps of its bands.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.studies.gamst_walker_2017 import measures
from spikesampler.studies.gamst_walker_2017.figures import paths_figure
from spikesampler.studies.gamst_walker_2017.settings import Bands
from spikesampler.studies.gamst_walker_2017.summary import of_paths
from spikesampler.studies.gamst_walker_2017.surroundings import path_arrays, target_paths
from spikesampler.studies.study import Work

__all__ = ["STUDY", "draw", "facts", "gather"]

KEPT = ["energy", "distance", "from_target", "turning", "residual", "converged"]


def gather(work: Work, bands: Mapping[str, int], **networks: Any) -> xr.Dataset:
    """Errors, distances and angles of all paths; the outputs along one path of each optimiser.

    bands : settings of `Bands`; networks : what `measures.trained_by` takes.
    """
    rows = {}
    for name, trained in measures.trained_by(work, **networks).items():
        row = target_paths(trained.folder, Bands(**bands, seed=work.seed), resume=True)
        arrays = path_arrays(trained.folder, row)
        outputs = (("image", "x"), arrays["outputs"])
        rows[name] = row[KEPT].assign(outputs=outputs, chosen=arrays["chosen"])
    dataset = measures.stacked(rows)
    wide = [name for name in dataset if dataset[name].dtype == np.float64]
    return dataset.assign(dataset[wide].astype(np.float32)).assign_coords(x=arrays["x"])


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """Medians and quartiles of all measures, by optimiser."""
    rows = {name: of_paths(row) for name, row in measures.by_optimizer(dataset)}
    about = {name: dataset.attrs[name] for name in ("steps", "spring_constant", "tolerance")}
    sizes = {"paths": dataset.sizes["path"], "images": dataset.sizes["image"]}
    return about | sizes | {"rows": rows}


def draw(dataset: xr.Dataset) -> Figure:
    """Error along the paths of all optimisers; one path of the first one, and its angles."""
    first = dataset.isel(optimizer=0)
    arrays = {name: first[name].values for name in ("distance", "energy", "turning", "outputs")}
    arrays |= {"chosen": int(first["chosen"]), "x": dataset["x"].values}
    others = {
        name: (row["distance"].values, row["energy"].values)
        for name, row in measures.by_optimizer(dataset)
    }
    return paths_figure(arrays, others if len(others) > 1 else None)


STUDY = measures.study(
    name="gamst_walker_fig4",
    heading="Paths from W_f to trained networks",
    about=__doc__,
    gather=gather,
    full=measures.FULL | {"bands": {"models": 100, "images": 41, "steps": 1000}},
    quick=measures.QUICK | {"bands": {"models": 2, "images": 13, "steps": 25}},
    facts=facts,
    draw=draw,
    minutes=12,
    quick_help="2 short bands: whether it works",
)
