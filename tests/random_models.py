"""Models drawn at random from all that the language has, as texts of model files.

Values stay bounded: what changes a variable is a tanh, a clip or a share of what is there.
"""

import numpy as np

HEAD = '''"""Drawn at random."""

from spikesampler.language.parameter import our_choice

title = "Drawn at random"
citation = "none"
noise = "none"
parameters = dict(
'''
#: value and unit of parameters that texts may use
PARAMETERS = {
    "rho": (150.0, "Hz"),
    "tau_a": (20.0, "ms"),
    "tau_b": (6.0, "ms"),
    "tau_c": (50.0, "ms"),
    "omega": (60.0, "Hz"),
    "eta": (0.03, "1"),
    "low": (-1.3, "1"),
    "high": (0.9, "1"),
    "three": (3.0, "1"),
}


class Drawn:
    """The fields of one model, drawn one after the other from a seed."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.inputs, self.input_states = self._inputs()
        self.seen_by_inputs = [*self.input_states]
        self.input_functions = self._input_functions()
        self.signals, self.signal_states = self._signals()
        self.has_rule = {
            when: self.chance(p)
            for when, p in {
                "input": 0.5,
                "output": 0.8,
                "teacher": 0.5,
                "step": 0.5,
                "sample": 0.5,
            }.items()
        }
        self.output_states = self.some(["v", "a", "n", "last"], 1)
        self.synapse_states = self.some(["e", "f", "g", "h"], 0)

    # ---- draws

    def chance(self, p):
        return self.rng.random() < p

    def one(self, among):
        return among[self.rng.integers(len(among))]

    def some(self, among, least):
        size = self.rng.integers(least, len(among) + 1)
        return [among[i] for i in sorted(self.rng.choice(len(among), size, replace=False))]

    def number(self, low=0.1, high=1.0):
        return f"{self.rng.uniform(low, high):.4f}"

    def expression(self, names, depth=2):
        """A bounded expression of some of these names."""
        a, b = self.one(names), self.one(names)
        if depth and self.chance(0.5):
            a = f"({self.expression(names, depth - 1)})"
        c, d = self.number(), self.number()
        return self.one(
            [
                f"tanh({a} - {c}*{b})",
                f"clip({a}, -{c}, {d}) - {c}",
                f"{c}*sin({a} + {b})",
                f"int({a} > {c})*{d} - {c}*int(not {b} > {d})",
                f"int({a} < {c} and {b} >= -{d} or {b} > {c})/3",
                f"clip({a}*{b}, -1, 1)/(1 + abs({b}))",
                f"exp(-abs({a}))*{c}",
                f"({a} % {c})*{d}",
                f"0.1*clip({a} // {c}, -3, 3)",
                f"clip(int(3*{a}), -1.5, {d})/5",
                f"2/3*tanh(-{a})",
                f"-tanh({b})**2/2",
                f"sign({a} - {c})*{d}",
                f"clip(rand(), {c}, {c})*tanh({a})" if self.may_draw else f"sqrt(abs({c}))*{c}",
            ]
        )

    may_draw = False

    def statement(self, target, names, depth=2):
        self.may_draw = self.chance(0.3)
        text = self.expression(names, depth)
        self.may_draw = False
        return self.one(
            [
                f"{target} += {self.number(0.02, 0.2)}*({text})",
                f"{target} -= {self.number(0.02, 0.2)}*({text})",
                f"{target} = {target}*({self.number(0.8, 0.99)}*tau_a)/tau_a",
                f"{target} /= 1 + abs({text})",
                f"{target} = {self.number(0.5, 0.9)}*{target} + eta*({text})",
            ]
        )

    def statements(self, targets, names, most=3):
        number = self.rng.integers(1, most + 1)
        lines = [self.statement(self.one(targets), names, 1) for _ in range(number)]
        return self.one(["\n", "; "]).join(lines)

    # ---- equations

    def _inputs(self):
        kinds = [
            (["dx/dt = -x/tau_a"], ["x"]),
            (["dx/dt = -x/tau_a", "dy/dt = -y/tau_b"], ["x", "y"]),
            (["dy/dt = -y/tau_a", "dx/dt = (y - x)/tau_a"], ["y", "x"]),
            (
                ["dy/dt = -y/tau_b", "dx/dt = (y - x)/tau_a", "dz/dt = (x - z)/tau_b - y/tau_c"],
                ["y", "x", "z"],
            ),
            (["dx/dt = -x/tau_a - omega*y", "dy/dt = omega*x - y/tau_b"], ["x", "y"]),
            (["dx/dt = (0.3 - x)/tau_a", "dy/dt = -y/tau_b"], ["x", "y"]),
            (["dx/dt = -x*(1 + 0.3*cos(20*t/second))/tau_a", "dy/dt = (x - y)/tau_b"], ["x", "y"]),
            (["dx/dt = -x/tau_a + 0.1*label/second", "dy/dt = 0/second"], ["x", "y"]),
            (["dx/dt = -p/tau_a", "p = x + y/three", "dy/dt = -(2*y)/tau_c"], ["x", "y"]),
            (["dx/dt = -(x + plastic*x)/tau_a"], ["x"]),
        ]
        return self.one(kinds)

    def _input_functions(self):
        wanted = self.some(["i_linear", "i_square"], 0)
        texts = {
            "i_linear": f"{self.number()}*(x - {self.input_states[-1]}/three)",
            "i_square": f"x**2/(1 + {self.input_states[-1]}**2)",
        }
        self.seen_by_inputs += wanted
        return [f"{name} = {texts[name]}" for name in wanted]

    def _signals(self):
        wanted = self.some(["s", "q", "m"], 0)
        texts = {
            "s": "ds/dt = -s/tau_c",
            "q": "dq/dt = (correct - q)/tau_c",
            "m": "dm/dt = (tanh(response - m) - m*abs(m))/tau_c",
        }
        lines = [texts[name] for name in wanted]
        if wanted and self.chance(0.5):
            lines.insert(0, f"reward = correct - 0.1*label - {wanted[0]} + 0.1*cos(t/second)")
        return lines, wanted

    @property
    def of_signals(self):
        reward = ["reward"] if any(line.startswith("reward") for line in self.signals) else []
        return [*self.signal_states, *reward]

    def outputs(self):
        """Equations of the outputs, and names that others may see."""
        names = [*self.output_states, *self.of_signals, "k", "label", "plastic"]
        texts = {
            "v": "dv/dt = ({sum} - v)/tau_a",
            "a": "da/dt = -a/tau_c",
            "n": f"dn/dt = (tanh({self.one(names)}) - n*abs(n))/tau_a + hidden/tau_c",
            "last": "dlast/dt = -(last - last)/tau_a",
        }
        lines = [texts[name].format(sum=self.sum()) for name in self.output_states]
        drive = self.one(["hidden", *self.output_states])
        u = f"u = clip({self.sum()} + {self.sum()}*{self.number()} - {drive}, -4, 4)"
        hidden = f"hidden = {self.expression(names, 1)} + 0.1*tanh({self.sum()})"
        if self.chance(0.3):
            hidden += " - 0.001*second*rate"
        return self.one([[u, *lines, hidden], [hidden, *lines, u]])

    def sum(self):
        x, other = self.one(self.seen_by_inputs), self.one(self.seen_by_inputs)
        of_output = self.one([*self.output_states, "k", *self.of_signals])
        state = self.one(["theta", *self.synapse_states])
        return self.one(
            [
                f"sum(w*{x})",
                f"sum(w*({x} - {other}/2) - {self.number()}*w)",
                f"sum(-w*{x} + w2)",
                f"sum({state}*{x})/three",
                f"sum(w*{x}**2)/5",
                f"sum({x}*(theta % 0.7))",
                f"sum(w2*{x}*tanh({of_output}))",
                f"sum(int({state} > 0.2347)*{x})",
                f"sum({x}*plastic - {other}*w)",
                f"sum({x})/I",
                f"sum({state}*({self.expression([x, state, 'w', of_output], 1)}))",
            ]
        )

    def synapses(self):
        w = self.one(
            [
                "exp(theta)",
                "log(1 + exp(theta))",
                "theta**2",
                "clip(theta, 0, inf)",
                "int(theta > 0.1003)*expm1(abs(theta))",
                "1 + tanh(theta)",
            ]
        )
        names = self.of_synapse()
        of_theta = f"w2 = {self.one(['w', 'theta'])}*sqrt(1 + w)/three"
        if "moved" in self.synapse_states:
            of_theta += " + moved/9"
        texts = {
            "e": "de/dt = -e/tau_c",
            "f": f"df/dt = (x - f)/tau_c + {self.number()}*tanh({self.one(names)})/tau_c",
            "g": f"dg/dt = ({self.expression(names)} - g*abs(g))/tau_a",
            "h": f"dh/dt = ({self.one(['w', 'x', 'theta'])} - h)/tau_a",
        }
        lines = [f"w = {w}", of_theta, *(texts[n] for n in self.synapse_states if n in texts)]
        return [lines[i] for i in self.rng.permutation(len(lines))]

    def of_synapse(self):
        """What a text of synapses may see."""
        names = ["theta", "w", "w2", *self.synapse_states, *self.seen_by_inputs]
        names += [*self.output_states, *self.of_signals, "u", "hidden", "k", "label", "t/second"]
        return [*names, "0.01*rate*second", "plastic", "correct", "response"]

    # ---- what happens

    def events(self):
        names = [*self.output_states, *self.of_signals, "u", "k", "0.01*rate*second", "correct"]
        found = {}
        if self.chance(0.6):
            found["often"] = f"{self.expression(names)} > {self.number(-0.2, 0.3)}"
        if self.chance(0.4):
            found["by_chance"] = f"rand() < {self.number(0.02, 0.2)} and {self.one(names)} > 0.0101"
        if self.of_signals and self.chance(0.6):
            found["all"] = f"{self.one(self.of_signals)} > {self.number(-0.1, 0.1)}"
        return found

    def learning(self, events):
        names = self.of_synapse()
        whens = [when for when, wanted in self.has_rule.items() if wanted]
        whens += [event for event in events if self.chance(0.7)]
        targets = ["theta", "theta", *self.synapse_states]
        found = {when: self.statements(targets, names) for when in whens}
        return found or {"output": self.statements(["theta"], names)}

    def resets(self, events):
        of_inputs = [*self.seen_by_inputs, "label", "plastic", "t/second"]
        found = {}
        if self.chance(0.6):
            kinds = ["{0} += 1", "{0} = 1", "{0} += 0.5*(1 - {0})", "{0} *= 0.7; {0} += 0.3"]
            kinds += ["{0} -= {0}*{1}/9 - 0.4", "{0} += clip(rand(), 0.5, 0.5)", "{0} += three/2"]
            changed = self.some(self.input_states, 1)
            lines = [self.one(kinds).format(n, self.one(self.input_states)) for n in changed]
            found["input"] = "\n".join(lines)
        names = [*self.output_states, *self.of_signals, "u", "hidden", "k", "label", "correct"]
        names += ["0.01*rate*second", "response"]
        targets = [*self.output_states, *self.signal_states]
        for event in ("output", *events):
            if self.chance(0.6):
                found[event] = self.statements(targets, names)
        if self.chance(0.6):
            lines = [self.statement(self.one(self.input_states), of_inputs, 1)]
            for target in self.some(targets, 0):
                seen = self.of_signals if target in self.signal_states else names
                lines.append(self.statement(target, [*seen, "correct", "t/second"], 1))
            found["sample"] = "\n".join(lines)
        return found

    def drift(self):
        if self.chance(0.2):
            return {}
        if self.chance(0.3):
            return {"theta": "-omega*theta/20"}
        names = self.of_synapse()
        drift = {"theta": f"({self.expression(names)} - {self.number()}*theta)*omega/9"}
        if self.chance(0.4):
            drift["moved"] = f"(tanh({self.one(names)}) - moved)*omega/20"
            self.synapse_states.append("moved")
        if self.synapse_states and self.chance(0.3):
            drift[self.synapse_states[0]] = f"-omega*{self.synapse_states[0]}/50"
        return drift

    def fields(self):
        """All fields, by name."""
        drift = self.drift()
        events = self.events()
        learning = self.learning(events)
        resets = self.resets(events)
        events = {name: text for name, text in events.items() if name in {**learning, **resets}}
        own_rate = f"poisson(rho*exp(clip(u, -4, {self.number(0.1, 0.6)}))/three)"
        shared = self.one(["race(rho)", "race(rho*(1 + 0.2*cos(9*t/second)))"])
        if self.of_signals:
            shared = self.one([shared, f"race(rho*exp(-abs({self.one(self.of_signals)})))"])
        kept = {
            "inputs": [*self.input_functions, *self.inputs],
            "outputs": self.outputs(),
            "synapses": self.synapses(),
            "signals": self.signals,
        }
        found = {name: "\n".join(lines) for name, lines in kept.items() if lines}
        found |= {"bounds": self.one([("low", "high"), ("low", "0.4"), ("-0.6", "high"), ("", "")])}
        found |= {"starts": {"prior": "0.5*randn()"}, "firing": self.one([shared, own_rate])}
        found |= {"learning": learning, "resets": resets, "events": events, "drift": drift}
        if "teacher" in learning and self.chance(0.5):
            found["teacher"] = f"rho/2*exp(-abs({self.one([*self.of_signals, 't/second'])}))"
        begun = [*self.input_states, *self.output_states, *self.synapse_states, *self.signal_states]
        begun = [name for name in begun if self.chance(0.3)]
        found["initial"] = {name: self.one(["0.1", "0.2*rand()", "three/9"]) for name in begun}
        for name in self.signal_states:
            found["initial"].pop(name, None) if self.chance(0.5) else None
        return {name: value for name, value in found.items() if value}


def random_model(seed):
    """The text of the model file of a seed."""
    drawn = Drawn(seed)
    dt = drawn.one([1.0, 0.5, 2.0])
    samples = {
        "dt": (dt, "ms"),
        "grid": (dt * drawn.one([1, 5, 7, 10, 20]), "ms"),
        "sample_length": (dt * 20, "ms"),
        "gap": (dt * drawn.one([0, 0, 3, 10]), "ms"),
        "r_max": (drawn.one([60.0, 200.0]), "Hz"),
        "I": (int(drawn.rng.integers(1, 8)), "1"),
        "K": (int(drawn.rng.integers(2, 5)), "1"),
    }
    lines = [
        f'    {name}=our_choice({value}, "{unit}", "a number"),'
        for name, (value, unit) in {**PARAMETERS, **samples}.items()
    ]
    fields = [f"{name} = {value!r}" for name, value in drawn.fields().items()]
    return "\n".join([HEAD.rstrip(), *lines, ")", *fields, ""])
