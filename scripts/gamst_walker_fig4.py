"""Figure 4 of Gamst & Walker (2017, arXiv:1706.07101): elastic bands from W_f to trained networks.

The networks of scripts/gamst_walker_fig2.py, 100 of each optimiser drawn by the seed; all
de-symmetrised. The paper gives neither images, springs nor steps of its bands.

    python scripts/gamst_walker_fig4.py --out gamst_walker
"""

import sys

import numpy as np
import xarray as xr

from spikesampler.networks.optimizers import STUDIED
from spikesampler.stats.intervals import bootstrap_interval
from spikesampler.studies.gamst_walker_2017.summary import drop_distance, of_paths
from spikesampler.studies.gamst_walker_2017.surroundings import path_arrays, target_paths
from spikesampler.studies.gamst_walker_2017.training import trained
from spikesampler.studies.scripting import dataset_script

FULL = {
    "models": 2048,
    "steps": 50_000,
    "optimizers": STUDIED,
    "paths": 100,
    "images": 41,
    "neb_steps": 1000,
}
QUICK = {
    "models": 8,
    "steps": 100,
    "optimizers": ("momentum",),
    "paths": 2,
    "images": 13,
    "neb_steps": 25,
}
KEPT = ("energy", "distance", "from_target", "turning", "residual", "converged")
NAMES = {  # of `summary.of_paths`
    "length": "length of the path",
    "end_distance": "distance of the minimum, straight",
    "plateau": "error on the far half, median",
    "plateau_range": "its range",
    "highest": "highest error",
    "barrier_from_end": "barrier seen from the minimum",
    "drop_distance": "half of the plateau reached at",
    "dips": "dips on the way",
    "turning_near": "turning angle within 2 of W_f (rad)",
    "turning_inner_half": "on the half of the path near W_f (rad)",
    "turning_outer_half": "on the other half (rad)",
    "outward_steps": "share of steps away from W_f",
    "residual": "residual force",
}


def gather(seed, runs, models, steps, optimizers, paths, images, neb_steps):
    """Errors, distances and angles of all paths; the outputs along one path of each optimiser."""
    found, outputs, chosen = [], [], []
    for name in optimizers:
        folder = trained(runs, models=models, steps=steps, seed=seed, optimizer=name)[2]
        bands = target_paths(
            folder, models=paths, images=images, steps=neb_steps, seed=seed, resume="auto"
        )
        arrays = path_arrays(folder, bands)
        outputs.append(arrays["outputs"].astype(np.float32))
        chosen.append(arrays["chosen"])
        found.append(bands[[*KEPT]])
    dataset = xr.concat(
        found,
        xr.DataArray(list(optimizers), dims="optimizer", name="optimizer"),
        combine_attrs="override",
    )
    dataset["outputs"] = (("optimizer", "image", "x"), np.array(outputs))
    dataset["chosen"] = (("optimizer",), chosen)
    narrow = {
        name: one.astype(np.float32) for name, one in dataset.items() if one.dtype == np.float64
    }
    return dataset.assign(narrow).assign_coords(x=arrays["x"])


def report(dataset):
    """Medians and quartiles of all measures, and a verdict for each claim, as text."""
    lines, about = [], dataset.attrs
    sizes, springs = dataset.sizes, f"springs {about['spring_constant']:g}, straightened"
    number = (
        f"{sizes['path']} paths of {sizes['image']} images per optimiser, at most {about['steps']}"
        " steps"
    )
    lines.append(f"{number}, {springs}; medians [quartiles]")
    for name in dataset["optimizer"].values:
        one = dataset.sel(optimizer=name)
        summary = of_paths(one)
        lines.append(
            f"  {name}: {summary['converged']} of {summary['paths']} converged to"
            f" {about['tolerance']:g}"
        )
        for measure, text in NAMES.items():
            middle, low, high = summary[measure]
            lines.append(f"    {text:<38} {middle:.3g} [{low:.3g}, {high:.3g}]")
        lines += [f"    {text}" for text in verdicts(one)]
    return "\n".join(lines)


def verdicts(one):
    """Lines with a verdict on each claim of section 3.3 for the paths of one optimiser."""
    energy, distance, away, turning = (
        one[name].values for name in ("energy", "distance", "from_target", "turning")
    )
    far = np.where(distance >= distance[:, -1:] / 2, energy, np.nan)
    bumps = np.nanmax(far, axis=1) - np.nanmin(far, axis=1)
    drops, ends = drop_distance(distance, energy), away[:, -1]
    inside = ((ends >= 9.5) & (ends <= 10.5)).mean()
    inner = distance[:, 1:-1] < distance[:, -1:] / 2
    twist = [one[here].mean() - one[~here].mean() for one, here in zip(turning, inner)]
    share = bootstrap_interval(bumps / np.nanmedian(far, axis=1))
    drop, twisting = bootstrap_interval(drops), bootstrap_interval(twist)
    flat = "reproduced" if share.high < 0.25 else "not reproduced"
    within = "reproduced" if drop.low > 1 and drop.high < 3 else "not reproduced"
    shell = "reproduced" if inside > 0.5 else "not reproduced"
    turns = "reproduced" if twisting.low > 0 else "not reproduced"
    return [
        (
            f"Claim: flat and slightly bumpy far from W_f: {flat}; the error's range on the far"
            f" half is {share.mean:.2f} [{share.low:.2f}, {share.high:.2f}] of its median (flat:"
            " below 0.25)."
        ),
        (
            f"Claim: a drop within about 2 of W_f: {within}; half of the plateau at {drop.mean:.2f}"
            f" [{drop.low:.2f}, {drop.high:.2f}] (about 2: 1 to 3)."
        ),
        (
            f"Claim: most minima at distances of 9.5 to 10.5: {shell}; {inside:.0%} are, mean"
            f" {ends.mean():.2f}, {ends.min():.2f} to {ends.max():.2f}."
        ),
        (
            f"Claim: the path twists as it approaches W_f: {turns}; turning angles on the half near"
            f" it less those on the other {twisting.mean:+.3f} [{twisting.low:+.3f},"
            f" {twisting.high:+.3f}] rad."
        ),
    ]


def draw(dataset):
    from spikesampler.studies.gamst_walker_2017.figures import paths_figure

    names = [str(name) for name in dataset["optimizer"].values]
    first = dataset.isel(optimizer=0)
    arrays = {name: first[name].values for name in ("distance", "energy", "turning", "outputs")}
    arrays |= {"chosen": int(first["chosen"]), "x": dataset["x"].values}
    others = {
        name: tuple(dataset[part].sel(optimizer=name).values for part in ("distance", "energy"))
        for name in names
    }
    return paths_figure(arrays, others if len(names) > 1 else None)


def main(arguments=None):
    return dataset_script(
        globals(), arguments, quick_help="2 short bands: whether it works", out="gamst_walker"
    )


if __name__ == "__main__":
    sys.exit(main())
