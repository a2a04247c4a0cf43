"""docs/verdicts.md, a table of all that was found, and the findings that README.md begins with."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from spikesampler.errors import InputError
from spikesampler.studies.finding import Finding
from spikesampler.studies.headlines import HEADLINES
from spikesampler.studies.page import render
from spikesampler.studies.study_page import MADE, cells

__all__ = ["BEGIN", "END", "headlines", "index", "with_headlines"]

BEGIN = "<!-- Findings, made from data/ by scripts/paper.py -->"
END = "<!-- end of the findings -->"

#: a p with what it is against and its family, as `stats.rules.said` prints it
_P = re.compile(r",? p [=<] \S+ against [^;(]*(?:\([^)]*\))?")

#: {study's name: (its title, what it found)}
Findings = Mapping[str, tuple[str, Sequence[Finding]]]


def headlines(found: Findings, docs: str) -> str:
    """The findings that `HEADLINES` picks, as Markdown; `docs` leads from the page to docs/.

    Only studies that are there are told of, each number with its interval and without its p, which
    the study's page has. Raises InputError for a key that its study lacks.
    """
    groups = []
    for question, keys in HEADLINES:
        picked = [
            (_with_key(found[study][1], study, key), f"{docs}studies/{study}.md#{key}")
            for study, key in keys
            if study in found
        ]
        if picked:
            groups.append((question, picked))
    return render(__file__, "templates/headlines.md", groups=groups)


def _with_key(findings: Sequence[Finding], study: str, key: str) -> Finding:
    for finding in findings:
        if finding.key == key:
            return finding._replace(number=_P.sub("", finding.number).strip())
    keys = ", ".join(finding.key for finding in findings) or "none"
    raise InputError(f"no finding {key!r} of {study}, a headline: expected one of {keys}")


def index(found: Findings, waiting: Sequence[str] = ()) -> str:
    """docs/verdicts.md, of all that was found; it ends with a newline.

    waiting : titles of studies whose datasets are not made.
    """
    rows, labels = [], Counter()
    for name, (title, findings) in found.items():
        page = f"studies/{name}.md"
        rows.append(f"| **[{title.removesuffix('.')}]({page})** | | | | | |")
        for one in findings:
            claim = f"[{one.claim}]({page}#{one.key})"
            verdict = f"**{one.verdict}**"
            rows.append(cells(claim, one.source, verdict, one.number, one.reading, one.n))
            labels[one.verdict] += 1
    text = render(
        __file__,
        "templates/verdicts.md",
        headlines=headlines(found, ""),
        rows=rows,
        labels=labels,
        studies=len(found),
        waiting=[title.removesuffix(".") for title in waiting],
        made=MADE,
    )
    return f"{text}\n"


def with_headlines(readme: str, found: Findings) -> str:
    """README.md with the findings between its two markers.

    Raises InputError where it does not have each marker once, in order.
    """
    between = re.compile(f"({re.escape(BEGIN)}\n).*?({re.escape(END)})", re.DOTALL)
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or not between.search(readme):
        raise InputError(
            f"README.md: expected the two lines {BEGIN!r} and {END!r} once; do: put them where the"
            " findings belong"
        )
    text = headlines(found, "docs/")
    return between.sub(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", readme)
