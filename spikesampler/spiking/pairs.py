"""Loops over pairs of an output and an input: which pairs, when, and what each draws."""

import re
from dataclasses import dataclass
from typing import Any

from spikesampler.spiking.loops import use_template
from spikesampler.spiking.names import replace_words

__all__ = ["Pairs"]

_NORMALS, _UNIFORMS = re.compile(r"\brandn\s*\("), re.compile(r"\brand\s*\(")
#: facts of the template where nothing is said of them
WITHOUT = {"outputs": None, "inputs": None, "only_if": "", "zeroed": (), "after": "", "watched": ()}


@dataclass
class Pairs:
    """The synapses, all to all, whose statements run in our loops (templates/pairs.cpp).

    outputs : the group whose sums they add to. shared : names at a pair of parameters that inputs
    or outputs have already.
    """

    synapses: Any
    outputs: Any
    clocks: dict[str, Any]
    num_inputs: int
    num_outputs: int
    shared: dict[str, str]

    def run(
        self,
        name: str,
        code: str,
        when: str,
        order: int,
        *,
        clock: str = "fine",
        stream: str = "rule_random",
        **facts: Any,
    ) -> None:
        """Run statements at pairs, in this slot of the steps in which a clock is due.

        stream : what rand() and randn() draw from. facts : of the template: outputs, inputs, the
        event spaces that choose pairs (all, where there is none); only_if, a condition that is
        asked after scalar statements; zeroed, arrays of outputs that begin at 0; after, C++ that
        follows; watched, variances that are looked at. Nothing is made of no code.
        """
        if not code.strip():
            return
        code = replace_words(code, self.shared)
        runner = self.synapses.run_regularly(
            code,
            clock=self.clocks[clock],
            when=when,
            order=order,
            name=f"{self.synapses.name}_{name}",
        )
        use_template(
            runner,
            "pairs",
            num_inputs=self.num_inputs,
            num_outputs=self.num_outputs,
            num_normals=len(_NORMALS.findall(code)),
            num_uniforms=len(_UNIFORMS.findall(code)),
            stream=stream,
            **{**WITHOUT, **facts},
        )
