"""What is wrong with the dicts of a file's layers, before anything is read from them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from spikesampler.errors import shown
from spikesampler.language.complaints import guess
from spikesampler.language.layers import (
    INPUTS,
    OF_LAYER,
    OF_PATHWAY,
    OUTPUTS,
    address,
    sources_of,
)
from spikesampler.language.scopes import is_key

__all__ = ["same_names", "wrong_layers"]


Wrong = Iterator[tuple[tuple[str, ...], str]]  #: (path in the file, why)


def wrong_layers(layers: Mapping[Any, Any]) -> Wrong:
    """What is wrong with the dicts of a file's layers. Nothing is said of the texts in them."""
    if OUTPUTS not in layers:
        yield ("layers",), f"layers has no '{OUTPUTS}': the layer that answers is called so"
    for name, layer in layers.items():
        if not is_key(name) or name in (INPUTS, "synapses", "signals", "teacher"):
            yield (
                ("layers",),
                f"layers has {shown(name)}; expected a name of letters from a to z, digits and _,"
                " and none of inputs, synapses, signals and teacher",
            )
        elif not isinstance(layer, Mapping):
            yield ("layers", name), f"layers['{name}'] is {shown(layer)}; expected a dict"
        else:
            yield from _wrong_layer(name, layer, layers)


def same_names(layers: Mapping[str, Any], events: Collection[str]) -> Wrong:
    """Names that two things would have in a run's files, of layers that are well formed."""
    own = {*events, *layers[OUTPUTS].get("events", ())}
    for name in layers:
        if name in own:
            yield (
                ("layers", name),
                f"layers has '{name}', which is an event of the outputs: their spikes would have"
                " one name; rename one of them",
            )
    kept: dict[str, str] = {}
    for name, layer in layers.items():
        sources = sources_of(layer)
        for source in sources:
            pathway = address(name, source, sources)
            other = kept.setdefault(pathway.replace(".", "_"), pathway)
            if other != pathway:
                yield (
                    ("layers", name),
                    f"the pathways {other} and {pathway} would have one name in a run's files,"
                    f" {pathway.replace('.', '_')}; rename a layer",
                )


def _wrong_layer(name: str, layer: Mapping[Any, Any], layers: Mapping[Any, Any]) -> Wrong:
    place = "layers", name
    for field in layer:
        if field not in OF_LAYER:
            near = guess(str(field), OF_LAYER)
            yield (
                (*place, str(field)),
                f"layers['{name}'] has the unknown field {shown(field)}{near}; expected"
                f" {', '.join(OF_LAYER)}",
            )
    if name == OUTPUTS and "size" in layer:
        yield (*place, "size"), f"layers['{name}'] has a size: its size is the parameter K"
    elif name != OUTPUTS and "size" not in layer:
        yield place, f"layers['{name}'] has no size; say how many neurons it has: size=\"H\""
    sources = layer.get("sources", ())
    if not isinstance(sources, Mapping | tuple | list) or not sources:
        yield (
            (*place, "sources"),
            f"layers['{name}'] has no sources; expected names, such as sources=(\"{INPUTS}\",), or"
            " a dict of what each pathway sets",
        )
        return
    known = [INPUTS, *layers]
    for source in sources:
        if source not in known:
            near = guess(str(source), map(str, known))
            yield (
                (*place, "sources", str(source)),
                f"layers['{name}'] has the source {shown(source)}{near}; expected some of"
                f" {', '.join(map(str, known))}",
            )
    for source, own in sources_of(layer).items():
        if not isinstance(own, Mapping):
            yield (
                (*place, "sources", str(source)),
                f"layers['{name}'] sets {shown(own)} for {source}; expected a dict",
            )
            continue
        for field in own:
            if field not in OF_PATHWAY:
                near = guess(str(field), OF_PATHWAY)
                yield (
                    (*place, "sources", str(source), str(field)),
                    f"layers['{name}'] sets the unknown field {shown(field)}{near} for {source};"
                    f" expected some of {', '.join(OF_PATHWAY)}",
                )
        if type(own.get("plastic", True)) is not bool:
            yield (
                (*place, "sources", str(source), "plastic"),
                f"plastic is {shown(own['plastic'])}; expected True or False",
            )
        if isinstance(own.get("resets", {}), Mapping) and {*own.get("resets", {})} - {"input"}:
            yield (
                (*place, "sources", str(source), "resets"),
                "resets of a pathway are those at a spike of its source, 'input'; others are the"
                " layer's",
            )
