"""The way into the server: each request and websocket passes the guard before there is a handler,
and each answer goes out with headers that keep other pages from framing or reading it.
"""

import re
import time
from http import HTTPStatus
from urllib.parse import unquote

from bokeh.util.token import check_token_signature, get_token_payload
from tornado.httputil import HTTPConnection
from tornado.routing import Router
from tornado.web import RequestHandler

from spikesampler.view.guard import Guard, Refusal

__all__ = ["Gate"]

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


class Gate(Router):
    """A tornado router that answers, or hands on to the application of bokeh.

    pages : routes of pages. secret : that bokeh signs its session tokens with.
    """

    def __init__(self, application, guard: Guard, pages, secret: bytes):
        self.application, self.guard, self.secret = application, guard, secret
        self.pages = set(pages)
        self.websockets = {page.rstrip("/") + "/ws" for page in pages}

    def start_request(self, server_conn, request_conn):
        return super().start_request(server_conn, Sealed(request_conn))

    def find_handler(self, request, **kwargs):
        refusal = self.guard.refusal(request, _arrived_at(request)) or self._refusal(request)
        if refusal is not None:
            return self.application.get_handler_delegate(request, Refused, {"refusal": refusal})
        if self.guard.knows_token(request) and request.path in self.pages:
            name, value = self.guard.cookie
            request.connection.headers["Set-Cookie"] = (
                f"{name}={value}; HttpOnly; Path=/; SameSite=Strict"
            )
        return self.application.find_handler(request, **kwargs)

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


class Sealed(HTTPConnection):
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


class Refused(RequestHandler):
    """Answers with a refusal, whatever the method."""

    def initialize(self, refusal):
        self.refusal = refusal

    def prepare(self):
        self.set_status(self.refusal.status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(self.refusal.text)
