"""What recorded spikes must have made of a network without noise, for any rule, by plain numpy.

Slow and independent of the engines: texts are evaluated by Python itself as they stand, in the
order of a step that docs/models.md gives; which equations are linear is found by trying numbers,
not from the text. What is drawn is not known: rand() is 0.5 and randn() 0 here, and an event whose
condition draws happens where it was recorded.
"""

import ast
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.linalg import expm
from scipy.special import exprel

from spikesampler.language.blocks import read_equations, read_statements
from spikesampler.spiking.state import State, silent_state, variables

BLOCKS = ("inputs", "outputs", "signals", "synapses")
NUMPY = {
    name: getattr(np, name)
    for name in "exp expm1 log log10 log1p sqrt abs sin cos tan arctan sinh cosh tanh sign floor"
    " ceil clip".split()
} | {"int": np.trunc, "exprel": exprel, "pi": np.pi, "inf": np.inf}
KNOWN = {**NUMPY, "rand": lambda: 0.5, "randn": lambda: 0.0}


class Replayed(NamedTuple):
    """The state at the end; u and the outputs' rates (steps, K) when events were decided."""

    state: State
    u: np.ndarray
    rates: np.ndarray


class Arithmetic(ast.NodeTransformer):
    """Python's operations on numbers that are all floats: conditions too are 1.0 or 0.0."""

    def visit_Constant(self, node):
        return ast.Constant(float(node.value))

    def visit_Compare(self, node):
        return ast.BinOp(self.generic_visit(node), ast.Add(), ast.Constant(0.0))

    def visit_BoolOp(self, node):
        name = "logical_and" if isinstance(node.op, ast.And) else "logical_or"
        values = [self.visit(value) for value in node.values]
        result = values[0]
        for value in values[1:]:
            result = ast.Call(ast.Name(name, ast.Load()), [result, value], [])
        return ast.BinOp(result, ast.Add(), ast.Constant(0.0))

    def visit_UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            negated = ast.Call(ast.Name("logical_not", ast.Load()), [self.visit(node.operand)], [])
            return ast.BinOp(negated, ast.Add(), ast.Constant(0.0))
        return self.generic_visit(node)


class Text(NamedTuple):
    """An expression: its code, in which each sum is a name, names that it uses, texts of sums."""

    code: object
    names: frozenset
    sums: dict


@cache
def read(text):
    """The Text of an expression."""
    sums = {}

    class Named(ast.NodeTransformer):
        def visit_Call(self, node):
            if node.func.id == "sum":
                name = f"_sum_{len(sums)}"
                sums[name] = ast.unparse(node.args[0])
                return ast.Name(name, ast.Load())
            return self.generic_visit(node)

    tree = Named().visit(ast.parse(" ".join(text.split()), mode="eval"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    tree = ast.fix_missing_locations(Arithmetic().visit(tree))
    code = compile(tree, text, "eval")
    return Text(code, frozenset(used - KNOWN.keys() - sums.keys()), sums)


def number(text, values):
    """The value of a text, with values for its names."""
    logic = {name: getattr(np, name) for name in ("logical_and", "logical_or", "logical_not")}
    with np.errstate(all="ignore"):
        return eval(read(text).code, {"__builtins__": {}, **logic, **KNOWN, **values})


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
        self.stores = {
            "inputs": {name: np.array(v) for name, v in state.inputs.items()},
            "synapses": {name: np.array(v) for name, v in state.synapses.items()},
            "outputs": {"k": np.arange(self.K, dtype=float), "rate": np.zeros(self.K)},
            "signals": {},
        }
        self.stores["synapses"]["theta"] = state.theta.copy()
        # the compiler may round copies differently; the fast engine makes them alike
        self.rounding = 1e-12 if structure["engine"] == "reference" else 0.0
        for name, copies in state.outputs.items():
            if name == "rate" or self.block_of.get(name) == "outputs":
                self.stores["outputs"][name] = np.array(copies)
            else:  # of the network: every output has a copy
                assert np.ptp(copies) <= self.rounding, name
                self.stores["signals"][name] = np.float64(copies[0])
        self.held, self.curved, self.tried = {}, set(), {}
        self.shapes = {
            "inputs": (self.I,),
            "outputs": (self.K,),
            "synapses": (self.K, self.I),
            "signals": (),
        }

    def block(self, name):
        """The block of a state."""
        for block, store in self.stores.items():
            if name in store:
                return block
        raise KeyError(name)

    def put(self, name, values):
        block = self.block(name)
        self.stores[block][name] = np.broadcast_to(values, self.shapes[block]).copy()

    def get(self, name, group):
        """The value of a name as a pair of output and input, an output or an input sees it."""
        if name in self.numbers:
            return self.numbers[name]
        if name in self.functions:
            block = self.block_of[name]
            values = self.value(self.functions[name], block)
        else:
            block = self.block(name)
            values = self.stores[block][name]
        if group != "synapses" or block == "synapses" or np.ndim(values) == 0:
            return values
        return values[np.newaxis, :] if block == "inputs" else values[:, np.newaxis]

    def value(self, text, group):
        """The value of a text for all of a group: (I,), (K,), (K, I), or () of signals."""
        known = {name: self.sum(inner) for name, inner in read(text).sums.items()}
        known |= {name: self.get(name, group) for name in read(text).names}
        return np.asarray(number(text, known), dtype=float)

    def sum(self, text):
        if text in self.held:
            return self.held[text]
        return np.broadcast_to(self.value(text, "synapses"), (self.K, self.I)).sum(axis=1)

    def hold(self):
        """Keep the sums of the outputs' equations as they are until `held` is emptied."""
        inner = [t for e in self.equations["outputs"] for t in read(e.text).sums.values()]
        self.held = {text: self.sum(text) for text in inner}

    def all_names(self, text):
        """Names that a text needs, and whether it sums or draws."""
        needed, waiting, extra = set(), [text], set()
        while waiting:
            said = waiting.pop()
            extra |= {word for word in ("sum(", "rand(") if word in said.replace(" ", "")}
            new = read(said).names - needed
            needed |= new
            waiting += [self.functions[name] for name in new if name in self.functions]
        return needed, extra


def mixing(scene, block):
    """Variables of a block that are linear in each other by constants alone, and their matrix."""
    texts = {e.name: e.text for e in scene.equations[block] if e.is_differential}
    own = {e.name for e in scene.equations[block]}
    found = []
    for name, text in texts.items():
        needed, extra = scene.all_names(text)
        if needed <= own | scene.numbers.keys() and not extra:
            found.append(name)
    rng = np.random.default_rng(0)

    def rate(point):
        trial = dict(zip(texts, point))
        return np.array([of_trial(scene, texts[name], trial, block) for name in texts])

    a, b = rng.normal(size=(2, len(texts)))
    columns = np.array([rate(e) for e in np.eye(len(texts))]).T if texts else np.zeros((0, 0))
    is_linear = np.abs(rate(0 * a)) == 0
    for point in (2 * a - b, 1e3 * a, -1e3 * b):
        is_linear &= np.isclose(rate(point), columns @ point, rtol=1e-9, atol=1e-9)
    names = list(texts)
    exact = {name for name in found if is_linear[names.index(name)]}
    while True:
        closed = {
            name
            for name in exact
            if all(
                other in exact or columns[names.index(name), place] == 0
                for place, other in enumerate(names)
            )
        }
        if closed == exact:
            break
        exact = closed
    order = [name for name in names if name in exact]
    places = [names.index(name) for name in order]
    return order, columns[np.ix_(places, places)]


def of_trial(scene, text, trial, block):
    """The value of a text where the block's variables are numbers."""

    def look(name):
        if name in trial:
            return trial[name]
        if name in scene.functions and scene.block_of[name] == block:
            return of_trial(scene, scene.functions[name], trial, block)
        return scene.numbers.get(name, 1.0)

    known = {name: look(name) for name in read(text).names} | dict.fromkeys(read(text).sums, 1.0)
    return float(number(text, known))


def affine(scene, name, text, group):
    """a and c where the text is a*name + c for the values of all else; None where it is not.

    Whether it is, is tried in some of the steps; once it is not, it never is.
    """
    if text in scene.curved:
        return None
    kept = scene.stores[group][name]
    scene.tried[text] = scene.tried.get(text, -1) + 1
    thoroughly = scene.tried[text] < 3 or scene.tried[text] % 16 == 0
    points = (0.0, 1.0, 2.0, -1.0, 1e3, -1e3) if thoroughly else (0.0, 1.0)
    found = []
    for value in points:
        scene.put(name, value)
        found.append(scene.value(text, group))
    scene.stores[group][name] = kept
    a = found[1] - found[0]
    for value, its in zip(points[2:], found[2:]):
        if not np.allclose(its, found[0] + a * value, rtol=1e-9, atol=1e-9):
            scene.curved.add(text)
            return None
    return a, found[0]


def stepped(scene, name, text, group, length):
    """A variable after a step of some length, by its own linear part and all else held."""
    parts = affine(scene, name, text, group)
    before = scene.stores[group][name]
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
        rates[step] = firing(scene, rule["firing"])
        scene.put("rate", rates[step])
        for name in own_events:
            condition = rule["events"][name]
            expected = np.broadcast_to(scene.value(condition, "outputs"), scene.K)
            if "rand(" not in scene.all_names(condition)[1]:
                assert np.array_equal(happened[name][step], expected > 0), (name, step)
        spiking = happened["inputs"][step]
        for statement in read_statements(rule["resets"].get("input", "")):
            assign(scene, statement, spiking)
        if plastic:
            order = [w for w in ("step", "input", "teacher", "output") if w in rule["learning"]]
            order += [w for w in own_events if w in rule["learning"]]
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
            statements = read_statements(rule["resets"].get("sample", ""))
            scene.hold()
            for statement in statements:
                assign(scene, statement, None)
            scene.held = {}
    names = variables(structure)
    copies = {
        name: np.full(scene.K, value) for name, value in scene.stores["signals"].items()
    } | scene.stores["outputs"]
    return Replayed(
        State(
            scene.stores["synapses"]["theta"],
            {name: scene.stores["inputs"][name] for name in names.inputs},
            {name: copies[name] for name in names.outputs},
            {name: scene.stores["synapses"][name] for name in names.synapses},
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
    scene.hold()
    for block in BLOCKS:
        names = exact[block][0]
        if names:
            old = np.array([scene.stores[block][name] for name in names])
            new |= dict(zip(names, np.tensordot(flows[block], old, axes=1)))
        for e in scene.equations[block]:
            if e.is_differential and e.name not in names:
                new[e.name] = stepped(scene, e.name, e.text, block, dt)
    scene.held = {}
    for name, values in new.items():
        scene.put(name, values)


def on_grid(scene, structure):
    """Drift over a step of the grid, from old values, and the bounds."""
    length, drift = structure["grid"], structure["rule"]["drift"]
    new = {}
    scene.hold()
    for name, text in drift.items():
        variance = structure["arm"]["variance"].get(name, "").strip() or "0"
        if name == "theta" or name in scene.all_names(variance)[0]:
            new[name] = scene.stores["synapses"][name] + length * scene.value(text, "synapses")
        else:
            new[name] = stepped(scene, name, text, "synapses", length)
    scene.held = {}
    for name, values in new.items():
        scene.put(name, values)
    inside(scene)


def inside(scene):
    low, high = (number(b, scene.numbers) if b else None for b in scene.rule["bounds"])
    theta = scene.stores["synapses"]["theta"]
    if low is not None:
        theta = np.maximum(theta, low)
    if high is not None:
        theta = np.minimum(theta, high)
    scene.stores["synapses"]["theta"] = theta


def firing(scene, text):
    law, rate = text.split("(", 1)
    rate = np.broadcast_to(scene.value(rate.rsplit(")", 1)[0], "outputs"), scene.K)
    if law.strip() == "poisson":
        return rate
    u = np.broadcast_to(scene.value("u", "outputs"), scene.K)
    e = np.exp(u - u.max())
    return rate * e / e.sum()


def changed(before, operator, value):
    return {
        "=": lambda: value,
        "+=": lambda: before + value,
        "-=": lambda: before - value,
        "*=": lambda: before * value,
        "/=": lambda: before / value,
    }[operator]()


def assign(scene, statement, where):
    """A statement on a variable of inputs, outputs or synapses, where it applies."""
    block = scene.block(statement.target)
    before = scene.stores[block][statement.target]
    after = changed(before, statement.operator, scene.value(statement.text, block))
    mask = np.ones(before.shape, bool) if where is None else np.broadcast_to(where, before.shape)
    scene.put(statement.target, np.where(mask, after, before))


def learn(scene, rule, when, spiking, rows):
    """A rule of learning at the synapses of its event, and the bounds."""
    where = None
    if when == "input":
        where = spiking[np.newaxis, :]
    elif rows is not None:
        where = rows[:, np.newaxis]
    if where is not None and not where.any():
        return
    statements = read_statements(rule["learning"][when])
    scene.hold()
    for statement in statements:
        assign(scene, statement, where)
    scene.held = {}
    if any(statement.target == "theta" for statement in statements):
        inside(scene)


def reset(scene, rule, event, happened):
    """The statements of a reset at an event of outputs; of a signal once for each that has it."""
    statements = read_statements(rule["resets"].get(event, ""))
    if not (statements and happened.any()):
        return
    scene.hold()
    for statement in statements:
        target, operator, text, _ = statement
        if scene.block(target) == "outputs":
            assign(scene, statement, happened)
            continue
        spiking = np.flatnonzero(happened)
        if event != "output" and of_network(scene, rule["events"][event]):
            spiking = spiking[:1]
        for k in spiking:
            value = np.broadcast_to(scene.value(text, "outputs"), scene.K)[k]
            scene.put(target, changed(scene.stores["signals"][target], operator, value))
    scene.held = {}


def of_network(scene, condition):
    """Whether a condition is one of signals and parameters, and draws nothing."""
    names, extra = scene.all_names(condition)
    known = scene.numbers.keys() | scene.stores["signals"].keys() | scene.functions.keys()
    return names <= known and not extra


def answer(scene, counts, label):
    """The response to a sample, and the label's share in it."""
    winners = np.flatnonzero(counts == counts.max())
    if counts.max() == 0:
        response, correct = -1.0, 1 / scene.K
    else:
        response = float(winners[0]) if len(winners) == 1 else -1.0
        correct = float(label in winners) / len(winners)
    for name, value in (("response", response), ("correct", correct)):
        if name in scene.stores["signals"]:
            scene.put(name, value)
