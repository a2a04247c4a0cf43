"""What lines and maps of a sweep share: the title, and panels in rows."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from xarray import Dataset

from spikesampler.figures.parameters import as_text, setting
from spikesampler.figures.rows import HEAD, LEFT, MIDDLE, write
from spikesampler.figures.style import add_axes, new_figure

__all__ = ["GAP", "measure_label", "only", "panels", "title_lines"]

LABELS = {
    "test_accuracy": "Test accuracy",
    "averaged_accuracy": "Test accuracy of the mean answer over theta",
    "mean_theta_accuracy": "Test accuracy of the mean theta",
    "test_log_loss": "Log loss in the test (nats)",
    "averaged_log_loss": "Log loss of the mean answer (nats)",
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
GAP = 4  # mm between axes


def measure_label(measure: str) -> str:
    """A measure as axes name it."""
    return LABELS.get(measure, measure)


def only(cells: Dataset, *names: str) -> Dataset:
    """With these dimensions, in this order; the others have one value."""
    return cells.squeeze([name for name in cells.dims if name not in names]).transpose(*names)


def title_lines(
    dataset: Dataset, measure: str, joint: str, drawn: Sequence[str | None], notes: Sequence[str]
) -> list[str]:
    """Lines of the title: model, statistic, the dimensions with one value that are not drawn,
    failed runs, and notes.

    joint is between the names of the statistic and of its interval; "" where no interval is shown.
    """
    failed, dims = int((dataset["finished"] == 0).sum()), dataset["finished"].dims
    single = [name for name in dims if name not in drawn and dataset.sizes[name] == 1]
    named = [name for name in single if as_text(dataset[name].values) != [""]]
    parts = (
        ", ".join(setting(dataset[name]) for name in named),
        f"{failed} of {dataset['finished'].size} runs failed" if failed else "",
        *notes,
    )
    statistic = _statistic(dataset.sizes["seed"], measure == "escape_seconds", joint)
    first = ": ".join(filter(None, (dataset.attrs.get("model"), statistic)))
    return [*wrap(first, 100), *wrap("; ".join(filter(None, parts)), 100)]


def _statistic(num_seeds: int, median: bool, joint: str) -> str:
    """What is drawn over seeds, and its interval where there is one."""
    if num_seeds == 1:
        return "one seed, no interval"
    text = "median" if median else "mean"
    enough = num_seeds >= (6 if median else 2)
    if joint and enough:
        text += f"{joint}95 % interval"
    return f"{text} over {num_seeds} seeds" + ("" if enough else ", too few for an interval")


def panels(
    title: Sequence[str],
    names: Sequence[str],
    columns: int,
    width: float,
    height: float,
    foot: float,
    left: float = LEFT,
) -> tuple[Figure, list[Axes]]:
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
