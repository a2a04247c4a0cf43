"""What was understood of a model, as lines: sections with aligned columns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["SECTIONS", "lack", "lines_of_understood"]

#: heading of each section, in order
SECTIONS = {
    "populations": "Populations",
    "variables": "Variables, and how they are computed",
    "sums": "Sums over the synapses of an output",
    "events": "Events",
    "arms": "Noise arms",
    "starts": "Starts of theta",
    "bounds": "Bounds of theta",
    "steps": "In every step, in this order",
}


def lines_of_understood(facts: Mapping[str, Any], sections: Iterable[str] = SECTIONS) -> list[str]:
    """Lines of these sections of `understood`, those that say nothing left out."""
    if "pathways" in facts:
        return _of_pathways(facts["pathways"], [*sections])
    lines: list[str] = []
    for section in sections:
        if section in facts and (told := _section(section, facts[section])):
            lines += ["", SECTIONS[section], *(f"    {line}" for line in told)]
    return lines[1:]


def _of_pathways(pathways: Sequence[Mapping[str, Any]], sections: Sequence[str]) -> list[str]:
    """The lines of each pathway below what it is."""
    lines: list[str] = []
    for facts in pathways:
        delay = f" after {facts['delay'] * 1e3:g} ms" if facts["delay"] else ""
        circuits = f" in {facts['groups']} circuits" if facts["groups"] > 1 else ""
        fixed = "" if facts["plastic"] else "; its synapses are fixed"
        what = f"{facts['layer']}, {facts['num_outputs']} neurons{circuits}, hears"
        what += f" {facts['num_inputs']} neurons of {facts['source']}{delay}{fixed}"
        lines += ["", f"{facts['name']}: {what}"]
        lines += [f"    {line}".rstrip() for line in lines_of_understood(facts, sections)]
    return lines[1:]


def _section(section: str, facts: Any) -> list[str]:
    match section:
        case "populations":
            return _columns([[p["name"], str(p["size"]), _each_with(p)] for p in facts])
        case "variables":
            return _columns([[v["equation"], v["of"], v["method"]] for v in facts])
        case "sums":
            kept = {True: "", False: "summed anew in every step: "}
            return _columns([[s["sum"], kept[s["kept"]] + s["why"]] for s in facts])
        case "events":
            return _columns([[event["name"], event["happens"]] for event in facts])
        case "arms":
            return _arms(facts)
        case "starts":
            return _columns(
                [
                    [name, text, "the default" if name == facts["default"] else ""]
                    for name, text in facts["has"].items()
                ]
            )
        case "bounds":
            low, high = ("none" if bound is None else f"{bound:.6g}" for bound in facts)
            return [f"from {low} to {high}"] if (low, high) != ("none", "none") else []
    return [f"{number}. {step}" for number, step in enumerate(facts, 1)]


def _each_with(population: Mapping[str, Any]) -> str:
    states, functions = population["states"], population["functions"]
    told = [", ".join(states)] if states else []
    told += [f"functions {', '.join(functions)}"] if functions else []
    return "; ".join(told)


def _arms(facts: Mapping[str, Any]) -> list[str]:
    rows = []
    for name, texts in facts["has"].items():
        noise = ", ".join(
            f"variance {text} per second" + ("" if state == "theta" else f" of {state}")
            for state, text in texts["variance"].items()
        )
        more = [f"M = {texts['mobility']}"] if texts["mobility"] != "1" else []
        more += [f"drift {text}" for text in texts["drift"].values()]
        more += [f"momentum, gamma = {texts['momentum']}"] if texts["momentum"] else []
        more += [f"release, p = {texts['release']}"] if texts["release"] else []
        is_default = ["the default"] if name == facts["default"] else []
        rows.append([name, "; ".join([*([noise] if noise else []), *more, *is_default])])
    for name, why in facts["lacks"].items():
        rows.append([name, f"not here: {lack(name, why)}"])
    return _columns(rows)


def lack(name: str, why: str) -> str:
    """Why a model has not an arm, in short: "it needs b, which the model does not define"."""
    said = why.removeprefix(f"noise arm {name}")
    if said.startswith(":"):
        return said.removeprefix(":").strip()
    return f"it {said.split(':')[0].strip()}"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with their cells aligned; one that is long does not push the others away."""
    if not rows:
        return []
    widths = [min(max(len(row[n]) for row in rows), 48) for n in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip()
        for row in rows
    ]
