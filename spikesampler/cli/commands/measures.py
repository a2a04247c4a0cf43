"""`measures`: what experimenters measure of the synapses and neurons of a run."""

import json
import math

import click

from spikesampler.cli.options import PATH, json_option

__all__ = ["COMMANDS"]


@click.command()
@click.argument("folder", metavar="RUN", type=PATH)
@click.option(
    "--present-above",
    type=float,
    metavar="WEIGHT",
    help="The weight above which a synapse is present; by default 0 where some weights are exactly"
    " 0, else half of the mean weight at the start.",
)
@json_option("the measures as one JSON object")
def measures(folder: str, present_above: float | None, as_json: bool) -> None:
    """Turnover, survival, memory of theta, and how the neurons of a RUN fire, as one measures them
    in tissue."""
    from spikesampler.experiments.measures import measures_of
    from spikesampler.experiments.run_result import Result

    found = measures_of(Result(folder), present_above)
    if as_json:
        told = [one._asdict() | {"value": _plain(one.value)} for one in found]
        click.echo(json.dumps({"run": str(folder), "measures": told}))
        return
    width = max(len(one.name) for one in found)
    for of in dict.fromkeys(one.of for one in found):
        click.echo(of)
        for one in (each for each in found if each.of == of):
            value = f"{one.value:.4g}" if math.isfinite(one.value) else "–"
            unit = "" if one.unit == "1" else f" {one.unit}"
            click.echo(f"    {one.name:<{width}}  {value + unit:<12}  {one.about}")


def _plain(value: float) -> float | None:
    """A number that JSON has, else None."""
    return value if math.isfinite(value) else None


COMMANDS = (measures,)
