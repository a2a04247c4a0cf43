"""Which findings README.md and the index begin with: questions, each with (study, key) of some."""

__all__ = ["HEADLINES"]

HEADLINES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
