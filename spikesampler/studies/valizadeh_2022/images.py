"""The images of a task, learnt and held out, and the network that they ask for."""

from typing import NamedTuple

import numpy as np

from spikesampler.errors import InputError
from spikesampler.networks.labelled_rows import rows_of, source_of
from spikesampler.studies.valizadeh_2022.tasks import Task

__all__ = ["Images", "check_images", "images_of", "sizes_of"]


class Images(NamedTuple):
    """What is learnt and what is held out: inputs (image, pixel) floats, labels (image,) whole
    numbers.

    One label per image, from 0; two classes may share one output. The inputs' precision is that of
    all that follows.
    """

    inputs: np.ndarray
    labels: np.ndarray
    held_out: np.ndarray
    held_out_labels: np.ndarray


def images_of(task: Task, split_seed: int = 1) -> Images:
    """Its source's learning and probe rows are learnt, in their order, test rows held out."""
    source = source_of(task.data, task.against, split_seed)
    arrays = []
    for splits in (("learning", "probe"), ("test",)):
        pixels, labels, scale = rows_of(source, splits, split_seed)
        inputs = pixels / (1.0 if task.raw else scale)
        labels = labels if task.against is None else labels == task.against
        arrays.append(inputs.astype(np.float32 if task.single else np.float64))
        arrays.append(labels.astype(np.int64))
    return Images(*arrays)


def sizes_of(task: Task, images: Images) -> tuple[int, ...]:
    """Widths of all layers, inputs and outputs included."""
    num_classes = int(images.labels.max()) + 1
    return (images.inputs.shape[1], *task.hidden, 1 if num_classes == 2 else num_classes)


def check_images(images: Images, pixels: int, num_outputs: int) -> None:
    """Refuse images and labels that do not fit each other or the network, with an InputError."""
    most = max(num_outputs, 2) - 1
    for what, inputs, labels in (("images", *images[:2]), ("held-out images", *images[2:])):
        inputs, labels = np.asarray(inputs), np.asarray(labels)
        if inputs.shape != (len(labels), pixels) or not len(labels) or inputs.dtype.kind != "f":
            raise InputError(
                f"{what}: inputs {inputs.dtype} of shape {inputs.shape}, {labels.shape} labels:"
                f" expected floats (image, {pixels}), and a label each"
            )
        if not np.isfinite(inputs).all():
            raise InputError(
                f"{what}: {(~np.isfinite(inputs)).sum()} inputs are not finite; leave these"
                " images out"
            )
        bad = labels[(labels < 0) | (labels > most)] if labels.dtype.kind in "iu" else labels[:1]
        if len(bad):
            raise InputError(
                f"{what}: label {bad[0]} ({labels.dtype}): expected whole numbers 0 to {most},"
                f" classes of {num_outputs} outputs; give more outputs, or other labels"
            )
