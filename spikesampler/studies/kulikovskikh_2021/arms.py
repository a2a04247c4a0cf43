"""Methods that are compared: outputs, optimizers and settings; pairs, and what they are about."""

from itertools import product
from typing import NamedTuple

import numpy as np

from spikesampler.language.model import load_model
from spikesampler.studies.kulikovskikh_2021.setting import Setting

__all__ = ["ARMS", "DRAWN", "FAMILIES", "GRIDS", "NAMES", "PAIRS", "PAPER", "TRIALS", "harvested"]

MODEL = load_model("kulikovskikh_2021")
R, E, N_0, RATE = (MODEL[name] for name in ("r", "E", "N_T", "rate"))
SLOPE = R * N_0 * np.log(1 / N_0)  #: of LIGHT at 0, from the left; the sigmoid's is 1/4
PAPER = ("s-adam", "s-adagrad", "s-sgd", "light-sgd")
TRIALS = 16


def harvested(r: float, E: float, T: float, rate: float = RATE) -> Setting:
    """LIGHT that has grown from N(0) = 1/2 by Gompertz's law when it is harvested, from T on."""
    return Setting(rate, r, E, T, float(N_0 ** np.exp(-r * T)))


class Arm(NamedTuple):
    """Networks with one optimizer, output and loss, and their setting, or those of which the best
    is taken, on other runs.
    """

    optimizer: str
    unit: str
    settings: list[Setting]
    loss: str = "cross_entropy"


def _rates(least, most):
    return [Setting(rate) for rate in np.geomspace(least, most, TRIALS)]


MAIN = {
    "s-adam": Arm("adam_keras", "sigmoid", [Setting(1e-3)]),
    "s-adagrad": Arm("adagrad_keras", "sigmoid", [Setting(1e-3)]),
    "s-sgd": Arm("sgd_keras", "sigmoid", [Setting(RATE)]),
    "light-sgd": Arm("sgd_keras", "gompertz", [harvested(R, E, 0.0)]),
    "light-sgd, E = 0": Arm("sgd_keras", "gompertz", [harvested(R, 0.0, 0.0)]),
}
ARMS = {
    **MAIN,
    "light-sgd, T = 1": Arm("sgd_keras", "gompertz", [harvested(R, E, 1.0)]),
    "light-sgd, richards": Arm("sgd_keras", "richards", [Setting(RATE, R, E)]),
    "light-sgd, printed": Arm("sgd_keras", "printed", [Setting(RATE, R, E)]),
    "s-sgd, scaled": Arm("sgd_keras", "sigmoid", [Setting(RATE * SLOPE / 0.25)]),
    "s-adagrad, 2017": Arm("adagrad_keras_2017", "sigmoid", [Setting(1e-2)]),
    **{f"{name}, Eq. (2)": arm._replace(loss="margin") for name, arm in MAIN.items()},
}
GROWTH = np.geomspace(0.5, 64, TRIALS)
HARVEST = product((2.0, R, 8.0, 16.0), (0.5, E / R), (0.0, 1.0))  #: r, E/r, T
GRIDS = {
    "s-adam, tuned": Arm("adam_keras", "sigmoid", _rates(3e-4, 0.3)),
    "s-sgd, tuned": Arm("sgd_keras", "sigmoid", _rates(3e-3, 3.0)),
    "light-sgd, E = 0, tuned": Arm(
        "sgd_keras", "gompertz", [harvested(r, 0.0, 0.0) for r in GROWTH]
    ),
    "light-sgd, tuned": Arm(
        "sgd_keras", "gompertz", [harvested(r, share * r, T) for r, share, T in HARVEST]
    ),
}
NAMES = (*ARMS, *GRIDS)
DRAWN = (*PAPER, "light-sgd, E = 0", "s-sgd, scaled")  #: arms with curves
#: pairs whose p are corrected together, with all tasks of a table, and what they are about
FAMILIES = {
    "claim": {f"LIGHT against {rival}": ("light-sgd", rival) for rival in PAPER[:3]},
    "controls": {
        "harvest: LIGHT against E = 0": ("light-sgd", "light-sgd, E = 0"),
        "harvest from T = 1 on against E = 0": ("light-sgd, T = 1", "light-sgd, E = 0"),
        "growth: E = 0 against SGD": ("light-sgd, E = 0", "s-sgd"),
        "growth beyond a scaled step: E = 0 against SGD, scaled": (
            "light-sgd, E = 0",
            "s-sgd, scaled",
        ),
    },
    "tuned": {
        "all tuned: LIGHT against SGD": ("light-sgd, tuned", "s-sgd, tuned"),
        "all tuned: LIGHT against Adam": ("light-sgd, tuned", "s-adam, tuned"),
        "all tuned: LIGHT against E = 0": ("light-sgd, tuned", "light-sgd, E = 0, tuned"),
        "all tuned: E = 0 against SGD": ("light-sgd, E = 0, tuned", "s-sgd, tuned"),
    },
    "Eq. (2)": {
        f"with Eq. (2) as the loss: LIGHT against {name}": (
            "light-sgd, Eq. (2)",
            f"{rival}, Eq. (2)",
        )
        for name, rival in zip(("Adam", "Adagrad", "SGD"), PAPER)
    },
}
PAIRS = [pair for pairs in FAMILIES.values() for pair in pairs.values()]
