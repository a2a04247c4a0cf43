"""Sums over the synapses of a layer with several sources: what each pathway has of them."""

import re
from collections.abc import Collection, Mapping

from spikesampler.errors import InputError
from spikesampler.language.blocks import Equation, read_equations
from spikesampler.language.complaints import guess
from spikesampler.language.sum_texts import argument_and_source, replace_sums

__all__ = ["named_sums", "sums_said"]


def named_sums(outputs: str, sources: Collection[str]) -> dict[str, str]:
    """{source: equations of a layer's outputs as its pathway has them}.

    sum(EXPR) is over the synapses from all sources, sum(EXPR, SOURCE) over those from one. A
    pathway has sum(EXPR) for what is its own, and the name sum_of_SOURCE_J for the sum number J of
    another.

    >>> named_sums("u = sum(w*x) : 1", ["inputs", "outputs"])["outputs"]
    'u = (sum_of_inputs_0 + sum(w*x)) : 1'
    """
    numbers = dict.fromkeys(sources, 0)
    texts: dict[str, list[str]] = {source: [] for source in sources}
    for equation in read_equations(outputs):
        occurrences = _occurrences(equation.text, sources, numbers)
        for source in sources:
            parts = (_named(source, *occurrence) for occurrence in occurrences)
            text = replace_sums(equation.text, lambda _, parts=parts: next(parts))  # type: ignore[misc]
            texts[source].append(_line(equation, text))
    return {source: "\n".join(lines) for source, lines in texts.items()}


def sums_said(text: str) -> str:
    """A pathway's text as people read it: what it has of other pathways' sums says whose it is.

    >>> sums_said("sum(w*x) + 0.1*sum_of_hidden_0")
    'sum(w*x) + 0.1*sum(… from hidden)'
    """
    return re.sub(r"\bsum_of_(\w+)_\d+\b", r"sum(… from \1)", text)


def _occurrences(
    text: str, sources: Collection[str], numbers: dict[str, int]
) -> list[tuple[str, dict[str, str]]]:
    """Argument of each sum in a text, and its name of the sources that it is over.

    numbers : of the sums so far, by source, which are counted on.
    """
    found: list[tuple[str, dict[str, str]]] = []

    def note(inner: str) -> str:
        argument, source = argument_and_source(inner)
        covered = [source] if source else [*sources]
        if covered[0] not in sources:
            raise InputError(
                f"sum({inner}): {source} is no source{guess(source, sources)}; expected one of"
                f" {', '.join(sources)}"
            )
        found.append((argument, {name: f"sum_of_{name}_{numbers[name]}" for name in covered}))
        for name in covered:
            numbers[name] += 1
        return "0"

    replace_sums(text, note)
    return found


def _named(own: str, argument: str, named: Mapping[str, str]) -> str:
    """What stands for a sum in the equations of a pathway."""
    parts = [f"sum({argument})" if source == own else name for source, name in named.items()]
    return f"({' + '.join(parts)})" if len(parts) > 1 else parts[0]


def _line(equation: Equation, text: str) -> str:
    name = f"d{equation.name}/dt" if equation.is_differential else equation.name
    comment = f"  # {equation.comment}" if equation.comment else ""
    return f"{name} = {text} : {equation.unit}{comment}"
