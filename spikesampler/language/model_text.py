"""What a model file says, read from its text with `ast`: constants only, the text is never
executed.

A report shows the model that a run's manifest carries; who wrote that file is not known, so it is
data, not a program.
"""

import ast
import re
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Equation", "ModelText", "equations", "read_model_text"]

FIELDS = ("inputs", "outputs", "synapses", "drift", "learning", "resets")
_SOURCES = ("stated", "from_code", "our_choice")


@dataclass(frozen=True)
class ModelText:
    """The texts of a model; `meanings` and `defaults` by parameter, a default that is no plain
    constant is left out.
    """

    inputs: str = ""
    outputs: str = ""
    synapses: str = ""
    drift: str = ""
    learning: dict = field(default_factory=dict)
    resets: dict = field(default_factory=dict)
    about: str = ""
    meanings: dict = field(default_factory=dict)
    defaults: dict = field(default_factory=dict)


class Equation(NamedTuple):
    """One line of a Brian2 block: `text : unit  # comment`."""

    text: str
    unit: str
    comment: str


def read_model_text(text):
    """ModelText of a model file's text; empty where the text is no Python, or says things in
    another way.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ModelText()
    found, meanings, defaults = {}, {}, {}
    for node in tree.body:
        if not (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
        ):
            continue
        name = node.targets[0].id
        if name == "parameters" and isinstance(node.value, ast.Call):
            for keyword in node.value.keywords:
                _read_parameter(keyword, meanings, defaults)
        elif name in FIELDS:
            value, wanted = _constant(node.value), dict if name in ("learning", "resets") else str
            if isinstance(value, wanted):
                found[name] = value
    return ModelText(
        **found, about=ast.get_docstring(tree) or "", meanings=meanings, defaults=defaults
    )


def _read_parameter(keyword, meanings, defaults):
    call = keyword.value
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _SOURCES:
        value, *rest = [_constant(one) for one in call.args] or [None]
        if value is not None:
            defaults[keyword.arg] = value
        if len(rest) > 1 and isinstance(rest[1], str):
            meanings[keyword.arg] = rest[1]


def _constant(node):
    """The value of a constant, or of a dict of texts; None for anything that would have to be
    computed.
    """
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    if isinstance(value, dict):
        return (
            value if all(isinstance(one, str) for pair in value.items() for one in pair) else None
        )
    return value if isinstance(value, str | int | float) else None


def equations(block):
    """Equation of each line of a Brian2 block; lines that say nothing are left out."""
    found = []
    for line in block.splitlines():
        code, _, comment = line.partition("#")
        text, _, unit = code.rpartition(":") if ":" in code else (code, "", "")
        unit = re.sub(r"\(.*\)", "", unit).strip()  # without flags such as (constant)
        if text.strip():
            found.append(Equation(text.strip(), unit, comment.strip()))
    return found
