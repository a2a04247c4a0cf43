"""The optimisation primer as a study: one dataset, a report, figures, and a page of its own."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from spikesampler.studies.optimisation_primer import page
from spikesampler.studies.optimisation_primer.conditioning import (
    ADAPTIVE,
    DIMENSIONS,
    MEASURES,
    METHODS,
)
from spikesampler.studies.optimisation_primer.figures import FIGURES
from spikesampler.studies.optimisation_primer.measures import line, rates
from spikesampler.studies.optimisation_primer.measures.bump import measure_bump
from spikesampler.studies.optimisation_primer.measures.condition import FRACTION, measure_condition
from spikesampler.studies.optimisation_primer.measures.flat import measure_flat
from spikesampler.studies.optimisation_primer.measures.formulas import measure_formulas
from spikesampler.studies.optimisation_primer.measures.momentum import measure_momentum
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
LABELS = {
    "kind": list(line.STEPS),
    "trace": list(line.TRACES),
    "plane_kind": ["stable", "too large", "thrown out"],
    "setting": ["step", "momentum"],
    "model": ["line", "bump"],
    "form": ["with ½", "without"],
    "source": ["measured", "theory"],
    "linear_method": list(rates.THEORY),
    "method": list(METHODS),
    "adaptive": list(ADAPTIVE),
    "orientation": ["aligned", "aligned, random start", "rotated"],
    "measure": list(MEASURES),
}


def gather(
    work: Work,
    *,
    conditions: Sequence[float],
    rotations: int,
    budget: int,
    bump_steps: int,
    flat_budget: int,
    plateau_steps: Sequence[float],
    saddle_steps: Sequence[float],
    grid: int,
    growth_steps: int,
    rate_conditions: Sequence[float],
) -> xr.Dataset:
    """Everything measured; each random part draws from its own generator."""
    seeds = np.random.SeedSequence(work.seed).spawn(2)
    points, draws = (np.random.default_rng(seed) for seed in seeds)
    variables = {
        **line.measure_line(grid),
        **measure_bump(grid, bump_steps),
        **measure_formulas(points),
        **measure_flat(flat_budget, plateau_steps, saddle_steps),
        **measure_momentum(grid, growth_steps),
        **rates.measure_rates(rate_conditions),
        **measure_condition(draws, conditions, rotations, budget),
    }
    labels = LABELS | {"condition": list(conditions), "rate_condition": list(rate_conditions)}
    attributes = {
        "seed": work.seed,
        "fraction": FRACTION,
        "dimensions": DIMENSIONS,
        "budget": budget,
        "flat_budget": flat_budget,
        "bump_steps": bump_steps,
        "growth_steps": growth_steps,
        **{f"settings of {name}": method.settings for name, method in ADAPTIVE.items()},
    }
    return xr.Dataset(variables, labels, attributes)


STUDY = Study.of_one(
    name="optimisation_primer",
    title="Optimisation primer, after P. van der Smagt's lecture: what it says, measured.",
    part=Part(gather, FULL, QUICK),
    report=page.report,
    figures=FIGURES,
    section=page.page,
    quick_help="few conditions, few steps: whether it works",
)
