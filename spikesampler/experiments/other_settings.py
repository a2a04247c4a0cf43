"""In what a run has other settings, or another model, than the one in a folder: what to do then."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError
from spikesampler.experiments.settings import Settings
from spikesampler.language.model import Model
from spikesampler.language.units import quantity
from spikesampler.stimuli import is_synthetic
from spikesampler.stimuli.arrays import ARRAYS
from spikesampler.stimuli.own import OWN
from spikesampler.store.folder_use import different, short_digests

__all__ = ["others_than_samples", "refuse_others"]

#: settings that say what others say, too, by the names of parameters and texts
FOLLOW = ("set", "model_hash", "arm", "arm_texts")

#: how data that only Python can give are called
FROM_PYTHON = (ARRAYS, OWN)
#: parameters that real data decide where they are not set
BY_DATA = ("D", "I", "K", "sample_length", "gap")


def others_than_samples(settings: Settings, manifest: Mapping[str, Any]) -> list[str]:
    """Names of the settings that are others than those of a run, but for its samples.

    What an arm is follows from its text and the model.
    """
    names = different(settings.facts(), manifest["settings"])
    return [name for name in names if name not in ("samples", "arm_texts")]


def refuse_others(
    folder: Path,
    settings: Settings,
    manifest: Mapping[str, Any],
    what: str = "a run with other settings",
) -> None:
    """Refuse to go on in `folder` where a run has other settings, but for its samples.

    manifest : of the run. what : the folder holds. The error says in what they differ, and how that
    is undone.
    """
    if names := others_than_samples(settings, manifest):
        here, there = settings.facts(), manifest["settings"]
        told = [
            f"{name} is {here[name]} here, {there.get(name)} there"
            for name in names
            if name not in FOLLOW
        ]
        remedies = list(_remedies(settings, manifest, names))
        if here["model"] == there["model"]:
            told += _changes_of_model(settings, manifest) + _set_to_the_same(settings, manifest)
        raise InputError(
            f"{folder} holds {what} ({short_digests(', '.join(told))});"
            f" {''.join(f'{text}, ' for text in remedies)}"
            f"{'or ' if remedies else ''}give another folder with --out"
        )


def _changes_of_model(settings: Settings, manifest: Mapping[str, Any]) -> list[str]:
    """What of the model is not what it was in a run: parameters with both values, texts by name.

    A manifest has the values that real data decided.
    """
    model, asked = settings.model, manifest["settings"]
    here, there = model.parameters, manifest["parameters"]
    changes = []
    is_decided = not (is_synthetic(settings.data) and is_synthetic(asked["data"]))
    decided = {*BY_DATA} - {*model.overridden, *asked["set"]} if is_decided else set()
    for name in dict.fromkeys((*there, *here)):
        if name in decided:
            continue
        if name not in there:
            changes.append(f"{name} is a new parameter")
        elif name not in here:
            changes.append(f"{name} is no parameter any more")
        else:
            was = quantity(there[name]["value"], there[name]["unit"])
            now = quantity(here[name].value, here[name].unit)
            changes += [f"{name} was {was}, is {now}"] if was != now else []
    old, new = _all_texts(_rules_told(manifest)), _all_texts(_rules_of(model))
    names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    changes += [f"the text {name} is another" for name in names]
    if not changes and manifest["model"]["text"] != model.source_text:
        changes.append("the text of the model file is another, with the same rule and values")
    return changes


def _rules_told(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The rule of each pathway as plain data, {"": that of a short model}, as a run has it."""
    told = manifest.get("pathways")
    if not told:
        return {"": manifest["rule"]}
    return {each["name"]: {**each["rule"], **_about(each)} for each in told}


def _rules_of(model: Model) -> dict[str, Any]:
    """The same, as the model has it now."""
    if not model.layers:
        return {"": model.rule.to_dict()}
    return {each.name: each.rule.to_dict() | _about(vars(each)) for each in model.pathways}


def _about(pathway: Mapping[str, Any]) -> dict[str, str]:
    """What is no text of a pathway, but decides what it is."""
    return {name: str(pathway[name]) for name in ("source", "groups", "delay", "plastic")}


def _all_texts(rules: Mapping[str, Any]) -> dict[str, Any]:
    """{name of a text, with its pathway's where there are several: the text}."""
    return {
        f"{pathway}: {name}" if pathway else name: text
        for pathway, rule in rules.items()
        for name, text in _texts(rule)
    }


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each text of a rule as plain data, and its name as a model file says it."""
    if not isinstance(value, Mapping):
        yield name, value
    elif name == "drift" and set(value) == {"theta"}:
        yield name, value["theta"]
    else:
        for key, inner in value.items():
            yield from _texts(inner, f"{name}['{key}']" if name else key)


def _set_to_the_same(settings: Settings, manifest: Mapping[str, Any]) -> list[str]:
    """What is set either here or there, to the value that it has anyway."""
    here, there = settings.facts()["set"], manifest["settings"]["set"]
    now = {name: parameter.value for name, parameter in settings.model.parameters.items()}
    was = {name: told["value"] for name, told in manifest["parameters"].items()}
    told = []
    for name in dict.fromkeys((*here, *there)):
        if (name in here) != (name in there) and now.get(name) == was.get(name):
            told.append(f"{name} is set {'here, not there' if name in here else 'there, not here'}")
    return told


def _remedies(settings: Settings, manifest: Mapping[str, Any], names: list[str]) -> Iterator[str]:
    """What undoes the differences of these names: options as they were, and the model's file."""
    here, there = settings.facts(), manifest["settings"]
    units = {name: told["unit"] for name, told in manifest["parameters"].items()}
    units = {name: p.unit for name, p in settings.model.parameters.items()} | units
    was = {name: quantity(value, units.get(name, "1")) for name, value in there["set"].items()}
    now = {name: quantity(value, units[name]) for name, value in here["set"].items()}
    repeat = [f"--set {name}={was[name]}" for name in was if was[name] != now.get(name)]
    leave = [f"--set {name}={now[name]}" for name in now if name not in was]
    if {"noise", "replicate"} & {*names}:
        number = f":replicate={there['replicate']}" if there["replicate"] else ""
        repeat.append(f"--noise {_as_typed(there['noise'] + number)}")
    for name in names:
        if name in (*FOLLOW, "model", "noise", "replicate"):
            continue
        if name == "data" and str(there["data"]).startswith(FROM_PYTHON):
            continue
        was_given = there.get(name) is not None
        option = f"--{name.replace('_', '-')} {_as_typed((there if was_given else here)[name])}"
        (repeat if was_given else leave).append(option)
    if repeat:
        yield f"repeat its options: {' '.join(repeat)}"
    if "data" in names and str(there["data"]).startswith(FROM_PYTHON):
        yield "give its data from Python"
    if leave:
        yield f"leave out {' '.join(leave)}"
    if here["model"] == there["model"] and manifest["model"]["text"] != settings.model.source_text:
        yield "write the model file as it was (its text is in manifest.json)"


def _as_typed(value: Any) -> str:
    """A value as one types it after an option: texts in quotes."""
    if not isinstance(value, str):
        return str(value)
    return shlex.quote(value) if "'" in value else f"'{value}'"
