"""The seal of a file: every block is checked before one of its bytes is given, and only then."""

import os

import numpy as np
import pytest

from spikesampler.store import seal
from spikesampler.store.seal import SealedFile, trailer_of

SIZE = 5 * 64 + 17  #: six blocks of 64 bytes, the last one short


@pytest.fixture
def sealed(tmp_path, monkeypatch):
    """A sealed file in blocks of 64 bytes, and what it holds."""
    monkeypatch.setattr(seal, "BLOCK", 64)
    content, path = np.random.default_rng(0).bytes(SIZE), tmp_path / "a.bin"
    with open(path, "w+b") as file:
        file.write(content)
        file.flush()
        file.write(trailer_of(file))
    return path, content


def changed(path, place, value=None):
    """One byte of a file changed, where no other is said by its lowest bit."""
    data = bytearray(path.read_bytes())
    data[place] = data[place] ^ 1 if value is None else value
    path.write_bytes(bytes(data))


def test_it_gives_what_was_sealed_and_not_its_trailer(sealed):
    path, content = sealed
    with SealedFile(path, whole=True) as file:
        assert (file.size, file.read()) == (SIZE, content)
        for start, number in ((0, 10), (60, 10), (63, 2), (64, 64), (300, 100), (SIZE, 5)):
            file.seek(start)
            assert file.read(number) == content[start : start + number]
        assert file.seek(-3, os.SEEK_END) == SIZE - 3
        assert file.read() == content[-3:]


@pytest.mark.parametrize("block", range(1, 6))
@pytest.mark.parametrize("at", ["first", "last"])
def test_a_changed_byte_is_noticed_when_its_block_is_read_and_not_before(sealed, block, at):
    """By reads that only touch the block with their first or last byte, too."""
    path, content = sealed
    start, stop = 64 * block, min(64 * block + 64, SIZE)
    changed(path, start if at == "first" else stop - 1)
    with SealedFile(path) as file:
        assert file.read(start) == content[:start]
        file.seek(stop)
        assert file.read() == content[stop:]
        for place, number in ((start - 1, 2), (stop - 1, 1), (start, 1)):
            file.seek(place)
            with pytest.raises(ValueError, match="does not fit its content"):
                file.read(number)
        with pytest.raises(ValueError, match="does not fit its content"):
            file.check()
    with pytest.raises(ValueError, match="does not fit its content"):
        SealedFile(path, whole=True)


def test_every_byte_of_the_trailer_and_every_truncation_is_noticed_at_once(sealed):
    """The first block, too."""
    path, _ = sealed
    data = path.read_bytes()
    for place in (0, 63, *range(SIZE, len(data))):
        path.write_bytes(data)
        changed(path, place)
        with pytest.raises(ValueError, match=r"no checksum at its end|does not fit its content"):
            SealedFile(path)
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(ValueError, match="no checksum at its end"):
            SealedFile(path)
    path.write_bytes(data + b"\n")
    with pytest.raises(ValueError, match="no checksum at its end"):
        SealedFile(path)


def test_a_trailer_that_seals_another_length_is_noticed(sealed):
    """A whole block less, or one twice, under the old trailer."""
    path, content = sealed
    trailer = path.read_bytes()[SIZE:]
    for other in (content[64:], content + content[:64], content[:64] + content):
        path.write_bytes(other + trailer)
        with pytest.raises(ValueError, match="does not fit its content"):
            SealedFile(path)


@pytest.mark.parametrize("missing", [1, 3, 6])
def test_a_trailer_that_fits_itself_and_has_too_few_digests_is_noticed(sealed, missing):
    """Somebody made it: what it says is refused, and is no error of the program."""
    path, content = sealed
    lines = path.read_bytes()[SIZE:].split(b"\n")[1:7]
    begun = b"".join(line + b"\n" for line in [b"", *lines[: 6 - missing]])
    path.write_bytes(content + seal._closed(begun, SIZE))
    with pytest.raises(ValueError, match="does not fit its content"):
        SealedFile(path)
