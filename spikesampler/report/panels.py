"""The figures of a report: pictures inside the page, each with a caption and a text that stands for
it.
"""

from base64 import b64encode
from typing import NamedTuple

from spikesampler.errors import InputError, reading
from spikesampler.figures import (
    accuracies_figure,
    compare_figure,
    confusion_figure,
    escape_figure,
    raster_figure,
)
from spikesampler.figures.metrics import MOST as MOST_METRICS
from spikesampler.figures.metrics import metrics_figure
from spikesampler.figures.run import RECENT, responses_figure, run_figure, weights_figure
from spikesampler.figures.style import as_bytes
from spikesampler.figures.trajectories import LABELS, MOST, trajectories_figure
from spikesampler.report.texts import text
from spikesampler.store.datasets import read_dataset
from spikesampler.store.manifest import TRAJECTORIES
from spikesampler.store.trajectories import OF_LAYER

__all__ = ["Panel", "of_comparison", "of_run", "of_sweep", "trajectories_panel"]

DPI = 220  #: of pictures with too many dots to be drawn one by one
MOST_SHAPES = 400_000  #: bytes of an SVG from which on a PNG takes its place


class Panel(NamedTuple):
    """A picture as a data URI, its width in mm, what it shows in one sentence (alt), and all of it
    (caption).
    """

    name: str
    source: str
    width: float
    alt: str
    caption: str


def panel(name, fig, alt, caption, bitmap=False):
    """The figure as SVG, its texts as text; as PNG where `bitmap` says so or the SVG would be
    large.
    """
    width = fig.get_figwidth() * 25.4
    data = b"" if bitmap else as_bytes(fig, "svg", DPI)
    kind = "png" if bitmap or len(data) > MOST_SHAPES else "svg+xml"
    data = data if kind != "png" else as_bytes(fig, "png", DPI)
    return Panel(name, f"data:image/{kind};base64,{b64encode(data).decode()}", width, alt, caption)


def of_run(result):
    """Panels of a run, and sentences on what is not there: (list, list)."""
    panels, missing = [], []
    if result.rule.is_silent:
        missing.append(text("nothing_fires"))
    else:
        panels += _of_answers(result)
        if not result.populations:
            missing.append(text("no_raster"))
    for name in result.pathways:
        shape = result.pathway(name).theta.shape
        told = name if len(result.pathways) > 1 else ""
        panels.append(_panel("weights", weights_figure(result, name), (), (*shape, told)))
    if result.own_metrics:
        names = result.own_metrics[:MOST_METRICS], len(result.own_metrics)
        panels.append(_panel("metrics", metrics_figure(result), names, names))
    if TRAJECTORIES in result.manifest["files"]:
        panels.append(trajectories_panel(result))
    if (saddle := _saddle(result)) is not None:
        panels.append(saddle)
    elif not result.rule.is_silent:
        missing.append(text("no_saddle"))
    return panels, missing


def _of_answers(result):
    """Panels of what the outputs of a run answered, and of its spikes where they are recorded."""
    responses, classes = min(RECENT, result.learning.sizes["sample"]), _class_names(result)
    panels = [_panel("learning", run_figure(result), (result,), (result,))]
    if result.populations:
        panels.append(_panel("raster", raster_figure(result, "last"), bitmap=True))
    panels += [
        _panel("confusion", confusion_figure(result), (result,), (result, classes)),
        _panel("responses", responses_figure(result), (), (responses,)),
    ]
    return panels


def trajectories_panel(result):
    """What a run recorded at grid steps."""
    recorded = result.trajectories
    has_synapses = {name: "synapse" in values.dims for name, values in recorded.items()}
    words = {name: label.lower() for name, label in LABELS.items()}
    of_synapses = [words.get(name, name) for name, has in has_synapses.items() if has]
    others = [name for name, has in has_synapses.items() if not has]
    of_layers = sum(str(dim).startswith(OF_LAYER) for dim in recorded.sizes)
    sizes = {"synapse": 0, "neuron": 0, "of_layers": of_layers, **recorded.sizes}
    facts = sizes, MOST, of_synapses, others
    return _panel("trajectories", trajectories_figure(result), facts, facts, bitmap=True)


def _panel(name, fig, alt=(), caption=(), bitmap=False):
    """The panel with the texts of that name; alt, caption: the facts that these need."""
    return panel(name, fig, text(f"{name}_alt", *alt), text(name, *caption), bitmap)


def _class_names(result):
    """["0 = cat", …], or nothing where names are the numbers."""
    names = [str(name) for name in result.manifest["data"].get("class_names", [])]
    if names == [str(k) for k in range(len(names))]:
        return []
    return [f"{k} = {name}" for k, name in enumerate(names)]


def _saddle(result):
    """The panel of saddle.nc, or None where there is none."""
    from spikesampler.figures.saddle import saddle_figure

    path = result.path / "saddle.nc"
    if not path.is_file():
        return None
    remedy = "repeat `spikesampler saddle` on its folder, or remove the file"
    criterion = read_dataset(path, "cannot be read", remedy)
    with reading(path, "cannot be read", remedy):
        fig = saddle_figure(criterion, result.learning.attrs.get("chance"), result.bayes_accuracy)
    largest, snapshots = criterion["largest"].values, criterion.sizes["snapshot"]
    alt = (int((largest > 0).sum()), len(largest))
    return _panel("saddle", fig, alt, (criterion.attrs, snapshots))


def of_comparison(comparison):
    """Panels of a comparison."""
    dataset, number = comparison.dataset, comparison.dataset.sizes["seed"]
    arms, starts = comparison.arms, comparison.starts
    level = float(dataset.attrs["escape_threshold"])
    if not comparison.has_answers:
        return []
    return [
        _panel("curves", compare_figure(dataset), (arms, starts), (number,)),
        _panel("accuracies", accuracies_figure(dataset), (arms, starts), (number,)),
        _panel("escapes", escape_figure(dataset), (arms,), (level, number)),
    ]


def of_sweep(sweep):
    """Panels of a sweep, and a sentence for each that cannot be drawn."""
    panels, missing = [], []
    for measure in ("test_accuracy", "escape_seconds"):
        name = measure.replace("_", " ")
        try:
            fig = sweep.figure(measure)
        except InputError as error:  # too many dimensions for one figure
            missing.append(f"No figure of {name}: {error}.")
            continue
        alt = f"{name.capitalize()} against {', '.join(sweep.dims) or 'nothing'}."
        caption = text("swept", text(measure), sweep.dataset.sizes["seed"])
        panels.append(panel(measure, fig, alt, caption))
    return panels, missing
