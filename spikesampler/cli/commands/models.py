"""`models`, `show` and `doctor`: what there is, and whether this machine is fit."""

import json
import sys
import warnings

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
    from spikesampler.language.understood import understood
    from spikesampler.language.understood_lines import lines_of_understood

    complaints = check_model(model)
    is_wrong = any(complaint.is_error for complaint in complaints)
    facts = None
    for complaint in [] if as_json else complaints:
        click.echo(str(complaint))
    if not is_wrong:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ModelWarning)  # they are told already
            facts = understood(load_model(model, **set))
    if as_json:
        told_all = {"model": model, "complaints": [each.as_dict() for each in complaints]}
        click.echo(json.dumps(told_all | {"understood": facts}))
    elif facts is not None:
        lines = lines_of_understood(facts) or ["It has no spikes: its parameters are all there is."]
        click.echo("\n".join([f"{model}: {told(complaints)}", "", *lines]))
    if is_wrong:
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
