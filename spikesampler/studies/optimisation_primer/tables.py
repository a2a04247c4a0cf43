"""Tables whose columns depend on the dataset, in Markdown; the others stand in the template."""

from collections.abc import Iterable, Sequence

import xarray as xr

from spikesampler.studies.optimisation_primer.condition_rules import shown_steps
from spikesampler.studies.optimisation_primer.numbers import chosen, middle

__all__ = ["flat_table", "steps_table"]


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = "|---" * len(heads) + "|"
    head, *body = ("| " + " | ".join(cells) + " |" for cells in (heads, *rows))
    return "\n".join([head, rule, *body])


def steps_table(dataset: xr.Dataset, orientation: str, measure: str) -> str:
    """Methods against κ: median and range. † computed, not stepped; > not reached."""
    spreads = middle(dataset, orientation, measure)
    computed = {name: chosen(dataset["computed"], name, orientation, measure) for name in spreads}
    limits = dict.fromkeys(spreads, dataset.attrs["budget"])
    limits["conjugate gradients"] = dataset.sizes["cg_k"] - 1

    def cell(name, i):
        median, low, high = (shown_steps(number, limits[name]) for number in spreads[name][:, i])
        mark = "†" if computed[name][i].any() else ""
        return median + mark + (f" [{low}, {high}]" if low != high else "")

    rows = (
        [f"{condition:g}", *(cell(name, i) for name in spreads)]
        for i, condition in enumerate(dataset["condition"].values)
    )
    return _markdown(["κ", *spreads], rows)


def flat_table(dataset: xr.Dataset, place: str) -> str:
    """Steps to leave a flat place by step and momentum, measured and in brackets by theory."""
    beyond = f"> {dataset.attrs['flat_budget']}"
    columns = zip(*(dataset[f"{place}_{name}"].values for name in ("step", "steps", "theory")))
    rows = (
        [
            f"{step:g}",
            *(f"{m if m >= 0 else beyond} ({t:.0f})" for m, t in zip(measured, theory)),
        ]
        for step, measured, theory in columns
    )
    return _markdown(["α", *(f"β = {b:g}" for b in dataset["momentum_value"].values)], rows)
