"""The command line that repeats a run, a comparison or a sweep, from what its folder says of its
settings.
"""

import os
import shlex

from spikesampler.experiments import declared
from spikesampler.language.arm_option import GIVEN

__all__ = ["comparison_command", "run_command", "sweep_command"]

#: options that a run, a comparison and a sweep share: (option, name in the settings)
_COMMON = [
    (argument.option[0], argument.name)
    for argument in declared.SHARED
    if argument.name not in ("start", "set")  # these are written in their own way
]


def run_command(settings, model=None):
    """`spikesampler run …` with the `settings` of a run's manifest; `model` : another name or path
    of the model.
    """
    arm = settings["noise"] + (
        f":replicate={settings['replicate']}" if settings["replicate"] else ""
    )
    words = [
        "run",
        model or settings["model"],
        "--noise",
        arm,
        "--start",
        settings["start"],
        "--seed",
        settings["seed"],
    ]
    return _joined(words + _assignments("--set", settings["set"]) + _common(settings))


def comparison_command(settings, arms, starts, seeds, model=None):
    """`spikesampler compare …` with the settings of one of its runs; the seeds are one after the
    other.

    What the arms' texts say of the noise is left out of the settings that all have.
    """
    chosen = {name: value for name, value in settings["set"].items() if name not in GIVEN}
    words = ["compare", model or settings["model"], "--arms", ",".join(arms), *_many(starts, seeds)]
    return _joined(words + _assignments("--set", chosen) + _common(settings))


def sweep_command(facts, chosen, model=None):
    """`spikesampler sweep …` from its manifest and the parameters {name: value} that all points
    share.

    None for a design: its folder has the points that were drawn, but not the ranges.
    """
    if facts["varied"]:
        return None
    words = ["sweep", model or facts["model"]]
    for name, values in facts["axes"].items():
        words += ["--grid", f"{name}={','.join(map(_text, values))}"]
    words += ["--arms", ",".join(facts["arms"]), *_many(facts["starts"], facts["seeds"])]
    return _joined(words + _assignments("--set", chosen) + _common(facts))


def _many(starts, seeds):
    return ["--start", ",".join(starts), "--seeds", len(seeds), "--seed", seeds[0]]


def _common(settings):
    return [
        word
        for option, name in _COMMON
        if settings.get(name) is not None
        for word in (option, settings[name])
    ]


def _assignments(option, values):
    return [word for name, value in values.items() for word in (option, f"{name}={_text(value)}")]


def _text(value):
    """A parameter's value in its own unit, so that reading it back gives the same bits."""
    return value if isinstance(value, str) else repr(value)


def _joined(words):
    return " ".join(["spikesampler", *map(_quoted, words)])


def _quoted(word):
    """A word for a shell: bytes that are no text as bash, zsh and POSIX.1-2024 write them."""
    if str(word).isprintable():
        return shlex.quote(str(word))
    plain = set(range(0x20, 0x7F)) - set(b"\\'")
    escaped = (chr(byte) if byte in plain else f"\\x{byte:02x}" for byte in os.fsencode(word))
    return f"$'{''.join(escaped)}'"
