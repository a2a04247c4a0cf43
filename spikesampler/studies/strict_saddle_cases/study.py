"""Strict saddles with known answers: the study, what it reports and what it draws.

Medians are Kaplan and Meier's: walks that have not escaped count as such; those that leave the
octopus function's domain would be given up there, and are counted.
"""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.landscape.strict import CLASSES, Verdict
from spikesampler.studies.page import render
from spikesampler.studies.strict_saddle_cases import escapes
from spikesampler.studies.strict_saddle_cases.escapes import METHODS
from spikesampler.studies.strict_saddle_cases.figure import strict_saddle_figure
from spikesampler.studies.strict_saddle_cases.findings import findings, hurry
from spikesampler.studies.strict_saddle_cases.measurements import gather
from spikesampler.studies.study import Part, Study

__all__ = ["STUDY"]

NAME = "strict_saddle_cases"
FULL = {
    "dimensions": (3, 4, 6, 8, 12, 16, 24, 32),
    "walks": 32,
    "saddles": 10,
    "ratios": (1, 1.5, 2, np.e, 4),
    "max_steps": 12_000,
    "points": 300,
}
QUICK = {
    "dimensions": (3, 4, 6),
    "walks": 8,
    "saddles": 5,
    "ratios": (1, 2),
    "max_steps": 1500,
    "points": 20,
}


def medians(dataset: xr.Dataset) -> tuple[dict, dict]:
    """{method: (3, n)}: over d on the tensor function, over saddles on the octopus function.

    The latter of the smallest L.
    """
    tensor, octopus = {}, {}
    for name in METHODS:
        of_method = dataset.sel(descent=name)
        tensor[name] = escapes.escape_medians(
            of_method["tensor_steps"].values.T, of_method["tensor_passed"].values.T
        )
        first = of_method.isel(L=0)
        octopus[name] = escapes.escape_medians(
            first["octopus_steps"].values, first["octopus_passed"].values
        )
    return tensor, octopus


def draw(dataset: xr.Dataset) -> Figure:
    """The figure of the dataset."""
    tensor, octopus = medians(dataset)
    d, dense, L = (dataset[name].values.astype(float) for name in ("d", "dense_d", "L"))
    growth = {name: dataset["octopus_growth"].sel(descent=name).values.T for name in METHODS}
    theory = np.array([escapes.plain_growth(ratio) for ratio in L])
    arrays = {
        "saddle_spectra": {
            "dimension": dense,
            "eigenvalues": dataset["eigenvalue"].values,
            "theory": np.array([-8 / dense, 8 * (dense - 1) / dense]),
        },
        "escape_over_dimension": {
            "dimension": d,
            "steps": tensor,
            "theory": escapes.tensor_theory(d),
        },
        "steps_to_saddles": {
            "steps": octopus,
            "factor": theory[0],
            "limit": dataset.attrs["max_steps"],
        },
        "growth_factors": {"ratio": L, "factors": growth, "theory": theory, "limit": 1 + L},
    }
    walks = f"{dataset.sizes['walk']} walks"
    texts = {
        "saddle_spectra": "tensor function",
        "steps_to_saddles": f"median, 95 %, {walks}, L/γ = {L[0]:g}",
        "escape_over_dimension": f"median, 95 %, {walks}",
        "growth_factors": f"mean, 95 %, {walks}",
    }
    return strict_saddle_figure(arrays, texts)


def report(dataset: xr.Dataset) -> str:
    """The tables, as text."""
    tensor, octopus = medians(dataset)
    values = {name: variable.values for name, variable in dataset.variables.items()}
    spectra = zip(values["dense_d"], values["eigenvalue"], values["identity_deviation"])
    verdicts = zip(values["case"], values["strict"], values["points"])
    over = ("L", "walk")
    return render(
        __file__,
        "templates/report.txt",
        dataset=dataset,
        methods=METHODS,
        spectra=[(d, row[row < 0], row[row > 0], deviation) for d, row, deviation in spectra],
        verdicts={
            name: Verdict(bool(strict), dict(zip(CLASSES, points)))
            for name, strict, points in verdicts
        },
        tensor=tensor,
        tensor_theory=escapes.tensor_theory(dataset["d"].values),
        octopus=octopus,
        growth=dict(zip(values["L"], values["octopus_growth"])),
        plain_growth=escapes.plain_growth,
        missed=(~dataset["octopus_passed"]).any("saddle").sum(over).values,
        stuck=dataset["octopus_stuck"].sum(over).values,
        left=dataset["octopus_left"].sum(over).values,
    )


def section(dataset: xr.Dataset) -> str:
    """What docs/verdicts.md says of it."""
    return render(__file__, "templates/section.md", report=report(dataset))


STUDY = Study.of_one(
    NAME,
    "Strict saddles with known answers: spectra and verdicts, and how long gradient descent takes "
    "to escape, by its noise.",
    Part(gather, FULL, QUICK),
    report,
    {NAME: draw},
    section,
    findings=findings,
    hurry=hurry,
    quick_help="few walks, saddles and dimensions: whether it works",
)
