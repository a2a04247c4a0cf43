"""What the runs of `plan` say, by rules that were fixed beforehand."""

import numpy as np
import xarray as xr

from spikesampler.stats.rules import at_least, at_most, equivalent
from spikesampler.studies.asked import Asked, family, rows_of
from spikesampler.studies.finding import Finding

__all__ = ["MARGIN", "accuracy", "findings", "rulings_of"]

MARGIN = 0.02  #: of an accuracy; what is less is no difference that matters
TOLD = 0.1  #: of an accuracy, above the best without memory: the least that counts as memory
NEAR = 0.1  #: of an accuracy, below the best with memory: what counts as near
FOUR = 0.05  #: of an accuracy: what counts as the same with four outputs
BY_CHANCE = 0.25  #: share of strongest synapses from the state before, by chance
PAPER = "Kappel et al. 2014"


def accuracy(dataset: xr.Dataset, condition: str) -> np.ndarray:
    """Of the test after learning, by seed."""
    return dataset["test_accuracy"].sel(condition=condition).values


def rulings_of(dataset: xr.Dataset) -> list[Asked]:
    """All questions, in order; each group is a family."""
    return [
        *family(_of_memory(dataset), "sequences"),
        *family(_of_noise(dataset), "sequences, noise"),
    ]


def _of_memory(dataset: xr.Dataset) -> list[Asked]:
    lateral, without = accuracy(dataset, "lateral"), accuracy(dataset, "no lateral")
    forgetful, best = (
        dataset[name].sel(condition="lateral").values for name in ("memoryless", "remembering")
    )
    unordered = accuracy(dataset, "no order")
    blind = dataset["memoryless"].sel(condition="no order").values
    return [
        Asked(
            "remembers",
            "outputs tell states that the sample which is shown does not tell",
            PAPER,
            "test accuracy less the best possible without memory; `lateral`",
            at_least(lateral, forgetful, least=TOLD),
        ),
        Asked(
            "near_best",
            "the circuit is nearly as accurate as who knows all samples before",
            "question",
            "best possible accuracy less that of the test; `lateral`",
            at_most(best, lateral, most=NEAR),
        ),
        Asked(
            "over_none",
            "lateral synapses make the circuit more accurate",
            PAPER,
            "test accuracy, `lateral` less `no lateral`",
            at_least(lateral, without, relevant=MARGIN),
        ),
        Asked(
            "no_lateral",
            "without them the circuit is no better than who has no memory",
            "control",
            "test accuracy less the best possible without memory; `no lateral`",
            at_most(without, forgetful, most=MARGIN),
        ),
        Asked(
            "no_order",
            "where states have no order lateral synapses tell nothing",
            "control",
            "test accuracy less the best possible without memory; `no order`",
            at_most(unordered, blind, most=MARGIN),
        ),
        Asked(
            "lag",
            "lateral synapses have to hear the sample before",
            "control",
            "test accuracy, `lateral` less `short lag`",
            at_least(lateral, accuracy(dataset, "short lag"), relevant=MARGIN),
        ),
        Asked(
            "followed",
            "the strongest lateral synapse of an output comes from one of the state before",
            PAPER,
            "share of outputs of which that is so, less that by chance; `lateral`",
            at_least(
                dataset["followed"].sel(condition="lateral").values, BY_CHANCE, least=BY_CHANCE
            ),
        ),
        Asked(
            "four",
            "as many outputs as states do as well as twice as many",
            "question",
            "test accuracy, `four outputs` less `lateral`",
            equivalent(accuracy(dataset, "four outputs"), lateral, FOUR),
        ),
    ]


def _of_noise(dataset: xr.Dataset) -> list[Asked]:
    lateral = accuracy(dataset, "lateral")
    return [
        Asked(
            f"noise_{name}",
            "noise of the synapses makes the circuit more accurate",
            "question",
            f"test accuracy, `{name}` less none, with lateral synapses",
            at_least(accuracy(dataset, name), lateral, relevant=MARGIN),
        )
        for name in ("constant", "weight")
    ]


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row for each question."""
    seconds = float(dataset["probe"].values[-1])
    where = f"; four states, two of which look alike, {seconds:g} s"
    return rows_of(rulings_of(dataset), "seeds, paired", where)
