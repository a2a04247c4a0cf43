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

__all__ = ["difference", "gain_until", "horizons", "hurry", "learning_columns", "weights_at"]

HORIZONS = (CLEAR, 3000.0, 4400.0, 6000.0)  #: s of learning that are averaged, and all of it
NOISY = ("weight", "constant_matched")


def difference(
    study: Comparison, name: str, start: str, arm: str = "weight", control: str = "none"
) -> str:
    """Of a variable, arm less control, pair by pair: mean and interval as text."""
    values = np.subtract(*(study.values(name, each, start) for each in (arm, control)))
    return in_brackets(*mean_interval(values)[:3])


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
    name = "mean_probe_accuracy"
    own = in_brackets(*mean_interval(comparison.values(name, arm, start))[:3], ".3f")
    return [own, "–" if arm == "none" else difference(comparison, name, start, arm)]


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
        difference(study, "late_probe_accuracy", start) for start in ("prior", "plateau")
    )
    weight, small = weights_at().values()
    return (
        "At the end noise that grows with the weight costs accuracy: it is"
        f" {prior} against no noise where learning starts from weights of the model's prior"
        f" (`prior`, {weight:.1g} in the median), and {plateau} where it starts from weights near 0"
        f" (`plateau`, {small:.1g}), on held-out samples, mean over the last 2000 s."
    )


def _in_learning(study: Comparison) -> str:
    online, held_out, matched = (
        difference(study, name, "plateau", arm)
        for name, arm in (
            ("mean_online_accuracy", "weight"),
            ("mean_probe_accuracy", "weight"),
            ("mean_probe_accuracy", "constant_matched"),
        )
    )
    end = study.dataset["probe_time"].values[-1]
    until = "{:.0f} s [{:.0f}, {:.0f}]".format(*pays_until(study)[:3])
    short = min(3000.0, end)
    return (
        "Almost 20 % comes out only from `plateau`, as a mean over learning, and hangs on how long"
        f" that is: over {end:.0f} s {online} online, where the label can leak in, and {held_out}"
        f" on held-out samples, but {in_brackets(*gain_until(study, short)[:3])} over the first"
        f" {short:.0f} s, as noise is ahead until {until}; noise that does not depend on the"
        f" weight, of equal power at the start, gains {matched} over {end:.0f} s, so that this"
        " does not take the paper's law of noise."
    )


def _structure(study: Comparison) -> str:
    matched = difference(study, "late_probe_accuracy", "plateau", "weight", "constant_matched")
    alike = [f"{amplitude_variation(start):.2g} from `{start}`" for start in study.starts]
    return (
        "Whether it is the noise's structure or its power cannot be told from this network: at the"
        " start sqrt(N alpha e^w) hardly differs between synapses (coefficient of variation"
        f" {', '.join(alike)}, with the model's bound), and at the end, where noise that grows with"
        f" the weight is {matched} against noise of equal power at the start (from `plateau`),"
        " structure and power both differ, so that neither is refuted."
    )


def _how_surely(comparisons: Mapping[str, Comparison]) -> str:
    study, digits = comparisons["study"], comparisons["digits"]
    late, learning = "late_probe_accuracy", "mean_probe_accuracy"
    on_digits = " and ".join(f"{difference(digits, late, s)} from `{s}`" for s in digits.starts)
    times = [
        f"{_half_time(comparison, start):.0f} s from `{start}`"
        for comparison, start in ((comparisons["early"], "prior"), (study, "plateau"))
    ]
    return (
        f"With {study.dataset.sizes['seed']} seeds these are 95 % intervals (Student's t corrected"
        " for skewness), for one reading of the paper, of which others have a page of their own;"
        f" the clear preferences that the paper sees after {CLEAR:.0f} s come after"
        f" {' and '.join(times)} (half-way from chance, in the median); on digits noise costs at"
        f" the end as well, {on_digits}, and gains {difference(digits, learning, 'plateau')} as a"
        " mean over learning from `plateau`."
    )


def _half_time(comparison: Comparison, start: str) -> float:
    """The median time at which runs of `weight` are half-way up, in s."""
    curves = comparison.values("probe_accuracy", "weight", start)
    chance, time = float(comparison.dataset.attrs["chance"]), comparison.dataset["probe_time"]
    return float(np.median(half_times(time.values, curves, chance)))
