"""The way into the server: each request and websocket passes the guard before there is a handler,
and each answer goes out with headers that keep other pages from framing or reading it.
"""

import re
import time
from http import HTTPStatus
from urllib.parse import unquote

from bokeh.util.token import check_token_signature, get_token_payload
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    ResponseStartLine,
)
from tornado.routing import Router

from spikesampler.errors import InputError
from spikesampler.view.complaints import say
from spikesampler.view.guard import Guard, Refusal

__all__ = ["Gate", "stand_before"]

HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address may hold the token
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: what pages ask for; bokeh's and panel's further ways in (autoload.js, which gives a session to
#: whoever includes it, metadata, components) are not there
STATIC = re.compile(r"/(?:run/)?(?:favicon\.ico|static(?:/[\w@-][\w.@^~+-]*)+)", re.ASCII)
TOLD = 5  #: refusals that the terminal shows: pages of others can ask as often as they like


def stand_before(server, gate: "Gate") -> None:
    """Have a gate asked before the handlers of a server (bokeh.server.server.Server): bokeh has no
    way to do that, tornado's server in it has. InputError where that is not there any more.
    """
    http = getattr(server, "_http", None)
    if getattr(http, "request_callback", None) is not gate.application:
        raise InputError(
            "this bokeh cannot be guarded, so nothing is served: install another one with: pip"
            " install 'bokeh>=3.7,<3.10'"
        )
    http.request_callback = gate


class Gate(Router):
    """A tornado router that answers, or hands on to the application of bokeh.

    pages : routes of pages. secret : that bokeh signs its session tokens with.
    """

    def __init__(self, application, guard: Guard, pages, secret: bytes):
        self.application, self.guard, self.secret = application, guard, secret
        self.pages = set(pages)
        self.websockets = {page.rstrip("/") + "/ws" for page in pages}
        self.told: set[str] = set()

    def start_request(self, server_conn, request_conn):
        return super().start_request(server_conn, WithHeaders(request_conn))

    def find_handler(self, request, **kwargs):
        if not self.guard.is_trustworthy(request):
            del request.connection.headers["Cross-Origin-Opener-Policy"]
        refusal = self.guard.refusal(request, _arrived_at(request)) or self._refusal(request)
        if refusal is not None:
            self._tell(request, refusal)
            return Refused(request, refusal)
        if self.guard.knows_token(request) and request.path in self.pages:
            name, value = self.guard.cookie
            request.connection.headers["Set-Cookie"] = (
                f"{name}={value}; HttpOnly; Path=/; SameSite=Strict"
            )
        return self.application.find_handler(request, **kwargs)

    def _tell(self, request, refusal):
        """Say once on the terminal why a page stays empty: browsers show no text of websockets."""
        new = refusal.text not in self.told and len(self.told) < TOLD
        if refusal.remedy and "Upgrade" in request.headers and new:
            self.told.add(refusal.text)
            say(refusal.text.removeprefix("spikesampler: "))

    def _refusal(self, request):
        """Of what no page of ours asks for."""
        if request.path in self.websockets:
            protocol, _, token = request.headers.get("Sec-WebSocket-Protocol", "").partition(",")
            if protocol == "bokeh" and self._is_session(token.strip()):
                return None
            return Refusal(HTTPStatus.FORBIDDEN, "spikesampler: open the page, not its websocket\n")
        names = {*request.query_arguments, *map(str.lower, request.headers)}
        if any(name.startswith("bokeh-") for name in names):
            return Refusal(HTTPStatus.FORBIDDEN, "spikesampler: sessions are not handed on\n")
        if request.path in self.pages or STATIC.fullmatch(unquote(request.path)):
            return None
        return Refusal(HTTPStatus.NOT_FOUND, "spikesampler: there is no such page\n")

    def _is_session(self, token):
        """Whether bokeh gave this session token to a page of ours, and it is still good."""
        try:
            return (
                check_token_signature(token, secret_key=self.secret, signed=True)
                and get_token_payload(token)["session_expiry"] > time.time()
            )
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            return False  # not even of its form


def _arrived_at(request):
    """The address of this machine that a request was sent to; "" if it has gone already."""
    socket = request.connection.stream.socket
    return socket.getsockname()[0].partition("%")[0] if socket is not None else ""


class WithHeaders(HTTPConnection):
    """A connection of tornado's whose answer also has HEADERS."""

    def __init__(self, connection):
        self.connection, self.headers = connection, dict(HEADERS)

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def write_headers(self, start_line, headers, chunk=None):
        for name, value in self.headers.items():
            headers[name] = value
        return self.connection.write_headers(start_line, headers, chunk)

    def write(self, chunk):
        return self.connection.write(chunk)

    def finish(self):
        self.connection.finish()


class Refused(HTTPMessageDelegate):
    """Answers with a refusal, whatever the method and the body."""

    def __init__(self, request, refusal):
        self.request, self.refusal = request, refusal

    def finish(self):
        status, text = HTTPStatus(self.refusal.status), self.refusal.text.encode()
        headers = HTTPHeaders(
            {
                "Content-Type": "text/plain; charset=utf-8",
                "Content-Length": str(len(text)),
                "Cache-Control": "no-store",
            }
        )
        connection, line = self.request.connection, ResponseStartLine("", status, status.phrase)
        connection.write_headers(line, headers, text if self.request.method != "HEAD" else None)
        connection.finish()
