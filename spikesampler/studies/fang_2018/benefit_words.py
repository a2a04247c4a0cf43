"""What a map of noise's benefit says: values as text, a line per cell, sentences and tables."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler.experiments.printed import printed_interval
from spikesampler.studies.fang_2018.amplitude import amplitude_variation
from spikesampler.studies.fang_2018.benefit import in_words
from spikesampler.studies.page import render

__all__ = ["ARMS", "as_ratio", "as_text", "as_value", "section", "sentences"]

ARMS = ("weight", "constant_matched")
CLEAR = ("helps", "hurts", "sooner", "later")  #: words of cells that are bold


def as_value(value: float) -> str:
    """A parameter's value as text: 0.3, -4, 1e-5."""
    small = 0 < abs(value) < 1e-3
    return np.format_float_scientific(value, trim="-", exp_digits=1) if small else f"{value:g}"


def as_ratio(ratio: float, bound: str = "") -> str:
    """A ratio as text, with its mark where it is a bound: 0.48, <12; a dash for nan."""
    return "–" if np.isnan(ratio) else bound + f"{ratio:#.2g}".rstrip(".")


def as_difference(cell: xr.Dataset) -> str:
    """The difference of one cell with its interval."""
    return printed_interval({name: cell[name].item() for name in cell}, "difference", "+.3f")


def as_text(effects: xr.Dataset) -> str:
    """A line per cell: what either arm does to accuracy and escape, and by what noise helps."""
    words, (y, x) = in_words(effects), effects["difference"].dims[1:]
    lines = [f"{y:<16}{x:<13}{'weight':<40}{'constant_matched':<40}{'helps by':<12}sooner by"]
    for row in words[y].values:
        for column in words[x].values:
            cell = words.sel({y: row, x: column})
            weight, matched, _ = map(", ".join, zip(cell["accuracy"].values, cell["escape"].values))
            helps, sooner = (cell[f"{name}_by"].item() or "–" for name in ("accuracy", "escape"))
            lines.append(f"{row:<16g}{column:<13g}{weight:<40}{matched:<40}{helps:<12}{sooner}")
    return "\n".join(lines)


class Counts(NamedTuple):
    """In how many cells each word of a measure stands, for each contrast, and by what.

    better : in how many cells noise is good. by : what does it there.
    """

    weight: str
    matched: str
    own: str
    better: int
    by: str


def counts(words: xr.Dataset, measure: str, good: str, bad: str) -> Counts:
    """Counts of accuracy or escape."""
    weight, matched, own = (counted(contrast, good, bad) for contrast in words[measure].values)
    by = words[f"{measure}_by"].values
    reasons = counted(by[by != ""], "structure", "power", "undecided")
    own = own.replace("helps", "better").replace("hurts", "worse")
    return Counts(weight, matched, own, int((by != "").sum()), reasons)


def counted(words: np.ndarray, *expected: str) -> str:
    """In how many cells each word stands: "helps in 2, hurts in 9"; others only where they do."""
    others = sorted({str(word) for word in words.ravel()} - {*expected})
    return ", ".join(f"{word} in {(words == word).sum()}" for word in (*expected, *others))


def extremes(effects: xr.Dataset, arm: str) -> list[str]:
    """The highest and the lowest difference to `none`, and where; none where none is known."""
    names = effects["difference"].dims[1:]
    cells = effects.sel(contrast=f"{arm} - none").stack(cell=names)
    places = np.argsort(cells["difference"].values)[: int(cells["difference"].notnull().sum())]
    texts = []
    for place in places[[-1, 0]] if len(places) else ():
        cell = cells.isel(cell=int(place))
        where = ", ".join(f"{name} = {as_value(cell[name].item())}" for name in names)
        texts.append(f"{as_difference(cell)} at {where}")
    return texts


def variation(effects: xr.Dataset) -> float:
    """The largest coefficient of variation of the amplitude at the start, over all cells."""
    start, names = effects["start"].item(), effects["difference"].dims[1:]
    told = [name for name in names if name == "plateau_mean"]
    values = effects[told[0]].values if told else [None]
    return max(
        amplitude_variation(start, {} if value is None else {told[0]: str(value)})
        for value in values
    )


def sentences(effects: xr.Dataset) -> list[str]:
    """What the map says."""
    words = in_words(effects)
    text = render(
        __file__,
        "templates/benefit_sentences.md",
        total=words["accuracy"][0].size,
        accuracy=counts(words, "accuracy", "helps", "hurts"),
        escape=counts(words, "escape", "sooner", "later"),
        extremes={arm: extremes(effects, arm) for arm in ARMS},
        failed=int((effects.attrs["seeds"] - effects["num_pairs"]).sum()),
        pairs=int(effects["num_pairs"].size * effects.attrs["seeds"]),
        variation=variation(effects),
    )
    return text.splitlines()


def table(effects: xr.Dataset, contrast: str) -> list[list[str]]:
    """Head and rows of cells as text, difference and ratio; bold where these exclude none."""
    of_contrast = effects.sel(contrast=contrast)
    words = in_words(effects).sel(contrast=contrast)
    y, x = of_contrast["difference"].dims
    rows = [[f"`{y}` ↓ `{x}` →", *map(as_value, of_contrast[x].values)]]
    for i, value in enumerate(of_contrast[y].values):
        cells = [as_value(value)]
        for j in range(of_contrast.sizes[x]):
            cell, word = of_contrast.isel({y: i, x: j}), words.isel({y: i, x: j})
            ratio = as_ratio(cell["ratio"].item(), word["bound"].item())
            difference = bold(as_difference(cell), word["accuracy"].item())
            cells.append(f"{difference}; {bold(ratio, word['escape'].item())}")
        rows.append(cells)
    return rows


def bold(text: str, word: str) -> str:
    """The text, bold where the word is one of CLEAR."""
    return f"**{text}**" if word in CLEAR else text


def section(maps: Mapping[str, xr.Dataset], titles: Mapping[str, str]) -> str:
    """What docs/verdicts.md says of maps of effects, by the names of their figures."""
    first = next(iter(maps.values()))
    return render(
        __file__,
        "templates/benefit.md",
        attrs=first.attrs,
        start=first["start"].item(),
        maps=maps,
        titles=titles,
        arms=ARMS,
        sentences=sentences,
        table=table,
    )
