"""Learning curves of the whole run, with the window that the other panels show."""

import numpy as np

from spikesampler.figures.style import GREY, PALETTE
from spikesampler.view.looks import figure

__all__ = ["Overview"]


class Overview:
    """A figure over all of a run; a click in it is for the page to follow."""

    def __init__(self, shown):
        from bokeh.models import BoxAnnotation, ColumnDataSource, Range1d, Span

        ranges = {"x_range": Range1d(0, shown.duration), "y_range": Range1d(0, 1.02)}
        self.figure = figure(
            150, y_label="Accuracy", x_label="Biological time (s)", name="overview", **ranges
        )
        self.curves = ColumnDataSource(
            {"time": [], "probe": [], "online": []}, name="learning curves"
        )
        supervised = bool(shown.learning.attrs["supervised"])
        online = {"color": GREY, "line_dash": "dashed", "line_width": 1.5}
        name = "online (the label leaks in)" if supervised else "online"
        self.figure.line("time", "online", source=self.curves, legend_label=name, **online)
        self.figure.line(
            "time",
            "probe",
            source=self.curves,
            color=PALETTE[0],
            line_width=2,
            legend_label="probe",
        )
        self.figure.scatter(
            "time", "probe", source=self.curves, color=PALETTE[0], size=4, legend_label="probe"
        )
        for level in (shown.learning.attrs.get(name) for name in ("chance", "bayes_accuracy")):
            if level is not None and np.isfinite(level):
                self.figure.add_layout(
                    Span(location=level, dimension="width", line_dash="dotted", line_color=GREY)
                )
        self.here = BoxAnnotation(
            fill_color=PALETTE[1], fill_alpha=0.25, line_color=PALETTE[5], line_width=1
        )
        self.figure.add_layout(self.here)
        self.figure.legend.location, self.figure.legend.orientation = "bottom_right", "horizontal"
        self.figure.legend.background_fill_alpha, self.figure.legend.border_line_color = 0.7, None

    def take(self, shown):
        """Show the curves of a Shown from now on."""
        learning, names = (
            shown.learning,
            {"time": "probe_time", "probe": "probe_accuracy", "online": "online_accuracy"},
        )
        self.curves.data = {name: learning[variable].values for name, variable in names.items()}
        self.figure.x_range.end = shown.duration

    def draw(self, ends):
        """Mark the window (s)."""
        self.here.update(left=ends[0], right=ends[1])
