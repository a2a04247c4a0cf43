"""A noise arm as one writes it where an arm is asked for: NAME, or NAME=VARIANCE, then options.

Parts are divided by ":", and arms of a list by commas, but not within brackets. An arm that is
written out is an arm like any other, under its name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, NamedTuple

from spikesampler.checks import whole_in
from spikesampler.errors import InputError, shortened
from spikesampler.language.arm_texts import arm_texts
from spikesampler.language.noise_arms import ARMS, Arm, arms_of, own_arm
from spikesampler.language.parameter import Parameter
from spikesampler.language.rule import Rule
from spikesampler.language.units import parse_quantity

__all__ = [
    "GIVEN",
    "NOISE",
    "ArmOption",
    "arm_label",
    "arm_of",
    "options_of",
    "parse_arm",
    "split_arms",
    "split_outside",
    "with_others",
]

NOISE = ("noise_scale", "schedule", "anneal_rate")  #: parameters of every model that scale noise
GIVEN = (*NOISE, "replicate")  #: what an arm's text may say beside what the arm is
PARTS = ("drift", "mobility", "preserve")  #: parts of an arm that is written out


class ArmOption(NamedTuple):
    """An arm, and what its text says of it.

    name : of the arm. text : what it is, without options that are parameters of the model.
    options : these, and replicate, a number: another draw of all random numbers.
    """

    name: str
    text: str
    arm: Arm
    options: dict[str, Any]


def parse_arm(text: str, noises: Mapping[str, Any]) -> ArmOption:
    """The arm that a text such as "weight:noise_scale=0.3" or "mine=2*b*N*w**2" asks for.

    noises : the model's own arms. Raises InputError for an arm or an option that there is not.
    """
    head, *parts = split_outside(str(text), ":")
    name, written, variance = (part.strip() for part in head.partition("="))
    arms = arms_of(noises)
    given = _options(text, parts)
    if written:
        said = {"variance": variance} | {part: given.pop(part, "") for part in PARTS}
        arm = _written(text, name, said, arms)
    elif name in arms:
        arm = arms[name]
    else:
        near = get_close_matches(name, arms, n=1)
        raise InputError(
            f"unknown noise arm '{shortened(name)}'{f' (is {near[0]} meant?)' if near else ''};"
            f" expected one of {', '.join(arms)}, or one that is written out: NAME=VARIANCE, such"
            " as mine=2*b*w"
        )
    arm, own = _with_options(arm, given, arms, name not in ARMS)
    allowed = [*own, *(GIVEN if arm.is_noisy else ("replicate",))]
    if wrong := [option for option in given if option not in allowed]:
        if not written and wrong[0] in PARTS:
            raise InputError(
                f"noise arm {text}: '{wrong[0]}' belongs to an arm that is written out, such as"
                f" mine=2*b*w:{wrong[0]}=…"
            )
        allowed = [*PARTS, *allowed] if written else allowed
        near = get_close_matches(wrong[0], allowed, n=1)
        raise InputError(
            f"noise arm {text}: '{wrong[0]}={given[wrong[0]]}' is not an option"
            f"{f' (is {near[0]} meant?)' if near else ''}; expected"
            f" {name}:NAME=VALUE, each once, NAME one of {', '.join(allowed)}"
        )
    kept = [part for part in (head, *parts) if part.partition("=")[0].strip() not in GIVEN]
    options: dict[str, Any] = {name: value for name, value in given.items() if name in GIVEN}
    if "replicate" in options:
        number = whole_in(options["replicate"])
        if number is None:
            raise InputError(
                f"noise arm {text}: replicate={options['replicate']}: expected a whole number"
            )
        options["replicate"] = number
    return ArmOption(name, ":".join(part.strip() for part in kept), arm, options)


def arm_of(
    text: str, rule: Rule, parameters: Mapping[str, Parameter]
) -> tuple[ArmOption, dict[str, Any]]:
    """What a text asks for, and the texts that this arm has for a model (`language.arm_texts`).

    Raises InputError also where the model does not define what the arm needs.
    """
    option = parse_arm(text, rule.noises)
    return option, arm_texts(option.name, option.arm, rule, parameters)


def _options(text: str, parts: Sequence[str]) -> dict[str, str]:
    """{option: value} of the parts of an arm behind its first."""
    options: dict[str, str] = {}
    for part in parts:
        name, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or not value or name in options:
            arm = text.partition("=")[0].partition(":")[0].strip()
            why = "is given twice" if name in options else "has no name and value"
            raise InputError(
                f"noise arm {text}: '{part}' {why}; expected {arm}:NAME=VALUE, each once, or"
                " nothing behind the arm"
            )
        options[name] = value
    return options


def _written(text: str, name: str, said: Mapping[str, str], arms: Mapping[str, Arm]) -> Arm:
    """The Arm of what is written out."""
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise InputError(
            f"noise arm {text}: '{name}' is no name for an arm; expected letters, digits and _, as"
            " in mine=2*b*w"
        )
    if name in arms:
        kind = "a noise arm of every model" if name in ARMS else "one of the model's noises"
        raise InputError(
            f"noise arm {text}: {name} is {kind}; give what is written out another name"
        )
    if not said["variance"]:
        raise InputError(f"noise arm {text}: expected a variance per second after {name}=")
    if said["preserve"] not in ("", "posterior"):
        raise InputError(
            f"noise arm {text}: preserve={said['preserve']}: expected preserve=posterior"
        )
    return replace(own_arm(name, {part: it for part, it in said.items() if it}), source="own")


def _with_options(
    arm: Arm, given: Mapping[str, str], arms: Mapping[str, Arm], is_own: bool
) -> tuple[Arm, tuple[str, ...]]:
    """The arm with what its options say of it, and the names of those that it has.

    arms : that an option may name. is_own : whether it is none of every model.
    """
    names = {"release": "release"}  # of any arm
    if arm.momentum:
        names |= {"gamma": "momentum", "of": "variance"}
    if arm.match or (is_own and "follow" not in given):
        names["match"] = "match"
    if arm.follow or (is_own and "match" not in given):
        names["follow"] = "follow"
    if arm.release and not arm.is_noisy:
        names = {"p": "release"}
    said: dict[str, Any] = {field: given[name] for name, field in names.items() if name in given}
    if "momentum" in said:
        said["momentum"] = _rate(said["momentum"])
    if "variance" in said:
        of = said["variance"]
        said["variance"] = arms[of].variance if of in arms else {"theta": of}
    return replace(arm, **said), tuple(names)


def _rate(text: str) -> str:
    """A rate such as 5*Hz as an expression per second; any other expression as it is."""
    try:
        return f"{parse_quantity(text, '1/second', 'gamma')!r}/second"
    except InputError:
        return text


def split_outside(text: str, sign: str) -> list[str]:
    """The text's parts between a sign that is not within brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == sign and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def split_arms(text: str) -> list[str]:
    """The arms of a list such as "none,mine=2*b*clip(w, 0, 1)"."""
    return [arm.strip() for arm in split_outside(text, ",") if arm.strip()]


def options_of(text: str) -> dict[str, str]:
    """{option: text} that an arm's text or label says."""
    return _options(text, split_outside(text, ":")[1:])


def arm_label(text: str) -> str:
    """What an arm is called beside others: its name, with the options that do not define it."""
    head, *parts = split_outside(text, ":")
    said = [part for part in parts if part.partition("=")[0].strip() not in PARTS]
    return ":".join([head.partition("=")[0].strip(), *(part.strip() for part in said)])


def with_others(arms: Iterable[str]) -> dict[str, str]:
    """{label: text} of a list of arms.

    match, follow and of may name one that is written out in it. Raises InputError where two arms
    have one label.
    """
    arms = list(arms)
    heads = [split_outside(arm, ":")[0].partition("=") for arm in arms]
    written = {name.strip(): variance.strip() for name, sign, variance in heads if sign}
    texts: dict[str, str] = {}
    for arm in arms:
        label = arm_label(arm)
        if label in texts:
            raise InputError(
                f"arms {texts[label]} and {arm} have one name, {label}; give them different names"
            )
        parts = split_outside(arm, ":")
        for number, part in enumerate(parts[1:], start=1):
            name, _, value = (piece.strip() for piece in part.partition("="))
            if name in ("match", "follow", "of") and value in written:
                parts[number] = f"{name}={written[value]}"
        texts[label] = ":".join(parts)
    return texts
