"""Spectra of the error's Hessian at trained networks, which Gamst & Walker (2017, arXiv:1706.07101)
mention in 3.5.

Networks of scripts/gamst_walker_fig2.py, as training left them and after L-BFGS in float64: 50 000
steps do not end at a minimum. All are de-symmetrised; eigenvalues by a dense float64 Hessian.

    python scripts/gamst_walker_hessian.py --out gamst_walker
"""

import sys

import numpy as np
import xarray as xr

from spikesampler.networks.optimizers import STUDIED
from spikesampler.studies.gamst_walker_2017.summary import of_spectra
from spikesampler.studies.gamst_walker_2017.surroundings import spectra_of
from spikesampler.studies.gamst_walker_2017.training import trained
from spikesampler.studies.scripting import dataset_script

FULL = {"models": 2048, "steps": 50_000, "optimizers": STUDIED, "number": 50, "refinement": 2000}
QUICK = {"models": 8, "steps": 100, "optimizers": ("momentum",), "number": 2, "refinement": 20}
STATES = ("trained", "refined")


def gather(seed, runs, models, steps, optimizers, number, refinement):
    """Eigenvalues, errors and gradients at the same networks, trained and refined."""
    rows = []
    for name in optimizers:
        folder = trained(runs, models=models, steps=steps, seed=seed, optimizer=name)[2]
        for state, more in zip(STATES, (0, refinement)):
            out = folder / f"hessian-{state}"
            rows.append(
                spectra_of(folder, models=number, steps=more, seed=seed, out=out, resume="auto")
            )
    shape = (len(optimizers), len(STATES))
    variables = {
        name: (
            ("optimizer", "state", *rows[0][name].dims),
            np.array([row[name].values for row in rows]).reshape(*shape, *rows[0][name].shape),
        )
        for name in ("eigenvalue", "energy", "gradient_norm")
    }
    variables["target"] = rows[0]["target"]
    attrs = {"models": models, "steps": steps, "seed": seed, "refinement": refinement}
    attrs |= {name: rows[0].attrs[name] for name in ("commit", "cpu")}
    return xr.Dataset(variables, {"optimizer": list(optimizers), "state": list(STATES)}, attrs)


def report(dataset):
    """Ends, and numbers of zero and negative eigenvalues, as text."""
    lines = [f"{dataset.sizes['minimum']} networks per optimiser; medians [quartiles]"]
    for name in dataset["optimizer"].values:
        for state in dataset["state"].values:
            one = dataset.sel(optimizer=name, state=state)
            found, energy = of_spectra(one), np.median(one["energy"].values)
            texts = [f"error {energy:.4f}"]
            for measure in ("largest", "smallest", "zero", "negative", "gradient_norm"):
                middle, low, high = found[measure]
                texts.append(f"{measure.replace('_', ' ')} {middle:.3g} [{low:.3g}, {high:.3g}]")
            lines.append(f"  {name}, {state}: {'; '.join(texts)}")
    largest, zero, negative = (
        found[f"target_{measure}"] for measure in ("largest", "zero", "negative")
    )
    lines.append(f"  W_f: largest {largest:.4g}, {zero} zero, {negative} negative")
    return "\n".join(lines)


def draw(dataset):
    from spikesampler.studies.gamst_walker_2017.figures import spectra_figure

    refined = dataset.sel(state="refined")
    spectra = {
        str(name): refined["eigenvalue"].sel(optimizer=name).values
        for name in dataset["optimizer"].values
    }
    return spectra_figure(spectra, dataset["target"].values)


def main(arguments=None):
    quick_help = "2 networks of a short training: whether it works"
    return dataset_script(globals(), arguments, quick_help=quick_help, out="gamst_walker")


if __name__ == "__main__":
    sys.exit(main())
