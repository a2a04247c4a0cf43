"""The primer's tables, in Markdown."""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from spikesampler.studies.optimisation_primer.condition_rules import shown_steps
from spikesampler.studies.optimisation_primer.numbers import chosen, middle

__all__ = ["bump_table", "flat_table", "rate_table", "scale_table", "steps_table"]


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


def scale_table(dataset: xr.Dataset) -> str:
    """The best on the line α + β = 1, and the best at all, by the scale of the loss."""
    heads = (
        "loss ×",
        "stable on the line for",
        "best rate on it",
        "there β",
        "best rate at all",
        "there α",
        "there β",
    )
    names = ("scale_value", "sum_least_beta", "sum_best", "sum_best_beta", "free_rate")
    columns = np.column_stack([dataset[name].values for name in (*names, "free_setting")])
    forms = ("{:g}", "β ≥ {:.4f}", "{:.4f}", "{:.4f}", "{:.4f}", "{:.4g}", "{:.4f}")
    return _markdown(heads, ([f.format(x) for f, x in zip(forms, row)] for row in columns))


def rate_table(dataset: xr.Dataset) -> str:
    """Log-rates per step of the methods that theory knows."""
    rates = dataset["log_rate"].transpose("linear_method", "rate_condition", "source").values
    rows = (
        [name, f"{condition:g}", f"{measured:.6f}", f"{theory:.6f}", f"{measured / theory:.4f}"]
        for name, pairs in zip(dataset["linear_method"].values, rates)
        for condition, (measured, theory) in zip(dataset["rate_condition"].values, pairs)
    )
    return _markdown(("method", "κ", "measured", "theory", "ratio"), rows)


def bump_table(dataset: xr.Dataset) -> str:
    """Where descents of all four parameters end."""
    columns = (dataset[f"bump_{name}"].values for name in ("end", "loss", "curvature"))
    rows = (
        [
            *(f"{parameter:.4f}" for parameter in end),
            f"{losses[-1]:.0e}",
            ", ".join(f"{value:.3g}" if abs(value) > 1e-8 else "0" for value in curvature),
        ]
        for end, losses, curvature in zip(*columns)
    )
    return _markdown(("a", "b", "c", "d", "loss", "eigenvalues of the Hessian"), rows)
