"""Pickles of other people's files, read without executing anything of theirs."""

import io
import math
import pickle
import pickletools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.files import damage_of

CLAIMS = (
    "is a pickle that claims more memory than its size can hold: refused; do: fetch it again, or"
    " the binary version (data_batch_1.bin …)"
)


class InertArray:
    """What a pickle says about an array; numpy sees it only after it was checked."""

    state: tuple[Any, ...] = ()

    def __init__(self, *state):
        self.state = state

    def __setstate__(self, state):
        _, shape, dtype, fortran, data = state
        self.state = (data, dtype, shape, "F" if fortran else "C")

    def to_numpy(self) -> NDArray[np.uint8] | None:
        """The array, or None if it is not one of unsigned bytes."""
        data, dtype, shape, order = self.state if len(self.state) == 4 else (None,) * 4
        if not (
            isinstance(dtype, _Type)
            and dtype.code in ("u1", b"u1", "B", b"B")
            and isinstance(data, bytes | bytearray)
            and isinstance(shape, tuple)
            and all(type(n) is int and n >= 0 for n in shape)
            and math.prod(shape) == len(data)
            and order in ("C", "F")
        ):
            return None
        return np.frombuffer(data, np.uint8).reshape(shape, order=order)


class _Type:
    """What a pickle says about a dtype."""

    code = None

    def __init__(self, code, *_):
        self.code = code

    def __setstate__(self, state):
        pass


class _Unpickler(pickle.Unpickler):
    """Hands out inert stand-ins for what an array of bytes needs; no code of the file can run."""

    def __init__(self, file, content):
        super().__init__(io.BytesIO(content), encoding="bytes")
        self._path = file
        self._left = len(content)

    def encode(self, text):
        """The bytes of a text, as Python 3 writes them for Python 2; each comes once in a file."""
        self._left -= len(text)
        if self._left < 0:
            raise InputError(f"{self._path} {CLAIMS}")
        return text.encode("latin1")

    def find_class(self, module, name):
        name = f"{module}.{name}".replace("numpy._core.", "numpy.core.")
        stand_in = {
            "numpy.ndarray": InertArray,
            "numpy.dtype": _Type,
            "numpy.core.multiarray._reconstruct": lambda *_: InertArray(),
            "numpy.core.numeric._frombuffer": lambda *state: InertArray(*state),
            "_codecs.encode": lambda text, encoding: self.encode(text),
        }.get(name)
        if stand_in is None:
            raise InputError(
                f"{self._path} is a pickle that asks for {name!r}: refused, nothing was executed; "
                "do: use the binary version (data_batch_1.bin …)"
            )
        return stand_in


def _check_memo(file: Path, content: bytes) -> None:
    """Refuse numbers of memos beyond that of steps, for which the unpickler would reserve memory.

    Sizes that are larger than the file raise ValueError here, before the unpickler believes them.
    """
    for steps, (opcode, argument, _) in enumerate(pickletools.genops(content), start=1):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > steps:
            raise InputError(f"{file} {CLAIMS}")


def load_pickle_safely(file: Path, content: bytes) -> Any:
    """Plain lists, dicts, texts, numbers and inert arrays of a pickle; InputError for all else."""
    with damage_of(
        lambda reason: (
            f"{file} cannot be read as a pickle ({reason}); do: fetch it again, or the binary"
            " version"
        ),
        pickle.PickleError,
    ):
        _check_memo(file, content)
        return _Unpickler(file, content).load()
