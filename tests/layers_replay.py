"""What recorded spikes must have made of a network of layers without noise, by plain numpy.

Independent of the engines, and of how they take sums: in every step each sum is over all synapses.
Texts are Python's, variables decay as dX/dt = -X/tau or do not change; what is drawn is what was
recorded. The order of a step is that of docs/models.md.
"""

from itertools import pairwise

import numpy as np

from spikesampler.language.blocks import read_equations, read_statements

FUNCTIONS = {name: getattr(np, name) for name in ("exp", "log", "sqrt", "clip", "tanh")}


class Layered:
    """A network of a model's pathways, step by step."""

    def __init__(self, model, thetas, labels, initial=None):
        self.model, self.labels = model, labels
        self.values = {**model.base_values(), "second": 1.0}
        self.dt = self.values["dt"]
        self.steps = round(self.values["sample_length"] / self.dt)
        self.period = self.steps + round(self.values["gap"] / self.dt)
        self.pathways = {pathway.name: pathway for pathway in model.pathways}
        self.theta = {name: np.array(theta) for name, theta in thetas.items()}
        self.traces, self.of_synapses, self.of_layers = {}, {}, {}
        for name, p in self.pathways.items():
            rule = p.rule
            self.traces[name] = {x: np.zeros(p.num_inputs) for x in rule.states("inputs")}
            shape = p.num_outputs, p.num_inputs
            self.of_synapses[name] = {x: np.zeros(shape) for x in rule.states("synapses")}
            if p.layer not in self.of_layers:
                states = rule.states("outputs")
                self.of_layers[p.layer] = {x: np.zeros(p.num_outputs) for x in states}
        self.signals = {x: 0.0 for x in model.main.rule.states("signals")}
        for store, name, value in initial or ():
            store(self)[name][:] = value
        self.counts = np.zeros(model.main.num_outputs)
        self.response, self.correct = -1.0, 1 / model.main.num_outputs

    def of_layer(self, layer):
        """Pathways of a layer, in order."""
        return [p for p in self.pathways.values() if p.layer == layer]

    def names(self, name):
        """What texts at pairs of a pathway see: outputs as columns, inputs as rows."""
        p = self.pathways[name]
        known = {**FUNCTIONS, **self.values, **self.signals, "t": self.time}
        known |= {"response": self.response, "correct": self.correct, "label": self.label}
        known |= {x: v[None, :] for x, v in self.traces[name].items()}
        known |= {"theta": self.theta[name], **self.of_synapses[name]}
        known |= {x: v[:, None] for x, v in self.of_layers[p.layer].items()}
        known["k"] = np.arange(p.num_outputs)[:, None]
        for block in ("inputs", "synapses", "signals"):
            for equation in read_equations(getattr(p.rule, block)):
                if not equation.is_differential:
                    known[equation.name] = eval(equation.text, known)
        known.pop("__builtins__", None)
        return known

    def layer_names(self, layer):
        """What texts of a layer see, with all sums taken over all synapses."""
        first = self.of_layer(layer)[0]
        known = {**FUNCTIONS, **self.values, **self.signals, "t": self.time}
        known |= {"response": self.response, "correct": self.correct, "label": self.label}
        known |= {**self.of_layers[layer], "k": np.arange(first.num_outputs)}
        taken = {}
        for p in self.of_layer(layer):
            at, numbers = self.names(p.name), []

            def total(value, p=p, numbers=numbers):
                shape = p.num_outputs, p.num_inputs
                numbers.append(np.broadcast_to(value, shape).sum(axis=1))
                return numbers[-1]

            for equation in read_equations(p.rule.outputs):
                foreign = _Zero(at)
                eval(equation.text, {"sum": total}, foreign)
            taken |= {f"sum_of_{p.source}_{n}": values for n, values in enumerate(numbers)}
        own = iter([v for name, v in taken.items() if name.startswith(f"sum_of_{first.source}_")])
        for equation in read_equations(first.rule.outputs):
            if not equation.is_differential:
                scope = {"sum": lambda _: next(own), **known, **taken}
                known[equation.name] = eval(
                    equation.text, scope, _Any(scope, self.names(first.name))
                )
        return known

    def run(self, spikes, num_samples):
        """Replay: spikes by population, (times in s, neurons)."""
        happened = {
            name: _by_step(times, neurons, self.dt, num_samples * self.period)
            for name, (times, neurons) in spikes.items()
        }
        grid = round(self.values["grid"] / self.dt)
        for step in range(num_samples * self.period):
            self.time, sample = step * self.dt, step // self.period
            self.label = float(self.labels[sample])
            self.decay()
            if step % grid == 0:
                self.drift()
            arriving = {}
            for name, p in self.pathways.items():
                before = step - round(p.delay / self.dt)
                arriving[name] = happened[p.source][before] if before >= 0 else []
                for x in self.traces[name]:
                    self.traces[name][x][arriving[name]] += 1
            self.learn(happened, arriving, step)
            self.reset(happened, step)
            if step % self.period < self.steps:
                self.counts += np.bincount(happened["outputs"][step], minlength=len(self.counts))
            if step % self.period == self.steps - 1:
                self.answer(sample)
        return self

    def decay(self):
        """All equations go on by a step."""
        for name, p in self.pathways.items():
            for block, store in (("inputs", self.traces), ("synapses", self.of_synapses)):
                self._decay(getattr(p.rule, block), store[name])
        for layer, store in self.of_layers.items():
            self._decay(self.of_layer(layer)[0].rule.outputs, store)
        self._decay(self.model.main.rule.signals, self.signals)

    def _decay(self, block, store):
        for equation in read_equations(block):
            if equation.is_differential and equation.text.strip() != "0/second":
                head, _, tau = equation.text.partition("/")
                assert head.strip() == f"-{equation.name}", equation.text
                store[equation.name] = store[equation.name] * np.exp(-self.dt / self.values[tau])

    def drift(self):
        for name, p in self.pathways.items():
            text = p.rule.drift.get("theta", "")
            if text:
                change = eval(text, self.names(name)) * self.values["grid"]
                self.theta[name] = self.theta[name] + change
                self.bound(name)

    def bound(self, name):
        low, high = (eval(text, self.names(name)) for text in self.pathways[name].rule.bounds)
        self.theta[name] = np.clip(self.theta[name], low, high)

    def learn(self, happened, arriving, step):
        """Rules by kind, of each kind pathway by pathway."""
        for when in ("step", "input", "teacher", "output"):
            for name, p in self.pathways.items():
                if when not in p.rule.learning:
                    continue
                mask = np.zeros((p.num_outputs, p.num_inputs), bool)
                if when == "input":
                    mask[:, arriving[name]] = True
                elif when == "step":
                    mask[:] = True
                else:
                    population = "teacher" if when == "teacher" else p.layer
                    mask[happened[population][step]] = True
                self.carry_out(name, when, mask)

    def carry_out(self, name, when, mask):
        p = self.pathways[name]
        layer = {n: v[:, None] for n, v in self.layer_names(p.layer).items() if np.ndim(v) == 1}
        for target, operator, text, _ in read_statements(p.rule.learning[when]):
            known = {**layer, **self.names(name)}
            value = eval(text, known)
            store = self.theta if target == "theta" else self.of_synapses[name]
            key = name if target == "theta" else target
            new = {"+=": np.add, "-=": np.subtract, "*=": np.multiply, "=": lambda _, b: b}
            changed = np.broadcast_to(new[operator](store[key], value), mask.shape)
            store[key] = np.where(mask, changed, store[key])
        if mask.any():
            self.bound(name)

    def reset(self, happened, step):
        for layer, store in self.of_layers.items():
            rule = self.of_layer(layer)[0].rule
            for target, operator, text, _ in read_statements(rule.resets.get("output", "")):
                spiking = happened[layer][step]
                assert operator == "+="
                value = eval(text, self.layer_names(layer))
                if target in self.signals:
                    self.signals[target] += value * len(spiking)
                else:
                    store[target][spiking] += np.broadcast_to(value, store[target].shape)[spiking]

    def answer(self, sample):
        most = self.counts.max()
        winners = np.flatnonzero(self.counts == most)
        self.response = float(winners[0]) if len(winners) == 1 else -1.0
        self.correct = (int(self.labels[sample]) in winners) / len(winners)
        self.counts[:] = 0


class _Zero(dict):
    """Names that are not there are 0: sums of other pathways, of which nothing is needed here."""

    def __missing__(self, name):
        if name.startswith("sum_of_"):
            return 0.0
        raise KeyError(name)


class _Any(dict):
    """Names of a scope, and of what stands in a sum, whose value is not asked for."""

    def __init__(self, scope, others):
        super().__init__({**others, **{n: v for n, v in scope.items() if n != "sum"}})


def _by_step(times, neurons, dt, num_steps):
    steps = np.rint(np.asarray(times) / dt).astype(int)
    order = np.argsort(steps, kind="stable")
    cuts = np.searchsorted(steps[order], np.arange(num_steps + 1))
    ordered = np.asarray(neurons)[order]
    return [ordered[a:b] for a, b in pairwise(cuts)]
