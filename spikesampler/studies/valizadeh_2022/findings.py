"""What is concluded of the position-wise optimizer: a row for each claim, and five sentences.

Costs are of starts in pairs, and a start from which a method never arrives stays in: its cost is
infinite, and where neither arrives the pair counts against what is claimed.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.stats.rules import Ruling, at_least, by, factor, in_family
from spikesampler.studies.finding import Finding, certain, in_short, ruled
from spikesampler.studies.valizadeh_2022.claims import LEVEL, experiments_of, printed_costs
from spikesampler.studies.valizadeh_2022.costs import PAIRS, cost_of_epoch

__all__ = ["costs_of", "findings", "hurry", "part_of", "rulings"]

SOURCE = "Valizadeh 2022"
AXES = {"epochs": "fewer epochs", "seconds": "less time"}
SAME = 1.1  #: times: what counts as the same cost
PRINTED = 1.5  #: times: how far from the printed ratio is that ratio
TIMES = 2.0  #: how much more the last layer has to change than the first, over gradient descent
PLAIN, STAGED = PAIRS[0]


def costs_of(dataset: xr.Dataset, level: str, arm: str, axis: str = "epochs") -> np.ndarray:
    """Cost of one task until a level, from every start (seed,); inf where never.

    A start whose loss is below the level already counts as if it needed one epoch.
    """
    epochs = np.maximum(dataset["epochs"].sel(arm=arm, level=level).values, 1)
    return epochs * cost_of_epoch(dataset, axis, arm)


def part_of(costs: np.ndarray, control: np.ndarray) -> np.ndarray:
    """costs/control, pair by pair, above 0: inf where costs are, also where both are."""
    with np.errstate(invalid="ignore"):
        ratio = costs / control
    return np.maximum(np.where(np.isposinf(costs), np.inf, ratio), np.finfo(float).tiny)


def rulings(datasets: Mapping[str, xr.Dataset]) -> dict[str, tuple[Ruling, str, str, str]]:
    """{key: (ruling, claim, source, reading)} of all claims; families are faster, printed, control
    and Algorithm 2.
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
        corrected = in_family([row[0] for row in rows.values()], family)
        found |= {key: (one, *row[1:]) for (key, row), one in zip(rows.items(), corrected)}
    return found


def _tasks(dataset: xr.Dataset | None) -> list[xr.Dataset]:
    return [] if dataset is None else [dataset.sel(task=name) for name in dataset["task"].values]


def _add_experiment(families: dict, task: xr.Dataset, experiment: str, name: str) -> None:
    """The claims of an experiment of the paper, on one task, and its controls."""
    own = name == "position_wise_cats"
    where = str(task["task"].values) if own else f"on a stand-in: {task['task'].values}"
    level, key = LEVEL[experiment], f"{experiment}{'' if own else '-stand-in'}".lower()
    reading = f"{where}; until a loss of {float(task['level_loss'].sel(level=level)):.4g}"
    source = f"{SOURCE}, {experiment}"
    for axis, words in AXES.items():
        first, second = (costs_of(task, level, arm, axis) for arm in (PLAIN, STAGED))
        claim = f"position-wise needs {words} than gradient descent"
        both = f"{reading}; same starts and rate; position-wise over gradient descent"
        families["faster"][f"{key}-{axis}"] = by(part_of(second, first), 1.0), claim, source, both
        before, after = printed_costs()[experiment][axis]
        claim = f"{before / after:.2f} times, as printed ({axis})"
        ratio = factor(first, second * (before / after), within=PRINTED)
        told = f"{reading}; gradient descent over position-wise, over the printed ratio"
        families["printed"][f"{key}-{axis}-printed"] = ratio, claim, source, told
    scaled, staged = (costs_of(task, level, arm) for arm in PAIRS[1])
    families["control"][f"{key}-scaled"] = (
        factor(scaled, staged, within=SAME),
        "gradient descent with layer rates 1 : 2 : … : L needs as many epochs as position-wise",
        "control",
        f"{reading}; same starts and rate; layer rates over position-wise",
    )
    plain, staged = (costs_of(task, level, arm, "operations") for arm in PAIRS[2])
    families["control"][f"{key}-tuned"] = (
        by(part_of(staged, plain), 1.0),
        "both tuned, position-wise needs less work than gradient descent",
        "control",
        f"{reading}; operations, each at its best rate on other starts",
    )


def _add_printed(rows: dict, task: xr.Dataset) -> None:
    """Algorithm 2 as printed against the text's, and the second criterion."""
    title = str(task["task"].values)
    key, reading = title.split()[0].lower(), f"on a stand-in: {title}; same starts and rate"
    text, ends, python = (
        task["epochs"].sel(arm=arm, level="low").values
        for arm in (STAGED, "as_printed", "as_printed_python")
    )
    plain = task["epochs"].sel(arm=PLAIN, level="low").values
    source = f"{SOURCE}, Algorithm 2"
    rows[f"algorithm-{key}"] = (
        factor(ends, text, within=SAME),
        "Algorithm 2 as printed, ranges with their ends, is as fast as the text's",
        source,
        f"{reading}; epochs to the low loss, printed over text",
    )
    rows[f"algorithm-python-{key}"] = (
        by(part_of(python, plain), 1.0),
        "Algorithm 2 as printed, ranges as in Python, is faster than gradient descent",
        source,
        f"{reading}; its first stage is empty and layers 1 and 2 never learn",
    )
    moved = task["moved"].sel(arm=STAGED).values / task["moved"].sel(arm=PLAIN).values
    rows[f"global-{key}"] = (
        at_least(moved[:, -1] / moved[:, 0], least=TIMES),
        "criterion 2: how much a synapse changes depends on the position of its layer",
        f"{SOURCE}, criteria",
        f"{reading}; change in the first epoch over gradient descent's, last layer over first",
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
        ruled(key, claim, source, ruling, reading, "starts", ".2f", "times")
        for key, (ruling, claim, source, reading) in rulings(datasets).items()
    ]
    return rows + criteria(datasets["position_wise"])


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    found = {key: row[0] for key, row in rulings(datasets).items()}
    cats = "cat" if "cat-epochs" in found else "cat-stand-in"
    printed = {key: one for key, one in found.items() if key.startswith("algorithm-python")}
    told = " and ".join(dict.fromkeys(one.label for one in printed.values()))
    return [
        "Asked was whether training the last layers of a network more often than the first "
        "(position-wise) is faster than gradient descent, as its author reports of one start each.",
        "Until the paper's loss on pictures of cats it needs "
        f"{in_short(found[f'{cats}-epochs'], '.2f')} times the epochs and "
        f"{in_short(found[f'{cats}-seconds'], '.2f')} times the seconds of gradient descent at the "
        f"same rate ({found[f'{cats}-epochs'].label}).",
        "Gradient descent with larger rates for later layers, the control, needs "
        f"{in_short(found[f'{cats}-scaled'], '.2f')} times its epochs, and with both rates tuned "
        f"position-wise needs {in_short(found[f'{cats}-tuned'], '.2f')} times the operations.",
        "Algorithm 2 as it is printed is not what the text describes: that it is faster than "
        f"gradient descent, with its ranges read as Python's, is {told or 'not measured'}.",
        "MNIST and CIFAR-10 are here scikit-learn's digits, a stand-in; the losses at which the "
        "paper stopped there are those of a guess.",
    ]
