"""Which source a `data` text names: the kinds of sources are asked in order.

A new kind is a file in `stimuli/sources/`.
"""

import os
from collections.abc import Mapping
from typing import Any

from spikesampler.errors import InputError
from spikesampler.stimuli.source import Source, SourceKind
from spikesampler.stimuli.sources import all_kinds

__all__ = ["absolute", "is_synthetic", "load_source"]

KINDS = all_kinds()


def load_source(
    data: Any = None,
    *,
    seed: int,
    parameters: Mapping[str, Any],
    fixed_K: bool = False,
    label: str | None = None,
) -> Source:
    """The source that `data` names.

    Parameters
    ----------
    data : None for Gaussian clusters, "clusters:SEED" for those that a run with another seed has,
        "digits" for scikit-learn's digits, or the path of a table (see `load_table`) or of MNIST
        (IDX), CIFAR-10 or HDF5 images.
    seed : decides the cluster layout, or the split.
    parameters : the model's K, D and cluster_… as plain numbers; others are ignored.
    fixed_K : whether the user set K; if not, real data have as many classes as their labels say, at
        most K.
    label : the column or array that has the labels, where the data name them; None finds it.
    """
    kind = _kind_of(data)
    # unlike path.exists() never raises, whatever the word
    if kind.on_disk and not os.path.exists(data):
        words = ", ".join(
            kind.expected for kind in KINDS if not kind.synthetic and not kind.on_disk
        )
        files = " or of ".join(kind.expected for kind in KINDS if kind.on_disk)
        raise InputError(
            f"no data named {str(data)!r}: expected {words}, or the path of {files}; do: check the"
            " path"
        )
    return kind.load(data, seed=seed, parameters=parameters, fixed_K=fixed_K, label=label)


def _kind_of(data: Any) -> SourceKind:
    return next(kind for kind in KINDS if kind.answers(data))


def is_synthetic(data: Any) -> bool:
    """Whether samples are drawn here, with sizes that are the model's; else data have their own."""
    return _kind_of(data).synthetic


def absolute(data: Any) -> str | None:
    """`data` as a text that means the same in every folder; None stays None.

    Raises InputError for an empty text.
    """
    if data is None:
        return None
    if not str(data).strip():
        raise InputError("data is empty: expected digits, or the path of a table or of image files")
    return os.path.abspath(data) if _kind_of(data).on_disk else str(data)
