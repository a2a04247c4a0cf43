"""A claim that a comparison can settle: what a study says of its arms, for `verdicts`."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["Claim"]


class Claim(NamedTuple):
    """`arm` against `control` by a measure, on data of some kind.

    Claims of one family and start are corrected together.
    Measures: gain (`values`, by `least` or, of any gain, by what is `relevant`; where `percent`, in
    % of the control's, seed by seed), kept (`values`: at
    most `relevant` is lost), ahead (the probe at `at` s), shortfall (`values` below the ceiling,
    after the paper's time, or at `at` s), escape (sooner than the control, by more than `relevant`
    of its time), by (half of the runs have escaped by `least` s), course (half-way from chance to
    the final accuracy is within a factor of `within` of `least` s).
    values : variable of the dataset; accuracies are means over the last 2000 s. untested : {start:
    why the arms cannot be told apart there}; then it is no test, and gets no verdict.
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
    values: str = "late_probe_accuracy"
    within: float = 2.0
    percent: bool = False
    untested: Mapping[str, str] = MappingProxyType({})
