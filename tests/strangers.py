"""Shared by the tests of who may look at a viewer: ports that lead to it, and a page of someone
else's that tries to use it.
"""

import asyncio
import contextlib
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: of the page below: each try ends as "answered" or "refused"
TRIES = """async (viewer) => {
    const ends = (begin) => new Promise((answered, refused) => begin(answered, refused));
    const element = (kind, about) => (answered, refused) => document.body.append(
        Object.assign(document.createElement(kind), about, {onload: answered, onerror: refused}));
    const tries = {
        fetch: () => fetch(`http://${viewer}/`),
        "fetch with the cookie": () => fetch(`http://${viewer}/`, {credentials: "include"}),
        "fetch without CORS": () =>
            fetch(`http://${viewer}/`, {mode: "no-cors", credentials: "include"}),
        "a script": () => ends(element("script", {src: `http://${viewer}/static/js/bokeh.min.js`})),
        "a session": () => ends(element("script",
            {src: `http://${viewer}/autoload.js?bokeh-autoload-element=1`})),
        "an image": () => ends(element("img", {src: `http://${viewer}/favicon.ico`})),
        "a websocket": () => ends((answered, refused) => Object.assign(
            new WebSocket(`ws://${viewer}/ws`, ["bokeh", "x"]),
            {onopen: answered, onerror: refused})),
    };
    const found = {};
    for (const [name, attempt] of Object.entries(tries))
        await attempt().then(() => found[name] = "answered", () => found[name] = "refused");
    return found;
}"""


class _Page(BaseHTTPRequestHandler):
    """A page that embeds the address in its query, and links to it."""

    def do_GET(self):
        address = self.path.partition("?")[2]
        page = f"""<!DOCTYPE html><title>stranger</title><body>
            <a rel="opener" target="_blank" href="{address}">look</a>
            <iframe name="framed" src="{address}"></iframe>"""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def stranger():
    """Port of a server of someone else's page, at each name of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class Forwarder:
    """A port that leads to the port `target` of this machine, as `ssh -L` does; `renamed`: a pair
    of bytes, of which the second replaces the first in what is sent there, as proxies do with Host;
    `answers` notes the HTTP status of each answer.
    """

    def __init__(self):
        self.target, self.renamed, self.port, self._leave = None, None, None, None
        self.answers = []
        self._ready, self._thread = threading.Event(), threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_):
        self._leave()
        self._thread.join()

    def _run(self):
        asyncio.run(self._serve())

    async def _serve(self):
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        self._leave = partial(loop.call_soon_threadsafe, ended.set)
        server = await asyncio.start_server(self._lead, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await ended.wait()
        server.close()

    async def _lead(self, here, back):
        there, onwards = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._pass(here, onwards, self.renamed), self._pass(there, back))

    async def _pass(self, source, target, renamed=None):
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                if data.startswith(b"HTTP/1.1 "):
                    self.answers.append(int(data[9:12]))
                target.write(data.replace(*renamed) if renamed else data)
                await target.drain()
        target.close()
