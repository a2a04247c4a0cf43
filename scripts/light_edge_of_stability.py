"""Do growth and harvest hold training at the edge of stability? Sharpness times step along
training, over r and E.

Kulikovskikh & Legović (2021): "an increase in r pushes the system towards not clearly defined edge
of stability, a simultaneous increase in E fixes this edge". The edge is η λ = 2, η the step, λ the
largest eigenvalue of the Hessian of the loss (Lanczos). Networks of five ReLUs with LIGHT on three
sets of points and on digits, by gradient descent on the whole training set, where the edge is
defined, and in the paper's batches of 75; η = 0.01, as in the paper, and 0.1. Beside them the
sigmoid, with its step multiplied by the ratio of LIGHT's slope to its own.

    python scripts/light_edge_of_stability.py --out light
"""

import sys
from functools import partial
from itertools import product

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.jobs.kept import finish
from spikesampler.language.model import load_model
from spikesampler.store.origin import made_by
from spikesampler.studies.kulikovskikh_2021.output_units import Setting
from spikesampler.studies.kulikovskikh_2021.sharpness import EdgeJob, measure_edge
from spikesampler.studies.kulikovskikh_2021.training_jobs import Task
from spikesampler.studies.scripting import dataset_script

MODEL = load_model("kulikovskikh_2021")
SLOPE = float(np.log(2) / 2)  #: of LIGHT at 0, from the left, over r; the sigmoid's is 1/4
PAPER = MODEL["E"] / MODEL["r"]
GROWTH = (1.0, 2.0, MODEL["r"], 8.0, 16.0)
HARVEST = (0.0, 0.5, PAPER, 3.0)  #: E/r
SIGMOID = "sigmoid"
ARMS = (*(f"E = {share:.3g} r" if share else "E = 0" for share in HARVEST), SIGMOID)
MODES = {"whole set": 0, "batches of 75": MODEL["batch"]}
RATES = (0.01, 0.1)
POINTS = tuple(Task(name) for name in ("moons", "circles", "xor"))
IMAGES = (Task("digits, 5 or not", "digits", balanced=True),)
EDGE = (0.8, 1.25)  #: η λ/2 that counts as at the edge; our choice
FULL = {
    "runs_per_cell": 10,
    "epochs": {"whole set": 4000, "batches of 75": 1500},
    "growth": GROWTH,
    "groups": (POINTS, IMAGES),
    "looks": 14,
}
QUICK = {
    "runs_per_cell": 3,
    "epochs": {"whole set": 40, "batches of 75": 10},
    "growth": GROWTH[1:3],
    "groups": (POINTS[:1],),
    "looks": 4,
}


def settings_of(unit, growth, rate):
    """Settings of LIGHT over r and E (r outer), or of the sigmoid over r."""
    if unit == SIGMOID:
        return tuple(tuple(map(float, Setting(rate * SLOPE * r / 0.25))) for r in growth)
    return tuple(
        tuple(map(float, Setting(rate, r, share * r))) for r, share in product(growth, HARVEST)
    )


def gather(seed, runs, runs_per_cell, epochs, growth, groups, looks):
    """All cells, as one Dataset."""
    numbers = tuple(range(seed, seed + runs_per_cell))
    keys, jobs = [], []
    for mode, rate, unit, tasks in product(MODES, RATES, ("gompertz", SIGMOID), groups):
        every = max(1, epochs[mode] // 200)
        keys.append((mode, rate, unit, tasks))
        jobs.append(
            EdgeJob(
                f"{unit}, {mode}, step {rate:g}",
                tasks,
                unit,
                settings_of(unit, growth, rate),
                numbers,
                MODES[mode],
                epochs[mode],
                every,
                looks,
            )
        )
    say = partial(print, "light_edge_of_stability:", file=sys.stderr, flush=True)
    found = dict(zip(keys, finish(jobs, measure_edge, runs / "light", say=say)))
    at = {key[0]: job.looked_at for key, job in zip(keys, jobs)}
    blocks = {}
    for name in ("edge", "test", "rising"):
        cells = [
            [
                [
                    of_cell(
                        found[mode, rate, "gompertz", tasks][name],
                        found[mode, rate, SIGMOID, tasks][name],
                        len(growth),
                    )
                    for tasks in groups
                ]
                for rate in RATES
            ]
            for mode in MODES
        ]
        blocks[name] = [[np.concatenate(one, axis=0) for one in row] for row in cells]
    late = {mode: at[mode] >= epochs[mode] / 2 for mode in MODES}
    dims = ("mode", "rate", "task", "r", "arm", "run")
    variables = {
        "edge": (
            dims,
            np.array(
                [
                    [late_median(one, late[mode]) for one in row]
                    for mode, row in zip(MODES, blocks["edge"])
                ]
            ),
            {"long_name": "median of η λ/2 over the second half of training"},
        ),
        "edge_start": (dims, np.array([[one[..., 0] for one in row] for row in blocks["edge"]])),
        "test": (dims, np.array([[one[..., -1] for one in row] for row in blocks["test"]])),
        "rising": (
            dims,
            np.array(blocks["rising"]),
            {"long_name": "share of epochs at which the loss rises"},
        ),
        "course": (
            ("rate", "task", "r", "arm", "bound", "epoch"),
            np.array([bands(one) for one in blocks["edge"][0]], np.float32),
            {"long_name": "whole set: η λ/2"},
        ),
    }
    tasks = [task.name for group in groups for task in group]
    coords = {
        "mode": list(MODES),
        "rate": list(RATES),
        "task": tasks,
        "r": list(growth),
        "arm": list(ARMS),
        "run": list(numbers),
        "bound": ["median", "low", "high"],
        "epoch": at["whole set"],
    }
    attrs = {
        "seed": seed,
        **{f"epochs_{number}": epochs[mode] for number, mode in enumerate(MODES)},
    } | made_by()
    return xr.Dataset(variables, coords, attrs)


def of_cell(light, sigmoid, num_growth):
    """(task, r, arm, run, …) of results (run, task, setting, …) of LIGHT and of the sigmoid."""
    light = light.reshape(*light.shape[:2], num_growth, len(HARVEST), *light.shape[3:])
    both = np.concatenate([light, sigmoid[:, :, :, None]], axis=3, dtype=float)
    return np.moveaxis(both, 0, 3)


def late_median(edge, late):
    """Median over the late looks, nan where the network diverged: (task, r, arm, run)."""
    return np.median(edge[..., late], axis=-1)


def bands(edge):
    """Median and quartiles over runs: (task, r, arm, run, look) -> (task, r, arm, bound, look)."""
    return np.moveaxis(np.nanquantile(edge, [0.5, 0.25, 0.75], axis=3), 0, 3)


# --- what it says -----


def at_edge(values):
    """Whether η λ/2 counts as at the edge; nan does not."""
    return (values >= EDGE[0]) & (values <= EDGE[1])


def cell(one):
    """Text "0.62 3/10 0.41 0.953" of an arm's runs: median η λ/2, how many are at the edge, and two
    means.
    """
    edge = one["edge"].values
    return (
        f"{np.nanmedian(edge):.3g} {int(at_edge(edge).sum())}/{len(edge)}"
        f" {float(one['rising'].mean()):.2f} {float(one['test'].mean()):.3f}"
    )


def report(dataset):
    """Tables and verdicts, as text."""
    lines = [
        (
            f"η λ/2, median over runs; runs at the edge, {EDGE[0]} to {EDGE[1]}; share of epochs at"
            " which the loss rises; test accuracy at the end"
        ),
        "",
    ]
    for mode, rate, task in product(*(dataset[name].values for name in ("mode", "rate", "task"))):
        one = dataset.sel(mode=mode, rate=rate, task=task)
        lines.append(
            f"{f'{task}, {mode}, η = {rate:g}':<44}" + "".join(f"{arm:>25}" for arm in ARMS)
        )
        lines += [
            f"{f'  r = {r:g}':<44}" + "".join(f"{cell(one.sel(r=r, arm=arm)):>25}" for arm in ARMS)
            for r in one["r"].values
        ]
    return "\n".join([*lines, "", *verdicts(dataset)])


def paired(one, measure, first, second):
    """First arm minus second, of one mode: a Difference over runs, each run's mean over steps,
    tasks and r.
    """
    values = [
        measure(one.sel(arm=arm)).mean(("rate", "task", "r")).values for arm in (first, second)
    ]
    return stats.paired_difference(*values)


def text_of(found, unit=""):
    """Text "+0.12 [+0.10, +0.15], p = 0.002" of a Difference."""
    return f"{found.mean:+.3f}{unit} [{found.low:+.3f}, {found.high:+.3f}], p = {found.p:.2g}"


def below_edge(one, arm):
    """Text "12%": at how many epochs the loss rises in runs of an arm that are below the edge."""
    rising = one["rising"].sel(arm=arm).values[one["edge"].sel(arm=arm).values < EDGE[0]]
    return f"{rising.mean():.0%}" if len(rising) else "- (no run is)"


def verdicts(dataset):
    """Lines: a verdict on each half of the claim, in each mode."""
    lines, growth = [], dataset["r"].values
    harvested = ARMS[2]
    for mode in dataset["mode"].values:
        here = dataset.sel(mode=mode)
        curvature = here["edge"].sel(arm="E = 0") / here["rate"]  # λ/2
        low, high = (curvature.sel(r=r).mean(("rate", "task")).values for r in growth[[0, -1]])
        push = stats.paired_ratio(high, low)
        label = "reproduced" if push.low > 1 else "not reproduced"
        shares = {arm: float(at_edge(here["edge"].sel(arm=arm)).mean()) for arm in ARMS}
        below = {arm: float((here["edge"].sel(arm=arm) < EDGE[0]).mean()) for arm in ARMS}
        lines.append(
            f"{mode}: an increase in r pushes towards the edge: λ at r = {growth[-1]:g} over r ="
            f" {growth[0]:g}, E = 0: {push.mean:.2f} [{push.low:.2f}, {push.high:.2f}]: {label}; at"
            f" the edge ({EDGE[0]} to {EDGE[1]}) are {shares['E = 0']:.0%} of runs, below it"
            f" {below['E = 0']:.0%}"
        )
        fixed = paired(here, lambda one: at_edge(one["edge"]), harvested, "E = 0")
        label = "reproduced" if fixed.low > 0 and shares[harvested] > 0.5 else "not reproduced"
        lines.append(
            f"{mode}: an increase in E fixes the edge: at it are {shares[harvested]:.0%} of runs"
            f" with {harvested}; difference to E = 0: {text_of(fixed)}: {label}"
        )
        rises = paired(here, lambda one: one["rising"], harvested, "E = 0")
        lines.append(
            f"  what harvest does: the loss rises at more epochs, difference {text_of(rises)}; in"
            f" runs below the edge it rises at {below_edge(here, harvested)} of epochs with"
            f" harvest, {below_edge(here, 'E = 0')} without: as at a corner, and the slope jumps at"
            " T, where no Hessian sees it"
        )
        push = stats.paired_ratio(
            *(
                (here["edge"].sel(arm=SIGMOID, r=r) / here["rate"]).mean(("rate", "task")).values
                for r in growth[[-1, 0]]
            )
        )
        lines.append(
            "  the control: the sigmoid's η λ, with its steps scaled by as much, grows"
            f" {push.mean:.2f} times [{push.low:.2f}, {push.high:.2f}]; {shares[SIGMOID]:.0%} of"
            " its runs are at the edge"
        )
        score = paired(here, lambda one: one["test"], harvested, "E = 0")
        lines.append(f"  test accuracy, {harvested} minus E = 0: {text_of(score)}")
    return lines


def draw(dataset):
    """η λ/2 late in training against r: a row per task, columns of mode and step."""
    from spikesampler.studies.kulikovskikh_2021.training_figures import edge_figure

    return edge_figure(dataset["r"].values, *panels(dataset, "edge"), list(ARMS), "η λ/2", EDGE)


def draw_rising(dataset):
    """Shares of epochs at which the loss rises, in the same places."""
    from spikesampler.studies.kulikovskikh_2021.training_figures import edge_figure

    return edge_figure(
        dataset["r"].values, *panels(dataset, "rising"), list(ARMS), "Loss rises (share of epochs)"
    )


def draw_course(dataset):
    """η λ/2 along training on the whole set: a row per task, columns of step and r."""
    from spikesampler.studies.kulikovskikh_2021.training_figures import edge_course_figure

    columns = list(product(dataset["rate"].values, dataset["r"].values[-3::2]))
    values = np.array(
        [dataset["course"].sel(rate=rate, r=r).values for rate, r in columns]
    )  # (column, task, arm, …)
    names = [f"η = {rate:g}, r = {r:g}" for rate, r in columns]
    return edge_course_figure(
        dataset["epoch"].values,
        values.swapaxes(0, 1),
        list(dataset["task"].values),
        names,
        list(ARMS),
        EDGE,
    )


FIGURES = {"light_edge_course": draw_course, "light_rising": draw_rising}


def panels(dataset, name):
    """(task, column, arm, (median, lower, upper quartile), r), names of tasks, names of columns."""
    quartiles = np.nanquantile(dataset[name].values, [0.5, 0.25, 0.75], axis=-1)
    quartiles = np.moveaxis(quartiles, 0, -1)  # (mode, rate, task, r, arm, bound)
    values = np.transpose(quartiles, (2, 0, 1, 4, 5, 3))
    columns = [
        f"{mode}, η = {rate:g}"
        for mode, rate in product(dataset["mode"].values, dataset["rate"].values)
    ]
    return (
        values.reshape(values.shape[0], -1, *values.shape[3:]),
        list(dataset["task"].values),
        columns,
    )


def main(arguments=None):
    return dataset_script(
        globals(),
        arguments,
        quick_help="one set, two r, 3 runs of 40 epochs: whether it works",
        out="light",
    )


if __name__ == "__main__":
    sys.exit(main())
