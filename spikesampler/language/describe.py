"""A model as readable text: what `spikesampler show` prints."""

from collections.abc import Iterator
from typing import Any

from spikesampler.language.arm_rule import step_text
from spikesampler.language.arm_texts import available_arms
from spikesampler.language.model import Model
from spikesampler.language.sum_texts import means_in
from spikesampler.language.understood import understood
from spikesampler.language.understood_lines import lack, lines_of_understood

__all__ = ["arm_lines", "describe"]

_BLOCKS = {
    "inputs": "Inputs (index i)",
    "outputs": "Outputs (index k)",
    "synapses": "Synapses (k, i), one of each pair",
    "signals": "Network",
}


def describe(model: Model) -> str:
    """Title, citation, parameters marked by source, equations, events, noise arms, order."""
    lines = [f"{model.name}: {model.title}", model.citation, "", "Parameters", *_parameters(model)]
    if model.network:
        return "\n".join([*lines, "", "Network", *_block(model.network)])
    for field, heading in _BLOCKS.items():
        if block := _block(getattr(model, field)):
            lines += ["", heading, *block]
    facts = understood(model)
    grid = f"{model['grid'] * 1e3:g} ms"
    lines += ["", *lines_of_understood(facts, ("sums", "events"))]
    lines += ["", f"Every {grid} (Ito): drift and noise, by arm (default: {model.noise})"]
    lines += arm_lines(model)
    lines += ["", *lines_of_understood(facts, ("starts", "bounds", "steps"))]
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
        about += ["mean(…) over all synapses, anew in every step"] * _has_mean(texts)
        step = step_text(texts, model.rule.drift.get("theta", ""))
        lines += [f"    {name:<20}{step}", f"    {'':<20}{'; '.join([*about, texts['source']])}"]
    return lines + [f"    {name:<20}not here: {lack(name, why)}" for name, why in lacks.items()]


def _has_mean(texts: dict[str, Any]) -> bool:
    return any(map(means_in, texts["variance"].values()))


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
    return [f"    {line.strip()}" for line in text.strip().splitlines() if line.strip()]
