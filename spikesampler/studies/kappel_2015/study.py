"""Kappel et al. (2015) say that sampling synapses make up for changes that nobody foresaw.

They keep sampling from a posterior, while connections come and go for ever.

The temperature T multiplies the variance of their noise: T = 1 samples, T = 0 climbs the same
gradient, prior included, without noise. Within a seed both see the same stimuli and input spikes
and start from the same theta.
"""

import os
from pathlib import Path

import pandas as pd
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.experiments.comparison_dataset import origin
from spikesampler.experiments.printed import printed_interval
from spikesampler.experiments.run_result import Result
from spikesampler.store.atomic import atomic_write_bytes
from spikesampler.store.folders import make_folder
from spikesampler.studies.command import save_figures
from spikesampler.studies.kappel_2015.figure import swap_figure
from spikesampler.studies.kappel_2015.findings import findings, hurry
from spikesampler.studies.kappel_2015.measures import as_dataset, measure
from spikesampler.studies.kappel_2015.outcomes import Row, as_text, by_measure, digits, table
from spikesampler.studies.kappel_2015.phases import (
    MOMENT,
    PHASES,
    TEMPERATURES,
    run_folder,
    run_phases,
)
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study, Work

__all__ = ["STUDY", "write_results"]


def gather(work: Work, seeds: int, samples: int, probes: int, probe_samples: int) -> xr.Dataset:
    """Do the runs that are missing, and measure them; InputError for no seed or no worker."""
    count, workers = work.count(seeds), os.cpu_count() or 1
    workers = workers if work.workers is None else work.workers
    if count < 1 or workers < 1:
        raise InputError(f"seeds={count}, workers={workers}: expected at least 1 of each")
    numbers = range(work.seed, work.seed + count)
    sizes = {"samples": samples, "probes": probes, "probe_samples": probe_samples}
    run_phases(work.runs, numbers, workers, **sizes)
    places = [(phase, T, seed) for phase in PHASES for T in TEMPERATURES for seed in numbers]
    results = {place: Result(run_folder(work.runs, *place), verify=False) for place in places}
    source = origin([result.manifest for result in results.values()])
    values = results[places[0]].values
    return as_dataset(
        {place: measure(result) for place, result in results.items()},
        numbers,
        model="kappel_2015",
        **sizes,
        **{name: source[name] for name in ("commit", "cpu", "compiler", "versions")},
        total_rate=values["rho"],
        moment=MOMENT * values["sample_length"],
    )


def _cell(row: Row) -> str:
    """A cell of the table in Markdown: mean and interval."""
    bounds = {"": row["mean"], "_low": row["low"], "_high": row["high"]}
    return printed_interval(bounds, "", f".{digits(row)}f")


def section(dataset: xr.Dataset) -> str:
    """The table and the figure, in Markdown."""
    return render(
        __file__,
        "templates/section.md",
        seeds=dataset.sizes["seed"],
        attrs=dataset.attrs,
        measures=by_measure(table(dataset)),
        cell_of=_cell,
    )


def write_results(dataset: xr.Dataset, out: Path) -> list[str]:
    """Write table.csv and the figure into a folder; the table in words, and the figure's paths."""
    rows = table(dataset)
    text = pd.DataFrame(rows).to_csv(index=False, na_rep="nan", lineterminator="\n")
    make_folder(out)
    atomic_write_bytes(out / "table.csv", text.encode())
    paths = save_figures({STUDY.name: swap_figure(dataset)}, out, ("png", "pdf"))
    return [as_text(rows), *map(str, paths)]


STUDY = Study.of_one(
    "kappel_2015",
    "Kappel et al. (2015): a circuit that is told no class learns clusters of stimuli, and learns"
    " anew when they change.",
    Part(
        gather,
        full={"seeds": 10, "samples": 43_200, "probes": 40, "probe_samples": 300},
        quick={"seeds": 2, "samples": 800, "probes": 4, "probe_samples": 100},
        resumes=True,
    ),
    report=lambda dataset: as_text(table(dataset)),
    figures={"kappel_2015": swap_figure},
    section=section,
    findings=findings,
    hurry=hurry,
    quick_help="two seeds and 800 samples: whether it works",
    runs_folder="kappel/runs",
)
