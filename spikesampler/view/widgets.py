"""What the pages' panels have in common: colours, figures of bokeh's, and a message in place of a
picture.
"""

import os
from html import escape
from urllib.parse import quote

import numpy as np

from spikesampler.figures.style import GREY, INK, class_colors

UNRECORDED = "#f3efe6"
TIED = "#e6e6e6"  #: of an answer that is tied, as in the static raster
FONT = "13px"


def hex_colors(num_classes):
    """Colours of classes as "#rrggbb", those of the static figures."""
    return [_hex(color) for color in class_colors(num_classes)]


def _hex(color):
    return "#" + "".join(f"{round(255 * part):02x}" for part in np.asarray(color)[:3])


def _palette(name):
    """A colour map of matplotlib's in 256 steps."""
    from matplotlib import colormaps

    return [_hex(color) for color in colormaps[name](np.linspace(0, 1, 256))]


RATE_PALETTE = _palette("Greys")
SHARE_PALETTE = _palette("Blues")
WEIGHT_PALETTE = _palette("YlGnBu")


def figure(height, *, y_label, x_label="Time (s)", width=None, **options):
    """A bokeh figure as wide as its place, or of a width, with one look; without x_label it has no
    x axis.
    """
    from bokeh.plotting import figure as new

    size = {"sizing_mode": "stretch_width", "min_width": 320} if width is None else {"width": width}
    made = new(
        height=height,
        **size,
        tools="",
        toolbar_location=None,
        lod_threshold=None,
        x_axis_location="below" if x_label else None,
        **options,
    )
    made.toolbar.logo = None
    made.outline_line_color = None
    made.grid.grid_line_color = "#ededed"
    made.axis.axis_line_color = made.axis.major_tick_line_color = GREY
    made.axis.minor_tick_line_color = None
    made.axis.major_label_text_color = made.axis.axis_label_text_color = INK
    made.axis.axis_label_text_font_style = "normal"
    made.axis.axis_label_text_font_size = made.axis.major_label_text_font_size = "12px"
    made.yaxis.axis_label = y_label
    if x_label:
        made.xaxis.axis_label = x_label
    return made


def inner_size(plot):
    """Pixels (width, height) between the axes of a figure; a guess until the browser has told."""
    from bokeh.core.property.descriptors import UnsetValueError

    try:
        width, height = plot.inner_width, plot.inner_height
    except UnsetValueError:
        width, height = 1000, plot.height - 10
    return int(np.clip(width, 50, 4000)), int(np.clip(height, 20, 3000))


#: of an image glyph, which takes each of its properties from the column of the same name
IMAGE_COLUMNS = {name: name for name in ("image", "x", "y", "dw", "dh")}


def image_data(image=None, extent=None):
    """Columns of an image glyph; extent: (left, right, bottom, top). Nothing without an image."""
    if image is None:
        return {name: [] for name in IMAGE_COLUMNS}
    left, right, bottom, top = extent
    place = {"x": [left], "y": [bottom], "dw": [right - left], "dh": [top - bottom]}
    return {"image": [image]} | place


def set_ticks(plot, ticks):
    """Give the y axis these labels {place: text}, unless it has them: bokeh lays the figure out
    anew at each change.
    """
    axis, places = plot.yaxis[0], list(ticks)
    if axis.major_label_overrides != ticks or list(getattr(axis.ticker, "ticks", [])) != places:
        axis.ticker, axis.major_label_overrides = places, ticks


def labelled(text, *panels, **options):
    """Panels under a heading."""
    import panel as pn

    options = {"sizing_mode": "stretch_width"} | options
    return pn.Column(
        pn.pane.HTML(f"<h2>{escape(text)}</h2>", margin=(10, 5, 0, 5)), *panels, **options
    )


def message(text, css_class="spikesampler-message"):
    """A text in place of a picture: what is wrong and what to do."""
    import panel as pn

    style = (
        "border-left: 4px solid #D55E00; padding: 10px 14px; background: #fdf3ec; font-size: 14px;"
    )
    html = f"<div class='{css_class}' role='alert' style='{style}'>{escape(str(text))}</div>"
    return pn.pane.HTML(html, sizing_mode="stretch_width")


def one_message():
    """A block whose changes go to the browser together, at its end."""
    import panel as pn

    return pn.io.unlocked()


def text_line(name, html=""):
    """A line of text that changes: bokeh's Div."""
    from bokeh.models import Div

    return Div(name=name, text=html, sizing_mode="stretch_width", styles={"font-size": FONT})


def no_logo(plot, element):
    """A hook for holoviews: a toolbar without bokeh's logo."""
    plot.state.toolbar.logo = None


def run_address(name):
    """The page of a run, by the name of its folder."""
    return f"run?folder={quote(os.fsencode(name))}"


def run_link(runs, name):
    """A cell of `table`: a link to a run's page, or its name alone where its folder is not
    there.
    """
    return (name, run_address(name)) if name and runs.has(name) else name or "–"


def table(head, rows, numbers=()):
    """Rows of text as an HTML table; columns whose place is in `numbers` are aligned to the right.

    A cell that is a pair (text, address) is a link.
    """

    def cell(place, value):
        shown = escape(str(value))
        if isinstance(value, tuple):
            text, address = escape(str(value[0])), escape(value[1], quote=True)
            shown = f"<a href='{address}' target='_blank'>{text}</a>"
        style = f"text-align:{sides[place]};padding:2px 12px 2px 0;vertical-align:top"
        return f"<td style='{style}'>{shown}</td>"

    sides = ["right" if place in numbers else "left" for place in range(len(head))]
    heads = "".join(
        f"<th scope='col' style='text-align:{side};padding:2px 12px 4px 0;"
        f"border-bottom:1px solid {GREY}'>{escape(name)}</th>"
        for side, name in zip(sides, head)
    )
    body = "".join(f"<tr>{''.join(cell(*place) for place in enumerate(row))}</tr>" for row in rows)
    style = f"border-collapse:collapse;font-size:{FONT}"
    return f"<table style='{style}'><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
