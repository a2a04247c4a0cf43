"""What the networks of `rate_network_plan` say, by rules that were fixed beforehand."""

import numpy as np
import xarray as xr

from spikesampler.stats.rules import at_least, equivalent
from spikesampler.studies.asked import Asked, family, rows_of
from spikesampler.studies.fang_2018.rate_network_data import late
from spikesampler.studies.fang_2018.rate_network_plan import CELLS, NOISES, TEMPERATURES, Cell
from spikesampler.studies.finding import Finding

__all__ = ["MARGIN", "accuracy", "findings", "left", "rulings_of"]

MARGIN = 0.01  #: of a test accuracy; what is less is no difference that matters
SOONER = 0.1  #: part of the control's steps, the least that matters
HALF = 0.5 * np.log(10)  #: nats: half of the loss of a guess, below which the saddle is left
QUESTION = "Fang et al. 2018, conclusion"


def accuracy(dataset: xr.Dataset, arm: str, start: str, batch: str = "some") -> np.ndarray:
    """Late test accuracy of an arm, by seed."""
    of = dataset["test_accuracy"].sel(arm=arm, start=start, batch=batch)
    return late(of.transpose("seed", "probe").values.astype(float))


def left(dataset: xr.Dataset, arm: str) -> np.ndarray:
    """Steps until the training loss from the small start is below HALF, by seed, at one rate for
    all arms; between probes by straight lines. The length of a run that never is.
    """
    of = dataset["same_rate_loss"].sel(arm=arm).transpose("seed", "probe").values.astype(float)
    steps = dataset["probe"].values.astype(float)
    found = np.full(len(of), steps[-1])
    for seed, loss in enumerate(of):
        below = np.flatnonzero(loss < HALF)
        if below.size and below[0]:
            last, first = below[0] - 1, below[0]
            part = (loss[last] - HALF) / (loss[last] - loss[first])
            found[seed] = steps[last] + part * (steps[first] - steps[last])
    return found


def rulings_of(dataset: xr.Dataset) -> list[Asked]:
    """All questions, in order; each group is a family."""
    asked = []
    for start in ("usual", "small"):
        asked += family(_gains(dataset, start), f"rates, gain from {start}")
    asked += family(_sooner(dataset), "rates, sooner")
    asked += family(_structure(dataset), "rates, structure")
    return asked + family(_batches(dataset), "rates, batches")


def _plain(cell: Cell) -> str:
    return f"{cell.noise}_{cell.temperature:g}"


def _gains(dataset: xr.Dataset, start: str) -> list[Asked]:
    none = accuracy(dataset, "none", start)
    return [
        Asked(
            f"gain_{start}_{_plain(cell)}",
            "noise of the weights makes the network more accurate",
            QUESTION,
            f"test accuracy, `{cell.label}` less `none`; start {start}, 50 images a step",
            at_least(accuracy(dataset, cell.label, start), none, relevant=MARGIN),
        )
        for cell in CELLS[1:]
    ]


def _sooner(dataset: xr.Dataset) -> list[Asked]:
    none = left(dataset, "none")
    return [
        Asked(
            f"sooner_{_plain(cell)}",
            "noise of the weights leaves the saddle at 0 sooner",
            QUESTION,
            f"steps saved, `{cell.label}` against `none`, both at its rate; start small",
            at_least(none, left(dataset, cell.label), relevant=SOONER * float(none.mean())),
            "+.0f",
        )
        for cell in CELLS[1:]
    ]


def _structure(dataset: xr.Dataset) -> list[Asked]:
    """Whether where the noise is strong matters, or only how strong it is."""
    asked = []
    for temperature in TEMPERATURES:
        weight, flat = (Cell(noise, temperature) for noise in ("weight", "weight_following"))
        asked.append(
            Asked(
                f"power_{temperature:g}",
                "noise that grows with the weight is as accurate as noise of its power that is"
                " alike for all",
                "question",
                f"test accuracy, `{weight.label}` less `{flat.label}`; start usual",
                equivalent(
                    accuracy(dataset, weight.label, "usual"),
                    accuracy(dataset, flat.label, "usual"),
                    MARGIN,
                ),
            )
        )
        asked.append(
            Asked(
                f"small_{temperature:g}",
                "noise that grows with the weight leaves the saddle as noise of its power does that"
                " is alike for all",
                "question",
                f"steps, `{flat.label}` over `{weight.label}`, less 1; start small",
                equivalent(left(dataset, flat.label) / left(dataset, weight.label), 1.0, SOONER),
                "+.3f",
            )
        )
    return asked


def _batches(dataset: xr.Dataset) -> list[Asked]:
    """Whether the noise of gradients that are of some images alone does what synaptic noise may."""
    some, every = (accuracy(dataset, "none", "usual", batch) for batch in ("some", "all"))
    found = [
        Asked(
            "batches",
            "gradients of 50 images make the network more accurate than those of all",
            "control",
            "test accuracy, 50 images a step less all, after as many steps; `none`, start usual",
            at_least(some, every, relevant=MARGIN),
        )
    ]
    for noise in NOISES:
        cell = Cell(noise, TEMPERATURES[1])
        found.append(
            Asked(
                f"whole_{noise}",
                "where gradients have no noise of their own, noise of the weights makes the network"
                " more accurate",
                "question",
                f"test accuracy, `{cell.label}` less `none`; start usual, all images a step",
                at_least(accuracy(dataset, cell.label, "usual", "all"), every, relevant=MARGIN),
            )
        )
    return found


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row for each question."""
    where = f", {dataset.attrs['pixels']}-100-10 on {dataset.attrs['data']}"
    return rows_of(rulings_of(dataset), "seeds, paired", where)
