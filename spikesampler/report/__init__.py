"""One self-contained HTML file of a run, a comparison or a sweep: figures, tables, verdicts, model,
manifest.
"""

from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.store.atomic import atomic_write_bytes
from spikesampler.store.folder_kind import kind_of
from spikesampler.store.folders import watched_folder

__all__ = ["write_report"]

NAME = "report.html"  #: in the folder, where no other file is asked for


def write_report(path, out=None):
    """Write the report of a run, a comparison or a sweep to `out`, whole or not at all; returns its
    path.

    path : its folder, or the dataset (.nc) of a comparison or a sweep. out : a name that ends in
        .html; by default
    report.html in the folder. A report that is there is replaced. The file needs no network and no
    other file, runs no script, and the same folder gives the same bytes.

    Raises InputError for what is none of the three, and what Result, Comparison and Sweep raise:
    damaged, unfinished, or written by a newer version.
    """
    kind, path = kind_of(path), Path(path)
    out = (path.parent if path.is_file() else path) / NAME if out is None else Path(out)
    if out.suffix.lower() != ".html":
        raise InputError(
            f"cannot write a report to {str(out)!r}: expected a name that ends in .html, such as"
            f" {NAME}"
        )
    if out.is_dir():
        raise InputError(
            f"cannot write a report to {str(out)!r}: it is a folder; give the name of a file in it"
        )
    with watched_folder(out.parent):
        # what is not UTF-8 in the name of a folder becomes an escape
        atomic_write_bytes(out, render(kind, path).encode("utf-8", "backslashreplace"))
    return out


def render(kind, path):
    """The report as text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from spikesampler.report.content import content_of

    environment = Environment(
        loader=PackageLoader("spikesampler.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    nothing = {"verdicts": [], "commands": [], "facts": None, "runs": None}
    return environment.get_template("report.html").render(nothing | content_of(kind, path))
