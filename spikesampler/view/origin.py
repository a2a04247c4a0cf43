"""Names of servers as browsers write them: HOST:PORT of the header Host, SCHEME://HOST:PORT of the
header Origin, and the origins that `--origin` names.
"""

import ipaddress
import re
from typing import NamedTuple

from spikesampler.errors import InputError

__all__ = ["Origin", "Place", "check_origins", "origin_of", "place_of"]

PORTS = {"http": 80, "https": 443}  #: that browsers leave out
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = rf"{LABEL}(?:\.{LABEL})*\.?"
PLACE = re.compile(rf"(\[[0-9a-f:.]+\]|{NAME})(?::([1-9][0-9]{{0,4}}))?", re.ASCII)
ORIGIN = re.compile(r"(https?)://([^/?#]*)", re.ASCII)


class Place(NamedTuple):
    """Host in lower case, an IPv6 address without brackets in its short form; port or None."""

    host: str
    port: int | None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


class Origin(NamedTuple):
    """Where a page comes from; scheme None is http or https, port None the scheme's own."""

    scheme: str | None
    place: Place

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}" if self.scheme else str(self.place)

    def is_of(self, place: Place) -> bool:
        """Whether the header Host of this origin's pages may be this place."""
        schemes = (self.scheme,) if self.scheme else tuple(PORTS)
        return any(_ported(self.place, scheme) == _ported(place, scheme) for scheme in schemes)

    def covers(self, other: "Origin") -> bool:
        """Whether another one, whose scheme is known, is this one."""
        return self.scheme in (None, other.scheme) and (
            _ported(self.place, other.scheme) == _ported(other.place, other.scheme)
        )


def _ported(place: Place, scheme: str | None) -> Place:
    return place if place.port is not None or scheme is None else Place(place.host, PORTS[scheme])


def place_of(text: str) -> Place | None:
    """The place that a text names, as in the header Host, or None: it names none."""
    match = PLACE.fullmatch(text.lower())
    if match is None or int(match[2] or 0) > 65_535:
        return None
    host = match[1]
    if host.startswith("["):
        try:
            host = str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError:
            return None
    return Place(host, int(match[2]) if match[2] else None)


def origin_of(text: str) -> Origin | None:
    """The origin that the header Origin names; None for "null" and for what names none."""
    match = ORIGIN.fullmatch(text.lower())
    place = place_of(match[2]) if match else None
    return Origin(match[1], place) if match and place else None


def check_origins(texts: tuple[str, ...]) -> tuple[Origin, ...]:
    """The origins that are given as [http:// or https://]HOST[:PORT], else InputError."""
    origins = []
    for text in texts:
        scheme = ORIGIN.fullmatch(text.lower().removesuffix("/"))
        place = place_of(scheme[2] if scheme else text)
        if place is None:
            raise InputError(
                f"origin {text!r}: expected HOST or HOST:PORT as the browser's address line shows"
                " it, with https:// before it or not, as in lab.example:8443; no path, no *, and"
                " names of other scripts in their form xn--…"
            )
        origins.append(Origin(scheme[1] if scheme else None, place))
    return tuple(origins)
