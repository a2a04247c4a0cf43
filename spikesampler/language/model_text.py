"""What a model file says, read from its text: constants only, the text is never executed.

A report shows the model that a run's manifest carries; who wrote that file is not known, so it is
data, not a program.
"""

import ast
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["Equation", "ModelText", "equations", "read_model_text"]

#: the texts of a model file, name -> type
_FIELDS: dict[str, type] = {
    "inputs": str,
    "outputs": str,
    "synapses": str,
    "drift": str,
    "learning": dict,
    "resets": dict,
}
_SOURCES = ("stated", "from_code", "our_choice")


@dataclass(frozen=True)
class ModelText:
    """The texts of a model file, its docstring, and meanings and defaults by parameter.

    A default that is no plain constant is left out.
    """

    inputs: str = ""
    outputs: str = ""
    synapses: str = ""
    drift: str = ""
    learning: dict[str, str] = field(default_factory=dict)
    resets: dict[str, str] = field(default_factory=dict)
    about: str = ""
    meanings: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)


class Equation(NamedTuple):
    """One line of a Brian2 block: `text : unit  # comment`."""

    text: str
    unit: str
    comment: str


def read_model_text(text: str) -> ModelText:
    """ModelText of a model file's text; empty if that is no Python, or says things another way."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ModelText()
    fields: dict[str, Any] = {
        "about": ast.get_docstring(tree) or "",
        "meanings": {},
        "defaults": {},
    }
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="parameters")], value=ast.Call(keywords=keywords)):
                for keyword in keywords:
                    _read_parameter(keyword, fields["meanings"], fields["defaults"])
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _FIELDS:
                constant = _constant(value)
                if isinstance(constant, _FIELDS[name]):
                    fields[name] = constant
    return ModelText(**fields)


def _read_parameter(
    keyword: ast.keyword, meanings: dict[str, str], defaults: dict[str, Any]
) -> None:
    """Add the meaning and the default of NAME=SOURCE(value, unit, meaning, …)."""
    match keyword.value:
        case ast.Call(func=ast.Name(id=source), args=arguments) if source in _SOURCES:
            value, *rest = [_constant(argument) for argument in arguments] or [None]
            name = str(keyword.arg)
            if value is not None:
                defaults[name] = value
            if len(rest) > 1 and isinstance(rest[1], str):
                meanings[name] = rest[1]


def _constant(node: ast.expr) -> Any:
    """The value of a constant, or of a dict of texts; None for what would have to be computed."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    if isinstance(value, dict):
        of_texts = all(isinstance(text, str) for pair in value.items() for text in pair)
        return value if of_texts else None
    return value if isinstance(value, str | int | float) else None


def equations(block: str) -> list[Equation]:
    """Equation of each line of a Brian2 block; lines that say nothing are left out."""
    lines = []
    for line in block.splitlines():
        code, _, comment = line.partition("#")
        text, _, unit = code.rpartition(":") if ":" in code else (code, "", "")
        unit = re.sub(r"\(.*\)", "", unit).strip()  # without flags such as (constant)
        if text.strip():
            lines.append(Equation(text.strip(), unit, comment.strip()))
    return lines
