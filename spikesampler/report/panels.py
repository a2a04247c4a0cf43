"""The figures of a report: pictures inside the page, each with a caption and a text that stands for
it.
"""

from base64 import b64encode
from typing import NamedTuple

from spikesampler.errors import InputError
from spikesampler.figures import (
    accuracies_figure,
    compare_figure,
    confusion_figure,
    escape_figure,
    raster_figure,
)
from spikesampler.figures.run import RECENT, responses_figure, run_figure, weights_figure
from spikesampler.figures.style import as_bytes
from spikesampler.store.datasets import read_dataset, reading

__all__ = ["Panel", "of_comparison", "of_run", "of_sweep"]

DPI = 220  #: of pictures with too many dots to be drawn one by one
MOST_SHAPES = 400_000  #: bytes of an SVG from which on a PNG takes its place
ESCAPE = "A run escapes when its probe accuracy first exceeds"
RASTER = (
    "Spikes in the last seconds of learning. Strips: class of each sample, and answer, crossed"
    " where it is wrong. Dots: input spikes, inputs in the order of the class that they prefer."
    " Ticks: output spikes, tinted where the label asks for the output. Below: mean rates. n = 1"
    " run; no intervals."
)
BAYES = (
    "Dotted: chance, and the accuracy of a Bayes-optimal observer of the same samples where it is"
    " known."
)


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
    found, missing = [_learning(result)], []
    if result.populations:
        found.append(
            panel(
                "raster",
                raster_figure(result, "last"),
                "Spikes in the last seconds of learning.",
                RASTER,
                bitmap=True,
            )
        )
    else:
        missing.append(
            "No spikes were recorded: run again with --record windows, or --record all, for a"
            " raster."
        )
    found += [_confusion(result), _responses(result)]
    if {"mu", "sigma"} <= set(result.manifest["parameters"]):
        found.append(_weights(result))
    if (saddle := _saddle(result)) is not None:
        found.append(saddle)
    else:
        missing.append(
            "The saddle criterion was not measured; spikesampler saddle RUN measures it."
        )
    return found, missing


def _learning(result):
    attrs = result.learning.attrs
    text = (
        f"Learning curve. Solid: probe accuracy on {attrs['probe_samples']} held-out samples with"
        " plasticity, noise and teacher switched off; band: Wilson's 95 % interval over these"
        " samples. Dashed: online accuracy of the learning samples since the probe before, into"
        f" which a teacher's label leaks. {BAYES}"
    )
    if not attrs.get("supervised", 1):
        text += (
            " Right: normalised conditional entropy of the class given the winner, at the same"
            " probes."
        )
    alt = f"Probe accuracy against biological time, ending at {result.probe_accuracy:.3f}."
    return panel("learning", run_figure(result), alt, f"{text} n = 1 run.")


def _confusion(result):
    alt = f"Answers to test samples by class; {result.test_accuracy:.3f} are right."
    text = (
        f"Confusion matrix of the n = {result.learning.attrs['test_samples']} test samples: percent"
        " of each class (row) by the class that was answered (column); at the right the samples of"
        f" each class. Ties are shared. No intervals. {_names(result)}"
    )
    return panel("confusion", confusion_figure(result), alt, text.strip())


def _responses(result):
    text = (
        "What outputs stand for: mean rate of each output in the last"
        f" {min(RECENT, result.learning.sizes['sample'])} learning samples of each class, outputs"
        " in the order of the class that they prefer. Grey: the class was not shown. n = 1 run; no"
        " intervals."
    )
    return panel(
        "responses", responses_figure(result), "Mean rate of every output for every class.", text
    )


def _weights(result):
    outputs, inputs = (result.learning.sizes[name] for name in ("output", "input"))
    text = (
        f"Synaptic parameters θ of all {outputs} × {inputs} synapses. Left: histograms at the start"
        " and at the end of learning, and the prior N(μ, σ²). Right: median, with bands from the"
        " 25 to the 75 % and from the 5 to the 95 % quantile over synapses. n = 1 run."
    )
    return panel(
        "weights", weights_figure(result), "Histogram and quantiles of synaptic parameters.", text
    )


def _names(result):
    names = [str(name) for name in result.manifest["data"].get("class_names", [])]
    if names == [str(k) for k in range(len(names))]:
        return ""
    return "Classes: " + ", ".join(f"{k} = {name}" for k, name in enumerate(names)) + "."


def _saddle(result):
    """The panel of saddle.nc, or None where there is none."""
    from spikesampler.figures.saddle import saddle_figure

    path = result.path / "saddle.nc"
    if not path.is_file():
        return None
    remedy = "repeat `spikesampler saddle` on its folder, or remove the file"
    found = read_dataset(path, "cannot be read", remedy)
    with reading(path, "cannot be read", remedy):
        fig = saddle_figure(found, result.learning.attrs.get("chance"), result.bayes_accuracy)
    largest = found["largest"].values
    caption = (
        "Saddle criterion A + B + C of Fang et al. (2018), Eq. (4), exact trace and largest"
        f" eigenvalue of the Hessian of the objective at {found.sizes['snapshot']} snapshots of θ,"
        " on an axis that is linear within ±1 and logarithmic beyond. Bands: two standard errors"
        f" from the choice of {found.attrs['patterns']} PSP patterns ({found.attrs['kind']}), which"
        f" count as {found.attrs['effective_patterns']:g}. Below: probe accuracy. n = 1 run."
    )
    alt = (
        f"The largest eigenvalue is positive at {int((largest > 0).sum())} of {len(largest)}"
        " snapshots."
    )
    return panel("saddle", fig, alt, caption)


def _seeds(dataset):
    number = dataset.sizes["seed"]
    return (
        f"n = {number} seeds for each arm"
        + ("" if number > 1 else "; with one seed there are no intervals")
        + "."
    )


def of_comparison(comparison):
    """Panels of a comparison."""
    dataset, starts = comparison.dataset, " and ".join(comparison.starts)
    arms, level = ", ".join(comparison.arms), float(dataset.attrs["escape_threshold"])
    ends = f"Accuracies of {arms} from {starts}."
    return [
        panel(
            "curves",
            compare_figure(dataset),
            f"Learning curves. {ends}",
            "Learning curves, a row for each start. Solid: mean probe accuracy on held-out samples"
            " with plasticity, noise and teacher switched off, with its 95 % bootstrap band over"
            " seeds. Dashed: mean online accuracy, into which the label leaks. Right: test"
            f" accuracy, mean and 95 % bootstrap interval beside a dot for each seed. {BAYES}"
            f" {_seeds(dataset)}",
        ),
        panel(
            "accuracies",
            accuracies_figure(dataset),
            f"Online, probe and test accuracy. {ends}",
            "The three accuracies at the end of learning: means with 95 % bootstrap intervals over"
            " seeds, a dot for each seed. A line that falls towards the test belongs to an arm"
            f" that is better while it is given the label than it has learnt to be. {BAYES}"
            f" {_seeds(dataset)}",
        ),
        panel(
            "escapes",
            escape_figure(dataset),
            f"Share of runs that have not escaped against time, for {arms}.",
            f"Runs that have not escaped yet (Kaplan and Meier). {ESCAPE} {level:.3f}, half-way"
            " from chance to the best arm's final accuracy. Crosses: runs that never do"
            " (censored). No intervals. " + _seeds(dataset),
        ),
    ]


def of_sweep(swept):
    """Panels of a sweep, and a sentence for each that cannot be drawn."""
    found, missing = [], []
    captions = {
        "test_accuracy": (
            "Test accuracy on held-out samples with plasticity, noise and teacher switched off:"
            " means over the seeds that finished, with 95 % bootstrap intervals where they are"
            " shown"
        ),
        "escape_seconds": (
            "Time to escape in s of biological time: medians (Kaplan and Meier) over seeds, with"
            f" 95 % intervals where there are at least six. {ESCAPE} half-way from chance to the"
            " ceiling"
        ),
    }
    for measure, text in captions.items():
        try:
            fig = swept.figure(measure)
        except InputError as error:  # too many dimensions for one figure
            missing.append(f"No figure of {measure.replace('_', ' ')}: {error}.")
            continue
        number = swept.dataset.sizes["seed"]
        alt = (
            f"{measure.replace('_', ' ').capitalize()} against"
            f" {', '.join(swept.dims) or 'nothing'}."
        )
        found.append(
            panel(
                measure,
                fig,
                alt,
                f"{text}. n = {number} {'seeds' if number > 1 else 'seed'} for each "
                "combination, less what failed.",
            )
        )
    return found, missing
