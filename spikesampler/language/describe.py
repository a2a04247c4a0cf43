"""A model as readable text: what `spikesampler show` prints."""

from collections.abc import Iterator
from typing import Any

from spikesampler.language.arm_rule import step_text
from spikesampler.language.arm_texts import available_arms
from spikesampler.language.model import Model

__all__ = ["arm_lines", "describe"]

_EVENTS = {
    "teacher": "teacher event (Poisson at rate rho on the label's neuron; our choice)",
    "output": "output spike",
}


def describe(model: Model) -> str:
    """Title, citation, parameters marked by source, equations, event rules and noise arms."""
    lines = [f"{model.name}: {model.title}", model.citation, "", "Parameters", *_parameters(model)]
    if model.network:
        return "\n".join([*lines, "", "Network", *_block(model.network)])
    grid = f"{model['grid'] * 1e3:g} ms"
    lines += ["", "Inputs (index i)", *_block(model.inputs)]
    lines += ["", "Outputs (index k): spikes at rate rho softmax(u)_k", *_block(model.outputs)]
    lines += ["", "Synapses (k, i), one of each pair", *_block(model.synapses)]
    lines += ["    intensity = alpha*exp(w)"]
    lines += ["", "Events: for all synapses of the neuron k that has it"]
    lines += [f"    {_EVENTS.get(event, event)}: {rule}" for event, rule in model.learning.items()]
    lines += [f"    output spike: {rule}" for rule in model.resets.values()]
    lines += [
        "",
        f"Between events, every {grid} (Ito): prior and noise, by arm (default: {model.noise})",
    ]
    lines += arm_lines(model)
    lines += ["", "Change a parameter with --set NAME=VALUE, such as --set rho=100*Hz."]
    return "\n".join(lines)


def arm_lines(model: Model) -> list[str]:
    """The noise arms of a model, the step and the source of each, and those that it lacks."""
    have, lacks = available_arms(model.rule, model.parameters)
    lines = []
    for name, texts in have.items():
        about = [f"M = {texts['mobility']}"] if texts["mobility"] != "1" else []
        about += [f"{state}: variance {text}" for state, text in texts["variance"].items()][1:]
        about += [f"gamma = {texts['momentum']}"] if texts["momentum"] else []
        about += [f"p = {texts['release']}"] if texts["release"] else []
        about += [f"matched_power = mean of {texts['matched']}"] if texts["matched"] else []
        step = step_text(texts, model.rule.drift.get("theta", ""))
        lines += [f"    {name:<18}{step}", f"    {'':<18}{'; '.join([*about, texts['source']])}"]
    return lines + [f"    not: {why}" for why in lacks.values()]


def _parameters(model: Model) -> Iterator[str]:
    """A line for each parameter: name, value, unit and source in columns, then what it means."""
    rows = [
        (name, _value(p.value), "" if p.unit == "1" else p.unit, p.source.split(":")[0])
        for name, p in model.parameters.items()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        parameter = model.parameters[row[0]]
        note = parameter.source.partition(": ")[2]
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths))
        noted = f" ({note})" if note else ""
        changed = " [changed]" if row[0] in model.overridden else ""
        yield f"    {cells}  {parameter.meaning}{noted}{changed}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _block(text: str) -> list[str]:
    return [f"    {line.strip()}" for line in text.strip().splitlines()]
