"""How the sums of an output over its synapses follow what changes: spikes, weights, and time."""

from collections.abc import Callable

from spikesampler.language.expressions import names_in
from spikesampler.spiking.inputs import bracketed
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.plan import Plan, Sum

__all__ = ["at_input_spikes", "clearing", "made_anew", "on_change"]

Translated = Callable[[str], str]


def at_input_spikes(plan: Plan, translated: Translated) -> str:
    """What an input's spike adds to the sums of all outputs."""
    lines = []
    for one in plan.sums:
        if not one.variable or one.jump == "0":
            continue
        factor = translated(one.coefficient)
        if one.jump is None:
            factor += f"*jump_{engine_name(one.variable)}_post"
        elif one.jump != "1":
            factor = f"{bracketed(factor)}*{bracketed(translated(one.jump))}"
        lines.append(f"{one.name}_pre += {factor}")
    return "\n".join(lines)


def clearing(plan: Plan) -> str:
    """Statements of the outputs before the sums are made anew."""
    return "\n".join(f"{one.name} = 0" for one in plan.sums)


def made_anew(plan: Plan, translated: Translated) -> str:
    """What each synapse adds to the sums of its output."""
    lines = []
    for one in plan.sums:
        lines.append(f"{one.name}_pre += {_product(one, translated(one.coefficient))}")
    return "\n".join(lines)


def on_change(plan: Plan, translated: Translated) -> tuple[str, str]:
    """Statements before and after a change of theta, by which stored functions and sums follow."""
    changing = {"theta"} | plan.stored.keys()
    changed = [one for one in plan.sums if names_in(one.coefficient) & changing]
    coefficients = list(dict.fromkeys(one.coefficient for one in changed))
    before = [f"before_{i} = {translated(text)}" for i, text in enumerate(coefficients)]
    after = [f"{engine_name(n)} = {translated(text)}" for n, text in plan.stored.items()]
    for one in changed:
        number = coefficients.index(one.coefficient)
        change = f"{translated(one.coefficient)} - before_{number}"
        change = f"({change})" if one.variable else change
        after.append(f"{one.name}_pre += {_product(one, change)}")
    return "\n".join(before), "\n".join(after)


def _product(one: Sum, factor: str) -> str:
    """The factor times the sum's variable, if it has one."""
    return f"{factor}*{engine_name(one.variable)}_post" if one.variable else factor
