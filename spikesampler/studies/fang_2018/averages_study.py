"""The study of averages over theta: its datasets, figure and page."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from spikesampler.figures.arms import arm_colors
from spikesampler.stats.intervals import mean_bands, range_of
from spikesampler.studies.fang_2018.averages import NAME, PARTS
from spikesampler.studies.fang_2018.averages_figure import averages_figure
from spikesampler.studies.fang_2018.averages_words import findings, hurry, report, section
from spikesampler.studies.study import Study

__all__ = ["STUDY", "draw"]

RELIABLE = ("none", "weight")  #: arms whose reliability is drawn
#: what lies on another line, and what does not learn
LEFT_OUT = ("weight_literal", "weight_posterior")
RANGES = {"errors": range_of("accuracy"), "log_loss": range_of("log_loss")}
FEWEST = 20  #: answers of a confidence; the share that is right of fewer says little


def draw(dataset: xr.Dataset) -> Figure:
    """Scores against the number of snapshots, and reliability, a row per start."""
    arms = [str(arm) for arm in dataset["arm"].values if arm not in LEFT_OUT]
    rows = []
    for start in map(str, dataset["start"].values):
        of_start, row = dataset.sel(start=start, arm=arms), {"start": start}
        errors = {"errors": 1 - of_start["accuracy"], "log_loss": of_start["log_loss"]}
        for name, score in errors.items():
            values = score.transpose("arm", "seed", "number").values
            mean, low, high = mean_bands(values, within=RANGES[name])
            row[name] = {"numbers": dataset["number"].values, "arms": arms}
            row[name] |= {"mean": mean, "low": low, "high": high}
        drawn = of_start.sel(arm=list(RELIABLE)).stack(line=("arm", "answer"))
        right = drawn["reliability_accuracy"].where(drawn["reliability_samples"] >= FEWEST)
        pairs = [(str(arm), str(answer)) for arm, answer in drawn["line"].values]
        colors = dict(zip(RELIABLE, arm_colors(RELIABLE)))
        row["reliability"] = {
            "confidence": drawn["reliability_confidence"].transpose("line", "bin").values,
            "accuracy": right.transpose("line", "bin").values,
            "names": [f"{arm}, {answer}" for arm, answer in pairs],
            "colors": [colors[arm] for arm, _ in pairs],
            "dashed": [answer != "mean" for _, answer in pairs],
        }
        rows.append(row)
    return averages_figure(rows)


def _figures(datasets: Mapping[str, xr.Dataset]) -> dict[str, Figure]:
    return {NAME: draw(datasets[NAME])}


STUDY = Study(
    name=NAME,
    title="What noise buys a network that averages over theta: Fang, Yu & Chen (2018), read as"
    " sampling.",
    parts=PARTS,
    report=report,
    figures=_figures,
    section=section,
    findings=findings,
    hurry=hurry,
    quick_help="five arms, two seeds, 100 samples of a small network: whether it works",
)
