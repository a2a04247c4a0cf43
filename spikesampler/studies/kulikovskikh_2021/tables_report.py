"""What the accuracies say, in words: tables, differences, tests, verdicts."""

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.language.model import load_model
from spikesampler.studies.kulikovskikh_2021.arms import FAMILIES, NAMES, PAIRS, PAPER, TRIALS
from spikesampler.studies.kulikovskikh_2021.differences import (
    better_and_worse,
    differences,
    of_points,
    wins,
)
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.page import render
from spikesampler.studies.paper_tables import printed_rows

__all__ = ["printed_accuracies", "report"]

RUNS = load_model("kulikovskikh_2021")["runs"]
WIDTH = 4  #: tasks beside each other
SETTINGS = {  #: what is said of the setting of an arm
    "s-adam, tuned": "s-adam rate {rate:.3g}",
    "s-sgd, tuned": "s-sgd rate {rate:.3g}",
    "light-sgd, E = 0, tuned": "E = 0: r {r:.3g}",
    "light-sgd, tuned": "LIGHT r {r:.3g}, E {E:.3g}, T {T:g}",
}
#: families, but for the claim, of whose pairs is said on how many tasks the first is better
SAID = FAMILIES["controls"] | FAMILIES["tuned"] | dict(list(FAMILIES["Eq. (2)"].items())[-1:])


def printed_accuracies() -> dict[int, dict[str, dict[str, tuple[float, float]]]]:
    """{table number: {dataset: {method: (mean, sd)}}} of the paper, in %."""
    tables = {}
    for row in printed_rows("kulikovskikh_2021"):
        cells = tables.setdefault(int(row["table"]), {}).setdefault(row["dataset"], {})
        cells[row["method"]] = float(row["mean"]), float(row["sd"])
    return tables


def report(dataset: xr.Dataset) -> str:
    """All tables and verdicts, as text."""
    results, names = differences(dataset), dataset["task"].values.tolist()
    lost = [(names[task], NAMES[arm]) for task, arm in np.argwhere(dataset["diverged"].values)]
    return render(
        __file__,
        "templates/tables_report.txt",
        about=dataset.attrs,
        runs=dataset.sizes["run"],
        blocks=[
            _block(dataset, results, slice(start, start + WIDTH))
            for start in range(0, len(names), WIDTH)
        ],
        tests=[row for number in range(len(names)) for row in _tests(dataset, results, number)],
        lost=[(*cell, int(dataset["diverged"].loc[cell])) for cell in lost],
        tuned=[(name, _tuned(dataset.sel(task=name))) for name in names],
        trials=TRIALS,
        methods=PAPER,
        printed=printed_accuracies(),
        tables=_verdicts(dataset, results),
        p=dataset["epochs_p"].values,
        time=np.nanmedian(dataset["epochs_time"].values),
        null=dataset["null"].values,
    )


def _block(dataset, results, tasks):
    """Accuracies and differences of some tasks, beside each other."""
    block = dataset.isel(task=tasks)
    return {
        "names": block["task"].values,
        "accuracies": zip(NAMES, block["test_mean"].transpose("arm", "task", "run").values),
        "baselines": {
            "the larger class": block["majority"].values,
            "the best observer": block["bayes"].values,
        },
        "differences": [(" − ".join(pair), results[pair][tasks]) for pair in PAIRS],
    }


def _tests(dataset, results, number):
    """LIGHT against its three rivals on a task, over runs and over epochs: rows of cells."""
    task = dataset.isel(task=number)
    light = task["test_mean"].sel(arm="light-sgd").values
    for rival in PAPER[:3]:
        other = task["test_mean"].sel(arm=rival).values
        over_runs, corrected = results["light-sgd", rival][number]
        few = stats.paired_difference(light[:RUNS], other[:RUNS])
        effect = "{:+.2f} [{:+.2f}, {:+.2f}]".format(*stats.rank_biserial(light, other)[:3])
        over_epochs = (float(task[name].sel(rival=rival)) for name in ("epochs_p", "epochs_time"))
        name = task["task"].item() if rival == PAPER[0] else ""
        yield name, rival, over_runs.p, corrected, few.p, effect, *over_epochs


def _tuned(task):
    """What was chosen by tuning, with a mark where it is at the end of its grid."""
    texts = []
    for arm, text in SETTINGS.items():
        values = task["setting"].sel(arm=arm).values
        end = "!" if int(task["best"].sel(tuned=arm)) in (0, TRIALS - 1) else ""
        texts.append(text.format(**Setting(*values)._asdict()) + end)
    return "; ".join(texts)


def _verdicts(dataset, results):
    """Of each table of the paper: who is best, there and here, and what the controls say."""
    points, printed = of_points(dataset), printed_accuracies()
    for number, table, what in ((1, points, "sets of points"), (2, ~points, "draws of images")):
        if table.any():
            best = [
                max(cells, key=lambda name: cells[name][0]) for cells in printed[number].values()
            ]
            counts = {
                pair: better_and_worse(results[pair], table)
                for pair in [*SAID.values(), *(("light-sgd", rival) for rival in PAPER[:3])]
            }
            yield {
                "number": number,
                "what": what,
                "tasks": int(table.sum()),
                "printed": (best.count("light-sgd"), len(best)),
                "mean": wins(dataset, table, "test_mean"),
                "final": wins(dataset, table, "test_final"),
                "rivals": [(rival, *counts["light-sgd", rival]) for rival in PAPER[:3]],
                "controls": [(text, *counts[pair]) for text, pair in SAID.items()],
            }
