"""Tasks for a worker process: one that prints, one that fails with an exception that does not
pickle.
"""

ODD = "as odd as can be"


class Odd(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} as {two}")


def answer(number):
    print("to standard output")
    return 2 * number


def fail():
    raise Odd("as odd", "can be")
