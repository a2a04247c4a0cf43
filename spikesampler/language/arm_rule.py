"""The rule of a model with a noise arm folded into it: drifts, variances and learning.

So the engines step states by drift and variance, and carry rules out, and need to know no arm.
"""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from spikesampler.language.blocks import Statement, read_statements
from spikesampler.language.expressions import names_in, parse, replace_names
from spikesampler.language.rule import BLOCKS, Rule

__all__ = ["VELOCITY", "applied", "as_factor", "drift_text", "step_text", "with_mobility"]

VELOCITY = "velocity"  #: the state that the arm `momentum` gives a synapse
#: by how much a statement of each operator changes theta
_CHANGES = {
    "+=": "{}",
    "-=": "-({})",
    "=": "({}) - theta",
    "*=": "theta*({}) - theta",
    "/=": "theta/({}) - theta",
}


class Applied(NamedTuple):
    """A rule with an arm folded into it; variance : of each state, per second. shared : {state: (of
    another state, a factor)}: what the noise of the other's step adds to the state, too.
    """

    rule: Rule
    variance: dict[str, str]
    shared: dict[str, tuple[str, str]]


def applied(rule: Rule, texts: Mapping[str, Any], parameters: Iterable[str]) -> Applied:
    """The rule with an arm folded into it.

    The mobility is put in for M in drift and learning; where a change of theta does not say M, it
    is multiplied by it. parameters : names of the model's, among which M may be.
    """
    names = {*parameters, *(e.name for block in BLOCKS for e in rule.equations(block))}
    mobility = "" if "M" in names else texts["mobility"]

    def moved(text: str, changes_theta: bool) -> str:
        if mobility and "M" in names_in(text):
            return replace_names(text, {"M": f"({mobility})"})
        scaled = changes_theta and texts["mobility"] != "1"
        return f"({texts['mobility']})*({text})" if scaled else text

    drift = {state: moved(text, state == "theta") for state, text in rule.drift.items()}
    for state, text in texts["drift"].items():
        drift[state] = f"{drift[state]} + {text}" if state in drift else text
    learning = {
        when: "\n".join(_moved(statement, moved) for statement in read_statements(statements))
        for when, statements in rule.learning.items()
    }
    variance = dict(texts["variance"])
    drift |= {state: "0" for state in variance if state not in drift and state != "theta"}
    changed = replace(rule, drift=drift, learning=learning)
    if texts["momentum"]:
        return _with_velocity(changed, variance, texts["momentum"], names)
    return Applied(changed, variance, {})


def _moved(statement: Statement, moved: Any) -> str:
    """A statement with the mobility in it."""
    target, operator, text, _ = statement
    if target == "theta" and operator not in ("+=", "-="):
        change = _CHANGES[operator].format(text)
        scaled = moved(change, True)
        return f"theta += {scaled}" if scaled != change else f"theta {operator} {text}"
    return f"{target} {operator} {moved(text, target == 'theta')}"


def with_mobility(rule: Rule, arms: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """{when: statements} of learning as people are shown it: with the factor M of what it does to
    theta, where one of these arms has a mobility.
    """
    if all(texts["mobility"] == "1" for texts in arms):
        return dict(rule.learning)

    def moved(text: str, changes_theta: bool) -> str:
        return f"M*({text})" if changes_theta and "M" not in names_in(text) else text

    return {
        when: "\n".join(_moved(statement, moved) for statement in read_statements(statements))
        for when, statements in rule.learning.items()
    }


def _with_velocity(
    rule: Rule, variance: Mapping[str, str], gamma: str, taken: Iterable[str]
) -> Applied:
    """The rule whose drift, noise and learning move a velocity, and the velocity theta.

    d theta = v dt, dv = gamma (drift - v) dt + sqrt(gamma^2 variance) dW; a change of theta by
    learning kicks v by gamma times it. Over a step h, v is an exact Ornstein-Uhlenbeck step of the
    engine, and theta moves by the integral of v, of which the noise is that of v's step times
    tanh(gamma h/2)/gamma and a part that is independent of it, of variance
    h - 2 tanh(gamma h/2)/gamma: the joint law, for a force that the step holds and any gamma h.
    Where gamma h is large, this is the first-order step.
    """
    v = VELOCITY
    while v in {*taken, *rule.drift}:
        v += "_"
    h = f"({gamma})*grid"
    force, noise = rule.drift.get("theta", "0"), variance.get("theta", "0")
    own = f"exprel(-{h})"
    drift = {
        "theta": f"{own}*{v} + (1 - {own})*({force})",
        v: f"({gamma})*(({force}) - {v})",
    }
    learning = {
        when: "\n".join(
            f"{v} += ({gamma})*({_CHANGES[operator].format(text)})"
            if target == "theta"
            else f"{target} {operator} {text}"
            for target, operator, text, _ in read_statements(statements)
        )
        for when, statements in rule.learning.items()
    }
    others = {state: text for state, text in rule.drift.items() if state != "theta"}
    spread = {
        "theta": f"({noise})*clip(1 - tanh({h}/2)/({h}/2), 0, 1)",
        v: f"({gamma})**2*({noise})",
    }
    shared = {"theta": (v, f"tanh({h}/2)/({gamma})")}
    moved = replace(rule, drift=drift | others, learning=learning)
    return Applied(moved, {**variance, **spread}, shared)


def as_factor(text: str) -> str:
    """The text as a factor of a product: a sum in brackets; "" stays."""
    is_sum = bool(text) and isinstance(getattr(parse(text), "op", None), ast.Add | ast.Sub)
    return f"({text})" if is_sum else text


def drift_text(texts: Mapping[str, Any], drift: str) -> str:
    """What drifts theta in an arm, per second: mobility times the model's drift, and its own."""
    moved = drift if texts["mobility"] == "1" or not drift else f"M*({drift})"
    return " + ".join(filter(None, (moved, texts["drift"].get("theta", "")))) or "0"


def step_text(texts: Mapping[str, Any], drift: str) -> str:
    """The change of theta in one step of the grid, before bounds, as one statement for people.

    texts : of the arm; drift : of the model, per second.
    """
    variance = as_factor(texts["variance"].get("theta", ""))
    noise = f" + sqrt(temperature*{variance}*grid)*randn()" if variance else ""
    if texts["momentum"]:
        force = f"({drift or '0'})"
        return f"dv = gamma*({force} - v)*dt + sqrt(temperature*gamma**2*{variance})*dW"
    return f"theta += plastic*({as_factor(drift_text(texts, drift))}*grid{noise})"
