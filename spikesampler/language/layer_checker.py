"""Whether the layers of a model file say something that can be done: pathway by pathway.

Each pathway is checked as a network of one layer, with the lines of the file where its own texts,
its layer's or those at the top stand. What is the same in several is said once.
"""

from collections.abc import Collection, Mapping
from typing import Any

from spikesampler.errors import InputError
from spikesampler.language.complaints import Complaint, Findings
from spikesampler.language.expressions import names_in
from spikesampler.language.layer_faults import same_names, wrong_layers
from spikesampler.language.layers import address, fields_of, sources_of
from spikesampler.language.parameter import Parameter
from spikesampler.language.places import LayerPlaces, Path, Places
from spikesampler.language.rule_checker import check_rule

__all__ = ["check_layers"]

_NEEDED = ("inputs", "outputs", "synapses", "starts")  #: fields that every pathway has


def check_layers(
    scope: Mapping[str, Any],
    parameters: Mapping[str, Parameter | None],
    places: Places,
    findings: Findings,
) -> None:
    """Complain of layers that are none, and of what does not fit in each of their pathways.

    scope : what the file assigned, with defaults for the rest. parameters : None for those that
    were complained of already.
    """
    layers = scope["layers"]
    wrong = [*wrong_layers(layers)] or [*same_names(layers, scope.get("events") or ())]
    for path, why in wrong:
        findings.add(places.line(path), why)
    if wrong:
        return
    sizes = _names_of_sizes(layers)
    found: dict[str, list[Complaint]] = {}
    owners: dict[str, tuple[Path, Path]] = {}
    for name, layer in layers.items():
        sources = sources_of(layer)
        for source, own in sources.items():
            pathway = address(name, source, sources)
            prefixes = ("layers", name, "sources", source), ("layers", name)
            owners[pathway] = prefixes
            fields = fields_of(scope, layer, own)
            of_pathway = Findings(findings.file)
            for field in _NEEDED:
                if field not in fields:
                    line = places.line(("layers", name))
                    of_pathway.add(
                        line, f"the field {field} is missing; give it here or at the top"
                    )
            check_rule(
                {**scope, **dict.fromkeys(_NEEDED), **fields, "noise": "none"},
                parameters,
                LayerPlaces(places, prefixes),
                of_pathway,
                sources=[*sources],
                source=source,
                also_used=sizes,
            )
            found[pathway] = of_pathway.complaints
    _tell(found, owners, places, findings)


def _names_of_sizes(layers: Mapping[str, Any]) -> set[str]:
    """Parameters that sizes, circuits and delays use."""
    texts = [
        str(layer[name])
        for layer in layers.values()
        for name in ("size", "groups")
        if name in layer
    ]
    for layer in layers.values():
        texts += [str(own["delay"]) for own in sources_of(layer).values() if "delay" in own]
    names: set[str] = set()
    for text in texts:
        try:
            names |= names_in(text)
        except InputError:  # is said where the layer's size is computed
            continue
    return names


def _tell(
    found: Mapping[str, list[Complaint]],
    owners: Mapping[str, tuple[Path, Path]],
    places: Places,
    findings: Findings,
) -> None:
    """Add each complaint once; of what is odd, only what is so wherever its text holds."""
    said: dict[Complaint, list[str]] = {}
    for pathway, complaints in found.items():
        for complaint in complaints:
            said.setdefault(complaint, []).append(pathway)
    for complaint, pathways in said.items():
        if not complaint.is_error and not _is_odd_everywhere(complaint, pathways, owners, places):
            continue
        where = "" if len(pathways) == len(found) else f"{', '.join(pathways)}: "
        findings.add(
            complaint.line,
            where + complaint.message,
            complaint.meant,
            complaint.allowed,
            complaint.is_error,
        )


def _is_odd_everywhere(
    complaint: Complaint,
    pathways: Collection[str],
    owners: Mapping[str, tuple[Path, Path]],
    places: Places,
) -> bool:
    """Whether all pathways that have the text of a warning have the warning."""
    if complaint.message.startswith("the parameter "):  # parameters are of the whole file
        return len(pathways) == len(owners)
    for own, _ in owners.values():
        if places.is_inside(own, complaint.line):
            return all(name in pathways for name, (other, _) in owners.items() if other == own)
    for _, layer in owners.values():
        if places.is_inside(layer, complaint.line):
            return all(name in pathways for name, (_, other) in owners.items() if other == layer)
    return len(pathways) == len(owners)
