"""The seal of an HDF5 file: a trailer by which every byte of it is checked when it is read.

HDF5 ignores what follows its own end, so h5py, xarray and netCDF read a sealed file as they read
any other. The trailer is text: a line feed; the SHA-256 of each block of 1 MiB, a line each; and a
last line of fixed length with the number of bytes before the trailer and the SHA-256 of all that is
in the trailer. So one block can be checked without the others, and a file of gigabytes is opened
without reading it whole.
"""

import hashlib
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from spikesampler.store.atomic import SafeFile, atomic_hdf5

__all__ = ["SealedFile", "is_whole", "sealed_hdf5", "trailer_of"]

BLOCK = 1 << 20  #: bytes that have a digest of their own
_LINE = 65  # bytes: 64 hexadecimal digits and a line feed
_LAST = re.compile(rb"spikesampler seal: (\d{16}) bytes, sha256 ([0-9a-f]{64})\n")
_LENGTH = len("spikesampler seal: 0123456789012345 bytes, sha256 ") + _LINE
_NONE = "no checksum at its end: cut, or written or changed by another program"
_OTHER = "its checksum does not fit its content: truncated or changed"


def trailer_of(file: io.IOBase) -> bytes:
    """The seal of all that an open file holds."""
    size, lines = os.fstat(file.fileno()).st_size, [b"\n"]
    for first in range(0, size, BLOCK):
        block = _read_at(file, first, min(BLOCK, size - first))
        lines.append(hashlib.sha256(block).hexdigest().encode() + b"\n")
    return _closed(b"".join(lines), size)


def _read_at(file: io.IOBase, place: int, length: int) -> bytes:
    """So many bytes of an open file from a place on; fewer at its end."""
    parts = []
    while length > 0 and (part := os.pread(file.fileno(), length, place)):
        parts.append(part)
        place, length = place + len(part), length - len(part)
    return b"".join(parts)


def _closed(lines: bytes, size: int) -> bytes:
    """The trailer with these lines of digests."""
    begun = lines + b"spikesampler seal: %016d bytes, sha256 " % size
    return begun + hashlib.sha256(begun).hexdigest().encode() + b"\n"


@contextmanager
def sealed_hdf5(path: str | Path) -> Iterator[SafeFile]:
    """As `atomic_hdf5`, and the file is sealed when it is complete."""
    with atomic_hdf5(path) as file:
        yield file
        file.check()
        trailer = trailer_of(file)
        file.seek(0, os.SEEK_END)
        file.write(trailer)


def is_whole(path: str | Path) -> bool:
    """Whether there is a sealed file, and no byte of it changed."""
    try:
        SealedFile(path, whole=True).close()
    except (FileNotFoundError, ValueError):
        return False
    return True


class SealedFile(io.RawIOBase):
    """What was sealed, without the trailer, open for reading, each block once checked.

    A block is checked when it is first read; with `whole`, all are when the file is opened. The
    first always is: HDF5 leaks a file that it cannot open, and crashes when the process ends.
    `seal` is the last digest of the trailer, which no other content has.
    Raises ValueError for what is not as it was sealed, and what `open` raises.
    """

    def __init__(self, path: str | Path, whole: bool = False) -> None:
        self._file = open(path, "rb", buffering=0)
        self._place = 0
        #: h5py may go on after what it met here: the first complaint, for `check`
        self.complaint: ValueError | None = None
        try:
            self.size, self.seal, self._digests = self._read_trailer()
            self._unchecked = set(range(len(self._digests)))
            self._check_blocks(0, self.size if whole else min(BLOCK, self.size))
        except BaseException:
            self._file.close()
            raise

    def _read_trailer(self) -> tuple[int, str, list[bytes]]:
        length = os.fstat(self._file.fileno()).st_size
        last = _read_at(self._file, max(0, length - _LENGTH), _LENGTH)
        if (match := _LAST.fullmatch(last)) is None:
            raise ValueError(_NONE)
        size = int(match[1])
        start = length - _LENGTH - 1 - _LINE * -(-size // BLOCK)
        if start != size:
            raise ValueError(_OTHER)
        lines = _read_at(self._file, size, length - _LENGTH - size)
        if _closed(lines, size) != lines + last:
            raise ValueError(_OTHER)
        return size, match[2].decode(), lines.split()

    def _check_blocks(self, start: int, stop: int) -> None:
        """Check the blocks of bytes start .. stop - 1 that were not checked before."""
        for number in self._unchecked.intersection(range(start // BLOCK, -(-stop // BLOCK))):
            block = _read_at(self._file, number * BLOCK, min(BLOCK, self.size - number * BLOCK))
            if hashlib.sha256(block).hexdigest().encode() != self._digests[number]:
                self.complaint = ValueError(_OTHER)
                raise self.complaint
            self._unchecked.remove(number)

    def check(self) -> None:
        """Raise what a read met."""
        if self.complaint is not None:
            raise self.complaint

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with checked bytes, as far as there are any; their number."""
        view = memoryview(buffer).cast("B")
        stop = min(self._place + len(view), self.size)
        if stop <= self._place:
            return 0
        self._check_blocks(self._place, stop)
        data = _read_at(self._file, self._place, stop - self._place)
        view[: len(data)] = data
        self._place += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte; the end is that of what was sealed."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        """The byte that is read next."""
        return self._place

    @property
    def mode(self) -> str:
        """How it is open, as xarray asks."""
        return "rb"

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def close(self) -> None:
        """Let the file go."""
        self._file.close()
        super().close()

    def __enter__(self) -> Self:
        return self
