"""What the libraries of the server complain about, on the terminal: one line that names the page,
and nothing where a browser has left, or sent what no page of ours sends.
"""

import logging
import re
import sys
import traceback
from pathlib import Path

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

__all__ = ["complain_briefly", "say", "where_it_failed"]

GONE = (StreamClosedError, WebSocketClosedError)
METHODS = re.compile(r"\b(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS) (/[^\s?]*)")
LONGEST = 400  #: characters of a line
PACKAGE = Path(__file__).parents[1]
#: they complain about messages of browsers, unless our own code fails on a good one
ABOUT_MESSAGES = (
    "bokeh.protocol",
    "bokeh.server.protocol_handler",
    "bokeh.server.views.ws",
)


def complain_briefly(name: str) -> None:
    """Let the loggers of tornado, bokeh, panel and asyncio say one line, as above; name : of what
    is viewed.
    """
    handler = OneLine(name)
    for library in ("tornado", "bokeh", "panel", "asyncio"):
        logger = logging.getLogger(library)
        logger.handlers, logger.propagate = [handler], False


class OneLine(logging.Handler):
    """Prints records on stderr as a line each, and one error once."""

    def __init__(self, name):
        super().__init__(logging.ERROR)
        self.viewed, self.last = name, None

    def emit(self, record):
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and (isinstance(error, GONE) or error is self.last):
            return  # panel and tornado both tell what fails after a click
        self.last, place = error, where_it_failed(error)
        if not place and (record.name in ABOUT_MESSAGES or _is_odd_value(error)):
            return
        text = record.getMessage()
        page = METHODS.search(text)
        where = f"{self.viewed}, page {page[1]}" if page else self.viewed
        told = text if error is None else f"{type(error).__name__}: {error}{place}"
        say(f"view {where}: {told}")


def say(text: str) -> None:
    """Print a text on stderr as one line that is not too long."""
    line = " ".join(text.split())
    print(f"spikesampler: {line[:LONGEST]}", file=sys.stderr, flush=True)


def where_it_failed(error: BaseException | None) -> str:
    """The last line of this package that an exception came through, as " (FILE, line N)", or ""."""
    frames = traceback.extract_tb(error.__traceback__ if error is not None else None)
    ours = [frame for frame in frames if PACKAGE in Path(frame.filename).parents]
    return f" ({Path(ours[-1].filename).name}, line {ours[-1].lineno})" if ours else ""


def _is_odd_value(error):
    """Whether panel fails on a value for a widget, which its pages do not send."""
    if not isinstance(error, (TypeError, ValueError)):
        return False
    return any(
        frame.name == "_process_events" for frame in traceback.extract_tb(error.__traceback__)
    )
