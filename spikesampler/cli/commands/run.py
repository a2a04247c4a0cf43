"""`run` and `raster`: one run, and its spikes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from spikesampler.cli.options import PATH, accept, json_option, save_picture, warn
from spikesampler.experiments.declared import RUN

__all__ = ["COMMANDS"]


@click.command()
@click.argument("model")
@accept(*RUN)
@json_option("the results as one JSON object")
def run(model: str, as_json: bool, **options: Any) -> None:
    """Learn, probe and test MODEL (a name or a model file), into a folder."""
    from spikesampler.experiments.oddities import warning
    from spikesampler.experiments.run import run as run_model

    result = run_model(model, **options)
    facts = result.manifest["results"] | {"run": str(result.path)}
    warn(warning(facts.get("oddities", {})))
    if result.stopped is not None:
        facts["stopped"] = result.stopped
    if as_json:
        click.echo(json.dumps(facts))
        return
    for line in _scores(result, facts):
        click.echo(line)
    click.echo(
        f"engine          {facts['simulated_seconds']:.0f} s simulated in"
        f" {facts['engine_seconds']:.1f} s: {facts['realtime_factor']:.0f} times real time"
    )
    if result.stopped is not None:
        click.echo(f"stopped early   after {result.samples} samples: {result.stopped}")
    click.echo(f"run folder      {result.path}")


def _scores(result: Any, facts: dict[str, Any]) -> Iterator[str]:
    """How accurate a run is, a line for each measure; of one in which nothing fires, what is known
    of its weights.
    """
    if result.rule.is_silent:
        weights = result.weights.values
        yield "accuracies      none: nothing fires in this model"
        yield (
            f"weights         mean {weights.mean():.4g}, standard deviation {weights.std():.4g} of"
            f" {weights.size:,} after learning"
        )
        return
    bayes = "unknown" if facts["bayes_accuracy"] is None else f"{facts['bayes_accuracy']:.3f}"
    supervised = bool(result.learning.attrs["supervised"])
    rules = result.rules.values()
    is_taught = any("teacher" in rule.learning for rule in rules)
    teacher = "the teacher's label" if is_taught else "the label"
    leak = f": {teacher} leaks into it" if any(rule.knows_labels for rule in rules) else ""
    yield (f"online accuracy {facts['online_accuracy']:.3f} (while learning{leak})")
    yield (f"probe accuracy  {facts['probe_accuracy']:.3f} (held out, frozen)")
    yield (
        f"test accuracy   {facts['test_accuracy']:.3f} of {bayes} (Bayes-optimal on the same"
        " samples)"
    )
    if result.manifest["settings"]["average"]:
        yield (
            f"averaged        {facts['averaged_accuracy']:.3f} (mean answer of"
            f" {result.learning.sizes['snapshot']} snapshots; {facts['mean_theta_accuracy']:.3f} by"
            f" their mean theta), log loss {facts['averaged_log_loss']:.3f} (of the last one alone"
            f" {facts['test_log_loss']:.3f})"
        )
    if not supervised:
        entropy = facts["test_entropy"]  # None where all test samples are of one class
        entropy = "unknown" if entropy is None else f"{entropy:.3f}"
        yield (f"test entropy    {entropy} (H(class | winner) / H(class))")


@click.command()
@click.argument("folder", metavar="RUN", type=PATH)
@click.option(
    "--window", default="last", show_default=True, help="first, middle, last, or seconds as T0:T1."
)
@click.option(
    "--out",
    type=PATH,
    metavar="FILE",
    help="The picture (png, pdf or svg); by default raster-WINDOW.png and .pdf in the run.",
)
def raster(folder: str, window: str, out: str | None) -> None:
    """Draw the spikes of a run: inputs by preferred class, outputs by class, samples, rates."""
    from spikesampler.experiments.run_result import Result
    from spikesampler.store.folders import watched_folder

    result = Result(folder)
    beside = result.path / f"raster-{window.replace(':', '-')}.png"
    with watched_folder(Path(out or beside).parent):
        click.echo(save_picture(result.raster(window), out, beside))


COMMANDS = (run, raster)
