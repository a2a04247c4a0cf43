"""The page of a run's spikes: samples, inputs, outputs and rates over a window that the viewer
moves.

All panels share the window. After a change of its ends the last one asked for is drawn, once, and
sent as one message. What is drawn follows from `pictures`.
"""

from html import escape

import numpy as np

from spikesampler.errors import InputError
from spikesampler.figures.style import GREY, INK
from spikesampler.view.event_marks import EventMarks
from spikesampler.view.overview import Overview
from spikesampler.view.raster import Raster
from spikesampler.view.rates import Rates
from spikesampler.view.sample_strip import Strip
from spikesampler.view.widgets import hex_colors, message, one_message, text_line

__all__ = ["SpikesPage"]

PAUSE = 10  #: ms after a change of the window before it is drawn: changes come in bursts
DRAGGED = 300  #: ms between pictures while the window is dragged
SETTLED = 150  #: ms after the last change before what is told of the window, and its PSTH, follow
FAR = 1e15  #: ends of a window beyond which, as at NaN, there is nothing to draw
LOOK = 10  #: samples around one that was clicked
BRIEF = 50  #: samples: a window up to this length is kept when a sample is clicked
HOW = {
    "spikes": "each drawn",
    "times": "mean rate of each pixel, from exact times",
    "counts": "mean rate of each pixel, from counts per sample",
}


class SpikesPage:
    """Panels of one run; `shown` is a `ViewedRun`, `view()` what to lay out, `show(shown)` replaces
    it as it grows.
    """

    def __init__(self, shown, document):
        from bokeh.models import Range1d

        self.shown, self.document, self.selected = shown, document, None
        self.waiting, self.dragging, self.drawn, self.settling = False, False, None, None
        bounds, shortest = (0, shown.duration), 2 * shown.step
        self.window = Range1d(*shown.first_window(), bounds=bounds, min_interval=shortest)
        self.colors = hex_colors(shown.num_classes)
        self.overview, self.strip = Overview(shown), Strip(self.colors, self.window)
        self.rasters, self.rates, self.events = {}, None, None
        if shown.recording is not None:
            # -1, an output without a class, is the last
            outputs = np.array([*self.colors, GREY])[shown.output_class]
            inputs, name = [INK] * shown.num_inputs, f"{shown.num_inputs} inputs"
            layers = {
                layer: Raster(layer, 150, [INK] * number, self.window, f"{layer}: {number} neurons")
                for layer, number in shown.layers.items()
            }
            self.rasters = {
                "inputs": Raster("inputs", 360, inputs, self.window, name),
                **layers,
                "outputs": Raster("outputs", 150, outputs, self.window, "Output neuron"),
            }
            own = [name for name in shown.recording.indices if name not in self.rasters]
            if own:
                self.events = EventMarks(self.rasters["outputs"].figure, own)
            self.rates = Rates(shown.period, self.window)
        self._make_controls()
        self._take()
        self._listen()
        self.draw()

    def _make_controls(self):
        import panel as pn

        shown = self.shown
        # bokeh's, as all that changes while events are held: panel's own messages pass them
        self.info = text_line("info")
        orders = list(shown.orders())
        self.order = pn.widgets.Select(name="Sort inputs by", options=orders, width=190)
        self.sample = pn.widgets.IntInput(name="Go to sample", value=0, start=0, width=120)
        buttons = []
        for name, ends in self.shown.places().items():
            button = pn.widgets.Button(name=name, width=80, align="end")
            button.on_click(lambda _, ends=ends: self.move(*(ends or (0.0, self.shown.duration))))
            buttons.append(button)
        self.order.param.watch(lambda _: self._sort(), "value")
        self.sample.param.watch(lambda event: self._asked(event.new), "value")
        self.controls = pn.Row(self.order, self.sample, *buttons)

    def _figures(self):
        """Figures that share the window, from above."""
        rates = [] if self.rates is None else [self.rates.over_time]
        return [self.strip.figure, *(one.figure for one in self.rasters.values()), *rates]

    def _listen(self):
        """Draw what the viewer moves to, and go to the sample that is clicked.

        Ranges are followed by their ends: bokeh's own RangesUpdate comes half a second after the
        wheel.
        """
        from bokeh.events import PanEnd, PanStart, Tap
        from bokeh.models import BoxZoomTool, PanTool, ResetTool, WheelZoomTool

        for plot in self._figures():
            wheel = WheelZoomTool(dimensions="width")
            rows = WheelZoomTool(dimensions="height", description="Zoom rows")
            plot.add_tools(PanTool(), wheel, rows, BoxZoomTool(), ResetTool())
            plot.toolbar.active_scroll = wheel
            plot.on_event(PanStart, lambda _: self._drag(True))
            plot.on_event(PanEnd, lambda _: self._drag(False))
        for plot in (self.overview.figure, *self._figures()):
            plot.on_event(Tap, self._tapped)
        for one in (self.window, *(raster.figure.y_range for raster in self.rasters.values())):
            for end in ("start", "end"):
                one.on_change(end, self._moved)

    # --- showing ---

    @property
    def ends(self):
        """The window (start, stop) in s."""
        return float(self.window.start), float(self.window.end)

    def show(self, shown):
        """Show a run that has grown; a window that showed all of it goes on doing so."""
        with one_message():
            all_of_it = self.ends == (0.0, self.shown.duration)
            self.shown = shown
            self.window.bounds = (0, shown.duration)
            if all_of_it:
                self.window.end = shown.duration
            self._take()
            self._draw()

    def _take(self):
        """Give the panels what follows from the run, not from the window."""
        self.overview.take(self.shown)
        self.strip.take(self.shown)
        if self.rates is not None:
            self.rates.take(self.shown)
            self._sort(draw=False)
        for one in self.rasters.values():
            one.mark_gaps(self.shown.recording.recorded, self.shown.period)

    def _sort(self, draw=True):
        """Take another order of the inputs' rows."""
        if "inputs" in self.rasters:
            by = self.order.value
            self.rasters["inputs"].sort(*self.shown.orders()[by](), by=by)
            if draw:
                self.draw()

    def move(self, start, stop):
        """Show another window (s)."""
        self.window.update(start=float(start), end=float(stop))
        self.draw()

    def show_sample(self, sample):
        """Tell about a sample, and move the window to it: a short one as it is, a long one to a
        look around it.
        """
        shown = self.shown
        self.selected = int(np.clip(sample, 0, shown.num_samples - 1))
        length, (start, stop) = shown.period, self.ends
        width = stop - start if stop - start <= BRIEF * length else LOOK * length
        width = min(width, shown.duration)
        middle = (self.selected + 0.5) * length
        start = float(np.clip(middle - width / 2, 0, shown.duration - width))
        self.move(start, start + width)

    def _asked(self, sample):
        if sample is not None:  # as an emptied field is
            self.show_sample(sample)

    def _tapped(self, event):
        if event.x is not None and 0 <= event.x <= self.shown.duration:
            self.show_sample(event.x / self.shown.period)

    def _moved(self, attr, old, new):
        """Draw soon, once for all changes that come until then."""
        if not self.waiting:
            self.waiting = True
            pause = DRAGGED if self.dragging else PAUSE
            self.document.add_timeout_callback(self._draw_if_moved, pause)

    def _drag(self, begins):
        """While the viewer drags, pictures are rare, so that none is in the way of the last."""
        self.dragging = begins
        if not begins:
            self._draw_if_moved()

    def _draw_if_moved(self):
        self.waiting, place = False, self._place()
        if place != self.drawn and all(abs(end) < FAR for end in place):
            self.draw()

    def _place(self):
        """Ends of the times and rows that are shown."""
        ranges = [self.window, *(raster.figure.y_range for raster in self.rasters.values())]
        return [end for one in ranges for end in (one.start, one.end)]

    def draw(self):
        """Draw the window."""
        with one_message():
            self._draw()

    def _draw(self):
        first, self.drawn, shown = self.drawn is None, self._place(), self.shown
        self.overview.draw(self.ends)
        self.strip.draw(self.ends)
        try:
            pictures = {
                name: raster.draw(shown.recording, self.ends, shown.step)
                for name, raster in self.rasters.items()
            }
            marked = {}
            if self.events is not None:
                order = self.rasters["outputs"].order
                marked = self.events.draw(shown.recording, self.ends, order)
        # of a run that ends just now, and moves its files; or they are gone
        except (OSError, InputError) as error:
            told = escape(f"{error}")
            self.info.text = f"<div role='alert'>{told}: load this page again</div>"
            return
        if self.rates is not None:
            self.rates.draw(self.ends)
        if first:
            self._settle(pictures, marked)
            return
        if self.settling is not None:
            self.document.remove_timeout_callback(self.settling)
        self.settling = self.document.add_timeout_callback(
            lambda: self._settle(pictures, marked), SETTLED
        )

    def _settle(self, pictures, marked):
        """Show what the page lays itself out anew for, once the window rests: the PSTH, and
        words.
        """
        self.settling = None
        if self._place() != self.drawn:
            return  # it has moved on
        with one_message():
            num_samples = None if self.rates is None else self.rates.draw_psth(self.ends)
            self._tell(pictures, marked, num_samples)

    def _tell(self, pictures, marked, num_samples):
        """Say in words what is shown."""
        start, stop = self.ends
        words = [f"{start:.3f} to {stop:.3f} s"]
        for name, picture in pictures.items():
            words.append(f"{_grouped(picture.num_spikes)} spikes of {name} ({HOW[picture.kind]})")
        for name, number in marked.items():
            several = "too many to mark" if number is None else f"{_grouped(number)}, each marked"
            words.append(f"events {name} ({several})")
        if num_samples is not None:
            mean = f"mean of {_grouped(num_samples)} samples"
            words.append(f"rates since a sample's beginning: {mean}")
        if self.selected is not None:
            words.append(self._about(self.selected))
        self.info.text = " · ".join(words)

    def _about(self, sample):
        counts = ", ".join(map(str, self.shown.learning["spike_counts"].values[sample]))
        answer = self.strip.answers[sample]
        return (
            f"<b>sample {sample}</b>: label {self.strip.labels[sample]}, response"
            f" {'tied' if answer < 0 else answer}, output spikes {counts}"
        )

    # --- laying out ---

    def _toolbar(self):
        """One toolbar for all figures that share the window."""
        from bokeh.layouts import group_tools
        from bokeh.models import PanTool, Toolbar, WheelZoomTool

        tools = group_tools([tool for one in self._figures() for tool in one.tools])
        first = {type(one.tools[0]): one for one in reversed(tools)}
        return Toolbar(
            tools=tools, logo=None, active_drag=first[PanTool], active_scroll=first[WheelZoomTool]
        )

    def view(self):
        """All panels, to lay out."""
        import panel as pn
        from bokeh.layouts import column, row

        stack = column(self.overview.figure, *self._figures(), sizing_mode="stretch_width")
        stack = row(stack, self._toolbar(), sizing_mode="stretch_width")
        why = [message(self.shown.silent)] if self.rates is None else []
        below = [] if self.rates is None else [self.rates.psth]
        return pn.Column(*why, self.controls, stack, self.info, *below, sizing_mode="stretch_width")


def _grouped(number):
    """A whole number with thin spaces between its thousands."""
    return f"{number:,}".replace(",", "\u202f")
