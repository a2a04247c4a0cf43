"""A model as readable text: what `spikesampler show` prints."""

from collections.abc import Iterator
from typing import Any

from spikesampler.language.arm_rule import step_text
from spikesampler.language.arm_texts import available_arms
from spikesampler.language.layer_sums import sums_said
from spikesampler.language.layers import Pathway
from spikesampler.language.model import Model
from spikesampler.language.silent import STIMULUS
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
    facts = understood(model)
    if model.layers:
        for pathway, known in zip(model.pathways, facts["pathways"]):
            (head,) = lines_of_understood({"pathways": [known]}, ())
            of_pathway = _of_pathway(model, pathway, known)
            lines += ["", head, *(f"    {line}".rstrip() for line in of_pathway)]
    else:
        lines += _of_pathway(model, model.main, facts)
    lines += ["", "Change a parameter with --set NAME=VALUE, such as --set rho=100*Hz."]
    return "\n".join(lines)


def _of_pathway(model: Model, pathway: Pathway, facts: dict[str, Any]) -> list[str]:
    """Equations, events, noise arms and order of a pathway."""
    lines: list[str] = []
    texts = model if not model.layers else pathway.rule
    for field, heading in _BLOCKS.items():
        if pathway.rule.is_silent and field != "synapses":
            continue
        if block := _block(sums_said(getattr(texts, field))):
            lines += ["", heading, *block]
    grid = f"{model['grid'] * 1e3:g} ms"
    if told := lines_of_understood(facts, ("sums", "events")):
        lines += ["", *told]
    if pathway.plastic:
        lines += ["", f"Every {grid} (Ito): drift and noise, by arm (default: {model.noise})"]
        lines += arm_lines(model, pathway)
    return [*lines, "", *lines_of_understood(facts, ("starts", "bounds", "steps"))]


def arm_lines(model: Model, pathway: Pathway) -> list[str]:
    """The noise arms of a pathway, the step and the source of each, and those that it lacks."""
    rule = pathway.rule
    have, lacks = available_arms(rule, model.parameters)
    lines = []
    for name, texts in have.items():
        about = [f"M = {texts['mobility']}"] if texts["mobility"] != "1" else []
        about += [f"{state}: variance {text}" for state, text in texts["variance"].items()][1:]
        about += [f"gamma = {texts['momentum']}"] if texts["momentum"] else []
        about += [f"p = {texts['release']}"] if texts["release"] else []
        about += [f"matched_power = mean of {texts['matched']}"] if texts["matched"] else []
        about += ["mean(…) over all synapses, anew in every step"] * _has_mean(texts)
        step = step_text(texts, rule.drift.get("theta", ""))
        lines += [f"    {name:<20}{step}", f"    {'':<20}{'; '.join([*about, texts['source']])}"]
    return lines + [f"    {name:<20}not here: {lack(name, why)}" for name, why in lacks.items()]


def _has_mean(texts: dict[str, Any]) -> bool:
    return any(map(means_in, texts["variance"].values()))


def _parameters(model: Model) -> Iterator[str]:
    """A line for each parameter: name, value, unit and source in columns, then what it means."""
    rows = [
        (name, _value(p.value), "" if p.unit == "1" else p.unit, p.source.split(":")[0])
        for name, p in model.parameters.items()
        if not (model.inputs and model.is_silent and name in STIMULUS)
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
