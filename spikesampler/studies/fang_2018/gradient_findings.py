"""What is concluded of the network's own weight changes: a row for each claim, five sentences."""

from collections.abc import Mapping, Sequence

import xarray as xr

from spikesampler.stats.kept_interval import ruling_of
from spikesampler.stats.rules import Ruling, in_family, in_short
from spikesampler.studies.finding import Finding, ruled

__all__ = ["findings", "hurry", "rulings"]

SLOPE, NEAR = -0.5, 0.05  #: of the error against the number of events, and how near is near
BIAS = 0.1  #: of the gradient's norm: what is "slightly" biased
FAMILY = "gradient"
#: {place of theta: how a reader is told}
PLACES = {
    "prior": "drawn from the prior",
    "learnt": "after learning",
    "plateau": "of weights near 0",
}
STARTS = tuple(PLACES)
ONE = "all of one network, seed and data set"


def rulings(dataset: xr.Dataset) -> dict[str, Ruling]:
    """{key: ruling} of all claims, one family."""
    streams, found = int(dataset.attrs["streams"]), {}
    for start in STARTS:
        of = dataset.sel(start=start)
        found[f"climbs_{start}"] = ruling_of(
            of["slope_snapshots"], streams, "within", (SLOPE - NEAR, SLOPE + NEAR)
        )
        bias, half = float(of["bias"]), 1.96 * float(of["bias_error"])
        chunks = int(dataset.attrs["chunks"])
        ends = (bias, bias - half, bias + half)
        found[f"smooth_{start}"] = ruling_of(ends, chunks, "at_most", (BIAS,))
    return dict(zip(found, in_family(found.values(), FAMILY)))


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each claim and theta."""
    (dataset,) = datasets.values()
    found, rows = rulings(dataset), []
    for start in STARTS:
        bound = int(dataset["on_bound"].sel(start=start))
        where = f"theta {PLACES[start]}, synapses on a bound: {bound}; no noise, frozen theta"
        rows.append(
            ruled(
                f"climbs_{start}",
                "the network's own changes are stochastic gradient ascent on J",
                "Fang et al. 2018, Eq. (2)",
                found[f"climbs_{start}"],
                f"slope of log error against log number of events, J on all steps; {where}",
                f"streams of events, {ONE}",
            )
        )
        rows.append(
            ruled(
                f"smooth_{start}",
                "J on the mean PSPs of samples has the same gradient but for a slight bias",
                "question",
                found[f"smooth_{start}"],
                f"bias over the gradient's norm; {where}",
                f"runs of {dataset.attrs['samples_per_chunk']} samples, {ONE}",
                ".2g",
            )
        )
    return rows


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    (dataset,) = datasets.values()
    found = rulings(dataset)
    slopes = ", ".join(
        f"{in_short(found[f'climbs_{start}'])} (theta {where})" for start, where in PLACES.items()
    )
    floors = [
        f"with theta {where}"
        for start, where in PLACES.items()
        if float(dataset["floor"].sel(start=start, bound="low"))
    ]
    of_floor = " and ".join(floors) or "nowhere"
    biases = ", ".join(
        f"{found[f'smooth_{start}'].estimate:.2g} (theta {where})"
        for start, where in PLACES.items()
    )
    events = float(dataset["events"][0, -1])
    return [
        "Asked was whether the rule of Eq. (2), which sees single spikes, climbs the objective J "
        "that Theorem 1 is about.",
        "The error of its summed changes against the exact gradient falls with the number of "
        f"events to the power {slopes}, where -0.5 is what chance leaves.",
        f"Up to {events:.0f} events a constant error is seen {of_floor}, "
        "on J of the PSPs of every step; a synapse on a bound of theta makes one.",
        f"On the mean PSPs of samples the gradient is off by {biases} of its norm.",
        "This holds while theta is frozen and off its bounds, at one seed and three places, each "
        f"measured in {dataset.attrs['streams']} disjoint streams.",
    ]
