"""The command line: puts the library's pieces in sequence, and turns errors into one line and an exit status.

Heavy modules are imported by the command that needs them, so that `spikesampler --help` starts at once.
"""

import json
import math
import sys

import click

from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments.signals import interruptible

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="spikesampler")
def commands():
    """Synaptic sampling in spiking networks: simulate it, with and without noise, and look at it."""


def run_options(command):
    """Options that `run` and `compare` share; `compare` takes several starts, separated by commas."""
    options = [
        click.option("--start", default="prior", show_default=True, help="prior, plateau, or the folder of a run."),
        click.option("--samples", type=int, default=43_200, show_default=True, help="Learning samples, 200 ms each."),
        click.option(
            "--test-samples", type=int, default=1_000, show_default=True, help="Held-out samples of the test."
        ),
        click.option(
            "--set",
            "assignments",
            multiple=True,
            metavar="NAME=VALUE",
            help="Another value of a parameter, such as rho=100*Hz.",
        ),
        click.option("--data", metavar="FILE", help="digits, clusters:SEED, a table, or MNIST's or CIFAR-10's files."),
        click.option("--record", default="windows", show_default=True, help="Spikes to keep: all, windows or none."),
        click.option("--probe-every", type=int, help="Learning samples between probes; by default 1000, or a tenth."),
        click.option("--probe-samples", type=int, default=200, show_default=True, help="Held-out samples of a probe."),
        click.option(
            "--engine", default="fast", show_default=True, help="fast, or reference: the plain clock-driven network."
        ),
        click.option("--out", metavar="DIR", help="Folder for the results; by default a new one below runs."),
        click.option("--resume", is_flag=True, help="Go on with what is in the folder."),
        click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object, on the last line."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def parse_assignments(assignments):
    """{"rho": "100*Hz"} from ("rho=100*Hz",); the values are parsed by the model, never evaluated."""
    values = {}
    for assignment in assignments:
        name, sign, value = assignment.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise InputError(f"--set {assignment}: expected NAME=VALUE, such as --set rho=100*Hz")
        values[name.strip()] = value.strip()
    return values


@commands.command()
def models():
    """List the models that come with the package."""
    from spikesampler.model import load_model, model_names

    for name in model_names():
        model = load_model(name)
        click.echo(f"{name:<16}{model.title} ({model.citation})")


@commands.command()
@click.argument("model")
@click.option(
    "--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Show it with another value of a parameter."
)
def show(model, assignments):
    """Print a model: parameters with unit, meaning and source, equations, rules and noise arms."""
    from spikesampler.describe import describe
    from spikesampler.model import load_model

    click.echo(describe(load_model(model, **parse_assignments(assignments))))


@commands.command()
def doctor():
    """Check this machine: Python, packages, compiler, cache and disk."""
    from spikesampler.doctor import checks

    failed = 0
    for passed, what, detail in checks():
        failed += not passed
        click.echo(f"{'ok  ' if passed else 'FAIL'}  {what:<12}{detail}")
    click.echo("this machine can run spikesampler" if not failed else f"{failed} of the above must be mended first")
    sys.exit(bool(failed))


@commands.command()
@click.argument("model")
@click.option("--noise", metavar="ARM", help="Noise arm; by default the model's. `show MODEL` lists them.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides stimuli, start and all random numbers.")
@run_options
def run(model, noise, seed, assignments, as_json, **options):
    """Learn, probe and test MODEL (a name or a model file), into a folder."""
    from spikesampler.experiments.run import run as run_model

    result = run_model(model, noise=noise, seed=seed, set=parse_assignments(assignments), **options)
    facts = result.manifest["results"] | {"run": str(result.path)}
    if as_json:
        click.echo(json.dumps(facts))
        return
    bayes = "unknown" if facts["bayes_accuracy"] is None else f"{facts['bayes_accuracy']:.3f}"
    supervised = bool(result.learning.attrs["supervised"])
    leak = "while learning: the teacher's label leaks into it" if supervised else "while learning"
    click.echo(f"online accuracy {facts['online_accuracy']:.3f} ({leak})")
    click.echo(f"probe accuracy  {facts['probe_accuracy']:.3f} (held out, frozen)")
    click.echo(f"test accuracy   {facts['test_accuracy']:.3f} of {bayes} (Bayes-optimal on the same samples)")
    if not supervised:
        click.echo(f"test entropy    {facts['test_entropy']:.3f} (H(class | winner) / H(class))")
    simulated, engine, factor = (facts[name] for name in ("simulated_seconds", "engine_seconds", "realtime_factor"))
    click.echo(f"engine          {simulated:.0f} s simulated in {engine:.1f} s: {factor:.0f} times real time")
    click.echo(f"run folder      {result.path}")


@commands.command()
@click.argument("model")
@click.option(
    "--arms", default="none,weight", show_default=True, help="By commas; with options as in weight:noise_scale=0.3."
)
@click.option("--seeds", type=int, default=10, show_default=True, help="Number of seeds.")
@click.option("--seed", "first_seed", type=int, default=1, show_default=True, help="The first seed.")
@click.option("--workers", type=int, help="Processes at a time; by default one per core.")
@run_options
def compare(model, arms, start, assignments, as_json, **options):
    """Compare noise arms of MODEL over starts and seeds: table, dataset, figures and a verdict for each claim."""
    from spikesampler.experiments.compare import compare as compare_arms

    arms, starts = ([one.strip() for one in text.split(",") if one.strip()] for text in (arms, start))
    comparison = compare_arms(model, arms=arms, start=starts, set=parse_assignments(assignments), **options)
    paths = {kind: str(path) for kind, path in comparison.files.items()}
    if as_json:
        # neither nan nor infinity is JSON
        rows = [{k: v if v == v and v != math.inf else None for k, v in row.items()} for row in comparison.table]
        told = [
            {"verdict": one.label, "claim": one.claim.text, "source": one.claim.source, "numbers": one.numbers}
            for one in comparison.verdicts
        ]
        click.echo(json.dumps({"out": str(comparison.path), **paths, "arms": rows, "verdicts": told}))
        return
    click.echo(str(comparison))
    for kind, path in paths.items():
        click.echo(f"{kind:<12}{path}")


@commands.command()
@click.argument("folder", metavar="RUN")
@click.option("--window", default="last", show_default=True, help="first, middle, last, or seconds as T0:T1.")
@click.option(
    "--out", metavar="FILE", help="The picture (png, pdf or svg); by default raster-WINDOW.png in the run's folder."
)
def raster(folder, window, out):
    """Draw the spikes of a run: inputs by preferred class, outputs by class, samples, rates."""
    from spikesampler.figures import raster_figure, save
    from spikesampler.results import Result

    result = Result(folder)
    out = out or result.path / f"raster-{window.replace(':', '-')}.png"
    click.echo(save(raster_figure(result, window), out))


def main(arguments=None):
    """Run the command line; exit status 2 for bad input, 1 for a failure, 128 + signal when stopped."""
    with interruptible():
        try:
            sys.exit(commands.main(arguments, prog_name="spikesampler", standalone_mode=False) or 0)
        except click.exceptions.NoArgsIsHelpError as error:
            print(error.format_message(), file=sys.stderr)
            sys.exit(2)
        except click.UsageError as error:
            _fail(error.format_message(), 2)
        except InputError as error:
            _fail(error, 2)
        except Interrupted as stop:
            _fail(stop, 128 + stop.signal_number)
        except (KeyboardInterrupt, click.Abort):
            _fail("stopped", 130)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(1)
        except (RuntimeError, OSError, MemoryError) as error:
            _fail(error or "not enough memory", 1)


def _fail(message, status):
    print("spikesampler:", " ".join(str(message).splitlines()), file=sys.stderr)
    sys.exit(status)
