"""Figure 5 of Gamst & Walker (2017, arXiv:1706.07101): from how far training comes back to W_f.

W_f, de-symmetrised, is moved in a random direction by a distance uniform in [0, 2], and trained
again. The paper says neither from which error on a network has returned (here: below 0.001) nor
what its learning rate was; the control is the curvature: with momentum β and rate η gradient
descent cannot rest where the largest eigenvalue exceeds 2(1 + β)/η.
"""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.landscape.minima import spectrum
from spikesampler.networks.optimizers import OPTIMIZERS
from spikesampler.studies.gamst_walker_2017 import measures, relu_net
from spikesampler.studies.gamst_walker_2017.figures import basin_figure
from spikesampler.studies.gamst_walker_2017.paper import paper
from spikesampler.studies.gamst_walker_2017.return_curve import basin_arrays, return_curve
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import final_errors
from spikesampler.studies.study import Work

__all__ = ["STUDY", "draw", "facts", "gather", "largest_curvature"]

LEVELS = (1e-4, 1e-3, 1e-2)  #: errors below which a network counts as returned
LEVEL = LEVELS[1]  #: that of the verdicts


def gather(work: Work, **settings: Any) -> xr.Dataset:
    """Jitter and final error of all trials, and the largest eigenvalue at W_f."""
    dataset = measures.gathered(_trials, work, start="jitter", radius=paper()["radius"], **settings)
    made = relu_net.gamst_walker(paper()["target_seed"])
    error = relu_net.error_on(*relu_net.training_set(made))
    return dataset.assign_attrs(largest=spectrum(error, desymmetrise(made))[-1])


def _trials(trained):
    """Of one optimiser's networks."""
    networks = trained.networks
    error = {"long_name": "final mean squared error"}
    hovering = {"long_name": "sd of the last ten recorded errors"}
    variables = {
        "jitter": ("trial", networks["jitter"].values),
        "error": ("trial", final_errors(networks), error),
        "hovering": ("trial", networks["error"].values[-10:].std(axis=0), hovering),
    }
    return xr.Dataset(variables).astype(np.float32)


def largest_curvature(name: str) -> float:
    """Up to which gradient descent with momentum can rest; nan for other optimisers."""
    settings = OPTIMIZERS[name].settings
    if "momentum" not in settings:
        return float("nan")
    return 2 * (1 + settings["momentum"]) / settings["learning_rate"]


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """From where half of the trials of each optimiser return, at three errors; and its limit.

    One that diverged did not return, and has no error to be described.
    """
    rows = {}
    for name, row in measures.by_optimizer(dataset):
        jitter, error = row["jitter"].values.astype(float), row["error"].values
        near = jitter <= np.quantile(jitter, 0.1)
        fits = {level: return_curve(jitter, error < level) for level in LEVELS}
        rows[name] = {
            "fits": fits,
            "fit": fits[LEVEL],
            "end": np.nanmedian(error[near]),
            "shaking": np.nanmedian(row["hovering"].values[near]),
            "diverged": int(np.isnan(error).sum()),
            "limit": largest_curvature(name),
        }
    about = {name: dataset.attrs[name] for name in ("steps", "largest")}
    sizes = {"trials": dataset.sizes["trial"], "radius": paper()["radius"], "levels": LEVELS}
    return about | sizes | {"rows": rows}


def draw(dataset: xr.Dataset) -> Figure:
    """A panel per optimiser: final error and probability of return against the jitter."""
    trials = {}
    for name, row in measures.by_optimizer(dataset):
        jitter, error = (row[part].values.astype(float) for part in ("jitter", "error"))
        trials[name] = basin_arrays(jitter, error, error < LEVEL)
    return basin_figure(trials)


STUDY = measures.study(
    name="gamst_walker_fig5",
    heading="The basin of W_f",
    about=__doc__,
    gather=gather,
    full=measures.FULL | {"models": 4096, "steps": 20_000},
    quick=measures.QUICK | {"optimizers": ("momentum", "adadelta_keras_2017")},
    facts=facts,
    draw=draw,
    minutes=65,
    quick_help="8 trials, 100 steps: whether it works",
)
