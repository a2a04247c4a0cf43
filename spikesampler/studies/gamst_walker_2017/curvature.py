"""Spectra of the error's Hessian at the networks of Gamst & Walker (2017, arXiv:1706.07101).

Networks of figure 2, as training left them and after L-BFGS in float64: 50 000 steps do not end at
a minimum. All are de-symmetrised; eigenvalues by a dense float64 Hessian.
"""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.studies.gamst_walker_2017 import measures
from spikesampler.studies.gamst_walker_2017.figures import spectra_figure
from spikesampler.studies.gamst_walker_2017.settings import Spectra
from spikesampler.studies.gamst_walker_2017.summary import of_spectra
from spikesampler.studies.gamst_walker_2017.surroundings import spectra_of
from spikesampler.studies.study import Work

__all__ = ["REFINED", "REFINED_QUICK", "STUDY", "draw", "facts", "gather", "spectra_at"]

KEPT = ["eigenvalue", "energy", "gradient_norm"]
REFINED = {"number": 50, "refinement": 2000}  #: networks of each optimiser, steps of L-BFGS
REFINED_QUICK = {"number": 2, "refinement": 20}


def gather(work: Work, number: int, refinement: int, **networks: Any) -> xr.Dataset:
    """Eigenvalues, errors and gradients at the same networks, trained and refined.

    number : of networks of each optimiser; refinement : steps of L-BFGS; networks : what
    `measures.trained_by` takes.
    """
    rows = {}
    for name, trained in measures.trained_by(work, **networks).items():
        states = {
            state: spectra_at(trained.folder, state, Spectra(number, more, work.seed))
            for state, more in (("trained", 0), ("refined", refinement))
        }
        kept = {state: row[KEPT] for state, row in states.items()}
        rows[name] = measures.stacked(kept, "state")
    dataset = measures.stacked(rows).assign(target=states["trained"]["target"])
    dataset.attrs = measures.attributes(work, states["trained"], networks, refinement=refinement)
    return dataset


def spectra_at(folder: Path, state: str, spectra: Spectra) -> xr.Dataset:
    """`spectra_of` the networks of a folder, kept there under the name of their state."""
    return spectra_of(folder, spectra, out=folder / f"hessian-{state}", resume=True)


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """Ends, and numbers of zero and negative eigenvalues, by optimiser and state."""
    rows = []
    for name, of_optimizer in measures.by_optimizer(dataset):
        for state in dataset["state"].values:
            row = of_optimizer.sel(state=state)
            summary, error = of_spectra(row), np.median(row["energy"].values)
            rows.append({"optimizer": name, "state": state, "error": error} | summary)
    target = {name: value for name, value in summary.items() if name.startswith("target")}
    return target | {"networks": dataset.sizes["minimum"], "rows": rows}


def draw(dataset: xr.Dataset) -> Figure:
    """A panel per optimiser: eigenvalues at its refined networks, and at W_f."""
    refined = dataset.sel(state="refined")
    spectra = {name: row["eigenvalue"].values for name, row in measures.by_optimizer(refined)}
    return spectra_figure(spectra, dataset["target"].values)


STUDY = measures.study(
    name="gamst_walker_hessian",
    heading="Curvature at trained networks",
    about=__doc__,
    gather=gather,
    full=measures.FULL | REFINED,
    quick=measures.QUICK | REFINED_QUICK,
    facts=facts,
    draw=draw,
    minutes=15,
    quick_help="2 networks of a short training: whether it works",
)
