"""A file for each kind of source, with its KIND; `stimuli.registry` finds them here."""

from importlib import import_module
from pkgutil import iter_modules

from spikesampler.stimuli.source import SourceKind

__all__ = ["all_kinds"]


def all_kinds() -> list[SourceKind]:
    """The kinds in the order in which they are asked: words, then files, the one that takes all of
    them last.
    """
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return sorted((m.KIND for m in modules), key=lambda kind: (kind.on_disk, kind.takes_all))
