"""Figure 4 of Gamst & Walker (2017, arXiv:1706.07101): elastic bands from W_f to trained networks.

The networks of figure 2, 100 of each optimiser drawn by the seed; all de-symmetrised. The paper
gives neither images, springs nor steps of its bands.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.stats.intervals import mean_interval
from spikesampler.studies.gamst_walker_2017 import measures
from spikesampler.studies.gamst_walker_2017.figures import paths_figure
from spikesampler.studies.gamst_walker_2017.settings import Bands
from spikesampler.studies.gamst_walker_2017.summary import drop_distance, far_half, of_paths
from spikesampler.studies.gamst_walker_2017.surroundings import path_arrays, target_paths
from spikesampler.studies.study import Work

__all__ = ["STUDY", "claims", "draw", "facts", "gather"]

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
    """Medians and quartiles of all measures, and what the claims are about, by optimiser."""
    rows = {name: of_paths(row) | claims(row) for name, row in measures.by_optimizer(dataset)}
    about = {name: dataset.attrs[name] for name in ("steps", "spring_constant", "tolerance")}
    sizes = {"paths": dataset.sizes["path"], "images": dataset.sizes["image"]}
    return about | sizes | {"rows": rows}


def claims(paths: xr.Dataset) -> dict[str, Any]:
    """What the claims of section 3.3 are about, of the paths of one optimiser.

    bumps : range of the error on the far half over its median; drop : distance of half of the
    plateau; twist : turning angle on the near half less that on the far one, all as intervals.
    ends : distances of the minima; in_shell : the share of them at 9.5 to 10.5.
    """
    energy, distance, away, turning = (
        paths[name].values for name in ("energy", "distance", "from_target", "turning")
    )
    far = np.where(far_half(distance), energy, np.nan)
    bumps = np.nanmax(far, axis=1) - np.nanmin(far, axis=1)
    near = ~far_half(distance)[:, 1:-1]
    twist = [angles[here].mean() - angles[~here].mean() for angles, here in zip(turning, near)]
    ends = away[:, -1]
    return {
        "bumps": mean_interval(bumps / np.nanmedian(far, axis=1)),
        "drop": mean_interval(drop_distance(distance, energy)),
        "twist": mean_interval(twist),
        "ends": ends,
        "in_shell": ((ends >= 9.5) & (ends <= 10.5)).mean(),
    }


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
    quick_help="2 short bands: whether it works",
)
