"""The remark of section 3.5 of Gamst & Walker (2017, arXiv:1706.07101): a 10 x 10 network fits f
with Adadelta.

10 x 10 networks beside the 5 x 5 of scripts/gamst_walker_fig2.py, trained on the same points.

    python scripts/gamst_walker_wide.py --out gamst_walker
"""

import sys

import numpy as np
import xarray as xr

from spikesampler.studies.gamst_walker_2017.training import outputs_of, target, trained
from spikesampler.studies.scripting import dataset_script

FULL = {"models": 32, "steps": 50_000, "optimizers": ("momentum_keras", "adadelta_keras_2017")}
QUICK = {"models": 2, "steps": 50, "optimizers": ("adadelta_keras_2017",)}
#: an error "very close to the global minimum": 6 % of what the sawtooth makes up; our choice
CLOSE = 0.01


def gather(seed, runs, models, steps, optimizers):
    """Best outputs, and all errors along training."""
    outputs, errors, courses = [], [], []
    for name in optimizers:
        settings = {
            "models": models,
            "steps": steps,
            "seed": seed,
            "optimizer": name,
            "depth": 10,
            "width": 10,
        }
        training, found, _ = trained(runs, **settings)
        outputs.append(outputs_of(training, found, target(training)[1]))
        errors.append(np.where(found["diverged"].values, np.nan, found["final_error"].values))
        courses.append(found["error"].values.T)
    variables = {
        "best": (("optimizer", "x"), np.array([one["best"] for one in outputs])),
        "target": (("x",), outputs[0]["target"]),
        "error": (
            ("optimizer", "network"),
            np.array(errors),
            {"long_name": "final mean squared error"},
        ),
        "course": (("optimizer", "network", "step"), np.array(courses, np.float32)),
    }
    coords = {"optimizer": list(optimizers), "x": outputs[0]["x"], "step": found["step"].values}
    attrs = {"steps": steps, "seed": seed} | {name: found.attrs[name] for name in ("commit", "cpu")}
    return xr.Dataset(variables, coords, attrs)


def report(dataset):
    """Errors, as text."""
    lines = [
        f"{dataset.sizes['network']} networks of 10 x 10 per optimiser, {dataset.attrs['steps']}"
        " steps"
    ]
    shares = {}
    for name in dataset["optimizer"].values:
        errors = dataset["error"].sel(optimizer=name).values
        least = np.fmin.accumulate(dataset["course"].sel(optimizer=name).values, axis=1)
        reached = np.where(
            least[:, -1] < CLOSE, dataset["step"].values[(least < CLOSE).argmax(axis=1)], np.nan
        )
        when = (
            f", first after {np.nanmedian(reached):.0f} steps" if np.isfinite(reached).any() else ""
        )
        shares[name] = np.isfinite(reached).mean()
        least, middle, most = np.nanquantile(errors, [0, 0.5, 1])
        number = f"{np.isfinite(reached).sum()} went below {CLOSE:g}{when} (median)"
        lines.append(
            f"  {name}: final error {least:.2g} to {most:.2g}, median {middle:.2g}; {number}"
        )
    verdict = (
        "reproduced" if shares["adadelta_keras_2017"] > 0.5 else "reproduced for some networks only"
    )
    verdict = verdict if shares["adadelta_keras_2017"] > 0 else "not reproduced"
    return "\n".join(
        [
            *lines,
            f"Claim: Adadelta quickly finds a fit very close to the global minimum: {verdict}.",
        ]
    )


def draw(dataset):
    from spikesampler.studies.gamst_walker_2017.figures import best_figure

    each = ((name, dataset.sel(optimizer=name)) for name in dataset["optimizer"].values)
    fits = {
        f"10 × 10, {name}": (one["best"].values, float(one["error"].min())) for name, one in each
    }
    return best_figure(dataset["x"].values, dataset["target"].values, fits)


def main(arguments=None):
    return dataset_script(
        globals(),
        arguments,
        quick_help="2 networks, 50 steps: whether it works",
        out="gamst_walker",
    )


if __name__ == "__main__":
    sys.exit(main())
