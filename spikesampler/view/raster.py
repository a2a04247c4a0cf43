"""The raster of one population, as a panel of the page of spikes: single spikes where they are few,
else rates.
"""

import numpy as np

from spikesampler.figures.style import PALETTE
from spikesampler.view.pictures import in_steps, picture
from spikesampler.view.widgets import (
    IMAGE_COLUMNS,
    RATE_PALETTE,
    UNRECORDED,
    figure,
    image_data,
    inner_size,
    set_ticks,
)

__all__ = ["Raster"]

NAMED = 40  #: rows of which each has its neuron's number
#: a block of rows has its class' name where it takes at least one part in so many of the height
BLOCKS = 25


class Raster:
    """A figure over the shared window.

    population : name. neurons : (num_neurons,) colour of each. window : bokeh's Range1d that all
        panels share.
    order : (num_neurons,) the neuron of each row, and boundaries between blocks of rows, as of
    `stats.responses.order_inputs`, or None: `sort` sets both.
    """

    def __init__(self, population, height, neurons, window, label):
        from bokeh.models import ColumnDataSource, Range1d

        self.population, self.label = population, label
        ends = -0.5, len(neurons) - 0.5
        rows = Range1d(*ends, bounds=ends, min_interval=1)
        ranges = {"x_range": window, "y_range": rows}
        self.figure = figure(height, y_label=label, x_label="", name=population, **ranges)
        self.figure.grid.grid_line_color = None
        self.image = ColumnDataSource(image_data(), name=f"{population} image")
        ticks = {name: [] for name in ("time", "low", "high", "neuron")}
        self.spikes = ColumnDataSource(ticks, name=f"{population} spikes")
        self.gaps = ColumnDataSource({"x0": [], "x1": []})
        self.borders = ColumnDataSource({"y": []})
        look = {"fill_color": UNRECORDED, "line_color": None}
        look |= {"hatch_pattern": "/", "hatch_alpha": 0.15, "hatch_scale": 8}
        self.figure.vstrip("x0", "x1", source=self.gaps, **look)
        self._add_image()
        self._add_spikes(neurons)
        self.figure.hspan("y", source=self.borders, line_color=PALETTE[5], line_width=0.7)
        self.sort(np.arange(len(neurons)))

    def _add_image(self):
        from bokeh.models import ColorBar, LinearColorMapper

        steps = LinearColorMapper(palette=[f"{UNRECORDED}00", *RATE_PALETTE[1:]], low=0, high=255)
        self.figure.image(source=self.image, color_mapper=steps, **IMAGE_COLUMNS)
        self.scale = LinearColorMapper(palette=RATE_PALETTE, low=0, high=1)
        look = {"width": 8, "padding": 4, "bar_line_color": None, "background_fill_color": None}
        sizes = {"major_label_text_font_size": "11px", "title_text_font_size": "11px"}
        bar = ColorBar(color_mapper=self.scale, title="Hz", **look, **sizes)
        self.figure.add_layout(bar, "right")

    def _add_spikes(self, neurons):
        from bokeh.models import HoverTool, LinearColorMapper

        colors = LinearColorMapper(palette=list(neurons), low=0, high=len(neurons) - 1)
        look = {"line_width": 1, "line_color": {"field": "neuron", "transform": colors}}
        ends = ("time", "low", "time", "high")
        lines = self.figure.segment(*ends, source=self.spikes, **look)
        tooltips = [("neuron", "@neuron"), ("time", "@time{0.0000} s")]
        self.figure.add_tools(HoverTool(renderers=[lines], tooltips=tooltips))

    def sort(self, order, boundaries=None, by=None):
        """Show the rows in another order, whose name is `by`."""
        self.order, self.boundaries = np.asarray(order), boundaries
        self.figure.yaxis.axis_label = self.label if by is None else f"{self.label}, by {by}"
        inner = [] if boundaries is None else boundaries[1:-1]
        self.borders.data = {"y": np.asarray(inner, float) - 0.5}

    def mark_gaps(self, recorded, period):
        """Hatch what was not recorded: recorded (num_samples,) bool, period in s."""
        ends = np.flatnonzero(np.diff(np.concatenate([[True], recorded, [True]]).astype(int)))
        edges = ends * period
        self.gaps.data = {"x0": edges[::2], "x1": edges[1::2]}

    @property
    def rows(self):
        """First and last row that are shown."""
        shown = self.figure.y_range
        return int(np.floor(shown.start + 0.5 + 1e-6)), int(np.ceil(shown.end - 0.5 - 1e-6))

    def draw(self, recording, ends, step):
        """Show a window `ends` (s) of a Recording with this time step (s). Gives the Picture."""
        size = inner_size(self.figure)
        drawn = picture(recording, self.population, self.order, ends, self.rows, size, step)
        if drawn.image is None:
            self.image.data = image_data()
        else:
            steps, self.scale.high = in_steps(drawn.image)
            self.image.data = image_data(steps, drawn.extent)
        low, neurons = drawn.rows - 0.4, drawn.neurons.astype(np.int32)
        self.spikes.data = {"time": drawn.times, "low": low, "high": low + 0.8, "neuron": neurons}
        self._name_rows()
        self.figure.tags = [drawn.kind, *ends]
        return drawn

    def _name_rows(self):
        """The neuron's number where few rows are shown; else the class of each block of rows that
        is high enough.
        """
        first, last = self.rows
        ticks = {}
        if last - first < NAMED:
            rows = range(max(0, first), min(len(self.order), last + 1))
            ticks = {row: str(self.order[row]) for row in rows}
        elif self.boundaries is not None:
            middles = (self.boundaries[:-1] + self.boundaries[1:] - 1) / 2
            high = np.flatnonzero(np.diff(self.boundaries) > (last - first) / BLOCKS)
            ticks = {float(middles[k]): f"class {k}" for k in high}
        set_ticks(self.figure, ticks)
