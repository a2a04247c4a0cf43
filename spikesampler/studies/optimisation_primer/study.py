"""The optimisation primer as a study: its datasets, a report, figures, and a page of its own."""

from dataclasses import replace
from typing import Any

import xarray as xr

from spikesampler.studies.optimisation_primer import findings, network_conditions, page
from spikesampler.studies.optimisation_primer.figures import FIGURES
from spikesampler.studies.study import Part, Study, Work

__all__ = ["STUDY"]

FULL = {
    "conditions": tuple(10.0**k for k in range(11)),
    "rotations": 5,
    "budget": 200_000,
    "bump_steps": 20_000,
    "flat_budget": 1_000_000,
    "plateau_steps": (1e-3, 3e-3, 1e-2, 3e-2),
    "saddle_steps": (1e-4, 1e-3, 1e-2, 1e-1),
    "grid": 61,
    "growth_steps": 8000,
    "rate_conditions": (10.0, 100.0, 1000.0),
}
QUICK = {
    "conditions": (1.0, 10.0, 100.0, 1e4),
    "rotations": 1,
    "budget": 2000,
    "bump_steps": 3000,
    "flat_budget": 10_000,
    "plateau_steps": (1e-2, 3e-2),
    "saddle_steps": (1e-3, 1e-2, 1e-1),
    "grid": 21,
    "growth_steps": 400,
    "rate_conditions": (10.0,),
}


def gather(work: Work, **settings: Any) -> xr.Dataset:
    """Everything measured, by jax, which words and figures do without."""
    from spikesampler.studies.optimisation_primer import data

    return data.gather(work, **settings)


def gather_networks(work: Work, **settings: Any) -> xr.Dataset:
    """Hessians of networks on digits, by jax too."""
    from spikesampler.studies.optimisation_primer import digit_networks

    return digit_networks.gather(work, **settings)


NETWORKS = "digit_networks"
_PRIMER = Study.of_one(
    name="optimisation_primer",
    title="Optimisation primer, after P. van der Smagt's lecture: what it says, measured.",
    part=Part(gather, FULL, QUICK),
    report=page.report,
    figures=FIGURES,
    section=page.page,
    findings=findings.findings,
    hurry=findings.hurry,
    optional=tuple(name for name in network_conditions.NETWORKS if name != NETWORKS),
    quick_help="few conditions, few steps: whether it works",
)
_NETWORKS = Part(
    gather_networks, {"seeds": 10, "epochs": 2000}, {"seeds": 2, "epochs": 20}, minutes=2
)
STUDY = replace(_PRIMER, parts={**_PRIMER.parts, NETWORKS: _NETWORKS})
