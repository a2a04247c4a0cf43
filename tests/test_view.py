"""`spikesampler view` without a browser: what is refused before anything is served, tokens, and the
end.
"""

import asyncio
import contextlib
import html
import json
import logging
import os
import re
import shutil
import signal
import socket
import struct
import sys
import urllib.error
import urllib.request
from functools import partial

import pytest
from runs import command, listing, options, start

from spikesampler.errors import InputError
from spikesampler.view import address

TOKEN = "abc-DEF_0123456789"


@pytest.fixture
def taken():
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        yield other.getsockname()[1]


def refused(*words):
    """The one line of a command that has to be refused."""
    done = command("view", *words, "--no-browser")
    assert done.status == 2
    assert done.out == []
    assert len(done.err) == 1
    return done.err[0]


def test_a_folder_that_is_none_of_the_three_is_refused(tmp_path):
    assert (
        refused(tmp_path)
        == f"spikesampler: {tmp_path} is no run, comparison or sweep: expected a folder that"
        " `spikesampler run`, `compare` or `sweep` wrote; give one"
    )
    assert "does not exist" in refused(tmp_path / "nothing")
    assert listing(tmp_path) == {}


def test_a_run_of_a_newer_schema_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": 99, "checksum": "0" * 64}))
    assert "has schema 99, this spikesampler reads up to 3: update it" in refused(tmp_path)


def test_a_port_in_use_is_refused(finished, taken):
    told = refused(finished, "--port", taken)
    assert (
        told
        == f"spikesampler: port {taken} is in use: give another with --port, or leave --port out"
        " for a free one"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "0"], "port 0: expected a number from 1 to 65535"),
        (["--port", "65536"], "port 65536: expected a number from 1 to 65535"),
        (["--port", "http"], "'http' is not a valid integer"),
        (["--address", "203.0.113.7"], "cannot listen on 203.0.113.7"),
        (["--address", "no such place"], "address 'no such place' is not known"),
        (["--address", "a..b"], "address 'a..b' is not known (no host has such a name): give one"),
        (["--address", ".x"], "address '.x' is not known (no host has such a name)"),
        (["--address", "x" * 300], "is not known (no host has such a name)"),
        (["--address", "\udcff"], "address '\\udcff' is not known (no host has such a name)"),
        (
            ["--token", "short"],
            "the token is too simple: expected at least 12 letters, digits, - or _",
        ),
        (["--token", "twelve letters"], "the token is too simple"),
        (["--token", "elevenchars"], "the token is too simple"),
    ],
)
def test_bad_addresses_ports_and_tokens_are_refused(finished, words, told):
    assert told in refused(finished, *words)


def test_a_free_port_is_found():
    port = address.check_port("127.0.0.1", None)
    with socket.socket() as one:
        one.bind(("127.0.0.1", port))


@pytest.mark.parametrize("name", ["panel", "holoviews", "datashader", "bokeh"])
def test_a_missing_package_is_named_with_its_extra(finished, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    told = refused(finished)
    assert told.startswith(f"spikesampler: view needs {name} (")
    assert told.endswith("install it with: pip install 'spikesampler[view]'")


@pytest.mark.parametrize(
    ("where", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.0.5", False),
        ("::", False),
        ("", False),
        ("localhost.example", False),
    ],
)
def test_only_this_machines_own_addresses_need_no_token(where, alone):
    assert address.is_loopback(where) == alone
    drawn = [address.check_token(where, None) for _ in range(2)]
    assert drawn == [None, None] if alone else len(set(drawn)) == 2
    assert all(one is None or address.TOKEN.fullmatch(one) for one in drawn)
    for given in (TOKEN, "twelve_chars"):
        assert address.check_token(where, given) == given


def test_the_address_to_open():
    assert address.web_address("127.0.0.1", 80, None) == "http://127.0.0.1:80/"
    assert address.web_address("::1", 81, TOKEN) == f"http://[::1]:81/?token={TOKEN}"
    assert address.web_address("0.0.0.0", 82, None) == f"http://{socket.gethostname()}:82/"


@pytest.mark.parametrize(
    ("variables", "opens"), [({}, None), ({"DISPLAY": ":9"}, False), ({"DISPLAY": ":9"}, True)]
)
def test_where_no_browser_is_found_the_address_is_told(monkeypatch, capsys, variables, opens):
    """Without a screen none is tried: one that runs in the terminal would take it over."""
    asked = []
    monkeypatch.setattr(address.webbrowser, "open", lambda where: (asked.append(where), opens)[1])
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    address.open_browser("http://127.0.0.1:5/")
    told = capsys.readouterr().err
    assert asked == (["http://127.0.0.1:5/"] if variables else [])
    assert told == (
        ""
        if opens
        else "spikesampler: no browser was found here: open http://127.0.0.1:5/ in one\n"
    )


def status(url, cookie=None):
    """HTTP status and cookie of a page."""
    request = urllib.request.Request(url, headers={"Cookie": cookie} if cookie else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, (answer.headers["Set-Cookie"] or "").split(";")[0]
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def websocket_status(url):
    """HTTP status that a websocket is refused with."""
    from tornado.httpclient import HTTPClientError, HTTPRequest
    from tornado.websocket import websocket_connect

    with pytest.raises(HTTPClientError) as refusal:
        await websocket_connect(
            HTTPRequest(url, headers={"Origin": url}), subprotocols=["bokeh", "token"]
        )
    return refusal.value.code


@pytest.fixture(scope="module")
def others(finished):
    """A server on all addresses of this machine, for viewers with the token: (its address without
    the token, process).
    """
    process = start("view", finished, "--address", "0.0.0.0", "--token", TOKEN, "--no-browser")
    try:
        where = process.stdout.readline().strip()
        assert where.endswith(f"/?token={TOKEN}")
        yield "http://127.0.0.1:" + where.split(":")[2].split("/")[0], process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_others_need_the_token(others):
    """On all addresses of this machine: refused without it and with a wrong one, also as a
    websocket.
    """
    base, _ = others
    for wrong in ("/", "/?token=", "/?token=wrong", f"/?token={TOKEN}0"):
        code, told = status(base + wrong)
        assert (code, "open the whole address that `spikesampler view` printed" in told) == (
            403,
            True,
        )
    code, cookie = status(f"{base}/?token={TOKEN}")
    assert code == 200
    assert TOKEN not in cookie
    assert status(f"{base}/", cookie)[0] == 200
    assert status(f"{base}/", cookie[:-4] + "0000")[0] == 403
    assert status(f"{base}/autoload.js?bokeh-autoload-element=1")[0] == 403
    assert asyncio.run(websocket_status(f"ws{base.removeprefix('http')}/ws")) == 403


def asked(base, path="/", *lines, host=None):
    """All that a server answers to a request of these header lines, until it closes."""
    where = base.removeprefix("http://")
    head = [f"GET {path} HTTP/1.1", f"Host: {host or where}", *lines, "Connection: close", "", ""]
    return sent(base, "\r\n".join(head).encode("latin1"), 20)


def sent(base, data, seconds=0.3):
    """What a server answers to bytes."""
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as stream:
        with contextlib.suppress(OSError):
            stream.sendall(data)
            return b"".join(iter(lambda: stream.recv(65536), b""))
    return b""


@pytest.mark.parametrize(
    "path",
    ["/", "/ws", "/static/js/bokeh.min.js", "/favicon.ico", "/autoload.js", "/metadata", "/x"],
)
def test_no_way_in_is_open_to_other_names(others, path):
    """Of the real server, token or not: DNS rebinding, another page's requests."""
    base, _ = others
    for query in ("", f"?token={TOKEN}"):
        for told in (
            asked(base, path + query, host="evil.example"),
            asked(base, path + query, "Origin: http://evil.example"),
            asked(base, path + query, "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors"),
        ):
            assert told.startswith(b"HTTP/1.1 403 ")
            assert b"\r\nContent-Security-Policy: frame-ancestors 'none'\r\n" in told
            assert b"Access-Control" not in told


@pytest.mark.parametrize("host", ["[::1]", "[0:0:0:0:0:0:0:1]"])
def test_a_page_opens_by_an_address_of_ipv6(others, host):
    """Of the real server: panel reads the header Host, too."""
    base, _ = others
    told = asked(base, f"/?token={TOKEN}", host=f"{host}:{base.split(':')[2]}")
    assert told.startswith(b"HTTP/1.1 200 ")
    assert b'"token":"' in told


@pytest.mark.parametrize(("size", "status"), [(900, b"405"), (2000, b"400")])
def test_nobody_sends_a_file(others, size, status):
    base, _ = others
    head = f"POST /?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n"
    data = f"{head}Connection: close\r\n\r\n".encode() + size * b"a"
    assert sent(base, data, 20).split()[1] == status


def frame(data, kind=1):
    """A websocket frame as browsers send it, masked with zeros."""
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xff" + size.to_bytes(8, "big")
    return bytes([0x80 | kind]) + length + bytes(4) + data


def message(kind, content, **header):
    """A message of bokeh's protocol."""
    parts = ({"msgid": "1", "msgtype": kind} | header, {}, content)
    return b"".join(frame(json.dumps(part).encode()) for part in parts)


def patch(**event):
    return message("PATCH-DOC", {"events": [event]})


def upgrading(base):
    """The request that opens the websocket of a new page."""
    page = asked(base, f"/?token={TOKEN}").decode()
    session = re.search(r'"token":"([^"]+)"', page)[1]
    return (
        f"GET /ws?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n"
        f"Sec-WebSocket-Protocol: bokeh, {session}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize(("size", "ends"), [(3_900_000, False), (4_100_000, True)])
def test_a_message_that_is_too_long_ends_its_websocket(others, size, ends):
    """With status 1009 of RFC 6455, when its length is told."""
    base, _ = others
    told, where = b"", base.removeprefix("http://").split(":")
    with socket.create_connection(where, timeout=0.5 if not ends else 20) as stream:
        stream.sendall(upgrading(base) + frame(size * b"a")[:14])
        with contextlib.suppress(TimeoutError):
            while b"\x03\xf1" not in told and (data := stream.recv(65536)):
                told += data
    assert told.startswith(b"HTTP/1.1 101 ")
    assert (b"\x03\xf1" in told) == ends


RUBBISH = {
    "bytes": bytes(range(256)),
    "lines": b"\0\xff\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n",
    "a long line": b"GET /" + b"a" * 100_000,
    "a long header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "half a request": b"GET / HTTP/1.1\r\nHost: 127.",
    "a length": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
    "a huge body": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999999\r\n\r\n",
    "a chunk": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a method": b"BREW / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}
PATHS = [
    "/static/%00",
    "/static/%ff",
    "/static/..%2f..%2fetc/passwd",
    "/static/extensions/panel/%00",
    "/components/../a/b/c",
    "/%ff",
    "/?bokeh-token=x",
    "/autoload.js?bokeh-autoload-element=1&bokeh-absolute-url=http://[",
]
MESSAGES = {
    "text": frame(b"rubbish"),
    "no UTF-8": frame(b"\xff"),
    "binary": frame(b"\0", 2),
    "no mask": b"\x81\x02{}",
    "an opcode": frame(b"", 5),
    "bytes": bytes(range(256)),
    "a huge claim": b"\x81\xff" + b"\x3f" * 8,
    "a huge text": frame(b"a" * 5_000_000),
    "deep": message("PATCH-DOC", {"events": 1}).replace(b"1}", b"[" * 5) + frame(b"[" * 50_000),
    "a list": 3 * frame(b"[]"),
    "nothing": 3 * frame(b"null"),
    "an unknown type": message("NOPE", {}),
    "a type for the browser": message("ERROR", {}),
    "no events": message("PATCH-DOC", {}),
    "events of a number": message("PATCH-DOC", {"events": [1]}),
    "buffers": message("PATCH-DOC", {"events": []}, num_buffers="x"),
    "an unknown event": patch(kind="Nope"),
    "an unknown model": patch(kind="ModelChanged", model={"id": "x"}, attr="y", new=1),
    "an unknown class": patch(kind="RootAdded", model={"type": "object", "name": "X", "id": "z"}),
    "an unknown root": patch(kind="RootRemoved", model={"id": "x"}),
    "a document": message("PUSH-DOC", {"doc": {}}),
}


def test_what_browsers_send_and_when_they_leave_is_not_told(others):
    """Last of its server: no line on stderr for rubbish in place of requests, paths and messages,
    for half a request, and for viewers that leave at once.
    """
    base, process = others
    for data in RUBBISH.values():
        assert b" 200 " not in sent(base, data)
    for path in PATHS:
        query = f"{'&' if '?' in path else '?'}token={TOKEN}"
        assert asked(base, path + query).split()[1] in (b"403", b"404"), path
    leave = struct.pack("ii", 1, 0)  # with a reset
    for path in ("/", "/static/js/bokeh.min.js", "/x"):
        with socket.create_connection(base.removeprefix("http://").split(":")) as stream:
            stream.sendall(f"GET {path}?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, leave)
    upgrade = upgrading(base)
    for data in (b"", *MESSAGES.values(), message("PULL-DOC-REQ", {})):
        with socket.create_connection(
            base.removeprefix("http://").split(":"), timeout=20
        ) as stream:
            stream.sendall(upgrade)
            assert stream.recv(13) == b"HTTP/1.1 101 "
            with contextlib.suppress(OSError):  # the rest of what is too long
                stream.sendall(data)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, leave)
    assert asked(base, f"/?token={TOKEN}").startswith(b"HTTP/1.1 200 ")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert err.partition("spikesampler: stop with Ctrl-C\n")[1:] == (
        "spikesampler: stop with Ctrl-C\n",
        "",
    )


def test_what_cannot_be_laid_out_is_a_line_on_the_page_and_the_terminal(capfd):
    """And nothing else: panel would print a traceback, and show it."""
    import panel as pn

    from spikesampler.view.server import application

    class Broken(pn.Column):
        def get_root(self, *_, **__):
            raise ZeroDivisionError("by <nothing>")

    document = application(lambda: Broken("x"), "run7", "a title").create_document()
    out, err = capfd.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(
        "spikesampler: view run7: cannot be shown: ZeroDivisionError: by <nothing>"
    )
    assert document.title == "a title"
    (root,) = document.roots
    assert "this cannot be shown (ZeroDivisionError: by &lt;" in html.unescape(root.text)
    assert "Traceback" not in root.text


@pytest.mark.parametrize(
    ("value", "watcher", "told"),
    [
        (1e308, print, ""),
        ("<script>", print, ""),
        (7, partial(address.check_port, "127.0.0.1"), "TypeError: "),  # a fault of ours
    ],
)
def test_values_that_no_widget_sends_are_not_told(capsys, value, watcher, told):
    import panel as pn

    from spikesampler.view.complaints import OneLine

    widget = pn.widgets.IntInput(value=1)
    widget.param.watch(watcher, "value")
    with pytest.raises((TypeError, ValueError)) as raised:
        widget._process_events({"value": value})
    error = raised.value
    record = logging.LogRecord("tornado.application", logging.ERROR, "", 0, "x", (), None)
    record.exc_info = type(error), error, error.__traceback__
    OneLine("run7").emit(record)
    err = capsys.readouterr().err
    assert err.startswith(f"spikesampler: view run7: {told}" if told else "")
    assert err.count("\n") == bool(told)
    assert ("(address.py, line " in err) == bool(told)


def test_a_run_that_has_not_begun_is_waited_for(cache, tmp_path):
    """The command serves it: its page says so, and looks again."""
    from spikesampler.view.runs import Runs
    from spikesampler.view.viewed_run import NothingYetError

    going = start(
        "run",
        "fang_2018",
        *options(samples=100_000, probe_every=100_000),
        "--out",
        tmp_path / "run",
    )
    try:
        while not (tmp_path / "run" / "manifest.json").exists():
            assert going.poll() is None
        runs = Runs(tmp_path / "run")
        with pytest.raises(
            NothingYetError,
            match=r"has not learnt a sample yet .status running.: wait for its first",
        ):
            runs.get(tmp_path / "run")
    finally:
        going.kill()
        going.communicate()


def test_runs_are_read_again_only_where_they_have_changed(finished, tmp_path):
    from spikesampler.view.runs import KEPT, Runs

    folder = shutil.copytree(finished, tmp_path / "run")
    runs = Runs(tmp_path)
    first = runs.get(folder)
    assert runs.get(folder) is first
    os.utime(folder / "learning.nc", ns=(1, 1))
    second = runs.get(folder)
    assert second is not first
    (folder / "learning.nc").write_bytes(b"")
    with pytest.raises(InputError, match=r"learning\.nc is damaged"):
        runs.get(folder)
    for n in range(KEPT):
        runs.get(shutil.copytree(finished, tmp_path / f"other{n}"))
    assert len(runs.opened) == KEPT
    assert runs.folder("other1") == tmp_path / "other1"
    for name in ("", ".", "..", "other1/..", str(tmp_path / "other1"), "nothing", "\0", "x" * 300):
        with pytest.raises(InputError, match="is no run in"):
            runs.folder(name)
