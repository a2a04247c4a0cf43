"""Choices by a word, ``A if retraction == 'none' else B``, decided: what is left are numbers.

A parameter that has `choices` is a word; the texts of a model compare it, and the engine, the
evaluator and reports see the chosen form alone.
"""

import ast
from collections.abc import Mapping

from spikesampler.errors import InputError, shortened
from spikesampler.language.expressions import names_in, one_line, parse

__all__ = ["resolve_words"]


def resolve_words(text: str, words: Mapping[str, str]) -> str:
    """The expression with each choice by a word decided: words has the value of each by its name.

    ``w if retraction == 'none' else 0`` becomes ``w`` where retraction is none. A text without such
    a choice is given back as it is, on one line. Raises InputError for a word that is used as a
    number.
    """
    text = one_line(text)
    tree = parse(text)
    if not any(isinstance(node, ast.IfExp) or _is_word(node) for node in ast.walk(tree)):
        if used := names_in(text) & words.keys():
            raise InputError(
                f"{sorted(used)[0]} is a word ({words[sorted(used)[0]]}) and not a number in"
                f" '{shortened(text)}'; compare it: A if {sorted(used)[0]} == '…' else B"
            )
        return text
    resolved = _Resolver(words, text).visit(ast.parse(text, mode="eval")).body
    return ast.unparse(resolved)


def _is_word(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


class _Resolver(ast.NodeTransformer):
    """Replaces A if CONDITION else B by the one that the words choose."""

    def __init__(self, words: Mapping[str, str], text: str) -> None:
        self.words, self.text = words, text

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self.visit(node.body if self.holds(node.test) else node.orelse)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.words:
            raise InputError(f"{node.id} is a word, not a number, in '{shortened(self.text)}'")
        return node

    def holds(self, test: ast.expr) -> bool:
        match test:
            case ast.BoolOp(op=ast.And(), values=values):
                return all(self.holds(value) for value in values)
            case ast.BoolOp(op=ast.Or(), values=values):
                return any(self.holds(value) for value in values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self.holds(operand)
            case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]):
                if name in self.words:
                    return self.compared(self.words[name], op, right)
                raise InputError(
                    f"'{ast.unparse(test)}' in '{shortened(self.text)}': {name} is no word;"
                    " expected a parameter with choices; of numbers, multiply by int(CONDITION)"
                )
        raise InputError(
            f"'{ast.unparse(test)}' in '{shortened(self.text)}': expected a choice between words,"
            " such as A if retraction == 'none' else B; of numbers, multiply by int(CONDITION)"
        )

    def compared(self, word: str, op: ast.cmpop, right: ast.expr) -> bool:
        several = isinstance(right, ast.Tuple)
        nodes = right.elts if isinstance(right, ast.Tuple) else [right]
        others = [node.value for node in nodes if isinstance(node, ast.Constant)]
        if len(others) == len(nodes) and all(isinstance(other, str) for other in others):
            if several and isinstance(op, ast.In | ast.NotIn):
                return (word in others) == isinstance(op, ast.In)
            if not several and isinstance(op, ast.Eq | ast.NotEq):
                return (word == others[0]) == isinstance(op, ast.Eq)
        raise InputError(f"'{ast.unparse(right)}' in '{shortened(self.text)}': expected a word")
