"""docs/verdicts.md, a table of all that was found, and the findings that README.md begins with."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from spikesampler.errors import InputError
from spikesampler.studies.finding import Finding
from spikesampler.studies.headlines import HEADLINES
from spikesampler.studies.page import render
from spikesampler.studies.study import Study
from spikesampler.studies.study_page import MADE, cells

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["BEGIN", "END", "Told", "headlines", "index", "with_headlines"]

BEGIN = "<!-- Findings, made from data/ by scripts/paper.py -->"
END = "<!-- end of the findings -->"


class Told(NamedTuple):
    """What a study says: its title, its findings, and its sentences for a reader in a hurry."""

    title: str
    findings: Sequence[Finding]
    hurry: Sequence[str]

    @classmethod
    def of(cls, study: Study, datasets: Mapping[str, "xr.Dataset"]) -> "Told":
        """What it says of its datasets."""
        findings = [one.plain() for one in study.findings(datasets)]
        return cls(study.title, findings, list(study.hurry(datasets)))


def headlines(told: Mapping[str, Told], docs: str) -> str:
    """The questions of `HEADLINES` with the sentences that answer them, as Markdown.

    told : by the study's name; only studies that are there answer. docs : what leads from the page
    to docs/. Raises InputError for a sentence that its study lacks.
    """
    groups = []
    for question, places in HEADLINES:
        there = [(study, number) for study, number in places if study in told]
        sentences = [_sentence(told[study].hurry, study, number) for study, number in there]
        links = [f"[{study}]({docs}studies/{study}.md)" for study in dict(there)]
        if there:
            groups.append((question, sentences, links))
    return render(__file__, "templates/headlines.md", groups=groups)


def _sentence(hurry: Sequence[str], study: str, number: int) -> str:
    if not 1 <= number <= len(hurry):
        raise InputError(
            f"sentence {number} of {study}, a headline: its page begins with {len(hurry)}; do: name"
            " one of them in spikesampler/studies/headlines.py"
        )
    return hurry[number - 1]


def index(told: Mapping[str, Told], waiting: Sequence[str] = ()) -> str:
    """docs/verdicts.md, of all that is told, by the study's name; it ends with a newline.

    waiting : titles of studies whose datasets are not made.
    """
    rows, labels, own = [], Counter(), Counter()
    for name, study in told.items():
        page = f"studies/{name}.md"
        rows.append(f"| **[{study.title.removesuffix('.')}]({page})** | | | | | |")
        for one in study.findings:
            claim = f"[{one.claim}]({page}#{one.key})"
            verdict = f"**{one.verdict}**"
            rows.append(cells(claim, one.source, verdict, one.number, one.reading, one.n))
            (own if one.ours else labels)[one.verdict] += 1
    text = render(
        __file__,
        "templates/verdicts.md",
        headlines=headlines(told, ""),
        rows=rows,
        labels=labels,
        own=own,
        studies=len(told),
        waiting=[title.removesuffix(".") for title in waiting],
        made=MADE,
    )
    return f"{text}\n"


def with_headlines(readme: str, told: Mapping[str, Told]) -> str:
    """README.md with the findings between its two markers.

    Raises InputError where it does not have each marker once, in order.
    """
    between = re.compile(f"({re.escape(BEGIN)}\n).*?({re.escape(END)})", re.DOTALL)
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or not between.search(readme):
        raise InputError(
            f"README.md: expected the two lines {BEGIN!r} and {END!r} once; do: put them where the"
            " findings belong"
        )
    text = headlines(told, "docs/")
    return between.sub(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", readme)
