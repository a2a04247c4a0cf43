"""A model's text made into Brian2's: names, decays, rates and weights. Text in, text out."""

import re
from typing import Any

from spikesampler.language.retraction import RETRACTION

TRACES = ("x_slow_var", "x_fast_var")  #: of the inputs, carried over from sample to sample

#: when the teacher acts on an output: Poisson on the label's neuron, with the outputs' total rate
TEACHER = "i == int(labels(t)) and rand() < rho*dt*plastic*showing"

#: variables of the outputs that the engine provides besides the parameters
CONTROL = """
plastic : 1 (shared, constant)
record_inputs : integer (shared, constant)
num_samples : integer (shared, constant)
random_seed : integer (shared, constant)
grid_phase : integer (shared, constant)
showing : 1 (shared)
"""


def without_comments(text: str) -> str:
    """The text with everything from a # to the end of its line left out."""
    return re.sub(r"#.*", "", text)


def identifiers(text: str) -> set[str]:
    """All names in a text of equations or statements, without comments."""
    return set(re.findall(r"[A-Za-z_]\w*", without_comments(text)))


def differential_variables(text: str) -> list[str]:
    """Names of the variables that a block of equations integrates, in order."""
    return re.findall(r"^\s*d(\w+)/dt", text, flags=re.MULTILINE)


def substitute(text: str, names: dict[str, str]) -> str:
    """Replace whole identifiers by `names[identifier]`, but not in the dX/dt of an equation."""
    return re.sub(
        r"(?m)^\s*d\w+/dt(?=\s*=)|[A-Za-z_]\w*",
        lambda match: names.get(match.group(), match.group()),
        without_comments(text),
    )


def split_drift(text: str) -> tuple[str, str]:
    """Equations without those that only drift, dX/dt = rate, and these as statements X += rate*dt.

    A drift that depends on no other variable is exact as a sum over steps; Brian2's exact
    integration refuses it.
    """
    equations, statements = [], []
    for line in without_comments(text).splitlines():
        match = re.match(r"\s*d(\w+)/dt\s*=\s*(.*?)\s*:\s*1\s*$", line)
        if match and not identifiers(match[2]) & {*differential_variables(text)}:
            statements.append(f"{match[1]} += ({match[2]})*dt")
            line = f"{match[1]} : 1"
        equations.append(line)
    return "\n".join(equations), "\n".join(statements)


def framed(equations: str) -> tuple[str, dict[str, str]]:
    """Traces dX/dt = -X/tau as stored values times a frame that all neurons share, and {X: tau}."""
    taus: dict[str, str] = {}

    def in_frame(match: re.Match[str]) -> str:
        x, taus[x] = match.groups()
        return f"{x} = stored_{x}*frame_{x} : 1\nstored_{x} : 1\nframe_{x} : 1 (shared)"

    decay = r"(?m)^\s*d(\w+)/dt\s*=\s*-\s*\1\s*/\s*(\w+)\s*:\s*1\s*$"
    text = re.sub(decay, in_frame, without_comments(equations))
    if left := differential_variables(text):
        raise ValueError(
            f"inputs: expected d{left[0]}/dt = -{left[0]}/tau : 1, with a parameter for tau"
        )
    if sorted(taus) != sorted(TRACES):
        raise ValueError(f"inputs: traces {', '.join(taus)}; expected {', '.join(TRACES)}")
    return text, taus


class Dialect:
    """Brian2's words for a model's: parameters get a prefix p_, as N, i, t and dt are Brian2's."""

    def __init__(self, units: dict[str, int]) -> None:
        self.units = {name: {0: "1", 1: "second", -1: "Hz"}[power] for name, power in units.items()}

    def text(self, text: str, **others: str) -> str:
        """The text in Brian2's words; `others` replaces further names."""
        return substitute(text, {name: f"p_{name}" for name in self.units} | others)

    def declare(self, *texts: str) -> str:
        """Declarations of every parameter that the (already translated) texts use."""
        used = set().union(*map(identifiers, texts))
        return "\n".join(
            f"p_{name} : {unit} (shared, constant)"
            for name, unit in self.units.items()
            if f"p_{name}" in used
        )


def weight_expression(structure: dict[str, Any]) -> str:
    """w as a function of theta: the model's, and 0 for theta < 0 if synapses retract by `jump`."""
    weight = structure["synapses"].split("=", 1)[1].strip()
    return RETRACTION[structure["retraction"]].refresh.format(weight)


def mobility_expression(structure: dict[str, Any]) -> str:
    """M of the structure's noise arm."""
    return "(1)"


def grid_statements(structure: dict[str, Any], dialect: Dialect, plastic: str) -> str:
    """Prior and noise over one grid step, within the bounds of theta."""
    variance = structure["arm"]["variance"].get("theta", "")
    noise = f" + sqrt(temperature*{variance}*grid)*randn()" if variance else ""
    return dialect.text(
        f"""
        temperature = temperature_at(t)
        theta += plastic*(({structure["drift"]})*grid{noise})
        theta = clip(theta, theta_min, theta_max)
        """,
        M=dialect.text(mobility_expression(structure)),
        plastic=plastic,
    )
