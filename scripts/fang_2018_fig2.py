"""Fig. 2 of Fang, Yu & Chen (2018) from a finished comparison: a spikes, b learning curves, c
accuracies by phase.

"Noise helps optimization escape from saddle points in the neural dynamics". The paper's curves are
of accuracy while learning, which contains the label (dashed here); beside it stands what held-out
samples say with everything frozen. Without --comparison, the comparison is made first: 43 200
samples, ten seeds, or 1500 and two with --quick. A run of it that kept no spikes is repeated with
the same seed for the rasters.

    python scripts/fang_2018_fig2.py --comparison data/fang_2018_study.nc --out fig2
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from spikesampler import Comparison, Result, compare, run
from spikesampler.errors import InputError
from spikesampler.stats.windows import choose_window
from spikesampler.studies.scripting import run_script

WINDOWS = ("first", "middle", "last")
HEIGHT = 192  # mm


def draw(comparison, result, noise, arms, start, seconds=2.0):
    """The figure: rasters of one run and its arm of noise; learning curves and accuracies of some
    arms at one start.
    """
    from matplotlib import rc_context

    from spikesampler.figures.comparison import (
        GROUPS,
        accuracies,
        ceiling,
        name_arms,
    )
    from spikesampler.figures.learning_curves import arm_colors, learning_curves, line_styles
    from spikesampler.figures.raster import draw_column, read_window
    from spikesampler.figures.style import INK, RC, WIDTH, add_axes, new_figure
    from spikesampler.stats.intervals import bootstrap_bands, bootstrap_intervals

    learning = result.learning
    duration = float(learning["time"][-1]) + result.values["sample_length"]
    spans = [
        choose_window(window, result.manifest["recorded_windows"], duration, seconds)
        for window in WINDOWS
    ]
    data = comparison.select(arms, start).dataset.transpose("arm", "seed", ...)
    colors, chance, bayes = arm_colors(len(arms)), data.attrs["chance"], ceiling(data)
    with rc_context(RC):
        fig = new_figure(HEIGHT)
        for column, (name, (first, last)) in enumerate(zip(WINDOWS, spans)):
            left = 19 + 55 * column
            draw_column(
                fig,
                read_window(result, first, last),
                left,
                8,
                46,
                heights=(54, 30),
                first=column == 0,
            )
            fig.text(
                left / WIDTH,
                1 - 4.5 / HEIGHT,
                f"{'a' if column == 0 else ' '}   {name.capitalize()} "
                f"{last - first:g} s of learning",
                va="center",
                fontsize=8,
            )
        curves = add_axes(fig, 19, 125, 72, 47, label="curves")
        learning_curves(
            curves,
            data["probe_time"].values,
            *bootstrap_bands(data["probe_accuracy"].values),
            arms,
            data["online_accuracy"].values.mean(axis=1),
            chance,
            bayes,
            colors,
        )
        for first, last in spans:
            curves.plot(
                (first + last) / 2,
                1.02,
                "v",
                transform=curves.get_xaxis_transform(),
                color=INK,
                ms=3.5,
                clip_on=False,
            )
        values = np.array(
            [
                data[name].values
                for name in ("final_online_accuracy", "final_probe_accuracy", "test_accuracy")
            ]
        )
        found = bootstrap_intervals(values)
        phases = add_axes(fig, 104, 125, 50, 47, label="accuracies")
        accuracies(
            phases, *found, values, [name.split("\n")[0] for name in GROUPS], colors, chance, bayes
        )
        name_arms(phases, found[0][-1], arms, colors)
        line_styles(fig, HEIGHT - 4)
        for left, text in ((19, "b   Learning curves"), (104, "c   At the end of learning")):
            fig.text(left / WIDTH, 1 - 118 / HEIGHT, text, va="center", fontsize=8)
        spread = f"mean, 95 %, {data.sizes['seed']} seeds" if data.sizes["seed"] > 1 else "one seed"
        told = f"a: {noise}, seed {learning.attrs['seed']}; b, c: {spread}, start {start}"
        fig.text(14 / WIDTH, 4 / HEIGHT, told, va="center", fontsize=7)
    return fig


def run_with_spikes(comparison, arm, start, seed, out):
    """The comparison's run of this arm, start and seed with its spikes, repeated where none were
    kept.
    """
    from spikesampler.experiments.comparison_result import run_folder

    folder = comparison.folder / run_folder(arm, start, seed)
    if (folder / "spikes.h5").is_file():
        return Result(folder)
    attrs = comparison.dataset.attrs
    chosen = dict(one.split("=") for one in attrs["set"].split(", ") if one)
    again = out / f"{folder.name}-spikes"
    result = run(
        attrs["model"],
        noise=arm,
        start=start,
        seed=seed,
        samples=int(attrs["samples"]),
        set=chosen,
        probe_every=int(attrs["probe_every"]),
        probe_samples=int(attrs["probe_samples"]),
        test_samples=int(attrs["test_samples"]),
        data=attrs["source"] or None,
        engine=attrs["engine"],
        record="windows",
        out=again,
        resume=again.exists(),
    )
    there = comparison.dataset["probe_accuracy"].sel(arm=arm, seed=seed)
    there = there.sel(start=start) if "start" in there.dims else there
    if not np.allclose(result.learning["probe_accuracy"], there, atol=1e-6):
        print(
            f"fang_2018_fig2: {again} has other random numbers than the comparison (another"
            " machine, compiler or version): same law, other spikes",
            file=sys.stderr,
        )
    return result


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--comparison", type=Path, help="folder or dataset of a finished comparison"
    )
    parser.add_argument(
        "--quick", action="store_true", help="1500 samples and two seeds, without --comparison"
    )
    parser.add_argument(
        "--arms", default="none,weight", help="arms of b and c, separated by commas"
    )
    parser.add_argument(
        "--noise", default="weight", metavar="ARM", help="arm of the rasters (default: weight)"
    )
    parser.add_argument("--start", default="prior", help="prior or plateau (default: prior)")
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of the rasters, and the first one of a comparison"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("fang_2018_fig2"),
        metavar="DIR",
        help="for runs and figures",
    )
    return parser.parse_args(arguments)


def make(options):
    """The comparison, where there is none yet, and the figure; prints where it is and what was
    compared.
    """
    from spikesampler.figures import save

    arms, folder = options.arms.split(","), options.out / "comparison"
    if options.comparison is None:
        sizes = {"samples": 1500, "test_samples": 300, "seeds": 2} if options.quick else {}
        comparison = compare(
            "fang_2018",
            arms=dict.fromkeys([*arms, options.noise]),
            start=options.start,
            first_seed=options.seed,
            out=folder,
            resume=folder.exists(),
            **sizes,
        )
    else:
        comparison = Comparison(options.comparison)
    comparison.select([*arms, options.noise], options.start)  # refuses what it does not have
    if options.seed not in comparison.dataset["seed"]:
        raise InputError(
            f"no seed {options.seed} in {comparison.path}; it has "
            f"{', '.join(map(str, comparison.dataset['seed'].values))}"
        )
    result = run_with_spikes(comparison, options.noise, options.start, options.seed, options.out)
    fig = draw(comparison, result, options.noise, arms, options.start)
    for name in ("fig2.png", "fig2.pdf"):
        print(save(fig, options.out / name))
    print(comparison.select(arms, options.start))


def main(arguments=None):
    options = parse(arguments)
    return run_script("fang_2018_fig2", lambda: make(options))


if __name__ == "__main__":
    sys.exit(main())
