"""Batches of CIFAR-10: a label byte and 3072 pixel bytes per image, or pickled data and labels.

Formats: cs.toronto.edu/~kriz/cifar.html.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.files import Images, sha256
from spikesampler.stimuli.safe_pickle import InertArray, load_pickle_safely

__all__ = ["CLASSES", "is_cifar", "read_cifar"]

CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()
PIXELS = 3 * 32 * 32


def is_cifar(file: Path, content: bytes) -> bool:
    """Whether a file is a batch of CIFAR-10, by its name or as it is a pickle."""
    named = file.name.startswith(("data_batch", "test_batch"))
    return file.suffix == ".bin" or named or content[:1] == b"\x80"


def read_cifar(file: Path, content: bytes) -> Images:
    """Images of one batch, binary or pickled; nothing in a pickle is executed."""
    pixels, labels = (_binary if file.suffix == ".bin" else _pickled)(file, content)
    for number, label in enumerate(labels):
        if not 0 <= label <= 9:
            raise InputError(
                f"{file}: label {label} of image {number} is outside 0..9, so this is not CIFAR-10;"
                " do: check the file"
            )
    classes = np.array(labels, dtype=np.uint8)
    return Images(file.name, pixels, classes, {file.name: sha256(content)}, CLASSES)


def _binary(file: Path, content: bytes) -> tuple[NDArray[np.uint8], list[int]]:
    if len(content) % (PIXELS + 1):
        raise InputError(
            f"{file} has {len(content)} bytes: expected a multiple of {PIXELS + 1} (truncated?);"
            " do: fetch it again"
        )
    rows = np.frombuffer(content, np.uint8).reshape(-1, PIXELS + 1)
    return rows[:, 1:], rows[:, 0].tolist()


def _pickled(file: Path, content: bytes) -> tuple[NDArray[np.uint8], list[int]]:
    batch = load_pickle_safely(file, content)
    entries = {}
    if isinstance(batch, dict):
        entries = {k.decode("latin1") if isinstance(k, bytes) else k: v for k, v in batch.items()}
    data, labels = entries.get("data"), entries.get("labels")
    pixels = data.to_numpy() if isinstance(data, InertArray) else None
    if not (isinstance(labels, list) and all(type(label) is int for label in labels)):
        labels = []
    if pixels is None or pixels.shape != (len(labels), PIXELS) or not labels:
        raise InputError(
            f"{file} is not a CIFAR-10 batch: expected 'data' (n, {PIXELS}) of unsigned bytes and"
            " 'labels', a list of n numbers; do: fetch it again, or the binary version"
        )
    return pixels, labels
