"""Progress of one run or of many: a bar on a terminal or in a notebook, else lines on stderr."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TextIO

from spikesampler.errors import calling_back

__all__ = ["Progress", "Say", "report_to", "silent"]

Say = Callable[[int, int, str], object]  #: say(done, total, text)


def silent(done: int, total: int, text: str) -> None:
    """Progress that nobody sees, of one among many."""


def report_to(
    progress: Say | None, title: str, unit: str = "samples"
) -> AbstractContextManager[Say]:
    """A context that gives `progress`, or where that is None what shows it under this title."""
    if progress is None:
        return Progress(title, unit=unit)

    def say(done: int, total: int, text: str) -> None:
        with calling_back():
            progress(done, total, text)

    return nullcontext(say)


class Progress:
    """Context manager that gives a function say(done, total, text), of so many `unit`."""

    def __init__(self, title: str, stream: TextIO | None = None, unit: str = "samples") -> None:
        self.title, self.unit = title, unit
        self.stream = sys.stderr if stream is None else stream
        self.bar: Any = None
        self.display: Any = None
        self.last: Any = None

    def __enter__(self) -> Say:
        if _in_notebook():
            return self._say_in_notebook
        if not self.stream.isatty():
            return self._say_line
        self.bar = _bar(self.stream, self.unit)
        self.task = self.bar.add_task(self.title, total=None, text="")
        self.bar.start()
        return self._say_on_bar

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def _say_on_bar(self, done, total, text):
        if done == 0 and text:  # what comes before the first sample stays on the screen
            self.bar.console.print(text)
        self.bar.update(self.task, completed=done, total=total, text=text if done else "")

    def _say_line(self, done, total, text):
        if (text or done) != self.last:  # many runs are asked again and again: a line for each news
            news = f"{done} of {total} {self.unit}{', ' + text if text else ''}"
            print(f"{self.title}: {news}", file=self.stream, flush=True)
        self.last = text or done

    def _say_in_notebook(self, done, total, text):
        from html import escape

        from IPython.display import HTML, display

        bar = HTML(
            f"{escape(self.title)} <progress value='{done}' max='{total}'></progress> "
            f"{done} of {total} {self.unit} {escape(text)}"
        )
        if self.display is None:
            self.display = display(bar, display_id=True)
        else:
            self.display.update(bar)


def _bar(stream, unit):
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    text = TextColumn(unit + " {task.fields[text]}")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        text,
        TimeRemainingColumn(),
    )
    return Bar(*columns, console=Console(file=stream))


def _in_notebook():
    """Whether this process is a notebook's kernel."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return type(shell).__name__ == "ZMQInteractiveShell"
