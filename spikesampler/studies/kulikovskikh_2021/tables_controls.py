"""What the controls say: growth, a larger step, when harvest begins, tuning; the paper's test."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from spikesampler.stats import rules
from spikesampler.studies.finding import Finding, certain
from spikesampler.studies.kulikovskikh_2021.arms import ARMS, LIGHT, TRIALS
from spikesampler.studies.kulikovskikh_2021.claim_rows import (
    PLACE,
    SETTING,
    best_row,
    per_run,
    reading_of,
    ruled_row,
)
from spikesampler.studies.kulikovskikh_2021.differences import LEVEL
from spikesampler.studies.kulikovskikh_2021.family import missed
from spikesampler.studies.kulikovskikh_2021.words import named

__all__ = ["controls", "exact", "of_nulls", "paper_test"]

HARVESTED = ARMS[LIGHT].settings[0].lights()
RELEVANT = 0.1  #: points of accuracy: the smallest gain that matters, our choice
ANOTHER = "T = 4 was trained on another machine: pairs share data and start, not their rounding"
#: {key: (arm, against, what is asked)}
GAINS = {
    "harvest": (LIGHT, "light-sgd, E = 0", "harvest from T = 1 on adds to growth"),
    "step": (LIGHT, "s-sgd, scaled", "LIGHT is better than a sigmoid with as large a step"),
    "growth": ("light-sgd, E = 0", "s-sgd", "growth alone is better than SGD"),
    "beyond_step": (
        "light-sgd, E = 0",
        "s-sgd, scaled",
        "growth alone is better than a sigmoid with as large a step",
    ),
    "at_once": (LIGHT, "light-sgd, T = 0", "harvest from T = 1 on is better than from T = 0 on"),
    "later": ("light-sgd, T = 4", LIGHT, "harvest from T = 4 on is better than from T = 1 on"),
}
#: {key: (arm, who it is)}
METHODS = {
    "best_growth": ("light-sgd, E = 0", "LIGHT without harvest"),
    "best_step": ("s-sgd, scaled", "a sigmoid with as large a step as LIGHT's"),
    "best_at_once": ("light-sgd, T = 0", "LIGHT harvested from T = 0 on"),
}
OTHER_RIVALS = {
    "tuned": ("LIGHT significantly outperforms Adam and SGD where all are tuned",
              ("s-adam, tuned", "s-sgd, tuned")),
    "eq2": ("with Eq. (2) as the loss, its sign mended, LIGHT significantly outperforms the others",
            ("s-adam, Eq. (2)", "s-adagrad, Eq. (2)", "s-sgd, Eq. (2)")),
}  # fmt: skip


def controls(dataset: xr.Dataset, points: np.ndarray) -> Iterator[Finding]:
    """Differences of means over sets; would a control have passed for the method?"""
    rulings = [
        rules.at_least(*(per_run(dataset, arm, points) for arm in pair), relevant=RELEVANT)
        for *pair, _ in GAINS.values()
    ]
    corrected = rules.in_family(rulings, "controls of Table 1")
    for (key, (*pair, claim)), ruling in zip(GAINS.items(), corrected):
        row = ruled_row(key, claim, "control", ruling, dataset)
        machines = f"; {ANOTHER}" if key == "later" and "later" in dataset.attrs else ""
        reading = f"{' minus '.join(map(named, pair))}; {row.reading}{machines}"
        yield row._replace(reading=reading)
    for key, (arm, who) in METHODS.items():
        claim = f"{who} significantly outperforms Adam, Adagrad and SGD as well"
        reading = f"{named(arm)}; {reading_of(dataset)}"
        values = dataset["test_mean"]
        yield best_row(key, claim, "control", values, arm, points, dataset, reading=reading)
    for key, (claim, rivals) in OTHER_RIVALS.items():
        arm = f"{LIGHT}, {rivals[0].partition(', ')[2]}"
        values = dataset["test_mean"]
        row = best_row(key, claim, "control", values, arm, points, dataset, rivals=rivals)
        tried = f"the best of {TRIALS} settings of each; " if key == "tuned" else ""
        yield row._replace(reading=tried + row.reading.partition("; ")[2])


def paper_test(dataset: xr.Dataset) -> Finding:
    """Wilcoxon over epochs, on halves of one method's runs."""
    null, p = dataset["null"].values, dataset["epochs_p"].values
    least, mean, most = (f"{100 * share:.0f}" for share in (null.min(), null.mean(), null.max()))
    return Finding(
        "epochs_test",
        "p < 0.01 against no difference, in Wilcoxon's test over epochs, means that methods differ",
        PLACE.format("section 3"),
        of_nulls(null),
        f"found in {int((p < 0.01).sum())} of {p.size} comparisons with LIGHT, but also in {mean} %"
        f" of splits of one method's runs ([{least}, {most}] over sets and methods); curves are"
        f" correlated over {np.nanmedian(dataset['epochs_time']):.0f} epochs",
        f"the four methods, {dataset.attrs['epochs']} epochs",
        f"200 splits of {dataset.sizes['run']} runs for each of {null.size} sets and methods",
        "reproduced: of splits of one method's runs into halves, between which nothing differs, no"
        f" more than {LEVEL:g} are found different for every set and method; not reproduced: more"
        " are, for every one; else undecided. Counted, without a test",
    )


def of_nulls(shares: np.ndarray) -> str:
    """The verdict on a test of which these shares of comparisons without a difference reject."""
    if (shares <= LEVEL).all():
        return rules.REPRODUCED
    return rules.NOT if (shares > LEVEL).all() else rules.UNDECIDED


def exact() -> Iterator[Finding]:
    """What is wrong as printed."""
    yield _loss()
    _, printed, richards = missed()
    yield certain(
        "sigmoid",
        "with q = 1, T = 0, N = 1/2, r = 1, E = 0, Eq. (1) is the sigmoid",
        PLACE.format("section 2"),
        printed < 1e-9,
        f"as printed it is {printed:.4f} off; with e_q in the place of e less than"
        f" {max(richards, 1e-15):.0e}",
        "the function itself",
        "the largest distance is below 1e-9",
    )


def _loss():
    """Eq. (2) sums ℓ(y z): of a right answer at z = 1/2, and of a wrong one."""
    from spikesampler.studies.kulikovskikh_2021.light import log_light  # needs jax

    right, wrong = (float(np.exp(log_light(z, **HARVESTED))) for z in np.array([0.5, -0.5]))
    return certain(
        "loss",
        "Eq. (2) as printed is smallest where labels are right",
        PLACE.format("Eq. (2)"),
        right < wrong,
        f"at |z| = 1/2 a right answer costs {right:.2f}, a wrong one {wrong:.2f}",
        SETTING,
        "a right answer costs less than a wrong one",
    )
