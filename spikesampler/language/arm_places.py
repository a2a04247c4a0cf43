"""Noise arms of a network of layers: which arm each pathway has.

ARM is in all pathways that learn; ARM@PLACE in those of one layer, or in one pathway, and `none`
elsewhere; several are joined by +: weight@hidden+constant@outputs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from spikesampler.errors import InputError
from spikesampler.language.arm_option import (
    ArmOption,
    arm_label,
    parse_arm,
    split_outside,
    with_others,
)
from spikesampler.language.arm_texts import arm_texts
from spikesampler.language.complaints import guess
from spikesampler.language.layers import Pathway
from spikesampler.language.parameter import Parameter

__all__ = ["PlacedArm", "arms_by_label", "label_of", "placed_arm", "split_places"]


class Network(Protocol):
    """What an arm is in: the pathways of a model, and its parameters."""

    @property
    def name(self) -> str:
        """Of the model."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """All of them, by name."""

    @property
    def pathways(self) -> tuple[Pathway, ...]:
        """All of them, in order."""

    @property
    def main(self) -> Pathway:
        """That which answers."""


class PlacedArm(NamedTuple):
    """An arm of a whole network.

    name : such as weight@hidden. text : what it is, without options that are parameters of the
    model. options : these, and replicate. is_noisy : whether a temperature scales it anywhere.
    texts : of each pathway (`language.arm_texts`), by its name.
    """

    name: str
    text: str
    options: dict[str, Any]
    is_noisy: bool
    texts: dict[str, dict[str, Any]]


def split_places(text: str) -> list[tuple[str, str]]:
    """(arm, place) of each arm in a text, "" for one that is in all pathways.

    >>> split_places("weight@hidden:p=1+mine=2*b + b*w@outputs")
    [('weight:p=1', 'hidden'), ('mine=2*b + b*w', 'outputs')]
    """
    found, pending = [], ""
    for piece in split_outside(text, "+"):
        pending += f"+{piece}" if pending else piece
        if "@" in pending:
            head, *options = split_outside(pending, ":")
            arm, _, place = head.rpartition("@")
            found.append((":".join([arm.strip(), *options]), place.strip()))
            pending = ""
    if pending.strip() or not found:
        if found:
            raise InputError(
                f"noise arm {text}: '{pending.strip()}' says no layer; expected ARM@LAYER for each"
                " of several, such as weight@hidden+constant@outputs"
            )
        return [(text, "")]
    return found


def label_of(text: str) -> str:
    """What an arm is called beside others (`arm_label`), with its places."""
    return "+".join(_placed(arm_label(arm), place) for arm, place in split_places(text))


def _placed(label: str, place: str) -> str:
    if not place:
        return label
    head, *options = split_outside(label, ":")
    return ":".join([f"{head}@{place}", *options])


def placed_arm(text: str, model: Network) -> PlacedArm:
    """The arm that a text asks for, with the texts that each pathway of a model has of it.

    Raises InputError for an arm, a place or an option that there is not, and where the model does
    not define what the arm needs.
    """
    text = str(text)
    options: dict[str, Any] = {}
    texts: dict[str, dict[str, Any]] = {}
    said, noisy = [], False
    parts = split_places(text)
    names = [_placed(arm.partition(":")[0].partition("=")[0].strip(), at) for arm, at in parts]
    for arm, place in parts:
        for pathway in _addressed(text, place, model):
            option = parse_arm(arm, pathway.rule.noises)
            if pathway.name in texts:
                raise InputError(f"noise arm {text}: {pathway.name} has two arms; give it one")
            texts[pathway.name] = _texts(option, pathway, model)
        options |= option.options
        said.append(_placed(option.text, place))
        noisy |= option.arm.is_noisy
    for pathway in model.pathways:
        if pathway.name not in texts:
            texts[pathway.name] = _texts(parse_arm("none", {}), pathway, model)
    name = "+".join(names)
    if len(model.pathways) > 1:
        texts = {each.name: texts[each.name] | {"name": name} for each in model.pathways}
    return PlacedArm(name, "+".join(said), options, noisy, texts)


def _texts(option: ArmOption, pathway: Pathway, model: Network) -> dict[str, Any]:
    try:
        return arm_texts(option.name, option.arm, pathway.rule, model.parameters)
    except InputError as error:
        if len(model.pathways) == 1:
            raise
        raise InputError(
            f"{pathway.name}: {error}; or give the arm to other layers, as in {option.name}@LAYER"
        ) from None


def _addressed(text: str, place: str, model: Network) -> list[Pathway]:
    """The pathways in which an arm is."""
    pathways = model.pathways
    if not place:
        return [each for each in pathways if each.plastic] or [model.main]
    found = [each for each in pathways if place in (each.name, each.layer)]
    if not found:
        known = [*dict.fromkeys(n for each in pathways for n in (each.layer, each.name))]
        raise InputError(
            f"noise arm {text}: {model.name} has no layer '{place}'{guess(place, known)}; expected"
            f" one of {', '.join(known)}"
        )
    if not any(each.plastic for each in found):
        raise InputError(
            f"noise arm {text}: the synapses of {place} are fixed (plastic=False), and have no"
            " noise; give the arm to another layer"
        )
    return [each for each in found if each.plastic]


def arms_by_label(arms: Sequence[str]) -> dict[str, str]:
    """{label: text} of a list of arms (`with_others`), those with places too.

    Raises InputError where two arms have one label.
    """
    plain = with_others([arm for arm in arms if not _has_place(arm)])
    texts: dict[str, str] = {}
    for arm in arms:
        label = label_of(arm)
        if label in texts:
            raise InputError(
                f"arms {texts[label]} and {arm} have one name, {label}; give them different names"
            )
        texts[label] = arm if _has_place(arm) else plain[label]
    return texts


def _has_place(arm: str) -> bool:
    return bool(split_places(arm)[0][1])
