"""Figures: one function per panel, ``(ax, arrays) -> None``, and a few that put panels together.
Imports matplotlib.
"""

from spikesampler.figures.comparison import accuracies, accuracies_figure, compare_figure
from spikesampler.figures.confusion import confusion, confusion_figure
from spikesampler.figures.escape import escape_figure, escapes
from spikesampler.figures.heat_map import heat_map
from spikesampler.figures.learning_curves import arm_accuracies, learning_curves
from spikesampler.figures.raster import raster_figure
from spikesampler.figures.style import save, save_both
from spikesampler.figures.sweep import sweep_figure

__all__ = [
    "accuracies",
    "accuracies_figure",
    "arm_accuracies",
    "compare_figure",
    "confusion",
    "confusion_figure",
    "escape_figure",
    "escapes",
    "heat_map",
    "learning_curves",
    "raster_figure",
    "save",
    "save_both",
    "sweep_figure",
]
