"""The weights of a pathway: what each neuron listens to, snapshot by snapshot, and theta against
its prior.
"""

import numpy as np

from spikesampler.figures.style import INK, PALETTE
from spikesampler.language.start_law import law_of_start
from spikesampler.stimuli.pixels import as_image
from spikesampler.view.widgets import WEIGHT_PALETTE, figure

__all__ = ["WeightsPage"]

ACROSS = 5  #: panels in a row
SIDE = 220  #: pixels of a panel
MOST = 20  #: outputs shown at a time
BINS = 60  #: of the histogram of theta


class WeightsPage:
    """A panel per neuron over the inputs' place in stimulus space (or image), and the histogram of
    theta. shown : a ViewedPathway.
    """

    def __init__(self, shown):
        import panel as pn

        self.shown = shown
        slider = {"name": "Snapshot", "options": {"0 s": 0}, "value": 0, "width": 420}
        self.snapshot = pn.widgets.DiscreteSlider(**slider)
        firsts, number = range(0, shown.num_outputs, MOST), shown.num_outputs
        blocks = {f"{first} to {min(first + MOST, number) - 1}": first for first in firsts}
        name = "Outputs" if shown.layer == "outputs" else f"Neurons of {shown.layer}"
        self.block = _choice(name, blocks, 160)
        self.axes = _choice("Axes of the stimulus", self._pairs(), 160)
        self._make_panels()
        self._make_histogram()
        self._take()
        for widget in (self.snapshot, self.block, self.axes):
            widget.param.watch(lambda _: self.draw(), "value")
        self.draw()

    def _pairs(self):
        """{name: axes} of the stimulus that a panel can have."""
        centres = self.shown.centres
        dimensions = 0 if centres is None else min(8, centres.shape[1])
        pairs = {
            f"{a + 1} and {b + 1}": (a, b)
            for a in range(dimensions)
            for b in range(a + 1, dimensions)
        }
        return pairs or {"1": (0, 0)}

    def _make_panels(self):
        from bokeh.models import ColorBar, ColumnDataSource, LinearColorMapper, Range1d

        self.mapper = LinearColorMapper(palette=WEIGHT_PALETTE, low=0, high=1)
        self.sources, self.means, self.panels = [], [], []
        self.pixels = self._image(np.zeros(self.shown.num_inputs)) is not None
        for place in range(min(MOST, self.shown.num_outputs)):
            dots = {name: [] for name in ("x", "y", "w", "input")}
            source = ColumnDataSource(dots, name=f"weights {place}")
            mean = ColumnDataSource({"x": [], "y": []})
            titles = {"name": f"output {place}", "title": self.shown.neuron}
            plot = figure(SIDE, width=SIDE, y_label="", x_label=" ", **titles)
            plot.title.text_font_size = "12px"
            if not self.pixels:
                self._points(plot, source, mean)
            else:
                plot.x_range, plot.y_range = Range1d(0, 1), Range1d(0, 1)
                plot.image(source=source, color_mapper=self.mapper, image="w", x=0, y=0, dw=1, dh=1)
                plot.axis.visible = False
            self.sources.append(source)
            self.means.append(mean)
            self.panels.append(plot)
        self.bar = figure(SIDE, width=110, y_label="", x_label=" ", name="weight scale")
        self.bar.axis.visible = self.bar.grid.visible = False
        self.bar.scatter([], [])
        self.bar.add_layout(
            ColorBar(color_mapper=self.mapper, width=10, title=f"weight {self.shown.rule.weight}"),
            "left",
        )

    def _points(self, plot, source, mean):
        from bokeh.models import HoverTool, Range1d

        places = self.shown.centres is not None
        color = {"field": "w", "transform": self.mapper}
        ring = {"size": 14, "fill_color": None, "line_color": PALETTE[5], "line_width": 2}
        dots = plot.scatter("x", "y", source=source, size=4, line_color=None, fill_color=color)
        plot.scatter("x", "y", source=mean, **ring)
        tooltips = [(self.shown.heard, "@input"), ("w", "@w{0.000}")]
        plot.add_tools(HoverTool(renderers=[dots], tooltips=tooltips))
        if places:
            plot.x_range = Range1d(-0.02, 1.02)
        if places and self.shown.centres.shape[1] > 1:
            plot.y_range = Range1d(-0.02, 1.02)

    def _make_histogram(self):
        from bokeh.models import ColumnDataSource

        labels = {"y_label": "Density (1 per unit of θ)", "x_label": "Synaptic parameter θ"}
        self.histogram = figure(260, **labels, name="theta")
        self.counts = ColumnDataSource({"left": [], "right": [], "top": []}, name="theta histogram")
        self.prior = ColumnDataSource({"theta": [], "density": []}, name="prior")
        bars = {"color": PALETTE[4], "line_color": "white", "legend_label": "synapses"}
        self.histogram.quad("left", "right", "top", 0, source=self.counts, **bars)
        look = {"color": INK, "line_width": 2, "line_dash": "dashed"}
        if law_of_start(self.shown.rule, self.shown.values, "prior") is not None:
            self.histogram.line("theta", "density", source=self.prior, legend_label="prior", **look)
        self.histogram.legend.border_line_color = None

    def _take(self):
        """What follows from the run alone."""
        self.theta, times = self.shown.theta, self.shown.times
        options = {f"{time:g} s": number for number, time in enumerate(times)}
        at_end = self.snapshot.value == max(self.snapshot.options.values())
        last = len(times) - 1
        value = last if at_end else min(self.snapshot.value, last)
        self.snapshot.param.update(options=options, value=value)
        self.weights = self.shown.weights()
        weights = self.weights
        self.mapper.high = max(float(np.quantile(weights, 0.999)), 1e-6)
        self.mapper.low = min(float(np.quantile(weights, 0.001)), 0.0)
        low, high = np.quantile(self.theta, [0.0001, 0.9999])
        self.edges = np.linspace(low - 0.05, high + 0.05, BINS + 1)
        if (prior := law_of_start(self.shown.rule, self.shown.values, "prior")) is not None:
            span = prior.span(4)
            at = np.linspace(min(low, span[0]), max(high, span[1]), 200)
            self.prior.data = {"theta": at, "density": prior.density(at)}

    def show(self, shown):
        """Show the pathway of a run that has grown; the last snapshot goes on being the last."""
        self.shown = shown
        self._take()
        self.draw()

    def draw(self):
        """Draw the chosen snapshot."""
        snapshot = min(self.snapshot.value, len(self.theta) - 1)
        theta, weights = self.theta[snapshot], self.weights[snapshot]
        for place, plot in enumerate(self.panels):
            output = self.block.value + place
            plot.visible = output < len(weights)
            if plot.visible:
                self._draw_panel(place, output, weights[output])
        density, _ = np.histogram(theta, self.edges, density=True)
        self.counts.data = {"left": self.edges[:-1], "right": self.edges[1:], "top": density}

    def _draw_panel(self, place, output, weights):
        stands_for = self.shown.output_class[output]
        title = "" if stands_for < 0 else f": class {stands_for}"
        self.panels[place].title.text = f"{self.shown.neuron} {output}{title}"
        if self.pixels:
            self.sources[place].data = {"w": [self._image(weights)[::-1].astype(np.float32)]}
            return
        centres, (a, b) = self.shown.centres, self.axes.value
        x = np.arange(len(weights)) if centres is None else centres[:, a]
        y = weights if centres is None or a == b else centres[:, b]
        order = np.argsort(weights)  # the strongest are drawn last, on top
        dots = {"x": x[order], "y": y[order], "w": weights[order], "input": order}
        self.sources[place].data = dots
        means = self.shown.manifest["data"].get("cluster_means")
        if means is not None and a != b and 0 <= stands_for < len(means):
            self.means[place].data = {"x": [means[stands_for][a]], "y": [means[stands_for][b]]}

    def _image(self, weights):
        """Weights (num_inputs,) as the image that the inputs form; None where they form none."""
        data = self.shown.manifest["data"]
        return as_image(weights, data) if self.shown.hears_inputs else None

    def view(self):
        """All panels, to lay out."""
        import panel as pn
        from bokeh.layouts import column, row

        if self.pixels:
            what = "The weight of each input, at its place in the image."
        elif not self.shown.hears_inputs:
            what = (
                f"The weight of each neuron of {self.shown.source} onto that of {self.shown.layer}."
            )
        elif self.shown.centres is None:
            what = "The weight of each input."
        else:
            what = (
                "Each dot is an input at the stimulus it responds to most; colour is its weight"
                f" onto the neuron of {self.shown.layer}."
            )
            if (self.shown.output_class >= 0).any():
                what += " The ring is the mean of the class that the output stands for."
        rows = [self.panels[first : first + ACROSS] for first in range(0, len(self.panels), ACROSS)]
        grid = column(row([*rows[0], self.bar]), *map(row, rows[1:]))
        return pn.Column(
            pn.Row(self.snapshot, self.axes, self.block),
            pn.pane.HTML(f"<p>{what}</p>"),
            grid,
            self.histogram,
            sizing_mode="stretch_width",
        )


def _choice(name, options, width):
    """A list to choose from, hidden where there is no choice."""
    import panel as pn

    return pn.widgets.Select(name=name, options=options, width=width, visible=len(options) > 1)
