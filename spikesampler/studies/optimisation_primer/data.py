"""What the optimisation primer measures, as one dataset."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from spikesampler.studies.optimisation_primer.conditioning import (
    ADAPTIVE,
    DIMENSIONS,
    MEASURES,
    METHODS,
)
from spikesampler.studies.optimisation_primer.measures import line
from spikesampler.studies.optimisation_primer.measures.bump import measure_bump
from spikesampler.studies.optimisation_primer.measures.condition import FRACTION, measure_condition
from spikesampler.studies.optimisation_primer.measures.flat import measure_flat
from spikesampler.studies.optimisation_primer.measures.formulas import measure_formulas
from spikesampler.studies.optimisation_primer.measures.momentum import measure_momentum
from spikesampler.studies.optimisation_primer.measures.rates import measure_rates
from spikesampler.studies.optimisation_primer.quadratic import RATES
from spikesampler.studies.study import Work

__all__ = ["gather"]

LABELS = {
    "kind": list(line.STEPS),
    "trace": list(line.TRACES),
    "plane_kind": ["stable", "too large", "thrown out"],
    "setting": ["step", "momentum"],
    "model": ["line", "bump"],
    "form": ["with ½", "without"],
    "source": ["measured", "theory"],
    "linear_method": list(RATES),
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
        **measure_rates(rate_conditions),
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
