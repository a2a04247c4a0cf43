"""Progress of a run: a bar on a terminal, a bar in a notebook, plain lines otherwise; always on stderr."""

import sys


class Progress:
    """Context manager that gives a function say(done, total, text)."""

    def __init__(self, settings, stream=None):
        self.title = f"{settings.model.name} {settings.arm} {settings.start} seed {settings.seed}"
        self.stream = sys.stderr if stream is None else stream
        self.bar = self.handle = None

    def __enter__(self):
        if _in_notebook():
            return self.say_in_notebook
        if not self.stream.isatty():
            return self.say_line
        self.bar = _bar(self.stream)
        self.task = self.bar.add_task(self.title, total=None, text="")
        self.bar.start()
        return self.say_on_bar

    def __exit__(self, *_):
        if self.bar is not None:
            self.bar.stop()

    def say_on_bar(self, done, total, text):
        if done == 0 or not text.startswith("probe"):
            self.bar.console.print(text) if text else None
            text = ""
        self.bar.update(self.task, completed=done, total=total, text=text)

    def say_line(self, done, total, text):
        print(f"{self.title}: {done} of {total} samples{', ' + text if text else ''}", file=self.stream, flush=True)

    def say_in_notebook(self, done, total, text):
        from html import escape

        from IPython.display import HTML, display

        bar = HTML(
            f"{escape(self.title)} <progress value='{done}' max='{total}'></progress> "
            f"{done} of {total} samples {escape(text)}"
        )
        if self.handle is None:
            self.handle = display(bar, display_id=True)
        else:
            self.handle.update(bar)


def _bar(stream):
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("samples, {task.fields[text]}"),
    )
    return Bar(*columns, TimeRemainingColumn(), console=Console(file=stream))


def _in_notebook():
    """Whether this process is a notebook's kernel."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return type(shell).__name__ == "ZMQInteractiveShell"


class PointsProgress:
    """Progress of many runs at once: say(done, total, text) over the samples of all of them."""

    def __init__(self, progress=None, stream=None):
        self.progress, self.stream, self.last = progress, sys.stderr if stream is None else stream, ""
        self.bar = None

    def __enter__(self):
        if self.progress is not None:
            return self.progress
        if not self.stream.isatty():
            return self.say_line
        self.bar = _bar(self.stream)
        self.task = self.bar.add_task("comparing", total=None, text="")
        self.bar.start()
        return lambda done, total, text: self.bar.update(self.task, completed=done, total=total, text=text)

    def __exit__(self, *_):
        if self.bar is not None:
            self.bar.stop()

    def say_line(self, done, total, text):
        if text != self.last:
            print(f"{text} ({done} of {total} samples)", file=self.stream, flush=True)
        self.last = text
