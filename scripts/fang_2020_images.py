"""Does noise help on images? Fang, Yu & Chen (2020) claim at least 10 % higher accuracy on MNIST
and CIFAR-10.

Front. Neurosci. 14:343, https://doi.org/10.3389/fnins.2020.00343. The network is that of the 2018
paper, without hidden layers; its inputs, one per pixel, and its outputs, one per class, follow the
data. Beside it stands what multinomial logistic regression reaches, fitted to all learning images
(10 000 at most) and scored on the same test images: a task that is easy for it leaves the network
no excuse.

    python scripts/fang_2020_images.py --data FOLDER    # MNIST's idx files or CIFAR-10's batches,
    as downloaded python scripts/fang_2020_images.py                  # scikit-learn's digits, a
    stand-in
"""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np

from spikesampler import compare
from spikesampler.stimuli import load_source
from spikesampler.studies.scripting import run_script

ARMS = ("none", "constant", "weight", "weight_literal", "constant_matched", "weight_posterior")
MOST_IMAGES = 10_000  # for the regression


def regression_accuracy(data, seed, test_samples):
    """Test accuracy of multinomial logistic regression on the images that a run of this seed
    learns.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    source = load_source(data, seed=seed, parameters={"K": 10})
    rows = source.description()["rows"]["learning"]
    learning = source.draw("learning", min(rows, MOST_IMAGES), seed)
    test = source.draw("test", test_samples, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=200).fit(learning.points(), learning.labels)
    return float(model.score(test.points(), test.labels))


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two arms, two seeds, 300 samples")
    parser.add_argument(
        "--data",
        default="digits",
        metavar="DIR",
        help="MNIST's or CIFAR-10's files (default: digits)",
    )
    parser.add_argument("--arms", default=",".join(ARMS), help="noise arms, separated by commas")
    parser.add_argument("--start", default="prior,plateau", help="starts, separated by commas")
    parser.add_argument("--seeds", type=int, help="number of seeds (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--samples", type=int, help="learning samples (default: 43 200)")
    parser.add_argument("--workers", type=int, help="processes at a time")
    parser.add_argument("--out", type=Path, default=Path("fang_2020_images"), metavar="DIR")
    options = parser.parse_args(arguments)
    if options.quick:
        options.arms, options.start = "none,weight", "prior"
    options.seeds = options.seeds if options.seeds is not None else (2 if options.quick else 10)
    options.samples = (
        options.samples if options.samples is not None else (300 if options.quick else 43_200)
    )
    return options


def make(options):
    """The comparison and the regression; prints what they reach."""
    test_samples = 100 if options.quick else 1000
    comparison = compare(
        "fang_2018",
        arms=options.arms.split(","),
        start=options.start.split(","),
        seeds=options.seeds,
        first_seed=options.seed,
        samples=options.samples,
        test_samples=test_samples,
        data=options.data,
        probe_every=100 if options.quick else 500,
        record="none",
        workers=options.workers,
        out=options.out,
        resume=options.out.exists(),
    )
    scores = [
        regression_accuracy(options.data, seed, test_samples)
        for seed in range(options.seed, options.seed + options.seeds)
    ]
    print(comparison)
    stand_in = " (a stand-in for MNIST and CIFAR-10)" if options.data == "digits" else ""
    print(
        f"{comparison.dataset.attrs['data']}{stand_in}: logistic regression on the same images"
        f" {np.mean(scores):.3f}"
    )
    for kind, path in comparison.files.items():
        print(f"{kind:<12}{path}")


def main(arguments=None):
    options = parse(arguments)
    return run_script("fang_2020_images", lambda: make(options))


if __name__ == "__main__":
    sys.exit(main())
