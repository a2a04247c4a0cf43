"""Methods that are compared: outputs, optimizers and settings; pairs, and what they are about."""

from itertools import product
from typing import NamedTuple

import numpy as np

from spikesampler.language.model import load_model
from spikesampler.studies.kulikovskikh_2021.setting import Setting

__all__ = [
    "AGAINST_RIVALS",
    "ARMS",
    "BY_HARVEST",
    "DRAWN",
    "FAMILIES",
    "GRIDS",
    "LIGHT",
    "NAMES",
    "OLDER",
    "PAIRS",
    "PAPER",
    "RIVALS",
    "TRIALS",
    "grown",
    "harvested",
]

MODEL = load_model("kulikovskikh_2021")
R, E, T, RATE = (MODEL[name] for name in ("r", "E", "T", "rate"))
N_0 = 0.5  #: N at 0, as the sigmoid's
SLOPE = R * N_0 * np.log(1 / N_0)  #: of LIGHT at 0, from the left; the sigmoid's is 1/4
RIVALS = ("s-adam", "s-adagrad", "s-sgd")
OLDER = {"s-adagrad": "s-adagrad, 2017"}  #: rivals whose defaults in Keras were others in 2017
LIGHT = "light-sgd"  #: the paper's method, whose T is above 0
PAPER = (*RIVALS, LIGHT)
TRIALS = 16


def grown(form: str, r: float, T: float) -> float:
    """N at T of a population that has grown from N(0) = 1/2 by a form of `light`, q = 1."""
    left = np.exp(-r * T)
    if form == "gompertz":
        return float(N_0**left)
    # ln_1 N_T is -left in Richards' law, and ln(1/2) left in the printed form
    return float(1 / (1 + left * (1 if form == "richards" else np.log(1 / N_0))))


def harvested(r: float, E: float, T: float, form: str = "gompertz") -> Setting:
    """LIGHT that has grown from N(0) = 1/2 when it is harvested, from T on."""
    return Setting(RATE, r, E, T, grown(form, r, T))


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


def _light(E, T, form="gompertz"):
    return Arm("sgd_keras", form, [harvested(R, E, T, form)])


MAIN = {
    "s-adam": Arm("adam_keras", "sigmoid", [Setting(1e-3)]),
    "s-adagrad": Arm("adagrad_keras", "sigmoid", [Setting(1e-3)]),
    "s-sgd": Arm("sgd_keras", "sigmoid", [Setting(RATE)]),
    LIGHT: _light(E, T),
    "light-sgd, T = 0": _light(E, 0.0),
    "light-sgd, E = 0": _light(0.0, 0.0),
}
ARMS = {
    **MAIN,
    **{f"light-sgd, T = {later:g}": _light(E, later) for later in (T / 2, 2 * T, 4 * T)},
    "light-sgd, richards": _light(E, T, "richards"),
    "light-sgd, printed": _light(E, T, "printed"),
    "light-sgd, richards, T = 0": _light(E, 0.0, "richards"),
    "light-sgd, printed, T = 0": Arm("sgd_keras", "printed", [Setting(RATE, R, E)]),
    "s-sgd, scaled": Arm("sgd_keras", "sigmoid", [Setting(RATE * SLOPE / 0.25)]),
    "s-adagrad, 2017": Arm("adagrad_keras_2017", "sigmoid", [Setting(1e-2)]),
    **{f"{name}, Eq. (2)": arm._replace(loss="margin") for name, arm in MAIN.items()},
}
GROWTH = np.geomspace(0.5, 64, TRIALS)
HARVEST = product((2.0, R, 8.0, 16.0), (0.5, E / R), (0.0, T))  #: r, E/r, T
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
#: arms of one r and E, by when harvest begins: at once, later and later, never
BY_HARVEST = (
    "light-sgd, T = 0",
    f"light-sgd, T = {T / 2:g}",
    LIGHT,
    f"light-sgd, T = {2 * T:g}",
    f"light-sgd, T = {4 * T:g}",
    "light-sgd, E = 0",
)
#: arms of which is asked whether they are above all three rivals: the claim, and its controls
AGAINST_RIVALS = (LIGHT, "light-sgd, E = 0", "s-sgd, scaled", "light-sgd, T = 0")
DRAWN = (*PAPER, *AGAINST_RIVALS[1:])  #: arms with curves
#: pairs whose p are corrected together, with all tasks of a table, and what they are about
FAMILIES = {
    **{f"{arm} against the rivals": [(arm, rival) for rival in RIVALS] for arm in AGAINST_RIVALS},
    "controls": [
        (LIGHT, "light-sgd, E = 0"),
        (LIGHT, "light-sgd, T = 0"),
        (LIGHT, "s-sgd, scaled"),
        ("light-sgd, E = 0", "s-sgd, scaled"),
    ],
    "tuned": [("light-sgd, tuned", "s-sgd, tuned"), ("light-sgd, tuned", "s-adam, tuned")],
    "tuned controls": [
        ("light-sgd, tuned", "light-sgd, E = 0, tuned"),
        ("light-sgd, E = 0, tuned", "s-sgd, tuned"),
    ],
    "Eq. (2)": [(f"{LIGHT}, Eq. (2)", f"{rival}, Eq. (2)") for rival in RIVALS],
}
PAIRS = [pair for pairs in FAMILIES.values() for pair in pairs]
