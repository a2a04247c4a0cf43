"""Fig. 2 of Fang, Yu & Chen (2018): a spikes, b learning curves, c accuracies by phase.

The paper's curves are of accuracy while learning, which contains the label (dashed here); beside it
stands what held-out samples say with everything frozen.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.errors import InputError
from spikesampler.experiments.comparison_dataset import set_of
from spikesampler.experiments.comparison_result import Comparison, run_folder
from spikesampler.experiments.run import run
from spikesampler.experiments.run_result import Result
from spikesampler.figures.arms import arm_colors
from spikesampler.figures.comparison import GROUPS, accuracies, ceiling
from spikesampler.figures.learning_curves import learning_curves, line_styles
from spikesampler.figures.names import name_arms
from spikesampler.figures.raster import draw_column
from spikesampler.figures.style import INK, RC, add_axes, add_text, new_figure
from spikesampler.figures.window import read_window
from spikesampler.stats.intervals import SHARE, mean_bands, mean_intervals
from spikesampler.stats.windows import choose_window
from spikesampler.store.manifest import SPIKES
from spikesampler.studies.study import Work

__all__ = ["fig2", "fig2_of_seed", "figures_of_runs"]

WINDOWS = ("first", "middle", "last")
SECONDS = 2.0  #: of spikes from each window
PHASES = ("final_online_accuracy", "final_probe_accuracy", "test_accuracy")
HEIGHT = 192  # mm


def fig2(
    comparison: Comparison, result: Result, noise: str, arms: Sequence[str], start: str
) -> Figure:
    """Rasters of one run, whose arm is `noise`; curves and accuracies of some arms at one start."""
    duration = float(result.learning["time"][-1]) + result.period
    recorded = result.manifest["recorded_windows"]
    spans = [choose_window(window, recorded, duration, SECONDS) for window in WINDOWS]
    selected = comparison.sel(arms, start).dataset.transpose("arm", "seed", ...)
    levels = selected.attrs["chance"], ceiling(selected)
    colors, seeds = arm_colors(arms), selected.sizes["seed"]
    with rc_context(RC):
        fig = new_figure(HEIGHT)
        _rasters(fig, result, spans)
        curves = add_axes(fig, 19, 125, 72, 47, label="curves")
        mean, low, high = mean_bands(selected["probe_accuracy"].values, within=SHARE)
        online = selected["online_accuracy"].values.mean(axis=1)
        time = selected["probe_time"].values
        learning_curves(curves, time, mean, low, high, arms, online, *levels, colors)
        _mark_windows(curves, spans)
        values = np.array([selected[name].values for name in PHASES])
        mean, low, high = mean_intervals(values, within=SHARE)
        phases = add_axes(fig, 104, 125, 50, 47, label="accuracies")
        groups = [name.split("\n")[0] for name in GROUPS]
        accuracies(phases, mean, low, high, values, groups, arms, *levels)
        name_arms(phases, mean[-1], arms, colors)
        line_styles(fig, HEIGHT - 4)
        add_text(fig, 19, 118, "b   Learning curves")
        add_text(fig, 104, 118, "c   At the end of learning")
        seed = result.learning.attrs["seed"]
        spread = f"mean, 95 %, {seeds} seeds" if seeds > 1 else "one seed"
        about = f"a: {noise}, seed {seed}; b, c: {spread}, start {start}"
        add_text(fig, 14, HEIGHT - 4, about, fontsize=7)
    return fig


def _rasters(fig: Figure, result: Result, spans: Sequence[tuple[float, float]]) -> None:
    """A column of rasters for each span (s)."""
    for column, (window, (first, last)) in enumerate(zip(WINDOWS, spans)):
        left, spikes = 19 + 55 * column, read_window(result, first, last)
        draw_column(fig, spikes, left, 8, 46, heights=(54, 30), first=column == 0)
        letter = "a" if column == 0 else " "
        title = f"{letter}   {window.capitalize()} {last - first:g} s of learning"
        add_text(fig, left, 4.5, title)


def _mark_windows(curves: Axes, spans: Sequence[tuple[float, float]]) -> None:
    """Above the learning curves, where the spikes are from."""
    above = curves.get_xaxis_transform()
    for span in spans:
        middle = sum(span) / 2
        curves.plot(middle, 1.02, "v", transform=above, color=INK, ms=3.5, clip_on=False)


def run_with_spikes(comparison: Comparison, arm: str, start: str, seed: int, out: Path) -> Result:
    """The comparison's run with its spikes, repeated in a folder of `out` where none were kept."""
    folder = comparison.folder / run_folder(arm, start, seed)
    if (folder / SPIKES).is_file():
        return Result(folder)
    attrs = comparison.dataset.attrs
    sizes = ("samples", "probe_every", "probe_samples", "test_samples")
    repeated = out / f"{folder.name}-spikes"
    result = run(
        attrs["model"],
        noise=arm,
        start=start,
        seed=seed,
        set=set_of(attrs),
        data=attrs["source"] or None,
        engine=attrs["engine"],
        record="windows",
        out=repeated,
        resume=True,
        **{name: int(attrs[name]) for name in sizes},
    )
    if not np.allclose(
        result.learning["probe_accuracy"],
        comparison.sel([arm], start).dataset["probe_accuracy"].sel(arm=arm, seed=seed),
        atol=1e-6,
    ):
        print(
            f"fang_2018_fig2: {repeated} has other random numbers than the comparison (another"
            " machine, compiler or version): same law, other spikes",
            file=sys.stderr,
        )
    return result


def fig2_of_seed(
    comparison: Comparison, noise: str, arms: Sequence[str], start: str, seed: int, out: Path
) -> Figure:
    """`fig2` with the rasters of a seed's run; InputError for what the comparison does not have."""
    comparison.sel([*arms, noise], start)
    seeds = comparison.dataset["seed"]
    if seed not in seeds:
        raise InputError(
            f"no seed {seed} in {comparison.path}; it has {', '.join(map(str, seeds.values))}"
        )
    return fig2(
        comparison, run_with_spikes(comparison, noise, start, seed, out), noise, arms, start
    )


def figures_of_runs(work: Work) -> dict[str, Figure]:
    """Fig. 2 from the plateau, of the runs of the main comparison."""
    study = Comparison(work.runs / "study")
    arms, out = ("none", "weight"), work.runs / "fig2"
    return {"fig2": fig2_of_seed(study, "weight", arms, "plateau", work.seed, out)}
