"""`spikesampler landscape`: a group whose commands are read when one of them is asked for."""

from functools import cache

import click

__all__ = ["COMMANDS"]


@cache
def _commands() -> dict[str, click.Command]:
    from spikesampler.cli.landscape import COMMANDS

    return {str(command.name): command for command in COMMANDS}


class LandscapeGroup(click.Group):
    """Its commands take the settings of a study, for which `spikesampler --help` need not wait."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(_commands())

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return _commands().get(name)


@click.group(cls=LandscapeGroup)
def landscape() -> None:
    """Train networks of ReLUs (Gamst & Walker 2017), and measure the energy landscape around
    them.
    """


COMMANDS = (landscape,)
