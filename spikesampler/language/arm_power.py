"""The power of a noise arm that has that of another: at the start, or at every step of the grid.

The power is the mean of the variance over all synapses of the network. An arm that is written out
has its law scaled to it: with the law g and the variance p, g mean(p)/mean(g).
"""

import ast

from spikesampler.errors import InputError, shortened
from spikesampler.language.arm_check import checked_expression
from spikesampler.language.derivative import chained
from spikesampler.language.expressions import names_in, parse
from spikesampler.language.noise_arms import ARMS, MATCHED, Arm, arms_of
from spikesampler.language.rule import Rule
from spikesampler.language.sum_texts import means_in

__all__ = ["over_rate", "with_power"]


def with_power(name: str, arm: Arm, rule: Rule) -> tuple[dict[str, str], str]:
    """Variance of an arm that has the power of another, and the text whose mean is matched_power.

    Raises InputError where the one or the other is no noise of theta alone.
    """
    option = "match" if arm.match else "follow"
    of = arm.match or arm.follow
    arms = arms_of(rule.noises)
    other = arms[of].variance if of in arms else {"theta": of}
    for text in other.values():
        checked_expression(f"noise arm {name}, {option} '{shortened(text)}'", text, ("mean",))
    taken = [*other] == ["theta"] and MATCHED not in names_in(other["theta"])
    if not taken or (arm.follow and means_in(other["theta"])):
        raise InputError(
            f"noise arm {name}, {option} {of}: expected an arm with noise in theta, or a"
            " variance such as 2*b*w"
        )
    if name in ARMS:
        return _flat(arm, other["theta"])
    law = arm.variance.get("theta", "")
    if [*arm.variance] != ["theta"] or MATCHED in names_in(law) or means_in(law):
        raise InputError(
            f"noise arm {name}, {option}={of}: what is scaled to this power is a variance of theta"
            f" without {MATCHED} and mean(…); leave {option} or these out"
        )
    ratio = f"mean({other['theta']})/mean({law})"
    if arm.follow:
        return {"theta": f"({law})*{ratio}"}, ""
    return {"theta": f"({law})*{MATCHED}"}, ratio


def _flat(arm: Arm, power: str) -> tuple[dict[str, str], str]:
    """The same for the arms of every model, whose noise is the same for all synapses."""
    rest = over_rate(power)
    if arm.follow:
        return {"theta": f"2*b*mean({rest})" if rest else f"mean({power})"}, ""
    if rest is None:
        return {"theta": f"{MATCHED}/second"}, f"({power})*second"
    return {"theta": f"2*b*{MATCHED}"}, rest


def over_rate(variance: str) -> str | None:
    """What a product that begins with 2*b is times 2*b; None where it does not."""
    factors: list[str] = []
    node = parse(chained(variance))
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        factors, node = [ast.unparse(node.right), *factors], node.left
    first, *others = [ast.unparse(node), *factors]
    if (first, *others[:1]) != ("2", "b"):
        return None
    brackets = (f"({one})" if not one.isidentifier() else one for one in others[1:])
    return chained("*".join(brackets) or "1")
