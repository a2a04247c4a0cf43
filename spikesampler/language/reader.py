"""Reads a model file for the checker: what it says, text by text, each with its line in the file.

A field that is not of its kind, and a line that cannot be read, is a complaint; all the rest is
read nevertheless, so that everything that is wrong can be said at once.
"""

import re
from collections.abc import Mapping
from typing import Any

from spikesampler.errors import InputError, shortened
from spikesampler.language.blocks import Line, equation_of, lines_of, statements_of, unclosed_in
from spikesampler.language.complaints import Findings, plain_value, text_fault
from spikesampler.language.contents import Contents, Text
from spikesampler.language.noise_arms import PARTS
from spikesampler.language.places import Places
from spikesampler.language.scopes import POPULATIONS, is_key

__all__ = ["read_contents"]

_FIRING = re.compile(r"^\s*(?P<law>[A-Za-z_]\w*)\s*\((?P<text>.*)\)\s*$", re.DOTALL)


def read_contents(scope: Mapping[str, Any], places: Places, findings: Findings) -> Contents:
    """The Contents of what a file assigned; what cannot be read becomes a complaint."""
    reader = _Reader(scope, places, findings)
    for name in POPULATIONS:
        reader.equations(name)
    reader.drift()
    reader.noises()
    reader.bounds()
    reader.contents.starts = reader.table("starts", "starts", "theta")
    reader.table("initial", "initial")
    reader.contents.events = reader.table("events", "events")
    for name in ("learning", "resets"):
        reader.rules(name)
    reader.firing()
    if ("learning", "teacher") in reader.contents.rules:
        reader.rate("teacher", scope.get("teacher"))
    return reader.contents


class _Reader:
    """Takes a file's fields apart."""

    def __init__(self, scope: Mapping[str, Any], places: Places, findings: Findings) -> None:
        self.scope, self.places, self.findings = scope, places, findings
        self.contents = Contents()

    def line(self, *path: str) -> int:
        return self.places.line(path)

    def field(self, name: str, *kinds: type) -> Any:
        """A field of one of these types; None where it is of another, which was said before."""
        value = self.scope.get(name)
        return value if type(value) in kinds else None

    def text(self, path: tuple[str, ...], value: Any) -> str | None:
        """The text of a field, or a complaint: numbers are texts, too."""
        if type(value) in (int, float):
            return repr(value)
        if type(value) is not str:
            self.findings.add(
                self.line(*path),
                f"{_called(path)} is {plain_value(value)}, not a text; write a text",
            )
            return None
        if fault := text_fault(value):
            self.findings.add(self.line(*path), f"{_called(path)} {fault}")
            return None
        return value

    def expression(
        self, path: tuple[str, ...], role: str, where: str, value: Any, sets: str = ""
    ) -> None:
        """Note the one expression of a field; nothing where there is none."""
        if value is None or (type(value) is str and not value.strip()):
            return
        text = self.text(path, value)
        if text is not None:
            lines = self.places.span(path, 1, text.count("\n") + 1)
            self.contents.texts.append(Text(role, where, text, lines, sets))

    def equations(self, name: str) -> None:
        """Note the equations of a population."""
        block = self.field(name, str)
        if block is None or (block := self.text((name,), block)) is None:
            self.contents.blind.add(name)
            return
        where = f"the {name}' equations"
        for line, lines in self._lines_of(block, (name,)):
            try:
                equation = equation_of(line)
            except InputError as error:
                self._unreadable(error, lines, where)
                self._note_unread(line.code)
                continue
            how = "d" if equation.is_differential else "="
            self.contents.texts.append(
                Text(name, where, equation.text, lines, equation.name, how, equation.unit)
            )

    def rules(self, name: str) -> None:
        """Note the statements of learning or resets."""
        for when, rule in self._entries(name):
            self.contents.rules[name, when] = self.line(name, when)
            if (text := self.text((name, when), rule)) is None:
                continue
            role = name
            if name == "resets" and when in ("input", "sample"):
                role = f"resets of {when}s"
            where = f"{name}['{when}']"
            lines_of_rule = self._lines_of(text, (name, when))
            if name == "learning" and not lines_of_rule:
                self.findings.add(
                    self.line(name, when), f"{where} is empty; write statements or leave it out"
                )
            for line, lines in lines_of_rule:
                try:
                    statements = statements_of(line)
                except InputError as error:
                    self._unreadable(error, lines, where)
                    continue
                for statement in statements:
                    self.contents.texts.append(
                        Text(role, where, statement.text, lines, statement.target,
                             statement.operator)
                    )  # fmt: skip

    def table(self, name: str, role: str, sets: str | None = None) -> dict[str, int]:
        """Note the expressions of a dict of them; {key: line}."""
        keys = {}
        for key, value in self._entries(name):
            keys[key] = self.line(name, key)
            target = sets if sets is not None else key if name == "initial" else ""
            self.expression((name, key), role, f"{name}['{key}']", value, target)
            if type(value) is str and not value.strip():
                self.findings.add(keys[key], f"{name}['{key}'] is empty; write an expression")
        return keys

    def drift(self) -> None:
        """Note the drift, of theta or by state."""
        drift = self.field("drift", str, dict)
        if isinstance(drift, dict):
            for state, text in self._entries("drift"):
                self.contents.states["drift", state] = self.line("drift", state)
                self.expression(("drift", state), "drift", f"drift['{state}']", text, state)
        else:
            self.expression(("drift",), "drift", "the drift", drift, "theta")

    def noises(self) -> None:
        """Note the model's own arms."""
        for arm, value in self._entries("noises"):
            path = ("noises", arm)
            self.contents.arms[arm] = self.line(*path)
            entries = self._pairs(path, value) if type(value) is dict else []
            if {key for key, _ in entries} & {*PARTS}:
                for part, below in entries:
                    self._part(arm, part, below)
            else:
                self._by_state(path, value, "variance")

    def _part(self, arm: str, part: str, value: Any) -> None:
        """Note one of the parts of an arm."""
        path = ("noises", arm, part)
        if part not in PARTS:
            self.findings.unknown(self.line(*path), f"noises['{arm}'] has", part, PARTS)
        elif part == "preserve":
            if type(value) is not str or value != "posterior":
                said = f"noises['{arm}'] preserves"
                self.findings.unknown(self.line(*path), said, value, ["posterior"])
        else:
            self._by_state(path, value, part)

    def _by_state(self, path: tuple[str, ...], value: Any, part: str) -> None:
        """Note a part of an arm: a text for theta, or a dict of texts by state."""
        if type(value) is not dict:
            self.expression(path, f"noises: {part}", _called(path), value, "theta")
            return
        for state, text in self._pairs(path, value):
            where = (*path, state)
            self.contents.states[_called(path), state] = self.line(*where)
            self.expression(where, f"noises: {part}", _called(where), text, state)

    def bounds(self) -> None:
        """Note the bounds of theta."""
        bounds = self.field("bounds", tuple, list)
        if bounds is None:
            return
        if len(bounds) != 2:
            self.findings.add(
                self.line("bounds"),
                f"bounds has {len(bounds)} entries; expected two, low and high, such as"
                ' ("theta_min", "theta_max"), "" for none',
            )
        for number, (side, text) in enumerate(zip(("lower", "upper"), bounds)):
            self.expression(("bounds", str(number)), "bounds", f"the {side} bound", text, "theta")

    def firing(self) -> None:
        """Note the rate of the outputs' firing."""
        text = self.field("firing", str)
        if text is None or (text := self.text(("firing",), text)) is None:
            return
        match = _FIRING.match(text)
        if match is None or match["law"] not in ("race", "poisson"):
            word = match["law"] if match else text
            self.findings.unknown(
                self.line("firing"), "firing is", word, ("race(RATE)", "poisson(RATE)")
            )
        else:
            self.rate("firing", match["text"], "race" if match["law"] == "race" else "firing")

    def rate(self, name: str, value: Any, role: str = "teacher") -> None:
        """Note the rate of outputs or teacher; where the file leaves it out, by its default."""
        if name in self.places.assigned:
            self.expression((name,), role, name, value)
        elif type(self.scope.get("parameters")) is dict and type(value) is str:
            line = self.line("outputs" if name == "firing" else "learning")
            where = f"{name} ({self.scope[name]} by default)"
            self.contents.texts.append(Text(role, where, value, (line,)))

    def _entries(self, name: str) -> list[tuple[str, Any]]:
        """The entries of a field that is a dict."""
        return self._pairs((name,), self.field(name, dict) or {})

    def _pairs(self, path: tuple[str, ...], value: Mapping[Any, Any]) -> list[tuple[str, Any]]:
        """The entries of a dict whose keys are names; others are complaints."""
        entries = []
        for key, below in value.items():
            if is_key(key):
                entries.append((key, below))
            else:
                self.findings.add(
                    self.line(*path),
                    f"{_called(path)} has the key {plain_value(key)}; expected a name of letters"
                    " from a to z, digits and _, and no word of Python",
                )
        return entries

    def _lines_of(self, block: str, path: tuple[str, ...]) -> list[tuple[Line, tuple[int, ...]]]:
        """The lines of a block that say something, each with the lines of the file it takes."""
        for number, code in (unclosed := unclosed_in(block)).items():
            said = f"'{shortened(code)}' opens a bracket that is never closed (in {_called(path)})"
            self.findings.add(self.places.line(path, number), said)
            self._note_unread(code)
        rows = enumerate(block.splitlines(), 1)
        block = "\n".join("" if number in unclosed else row for number, row in rows)
        lines = lines_of(block)
        ends = [*[line.number for line in lines[1:]], block.count("\n") + 2]
        return [
            (line, self.places.span(path, line.number, end - line.number))
            for line, end in zip(lines, ends)
        ]

    def _note_unread(self, code: str) -> None:
        """Note the names that a line that cannot be read may define."""
        if match := re.match(r"d?([A-Za-z_]\w*)", code):
            self.contents.unread |= {match[0], match[1]}

    def _unreadable(self, error: InputError, lines: tuple[int, ...], where: str) -> None:
        said = re.sub(r"^line \d+ is ", "", str(error))
        self.findings.add(lines[0], f"{said} (in {where})")


def _called(path: tuple[str, ...]) -> str:
    """A field as a message says it: noises['mine']['drift']."""
    return path[0] + "".join(f"[{key}]" if key.isdigit() else f"['{key}']" for key in path[1:])
