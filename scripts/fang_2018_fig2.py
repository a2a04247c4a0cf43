"""Fig. 2a of Fang, Yu & Chen (2018): spikes in the first, middle and last seconds of learning, and the learning curve.

"Noise helps optimization escape from saddle points in the neural dynamics", with one arm of noise and 43 200 samples
(2.4 h of biological time); --quick takes 1500 samples (5 min of it). Below, what the paper's Fig. 2b shows of one run.

    python scripts/fang_2018_fig2.py --quick --out fig2
"""
import argparse
import sys
from pathlib import Path

import numpy as np

import spikesampler
from spikesampler.analysis import choose_window, wilson
from spikesampler.errors import InputError

WINDOWS = ("first", "middle", "last")


def draw(result, seconds=2.0):
    """The three rasters over the learning curve of one run, with its test accuracy beside."""
    from matplotlib import rc_context

    from spikesampler.figures.learning_curves import arm_accuracies, arm_colors, learning_curves, line_styles
    from spikesampler.figures.raster import draw_column, read_window
    from spikesampler.figures.style import INK, RC, WIDTH, add_axes, new_figure

    learning = result.learning
    duration = float(learning["time"][-1]) + result.manifest["parameters"]["sample_length"]["value"] / 1000
    recorded = result.manifest.get("recorded_windows") or [[0.0, duration]]
    with rc_context(RC):
        fig = new_figure(height=184)
        spans = [choose_window(window, recorded, duration, seconds) for window in WINDOWS]
        for column, (name, (start, stop)) in enumerate(zip(WINDOWS, spans)):
            left = 19 + 55 * column
            draw_column(fig, read_window(result, start, stop), left, 8, 46, heights=(54, 30), first=column == 0)
            fig.text(left / WIDTH, 1 - 4.5 / 184, f"{'abc'[column]}   {name.capitalize()} {stop - start:g} s",
                     va="center", fontsize=8)
        curve = add_axes(fig, 19, 124, 142, 48, label="curves")
        beside = add_axes(fig, 164, 124, 11, 48, label="test", sharey=curve)
        arm, time = learning.attrs["arm"], learning["probe_time"].values
        probe = learning["probe_accuracy"].values
        low, high = wilson(probe, result.manifest["settings"].get("probe_samples", np.nan))
        learning_curves(curve, time, [probe], [low], [high], [arm], [learning["online_accuracy"].values],
                        learning.attrs["chance"], result.bayes_accuracy)
        test = wilson(result.test_accuracy, learning.sizes["test_sample"])
        arm_accuracies(beside, [result.test_accuracy], [test[0]], [test[1]], [[]], [arm], arm_colors(1))
        for letter, (start, stop) in zip("abc", spans):
            place = {"xy": ((start + stop) / 2, 1), "xycoords": curve.get_xaxis_transform()}
            curve.annotate(letter, **place, xytext=(0, 7), textcoords="offset points", ha="center", fontsize=7)
            curve.plot(*place["xy"], "v", transform=curve.get_xaxis_transform(), color=INK, ms=3.5, clip_on=False)
        line_styles(fig, 116.5)
        fig.text(19 / WIDTH, 1 - 116.5 / 184, f"d   Noise: {arm}, seed {learning.attrs['seed']}, 95 % Wilson intervals",
                 va="center", fontsize=8)
    return fig


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="1500 samples instead of 43 200")
    parser.add_argument("--samples", type=int, help="learning samples (overrides --quick)")
    parser.add_argument("--noise", default="weight", metavar="ARM", help="arm of the noise (default: weight)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("fang_2018_fig2"), metavar="DIR", help="for run and figures")
    options = parser.parse_args(arguments)
    samples = options.samples if options.samples is not None else (1500 if options.quick else 43_200)
    run_folder = options.out / f"run_{options.noise}_{samples}_seed{options.seed}"
    try:
        result = spikesampler.run("fang_2018", noise=options.noise, samples=samples, seed=options.seed,
                                  test_samples=300 if options.quick else 1000, record="windows", out=run_folder,
                                  resume=run_folder.exists())
        from spikesampler.figures import save

        fig = draw(result)
        for name in ("fig2.png", "fig2.pdf"):
            print(save(fig, options.out / name))
    except InputError as error:
        print(f"fang_2018_fig2: {error}", file=sys.stderr)
        return 2
    print(f"test accuracy {result.test_accuracy:.3f} (Bayes-optimal {result.bayes_accuracy:.3f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
