"""Images in MNIST's IDX files: a big-endian header, then unsigned bytes.

Format: yann.lecun.com/exdb/mnist.
"""

import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.content import HEAD, refuse_other_kinds
from spikesampler.stimuli.files import ACCEPTED, Images, read_bytes, sha256
from spikesampler.stimuli.packed import check_claim, unpack

__all__ = ["idx_file", "parse_idx", "read_mnist"]


def idx_file(folder: Path, stem: str, num_dimensions: int) -> Path | None:
    """The IDX file of that stem in a folder, gzipped or not; None where there is none."""
    names = [f"{stem}{dot}idx{num_dimensions}-ubyte{gz}" for dot in "-." for gz in ("", ".gz")]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def read_mnist(file: Path, content: bytes) -> Images:
    """Images of an images-idx3 file and of its labels-idx1 file beside it."""
    pixels = parse_idx(file, content, 3)
    stem = file.name.split("idx3")[0][:-1]
    labels_stem = stem.replace("images", "labels")
    labels_file = idx_file(file.parent, labels_stem, 1) if "images" in stem else None
    if labels_file is None:
        raise InputError(
            f"{file} has no labels file beside it: expected {ACCEPTED}; do: put it there"
        )
    label_bytes = read_bytes(labels_file)
    labels = parse_idx(labels_file, label_bytes, 1)
    if len(labels) != len(pixels):
        raise InputError(
            f"{len(pixels)} images in {file} and {len(labels)} labels in {labels_file}: expected as"
            " many; do: take both from one source"
        )
    hashes = {file.name: sha256(content), labels_file.name: sha256(label_bytes)}
    return Images(file.name, pixels, labels, hashes)


def parse_idx(file: Path, content: bytes, num_dimensions: int) -> NDArray[np.uint8]:
    """The uint8 array of an IDX file (0, 0, type 8, dimensions; sizes; data), gzipped or not."""
    header = 4 + 4 * num_dimensions
    packed = content
    if content.startswith(b"\x1f\x8b"):
        content = unpack(file, packed, ".gz", most=HEAD)
    if content[:4] != bytes([0, 0, 8, num_dimensions]):
        refuse_other_kinds(file, content, "IDX images and labels", "unknown", "text", "zeros")
        raise InputError(
            f"{file} starts with {content[:4].hex()}: expected 000008{num_dimensions:02x} (IDX,"
            f" unsigned bytes, {num_dimensions} dimensions); do: give {ACCEPTED}, or a table that"
            " ends in .csv or the like"
        )
    whole = len(content) >= header
    sizes = struct.unpack(f">{num_dimensions}I", content[4:header]) if whole else (0,)
    if packed is not content and whole:
        check_claim(file, len(packed), header + math.prod(sizes), "unpack it yourself")
        content = unpack(file, packed, ".gz", most=header + math.prod(sizes))
    if 0 in sizes or len(content) != header + math.prod(sizes):
        more = "at least " if packed is not content else ""
        raise InputError(
            f"{file} has {more}{len(content)} bytes: expected {header} of header and "
            f"{'×'.join(map(str, sizes))} of data; do: fetch it again"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(sizes)
