"""The one error that users cause, and the one that stops a run from outside."""


class InputError(ValueError):
    """What was given, what was expected, what to do: one line, exit status 2, nothing written."""


class Interrupted(Exception):
    """A run was stopped by a signal; its folder can be resumed."""

    def __init__(self, message, signal_number):
        super().__init__(message)
        self.signal_number = signal_number
