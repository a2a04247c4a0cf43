"""Every figure as a journal wants it: width, smallest text, units on every axis, colours that all
tell apart, no clash.

Figures are drawn from the papers' own data in `data/` where a study does that, else from what
other tests make up. A function named X_figure that nothing in DRAWN calls fails here.
"""

import importlib
import inspect
import pkgutil
import re
import shutil
import sys
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib import colormaps
from matplotlib.collections import LineCollection, PathCollection, QuadMesh
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle, StepPatch
from runs import SIZES, command
from test_figures import ARMS, FakeResult, assert_legible, closest, comparison
from test_figures_sweep import sweep

import spikesampler.figures
import spikesampler.studies
from spikesampler.errors import InputError
from spikesampler.figures import style
from spikesampler.figures.weight_maps import weight_maps_figure
from spikesampler.language.model import load_model
from spikesampler.studies.kulikovskikh_2021 import family
from spikesampler.studies.verdicts import STUDIES, study_of

DATA = Path(__file__).parents[1] / "data"
WIDEST = 180.0  #: mm, two columns; `style.WIDTH`
SMALLEST = 6.0  #: pt, at final size
APART = 0.07  #: in OKLab under four kinds of vision, as `style.PALETTE` states

UNITS = {
    "s",
    "min",
    "µs",
    "ms",
    "ns",
    "Hz",
    "1/s",
    "%",
    "rad",
    "flop",
    "share",
    "share of epochs",
    "per step",
    "1/curvature",
    "step × curvature",
    "factor of the distance per step",
    "share of capacity",
    "points",
}
#: quantities without a unit, as their axes name them
PURE = {
    # accuracies, shares and ratios
    "Accuracy",
    "Test accuracy",
    "Probe accuracy",
    "Train accuracy",
    "Online minus probe accuracy",
    "Accuracy, weight − none",
    "Accuracy, ceiling − none",
    "Points of test accuracy",
    "Entropy",
    "H(class | winner) / H(class)",
    "Probability of return",
    "Share that finds $W_f$",
    "Cost / position-wise's",
    "Needed / needed by position-wise",
    "Relative error of mean change",
    "Error / standard error",
    r"Bias of $v^{\mathsf{T}} H v$ / Fisher term",
    "Relative standard deviation",
    "Distance / distance at the start",
    "Density",
    "Density of synapses",
    "Noise scale (temperature)",
    # counts and numbers of things
    "Reading",
    "Class",
    "Response",
    "Output neuron",
    "Input neuron",
    "Input",
    "Outputs",
    "1000 inputs, by preferred class",
    "64 inputs, by preferred class",
    "Epoch",
    "Epochs",
    "Layer updates",
    "Hidden layers",
    "Step k",
    "Steps to leave",
    "Rank",
    "Events n",
    "Spikes a pattern, m",
    "Number of classes K",
    "Sample amplification N",
    "N",
    "Saddle n",
    "Dimension d",
    "Gradient steps to escape",
    "Steps until saddle n is passed",
    "Growth of steps per saddle",
    "Steps until the distance is 1e-6 of the start's",
    "Steps until the loss is 1e-6 of the start's",
    # parameters, and what follows from them alone
    "Synaptic parameter θ",
    "Weight",
    "CV of intervals",
    "CV2 of intervals",
    "Feature 0",
    "Feature 1",
    "Feature 2",
    "Mean of θ at the start",
    "Cluster spread",
    "Curvature of J",
    "Curvature of J (symmetric log)",
    "Largest eigenvalue",
    "A + B + C, Eq. (4)",
    "Eigenvalue of the Hessian",
    "Temperature T",
    "Norm of the jitter",
    "Momentum β",
    "α = 1 − β",
    "Condition number κ",
    "Ratio of curvatures L/γ",
    "η λ/2",
    "Growth rate r",
    # inputs, outputs and losses of networks and of problems that are made up, which have none
    "Input x",
    "Output",
    "Output f(x)",
    "Mean squared error",
    "Final mean squared error",
    "Median of the final error",
    "Distance along the path from $W_f$",
    "Loss",
    "Loss, median over starts",
    "Loss − least loss",
    "|loss − expansion|",
    "Distance",
    "Distance from the point of expansion",
    "x",
    "y",
    "a",
    "b",
    "c, place of the bump",
    "Time t",
    "dN/dt",
}
#: perceptually uniform maps, and maps that stay in order for the colour-blind
MAPS = {"viridis", "viridis_r", "cividis", "Blues", "Greys", "PuOr", "RdBu", "benefit"}


@cache
def data(name):
    return xr.load_dataset(DATA / f"{name}.nc", engine="h5netcdf", decode_times=False)


def of_study(study):
    """The figures of a study, of its own datasets."""
    return list(study.figures(study.read(DATA)).values())


def of_comparison(name):
    """With one start, with two, and with one seed; arms with long names."""
    draw, arms = (
        getattr(spikesampler.figures, name),
        (*ARMS[:4], "weight:noise_scale=0.3:schedule=linear"),
    )
    return [draw(comparison(arms, *more)) for more in ((10,), (10, ("prior", "plateau")), (1,))]


def run_like():
    """A run with weights and an entropy, as `figures.run` takes it."""
    result, rng = FakeResult(), np.random.default_rng(3)
    labels = result.labels
    counts = np.where(labels[:, None] == np.arange(10), 30, rng.integers(0, 6, (len(labels), 10)))
    result.learning = result.learning.assign(
        spike_counts=(("sample", "output"), counts),
        theta=(("probe", "output", "input"), rng.normal(0.5, 1, (11, 10, 1000))),
        probe_entropy=("probe", np.linspace(1, 0.3, 11)),
    ).assign_attrs(probe_samples=200, test_samples=300)
    result.learning = result.learning.assign(
        test_label=("test_sample", rng.integers(10, size=300)),
        test_counts=(("test_sample", "output"), rng.integers(0, 40, (300, 10))),
        test_points=(("test_sample", "feature"), rng.random((300, 3))),
    )
    result.weights = np.exp(result.learning["theta"][-1] - 3)
    result.trajectories = courses()
    result.rule = load_model("fang_2018").rule
    result.manifest["parameters"] |= {
        "mu": {"value": 0.5, "unit": "1"},
        "sigma": {"value": 1.0, "unit": "1"},
    }
    return result


def courses():
    """Twelve synapses over 5000 steps, as `Result.trajectories` has them."""
    theta = np.random.default_rng(8).normal(0, 0.02, (5000, 12)).cumsum(axis=0)
    dims, numbers = ("time", "synapse"), np.arange(12)
    return xr.Dataset(
        {"theta": (dims, theta), "weight": (dims, np.exp(theta - 3))},
        {
            "time": 0.2 * np.arange(5000),
            "output": ("synapse", numbers % 10),
            "input": ("synapse", 70 * numbers),
        },
    )


def run_figures(name):
    """For a model with a teacher and, where it differs, without."""
    from spikesampler.figures import run as module

    result, draw = run_like(), getattr(module, name)
    found = [draw(result)]
    result.learning.attrs["supervised"] = 0
    return [*found, draw(result)]


def of_run(module, name, *options):
    """A figure of the run for each of these options."""
    draw = getattr(importlib.import_module(f"spikesampler.figures.{module}"), name)
    return [draw(run_like(), **each) for each in options]


def weight_maps():
    """In stimulus space of three features and of one, as images, and by number."""
    one, image, row = (run_like() for _ in range(3))
    one.places = one.places[:, :1]
    image.manifest["data"], row.manifest["data"] = {"coding": "rates"}, {"coding": "spikes"}
    image.weights = image.weights[:, :784]
    return [weight_maps_figure(each) for each in (run_like(), one, image, row)]


def sweeps():
    """Lines, a heat map, small multiples and a design, of accuracies and of times to escape."""
    from spikesampler.figures import sweep_figure

    made = [
        sweep({"b": [1e-4, 1e-3, 1e-2]}, ARMS[:3]),
        sweep({"b": [1e-4, 1e-3], "N": [10, 100, 1000]}, num_seeds=3),
        sweep({"b": [1e-4, 1e-3], "tau": [10.0, 20.0]}, ARMS[:2]),
        sweep({}, points={"b": np.geomspace(1e-5, 1e-2, 7), "tau": np.linspace(5, 40, 7)}),
    ]
    return [
        sweep_figure(one, measure)
        for one in made
        for measure in ("test_accuracy", "escape_seconds")
    ]


def saddles():
    from spikesampler.figures.saddle import saddle_figure

    found = data("fang_2018_saddle")
    names = ("total", "trace", "largest")
    rows = np.flatnonzero(np.arange(found.sizes["point"]) < 12)
    one = xr.Dataset(
        {name: ("snapshot", found[name].values[rows]) for name in names}
        | {f"{name}_error": ("snapshot", np.abs(found[name].values[rows]) / 20) for name in names}
        | {
            "seconds": ("snapshot", np.linspace(0, 8640, len(rows))),
            "accuracy": ("snapshot", np.linspace(0.1, 0.9, len(rows))),
            "agrees": ("snapshot", np.ones(len(rows), bool)),
        }
    )
    about = {
        "patterns": 4000,
        "kind": "snapshots",
        "effective_patterns": 400_000.0,
        "arm": "weight",
        "start": "plateau",
        "seed": 1,
    }
    return [saddle_figure(one.assign_attrs(about), 0.1, 0.97)]


def saddle_study():
    from spikesampler.studies.fang_2018.saddle_figure import study_figure

    seconds, curve = (
        np.linspace(0, 8640, 9),
        np.array([[1.0, 0.9, 1.1]]).T * np.geomspace(1, 3e5, 9),
    )
    paths = {
        (arm, start): (seconds, {"total": -curve, "trace": -2 * curve, "largest": curve})
        for arm in ("none", "weight")
        for start in ("prior", "plateau")
    }
    shares = np.linspace(0.1, 0.6, 9) * np.array([0.9, 1, 1.1])[:, None]
    index = {
        start: (seconds, np.array([shares, shares / 2, shares / 3]), ("none", "weight", "constant"))
        for start in ("prior", "plateau")
    }
    rng = np.random.default_rng(1)
    labels = [f"{what}, N = {n}" for n in (10, 100, 1000) for what in ("maxima", "passes")]
    return [
        study_figure(paths, index, (*rng.normal(0, 1e4, (2, 60)), rng.integers(6, size=60), labels))
    ]


def confusions():
    from spikesampler.figures import confusion_figure

    return [confusion_figure(FakeResult(num_samples=20, num_classes=k)) for k in (2, 10, 26)]


def rasters():
    from spikesampler.figures import raster_figure

    return [
        raster_figure(FakeResult(), "first"),
        raster_figure(FakeResult(num_classes=3, num_inputs=64), "2:4"),
    ]


def fig_2():
    from spikesampler import Comparison
    from spikesampler.studies.fang_2018.fig2 import fig2

    windows = [[0, 10], [145, 155], [290, 300]]
    result = FakeResult(num_samples=1500, windows=windows, record="windows")
    made_up = Comparison("made-up", comparison(ARMS, 10, ("prior", "plateau")))
    return [fig2(made_up, result, "constant", ["none", "weight"], "plateau")]


#: {name: what draws it, a list of figures}
DRAWN = {
    "accuracies": lambda: of_comparison("accuracies_figure"),
    "compare": lambda: of_comparison("compare_figure"),
    "confusion": confusions,
    "escape": lambda: of_comparison("escape_figure"),
    "raster": rasters,
    "responses": lambda: run_figures("responses_figure"),
    "run": lambda: run_figures("run_figure"),
    "weights": lambda: run_figures("weights_figure"),
    "weight maps": weight_maps,
    "trajectories": lambda: of_run("trajectories", "trajectories_figure", {}),
    "psth": lambda: of_run(
        "spike_trains", "psth_figure", {}, {"population": "inputs", "neurons": [1, 2]}
    ),
    "rates": lambda: of_run("spike_trains", "rates_figure", {}, {"population": "inputs"}),
    "intervals": lambda: of_run("spike_trains", "intervals_figure", {}),
    "tuning": lambda: of_run("tuning", "tuning_figure", {}),
    "position tuning": lambda: of_run(
        "tuning", "position_tuning_figure", {}, {"features": 2, "neurons": [4]}
    ),
    "saddle": saddles,
    "sweep": sweeps,
    "fig2": fig_2,
    "light_family": lambda: [family.draw()],
    "landscape outputs": lambda: landscape_outputs(),
    **{module: partial(of_study, study_of(module)) for module in STUDIES},
    "saddle study": saddle_study,
}


def landscape_outputs():
    from spikesampler.studies.gamst_walker_2017.figures import outputs_figure

    x = np.linspace(-1, 1, 341)
    y = np.abs(x * 8 % 1 - 0.5)
    arrays = {
        "x": x,
        "target": y,
        "mean": y * 0.8,
        "sd": 0.1 + 0 * x,
        "best": y * 0.95,
        "best_error": 0.012,
        "number": 1024,
    }
    return [outputs_figure(arrays, "adam")]


@cache
def figures_of(name):
    """The figures of an entry of DRAWN, and the code of all functions of the package that ran to
    draw them.
    """
    ran = set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: ran.add(frame.f_code) if event == "call" else None)
    try:
        return DRAWN[name](), ran
    finally:
        sys.setprofile(before)


def functions():
    """All functions X_figure of all modules of figures/ and studies/."""
    return {
        function
        for room in (spikesampler.figures, spikesampler.studies)
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
        for name, function in inspect.getmembers(
            importlib.import_module(found.name), inspect.isfunction
        )
        if name.endswith("_figure") and name != "new_figure"
    }


@pytest.mark.slow  # draws every figure there is: half a minute
def test_no_figure_is_forgotten():
    """Each function is called by something in DRAWN, and nothing there draws nothing."""
    drawn, ran = zip(*map(figures_of, DRAWN))
    assert all(drawn)
    forgotten = {function for function in functions() if function.__code__ not in set().union(*ran)}
    assert not forgotten
    assert len(functions()) > 20


def axes_of(fig):
    return [ax for ax in fig.axes if ax.axison and ax.get_visible()]


def tick_texts(axis):
    """The texts of the ticks that it shows."""
    low, high = sorted(axis.get_view_interval())
    shown = [tick for tick in axis.get_major_ticks() if low - 1e-9 <= tick.get_loc() <= high + 1e-9]
    labels = [
        label for tick in shown for label in (tick.label1, tick.label2) if label.get_visible()
    ]
    return [label.get_text() for label in labels if label.get_text().strip()]


def is_number(text):
    return bool(re.search(r"\d", text)) and not re.search(
        r"[A-Za-z]{2}", text.replace("mathdefault", "")
    )


def named(fig, ax, which):
    """The label of an axis: its own, that of axes in its row or column, or a text that stands along
    it.
    """
    place, (one, other) = ax.get_position(), ("x0", "x1") if which == "x" else ("y0", "y1")
    for neighbour in [ax, *axes_of(fig)]:
        there = neighbour.get_position()
        same = all(abs(getattr(there, end) - getattr(place, end)) < 1e-6 for end in (one, other))
        if same and getattr(neighbour, f"get_{which}label")():
            return getattr(neighbour, f"get_{which}label")()
    lowest = min(one.get_position().y0 for one in axes_of(fig))
    for text in fig.texts:
        x, y = text.get_position()
        beside = text.get_rotation() == 90 and place.y0 <= y <= place.y1 and x <= place.x0
        if beside if which == "y" else y < lowest:
            return text.get_text()
    return ""


def without_unit(fig):
    """Axes with ticks whose label names no unit and no quantity of PURE, and are no list of words:
    (axes, x or y).
    """
    fig.draw_without_rendering()
    found = []
    for ax in axes_of(fig):
        for which in ("x", "y"):
            label, ticks = (
                " ".join(named(fig, ax, which).split()),
                tick_texts(getattr(ax, f"{which}axis")),
            )
            unit = re.search(r"\(([^()]+)\)$", label)
            if any(map(is_number, ticks)) and label not in PURE and not (unit and unit[1] in UNITS):
                found.append((ax.get_label(), which, label))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_it_is_no_wider_than_two_columns_and_legible_at_that_size(name, recwarn):
    """Also: every sign is in the font, and no text is cut off or on another, as the figure is
    saved.
    """
    for fig in figures_of(name)[0]:
        assert fig.get_figwidth() * 25.4 <= WIDEST + 1e-6
        assert_legible(fig, SMALLEST)
    assert not [str(one.message) for one in recwarn if "missing from" in str(one.message)]


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_every_axis_has_a_unit(name):
    for fig in figures_of(name)[0]:
        assert without_unit(fig) == []


def in_a_map(color):
    """Is this a colour of one of the maps, where lines are in an order?"""
    return (
        min(
            np.abs(colormaps[name](np.arange(256))[:, :3] - color).max(axis=1).min()
            for name in ("viridis",)
        )
        < 0.01
    )


def line_colors(ax):
    """Opaque colours (n, 3) of lines, markers, steps, bars and intervals of axes."""
    found = [one.get_color() for one in ax.lines if one.get_linestyle() != "None"]
    found += [
        one.get_markerfacecolor() for one in ax.lines if one.get_marker() not in ("None", "", None)
    ]
    found += [one.get_edgecolor() for one in ax.patches if isinstance(one, StepPatch)]
    found += [
        one.get_facecolor() for one in ax.patches if isinstance(one, Rectangle) and one.get_fill()
    ]
    found += [
        color
        for one in ax.collections
        if isinstance(one, PathCollection)
        for color in one.get_facecolor()
    ]
    found += [
        color
        for one in ax.collections
        if isinstance(one, LineCollection)
        for color in one.get_colors()
    ]
    return np.unique(np.array([to_rgb(color) for color in found]).reshape(-1, 3).round(6), axis=0)


OWN = np.array([to_rgb(color) for color in (*style.PALETTE, style.INK)])


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_its_colours_are_told_apart_by_all(name):
    """Lines and markers have the palette's colours, greys, or those of a map in order; pairs of
    axes are APART.
    """
    for fig in figures_of(name)[0]:
        for ax in fig.axes:
            own = []
            for color in line_colors(ax):
                if np.abs(OWN - color).max(axis=1).min() < 0.003:
                    own.append(color)
                else:
                    assert np.ptp(color) < 0.003 or in_a_map(color), (ax.get_label(), to_hex(color))
            if len(own) > 1:
                assert closest(np.array(own)) > APART, ax.get_label()
            for one in [*ax.images, *(one for one in ax.collections if isinstance(one, QuadMesh))]:
                assert one.cmap.name.removesuffix("_r") in MAPS


def test_the_checks_can_fail():
    """A figure with each fault."""
    fig = style.new_figure(40)
    ax = style.add_axes(fig, 20, 5, 100, 20, label="faulty")
    ax.plot([0, 1], [0, 1], color="#ff0000")
    ax.set(xlabel="Length", ylabel="Time (s)")
    assert without_unit(fig) == [("faulty", "x", "Length")]
    assert np.abs(OWN - line_colors(ax)).max(axis=1).min() > 0.1
    assert not in_a_map(line_colors(ax)[0])
    assert_legible(fig, SMALLEST)
    ax.set_xlabel("Length (mm)", fontsize=5)
    with pytest.raises(AssertionError):
        assert_legible(fig, SMALLEST)
    ax.set_xlabel("Length (mm)" * 20)
    with pytest.raises(AssertionError):
        assert_legible(fig, SMALLEST)
    ax.set(xlabel="", ylabel="")
    assert [one[1] for one in without_unit(fig)] == ["x", "y"]


def test_the_map_of_benefits_keeps_its_ends_apart_and_its_middle_light():
    from spikesampler.studies.fang_2018.benefit_figure import COLORS

    low, middle, high = (np.array(COLORS(x)[:3]) for x in (0.0, 0.5, 1.0))
    assert closest(np.array([low, middle, high])) > 0.2
    assert closest(np.array([[0.2, 0.6, 0.2], [0.6, 0.4, 0.2]])) < 0.2  # green and brown are not


# --- PNG and PDF -----


def pictures(folder):
    return {path.name for path in folder.iterdir() if path.suffix in (".png", ".pdf", ".svg")}


def both(*names):
    return {f"{name}.{suffix}" for name in names for suffix in ("png", "pdf")}


def test_save_both_writes_the_two_and_gives_the_first(tmp_path):
    fig = figures_of("confusion")[0][0]
    assert (
        style.save_both(fig, tmp_path / "new" / "a.b.png", dpi=100) == tmp_path / "new" / "a.b.png"
    )
    assert pictures(tmp_path / "new") == both("a.b")
    assert (tmp_path / "new" / "a.b.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "new" / "a.b.png").read_bytes() == style.as_bytes(fig, "png", 100)
    with pytest.raises(InputError, match="expected a name that ends in"):
        style.save_both(fig, tmp_path / "a.jpg")


TINY = [word for name, value in SIZES.items() for word in ("--set", f"{name}={value}")]
TINY += ["--samples", 40, "--test-samples", 10, "--probe-samples", 10, "--seeds", 1, "--workers", 1]


def test_a_comparison_has_both(cache, tmp_path):
    done = command(
        "compare", "fang_2018", "--arms", "none,weight", *TINY, "--out", tmp_path / "it", "--json"
    )
    assert pictures(tmp_path / "it") == both("learning_curves", "accuracies", "escapes")
    assert {Path(done.json[one]).name for one in ("figure", "accuracies", "escapes")} == {
        "learning_curves.png",
        "accuracies.png",
        "escapes.png",
    }


def test_a_sweep_has_both_and_show_too_unless_it_is_told_a_file(cache, tmp_path):
    folder = tmp_path / "it"
    done = command(
        "sweep",
        "fang_2018",
        "--grid",
        "b=1e-4,1e-3",
        "--arms",
        "weight",
        *TINY,
        "--out",
        folder,
        "--json",
    )
    assert pictures(folder) == both("sweep")
    assert done.json["figure"] == str(folder / "sweep.png")
    assert command("sweep", "show", folder, "--measure", "online_accuracy", "--json").json[
        "figure"
    ] == str(folder / "online_accuracy.png")
    assert pictures(folder) == both("sweep", "online_accuracy")
    command("sweep", "show", folder, "--out", tmp_path / "one" / "x.png")
    assert pictures(tmp_path / "one") == {"x.png"}


def test_a_raster_has_both_unless_it_is_told_a_file(finished, tmp_path):
    """Dense spikes are a bitmap inside the PDF: it stays small."""
    run = shutil.copytree(finished, tmp_path / "run")
    assert command("raster", run, "--window", "0:40").out == [str(run / "raster-0-40.png")]
    assert pictures(run) == both("raster-0-40")
    assert (run / "raster-0-40.pdf").stat().st_size < 1_000_000
    command("raster", run, "--out", tmp_path / "one" / "x.pdf")
    assert pictures(tmp_path / "one") == {"x.pdf"}


def test_a_dense_raster_is_a_small_pdf():
    """112 000 input spikes and 2000 output spikes of the paper's network, 10 s."""
    fig = figures_of("raster")[0][0]
    assert len(style.as_bytes(fig, "pdf")) < 1_000_000
