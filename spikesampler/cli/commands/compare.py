"""`compare`: noise arms over starts and seeds."""

import json
import math
from typing import Any

import click

from spikesampler.cli.options import accept, json_option, warn
from spikesampler.experiments.declared import COMPARE

__all__ = ["COMMANDS"]


@click.command()
@click.argument("model")
@accept(*COMPARE)
@json_option("the results as one JSON object")
def compare(model: str, as_json: bool, **options: Any) -> None:
    """Compare noise arms of MODEL over starts and seeds: table, dataset, figures, verdicts."""
    from spikesampler.experiments.compare import compare as compare_arms

    comparison = compare_arms(model, **options)
    warn(comparison.dataset.attrs.get("oddities"))
    paths = {kind: str(path) for kind, path in comparison.files.items()}
    if not as_json:
        click.echo(str(comparison))
        for kind, path in paths.items():
            click.echo(f"{kind:<12}{path}")
        return
    # neither nan nor infinity is JSON
    rows = [
        {
            name: value if value == value and value != math.inf else None
            for name, value in row.items()
        }
        for row in comparison.table
    ]
    verdicts = [
        {
            "verdict": verdict.label,
            "claim": verdict.claim.text,
            "source": verdict.claim.source,
            "numbers": verdict.numbers,
        }
        for verdict in comparison.verdicts
    ]
    facts = {"out": str(comparison.path), **paths, "arms": rows, "verdicts": verdicts}
    click.echo(json.dumps(facts))


COMMANDS = (compare,)
