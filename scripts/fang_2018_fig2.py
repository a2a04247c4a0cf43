"""Fig. 2 of Fang, Yu & Chen (2018) from a finished comparison.

It has a spikes, b learning curves, c accuracies by phase. The paper is "Noise helps optimization
escape from saddle points in the neural dynamics". Without --comparison, the comparison is made
first: 43 200 samples, ten seeds, or 1500 and two with --quick. A run of it that kept no spikes is
repeated with the same seed for the rasters.

    python scripts/fang_2018_fig2.py --comparison data/fang_2018_study.nc --out fig2
"""

import sys
from pathlib import Path

from spikesampler import Comparison, compare
from spikesampler.studies.command import Parser, as_path, run_script, save_figures, whole
from spikesampler.studies.fang_2018.fig2 import fig2_of_seed


def parse(arguments):
    parser = Parser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--comparison", type=as_path, help="folder or dataset of a finished comparison"
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
        "--seed",
        type=whole,
        default=1,
        help="seed of the rasters, the first of a comparison",
    )
    parser.add_argument(
        "--out",
        type=as_path,
        default=Path("fang_2018_fig2"),
        metavar="DIR",
        help="for runs and figures",
    )
    return parser.parse_args(arguments)


def comparison_of(options, arms):
    """The comparison that was given, or the one that is made for the figure."""
    if options.comparison is not None:
        return Comparison(options.comparison)
    folder = options.out / "comparison"
    quick = {"samples": 1500, "probe_every": 150, "test_samples": 300, "seeds": 2}
    sizes = quick if options.quick else {}
    return compare(
        "fang_2018",
        arms=dict.fromkeys([*arms, options.noise]),
        start=options.start,
        first_seed=options.seed,
        out=folder,
        resume=True,
        **sizes,
    )


def make(options):
    """Draw the figure; prints where it is and what was compared."""
    arms = options.arms.split(",")
    comparison = comparison_of(options, arms)
    figure = fig2_of_seed(comparison, options.noise, arms, options.start, options.seed, options.out)
    for path in save_figures({"fig2": figure}, options.out, ("png", "pdf")):
        print(path)
    print(comparison.sel(arms, options.start))


def main(arguments=None):
    options = parse(arguments)
    return run_script("fang_2018_fig2", lambda: make(options), out=options.out)


if __name__ == "__main__":
    sys.exit(main())
