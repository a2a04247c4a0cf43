"""The numbers of Gamst & Walker (2017), read from their model file when they are first needed."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spikesampler.language.model import Model

__all__ = ["paper", "paper_shape"]


@cache
def paper() -> "Model":
    """models/gamst_walker_2017.py: paper()["radius"] is 2.0."""
    from spikesampler.language.model import load_model  # the command line's help need not wait

    return load_model("gamst_walker_2017")


def paper_shape() -> tuple[int, int]:
    """Depth and width of W_f, and of the networks that are trained by default: 5 and 5."""
    return paper()["depth"], paper()["width"]
