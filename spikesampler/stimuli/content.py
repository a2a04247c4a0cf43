"""What a file is by its content, whatever its name says."""

import io
import zipfile
from pathlib import Path
from typing import NamedTuple

from spikesampler.errors import InputError

__all__ = ["HEAD", "Kind", "kind_of", "refuse_other_kinds"]

#: the beginning of a file that is looked at
HEAD = 2048


class Kind(NamedTuple):
    """What a file is: a word for programs, one for people, and what to do where it is not wanted.

    word : such as "gzip"; "text" where it may be a table, "unknown" for other bytes.
    """

    word: str
    called: str
    remedy: str


def _packed(word: str, suffix: str) -> Kind:
    return Kind(word, f"packed by {word}", f"rename a packed table so that it ends in {suffix}")


FETCH = "download the file itself"
EXPORT = "save it as CSV, or as .npz from Python"
UNPACK = "unpack it and give the file in it"
IMAGES = "give files of MNIST, CIFAR-10 or HDF5"
NPY = Kind("npy", "an array of numpy (.npy)", "numpy.savez(path, features=…, label=…)")
MATLAB = Kind("matlab", "a file of Matlab (.mat)", EXPORT)
NETCDF = Kind("netcdf", "a netCDF file", EXPORT)
ARROW = Kind("arrow", "an Arrow or Feather table", "rename it so that it ends in .feather")
XLS = Kind("xls", "an old Excel workbook (.xls)", "save it as .xlsx or CSV")
LFS = Kind("lfs", "a pointer of Git LFS, not the data", "git lfs pull")
#: by the first bytes
SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\x1f\x8b", _packed("gzip", ".csv.gz")),
    (b"BZh", _packed("bzip2", ".csv.bz2")),
    (b"\xfd7zXZ\x00", _packed("xz", ".csv.xz")),
    (b"\x28\xb5\x2f\xfd", _packed("zstd", ".csv.zst")),
    (b"7z\xbc\xaf\x27\x1c", Kind("7z", "a 7z archive", UNPACK)),
    (b"Rar!\x1a\x07", Kind("rar", "a RAR archive", UNPACK)),
    (b"\x93NUMPY", NPY),
    (b"MATLAB 7.3 MAT", MATLAB),
    (b"MATLAB 5.0 MAT", MATLAB),
    (b"\x89HDF\r\n\x1a\n", Kind("hdf5", "an HDF5 file", "rename it so that it ends in .h5")),
    (b"CDF\x01", NETCDF),
    (b"CDF\x02", NETCDF),
    (b"PAR1\x15", Kind("parquet", "a Parquet table", "rename it so that it ends in .parquet")),
    (b"ARROW1\x00\x00", ARROW),
    (b"FEA1\x00\x00", Kind("feather1", "a Feather table of version 1", "save it as Parquet")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", XLS),
    (b"SQLite format 3\x00", Kind("sqlite", "an SQLite database", EXPORT)),
    (b"%PDF-", Kind("pdf", "a PDF document", "give the table itself")),
    (b"\x89PNG", Kind("image", "a PNG picture", IMAGES)),
    (b"\xff\xd8\xff", Kind("image", "a JPEG picture", IMAGES)),
    (b"version https://git-lfs", LFS),
)
WORKBOOK = Kind("xlsx", "an Excel workbook", "rename it so that it ends in .xlsx")
SHEET = Kind("ods", "an OpenDocument file (.ods)", "save it as .xlsx or CSV")
ARRAYS = Kind("npz", "an archive of numpy (.npz)", "rename it so that it ends in .npz")
ZIP = Kind("zip", "a zip archive", UNPACK)
TAR = Kind("tar", "a tar archive", UNPACK)
ZEROS = Kind(
    "zeros", "full of zero bytes at its beginning, as broken downloads are", "fetch it again"
)
PICKLE = Kind("pickle", "a Python pickle", "save it as CSV, or with numpy.savez")
PAGE = Kind("html", "a web page", f"{FETCH}, not the page that shows it")
ANSWER = Kind("xml", "an XML text, such as a server's error message", f"{FETCH} again")
ANNEX = Kind("annex", "a pointer of git-annex, not the data", "git annex get")
JSON = Kind("json", "JSON text, such as a server's answer", f"{FETCH}, or save it as CSV")
ARFF = Kind("arff", "an ARFF file", EXPORT)
TEXT = Kind("text", "text", "rename a table so that it ends in .csv")
UNKNOWN = Kind(
    "unknown",
    "neither text nor a format that is known here",
    "check the file; a table of text has to be in UTF-8",
)


def kind_of(content: bytes) -> Kind:
    """The kind of a file with this content."""
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return kind
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(content)
    if content[257:262] == b"ustar":
        return TAR
    if not any(content[:512]):
        return ZEROS
    if content[:1] == b"\x80" and content[1:2] <= b"\x05":
        return PICKLE
    return _kind_of_text(content[:HEAD])


def _kind_of_zip(content: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ZIP
    if "[Content_Types].xml" in names:
        return WORKBOOK
    if names[:1] == ["mimetype"]:
        return SHEET
    return ARRAYS if names and all(name.endswith(".npy") for name in names) else ZIP


def _kind_of_text(head: bytes) -> Kind:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return TEXT  # UTF-16 with its mark
    words = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if words.startswith((b"<!doctype", b"<html", b"<head", b"<body")) or b"<html" in words[:500]:
        return PAGE
    if words.startswith((b"<?xml", b"<error")):
        return ANSWER
    if b"annex/objects/" in words[:200] and b"\n" not in words.strip():
        return ANNEX
    if words.startswith((b'{"', b"{'", b"[{", b"[[", b"{}", b"[]")) or words[:20].split() == [b"{"]:
        return JSON
    if words.startswith(b"@relation"):
        return ARFF
    return TEXT if _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    """Whether bytes are UTF-8, maybe cut in a letter, or mostly letters of another encoding."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < max(1, len(head) - 4):
            letters = sum(32 <= byte < 127 or byte in b"\t\n\r" for byte in head)
            return b"\x00" not in head and 10 * letters > 9 * len(head)
    return b"\x00" not in head


def refuse_other_kinds(path: str | Path, content: bytes, expected: str, *words: str) -> None:
    """InputError unless the content is of one of these kinds; `expected` names them in words."""
    kind = kind_of(content)
    if kind.word not in words:
        raise InputError(f"{path} is {kind.called}: expected {expected}; do: {kind.remedy}")
