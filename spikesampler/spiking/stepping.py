"""One step of a block's equations, as statements: exact where they are linear, else by Euler.

Variables that only decay or mix with each other by constants are exact; of every other equation the
part that is linear in its own variable is, and the rest is held from the beginning of the step
(exponential Euler, as in Hochbruck & Ostermann, Acta Numerica 19, 2010). All new values follow from
old ones.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.language.blocks import Equation, differential_names, read_equations
from spikesampler.language.expressions import evaluate, names_in
from spikesampler.language.linear import Term, expanded, linear_parts

#: names in coefficients that are as good as parameters
CONSTANTS = ("second", "dt")


class Update(NamedTuple):
    """The value of a variable at the end of a step, as text of values at its beginning; noise is
    what is drawn and added.
    """

    name: str
    text: str
    noise: str = ""


class Mixture(NamedTuple):
    """Variables that mix with each other, ds/dt = A s; A[row, column] as text, 0 where absent."""

    variables: tuple[str, ...]
    rates: dict[tuple[str, str], str]

    def flow_names(self) -> list[str]:
        """Names of the run-time numbers that one step multiplies with, row by row."""
        return [flow_name(row, column) for row in self.variables for column in self.variables]

    def reached_from(self, row: str) -> list[str]:
        """The variables that the equation of one leads to, itself among them, in order."""
        reached = [row]
        for name in reached:
            named = (column for line, column in self.rates if line == name)
            reached += [column for column in named if column not in reached]
        return [name for name in self.variables if name in reached]

    def flows(self, values: Mapping[str, Any], dt: float) -> NDArray[np.float64]:
        """exp(A dt), with parameters in base units; exact for equal time constants, too."""
        from scipy.linalg import expm

        known = {**values, "second": 1.0, "dt": dt}
        rates = [
            [
                float(evaluate(self.rates.get((row, column), "0"), known))
                for column in self.variables
            ]
            for row in self.variables
        ]
        return np.asarray(expm(np.array(rates) * dt))


def flow_name(row: str, column: str) -> str:
    """Name of the number that says how much of `column` is in `row` a step later.

    The length tells x_y, z from x, y_z.
    """
    return f"flow_{len(row)}_{row}_{column}"


def updates(equations: Sequence[Equation], constants: Iterable[str]) -> list[Update]:
    """Update of every variable of a block, in order.

    constants : names of parameters. Numbers of a Mixture are called as its `flow_names` say.
    """
    constants = tuple(constants)
    rows = exact_rows(equations, constants)
    mixed = {name: mix for mix in mixtures(equations, constants) for name in mix.variables}
    found = []
    for equation in equations:
        if equation.name in mixed and equation.is_differential:
            reached = mixed[equation.name].reached_from(equation.name)
            parts = (f"{flow_name(equation.name, other)}*{other}" for other in reached)
            found.append(Update(equation.name, " + ".join(parts)))
        elif equation.is_differential:
            terms = rows.get(equation.name)
            found.append(Update(equation.name, _euler(equation, equations, terms)))
    return found


def update_statements(found: Sequence[Update]) -> str:
    """Updates as statements that give the same in any order."""
    if len(found) == 1:
        return "{} = {}".format(*found[0])
    new = [f"new_{one.name} = {one.text}" for one in found]
    return "\n".join(new + [f"{one.name} = new_{one.name}" for one in found])


def exact_rows(equations: Sequence[Equation], constants: Iterable[str]) -> dict[str, list[Term]]:
    """Terms of the largest set of equations that are linear in each other, and in nothing else."""
    variables, allowed = differential_names(equations), {*constants, *CONSTANTS}
    texts = {e.name: expanded(e.text, equations) for e in equations if e.is_differential}
    rows: dict[str, list[Term]] = {}
    for name, text in texts.items():
        terms = linear_parts(text, variables)
        if terms is None or any(names_in(term.coefficient) - allowed for term in terms):
            continue
        if not any(term.variable == "" and term.coefficient != "0" for term in terms):
            rows[name] = [term for term in terms if term.variable]
    while True:
        closed = {
            name: terms
            for name, terms in rows.items()
            if all(term.variable in rows for term in terms)
        }
        if len(closed) == len(rows):
            return rows
        rows = closed


def mixtures(equations: Sequence[Equation], constants: Iterable[str]) -> list[Mixture]:
    """The groups of two and more variables that are exact together."""
    rows = exact_rows(equations, constants)
    groups: list[set[str]] = []
    for name, terms in rows.items():
        group = {name} | {term.variable for term in terms}
        group = group.union(*(other for other in groups if other & group))
        groups = [other for other in groups if not other & group] + [group]
    found = []
    for group in groups:
        if len(group) > 1:
            variables = tuple(name for name in rows if name in group)
            found.append(Mixture(variables, _rates(variables, rows)))
    return found


def _rates(
    variables: tuple[str, ...], rows: Mapping[str, list[Term]]
) -> dict[tuple[str, str], str]:
    rates: dict[tuple[str, str], str] = {}
    for row in variables:
        for column in {term.variable for term in rows[row]}:
            of_column = [term for term in rows[row] if term.variable == column]
            rates[row, column] = summed(of_column)
    return rates


def summed(terms: Sequence[Term]) -> str:
    """The sum of the terms' coefficients, each with its sign."""
    text = "".join(f" {'-' if term.sign < 0 else '+'} {term.coefficient}" for term in terms)
    return text.removeprefix(" + ").removeprefix(" ").replace("- ", "-", 1) if text else "0"


def _euler(equation: Equation, equations: Sequence[Equation], exact: list[Term] | None) -> str:
    """The new value of a variable on its own, by exponential Euler."""
    name, text = equation.name, equation.text
    terms = exact
    if terms is None:
        terms = linear_parts(text, [name])
        if terms is None or any(
            name in names_in(expanded(term.coefficient, equations)) for term in terms
        ):
            terms = linear_parts(expanded(text, equations), [name])
    if terms is None:
        return f"{name} + ({text})*dt"
    own = [term for term in terms if term.variable == name]
    rest = [term for term in terms if not term.variable and term.coefficient != "0"]
    if not own:
        return f"{name} + ({summed(rest)})*dt" if rest else name
    decay = _exponent(own)
    if not rest:
        return f"{name}*exp({decay})"
    return f"{name}*exp({decay}) + ({summed(rest)})*dt*exprel({decay})"


def _exponent(own: Sequence[Term]) -> str:
    """dt times the sum of coefficients, and -dt/tau where that is what it is."""
    match = re.fullmatch(r"1/(\w+)", own[0].coefficient)
    if len(own) == 1 and match:
        return f"{'-' if own[0].sign < 0 else ''}dt/{match[1]}"
    return f"dt*({summed(own)})"


def all_mixtures(rule: Mapping[str, Any], constants: Iterable[str]) -> list[Mixture]:
    """Mixtures of all blocks of a structure's rule."""
    constants = tuple(constants)
    blocks = ("inputs", "outputs", "synapses", "signals")
    return [mix for name in blocks for mix in mixtures(read_equations(rule[name]), constants)]


def grid_update(state: str, drift: str, variance: str, equations: Sequence[Equation]) -> Update:
    """A state of the synapses after a step of the grid, from texts per second, "" for none.

    theta by Euler and Maruyama, in the Ito sense; another state whose drift is linear in itself,
    with a variance that is free of it, exactly, as an Ornstein-Uhlenbeck process, else as theta.
    """
    terms = linear_parts(drift, [state]) if drift else []
    if terms is not None and any(
        state in names_in(expanded(term.coefficient, equations)) for term in terms
    ):
        terms = linear_parts(expanded(drift, equations), [state])
    depends = bool(variance) and state in names_in(expanded(variance, equations))
    own = [term for term in terms or [] if term.variable == state]
    noise = f"sqrt(temperature*({variance})*grid{{}})*randn()" if variance else ""
    if state == "theta" or depends or not own or terms is None:
        moved = f" + ({drift})*grid" if drift else ""
        return Update(state, f"{state}{moved}", noise.format(""))
    rate = f"grid*({summed(own)})"
    rest = [term for term in terms if not term.variable and term.coefficient != "0"]
    moved = f" + ({summed(rest)})*grid*exprel({rate})" if rest else ""
    return Update(state, f"{state}*exp({rate}){moved}", noise.format(f"*exprel(2*{rate})"))
