"""The network's own weight changes are stochastic gradient ascent on J: the study.

Fang, Yu & Chen (2018), Eq. (2), measured at three thetas: as a run starts it (prior), after
learning without noise (learnt), and at the other start (plateau). Beside it: Hessian-vector
products and gradients from m sampled output spikes a pattern (`landscape.sampled`).
"""

import sys
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy import stats

from spikesampler.environment import temporary_folder
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.spiking.build import build
from spikesampler.stats.rules import in_brackets
from spikesampler.studies.fang_2018 import frozen_network
from spikesampler.studies.fang_2018.frozen_network import RATE, Network
from spikesampler.studies.fang_2018.gradient_figure import gradient_figure
from spikesampler.studies.fang_2018.gradient_findings import findings, hurry
from spikesampler.studies.fang_2018.gradient_law import EDGES, fresh_law, law, on_bound
from spikesampler.studies.fang_2018.gradient_sampled import SPIKES, sampled_laws
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study, Work

__all__ = ["STUDY"]

NAME = "fang_2018_gradient"
STARTS = ("prior", "learnt", "plateau")
#: a chunk is a run of the network; streams are disjoint sets of chunks, each a measurement of its
#: own; repeats are draws of sampled spikes for so many patterns
FULL = {"streams": 8, "chunks": 64, "samples": 8, "learn": 5000, "patterns": 1000, "repeats": 400}
QUICK = {"streams": 4, "chunks": 8, "samples": 8, "learn": 500, "patterns": 200, "repeats": 100}
SMALL = {"I": 200, "K": 5, "D": 2}
CURVES = ("events", "predicted", "low", "high", "snapshots", "means")
BOUNDS = ("slope_snapshots", "slope_means", "floor", "chi_square", "norm_ratio", "fresh_ratio")
DIMS = dict.fromkeys(CURVES, "size") | dict.fromkeys(BOUNDS, "bound") | {"histogram": "bin"}


def gather(
    work: Work,
    streams: int,
    chunks: int,
    samples: int,
    learn: int,
    patterns: int,
    repeats: int,
    set: Mapping[str, Any],
) -> xr.Dataset:
    """Everything measured.

    chunks : of a stream. samples : of a chunk. learn : samples before `learnt`. set : parameters.
    """
    total = streams * chunks
    own = {"noise": "none", "seed": work.seed, "set": set}
    prepared = prepare(resolve("fang_2018", samples=max(total * samples, learn), **own))
    plateau = prepare(resolve("fang_2018", start="plateau", samples=1, **own)).theta
    binary = build(prepared.structure, announce)
    laws = {}
    with tempfile.TemporaryDirectory(dir=temporary_folder(), prefix=f"{NAME}-") as folder:
        network = Network(binary, prepared, folder, work.seed)
        thetas = dict(zip(STARTS, (prepared.theta, frozen_network.learnt(network, learn), plateau)))
        fresh, labels = frozen_network.fresh_patterns(network, total * samples)
        for name, theta in thetas.items():
            measured = frozen_network.measure(network, name, theta, total, samples)
            laws[name] = (
                law(measured, streams)
                | fresh_law(network, theta, measured, fresh, labels, streams)
                | on_bound(network, theta, measured)
            )
            announce(f"{name} measured")
        sampled = sampled_laws(
            network, thetas["learnt"], fresh[:patterns], labels[:patterns], repeats
        )
    facts = {"seed": work.seed, "streams": streams, "chunks": total, "samples_per_chunk": samples}
    facts |= {"learn": learn, "patterns": patterns, "repeats": repeats, "rate": RATE}
    constants = {name: prepared.values[name] for name in ("I", "K", "D", "rho", "dt", "N")}
    return as_dataset(laws, sampled).assign_attrs(facts | constants)


def announce(text: str) -> None:
    """Say on stderr how far it is."""
    print(f"{NAME}: {text}", file=sys.stderr)


def as_dataset(
    laws: Mapping[str, Mapping[str, np.ndarray]], sampled: Mapping[str, np.ndarray]
) -> xr.Dataset:
    """What `law` and the others found at each start, and `sampled_laws`, with their dimensions."""
    variables = {}
    for name in laws["prior"]:
        dims = ("start", DIMS[name]) if name in DIMS else ("start",)
        variables[name] = (dims, np.array([laws[start][name] for start in STARTS]))
    for name, values in sampled.items():
        dims = ("of_value",) if name == "value" else ("spikes", "bound")[: values.ndim]
        variables[f"sampled_{name}"] = (dims, values)
    coords = {
        "start": list(STARTS),
        "bound": ["mean", "low", "high"],
        "spikes": list(SPIKES),
        "bin": (EDGES[1:] + EDGES[:-1]) / 2,
        "of_value": ["exact", "mean", "standard_error", "sd", "sd_exact"],
    }
    return xr.Dataset(variables, coords)


def draw(dataset: xr.Dataset) -> Figure:
    """The figure of the dataset."""
    errors = [dataset[name].values.ravel() for name in ("snapshots", "means", "low")]
    limits = (np.min(np.concatenate(errors)) / 1.5, 1.5 * np.max(np.concatenate(errors)))
    normal = np.linspace(-4, 4, 161)
    spikes = dataset["spikes"].values
    arrays = {}
    for start in STARTS:
        of_start = dataset.sel(start=start)
        arrays[f"convergence {start}"] = {
            **{name: of_start[name].values for name in CURVES},
            "floor": float(of_start["bias"]),
            "limits": limits,
        }
    arrays["error_law"] = {
        "edges": EDGES,
        "densities": dict(zip(STARTS, dataset["histogram"].values)),
        "line": np.array([normal, stats.norm.pdf(normal)]),
    }
    arrays["curvature_bias"] = {"spikes": spikes, "theory": 1 / spikes}
    arrays["spread"] = {
        "spikes": spikes,
        "theory": dataset["sampled_gradient_predicted"].values,
        "gradient": dataset["sampled_gradient_error"].values,
    }
    for estimate in ("plug_in", "corrected"):
        arrays["curvature_bias"][estimate] = dataset[f"sampled_{estimate}_bias"].values.T
        arrays["spread"][estimate] = dataset[f"sampled_{estimate}_sd"].values
    return gradient_figure(arrays)


def report(dataset: xr.Dataset) -> str:
    """What was found, in Markdown."""
    of_starts = dataset[[name for name in dataset if "start" in dataset[name].dims]]
    starts = {
        start: {name: values.values for name, values in of_starts.sel(start=start).items()}
        for start in STARTS
    }
    return render(
        __file__,
        "templates/gradient_report.md",
        starts=starts,
        streams=dataset.attrs["streams"],
        spikes=SPIKES,
        in_brackets=in_brackets,
        **{name: dataset[name].values for name in dataset if name.startswith("sampled_")},
    )


def section(dataset: xr.Dataset) -> str:
    """What docs/verdicts.md says of it."""
    return render(__file__, "templates/gradient.md", report=report(dataset))


STUDY = Study.of_one(
    NAME,
    "The network's own weight changes are stochastic gradient ascent on J: Fang, Yu & Chen (2018), "
    "Eq. (2), measured.",
    Part(gather, FULL | {"set": {}}, QUICK | {"set": SMALL}),
    report,
    {NAME: draw},
    section,
    findings=findings,
    hurry=hurry,
    quick_help="a small network and few events: whether it works",
)
