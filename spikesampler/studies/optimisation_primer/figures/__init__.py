"""Figures of the primer, a file per chapter: panels compute nothing, and a figure's function makes
their arrays from the dataset.
"""

from spikesampler.studies.optimisation_primer.figures.bump import bump_figure
from spikesampler.studies.optimisation_primer.figures.condition import condition_figure
from spikesampler.studies.optimisation_primer.figures.descents import momentum_figure, steps_figure
from spikesampler.studies.optimisation_primer.figures.flat import flat_figure
from spikesampler.studies.optimisation_primer.figures.line import line_figure
from spikesampler.studies.optimisation_primer.figures.rates import rates_figure
from spikesampler.studies.optimisation_primer.figures.stability import stability_figure

__all__ = ["FIGURES"]

#: by the name of the file
FIGURES = {
    "primer_line": line_figure,
    "primer_steps": steps_figure,
    "primer_momentum": momentum_figure,
    "primer_bump": bump_figure,
    "primer_flat": flat_figure,
    "primer_stability": stability_figure,
    "primer_rates": rates_figure,
    "primer_conditioning": condition_figure,
}
