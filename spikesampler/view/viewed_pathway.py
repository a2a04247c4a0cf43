"""A pathway of a run to look at: what its synapses have learnt, and whom they join."""

import numpy as np

from spikesampler.language.evaluator import weight_states, weights_of
from spikesampler.language.rule import Rule
from spikesampler.store.learning import STATE, of_pathway

__all__ = ["ViewedPathway"]


class ViewedPathway:
    """One pathway of a ViewedRun.

    name, layer, source (inputs or a layer), rule (its equations), values (parameters in base
    units), manifest (of the run), theta (probe, neuron, source), times (probe,) in s, output_class
    (neuron,): the class that a neuron stands for, -1 for none; centres: preferred stimuli of what
    the synapses hear, (source, D), or None.
    """

    def __init__(self, run, told, is_main):
        self.name, self.layer, self.source = told["name"], told["layer"], told["source"]
        self.rule, self.values, self.manifest = (
            Rule.from_dict(told["rule"]),
            run.values,
            run.manifest,
        )
        self._learning, self._suffix = run.learning, "" if is_main else self.name
        self.theta = self._learnt("theta")
        self.times = run.learning["probe_time"].values
        self.centres = run.centres if self.hears_inputs else None
        answers = self.layer == "outputs"
        self.output_class = run.output_class if answers else np.full(self.num_outputs, -1)

    @property
    def num_outputs(self):
        """Neurons of its layer."""
        return self.theta.shape[1]

    @property
    def num_inputs(self):
        """Neurons that these hear."""
        return self.theta.shape[2]

    @property
    def hears_inputs(self):
        """Whether it comes from the inputs, not from a layer."""
        return self.source == "inputs"

    @property
    def neuron(self):
        """What a neuron of its layer is called."""
        return _one_of(self.layer)

    @property
    def heard(self):
        """What a neuron that these hear is called."""
        return _one_of(self.source)

    def weights(self):
        """The weight of each synapse at every probe, as the model's text says: (probe, neuron,
        source).
        """
        states = {name: self._learnt(f"{STATE}{name}") for name in weight_states(self.rule)}
        return weights_of(self.rule, self.values, self.theta, states)

    def _learnt(self, name):
        return self._learning[of_pathway(name, self._suffix) if self._suffix else name].values


def _one_of(population):
    """A neuron of a population in a word."""
    return {"inputs": "input", "outputs": "output"}.get(population, population)
