"""Is an output that grows and is harvested better? Tables 1 and 2 of Kulikovskikh & Legović (2021),
with controls.

A network of five ReLUs tells two classes: eight sets of points (ours, the paper's are not
published), and class 5 of images against the rest, from your files of MNIST, Fashion-MNIST and
CIFAR-10; without them scikit-learn's digits stand in. The output is a sigmoid, trained by Adam,
Adagrad or SGD at Keras' defaults, or LIGHT, trained by SGD.

Controls: SGD with its step scaled by LIGHT's slope, LIGHT without harvest, LIGHT harvested from T =
1 on, the other two forms of LIGHT, Keras' older Adagrad; four methods whose settings are tuned on
other runs, 16 trials each; and the paper's Eq. (2) as a loss. Statistics are over runs; the paper's
own test, over epochs, stands beside them.

    python scripts/light_tables.py --out light
    python scripts/light_tables.py --mnist FOLDER --fashion FOLDER --cifar FOLDER --out light
"""

import argparse
import csv
import sys
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.jobs.kept import digest, finish
from spikesampler.language.model import load_model
from spikesampler.stimuli.planar import PLANAR
from spikesampler.store.origin import made_by
from spikesampler.studies.kulikovskikh_2021.output_units import Setting
from spikesampler.studies.kulikovskikh_2021.training_jobs import (
    Job,
    Task,
    best_settings,
    split_of,
    train_job,
)
from spikesampler.studies.scripting import publish, run_script

MODEL = load_model("kulikovskikh_2021")
R, E, N_0, RATE, EPOCHS = (MODEL[name] for name in ("r", "E", "N_T", "rate", "epochs"))
SLOPE = R * N_0 * np.log(1 / N_0)  #: of LIGHT at 0, from the left; the sigmoid's is 1/4
TABLE = Path(__file__).parents[1] / "data" / "paper_tables" / "kulikovskikh_2021.csv"
PAPER = ("s-adam", "s-adagrad", "s-sgd", "light-sgd")
TRIALS, FIRST_TUNING_RUN, POINTS = 16, 1001, 48
ADAM, ADAGRAD = 1e-3, 1e-3


def harvested(r, E, T, rate=RATE):
    """LIGHT that has grown from N(0) = 1/2 by Gompertz's law when it is harvested, from T on."""
    return Setting(rate, r, E, T, float(N_0 ** np.exp(-r * T)))


# arm: (optimizer, unit, loss, setting), or what is tuned
ARMS = {
    "s-adam": ("adam_keras", "sigmoid", "cross_entropy", Setting(ADAM)),
    "s-adagrad": ("adagrad_keras", "sigmoid", "cross_entropy", Setting(ADAGRAD)),
    "s-sgd": ("sgd_keras", "sigmoid", "cross_entropy", Setting(RATE)),
    "light-sgd": ("sgd_keras", "gompertz", "cross_entropy", harvested(R, E, 0.0)),
    "light-sgd, E = 0": ("sgd_keras", "gompertz", "cross_entropy", harvested(R, 0.0, 0.0)),
    "light-sgd, T = 1": ("sgd_keras", "gompertz", "cross_entropy", harvested(R, E, 1.0)),
    "light-sgd, richards": ("sgd_keras", "richards", "cross_entropy", Setting(RATE, R, E)),
    "light-sgd, printed": ("sgd_keras", "printed", "cross_entropy", Setting(RATE, R, E)),
    "s-sgd, scaled": ("sgd_keras", "sigmoid", "cross_entropy", Setting(RATE * SLOPE / 0.25)),
    "s-adagrad, 2017": ("adagrad_keras_2017", "sigmoid", "cross_entropy", Setting(1e-2)),
    **{
        f"{name}, Eq. (2)": (optimizer, unit, "margin", setting)
        for name, optimizer, unit, setting in (
            ("s-adam", "adam_keras", "sigmoid", Setting(ADAM)),
            ("s-adagrad", "adagrad_keras", "sigmoid", Setting(ADAGRAD)),
            ("s-sgd", "sgd_keras", "sigmoid", Setting(RATE)),
            ("light-sgd", "sgd_keras", "gompertz", harvested(R, E, 0.0)),
            ("light-sgd, E = 0", "sgd_keras", "gompertz", harvested(R, 0.0, 0.0)),
        )
    },
}
GRIDS = {  # 16 settings each
    "s-adam, tuned": (
        "adam_keras",
        "sigmoid",
        [Setting(rate) for rate in np.geomspace(3e-4, 0.3, TRIALS)],
    ),
    "s-sgd, tuned": (
        "sgd_keras",
        "sigmoid",
        [Setting(rate) for rate in np.geomspace(3e-3, 3.0, TRIALS)],
    ),
    "light-sgd, E = 0, tuned": (
        "sgd_keras",
        "gompertz",
        [harvested(r, 0.0, 0.0) for r in np.geomspace(0.5, 64, TRIALS)],
    ),
    "light-sgd, tuned": (
        "sgd_keras",
        "gompertz",
        [
            harvested(r, ratio * r, T)
            for r, ratio, T in product((2.0, R, 8.0, 16.0), (0.5, E / R), (0.0, 1.0))
        ],
    ),
}
NAMES = (*ARMS, *GRIDS)
DRAWN = (*PAPER, "light-sgd, E = 0", "s-sgd, scaled")  #: arms with curves
FAMILIES = {  # pairs whose p are corrected together, with all tasks of a table
    "claim": [("light-sgd", rival) for rival in PAPER[:3]],
    "controls": [
        ("light-sgd", "light-sgd, E = 0"),
        ("light-sgd, T = 1", "light-sgd, E = 0"),
        ("light-sgd, E = 0", "s-sgd"),
        ("light-sgd, E = 0", "s-sgd, scaled"),
    ],
    "tuned": [
        ("light-sgd, tuned", "s-sgd, tuned"),
        ("light-sgd, tuned", "s-adam, tuned"),
        ("light-sgd, tuned", "light-sgd, E = 0, tuned"),
        ("light-sgd, E = 0, tuned", "s-sgd, tuned"),
    ],
    "Eq. (2)": [("light-sgd, Eq. (2)", f"{rival}, Eq. (2)") for rival in PAPER[:3]],
}
PAIRS = [pair for pairs in FAMILIES.values() for pair in pairs]
FULL = {"count": 20, "epochs": EPOCHS, "tuning": 5, "planar": tuple(PLANAR)}
QUICK = {"count": 4, "epochs": 6, "tuning": 2, "planar": ("blobs", "xor")}


def tasks_of(planar, mnist=None, fashion=None, cifar=None, tables=(1, 2)):
    """Groups of tasks whose data have one shape, points first; files are opened, bad ones
    refused.
    """
    from spikesampler.networks.labelled_rows import source_of

    groups = [tuple(Task(name) for name in planar)] if 1 in tables else []
    if 2 not in tables:
        return groups
    given = [
        (name, path)
        for name, path in (("MNIST", mnist), ("Fashion-MNIST", fashion), ("CIFAR-10", cifar))
        if path is not None
    ]
    for name, path in given or [("digits (stand-in)", "digits")]:
        if path != "digits" and not Path(path).exists():
            raise InputError(
                f"no {path}, files of {name}: expected their folder; leave all of --mnist,"
                " --fashion and --cifar out for scikit-learn's digits, a stand-in"
            )
        files = source_of(str(path)).description()["files"]
        for balanced in (False, True):
            text = f"{name}, {'balanced' if balanced else 'as drawn'}"
            groups.append((Task(text, str(path), balanced=balanced, digest=digest(files)),))
    return groups


def measured(tasks, runs, epochs, tuning, folder, seed, workers, say):
    """Everything of tasks that are trained together, as a Dataset."""
    how = {"folder": folder, "workers": workers, "say": say}
    numbers, others = (
        range(seed, seed + runs),
        range(FIRST_TUNING_RUN + seed - 1, FIRST_TUNING_RUN + seed - 1 + tuning),
    )

    def job(name, optimizer, unit, loss, settings, which):
        plain = tuple(tuple(tuple(map(float, one)) for one in each) for each in settings)
        return Job(name, tasks, optimizer, unit, loss, plain, tuple(which), epochs)

    grids = [
        job(f"tuning {name}", optimizer, unit, "cross_entropy", [grid] * len(tasks), others)
        for name, (optimizer, unit, grid) in GRIDS.items()
    ]
    chosen = best_settings(grids, **how)
    jobs = [
        job(name, *rest, [[setting]] * len(tasks), numbers)
        for name, (*rest, setting) in ARMS.items()
    ]
    for (name, (optimizer, unit, grid)), (best, _) in zip(GRIDS.items(), chosen):
        jobs.append(
            job(name, optimizer, unit, "cross_entropy", [[grid[one]] for one in best], numbers)
        )
    found = finish(jobs, train_job, **how)
    curves = [
        np.stack([one[name][:, :, 0].swapaxes(0, 1) for one in found], axis=1, dtype=float)
        for name in ("test", "train")
    ]  # each (task, arm, run, epoch + 1)
    lost = np.stack([one["diverged"][:, :, 0].sum(axis=0) for one in found], axis=1)
    return summary(tasks, jobs, *curves, lost, chosen, numbers)


def summary(tasks, jobs, test, train, lost, chosen, numbers):
    """The Dataset of tasks: accuracies test, train (task, arm, run, epoch + 1); chosen: of each
    tuned arm.
    """
    grid = np.unique(np.r_[0, np.geomspace(1, test.shape[-1] - 1, POINTS).round().astype(int)])
    drawn = [NAMES.index(name) for name in DRAWN]
    bands = [
        np.array([stats.bootstrap_band(one[:, arm][:, :, grid].swapaxes(0, 1)) for arm in drawn])
        for one in (test, train)
    ]  # each (drawn, (mean, low, high), task, epoch)
    settings = np.array([[each[0] for each in job.settings] for job in jobs]).swapaxes(
        0, 1
    )  # (task, arm, number)
    split = split_of(tasks, numbers)
    shares = split.labels[:, :, split.learnt :].mean(axis=2)
    likelier = split.labels[:, :, : split.learnt].mean(axis=2) > 0.5
    over_epochs = np.array(
        [[epochs_test(one, name) for name in PAPER[:3]] for one in test]
    )  # (task, rival, number)
    nulls = np.array([[null_share(one[NAMES.index(name)]) for name in PAPER] for one in test])
    long = {"test_mean": "mean over epochs, as in the paper", "test_final": "after the last epoch"}
    variables = {
        "test_mean": (
            ("task", "arm", "run"),
            test[..., 1:].mean(axis=-1),
            {"long_name": long["test_mean"]},
        ),
        "train_mean": (
            ("task", "arm", "run"),
            train[..., 1:].mean(axis=-1),
            {"long_name": long["test_mean"]},
        ),
        "test_final": (("task", "arm", "run"), test[..., -1], {"long_name": long["test_final"]}),
        "train_final": (("task", "arm", "run"), train[..., -1], {"long_name": long["test_final"]}),
        **{
            name: (("drawn", "bound", "task", "epoch"), band.astype(np.float32))
            for name, band in zip(("test_curve", "train_curve"), bands)
        },
        "diverged": (("task", "arm"), lost, {"long_name": "runs whose loss is not finite"}),
        "setting": (("task", "arm", "number"), settings),
        "tried": (("task", "tuned", "trial"), np.stack([scores for _, scores in chosen], axis=1)),
        "best": (("task", "tuned"), np.stack([best for best, _ in chosen], axis=1)),
        "epochs_p": (
            ("task", "rival"),
            over_epochs[..., 0],
            {"long_name": "Wilcoxon's p over epochs"},
        ),
        "epochs_time": (
            ("task", "rival"),
            over_epochs[..., 1],
            {"long_name": "autocorrelation time in epochs"},
        ),
        "null": (
            ("task", "paper_arm"),
            nulls,
            {"long_name": "share of splits of one arm with p < 0.01 over epochs"},
        ),
        "majority": (("task",), np.where(likelier, shares, 1 - shares).mean(axis=0)),
        "positive": (("task",), split.labels.mean(axis=(0, 2)), {"long_name": "share of class 1"}),
        "samples": (("task",), [split.labels.shape[2]] * len(tasks)),
        "features": (("task",), [split.inputs.shape[3]] * len(tasks)),
        "bayes": (
            ("task",),
            [PLANAR[task.name].bayes if task.data is None else np.nan for task in tasks],
        ),
    }
    coords = {
        "task": [task.name for task in tasks],
        "arm": list(NAMES),
        "run": list(numbers),
        "drawn": list(DRAWN),
        "bound": ["mean", "low", "high"],
        "epoch": grid,
        "number": list(Setting._fields),
        "tuned": list(GRIDS),
        "rival": list(PAPER[:3]),
        "paper_arm": list(PAPER),
    }
    return xr.Dataset(variables, coords)


def wilcoxon_over_epochs(first, second):
    """The paper's p: pairs are epochs of two curves, each a mean over runs (run, epoch + 1)."""
    from scipy.stats import wilcoxon

    difference = np.round(first[:, 1:].mean(axis=0) - second[:, 1:].mean(axis=0), 9)
    return (
        float(wilcoxon(difference, zero_method="pratt", method="approx").pvalue)
        if difference.any()
        else 1.0
    )


def epochs_test(test, rival):
    """That p of LIGHT against a rival over as many runs as the paper has, and the autocorrelation
    time in epochs.
    """
    light, other = (test[NAMES.index(name)][: MODEL["runs"]] for name in ("light-sgd", rival))
    difference = light[:, 1:].mean(axis=0) - other[:, 1:].mean(axis=0)
    return wilcoxon_over_epochs(light, other), stats.autocorrelation_time(difference)


def null_share(curves, splits=200):
    """Share of random splits of one arm's runs into halves between which the test over epochs has p
    < 0.01.
    """
    rng, half = np.random.default_rng(0), len(curves) // 2
    orders = [rng.permutation(len(curves)) for _ in range(splits)]
    return np.mean(
        [
            wilcoxon_over_epochs(curves[one[:half]], curves[one[half : 2 * half]]) < 0.01
            for one in orders
        ]
    )


def gather(
    seed,
    runs,
    count,
    epochs,
    tuning,
    planar,
    mnist=None,
    fashion=None,
    cifar=None,
    workers=None,
    tables=(1, 2),
):
    """All tasks, as one Dataset."""
    say = partial(print, "light_tables:", file=sys.stderr, flush=True)
    if whole_number("count", count, 2) > 1000:
        raise InputError(
            f"count={count}: expected at most 1000, runs from {FIRST_TUNING_RUN} on are for tuning"
        )
    whole_number("seed", seed, 0), whole_number("epochs", epochs, 1)
    groups = tasks_of(planar, mnist, fashion, cifar, tables)
    parts = [
        measured(tasks, count, epochs, tuning, Path(runs) / "light", seed, workers, say)
        for tasks in groups
    ]
    dataset = xr.concat(parts, dim="task")
    return dataset.assign_attrs({"seed": seed, "epochs": epochs, "tuning_runs": tuning} | made_by())


# --- what it says -----


def printed():
    """{table number: {dataset: {method: (mean, sd)}}} of the paper, in %."""
    with open(TABLE, encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    found = {}
    for row in rows:
        here = found.setdefault(int(row["table"]), {}).setdefault(row["dataset"], {})
        here[row["method"]] = float(row["mean"]), float(row["sd"])
    return found


def blocks(dataset, width=4):
    """Tasks, some at a time, points before images."""
    names = dataset["task"].values
    return [dataset.sel(task=names[at : at + width]) for at in range(0, len(names), width)]


def percent(values):
    """Text "99.64 ± 0.36" of accuracies."""
    return f"{100 * values.mean():.2f} ± {100 * values.std(ddof=1):.2f}"


def accuracies(one):
    """Lines: mean ± sd over runs of the test accuracy averaged over epochs, %, and what it is to be
    compared with.
    """
    names = one["task"].values
    lines = [f"  {'':<26}" + "".join(f"{name:>27}" for name in names)]
    lines += [
        f"  {arm:<26}"
        + "".join(
            f"{percent(one['test_mean'].sel(task=name, arm=arm).values):>27}" for name in names
        )
        for arm in NAMES
    ]
    baseline = "".join(f"{100 * float(one['majority'].sel(task=name)):>26.2f}" for name in names)
    lines.append(f"  {'the larger class':<26}{baseline}")
    if np.isfinite(one["bayes"]).any():
        ceilings = (float(one["bayes"].sel(task=name)) for name in names)
        lines.append(
            f"  {'the best observer':<26}"
            + "".join(
                f"{100 * one:>26.2f}" if np.isfinite(one) else f"{'-':>27}" for one in ceilings
            )
        )
    return lines


def difference(one, first, second):
    """First arm minus second over runs of one task, a `Difference` of accuracies."""
    return stats.paired_difference(
        *(one["test_mean"].sel(arm=arm).values for arm in (first, second))
    )


def differences(dataset):
    """{pair: [(Difference, p corrected by Holm for all pairs of its family on all tasks of a
    table)]}, by task.

    A table is that of points or that of images, as in the paper.
    """
    found = {
        pair: [difference(dataset.sel(task=name), *pair) for name in dataset["task"].values]
        for pair in PAIRS
    }
    corrected = {pair: np.full(dataset.sizes["task"], np.nan) for pair in PAIRS}
    for here, pairs in product((of_points(dataset), ~of_points(dataset)), FAMILIES.values()):
        all_p = np.array(
            [[one.p for one, inside in zip(found[pair], here) if inside] for pair in pairs]
        )
        for pair, row in zip(pairs, stats.holm(all_p.ravel()).reshape(all_p.shape)):
            corrected[pair][here] = row
    return {pair: list(zip(found[pair], corrected[pair])) for pair in PAIRS}


def of_points(dataset):
    """Whether each task is a set of points, (task,)."""
    return np.array([name in PLANAR for name in dataset["task"].values])


def signed(one, p):
    """Text "+1.2 [+0.8, +1.5]*" of a difference in points of accuracy."""
    return (
        f"{100 * one.mean:+.2f} [{100 * one.low:+.2f},"
        f" {100 * one.high:+.2f}]{'*' if p < 0.05 else ' '}"
    )


def pair_lines(one, found, chosen):
    """Lines: differences of the pairs for the tasks of a block."""
    lines = [f"  {'':<50}" + "".join(f"{name:>27}" for name in one["task"].values)]
    return lines + [
        f"  {' − '.join(pair):<50}" + "".join(f"{signed(*found[pair][k]):>27}" for k in chosen)
        for pair in PAIRS
    ]


def test_lines(dataset, found):
    """Lines: LIGHT against its three rivals, over runs and over epochs."""
    lines = [
        f"  {'':<28}{'rival':<11}{'p, 20 runs':>11}{'Holm':>9}{'p, 10 runs':>11}{'effect size':>22}"
        f"{'p, epochs':>11}{'time':>7}{'of':>6}".replace("20 runs", f"{dataset.sizes['run']} runs")
    ]
    for k, name in enumerate(dataset["task"].values):
        one = dataset.sel(task=name)
        for rival in PAPER[:3]:
            pair = [one["test_mean"].sel(arm=arm).values for arm in ("light-sgd", rival)]
            (all_runs, p), size = found["light-sgd", rival][k], stats.rank_biserial(*pair)
            ten = stats.paired_difference(*(values[: MODEL["runs"]] for values in pair))
            epochs = one.sel(rival=rival)
            lines.append(
                f"  {name if rival == PAPER[0] else '':<28}{rival:<11}"
                f"{all_runs.p:>11.2g}{p:>9.2g}{ten.p:>11.2g}"
                f"{f'{size.mean:+.2f} [{size.low:+.2f}, {size.high:+.2f}]':>22}"
                f"{float(epochs['epochs_p']):>11.1g}{float(epochs['epochs_time']):>7.0f}"
                f"{dataset.attrs['epochs']:>6}"
            )
    return lines


def ups_and_downs(found, pair, inside):
    """How many tasks have the first arm above the second, and below, at p < 0.05 after Holm."""
    here = [one for one, chosen in zip(found[pair], inside) if chosen]
    return tuple(sum(bool(p < 0.05) and sign * one.mean > 0 for one, p in here) for sign in (1, -1))


def wins(dataset, inside, measure):
    """On how many tasks LIGHT is above all three rivals at p < 0.05 (Holm), and has the highest
    mean of the four.
    """
    values = dataset[measure].sel(arm=list(PAPER)).values[inside]  # (task, arm, run), LIGHT last
    gains = values[:, -1:] - values[:, :-1]
    p = stats.holm([stats.wilcoxon_p(one) for one in gains.reshape(-1, gains.shape[-1])]).reshape(
        gains.shape[:2]
    )
    above = ((gains.mean(axis=-1) > 0) & (p < 0.05)).all(axis=1)
    return int(above.sum()), int((values.mean(axis=-1).argmax(axis=1) == len(PAPER) - 1).sum())


def verdicts(dataset, found):
    """Lines: the paper's claims, and what the controls say."""
    lines, points = [], of_points(dataset)
    for number, here, what in ((1, points, "sets of points"), (2, ~points, "draws of images")):
        if not here.any():
            continue
        names, theirs = dataset["task"].values[here], printed()[number]
        best = sum(
            max(cells, key=lambda name: cells[name][0]) == "light-sgd" for cells in theirs.values()
        )
        won, highest = wins(dataset, here, "test_mean")
        label = "reproduced" if won > len(names) / 2 else "not reproduced"
        lines.append(
            f"Table {number}, LIGHT significantly best of four (paper: highest on {best} of"
            f" {len(theirs)}): highest on {highest} of {len(names)} {what}, above all three at p <"
            f" 0.05 (Holm) on {won}: {label}"
        )
        won, highest = wins(dataset, here, "test_final")
        lines.append(f"  after the last epoch: highest on {highest}, above all three on {won}")
        up_down = (
            f"{rival} better on {up}, worse on {down}"
            for rival in PAPER[:3]
            for up, down in [ups_and_downs(found, ("light-sgd", rival), here)]
        )
        lines.append(f"  LIGHT against {', '.join(up_down)}")
        rows = (
            ("harvest: LIGHT against E = 0", ("light-sgd", "light-sgd, E = 0")),
            ("harvest from T = 1 on against E = 0", ("light-sgd, T = 1", "light-sgd, E = 0")),
            ("growth: E = 0 against SGD", ("light-sgd, E = 0", "s-sgd")),
            (
                "growth beyond a scaled step: E = 0 against SGD, scaled",
                ("light-sgd, E = 0", "s-sgd, scaled"),
            ),
            ("all tuned: LIGHT against SGD", ("light-sgd, tuned", "s-sgd, tuned")),
            ("all tuned: LIGHT against Adam", ("light-sgd, tuned", "s-adam, tuned")),
            ("all tuned: LIGHT against E = 0", ("light-sgd, tuned", "light-sgd, E = 0, tuned")),
            ("all tuned: E = 0 against SGD", ("light-sgd, E = 0, tuned", "s-sgd, tuned")),
            (
                "with Eq. (2) as the loss: LIGHT against SGD",
                ("light-sgd, Eq. (2)", "s-sgd, Eq. (2)"),
            ),
        )
        for text, pair in rows:
            up, down = ups_and_downs(found, pair, here)
            lines.append(f"  {text}: better on {up}, worse on {down} of {len(names)}")
    p, times = dataset["epochs_p"].values, dataset["epochs_time"].values
    null = dataset["null"].values
    lines.append(
        f"The test over epochs: p < 0.01 in {(p < 0.01).sum()} of {p.size} comparisons with LIGHT."
        f" But curves are correlated over {np.nanmedian(times):.0f} epochs (median), and between"
        f" two halves of the runs of one method it has p < 0.01 in {null.mean():.0%} of all splits"
        f" (by task and method {null.min():.0%} to {null.max():.0%})"
    )
    return lines


def report(dataset):
    """All tables and verdicts, as text."""
    runs, epochs, found = dataset.sizes["run"], dataset.attrs["epochs"], differences(dataset)
    lines = [f"Test accuracy in %, mean over {epochs} epochs; mean ± sd over {runs} runs"]
    at = 0
    for one in blocks(dataset):
        lines += [*accuracies(one), ""]
    lines.append(
        f"Differences, points of accuracy, with 95 % intervals over {runs} runs; * p < 0.05 after "
        "Holm, within claim, controls, tuned, Eq. (2)"
    )
    for one in blocks(dataset):
        chosen = range(at, at + one.sizes["task"])
        lines, at = [*lines, *pair_lines(one, found, chosen), ""], at + one.sizes["task"]
    lines += [
        (
            "LIGHT against its rivals: Wilcoxon's test over runs, its effect size (rank-biserial),"
            " and the test over epochs, as in the paper, beside their autocorrelation time"
        ),
        *test_lines(dataset, found),
        "",
    ]
    lost = [
        f"{name}: {arm} {int(dataset['diverged'].sel(task=name, arm=arm))}"
        for name in dataset["task"].values
        for arm in NAMES
        if dataset["diverged"].sel(task=name, arm=arm)
    ]
    lines += [f"Runs whose loss is not finite: {'; '.join(lost)}", ""] if lost else []
    return "\n".join(
        [
            *lines,
            *tuned_lines(dataset),
            "",
            *paper_lines(),
            "",
            "The paper's claims, and the controls:",
            *verdicts(dataset, found),
        ]
    )


def tuned_lines(dataset):
    """Lines: what was chosen by tuning, and where it is at the end of its grid."""
    lines = [
        f"Tuned on {dataset.attrs['tuning_runs']} other runs, {TRIALS} settings each (! at the end"
        " of the range)"
    ]
    for name in dataset["task"].values:
        cells = []
        for arm, (_, unit, _) in GRIDS.items():
            here, best = (
                dataset.sel(task=name, arm=arm)["setting"],
                int(dataset["best"].sel(task=name, tuned=arm)),
            )
            values = {key: float(here.sel(number=key)) for key in Setting._fields}
            end = "!" if best in (0, TRIALS - 1) else ""
            if unit == "sigmoid":
                cells.append(f"{arm.split(',')[0]} rate {values['rate']:.3g}{end}")
            elif "E = 0" in arm:
                cells.append(f"E = 0: r {values['r']:.3g}{end}")
            else:
                cells.append(
                    f"LIGHT r {values['r']:.3g}, E {values['E']:.3g}, T {values['T']:g}{end}"
                )
        lines.append(f"  {name:<28}" + "; ".join(cells))
    return lines


def paper_lines():
    """Lines: the paper's tables."""
    lines = ["The paper's tables (its sets of points are not published), mean ± sd over 10 runs"]
    lines.append(f"  {'':<26}" + "".join(f"{name:>18}" for name in PAPER))
    for table in printed().values():
        lines += [
            f"  {name:<26}"
            + "".join(f"{f'{cells[arm][0]:.2f} ± {cells[arm][1]:g}':>18}" for arm in PAPER)
            for name, cells in table.items()
        ]
    return lines


def draw(dataset):
    """Accuracies on what is learnt and on what is not, against epochs: a panel per task."""
    from spikesampler.studies.kulikovskikh_2021.training_figures import curves_figure

    return curves_figure(*of_curves(dataset))


def draw_balance(dataset):
    """Fig. 1 of the paper: test against train accuracy along training."""
    from spikesampler.studies.kulikovskikh_2021.training_figures import balance_figure

    return balance_figure(*of_curves(dataset))


def draw_differences(dataset):
    """LIGHT, and its controls, minus others: differences with intervals by task."""
    from spikesampler.studies.kulikovskikh_2021.training_figures import differences_figure

    found = differences(dataset)
    shown = [pair for pair in PAIRS if "Eq. (2)" not in pair[0]]
    rows = np.array([[one[:3] for one, _ in found[pair]] for pair in shown])
    return differences_figure(
        rows, [f"{first} − {second}" for first, second in shown], list(dataset["task"].values)
    )


def of_curves(dataset):
    """(epoch, test, train (drawn, bound, task, epoch), names of arms, names of tasks)"""
    return (
        dataset["epoch"].values,
        dataset["test_curve"].values,
        dataset["train_curve"].values,
        list(DRAWN),
        list(dataset["task"].values),
    )


FIGURES = {
    "light_curves": draw,
    "light_balance": draw_balance,
    "light_differences": draw_differences,
}


# --- its part of docs/verdicts.md -----


def figures(datasets):
    """{name: Figure} of light_tables and light_edge_of_stability."""
    import light_edge_of_stability as edge

    found = {name: function(datasets["light_tables"]) for name, function in FIGURES.items()}
    found["light_edge_of_stability"] = edge.draw(datasets["light_edge_of_stability"])
    return found | {
        name: function(datasets["light_edge_of_stability"])
        for name, function in edge.FIGURES.items()
    }


def section(datasets):
    """Lines of docs/verdicts.md."""
    import light_edge_of_stability as edge

    about = datasets["light_tables"].attrs
    return [
        "## LIGHT: an output that grows and is harvested",
        "",
        (
            "Kulikovskikh & Legović (2021): five ReLUs whose output is a population that grows at"
            " a rate r and is harvested at a rate E, trained by SGD, are said to classify better"
            " than with a sigmoid and SGD, Adagrad or Adam at Keras' defaults, because growth"
            " takes training to the edge of stability and harvest holds it there."
            " [LIGHT](light.md) has the function; `scripts/light_tables.py`, of commit"
            f" {about['commit']} on {about['cpu']}."
        ),
        "",
        (
            "What the paper leaves open, and what is done here. *The form*: Eq. (1) as printed is"
            " not the sigmoid where it is said to be; `light-sgd` has Gompertz's law, for which it"
            " is right as printed. *T and N_T*: 0 and 1/2, their only values in the paper. *The"
            " loss*: Eq. (2) sums ℓ(y z) over labels of ±1; ℓ grows with its argument, so that its"
            " smallest value has every label wrong. Cross-entropy of p = ℓ(z) is what a Keras layer"
            " for the output is trained with, and what is in the tables; `Eq. (2)` marks arms with"
            " ℓ(−y z) as the loss. *The class*: 1 where p is above half of ℓ's largest value, for"
            " the sigmoid 1/2 (with r = 4.08, E = 6.4, T = 0 no value is above 1/2: Keras' own rule"
            " would give one class). *r and E*: those for images; the ones for points are not"
            " given. *The sets*: ours, drawn anew in every run."
        ),
        "",
        "```",
        report(datasets["light_tables"]),
        "```",
        "",
        "![Accuracy against epochs](figures/light_curves.png)",
        "",
        "![Test minus train accuracy](figures/light_balance.png)",
        "",
        "![Differences of test accuracy](figures/light_differences.png)",
        "",
        "### The edge of stability",
        "",
        (
            "`scripts/light_edge_of_stability.py`: η λ/2, λ the sharpness of the loss on what is"
            " learnt, η the step; gradient descent on a quadratic is stable below 1. Medians over"
            " the second half of training."
        ),
        "",
        "```",
        edge.report(datasets["light_edge_of_stability"]),
        "```",
        "",
        "![Sharpness times step](figures/light_edge_of_stability.png)",
        "",
        "![Sharpness times step along training](figures/light_edge_course.png)",
        "",
        "![Epochs at which the loss rises](figures/light_rising.png)",
        "",
    ]


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--quick",
        action="store_true",
        help="2 sets and digits, 4 runs of 6 epochs: whether it works",
    )
    parser.add_argument(
        "--table", type=int, choices=(1, 2), help="1, points, or 2, images (default: both)"
    )
    parser.add_argument("--mnist", type=Path, metavar="DIR", help="MNIST's IDX files")
    parser.add_argument("--fashion", type=Path, metavar="DIR", help="Fashion-MNIST's IDX files")
    parser.add_argument("--cifar", type=Path, metavar="DIR", help="CIFAR-10's batches")
    parser.add_argument("--count", type=int, help="runs per arm (default: 20)")
    parser.add_argument("--epochs", type=int, help="epochs (default: 1500)")
    parser.add_argument("--seed", type=int, default=1, help="the first run (default: 1)")
    parser.add_argument("--workers", type=int, help="processes at a time")
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", help="for what takes long (default: OUT/runs)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("light"), metavar="DIR", help="for data and figures"
    )
    return parser.parse_args(arguments)


def make(options):
    settings = (QUICK if options.quick else FULL) | {
        name: getattr(options, name)
        for name in ("count", "epochs")
        if getattr(options, name) is not None
    }
    dataset = gather(
        options.seed,
        options.runs or options.out / "runs",
        mnist=options.mnist,
        fashion=options.fashion,
        cifar=options.cifar,
        workers=options.workers,
        tables=(options.table,) if options.table else (1, 2),
        **settings,
    )
    publish(dataset, options.out / "light_tables.nc", report, FIGURES)


def main(arguments=None):
    options = parse(arguments)
    return run_script(
        "light_tables", lambda: make(options), "; what is finished is kept: run it again"
    )


if __name__ == "__main__":
    sys.exit(main())
