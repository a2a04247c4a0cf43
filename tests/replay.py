"""What recorded spikes must have made of a network without noise, for any rule, by plain numpy.

Slow and independent of the engines: texts are evaluated as they stand, in the order of a step that
docs/models.md gives; which equations are linear is found by trying numbers, not from the text.
"""

import ast
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.linalg import expm
from scipy.special import exprel

from spikesampler.language import expressions
from spikesampler.language.blocks import read_equations, read_statements
from spikesampler.language.expressions import evaluate
from spikesampler.spiking.state import State, silent_state, variables

names_in = cache(expressions.names_in)
BLOCKS = ("inputs", "outputs", "signals", "synapses")


class Replayed(NamedTuple):
    """The state at the end; u and the outputs' rates (steps, K) when events were decided."""

    state: State
    u: np.ndarray
    rates: np.ndarray


class Scene:
    """All values of a network at a moment, by name; functions and sums are computed when asked."""

    def __init__(self, structure, values, state):
        self.structure, self.rule = structure, structure["rule"]
        self.K, self.I = state.theta.shape
        self.equations = {block: read_equations(self.rule[block]) for block in BLOCKS}
        self.block_of = {e.name: b for b, equations in self.equations.items() for e in equations}
        self.functions = {
            e.name: e.text for es in self.equations.values() for e in es if not e.is_differential
        }
        numbers = {name: v for name, v in values.items() if not isinstance(v, str)}
        self.numbers = {**numbers, "second": 1.0, "dt": structure["dt"]}
        self.inputs = {name: np.array(v) for name, v in state.inputs.items()}
        self.outputs = {name: np.array(v) for name, v in state.outputs.items()}
        self.outputs["k"] = np.arange(self.K, dtype=float)
        self.outputs.setdefault("rate", np.zeros(self.K))
        self.synapses = {"theta": state.theta.copy()}
        self.synapses |= {name: np.array(v) for name, v in state.synapses.items()}

    def store(self, name):
        """The dict that holds a state, the shape that others of its group broadcast to."""
        for group in (self.inputs, self.outputs, self.synapses):
            if name in group:
                return group
        raise KeyError(name)

    def get(self, name, group):
        """The value of a name as a pair of output and input, an output or an input sees it."""
        if name in self.numbers:
            return self.numbers[name]
        if name in self.functions:
            own = self.block_of[name]
            inner = {"signals": "outputs"}.get(own, own)
            return self.seen(self.value(self.functions[name], inner), inner, group)
        if name in self.inputs:
            return self.seen(self.inputs[name], "inputs", group)
        if name in self.outputs:
            return self.seen(self.outputs[name], "outputs", group)
        return self.synapses[name]

    def seen(self, values, of, group):
        if group == "inputs" and of == "outputs":  # what is the network's: all outputs know it
            assert (np.asarray(values) == np.ravel(values)[0]).all()
            return np.ravel(values)[0]
        if group != "synapses" or of == "synapses" or np.ndim(values) == 0:
            return values
        return values[np.newaxis, :] if of == "inputs" else values[:, np.newaxis]

    def value(self, text, group):
        """The value of a text for all of a group: (I,), (K,) or (K, I)."""
        text, sums = without_sums(text)
        known = {name: self.sum(inner) for name, inner in sums.items()}
        for name in names_in(text) - known.keys():
            known[name] = self.get(name, group)
        return np.asarray(evaluate(text, known), dtype=float)

    def sum(self, text):
        return np.broadcast_to(self.value(text, "synapses"), (self.K, self.I)).sum(axis=1)


@cache
def without_sums(text):
    """The text with a name for each sum(…), and the texts within."""
    sums = {}

    class Named(ast.NodeTransformer):
        def visit_Call(self, node):
            if node.func.id == "sum":
                name = f"the_sum_{len(sums)}"
                sums[name] = ast.unparse(node.args[0])
                return ast.Name(name, ast.Load())
            return self.generic_visit(node)

    tree = Named().visit(ast.parse(" ".join(text.split()), mode="eval"))
    return ast.unparse(tree), sums


def group_of(block):
    return "outputs" if block == "signals" else block


def mixing(scene, block):
    """Variables of a block that are linear in each other by constants alone, and their matrix."""
    texts = {e.name: e.text for e in scene.equations[block] if e.is_differential}
    own = [e.name for e in scene.equations[block]]
    found = []
    for name, text in texts.items():
        needed, waiting = set(), [text]
        while waiting:
            names = names_in(without_sums(waiting.pop())[0]) - needed
            needed |= names
            waiting += [scene.functions[n] for n in names if n in scene.functions]
        if (
            needed <= {*own, *scene.numbers} - {"plastic", "temperature", "t"}
            and "sum(" not in text
        ):
            found.append(name)
    rng = np.random.default_rng(0)

    def rate(point):
        trial = dict(zip(texts, point))
        return np.array([number_of(scene, texts[name], trial, block) for name in texts])

    a, b = rng.normal(size=(2, len(texts)))
    columns = np.array([rate(e) for e in np.eye(len(texts))]).T if texts else np.zeros((0, 0))
    is_linear = np.isclose(rate(2 * a - b), columns @ (2 * a - b), rtol=1e-9, atol=1e-12)
    is_linear &= np.abs(rate(0 * a)) == 0
    names = list(texts)
    exact = {name for name in found if is_linear[names.index(name)]}
    while True:
        closed = {
            name
            for name in exact
            if all(
                other in exact or columns[names.index(name), number] == 0
                for number, other in enumerate(names)
            )
        }
        if closed == exact:
            break
        exact = closed
    order = [name for name in names if name in exact]
    places = [names.index(name) for name in order]
    return order, columns[np.ix_(places, places)]


def number_of(scene, text, trial, block):
    """The value of a text where the block's variables are numbers."""
    known = {}

    def look(name):
        if name in trial:
            return trial[name]
        if name in scene.functions and scene.block_of[name] == block:
            return number_of(scene, scene.functions[name], trial, block)
        return scene.numbers.get(name, 1.0)

    text, sums = without_sums(text)
    known = {name: look(name) for name in names_in(text) - sums.keys()} | dict.fromkeys(sums, 1.0)
    return float(evaluate(text, known))


def affine(scene, name, text, group):
    """a and c where the text is a*name + c for the values of all else; None where it is not."""
    store = scene.store(name)
    kept = store[name]
    found = []
    for value in (0.0, 1.0, 2.0):
        store[name] = np.full(kept.shape, value)
        found.append(scene.value(text, group))
    store[name] = kept
    a = found[1] - found[0]
    if np.allclose(found[2] - found[1], a, rtol=1e-9, atol=1e-9):
        return a, found[0]
    return None


def stepped(scene, name, text, group, length):
    """A variable after a step of some length, by its own linear part and all else held."""
    parts = affine(scene, name, text, group)
    before = scene.store(name)[name]
    if parts is None:
        return before + length * scene.value(text, group)
    a, rest = parts
    return before * np.exp(a * length) + length * rest * exprel(a * length)


def replay(structure, values, state, chunk, labels, *, plastic=True, first_step=0):
    """Replayed from the spikes and events that a chunk recorded, at temperature 0."""
    if isinstance(state, np.ndarray):
        state = silent_state(state, structure)
    scene, rule, dt = Scene(structure, values, state), structure["rule"], structure["dt"]
    sample, period, grid = (
        round(length / dt)
        for length in (
            structure["sample_length"],
            structure["sample_length"] + structure["gap"],
            structure["grid"],
        )
    )
    steps = len(labels) * period
    names = chunk.spikes.keys() - {"inputs"}
    happened = {name: table(chunk, name, dt, (steps, scene.K)) for name in names}
    happened["inputs"] = table(chunk, "inputs", dt, (steps, scene.I))
    happened["output"] = happened.pop("outputs")
    exact = {block: mixing(scene, block) for block in BLOCKS}
    flows = {block: expm(matrix * dt) for block, (_, matrix) in exact.items()}
    own_events = [*rule["events"]]
    u, rates = np.zeros((2, steps, scene.K))
    counts = np.zeros(scene.K)
    scene.numbers |= {"plastic": float(plastic), "temperature": 0.0}
    for step in range(steps):
        scene.numbers["t"] = (first_step + step) * dt
        scene.numbers["label"] = float(labels[step // period])
        equations(scene, exact, flows, dt)
        if plastic and (first_step + step) % grid == 0:
            on_grid(scene, structure)
        if "u" in scene.functions:
            u[step] = scene.value("u", "outputs")
        rates[step] = scene.outputs["rate"] = firing(scene, rule["firing"])
        for name in own_events:
            expected = np.broadcast_to(scene.value(rule["events"][name], "outputs"), scene.K)
            assert np.array_equal(happened[name][step], expected > 0), (name, step)
        spiking = happened["inputs"][step]
        change(scene, rule["resets"].get("input", ""), "inputs", spiking)
        if plastic:
            order = [w for w in ("step", "input", "teacher", "output") if w in rule["learning"]]
            order += [w for w in rule["learning"] if w in own_events]
            for when in order:
                learn(
                    scene,
                    rule,
                    when,
                    spiking,
                    None if when in ("step", "input") else happened[when][step],
                )
        for name in ("output", *own_events):
            reset(scene, rule, name, happened[name][step])
        if step % period < sample:
            counts += happened["output"][step]
        if step % period == sample - 1:
            answer(scene, counts, labels[step // period])
            counts[:] = 0
            if plastic and "sample" in rule["learning"]:
                learn(scene, rule, "sample", spiking, None)
            for statement in read_statements(rule["resets"].get("sample", "")):
                assign(scene, statement, None)
    names = variables(structure)
    return Replayed(
        State(
            scene.synapses["theta"],
            {name: scene.inputs[name] for name in names.inputs},
            {name: scene.outputs[name] for name in names.outputs},
            {name: scene.synapses[name] for name in names.synapses},
        ),
        u,
        rates,
    )


def table(chunk, population, dt, shape):
    """Events as booleans (steps, size)."""
    events = np.zeros(shape, dtype=bool)
    if population in chunk.spikes:
        spikes = chunk.spikes[population]
        events[np.rint(spikes.times / dt).astype(int), spikes.neurons] = True
        assert events.sum() == len(spikes.times)
    return events


def equations(scene, exact, flows, dt):
    """One step of all equations, from old values."""
    new = {}
    for block in BLOCKS:
        names = exact[block][0]
        if names:
            old = np.array([scene.store(name)[name] for name in names])
            new |= dict(zip(names, np.tensordot(flows[block], old, axes=1)))
        for e in scene.equations[block]:
            if e.is_differential and e.name not in names:
                new[e.name] = stepped(scene, e.name, e.text, group_of(block), dt)
    for name, values in new.items():
        store = scene.store(name)
        store[name] = np.broadcast_to(values, store[name].shape).copy()


def on_grid(scene, structure):
    """Drift over a step of the grid, from old values, and the bounds."""
    length, drift = structure["grid"], structure["rule"]["drift"]
    new = {}
    for name, text in drift.items():
        free = name not in str(structure["arm"]["variance"].get(name, ""))
        if name == "theta" or not free:
            new[name] = scene.synapses[name] + length * scene.value(text, "synapses")
        else:
            new[name] = stepped(scene, name, text, "synapses", length)
    scene.synapses |= new
    inside(scene)


def inside(scene):
    low, high = scene.rule["bounds"]
    theta = scene.synapses["theta"]
    if low:
        theta = np.maximum(theta, evaluate(low, scene.numbers))
    if high:
        theta = np.minimum(theta, evaluate(high, scene.numbers))
    scene.synapses["theta"] = theta


def firing(scene, text):
    law, rate = text.split("(", 1)
    rate = np.broadcast_to(scene.value(rate.rsplit(")", 1)[0], "outputs"), scene.K)
    if law.strip() == "poisson":
        return rate
    u = scene.value("u", "outputs")
    e = np.exp(u - u.max())
    return rate * e / e.sum()


def assign(scene, statement, where):
    """A statement on a variable of inputs, outputs or synapses, where it applies."""
    store = scene.store(statement.target)
    group = (
        "inputs" if store is scene.inputs else "outputs" if store is scene.outputs else "synapses"
    )
    before = store[statement.target]
    value = np.broadcast_to(scene.value(statement.text, group), before.shape)
    after = {
        "=": lambda: value,
        "+=": lambda: before + value,
        "-=": lambda: before - value,
        "*=": lambda: before * value,
        "/=": lambda: before / value,
    }[statement.operator]()
    mask = np.ones(before.shape, bool) if where is None else np.broadcast_to(where, before.shape)
    store[statement.target] = np.where(mask, after, before)


def change(scene, text, block, where):
    """The statements of a reset at the inputs that spike."""
    for statement in read_statements(text):
        if statement.target in scene.inputs:
            assign(scene, statement, where)
        else:
            for _ in range(int(where.sum())):
                assign(scene, statement, None)


def learn(scene, rule, when, spiking, rows):
    """A rule of learning at the synapses of its event, and the bounds."""
    where = None
    if when == "input":
        where = spiking[np.newaxis, :]
    elif rows is not None:
        where = rows[:, np.newaxis]
    if where is not None and not where.any():
        return
    for statement in read_statements(rule["learning"][when]):
        assign(scene, statement, where)
    inside(scene)


def reset(scene, rule, event, happened):
    """The statements of a reset at an event of outputs; of a signal once for each that has it."""
    signals = {e.name for e in scene.equations["signals"]}
    for statement in read_statements(rule["resets"].get(event, "")):
        if statement.target not in signals:
            assign(scene, statement, happened)
            continue
        outputs = np.flatnonzero(happened)
        if event != "output" and of_network(scene, rule["events"][event]):
            outputs = outputs[:1]
        for k in outputs:  # each as it sees itself
            assign(scene, statement, None)
            scene.outputs[statement.target][:] = scene.outputs[statement.target][k]


def of_network(scene, condition):
    """Whether a condition is one of signals and parameters."""
    names, waiting = set(), [condition]
    while waiting:
        new = names_in(waiting.pop()) - names
        names |= new
        waiting += [scene.functions[n] for n in new if n in scene.functions]
    signals = {e.name for e in scene.equations["signals"]}
    known = {*scene.numbers, *signals, "response", "correct"}
    return names <= known


def answer(scene, counts, label):
    """The response to a sample, and the label's share in it."""
    winners = np.flatnonzero(counts == counts.max())
    if counts.max() == 0:
        response, correct = -1.0, 1 / scene.K
    else:
        response = float(winners[0]) if len(winners) == 1 else -1.0
        correct = float(label in winners) / len(winners)
    for name, value in (("response", response), ("correct", correct)):
        if name in scene.outputs:
            scene.outputs[name] = np.full(scene.K, value)
