"""A source of stimuli of the user's own: what it gives is checked, so that a fault is named."""

import copy
import hashlib
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError, name_of, shown
from spikesampler.stimuli.labelled import first
from spikesampler.stimuli.source import SPLITS, Samples, Source, check_draw
from spikesampler.stimuli.trains import Trains
from spikesampler.stimuli.words import check_class_names

__all__ = ["OWN", "OwnSource", "looks_like_source"]

OWN = "source:"  #: before the name and fingerprint of an own source, in manifests
CODINGS = ("tuning", "rates", "spikes")
ATTRIBUTES = ("name", "coding", "num_features", "num_classes", "class_names", "notes")
METHODS = ("draw", "bayes_accuracy", "description")


def looks_like_source(data: Any) -> bool:
    """Whether an object was meant as a source: it draws samples."""
    return callable(getattr(data, "draw", None))


class OwnSource:
    """An object that follows the protocol `Source`, with what it says and draws checked.

    Equal to another where name and description are the same. Raises InputError that names what is
    missing or wrong.
    """

    _num_steps = np.iinfo(np.int32).max

    def __init__(self, source: Source) -> None:
        if isinstance(source, type):
            raise InputError(
                f"data is the class {name_of(source)}: expected an object of it; do: give"
                f" {name_of(source)}(…)"
            )
        self.source, kind = source, name_of(type(source))
        missing = [name for name in ATTRIBUTES if not hasattr(source, name)]
        missing += [name for name in METHODS if not callable(getattr(source, name, None))]
        if missing:
            raise InputError(
                f"the source of class {kind} has no {', '.join(missing)}: expected all that"
                " spikesampler.stimuli.Source lists; do: add it"
            )
        self.name, self.coding = source.name, source.coding
        if not isinstance(self.name, str) or not self.name:
            raise InputError(
                f"the source of class {kind} has name {shown(self.name)}: expected a text"
            )
        if self.coding not in CODINGS:
            raise InputError(
                f"the source of class {kind} has coding {shown(self.coding)}: expected one of"
                f" {', '.join(CODINGS)}"
            )
        self.num_features = _number(kind, "num_features", source.num_features, 1)
        self.num_classes = _number(kind, "num_classes", source.num_classes, 2)
        self.class_names = check_class_names([str(name) for name in source.class_names])
        if len(self.class_names) != self.num_classes:
            raise InputError(
                f"the source of class {kind} has {len(self.class_names)} class_names for"
                f" num_classes={self.num_classes}: expected as many"
            )
        if isinstance(source.notes, str):
            raise InputError(
                f"the source of class {kind} has notes {shown(source.notes)}: expected a tuple of"
                " texts"
            )
        self.notes = tuple(str(note) for note in source.notes)
        self._facts = _facts(kind, source)
        data = json.dumps(self.description(), sort_keys=True).encode()
        self.sha256 = hashlib.sha256(data).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnSource) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __str__(self) -> str:
        return f"{OWN}{self.name}:{self.sha256}"

    def draw(self, split: str, num_samples: int, seed: int) -> Samples:
        """What the source draws; InputError where these are no Samples."""
        check_draw(split, num_samples)
        drawn = self.source.draw(split, num_samples, seed)
        what = f"draw({split!r}, {num_samples}, {seed}) of {self.name}"
        try:
            samples = Samples(*drawn) if isinstance(drawn, tuple) else None
        except TypeError:
            samples = None
        if samples is None:
            raise InputError(
                f"{what} gave a {name_of(type(drawn))}: expected spikesampler.stimuli.Samples"
            )
        rows, labels = np.asarray(samples.rows), np.asarray(samples.labels)
        if not (rows.ndim == labels.ndim == 1 and rows.size == labels.size > 0):
            raise InputError(
                f"{what} gave rows of shape {rows.shape} and labels of shape {labels.shape}:"
                " expected two of (num_samples,), not empty"
            )
        if len(rows) > num_samples or (split == "learning" and len(rows) < num_samples):
            raise InputError(f"{what} gave {len(rows)} samples: expected {num_samples}")
        table = self._table(what, samples.table)
        _check_range(what, "row", rows, len(table))
        _check_range(what, "label", labels, self.num_classes)
        return Samples(table, rows, labels, self._scale(what, table, samples.scale))

    def check_classes(self, splits: Iterable[Samples]) -> None:
        """Refuse samples that are all of one class, as a file of one class is."""
        labels = np.concatenate([samples.labels for samples in splits])
        if len(np.unique(labels)) < 2:
            raise InputError(
                f"{self.name} gave all {len(labels)} samples of {', '.join(SPLITS)} the same label,"
                f" {labels[0]}: expected at least two classes; do: draw samples of another class"
            )

    def with_steps(self, num_steps: int) -> "OwnSource":
        """The same source, where a sample has this many steps, which all its spikes are in."""
        other = copy.copy(self)
        other._num_steps = num_steps
        return other

    def _scale(self, what: str, table: NDArray | Trains, scale: Any) -> float:
        """The table's value that means 1; InputError for numbers that are not 0 to 1 by it."""
        if not (isinstance(scale, int | float | np.number) and 0 < scale < np.inf):
            raise InputError(f"{what} gave scale {shown(scale)}: expected a number above 0")
        if not isinstance(table, Trains) and (bad := first((table < 0) | (table > scale))):
            word, why, remedy = (
                ("rate", "1 means r_min + r_max", "give the largest as the scale of Samples")
                if self.coding == "rates"
                else ("feature", "tuning curves see the unit cube", "scale each to 0 to 1")
            )
            raise InputError(
                f"{what} gave the {word} {table[bad] / scale:g} in row {bad[0]}: expected 0 to 1"
                f" ({why}); do: {remedy}"
            )
        return float(scale)

    def _table(self, what: str, table: Any) -> NDArray | Trains:
        if isinstance(table, Trains) == (self.coding != "spikes"):
            expected = "Trains" if self.coding == "spikes" else "an array"
            raise InputError(
                f"{what} gave a table of class {name_of(type(table))}: expected {expected} for"
                f" coding {self.coding}"
            )
        if isinstance(table, Trains):
            return _trains(what, table, self.num_features, self._num_steps)
        table = np.asarray(table)
        if table.dtype.kind not in "biuf" or table.ndim not in (2, 3):
            raise InputError(
                f"{what} gave a table of type {table.dtype} and shape {table.shape}: expected"
                " numbers of (rows, num_features) or (rows, frames, num_features)"
            )
        if table.shape[-1] != self.num_features:
            raise InputError(
                f"{what} gave a table of shape {table.shape}: expected num_features="
                f"{self.num_features} columns"
            )
        if bad := first(~np.isfinite(table)):
            raise InputError(f"{what} gave {table[bad]:g} in row {bad[0]}: expected finite numbers")
        return table[:, 0] if table.ndim == 3 and table.shape[1] == 1 else table

    def bayes_accuracy(self, points: Any, labels: NDArray) -> float:
        """What the source says; InputError where that is no accuracy."""
        said = self.source.bayes_accuracy(points, labels)
        if not isinstance(said, int | float | np.number) or said < 0 or said > 1:
            raise InputError(
                f"bayes_accuracy() of {self.name} gave {shown(said)}: expected 0 to 1, or nan where"
                " nobody knows"
            )
        return float(said)

    def description(self) -> dict[str, Any]:
        """The source's own, with what every manifest has."""
        return {
            **self._facts,
            "name": self.name,
            "coding": self.coding,
            "num_features": self.num_features,
            "num_classes": self.num_classes,
            "class_names": self.class_names,
        }


def _number(kind: str, name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(
            f"the source of class {kind} has {name}={shown(value)}: expected a whole number of at"
            f" least {least}"
        )
    return int(value)


def _facts(kind: str, source: Source) -> dict[str, Any]:
    """Its description, as JSON has it."""
    facts = source.description()
    try:
        if not isinstance(facts, dict):
            raise TypeError(f"it is a {name_of(type(facts))}")
        return json.loads(json.dumps(facts, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"description() of the source of class {kind} is no dict that JSON can hold ({error});"
            " do: give plain numbers, texts and lists"
        ) from None


def _trains(what: str, trains: Trains, num_inputs: int, num_steps: int) -> Trains:
    """Trains of arrays that fit each other, with steps from 0 to num_steps - 1 in order."""
    starts, steps, neurons = (np.asarray(array) for array in vars(trains).values())
    _check_range(what, "start", starts, steps.size + 1)
    _check_range(what, "step", steps, np.iinfo(np.int32).max)
    _check_range(what, "neuron", neurons, num_inputs)
    if not (
        starts.ndim == steps.ndim == 1
        and steps.shape == neurons.shape
        and starts.size > 1
        and starts[0] == 0
        and starts[-1] == steps.size
        and (np.diff(starts) >= 0).all()
    ):
        raise InputError(
            f"{what} gave Trains with starts of shape {starts.shape}, steps of shape {steps.shape}"
            f" and neurons of shape {neurons.shape}: expected starts that rise from 0 to the number"
            " of spikes, and a step and a neuron for each spike"
        )
    trains = Trains(starts.astype(np.int64), steps.astype(np.int32), neurons.astype(np.int32))
    samples = trains.samples()
    if bad := first(steps >= num_steps):
        raise InputError(
            f"{what} gave a spike at step {steps[bad]} of sample {samples[bad]} (the first is 0):"
            f" expected steps 0 to {num_steps - 1}, those of a sample"
        )
    if bad := first((np.diff(steps.astype(np.int64)) < 0) & (np.diff(samples) == 0)):
        raise InputError(
            f"{what} gave step {steps[bad[0] + 1]} after step {steps[bad]} in sample {samples[bad]}"
            " (the first is 0): expected steps in order; do: sort the spikes of each sample"
        )
    order = np.lexsort((trains.neurons, trains.steps, samples))
    twins = [np.diff(each[order]) == 0 for each in (samples, trains.steps, trains.neurons)]
    if bad := first(np.all(twins, axis=0)):
        raise InputError(
            f"{what} gave Trains in which spikes {order[bad]} and {order[bad[0] + 1]} are both of"
            f" neuron {neurons[order[bad]]} in one step: expected one at most"
        )
    return trains


def _check_range(what: str, name: str, values: NDArray, end: int) -> None:
    """Refuse what are no whole numbers from 0 to end - 1."""
    values = np.asarray(values)
    if values.dtype.kind not in "iu":
        raise InputError(f"{what} gave {name}s of type {values.dtype}: expected whole numbers")
    if bad := first((values < 0) | (values >= end)):
        raise InputError(
            f"{what} gave {name} {values[bad]} (number {bad[0]}): expected 0 to {end - 1}"
        )
