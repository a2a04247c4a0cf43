"""What the comparisons of `comparison_plan` say about the claims of Fang, Yu & Chen (2018)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from spikesampler.experiments.comparison_result import Comparison
from spikesampler.experiments.printed import printed_interval, printed_number
from spikesampler.experiments.scores import ONLINE_SAMPLES
from spikesampler.stats.courses import late_seconds
from spikesampler.stats.coverage import DRAWS, FAMILY, SHARES, coverage_table
from spikesampler.stats.intervals import METHOD
from spikesampler.stats.rules import in_brackets
from spikesampler.studies.fang_2018 import comparison_plan as plan
from spikesampler.studies.fang_2018.amplitude import amplitude_range
from spikesampler.studies.fang_2018.comparison_figures import leak_figure, leaks, scales_figure
from spikesampler.studies.fang_2018.comparison_findings import findings
from spikesampler.studies.fang_2018.comparison_words import (
    difference,
    horizons,
    hurry,
    learning_columns,
    weights_at,
)
from spikesampler.studies.fang_2018.fig2 import figures_of_runs
from spikesampler.studies.page import render
from spikesampler.studies.study import Study

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["STUDY", "opened", "steps_of"]


def opened(datasets: Mapping[str, "xr.Dataset"]) -> dict[str, Comparison]:
    """{name: Comparison} of datasets by their names."""
    return {
        name.removeprefix(plan.dataset_name("")): Comparison(name, dataset)
        for name, dataset in datasets.items()
    }


def steps_of(comparisons: Mapping[str, Comparison]) -> dict[str, Comparison]:
    """{b: comparison of `none` and `weight` from the prior} of all learning rates."""
    own = comparisons["study"].sel(("none", "weight"), "prior")
    return {b: own if b == plan.OWN_STEP else comparisons[f"step_{b}"] for b in plan.STEPS}


def figures(datasets: Mapping[str, "xr.Dataset"]) -> dict[str, "Figure"]:
    """{name of the file: Figure}."""
    comparisons = opened(datasets)
    study = comparisons["study"]
    arms = study.sel(plan.ARMS)
    return {
        "learning_curves": arms.figure(),
        "accuracies": arms.accuracies_figure(),
        "escapes": arms.escapes_figure(),
        "early": comparisons["early"].escapes_figure(),
        "scales": scales_figure(study),
        "schedules": study.sel(plan.FAMILIES["schedules"]).figure(),
        "leak": leak_figure(steps_of(comparisons)),
        "digits": comparisons["digits"].accuracies_figure(),
    }


def section(datasets: Mapping[str, "xr.Dataset"]) -> str:
    """Verdicts and tables of all comparisons, in Markdown."""
    comparisons = opened(datasets)
    study, steps = comparisons["study"], steps_of(comparisons)
    families = {name: study.sel(arms) for name, arms in plan.FAMILIES.items()}
    escaping = [
        row["escaped"] == row["seeds"] for row in families["arms"].table if row["start"] == "prior"
    ]
    table = coverage_table(_populations(study))
    usual = [row for row in table[1:] if row[0] not in SHARES]
    return render(
        __file__,
        "templates/comparisons.md",
        **{name: comparisons[name] for name in ("study", "early", "posterior", "digits")},
        families=families,
        escaping=sum(escaping),
        scaled=plan.SCALED,
        slow_step=plan.SLOW_STEP,
        steps=steps,
        leaks=leaks(steps),
        in_brackets=in_brackets,
        horizons=horizons(study),
        learning=learning_columns,
        late_seconds=lambda one: late_seconds(one.dataset["probe_time"].values),
        online_samples=ONLINE_SAMPLES,
        weights=weights_at(),
        amplitudes=amplitude_range(),
        late=late_of_arms(comparisons["digits"]),
        method=METHOD,
        coverage=table,
        draws=sorted({*DRAWS.values()}, reverse=True),
        one_sided=max(float(side) for row in usual for side in row[-3:-1]),
        alarms=_alarms(table),
        family=FAMILY,
        cell=printed_interval,
        number=printed_number,
    )


def _alarms(table: list[list[str]]) -> dict[str, tuple[float, float]]:
    """{values: percent of draws, of ten each, in which one test is false, and one of a family}."""
    of_ten = {row[0]: float(row[-1]) for row in table[1:] if row[1] == "10"}
    return {name: (one, 100 - 100 * (1 - one / 100) ** FAMILY) for name, one in of_ten.items()}


def _populations(study: Comparison) -> dict[str, np.ndarray]:
    """Differences of `weight` to `none`, seed by seed, to draw from: what intervals are made of."""
    return {
        f"weight − none, {start}": np.subtract(
            *(study.values("late_probe_accuracy", arm, start) for arm in ("weight", "none"))
        )
        for start in study.starts
    }


def late_of_arms(comparison: Comparison) -> dict[str, list[str]]:
    """{start: what each arm's end is above `none`, as text}."""
    return {
        start: [
            f"`{arm}` {difference(comparison, 'late_probe_accuracy', start, arm)}"
            for arm in comparison.arms
            if arm != "none"
        ]
        for start in comparison.starts
    }


def report(datasets: Mapping[str, "xr.Dataset"]) -> str:
    """Tables and verdicts of all comparisons, as a terminal shows them."""
    return "\n\n".join(f"{name}\n{one}" for name, one in opened(datasets).items())


STUDY = Study(
    name="fang_2018",
    title="Does noise help? Fang, Yu & Chen (2018) claim almost 20 % higher accuracy",
    parts=plan.PARTS,
    report=report,
    figures=figures,
    section=section,
    findings=lambda datasets: findings(opened(datasets)),
    hurry=lambda datasets: hurry(opened(datasets)),
    run_figures=figures_of_runs,
)
