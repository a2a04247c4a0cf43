"""Colours and markers of noise arms: the same arm has the same colour in every figure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from spikesampler.figures.style import INK, PALETTE
from spikesampler.language.noise_arms import ARMS

__all__ = ["arm_colors", "arm_markers", "markers_of", "repeats", "series_colors"]

COLORS = (INK, *PALETTE)
MARKERS = "os^D"
#: arms of every model have the colours in their order, after the two that most figures compare
OWN = dict(zip(dict.fromkeys(("none", "weight", *ARMS)), COLORS))


def arm_colors(names: Sequence[str]) -> list[str]:
    """Colours of arms, as long as names.

    An arm of every model has its own. Any other, also one with options, has one that its name
    alone decides, unless an arm of the same figure has that already: then the next that is free.
    """
    chosen = {name: OWN[name] for name in names if name in OWN}
    for name in sorted({*names} - chosen.keys()):
        first = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % len(COLORS)
        turned = (*COLORS[first:], *COLORS[:first])
        used = [*chosen.values()]
        chosen[name] = min(turned, key=used.count)
    return [chosen[name] for name in names]


def arm_markers(names: Sequence[str]) -> list[str]:
    """Markers of arms, as long as names: they tell apart what shares one of the eleven colours."""
    return markers_of(arm_colors(names))


def series_colors(number: int) -> list[str]:
    """Colours of lines that are no arms: the first is ink, the others are the palette in order."""
    return [COLORS[i % len(COLORS)] for i in range(number)]


def markers_of(colors: Sequence[str]) -> list[str]:
    """Markers that tell apart what has the same of these colours."""
    return [MARKERS[repeat % len(MARKERS)] for repeat in repeats(colors)]


def repeats(colors: Sequence[str]) -> list[int]:
    """How many before it have the colour of each."""
    return [[*colors[:i]].count(color) for i, color in enumerate(colors)]
