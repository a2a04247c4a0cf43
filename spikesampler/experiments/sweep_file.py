"""A sweep's options as a TOML file: long names, with grid, ranges and settings as tables."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesampler.checks import read_text
from spikesampler.errors import InputError, shown

__all__ = ["TABLES", "read_sweep_file"]

TABLES = ("grid", "vary", "set")  #: tables NAME = value
DEEPEST = 3  #: names of a dotted key: more than any that is known, few enough to be read at once
LARGEST = 2**63  #: what whole numbers of a file are below

_FORMS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: 'a text, "…"',
    list: 'a text, "…", or a list of texts',
}
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"""' r"|'''.*?'''" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|#[^\n]*",
    re.DOTALL,
)
_DEEP = re.compile(rf"(?<![\w-])[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){{{DEEPEST}}}")


def read_sweep_file(path: str | Path, known: Mapping[str, tuple[str, type]]) -> dict[str, Any]:
    """{option: value} of a TOML file, and a dict of texts for each of TABLES.

    known : maps long names to options and the types of their values, one of bool, int, float, str,
    or list for texts. A value of another type is refused, as is all that no option has. For
    example::

        model = "fang_2018"
        arms = ["none", "weight"]
        seeds = 5

        [grid]
        b = [1e-5, 1e-4]
        noise_scale = "log(0.1,10,5)"

        [set]
        rho = "100*Hz"
    """
    options: dict[str, Any] = {}
    for key, value in _parsed(path).items():
        name = key.replace("_", "-")
        if name == "file" or name not in known:
            raise InputError(
                f"sweep file {path}: unknown key {shown(key)}; expected long options of the"
                " command, such as seeds, or the tables grid, vary and set"
            )
        option, kind = known[name]
        if option in options:
            raise InputError(
                f"sweep file {path}: '{key}' says again what another key says; leave one out"
            )
        if (name in TABLES) != isinstance(value, dict):
            form = f"a table, [{key}] and NAME = VALUE" if name in TABLES else f"{key} = VALUE"
            raise InputError(f"sweep file {path}: {key} = {shown(value)}: expected {form}")
        if name in TABLES:
            options[name] = _table(f"sweep file {path}: {key}", value, name)
        else:
            options[option] = _option(f"sweep file {path}: {key}", value, kind)
    return options


def _table(label: str, table: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The texts of one of TABLES by the names of parameters, which cannot be blank."""
    if any(not parameter.strip() for parameter in table):
        raise InputError(f"{label} has a blank name; expected NAME = VALUE")
    return {
        parameter: _values(f"{label}.{parameter}", given, name)
        for parameter, given in table.items()
    }


def _parsed(path: str | Path) -> dict[str, Any]:
    text = read_text(path, "sweep file")
    if deep := _DEEP.search(_QUOTED.sub("_", text)):
        # tomllib's memory grows with the square of the depth
        raise InputError(
            f"sweep file {path}: the key {shown(deep[0])} is deeper than any that is known; write"
            " tables grid, vary and set of NAME = VALUE"
        )
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(f"sweep file {path}: lists too deep in each other; mend it") from None
    except ValueError as error:  # also of numbers with too many digits
        raise InputError(f"sweep file {path} is not TOML ({error}); mend it") from error


def _option(place: str, value: Any, kind: type) -> Any:
    """The value of an option, as the command line has it."""
    if kind is list and type(value) is list and all(type(text) is str for text in value):
        return ",".join(value)
    fits = {list: (str,), float: (int, float)}.get(kind, (kind,))
    if type(value) not in fits or (type(value) is int and abs(value) >= LARGEST):
        raise InputError(f"{place} = {shown(value)}: expected {_FORMS[kind]}")
    return value


def _values(place: str, given: Any, table: str) -> str:
    """What a table says of a parameter, as the command line has it: several values by commas."""
    values = given if type(given) is list and table == "grid" else [given]
    for value in values:
        if type(value) not in (int, float, str) or (type(value) is int and abs(value) >= LARGEST):
            several = ", or a list of such" if table == "grid" else ""
            raise InputError(f"{place} = {shown(value)}: expected a number or a text{several}")
    return ",".join(map(str, values))
