"""Numbers of the comparisons as sentences and tables have them, and five sentences in a hurry."""

from collections.abc import Mapping
from math import exp

import numpy as np

from spikesampler.experiments.comparison_result import Comparison
from spikesampler.language.model import load_model
from spikesampler.stats import Interval, mean_interval
from spikesampler.stats.courses import half_times, mean_in_learning
from spikesampler.stats.rules import in_brackets
from spikesampler.studies.fang_2018 import comparison_plan as plan
from spikesampler.studies.fang_2018.amplitude import amplitude_variation
from spikesampler.studies.fang_2018.claims import CLEAR
from spikesampler.studies.fang_2018.comparison_findings import pays_until
from spikesampler.studies.finding import either_way_of

__all__ = ["difference", "gain_until", "horizons", "hurry", "learning_columns", "weights_at"]

HORIZONS = (CLEAR, 3000.0, 4400.0, 6000.0)  #: s of learning that are averaged, and all of it
NOISY = ("weight", "constant_matched")
MEAN = "mean_probe_accuracy"  #: on held-out samples, over learning


def difference(
    study: Comparison, name: str, start: str, arm: str = "weight", control: str = "none"
) -> str:
    """Of a variable, arm less control, pair by pair: mean and interval as text."""
    return in_brackets(*_less(study, name, start, arm, control))


def _less(
    study: Comparison, name: str, start: str, arm: str = "weight", control: str = "none"
) -> tuple[float, ...]:
    """The same as mean, low and high."""
    values = np.subtract(*(study.values(name, each, start) for each in (arm, control)))
    return mean_interval(values)[:3]


def gain_until(
    study: Comparison, seconds: float, arm: str = "weight", curve: str = "probe_accuracy"
) -> Interval:
    """What an arm gains over `none` from the plateau, as a mean over so many s of learning."""
    time = study.dataset["probe_time"].values
    there = time <= seconds
    means = (
        mean_in_learning(time[there], study.values(curve, each, "plateau")[..., there])
        for each in (arm, "none")
    )
    return mean_interval(np.subtract(*means))


def horizons(study: Comparison) -> list[list[str]]:
    """Head and rows: what noise gains over `none` from the plateau, by the time averaged."""
    end = float(study.dataset["probe_time"].values[-1])
    curves = {"held-out": "probe_accuracy", "online": "online_accuracy"}
    columns = [(arm, what) for arm in NOISY for what in curves]
    rows = [["mean over the first", *(f"`{arm}` − `none`, {what}" for arm, what in columns)]]
    for seconds in (*(each for each in HORIZONS if each < end), end):
        gains = (gain_until(study, seconds, arm, curves[what]) for arm, what in columns)
        rows.append([f"{seconds:.0f} s", *(in_brackets(*gain[:3]) for gain in gains)])
    return rows


def learning_columns(comparison: Comparison, arm: str, start: str) -> list[str]:
    """Of held-out samples, as a mean over learning: an arm's accuracy, and that less `none`'s."""
    own = in_brackets(*mean_interval(comparison.values(MEAN, arm, start))[:3], ".3f")
    return [own, "–" if arm == "none" else difference(comparison, MEAN, start, arm)]


def weights_at() -> dict[str, float]:
    """{start: the median weight there}, w = e^(theta - theta_0)."""
    model = load_model("fang_2018")
    means = {"prior": model["mu"], "plateau": model["plateau_mean"]}
    return {start: exp(mean - model["theta_0"]) for start, mean in means.items()}


def hurry(comparisons: Mapping[str, Comparison]) -> list[str]:
    """Five sentences for a reader in a hurry."""
    study = comparisons["study"]
    return [
        _what(study),
        _in_test(study),
        _in_learning(study),
        _structure(study),
        _how_surely(comparisons),
    ]


def _what(study: Comparison) -> str:
    samples, seeds = study.dataset.attrs["samples"], study.dataset.sizes["seed"]
    hours = study.dataset["probe_time"].values[-1] / 3600
    return (
        "Fang, Yu & Chen (2018) claim that noise in the synapses of a spiking network makes it"
        f" almost 20 % more accurate, in learning and in test; here it learns for {hours:.1f} h"
        f" ({samples} samples) under {len(plan.ARMS)} kinds of noise, from two starts,"
        f" with {seeds} seeds each."
    )


def _in_test(study: Comparison) -> str:
    prior, plateau = (
        either_way_of(_less(study, "late_probe_accuracy", start), "gains {}", "costs {}")
        for start in ("prior", "plateau")
    )
    weight, small = weights_at().values()
    return (
        "At the end of learning, on samples that were not learnt, noise that grows with the weight"
        f" and is never taken away {prior} of accuracy from weights as the prior has them (`prior`,"
        f" median {weight:.1g}) and {plateau} from weights near 0 (`plateau`, median {small:.1g});"
        " means over the last 2000 s."
    )


def _in_learning(study: Comparison) -> str:
    online, held_out = (
        difference(study, name, "plateau") for name in ("mean_online_accuracy", MEAN)
    )
    end = study.dataset["probe_time"].values[-1]
    until = "{:.0f} s [{:.0f}, {:.0f}]".format(*pays_until(study)[:3])
    short = min(3000.0, end)
    first, matched_first = (
        in_brackets(*gain_until(study, short, arm)[:3]) for arm in ("weight", "constant_matched")
    )
    matched = difference(study, MEAN, "plateau", "constant_matched")
    return (
        "Whether noise gains almost 20 % in learning hangs on the start, and on how long is"
        f" averaged: from `plateau` it is ahead until {until}. Accuracy with noise less that"
        f" without is {held_out} as a mean over {end:.0f} s on held-out samples, {online} online,"
        f" where the label can leak in, and {first} over the first {short:.0f} s, held out. With"
        " noise that ignores the weight, of equal power at the start, the first and the last of"
        f" these are {matched} and {matched_first}.{_annealed(study)}"
    )


def _annealed(study: Comparison) -> str:
    """What noise gains and costs from the plateau that is taken away while learning."""
    arm = "weight:schedule=linear"
    if arm not in study.arms:
        return ""
    gain = either_way_of(_less(study, MEAN, "plateau", arm), "gains {}", "loses {}")
    end = _less(study, "late_probe_accuracy", "plateau", arm)
    kept = either_way_of(end, "gains {}", "costs {}")
    return f" Taken away linearly, the paper's noise {gain} as a mean and {kept} at the end."


def _structure(study: Comparison) -> str:
    ends = _less(study, "late_probe_accuracy", "plateau", "weight", "constant_matched")
    alike = [f"{_plain(amplitude_variation(start))} from `{start}`" for start in study.starts]
    return (
        "This network cannot tell the noise's structure from its power: at the start the amplitude"
        f" hardly differs between synapses (coefficient of variation {', '.join(alike)}, with the"
        " model's bound). At the end, from `plateau`, the paper's noise is"
        f" {either_way_of(ends, '{} above', '{} below')} noise of equal power at the start, but by"
        " then power differs, too."
    )


def _plain(number: float) -> str:
    """Two digits, without an exponent: 0.000094."""
    return np.format_float_positional(float(f"{number:.2g}"), trim="-")


def _how_surely(comparisons: Mapping[str, Comparison]) -> str:
    study, digits = comparisons["study"], comparisons["digits"]
    late = {start: _less(digits, "late_probe_accuracy", start) for start in digits.starts}
    on_digits = [
        f"{either_way_of(ends, 'gains {}', 'costs {}')} from `{start}`"
        for start, ends in late.items()
    ]
    learning = either_way_of(_less(digits, MEAN, "plateau"), "gains {}", "loses {}")
    times = [
        f"{_half_time(comparison, start):.0f} s from `{start}`"
        for comparison, start in ((comparisons["early"], "prior"), (study, "plateau"))
    ]
    return (
        f"The clear preferences that the paper sees after {CLEAR:.0f} s come after"
        f" {' and '.join(times)} (half-way from chance, median of {study.dataset.sizes['seed']}"
        f" seeds). On digits noise {' and '.join(on_digits)} at the end, and {learning} as a mean"
        " over learning from `plateau`. This is one reading of the paper: others, and networks in"
        " which structure and power differ, have pages of their own."
    )


def _half_time(comparison: Comparison, start: str) -> float:
    """The median time at which runs of `weight` are half-way up, in s."""
    curves = comparison.values("probe_accuracy", "weight", start)
    chance, time = float(comparison.dataset.attrs["chance"]), comparison.dataset["probe_time"]
    return float(np.median(half_times(time.values, curves, chance)))
