"""The page of trajectories: parameter, weight and further state of recorded synapses over time."""

import numpy as np

from spikesampler.figures.style import PALETTE
from spikesampler.stats.thinning import thinned
from spikesampler.view.widgets import figure

__all__ = ["TrajectoriesPage"]

AT_A_TIME = len(PALETTE)  #: synapses that are shown, each in a colour of its own
MOST_POINTS = 2_000  #: of a line: the least and the greatest value of each part of a longer one
LABELS = {"theta": "Synaptic parameter θ", "weight": "Weight"}


class TrajectoriesPage:
    """A panel for each variable, over one window of time; a run that grows is followed."""

    def __init__(self, shown):
        import panel as pn
        from bokeh.models import Range1d

        self.shown, self.courses = shown, shown.trajectories
        firsts, number = range(0, self.courses.sizes["synapse"], AT_A_TIME), AT_A_TIME
        blocks = {f"{first} to {first + number - 1}": first for first in firsts}
        self.block = pn.widgets.Select(
            name="Synapses", options=blocks, width=120, visible=len(blocks) > 1
        )
        self.window = Range1d(0, shown.duration, bounds=(0, shown.duration))
        self.sources, self.panels, self.values = {}, {}, {}
        for name in map(str, self.courses.data_vars):
            self._make_panel(name)
        self.block.param.watch(lambda _: self.draw(), "value")
        for end in ("start", "end"):
            self.window.on_change(end, lambda attr, old, new: self.draw())
        self.draw()

    def _make_panel(self, name):
        from bokeh.models import ColumnDataSource, HoverTool, PanTool, ResetTool, WheelZoomTool

        columns = ("time", "value", "color", "synapse")
        source = ColumnDataSource({column: [] for column in columns}, name=f"trajectory {name}")
        label = LABELS.get(name, name)
        plot = figure(260, y_label=label, x_range=self.window, name=f"trajectories {name}")
        look = {"line_color": "color", "line_width": 1.5, "legend_field": "synapse"}
        lines = plot.multi_line("time", "value", source=source, **look)
        plot.add_layout(plot.legend[0], "right")
        plot.legend.title, plot.legend.border_line_color = "output : input", None
        wheel = WheelZoomTool(dimensions="width")
        tooltips = [("output : input", "@synapse"), ("time", "$x{0.0} s"), (label, "$y{0.000}")]
        hover = HoverTool(renderers=[lines], tooltips=tooltips, line_policy="nearest")
        plot.add_tools(PanTool(dimensions="width"), wheel, ResetTool(), hover)
        plot.toolbar.active_scroll = wheel
        self.sources[name], self.panels[name] = source, plot

    def show(self, shown):
        """Show a run that has grown; a window that showed all of it goes on doing so."""
        all_of_it = self.window.end == self.shown.duration
        self.shown, self.courses, self.values = shown, shown.trajectories, {}
        self.window.bounds = (0, shown.duration)
        if all_of_it:
            self.window.end = shown.duration
        self.draw()

    def draw(self):
        """Draw the chosen synapses in the window, with a point beyond it at either side."""
        first = self.block.value
        part = slice(first, first + AT_A_TIME)
        ends = [self.courses[end].values[part].tolist() for end in ("output", "input")]
        time = self.courses["time"].values
        begin, end = np.searchsorted(time, [self.window.start, self.window.end])
        inside = slice(max(0, int(begin) - 1), int(end) + 1)
        for name, source in self.sources.items():
            if (name, first) not in self.values:  # of a large file they are read here
                self.values[name, first] = self.courses[name].isel(synapse=part).values
            times, values = thinned(time[inside], self.values[name, first][inside], MOST_POINTS)
            source.data = {
                "time": list(times.T),
                "value": list(values.T),
                "color": list(PALETTE[: values.shape[1]]),
                "synapse": [f"{output} : {input_}" for output, input_ in zip(*ends)],
            }

    def view(self):
        """The panels, to lay out."""
        import panel as pn

        number = self.courses.sizes["synapse"]
        words = (
            f"{number} recorded synapse{'s' * (number > 1)} at every grid step of learning; the"
            " wheel zooms in time."
        )
        return pn.Column(
            self.block,
            pn.pane.HTML(f"<p>{words}</p>"),
            *self.panels.values(),
            sizing_mode="stretch_width",
        )
