"""What the position-wise optimizer is compared on: data, a network, a loss, and when to stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from spikesampler.errors import InputError
from spikesampler.language.model import load_model

__all__ = ["KINDS", "LEVELS", "LOSSES", "NEAR", "TARGETS", "Task", "levels_of", "tasks_of"]

MODEL = load_model("valizadeh_2022")
RATE = MODEL["rate"]
RAW_RATE = MODEL["rate_raw"]  #: for MNIST, whose pixels the authors do not divide
HIDDEN = tuple(int(MODEL[f"hidden_{n}"]) for n in (1, 2, 3))
KINDS = ("binary", "ten")
LOSSES = ("printed", "binary_cross_entropy", "additive_margin_softmax")
#: losses at which the paper stopped on ten classes
TARGETS = {"MNIST": MODEL["target_mnist"], "CIFAR-10": MODEL["target_cifar"]}
#: where it stopped on two classes; with ten, half of a uniform guess's loss is ours
LOW = MODEL["target_two"]
NEAR = 0.01  #: the plateau: within 1 % of the loss of a guess; our choice
LEVELS = ("near", "left", *TARGETS, "low")
STAND_IN = " (stand-in)"


@dataclass(frozen=True)
class Task:
    """What is learnt.

    name : what tables call it. data : what `load_source` takes. objective : a name of
    `layered.OBJECTIVES`. against : a class that is told from all others, by one output; None: all
    classes, or two by one output. hidden : widths of the hidden layers. spread : of the starts'
    weights, see `layered.SPREADS`. raw : whether pixels are taken as they are, not divided by the
    number that means 1. single : float32, not float64.
    """

    name: str
    data: str
    objective: str
    against: int | None = None
    hidden: tuple = (20, 7, 5)
    spread: str = "fan_in"
    raw: bool = False
    single: bool = False

    @property
    def title(self) -> str:
        """Its name for people."""
        return self.name.replace("printed", "loss of the code").replace("_", " ")


def tasks_of(
    kinds: Sequence[str] = KINDS,
    cats: Path | None = None,
    mnist: Path | None = None,
    cifar: Path | None = None,
    losses: Sequence[str] = LOSSES,
    rate: float | None = None,
) -> list[tuple[Task, float]]:
    """The tasks, and the rate of each: the authors', or the one that is given.

    Digits stand in where no files are given: 5 against the rest for the cats, and all ten classes.
    """
    if unknown := set(kinds) - set(KINDS):
        raise InputError(
            f"--tasks {','.join(kinds)}: no task {min(unknown)!r}; expected binary, ten or both"
        )
    tasks = []
    if "binary" in kinds and cats is not None:
        tasks.append((Task("cats", str(cats), "binary_cross_entropy", hidden=HIDDEN), RATE))
    elif "binary" in kinds:
        name = f"5 or not{STAND_IN}"
        tasks.append((Task(name, "digits", "binary_cross_entropy", 5, HIDDEN), RATE))
    if "ten" in kinds:
        files = [("MNIST", mnist, RAW_RATE), ("CIFAR-10", cifar, RATE)]
        files = [(name, str(path), own) for name, path, own in files if path is not None]
        for (name, data, own), loss in product(
            files or [(f"digits{STAND_IN}", "digits", RATE)], losses
        ):
            # 60 000 images in float64 take long
            pixels = {"raw": own == RAW_RATE, "single": bool(files)}
            tasks.append((Task(f"{name}, {loss}", data, loss, hidden=HIDDEN, **pixels), own))
    return [(task, own if rate is None else rate) for task, own in tasks]


def levels_of(task: Task, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Loss of the best guess that looks at no image, and the losses of `LEVELS`, of the task.

    labels : (image,) of what is learnt. Levels that a task does not have are nan: the paper's are
    of ten classes, and not of the additive-margin softmax.
    """
    from spikesampler.networks.layered import make_objective

    shares = np.bincount(labels) / len(labels)
    targets = [np.nan] * len(TARGETS)
    if len(shares) == 2:
        guess, low = float(-(shares * np.log(shares)).sum()), LOW
    else:
        guess = float(make_objective(task.objective).guess(len(shares)))
        low = guess / 2
        if len(shares) == 10 and task.objective != LOSSES[-1]:
            targets = list(TARGETS.values())
    return guess, np.array([(1 + NEAR) * guess, (1 - NEAR) * guess, *targets, low])
