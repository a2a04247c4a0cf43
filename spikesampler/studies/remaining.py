"""How much of many studies' datasets is left to make, and for how long, by what was finished."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spikesampler.studies.study import Part, Study, Work

__all__ = ["Piece", "Remaining", "in_words", "pieces"]


@dataclass(frozen=True)
class Piece:
    """A part of a study, the work it is made by, and whether it is there already.

    there : its dataset is in the folder, and so are the runs from which it would go on.
    """

    study: Study
    name: str
    part: Part
    work: Work
    there: bool


def pieces(studies: Sequence[Study], folder: Path, work: Work, quick: bool = False) -> list[Piece]:
    """The parts of studies whose datasets are to be in the folder, in order.

    Each study's runs lie in a folder of their own below `work.runs`.
    """
    found = []
    for study in studies:
        own = replace(work, runs=work.runs / study.runs_folder)
        for name, part in study.parts.items():
            there = (folder / f"{name}.nc").is_file() and not quick
            there = there and (not part.resumes or own.runs.is_dir())
            found.append(Piece(study, name, part, own, there))
    return found


def in_words(minutes: float) -> str:
    """A time as people say it: "less than a minute", "12 min", "3 h 20 min"."""
    whole = round(minutes)
    if whole < 1:
        return "less than a minute"
    hours, rest = divmod(whole, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


class Remaining:
    """Tells, before a piece and after the last, what is done, what is left, and for how long.

    A part's core-minutes are those of one machine. Here they take a time that is estimated from
    the pieces that this process has finished, and before the first from the number of processes.
    """

    def __init__(
        self, wanted: Sequence[Piece], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.wanted, self.clock = wanted, clock
        self.done = [piece.there for piece in wanted]
        workers = (wanted[0].work.workers if wanted else None) or os.cpu_count() or 1
        self.pace, self.spent, self.finished = 1 / workers, 0.0, 0.0
        self.began = clock()

    def begin(self, number: int) -> str:
        """The line before a piece is made."""
        self.began = self.clock()
        piece = self.wanted[number]
        return f"{self._state()}; now {piece.study.name}: {piece.name}"

    def end(self, number: int) -> None:
        """A piece is there: what it took tells how fast this machine is."""
        if not self.done[number]:
            self.spent += (self.clock() - self.began) / 60
            self.finished += self.wanted[number].part.minutes
            self.pace = self.spent / self.finished
        self.done[number] = True

    def _state(self) -> str:
        left = [piece for piece, done in zip(self.wanted, self.done) if not done]
        studies = {piece.study.name for piece in self.wanted}
        open_ones = {piece.study.name for piece in left}
        minutes = self.pace * sum(piece.part.minutes for piece in left)
        return (
            f"{len(studies) - len(open_ones)} of {len(studies)} studies and"
            f" {len(self.wanted) - len(left)} of {len(self.wanted)} datasets are done"
            + (f", about {in_words(minutes)} left" if left else "")
        )

    def __str__(self) -> str:
        return self._state()
