"""Arrays that are given from Python, as a table is, or as pixels."""

from typing import Any

from spikesampler.errors import InputError
from spikesampler.stimuli.arrays import ARRAYS, PIXEL, ArrayData
from spikesampler.stimuli.labelled import LabelledData
from spikesampler.stimuli.source import SourceKind, loads_labelled, refuse_label

__all__ = ["KIND"]


def _load(
    data: ArrayData | str,
    *,
    seed: int,
    num_outputs: int,
    fixed: bool = False,
    label: str | None = None,
) -> LabelledData:
    """ArrayData as a source; a manifest's text of them is refused, as it has no numbers."""
    if not isinstance(data, ArrayData):
        raise InputError(
            f"{data[: len(ARRAYS) + 8]}… were given from Python and are not kept; do: give"
            " them again, as data=(X, y)"
        )
    refuse_label("data=(X, y)", label)
    try:
        return LabelledData(
            "arrays",
            data.features,
            data.labels,
            seed=seed,
            num_outputs=num_outputs,
            fixed=fixed,
            coding=data.coding,
            scale=PIXEL if data.features.dtype == "u1" else 1.0,
            columns=list(data.columns),
            where="row {} (the first is 0)".format,
            facts={"sha256": data.sha256},
        )
    except InputError as error:
        raise InputError(f"data=(X, y): {error}") from None


def _answers(data: Any) -> bool:
    return isinstance(data, ArrayData) or str(data).startswith(ARRAYS)


KIND = SourceKind(answers=_answers, load=loads_labelled(_load, takes_label=True))
