"""`spikesampler view`: a server of pages for one run, comparison or sweep, until Ctrl-C.

It listens on this machine alone unless another address is given, which needs a token in the address that is opened.
"""

import gc
import ipaddress
import logging
import os
import re
import secrets
import signal
import socket
import sys
import threading
import warnings
import webbrowser
from pathlib import Path

from spikesampler.errors import DamagedError, InputError
from spikesampler.extras import needed
from spikesampler.kinds import kind_of
from spikesampler.progress import Progress
from spikesampler.results import LEARNING, MANIFEST, SPIKES

__all__ = ["Runs", "make_server", "serve"]

KEPT = 4  #: runs that stay open for the next viewer
TOKEN = re.compile(r"[A-Za-z0-9_-]{12,}")


class Runs:
    """Runs by folder, each opened once and again where its files have changed.

    root : the folder of a comparison or sweep whose runs may be shown, or of the only run.
    """

    def __init__(self, root, progress=None):
        self.root, self.progress, self.opened, self.lock = Path(root), progress, {}, threading.Lock()

    def has(self, name):
        """Whether a folder of this name in the root holds a run; a name with a path in it does not."""
        return bool(name) and Path(name).name == name and (self.root / name / MANIFEST).is_file()

    def folder(self, name):
        """The folder of a run by its name within the root; InputError for anything else."""
        path = self.root / name
        if not self.has(name):
            raise InputError(f"{name!r} is no run in {self.root}: give the name of one of its folders")
        return path

    def get(self, folder):
        """`shown.Shown` of a run, or the InputError that says why not."""
        from spikesampler.view.shown import open_run, read_growing

        with self.lock:
            before, shown = self.opened.pop(folder, (None, None))
            signature = _signature(folder)
            if shown is not None and not shown.finished:
                manifest = folder / MANIFEST
                if signature[0] == before[0] or '"finished"' not in manifest.read_text(encoding="utf-8"):
                    shown = read_growing(folder, shown)
                else:
                    shown = open_run(folder, self.progress)
            elif shown is None or signature != before:
                shown = open_run(folder, self.progress)
            self.opened[folder] = signature, shown
            while len(self.opened) > KEPT:
                self.opened.pop(next(iter(self.opened)))
            return shown


def _signature(folder):
    """Size and time of change of the files that are shown."""
    found = []
    for name in (MANIFEST, LEARNING, SPIKES):
        try:
            facts = os.stat(folder / name)
            found.append((facts.st_size, facts.st_mtime_ns, facts.st_ino))
        except FileNotFoundError:
            found.append(None)
    return found


def serve(path, *, port=None, address="127.0.0.1", token=None, browser=True):
    """Show a run, a comparison or a sweep in the browser until SIGINT or SIGTERM.

    port : by default a free one. address : to listen on; one that others can reach needs a token, which is drawn where
    none is given. browser : open it.

    Raises InputError: nothing to show there, port in use or not allowed, no such address, a token that is too simple.
    """
    path, kind = Path(path), kind_of(path)
    needed("view", "view", "panel", "holoviews", "datashader", "bokeh")
    token = check_token(address, token)
    check_port(address, port)
    with Progress(f"view {path.name}", unit="spikes") as say:
        runs = Runs(path if path.is_dir() else path.parent, say)
        try:
            _open_first(kind, path, runs)
        except DamagedError as error:
            print(f"spikesampler: {error}", file=sys.stderr)
    warm_up()
    gc.freeze()  # else every few pictures wait until Python has looked through all that was imported
    runs.progress = None
    server = make_server(kind, path, runs, address, port or 0, token)
    where = web_address(address, server.port, token)
    print(where, flush=True)
    print("spikesampler: stop with Ctrl-C", file=sys.stderr, flush=True)
    if browser:
        threading.Thread(target=open_browser, args=(where,), daemon=True).start()
    _run(server)


def _open_first(kind, path, runs):
    """Read what will be shown, so that what is wrong is said before anything is served."""
    from spikesampler.view.shown import NothingYetError

    if kind == "run":
        try:
            runs.get(path)
        except NothingYetError:
            pass  # its page waits for it
    else:
        open_dataset(kind, path)


def open_dataset(kind, path):
    """The Comparison or Sweep in a folder or file."""
    if kind == "comparison":
        from spikesampler.experiments.comparison import Comparison

        return Comparison(path)
    from spikesampler.experiments.swept import Sweep

    return Sweep(path)


def check_token(address, token):
    """The token that viewers need; None on this machine's own addresses where none is given. InputError for a bad one."""
    if token is not None and not TOKEN.fullmatch(token):
        raise InputError(
            "the token is too simple: expected at least 12 letters, digits, - or _; or leave --token out, "
            "and one is drawn"
        )
    return token if token is not None or is_loopback(address) else secrets.token_urlsafe(24)


def is_loopback(address):
    """Whether an address belongs to this machine alone."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def check_port(address, port):
    """Refuse a port that is none, or is in use, and an address that this machine does not have."""
    if port is not None and not 1 <= port <= 65_535:
        raise InputError(f"port {port}: expected a number from 1 to 65535; leave --port out for a free one")
    try:
        family, kind, _, _, where = socket.getaddrinfo(address, port or 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(where)
            trial.listen(1)
    except socket.gaierror as error:
        raise InputError(
            f"address {address!r} is not known ({error.strerror}): give one of this machine's, or leave --address out"
        ) from None
    except PermissionError:
        raise InputError(
            f"port {port} is not allowed to you: give one above 1023 with --port, or leave --port out"
        ) from None
    except OSError as error:
        if port is not None and "in use" in str(error):
            raise InputError(
                f"port {port} is in use: give another with --port, or leave --port out for a free one"
            ) from None
        raise InputError(
            f"cannot listen on {address} ({error.strerror}): give an address of this machine, or leave --address out"
        ) from None


def web_address(address, port, token):
    """What to open in a browser."""
    host = socket.gethostname() if address in ("0.0.0.0", "::", "") else address
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}/" + (f"?token={token}" if token else "")


def warm_up():
    """Draw pictures of next to nothing, so that what datashader compiles is compiled before a viewer waits for it."""
    import numpy as np

    from spikesampler.view import pictures
    from spikesampler.view.index import count_spikes
    from spikesampler.view.recording import Recording

    times, ids = np.arange(640) / 10, np.tile(np.arange(8, dtype=np.uint32), 80)
    index = {"inputs": count_spikes([(times, ids)], 64, 8, 1.0)}
    recording = Recording(lambda *_: (times, ids), index, 1e-3, np.ones(64, bool))
    for few, many in ((-1, 1000), (-1, -1)):  # an image from times, and one from counts
        for size in ((4, 4), (64, 8)):
            pictures.picture(recording, "inputs", np.arange(8), (0.0, 0.064), (0, 7), size, 1e-4, few, many)


def make_server(kind, path, runs, address, port, token=None):
    """The server, listening; `start` it. kind and path: see `serve`."""
    import holoviews
    import panel as pn
    from panel.io.server import get_server

    warnings.filterwarnings("ignore", module="holoviews|panel|bokeh|datashader")
    logging.getLogger("bokeh").setLevel(logging.ERROR)
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    holoviews.extension("bokeh", logo=False)
    pn.extension(sizing_mode="stretch_width")
    pages = _pages(kind, path, runs)
    hosts = {address, "127.0.0.1", "localhost"} if token is None else {"*"}
    options = {}
    if token is not None:
        from spikesampler.view.token import TokenAuth

        options = {"auth_provider": TokenAuth(token, port), "cookie_secret": secrets.token_urlsafe(32)}
    return get_server(
        pages,
        port=port,
        address=address,
        title=f"{path.resolve().name} - spikesampler",
        show=False,
        start=False,
        verbose=False,
        websocket_origin=[f"{host}:{port}" if port else "*" for host in sorted(hosts)],
        **options,
    )


def _pages(kind, path, runs):
    """{route: function that makes a page for a viewer}."""
    import panel as pn

    from spikesampler.view.run_page import RunPage, guarded

    if kind == "run":
        return {"/": lambda: RunPage(runs, path).body}

    def dataset_page():
        from spikesampler.view import comparison, sweep

        show = {"comparison": comparison.comparison_page, "sweep": sweep.sweep_page}[kind]
        return guarded(lambda: show(open_dataset(kind, path), runs))

    def run_page():
        name = pn.state.session_args.get("folder", [b""])[0].decode(errors="replace")
        return guarded(lambda: RunPage(runs, runs.folder(name)).body)

    return {"/": dataset_page, "/run": run_page}


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
        print(f"spikesampler: no browser was found here: open {where} in one", file=sys.stderr, flush=True)


def _run(server):
    """Serve until SIGINT or SIGTERM, then close everything."""
    loop = server.io_loop.asyncio_loop
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.io_loop.stop)
    server.start()
    try:
        server.io_loop.start()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        server.stop()
