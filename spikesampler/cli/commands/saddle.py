"""`saddle`: the saddle criterion at the snapshots of a run."""

import json
import sys
from typing import Any

import click

from spikesampler.cli.options import PATH, accept, json_option, save_picture, warn
from spikesampler.experiments.declared import SADDLE

__all__ = ["COMMANDS"]


@click.command()
@click.argument("folder", metavar="RUN", type=PATH)
@accept(*SADDLE)
@click.option(
    "--out",
    type=PATH,
    metavar="FILE",
    help="The picture (png, pdf or svg), and beside it the numbers as .nc.",
)
@json_option("the snapshots as a list of objects")
def saddle(folder: str, out: str | None, as_json: bool, **options: Any) -> None:
    """Measure the saddle criterion, trace and eigenvalues at the snapshots of a run."""
    from spikesampler.experiments.run_result import Result
    from spikesampler.experiments.saddle import saddle_path, warnings
    from spikesampler.experiments.saddle_table import as_lines, as_objects
    from spikesampler.figures.saddle import saddle_figure
    from spikesampler.figures.style import check_picture
    from spikesampler.jobs.progress import Progress
    from spikesampler.store.datasets import save_dataset
    from spikesampler.store.folders import watched_folder

    result = Result(folder)
    picture, _ = check_picture(out or result.path / "saddle.png")
    with watched_folder(picture.parent):
        with Progress(f"saddle {result.path.name}", unit="snapshots") as say:
            dataset = saddle_path(result, progress=say, **options)
        figure = saddle_figure(dataset, result.learning.attrs.get("chance"), result.bayes_accuracy)
        written = save_picture(figure, out, picture)
        numbers = save_dataset(dataset, picture.with_suffix(".nc"))
    for text in warnings(dataset):
        warn(text)
    if as_json:
        click.echo(json.dumps(as_objects(dataset)))
    else:
        for line in (*as_lines(dataset), written, numbers):
            click.echo(line)
    if (dataset["failure"] != "").any():
        sys.exit(1)


COMMANDS = (saddle,)
