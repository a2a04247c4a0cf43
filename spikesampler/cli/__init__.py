"""The command line: runs the library's pieces, and turns errors into one line and a status.

One file per group of commands. Heavy modules are imported by the command that needs them, so that
`spikesampler --help` starts at once.
"""

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from spikesampler.cli.commands import all_commands
from spikesampler.errors import Interrupted, complain, ending, plain_output
from spikesampler.language.complaints import ModelWarning
from spikesampler.store.signals import interruptible

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="spikesampler")
def commands() -> None:
    """Synaptic sampling in spiking networks: simulate it, with and without noise; look at it."""


for command in all_commands():
    commands.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line.

    Exit status 2 for bad input, 1 for a failure, 128 + signal when stopped.
    """
    os.environ["MPLBACKEND"] = "Agg"  # pictures are files, on any screen or none
    with interruptible(), told_once():
        try:
            with plain_output():
                status = commands.main(arguments, prog_name="spikesampler", standalone_mode=False)
            sys.exit(status or 0)
        except click.exceptions.NoArgsIsHelpError as error:
            print(error.format_message(), file=sys.stderr)
            sys.exit(2)
        except click.UsageError as error:
            _fail(error.format_message() + _remedy(error), 2)
        except click.Abort:
            _fail("stopped", 130)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(1)
        except (Exception, KeyboardInterrupt, Interrupted) as error:
            _fail(*ending(error))


def _remedy(error: click.UsageError) -> str:
    """What to do with a word too many: where the command takes lists, it may be of one of them."""
    takes = {option.name for option in error.ctx.command.params} if error.ctx else set()
    is_one_more = "unexpected extra argument" in error.message
    lists = "; lists have commas without spaces, such as --arms none,weight"
    return lists if is_one_more and "arms" in takes else ""


@contextmanager
def told_once() -> Iterator[None]:
    """Say what is odd in a model file once, in a line on stderr as errors are."""
    with warnings.catch_warnings():
        show_others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
            if issubclass(category, ModelWarning):
                complain("spikesampler", message)
            else:
                show_others(message, category, *where)

        warnings.showwarning = show
        warnings.simplefilter("once", ModelWarning)
        yield


def _fail(message: object, status: int) -> NoReturn:
    complain("spikesampler", message)
    sys.exit(status)
