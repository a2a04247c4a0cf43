"""What is concluded of the position-wise optimizer: a row for each claim, and five sentences.

Costs are of starts in pairs, and a start from which a method never arrives stays in: its cost is
infinite, and where neither arrives the pair counts against what is claimed. A start whose loss is
below the target before training is left out: no method needs an epoch from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from spikesampler.stats.rules import Ruling, at_least, by, factor, in_family, in_short, undefined
from spikesampler.studies.finding import Finding, certain, ruled
from spikesampler.studies.valizadeh_2022.claims import LEVEL, experiments_of, printed_costs
from spikesampler.studies.valizadeh_2022.costs import PAIRS, costs_of, with_something_to_learn

__all__ = ["findings", "hurry", "part_of", "rulings", "sooner_than", "within"]

SOURCE = "Valizadeh 2022"
AXES = {"epochs": "fewer epochs", "seconds": "less time"}
SAME = 1.1  #: times: what counts as the same cost
PRINTED = 1.5  #: times: how far from the printed ratio is that ratio
TIMES = 2.0  #: how much more the last layer has to change than the first, over gradient descent
PLAIN, STAGED = PAIRS[0]
DESCENT, WISE = "gradient descent", "position-wise"


def part_of(costs: np.ndarray, control: np.ndarray) -> np.ndarray:
    """costs/control, pair by pair, above 0: inf where costs are, also where both are."""
    with np.errstate(invalid="ignore"):
        ratio = costs / control
    return np.maximum(np.where(np.isposinf(costs), np.inf, ratio), np.finfo(float).tiny)


def sooner_than(costs: np.ndarray, control: np.ndarray, who: str, other: str) -> Ruling:
    """Are costs (start,) below those of the control, pair by pair? who, other : whose they are."""
    if not len(costs):
        return undefined("no start is above that loss before training")
    ruling, told = by(part_of(costs, control), 1.0), never(costs, control, who, other)
    both = np.isfinite(costs) & np.isfinite(control)
    if told and both.any():
        less = int((costs < control)[both].sum())
        told += f", and where both arrive {who} needs less from {less} of {both.sum()}"
    return replace(ruling, note=told)


def within(costs: np.ndarray, control: np.ndarray, times: float, who: str, other: str) -> Ruling:
    """Are costs (start,) those of the control, pair by pair, within so many times?"""
    if not len(costs):
        return undefined("no start is above that loss before training")
    return replace(factor(costs, control, within=times), note=never(costs, control, who, other))


def never(costs: np.ndarray, control: np.ndarray, who: str, other: str) -> str:
    """Who never arrives, from how many starts; "" where both always do."""
    first, second = np.isposinf(costs), np.isposinf(control)
    counts = {
        f"only {other} arrives": (first & ~second).sum(),
        f"only {who} arrives": (second & ~first).sum(),
        "neither arrives": (first & second).sum(),
    }
    told = (
        f"{what} from {count} of {len(first)} starts" for what, count in counts.items() if count
    )
    return ", ".join(told)


def in_words(task: xr.Dataset) -> str:
    """What a task is, for people who have not seen its name."""
    title = str(task["task"].values)
    if title.startswith("cats"):
        return title
    what = "5 told from all others" if title.startswith("5 or not") else "ten classes"
    loss = title.partition(", ")[2]
    return f"on a stand-in: scikit-learn's digits, {what}{f', {loss}' if loss else ''}"


def starts_of(task: xr.Dataset, level: str) -> str:
    """What is counted: starts, and how many of them are below the level before training."""
    learns = with_something_to_learn(task, level)
    if learns.all():
        return "starts"
    return f"of {len(learns)} starts; the others are below that loss before training, and left out"


def epoch_times(task: xr.Dataset) -> tuple[float, float, float]:
    """How long an epoch of position-wise takes over one of gradient descent: medians of the clock's
    readings, and the least and the largest that they allow.
    """
    plain, staged = (task["seconds"].sel(arm=arm).values for arm in (PLAIN, STAGED))
    times = np.median(staged) / np.median(plain)
    return float(times), float(staged.min() / plain.max()), float(staged.max() / plain.min())


def time_of_epoch(task: xr.Dataset) -> str:
    """What of a time is measured, and how well."""
    times, low, high = epoch_times(task)
    return (
        f"epochs times a clock that was read {task.sizes['repeat']} times: an epoch of {WISE} takes"
        f" {times:.2f} ({low:.2f} to {high:.2f}) times one of {DESCENT}, taken as exact"
    )


def as_epochs(ruling: Ruling, task: xr.Dataset) -> Ruling:
    """No test, where an epoch of either may take the same time."""
    _, low, high = epoch_times(task)
    if not low < 1 < high:
        return ruling
    return replace(
        ruling,
        untested="an epoch of either may take the same time, so this tells no more than epochs do",
    )


def rulings(datasets: Mapping[str, xr.Dataset]) -> dict[str, tuple[Ruling, str, str, str, str]]:
    """{key: (ruling, claim, source, reading, what was counted)} of all claims; families are faster,
    printed, control and Algorithm 2.
    """
    families: dict[str, dict] = {"faster": {}, "printed": {}, "control": {}, "Algorithm 2": {}}
    for name in ("position_wise_cats", "position_wise"):
        for task in _tasks(datasets.get(name)):
            for experiment in experiments_of(str(task["task"].values)):
                _add_experiment(families, task, experiment, name)
    for task in _tasks(datasets.get("position_wise_printed")):
        _add_printed(families["Algorithm 2"], task)
    found = {}
    for family, rows in families.items():
        found |= rows
        tested = {key: row for key, row in rows.items() if not row[0].untested}
        corrected = in_family([row[0] for row in tested.values()], family)
        found |= {key: (one, *row[1:]) for (key, row), one in zip(tested.items(), corrected)}
    return found


def _tasks(dataset: xr.Dataset | None) -> list[xr.Dataset]:
    return [] if dataset is None else [dataset.sel(task=name) for name in dataset["task"].values]


def _add_experiment(families: dict, task: xr.Dataset, experiment: str, name: str) -> None:
    """The claims of an experiment of the paper, on one task, and its controls."""
    own, level = name == "position_wise_cats", LEVEL[experiment]
    key = f"{experiment}{'' if own else '-stand-in'}".lower()
    reading = f"{in_words(task)}; until a loss of {float(task['level_loss'].sel(level=level)):.4g}"
    source, starts = f"{SOURCE}, {experiment}", starts_of(task, level)
    for axis, words in AXES.items():
        first, second = (costs_of(task, level, arm, axis) for arm in (PLAIN, STAGED))
        clock = f"; {time_of_epoch(task)}" if axis == "seconds" else ""
        sooner = sooner_than(second, first, WISE, DESCENT)
        families["faster"][f"{key}-{axis}"] = (
            as_epochs(sooner, task) if clock else sooner,
            f"{WISE} needs {words} than {DESCENT}",
            source,
            f"{reading}; same starts and rate; {WISE} over {DESCENT}{clock}",
            starts,
        )
        before, after = printed_costs()[experiment][axis]
        families["printed"][f"{key}-{axis}-printed"] = (
            within(first, second * (before / after), PRINTED, DESCENT, WISE),
            f"{DESCENT} needs {before / after:.2f} times the {axis} of {WISE}, as printed, within "
            f"a factor of {PRINTED:g}",
            source,
            f"{reading}; {DESCENT} over {WISE}, over the printed ratio{clock}",
            starts,
        )
    scaled, staged = (costs_of(task, level, arm) for arm in PAIRS[1])
    families["control"][f"{key}-scaled"] = (
        within(scaled, staged, SAME, "layer rates", WISE),
        f"{DESCENT} with layer rates 1 : 2 : … : L needs as many epochs as {WISE}, within a "
        f"factor of {SAME:g}",
        "control",
        f"{reading}; same starts and rate; layer rates over {WISE}",
        starts,
    )
    plain, staged = (costs_of(task, level, arm, "operations") for arm in PAIRS[2])
    families["control"][f"{key}-tuned"] = (
        sooner_than(staged, plain, WISE, DESCENT),
        f"both tuned, {WISE} needs less work than {DESCENT}",
        "control",
        f"{reading}; operations, each at its best rate on other starts; {WISE} over {DESCENT}",
        starts,
    )


def _add_printed(rows: dict, task: xr.Dataset) -> None:
    """Algorithm 2 as printed against the text's, and the second criterion."""
    key = str(task["task"].values).split()[0].lower()
    reading = f"{in_words(task)}; same starts and rate"
    plain, text, ends, python = (
        task["epochs"].sel(arm=arm, level="low").values
        for arm in (PLAIN, STAGED, "as_printed", "as_printed_python")
    )
    source = f"{SOURCE}, Algorithm 2"
    rows[f"algorithm-{key}"] = (
        within(ends, text, SAME, "Algorithm 2 as printed", "the text's"),
        "Algorithm 2 as printed, ranges with their ends, is as fast as the text's, within a "
        f"factor of {SAME:g}",
        source,
        f"{reading}; epochs to the low loss, printed over text",
        "starts",
    )
    rows[f"algorithm-python-{key}"] = (
        sooner_than(python, plain, "Algorithm 2 as printed", DESCENT),
        f"Algorithm 2 as printed, ranges as in Python, is faster than {DESCENT}",
        source,
        f"{reading}; its first stage is empty and layers 1 and 2 never learn; epochs to the low "
        f"loss, printed over {DESCENT}",
        "starts",
    )
    moved = task["moved"].sel(arm=STAGED).values / task["moved"].sel(arm=PLAIN).values
    rows[f"global-{key}"] = (
        at_least(moved[:, -1] / moved[:, 0], least=TIMES),
        "criterion 2: how much a synapse changes depends on the position of its layer, at least "
        f"{TIMES:g} times as much in the last as in the first",
        f"{SOURCE}, criteria",
        f"{reading}; change in the first epoch over {DESCENT}'s, last layer over first",
        "starts",
    )


def criteria(dataset: xr.Dataset) -> list[Finding]:
    """The criteria that the algorithm decides by itself."""
    layers = dataset.sizes["layer"] - 1 if "layer" in dataset.sizes else 4
    where = f"Algorithm 2 on a network of {layers} layers"
    return [
        certain(
            "local",
            "criterion 1: computation is local",
            f"{SOURCE}, criteria",
            layers <= 1,
            f"the changes of {layers - 1} of {layers} layers need the weights of layers behind",
            where,
            "no layer's change needs the weights of another, which back-propagation (line 13) does",
        ),
        certain(
            "control",
            "criterion 3: no more external control than gradient descent",
            f"{SOURCE}, criteria",
            layers <= 1,
            f"{layers} stages an epoch have to be told apart from outside, instead of 1",
            where,
            "an epoch has one stage, as in gradient descent",
        ),
    ]


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each claim."""
    rows = [
        ruled(key, claim, source, ruling, reading, starts, ".2f", "times")
        for key, (ruling, claim, source, reading, starts) in rulings(datasets).items()
    ]
    return rows + criteria(datasets["position_wise"])


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    found = {key: row[0] for key, row in rulings(datasets).items()}
    own = "position_wise_cats" in datasets
    cats = "cat" if own else "cat-stand-in"
    task = _tasks(datasets["position_wise_cats" if own else "position_wise"])[0]
    work = task["operations"].sel(arm=STAGED) / task["operations"].sel(arm=PLAIN)
    printed = {key: one for key, one in found.items() if key.startswith("algorithm-python")}
    told = " and ".join(dict.fromkeys(one.label for one in printed.values()))
    return [
        "Asked was whether training the last layers of a network more often than the first "
        "(position-wise) is faster than gradient descent, as its author reports of one start each.",
        f"Until the paper's loss {'on pictures of cats' if own else 'on a stand-in for its cats'} "
        "position-wise training needs "
        f"{in_short(found[f'{cats}-epochs'], '.2f')} times the epochs of gradient descent at the "
        f"same rate (median of starts), with {float(work):.2f} times the operations in each.",
        "Gradient descent with larger rates for later layers, the control, needs "
        f"{in_short(found[f'{cats}-scaled'], '.2f')} times its epochs (geometric mean), and with "
        f"both rates tuned position-wise needs {in_short(found[f'{cats}-tuned'], '.2f')} times the "
        "operations (median).",
        "Algorithm 2 as it is printed is not what the text describes: that it is faster than "
        f"gradient descent, with its ranges read as Python's, is {told or 'not measured'}.",
        "MNIST and CIFAR-10 are here scikit-learn's digits, a stand-in; the losses at which the "
        f"paper stopped there are those of a guess{_left_out(datasets['position_wise'])}.",
    ]


def _left_out(dataset: xr.Dataset) -> str:
    """How many starts are below a loss of the paper before training, for a sentence."""
    counts = [
        int((~with_something_to_learn(task, LEVEL[experiment])).sum())
        for task in _tasks(dataset)
        for experiment in experiments_of(str(task["task"].values))
    ]
    text = f", and {max(counts)} of {dataset.sizes['seed']} starts, which are below one of them "
    return f"{text}before training, are left out there" if any(counts) else ""
