"""`models`, `show` and `doctor`: what there is, and whether this machine is fit."""

import sys

import click

from spikesampler.cli.options import accept
from spikesampler.experiments.declared import SET

__all__ = ["COMMANDS"]


@click.command()
def models() -> None:
    """List the models that come with the package."""
    from spikesampler.language.model import load_model, model_names

    for name in model_names():
        model = load_model(name)
        click.echo(f"{name:<19}{model.title} ({model.citation})")


@click.command()
@click.argument("model")
@accept(SET)
def show(model: str, set: dict[str, str]) -> None:
    """Print a model: parameters with unit, meaning and source, equations, rules and noise arms."""
    from spikesampler.language.describe import describe
    from spikesampler.language.model import load_model

    click.echo(describe(load_model(model, **set)))


@click.command()
def doctor() -> None:
    """Check this machine: Python, packages, compiler, cache and disk."""
    from spikesampler.cli.doctor import checks

    failed = 0
    for passed, what, detail in checks():
        failed += not passed
        click.echo(f"{'ok  ' if passed else 'FAIL'}  {what:<14}{detail}")
    if failed:
        click.echo(f"{failed} of the above must be mended first")
        sys.exit(1)
    click.echo("this machine can run spikesampler")


COMMANDS = (models, show, doctor)
