"""What a noise arm is for a model: texts that need no table.

A run keeps an arm as these texts, a plain dict: name; source; variance and drift, by state;
mobility; momentum, the text of gamma; release, the text of a chance; matched, the text whose mean
over the synapses at the start is `matched_power`. `language.arm_rule` folds them into the model's
rule, so that the engines know no arm.
"""

import re
from collections.abc import Mapping
from typing import Any

from spikesampler.errors import InputError
from spikesampler.language.arm_check import checked_part
from spikesampler.language.arm_power import over_rate, with_power
from spikesampler.language.derivative import chained, depends_on, derivative
from spikesampler.language.expressions import evaluate
from spikesampler.language.noise_arms import ARMS, MATCHED, Arm, arms_of
from spikesampler.language.parameter import Parameter
from spikesampler.language.release import released
from spikesampler.language.rule import Rule
from spikesampler.language.units import to_base

__all__ = ["arm_texts", "available_arms"]


def arm_texts(
    name: str, arm: Arm, rule: Rule, parameters: Mapping[str, Parameter]
) -> dict[str, Any]:
    """The texts of an arm for a model, with words decided and everything derived; see above.

    parameters : of the model, by name. Raises InputError, one line with the arm, its part and text,
    for names that the model does not define, functions that there are not, and variances without
    the derivative that a posterior needs.
    """
    variance, matched = dict(arm.variance), ""
    if arm.match or arm.follow:
        variance, matched = with_power(name, arm, rule)
    elif any(re.search(rf"\b{MATCHED}\b", text) for text in _own_texts(arm)):
        matched = over_rate(ARMS["weight"].variance["theta"]) or ""
    parts = {f"variance of {state}": text for state, text in variance.items()}
    parts |= {f"drift of {state}": text for state, text in arm.drift.items()}
    parts |= {"mobility": arm.mobility, "gamma": arm.momentum, "release": arm.release}
    parts |= {"match": matched}
    for part, text in parts.items():
        if text:
            parts[part] = checked_part(name, arm, part, text, rule, parameters)
    texts: dict[str, Any] = {
        "name": name,
        "source": arm.source,
        "variance": {state: parts[f"variance of {state}"] for state in variance},
        "drift": {state: parts[f"drift of {state}"] for state in arm.drift},
        "mobility": parts["mobility"],
        "momentum": parts["gamma"],
        "release": parts["release"],
        "matched": parts["match"],
    }
    if arm.preserves:
        texts |= _preserving(name, texts, rule, parameters)
    if texts["release"]:
        if rule.is_silent:
            raise InputError(
                f"noise arm {name} needs spikes of inputs: nothing fires in this model"
            )
        texts["release"] = _releasing(name, texts["release"], rule, parameters)
    if arm.momentum:
        _check_momentum(name, texts, rule)
    return texts


def _own_texts(arm: Arm) -> list[str]:
    return [*arm.variance.values(), *arm.drift.values(), arm.mobility]


def available_arms(
    rule: Rule, parameters: Mapping[str, Parameter]
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Texts by name of the arms that a model has, and why it lacks the others of the table.

    Raises InputError for an arm of the model's own that is none.
    """
    have, lacks = {}, {}
    for name, arm in arms_of(rule.noises).items():
        try:
            have[name] = arm_texts(name, arm, rule, parameters)
        except InputError as error:
            if name in rule.noises:
                raise
            lacks[name] = str(error)
    return have, lacks


def _releasing(name: str, chance: str, rule: Rule, parameters: Mapping[str, Parameter]) -> str:
    """The text of a chance, "" where it is 1: such a synapse is the deterministic one."""
    values = {key: to_base(p.value, p.unit) for key, p in parameters.items() if not p.choices}
    if evaluate(chance, {**values, "second": 1.0}) == 1:
        return ""
    try:
        released(rule, chance, parameters)
    except InputError as error:
        raise InputError(f"noise arm {name}: {error}") from None
    return chance


def _check_momentum(name: str, texts: Mapping[str, Any], rule: Rule) -> None:
    """Refuse noise with which velocity and theta would not have the densities of the arm."""
    variance = texts["variance"]
    if [*variance] != ["theta"] or depends_on(variance["theta"], rule.functions("synapses")):
        said = ", ".join(f"{text} of {state}" for state, text in variance.items()) or "none"
        raise InputError(
            f"noise arm {name} needs a variance of theta that does not depend on theta, such as"
            f" 2*b; its is {said}: say another by of=ARM or of=VARIANCE"
        )


def _preserving(
    name: str, texts: Mapping[str, Any], rule: Rule, parameters: Mapping[str, Parameter]
) -> dict[str, Any]:
    """Drift and mobility with which a variance 2 D keeps the posterior: D/b, and dD/dtheta.

    With drift b d(log p)/dtheta, the density p^(1/T) is stationary for dtheta = (D d(log p)/dtheta
    + T dD/dtheta) dt + sqrt(2 T D) dW: its flow D p + T (D' p - (D p)') is 0.
    """
    variance = texts["variance"].get("theta", "")
    if [*texts["variance"]] != ["theta"] or texts["drift"] or texts["mobility"] != "1":
        raise InputError(
            f"noise arm {name}: a posterior is preserved by a variance of theta alone, from which"
            " drift and mobility follow; leave these out"
        )
    if "b" not in parameters:
        raise InputError(
            f"noise arm {name} needs b, the rate of the model's drift b*d(log p)/dtheta, which the"
            " model does not define: its mobility is the variance over 2*b; write drift and"
            " mobility out, as in mine=2*w:drift=temperature*w:mobility=w"
        )
    rest = over_rate(variance)
    half = chained(f"b*({rest})" if rest else f"0.5*({variance})")
    try:
        slope = derivative(half, rule.functions("synapses"))
    except InputError as error:
        raise InputError(
            f"noise arm {name} preserves the posterior by the derivative of its variance: {error}"
        ) from None
    return {
        "mobility": rest or f"({variance})/(2*b)",
        "drift": {} if slope == "0" else {"theta": chained(f"temperature*({slope})")},
    }
