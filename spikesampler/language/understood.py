"""What the program understood of a model: what `spikesampler check` and `show` print.

All of it comes from the model's own rule, and only what it has is told.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from spikesampler.language.arm_rule import with_mobility
from spikesampler.language.arm_texts import available_arms
from spikesampler.language.blocks import read_statements
from spikesampler.language.evaluator import bounds_of, default_start, firing_of
from spikesampler.language.integration import method_of, method_on_grid, sums_of
from spikesampler.language.layer_sums import sums_said
from spikesampler.language.layers import INPUTS, OUTPUTS, Pathway
from spikesampler.language.model import Model
from spikesampler.language.rule import Rule
from spikesampler.language.scopes import POPULATIONS

__all__ = ["understood"]

_KEPT = "kept: an input spike adds to it, and it decays as the inputs' equations say"
_ORDER = ("step", "input", "teacher", "output")  #: of learning within a step; then own events
_OWNERS = {
    "inputs": "the inputs",
    "outputs": "the outputs",
    "synapses": "the synapses",
    "signals": "the network",
}
_PLACES = {
    "input": "at a spike of an input, at all of its synapses",
    "output": "at a spike of an output, at all of its synapses",
    "teacher": "at an event of the teacher, at all synapses of the label's output",
    "sample": "at the end of a sample, at all synapses",
    "step": "in every step, at all synapses",
}


def understood(model: Model) -> dict[str, Any]:
    """Plain data by section: populations, variables, sums, events, arms, starts, bounds, steps.

    Of a model with layers, `pathways`: these of each, with its layer, source, circuits, delay (s)
    and whether it is plastic. A model without spikes has none of them.
    """
    if model.network:
        return {}
    if not model.layers:
        return _understood(model, model.main)
    facts = ("name", "layer", "source", "num_outputs", "num_inputs", "groups", "delay", "plastic")
    return {
        "pathways": [
            {name: getattr(each, name) for name in facts} | _understood(model, each)
            for each in model.pathways
        ]
    }


def _understood(model: Model, pathway: Pathway) -> dict[str, Any]:
    """What was understood of one pathway."""
    rule = pathway.rule
    sums = sums_of(rule, constants(model))
    have, lacks = available_arms(rule, model.parameters) if pathway.plastic else ({}, {})
    low, high = bounds_of(rule, model.base_values())
    return {
        "populations": _populations(pathway),
        "variables": [*_variables(model, rule)],
        "sums": [
            {"sum": f"sum({text})", "kept": not why, "why": why or _KEPT} for text, why in sums
        ],
        "events": _events(model, pathway),
        "arms": {"default": model.noise, "has": have, "lacks": lacks},
        "starts": {"default": default_start(rule), "has": dict(rule.starts)},
        "bounds": [low if math.isfinite(low) else None, high if math.isfinite(high) else None],
        "steps": [*_steps(model, pathway, with_mobility(rule, have.values()))],
    }


def constants(model: Model) -> list[str]:
    """Names of the parameters that are numbers."""
    return [name for name, parameter in model.parameters.items() if not parameter.choices]


def _populations_of(rule: Rule) -> tuple[str, ...]:
    """The populations that a rule says something of."""
    return ("synapses",) if rule.is_silent else tuple(POPULATIONS)


def _populations(pathway: Pathway) -> list[dict[str, Any]]:
    """Name, size, variables and functions of each population that a pathway has."""
    inputs, outputs, rule = pathway.num_inputs, pathway.num_outputs, pathway.rule
    sizes = {"inputs": inputs, "outputs": outputs, "synapses": inputs * outputs, "signals": 1}
    populations = []
    for name in _populations_of(rule):
        states = [*(["theta"] if name == "synapses" else []), *rule.states(name)]
        if name == "synapses":
            states += [state for state in rule.drift if state not in states]
        functions = [*rule.functions(name)]
        if states or functions:
            populations.append(
                {"name": name, "size": sizes[name], "states": states, "functions": functions}
            )
    return populations


def _variables(model: Model, rule: Rule) -> Iterator[dict[str, str]]:
    """What each variable and function is, and how it is computed."""
    grid = _time(model["grid"])
    for name in _populations_of(rule):
        equations = rule.equations(name)
        for equation in equations:
            if equation.is_differential:
                method = method_of(equation, equations, constants(model))
                if equation.name in rule.drift:
                    method += f"; and its drift every {grid}"
                text = f"d{equation.name}/dt = {equation.text}"
            else:
                method, text = (
                    "from others, when it is needed",
                    f"{equation.name} = {equation.text}",
                )
            said = sums_said(text)
            yield {"name": equation.name, "of": name, "equation": said, "method": method}
    for state, text in {"theta": "", **rule.drift}.items():
        if state not in rule.states("synapses"):
            method = f"every {grid} (grid), with the arm's noise, {method_on_grid(state, rule)}"
            drift = f"{text} + " if text else ""
            equation_text = f"d{state}/dt = {drift}noise"
            yield {"name": state, "of": "synapses", "equation": equation_text, "method": method}


def _events(model: Model, pathway: Pathway) -> list[dict[str, str]]:
    """Every event that happens in a pathway, and when."""
    rule = pathway.rule
    if rule.is_silent:
        return []
    law, rate = firing_of(rule)
    of_circuits = f" of each of {pathway.groups} circuits" if pathway.groups > 1 else ""
    how = {
        "race": f"the outputs{of_circuits} share the rate {rate} as softmax(u)",
        "poisson": f"every output for itself, with the rate {rate}",
    }
    after = f", {_time(pathway.delay)} later" if pathway.delay else ""
    source = "as the stimulus says, between r_min and r_min + r_max"
    if pathway.source != INPUTS:
        source = f"when a neuron of {pathway.source} fires"
    events = [
        {"name": "input", "happens": source + after},
        {"name": "output", "happens": how[law]},
    ]
    if "teacher" in rule.learning:
        happens = f"while a sample is shown, at the label's output, with the rate {rule.teacher}"
        events.append({"name": "teacher", "happens": happens})
    for name, condition in rule.events.items():
        events.append({"name": name, "happens": f"in every step, at each output where {condition}"})
    if pathway.layer != OUTPUTS:
        return events
    classes = "class k" if model.supervised else "the class for which it wins most in probes"
    length = _time(model["sample_length"])
    happens = f"after every {length}: the most active output answers, k for {classes}"
    events.append({"name": "sample", "happens": happens})
    return events


def _steps(model: Model, pathway: Pathway, learning: Mapping[str, str]) -> Iterator[str]:
    """What happens in a step, in order, a sentence each; learning : by when."""
    rule = pathway.rule
    variables = [
        f"{', '.join(rule.states(population))} of {_OWNERS[population]}"
        for population in _populations_of(rule)
        if rule.states(population)
    ]
    if variables:
        yield f"equations go on by {_time(model['dt'])}, from old values: {'; '.join(variables)}"
    moved = " and ".join({"theta": "", **rule.drift})
    by_drift = "drift and " if rule.drift else ""
    within = ", inside its bounds" if any(rule.bounds) else ""
    if pathway.plastic:
        yield (
            f"every {_time(model['grid'])}, while learning: {moved} by {by_drift}the arm's noise"
            f"{within}{'' if rule.is_silent else '; then sums over synapses are made anew'}"
        )
    if rule.is_silent:
        return
    names = [event["name"] for event in _events(model, pathway) if event["name"] != "sample"]
    yield f"it is decided which events happen: {', '.join(names)}"
    of_inputs = _statements(rule.resets.get("input", "")) or "nothing"
    kept = [not why for _, why in sums_of(rule, constants(model))]
    which = "the sums" if all(kept) else "the sums that are kept"
    its_part = f"; its part of {which} changes, too" if any(kept) else ""
    yield f"the input at a spike: {of_inputs}{its_part}"
    for when in (*_ORDER, *rule.events):
        if when in learning:
            where = _PLACES.get(when, f"at the event {when}, at all synapses of its output")
            yield f"learning {where}: {_statements(learning[when])}"
    for when in ("output", *rule.events):
        if when in rule.resets:
            at = "a spike" if when == "output" else f"the event {when}"
            yield f"the output at {at}: {_statements(rule.resets[when])}"
    yield from _after_a_sample(model, rule, learning)


def _after_a_sample(model: Model, rule: Rule, learning: Mapping[str, str]) -> Iterator[str]:
    length = _time(model["sample_length"])
    if "sample" in learning:
        yield f"after {length}, {_PLACES['sample']}: {_statements(learning['sample'])}"
    if "sample" in rule.resets:
        yield f"after {length}, a sample is at its end: {_statements(rule.resets['sample'])}"
    if model["gap"]:
        silent = "inputs and teacher" if "teacher" in learning else "inputs"
        yield f"between two samples, for {_time(model['gap'])}, {silent} are silent"


def _statements(rule: str) -> str:
    """Statements in one line."""
    return "; ".join(f"{s.target} {s.operator} {s.text}" for s in read_statements(rule))


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:g} ms" if seconds < 1 else f"{seconds:g} s"
