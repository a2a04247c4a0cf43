"""JSON that lies in a folder: read strictly, and each value of the kind that is expected of it."""

import json
from collections.abc import Mapping
from typing import Any

from spikesampler.errors import shown

__all__ = ["ANY", "check_shape", "parse_json"]

Shape = Any
ANY = object  #: a shape that every value has


def parse_json(data: bytes, shape: Shape) -> Any:
    """The value of JSON text, of this shape; ValueError says what is wrong, in one line.

    shape : a type or a tuple of types; [shape] of a list; {name: shape} of an object, whose names
    are optional where they end in "?"; {str: shape} of an object of any names.
    """
    try:
        value = json.loads(
            data, parse_int=_whole, parse_constant=_no_number, object_pairs_hook=_object
        )
    except RecursionError:
        raise ValueError("values too deep in each other") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    check_shape(value, shape)
    return value


def check_shape(value: Any, shape: Shape, place: str = "it") -> None:
    """ValueError, which names the place, unless a JSON value has this shape."""
    if isinstance(shape, list):
        _check_type(value, list, place)
        for number, item in enumerate(value):
            check_shape(item, shape[0], f"{place}[{number}]")
    elif isinstance(shape, dict):
        _check_type(value, dict, place)
        if str in shape:
            for name, item in value.items():
                check_shape(item, shape[str], f"{place}.{name}")
            return
        for name, inner in shape.items():
            key = name.removesuffix("?")
            if key in value:
                check_shape(value[key], inner, f"{place}.{key}")
            elif key == name:
                raise ValueError(f"{place} has no {key}")
    else:
        _check_type(value, shape, place)


def _check_type(value: Any, kinds: Any, place: str) -> None:
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    if ANY in kinds or type(value) in kinds or (type(value) is int and float in kinds):
        return
    names = " or ".join(kind.__name__ for kind in kinds)
    raise ValueError(f"{place} is {shown(value)}, not {names}")


def _whole(text: str) -> int:
    if len(text) > 20:
        raise ValueError(f"a whole number of {len(text)} digits")
    return int(text)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _object(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    value: dict[str, Any] = {}
    for name, inner in pairs:
        if name in value:
            raise ValueError(f"{shown(name)} stands twice in one object")
        value[name] = inner
    return value
