"""Maps of noise's benefit: where does it help, where does it hurt, structure or power: the study.

Noise of the arms `weight` and `constant_matched` (equal power at the start, no dependence on the
weight) against `none` and against each other, seed by seed, in test accuracy and time to escape.
Three maps, from the plateau, 43 200 samples:

start  mean of theta at the start x noise scale
step   learning rate b x sample amplification N
task   spread of the clusters x number of classes K
"""

import sys
from collections.abc import Mapping
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from spikesampler import load_model, sweep
from spikesampler.experiments.sweep_table import failure_lines
from spikesampler.studies.fang_2018 import benefit_findings, benefit_words
from spikesampler.studies.fang_2018.benefit import benefit
from spikesampler.studies.fang_2018.benefit_figure import benefit_figure
from spikesampler.studies.study import Part, Study, Work

__all__ = ["MAPS", "STUDY", "design", "effects_of", "without_curves"]

MAPS = {
    "start": {"plateau_mean": (-4, -3, -2, 0.5), "noise_scale": (0.1, 0.3, 1, 3)},
    "step": {"b": (1e-5, 3e-5, 1e-4, 3e-4), "N": (30, 100, 300)},  # b in 1/s
    "task": {"cluster_spread": (0.02, 0.04, 0.08, 0.16), "K": (5, 10, 20)},
}
TITLES = {
    "noise_benefit_start": "Where learning starts, and the noise scale",
    "noise_benefit_step": "Learning rate and sample amplification",
    "noise_benefit_task": "Spread and number of the clusters",
}
FULL = {"samples": 43_200, "test_samples": 1000, "probe_every": 600, "probe_samples": 80}
QUICK = {"samples": 200, "test_samples": 50, "probe_every": 50, "probe_samples": 40}
TINY = {"I": 200, "K": 5, "D": 2}


def design(name: str, quick: bool) -> dict[str, Any]:
    """Arguments of `sweep` for one map; the quick one is small, and has the map's corners."""
    grid, chosen = MAPS[name], None
    if quick:
        grid = {parameter: values[:: len(values) - 1] for parameter, values in grid.items()}
        chosen = {parameter: value for parameter, value in TINY.items() if parameter not in grid}
    return {
        "grid": grid,
        "set": chosen,
        "arms": ("none", *benefit_words.ARMS),
        "start": "plateau",
        "record": "none",
        **(QUICK if quick else FULL),
    }


def gather(
    work: Work, name: str, seeds: int, dask: str | None = None, **arguments: Any
) -> xr.Dataset:
    """The sweep of one map, without curves.

    seeds : the study's own number. dask : address of a scheduler whose workers run the points.
    arguments : of `design`.
    """
    folder = work.runs / name
    swept = sweep(
        "fang_2018",
        seeds=work.count(seeds),
        first_seed=work.seed,
        workers=work.workers,
        dask=dask,
        out=folder,
        resume=True,
        **arguments,
    )
    print("\n".join(failure_lines(swept.failures)), end="", file=sys.stderr)
    return without_curves(swept.dataset, arguments)


def without_curves(dataset: xr.Dataset, arguments: Mapping[str, Any]) -> xr.Dataset:
    """A sweep's dataset with the sizes that it does not tell."""
    seconds = arguments["probe_every"] * load_model("fang_2018")["sample_length"]
    sizes = {name: arguments[name] for name in ("test_samples", "probe_samples")}
    small = dataset.drop_dims("sample_block", errors="ignore")
    return small.assign_attrs(sizes | {"probe_seconds": seconds})


def effects_of(datasets: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """What `benefit` finds in each map."""
    return {
        name: benefit(dataset, dataset.attrs["probe_seconds"]) for name, dataset in datasets.items()
    }


def report(datasets: Mapping[str, xr.Dataset]) -> str:
    """A line per cell of each map."""
    return "\n".join(map(benefit_words.as_text, effects_of(datasets).values()))


def figures(datasets: Mapping[str, xr.Dataset]) -> dict[str, Figure]:
    """A figure per map."""
    return {name: benefit_figure(effects) for name, effects in effects_of(datasets).items()}


def section(datasets: Mapping[str, xr.Dataset]) -> str:
    """What docs/verdicts.md says of the maps."""
    return benefit_words.section(effects_of(datasets), TITLES)


STUDY = Study(
    name="noise_benefit_map",
    title="Maps of noise's benefit: where does it help, where does it hurt, and is it its "
    "structure or only its power?",
    parts={
        f"noise_benefit_{name}": Part(
            gather,
            {"name": name, "seeds": 6, **design(name, False)},
            {"name": name, "seeds": 2, **design(name, True)},
            resumes=True,
            minutes=70,
        )
        for name in MAPS
    },
    report=report,
    figures=figures,
    section=section,
    findings=lambda datasets: benefit_findings.findings(effects_of(datasets)),
    hurry=lambda datasets: benefit_findings.hurry(effects_of(datasets)),
    quick_help="a small network, corners of the maps, two seeds",
    runs_folder="noise_benefit",
    options={
        "dask": {"metavar": "ADDRESS", "help": "a Dask scheduler whose workers run the points"}
    },
)
