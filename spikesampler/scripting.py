"""What every script ends with: bad input and a signal as one line and an exit status."""

import sys

from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments.signals import interruptible

__all__ = ["run_script"]


def run_script(name, function, advice=""):
    """Call the function and give the script's exit status: 0, 2 after bad input, 128 + signal where it was stopped.

    The complaint is one line that begins with the script's name; where it was stopped, it ends with the advice.
    """
    try:
        with interruptible():
            function()
    except InputError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except Interrupted as stop:
        print(f"{name}: {stop}{advice}", file=sys.stderr)
        return 128 + stop.signal_number
    return 0
