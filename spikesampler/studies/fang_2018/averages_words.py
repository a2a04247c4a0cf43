"""What the averages over theta say: rulings, findings, sentences for a hurry, and the tables."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from spikesampler.stats.intervals import METHOD
from spikesampler.stats.rules import (
    Ruling,
    at_least,
    equivalent,
    in_family,
    in_short,
    rule_text,
    said,
)
from spikesampler.stats.ruling import in_own_words
from spikesampler.studies.fang_2018.averages import ANNEALED, AUDIT, FEW, NAME
from spikesampler.studies.finding import Finding
from spikesampler.studies.page import render

__all__ = ["findings", "hurry", "report", "rulings", "section"]

MARGIN = 0.02  #: of accuracy that matters
NATS, ERROR = 0.05, 0.02  #: of log loss and of calibration error that matter

#: key: the question, as a clause
QUESTIONS = {
    "gain": "a network that averages answers better with the paper's noise than one without any",
    "gain_constant": "a network that averages answers better with the classical noise, by which it"
    " samples the posterior, than one without any",
    "recovers": "averaging gives a network with the paper's noise a better answer than its last"
    " snapshot's",
    "anneal": "to average is as good as to take the noise away while learning (linearly, one"
    " snapshot at the end)",
    "loss": "averaging lowers the log loss of a network with the paper's noise",
    "calibration": "averaging makes its answers better calibrated",
    "mean_theta": "the mean of the answers is a better answer than that of the mean theta",
    "spacing": "of five snapshots, those that lie further apart give a better mean",
}


def _values(dataset: xr.Dataset, name: str, arm: str, start: str, **at: float) -> np.ndarray:
    """A variable of an arm and a start by seed, (n,)."""
    return dataset[name].sel(arm=arm, start=start, **at).transpose("seed").values


def rulings(dataset: xr.Dataset) -> dict[tuple[str, str], Ruling]:
    """The Ruling of each of QUESTIONS from each start, {(key, start): …}, of one family."""
    most, widest = int(dataset["number"][-1]), int(dataset["spacing"][-1])
    last, all_of = {"number": 1}, {"number": most}

    def of(name: str, arm: str = "weight", **at: float) -> np.ndarray:
        return _values(dataset, name, arm, start, **at)

    found: dict[tuple[str, str], Ruling] = {}
    for start in dataset["start"].values:
        averaged, alone = of("accuracy", **all_of), of("accuracy", **last)
        without = of("accuracy", "none", **all_of)
        annealed = of("accuracy", ANNEALED[0], **last)
        losses = of("log_loss", **last), of("log_loss", **all_of)
        errors = of("calibration_error", **last), of("calibration_error", **all_of)
        spaced = [of("accuracy_spaced", spacing=each) for each in (widest, 1)]
        of_start = {
            "gain": at_least(averaged, without, relevant=MARGIN),
            "gain_constant": at_least(
                of("accuracy", "constant", **all_of), without, relevant=MARGIN
            ),
            "recovers": at_least(averaged, alone, relevant=MARGIN),
            "anneal": equivalent(averaged, annealed, MARGIN),
            "loss": at_least(*losses, relevant=NATS),
            "calibration": at_least(*errors, relevant=ERROR),
            "mean_theta": at_least(averaged, of("mean_theta_accuracy"), relevant=MARGIN),
            "spacing": at_least(*spaced, relevant=MARGIN),
        }
        found |= {(key, str(start)): ruling for key, ruling in of_start.items()}
    return dict(zip(found, in_family(found.values(), "averages over theta")))


def _unit(key: str) -> str:
    return "nat" if key == "loss" else ""


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each question and start."""
    dataset = datasets[NAME]
    most, seeds = int(dataset["number"][-1]), dataset.sizes["seed"]
    samples = dataset.attrs["samples"]
    return [
        Finding(
            f"{key}_{start}",
            QUESTIONS[key],
            "question",
            ruling.label,
            said(ruling, unit=_unit(key)),
            f"clusters, from `{start}`, arm `{'constant' if 'constant' in key else 'weight'}`,"
            f" {samples} samples, {most} snapshots evenly over the second half of learning, all on"
            " the same input spikes",
            f"{seeds} seeds",
            rule_text(ruling, _unit(key)),
        )
        for (key, start), ruling in rulings(dataset).items()
    ]


def hurry(datasets: Mapping[str, xr.Dataset]) -> list[str]:
    """Five sentences."""
    dataset, found = datasets[NAME], rulings(datasets[NAME])
    starts = [str(start) for start in dataset["start"].values]

    def told(key: str, form: str = "+.3f") -> str:
        each = (found[key, x] for x in starts)
        return ", ".join(
            f"{in_short(ruling, form)} from `{start}` ({in_own_words(ruling.label)})"
            for ruling, start in zip(each, starts)
        )

    most = int(dataset["number"][-1])
    return [
        "The theory says that a noisy network samples networks, so its answer is a mean over many"
        f" states of its synapses; here {most} snapshots of the second half of learning answer the"
        " same test, and their answers are averaged.",
        f"A network whose answer is the mean of {most} snapshots is more accurate with the paper's"
        f" noise than without, averaged in the same way, by {told('gain')}; with the classical"
        f" noise, which samples the posterior, by {told('gain_constant')}.",
        f"What averaging buys the network with the paper's noise over its last snapshot alone, in"
        f" accuracy: {told('recovers')}; in log loss that is saved, in nats: {told('loss')}; in"
        f" calibration error that is saved: {told('calibration')}.",
        "To average answers is as accurate as to take the noise away while learning and answer by"
        f" the end of that, but for {told('anneal')}.",
        f"That holds for clusters, the paper's network and {dataset.attrs['samples']} samples; each"
        f" number is a mean over {dataset.sizes['seed']} seeds with its 95 % interval, and each"
        " verdict one of a family of tests that are corrected together.",
    ]


def table(dataset: xr.Dataset, start: str) -> list[dict[str, object]]:
    """A row for each arm: means over seeds of what the page's table shows."""
    most = int(dataset["number"][-1])
    rows = []
    for arm in map(str, dataset["arm"].values):
        of_arm = dataset.sel(arm=arm, start=start)
        means = {
            f"{name}_{number}": float(of_arm[name].sel(number=number).mean("seed"))
            for name in ("accuracy", "log_loss", "calibration_error")
            for number in dataset["number"].values
        }
        spaced = of_arm["accuracy_spaced"].mean("seed").values
        rows.append(
            {
                "arm": arm,
                **means,
                "mean_theta": float(of_arm["mean_theta_accuracy"].mean("seed")),
                "theta_seconds": float(of_arm["theta_seconds"].mean("seed")),
                "spaced": [float(value) for value in spaced],
                "most": most,
            }
        )
    return rows


def _facts(datasets: Mapping[str, xr.Dataset]) -> dict[str, object]:
    dataset = datasets[NAME]
    tables = {str(start): table(dataset, str(start)) for start in dataset["start"].values}
    audit = datasets.get(AUDIT)
    return {
        "tables": tables,
        "numbers": [int(number) for number in dataset["number"].values],
        "spacings": [float(s) * dataset.attrs["snapshot_seconds"] for s in dataset["spacing"]],
        "few": FEW,
        "audit": [] if audit is None else table(audit, str(audit["start"].values[0])),
        "audit_numbers": [] if audit is None else [int(n) for n in audit["number"].values],
        "name": NAME,
        "method": METHOD,
    }


def report(datasets: Mapping[str, xr.Dataset]) -> str:
    """What was found, for a terminal."""
    found = rulings(datasets[NAME])
    lines = [
        f"{start:8} {in_own_words(ruling.label):20} {QUESTIONS[key]}:"
        f" {said(ruling, unit=_unit(key))}"
        for (key, start), ruling in found.items()
    ]
    return "\n".join(
        [render(__file__, "templates/averages_report.txt", **_facts(datasets)), *lines]
    )


def section(datasets: Mapping[str, xr.Dataset]) -> str:
    """The study's page below its sentences."""
    return render(__file__, "templates/averages.md", **_facts(datasets))
