"""Windows of spikes when a run has another length than was thought: which states are kept for them.

With `--record windows` the middle and the last window of a longer run lie elsewhere. What was not
recorded there is simulated again, from the nearest state before it: to the same bits, as state and
seed are all that a chunk depends on.
"""

from collections.abc import Collection, Sequence

__all__ = ["Windows", "covers", "part_of", "states_to_keep"]

MOST_STATES = 64  #: of a run at most, so that one of them is near

Windows = Sequence[tuple[int, int]]  #: intervals [first, last) of learning samples


def part_of(windows: Windows, first: int, last: int) -> list[tuple[int, int]]:
    """The parts of windows that lie in samples first .. last - 1."""
    cut = ((max(first, start), min(last, stop)) for start, stop in windows)
    return [(start, stop) for start, stop in cut if start < stop]


def covers(windows: Windows, wanted: Windows) -> bool:
    """Whether every wanted sample lies in one of these windows, which are disjoint."""
    return all(
        sum(b - a for a, b in part_of(windows, start, stop)) == stop - start
        for start, stop in wanted
    )


def states_to_keep(ends: Sequence[int], window: int, there: Collection[int]) -> set[int]:
    """Chunks whose states are kept, of a run that may end here or anywhere later.

    ends : the sample at which each chunk so far has ended. window : its length in samples. there :
    chunks whose states are kept so far. The first sample that may be needed again is where the
    middle window of a run of this length begins; before it the nearest state stays, after it one in
    each 64th of the run.
    """
    last = ends[-1]
    needed = (last - window) // 2 if last > 3 * window else 0
    stride = 1
    while last > MOST_STATES * stride:
        stride *= 2  # so that what a longer run keeps is among what a shorter one kept
    starts = [0, *ends]
    kept = {
        index
        for index, end in enumerate(ends)
        if end > needed and end // stride > starts[index] // stride
    }
    return kept | {max((index for index in there if ends[index] <= needed), default=-1)} - {-1}
