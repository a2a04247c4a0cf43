"""Drift and noise of the synapses over one step of the grid, read in the Ito sense.

theta, and every state whose noise depends on itself, makes a step of Euler and Maruyama. Another
state whose drift is linear in itself, and whose variance is free of it, makes the exact step of an
Ornstein-Uhlenbeck process: over a step h, ds = (a s + c) dt + sqrt(g) dW brings s to
s exp(a h) + c h exprel(a h) with a variance of g h exprel(2 a h). Noise of such a step may reach
another state, too, times a factor. All of a step follows from values at its beginning;
`plastic` = 0 freezes it.
"""

from collections.abc import Callable

from spikesampler.language.expressions import names_in
from spikesampler.language.linear import linear_parts
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.soundness import is_never_negative
from spikesampler.spiking.stepping import summed

__all__ = ["grid_statements", "grid_states", "watched_variances"]


def grid_states(plan: Plan) -> list[str]:
    """States of the synapses that the grid steps, theta first."""
    texts = [*plan.rule["drift"].items(), *plan.structure["arm"]["variance"].items()]
    named = dict.fromkeys(name for name, text in texts if text.strip())
    return sorted(named, key=lambda name: name != "theta")


def grid_statements(
    plan: Plan, translated: Callable[[str], str], plastic: str, dt: str = "grid"
) -> list[str]:
    """Statements of one step, in Brian2's words, without bounds; none where nothing drifts.

    translated : an expression of a pair in Brian2's words. plastic : the same name at a pair.
    """
    states = grid_states(plan)
    lines = []
    if any("temperature" in names_in(text) for text in _texts(plan)) or _noisy(plan):
        lines.append("temperature = temperature_at(t)")

    def text_of(text: str) -> str:
        return translated(text).replace("temperature_at(t)", "temperature")

    if not states:
        return []
    watched = watched_variances(plan)
    if watched:
        lines.append("theta_before = theta")
    for name in watched:
        lines.append(f"variance_{name} = ({text_of(_variance(plan, name))})*{plastic}")
    changes = {name: _change(plan, name, text_of, name in watched) for name in states}
    for name, (other, factor) in plan.structure["arm"]["shared"].items():
        lines.append(f"noise_{other} = {changes[other][1]}")
        changes[other] = changes[other][0], f"noise_{other}"
        changes[name] = changes[name][0], f"{changes[name][1]} + {text_of(factor)}*noise_{other}"
    added = {
        name: f"{plastic}*({' + '.join(filter(None, parts))})" for name, parts in changes.items()
    }
    if len(states) == 1:
        return [*lines, f"{engine_name(states[0])} += {added[states[0]]}"]
    lines += [f"change_{name} = {change}" for name, change in added.items()]
    return [*lines, *(f"{engine_name(name)} += change_{name}" for name in states)]


def _texts(plan: Plan) -> list[str]:
    arm = plan.structure["arm"]
    texts = [*plan.rule["drift"].values(), *arm["variance"].values()]
    return [plan.pair_text(text) for text in texts if text.strip()]


def _noisy(plan: Plan) -> bool:
    return any(text.strip() for text in plan.structure["arm"]["variance"].values())


def _variance(plan: Plan, name: str) -> str:
    return plan.structure["arm"]["variance"].get(name, "").strip()


def watched_variances(plan: Plan) -> list[str]:
    """States whose variance may be below 0 at some theta, though it is not at the start."""
    functions = plan.functions | plan.means
    return [
        name
        for name in grid_states(plan)
        if _variance(plan, name) and not is_never_negative(_variance(plan, name), functions)
    ]


def _change(
    plan: Plan, name: str, text_of: Callable[[str], str], is_watched: bool
) -> tuple[str, str]:
    """The change of a state in one step of the grid, while learning: what is sure, and noise."""
    drift, variance = plan.rule["drift"].get(name, "").strip(), _variance(plan, name)
    exact = None if name == "theta" else _linear(plan, name, drift, variance)
    factor = _factor(text_of(variance)) if variance else ""
    if is_watched:
        factor = f"variance_{name}"
    if exact is not None:
        return _exact_change(name, exact, factor, text_of)
    step = f"({text_of(drift)})*p_grid" if drift else ""
    return step, f"sqrt(temperature*{factor}*p_grid)*randn()" if variance else ""


def _linear(plan: Plan, name: str, drift: str, variance: str) -> tuple[str, str] | None:
    """(a, c) of a drift a s + c, both free of s, as is the variance; else None."""
    if not drift or (variance and name in names_in(plan.pair_text(variance))):
        return None
    terms = linear_parts(plan.pair_text(drift), [name])
    if terms is None:
        return None
    own = [term for term in terms if term.variable]
    rest = [term for term in terms if not term.variable and term.coefficient != "0"]
    return (summed(own), summed(rest)) if own else None


def _exact_change(
    name: str,
    linear: tuple[str, str],
    factor: str,
    text_of: Callable[[str], str],
) -> tuple[str, str]:
    own, rest = map(text_of, linear)
    rate = f"({own})*p_grid"
    change = f"{engine_name(name)}*expm1({rate})"
    if rest != "0":
        change += f" + ({rest})*p_grid*exprel({rate})"
    spread = f"temperature*{factor}*p_grid*exprel(2*{rate})"
    return change, f"sqrt({spread})*randn()" if factor else ""


def _factor(text: str) -> str:
    """The text as it can be multiplied."""
    terms = linear_parts(text, []) if "(" not in text else None
    return text if terms is not None and len(terms) == 1 and terms[0].sign > 0 else f"({text})"
