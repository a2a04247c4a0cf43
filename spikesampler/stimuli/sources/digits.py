"""scikit-learn's digits: 1797 images of 8 x 8 pixels, as pixel rates."""

import hashlib

import numpy as np

from spikesampler.stimuli.labelled import LabelledData
from spikesampler.stimuli.source import SourceKind, loads_labelled

__all__ = ["KIND", "load_digits"]


def load_digits(*, seed: int, num_outputs: int, fixed: bool = False) -> LabelledData:
    """The 1797 digits of 8×8 pixels that scikit-learn brings along (UCI; 0..16, so 16 means 1)."""
    from sklearn import datasets  # takes a second

    digits = datasets.load_digits()
    table = digits.data.astype(np.uint8)
    sha256 = hashlib.sha256(table.tobytes()).hexdigest()
    return LabelledData(
        "digits",
        table,
        digits.target,
        seed=seed,
        num_outputs=num_outputs,
        fixed=fixed,
        coding="rates",
        scale=16,
        where="digit {}".format,
        facts={"files": {"sklearn.datasets.load_digits": sha256}},
    )


KIND = SourceKind(
    answers=lambda data: str(data) == "digits",
    load=loads_labelled(lambda data, **options: load_digits(**options)),
    expected="digits",
)
