"""Tasks for a worker process: one that prints, one that fails with an exception that does not
pickle, one that writes where it may not.
"""

from spikesampler.store.atomic import atomic_write_json

ODD = "as odd as can be"


class Odd(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} as {two}")


def answer(number):
    print("to standard output")
    return 2 * number


def fail():
    raise Odd("as odd", "can be")


def write(path, lose):
    """Write a file, and before that lose its folder, if one says how."""
    if lose == "rename":
        path.parent.rename(path.parent.with_name("moved"))
    if lose == "take":
        (path.parent / ".lock").unlink()
        (path.parent / ".lock").write_text("77 another\n")
    atomic_write_json(path, {})
