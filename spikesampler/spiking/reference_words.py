"""Names and equations of a rule in Brian2's words, as the groups of the plain network have them."""

import ast
from dataclasses import replace
from typing import Any, Self

from spikesampler.language.blocks import Equation, read_equations, read_statements
from spikesampler.language.expressions import names_in
from spikesampler.language.linear import expanded
from spikesampler.spiking.names import Dialect, engine_name, replace_words
from spikesampler.spiking.state import variables
from spikesampler.spiking.stepping import all_mixtures
from spikesampler.spiking.structure import (
    ANSWER,
    Groups,
    asked_of,
    pathway_of,
    says,
)

BLOCKS = ("inputs", "outputs", "signals", "synapses")
#: the groups that have a block's variables, as the synapses see them
SUFFIX = {"inputs": "_pre", "outputs": "_post", "signals": "_post", "synapses": ""}
#: of an output, without an equation
OF_OUTPUTS = ("rate", "plastic", *ANSWER)
#: orders of rules in a step
FIRST_RULES = ("step", "input", "teacher", "output")


class ReferenceWords:
    """Equations and names of a pathway's rule, in words of the groups of `make_reference`.

    parameters : names of run-time numbers. sums : {name: text} of sums over synapses, in words of
    the model. events : of the outputs, in the order of the file. law, rate : how outputs fire.
    place : of the pathway in its layer. layer : texts of all pathways of the layer, from `join` on.
    """

    def __init__(self, structure: dict[str, Any], groups: Groups, place: int = 0) -> None:
        self.structure, self.fields, self.arm = structure, structure["rule"], structure["arm"]
        self.groups, self.place = groups, place
        self.layer: list[Self] = []
        flows = [
            n for mix in all_mixtures(self.fields, structure["units"]) for n in mix.flow_names()
        ]
        self.parameters = [*structure["units"], *flows]
        others = {name: f"{name}_{place}" for name in flows} if place else {}
        self.dialect = Dialect(self.parameters, others)
        self.states = variables(structure)
        self.named: list[str] = []
        self.sums, self.means = dict[str, str](), dict[str, str](self.arm["means"])
        self.blocks = {block: read_equations(self.fields[block]) for block in BLOCKS}
        self.blocks["outputs"] = tuple(map(self._without_sums, self.blocks["outputs"]))
        self.law, self.rate = (part.strip() for part in self.fields["firing"].split("(", 1))
        self.rate = self.rate.rsplit(")", 1)[0]
        own = [when for when in self.fields["learning"] if when in self.fields["events"]]
        known = [*FIRST_RULES, *own, "sample"]
        self.learning = [when for when in known if when in self.fields["learning"]]
        teacher = ["teacher"] if "teacher" in self.fields["learning"] else []
        self.events = ["output", *teacher, *self.fields["events"]]

    @property
    def is_answering(self) -> bool:
        """Whether its layer is that which answers, which has the signals."""
        return pathway_of(self.structure)["layer"] == "outputs"

    @property
    def answers(self) -> bool:
        """Whether the layer has to know the answer to the last sample."""
        return bool({*ANSWER} & {*asked_of(self.structure)})

    @property
    def numbers(self) -> bool:
        """Whether a text of the layer asks for the number of an output."""
        return any(says(text.structure, "k") for text in self.layer)

    def join(self, layer: list[Self]) -> None:
        """Take note of the pathways of the layer, the sums of which its equations name."""
        self.layer = layer
        named = {
            f"sum_of_{pathway_of(other.structure)['source']}_{number}": name
            for other in layer
            for number, name in enumerate(other.named)
        }
        self.blocks["outputs"] = tuple(
            replace(e, text=replace_words(e.text, named)) for e in self.blocks["outputs"]
        )

    def _without_sums(self, equation: Equation) -> Equation:
        """An equation with a name for each sum(…) in it."""

        class Named(ast.NodeTransformer):
            def visit_Call(_, node: ast.Call) -> ast.AST:
                if isinstance(node.func, ast.Name) and node.func.id == "sum":
                    inner = ast.unparse(node.args[0])
                    names = [name for name, text in self.sums.items() if text == inner]
                    prefix = f"sum_{self.place}" if self.place else "sum"
                    name = names[0] if names else f"{prefix}_{len(self.sums)}"
                    self.sums[name] = inner
                    self.named.append(name)
                    return ast.Name(name, ast.Load())
                return _.generic_visit(node)

        text = ast.unparse(Named().visit(ast.parse(equation.text, mode="eval")))
        return Equation(equation.name, text, equation.unit, equation.is_differential, equation.line)

    def functions(self) -> list[Equation]:
        """Equations of all blocks."""
        return [equation for block in BLOCKS for equation in self.blocks[block]]

    def names(self, block: str) -> tuple[str, ...]:
        """States of a block, and what its group has besides."""
        if block == "synapses":
            return ("theta", *self.states.synapses)
        differential = tuple(e.name for e in self.blocks[block] if e.is_differential)
        return differential

    def text(self, text: str, group: str, suffixes: dict[str, str] | None = None) -> str:
        """An expression in Brian2's words for a group: inputs, outputs or synapses.

        suffixes : of the variables of each block, where they are not those of the group itself.
        """
        if suffixes is None:
            suffixes = SUFFIX if group == "synapses" else dict.fromkeys(SUFFIX, "")
        others = {
            name: engine_name(name) + suffixes[block]
            for block in BLOCKS
            for name in self.names(block)
        }
        of_layer = (name for text in self.layer for name in (*text.sums, *text.means))
        of_outputs = (*OF_OUTPUTS, *of_layer)
        others |= {name: name + suffixes["outputs"] for name in of_outputs}
        others |= {"k": f"number{suffixes['outputs']}"}
        written = expanded(text, self.functions())
        return self.dialect.model_text(_in_floats(written), others)

    def declare(self, *texts: str) -> str:
        """Declarations of the parameters in texts, that are in Brian2's words."""
        return self.dialect.declare(*texts)

    def read(self) -> set[str]:
        """Names that texts of the pathway read, functions written out."""
        texts = [*self.fields["drift"].values(), *self.arm["variance"].values()]
        texts += [*self.means.values(), self.rate, *self.fields["events"].values()]
        texts += [e.text for e in self.functions()]
        for block in (*self.fields["learning"].values(), *self.fields["resets"].values()):
            texts += [statement.text for statement in read_statements(block)]
        written = (expanded(text, self.functions()) for text in texts if text.strip())
        return set().union(*map(names_in, written))


def _in_floats(text: str) -> str:
    """The expression with whole numbers as floats: Brian2 divides two such in single precision."""

    class Floats(ast.NodeTransformer):
        def visit_Constant(_, node: ast.Constant) -> ast.AST:
            return ast.Constant(float(node.value)) if type(node.value) is int else node

    return ast.unparse(Floats().visit(ast.parse(text, mode="eval")))
