"""A claim that a comparison can settle: what a study says of its arms, for `verdicts`."""

import math
from typing import NamedTuple

__all__ = ["Claim"]


class Claim(NamedTuple):
    """`arm` against `control` by a measure, on data of some kind.

    Claims of one family are corrected together.
    Measures: accuracy (test, and online), both (test and online), kept (test: at most `relevant` is
    lost), ahead (the probe at `at` s), shortfall (test below the ceiling, after the paper's time),
    escape (sooner than the control, by more than `relevant` of its time), time (of escape, by
    `least` s).
    """

    name: str
    text: str
    source: str
    measure: str
    arm: str
    control: str = "none"
    least: float = 0.0
    relevant: float = 0.0
    at: float = math.inf
    on: str = "all"
    family: str = "paper"
