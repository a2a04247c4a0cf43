"""A sweep's options as a TOML file: the long options' names, with the grid, the ranges and the settings as tables."""

import tomllib
from pathlib import Path

from spikesampler.errors import InputError

TABLES = {"grid": "grid", "vary": "vary", "set": "assignments"}  #: tables NAME = value, and what the options call them
NAMES = {"seed": "first_seed", "json": "as_json", "noise": "arms"}  #: options that have another name inside


def read_sweep_file(path, known):
    """{option: value} of a TOML file, in the form of the command line; refuses what is not in `known`.

    For example::

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
        raise InputError(f"sweep file {path} cannot be read ({getattr(error, 'strerror', None) or error}); give a TOML "
                         "file") from error  # fmt: skip
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"sweep file {path} is not TOML ({error}); mend it") from error
    options = {}
    for key, value in said.items():
        name = key.replace("-", "_")
        name = TABLES.get(name) or NAMES.get(name, name)
        if name not in known:
            raise InputError(f"sweep file {path}: unknown key '{key}'; expected options of the command, such as seeds, "
                             "or the tables grid, vary and set")  # fmt: skip
        if key in TABLES:
            if not isinstance(value, dict):
                raise InputError(f"sweep file {path}: {key} = {value!r}: expected a table, [{key}] and NAME = VALUE")
            options[name] = [f"{one}={_text(given)}" for one, given in value.items()]
        elif isinstance(value, dict):
            raise InputError(f"sweep file {path}: [{key}] is a table; expected {key} = VALUE")
        else:
            options[name] = value if isinstance(value, bool | int) else _text(value)
    return options


def _text(value):
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)
