"""Statements that Brian2 would simplify so far that it does not find its own names in them again.

Of x = ... it asks sympy whether something is added to x or x is multiplied, and carries out what
sympy has made of the rest. A name that cancels there is missing when the statement is read as it
was, as is the function of a number; sympy refuses some conditions, and Brian2 what draws twice.
"""

import re
from collections.abc import Mapping
from typing import Any

_ASSIGNMENT, _DRAWS = re.compile(r"(\w+) = (.*)"), re.compile(r"\brandn? ?\(")


def keep_names(network: Any) -> None:
    """Give the value of such statements to a name of its own first, which Brian2 leaves alone."""
    from brian2.groups.group import CodeRunner
    from brian2.groups.neurongroup import Resetter
    from brian2.synapses.synapses import SynapticPathway

    for runner in network.sorted_objects:
        if not isinstance(runner, CodeRunner):
            continue
        variables = {**runner.group.variables, **getattr(runner, "variables", {})}
        if isinstance(runner, Resetter):
            codes = runner.group.event_codes
            codes[runner.event] = with_names(codes[runner.event], variables)
        elif isinstance(runner, SynapticPathway):
            runner.code = with_names(runner.code, variables)
        else:
            runner.abstract_code = with_names(runner.abstract_code, variables)


def with_names(code: str, variables: Mapping[str, Any]) -> str:
    """The statements, in two where one of variables would lose a name; variables : Brian2's."""
    lines = []
    for number, line in enumerate(code.splitlines()):
        match = _ASSIGNMENT.fullmatch(line.strip())
        if match and match[1] in variables and _loses_names(line.strip(), match[2], variables):
            lines += [f"whole_{number} = {match[2]}", f"{match[1]} = whole_{number}"]
        else:
            lines.append(line)
    return "\n".join(lines)


def _loses_names(line: str, text: str, variables: Mapping[str, Any]) -> bool:
    """Whether what Brian2 makes of a statement lacks a name of its text, or a draw."""
    import numpy as np
    from brian2.codegen.translation import make_statements
    from brian2.utils.stringtools import get_identifiers

    if len(_DRAWS.findall(text)) > 1:  # which it would take for the same number
        return True
    try:
        scalar, vector = make_statements(line, variables, np.float64, optimise=False)
    except SyntaxError:  # of sympy
        return True
    made = [statement for statement in (*scalar, *vector) if not statement.subexpression]
    kept = set().union(*({s.var, *get_identifiers(s.expr)} for s in made))
    return bool(get_identifiers(text) - kept)
