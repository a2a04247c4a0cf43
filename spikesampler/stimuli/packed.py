"""What a packed file may unpack to: no more than its size can be trusted for.

Packers shrink zeros a thousandfold and more, and a size that a file states is only a claim. What is
unpacked, and what a file claims to hold, may have 16 MiB, or 32 times the size of the file if that
is more: MNIST packs to a fifth, tables of text to a tenth. A file that holds more can be unpacked
first, so that its size on the disk speaks for it.
"""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError
from spikesampler.optional import require

__all__ = ["PACKERS", "check_claim", "most_bytes", "unpack"]

LEAST_ALLOWED = 16 * 2**20
MOST_TIMES = 32


def _open_zstd(file: io.BytesIO) -> Any:
    pyarrow = require("a table packed by zstd", "tables", "pyarrow")
    return pyarrow.CompressedInputStream(file, "zstd")


#: by the suffix of a name: first bytes, what it is called, and what unpacks it
PACKERS: dict[str, tuple[bytes, str, Callable[[io.BytesIO], Any]]] = {
    ".gz": (b"\x1f\x8b", "gzip", lambda file: gzip.open(file)),
    ".bz2": (b"BZh", "bzip2", lambda file: bz2.open(file)),
    ".xz": (b"\xfd7zXZ\x00", "xz", lambda file: lzma.open(file)),
    ".zst": (b"\x28\xb5\x2f\xfd", "zstd", _open_zstd),
}


def most_bytes(size: int) -> int:
    """How many bytes a file of this size may unpack to."""
    return max(LEAST_ALLOWED, MOST_TIMES * size)


def check_claim(name: str | Path, size: int, claimed: int, remedy: str) -> None:
    """Refuse a file of `size` bytes, or a part of it, that claims to hold `claimed` of them.

    The InputError states the bound.
    """
    if claimed > most_bytes(size):
        raise InputError(
            f"{name} claims {claimed} bytes in a file of {size}: expected at most"
            f" {most_bytes(size)} ({LEAST_ALLOWED // 2**20} MiB, or {MOST_TIMES} times the file);"
            f" do: {remedy}"
        )


def unpack(path: str | Path, content: bytes, suffix: str, most: int | None = None) -> bytes:
    """The content of a file packed as `suffix`, a key of PACKERS, says.

    most : bytes to unpack at most, by default what `most_bytes` allows; one byte more is given
    where there is more, and with the default refused. Raises InputError for a damaged file, and
    for an empty one.
    """
    signature, name, open_packed = PACKERS[suffix]
    if not content.startswith(signature):
        raise InputError(
            f"{path} is not packed by {name}, it starts with {content[:4].hex()}: expected"
            f" {signature.hex()}; do: rename it without {suffix}, or fetch it again"
        )
    limit = most_bytes(len(content)) if most is None else most
    try:
        with open_packed(io.BytesIO(content)) as stream:
            unpacked = stream.read(limit + 1)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        raise InputError(
            f"{path} cannot be unpacked (truncated or corrupt); do: fetch it again"
        ) from None
    if not unpacked:
        raise InputError(
            f"{path} is empty once it is unpacked; do: check how it was written or packed"
        )
    if most is None and len(unpacked) > limit:
        raise InputError(
            f"{path} has {len(content)} bytes and unpacks to more than {limit}"
            f" ({LEAST_ALLOWED // 2**20} MiB, or {MOST_TIMES} times the file): refused;"
            " do: unpack it yourself and give the unpacked file"
        )
    return unpacked
