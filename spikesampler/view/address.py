"""Where a viewer is served: address, port and token, checked before anything else; and the browser
that opens it.
"""

import ipaddress
import os
import re
import secrets
import socket
import sys
import webbrowser

from spikesampler.errors import InputError, shown
from spikesampler.view.origin import place_of

__all__ = [
    "check_port",
    "check_token",
    "is_loopback",
    "open_browser",
    "served_names",
    "web_address",
]

TOKEN = re.compile(r"[A-Za-z0-9_-]{12,}")
EVERYWHERE = ("0.0.0.0", "::", "")


def check_token(address, token, origins=()):
    """The token that viewers need: the one given, if it is good (InputError), or where others see
    us, by the address or through a proxy of these origins, a new one.
    """
    if token is not None and not TOKEN.fullmatch(token):
        raise InputError(
            "the token is too simple: expected at least 12 letters, digits, - or _; or leave"
            " --token out, and one is drawn"
        )
    hosts = (address, *(origin.place.host for origin in origins))
    return token if token is not None or all(map(is_loopback, hosts)) else secrets.token_urlsafe(24)


def is_loopback(address):
    """Whether an address belongs to this machine alone."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def check_port(address, port):
    """The port, or a free one for None; InputError where it is in use, and for an address that this
    machine has not.
    """
    if port is not None and not 1 <= port <= 65_535:
        raise InputError(
            f"port {port}: expected a number from 1 to 65535; leave --port out for a free one"
        )
    try:
        known = socket.getaddrinfo(address, port or 0, type=socket.SOCK_STREAM)
        family, kind, _, _, where = known[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(where)
            trial.listen(1)
            return trial.getsockname()[1]
    except (socket.gaierror, ValueError) as error:  # ValueError: no name at all, as a..b
        reason = getattr(error, "strerror", None) or "no host has such a name"
        raise InputError(
            f"address {shown(address)} is not known ({reason}): give one of this machine's, or"
            " leave --address out"
        ) from None
    except PermissionError:
        raise InputError(
            f"port {port} is not allowed to you: give one above 1023 with --port, or leave"
            " --port out"
        ) from None
    except OSError as error:
        if port is not None and "in use" in str(error):
            raise InputError(
                f"port {port} is in use: give another with --port, or leave --port out for a"
                " free one"
            ) from None
        raise InputError(
            f"cannot listen on {address} ({error.strerror}): give an address of this machine, or"
            " leave --address out"
        ) from None


def served_names(address):
    """The hosts that a browser can have opened where an address is listened on: a name or a number,
    as `Place` has it.
    """
    host = socket.gethostname() if address in EVERYWHERE else address
    place = place_of(f"[{host.partition('%')[0]}]" if ":" in host else host)
    return (place.host,) if place is not None else ()


def web_address(address, port, token):
    """What to open in a browser."""
    host = socket.gethostname() if address in EVERYWHERE else address
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}/" + (f"?token={token}" if token else "")


def open_browser(where):
    """Open a browser, or say that there is none; one that would run in this terminal is none."""
    has_screen = sys.platform != "linux" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    try:
        opened = has_screen and webbrowser.open(where)
    except webbrowser.Error:
        opened = False
    if not opened:
        text = f"spikesampler: no browser was found here: open {where} in one"
        print(text, file=sys.stderr, flush=True)
