"""`models`, `show` and `doctor`: what there is, and whether this machine is fit."""

import json
import sys
import warnings
from typing import Any

import click

from spikesampler.cli.options import accept, json_option
from spikesampler.errors import InputError
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
@click.argument("model")
@accept(SET)
@json_option("complaints, and what was understood, as one JSON object")
def check(model: str, set: dict[str, str], as_json: bool) -> None:
    """Check MODEL (a name or a model file) without compiling anything: all complaints with their
    lines, then what was understood."""
    from spikesampler.language.complaints import ModelWarning, told
    from spikesampler.language.model import check_model, load_model

    complaints = check_model(model)
    errors = any(complaint.is_error for complaint in complaints)
    facts: dict[str, Any] = {"model": model, "complaints": [each.as_dict() for each in complaints]}
    for complaint in [] if as_json else complaints:
        click.echo(str(complaint))
    if not errors:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ModelWarning)  # they are told already
            load_model(model, **set)
    if as_json:
        click.echo(json.dumps(facts))
    if errors:
        raise InputError(f"{model}: {told(complaints)}; see above")


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


COMMANDS = (models, show, check, doctor)
