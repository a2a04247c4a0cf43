"""The pathways of a finished run: a layer's synapses from one source, and what these have learnt.

A run of a model of one layer has one, `outputs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler.errors import InputError, shown
from spikesampler.experiments.run_record import RunRecord
from spikesampler.language.evaluator import weight_states, weights_of
from spikesampler.language.expressions import tidy
from spikesampler.language.linear import expanded
from spikesampler.language.rule import Rule
from spikesampler.store.continuation import load_synapses
from spikesampler.store.learning import STATE, of_pathway
from spikesampler.store.manifest import CHECKPOINT

if TYPE_CHECKING:
    import xarray

__all__ = ["LearntPathway", "LearntPathways"]

ANSWERING = "outputs"  #: the layer that answers, and another name of its first pathway


class LearntPathway:
    """One pathway of a finished run, and what its synapses have learnt.

    `name`, `layer` (whose synapses they are), `source` (what they hear: inputs or a layer),
    `groups` (winner-take-all circuits of the layer), `delay` in s, `plastic` (whether it learns),
    `rule` (its equations, as texts with all words decided). Arrays have the dimensions of
    learning.nc: neurons of the layer, and of its source.
    """

    def __init__(self, run: RunRecord, told: Mapping[str, Any], is_main: bool) -> None:
        self._run, self._is_main = run, is_main
        self.name, self.layer, self.source = told["name"], told["layer"], told["source"]
        self.groups, self.delay, self.plastic = told["groups"], told["delay"], told["plastic"]
        self.rule = Rule.from_dict(told["rule"])

    def __repr__(self) -> str:
        return f"LearntPathway({self.name}: {self.source} to {self.layer}; {str(self._run.path)!r})"

    def _learnt(self, name: str) -> xarray.DataArray:
        """A variable of the synapses at every probe: (probe, neuron, source)."""
        return self._run.learning[name if self._is_main else of_pathway(name, self.name)]

    @property
    def theta_path(self) -> xarray.DataArray:
        """θ of each synapse at every probe: (probe, neuron, source), dimensionless."""
        return self._learnt("theta")

    @property
    def theta(self) -> xarray.DataArray:
        """θ of each synapse after learning: (neuron, source), dimensionless."""
        return self.theta_path.isel(probe=-1)

    @property
    def weights(self) -> xarray.DataArray:
        """The weight of each synapse after learning, as the model's text says: (neuron, source).

        Its text is the attribute long_name.
        """
        weights = self.weights_at(-1)
        equations = self.rule.equations("synapses")
        (own,) = (e for e in equations if e.name == self.rule.weight)
        about = f"{own.name} = {tidy(expanded(own.text, equations))}"
        return weights.rename("weights").assign_attrs(units=own.unit, long_name=about)

    def weights_at(self, probe: int) -> xarray.DataArray:
        """The weight of each synapse at a probe, 0 being the start: (neuron, source).

        -1 is the last one. Raises InputError for a probe that there was not.
        """
        number = self._run.learning.sizes["probe"]
        if not isinstance(probe, int | np.integer) or not -number <= probe < number:
            raise InputError(
                f"probe={shown(probe)}: {self._run.path} was probed {number} times; give 0 to"
                f" {number - 1}, or -1 for the last"
            )
        theta = self.theta_path.isel(probe=probe)
        state = {
            name: self._learnt(f"{STATE}{name}").isel(probe=probe).values
            for name in weight_states(self.rule)
        }
        return theta.copy(data=weights_of(self.rule, self._run.values, theta.values, state))

    @cached_property
    def states(self) -> dict[str, xarray.DataArray]:
        """Further variables of the synapses after learning, by name, each (neuron, source).

        They are in the units of their equations, and those of what the arm adds, such as a
        momentum, are there too; synapses that have theta alone have none.
        """
        import xarray

        pathway = "" if self._is_main else self.name
        states, dims = load_synapses(self._run.path / CHECKPOINT, pathway), self.theta.dims
        return {
            name: xarray.DataArray(values, dims=dims, name=name) for name, values in states.items()
        }


class LearntPathways(RunRecord):
    """The pathways of a run, of which the main one is what a run of one layer has alone."""

    @property
    def pathways(self) -> list[str]:
        """Names of the pathways, layer after layer in the order of the model file."""
        return [told["name"] for told in self.told_pathways]

    def pathway(self, name: str) -> LearntPathway:
        """What a pathway has learnt; `outputs` is the main one. InputError for one there is not.

        >>> result.pathway("hidden").weights  # doctest: +SKIP
        """
        return self._pathways[name if name in self._pathways else self._alias(name)]

    @property
    def main(self) -> LearntPathway:
        """The first pathway of the layer that answers."""
        return self.pathway(ANSWERING)

    @property
    def rules(self) -> dict[str, Rule]:
        """The equations of each pathway, by its name."""
        return {name: each.rule for name, each in self._pathways.items()}

    @cached_property
    def _pathways(self) -> dict[str, LearntPathway]:
        main = self._alias(ANSWERING)
        return {
            told["name"]: LearntPathway(self, told, told["name"] == main)
            for told in self.told_pathways
        }

    def _alias(self, name: str) -> str:
        """The name of the main pathway, which is also called as its layer."""
        if name != ANSWERING:
            raise InputError(
                f"no pathway {shown(name)} in {self.path}; it has {', '.join(self.pathways)}"
            )
        return next(told["name"] for told in self.told_pathways if told["layer"] == ANSWERING)
