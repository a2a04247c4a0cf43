"""Finite labelled data: split once, then drawn from; everything follows from seeds."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError, printable
from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.source import GIVEN, SHUFFLED, SPLITS, Samples, check_draw
from spikesampler.stimuli.trains import Trains
from spikesampler.stimuli.words import words_in

__all__ = ["LabelledData", "encode_labels", "first", "stratified_split", "unit_cube"]

PROBE_FRACTION = 0.1
TEST_FRACTION = 0.2
MOST_OUTPUTS = 1_000  #: outputs that a message advises to have


def first(mask: NDArray[np.bool_]) -> tuple[int, ...] | None:
    """Index of the first true entry as a tuple of ints, or None."""
    if not mask.any():
        return None
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), mask.shape))


def encode_labels(
    labels: NDArray, num_outputs: int, where: Callable[[int], str]
) -> tuple[NDArray[np.integer], list[str]]:
    """Class numbers and names of integer or string labels.

    Whole numbers are the classes themselves; of strings, the sorted distinct names are classes 0,
    1, …

    Parameters
    ----------
    labels : (n,) integers, whole floats, or strings (of numpy's, or objects), see `words_in`.
    num_outputs : the network's K; more classes than that are an InputError.
    where : row number -> "line 7", for messages.

    Returns
    -------
    ((n,) int64 classes, names of all classes up to the largest).
    """
    if labels.dtype.kind in "USO":
        distinct, classes = np.unique(words_in(labels, where), return_inverse=True)
        names = distinct.tolist()
        if len(names) > num_outputs:
            raise InputError(
                f"{len(names)} different labels for K={num_outputs} outputs; "
                f"do: {_more_outputs(len(names), 'merge classes')}"
            )
    else:
        classes = _whole_labels(labels, num_outputs, where)
        names = [str(k) for k in range(classes.max() + 1)]
    if len(np.unique(classes)) < 2:
        raise InputError(
            f"all {len(classes)} rows have the same label: expected at least two classes; "
            "do: add rows of another class"
        )
    return classes, names


def _more_outputs(num_classes: float, other: str) -> str:
    """What to do about more classes than outputs: more outputs, where a network could have them."""
    return f"--set K={num_classes:.0f} or {other}" if num_classes <= MOST_OUTPUTS else other


def _whole_labels(
    labels: NDArray, num_outputs: int, where: Callable[[int], str]
) -> NDArray[np.int64]:
    """Labels that are numbers as class numbers 0 to num_outputs - 1."""
    if labels.dtype.kind not in "biuf":
        raise InputError(
            f"labels of type {labels.dtype}: expected whole numbers or strings; do: convert them"
        )
    labels = labels.astype(float)
    if bad := first(~np.isfinite(labels) | (labels != np.floor(labels))):
        raise InputError(
            f"label {labels[bad]:g} in {where(*bad)} is not a whole number; "
            "do: number the classes 0, 1, 2, … or name them"
        )
    if bad := first((labels < 0) | (labels >= num_outputs)):
        remedy = "relabel" if labels.min() < 0 else _more_outputs(labels.max() + 1, "relabel")
        raise InputError(
            f"label {labels[bad]:.15g} in {where(*bad)} is outside 0..{num_outputs - 1} "
            f"(K={num_outputs}); do: {remedy}"
        )
    return labels.astype(np.int64)


def stratified_split(
    labels: NDArray[np.integer],
    names: Sequence[str],
    rng: np.random.Generator,
    probe_fraction: float,
    test_fraction: float,
    test_rows: NDArray[np.integer] | None = None,
) -> dict[str, NDArray[np.integer]]:
    """Rows of learning, probe and test: disjoint, complete, each class alike and in every part.

    A class of n rows gives round(n * fraction) rows, at least one, to probe and to test. Rows of an
    official test set stay the test set; the probe rows then come from the others.
    """
    for name, fraction in (("probe", probe_fraction), ("test", test_fraction)):
        if not 0 < fraction < 1 or probe_fraction + test_fraction >= 1:
            raise InputError(
                f"{name} fraction {fraction}: expected two numbers above 0 with a sum below 1"
            )
    official = np.zeros(len(labels), dtype=bool)
    if test_rows is not None:
        official[test_rows] = True
    needed = 3 if test_rows is None else 2
    parts: dict[str, list[NDArray]] = {
        "learning": [],
        "probe": [],
        "test": [np.flatnonzero(official)],
    }
    for k in np.unique(labels):
        rows = rng.permutation(np.flatnonzero((labels == k) & ~official))
        if len(rows) < needed:
            raise InputError(
                f"class {names[k]!r} has {len(rows)} rows to split: expected at least {needed}, one"
                f" each for {', '.join(SPLITS[:needed])}; do: add rows of this class or leave it"
                " out"
            )
        num_test = 0
        if test_rows is None:
            num_test = min(max(1, round(len(rows) * test_fraction)), len(rows) - 2)
        num_probe = min(max(1, round(len(rows) * probe_fraction)), len(rows) - num_test - 1)
        parts["test"].append(rows[:num_test])
        parts["probe"].append(rows[num_test : num_test + num_probe])
        parts["learning"].append(rows[num_test + num_probe :])
    return {name: np.sort(np.concatenate(rows)) for name, rows in parts.items()}


def unit_cube(
    table: NDArray, learning_rows: NDArray[np.integer], columns: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray, NDArray]:
    """Scale each column so that the learning rows span 0..1; constant columns become 0.5.

    table : (n, D), or (n, F, D) where all frames are scaled alike. Held-out rows use the same
    numbers, so they may lie outside 0..1. Returns (scaled, minimum, range).
    """
    rows = tuple(range(table.ndim - 1))
    minimum, maximum = (extreme(table[learning_rows], axis=rows) for extreme in (np.min, np.max))
    constant = minimum == maximum
    with np.errstate(over="ignore", invalid="ignore"):
        span = np.where(constant, 1.0, maximum - minimum)
        scaled = table - minimum
        scaled /= span  # in place: a table may fill half the memory
        scaled[..., constant] = 0.5
    if bad := first(~np.isfinite(scaled).all(axis=rows) | ~np.isfinite(span)):
        raise InputError(
            f"column {columns[bad[0]]!r} cannot be scaled to 0..1: its numbers are too far apart"
            " for floating point; do: rescale it"
        )
    return scaled, minimum, span


class LabelledData:
    """A finite set of labelled stimuli as a source.

    Parameters
    ----------
    name : what the data are called in tables and manifests.
    table : (num_rows, num_features) float64 features, or uint8 pixels of which `scale` means 1;
        (num_rows, num_frames, num_features) of stimuli that change; or Trains.
    labels : (num_rows,), see `encode_labels`.
    seed : decides the split.
    num_outputs, fixed : the network's K, and whether the user set it. If so it is the number of
        classes; otherwise that is the largest label + 1.
    coding : "tuning" (features, scaled to the unit cube by the learning rows), "rates" (pixels) or
        "spikes" (Trains of `num_inputs` inputs).
    test_rows : rows of an official test set.
    class_names, columns, where, facts : names of classes and columns, row number -> place in the
        file, and JSON-able facts for the manifest.
    notes : sentences on what was decided in reading the file, to be told.
    """

    def __init__(
        self,
        name: str,
        table: NDArray | Trains,
        labels: ArrayLike,
        *,
        seed: int,
        num_outputs: int,
        fixed: bool = False,
        coding: str = "tuning",
        scale: float = 1.0,
        test_rows: NDArray[np.integer] | None = None,
        class_names: Sequence[str] | None = None,
        columns: list[str] | None = None,
        where: Callable[[int], str] = "row {}".format,
        facts: dict[str, Any] | None = None,
        notes: Sequence[str] = (),
        num_inputs: int = 0,
        probe_fraction: float = PROBE_FRACTION,
        test_fraction: float = TEST_FRACTION,
    ) -> None:
        self._labels, names = encode_labels(np.asarray(labels), num_outputs, where)
        names = [*(class_names or names)]
        self.name, self.coding, self.notes = printable(name), coding, tuple(notes)
        self.num_features = num_inputs if isinstance(table, Trains) else table.shape[-1]
        self.num_classes = num_outputs if fixed else int(self._labels.max()) + 1
        names += [f"unused {k}" for k in range(len(names), self.num_classes)]
        self.class_names = names[: self.num_classes]
        rng, fractions = generator(seed, "stimuli", "split"), (probe_fraction, test_fraction)
        self._split = stratified_split(self._labels, self.class_names, rng, *fractions, test_rows)
        about = {"official_test_set": test_rows is not None, "split_seed": int(seed)}
        self._facts = about | (facts or {})
        self._table, self._scale, self._order = table, scale, SHUFFLED
        if coding == "tuning" and not isinstance(table, Trains):
            columns = columns or [str(column) for column in range(self.num_features)]
            self._table, minimum, span = unit_cube(table, self._split["learning"], columns)
            self._facts |= {"columns": columns, "minimum": minimum.tolist(), "range": span.tolist()}

    def in_order(self, order: str) -> Self:
        """The same data, with learning samples in this order: one of ORDERS."""
        other = copy.copy(self)
        other._order = order
        return other

    def draw(self, split: str, num_samples: int, seed: int) -> Samples:
        """Samples of one split.

        "learning": epochs, shuffled or each in the order of the data, each row once per epoch;
        fewer samples are the beginning of more. "probe" and "test", whatever the order of
        learning: a random subset without repetition; at most all rows there are, so look at
        ``len(labels)``.
        """
        check_draw(split, num_samples)
        rng, rows = generator(seed, "stimuli", split), self._split[split]
        num_epochs = -(-num_samples // len(rows)) if split == "learning" else 1
        if split == "learning" and self._order == GIVEN:
            epochs = [rows] * num_epochs
        else:
            epochs = [rng.permutation(rows) for _ in range(num_epochs)]
        rows = np.concatenate(epochs)[:num_samples]
        return Samples(self._table, rows, self._labels[rows], self._scale)

    def bayes_accuracy(self, points: Any, labels: ArrayLike) -> float:
        """The density of real data is unknown: nan."""
        return float("nan")

    def description(self) -> dict[str, Any]:
        """JSON-able facts for the manifest."""
        sizes = {split: len(rows) for split, rows in self._split.items()}
        counts = {
            split: np.bincount(self._labels[rows], minlength=self.num_classes).tolist()
            for split, rows in self._split.items()
        }
        table = self._table
        frames = 1 if isinstance(table, Trains) or table.ndim < 3 else table.shape[1]
        return {
            "name": self.name,
            "coding": self.coding,
            "num_features": self.num_features,
            **({"num_frames": frames} if frames > 1 else {}),
            "num_classes": self.num_classes,
            "class_names": self.class_names,
            "rows": sizes,
            "class_counts": counts,
            **self._facts,
        }
