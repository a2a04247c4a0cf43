"""Figures of a sweep: a measure against what was varied, as lines, heat maps, or dots of a design.

The dataset has measures (…, seed) over one dimension per parameter of the grid, "point" where a
design chose parameters (coordinates along it), and "arm" and "start", which are scalar coordinates
where there is one. `finished` is 0 where a run failed: means, medians and intervals are over the
seeds that finished, and a combination without any has no value.
"""

from __future__ import annotations

from textwrap import wrap

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.transforms import ScaledTranslation

from spikesampler.errors import InputError
from spikesampler.figures.comparison import (
    FOOT,
    HEAD,
    LEFT,
    MIDDLE,
    broken,
    names_height,
    names_width,
    write,
)
from spikesampler.figures.learning_curves import arm_colors, arm_markers, levels
from spikesampler.figures.style import GREY, RC, WIDTH, add_axes, new_figure, text_color
from spikesampler.stats.intervals import bootstrap_intervals
from spikesampler.stats.survival import escape_medians

__all__ = ["heat_map", "sweep_figure"]

LABELS = {
    "test_accuracy": "Test accuracy",
    "online_accuracy": "Online accuracy (label leaks in)",
    "probe_accuracy": "Probe accuracy",
    "bayes_accuracy": "Bayes-optimal accuracy",
    "chance": "Chance",
    "escape_seconds": "Time to escape (s)",
    "escaped": "Runs that escaped (share)",
    "escape_threshold": "Accuracy that counts as escape",
    "test_entropy": "Test entropy, H(class | winner) / H(class)",
    "engine_seconds": "Computing time (s)",
    "finished": "Runs that finished (share)",
}
NEVER = "#d4d4d4"  # a cell that has no number, but is not missing
SIZE, LINE = 7, 3.2  # texts of ticks and cells: pt, and mm from line to line
GAP = 4  # mm between axes


def sweep_figure(dataset, measure="test_accuracy", at=None):
    """Mean and 95 % bootstrap interval over seeds of a measure against what was swept.

    One parameter gives lines, two a heat map, three several; a design gives dots against each of
    its parameters. Arms are lines of their colour, or panels beside heat maps; starts are panels.
    Of `escape_seconds` the median is shown.

    Parameters
    ----------
    dataset : xarray.Dataset
    measure : str
        A variable over the sweep's dimensions and "seed".
    at : {name: value or text}, optional
        Dimensions to fix; needed where there are more than three, or other parameters beside a
        design.

    Raises InputError for an unknown measure, dimension or value, and where there is too much to
    show.
    """
    dataset = fixed(dataset, at or {})
    known = [
        name
        for name, one in dataset.items()
        if "seed" in one.dims and "sample_block" not in one.dims
    ]
    if measure not in known:
        raise InputError(f"no measure {measure!r} in the sweep: give one of {', '.join(known)}")
    grid = parameters(dataset)
    shown = [name for name in (*grid, "arm", "start") if dataset.sizes[name] > 1]
    with rc_context(RC):
        if "point" in dataset.dims:
            if grid:
                raise too_many(dataset, grid, "a design is shown by its own parameters alone")
            names = [
                name
                for name, one in dataset.coords.items()
                if one.dims == ("point",) and name != "point"
            ]
            return dots(dataset, measure, "point", names)
        if len(shown) > 3:
            raise too_many(dataset, shown, "at most three can be shown")
        if len(grid) > 1:
            return maps(
                dataset, measure, *grid[:2], *[name for name in shown if name not in grid[:2]]
            )
        along = shown[0] if shown else "arm"
        return dots(dataset, measure, along, [along])


def fixed(dataset, at):
    """The part of a sweep at these values, numbers in order; all of its dimensions stay, and arm
    and start are some.
    """
    for name in ("arm", "start"):
        if name not in dataset.dims:
            dataset = dataset.expand_dims(name if name in dataset.coords else {name: [""]})
    dataset = dataset.transpose(..., "arm", "start", "seed")
    names = [name for name in dataset["finished"].dims if name != "point"]
    for name, wanted in at.items():
        if name not in names:
            raise InputError(f"no dimension {name!r} to fix: the sweep has {', '.join(names)}")
        values = dataset[name].values
        try:
            same = (
                np.isclose(values, float(wanted), rtol=1e-9, atol=0)
                if numeric(values)
                else values == str(wanted)
            )
        except (TypeError, ValueError):
            same = np.zeros(len(values), bool)
        if not same.any():
            raise InputError(
                f"{name}={wanted} is not in the sweep: {name} has {', '.join(as_text(values))}"
            )
        dataset = dataset.isel({name: [int(same.argmax())]})
    return dataset.sortby([name for name in parameters(dataset) if numeric(dataset[name].values)])


def parameters(dataset):
    """Parameters of the grid with several values, those with most values first."""
    names = [
        name for name in dataset["finished"].dims if name not in ("point", "arm", "start", "seed")
    ]
    return sorted(
        [name for name in names if dataset.sizes[name] > 1], key=lambda name: -dataset.sizes[name]
    )


def too_many(dataset, names, why):
    """The error that asks to fix some of these dimensions."""
    sizes = ", ".join(f"{name} ({dataset.sizes[name]} values)" for name in names)
    fixable = [name for name in names if name not in ("arm", "start")][-1]
    value = as_text(dataset[fixable].values)[0]
    given = value if numeric(dataset[fixable].values) else repr(value)
    return InputError(
        f"the sweep has {sizes}: {why}; fix some, such as at={{{fixable!r}: {given}}} "
        f"(--at {fixable}={value})"
    )


def numeric(values):
    return np.asarray(values).dtype.kind in "iuf"


def as_text(values):
    return [f"{one:g}" if numeric(values) else str(one) for one in values]


def unit(coordinate):
    """Unit of a parameter, "" where it is a pure number."""
    found = coordinate.attrs.get("units", "1").replace("second", "s")
    return "" if found == "1" else found


def labelled(coordinate):
    """Name of a parameter with its unit."""
    return f"{coordinate.name} ({unit(coordinate)})" if unit(coordinate) else coordinate.name


def told(coordinate, i=0):
    """A parameter and its value: "N = 30", "tau = 20 ms", "b = 0.1/s"."""
    found = f"{coordinate.name} = {as_text(coordinate.values)[i]} {unit(coordinate)}"
    return found.replace(" 1/", "/").rstrip()


def summary(dataset, measure):
    """Dataset of values (…, seed), nan where a run failed, and of mean, low, high (…), nan where
    all did.

    Of escape_seconds mean is the median, inf for never, and end (…) is when runs ended that have
    not escaped.
    """
    import xarray

    finished, escaped = dataset["finished"] == 1, dataset["escaped"] == 1
    values = dataset[measure].astype(float)
    values = values if measure == "finished" else values.where(finished)
    median = measure == "escape_seconds"
    mean, low, high = xarray.apply_ufunc(
        escape_medians if median else lambda values, _: tuple(bootstrap_intervals(values)),
        values,
        escaped,
        input_core_dims=[["seed"], ["seed"]],
        output_core_dims=[[], [], []],
    )
    end = values.where(~escaped).max("seed")
    return xarray.Dataset({"values": values, "mean": mean, "low": low, "high": high, "end": end})


def heading(dataset, measure, joint, drawn, notes):
    """Lines of the title: model, statistic, the dimensions with one value that are not drawn,
    failed runs, and notes.

    joint is between the names of the statistic and of its interval; "" where no interval is shown.
    """
    num_seeds, failed = dataset.sizes["seed"], int((dataset["finished"] == 0).sum())
    median = measure == "escape_seconds"
    text = "median" if median else "mean"
    if joint and num_seeds >= (6 if median else 2):
        text += f"{joint}95 % interval" if median else f"{joint}95 % bootstrap interval"
    text += f" over {num_seeds} seeds" + ", too few for an interval" * (median and num_seeds < 6)
    constant = [
        told(dataset[name])
        for name in dataset["finished"].dims
        if name not in drawn and dataset.sizes[name] == 1 and as_text(dataset[name].values) != [""]
    ]
    parts = (
        ", ".join(constant),
        f"{failed} of {dataset['finished'].size} runs failed" if failed else "",
        *notes,
    )
    rows = (
        ": ".join(
            filter(
                None,
                (dataset.attrs.get("model"), text if num_seeds > 1 else "one seed, no interval"),
            )
        ),
        "; ".join(filter(None, parts)),
    )
    return [line for row in rows for line in wrap(row, 100)]


def panels(title, names, columns, width, height, foot, left=LEFT):
    """A figure with a title, and axes in rows, each with its name above it; sizes in mm."""
    rows = [names[i : i + columns] for i in range(0, len(names), columns)]
    headers = [1 + 4 * max(1 + name.count("\n") if name else 0 for name in row) for row in rows]
    top = HEAD + 4 * (len(title) - 1)
    fig, axes = new_figure(top + sum(headers) + len(rows) * (height + foot)), []
    for i, line in enumerate(title):
        write(fig, MIDDLE + 4 * i, line)
    for row, header in zip(rows, headers):
        top += header
        for column, name in enumerate(row):
            axes.append(add_axes(fig, left + column * (width + GAP), top, width, height))
            axes[-1].set_title(name, loc="left", pad=3)
        top += height + foot
    return fig, axes


def dots(dataset, measure, along, names):
    """Means against coordinates along one dimension, a panel for each of these and each start; a
    line per arm.
    """
    series, design = "start" if along == "arm" else "arm", along == "point"
    rows = ["start"] if along not in ("arm", "start") else []
    found = summary(dataset, measure)
    limits, never = value_limits(found), bool(np.isinf(found["mean"]).any())
    labels = [broken(name) for name in as_text(dataset[series].values)]
    legend = labels if len(labels) > 1 else []
    notes = [f"{dataset.sizes[along]} points"] * design + [
        "open: never, at the end of the runs"
    ] * never
    columns = min(len(names), 3)
    width = (
        WIDTH - LEFT - GAP * (columns - 1) - (10 + names_width(legend) if legend else 3)
    ) / columns
    words = [
        list(dict.fromkeys(as_text(dataset[name].values)))
        for name in names
        if not numeric(dataset[name].values)
    ]
    if words and not design:
        width = min(width, max(30, 24 * len(words[0])))
    parts = [{name: i} for name in rows for i in range(dataset.sizes[name])] or [{}]
    titles = [
        told(dataset["start"], part["start"]) if len(parts) > 1 else ""
        for part in parts
        for _ in names
    ]
    fig, axes = panels(
        heading(dataset, measure, " and ", (along,), notes),
        titles,
        columns,
        width,
        names_height(["title", *legend], 50 if design else 56),
        max((foot(texts, width) for texts in words), default=FOOT),
    )
    for i, ax in enumerate(axes):
        data, shown = (one.isel(parts[i // len(names)]) for one in (dataset, found))
        shown = only(shown, series, along, "seed")
        x = value_axis(ax, data[names[i % len(names)]])
        joined = numeric(data[names[0]].values) and not design
        ax.set(**limits)
        means(
            ax,
            x,
            *(shown[name].values for name in ("mean", "low", "high", "end")),
            labels,
            None if design else shown["values"].values,
            joined,
        )
        if i % columns == 0:
            ax.set_ylabel(LABELS.get(measure, measure))
        else:
            ax.tick_params(labelleft=False)
        if measure.endswith("_accuracy"):
            add_levels(ax, data, x, along, measure)
    if legend:
        ax = axes[columns - 1]
        ax.legend(
            handles=[line for line in ax.lines if line.get_label() in legend],
            title=series,
            loc="upper left",
            bbox_to_anchor=(1.01, 1),
            borderaxespad=0,
            borderpad=0,
            labelspacing=0.3,
            alignment="left",
        )
    return fig


def only(found, *names):
    """With these dimensions, in this order; the others have one value."""
    return found.squeeze([name for name in found.dims if name not in names]).transpose(*names)


def value_limits(found):
    """y limits and ticks for shares, or from 0 where nothing is below."""
    values = found["values"].values
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0, 1)
    if low >= 0 and high <= 1:
        return {"ylim": (0, 1.08), "yticks": np.linspace(0, 1, 6)}
    return {
        "ylim": (0 if low >= 0 else low - 0.08 * (high - low), high + 0.08 * (high - min(low, 0)))
    }


def means(ax, x, mean, low, high, end, labels, values=None, joined=True):
    """Means with their intervals, a line per label, with each seed's value as a faint dot at the
    right of the mean.

    x (n_x,); mean, low, high, end (n_line, n_x): nan is not drawn, a mean of inf is an open marker
    at its end, a bound of inf the upper edge; values (n_line, n_x, n_seed), optional. Lines are
    side by side on paper, not in their data.
    """
    step = min(7, min(26, 0.6 * axes_mm(ax)[0] / 25.4 * 72 / len(np.unique(x))) / len(labels))  # pt
    for i, (label, color, marker) in enumerate(
        zip(labels, arm_colors(len(labels)), arm_markers(len(labels)))
    ):
        aside = (i - (len(labels) - 1) / 2) * step
        here, beside = (
            ax.transData + ScaledTranslation(pt / 72, 0, ax.figure.dpi_scale_trans)
            for pt in (aside, aside + 0.4 * step)
        )
        never = np.isinf(mean[i])
        height = np.where(never, end[i], mean[i])
        if values is not None and values.shape[2] > 1:
            ax.plot(
                np.repeat(x, values.shape[2]),
                values[i].ravel(),
                ".",
                color=color,
                alpha=0.45,
                ms=3.6,
                mew=0,
                transform=beside,
            )
        if joined:
            ax.plot(x, height, color=color, lw=1, zorder=3, transform=here)
        ax.vlines(
            x,
            low[i],
            np.minimum(high[i], ax.get_ylim()[1]),
            color=color,
            lw=0.9,
            zorder=3,
            transform=here,
            alpha=1 if joined else 0.7,
        )
        look = {"color": color, "mew": 0.8, "ms": 3, "zorder": 4, "transform": here}
        ax.plot(x, np.where(never, np.nan, height), marker, label=label, **look)
        if never.any():
            ax.plot(x[never], height[never], marker, mfc="white", **look)


def add_levels(ax, dataset, x, along, measure):
    """Chance and the Bayes ceiling: thin levels where they are the same everywhere, faint lines
    where they vary.
    """
    same = {}
    for label, name, side, va in (
        ("Chance", "chance", -1, "top"),
        ("Bayes-optimal", "bayes_accuracy", 0, "bottom"),
    ):
        if name == measure or name not in dataset:
            continue
        values = dataset[name].where(dataset["finished"] == 1)
        others = [dim for dim in values.dims if dim != "seed"]
        if (
            float((values.max(others) - values.min(others)).max()) <= 1e-9
        ):  # the same in all runs of a seed
            same[name] = float(values.mean(others).mean())
        elif along != "point" and np.isfinite(values).any():
            level = values.mean([dim for dim in values.dims if dim != along]).values
            ax.plot(x, level, color=GREY, lw=0.8, ls=(0, (1, 1.5)), zorder=1, label=label)
            place = np.flatnonzero(np.isfinite(level))[side]
            ax.annotate(
                label,
                (x[place], level[place]),
                (0, -2 if va == "top" else 2),
                textcoords="offset points",
                color="#5f5f5f",
                fontsize=SIZE,
                va=va,
                ha="right" if side else "left",
                zorder=5,
            )
    levels(ax, same.get("chance"), same.get("bayes_accuracy"))


def value_axis(ax, coordinate):
    """The x axis of a parameter: where its values are (n,); words side by side, numbers with ticks
    of their own.
    """
    values = coordinate.values
    ax.set_xlabel(labelled(coordinate))
    if not numeric(values):
        words = list(dict.fromkeys(as_text(values)))
        ax.set_xlim(-0.5, len(words) - 0.5)
        slot_ticks(ax, words)
        return np.array([words.index(word) for word in as_text(values)])
    swept = np.unique(values)
    if logarithmic(swept):
        ax.set_xscale("log")
    scale = ax.xaxis.get_transform()
    low, high = scale.transform(swept[[0, -1]].astype(float))
    pad = 0.07 * (high - low) or 0.5
    limits = low - pad, high + pad
    ax.set_xlim(scale.inverted().transform(np.array(limits)))
    ticks = swept if coordinate.dims != ("point",) and len(swept) <= 12 else round_ticks(ax)
    texts, free = [], -np.inf
    for text, place in zip(
        as_text(ticks), (scale.transform(ticks) - limits[0]) / (limits[1] - limits[0])
    ):
        half = widest([text]) / 2
        room = place * axes_mm(ax)[0] - half >= free
        texts.append(text if room else "")
        free = place * axes_mm(ax)[0] + half + 1.2 if room else free
    ax.set_xticks(ticks, texts)
    ax.minorticks_off()
    return values


def logarithmic(values):
    """Are these ordered values positive, and evenly spaced by their logarithm, or over a factor of
    more than 20?
    """
    if len(values) < 2 or values[0] <= 0:
        return False
    steps, ratios = np.diff(values), np.diff(np.log(values))
    uneven, uneven_ratios = np.ptp(steps) / steps.mean(), np.ptp(ratios) / ratios.mean()
    return bool(
        values[-1] > 20 * values[0] or (len(values) > 2 and uneven_ratios < min(0.15, uneven))
    )


def round_ticks(ax):
    """Round numbers within the x limits: powers of ten where the axis is logarithmic and long."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    low, high = ax.get_xlim()
    decades = (1.0,) if high > 100 * low else (1.0, 2.0, 5.0)
    locator = (
        LogLocator(subs=decades)
        if ax.get_xscale() == "log"
        else MaxNLocator(5, steps=[1, 2, 5, 10])
    )
    ticks = locator.tick_values(low, high)
    return ticks[(ticks >= low) & (ticks <= high)]


def widest(texts):
    """mm of the widest of some texts, as ticks and cells have them."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font, lines = FontProperties(size=SIZE), {line for text in texts for line in text.split("\n")}
    return (
        max(text_to_path.get_text_width_height_descent(line, font, False)[0] for line in lines)
        / 72
        * 25.4
    )


def axes_mm(ax):
    """Width and height of an axes in mm."""
    return ax.get_position().size * ax.figure.get_size_inches() * 25.4


def upright(texts, width):
    """Are texts of slots side by side in so many mm too wide for them?"""
    return widest(texts) > width / len(texts) - 0.8


def foot(texts, width):
    """mm below an x axis of this width with such texts."""
    return FOOT + upright(texts, width) * max(0, widest(texts) - LINE)


def slot_ticks(ax, texts):
    """Texts below the slots of an x axis; upright where they are too wide, then as many as there is
    room for.
    """
    width = axes_mm(ax)[0]
    turned = upright(texts, width)
    step = int(np.ceil(LINE / width * len(texts))) if turned else 1
    ax.set_xticks(
        range(0, len(texts), step),
        texts[::step],
        rotation=90 * turned,
        va="top" if turned else "baseline",
    )
    ax.tick_params(axis="x", length=0, pad=3 if turned else 9)


def maps(dataset, measure, x, y, panel=None):
    """Heat maps of two dimensions, a panel per value of a third, all on one scale of colours."""
    found = only(summary(dataset, measure)[["mean", "low", "high"]], *filter(None, (panel, y, x)))
    names = (
        [broken(told(dataset[panel], i)) for i in range(dataset.sizes[panel])] if panel else [""]
    )
    columns = -(-len(names) // -(-len(names) // 4))
    texts, num_y = [as_text(dataset[name].values) for name in (x, y)], dataset.sizes[y]
    left = max(
        LEFT, 8 + 1.04 * widest(texts[1])
    )  # glyphs on the pixels of a bitmap are a little wider
    width = min((WIDTH - left - 20 - GAP * (columns - 1)) / columns, 30 * dataset.sizes[x])
    height, median = np.clip(11 * num_y, 44, 80), measure == "escape_seconds"
    numbers, intervals = cell_texts(found, width / dataset.sizes[x], height / num_y, median)
    missing, mean = np.isnan(found["mean"].values), found["mean"].values
    title = heading(
        dataset,
        measure,
        (" and its " if median else " ± half its ") * intervals,
        (x, y, panel),
        ["×: no value"] * bool(missing.any()),
    )
    fig, axes = panels(title, names, columns, width, height, foot(texts[0], width), left)
    known = mean[np.isfinite(mean)] if np.isfinite(mean).any() else np.zeros(1)
    room = 0.05 * (np.ptp(known) == 0)  # equal means in the middle of the scale
    norm = Normalize(known.min() - room, known.max() + room)
    for i, ax in enumerate(axes):
        part = (i,) if panel else ()
        image = heat_map(
            ax, mean[part], *texts, norm=norm, texts=numbers[part], missing=missing[part]
        )
        ax.set(xlabel=labelled(dataset[x]), ylabel=labelled(dataset[y]) if i % columns == 0 else "")
        ax.tick_params(labelleft=i % columns == 0)
    place = axes[columns - 1].get_position()
    low = axes[-1].get_position().y0
    bar = fig.colorbar(
        image,
        cax=fig.add_axes((place.x1 + 4 / WIDTH, low, 2.4 / WIDTH, place.y1 - low)),
        label=LABELS.get(measure, measure),
    )
    bar.outline.set_visible(False)
    return fig


def cell_texts(found, width, height, median=False):
    """Texts of cells (…, n_y, n_x) of this size in mm, as precise as they fit, and whether they
    tell the interval.

    That is half of its width below a mean, its bounds below a median; inf is written "never".
    """
    mean, low, high = (found[name].values for name in ("mean", "low", "high"))
    largest = np.abs(mean[np.isfinite(mean)]).max(initial=0.1)
    digits = max(0, 2 - int(np.floor(np.log10(largest))))  # decimals: three figures of the largest

    def number(value, digits):
        return "" if np.isnan(value) else "never" if np.isinf(value) else f"{value:.{digits}f}"

    def both(mean, low, high, digits):
        if np.isnan(low):
            return number(mean, digits)
        interval = (
            f"{number(low, digits)} to {number(high, digits)}"
            if median
            else f"±{(high - low) / 2:.{digits}f}"
        )
        return f"{number(mean, digits)}\n{interval}"

    for text, values, num_digits, most in (
        (both, (mean, low, high), digits, 30),
        (number, (mean,), digits, 80),
        (number, (mean,), max(0, digits - 1), 80),
    ):
        texts = np.vectorize(text, otypes=[object])(*values, num_digits)
        num_lines = 1 + max(one.count("\n") for one in texts.flat)
        fits = widest(set(texts.flat)) + 0.9 <= width and num_lines * LINE + 0.4 <= height
        if fits and np.prod(mean.shape[-2:]) <= most:
            return texts, num_lines > 1
    return np.full(mean.shape, "", object), False


def heat_map(
    ax, values, x, y, *, cmap="viridis", norm=None, texts=None, hatched=None, missing=None
):
    """A matrix as cells of equal size; returns the image for a colour bar.

    Parameters
    ----------
    values : (n_y, n_x)
        The first row is lowest; where not finite, a cell is grey.
    x, y : (n_x,), (n_y,) str
        Texts of ticks; x upright where they are too wide.
    texts : (n_y, n_x) str, optional
        Written in the cells.
    hatched, missing : (n_y, n_x) bool, optional
        Cells with hatching, and white ones with a cross.
    """
    values = np.asarray(values, float)
    image = ax.imshow(np.ma.masked_invalid(values), cmap, norm, aspect="auto", origin="lower")
    ax.set_facecolor(NEVER)
    for (row, column), value in np.ndenumerate(values):
        color = image.cmap(image.norm(value)) if np.isfinite(value) else NEVER
        if missing is not None and missing[row, column]:
            ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fc="white", lw=0))
            ax.plot(column, row, "x", color=GREY, ms=5, mew=1)
        if hatched is not None and hatched[row, column]:
            ax.add_patch(
                Rectangle(
                    (column - 0.5, row - 0.5),
                    1,
                    1,
                    fill=False,
                    lw=0,
                    hatch="////",
                    alpha=0.45,
                    ec=text_color(color),
                )
            )
        if texts is not None and texts[row][column]:
            ax.text(
                column,
                row,
                texts[row][column],
                ha="center",
                va="center",
                fontsize=SIZE,
                linespacing=1.15,
                color=text_color(color),
                path_effects=[withStroke(linewidth=3, foreground=color)],
            )
    slot_ticks(ax, list(x))
    step = int(np.ceil(LINE / (axes_mm(ax)[1] / len(y))))
    ax.set_yticks(range(0, len(y), step), list(y)[::step])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image
