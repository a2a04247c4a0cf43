"""What the maps of noise's benefit found, row by row, and in five sentences."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler.experiments.printed import printed_interval
from spikesampler.stats.rules import LEVEL, NOT, REPRODUCED, UNDECIDED
from spikesampler.studies.fang_2018.benefit import in_words
from spikesampler.studies.fang_2018.benefit_words import ARMS, extremes, variation
from spikesampler.studies.finding import Finding

__all__ = ["findings", "hurry", "label_of"]


WITHIN_RUN = 0.06  #: of probes of `weight` in the last 2000 s, in the study `fang_2018`


class Question(NamedTuple):
    """What is asked of all cells of a map: whether a word stands in each, and which refutes it."""

    key: str
    claim: str
    measure: str
    word: str
    against: str


QUESTIONS = (
    Question(
        "costs",
        "noise costs accuracy, at the last moment of learning, in every cell of the map",
        "accuracy",
        "hurts",
        "helps",
    ),
    Question(
        "sooner", "noise escapes sooner in every cell of the map", "escape", "sooner", "later"
    ),
)


def findings(maps: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each map, arm and question."""
    return [
        _finding(name, effects, arm, question)
        for name, effects in maps.items()
        for arm in ARMS
        for question in QUESTIONS
    ]


def label_of(words: np.ndarray, word: str, against: str) -> str:
    """The verdict on "in every cell": one cell that clearly says the opposite refutes it."""
    if (words == word).all():
        return REPRODUCED
    return NOT if (words == against).any() else UNDECIDED


def _finding(name: str, effects: xr.Dataset, arm: str, question: Question) -> Finding:
    words = in_words(effects)[question.measure].sel(contrast=f"{arm} - none").values
    held, refuted = (words == question.word).sum(), (words == question.against).sum()
    label = label_of(words, question.word, question.against)
    over = " and ".join(effects["difference"].dims[1:])
    moment = "; last snapshot" if question.measure == "accuracy" else ""
    counted = f"{question.word} in {held}, {question.against} in {refuted} of {words.size} cells"
    return Finding(
        f"{question.key}_{arm}_{name.removeprefix('noise_benefit_')}",
        question.claim,
        "question",
        label,
        f"{counted}, p < {LEVEL} against no difference (Holm, {words.size} tests of the map); "
        + _range(effects, arm, question.measure),
        f"{arm} against none over {over}, start {effects['start'].item()},"
        f" {effects.attrs['samples']} samples{moment}",
        f"{effects.attrs['seeds']} seeds, the same in all cells, which are not independent",
        f"reproduced: every cell {question.word}; not reproduced: a cell is the other way round"
        f" ({question.against}); else undecided. A cell: p < {LEVEL} after Holm over the cells of a"
        " contrast in a map (mean of pairs, Student's t corrected for skewness)",
    )


def _range(effects: xr.Dataset, arm: str, measure: str) -> str:
    """The two ends of the map, with intervals."""
    if measure == "accuracy":
        return "from {} to {}".format(*reversed(extremes(effects, arm)))
    cells = effects.sel(contrast=f"{arm} - none").stack(cell=effects["ratio"].dims[1:])
    places = np.argsort(cells["ratio"].values)[: int(cells["ratio"].notnull().sum())]
    ends = (cells.isel(cell=int(place)) for place in places[[0, -1]])
    names = ("ratio", "ratio_low", "ratio_high")
    texts = (printed_interval({n: end[n].item() for n in names}, "ratio", ".2g") for end in ends)
    return f"ratios of times from {' to '.join(texts)}"


def hurry(maps: Mapping[str, xr.Dataset]) -> list[str]:
    """Five sentences for a reader in a hurry."""
    first = next(iter(maps.values()))
    cells = sum(effects["difference"][0].size for effects in maps.values()) - (len(maps) - 1)
    seconds = first.attrs["samples"] * 0.2
    counts = {word: _count(maps, word) for word in ("helps", "hurts", "sooner")}
    best = max(maps.values(), key=lambda effects: float(_weight(effects)["difference"].max()))
    most = max(map(variation, maps.values()))
    return [
        "Where does noise that grows with the weight help, and where does it hurt: three maps over"
        f" start and noise scale, learning rate and amplification, spread and number of clusters,"
        f" {cells} different cells, from weights that are nearly alike and in most cells near 0,"
        " where accuracy stays at chance for long (the start `plateau`).",
        f"Noise that grows with the weight costs test accuracy in {counts['hurts']} cells of the"
        f" three maps, and gains in {counts['helps']}, by {extremes(best, 'weight')[0]} at most:"
        f" where learning without noise is too slow to leave the plateau within {seconds:.0f} s."
        " Each run is judged by one snapshot, whose accuracy varies within a noisy run (standard"
        f" deviation {WITHIN_RUN:g}).",
        f"With noise runs leave the plateau sooner in {counts['sooner']} cells; how long that pays"
        " depends on the time that is given, which is fixed here.",
        "Noise of equal power that does not depend on the weight does the same in these maps, but"
        " cannot refute structure: the amplitude varies between synapses at the start by"
        f" {most:.1g} of itself at most.",
        f"Each cell has the same {first.attrs['seeds']} seeds, so cells are counted and not taken"
        " for independent; p is corrected over the cells of a map, and intervals are 95 %,"
        " Student's t corrected for skewness.",
    ]


def _weight(effects: xr.Dataset) -> xr.Dataset:
    return effects.sel(contrast="weight - none")


def _count(maps: Mapping[str, xr.Dataset], word: str) -> str:
    """In how many cells of each map a word stands for `weight`, as text."""
    texts = []
    for effects in maps.values():
        words = in_words(effects).sel(contrast="weight - none")
        measure = "escape" if word == "sooner" else "accuracy"
        texts.append(f"{(words[measure].values == word).sum()} of {words[measure].size}")
    return f"{', '.join(texts[:-1])} and {texts[-1]}" if texts[1:] else texts[0]
