"""Tables in Markdown, and numbers as they are printed in them."""

from collections.abc import Iterable, Sequence

from spikesampler.stats.rules import in_brackets

__all__ = ["markdown_table", "named", "points"]

WORDS = {
    "s-adam": "Adam",
    "s-adagrad": "Adagrad (rate 0.001)",
    "s-adagrad, 2017": "the older Adagrad (rate 0.01)",
    "s-sgd": "SGD",
    "s-sgd, scaled": "a sigmoid with as large a step",
    "light-sgd": "LIGHT",
    "light-sgd, E = 0": "LIGHT without harvest",
}


def markdown_table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown, numbers to the right, its columns padded: it is read on a terminal too.

    >>> print(markdown_table(["set", "gap"], [["moons", "+0.1"]]))
    | set   |  gap |
    |-------|-----:|
    | moons | +0.1 |
    """
    lines = [[str(cell) for cell in line] for line in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]

    def joined(cells):
        first, *others = (cell.ljust if k == 0 else cell.rjust for k, cell in enumerate(cells))
        padded = [first(widths[0]), *(just(w) for just, w in zip(others, widths[1:]))]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]
    return "\n".join([joined(lines[0]), "|" + "|".join(rule) + "|", *map(joined, lines[1:])])


def points(middle: float, low: float, high: float) -> str:
    """A difference of accuracies with its interval, in points."""
    return in_brackets(100 * middle, 100 * low, 100 * high, "+.2f")


def named(arm: str) -> str:
    """What a method is, for people who have not seen its name in the tables.

    >>> named("s-adam"), named("light-sgd, T = 4"), named("s-sgd, Eq. (2)")
    ('Adam', 'LIGHT harvested from T = 4 on', 'SGD, Eq. (2)')
    """
    if arm in WORDS:
        return WORDS[arm]
    method, _, how = arm.partition(", ")
    if how.startswith("T = "):
        return f"{WORDS[method]} harvested from {how} on"
    return f"{WORDS[method].partition(' (')[0]}, {how}"
