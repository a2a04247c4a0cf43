"""What the primer says: the section of its page, and the report that a terminal shows."""

import xarray as xr

from spikesampler.studies.optimisation_primer import condition_rules, rules, tables
from spikesampler.studies.optimisation_primer.lecture import PLATEAU
from spikesampler.studies.optimisation_primer.numbers import exponents, numbers
from spikesampler.studies.page import render

__all__ = ["page", "report"]


def page(dataset: xr.Dataset) -> str:
    """Markdown, the section of the page; every number is the dataset's."""
    return _render("page.md", dataset)


def report(dataset: xr.Dataset) -> str:
    """All numbers, as text."""
    return _render("report.txt", dataset)


def _render(template: str, dataset: xr.Dataset) -> str:
    return render(
        __file__,
        f"templates/{template}",
        dataset=dataset,
        data={name: variable.values for name, variable in dataset.variables.items()},
        about=dataset.attrs,
        n=numbers(dataset),
        top=f"{dataset['condition'].values[-1]:g}",
        plateau_start=PLATEAU["start"],
        rules=rules,
        methods=condition_rules,
        tables=tables,
        exponents=exponents,
        zip=zip,
        formatted=lambda values, form: ", ".join(format(value, form) for value in values),
    )
