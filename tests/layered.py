"""A compiled network of layers, for tests."""

from pathlib import Path

import numpy as np
from layers_replay import Layered

from spikesampler.language.arm_places import placed_arm
from spikesampler.language.evaluator import bounds_of
from spikesampler.language.model import load_model
from spikesampler.spiking.build import build
from spikesampler.spiking.run import run_chunk
from spikesampler.spiking.state import silent_state
from spikesampler.spiking.structure import structure_of

MODELS = Path(__file__).with_name("models")


class LayeredNet:
    """A network of layers whose stimuli are rates, one value per input."""

    def __init__(self, name, work, arm="none", engine="fast", **parameters):
        self.model, self.work = load_model(MODELS / f"{name}.py", **parameters), work
        model = self.model
        self.arms = placed_arm(arm, model).texts
        self.structure = structure_of(
            model,
            arm=self.arms[model.main.name],
            arms=self.arms,
            coding="rates",
            num_features=model["I"],
            engine=engine,
        )
        self.binary = build(self.structure)
        values = model.base_values()
        self.own = {
            each.name: dict(zip(("theta_low", "theta_high"), bounds_of(each.rule, values)))
            for each in model.pathways
        }
        self.values = values | self.own[model.main.name]

    def thetas(self, seed=3, mean=0.5, sd=1.0):
        """theta at the start, by pathway."""
        rng = np.random.default_rng(seed)
        return {
            each.name: rng.normal(mean, sd, (each.num_outputs, each.num_inputs))
            for each in self.model.pathways
        }

    def start(self, thetas):
        """The State with these theta and no activity."""
        main = self.model.main.name
        others = {name: (theta, {}) for name, theta in thetas.items() if name != main}
        return silent_state(thetas[main], self.structure, {}, others)

    def shown(self, num_samples, seed=5):
        """Stimuli (n, I) and labels (n,)."""
        rng = np.random.default_rng(seed)
        points = rng.random((num_samples, self.model["I"]))
        return points, rng.integers(0, self.model["K"], num_samples)

    def show(self, state, points, labels, first_step=0, seed=1, temperature=1.0, **options):
        """A chunk of learning."""
        return run_chunk(
            self.binary,
            state,
            points,
            labels,
            values=self.values,
            centres=None,
            temperature=np.full(len(points), temperature),
            seed=seed,
            work=self.work,
            first_step=first_step,
            of_pathways=self.own,
            **{"plastic": True, **options},
        )

    def replayed(self, chunk, thetas, labels):
        """The Layered network that recorded spikes made."""
        spikes = {name: tuple(each) for name, each in chunk.spikes.items()}
        return Layered(self.model, thetas, labels).run(spikes, len(labels))


def distance(net, chunk, replayed):
    """The largest difference of any state of a chunk from the replay's, over 1 + its size."""
    found = []
    for name, state in chunk.state.pathways(net.structure).items():
        pairs = [(state.theta, replayed.theta[name])]
        pairs += [(state.inputs[x], replayed.traces[name][x]) for x in state.inputs]
        pairs += [(state.synapses[x], replayed.of_synapses[name][x]) for x in state.synapses]
        layer = replayed.of_layers[net.model.pathway(name).layer]
        for x in state.outputs:
            if x in ("response", "correct"):
                pairs.append((state.outputs[x], getattr(replayed, x)))
            elif x != "rate":
                pairs.append((state.outputs[x], layer.get(x, replayed.signals.get(x))))
        found += [np.max(np.abs(a - b) / (1 + np.abs(b))) for a, b in pairs]
    return max(found)
