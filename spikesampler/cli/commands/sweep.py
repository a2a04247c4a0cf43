"""`sweep MODEL` and `sweep show DIR`: parameters varied over grids or designs."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikesampler.cli.options import (
    PATH,
    REAL,
    WHOLE,
    accept,
    json_option,
    parse_assignments,
    save_picture,
    warn,
)
from spikesampler.errors import InputError
from spikesampler.experiments.declared import SWEEP

if TYPE_CHECKING:
    from spikesampler.experiments.sweep_result import Sweep

__all__ = ["COMMANDS"]

LISTS = tuple(argument.name for argument in SWEEP if argument.item)


class SweepGroup(click.Group):
    """`sweep show DIR`, and `sweep MODEL …` for everything else."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """What is not `show` is a sweep."""
        return super().parse_args(
            context, arguments if arguments[:1] == ["show"] else ["MODEL", *arguments]
        )


@click.group(
    cls=SweepGroup,
    short_help="Vary parameters of MODEL over grids or designs; `sweep show DIR` shows it.",
)
def sweep() -> None:
    """Sweeps over parameters."""


def from_file(context: click.Context, _: click.Parameter, path: str | None) -> str | None:
    """Take defaults of the other options from a TOML file.

    What the command line says wins, in tables name by name.
    """
    from spikesampler.experiments.sweep_file import TABLES, read_sweep_file

    options = {
        flag.lstrip("-"): (str(option.name), _type_of(option))
        for option in context.command.params
        for flag in option.opts
    }
    defaults = {} if path is None else read_sweep_file(path, options)
    context.meta["tables"] = {name: defaults.pop(name, {}) for name in TABLES}
    context.default_map = defaults
    return path


def _type_of(option: click.Parameter) -> type:
    """What a file says instead of an option's text."""
    if getattr(option, "is_flag", False):
        return bool
    if option.name in LISTS:
        return list
    return {WHOLE: int, REAL: float}.get(option.type, str)


@sweep.command("MODEL")
@click.argument("model", required=False, metavar="")
@click.option(
    "--file",
    type=PATH,
    metavar="FILE",
    is_eager=True,
    callback=from_file,
    expose_value=False,
    help="A TOML file that says the same as these options; options win over it.",
)
@accept(*SWEEP)
@click.option(
    "--dry-run", is_flag=True, help="Print points, builds and the time expected; run nothing."
)
@json_option("the results as one JSON object")
def sweep_model(model: str | None, as_json: bool, dry_run: bool, **options: Any) -> None:
    """Vary parameters of MODEL over grids or designs, times arms, starts and seeds.

    Each point is a run. `spikesampler sweep show DIR` prints and draws a finished one.
    """
    from spikesampler.experiments.sweep import sweep as run_sweep
    from spikesampler.experiments.sweep_forecast import forecast_sweep

    if model is None:
        raise InputError(
            "no model to sweep; give its name or file, as in `spikesampler sweep fang_2018 --grid"
            " b=1e-5,1e-4`"
        )
    if dry_run:
        forecast = forecast_sweep(model, **options)
        click.echo(json.dumps(forecast.facts) if as_json else forecast)
        return
    swept = run_sweep(model, **options)
    warn(swept.dataset.attrs.get("oddities"))
    show_sweep(swept, as_json)
    if swept.failures:
        sys.exit(1)


@sweep.command("show")
@click.argument("folder", metavar="DIR", type=PATH)
@click.option(
    "--measure", default="test_accuracy", show_default=True, help="Variable of the dataset to draw."
)
@click.option(
    "--at",
    "places",
    multiple=True,
    metavar="NAME=VALUE",
    help="Draw the part of the sweep at this value.",
)
@click.option(
    "--out",
    type=PATH,
    metavar="FILE",
    help="The picture (png, pdf or svg); by default MEASURE.png and .pdf there.",
)
@json_option("numbers and paths as one JSON object")
def sweep_show(
    folder: str, measure: str, places: tuple[str, ...], out: str | None, as_json: bool
) -> None:
    """Print a finished sweep and draw it, as lines or as heat maps."""
    from spikesampler.experiments.sweep_result import Sweep
    from spikesampler.store.folders import watched_folder
    from spikesampler.store.result_folder import missing_runs

    swept = Sweep(folder)
    beside = swept.folder / f"{measure}.png"
    with watched_folder(Path(out or beside).parent):
        figure = swept.figure(measure, at=parse_assignments(places, "--at", "N=30", once=True))
        swept.files["figure"] = save_picture(figure, out, beside)
    warn(missing_runs(folder))
    show_sweep(swept, as_json)


def show_sweep(swept: "Sweep", as_json: bool) -> None:
    """A sweep's numbers and paths, for programs or for people."""
    paths = {kind: str(path) for kind, path in swept.files.items()}
    if as_json:
        facts = {"out": str(swept.path), **swept.summary, **paths}
        click.echo(json.dumps({**facts, "failed_points": swept.failures}))
        return
    click.echo(str(swept))
    if not swept.failures:
        del paths["failures"]
    for kind, path in paths.items():
        click.echo(f"{kind:<12}{path}")


COMMANDS = (sweep,)
