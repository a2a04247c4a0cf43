"""What networks without spikes learn from: all rows of a source, with their labels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from spikesampler.errors import InputError
from spikesampler.stimuli import load_source

__all__ = ["rows_of", "source_of"]


def source_of(data: str, against: int | None = None, seed: int = 1) -> Any:
    """The source that `data` names, as `load_source` takes it; `seed` decides what is held out.

    Raises InputError where it does not have the class `against`, to be told from all others.
    """
    source = load_source(data, seed=seed, parameters={"K": 10})
    if against is not None and against not in range(source.num_classes):
        raise InputError(
            f"class {against} of {data}: expected one of 0 to {source.num_classes - 1}"
        )
    return source


def rows_of(
    source: Any, splits: Sequence[str], seed: int = 1
) -> tuple[np.ndarray, np.ndarray, float]:
    """All rows of these splits in the order of the source's table.

    Gives rows (row, feature), labels (row,), and the value that means 1.
    """
    sizes = source.description()["rows"]
    drawn = [source.draw(name, sizes[name], seed) for name in splits]
    rows = np.concatenate([split.rows for split in drawn])
    labels = np.concatenate([split.labels for split in drawn])[np.argsort(rows)]
    return drawn[0].table[np.sort(rows)], labels, float(drawn[0].scale)
