"""Prose with numbers in it: Jinja templates that lie in the room of their study."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["render"]


@cache
def _environment(folder: Path) -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,
    )


def render(beside: str, template: str, **facts: Any | Callable[..., Any]) -> str:
    """The text of a template in the folder of the file `beside` (a module's `__file__`).

    Facts are values and functions; a fact that the template names and that is not given is an
    error. The text ends without a newline, also where the template ends with a loop.
    """
    return _environment(Path(beside).parent).get_template(template).render(**facts).rstrip("\n")
