"""Learning curves of the whole run, with the window that the other panels show."""

import numpy as np

from spikesampler.figures.style import GREY, PALETTE
from spikesampler.view.widgets import figure

__all__ = ["Overview"]


class Overview:
    """A figure over all of a run; a click in it is for the page to follow."""

    def __init__(self, shown):
        from bokeh.models import BoxAnnotation, ColumnDataSource, Range1d, Span

        ranges = {"x_range": Range1d(0, shown.duration), "y_range": Range1d(0, 1.02)}
        labels = {"y_label": "Accuracy", "x_label": "Biological time (s)"}
        self.figure = figure(150, name="overview", **labels, **ranges)
        nothing = {"time": [], "probe": [], "online": []}
        self.curves = ColumnDataSource(nothing, name="learning curves")
        online = {"color": GREY, "line_dash": "dashed", "line_width": 1.5}
        name = "online (the label leaks in)" if shown.knows_labels else "online"
        self.figure.line("time", "online", source=self.curves, legend_label=name, **online)
        probe = {"color": PALETTE[0], "legend_label": "probe"}
        self.figure.line("time", "probe", source=self.curves, line_width=2, **probe)
        self.figure.scatter("time", "probe", source=self.curves, size=4, **probe)
        for level in (shown.learning.attrs.get(name) for name in ("chance", "bayes_accuracy")):
            if level is not None and np.isfinite(level):
                look = {"line_dash": "dotted", "line_color": GREY}
                self.figure.add_layout(Span(location=level, dimension="width", **look))
        fill = {"fill_color": PALETTE[1], "fill_alpha": 0.25}
        self.here = BoxAnnotation(line_color=PALETTE[5], line_width=1, **fill)
        self.figure.add_layout(self.here)
        self.figure.legend.location, self.figure.legend.orientation = "bottom_right", "horizontal"
        self.figure.legend.background_fill_alpha, self.figure.legend.border_line_color = 0.7, None

    def take(self, shown):
        """Show the curves of a ViewedRun from now on."""
        names = {"time": "probe_time", "probe": "probe_accuracy", "online": "online_accuracy"}
        self.curves.data = {name: shown.learning[of].values for name, of in names.items()}
        self.figure.x_range.end = shown.duration

    def draw(self, ends):
        """Mark the window (s)."""
        self.here.update(left=ends[0], right=ends[1])
