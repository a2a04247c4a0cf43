"""Files of data as they are read: their bytes, and the images in them."""

import hashlib
import lzma
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError

__all__ = ["ACCEPTED", "Images", "damage_of", "read_bytes", "sha256"]

#: what paths of images may name, for messages
ACCEPTED = (
    "a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and"
    " t10k-labels-idx1-ubyte (.gz or not), a folder with data_batch_1 … and test_batch (.bin or"
    " not), a folder with one .h5 or .hdf5 file of train_set_x and train_set_y and at most one of"
    " test_set_x and test_set_y, or one of the image files"
)
#: what libraries raise where a file is damaged, or not what its name says; a lack of memory is none
DAMAGE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    SyntaxError,
    OSError,
    EOFError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    tokenize.TokenError,
)


@contextmanager
def damage_of(complaint: Callable[[str], str], *kinds: type[Exception]) -> Iterator[None]:
    """Turn what a library raises in a file that is not whole into an InputError.

    complaint : the message, of the first line of the library's. kinds : classes that the library
    raises beside DAMAGE. For calls of libraries alone: what our own code raises is a fault. A lack
    of memory stays what it is.
    """
    damage: tuple[type[Exception], ...] = (*DAMAGE, *kinds)
    try:
        yield
    except (InputError, MemoryError):
        raise
    except damage as error:
        words = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InputError(complaint(words)) from None


class Images(NamedTuple):
    """Images of one file or part of a file.

    name : for messages. pixels : (n, …) uint8. labels : (n,), numbers or texts. hashes : SHA-256
    of the files by name. class_names : None where the labels are the names. notes : on how it was
    read.
    """

    name: str
    pixels: NDArray[np.uint8]
    labels: NDArray
    hashes: dict[str, str]
    class_names: list[str] | None = None
    notes: tuple[str, ...] = ()


def read_bytes(path: str | os.PathLike) -> bytes:
    """The content of a file; InputError unless it exists, can be read and is not empty."""
    path = Path(path)
    if not os.path.exists(path):  # unlike path.exists() never raises, whatever the word
        raise InputError(f"{path} does not exist; do: check the path")
    if not os.path.isfile(path):
        raise InputError(f"{path} is not a file; do: give the file itself")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); do: check its permissions"
        ) from None
    except MemoryError:
        raise InputError(
            f"{path} has {os.path.getsize(path)} bytes, more than this machine's memory; do: give a"
            " part of it"
        ) from None
    if not content:
        raise InputError(f"{path} is empty; do: check how it was written or copied")
    return content


def sha256(content: bytes) -> str:
    """SHA-256 of a file's content, as hex digits."""
    return hashlib.sha256(content).hexdigest()
