"""Figure 5 of Gamst & Walker (2017, arXiv:1706.07101): from how far training comes back to W_f.

W_f, de-symmetrised, is moved in a random direction by a distance uniform in [0, 2], and trained
again. The paper says neither from which error on a network has returned (here: below 0.001) nor
what its learning rate was; the control is the curvature: with momentum β and rate η gradient
descent cannot rest where the largest eigenvalue exceeds 2(1 + β)/η.

    python scripts/gamst_walker_fig5.py --out gamst_walker
"""

import sys

import numpy as np
import xarray as xr

from spikesampler.landscape.minima import spectrum
from spikesampler.networks.optimizers import OPTIMIZERS, STUDIED
from spikesampler.studies.gamst_walker_2017.basin import basin_arrays, return_curve
from spikesampler.studies.gamst_walker_2017.relu_net import PAPER, error_on
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import target, trained
from spikesampler.studies.scripting import dataset_script

FULL = {"models": 4096, "steps": 20_000, "optimizers": STUDIED}
QUICK = {"models": 8, "steps": 100, "optimizers": ("momentum", "adadelta_keras_2017")}
LEVELS = (
    1e-4,
    1e-3,
    1e-2,
)  #: errors from which on a network counts as returned; the middle one is the study's


def gather(seed, runs, models, steps, optimizers):
    """Jitter and final error of all trials."""
    jitter, error, hovering = [], [], []
    for name in optimizers:
        training, found, _ = trained(
            runs,
            models=models,
            steps=steps,
            seed=seed,
            optimizer=name,
            start="jitter",
            radius=PAPER["radius"],
        )
        jitter.append(found["jitter"].values)
        error.append(np.where(found["diverged"].values, np.nan, found["final_error"].values))
        hovering.append(found["error"].values[-10:].std(axis=0))
    made, x, y = target(training)
    variables = {
        "jitter": (("optimizer", "trial"), np.array(jitter, np.float32)),
        "error": (
            ("optimizer", "trial"),
            np.array(error, np.float32),
            {"long_name": "final mean squared error"},
        ),
        "hovering": (
            ("optimizer", "trial"),
            np.array(hovering, np.float32),
            {"long_name": "sd of the last ten recorded errors"},
        ),
    }
    attrs = {
        "steps": steps,
        "seed": seed,
        "largest": spectrum(error_on(x, y), desymmetrise(made))[-1],
    }
    attrs |= {name: found.attrs[name] for name in ("commit", "cpu")}
    return xr.Dataset(variables, {"optimizer": list(optimizers)}, attrs)


def limit(name):
    """Largest curvature at which gradient descent with momentum can rest; nan for others."""
    values = OPTIMIZERS[name].settings
    return (
        2 * (1 + values["momentum"]) / values["learning_rate"]
        if "momentum" in values
        else float("nan")
    )


def told(fit, level):
    """How many returned, and from where half of them do."""
    seen = (
        0 < fit.half < PAPER["radius"]
    )  # beyond, it is only where a nearly flat curve happens to lead
    half = f", half from {fit.half:.2f} [{fit.low:.2f}, {fit.high:.2f}]" if seen else ""
    return f"{fit.returned} below {level:g}{half}"


def report(dataset):
    """Distances of half return, as text."""
    about = dataset.attrs
    lines = [
        f"{dataset.sizes['trial']} trials per optimiser, {about['steps']} steps; largest eigenvalue"
        f" at W_f {about['largest']:.0f}"
    ]
    returned, halves = {}, {}
    for name in dataset["optimizer"].values:
        jitter, error, hovering = (
            dataset[part].sel(optimizer=name).values for part in ("jitter", "error", "hovering")
        )
        sound = np.isfinite(error)
        jitter, error, hovering = jitter[sound].astype(float), error[sound], hovering[sound]
        fits = [return_curve(jitter, error < level) for level in LEVELS]
        returned[name], halves[name] = fits[1].returned, fits[1]
        texts = [told(fit, level) for fit, level in zip(fits, LEVELS)]
        near = jitter <= np.quantile(jitter, 0.1)
        end, shaking = np.median(error[near]), np.median(hovering[near])
        lines.append(
            f"  {name}: {'; '.join(texts)}; the smallest tenth of jitters ends at {end:.2g}, its"
            f" error shaking by {shaking:.1g}; {(~sound).sum()} diverged; can rest up to a"
            f" curvature of {limit(str(name)):.0f}"
        )
    rest = [name for name in returned if limit(str(name)) > about["largest"]]
    for name in rest:
        fit = halves[name]
        verdict = "reproduced" if fit.low > 1 else "not reproduced"
        lines.append(
            f"Claim (sections 3.3, 3.4): the basin of W_f has a radius of about 2: {verdict} with"
            f" {name}; half of the trials return from {fit.half:.2f} [{fit.low:.2f},"
            f" {fit.high:.2f}] (about 2: more than 1)."
        )
    for name in (name for name in returned if "adadelta" in name):
        verdict = "reproduced" if returned[name] == 0 else "not reproduced"
        lines.append(
            f"Claim (Fig. 5): Adadelta never returns: {verdict}; {returned[name]} below"
            f" {LEVELS[1]:g}."
        )
    for name in (name for name in returned if limit(str(name)) < about["largest"]):
        lines.append(
            f"Control: {name} cannot rest at W_f, whose curvature is above its limit;"
            f" {returned[name]} returned."
        )
    return "\n".join(lines)


def draw(dataset):
    from spikesampler.studies.gamst_walker_2017.figures import basin_figure

    trials = {}
    for name in dataset["optimizer"].values:
        jitter, error = (
            dataset[part].sel(optimizer=name).values.astype(float) for part in ("jitter", "error")
        )
        sound = np.isfinite(error)
        trials[str(name)] = basin_arrays(jitter[sound], error[sound], error[sound] < LEVELS[1])
    return basin_figure(trials)


def main(arguments=None):
    return dataset_script(
        globals(), arguments, quick_help="8 trials, 100 steps: whether it works", out="gamst_walker"
    )


if __name__ == "__main__":
    sys.exit(main())
