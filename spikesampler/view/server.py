"""`spikesampler view`: a server of pages for one run, comparison or sweep, until Ctrl-C.

It listens on this machine alone unless another address is given, which needs a token in the address
that is opened.
"""

import gc
import logging
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
from spikesampler.view.address import check_port, check_token, open_browser, web_address

__all__ = ["make_server", "serve"]


def serve(path, *, port=None, address="127.0.0.1", token=None, browser=True):
    """Show a run, a comparison or a sweep in the browser until SIGINT or SIGTERM.

    port : by default a free one. address : to listen on; one that others can reach needs a token,
        which is drawn where
    none is given. browser : open it.

    Raises InputError: nothing to show there, port in use or not allowed, no such address, a token
    that is too simple.
    """
    path, kind = Path(path).absolute(), kind_of(path)
    require("view", "view", "panel", "holoviews", "datashader", "bokeh")
    token = check_token(address, token)
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
    server = make_server(kind, path, runs, address, port, token)
    where = web_address(address, port, token)
    print(where, flush=True)
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
    # pages of other sites cannot talk to this server; with a token, which they do not know, proxies
    # may rename it
    origins, options = [f"{host}:{port}" for host in {address, "127.0.0.1", "localhost"}], {}
    if token is not None:
        from spikesampler.view.token import TokenAuth

        secret = secrets.token_urlsafe(32)
        origins, options = ["*"], {"auth_provider": TokenAuth(token, port), "cookie_secret": secret}
    return get_server(
        pages,
        port=port,
        address=address,
        title=f"{printable(path.resolve().name)} - spikesampler",
        show=False,
        start=False,
        verbose=False,
        websocket_origin=origins,
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
