"""Is the position-wise optimizer faster? The experiments of Valizadeh (2022, arXiv:2204.05312),
with fair controls.

Networks of 20, 7 and 5 ReLUs, full batch, all methods from the same starts. A binary task (cats or
not) and ten classes (CIFAR-10, MNIST) from files on your disk; without them scikit-learn's digits
stand in, 5 against the rest and all ten. The ten classes are learnt with three losses: what the
authors' code descends and prints, the paper's binary cross-entropy, and the additive-margin softmax
that the paper names.

At the authors' rate: gradient descent, position-wise, and gradient descent with rates 1 : 2 : … : L
for the layers. Then five methods, each with its rate tuned on other starts. Loss against epochs,
layer updates, operations, seconds.

    python scripts/position_wise.py --out position_wise
    python scripts/position_wise.py --cats train_catvnoncat.h5 --mnist FOLDER --cifar FOLDER --out
    position_wise
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
from spikesampler.language.model import load_model
from spikesampler.store.pieces import made_by
from spikesampler.studies.scripting import publish, run_script
from spikesampler.studies.valizadeh_2022.courses import (
    Arm,
    Task,
    best_rates,
    courses,
    images_of,
    sizes_of,
    starts_of,
)

MODEL = load_model("valizadeh_2022")
RATE, RAW_RATE = (
    MODEL["rate"],
    MODEL["rate_raw"],
)  #: the latter for MNIST, whose pixels the authors do not divide
HIDDEN = tuple(int(MODEL[f"hidden_{n}"]) for n in (1, 2, 3))
FIXED = ("gradient_descent", "layer_scaled", "position_wise")
TUNED = (*FIXED, "momentum", "adam")
ARMS = (*FIXED, *(f"{method}, tuned" for method in TUNED))
LOSSES = ("printed", "binary_cross_entropy", "additive_margin_softmax")
PAPER = {
    "MNIST": MODEL["target_mnist"],
    "CIFAR-10": MODEL["target_cifar"],
}  #: losses at which the paper stopped
LOW = MODEL[
    "target_two"
]  #: where it stopped on two classes; with ten, half of a uniform guess's loss is ours
TABLE = Path(__file__).parents[1] / "data" / "paper_tables" / "valizadeh_2022.csv"
NEAR = 0.01  #: the plateau: within 1 % of the loss of a guess; our choice
LEVELS = ("near", "left", *PAPER, "low")
FIRST_TUNING_SEED, POINTS = 1000, 120
RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)
FULL = {"seeds": 10, "epochs": int(MODEL["epochs"]), "rates": RATES, "tuning": (3, 1500)}
QUICK = {"seeds": 2, "epochs": 60, "rates": (0.1, 0.2), "tuning": (1, 30), "losses": LOSSES[:1]}


def tasks_of(which=("binary", "ten"), cats=None, mnist=None, cifar=None, losses=LOSSES, rate=None):
    """The tasks, and the rate of each: the authors', or the one that is given."""
    stand_in, tasks = " (stand-in)", []
    if "binary" in which and cats is not None:
        tasks.append((Task("cats", str(cats), "binary_cross_entropy", hidden=HIDDEN), RATE))
    elif "binary" in which:
        tasks.append(
            (
                Task(
                    f"5 or not{stand_in}",
                    "digits",
                    "binary_cross_entropy",
                    against=5,
                    hidden=HIDDEN,
                ),
                RATE,
            )
        )
    if "ten" in which:
        given = [("MNIST", mnist, RAW_RATE), ("CIFAR-10", cifar, RATE)]
        given = [one for one in given if one[1] is not None] or [
            (f"digits{stand_in}", "digits", RATE)
        ]
        for (name, data, theirs), loss in product(given, losses):
            kept = {
                "raw": theirs == RAW_RATE,
                "single": data != "digits",
            }  # 60 000 images in float64 take long
            tasks.append((Task(f"{name}, {loss}", str(data), loss, hidden=HIDDEN, **kept), theirs))
    return [(task, theirs if rate is None else rate) for task, theirs in tasks]


def levels_of(task, images):
    """(loss of the best guess that looks at no image, losses of LEVELS, nan where a task has
    none).
    """
    from spikesampler.networks.layered import make_objective

    shares = np.bincount(images.labels) / len(images.labels)
    if len(shares) == 2:
        guess, low, paper = float(-(shares * np.log(shares)).sum()), LOW, [np.nan, np.nan]
    else:
        guess = float(make_objective(task.objective).guess(len(shares)))
        low, paper = guess / 2, list(PAPER.values())
        if (
            task.objective == LOSSES[-1] or len(shares) != 10
        ):  # the paper's are of ten classes and another loss
            paper = [np.nan, np.nan]
    return guess, np.array([(1 + NEAR) * guess, (1 - NEAR) * guess, *paper, low])


def measured(task, rate, seed, runs, seeds, epochs, rates, tuning, workers, say):
    """Everything of one task, as a Dataset."""
    from spikesampler.studies.valizadeh_2022.full_batch import (
        first_below,
        method_operations,
        seconds_per_epoch,
    )
    from spikesampler.studies.valizadeh_2022.position_wise import times

    images, starts = images_of(task, seed), tuple(range(seed, seed + seeds))
    guess, levels = levels_of(task, images)
    how = {"folder": Path(runs) / "position_wise", "workers": workers, "say": say}
    others = range(FIRST_TUNING_SEED + seed, FIRST_TUNING_SEED + seed + tuning[0])

    def trained(plan, keep):
        arms = [
            Arm(task, method, (one,) * seeds, starts, epochs, levels[-1], keep, seed)
            for method, one in plan
        ]
        return courses(arms, **how)

    plan = [(method, rate) for method in FIXED]
    found = trained(plan, keep=False)
    cells = [(task, method, levels[-1]) for method in TUNED]
    tuned = best_rates(cells, rates, others, tuning[1], split_seed=seed, **how)
    best = [(method, one) for method, (one, *_) in zip(TUNED, tuned)]
    plan, found = plan + best, found + trained(best, keep=True)
    params = starts_of(task, images, starts[:1])[0]
    per_epoch = {
        method: method_operations(images, params, method, task.objective) for method in TUNED
    }
    seconds = seconds_per_epoch(images, params, rate, TUNED, task.objective)
    needed = np.array(
        [[first_below(course.loss, level) for level in levels] for course in found]
    )  # (arm, level, seed)
    grid = np.unique(np.r_[0, np.geomspace(1, epochs, POINTS).round().astype(int)])
    names, work = (
        [method for method, _ in plan],
        per_epoch["gradient_descent"][1].per_layer(times(len(params))),
    )
    updates = {
        method: len(params) * ((len(params) + 1) / 2 if method == "position_wise" else 1)
        for method in TUNED
    }
    variables = {
        "epochs": (
            ("arm", "level", "seed"),
            needed,
            {"long_name": "epochs until the loss is below a level"},
        ),
        "accuracy_at": (
            ("arm", "level", "seed"),
            np.array([at(one.accuracy, n) for one, n in zip(found, needed)]),
        ),
        "loss": (
            ("arm", "seed", "epoch"),
            np.array([on_grid(one.loss, grid) for one in found], np.float32),
        ),
        "accuracy": (
            ("arm", "seed", "epoch"),
            np.array([on_grid(one.accuracy, grid) for one in found], np.float32),
        ),
        "diverged": (("arm", "seed"), np.array([one.diverged for one in found])),
        "rate": (("arm",), [one for _, one in plan]),
        "updates": (
            ("arm",),
            [updates[name] for name in names],
            {"long_name": "layer updates per epoch"},
        ),
        "operations": (
            ("arm",),
            [per_epoch[name][0] for name in names],
            {"long_name": "flop per epoch"},
        ),
        "seconds": (
            ("arm", "repeat"),
            np.array([seconds[name] for name in names]),
            {"long_name": "s per epoch"},
        ),
        "tried": (
            ("optimizer", "trial"),
            np.array([one for _, one, _ in tuned]),
            {"long_name": "rate"},
        ),
        "tuning": (
            ("optimizer", "trial"),
            np.array([one for *_, one in tuned]),
            {"long_name": "median epochs to low"},
        ),
        "level_loss": (("level",), levels),
        "guess": ((), guess, {"long_name": "loss of the best guess without looking"}),
        "first_layer": (
            (),
            work[0] / work.sum(),
            {"long_name": "share of the first layer in gradient descent"},
        ),
        "images": (("split",), [len(images.labels), len(images.held_out_labels)]),
        "largest_class": (
            (),
            np.bincount(images.held_out_labels).max() / len(images.held_out_labels),
        ),
        "widths": (("layer",), list(sizes_of(task, images))),
    }
    coords = {
        "arm": list(ARMS),
        "level": list(LEVELS),
        "seed": list(starts),
        "epoch": grid,
        "optimizer": list(TUNED),
        "split": ["learnt", "held out"],
    }
    return xr.Dataset(variables, coords)


def at(values, epochs):
    """values (seed, epoch) at epochs (level, seed), nan where a level was never reached."""
    place = np.where(np.isfinite(epochs), epochs, 0).astype(int)
    return np.where(np.isfinite(epochs), values[np.arange(len(values)), place], np.nan)


def on_grid(values, grid):
    """values (seed, epoch) at the epochs of the grid, nan after the last one."""
    inside = grid < values.shape[1]
    return np.where(inside, values[:, np.where(inside, grid, 0)], np.nan)


def gather(
    seed,
    runs,
    which=("binary", "ten"),
    cats=None,
    mnist=None,
    cifar=None,
    losses=LOSSES,
    rate=None,
    workers=None,
    **settings,
):
    """All tasks, as one Dataset."""
    say = partial(print, "position_wise:", file=sys.stderr, flush=True)
    if settings["seeds"] < 2:
        raise InputError(f"seeds={settings['seeds']}: expected 2 or more, intervals are over them")
    whole_number("epochs", settings["epochs"], 1)
    tasks = tasks_of(which, cats, mnist, cifar, losses, rate)
    for task, _ in tasks:  # bad files are refused before anything is computed
        images_of(task, seed)
    parts = [
        measured(task, rate, seed, runs, workers=workers, say=say, **settings)
        for task, rate in tasks
    ]
    dataset = xr.concat(parts, dim=xr.Variable("task", [shown(task.name) for task, _ in tasks]))
    return dataset.assign_attrs({"seed": seed, "max_epochs": settings["epochs"]} | made_by())


# --- what it says -----

AXES = ("epochs", "updates", "operations", "seconds")
PAIRS = [
    ("gradient_descent", "position_wise"),
    ("layer_scaled", "position_wise"),
    *(
        (f"{method}, tuned", "position_wise, tuned")
        for method in TUNED
        if method != "position_wise"
    ),
]
STOPPED = {"cat": "low", "CIFAR-10": "CIFAR-10", "MNIST": "MNIST"}  # experiment of the paper: level


def printed():
    """{experiment: {"epochs" or "seconds": (of gradient descent, of position-wise)}} of the
    paper.
    """
    with open(TABLE, encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    found = {row["experiment"]: {"epochs": [], "seconds": []} for row in rows}
    for row in sorted(rows, key=lambda row: FIXED.index(row["method"])):
        for axis, values in found[row["experiment"]].items():
            values.append(float(row[axis]))
    return found


def shown(name):
    """A task's name for people."""
    return name.replace("printed", "loss of the code").replace("_", " ")


def cost_of_epoch(one, axis, arm):
    """What an epoch of an arm costs on an axis."""
    return 1.0 if axis == "epochs" else float(np.median(one[axis].sel(arm=arm).values))


def ratio(one, level, arms, axis="epochs"):
    """Cost until the level, first arm over second, over the starts from which both get there:
    `stats.paired_ratio`.
    """
    return stats.paired_ratio(
        *(
            one["epochs"].sel(arm=arm, level=level).values * cost_of_epoch(one, axis, arm)
            for arm in arms
        )
    )


def plateau_share(one, level, arms=PAIRS[0]):
    """Of the epochs that the second arm saves on its way to a level, the shares (seed,) saved until
    1 % above the loss of a guess, and on the plateau, from there to 1 % below it; nan where none
    are saved.
    """
    epochs = {name: one["epochs"].sel(level=name).values for name in ("near", "left", level)}
    end = dict(zip(one["arm"].values, epochs[level]))
    parts = []
    for name in ("near", "left"):
        until = dict(zip(one["arm"].values, np.minimum(epochs[name], epochs[level])))
        with np.errstate(invalid="ignore", divide="ignore"):
            saved = end[arms[0]] - end[arms[1]]
            parts.append(
                np.where(
                    np.isfinite(saved) & (saved > 0),
                    (until[arms[0]] - until[arms[1]]) / saved,
                    np.nan,
                )
            )
    return parts[0], parts[1] - parts[0]


def levels_in(one):
    """Levels at which methods are compared: those of the paper and the low one, as far as the task
    has them.
    """
    return [name for name in (*PAPER, "low") if np.isfinite(one["level_loss"].sel(level=name))]


def median_of(values):
    """Text "median [least, most]" of those that got there, and how many did where some did not."""
    inside = values[np.isfinite(values)]
    if not len(inside):
        return f"0 of {len(values)}"
    text = f"{np.median(inside):.0f} [{inside.min():.0f}, {inside.max():.0f}]"
    return text if len(inside) == len(values) else f"{text} {len(inside)}/{len(values)}"


def table(one):
    """Lines: per arm its rate, median epochs to each level, and held-out accuracy there."""
    levels = levels_in(one)
    heads = [f"loss {float(one['level_loss'].sel(level=name)):.4g}" for name in levels]
    lines = [
        f"  {'':<26}{'rate':>8}"
        + "".join(f"{'epochs to ' + head:>27}{'accuracy':>10}" for head in heads)
    ]
    for arm in one["arm"].values:
        cells = []
        for name in levels:
            here = one.sel(arm=arm, level=name)
            scores = here["accuracy_at"].values
            score = f"{np.nanmean(scores):.3f}" if np.isfinite(scores).any() else "-"
            cells.append(f"{median_of(here['epochs'].values):>27}{score:>10}")
        lines.append(f"  {arm:<26}{float(one['rate'].sel(arm=arm)):>8g}" + "".join(cells))
    return lines


def interval(found, form=".2f"):
    """Text "1.40 [1.31, 1.49]" of a ratio."""
    low, high = (f"{bound:{form}}" for bound in found[1:3])
    return (
        f"{found.mean:{form}} [{low}, {high}]"
        if np.isfinite(found.mean)
        else f"- ({found.num_pairs} pairs)"
    )


def ratios(one):
    """Lines: how many times as much as position-wise the others need, by axis."""
    lines = []
    for level in levels_in(one):
        head = (
            f"until {float(one['level_loss'].sel(level=level)):.4g}, needed / needed by"
            " position_wise"
        )
        rows = []
        for arms in PAIRS:
            found = [ratio(one, level, arms, axis) for axis in AXES]
            if found[0].num_pairs > 1:
                cells = "".join(f"{interval(each):>20}" for each in found)
                rows.append(f"  {arms[0]:<48}{cells}{found[0].p:>9.2g}{found[0].num_pairs:>7}")
        empty = (
            ["  (fewer than two starts from which both get there, for all pairs)"]
            if not rows
            else []
        )
        lines += [
            f"  {head:<48}" + "".join(f"{axis:>20}" for axis in AXES) + f"{'p':>9}{'pairs':>7}",
            *rows,
            *empty,
        ]
    return lines


def shares(one):
    """Lines: where the epochs that position-wise saves are saved."""
    lines = []
    for level in levels_in(one):
        fall, plateau = (part[np.isfinite(part)] for part in plateau_share(one, level))
        if not len(fall):
            continue
        rest = round(1 - fall.mean() - plateau.mean(), 2) + 0.0  # no -0
        lines.append(
            "  of the epochs saved up to a loss of"
            f" {float(one['level_loss'].sel(level=level)):.4g}: {fall.mean():.0%} before the"
            f" plateau, {plateau.mean():.0%} on it, {rest:.0%} after it ({len(fall)} of"
            f" {one.sizes['seed']} seeds)"
        )
    return lines


def experiments_of(name):
    """Experiments of the paper that a task stands for: names in PRINTED."""
    if name.startswith(("cats", "5 or not")):
        return ["cat"]
    return [
        each
        for each in ("CIFAR-10", "MNIST")
        if name.startswith((each, "digits")) and name.endswith("the code")
    ]


def judged(found, printed):
    """A verdict on a ratio that should be above 1, and was `printed`."""
    if not np.isfinite(found.low):
        return f"undecided ({found.num_pairs} pairs)"
    if found.low <= 1:
        return "not reproduced"
    return "reproduced, the printed ratio is " + (
        "inside" if found.low <= printed <= found.high else "outside"
    )


def verdicts(dataset):
    """Lines: a verdict for each claim of the paper, and what the controls say."""
    lines, table_of_paper = [], printed()
    for name in dataset["task"].values:
        one = dataset.sel(task=name)
        for experiment in experiments_of(str(name)):
            level = STOPPED[experiment]
            for axis, (before, after) in table_of_paper[experiment].items():
                found = ratio(one, level, PAIRS[0], axis)
                claim = f'{axis}, "significantly faster"' if axis == "seconds" else axis
                lines.append(
                    f"{experiment}, {before:g} -> {after:g} {claim} (ratio {before / after:.2f});"
                    f" {name}: {interval(found)}, p = {found.p:.2g}:"
                    f" {judged(found, before / after)}"
                )
            if str(name).startswith("cats") and MODEL["seed"] in one["seed"]:
                lines.append(own_start(one, level))
            lines += [
                (
                    "  layer-scaled gradient descent needs"
                    f" {interval(ratio(one, level, PAIRS[1]), '.3f')} times the epochs of"
                    " position-wise at that rate"
                ),
                (
                    f"  both tuned, gradient descent needs {interval(ratio(one, level, PAIRS[2]))}"
                    f" times the epochs, {interval(ratio(one, level, PAIRS[2], 'operations'))}"
                    " times the operations"
                ),
            ]
    return lines


def own_start(one, level):
    """A line on the authors' own start among the others."""
    needed = [one["epochs"].sel(arm=arm, level=level) for arm in PAIRS[0]]
    each = needed[0].values / needed[1].values
    first = [float(values.sel(seed=MODEL["seed"])) for values in needed]
    found = first[0] / first[1]
    return (
        f"  the authors' start needs {first[0]:.0f} and {first[1]:.0f} epochs, a ratio of"
        f" {found:.2f}, larger than from {int((each < found).sum())} of the {len(each) - 1} other"
        " starts (their code takes position-wise's loss before the last stage of an epoch)"
    )


def report(dataset):
    """All tables and verdicts, as text."""
    lines = []
    for name in dataset["task"].values:
        one = dataset.sel(task=name)
        learnt, held_out = one["images"].values
        widths = "-".join(str(width) for width in one["widths"].values)
        lines += [
            (
                f"{name}: {learnt} images learnt, {held_out} held out (largest class"
                f" {float(one['largest_class']):.3f}); network {widths},"
                f" {float(one['first_layer']):.0%} of the operations in layer 1; best guess without"
                f" looking {float(one['guess']):.4f}"
            ),
            *table(one),
            *ratios(one),
            *shares(one),
            "",
        ]
    edges = [f"Tuned to the edge of the grid of rates, {text}" for text in edge_rates(dataset)]
    return "\n".join(
        [*lines, *edges, *[""] * bool(edges), "The paper's claims:", *verdicts(dataset)]
    )


def edge_rates(dataset):
    """Tuned arms whose rate is the smallest or largest that was tried, by task."""
    found = []
    for name in dataset["task"].values:
        here = dataset.sel(task=name)
        ends = {method: here["tried"].sel(optimizer=method).values[[0, -1]] for method in TUNED}
        arms = [
            method
            for method in TUNED
            if float(here["rate"].sel(arm=f"{method}, tuned")) in ends[method]
        ]
        found += [f"{name}: {', '.join(arms)}"] * bool(arms)
    return found


def draw(dataset):
    """Loss against four axes, a row per task."""
    from spikesampler.studies.valizadeh_2022.figures import courses_figure

    tasks = []
    for name in dataset["task"].values:
        one = dataset.sel(task=name)
        costs = {axis: [cost_of_epoch(one, axis, arm) for arm in ARMS] for axis in AXES}
        levels = {str(level): float(one["level_loss"].sel(level=level)) for level in levels_in(one)}
        tasks.append(
            (str(name), one["epoch"].values, one["loss"].values, costs, float(one["guess"]), levels)
        )
    return courses_figure(tasks, list(ARMS))


def draw_ratios(dataset):
    """What gradient descent and the controls need, over what position-wise needs, where two starts
    or more say so.
    """
    from spikesampler.studies.valizadeh_2022.figures import ratios_figure

    rows = {}
    for name in dataset["task"].values:
        one = dataset.sel(task=name)
        for level in levels_in(one):
            label = f"{name}\nto a loss of {float(one['level_loss'].sel(level=level)):.4g}"
            rows[label] = [[ratio(one, level, arms, axis)[:3] for axis in AXES] for arms in PAIRS]
    known = {label: found for label, found in rows.items() if np.isfinite(found).any()}
    return ratios_figure(known or rows, [first for first, _ in PAIRS], list(AXES))


# --- its part of docs/verdicts.md -----

CATS = "position_wise_cats"  #: made with --tasks binary --cats FILE
STUDIES = {  # dataset: heading
    CATS: "209 images of cats and others, the authors' file",
    "position_wise": "Scikit-learn's digits, a stand-in",
}


def read(out):
    """{name: Dataset} of OUT/data, with position_wise_depth; that of the cats only where it is
    there.
    """
    found = {}
    for name in (*STUDIES, "position_wise_depth"):
        if (path := out / "data" / f"{name}.nc").is_file():
            found[name] = xr.load_dataset(path)
        elif name != CATS:
            raise InputError(f"no {path}; leave --redraw out to make it")
    return found


def figures(datasets):
    """{name: Figure} of all datasets."""
    import position_wise_depth

    found = {"position_wise_depth": position_wise_depth.draw(datasets["position_wise_depth"])}
    for name in STUDIES.keys() & datasets.keys():
        found |= {name: draw(datasets[name]), f"{name}_ratios": draw_ratios(datasets[name])}
    return found


def section(datasets):
    """Lines of docs/verdicts.md."""
    import position_wise_depth

    about = datasets["position_wise"].attrs
    lines = [
        "## The position-wise optimizer",
        "",
        (
            "Valizadeh (2022): an epoch in stages, which update the last 1, 2, … L of L layers, is"
            " said to need fewer epochs and less time than gradient descent, at the same rate,"
            f" from the same start. `scripts/position_wise.py`, of commit {about['commit']} on"
            f" {about['cpu']}. Seconds are of one network, alone on the machine."
        ),
        "",
        (
            "The paper has one start and no interval. Its code, unlike its text, starts from N(0,"
            " 1/in), and on ten classes it descends the cross-entropy of a softmax and prints a"
            f" sum of ten binary cross-entropies. That sum is {np.log(10) + 9 * np.log(10 / 9):.4f}"
            " for a uniform guess: both targets of the paper, 3.23 and 3.248, lie on the plateau"
            " of that guess, here from 1 % above it to 1 % below."
        ),
        "",
    ]
    for name, heading in STUDIES.items():
        if name not in datasets:
            continue
        lines += [
            f"### {heading}",
            "",
            "```",
            report(datasets[name]),
            "```",
            "",
            f"![Loss against four costs](figures/{name}.png)",
            "",
            f"![Costs over those of position-wise](figures/{name}_ratios.png)",
            "",
        ]
    return [
        *lines,
        "### Depth, and where the operations are",
        "",
        "`scripts/position_wise_depth.py`:",
        "",
        "```",
        position_wise_depth.report(datasets["position_wise_depth"]),
        "```",
        "",
        "![Costs over those of position-wise, by depth](figures/position_wise_depth.png)",
        "",
    ]


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="2 seeds, 60 epochs, on digits: whether it works"
    )
    parser.add_argument("--tasks", default="binary,ten", help="binary, ten, or both (the default)")
    parser.add_argument(
        "--cats", type=Path, metavar="FILE", help="HDF5 with train_set_x, train_set_y, or a folder"
    )
    parser.add_argument("--mnist", type=Path, metavar="DIR", help="MNIST's IDX files")
    parser.add_argument("--cifar", type=Path, metavar="DIR", help="CIFAR-10's batches")
    parser.add_argument(
        "--rate", type=float, help="instead of the authors' rate, 0.0075 (MNIST: 7.5e-5)"
    )
    parser.add_argument("--seeds", type=int, help="number of starts (default: 10)")
    parser.add_argument(
        "--epochs", type=int, help="epochs at most (default: 5000, as in the authors' code)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="the first start, and what is held out (default: 1)"
    )
    parser.add_argument("--workers", type=int, help="processes at a time")
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", help="for what takes long (default: OUT/runs)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("position_wise"),
        metavar="DIR",
        help="for data and figures",
    )
    options = parser.parse_args(arguments)
    options.tasks = options.tasks.split(",")
    return options


def make(options):
    if unknown := set(options.tasks) - {"binary", "ten"}:
        raise InputError(
            f"--tasks {','.join(options.tasks)}: no task {min(unknown)!r}; expected binary, ten or"
            " both"
        )
    settings = (QUICK if options.quick else FULL) | {
        name: getattr(options, name)
        for name in ("seeds", "epochs")
        if getattr(options, name) is not None
    }
    dataset = gather(
        options.seed,
        options.runs or options.out / "runs",
        options.tasks,
        options.cats,
        options.mnist,
        options.cifar,
        rate=options.rate,
        workers=options.workers,
        **settings,
    )
    publish(
        dataset,
        options.out / "position_wise.nc",
        report,
        {"position_wise": draw, "position_wise_ratios": draw_ratios},
    )


def main(arguments=None):
    options = parse(arguments)
    return run_script(
        "position_wise", lambda: make(options), "; what is finished is kept: run it again"
    )


if __name__ == "__main__":
    sys.exit(main())
