"""What is concluded of the prior: a row for each claim, and five sentences."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import xarray as xr

from spikesampler.language.model import load_model
from spikesampler.stats import mean_interval
from spikesampler.stats.rules import UNDECIDED, Ruling, at_least, at_most, in_family, in_short
from spikesampler.stats.ruling import number_said
from spikesampler.studies.fang_2018.prior_data import SIGMAS
from spikesampler.studies.fang_2018.regression import FRESH, OBSERVERS
from spikesampler.studies.finding import Finding, either_way, either_way_of, ruled, unasked

__all__ = ["AFTER", "CLEAR", "UNSPECIFIC", "findings", "hurry", "rulings", "seed_table"]

RELEVANT = 0.02  #: of accuracy, the smallest difference that matters
NATS = 0.05  #: of the log loss, the same
UNSPECIFIC = 0.75  #: of the entropy that winners leave which say nothing of the class
CLEAR = 0.25  #: of the classes' entropy, that winners leave
AS_GOOD = 0.02  #: of accuracy, by which the network may be worse than a regression
AFTER = 864.0  #: s after the change of the task that are asked about, a tenth of the paper's time
SOURCE, SIMULATIONS = (f"Fang et al. 2018, section {number}" for number in (2, 4))
#: {family: {key: rule}}
FAMILIES = {
    "prior": {
        "overfits": partial(at_least, relevant=NATS),
        "responds_slowly": partial(at_least, relevant=RELEVANT),
        "unspecific": partial(at_least, least=UNSPECIFIC),
        "preferences_sooner": partial(at_most, most=CLEAR),
        "preferences": partial(at_most, most=CLEAR),
    },
    "regression": dict.fromkeys(
        ("regression_early", "regression", "bayes", "regression_digits"),
        partial(at_most, most=AS_GOOD),
    ),
}
NO_SIGN = ("unspecific", "preferences_sooner", "preferences")  #: what cannot be below 0
#: what the paper has besides, and why it has no verdict: key, claim, source, why
UNASKED = (
    (
        "fig_1",
        "the architecture of the network",
        "Fang et al. 2018, Fig. 1",
        "a drawing of the network that all studies of this paper simulate: it says nothing that a "
        "measurement could contradict",
    ),
    (
        "three_layers",
        "the same noise helps a three-layer network with back-propagation",
        "Fang et al. 2018, section 5",
        "announced there without a number to hold ours against, and a spiking network here has "
        "one layer of synapses",
    ),
    (
        "images",
        "noise gains 10 % or more on MNIST and CIFAR-10",
        "Fang et al. 2020",
        "the images are not part of the project: scripts/fang_2020_images.py does it from files "
        "that you have; what noise does on scikit-learn's digits, a stand-in, is asked in "
        "fang_2018",
    ),
)


def gaps(dataset: xr.Dataset, score: str) -> np.ndarray:
    """What is better of the digits learnt than of those never shown, (sigma, seed)."""
    known = dataset["known"].sel(score=score)
    difference = known.sel(digits="learnt") - known.sel(digits="never shown")
    sign = -1 if score == "log loss" else 1
    return sign * difference.transpose("sigma", "seed").values


def responses(dataset: xr.Dataset) -> np.ndarray:
    """Mean accuracy of the probes in AFTER from the change, (sigma, seed); not of that at it."""
    time = dataset["time"].values
    swap = dataset["accuracy"].sel(phase="swap").isel(probe=(time > 0) & (time <= AFTER))
    return swap.mean("probe").transpose("sigma", "seed").values


def asked_seconds(dataset: xr.Dataset) -> float:
    """The last probe in AFTER, s."""
    time = dataset["time"].values
    return float(time[time <= AFTER][-1])


def on_clusters(dataset: xr.Dataset, observer: str, number: int = -1) -> np.ndarray:
    """Accuracy (seed,) of an observer after the number-th number of samples of the clusters."""
    return dataset["clusters"].sel(observer=observer).isel(learnt=number).values


def values_of(dataset: xr.Dataset) -> dict[str, np.ndarray]:
    """{key: of each seed the number (seed,) that a claim's row has the mean of}."""
    (overfit, overfit_none), response = gaps(dataset, "log loss"), responses(dataset)
    entropy = dataset["entropy"].sel(phase="learn", sigma=SIGMAS[0]).transpose("probe", "seed")
    half = int((dataset["time"] <= AFTER).sum()) - 1
    network, regression, bayes = (
        [on_clusters(dataset, observer, number) for number in (0, -1)] for observer in OBSERVERS
    )
    answers = dataset["known"].sel(sigma=SIGMAS[0]), dataset["regression"]
    place = {"digits": "never shown", "score": "accuracy"}
    digits, digits_regression = (each.sel(place).values for each in answers)
    return {
        "overfits": overfit_none - overfit,
        "responds_slowly": response[0] - response[1],
        "unspecific": entropy.values[0] / dataset["says_nothing"].values,
        "preferences_sooner": entropy.values[half],
        "preferences": entropy.values[-1],
        "regression_early": regression[0] - network[0],
        "regression": regression[1] - network[1],
        "bayes": bayes[1] - network[1],
        "regression_digits": digits_regression - digits,
    }


def rulings(dataset: xr.Dataset) -> dict[str, Ruling]:
    """{key: ruling} of all claims; families are the prior and the regression."""
    values, found = values_of(dataset), {}
    for family, rules in FAMILIES.items():
        each = [rule(values[key]) for key, rule in rules.items()]
        found |= dict(zip(rules, in_family(each, family)))
    return found


def why_undecided(values: np.ndarray, ruling: Ruling) -> str:
    """Why so many seeds on one side of the bound decide nothing; "" where they are on both sides,
    or decide.
    """
    above = values > ruling.against
    if ruling.label != UNDECIDED or above.any() != above.all():
        return ""
    side, far, end = (
        ("above", "least", values.min()) if above.all() else ("below", "largest", values.max())
    )
    return (
        f"; all {len(values)} seeds are {side} {ruling.against:g}, the {far} {end:.3f}, but one "
        "lies far from the others, and the correction for such skewness takes the interval beyond "
        "it: at this n that is undecided, and no sign of a change"
    )


def claims(dataset: xr.Dataset) -> dict[str, tuple[str, str, str, str]]:
    """{key: (claim, source, reading, unit)} of all rulings."""
    seconds, end = asked_seconds(dataset), float(dataset["time"][-1])
    few, others = (int(dataset.attrs[name]) for name in ("few", "others"))
    early, late = (int(number) for number in dataset["learnt"].values)
    entropy = "H(class | winner)/H(class) of 100 held-out samples"
    first = dataset["entropy"].sel(phase="learn", sigma=SIGMAS[0]).isel(probe=0)
    before, nothing = float(first.mean()), float(dataset["says_nothing"].mean())
    clear = "no noise, theta of the prior at the start"
    as_good = "the network loses less than 2 points to logistic regression"
    clusters = f"no noise, sigma = 1, theta frozen; accuracy on {FRESH} later samples' mean PSPs"
    return {
        "overfits": (
            "without the prior the network overfits more",
            SOURCE,
            "log loss of digits never shown less that of digits learnt, sigma = 1000 less sigma = "
            f"1; no noise, part of {few} digits shown over and over",
            "nats",
        ),
        "responds_slowly": (
            "without the prior it responds more slowly to a change of the task",
            SOURCE,
            f"probe accuracy in the {seconds:.0f} s after the clusters are exchanged, sigma = 1 "
            "less sigma = 1000; no noise",
            "",
        ),
        "unspecific": (
            "responses are unspecific initially",
            SIMULATIONS,
            f"{entropy} before learning, {before:.2f}, over that of winners which say nothing (of "
            f"shuffled labels), {nothing:.2f}, not 1 for so few samples; start prior",
            "",
        ),
        "preferences_sooner": (
            f"by {seconds:.0f} s responses are obvious preferences already",
            "control: how soon, see the comparison of arms",
            f"{entropy} at {seconds:.0f} s; {clear}",
            "",
        ),
        "preferences": (
            "at 1700 s responses had become obvious preferences",
            SIMULATIONS,
            f"{entropy} at {end:.0f} s; {clear}",
            "",
        ),
        "regression_early": (
            f"{as_good} after {early} samples of the clusters",
            "question",
            f"regression less network; {clusters}",
            "",
        ),
        "regression": (
            f"{as_good} after {late} samples of the clusters",
            "question",
            f"regression less network; {clusters}",
            "",
        ),
        "bayes": (
            f"after {late} samples it loses less than 2 points to the Bayes-optimal observer",
            "question",
            f"observer, who sees the points, less network; {clusters}",
            "",
        ),
        "regression_digits": (
            f"{as_good} on digits never shown",
            "question",
            f"regression less network; no noise, sigma = 1, theta frozen; part of {few} digits "
            f"learnt over and over, accuracy on the mean PSPs of {others} others",
            "",
        ),
    }


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each claim."""
    (dataset,) = datasets.values()
    found, values = rulings(dataset), values_of(dataset)
    return [
        ruled(
            key,
            claim,
            source,
            found[key],
            reading + why_undecided(values[key], found[key]),
            "seeds",
            form_of(key),
            unit,
        )
        for key, (claim, source, reading, unit) in claims(dataset).items()
    ] + [unasked(*row) for row in UNASKED]


def form_of(key: str) -> str:
    """How the number of a claim is written."""
    return ".3f" if key in NO_SIGN else "+.3f"


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    (dataset,) = datasets.values()
    found = rulings(dataset)
    learnt, gap = gaps(dataset, "accuracy")[0], gaps(dataset, "log loss")[1]
    overfits = either_way(found["overfits"], "{} larger", "{} smaller", ".3f", "nats")
    clusters, digits = (
        either_way(found[key], "{} better", "{} worse")
        for key in ("regression", "regression_digits")
    )
    slower = either_way(found["responds_slowly"], "{} lower", "{} higher")
    patterns = load_model("fang_2018")["N"] * dataset.attrs["few"]
    return [
        "Asked was whether a network that climbs the likelihood alone, without the prior on its "
        "synapses, overfits and responds slowly to a change, as the paper says.",
        "Shown few digits over and over, it has on digits that it never saw a log loss that is "
        f"{either_way_of(mean_interval(gap), '{} nats above', '{} nats below')} that of digits "
        f"learnt. That gap is {overfits} than with the prior.",
        f"After the clusters are exchanged its probe accuracy is {slower} than with the prior.",
        "With the prior, the control, accuracy is "
        f"{either_way_of(mean_interval(learnt), '{} higher', '{} lower')} on digits learnt than on "
        f"others (single seeds: {learnt.min():.3f} to {learnt.max():.3f}). Logistic regression on "
        f"the same PSPs is {clusters} than the network on clusters and {digits} on digits that "
        "neither saw.",
        f"These are {dataset.sizes['seed']} seeds, without noise, over "
        f"{float(dataset['time'][-1]):.0f} s; the prior is weak here, as {patterns:.0f} patterns "
        "stand against it (each digit learnt counts N times).",
    ]


def seed_table(dataset: xr.Dataset) -> tuple[list[list[str]], list[str]]:
    """Head and rows: of each claim the numbers of the seeds and their mean with its interval; and
    the claims whose interval reaches beyond every seed.
    """
    found, values = rulings(dataset), values_of(dataset)
    head = ["claim", *(f"seed {seed}" for seed in dataset["seed"].values), "mean"]
    rows, beyond = [head], []
    for key, (claim, *_, unit) in claims(dataset).items():
        form, link = form_of(key), f"[{claim}](#{key})"
        numbers = [number_said(value, form) for value in values[key]]
        rows.append([link, *numbers, in_short(found[key], form, unit)])
        if found[key].low < values[key].min() or found[key].high > values[key].max():
            beyond.append(key)
    return rows, beyond
