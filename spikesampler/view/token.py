"""Who may look: viewers that once gave the token in the address, and then carry a signed cookie."""

import secrets

from bokeh.server.auth_provider import AuthProvider
from tornado.web import RequestHandler

__all__ = ["TokenAuth"]

REFUSAL = (
    "spikesampler: this page needs its token: open the whole address that `spikesampler view`"
    " printed\n"
)


class Refused(RequestHandler):
    """403 for who has no token."""

    def get(self):
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.write(REFUSAL)


class TokenAuth(AuthProvider):
    """Bokeh's provider of users: one user, who knows the token."""

    def __init__(self, token, port):
        self._token, self._cookie = token, f"spikesampler-{port}"
        super().__init__()

    @property
    def get_user(self):
        def get_user(handler):
            given = handler.get_query_argument("token", "")
            if given and secrets.compare_digest(given.encode(), self._token.encode()):
                if not handler.request.headers.get("Upgrade"):
                    handler.set_signed_cookie(
                        self._cookie, self._token, httponly=True, samesite="Strict"
                    )
                return "viewer"
            kept = handler.get_signed_cookie(self._cookie) or b""
            return "viewer" if secrets.compare_digest(kept, self._token.encode()) else None

        return get_user

    @property
    def login_url(self):
        return "/refused"

    @property
    def login_handler(self):
        return Refused
