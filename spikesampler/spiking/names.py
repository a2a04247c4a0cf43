"""What the program calls what a model's texts name.

Numbers have no units in the program: all are in seconds, hertz or pure numbers, so the unit of a
user's variable is a matter of the checker alone.
"""

import re
from collections.abc import Iterable, Mapping

__all__ = ["Dialect", "engine_name", "replace_words"]

#: a quotient of whole numbers, which Brian2 takes in single precision
_WHOLE_QUOTIENT = re.compile(r"(?<![\w.])(\d+)\s*/\s*(\d+)(?![\w.(])")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")

#: words of every model's text in Brian2's, in any place. No finite bound is as large as what
#: stands for inf, which the compiler is told not to expect (-ffast-math)
WORDS = {
    "second": "1.0",
    "inf": "1e300",
    "t": "(t/second + p_first_time)",
    "label": "labels(t)",
    "temperature": "temperature_at(t)",
}

#: variables that are there without an equation
GIVEN = ("theta", "rate", "response", "correct")


def engine_name(name: str) -> str:
    """The program's name of a variable of a model; Brian2, C++ and units have none that ends so.

    Variables that every model may name without defining them keep theirs.

    >>> engine_name("x_slow"), engine_name("e"), engine_name("theta")
    ('x_slow_var', 'e_var', 'theta')
    """
    return name if name in GIVEN else f"{name}_var"


def replace_words(text: str, others: Mapping[str, str]) -> str:
    """The text with whole names replaced; a number such as 1e9 has no name in it."""
    return _WORD.sub(lambda match: others.get(match.group(), match.group()), text)


class Dialect:
    """Brian2's words for a model's: parameters get a prefix p_, as N, i, t and dt are Brian2's."""

    def __init__(self, parameters: Iterable[str], others: Mapping[str, str] | None = None) -> None:
        """others : {parameter: another name that it has in the program, without the prefix}."""
        named = {name: (others or {}).get(name, name) for name in parameters}
        self.parameters = {name: f"p_{other}" for name, other in named.items()}

    def text(self, text: str, **others: str) -> str:
        """A text of ours in Brian2's words; `others` replaces further names."""
        return replace_words(text, {**self.parameters, **others})

    def model_text(self, text: str, others: Mapping[str, str]) -> str:
        """An expression of a model in Brian2's words; `others` has the names of its variables."""
        text = _WHOLE_QUOTIENT.sub(r"\1.0/\2", " ".join(text.split()))
        return replace_words(text, {**WORDS, **self.parameters, **others})

    def used(self, *texts: str) -> list[str]:
        """The parameters that (already translated) texts use, as they call them."""
        words = {word for text in texts for word in _WORD.findall(text)}
        names = [*self.parameters.values(), "p_first_time"]
        return [name for name in names if name in words]

    def declare(self, *texts: str) -> str:
        """Declarations of every parameter that the (already translated) texts use."""
        return "\n".join(f"{name} : 1 (shared, constant)" for name in self.used(*texts))
