"""A sweep's options as a TOML file: long names, with grid, ranges and settings as tables."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError

TABLES = ("grid", "vary", "set")  #: tables NAME = value


def read_sweep_file(path: str | Path, known: Mapping[str, str]) -> dict[str, Any]:
    """{option: value} of a TOML file, and a dict of texts for each of TABLES.

    known : maps long names to options. For example::

        model = "fang_2018"
        arms = ["none", "weight"]
        seeds = 5

        [grid]
        b = [1e-5, 1e-4]
        noise_scale = "log(0.1,10,5)"

        [set]
        rho = "100*Hz"
    """
    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"sweep file {path} cannot be read ({getattr(error, 'strerror', None) or error}); give"
            " a TOML file"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"sweep file {path} is not TOML ({error}); mend it") from error
    options: dict[str, Any] = {}
    for key, value in said.items():
        name = key.replace("_", "-")
        if name == "file" or name not in known:
            raise InputError(
                f"sweep file {path}: unknown key '{key}'; expected long options of the command,"
                " such as seeds, or the tables grid, vary and set"
            )
        if known[name] in options:
            raise InputError(
                f"sweep file {path}: '{key}' says again what another key says; leave one out"
            )
        if (name in TABLES) != isinstance(value, dict):
            form = f"a table, [{key}] and NAME = VALUE" if name in TABLES else f"{key} = VALUE"
            raise InputError(f"sweep file {path}: {key} = {value!r}: expected {form}")
        if name in TABLES:
            options[name] = {parameter: _text(given) for parameter, given in value.items()}
        else:
            options[known[name]] = value if isinstance(value, bool | int) else _text(value)
    return options


def _text(value: object) -> str:
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)
