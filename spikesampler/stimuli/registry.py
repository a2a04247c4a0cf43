"""Which source a `data` text names: the kinds of sources are asked in order.

A new kind is a file in `stimuli/sources/`.
"""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from spikesampler.errors import InputError, name_of
from spikesampler.stimuli.arrays import ArrayData, array_data
from spikesampler.stimuli.own import OwnSource, looks_like_source
from spikesampler.stimuli.source import SHUFFLED, Source, SourceKind
from spikesampler.stimuli.sources import all_kinds

__all__ = ["as_data", "is_synthetic", "load_source"]

KINDS = all_kinds()

Data = str | ArrayData | OwnSource | None  #: what `as_data` gives


def load_source(
    data: Any = None,
    *,
    seed: int,
    parameters: Mapping[str, Any],
    fixed_K: bool = False,
    label: str | None = None,
    order: str = SHUFFLED,
) -> Source:
    """The source that `data` names.

    Parameters
    ----------
    data : None for Gaussian clusters, "clusters:SEED" for those that a run with another seed has,
        "digits" for scikit-learn's digits, the path of a table (see `load_table`) or of MNIST
        (IDX), CIFAR-10 or HDF5 images, "spikes:FILE" for spike trains; or arrays (X, y), or an
        object that follows `Source`, see `as_data`.
    seed : decides the cluster layout, or the split.
    parameters : the model's K, D and cluster_… as plain numbers; others are ignored.
    fixed_K : whether the user set K; if not, real data have as many classes as their labels say, at
        most K.
    label : the column or array that has the labels, where the data name them; None finds it.
    order : of learning samples, "shuffled" or "given": the data's own.
    """
    if not isinstance(data, str | os.PathLike):
        data = as_data(data)
    kind = _kind_of(data)
    path = str(data).removeprefix(kind.prefix)
    # unlike path.exists() never raises, whatever the word
    if kind.on_disk and not os.path.exists(path):
        near = "" if kind.prefix else _near(path)
        remedy = f"--data '{near}', or check the path" if near else "check the path"
        raise InputError(f"no data named {path!r}: expected {_expected(kind)}; do: {remedy}")
    options: dict[str, Any] = {"parameters": parameters, "fixed_K": fixed_K}
    return kind.load(data, seed=seed, **options, label=label, order=order)


def _kind_of(data: Any) -> SourceKind:
    return next(kind for kind in KINDS if kind.answers(data))


def _expected(kind: SourceKind) -> str:
    """What a path could have been, of a kind that has a prefix only this."""
    if kind.prefix:
        return kind.expected
    prefixed = ", ".join(k.expected for k in KINDS if k.prefix)
    words = ", ".join(_words())
    files = " or of ".join(k.expected for k in KINDS if k.on_disk and not k.prefix)
    return f"{words}, or the path of {files}, or {prefixed}"


def _near(path: str) -> str:
    """The word, or the prefix with what follows, that a path which is not there nearly begins with;
    or "".
    """
    found = re.search(r"(?:^|/)([^/:]+:)(.+)", path)
    begin, rest = found.groups() if found else (os.path.basename(path), "")
    known = [k.prefix for k in KINDS if k.prefix] if rest else _words()
    near = get_close_matches(begin.lower(), known, n=1, cutoff=0.75)
    return f"{near[0]}{rest}" if near else ""


def _words() -> list[str]:
    """Data that a word alone names."""
    return [k.expected for k in KINDS if k.expected and not k.synthetic and not k.on_disk]


def is_synthetic(data: Any) -> bool:
    """Whether samples are drawn here, with sizes that are the model's; else data have their own."""
    return _kind_of(data).synthetic


def as_data(data: Any) -> Data:
    """`data` as it means the same in every folder and process.

    None and words stay; paths become absolute; (X, y) and (X, y, coding) become ArrayData, and an
    object that draws samples an OwnSource. Raises InputError for an empty text, and for what is
    none of these.
    """
    if data is None or isinstance(data, ArrayData | OwnSource):
        return data
    if isinstance(data, tuple | list):
        return array_data(data)
    if looks_like_source(data):
        return OwnSource(data)
    if not isinstance(data, str | os.PathLike):
        raise InputError(
            f"data is a {name_of(type(data))}: expected arrays (X, y), a source with draw(), or a"
            " text such as digits or the path of a file"
        )
    if not str(data).strip():
        raise InputError("data is empty: expected digits, or the path of a table or of image files")
    kind = _kind_of(data)
    if not kind.on_disk:
        return str(data)
    path = str(data).removeprefix(kind.prefix)
    if not path.strip():
        raise InputError(f"data {str(data)!r} names no file: expected {kind.expected}")
    return kind.prefix + os.path.abspath(path)
