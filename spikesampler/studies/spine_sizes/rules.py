"""What the runs of `plan` say, by rules that were fixed beforehand."""

from functools import cache
from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler.stats.kesten import Kesten
from spikesampler.stats.log_sizes import LogSizes
from spikesampler.stats.rules import above, at_most, equivalent
from spikesampler.studies.asked import Asked, family, rows_of
from spikesampler.studies.finding import Finding
from spikesampler.studies.spine_sizes.plan import (
    CONDITIONS,
    CONTROLS,
    LAGS,
    SESSIONS,
    law_of,
    seconds_apart,
    threshold,
)

__all__ = ["Expected", "expected", "findings", "rulings_of", "stratonovich_mean"]

MEAN = 0.03  #: part of the mean: what counts as the same
SPREAD = 0.05  #: part of the standard deviation
FAR = 0.03  #: largest distance of distributions that count as the same
MEMORY = 0.05  #: of an autocorrelation, at any lag
SHARE = 0.05  #: part of a turnover or a survival
SKEWED = 0.5  #: skewness from which on sizes count as skewed
SOURCES = {
    "kesten": "Hazan & Ziv 2020",
    "heavy tail": "Hazan & Ziv 2020",
    "log-normal": "Loewenstein et al. 2011",
}


class Expected(NamedTuple):
    """What the law of a condition has: standard deviation (nan where it cannot be relied on),
    autocorrelation at LAGS + 1 lags, turnover, and survival over SESSIONS.
    """

    sd: float
    correlation: np.ndarray
    turnover: float
    survival: np.ndarray


@cache
def expected(name: str) -> Expected:
    """What is known of a condition without a simulation."""
    law, size = law_of(name), threshold(name)
    lags = seconds_apart(name) * np.arange(LAGS + 1)
    if isinstance(law, LogSizes):
        apart = seconds_apart(name)
        return Expected(
            float(np.sqrt(law.variance)),
            law.autocorrelation(lags),
            law.turnover(size, apart),
            law.staying(size, apart, SESSIONS),
        )
    steps = round(seconds_apart(name) / law.h)
    staying = law.staying(size, steps, SESSIONS)
    # a tail that falls as w^-5 or slower has no fourth moment: its spread is not to be estimated
    sd = float(np.sqrt(law.variance)) if law.tail > 5 else float("nan")
    return Expected(sd, law.autocorrelation(lags), 1 - staying[1], staying)


def stratonovich_mean(law: Kesten) -> float:
    """Mean of the process in Stratonovich's reading, over that in Ito's: the drift is larger by
    s_m w/2.
    """
    return law.law.a / (law.law.a - law.law.s_m / 2)


def rulings_of(dataset: xr.Dataset) -> list[Asked]:
    """All questions, in order; each group is a family."""
    groups = {
        "sizes, law": _of_laws(dataset),
        "sizes, time": _of_time(dataset),
        "sizes, shape": _of_shape(dataset),
        "sizes, controls": _of_controls(dataset),
    }
    return [one for name, asked in groups.items() for one in family(asked, name)]


def _of(dataset: xr.Dataset, name: str, condition: str) -> np.ndarray:
    return dataset[name].sel(condition=condition).values


def _of_laws(dataset: xr.Dataset) -> list[Asked]:
    """Whether sizes have their stationary law."""
    asked = []
    for name in CONDITIONS:
        mean, far = _of(dataset, "mean", name), _of(dataset, "distance", name)
        where, key, sd = f"`{name}`", name.replace(" ", "_"), expected(name).sd
        asked += [
            Asked(
                f"mean_{key}",
                "the mean size is that of the law",
                "control",
                f"mean over that of the law, less 1; {where}",
                equivalent(mean, 1.0, MEAN),
            ),
            Asked(
                f"law_{key}",
                "sizes have the stationary law",
                "control",
                f"largest distance of the distributions; {where}",
                at_most(far, most=FAR),
                ".4f",
            ),
        ]
        if np.isfinite(sd):
            asked.append(
                Asked(
                    f"sd_{key}",
                    "sizes spread as the law says",
                    "control",
                    f"standard deviation over that of the law, less 1; {where}",
                    equivalent(_of(dataset, "sd", name) / sd, 1.0, SPREAD),
                )
            )
    return asked


def _of_time(dataset: xr.Dataset) -> list[Asked]:
    """Whether sizes forget, and synapses come and go, as their laws say."""
    asked = []
    for name in CONDITIONS:
        where, key, known = f"`{name}`", name.replace(" ", "_"), expected(name)
        off = np.abs(_of(dataset, "correlation", name) - known.correlation).max(axis=-1)
        asked += [
            Asked(
                f"memory_{key}",
                "sizes forget as the law says",
                "control",
                f"largest distance of the autocorrelations, over {LAGS} sessions; {where}",
                at_most(off, most=MEMORY),
                ".3f",
            ),
            Asked(
                f"turnover_{key}",
                "synapses come and go as often as the law says",
                "control",
                f"turnover over that of the law, less 1; {where}",
                equivalent(_of(dataset, "turnover", name) / known.turnover, 1.0, SHARE),
            ),
            Asked(
                f"survival_{key}",
                "as many synapses stay as the law says",
                "control",
                f"survival of {SESSIONS} sessions over that of the law, less 1; {where}",
                equivalent(_of(dataset, "survival", name)[:, -1] / known.survival[-1], 1.0, SHARE),
            ),
        ]
    return asked


def _of_shape(dataset: xr.Dataset) -> list[Asked]:
    """Whether sizes are skewed, as those of synapses are."""
    return [
        Asked(
            f"skewed_{name.replace(' ', '_')}",
            "sizes are skewed, as those of synapses are",
            SOURCES[name],
            f"skewness; `{name}`",
            above(_of(dataset, "skewness", name), least=SKEWED),
            ".2f",
        )
        for name in CONDITIONS
    ]


def _of_controls(dataset: xr.Dataset) -> list[Asked]:
    """Whether another noise, or another reading of it, would have been noticed."""
    asked = [
        Asked(
            f"hot_{cold.replace(' ', '_')}",
            "at twice the temperature sizes have the law of T = 1",
            "control",
            f"largest distance of the distributions; `{name}`",
            at_most(_of(dataset, "distance", name), most=FAR),
            ".3f",
        )
        for name, cold in CONTROLS.items()
    ]
    law = law_of("heavy tail")
    assert isinstance(law, Kesten)
    mean = _of(dataset, "mean", "heavy tail") / stratonovich_mean(law)
    asked.append(
        Asked(
            "stratonovich",
            "the mean size is that of Stratonovich's reading of the noise",
            "control",
            "mean over that of this reading, less 1; `heavy tail`",
            equivalent(mean, 1.0, MEAN),
        )
    )
    return asked


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row for each question."""
    return rows_of(rulings_of(dataset))
