"""Rates over the window, and against the time since a sample began (PSTH), of inputs and
outputs.
"""

import numpy as np

from spikesampler.figures.style import INK, PALETTE
from spikesampler.view.pictures import round_up
from spikesampler.view.widgets import figure
from spikesampler.view.window_rates import groups, psth, rates_over_time

__all__ = ["Rates"]

COLORS = {"inputs": INK, "label": PALETTE[2], "others": PALETTE[3]}
NAMES = {"inputs": "inputs", "label": "outputs of the label", "others": "other outputs"}


class Rates:
    """Two figures: `over_time` shares the window, `psth` has the length of a sample (s)."""

    def __init__(self, period, window):
        from bokeh.models import ColumnDataSource, Range1d

        self.ends_of_phases = Range1d(0, period * 1000)
        since = "Time since the sample began (ms)"
        label, phases = "Rate (Hz)", self.ends_of_phases
        self.over_time = figure(130, y_label=label, x_range=window, name="rates")
        self.psth = figure(190, y_label=label, x_label=since, x_range=phases, name="psth")
        for plot in (self.over_time, self.psth):
            plot.y_range = Range1d(0, 1)
        self.lines = {}
        for plot in (self.over_time, self.psth):
            for name, color in COLORS.items():
                source = ColumnDataSource({"edge": [], "rate": []}, name=f"{plot.name} {name}")
                look = {"color": color, "line_width": 1.5, "legend_label": NAMES[name]}
                plot.line("edge", "rate", source=source, **look)
                self.lines[plot.name, name] = source
        self.over_time.legend.visible = False
        self.psth.add_layout(self.psth.legend[0], "right")
        self.psth.legend.border_line_color = None

    def take(self, shown):
        """Show the spikes of a ViewedRun from now on."""
        self.recording = shown.recording
        self.groups = groups(shown.recording, shown.learning["label"].values, shown.output_class)

    def draw(self, ends):
        """Show a window (s) over time."""
        self._draw_lines(self.over_time, *rates_over_time(self.recording, self.groups, ends))

    def draw_psth(self, ends):
        """Show the PSTH of a window (s); gives the number of samples that it is a mean of."""
        rates, num_samples = psth(self.recording, self.groups, ends)
        edges = np.linspace(0, self.ends_of_phases.end, len(rates["inputs"]) + 1)
        self._draw_lines(self.psth, edges, rates)
        return num_samples

    def _draw_lines(self, plot, edges, rates):
        for name, rate in rates.items():
            self.lines[plot.name, name].data = _stairs(edges, rate)
        values = np.concatenate(list(rates.values()))
        plot.y_range.end = round_up(1.05 * float(values[np.isfinite(values)].max(initial=0.0)))


def _stairs(edges, values):
    """Vertices of a step line."""
    return {"edge": np.repeat(edges, 2)[1:-1], "rate": np.repeat(values, 2)}
