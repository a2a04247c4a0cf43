"""How a process ended, in words."""

import re
import signal

__all__ = ["last_words", "words_for"]

#: what a signal that ends a process means to who reads of it
MEANINGS = {
    signal.SIGKILL: "perhaps for lack of memory",
    signal.SIGTERM: "from outside",
    signal.SIGINT: "from outside",
    signal.SIGHUP: "as its terminal was closed",
    signal.SIGILL: "for an instruction that this processor does not have",
    signal.SIGSEGV: "for reaching for memory that is not its own",
    signal.SIGBUS: "as its memory or file could not be read",
    signal.SIGFPE: "for a division by zero",
    signal.SIGABRT: "by itself, perhaps for lack of memory",
    signal.SIGXCPU: "as its processor time is used up (ulimit -t)",
    signal.SIGXFSZ: "as a file would grow beyond what is allowed (ulimit -f)",
}


def words_for(status: int) -> str:
    """How a process with this return code ended; negative codes are signals, as in subprocess."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        number = signal.Signals(-status)
    except ValueError:  # a real-time signal
        return f"was killed by signal {-status}"
    return ", ".join(filter(None, (f"was killed by {number.name}", MEANINGS.get(number))))


def last_words(text: str, sign: str = "", length: int = 300) -> str:
    """Of what a process wrote, the first line with the regular expression `sign`, or the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    signs = [line for line in lines if sign and re.search(sign, line)]
    return (signs[:1] or lines[-1:] or ["no message"])[0][:length]
