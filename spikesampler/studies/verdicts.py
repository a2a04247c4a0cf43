"""docs/verdicts.md: which studies it tells of, in which order, and how it is made of them."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path

from spikesampler.store.atomic import atomic_write_bytes
from spikesampler.studies.command import save_figures
from spikesampler.studies.page import render
from spikesampler.studies.study import Study, Work

__all__ = ["STUDIES", "measure", "study_of", "write"]

#: modules below studies/ whose STUDY it is
STUDIES = (
    "fang_2018.comparisons",
    "kappel_2015.study",
    "fang_2018.fig2",
    "fang_2018.benefit_maps",
    "fang_2018.saddle",
    "fang_2018.gradient",
    "strict_saddle_cases.study",
    "gamst_walker_2017.joint",
    "valizadeh_2022.comparison",
    "valizadeh_2022.depth",
    "kulikovskikh_2021.tables",
    "kulikovskikh_2021.edge_of_stability",
)
DPI = 160  #: of figures on the page


def study_of(module: str) -> Study:
    """The study of a module below studies/."""
    return import_module(f"spikesampler.studies.{module}").STUDY


def measure(out: Path, work: Work, quick: bool = False) -> None:
    """Put the datasets of all studies into OUT/data, and draw the figures that need their runs."""
    for module in STUDIES:
        study = study_of(module)
        own = replace(work, runs=work.runs / study.runs_folder)
        study.measure(out / "data", own, quick)
        save_figures(study.run_figures(own), out / "docs" / "figures", ["png"], DPI)


def write(out: Path) -> Path:
    """Draw and write OUT/docs from the datasets in OUT/data; the path of the page."""
    sections = []
    for module in STUDIES:
        study = study_of(module)
        datasets = study.read(out / "data")
        save_figures(study.figures(datasets), out / "docs" / "figures", ["png"], DPI)
        sections.append(study.section(datasets))
    page = out / "docs" / "verdicts.md"
    text = render(__file__, "templates/verdicts.md", sections=sections)
    atomic_write_bytes(page, f"{text}\n".encode())
    return page
