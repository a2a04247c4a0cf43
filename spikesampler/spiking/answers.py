"""What a frozen network answers, and others with it, on the same input spikes.

The answer to a sample is the mean over its steps of each output's share in the momentary rates,
rate_k / sum rate, uniform where all are 0: the probabilities with which the network chooses,
without the chance of spikes that are drawn from them (Rao and Blackwell). The program adds it up
where it finds the file `riders`.

Networks of the same text with other theta ride along where that is possible: of one layer, whose
outputs race, where u is linear in sums that are kept (`plan`), with coefficients of parameters, and
inputs see nothing of the network. Frozen, such a network is its input spikes times numbers that are
known beforehand, so that a step of 20 of them is a loop over 20 K numbers in a row.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import RunError
from spikesampler.language.expressions import evaluate, names_in
from spikesampler.language.linear import Term, linear_parts
from spikesampler.spiking.loops import array_name
from spikesampler.spiking.plan import Plan, Sum
from spikesampler.spiking.stepping import updates

__all__ = ["Riding", "answering_code", "read_answers", "riding_of", "write_riders"]

RIDERS, ANSWERS = "riders", "answers"  #: what a program looks for in its folder, and writes there


class Riding(NamedTuple):
    """How u of an output follows from sums: sum of terms, of which the constant has no variable.

    sums : by name. stored, inputs : texts of functions of theta, in order of need, and of a step of
    the inputs' variables, by name. rate : text of what the outputs race for.
    """

    terms: list[Term]
    sums: dict[str, Sum]
    stored: dict[str, str]
    inputs: dict[str, str]
    rate: str


def answering_code(structure: Mapping[str, Any], inputs: Any, outputs: Any) -> str:
    """C++ for the end of a step: networks ride along, or, of the reference, the rates are added."""
    if structure["engine"] == "reference":
        return f"answers.add(&{array_name(outputs, 'rate')}[0]);"
    spikes, number = array_name(inputs, "_spikespace"), structure["I"]
    return f"answers.ride({spikes}, {spikes}[{number}], {number});"


def riding_of(structure: Mapping[str, Any]) -> Riding | None:
    """How networks of this structure ride along; None where they cannot."""
    plan = Plan(structure)
    law, rate = plan.firing
    at_inputs = {when for when in plan.rule["resets"] if plan.resets(when, plan.input_states)}
    if (
        structure["engine"] != "fast"
        or "others" in structure
        or law != "race"
        or names_in(rate) - plan.parameters
        or plan.seen_by_inputs
        or at_inputs - {"input"}
    ):
        return None
    sums = {one.name: one for one in plan.sums}
    terms = linear_parts(plan.output_text("u"), sums)
    if terms is None or any(names_in(term.coefficient) - plan.parameters for term in terms):
        return None
    if any(one.variable and one.jump is None for one in sums.values()):
        return None
    steps = {one.name: one.text for one in updates(plan.inputs, plan.parameters)}
    return Riding(terms, sums, plan.stored, steps, rate)


def write_riders(
    folder: Path,
    riding: Riding | None,
    theta: NDArray[np.float64],
    values: Mapping[str, Any],
    inputs: Mapping[str, NDArray[np.float64]],
    dt: float,
) -> None:
    """Tell a program to add up answers, its own and those of networks that ride along.

    theta : (R, K, I) of these; riding is only needed where there are some. values : parameters in
    base units, and numbers of variables that mix, by name. inputs : variables at the begin (I,).
    """
    R, K, I = theta.shape
    if not R:
        (folder / RIDERS).write_bytes(np.array([0, 0, 0, I], "<i8").tobytes())
        return
    assert riding is not None
    known = {**values, "second": 1.0, "dt": dt, "theta": theta}
    for name, text in riding.stored.items():
        known[name] = evaluate(text, known)
    kept = [one for one in riding.sums.values() if one.variable]
    texts = list(dict.fromkeys(one.coefficient for one in kept))
    tables = np.array([_table(text, known, theta.shape) for text in texts])
    table_of = [texts.index(one.coefficient) for one in kept]
    state = [inputs[one.variable] @ tables[number] for one, number in zip(kept, table_of)]
    names = [one.name for one in kept]
    factor = {name: 0.0 for name in riding.sums}
    offset = np.zeros(R * K)
    for sign, coefficient, variable in riding.terms:
        by = sign * float(evaluate(coefficient, known))
        if not variable:
            offset += by
        elif variable in names:
            factor[variable] += by
        else:  # a sum that the inputs have no part in
            one = _table(riding.sums[variable].coefficient, known, theta.shape)
            offset += by * one.sum(axis=0)
    if float(evaluate(riding.rate, known)) <= 0:  # nothing fires
        factor, offset = dict.fromkeys(factor, 0.0), np.zeros(R * K)
    arrays = [
        _flow(kept, riding.inputs, known),
        [factor[name] for name in names],
        [float(evaluate(one.jump or "0", known)) for one in kept],
        table_of,
        offset,
        state,
        tables,
    ]
    sizes = np.array([R, len(kept), len(texts), I], "<i8").tobytes()
    numbers = [np.ascontiguousarray(each, "<f8").tobytes() for each in arrays]
    (folder / RIDERS).write_bytes(b"".join([sizes, *numbers]))


def _table(text: str, known: Mapping[str, Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A coefficient of each synapse, (I, R*K)."""
    R, K, I = shape
    return np.broadcast_to(evaluate(text, known), shape).reshape(R * K, I).T


def _flow(
    kept: list[Sum], steps: Mapping[str, str], known: Mapping[str, Any]
) -> NDArray[np.float64]:
    """What one step makes of the sums, (J, J): that of the inputs' variables, of which they are."""
    flow = np.zeros((len(kept), len(kept)))
    nothing = dict.fromkeys(steps, 0.0)
    for column, other in enumerate(kept):
        at = {**known, **nothing, other.variable: 1.0}
        for row, one in enumerate(kept):
            if one.coefficient == other.coefficient:
                flow[row, column] = float(evaluate(steps[one.variable], at))
    return flow


def read_answers(folder: Path, num_samples: int, num_riders: int, K: int) -> NDArray[np.float64]:
    """What a program wrote, (1 + num_riders, num_samples, K), its own answers first."""
    values, shape = np.fromfile(folder / ANSWERS, "<f8"), (num_samples, 1 + num_riders, K)
    if values.size != math.prod(shape):
        raise RunError(
            f"the compiled network left {values.size} values of answers; expected"
            f" {math.prod(shape)}"
        )
    return values.reshape(shape).transpose(1, 0, 2)
