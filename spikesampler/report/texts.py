"""What a report says in words: texts with numbers, from templates/texts.jinja."""

import re
from functools import cache

__all__ = ["plain", "text"]


def plain(value):
    """A value as text, a number to six digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def text(name, *facts):
    """The text of that name with these facts, in one line."""
    words = str(getattr(_texts(), name)(*facts))
    return re.sub(r"[ \n]+", " ", words).strip()


@cache
def _texts():
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("spikesampler.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # the page that shows the texts escapes them
    )
    environment.filters |= {
        "clock": lambda stamp: stamp.replace("T", " ").replace("+00:00", " UTC"),
        "commit": _commit,
        "finished": lambda manifest: manifest.get("finished", manifest["started"]),
        "plain": plain,
    }
    return environment.get_template("texts.jinja").module


def _commit(manifests):
    """The commit of all runs; nothing where none is known, or there are several: the machine's
    table has them.

    The end -dirty says that the code had been changed since.
    """
    commits = {str(manifest["commit"]) for manifest in manifests}
    commit = next(iter(commits))
    if len(commits) > 1 or commit == "None":
        return ""
    changed = " with changes that were not committed" if commit.endswith("-dirty") else ""
    return f", commit {commit.removesuffix('-dirty')[:12]}{changed}"
