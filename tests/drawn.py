"""What axes show, as plain data, to be compared with what a test says they should show.

`assert_shown(ax, *marks)` fails for a mark that is not drawn, one that is drawn and was not told,
and one that differs in data, colour, label or style. Marks are made by `line`, `dots`, `bars`,
`band`, `level`, `steps`, `boxes`, `image`, `scatter`, from the arrays that a figure was handed.
`FIGURES` has who draws what: a function that draws and has no entry there fails a test.
"""

from typing import NamedTuple

import numpy as np
from matplotlib.collections import (
    LineCollection,
    PathCollection,
    PolyCollection,
    QuadMesh,
)
from matplotlib.colors import to_hex
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle, StepPatch

#: {function that draws: the test that compares what it draws with what it was given}
FIGURES = {}


def draws(*functions):
    """Say which functions a test looks at."""

    def register(test):
        for function in functions:
            FIGURES[function] = test
        return test

    return register


class Mark(NamedTuple):
    """One thing that is drawn: kind, label ("": none), colour or colours as hex, style, arrays.

    about : how far x may be off, for what is drawn side by side.
    """

    kind: str
    label: str
    color: object
    style: str
    arrays: tuple
    about: float = 0.0

    def is_like(self, other):
        """Equal but for rounding; `about` is the expected one's, self."""
        if self[:2] != other[:2] or self.style not in ("any", other.style):
            return False
        if not self._same_colors(other) or len(self.arrays) != len(other.arrays):
            return False
        for i, (mine, its) in enumerate(zip(self.arrays, other.arrays)):
            tolerance = self.about if i == 0 else 0.0
            if np.shape(mine) != np.shape(its) or not np.allclose(
                mine, its, rtol=1e-9, atol=tolerance + 1e-12, equal_nan=True
            ):
                return False
        return True

    def _same_colors(self, other):
        mine, its = (np.unique(np.ravel(mark.color)).tolist() for mark in (self, other))
        if len(mine) == len(its) == 1:
            return mine == its
        return np.array_equal(np.ravel(self.color), np.ravel(other.color))


def _hex(color):
    """One colour, or several, without alpha."""
    if isinstance(color, str):
        return to_hex(color)
    array = np.asarray(color)
    if array.ndim == 2 or array.dtype.kind in "UO":
        return [to_hex(one) for one in array]
    return to_hex(tuple(array))


def _array(values):
    return np.ma.filled(np.ma.asarray(values, float), np.nan)


# --- what should be there -----


def line(x, y, color, label="", style="-", about=0.0):
    """A line through points; style "-", "--" for any dashes, "o-" with a marker, "steps"."""
    return Mark("line", label, _hex(color), style, (_array(x), _array(y)), about)


def dots(x, y, color, label="", marker="o", about=0.0):
    """Markers without a line; " open" after the marker: white inside."""
    x, y = np.broadcast_arrays(np.atleast_1d(_array(x)), np.atleast_1d(_array(y)))
    return Mark("dots", label, _hex(color), marker, (x, y), about)


def level(y, color, label="", style="any"):
    """A horizontal line all along."""
    return Mark("level", label, _hex(color), style, (_array([y, y]),))


def upright(x, color, label="", style="any"):
    """A vertical line from bottom to top."""
    return Mark("upright", label, _hex(color), style, (_array([x, x]),))


def bars(x, low, high, color, label="", about=0.0):
    """Vertical lines from low to high."""
    x, low, high = np.broadcast_arrays(*(np.atleast_1d(_array(a)) for a in (x, low, high)))
    segments = np.stack([np.column_stack([x, low]), np.column_stack([x, high])], axis=1)
    return segments_of(segments, color, label, about)


def rods(y, low, high, color, label=""):
    """Horizontal lines from low to high."""
    y, low, high = np.broadcast_arrays(*(np.atleast_1d(_array(a)) for a in (y, low, high)))
    return segments_of(
        np.stack([np.column_stack([low, y]), np.column_stack([high, y])], axis=1), color, label
    )


def segments_of(segments, color, label="", about=0.0):
    """Lines (n, points, 2)."""
    segments = np.asarray(segments, float)
    return Mark("bars", label, _hex(color), "", (segments[..., 0], segments[..., 1]), about)


def band(x, low, high, color, label=""):
    """What is filled between low and high; where one is nan, nothing is."""
    x, low, high = np.broadcast_arrays(_array(x), _array(low), _array(high))
    known = np.isfinite(low) & np.isfinite(high)
    points = [(a, b) for bound in (low, high) for a, b in zip(x[known], bound[known])]
    return Mark("band", label, _hex(color), "", _corners(points))


def steps(values, edges, color, label=""):
    """A step line of a histogram."""
    return Mark("steps", label, _hex(color), "", (_array(values), _array(edges)))


def boxes(rows, color, label="", style=""):
    """Rectangles (n, 4): left, bottom, width, height; colours one or (n,)."""
    rows = np.atleast_2d(_array(rows))
    return [
        Mark("box", label, _hex(c), style, tuple(np.array([value]) for value in row))
        for row, c in zip(
            rows, color if isinstance(color, list | np.ndarray) else [color] * len(rows)
        )
    ]


def image(values, cmap, limits, origin="upper"):
    """A matrix in colours, its limits and which row is where."""
    return Mark("image", "", cmap, origin, (_array(values), _array(limits)))


def scatter(x, y, color, label=""):
    x, y = np.broadcast_arrays(np.atleast_1d(_array(x)), np.atleast_1d(_array(y)))
    return Mark("scatter", label, _hex(color), "", (x, y))


def mesh(x, y, values, cmap, limits):
    """A matrix (n_y, n_x) of cells around these places."""
    return Mark("mesh", "", cmap, "", (_array(x), _array(y), _array(values), _array(limits)))


# --- what is there -----


def _corners(points):
    """The different points of an outline in order, as two arrays."""
    points = np.unique(np.round(np.array(points, float).reshape(-1, 2), 12), axis=0)
    return points[:, 0], points[:, 1]


def _label(artist):
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else label


def _marks_of_line(ax, artist):
    x, y = (np.atleast_1d(_array(values)) for values in artist.get_data(orig=True))
    marker, dashes = str(artist.get_marker()), artist.get_linestyle()
    label, color = _label(artist), _hex(artist.get_color())
    if not len(x):
        return [Mark("empty", label, color, "", ())] if label else []
    style = "-" if dashes == "-" else "--"
    if artist.get_transform() == ax.get_yaxis_transform(which="grid"):
        return [Mark("level", label, color, style, (y,))]
    if artist.get_transform() == ax.get_xaxis_transform(which="grid"):
        return [Mark("upright", label, color, style, (x,))]
    if dashes == "None":
        is_open = _hex(artist.get_markerfacecolor()) == "#ffffff"
        color = _hex(artist.get_markeredgecolor() if is_open else artist.get_markerfacecolor())
        color = _hex(artist.get_color()) if marker in "x+|" else color
        return [Mark("dots", label, color, marker + " open" * is_open, (x, y))]
    style = "steps" if artist.get_drawstyle() != "default" else style
    return [Mark("line", label, color, ("" if marker == "None" else marker) + style, (x, y))]


def _marks_of_collection(artist):
    label = _label(artist)
    if isinstance(artist, ContourSet):
        return [Mark("contour", label, _hex(artist.get_edgecolor()), "", (_array(artist.levels),))]
    if isinstance(artist, LineCollection):
        segments = artist.get_segments()
        if not segments:
            return []
        segments = np.array([np.asarray(part, float) for part in segments])
        return [segments_of(segments, artist.get_colors(), label)]
    if isinstance(artist, PathCollection):
        x, y = _array(artist.get_offsets()).T
        artist.update_scalarmappable()
        return [Mark("scatter", label, _hex(artist.get_facecolor()), "", (x, y))]
    if isinstance(artist, QuadMesh):
        places = np.asarray(artist.get_coordinates())
        x, y = (edges[:-1] + np.diff(edges) / 2 for edges in (places[0, :, 0], places[:, 0, 1]))
        values = _array(artist.get_array()).reshape(len(y), len(x))
        return [mesh(x, y, values, artist.get_cmap().name, artist.get_clim())]
    if isinstance(artist, PolyCollection):
        paths = artist.get_paths()
        if artist.get_label() and not paths:
            return []
        points = np.concatenate([path.vertices for path in paths]) if paths else np.zeros((0, 2))
        points = points[np.isfinite(points).all(axis=1)]
        color = artist.get_facecolor()
        return [Mark("band", label, _hex(color[0]) if len(color) else "", "", _corners(points))]
    raise TypeError(f"{artist}: tests/drawn.py does not know how to look at it")


def _marks_of_patch(artist):
    label = _label(artist)
    if isinstance(artist, StepPatch):
        values, edges, _ = artist.get_data()
        return [steps(values, edges, artist.get_edgecolor(), label)]
    if isinstance(artist, Rectangle):
        x, y = artist.get_xy()
        style = "hatched" if artist.get_hatch() else ""
        color = artist.get_edgecolor() if style else artist.get_facecolor()
        return boxes([[x, y, artist.get_width(), artist.get_height()]], [color], label, style)
    if isinstance(artist, Polygon):
        return [Mark("band", label, _hex(artist.get_facecolor()), "", _corners(artist.get_xy()))]
    raise TypeError(f"{artist}: tests/drawn.py does not know how to look at it")


def shown(ax):
    """All marks of axes, in the order in which they were drawn."""
    marks = [mark for artist in ax.lines for mark in _marks_of_line(ax, artist)]
    marks += [mark for artist in ax.collections for mark in _marks_of_collection(artist)]
    marks += [mark for artist in ax.patches for mark in _marks_of_patch(artist)]
    for artist in ax.images:
        marks.append(
            image(artist.get_array(), artist.get_cmap().name, artist.get_clim(), artist.origin)
        )
    return marks


def _flat(marks):
    return [one for mark in marks for one in (mark if isinstance(mark, list) else [mark])]


def assert_shown(ax, *marks):
    """Just these marks are drawn, each once; and every legend has the colours of what it names."""
    left, missing = [mark for mark in shown(ax) if mark.kind != "empty"], []
    for mark in _flat(marks):
        for i, other in enumerate(left):
            if mark.is_like(other):
                del left[i]
                break
        else:
            missing.append(mark)
    told = "\n".join(
        [f"{len(missing)} not drawn:", *map(_brief, missing), "drawn besides:", *map(_brief, left)]
    )
    assert not missing, told
    assert not left, told
    assert_legend(ax.get_legend(), [*marks, *shown(ax)])


def _brief(mark):
    arrays = [np.round(np.ravel(array)[:4], 6).tolist() for array in mark.arrays]
    return f"  {mark.kind} {mark.label!r} {np.ravel(mark.color)[:3]} {mark.style!r} {arrays}"


def assert_legend(legend, marks):
    """Each entry has the colour of a mark of its name; of one that is drawn, where there is one."""
    entries, known = legend_of(legend), {}
    named = [mark for mark in _flat(marks) if mark.label]
    drawn = {mark.label for mark in named if mark.kind != "empty"}
    for mark in named:
        if mark.kind != "empty" or mark.label not in drawn:
            known.setdefault(mark.label, set()).update(np.ravel(mark.color).tolist())
    for text, color in entries.items():
        assert color in known.get(text, ()), (text, color, known.get(text))


def legend_of(legend):
    """{text: colour} of a legend, {} where there is none."""
    if legend is None:
        return {}
    found = {}
    for handle, text in zip(legend.legend_handles, legend.get_texts()):
        if hasattr(handle, "get_markerfacecolor"):
            color = handle.get_color()
            if handle.get_linestyle() == "None":
                is_open = handle.get_markerfacecolor() == "white"
                color = getattr(handle, f"get_marker{'edge' if is_open else 'face'}color")()
        else:
            edge = getattr(handle, "get_edgecolor", lambda: ())()
            color = handle.get_facecolor() if handle.get_fill() or not len(edge) else edge
        found[text.get_text()] = _hex(color if isinstance(color, str) else np.ravel(color)[:4])
    return found


def texts_of(ax):
    """{text: the place that it names} of texts and annotations."""
    return {
        text.get_text(): tuple(getattr(text, "xy", text.get_position()))
        for text in ax.texts
        if text.get_text()
    }


def new_axes(**limits):
    """Axes of a fresh figure, 4 inches wide and high."""
    ax = Figure(figsize=(4, 4)).add_axes((0.1, 0.1, 0.8, 0.8))
    ax.set(**limits)
    return ax


def ticks_of(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def axes_of(fig):
    """{label: axes} of a figure."""
    return {ax.get_label(): ax for ax in fig.axes}
