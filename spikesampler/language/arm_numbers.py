"""Numbers of a noise arm before a run: the power that it matches, and that its noise is one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError, shortened
from spikesampler.language.derivative import chained, depends_on
from spikesampler.language.evaluator import numbered
from spikesampler.language.expressions import evaluate, names_in
from spikesampler.language.linear import expanded
from spikesampler.language.rule import Rule
from spikesampler.language.sum_texts import replace_means

__all__ = ["check_arm", "matched_power"]

Array = NDArray[np.float64]
_MEAN: dict[str, Any] = {"mean": np.mean}
BETWEEN = 201  #: thetas between the bounds at which a variance is looked at


def matched_power(
    texts: Mapping[str, Any],
    rule: Rule,
    values: Mapping[str, Any],
    theta: Array,
    state: Mapping[str, Any] | None = None,
) -> float:
    """What the variance of a matched arm is a multiple of: the mean over all synapses at the start.

    texts : of the arm; values : of the parameters, in base units; theta : (K, I), or of any other
    shape; state : further variables of the synapses at the start, of that shape or numbers. 1 for
    an arm that matches none. Raises InputError where it is not finite, or not known yet.
    """
    if not texts["matched"]:
        return 1.0
    if unknown := _unknown(texts["matched"], rule, values, state or {}):
        raise InputError(
            f"noise arm {texts['name']}: {texts['matched']} depends on {sorted(unknown)[0]}, so it"
            " has no mean over the synapses at the start; match a variance of theta, of variables"
            " of the synapses and of parameters"
        )
    power = float(np.mean(_at(texts["matched"], rule, values, theta, state or {})))
    if not 0 <= power < np.inf:
        raise InputError(
            f"noise arm {texts['name']}: the mean of {texts['matched']} over the synapses at the"
            f" start is {power:g} with these parameters; expected 0 or more, and finite"
        )
    return power


def check_arm(
    texts: Mapping[str, Any],
    rule: Rule,
    values: Mapping[str, Any],
    theta: Array,
    bounds: tuple[float, float],
    state: Mapping[str, Array],
) -> None:
    """InputError where a variance is negative or no number, or an option has no meaning.

    It is looked at for theta at the start (K, I), at the bounds (infinite where there are none),
    and between them; the engine looks at every step. The arm's own drift and mobility have to be
    numbers at the start. state : further variables of the synapses at the start, each (K, I) or a
    number.
    """
    _check_options(texts, values)
    functions = rule.functions("synapses")

    def at_start(inner: str) -> str:
        """A mean over all synapses, as a number."""
        where = f"noise arm {texts['name']}: the mean of {shortened(inner)} over the synapses"
        mean = np.mean(_at(inner, rule, values, theta, state))
        _check_numbers(where, np.atleast_1d(mean), np.atleast_1d(theta.mean()))
        return repr(float(mean))

    drifts = {f"drift of {of}": text for of, text in texts["drift"].items()}
    for part, text in {"mobility": texts["mobility"], **drifts}.items():
        if not _unknown(text, rule, values, state):
            where = f"noise arm {texts['name']}: its {part}, {shortened(text)},"
            _check_numbers(where, _at(text, rule, values, theta, state), theta)
    for of, text in texts["variance"].items():
        where = f"noise arm {texts['name']}: its variance of {of}, {shortened(text)},"
        if _unknown(text, rule, values, state):
            continue  # known to the engine alone, such as a signal
        text = replace_means(text, at_start)
        _check_numbers(where, _at(text, rule, values, theta, state), theta, least=0.0)
        flat = all(np.ndim(value) == 0 for value in state.values())
        if flat and depends_on(text, functions):
            ends = [bound for bound in bounds if np.isfinite(bound)]
            grid = np.linspace(*bounds, BETWEEN) if len(ends) == 2 else np.array(ends)
            if len(grid):
                at = _at(text, rule, values, grid, state)
                _check_numbers(where, at, grid, least=0.0)


def _check_options(texts: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    known = {"second": 1.0, **values}
    if texts["momentum"]:
        gamma = evaluate(texts["momentum"], known)
        if not 0 < gamma < np.inf:
            raise InputError(
                f"noise arm {texts['name']}: gamma={texts['momentum']} is {gamma:g} Hz; expected a"
                " rate above 0"
            )
    if texts["release"]:
        chance = evaluate(texts["release"], known)
        if not 0 < chance <= 1:
            told = numbered(texts["release"], chance)
            raise InputError(
                f"noise arm {texts['name']}: the chance of release, {told}, has to be above 0 and"
                " at most 1"
            )


def _at(
    text: str, rule: Rule, values: Mapping[str, Any], theta: Array, state: Mapping[str, Any]
) -> Array:
    """A text at these thetas, of their shape, at temperature 1 and time 0."""
    known = {"second": 1.0, "temperature": 1.0, "t": 0.0, "matched_power": 1.0, **values, **state}
    written = chained(expanded(text, rule.equations("synapses")))
    with np.errstate(all="ignore"):  # what is not finite is refused
        value = evaluate(written, {**known, "theta": theta}, _MEAN)
    return np.broadcast_to(np.asarray(value, dtype=float), np.shape(theta))


def _unknown(
    text: str, rule: Rule, values: Mapping[str, Any], state: Mapping[str, Any]
) -> set[str]:
    names = names_in(expanded(text, rule.equations("synapses")))
    return names - {*values, *state, "theta", "second", "temperature", "t", "dt", "matched_power"}


def _check_numbers(where: str, numbers: Array, theta: Array, least: float = -np.inf) -> None:
    """Refuse what is below the least or not finite; theta : at the start (K, I), or at bounds."""
    wrong = ~(np.isfinite(numbers) & (numbers >= least))
    if wrong.any():
        first = np.unravel_index(np.argmax(wrong), wrong.shape)
        place = (
            f", of output {first[0]} and input {first[1]} at the start"
            if theta.ndim > 1
            else " within the bounds"
        )
        unit = "" if "its mobility, " in where else " per second"
        expected = "a finite number" if least < 0 else "0 or more, and finite"
        raise InputError(
            f"{where} is {numbers[first]:g}{unit} at theta = {theta[first]:g}{place}; expected"
            f" {expected}"
        )
