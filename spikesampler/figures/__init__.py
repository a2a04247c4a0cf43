"""Figures: one function per panel, ``(ax, arrays) -> None``, and a few that put panels together. Imports matplotlib."""
from spikesampler.figures.confusion import confusion, confusion_figure
from spikesampler.figures.learning_curves import arm_accuracies, compare_figure, learning_curves
from spikesampler.figures.raster import raster_figure
from spikesampler.figures.style import save

__all__ = ["arm_accuracies", "compare_figure", "confusion", "confusion_figure", "learning_curves", "raster_figure",
           "save"]
