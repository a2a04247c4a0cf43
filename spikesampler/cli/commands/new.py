"""`new`: a model file to begin with."""

import os
import shlex
from pathlib import Path

import click

from spikesampler.cli.options import PATH
from spikesampler.errors import InputError, shown

__all__ = ["COMMANDS"]


@click.command()
@click.argument("name", type=PATH)
@click.option(
    "--from",
    "source",
    metavar="MODEL",
    default="template",
    show_default=True,
    help="What to begin with: template, which is commented, or reward, stdp_pairs, fang_2018, …,"
    " or a model file.",
)
def new(name: str, source: str) -> None:
    """Write a model file, NAME or NAME.py, that runs: to be changed."""
    from spikesampler.language.examples import example_text
    from spikesampler.language.model import model_names
    from spikesampler.store.atomic import atomic_write_bytes

    path = Path(name if name.endswith(".py") else f"{name}.py")
    text = example_text(source)
    if path.stem in model_names():
        raise InputError(
            f"{shown(path)}: {path.stem} is a model that comes with the package; take another name"
        )
    if os.path.lexists(path):
        raise InputError(f"{shown(path)} is there already; take another name, or remove it")
    if not path.parent.is_dir():
        raise InputError(f"{shown(path)}: there is no folder {shown(path.parent)}; make it first")
    atomic_write_bytes(path, text.encode())
    said = shlex.quote(str(path))
    click.echo(f"{path}: change it, then")
    click.echo(f"    spikesampler check {said}")
    click.echo(f"    spikesampler run {said} --samples 300 --probe-every 50 --test-samples 100")


COMMANDS = (new,)
