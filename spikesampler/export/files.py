"""A folder that is whole or absent, and nothing overwritten."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from spikesampler.environment import temporary_folder
from spikesampler.errors import InputError
from spikesampler.store.atomic import publish
from spikesampler.store.held import check_held
from spikesampler.store.temporary import remove_left, temporary_beside

__all__ = ["in_utf8", "refuse_existing", "whole_folder"]


def refuse_existing(path):
    """InputError where something is at `path`, be it a link to nowhere."""
    if os.path.lexists(path):
        raise InputError(f"{path} exists and is not overwritten: give another one with --out")


@contextmanager
def in_utf8(path):
    """The path, or a link to it for what takes no names but those of UTF-8, as a text."""
    if str(path).isprintable():
        yield str(path)
        return
    with TemporaryDirectory(dir=temporary_folder()) as folder:
        link = Path(folder) / f"link{path.suffix}"
        link.symlink_to(os.path.abspath(path))
        yield str(link)


@contextmanager
def whole_folder(path):
    """A new hidden folder beside `path`; on leaving, sync its files and rename it to `path`; on any
    error remove it. What killed exports left beside it is removed first.

    Raises InputError where `path` came into being meanwhile.
    """
    path = Path(path)
    temporary = temporary_beside(path)
    try:
        check_held()
        remove_left(path.parent)
        temporary.mkdir()
        yield temporary
        publish(temporary, path, check=lambda: refuse_existing(path))
    except (
        InputError
    ) as error:  # of a file in the hidden folder, whose name says nothing to anybody
        raise type(error)(str(error).replace(str(temporary), str(path))) from error.__cause__
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
