"""What a model file says, text by text, each with its line in the file."""

from dataclasses import dataclass, field

__all__ = ["Contents", "Text"]


@dataclass(frozen=True)
class Text:
    """One expression of a model file.

    role : what it may use, a key of `scopes.ROLES`. where : the field, as messages say it. lines :
    of the file, the first to the last. sets : the variable that it is for, "" if none. how : "d"
    (dX/dt = text), "=" (X = text) or a statement's operator; "" if it sets nothing. unit : as an
    equation says it.
    """

    role: str
    where: str
    text: str
    lines: tuple[int, ...]
    sets: str = ""
    how: str = ""
    unit: str = "1"

    @property
    def line(self) -> int:
        """Its first line in the file."""
        return self.lines[0]


@dataclass
class Contents:
    """The texts of a file, and where the events, rules, arms and starts that it defines stand."""

    texts: list[Text] = field(default_factory=list)
    events: dict[str, int] = field(default_factory=dict)
    rules: dict[tuple[str, str], int] = field(default_factory=dict)
    states: dict[tuple[str, str], int] = field(default_factory=dict)
    arms: dict[str, int] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)  #: names of what could not be read
    blind: set[str] = field(default_factory=set)  #: fields of definitions that are no text
