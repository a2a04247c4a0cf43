"""What a source of stimuli is, and what each kind of source says about itself."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.trains import Trains

__all__ = [
    "GIVEN",
    "ORDERS",
    "SHUFFLED",
    "SPLITS",
    "Samples",
    "Source",
    "SourceKind",
    "check_draw",
    "loads_labelled",
    "refuse_label",
]

SPLITS = ("learning", "probe", "test")
ORDERS = SHUFFLED, GIVEN = ("shuffled", "given")  #: of learning samples


class Samples(NamedTuple):
    """Which stimuli are shown, in order.

    table : (num_rows, num_features) float64 or uint8, or (num_rows, num_frames, num_features) of
    stimuli that change, or Trains of num_rows samples. rows : (num_samples,), the row of the table
    that each sample shows. labels : (num_samples,), classes 0..K-1. scale : the table's value that
    means 1.
    """

    table: NDArray | Trains
    rows: NDArray[np.integer]
    labels: NDArray[np.integer]
    scale: float = 1.0

    def points(self, first: int = 0, last: int | None = None) -> NDArray[np.float64] | Trains:
        """What samples first..last-1 show: float64 ``(last - first, num_features)``, or Trains."""
        if isinstance(self.table, Trains):
            return self.table.of(self.rows[first:last])
        return self.table[self.rows[first:last]] / np.float64(self.scale)

    @property
    def num_frames(self) -> int:
        """How many stimuli a sample shows, one after the other."""
        return 1 if isinstance(self.table, Trains) or self.table.ndim < 3 else self.table.shape[1]


class Source(Protocol):
    """Where stimuli come from.

    coding : "tuning" (features), "rates" (one input per pixel, 0..1) or "spikes" (of each input).
    num_features : of a stimulus, or inputs that may spike.

    notes : sentences on what was decided in reading files, to be told.
    """

    name: str
    coding: str
    num_features: int
    num_classes: int
    class_names: list[str]
    notes: tuple[str, ...]

    def draw(self, split: str, num_samples: int, seed: int) -> Samples:
        """Samples of one of SPLITS."""

    def bayes_accuracy(self, points: Any, labels: NDArray) -> float:
        """Accuracy of the best observer on these points; nan where that is not known."""

    def description(self) -> dict[str, Any]:
        """JSON-able facts for the manifest, among them name, coding, num_features, class_names."""


class SourceKind(NamedTuple):
    """One kind of source: the `data` texts that it answers to, and how it loads what they name.

    answers : of `data`, a text, None, or what `as_data` makes of objects. load : (data, seed=,
    parameters=, fixed_K=, label=, order=), as `load_source`. expected : what a text may say, for
    messages. synthetic : whether the samples are drawn here, with sizes that are the model's; else
    data have their own, and may change. on_disk : whether `data` is a path, after `prefix`.
    takes_all : whether it answers to every path, and so is asked last.
    """

    answers: Callable[[Any], bool]
    load: Callable[..., Source]
    expected: str = ""
    synthetic: bool = False
    on_disk: bool = False
    takes_all: bool = False
    prefix: str = ""


def loads_labelled(load: Callable[..., Any], takes_label: bool = False) -> Callable[..., Source]:
    """The `load` of a SourceKind from load(path, seed=, num_outputs=, fixed=), a LabelledData.

    takes_label : whether it takes label=, too; else a label that is named is refused.
    """

    def load_kind(
        data: Any,
        *,
        seed: int,
        parameters: Mapping[str, Any],
        fixed_K: bool,
        label: str | None = None,
        order: str = SHUFFLED,
    ) -> Source:
        options = {"label": label} if takes_label else {}
        if not takes_label:
            refuse_label(data, label)
        sizes = {"num_outputs": int(parameters["K"]), "fixed": fixed_K}
        return load(data, seed=seed, **sizes, **options).in_order(order)

    return load_kind


def refuse_label(data: Any, label: str | None) -> None:
    """InputError for a label that is named where labels have no name."""
    if label is not None:
        raise InputError(
            f"label={label!r} names a column, and {data or 'Gaussian clusters'} has none: expected"
            " a table or HDF5 file with it; do: leave the label out"
        )


def check_draw(split: str, num_samples: int) -> None:
    """Refuse an unknown split and an empty draw."""
    if split not in SPLITS:
        raise InputError(f"unknown split {split!r}: expected one of {', '.join(SPLITS)}")
    if num_samples < 1:
        raise InputError(f"{num_samples} {split} samples asked for: expected at least 1")
