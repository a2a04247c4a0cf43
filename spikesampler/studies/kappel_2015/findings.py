"""What is concluded of the circuit without a teacher: a row for each claim, and five sentences."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.stats import chance_entropy
from spikesampler.stats.rules import Ruling, at_least, at_most, equivalent, in_family
from spikesampler.studies.finding import Finding, either_way, ruled
from spikesampler.studies.kappel_2015.outcomes import at_end, half_time

__all__ = ["findings", "hurry", "rulings"]

TELLS = 0.5  #: a circuit has learnt where the winner leaves less than this part of the entropy
SAME = 0.05  #: of the entropy: what counts as the same
PART = 0.1  #: of T = 0's half-time: the least that matters
TURNOVER = 0.1  #: per cent of the synapses: the least that matters
FAMILY = "Kappel"
SOURCE = "Kappel et al. 2015"
WINNER = "without a teacher the winner, the output with most spikes, comes to tell the cluster"
MAKES_UP = "after a change of its clusters the circuit ends where a new one does"
KEEPS = "what was learnt stays without noise, when synapses drift alone"


def rulings(dataset: xr.Dataset) -> dict[str, Ruling]:
    """{key: ruling} of all claims, one family; values are (T = 0, T = 1) by seed."""
    end = {phase: at_end(dataset, "entropy", phase) for phase in ("learn", "swap", "stay", "anew")}
    half = half_time(dataset, "swap")
    crossed = 100 * at_end(dataset, "changed", "stay")
    ruled_on = {
        "learns": at_most(end["learn"][1], most=TELLS),
        "learns_without_noise": at_most(end["learn"][0], most=TELLS),
        "makes_up": equivalent(end["swap"][1], end["anew"][1], SAME),
        "makes_up_without_noise": equivalent(end["swap"][0], end["anew"][0], SAME),
        "sooner": at_least(half[0], half[1], relevant=PART * float(half[0].mean())),
        "keeps": equivalent(end["stay"][1], end["learn"][1], SAME),
        "keeps_without_noise": equivalent(end["stay"][0], end["learn"][0], SAME),
        "turnover": at_least(crossed[1], crossed[0], relevant=TURNOVER),
    }
    return dict(zip(ruled_on, in_family(ruled_on.values(), FAMILY)))


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each claim."""
    (dataset,) = datasets.values()
    found, where = rulings(dataset), reading(dataset)
    seconds = float(dataset["time"].sel(phase="stay")[-1])
    swapped = (
        "entropy after other clusters were learnt less that of a circuit that learns only them"
    )
    stayed = f"entropy {seconds:.0f} s after learning, with the same clusters, less that before"

    def alike(key: str) -> str:
        """Whether the control without noise is given the same label."""
        same = found[key].label == found[f"{key}_without_noise"].label
        return ", with and without noise alike" if same else ""

    rows = (
        ("learns", WINNER, SOURCE, f"T = 1{alike('learns')}", ""),
        ("learns_without_noise", f"{WINNER}, without noise as well", "control", "T = 0", ""),
        (
            "makes_up",
            MAKES_UP,
            f"{SOURCE}: networks make up for changes that nobody foresaw",
            f"T = 1{alike('makes_up')}, {swapped}",
            "",
        ),
        (
            "makes_up_without_noise",
            f"{MAKES_UP}, without noise as well",
            "control",
            f"T = 0, {swapped}",
            "",
        ),
        (
            "sooner",
            "with noise it makes up sooner",
            "question",
            "half-time of the entropy, T = 0 less T = 1",
            "s",
        ),
        (
            "keeps",
            "what was learnt stays while synapses go on changing",
            SOURCE,
            f"T = 1{alike('keeps')}, {stayed}",
            "",
        ),
        ("keeps_without_noise", KEEPS, "control", f"T = 0, {stayed}", ""),
        (
            "turnover",
            f"with noise more connections come and go after learning, for {seconds:.0f} s at least",
            f"{SOURCE}: for ever",
            "synapses whose theta crosses 0 between probes, T = 1 less T = 0, clusters as before",
            "%",
        ),
    )
    return [
        ruled(key, claim, source, found[key], f"{what}; {where}", "seeds", form_of(unit), unit)
        for key, claim, source, what, unit in rows
    ]


def form_of(unit: str) -> str:
    """How a number of this unit is written."""
    return {"s": "+.0f", "%": "+.2f"}.get(unit, "+.3f")


def reading(dataset: xr.Dataset) -> str:
    """For what it holds."""
    attrs, seconds = dataset.attrs, float(dataset["time"].sel(phase="learn")[-1])
    labels = np.arange(int(attrs["probe_samples"])) % dataset.sizes["class"]
    winners = np.eye(dataset.sizes["output"])[labels % dataset.sizes["output"]]
    rng = np.random.default_rng(1)
    nothing = chance_entropy(winners, labels, dataset.sizes["class"], rng)
    return (
        f"ten clusters, start prior, {attrs['samples']} samples, half of them ({seconds:.0f} s) "
        f"before the change; entropy H(class | winner)/H(class) of {attrs['probe_samples']} "
        f"held-out samples, {nothing:.2f} if the winner said nothing, mean of the last quarter of "
        "probes"
    )


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    (dataset,) = datasets.values()
    found, seeds = rulings(dataset), dataset.sizes["seed"]
    lost = [np.mean(at_end(dataset, "entropy", "learn")[T]) for T in (0, 1)]
    half = either_way(found["sooner"], "{} sooner", "{} later", ".0f", "s")
    more, alone = (
        either_way(found[key], "{} more", "{} less")
        for key in ("makes_up", "makes_up_without_noise")
    )
    turnover = either_way(found["turnover"], "{} of the synapses more", "{} fewer", ".2f", "%")
    return [
        "Asked was whether a winner-take-all circuit that is told no class learns to tell ten "
        "clusters of stimuli, and what its noise is good for when the clusters change.",
        f"It learns: with noise (T = 1) the winner leaves {lost[1]:.3f} of the classes' entropy, "
        f"and a circuit whose clusters were exchanged ends with {more} of it "
        "than one that begins anew with them.",
        f"Noise is not needed for that: without it (T = 0) {lost[0]:.3f} of the entropy is left, "
        f"and the circuit ends with {alone} of it than a new one.",
        f"After the change a circuit with noise is half-way {half}. Between two probes the "
        f"connections that come and go are {turnover} with noise than without.",
        f"This is one model at the authors' parameters on clusters, {seeds} seeds; the change is "
        "ours (other clusters), and the authors' own changes were others.",
    ]
