"""Does noise help on images? Fang, Yu & Chen (2020) claim so.

They claim at least 10 % higher accuracy on MNIST and CIFAR-10. Front. Neurosci. 14:343,
https://doi.org/10.3389/fnins.2020.00343. The network is that of the 2018 paper, without hidden
layers; its inputs, one per pixel, and its outputs, one per class, follow the data. Beside it stands
what multinomial logistic regression reaches, fitted to all learning images (10 000 at most) and
scored on the same test images: a task that is easy for it leaves the network no excuse.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from spikesampler.experiments.compare import compare
from spikesampler.experiments.comparison_result import Comparison
from spikesampler.stimuli import load_source
from spikesampler.studies.fang_2018.regression import fit_regression
from spikesampler.studies.study import Work

__all__ = ["FULL", "QUICK", "compare_on_images", "regression_accuracy", "report"]

MOST_IMAGES = 10_000  # for the regression
FULL = {"samples": 43_200, "test_samples": 1000, "probe_every": 500}
QUICK = {"samples": 300, "test_samples": 100, "probe_every": 100}


def regression_accuracy(data: str, seed: int, test_samples: int) -> float:
    """Test accuracy of multinomial logistic regression on the images of a run of this seed."""
    source = load_source(data, seed=seed, parameters={"K": 10})
    rows = source.description()["rows"]["learning"]
    learning = source.draw("learning", min(rows, MOST_IMAGES), seed)
    test = source.draw("test", test_samples, seed)
    model = fit_regression(learning.points(), learning.labels)
    return float(model.score(test.points(), test.labels))


def compare_on_images(
    work: Work, data: str, arms: Sequence[str], starts: Sequence[str], sizes: Mapping[str, int]
) -> Comparison:
    """The comparison on these images in the folder work.runs; it goes on where it was stopped.

    sizes : samples, test_samples and probe_every, of FULL or QUICK.
    """
    return compare(
        "fang_2018",
        arms=arms,
        start=starts,
        seeds=work.seeds,
        first_seed=work.seed,
        data=data,
        record="none",
        workers=work.workers,
        out=work.runs,
        resume=True,
        **sizes,
    )


def report(comparison: Comparison, data: str) -> str:
    """The comparison, what the regression reaches on the same images, and the files, in words."""
    attrs, seeds = comparison.dataset.attrs, comparison.dataset["seed"].values
    scores = [regression_accuracy(data, int(seed), attrs["test_samples"]) for seed in seeds]
    stand_in = " (a stand-in for MNIST and CIFAR-10)" if data == "digits" else ""
    return "\n".join(
        [
            str(comparison),
            f"{attrs['data']}{stand_in}: logistic regression on the same images"
            f" {np.mean(scores):.3f}",
            *(f"{kind:<12}{path}" for kind, path in comparison.files.items()),
        ]
    )
