"""What was shown and what was answered, sample by sample, or of many samples the share that was
answered right.
"""

import numpy as np

from spikesampler.view.widgets import (
    IMAGE_COLUMNS,
    SHARE_PALETTE,
    TIED,
    figure,
    image_data,
    inner_size,
    set_ticks,
)
from spikesampler.view.window_rates import share_right

__all__ = ["Strip"]

SINGLE = 400  #: samples that are shown one by one
CROSSED = 150  #: of which those that were answered wrong have a cross
NUMBERED = 40  #: of which each has its class as a number
_CELLS = ("left", "right", "bottom", "top", "class", "sample", "label", "answer")
_TEXTS = ("middle", "height", "text")


class Strip:
    """A figure over the shared window: labels above, responses below. colors: of the classes."""

    def __init__(self, colors, window):
        from bokeh.models import ColumnDataSource, HoverTool, LinearColorMapper, Range1d

        ranges = {"x_range": window, "y_range": Range1d(0, 2)}
        self.figure = figure(72, y_label="", x_label="", name="samples", **ranges)
        self.figure.grid.grid_line_color = None
        self.cells = ColumnDataSource({key: [] for key in _CELLS}, name="cells")
        # -1 is a tie
        of_class = LinearColorMapper(palette=[TIED, *colors], low=-1, high=len(colors) - 1)
        look = {"fill_color": {"field": "class", "transform": of_class}, "line_color": "white"}
        cells = self.figure.quad("left", "right", "top", "bottom", source=self.cells, **look)
        look = {"text_align": "center", "text_baseline": "middle"}
        look |= {"text_font_size": "11px", "text_color": "white"}
        self.texts = ColumnDataSource({key: [] for key in _TEXTS})
        self.figure.text("middle", "height", "text", source=self.texts, **look)
        self.shares = ColumnDataSource(image_data(), name="share right")
        mapper = LinearColorMapper(palette=SHARE_PALETTE, low=0, high=1)
        self.figure.image(source=self.shares, color_mapper=mapper, **IMAGE_COLUMNS)
        told = [("sample", "@sample"), ("label", "@label"), ("response", "@answer")]
        self.figure.add_tools(HoverTool(renderers=[cells], tooltips=told))

    def take(self, shown):
        """Show the samples of a ViewedRun from now on."""
        self.labels, self.answers = shown.learning["label"].values.astype(int), shown.answers()
        self.credit = shown.learning["credit"].values
        self.period, self.sample_length = shown.period, shown.sample_length

    def draw(self, ends):
        """Show a window (s)."""
        first = int(np.clip(np.floor(ends[0] / self.period + 1e-9), 0, len(self.labels)))
        last = int(np.clip(np.ceil(ends[1] / self.period - 1e-9), first, len(self.labels)))
        if last - first > SINGLE:
            self._draw_shares(first, last)
        else:
            self._draw_cells(np.arange(first, last))

    def _draw_shares(self, first, last):
        every, share = share_right(self.credit, first, last, inner_size(self.figure)[0])
        start, width = first * self.period, len(share) * every * self.period
        self.cells.data, self.texts.data = {key: [] for key in _CELLS}, {key: [] for key in _TEXTS}
        self.shares.data = image_data(share[None].astype(np.float32), (start, start + width, 0, 2))
        set_ticks(self.figure, {1.0: "share right"})

    def _draw_cells(self, samples):
        number = len(samples)
        labels, answers = self.labels[samples], self.answers[samples]
        classes = np.concatenate([labels, answers])
        wrong = np.concatenate([np.zeros(number, bool), answers != labels])
        left, low = np.tile(samples * self.period, 2), np.repeat([1.04, 0.04], number)
        self.shares.data = image_data()
        self.cells.data = {
            "left": left,
            "right": left + self.sample_length,
            "bottom": low,
            "top": low + 0.92,
            "class": classes.astype(np.int32),
            "sample": np.tile(samples, 2),
            "label": np.tile(labels, 2),
            "answer": np.tile(answers, 2),
        }
        texts = np.array([_text(k, miss, number) for k, miss in zip(classes, wrong)], dtype=object)
        some = np.flatnonzero(texts != "")
        middle, height = left[some] + self.sample_length / 2, low[some] + 0.46
        self.texts.data = {"middle": middle, "height": height, "text": texts[some]}
        set_ticks(self.figure, {0.5: "response", 1.5: "label"})


def _text(number, wrong, shown):
    """A cell's class where few are shown, and a cross where the answer was wrong."""
    cross = "×" if wrong and shown <= CROSSED else ""
    return ("–" if number < 0 else str(number)) + cross if shown <= NUMBERED else cross
