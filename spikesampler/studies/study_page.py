"""docs/studies/NAME.md: what a study says to a reader in a hurry, what it found, and its section.

Sections link as from docs/ (`figures/x.png`, `light.md`); the page lies one folder below.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spikesampler.store.atomic import atomic_write_bytes
from spikesampler.store.folders import make_folder
from spikesampler.studies.finding import Finding
from spikesampler.studies.page import render
from spikesampler.studies.study import Study

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MADE", "cells", "study_page", "write_study_page"]

MADE = "not edited by hand"  #: the words by which a page is known to be made from datasets
_LINK = re.compile(r"(\]\()(?!https?:|mailto:|#|/)")  #: a link's beginning, before a relative path


def cells(*texts: str) -> str:
    """A row of a Markdown table; what would end a cell or a line is written otherwise."""
    return "| " + " | ".join(" ".join(text.split()).replace("|", "\\|") for text in texts) + " |"


def rows_of(findings: Sequence[Finding], rules: Sequence[str]) -> list[str]:
    """A row for each finding, which other pages reach by its key; its rule by its number."""
    return [
        cells(
            f'<a id="{found.key}"></a>{found.claim}',
            found.source,
            f"**{found.verdict}**, by [rule {rules.index(found.rule) + 1}](#rules)",
            found.number,
            found.reading,
            found.n,
        )
        for found in findings
    ]


def study_page(study: Study, datasets: Mapping[str, "xr.Dataset"]) -> str:
    """The Markdown of a study's page, of its datasets; it ends with a newline."""
    findings = [found.plain() for found in study.findings(datasets)]
    rules = list(dict.fromkeys(found.rule for found in findings))
    text = render(
        __file__,
        "templates/study.md",
        title=study.title.removesuffix("."),
        hurry=study.hurry(datasets),
        rows=rows_of(findings, rules),
        rules=[" ".join(rule.split()) for rule in rules],
        section=_LINK.sub(r"\1../", study.section(datasets).strip("\n")),
        datasets=", ".join(f"`data/{name}.nc`" for name in datasets),
        made=MADE,
    )
    return f"{text}\n"


def write_study_page(study: Study, datasets: Mapping[str, "xr.Dataset"], docs: Path) -> Path:
    """Write DOCS/studies/NAME.md, whole or not at all; its path."""
    path = docs / "studies" / f"{study.name}.md"
    make_folder(path.parent)
    atomic_write_bytes(path, study_page(study, datasets).encode())
    return path
