"""`spikesampler view`: a server of pages for one run, comparison or sweep, until Ctrl-C.

It listens on this machine alone unless another address is given. Where others can come, by the
address or through a proxy of `--origin`, what is opened needs a token. `guard.py` says who is
answered.
"""

import gc
import os
import secrets
import signal
import sys
import threading
import warnings
from pathlib import Path

from spikesampler.errors import DamagedError, printable
from spikesampler.jobs.progress import Progress
from spikesampler.optional import require
from spikesampler.store.folder_kind import kind_of
from spikesampler.view.address import (
    check_port,
    check_token,
    open_browser,
    served_names,
    web_address,
)
from spikesampler.view.guard import Guard
from spikesampler.view.origin import check_origins

__all__ = ["make_server", "serve"]


#: of a connection: nobody sends us a file, and who is silent is hung up on
LIMITS = {
    "idle_connection_timeout": 60,
    "body_timeout": 10,
    "max_body_size": 1_000,
    "max_buffer_size": 8_000_000,
}
LONGEST_MESSAGE = 4_000_000  #: bytes of a websocket's message: pages send windows and choices


def serve(path, *, port=None, address="127.0.0.1", token=None, origins=(), browser=True):
    """Show a run, a comparison or a sweep in the browser until SIGINT or SIGTERM.

    port : by default a free one. address : to listen on. origins : HOST[:PORT] in the browser where
    proxies lead here under other names. token : that viewers need; None draws one where others
    than this machine's can come, by the address or by an origin. browser : open it.

    Raises InputError: nothing to show there, port in use or not allowed, no such address, a token
    that is too simple, an origin that is none.
    """
    path, kind = Path(path).absolute(), kind_of(path)
    origins = check_origins(origins)
    require("view", "view", "panel", "holoviews", "datashader", "bokeh")
    token = check_token(address, token, origins)
    port = check_port(address, port)
    with Progress(f"view {path.name}", unit="spikes") as say:
        from spikesampler.view.runs import Runs

        runs = Runs(path if path.is_dir() else path.parent, say)
        try:
            _open_first(kind, path, runs)
        except DamagedError as error:
            print(f"spikesampler: {error}", file=sys.stderr)
    warm_up()
    # else every few pictures wait until Python has looked through all that was imported,
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # or through all models of all pages
    runs.progress = None
    guard = Guard(served_names(address), port, token, origins)
    server = make_server(kind, path, runs, address, guard)
    where = web_address(address, port, token)
    print(where, flush=True)
    if token is not None and origins:
        names = " and ".join(map(str, origins))
        print(
            f"spikesampler: behind {names}, open the address there with ?token={token}",
            file=sys.stderr,
        )
    print("spikesampler: stop with Ctrl-C", file=sys.stderr, flush=True)
    if browser:
        threading.Thread(target=open_browser, args=(where,), daemon=True).start()
    _run(server)


def _open_first(kind, path, runs):
    """Read what will be shown, so that what is wrong is said before anything is served."""
    from spikesampler.view.viewed_run import NothingYetError

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
        from spikesampler.experiments.comparison_result import Comparison

        return Comparison(path)
    from spikesampler.experiments.sweep_result import Sweep

    return Sweep(path)


def warm_up():
    """Draw pictures of next to nothing, so that what datashader compiles is compiled before a
    viewer waits for it.
    """
    import numpy as np

    from spikesampler.view import pictures
    from spikesampler.view.index import count_spikes
    from spikesampler.view.recording import Recording

    times, ids = np.arange(640) / 10, np.tile(np.arange(8, dtype=np.uint32), 80)
    index = {"inputs": count_spikes([(times, ids)], 64, 8, 1.0)}
    recording = Recording(lambda *_: (times, ids), index, 1e-3, np.ones(64, bool))
    for few, many in ((-1, 1000), (-1, -1)):  # an image from times, and one from counts
        for size in ((4, 4), (64, 8)):
            window, rows = (0.0, 0.064), (0, 7)
            order, step = np.arange(8), 1e-4
            pictures.picture(
                recording, "inputs", order, window, rows, size, step, few=few, many=many
            )


def make_server(kind, path, runs, address, guard):
    """The server, listening; `start` it. kind and path: see `serve`; guard : Guard of who may."""
    import holoviews
    import panel as pn
    from bokeh.util.warnings import BokehUserWarning
    from panel.io.server import get_server

    from spikesampler.view.complaints import complain_briefly
    from spikesampler.view.gate import Gate, stand_before

    warnings.filterwarnings("ignore", module="holoviews|panel|bokeh|datashader")
    warnings.filterwarnings("ignore", category=BokehUserWarning)  # has our lines as its module
    complain_briefly(path.name)
    holoviews.extension("bokeh", logo=False)
    pn.extension(sizing_mode="stretch_width")
    title = f"{printable(path.resolve().name)} - spikesampler"
    pages, secret = _pages(kind, path, runs), secrets.token_bytes(32)
    server = get_server(
        {route: application(make, path.name, title) for route, make in pages.items()},
        port=guard.port,
        address=address,
        show=False,
        start=False,
        verbose=False,
        websocket_origin=["*"],  # the guard has looked before
        sign_sessions=True,
        secret_key=secret,
        include_headers=[],  # in the session's token, which the page holds
        include_cookies=[],
        websocket_max_message_size=LONGEST_MESSAGE,
        http_server_kwargs=LIMITS,
    )
    stand_before(server, Gate(server._tornado, guard, pages, secret))
    return server


def application(make, name, title):
    """Panel's application of a page. make : gives what to lay out for a viewer; name : of the page
    on the terminal; title : in the browser.

    What cannot be laid out is a line on the page and on the terminal: panel alone would print a
    traceback. Its model of the address is left out, as it cannot read those of IPv6.
    """
    from panel.io.application import Application
    from panel.io.handlers import FunctionHandler

    from spikesampler.view.run_page import guarded

    def lay_out(document):
        def draw():
            make().server_doc(document, title, location=False)

        failed = guarded(draw, name)
        if failed is not None:
            document.clear()
            failed.server_doc(document, title, location=False)

    return Application(FunctionHandler(lay_out))


def _pages(kind, path, runs):
    """{route: function that makes a page for a viewer}."""
    import panel as pn

    from spikesampler.view.run_page import RunPage, guarded

    if kind == "run":
        return {"/": lambda: RunPage(runs, path).body}

    def dataset_page():
        from spikesampler.view import comparison, sweep

        show = {"comparison": comparison.comparison_page, "sweep": sweep.sweep_page}[kind]
        return guarded(lambda: show(open_dataset(kind, path), runs), path.name)

    def run_page():
        name = os.fsdecode(pn.state.session_args.get("folder", [b""])[0])
        return guarded(lambda: RunPage(runs, runs.folder(name)).body, name)

    return {"/": dataset_page, "/run": run_page}


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
