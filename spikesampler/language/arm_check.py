"""Whether a text of a noise arm has a value in a model: names, functions, dimension."""

import ast
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from spikesampler.errors import InputError, shortened
from spikesampler.language.dimensions import ANY, Measure, power_of_unit, spelled
from spikesampler.language.expressions import (
    ARGUMENTS,
    FUNCTIONS,
    RANDOM,
    functions_in,
    names_in,
    parse,
)
from spikesampler.language.linear import expanded
from spikesampler.language.noise_arms import ARMS, MATCHED, Arm, arms_of
from spikesampler.language.parameter import Parameter
from spikesampler.language.rule import BLOCKS, Rule
from spikesampler.language.scopes import FREE, OF_OUTPUTS
from spikesampler.language.sum_texts import means_in
from spikesampler.language.units import UNITS
from spikesampler.language.words import resolve_words

__all__ = ["checked_expression", "checked_part"]

#: what one can do where a model lacks what an arm of every model needs, and momentum
_INSTEAD = (
    "write the noise out, as in mine=2*b*w",
    "say the variance that it shall have, as in momentum:of=2*b",
)
OF_PARAMETERS = ("gamma", "release")  #: parts that are the same for all synapses


def checked_part(
    name: str, arm: Arm, part: str, text: str, rule: Rule, parameters: Mapping[str, Parameter]
) -> str:
    """A text of an arm with its words decided.

    part : "variance of STATE", "drift of STATE", mobility, gamma, release or match. Raises
    InputError, with arm, part and text, where it has no value in the model, or has another
    dimension than the part.
    """
    matches = part == "match" and arm.match
    where = f"noise arm {name}, {part} '{shortened(arm.match if matches else text)}'"
    words = {key: one.value for key, one in parameters.items() if one.choices}
    try:
        text = resolve_words(text, words)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    may_mean = ("mean",) if part.startswith("variance") or part == "match" else ()
    checked_expression(where, text, may_mean)
    powers = _powers(rule, parameters)
    if part in OF_PARAMETERS:
        own = {*parameters, "second"}
        powers = {key: power for key, power in powers.items() if key in own}
    else:
        powers[MATCHED] = 0
    if unknown := sorted(names_in(text) - powers.keys()):
        table = ARMS.get(name)
        if (
            table
            and (table.match, table.follow) == (arm.match, arm.follow)
            and table.variance == arm.variance
            and part not in OF_PARAMETERS
        ):
            raise InputError(
                f"noise arm {name} needs {' and '.join(unknown)}, which the model does not define:"
                f" its {part} is {text}; define it, or"
                f" {_INSTEAD[bool(arm.momentum)]}"
            )
        others = arms_of(rule.noises) if matches else ()
        near = get_close_matches(unknown[0], [*others, *powers], n=1)
        meant = f" (is {near[0]} meant?)" if near else ""
        raise InputError(
            f"{where}: unknown name '{unknown[0]}'{meant}; known are {', '.join(powers)}"
        )
    _check_means(where, text, rule, parameters)
    _check_dimension(where, part, text, powers)
    return text


def _check_means(where: str, text: str, rule: Rule, parameters: Mapping[str, Parameter]) -> None:
    """Refuse a mean over all synapses of what is not the synapse's own."""
    means = means_in(text)
    own = {*parameters, *rule.states("synapses"), *rule.drift, "theta", "second"}
    for inner in means:
        strange = sorted(names_in(expanded(inner, rule.equations("synapses"))) - own)
        if strange or means_in(inner):
            raise InputError(
                f"{where}: mean({shortened(inner)}) has {strange[0] if strange else 'a mean'} in"
                " it; it is over all synapses, of theta, their other variables and parameters"
            )
    if means and "mean" in {*_powers(rule, parameters)}:
        raise InputError(f"{where}: the model has a mean of its own; give that another name")


def checked_expression(where: str, text: str, further: Sequence[str] = ()) -> None:
    """Refuse what is no expression, draws, or calls what is no function.

    further : functions of one argument that it may call beside those of every text.
    """
    try:
        called = functions_in(text)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.Tuple | ast.IfExp) or isinstance(
            getattr(node, "value", 0), str | bool
        ):
            raise InputError(f"{where}: '{ast.unparse(node)}' is no number")
    for function, number in called.items():
        if function in RANDOM:
            raise InputError(f"{where}: {function}() draws; write a variance, which does not")
        if function == "mean" and not further:
            raise InputError(f"{where}: a mean over all synapses may stand in a variance alone")
        known = function in FUNCTIONS or function in further
        if not known or number != ARGUMENTS.get(function, 1):
            raise InputError(
                f"{where}: {function} of {number} arguments is no function; expected one of"
                f" {', '.join((*FUNCTIONS, *further))}"
            )


def _powers(rule: Rule, parameters: Mapping[str, Parameter]) -> dict[str, float | None]:
    """Power of time of each name that an arm's texts may use: of the model, and built-in ones."""
    powers: dict[str, float | None] = {
        key: UNITS[one.unit][1] for key, one in parameters.items() if not one.choices
    }
    for block in BLOCKS:
        powers |= {one.name: power_of_unit(one.unit) for one in rule.equations(block)}
    powers |= dict.fromkeys(rule.drift.keys() - powers.keys(), 0)
    return powers | {"theta": 0} | {key: power for key, (_, power) in (FREE | OF_OUTPUTS).items()}


def _check_dimension(where: str, part: str, text: str, powers: Mapping[str, float | None]) -> None:
    """Refuse another dimension than that of the part: a variance of theta is one per second."""
    what, _, state = part.partition(" of ")
    own = powers.get(state, 0) or 0
    expected = {"variance": 2 * own - 1, "drift": own - 1, "gamma": -1}.get(what, 0)
    said: list[str] = []
    known = {key: power for key, power in powers.items() if power is not None}
    found = Measure(text, known, said.append).of(parse(text))
    if said:
        raise InputError(f"{where}: {said[0]}")
    if found not in (None, ANY, expected):
        if what == "match" and not isinstance(found, str):
            found, expected = found - 1, -1  # of the variance, whose text was made a power
        raise InputError(f"{where} is {spelled(found)}; it has to be {spelled(expected)}")
