"""A model as mathematics: its equations, what each event does, and the stochastic equation of each
noise arm.
"""

from typing import NamedTuple

from spikesampler.language.arm_rule import as_factor, drift_text, step_text, with_mobility
from spikesampler.language.blocks import read_statements
from spikesampler.language.evaluator import firing_of
from spikesampler.language.expressions import replace_names
from spikesampler.language.sum_texts import means_in
from spikesampler.report import mathml

__all__ = ["Block", "Line", "noise_equation", "of_rule", "of_rules"]

#: when statements are carried out, besides own events
_WHEN = {
    "input": "at a spike of input i",
    "output": "at a spike of output k",
    "sample": "at the end of every sample",
    "step": "in every step of length dt",
}
_GRID = "in every step of length grid while the network learns, beside what else moves it"
_PLACES = {
    "inputs": "Inputs, index i",
    "outputs": "Outputs, index k",
    "signals": "Signals, of the whole network",
    "synapses": "Synapses (k, i), one of each pair",
}
_SCHEDULE = {
    "constant": "1",
    "linear": "falling linearly to zero at the end of learning",
    "exponential": "falling as exp(−anneal_rate × the fraction of learning done)",
}


class Line(NamedTuple):
    """One equation as a <math> element, its unit, what is said of it, and the statement that the
    program has for it.
    """

    math: str
    unit: str = ""
    note: str = ""
    code: str = ""


class Block(NamedTuple):
    """Equations that belong together."""

    title: str
    lines: list


def of_rules(rules, arms):
    """Blocks of the rules of a model's pathways by name, "" for the only one of a short model.

    arms : {name: texts as `language.arm_texts` has them}, of several pathways by the name of each.
    """
    found = []
    for pathway, rule in rules.items():
        own = {name: texts[pathway] if pathway else texts for name, texts in arms.items()}
        of = f"{pathway}: " if pathway else ""
        found += [block._replace(title=of + block.title) for block in of_rule(rule, own)]
    return found


def of_rule(rule, arms):
    """Blocks of a Rule for these noise arms, {name: texts} as `language.arm_texts` has them."""
    lines = {block: [*map(_equation, rule.equations(block))] for block in _PLACES}
    lines["outputs"].append(_rate(rule))
    lines["synapses"] += [*_bounds(rule), *_starts(rule)]
    blocks = [Block(title, lines[block]) for block, title in _PLACES.items()]
    for block in _PLACES:
        names = rule.synapse_states if block == "synapses" else rule.states(block)
        initial = {name: text for name, text in rule.initial.items() if name in names}
        lines[block] += [
            _line(f"{name} = {text}", note="before the first step")
            for name, text in initial.items()
        ]
    learning = with_mobility(rule, arms.values())
    blocks.append(Block("Learning: for all synapses of the neuron", _rules(rule, learning)))
    blocks.append(Block("What events do to variables", _rules(rule, rule.resets)))
    for name, texts in arms.items():
        title = f"Between events, noise arm {name} (Itô)"
        blocks.append(Block(title, _noise(texts, rule.drift)))
    return [block for block in blocks if block.lines]


def _equation(equation):
    name = f"d{equation.name}/dt" if equation.is_differential else equation.name
    return _line(f"{name} = {equation.text}", equation.unit, equation.comment)


def _line(text, unit="", note=""):
    return Line(mathml.differential_equation(text), unit, note)


def _bounds(rule):
    names = ("theta_low", "theta_high")
    notes = ("lower bound of θ", "upper bound of θ")
    return [
        _line(f"{name} = {text}", "1", note)
        for name, text, note in zip(names, rule.bounds, notes)
        if text
    ]


def _starts(rule):
    note = "start {}: rand() is uniform from 0 to 1, randn() standard normal, anew for each synapse"
    return [_line(f"theta = {text}", "1", note.format(name)) for name, text in rule.starts.items()]


def _rules(rule, statements):
    """Lines of {when: statements}, with when as their note."""
    notes = _WHEN | {
        "teacher": f"at a teacher event, Poisson at rate {rule.teacher} on the output of the label"
    }
    notes |= {name: f"at output k, where {text}" for name, text in rule.events.items()}
    return [
        _line(f"{one.target} {one.operator} {one.text}", note=notes.get(when, when))
        for when, text in statements.items()
        for one in read_statements(text)
    ]


def _rate(rule):
    """The rate of output k, which is no equation of the model file but its firing law."""
    law, rate = firing_of(rule)
    if law == "poisson":
        return _line(f"r_k = {rate}", "Hz", "rate of the spikes of output k, each output's own")
    shared = (
        "<msub><mi>r</mi><mi>k</mi></msub><mo>=</mo>"
        f"{mathml.formula(rate, least=mathml.PRODUCT)}<mfrac>"
        "<msup><mi>e</mi><msub><mi>u</mi><mi>k</mi></msub></msup>"
        "<mrow><munder><mo>∑</mo><mi>l</mi></munder>"
        "<msup><mi>e</mi><msub><mi>u</mi><mi>l</mi></msub></msup></mrow></mfrac>"
    )
    text = f"r_k = {rate} exp(u_k) / sum over l of exp(u_l)"
    note = f"rate of the spikes of output k: the outputs share the rate {rate}"
    return Line(mathml.whole(shared, text), "Hz", note)


def noise_equation(texts, drift):
    """dθ of a noise arm as a <math> element: (M drift + own drift) dt + sqrt(T variance) dW, T the
    temperature.
    """
    variance = texts["variance"].get("theta", "")
    spread = f"temperature*{as_factor(variance)}" if variance else ""
    return mathml.stochastic("theta", _with_t(drift_text(texts, drift)), _with_t(spread))


def _with_t(text):
    return replace_names(text, {"temperature": "T"})


def _noise(texts, drifts):
    drift = drifts.get("theta", "")
    others = _of_states(texts, drifts)
    if texts["momentum"]:
        return _momentum(texts, drift) + others + _shared(texts)
    note = (
        f"{texts['source']}. Every step of length grid, plastic being 1 while learning and 0 in"
        " probes and tests:"
    )
    lines = [Line(noise_equation(texts, drift), "", note, step_text(texts, drift))]
    mobility = f"M = {texts['mobility']}"
    lines.append(_line(mobility, note="mobility, a factor of the learning events as well"))
    return lines + others + _shared(texts)


def _of_states(texts, drifts):
    """A line for each further state of the synapses that moves on the grid."""
    lines = []
    for state in dict.fromkeys((*drifts, *texts["drift"], *texts["variance"])):
        if state != "theta":
            parts = [part[state] for part in (drifts, texts["drift"]) if state in part]
            variance = texts["variance"].get(state, "")
            spread = _with_t(f"temperature*{as_factor(variance)}") if variance else ""
            moved = _with_t(" + ".join(parts) or "0")
            lines.append(Line(mathml.stochastic(state, moved, spread), "", _GRID))
    return lines


def _momentum(texts, drift):
    """Lines of the arm whose noise moves a velocity."""
    variance = texts["variance"]["theta"]
    force = f"gamma*({drift} - v)" if drift else "-gamma*v"
    note = f"{texts['source']}. What an event adds to theta times gamma is added to v instead."
    lines = [
        _line("dtheta/dt = v", "1/s"),
        Line(mathml.stochastic("v", force, f"T*gamma**2*{as_factor(variance)}"), "", note),
        _line(f"gamma = {texts['momentum']}"),
    ]
    return lines


def _shared(texts):
    """Lines on what several arms have: temperature, matched power, release."""
    lines = []
    if texts["variance"]:
        lines.append(
            _line(
                "T = noise_scale*c",
                note="temperature; c is its course over learning, by schedule: "
                + "; ".join(f"{one}, {text}" for one, text in _SCHEDULE.items()),
            )
        )
    if texts["matched"]:
        note = "matched_power is the mean of this over all synapses at the start"
        lines.append(Line(mathml.statement(texts["matched"]), "", note))
    if any(map(means_in, texts["variance"].values())):
        note = "mean(…) is over all synapses of the network, taken anew at every step of the grid"
        lines.append(_line("mean(a)", note=note))
    if texts["release"]:
        note = "chance that an input spike passes a synapse, by which it is 1/p as strong"
        lines.append(_line(f"p = {texts['release']}", note=note))
    return lines
