"""What the accuracies say, as tables in Markdown."""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from spikesampler.stats.ruling import number_said
from spikesampler.studies.kulikovskikh_2021.along_training import advantages
from spikesampler.studies.kulikovskikh_2021.arms import (
    AGAINST_RIVALS,
    BY_HARVEST,
    FAMILIES,
    LIGHT,
    NAMES,
    OLDER,
    PAPER,
    RIVALS,
    TRIALS,
)
from spikesampler.studies.kulikovskikh_2021.differences import (
    LEVEL,
    all_differences,
    balance,
    counts,
    of_points,
)
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.kulikovskikh_2021.words import markdown_table, points
from spikesampler.studies.page import render
from spikesampler.studies.paper_tables import printed_rows

__all__ = ["adagrads", "printed_accuracies", "report"]

MAIN = (*PAPER, *AGAINST_RIVALS[1:])
SETTINGS = {  #: what is said of the setting of an arm
    "s-adam, tuned": "rate {rate:.3g}",
    "s-sgd, tuned": "rate {rate:.3g}",
    "light-sgd, E = 0, tuned": "r {r:.3g}",
    "light-sgd, tuned": "r {r:.3g}, E {E:.3g}, T {T:g}",
}
MEASURES = {"test_mean": "mean over epochs", "test_final": "after the last epoch"}


def printed_accuracies() -> dict[int, dict[str, dict[str, tuple[float, float]]]]:
    """{table number: {dataset: {method: (mean, sd)}}} of the paper, in %."""
    tables = {}
    for row in printed_rows("kulikovskikh_2021"):
        cells = tables.setdefault(int(row["table"]), {}).setdefault(row["dataset"], {})
        cells[row["method"]] = float(row["mean"]), float(row["sd"])
    return tables


def adagrads(dataset: xr.Dataset) -> dict[str, float]:
    """Accuracy of Adagrad in %, mean over sets of points: the paper's, and at both rates here; {}
    where there are none.
    """
    table = of_points(dataset)
    if not table.any():
        return {}
    here = 100 * dataset["test_mean"][table].mean(("task", "run"))
    printed = printed_accuracies()[1].values()
    return {
        "paper": float(np.mean([cells["s-adagrad"][0] for cells in printed])),
        "today": float(here.sel(arm="s-adagrad")),
        "older": float(here.sel(arm=OLDER["s-adagrad"])),
    }


def report(dataset: xr.Dataset) -> str:
    """All tables, as text."""
    results, names = all_differences(dataset), dataset["task"].values.tolist()
    lost = [(names[task], NAMES[arm]) for task, arm in np.argwhere(dataset["diverged"].values)]
    others = [name for name in NAMES if name not in MAIN]
    return render(
        __file__,
        "templates/tables_report.md",
        about=dataset.attrs,
        runs=dataset.sizes["run"],
        accuracies=_accuracies(dataset, MAIN),
        other_accuracies=_accuracies(dataset, others, sideways=True),
        claim=_pairs(names, results, FAMILIES[f"{LIGHT} against the rivals"]),
        counted=_counted(dataset),
        controls=_pairs(names, results, FAMILIES["controls"]),
        by_harvest=_accuracies(dataset, BY_HARVEST),
        along=_along(dataset),
        gaps=_gaps(dataset),
        epochs=_over_epochs(dataset),
        tuned=_pairs(names, results, [*FAMILIES["tuned"], *FAMILIES["tuned controls"]]),
        settings=_settings(dataset),
        tuning={"trials": TRIALS, "runs": dataset.attrs["tuning_runs"]},
        margin=_pairs(names, results, FAMILIES["Eq. (2)"]),
        lost=[(*cell, int(dataset["diverged"].loc[cell])) for cell in lost],
        printed=_printed(),
    )


def _accuracies(dataset, arms: Iterable[str], sideways: bool = False) -> str:
    """Mean ± sd over runs, a row per task, or sideways a column; with what the classes allow."""
    rows = []
    for name in dataset["task"].values:
        task = dataset.sel(task=name)
        values = 100 * task["test_mean"].sel(arm=list(arms)).values
        cells = [f"{runs.mean():.2f} ± {runs.std(ddof=1):.2f}" for runs in values]
        best = float(task["bayes"])
        ends = [
            f"{100 * float(task['majority']):.1f}",
            f"{100 * best:.1f}" if best == best else "?",
        ]
        rows.append((name, *cells, *ends))
    table = [("set", *arms, "larger class", "best observer"), *rows]
    header, *lines = zip(*table) if sideways else table
    return markdown_table(header, lines)


def _pairs(names, results, family) -> str:
    """Differences in points with intervals, a row per task, a column per pair."""
    cells = [
        [points(*each[:3]) + ("*" if p < LEVEL else "") for each, p in results[pair]]
        for pair in family
    ]
    return markdown_table(["set", *(" − ".join(pair) for pair in family)], zip(names, *cells))


def _counted(dataset) -> str:
    """On how many sets of points each method is what it is called, at each measure."""
    table, rows = of_points(dataset), []
    if not table.any():
        return ""
    measures = {text: dataset[name] for name, text in MEASURES.items()}
    measures["lower of train and test"] = balance(dataset)["lower"]
    for text, values in measures.items():
        for arm in AGAINST_RIVALS:
            found = counts(values, arm, table)
            above = (found.above[rival] for rival in RIVALS)
            rows.append((f"{arm}, {text}", found.highest, *above, found.above_all, found.below))
    above = [f"above {rival}" for rival in RIVALS]
    header = [f"of {int(table.sum())} sets", "highest", *above, "above all three", "below any"]
    return markdown_table(header, rows)


def _along(dataset) -> str:
    """LIGHT minus each rival by tenths of training, means over the sets of points."""
    gains = advantages(dataset)
    if not gains:
        return ""
    arms = [f"{arm} − {rival}" for arm, rival in gains]
    means = [100 * values.mean("run").values for values in gains.values()]
    middles = dataset["part"].values
    rows = [
        (f"{middle:.0f}", *(number_said(mean[k], "+.2f") for mean in means))
        for k, middle in enumerate(middles)
    ]
    return markdown_table(["around epoch", *arms], rows)


def _gaps(dataset) -> str:
    """Train minus test accuracy in points, mean over epochs and runs."""
    gaps = 100 * balance(dataset)["gap"].mean("run").sel(arm=list(MAIN))
    rows = [(name, *(number_said(gap, "+.2f") for gap in gaps.sel(task=name).values)) for name in
            dataset["task"].values]  # fmt: skip
    return markdown_table(["set", *MAIN], rows)


def _over_epochs(dataset) -> str:
    """The paper's test: p against equal medians over epochs, and what it says of one method."""
    rows = []
    for name in dataset["task"].values:
        task = dataset.sel(task=name)
        p = [f"{value:.1g}" for value in task["epochs_p"].sel(rival=list(RIVALS)).values]
        time, null = float(task["epochs_time"].mean()), task["null"].values
        rows.append((name, *p, f"{time:.0f}", f"{null.min():.0%} to {null.max():.0%}"))
    header = [f"p against {rival}" for rival in RIVALS]
    return markdown_table(["set", *header, "correlated over", "rejects itself"], rows)


def _settings(dataset) -> str:
    """What tuning chose, with a mark where it is at the end of its grid."""
    rows = []
    for name in dataset["task"].values:
        task, cells = dataset.sel(task=name), []
        for arm, text in SETTINGS.items():
            end = "!" if int(task["best"].sel(tuned=arm)) in (0, TRIALS - 1) else ""
            chosen = Setting(*task["setting"].sel(arm=arm).values)._asdict()
            cells.append(text.format(**chosen) + end)
        rows.append((name, *cells))
    return markdown_table(["set", *SETTINGS], rows)


def _printed() -> str:
    rows = [
        (name, *("{:.2f} ± {:g}".format(*cells[method]) for method in PAPER))
        for table in printed_accuracies().values()
        for name, cells in table.items()
    ]
    return markdown_table(["the paper's set", *PAPER], rows)
