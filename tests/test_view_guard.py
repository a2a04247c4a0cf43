"""Who the viewer answers: tables of Host, Origin and what else browsers tell, over real sockets,
on pages and websockets. The pages are stand-ins that note when they are made.
"""

import asyncio
import socket
import threading
from types import SimpleNamespace

import pytest
from bokeh.util.token import generate_jwt_token, generate_session_id
from runs import command
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from spikesampler.errors import InputError
from spikesampler.view.address import check_token, served_names
from spikesampler.view.gate import HEADERS, STATIC, TOLD, Gate, stand_before
from spikesampler.view.guard import Guard
from spikesampler.view.origin import check_origins, place_of

TOKEN, SECRET = "abc-DEF_0123456789", b"of this test"
GET = RequestStartLine("GET", "/", "HTTP/1.1")
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Served:
    """A guarded server of stand-ins for bokeh's handlers; `made` notes each that is reached."""

    def __init__(self, address="127.0.0.1", **options):
        made = self.made = []

        class Page(RequestHandler):
            def initialize(self):
                made.append(self.request.path)

            def get(self, *_):
                self.write("page")

        class Socket(WebSocketHandler):
            def initialize(self):
                made.append(self.request.path)

            def check_origin(self, origin):
                return True

            def select_subprotocol(self, names):
                return names[0]

        app = Application([("/(?:static/.*|autoload.js|metadata)?", Page), ("/ws", Socket)])
        self.http = HTTPServer(None)
        self.http.listen(0, address)
        (listener,) = list(self.http._sockets.values())
        self.port = listener.getsockname()[1]
        self.guard = Guard(served_names(address), self.port, **options)
        self.gate = self.http.request_callback = Gate(app, self.guard, {"/": None}, SECRET)


@pytest.fixture(scope="module")
def servers():
    """{name: Served}, all in one thread."""
    ready, stop, made = threading.Event(), None, {}

    async def serve():
        nonlocal stop
        stop = asyncio.Event()
        origins = check_origins(("lab.example", "https://hub.example:8443"))
        made.update(
            alone=Served(),
            proxied=Served(origins=origins),
            token=Served("0.0.0.0", token=TOKEN, origins=origins),
        )
        ready.set()
        await stop.wait()
        for one in made.values():
            one.http.stop()
            await one.http.close_all_connections()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    yield made
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def session():
    """A session's token, as bokeh gives it to a page."""
    name = generate_session_id(secret_key=SECRET, signed=True)
    return generate_jwt_token(name, secret_key=SECRET, signed=True)


def ask(
    served,
    path="/",
    *,
    method="GET",
    lines=(),
    version="1.1",
    websocket=False,
    protocol=None,
    **headers,
):
    """(status, header lines, body) of a request; headers with _ for -, {port} is the server's.

    A Host that is None is left out. lines : further header lines as they are.
    """
    given = {"Host": "127.0.0.1:{port}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    if websocket:
        given |= UPGRADE | {"Sec-WebSocket-Protocol": protocol or f"bokeh, {session()}"}
    else:
        given["Connection"] = "close"
    words = [f"{name}: {value}" for name, value in given.items() if value is not None]
    text = "\r\n".join([f"{method} {path} HTTP/{version}", *words, *lines, "", ""])
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as stream:
        stream.sendall(text.replace("{port}", str(served.port)).encode("latin1"))
        answer = stream.makefile("rb")
        first, rest = answer.readline(), []
        while line := answer.readline().strip():
            rest.append(line.decode("latin1"))
        sizes = [int(line.split()[1]) for line in rest if line.startswith("Content-Length")]
        return int(first.split()[1]), rest, answer.read(*sizes).decode() if sizes else ""


def answers(served, **headers):
    """Whether a page and a websocket are answered, which have to agree; refusals are one line, and
    no handler is made for them.
    """
    found = []
    for path, websocket, good in (("/", False, 200), ("/ws", True, 101), ("/static/a.js", 0, 200)):
        served.made.clear()
        status, _, body = ask(served, path, websocket=websocket, **headers)
        assert status in (good, 400, 403), status
        assert served.made == ([path] if status == good else [])
        if status == 403:
            assert body.startswith("spikesampler: ")
            assert body.count("\n") == 1
        found.append(status == good)
    assert len(set(found)) == 1, found
    return found[0]


OWN = [
    "127.0.0.1:{port}",
    "localhost:{port}",
    "LocalHost:{port}",
    "[::1]:{port}",
    "[0:0:0:0:0:0:0:1]:{port}",
    "localhost:9000",  # ssh -L 9000:localhost:{port}
    "127.0.0.1:9000",
    "localhost",  # ssh -L 80:…
]
FOREIGN = [
    "evil.example:{port}",
    "evil.example",
    "EVIL.example:{port}",
    "localhost.evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "evil.localhost:{port}",
    "localhost.:{port}",
    "127.0.0.1.:{port}",
    "127.1:{port}",
    "127.0.0.2:{port}",
    "2130706433:{port}",
    "0x7f000001:{port}",
    "0177.0.0.1:{port}",
    "0.0.0.0:{port}",
    "[::]:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "[::1:{port}",
    "[localhost]:{port}",
    "192.168.7.7:{port}",
    "127.0.0.1:{port}@evil.example",
    "evil.example@127.0.0.1:{port}",
    "localhost:{port}:{port}",
    "localhost:",
    "localhost:0",
    "localhost:65536",
    "localhost:+{port}",
    "localhost, evil.example",
    "localhost/evil",
    "http://localhost:{port}",
    "lab.example",
    "l\xf6calhost:{port}",
    "",
]


@pytest.mark.parametrize("host", OWN)
def test_its_own_addresses_are_answered(servers, host):
    assert answers(servers["alone"], Host=host)


@pytest.mark.parametrize("host", FOREIGN)
def test_other_hosts_are_refused(servers, host):
    """DNS rebinding: a name of anybody's that leads to 127.0.0.1."""
    assert not answers(servers["alone"], Host=host)


def test_the_refusal_names_the_host_and_the_option(servers):
    status, _, body = ask(servers["alone"], Host="evil.example:{port}")
    name = f"evil.example:{servers['alone'].port}"
    assert (status, body) == (
        403,
        f"spikesampler: this viewer was not opened for {name}: open the address that `spikesampler"
        f" view` printed; if a proxy or tunnel leads from {name} to it, start it with --origin"
        f" {name}\n",
    )
    _, _, body = ask(servers["alone"], Host="l\xf6calhost")
    assert "--origin" not in body


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded"])
def test_headers_that_anybody_can_write_are_not_believed(servers, name):
    value = "host=localhost:{port}" if name == "Forwarded" else "localhost:{port}"
    assert not answers(servers["alone"], Host="evil.example:{port}", lines=[f"{name}: {value}"])
    assert answers(servers["alone"], lines=[f"{name}: evil.example"])


def test_requests_without_one_host_are_refused(servers):
    served = servers["alone"]
    assert not answers(served, Host=None)
    assert ask(served, version="1.0", Host=None)[0] == 403  # tornado takes it for 127.0.0.1
    for second in ("evil.example", "127.0.0.1:{port}"):
        assert not answers(served, lines=[f"Host: {second}"])
    for path in ("http://evil.example/", "http://127.0.0.1:{port}/", "//evil.example/", "*"):
        assert ask(served, path)[0] == 404
    assert served.made == []


@pytest.mark.parametrize(
    ("host", "origin", "good"),
    [
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}", True),
        ("127.0.0.1:{port}", "HTTP://127.0.0.1:{port}", True),
        ("localhost:9000", "http://localhost:9000", True),
        ("localhost", "http://localhost", True),
        ("localhost:443", "https://localhost", True),
        ("[::1]:{port}", "http://[::1]:{port}", True),
        ("127.0.0.1:{port}", "http://localhost:{port}", False),
        ("localhost:{port}", "http://localhost:9000", False),
        ("localhost:9000", "http://localhost:{port}", False),
        ("localhost:443", "http://localhost", False),
        ("127.0.0.1:{port}", "http://127.0.0.1", False),
        ("127.0.0.1:{port}", "http://evil.example:{port}", False),
        ("127.0.0.1:{port}", "null", False),
        ("127.0.0.1:{port}", "", False),
        ("127.0.0.1:{port}", "*", False),
        ("127.0.0.1:{port}", "file://", False),
        ("127.0.0.1:{port}", "127.0.0.1:{port}", False),
        ("127.0.0.1:{port}", "ftp://127.0.0.1:{port}", False),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}/", False),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}@evil.example", False),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}.evil.example", False),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}, http://evil.example", False),
        ("evil.example:{port}", "http://evil.example:{port}", False),
        ("evil.example:{port}", "http://127.0.0.1:{port}", False),
    ],
)
def test_only_its_own_pages_ask(servers, host, origin, good):
    assert answers(servers["alone"], Host=host, Origin=origin) == good


def test_two_origins_are_none(servers):
    own = "http://127.0.0.1:{port}"
    assert not answers(servers["alone"], Origin=own, lines=["Origin: http://evil.example"])


@pytest.mark.parametrize(
    ("site", "mode", "dest", "good"),
    [
        ("none", "navigate", "document", True),
        ("same-origin", "cors", "empty", True),
        ("same-origin", "no-cors", "script", True),
        ("cross-site", "navigate", "iframe", False),
        ("same-site", "navigate", "frame", False),
        ("same-site", "navigate", "object", False),
        ("same-site", "cors", "empty", False),
        ("same-site", "no-cors", "script", False),
        ("same-site", "websocket", "websocket", False),
        ("cross-site", "no-cors", "image", False),
        ("cross-site", None, None, False),
        ("whatever", "cors", "empty", False),
    ],
)
def test_other_pages_include_nothing(servers, site, mode, dest, good):
    told = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}
    assert answers(servers["alone"], **told) == good


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_pages_can_open_a_tab(servers, site):
    """By a link: they cannot look into it (Cross-Origin-Opener-Policy)."""
    told = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert ask(servers["alone"], **told)[0] == 200
    status, _, body = ask(servers["alone"], "/ws", websocket=True, **told)
    assert (status, body[:44]) == (403, "spikesampler: pages of others may not use th")
    assert HEADERS["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("host", "origin", "good"),
    [
        ("lab.example", "http://lab.example", True),
        ("lab.example", "https://lab.example", True),
        ("lab.example:443", "https://lab.example", True),
        ("hub.example:8443", "https://hub.example:8443", True),
        ("127.0.0.1:{port}", "https://lab.example", True),  # the proxy put its own Host
        ("localhost:{port}", "https://hub.example:8443", True),
        ("localhost:{port}", "http://hub.example:8443", False),
        ("hub.example", "https://hub.example", False),
        ("lab.example:{port}", "http://lab.example:{port}", False),
        ("www.lab.example", "http://www.lab.example", False),
        ("lab.example", "http://evil.example", False),
    ],
)
def test_proxies_need_their_origin(servers, host, origin, good):
    assert answers(servers["proxied"], Host=host, Origin=origin) == good
    assert not answers(servers["alone"], Host=host, Origin=origin)


def test_the_refusal_of_a_page_names_the_option_for_proxies(servers):
    status, _, body = ask(servers["alone"], "/ws", websocket=True, Origin="https://lab.example")
    assert (status, body) == (
        403,
        "spikesampler: pages of https://lab.example may not use this viewer: open the address that"
        " `spikesampler view` printed; if that is a proxy before it, start it with --origin"
        " https://lab.example\n",
    )


def test_the_terminal_shows_a_refused_page_once(servers, capfd):
    """A proxy that puts our own name into Host: the page is given, and its websocket is not."""
    served = servers["alone"]
    served.gate.told.clear()
    for name in ("lab", "lab", "hub", *"abcdefgh"):
        status, *_ = ask(served, "/ws", websocket=True, Origin=f"https://{name}.example")
        assert status == 403
    ask(served, Origin="https://page.example")  # which shows its text
    for unknown in ("null", "file://", "http://127.0.0.1:{port}\x1b[2J"):
        ask(served, "/ws", websocket=True, Origin=unknown)
    out, err = capfd.readouterr()
    lines = err.splitlines()
    assert (out, len(lines)) == ("", TOLD)
    assert [line.count("start it with --origin https://lab.example") for line in lines] == [
        1,
        *[0] * (TOLD - 1),
    ]
    assert lines[1].startswith("spikesampler: pages of https://hub.example may not use this viewer")


@pytest.mark.parametrize(
    "method", ["POST", "OPTIONS", "HEAD", "TRACE", "CONNECT", "PRI", "BREW", "get"]
)
def test_other_hosts_are_refused_whatever_the_method(servers, method):
    served = servers["alone"]
    served.made.clear()
    status, head, body = ask(
        served, method=method, lines=["Content-Length: 0"], Host="evil.example"
    )
    assert (status, served.made) == (403, [])
    assert "X-Frame-Options: DENY" in head
    assert body.startswith("spikesampler: this viewer was not opened for evil.example") == (
        method != "HEAD"
    )


@pytest.mark.parametrize(
    ("port", "host", "good"),
    [
        (7002, "vm:7002", True),
        (7002, "vm", False),
        (7002, "vm:80", False),
        (80, "vm", True),
        (80, "vm:80", True),
        (80, "vm:7002", False),
    ],
)
def test_other_names_need_the_port_that_is_served(port, host, good):
    request = HTTPServerRequest(start_line=GET, headers=HTTPHeaders({"Host": host}))
    assert (Guard(("vm",), port).refusal(request) is None) == good


@pytest.mark.parametrize(
    ("host", "told", "sent"),
    [
        ("localhost:9000", {}, True),
        ("lab.example", {"Sec_Fetch_Site": "none"}, True),  # https at the proxy
        ("lab.example", {}, False),
    ],
)
def test_a_header_that_http_has_not_is_not_sent(servers, host, told, sent):
    """Chromium would complain of it on each page."""
    _, head, _ = ask(servers["proxied"], Host=host, **told)
    names = {line.partition(":")[0] for line in head}
    assert ("Cross-Origin-Opener-Policy" in names) == sent
    assert names >= set(HEADERS) - {"Cross-Origin-Opener-Policy"}


@pytest.mark.parametrize("server", [object(), SimpleNamespace(_http=SimpleNamespace())])
def test_a_bokeh_that_cannot_be_guarded_serves_nothing(servers, server):
    gate = servers["alone"].gate
    with pytest.raises(InputError, match="this bokeh cannot be guarded, so nothing is served"):
        stand_before(server, gate)
    fitting = SimpleNamespace(_http=SimpleNamespace(request_callback=gate.application))
    stand_before(fitting, gate)
    assert fitting._http.request_callback is gate


# --- tokens -----


@pytest.fixture
def cookie(servers):
    """The line with the cookie that who has the token gets."""
    _, head, _ = ask(servers["token"], f"/?token={TOKEN}")
    (kept,) = [line for line in head if line.startswith("Set-Cookie: ")]
    name, value = kept.removeprefix("Set-Cookie: ").split("; ")[0].split("=")
    assert kept.endswith("; HttpOnly; Path=/; SameSite=Strict")
    assert name == f"spikesampler-{servers['token'].port}"
    assert TOKEN not in value
    return f"Cookie: {name}={value}"


@pytest.mark.parametrize(
    ("told", "page", "websocket"),
    [
        ({}, True, False),  # browsers name the Origin of a websocket
        ({"Origin": "http://127.0.0.1:{port}"}, True, True),
        ({"Origin": "http://127.0.0.1:9000"}, False, False),
        ({"Origin": "null"}, False, False),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "http://127.0.0.1:{port}"}, True, True),
        ({"Sec_Fetch_Site": "none"}, True, False),
        ({"Sec_Fetch_Site": "same-site"}, False, False),
        (
            {
                "Sec_Fetch_Site": "same-site",
                "Sec_Fetch_Mode": "navigate",
                "Sec_Fetch_Dest": "document",
            },
            False,
            False,
        ),
        ({"Referer": "http://127.0.0.1:{port}/run?folder=x"}, True, False),
        ({"Referer": "http://127.0.0.1:9000/"}, False, False),
        ({"Referer": "rubbish"}, False, False),
        ({"Host": "evil.example:{port}"}, False, False),
    ],
)
def test_another_port_cannot_use_the_cookie(servers, cookie, told, page, websocket):
    served = servers["token"]
    assert (ask(served, lines=[cookie], **told)[0] == 200) == page
    assert (ask(served, "/static/a.js", lines=[cookie], **told)[0] == 200) == page
    assert (ask(served, "/ws", websocket=True, lines=[cookie], **told)[0] == 101) == websocket


def test_a_cookie_of_its_name_from_another_port_does_not_lock_out(servers, cookie):
    served, (name, own) = servers["token"], cookie.removeprefix("Cookie: ").split("=")
    pair, others = f"{name}={own}", f"{name}=garbage"
    for kept in (
        [f"Cookie: {others}; {pair}"],
        [f"Cookie: {pair}; {others}; a=b"],
        [f"Cookie: {others}", cookie],
        [cookie, f"Cookie: {others}"],
    ):
        assert ask(served, lines=kept)[0] == 200, kept
    for kept in (others, f"{name}x={own}", f"x{name}={own}", f"{name}={own}x", own, "; ;"):
        assert ask(served, lines=[f"Cookie: {kept}"])[0] == 403, kept


def test_the_cookie_of_another_viewer_is_refused():
    """Also of an earlier one at the same port."""
    first, second = (Guard((), 7002, TOKEN) for _ in range(2))
    assert first.cookie[0] == second.cookie[0]
    headers = HTTPHeaders({"Host": "localhost", "Cookie": "=".join(first.cookie)})
    request = HTTPServerRequest(start_line=GET, headers=headers)
    assert first.refusal(request) is None
    assert second.refusal(request).status == 403


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", f"?token={TOKEN}0", "?token=%ff"])
def test_without_the_token_nothing_is_given(servers, query):
    served = servers["token"]
    for kept in ([], [f"Cookie: spikesampler-{served.port}={TOKEN}"], ["Cookie: \xff=;;"]):
        served.made.clear()
        for path, websocket in (("/", False), ("/static/a.js", False), ("/ws", True)):
            status, head, body = ask(served, path + query, websocket=websocket, lines=kept)
            assert (status, served.made) == (403, [])
            assert not any(line.startswith("Set-Cookie") for line in head)
            assert "open the whole address that `spikesampler view` printed" in body


def test_the_token_opens_pages_and_websockets(servers):
    served = servers["token"]
    assert ask(served, f"/?token={TOKEN}")[0] == 200
    assert ask(served, f"/ws?token={TOKEN}", websocket=True)[0] == 101
    name = socket.gethostname().lower()
    for host in (f"{name}:{{port}}", "127.0.0.1:{port}", "localhost:9000", "lab.example"):
        assert ask(served, f"/?token={TOKEN}", Host=host)[0] == 200
    for host in (f"{name}:1", "0.0.0.0:{port}", "192.168.7.7:{port}", "evil.example:{port}"):
        assert ask(served, f"/?token={TOKEN}", Host=host)[0] == 403


# --- what is handed out -----


@pytest.mark.parametrize(
    "path",
    ["/", "/static/a.js", "/nothing", "/autoload.js", "/ws", "/?bokeh-session-id=1", "/static/%00"],
)
@pytest.mark.parametrize("name", ["alone", "token"])
def test_every_answer_keeps_other_pages_out(servers, name, path):
    for websocket in (False, True):
        _, head, _ = ask(servers[name], path, websocket=websocket and path == "/ws")
        assert {f"{key}: {value}" for key, value in HEADERS.items()} <= set(head)
        assert not any(line.startswith("Access-Control") for line in head)
    assert HEADERS["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert HEADERS["X-Frame-Options"] == "DENY"
    assert HEADERS["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "told", "status"),
    [
        ("/autoload.js?bokeh-autoload-element=1", {}, 403),
        ("/autoload.js", {}, 404),
        ("/metadata", {}, 404),
        ("/components/antigravity/a/b/c", {}, 404),
        ("/?bokeh-session-id=x", {}, 403),
        ("/?bokeh-token=x", {}, 403),
        ("/", {"Bokeh_Session_Id": "x"}, 403),
        ("/", {"bokeh_session_id": "x"}, 403),
    ],
)
def test_sessions_are_for_pages_alone(servers, path, told, status):
    served = servers["alone"]
    served.made.clear()
    assert ask(served, path, **told)[0] == status
    assert served.made == []


@pytest.mark.parametrize(
    "protocol",
    [
        "bokeh",
        "bokeh, ",
        "x, {token}",
        "bokeh, {token}x",
        "bokeh, x{token}",
        "bokeh, {unsigned}",
        "bokeh, {expired}",
        "bokeh, W10.x",
        "bokeh, e30.x",
        "bokeh, \xff.\xff",
        "bokeh, eyJzZXNzaW9uX2lkIjoxfQ.x",
        "bokeh, " + "W1tb" * 8000 + ".x",
    ],
)
def test_websockets_need_the_session_of_a_page(servers, protocol):
    name = generate_session_id(secret_key=SECRET, signed=True)
    expired = generate_jwt_token(name, secret_key=SECRET, signed=True, expiration=-1)
    tokens = {"token": session(), "expired": expired, "unsigned": session().partition(".")[0]}
    served = servers["alone"]
    served.made.clear()
    given = protocol.format(**tokens)
    assert ask(served, "/ws", websocket=True, protocol=given)[0] == 403
    assert served.made == []


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/static/js/bokeh.min.js", True),
        ("/run/static/extensions/panel/es-module-shims@^1.10.0/a.js", True),
        ("/favicon.ico", True),
        ("/static/../x", False),
        ("/static/./x", False),
        ("/static/.git/x", False),
        ("/static//etc/passwd", False),
        ("/static/a\0", False),
        ("/static/", False),
        ("/other/static/a.js", False),
    ],
)
def test_static_files_have_plain_names(path, known):
    assert bool(STATIC.fullmatch(path)) == known


# --- the option -----


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("lab.example", "lab.example"),
        ("LAB.example:8080", "lab.example:8080"),
        ("https://lab.example/", "https://lab.example"),
        ("http://10.0.0.1:80", "http://10.0.0.1:80"),
        ("[2001:DB8::0:1]:443", "[2001:db8::1]:443"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("lab.example.:8080", "lab.example.:8080"),
        ("my_lab--1." + "a" * 63, "my_lab--1." + "a" * 63),
    ],
)
def test_origins_are_read(text, shown):
    assert [str(origin) for origin in check_origins((text,))] == [shown]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "*.example",
        "lab.example:",
        "lab.example:0",
        "lab.example:65536",
        "lab.example:http",
        "lab.example/path",
        "https://lab.example/path",
        "ftp://lab.example",
        "https://",
        "user@lab.example",
        "[::1",
        "[1]",
        "lab example",
        ".",
        "...:80",
        "-x",
        "x-:80",
        "a..b",
        ".lab.example",
        "a" * 64,
        "b\xfccher.example",
        "lab.example,hub.example",
    ],
)
def test_bad_origins_are_refused_in_one_line(text):
    with pytest.raises(InputError, match=r"expected HOST or HOST:PORT") as refusal:
        check_origins((text,))
    assert str(refusal.value).startswith(f"origin {text!r}: ")
    assert "\n" not in str(refusal.value)


def test_the_command_refuses_a_bad_origin(finished):
    done = command("view", finished, "--origin", "lab.example/x", "--no-browser")
    assert (done.status, done.out, len(done.err)) == (2, [], 1)
    assert done.err[0].startswith("spikesampler: origin 'lab.example/x': expected HOST")


def test_who_may_come_through_a_proxy_needs_a_token():
    assert check_token("127.0.0.1", None, check_origins(("localhost:9000",))) is None
    assert check_token("127.0.0.1", None, check_origins(("lab.example",))) is not None


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("127.0.0.1", ("127.0.0.1",)),
        ("::1", ("::1",)),
        ("0:0::1", ("::1",)),
        ("fe80::1%lo", ("fe80::1",)),
        ("LocalHost", ("localhost",)),
        ("::", (place_of(socket.gethostname()).host,)),
    ],
)
def test_the_names_that_are_served(address, names):
    assert served_names(address) == names
