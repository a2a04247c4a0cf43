"""A model as mathematics: its equations, what each event does, and the stochastic equation of each
noise arm.
"""

from typing import NamedTuple

from spikesampler.language.model_text import equations
from spikesampler.language.noise_arms import ARMS, noise_statement
from spikesampler.language.retraction import RETRACTION
from spikesampler.report import mathml

__all__ = ["Block", "Line", "noise_equation", "of_model"]

_EVENTS = {
    "teacher": "at a teacher event, Poisson at rate ρ on the neuron of the label (our choice)",
    "output": "at an output spike of neuron k",
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


def of_model(model, arms, parameters):
    """Blocks of a ModelText for these noise arms (names); parameters {name: value} are those of a
    run.
    """
    outputs = [*_lines(model.outputs), _SHARE] if model.outputs else []
    events = [
        _line(rule, note=_EVENTS.get(event, event))
        for event, text in (*model.learning.items(), *model.resets.items())
        for rule in _statements(text)
    ]
    blocks = [
        Block("Inputs, index i", _lines(model.inputs)),
        Block("Outputs, index k", outputs),
        Block("Synapses (k, i), one of each pair", _synapses(model, parameters)),
        Block("Events: for all synapses of neuron k", events),
    ]
    for name in dict.fromkeys(arms):
        if model.drift and name in ARMS:
            title = f"Between events, noise arm {name} (Itô)"
            blocks.append(Block(title, _noise(name, model.drift)))
    return [block for block in blocks if block.lines]


def _synapses(model, parameters):
    if not model.synapses:
        return []
    lines = [_line(text, "1") for text in model.synapses.splitlines() if text.strip()]
    note = "Poisson intensity of input i, given output k"
    lines.append(_line("intensity = alpha*exp(w)", "1", note))
    if "retraction" in parameters:
        name = parameters["retraction"]
        note = RETRACTION[name].words if name in RETRACTION else ""
        lines.append(Line("", "", f"retraction = {name}: {note}"))
    return lines


def _lines(block):
    return [_line(one.text, one.unit, one.comment) for one in equations(block)]


def _line(text, unit="", note=""):
    return Line(mathml.differential_equation(text), unit, note)


def _statements(text):
    return [one.strip() for line in text.splitlines() for one in line.split(";") if one.strip()]


#: the winner-take-all circuit, which is no equation of the model file: `spiking.network`
_SHARE = Line(
    (
        '<math display="block" alttext="r_k = rho exp(u_k) / sum over l of exp(u_l)"><mrow>'
        "<msub><mi>r</mi><mi>k</mi></msub><mo>=</mo><mi>ρ</mi><mfrac>"
        "<msup><mi>e</mi><msub><mi>u</mi><mi>k</mi></msub></msup>"
        "<mrow><munder><mo>∑</mo><mi>l</mi></munder>"
        "<msup><mi>e</mi><msub><mi>u</mi><mi>l</mi></msub></msup></mrow></mfrac></mrow></math>"
    ),
    "Hz",
    "rate of the spikes of output k: the outputs share the rate ρ",
)


def noise_equation(arm, drift):
    """dθ of a noise arm as a <math> element: (M drift + spurious) dt + sqrt(T variance) dW, T the
    temperature.
    """
    found = ARMS[arm]
    moved = drift if found.mobility == "1" else f"M*({drift})"
    moved = f"{moved} + {found.spurious}" if found.spurious else moved
    spread = f"temperature*{found.variance}" if found.variance else ""
    return mathml.stochastic("theta", _with_t(moved), _with_t(spread))


def _with_t(text):
    return text.replace("temperature", "T")


def _noise(name, drift):
    arm, lines = ARMS[name], []
    note = (
        f"{arm.source}. Every step of length grid, plastic being 1 while learning and 0 in probes"
        " and tests:"
    )
    lines.append(Line(noise_equation(name, drift), "", note, noise_statement(name, drift)))
    lines.append(
        _line(f"M = {arm.mobility}", note="mobility, a factor of the learning events as well")
    )
    if arm.variance:
        lines.append(
            _line(
                "T = noise_scale*c",
                note="temperature; c is its course over learning, by schedule: "
                + "; ".join(f"{one}, {text}" for one, text in _SCHEDULE.items()),
            )
        )
    if "v" in arm.variance.split("*"):
        lines.append(Line("", "", "v is the mean of N α exp(w) over all synapses at the start"))
    return lines
