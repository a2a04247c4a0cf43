"""Questions of a study that rules decide: what is asked, the ruling, and the row that tells it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from spikesampler.stats.rules import Ruling, in_family
from spikesampler.studies.finding import Finding, ruled

__all__ = ["Asked", "family", "rows_of"]


class Asked(NamedTuple):
    """A question with the ruling on it, and what its row says beside.

    key : unique in the study. claim : one clause. source : paper, or one of `ruling.OURS`. what :
    what the number is, and for what it holds. form, unit : of the number.
    """

    key: str
    claim: str
    source: str
    what: str
    ruling: Ruling
    form: str = "+.3f"
    unit: str = ""


def family(asked: Sequence[Asked], name: str) -> list[Asked]:
    """The same with p corrected over all of them, which are a family of this name."""
    rulings = in_family([one.ruling for one in asked], name)
    return [one._replace(ruling=ruling) for one, ruling in zip(asked, rulings, strict=True)]


def rows_of(asked: Iterable[Asked], of: str = "seeds", where: str = "") -> list[Finding]:
    """A row for each question; of : what was counted, where : what holds for all of them."""
    return [
        ruled(one.key, one.claim, one.source, one.ruling, one.what + where, of, one.form, one.unit)
        for one in asked
    ]
