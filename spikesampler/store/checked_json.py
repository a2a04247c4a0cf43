"""JSON files that carry their own checksum: facts that one command writes and another reads."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesampler.errors import reading
from spikesampler.store.atomic import atomic_write_bytes, json_bytes
from spikesampler.store.json_file import parse_json

__all__ = ["bytes_of", "facts_of", "read_json", "write_json"]

_BLANK = b"0" * 64
_FIELD = re.compile(rb'"checksum": "([0-9a-f]{64})"')


def bytes_of(facts: Mapping[str, Any]) -> bytes:
    """Facts with their `checksum` as JSON; nan becomes null.

    The checksum is the SHA-256 of all bytes with zeros in its place; `schema`, if any, comes first.
    """
    first = {"schema": facts["schema"]} if "schema" in facts else {}
    others = {name: value for name, value in facts.items() if name not in ("schema", "checksum")}
    data = json_bytes({**first, "checksum": _BLANK.decode(), **others})
    return data.replace(_BLANK, hashlib.sha256(data).hexdigest().encode(), 1)


def write_json(path: str | Path, facts: Mapping[str, Any]) -> None:
    """Write facts with their `checksum`, whole or not at all."""
    atomic_write_bytes(path, bytes_of(facts))


def facts_of(data: bytes, shape: Mapping[Any, Any]) -> dict[str, Any]:
    """The facts in the bytes of such a file, of a shape as of `parse_json`, with `checksum`.

    Raises ValueError where a byte changed or is missing: nothing else ever reads such bytes.
    """
    field = _FIELD.search(data)
    if field is None:
        raise ValueError("it has no checksum: written or changed by another program")
    blank = data[: field.start(1)] + _BLANK + data[field.end(1) :]
    if hashlib.sha256(blank).hexdigest().encode() != field[1]:
        raise ValueError("its checksum does not fit its content: truncated or changed")
    return dict(parse_json(data, shape))


def read_json(path: str | Path, shape: Mapping[Any, Any], remedy: str) -> dict[str, Any]:
    """The facts of a file of `write_json`; DamagedError, with the remedy, if it is not whole."""
    with reading(path, "is damaged", remedy):
        return facts_of(Path(path).read_bytes(), shape)
