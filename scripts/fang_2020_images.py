"""Does noise help on images, by 10 % on MNIST and CIFAR-10 as Fang, Yu & Chen (2020) claim?

Beside the network stands multinomial logistic regression, on the same images.

    python scripts/fang_2020_images.py --data FOLDER    # MNIST's idx files, or CIFAR-10's batches
    python scripts/fang_2020_images.py                  # scikit-learn's digits, a stand-in
"""

import sys
from pathlib import Path

from spikesampler.studies.command import Parser, as_path, run_script, whole
from spikesampler.studies.fang_2018.comparison_plan import ARMS
from spikesampler.studies.fang_2018.images import FULL, QUICK, compare_on_images, report
from spikesampler.studies.study import Work


def parse(arguments):
    parser = Parser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two arms, two seeds, 300 samples")
    parser.add_argument(
        "--data",
        default="digits",
        metavar="DIR",
        help="MNIST's or CIFAR-10's files (default: digits)",
    )
    parser.add_argument("--arms", default=",".join(ARMS), help="noise arms, separated by commas")
    parser.add_argument("--start", default="prior,plateau", help="starts, separated by commas")
    parser.add_argument("--seeds", type=whole, help="number of seeds (default: 10)")
    parser.add_argument("--seed", type=whole, default=1, help="the first seed")
    parser.add_argument("--samples", type=whole, help="learning samples (default: 43 200)")
    parser.add_argument("--workers", type=whole, help="processes at a time")
    parser.add_argument("--out", type=as_path, default=Path("fang_2020_images"), metavar="DIR")
    options = parser.parse_args(arguments)
    if options.quick:
        options.arms, options.start = "none,weight", "prior"
    if options.seeds is None:
        options.seeds = 2 if options.quick else 10
    return options


def make(options):
    """The comparison and the regression; prints what they reach."""
    work = Work(options.seed, options.out, options.seeds, options.workers)
    sizes = dict(QUICK if options.quick else FULL)
    if options.samples is not None:
        sizes["samples"] = options.samples
    arms, starts = options.arms.split(","), options.start.split(",")
    print(report(compare_on_images(work, options.data, arms, starts, sizes), options.data))


def main(arguments=None):
    options = parse(arguments)
    return run_script("fang_2020_images", lambda: make(options), out=options.out)


if __name__ == "__main__":
    sys.exit(main())
