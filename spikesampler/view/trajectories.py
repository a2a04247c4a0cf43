"""The page of trajectories: what was recorded of synapses, outputs and signals, over time."""

import numpy as np

from spikesampler.figures.style import INK, PALETTE
from spikesampler.figures.trajectories import course_label
from spikesampler.stats.thinning import thinned
from spikesampler.store.trajectories import OF_LAYER
from spikesampler.view.widgets import figure

__all__ = ["TrajectoriesPage"]

AT_A_TIME = len(PALETTE)  #: synapses or outputs that are shown, each in a colour of its own
MOST_POINTS = 2_000  #: of a line: the least and the greatest value of each part of a longer one
WORDS = {"synapse": "Synapses", "neuron": "Outputs"}  #: what there are several of, by dimension


class TrajectoriesPage:
    """A panel for each variable, over one window of time; a run that grows is followed."""

    def __init__(self, shown):
        from bokeh.models import Range1d

        self.shown, self.courses = shown, shown.trajectories
        self.blocks = {
            dim: self._choice_of_block(words, self.courses.sizes[dim])
            for dim, words in _dimensions(self.courses)
        }
        self.window = Range1d(0, shown.duration, bounds=(0, shown.duration))
        self.sources, self.panels, self.values = {}, {}, {}
        for name in map(str, self.courses.data_vars):
            self._make_panel(name)
        for end in ("start", "end"):
            self.window.on_change(end, lambda attr, old, new: self.draw())
        self.draw()

    def _choice_of_block(self, words, number):
        """Which of many are shown."""
        import panel as pn

        firsts = range(0, number, AT_A_TIME)
        options = {f"{first} to {min(number, first + AT_A_TIME) - 1}": first for first in firsts}
        block = pn.widgets.Select(name=words, options=options, width=120, visible=len(options) > 1)
        block.param.watch(lambda _: self.draw(), "value")
        return block

    def _make_panel(self, name):
        from bokeh.models import ColumnDataSource, HoverTool, PanTool, ResetTool, WheelZoomTool

        columns = ("time", "value", "color", "of")
        source = ColumnDataSource({column: [] for column in columns}, name=f"trajectory {name}")
        label, legend = course_label(self.courses[name]), self._of(self._dim_of(name))
        plot = figure(260, y_label=label, x_range=self.window, name=f"trajectories {name}")
        look = {"line_color": "color", "line_width": 1.5}
        tooltips = [("time", "$x{%.6g} s"), (label, "$y{%.4g}")]
        formatters = {"$x": "printf", "$y": "printf"}
        if legend:
            look["legend_field"] = "of"
            tooltips.insert(0, (legend, "@of"))
        lines = plot.multi_line("time", "value", source=source, **look)
        if legend:
            plot.add_layout(plot.legend[0], "right")
            plot.legend.title, plot.legend.border_line_color = legend, None
        wheel = WheelZoomTool(dimensions="width")
        look = {"formatters": formatters, "line_policy": "nearest"}
        hover = HoverTool(renderers=[lines], tooltips=tooltips, **look)
        plot.add_tools(PanTool(dimensions="width"), wheel, ResetTool(), hover)
        plot.toolbar.active_scroll = wheel
        self.sources[name], self.panels[name] = source, plot

    def _dim_of(self, name):
        """The dimension of a variable beside time; none of a signal."""
        return next((dim for dim in self.courses[name].dims if dim != "time"), "")

    def _of(self, dim):
        """What lines along a dimension are of; None of a signal."""
        words = {"synapse": f"output : {self.shown.heard}", "neuron": "output", "": None}
        return words.get(dim, dim.removeprefix(OF_LAYER))

    def show(self, shown):
        """Show a run that has grown; a window that showed all of it goes on doing so."""
        all_of_it = self.window.end == self.shown.duration
        self.shown, self.courses, self.values = shown, shown.trajectories, {}
        self.window.bounds = (0, shown.duration)
        if all_of_it:
            self.window.end = shown.duration
        self.draw()

    def draw(self):
        """Draw what is chosen in the window, with a point beyond it at either side."""
        time = self.courses["time"].values
        begin, end = np.searchsorted(time, [self.window.start, self.window.end])
        inside = slice(max(0, int(begin) - 1), int(end) + 1)
        for name, source in self.sources.items():
            dim = self._dim_of(name)
            first = self.blocks[dim].value if dim else 0
            part = slice(first, first + AT_A_TIME)
            if (name, first) not in self.values:  # of a large file they are read here
                values = self.courses[name].isel({dim: part} if dim else {}).values
                self.values[name, first] = values.reshape(len(time), -1)
            times, values = thinned(time[inside], self.values[name, first][inside], MOST_POINTS)
            source.data = {
                "time": list(times.T),
                "value": list(values.T),
                "color": list(PALETTE[: values.shape[1]]) if dim else [INK],
                "of": self._names(dim, part, values.shape[1]),
            }

    def _names(self, dim, part, number):
        """What each line is of: a synapse, an output, or the network."""
        if dim == "synapse":
            ends = (self.courses[end].values[part].tolist() for end in ("output", "input"))
            return [f"{output} : {input_}" for output, input_ in zip(*ends)]
        return [str(part.start + k) for k in range(number)] if dim else [""]

    def view(self):
        """The panels, to lay out."""
        import panel as pn

        number = self.courses.sizes.get("synapse", 0)
        what = [f"{number} recorded synapse{'s' * (number > 1)}"] if number else []
        what += [name for name in self.panels if self._dim_of(name) != "synapse"]
        words = f"{', '.join(what)} at every grid step of learning; the wheel zooms in time."
        return pn.Column(
            pn.Row(*self.blocks.values()),
            pn.pane.HTML(f"<p>{words}</p>"),
            *self.panels.values(),
            sizing_mode="stretch_width",
        )


def _dimensions(courses):
    """(dimension, what there are several of along it) of what is recorded, but for time."""
    for dim in courses.sizes:
        if dim != "time":
            yield dim, WORDS.get(dim, dim.removeprefix(OF_LAYER))
