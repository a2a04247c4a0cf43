"""What the parts of Parquet and Arrow files claim to unpack to, read without unpacking them.

pyarrow does not say it before it has reserved and filled the memory. Formats:
parquet.apache.org/docs/file-format (headers of pages, in Thrift's compact protocol) and
arrow.apache.org/docs/format/Columnar.html (messages, as FlatBuffers).
"""

import struct
from typing import Any

__all__ = ["claimed_by_batch", "claimed_by_pages"]

#: types of Thrift's compact protocol
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, _MAP, STRUCT = range(1, 13)


class _Thrift:
    """Reads a struct of numbers at a place of a file; what is nested is skipped."""

    def __init__(self, content: bytes, place: int) -> None:
        self.content, self.place = content, place

    def byte(self) -> int:
        self.place += 1
        return self.content[self.place - 1]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ValueError("a number of too many bytes")

    def numbers(self, depth: int = 0) -> dict[int, int]:
        """Fields of a struct that are whole numbers, by their number.

        A field that comes twice is refused: pyarrow may believe the other one.
        """
        fields: dict[int, int] = {}
        seen: set[int] = set()
        last = 0
        while head := self.byte():
            delta, kind = head >> 4, head & 15
            if not delta:
                zigzag = self.varint()
                delta = (zigzag >> 1) ^ -(zigzag & 1)
                last = 0
            last += delta
            if last in seen:
                raise ValueError("a field that comes twice")
            seen.add(last)
            if kind in (I16, I32, I64):
                zigzag = self.varint()
                fields[last] = (zigzag >> 1) ^ -(zigzag & 1)
            elif kind not in (TRUE, FALSE):
                self.skip(kind, depth)
        return fields

    def skip(self, kind: int, depth: int) -> None:
        if depth > 8:
            raise ValueError("nested too deeply")
        if kind in (TRUE, FALSE, BYTE):
            self.place += 1
        elif kind in (I16, I32, I64):
            self.varint()
        elif kind == DOUBLE:
            self.place += 8
        elif kind == BINARY:
            length = self.varint()
            self.place += length
        elif kind == STRUCT:
            self.numbers(depth + 1)
        elif kind in (LIST, SET):
            head = self.byte()
            count = head >> 4 if head >> 4 < 15 else self.varint()
            if count > len(self.content) - self.place:  # each has a byte at least
                raise ValueError("a list that is longer than the file")
            for _ in range(count):
                self.skip(head & 15, depth + 1)
        else:
            raise ValueError(f"type {kind} in the header of a page")


def claimed_by_pages(content: bytes, metadata: Any) -> int:
    """Bytes that all pages of a Parquet file unpack to, as their headers say.

    metadata : pyarrow's FileMetaData. Raises ValueError or IndexError for a damaged file.
    """
    claimed = packed_in_all = 0
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            start = column.data_page_offset
            if column.has_dictionary_page and 0 < (column.dictionary_page_offset or 0) < start:
                start = column.dictionary_page_offset
            end = start + column.total_compressed_size
            if not 0 <= start <= end <= len(content):
                raise ValueError("a column lies outside the file")
            packed_in_all += column.total_compressed_size
            if packed_in_all > len(content):
                raise ValueError("columns that lie over each other")
            while start < end:
                thrift = _Thrift(content, start)
                header = thrift.numbers()
                unpacked, packed = header[2], header[3]
                if unpacked < 0 or packed < 0:
                    raise ValueError("a page of negative size")
                claimed += unpacked
                start = thrift.place + packed
    return claimed


def claimed_by_batch(content: bytes, arrow: Any) -> tuple[int, int]:
    """Rows of all batches of an Arrow file, and the bytes that their buffers unpack to.

    Raises what struct and pyarrow raise for a damaged file.
    """
    rows = claimed = 0
    stream = arrow.BufferReader(content)
    stream.seek(8)  # a file is its mark, then messages as in a stream
    while (message := _next_message(arrow, stream)) is not None:
        if message.type not in ("record batch", "dictionary"):
            continue
        flat = _Flat(message.metadata.to_pybytes())
        batch = flat.table(flat.root, 2)
        if message.type == "dictionary":
            batch = flat.table(batch, 1)
        if (length := flat.number(batch, 0)) < 0:
            raise ValueError("a batch of negative length")
        rows += length
        body, packed = message.body, flat.field(batch, 3) is not None
        for offset, length in flat.pairs(batch, 2):
            if offset < 0 or length < 0:
                raise ValueError("a buffer of negative size")
            if packed and length >= 8:
                (size,) = struct.unpack("<q", body[offset : offset + 8].to_pybytes())
                length = max(size, 0) or length
            claimed += length
    return rows, claimed


def _next_message(arrow: Any, stream: Any) -> Any:
    try:
        return arrow.ipc.read_message(stream)
    except EOFError:
        return None


class _Flat:
    """Reads tables of a FlatBuffer; a table is the place where it begins."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.root = self._at("<I", 0)

    def _at(self, layout: str, place: int) -> int:
        return struct.unpack_from(layout, self.content, place)[0]

    def field(self, table: int, number: int) -> int | None:
        """Where a field is, or None where the table does not have it."""
        vtable = table - self._at("<i", table)
        if 4 + 2 * number >= self._at("<H", vtable):
            return None
        offset = self._at("<H", vtable + 4 + 2 * number)
        return table + offset if offset else None

    def table(self, table: int, number: int) -> int:
        """Where the table or the vector begins that a field refers to."""
        place = self.field(table, number)
        if place is None:
            raise ValueError("a message without its batch")
        return place + self._at("<I", place)

    def number(self, table: int, number: int) -> int:
        """A field of 64 bits, by default 0."""
        place = self.field(table, number)
        return 0 if place is None else self._at("<q", place)

    def pairs(self, table: int, number: int) -> list[tuple[int, int]]:
        """A vector of pairs of 64 bits."""
        vector = self.table(table, number)
        count = self._at("<I", vector)
        numbers = struct.unpack_from(f"<{2 * count}q", self.content, vector + 4)
        return list(zip(numbers[::2], numbers[1::2], strict=True))
