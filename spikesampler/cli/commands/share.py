"""The commands that show results and hand them on: `view`, `report` and `export`."""

import json

import click

from spikesampler.cli.options import PATH, WHOLE, json_option, warn

__all__ = ["COMMANDS"]


@click.command()
@click.argument("path", metavar="PATH", type=PATH)
@click.option("--port", type=WHOLE, help="By default a free one.")
@click.option(
    "--address",
    default="127.0.0.1",
    show_default=True,
    help="To listen on; others than this machine's ask for a token.",
)
@click.option(
    "--token",
    metavar="TEXT",
    help="That viewers must give; by default drawn anew, and printed, where --address or --origin"
    " lets others in.",
)
@click.option(
    "--origin",
    "origins",
    metavar="HOST[:PORT]",
    multiple=True,
    help="What the browser's address line shows where a proxy leads here; asks for a token, and can"
    " be repeated.",
)
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def view(
    path: str,
    port: int | None,
    address: str,
    token: str | None,
    origins: tuple[str, ...],
    no_browser: bool,
) -> None:
    """Look at a run, a comparison or a sweep in the browser, until Ctrl-C."""
    from spikesampler.store.result_folder import missing_runs
    from spikesampler.view.server import serve

    warn(missing_runs(path))
    serve(path, port=port, address=address, token=token, origins=origins, browser=not no_browser)


@click.command()
@click.argument("path", metavar="PATH", type=PATH)
@click.option("--out", type=PATH, metavar="FILE", help="By default report.html in the folder.")
@json_option("the file's path as one JSON object")
def report(path: str, out: str | None, as_json: bool) -> None:
    """Write a run, a comparison or a sweep as one self-contained HTML file."""
    from spikesampler.report import write_report
    from spikesampler.store.result_folder import missing_runs

    written = write_report(path, out)
    warn(missing_runs(path))
    click.echo(json.dumps({"report": str(written)}) if as_json else written)


@click.command()
@click.argument("folder", metavar="RUN", type=PATH)
@click.option("--to", "form", required=True, metavar="FORMAT", help="csv, neo, nwb or sonata.")
@click.option(
    "--out",
    type=PATH,
    metavar="PATH",
    help="File or folder to write; by default beside the run, named after it.",
)
@json_option("path and format as one JSON object")
def export(folder: str, form: str, out: str | None, as_json: bool) -> None:
    """Write the spikes, samples and weights of RUN in a format that other programs read."""
    from spikesampler.export import export_run

    written = export_run(folder, form, out)
    click.echo(json.dumps({"export": str(written), "format": form}) if as_json else written)


COMMANDS = (view, report, export)
