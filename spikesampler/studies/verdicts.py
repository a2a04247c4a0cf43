"""docs/: which studies there are, in which order, and how their pages and the index are made."""

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.store.atomic import atomic_write_bytes
from spikesampler.studies.command import save_figures
from spikesampler.studies.index import Told, index, with_headlines
from spikesampler.studies.remaining import Remaining, in_words, pieces
from spikesampler.studies.study import Study, Work
from spikesampler.studies.study_page import MADE, write_study_page

__all__ = ["STUDIES", "measure", "overview", "studies", "study_of", "write"]

#: modules below studies/ whose STUDY it is
STUDIES = (
    "fang_2018.comparisons",
    "fang_2018.readings",
    "kappel_2015.study",
    "kappel_2018.study",
    "fang_2018.benefit_maps",
    "fang_2018.structure",
    "fang_2018.arms",
    "fang_2018.rate_network",
    "two_layer.study",
    "nessler_2013.study",
    "kappel_2014.study",
    "stdp_pairs.study",
    "spine_sizes.study",
    "fang_2018.averages_study",
    "fang_2018.saddle",
    "fang_2018.gradient",
    "fang_2018.prior",
    "strict_saddle_cases.study",
    "gamst_walker_2017.joint",
    "valizadeh_2022.comparison",
    "valizadeh_2022.depth",
    "kulikovskikh_2021.tables",
    "kulikovskikh_2021.edge_of_stability",
    "optimisation_primer.study",
)
DPI = 160  #: of figures on the pages


def study_of(module: str) -> Study:
    """The study of a module below studies/."""
    return import_module(f"spikesampler.studies.{module}").STUDY


def studies() -> list[Study]:
    """All studies, in the order of the index."""
    return [study_of(module) for module in STUDIES]


def measure(
    out: Path, work: Work, quick: bool = False, told: Iterable[Study] | None = None
) -> None:
    """Put the datasets of studies into OUT/data, and draw the figures that need their runs.

    told : the studies, by default all. A line on stderr before each dataset says what is left.
    """
    wanted = pieces(list(studies() if told is None else told), out / "data", work, quick)
    remaining = Remaining(wanted)
    for number, piece in enumerate(wanted):
        if quick or piece.part.resumes or not piece.there:
            print(f"paper: {remaining.begin(number)}", file=sys.stderr, flush=True)
            piece.study.measure_part(piece.name, out / "data", piece.work, quick)
            remaining.end(number)
        if [*piece.study.parts][-1] == piece.name:
            figures = piece.study.run_figures(piece.work)
            save_figures(figures, out / "docs" / "figures", ["png"], DPI)
    print(f"paper: {remaining}", file=sys.stderr, flush=True)


def overview(out: Path, work: Work) -> str:
    """A line for each dataset: whether it is in OUT/data, its size, its study, and its price."""
    lines = []
    for piece in pieces(studies(), out / "data", work):
        path = out / "data" / f"{piece.name}.nc"
        size = f"{path.stat().st_size / 1e3:.0f} kB" if path.is_file() else "to be made"
        price = f"{in_words(piece.part.minutes)} of a core"
        lines.append(f"{piece.study.name:25} {piece.name:32} {size:>10}  {price}")
    return "\n".join(lines)


def write(out: Path, told: Iterable[Study] | None = None) -> Path:
    """Write all pages and draw all figures below OUT/docs from the datasets in OUT/data; the index.

    Each page is written whole or not at all. Where OUT has a README.md, its findings are written,
    too. A study without its datasets is left out, which stderr and the index say; other pages that
    say that they are made, and were not made now, are removed.
    """
    docs, found, datasets, waiting = out / "docs", {}, {}, []
    told = list(studies() if told is None else told)
    for study in told:
        try:
            datasets[study.name] = study.read(out / "data")
        except InputError as error:
            print(f"paper: left out: {error}", file=sys.stderr)
            waiting.append(study.title)
        else:
            found[study.name] = Told.of(study, datasets[study.name])
    told = [study for study in told if study.name in found]
    pages = {write_study_page(study, datasets[study.name], docs) for study in told}
    for path in {*(docs / "studies").glob("*.md")} - pages:
        if MADE in path.read_text(encoding="utf-8"):
            path.unlink()
    readme, page = out / "README.md", docs / "verdicts.md"
    if readme.is_file():
        text = with_headlines(readme.read_text(encoding="utf-8"), found)
        atomic_write_bytes(readme, text.encode())
    atomic_write_bytes(page, index(found, waiting).encode())
    for study in told:
        save_figures(study.figures(datasets[study.name]), docs / "figures", ["png"], DPI)
    return page
