"""What is taken over synapses, as text: sums in equations of the outputs, and means in noise."""

import re
from collections.abc import Callable, Mapping

__all__ = ["argument_and_source", "means_in", "named_means", "replace_means", "replace_sums"]

_CALLS = {name: re.compile(rf"(?<![\w.]){name}\s*\(") for name in ("sum", "mean")}


def replace_sums(text: str, replaced: Callable[[str], str], function: str = "sum") -> str:
    """The text with replaced(EXPR) for each sum(EXPR)."""
    pieces, at = [], 0
    while match := _CALLS[function].search(text, at):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        pieces += [text[at : match.start()], replaced(text[match.end() : end - 1].strip())]
        at = end
    return "".join([*pieces, text[at:]])


def argument_and_source(inner: str) -> tuple[str, str]:
    """EXPR and SOURCE of what stands in sum(EXPR, SOURCE); "" for a sum over all sources.

    >>> argument_and_source("clip(w, 0, 1)*x, hidden")
    ('clip(w, 0, 1)*x', 'hidden')
    """
    depth = 0
    for place in range(len(inner) - 1, -1, -1):
        depth += (inner[place] == ")") - (inner[place] == "(")
        if inner[place] == "," and not depth:
            return inner[:place].strip(), inner[place + 1 :].strip()
    return inner, ""


def replace_means(text: str, replaced: Callable[[str], str]) -> str:
    """The text with replaced(EXPR) for each mean(EXPR)."""
    return replace_sums(text, replaced, "mean")


def means_in(text: str) -> list[str]:
    """The arguments of all mean(…) in a text."""
    inner: list[str] = []
    replace_means(text, lambda part: inner.append(part) or "0")  # type: ignore[func-returns-value]
    return inner


def named_means(
    variances: Mapping[str, str], prefix: str = "mean"
) -> tuple[dict[str, str], dict[str, str]]:
    """Texts with names for their means over all synapses, and {name: what it is the mean of}.

    prefix : how the names begin.

    >>> named_means({"theta": "2*b*mean(N*w)"})
    ({'theta': '2*b*mean_0'}, {'mean_0': 'N*w'})
    """
    inner = dict.fromkeys(part for text in variances.values() for part in means_in(text))
    names = {part: f"{prefix}_{number}" for number, part in enumerate(inner)}
    named = {state: replace_means(text, names.__getitem__) for state, text in variances.items()}
    return named, {name: part for part, name in names.items()}
