"""The general network of the conclusion: rates and back-propagation, with the same noise arms.

Fang, Yu & Chen announce a test on a general network. This is one: pixels, 100 rectified units and
ten outputs, cross-entropy of a softmax, gradient descent at a constant rate; after every step the
weights get noise of an arm of `networks.optimizers` at the temperature T. On scikit-learn's digits,
64-100-10, or MNIST, 784-100-10, where its files are given. Fixed before any run of seeds 1 to 10,
after a pilot with seed 101 that told lengths and rates:

start   usual: weights of Glorot & Bengio; small: a hundredth of them, near the saddle at 0. r, by
        which the sizes of weights are measured, is that of the usual start in both
batch   50 images of each step, or all: then gradients have no noise of their own
arms    none; noise that is alike for all; that grows with the weight, in proportion, and as the
        paper's e^w; and the control that has the power of the former at every moment, without its
        structure
T       from what is hardly seen to what ruins learning, each ten times the one before
steps   to leave the small start are counted at one rate for all, that of `none`: a first look had
        them at each arm's own, which told of rates, not of noise
rate    of RATES that whose accuracy on the validation part is highest, by the same rule for every
        arm, T and start; with all images the same rate is used
"""

from typing import NamedTuple

__all__ = [
    "ARMS",
    "BATCHES",
    "CELLS",
    "HIDDEN",
    "LATE",
    "NAME",
    "NOISES",
    "RATES",
    "SMALL",
    "STARTS",
    "TEMPERATURES",
    "Cell",
]

NAME = "fang_2018_rate_network"
HIDDEN = 100
BATCH = 50  #: images of a step
SMALL = 0.01  #: weights of the small start, in those of the usual one
STARTS = ("usual", "small")
BATCHES = ("some", "all")
NOISES = ("constant", "weight", "exp_weight", "weight_following")
TEMPERATURES = (1e-6, 1e-5, 1e-4, 1e-3)
RATES = (0.03, 0.1, 0.3)
LATE = 0.2  #: part of a run, at its end, over which accuracies are averaged


class Cell(NamedTuple):
    """An arm of the study: noise, and its temperature."""

    noise: str
    temperature: float

    @property
    def label(self) -> str:
        """Its name in tables."""
        return self.noise if self.noise == "none" else f"{self.noise}, T = {self.temperature:g}"


CELLS = (Cell("none", 0.0), *(Cell(noise, T) for noise in NOISES for T in TEMPERATURES))
ARMS = tuple(cell.label for cell in CELLS)
