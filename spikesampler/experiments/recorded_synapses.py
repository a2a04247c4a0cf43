"""Which synapses have their trajectories kept, and how much that will be."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from spikesampler.errors import InputError, shown
from spikesampler.stimuli.seeds import generator

__all__ = ["chosen_synapses", "number_of", "synapses_text"]

ALL = "all"
_EXPECTED = (
    "expected how many, such as 100, pairs OUTPUT:INPUT, such as 0:5,3:17 (both count from 0), or"
    " all"
)
_PAIR = re.compile(r"\s*([0-9]{1,9})\s*:\s*([0-9]{1,9})\s*")


def synapses_text(given: Any) -> str | None:
    """What was asked for as one text: a number, pairs in order, `all`; None where nothing was.

    Raises InputError for anything else.
    """
    if given is None:
        return None
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and given > 0:
        return str(int(given))
    if isinstance(given, str):
        text = given.strip()
        if text == ALL or re.fullmatch(r"0*[1-9][0-9]{0,9}", text):
            return text.lstrip("0")
        matches = [_PAIR.fullmatch(pair) for pair in text.split(",")]
        found = [(int(match[1]), int(match[2])) for match in matches if match]
        if len(found) == len(matches):
            return _joined(given, found)
    elif isinstance(given, Iterable):
        pairs = [tuple(pair) if isinstance(pair, Iterable) else () for pair in given]
        if pairs and all(len(pair) == 2 and all(map(_is_number, pair)) for pair in pairs):
            return _joined(given, [(int(pair[0]), int(pair[1])) for pair in pairs])
    raise InputError(f"record-synapses {shown(given)}: {_EXPECTED}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 0


def _joined(given: Any, pairs: list[tuple[int, int]]) -> str:
    for pair in pairs:
        if pairs.count(pair) > 1:
            raise InputError(
                f"record-synapses {shown(given)}: {pair[0]}:{pair[1]} is given twice; give each"
                " synapse once"
            )
    return ",".join(f"{output}:{input_}" for output, input_ in sorted(pairs))


def number_of(text: str | None, K: int, I: int) -> int:
    """How many synapses of K I a text of `synapses_text` asks for."""
    if text is None:
        return 0
    return K * I if text == ALL else text.count(":") or min(int(text), K * I)


def chosen_synapses(text: str | None, K: int, I: int, seed: int) -> np.ndarray | None:
    """Output and input (n, 2) of the chosen synapses, in order; None where none are.

    A number of them is drawn by the seed alone, so that all arms have the same. Raises InputError
    where there are not so many, or no such ones.
    """
    if text is None:
        return None
    if text == ALL:
        return _pairs(np.arange(K * I), I)
    if ":" in text:
        pairs = np.array([pair.split(":") for pair in text.split(",")], dtype=np.int64)
        for what, numbers, size in zip(("output", "input"), pairs.T, (K, I)):
            if numbers.max() >= size:
                raise InputError(
                    f"record-synapses {shown(text)}: there is no {what} {numbers.max()}; expected"
                    f" 0 to {size - 1}"
                )
        return pairs
    if int(text) > K * I:
        raise InputError(
            f"record-synapses {text}: the network has {K * I:,} synapses; give at most so many, or"
            " all"
        )
    drawn = generator(seed, "network", "recorded synapses").permutation(K * I)[: int(text)]
    return _pairs(np.sort(drawn), I)


def _pairs(numbers: np.ndarray, I: int) -> np.ndarray:
    return np.column_stack([numbers // I, numbers % I])
