"""Random generators: everything that is drawn follows from a seed and words that say what for."""

import operator
import zlib
from typing import SupportsIndex

import numpy as np

from spikesampler.errors import InputError

__all__ = ["generator"]


def generator(seed: SupportsIndex, *words: str) -> np.random.Generator:
    """An independent random generator for each path of words under one seed.

    Raises InputError unless the seed is a whole number of at least 0.
    """
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if number < 0:
        raise InputError("the seed is not a whole number of at least 0; do: --seed 1")
    spawn_key = [zlib.crc32(word.encode()) for word in words]
    return np.random.default_rng(np.random.SeedSequence(number, spawn_key=spawn_key))
