"""Who is answered: the browser of the person who opened the viewer, and no page of anyone else's.

Every web page that is open in a browser can send requests to this machine, and browsers tell in
headers which page asks, and by which address. They are looked at before any page is made:

- Host is the address that the browser believes to be at. Someone else's name that leads to
  127.0.0.1 (DNS rebinding) is refused: only addresses that the viewer was opened for are answered.
  localhost, 127.0.0.1 and [::1] are always among them, with any port: browsers do not look them up,
  so no one else's page is ever there, and `ssh -L 9000:localhost:5006` brings localhost:9000. Any
  other name needs the port that is served; behind proxies, `--origin` names it.
- Origin is the page that asks. It has to be the same host and port as Host: a page of
  localhost:8888 is not one of ours, though it is on the same machine. A proxy that puts its own
  name into Host needs `--origin`, too.
- Sec-Fetch-Site says whether another page asks where Origin is not sent (scripts, images, frames).
  All that it may do is to open the viewer in a tab of its own, which it cannot look into.
- X-Forwarded-Host and its kin are never read: any program can write them.

With a token, the address needs it, or the cookie that the first page gave. Cookies are the same on
all ports of a host; so the cookie counts only where no other page asks, and a websocket must say
that its Origin is ours. It holds a number drawn by this server, which is of no use elsewhere.
"""

import secrets
from http import HTTPStatus
from typing import NamedTuple

from spikesampler.view.origin import Origin, Place, origin_of, place_of

__all__ = ["Guard", "Refusal"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
OPEN = "open the address that `spikesampler view` printed"
NEEDS_TOKEN = "this page needs its token: open the whole address that `spikesampler view` printed"


class Refusal(NamedTuple):
    """HTTP status and the line that says why and what to do; remedy : whether who started the
    viewer can change it, though no page shows the line.
    """

    status: int
    text: str
    remedy: bool = False


def _forbidden(text, remedy=False):
    return Refusal(HTTPStatus.FORBIDDEN, f"spikesampler: {text}\n", remedy)


class Guard:
    """Decides who is answered. names : hosts that the viewer is served at, beside those of this
    machine alone; port : that is served; token : that viewers need, or None; origins : of
    `--origin`.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        port: int,
        token: str | None = None,
        origins: tuple[Origin, ...] = (),
    ):
        self.names, self.port, self.token, self.origins = names, port, token, origins
        self.cookie = f"spikesampler-{port}", secrets.token_urlsafe(32)

    def refusal(self, request, local: str = "") -> Refusal | None:
        """Why a request (tornado.httputil.HTTPServerRequest) is refused, or None: it is answered.

        local : the address of this machine at which it arrived.
        """
        given = request.headers.get("Host", "")
        host = place_of(given)
        if host is None or not self._is_here(host, local):
            return _forbidden(_unknown_host(given, host))
        origin = request.headers.get("Origin")
        if origin is not None and not self._is_ours(origin, host):
            return _forbidden(_unknown_origin(origin), origin_of(origin) is not None)
        if _asked_by_another_page(request.headers) and not _opens_a_tab(request.headers):
            return _forbidden(f"pages of others may not use this viewer: {OPEN} in a tab")
        if not self._may_look(request, host):
            return _forbidden(NEEDS_TOKEN)
        return None

    def is_trustworthy(self, request) -> bool:
        """Whether the browser is at https or at this machine itself, as far as is known: to others
        it sends no Sec-Fetch-Site, and complains of headers that ask for more.
        """
        host = place_of(request.headers.get("Host", ""))
        return "Sec-Fetch-Site" in request.headers or (host is not None and host.host in LOOPBACK)

    def knows_token(self, request) -> bool:
        """Whether the address of a request has the token."""
        return self.token is not None and any(
            secrets.compare_digest(given, self.token.encode())
            for given in request.query_arguments.get("token", ())
        )

    def _is_here(self, host: Place, local: str) -> bool:
        if host.host in LOOPBACK or any(origin.is_of(host) for origin in self.origins):
            return True
        return host.host in (*self.names, local) and (host.port or 80) == self.port

    def _is_ours(self, text: str, host: Place) -> bool:
        """Whether a page of this Origin is one of ours, where Host is `host`."""
        origin = origin_of(text)
        if origin is None:
            return False
        return Origin(None, host).covers(origin) or any(o.covers(origin) for o in self.origins)

    def _may_look(self, request, host: Place) -> bool:
        if self.token is None or self.knows_token(request):
            return True
        headers, own = request.headers, "=".join(self.cookie).encode()
        # all of them: programs on other ports of this host can set one of the same name beside it
        kept = [text for line in headers.get_list("Cookie") for text in line.split(";")]
        if not any(secrets.compare_digest(text.strip().encode(), own) for text in kept):
            return False
        if _asked_by_another_page(headers) or ("Upgrade" in headers and "Origin" not in headers):
            return False
        referer = headers.get("Referer")
        return referer is None or self._is_ours("/".join(referer.split("/")[:3]), host)


def _asked_by_another_page(headers) -> bool:
    return headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")


def _opens_a_tab(headers) -> bool:
    asked = headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")
    return asked == ("navigate", "document") and "Upgrade" not in headers


def _unknown_host(given, host):
    if host is None:
        return f"the header Host is {given[:80]!a}, which is no address: {OPEN}"
    return (
        f"this viewer was not opened for {host}: {OPEN}; if a proxy or tunnel leads from {host} to"
        f" it, start it with --origin {host}"
    )


def _unknown_origin(given):
    origin = origin_of(given)
    whose = origin or ascii(given[:80])
    remedy = f"; if that is a proxy before it, start it with --origin {whose}" if origin else ""
    return f"pages of {whose} may not use this viewer: {OPEN}{remedy}"
