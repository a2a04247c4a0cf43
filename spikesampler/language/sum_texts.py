"""The sums over synapses in equations of the outputs, as text."""

import re
from collections.abc import Callable

__all__ = ["replace_sums"]

_SUM = re.compile(r"(?<![\w.])sum\s*\(")


def replace_sums(text: str, replaced: Callable[[str], str]) -> str:
    """The text with replaced(EXPR) for each sum(EXPR)."""
    pieces, at = [], 0
    while match := _SUM.search(text, at):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        pieces += [text[at : match.start()], replaced(text[match.end() : end - 1].strip())]
        at = end
    return "".join([*pieces, text[at:]])
