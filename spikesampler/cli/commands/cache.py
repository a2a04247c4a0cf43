"""`cache`: the compiled networks that are kept, and which of them may go."""

import json
import time
from collections import Counter
from typing import Any

import click

from spikesampler.cli.options import json_option
from spikesampler.errors import InputError

__all__ = ["COMMANDS"]

DAY = 86_400.0  #: seconds
UNUSED_DAYS = 30.0  #: a network is not needed any more, if nothing else is said


@click.command()
@click.option(
    "--prune",
    is_flag=True,
    help="Remove what is damaged, what killed processes left, and networks that are not used.",
)
@click.option(
    "--older-than",
    type=float,
    metavar="DAYS",
    help=f"With --prune: not used for so many days (default {UNUSED_DAYS:g}).",
)
@click.option("--all", "everything", is_flag=True, help="With --prune: all that no process uses.")
@json_option("what there is, or was removed, as one JSON object")
def cache(prune: bool, older_than: float | None, everything: bool, as_json: bool) -> None:
    """List the compiled networks that are kept, their headers and the viewer's indices of spikes,
    or remove some; no network that a process uses."""
    from spikesampler.spiking import cached
    from spikesampler.spiking.cache import cache_folder

    if (older_than is not None or everything) and not prune:
        raise InputError("--older-than and --all say what --prune removes: give --prune, too")
    if older_than is not None and everything:
        raise InputError("--older-than together with --all: give one of them")
    if older_than is not None and not 0 <= older_than < 1e6:
        raise InputError(f"--older-than {older_than}: expected a number of days, 0 or more")
    facts: dict[str, Any] = {"cache": str(cache_folder())}
    if prune:
        days = UNUSED_DAYS if older_than is None else older_than
        before = time.time() - days * DAY

        def is_needed(entry: cached.Entry) -> bool:
            is_whole = entry.kind != cached.LITTER and not entry.damage
            return is_whole and not everything and entry.used >= before

        removed, used = cached.prune(is_needed)
        facts |= {"removed": [entry.facts for entry in removed], "used": [e.facts for e in used]}
        line = f"removed {_sum(removed)}" + (f"; in use and kept: {_sum(used)}" if used else "")
    else:
        entries = cached.entries()
        facts["entries"] = [entry.facts for entry in entries]
        for entry in [] if as_json else entries:
            click.echo(_line(entry))
        line = f"{facts['cache']}: {_sum(entries)}"
    click.echo(json.dumps(facts) if as_json else line)


def _line(entry: Any) -> str:
    """One line for a folder or file of the cache."""
    days = (time.time() - entry.used) / DAY
    used = "used today" if days < 1 else f"used {days:.0f} days ago"
    return f"{entry.path.name[:30]:<31}{_size(entry.size):>9}  {used:<18}{entry.what}"


def _sum(entries: list[Any]) -> str:
    """How many of each kind, and their size."""
    kinds = Counter(entry.kind for entry in entries)
    names = {"network": "networks", "header": "headers", "index of spikes": "indices of spikes"}
    counted = [
        f"{number} {kind if number == 1 else names.get(kind, kind)}"
        for kind, number in kinds.items()
    ]
    return f"{', '.join(counted) or 'nothing'}, {_size(sum(entry.size for entry in entries))}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


COMMANDS = (cache,)
