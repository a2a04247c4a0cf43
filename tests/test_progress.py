"""Progress: plain lines, a bar on a terminal, one updating display in a notebook."""

import io
import sys
import types

from spikesampler.jobs.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_plain_lines_where_there_is_no_terminal():
    stream = io.StringIO()
    with Progress("a run", stream) as say:
        say(0, 200, "compiling")
        say(100, 200, "")
        say(200, 200, "probe accuracy 0.500")
    assert stream.getvalue().splitlines() == [
        "a run: 0 of 200 samples, compiling",
        "a run: 100 of 200 samples",
        "a run: 200 of 200 samples, probe accuracy 0.500",
    ]


def test_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Progress("a run", stream) as say:
        say(0, 200, "compiling the network")
        say(200, 200, "probe accuracy 0.500")
    assert "compiling the network" in stream.getvalue()
    assert "200/200" in stream.getvalue()
    assert "probe accuracy 0.500" in stream.getvalue()


def test_one_display_that_is_updated_in_a_notebook(monkeypatch):
    shown, updates = [], []

    class ZMQInteractiveShell:
        pass

    class Handle:
        def update(self, html):
            updates.append(html)

    def display(html, display_id):
        shown.append((html, display_id))
        return Handle()

    ipython, screen = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    ipython.get_ipython = ZMQInteractiveShell
    screen.HTML, screen.display = str, display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", screen)
    with Progress("a run") as say:
        say(100, 200, "a < b")
        say(200, 200, "")
    assert len(shown) == len(updates) == 1
    assert "max='200'" in shown[0][0]
    assert "a &lt; b" in shown[0][0]
    assert "value='200'" in updates[0]


def test_lines_of_many_runs_are_not_repeated():
    stream = io.StringIO()
    with Progress("comparison", stream) as say:
        for done in (0, 10, 20):
            say(done, 20, "0 of 2 runs finished")
        say(20, 20, "2 of 2 runs finished")
    assert stream.getvalue().splitlines() == [
        "comparison: 0 of 20 samples, 0 of 2 runs finished",
        "comparison: 20 of 20 samples, 2 of 2 runs finished",
    ]
