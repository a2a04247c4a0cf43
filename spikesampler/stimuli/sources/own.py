"""Sources of the user's own, given from Python."""

from collections.abc import Mapping
from typing import Any

from spikesampler.errors import InputError
from spikesampler.stimuli.own import OWN, OwnSource
from spikesampler.stimuli.source import SHUFFLED, SourceKind, refuse_label

__all__ = ["KIND"]


def _load(
    data: OwnSource | str,
    *,
    seed: int,
    parameters: Mapping[str, Any],
    fixed_K: bool,
    label: str | None = None,
    order: str = SHUFFLED,
) -> OwnSource:
    """The source itself; a manifest's text of one is refused, as it draws nothing."""
    if not isinstance(data, OwnSource):
        raise InputError(
            f"{data[:60]} was given from Python and is not kept; do: give it again, as data=source"
        )
    refuse_label(data.name, label)
    if order != SHUFFLED:
        raise InputError(
            f"order={order}: {data.name} decides in draw() in which order it shows its samples;"
            " do: leave the order out"
        )
    if data.num_classes > parameters["K"]:
        raise InputError(
            f"{data.name} has {data.num_classes} classes for K={parameters['K']} outputs; do: --set"
            f" K={data.num_classes}, or leave out classes"
        )
    if data.coding != "spikes":
        return data
    return data.with_steps(round(parameters["sample_length"] / parameters["dt"]))


KIND = SourceKind(
    answers=lambda data: isinstance(data, OwnSource) or str(data).startswith(OWN),
    load=_load,
)
