"""Defaults of a model file's parameters, read from its text, which is never executed.

A report says which values of a run are not the model's own. Who wrote the file that a manifest
carries is not known, so it is data, not a program.
"""

import ast
from typing import Any

__all__ = ["defaults_in"]

_SOURCES = ("stated", "from_code", "our_choice")


def defaults_in(text: str) -> dict[str, Any]:
    """{parameter: its value in the file} of a model file's text.

    What would have to be computed is left out; empty for a text that is no Python.
    """
    try:
        tree = ast.parse(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return {}
    defaults: dict[str, Any] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="parameters")], value=ast.Call(keywords=keywords)):
                defaults |= dict(filter(None, map(_default, keywords)))
    return defaults


def _default(keyword: ast.keyword) -> tuple[str, Any] | None:
    """(NAME, value) of NAME=SOURCE(value, …), None where it is written in another way."""
    match keyword.value:
        case ast.Call(func=ast.Name(id=source), args=[first, *_]) if source in _SOURCES:
            try:
                value = ast.literal_eval(first)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                return None
            return (str(keyword.arg), value) if isinstance(value, str | int | float) else None
    return None
