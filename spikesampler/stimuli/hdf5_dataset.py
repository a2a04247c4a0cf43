"""Datasets of HDF5 files of unknown origin, read only if they can be what they claim to be.

A dataset may claim terabytes that were never written, take them from other files, or hold blocks
that unpack to far more than the array has.
"""

import zlib
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.packed import check_claim

__all__ = ["HDF5File", "own_dataset", "read_dataset"]

#: deflate packs no tighter; a dataset that claims more would only fill the memory
MAX_PACKING = 1032
#: numbers of the filters that are read: HDF5's own, and h5py's LZF
DEFLATE, LZF = 1, 32000
PACKING = (DEFLATE, 4, LZF)
CHANGING = (2, 3, 5, 6)  #: shuffle, checksum, nbit, scale-offset


class HDF5File:
    """An open file: its path, for messages, its content, and its groups and datasets."""

    def __init__(self, path: Path, content: bytes) -> None:
        import h5py

        self.path, self.content = path, content
        self.group = h5py.File(h5py.h5f.open_file_image(content))

    def __enter__(self) -> "HDF5File":
        return self

    def __exit__(self, *_: object) -> None:
        self.group.close()


def own_dataset(file: HDF5File, name: str, expected: str) -> Any:
    """The dataset of that name, which has to lie in this file; InputError."""
    import h5py

    path, _, last = name.rpartition("/")
    link = file.group[path or "/"].get(last, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise InputError(
            f"{file.path}: {name} is a link: refused, it may lead to another file; expected"
            f" {expected}; do: copy the data into this file"
        )
    data = file.group[name]
    if not isinstance(data, h5py.Dataset):
        raise InputError(
            f"{file.path}: {name} is a {type(data).__name__.lower()}: expected a dataset,"
            f" {expected}; do: give another file"
        )
    if data.external or data.is_virtual:
        raise InputError(
            f"{file.path}: {name} takes its data from other files: refused; expected {expected}; "
            "do: copy the data into this file"
        )
    return data


def read_dataset(file: HDF5File, name: str, data: Any) -> NDArray:
    """All of a dataset, once its claims are checked; InputError."""
    stored = data.id.get_storage_size()
    if stored * MAX_PACKING < data.nbytes:
        raise InputError(
            f"{file.path}: {name} stores {stored} bytes for an array of {data.nbytes}: expected all"
            " of it; do: fetch it again"
        )
    remedy = "write it without compression (h5repack -f NONE)"
    check_claim(f"{file.path}: {name}", len(file.content), data.nbytes, remedy)
    if data.chunks is not None:
        _check_chunks(file, name, data)
    return data[()]


def _check_chunks(file: HDF5File, name: str, data: Any) -> None:
    """Refuse unknown filters, and blocks that unpack to more than a block has."""
    import h5py

    properties = data.id.get_create_plist()
    filters = [properties.get_filter(number)[0] for number in range(properties.get_nfilters())]
    packing = [number for number in filters if number in PACKING]
    others = [number for number in filters if number not in (*PACKING, *CHANGING)]
    if others or len(packing) > 1:
        raise InputError(
            f"{file.path}: {name} is packed by HDF5 filters {', '.join(map(str, filters))}:"
            " expected at most one, gzip, lzf or szip; do: repack it (h5repack -f GZIP=4)"
        )
    size = data.dtype.itemsize
    for length in data.chunks:
        size *= length
    check_claim(f"{file.path}: a block of {name}", len(file.content), size, "write smaller blocks")
    if DEFLATE not in filters:
        return

    def check(chunk: h5py.h5d.StoreInfo) -> None:
        packed = file.content[chunk.byte_offset : chunk.byte_offset + chunk.size]
        # the block may be longer by the checksum that another filter adds
        if not chunk.filter_mask and len(_inflated(packed, size + 64)) > size + 32:
            raise InputError(
                f"{file.path}: a block of {name} unpacks to more than its {size} bytes: refused;"
                " do: fetch it again"
            )

    data.id.chunk_iter(check)


def _inflated(packed: bytes, most: int) -> bytes:
    return zlib.decompressobj().decompress(packed, most)
