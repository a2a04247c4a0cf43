"""The command line: puts the library's pieces in sequence, and turns errors into one line and an
exit status.

Heavy modules are imported by the command that needs them, so that `spikesampler --help` starts at
once.
"""

import json
import math
import sys

import click

from spikesampler.cli.landscape import landscape
from spikesampler.cli.options import parse_assignments
from spikesampler.cli.share import SHARE
from spikesampler.errors import InputError, Interrupted
from spikesampler.store.signals import interruptible

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="spikesampler")
def commands():
    """Synaptic sampling in spiking networks: simulate it, with and without noise, and look at
    it.
    """


def run_options(command):
    """Options that `run` and `compare` share; `compare` takes several starts, separated by
    commas.
    """
    options = [
        click.option(
            "--start",
            default="prior",
            show_default=True,
            help="prior, plateau, or the folder of a run.",
        ),
        click.option(
            "--samples",
            type=int,
            default=43_200,
            show_default=True,
            help="Learning samples, 200 ms each.",
        ),
        click.option(
            "--test-samples",
            type=int,
            default=1_000,
            show_default=True,
            help="Held-out samples of the test.",
        ),
        click.option(
            "--set",
            "assignments",
            multiple=True,
            metavar="NAME=VALUE",
            help="Another value of a parameter, such as rho=100*Hz.",
        ),
        click.option(
            "--data",
            metavar="FILE",
            help="digits, clusters:SEED, a table, or MNIST, CIFAR-10, HDF5 files.",
        ),
        click.option(
            "--record",
            default="windows",
            show_default=True,
            help="Spikes to keep: all, windows or none.",
        ),
        click.option(
            "--probe-every",
            type=int,
            help="Learning samples between probes; by default 1000, or a tenth.",
        ),
        click.option(
            "--probe-samples",
            type=int,
            default=200,
            show_default=True,
            help="Held-out samples of a probe.",
        ),
        click.option(
            "--engine",
            default="fast",
            show_default=True,
            help="fast, or reference: the plain clock-driven network.",
        ),
        click.option(
            "--out", metavar="DIR", help="Folder for the results; by default a new one below runs."
        ),
        click.option("--resume", is_flag=True, help="Go on with what is in the folder."),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            help="Print the results as one JSON object, on the last line.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def many_options(command):
    """Options that `compare` and `sweep` share."""
    options = [
        click.option("--seeds", type=int, default=10, show_default=True, help="Number of seeds."),
        click.option(
            "--seed", "first_seed", type=int, default=1, show_default=True, help="The first seed."
        ),
        click.option("--workers", type=int, help="Processes at a time; by default one per core."),
        click.option(
            "--dask",
            metavar="ADDRESS",
            help="Run on a Dask scheduler: tcp://HOST:PORT, or its file.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def by_commas(text):
    return [one.strip() for one in text.split(",") if one.strip()]


@commands.command()
def models():
    """List the models that come with the package."""
    from spikesampler.language.model import load_model, model_names

    for name in model_names():
        model = load_model(name)
        click.echo(f"{name:<19}{model.title} ({model.citation})")


@commands.command()
@click.argument("model")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="Show it with another value of a parameter.",
)
def show(model, assignments):
    """Print a model: parameters with unit, meaning and source, equations, rules and noise arms."""
    from spikesampler.language.describe import describe
    from spikesampler.language.model import load_model

    click.echo(describe(load_model(model, **parse_assignments(assignments))))


@commands.command()
def doctor():
    """Check this machine: Python, packages, compiler, cache and disk."""
    from spikesampler.cli.doctor import checks

    failed = 0
    for passed, what, detail in checks():
        failed += not passed
        click.echo(f"{'ok  ' if passed else 'FAIL'}  {what:<12}{detail}")
    click.echo(
        "this machine can run spikesampler"
        if not failed
        else f"{failed} of the above must be mended first"
    )
    sys.exit(bool(failed))


@commands.command()
@click.argument("model")
@click.option(
    "--noise", metavar="ARM", help="Noise arm; by default the model's. `show MODEL` lists them."
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Decides stimuli, start and all random numbers.",
)
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
    click.echo(
        f"test accuracy   {facts['test_accuracy']:.3f} of {bayes} (Bayes-optimal on the same"
        " samples)"
    )
    if not supervised:
        click.echo(f"test entropy    {facts['test_entropy']:.3f} (H(class | winner) / H(class))")
    simulated, engine, factor = (
        facts[name] for name in ("simulated_seconds", "engine_seconds", "realtime_factor")
    )
    click.echo(
        f"engine          {simulated:.0f} s simulated in {engine:.1f} s: {factor:.0f} times real"
        " time"
    )
    click.echo(f"run folder      {result.path}")


@commands.command()
@click.argument("model")
@click.option(
    "--arms",
    default="none,weight",
    show_default=True,
    help="By commas; with options as in weight:noise_scale=0.3.",
)
@many_options
@run_options
def compare(model, arms, start, assignments, as_json, **options):
    """Compare noise arms of MODEL over starts and seeds: table, dataset, figures and a verdict for
    each claim.
    """
    from spikesampler.experiments.compare import compare as compare_arms

    arms, starts = by_commas(arms), by_commas(start)
    comparison = compare_arms(
        model, arms=arms, start=starts, set=parse_assignments(assignments), **options
    )
    paths = {kind: str(path) for kind, path in comparison.files.items()}
    if as_json:
        # neither nan nor infinity is JSON
        rows = [
            {k: v if v == v and v != math.inf else None for k, v in row.items()}
            for row in comparison.table
        ]
        told = [
            {
                "verdict": one.label,
                "claim": one.claim.text,
                "source": one.claim.source,
                "numbers": one.numbers,
            }
            for one in comparison.verdicts
        ]
        click.echo(
            json.dumps({"out": str(comparison.path), **paths, "arms": rows, "verdicts": told})
        )
        return
    click.echo(str(comparison))
    for kind, path in paths.items():
        click.echo(f"{kind:<12}{path}")


class SweepGroup(click.Group):
    """`sweep show DIR`, and `sweep MODEL …` for everything else."""

    def parse_args(self, context, arguments):
        """What is not `show` is a sweep."""
        return super().parse_args(
            context, arguments if arguments[:1] == ["show"] else ["MODEL", *arguments]
        )


@commands.group(
    cls=SweepGroup,
    short_help="Vary parameters of MODEL over grids or designs; `sweep show DIR` shows it.",
)
def sweep():
    """Sweeps over parameters."""


def from_file(context, _, path):
    """Defaults of the other options from a TOML file; what the command line says wins, in tables
    name by name.
    """
    from spikesampler.experiments.sweep_file import TABLES, read_sweep_file

    options = {
        one.lstrip("-"): option.name for option in context.command.params for one in option.opts
    }
    said = {} if path is None else read_sweep_file(path, options)
    context.meta["tables"] = {name: said.pop(name, {}) for name in TABLES}
    context.default_map = said
    return path


@sweep.command("MODEL")
@click.argument("model", required=False, metavar="")
@click.option(
    "--file",
    metavar="FILE",
    is_eager=True,
    callback=from_file,
    expose_value=False,
    help="A TOML file that says the same as these options; options win over it.",
)
@click.option(
    "--grid",
    multiple=True,
    metavar="NAME=VALUES",
    help=(
        "Values, crossed with those of other grids: b=1e-5,1e-4 or 'b=log(1e-5,1e-2,7)' or"
        " 'b=lin(0,1,5)'."
    ),
)
@click.option(
    "--vary",
    multiple=True,
    metavar="NAME=RANGE",
    help="Range of a design: 'b=log(1e-5,1e-2)' or lin.",
)
@click.option(
    "--design",
    metavar="HOW:NUMBER",
    help="Points drawn in the ranges: random:100, lhs:64 or sobol:64.",
)
@click.option("--design-seed", type=int, default=0, show_default=True, help="Seed of the design.")
@click.option(
    "--arms",
    "--noise",
    "arms",
    metavar="ARMS",
    help="Noise arms by commas; by default the model's.",
)
@click.option(
    "--max-points", type=int, default=10_000, show_default=True, help="Refuse to run more points."
)
@click.option(
    "--retries",
    type=int,
    default=1,
    show_default=True,
    help="How often a failed point is tried again.",
)
@click.option(
    "--dry-run", is_flag=True, help="Print points, builds and the time expected; run nothing."
)
@many_options
@run_options
def sweep_model(model, grid, vary, arms, start, assignments, as_json, dry_run, **options):
    """Vary parameters of MODEL over grids or designs, times arms, starts and seeds; each point is a
    run.

    `spikesampler sweep show DIR` prints and draws a finished one.
    """
    from spikesampler.experiments import sweep as sweeping

    if model is None:
        raise InputError(
            "no model to sweep; give its name or file, as in `spikesampler sweep fang_2018 --grid"
            " b=1e-5,1e-4`"
        )
    tables = click.get_current_context().meta["tables"]
    options |= {
        "grid": tables["grid"] | parse_assignments(grid, "--grid", "b=1e-5,1e-4", once=True),
        "vary": tables["vary"] | parse_assignments(vary, "--vary", "b=log(1e-5,1e-2)", once=True),
        "arms": None if arms is None else by_commas(arms),
        "start": by_commas(start),
        "set": tables["set"] | parse_assignments(assignments),
    }
    if dry_run:
        for line in sweeping.dry_run(model, as_json, **options):
            click.echo(line)
        return
    swept = sweeping.sweep(model, **options)
    show_sweep(swept, as_json, {"out": str(swept.path), **swept.summary})
    if swept.failures:
        sys.exit(1)


@sweep.command("show")
@click.argument("folder", metavar="DIR")
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
    metavar="FILE",
    help="The picture (png, pdf or svg); by default MEASURE.png and .pdf there.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print numbers and paths as one JSON object, on the last line.",
)
def sweep_show(folder, measure, places, out, as_json):
    """Print a finished sweep and draw it: lines for one swept parameter, heat maps for two or
    three.
    """
    from spikesampler.experiments.sweep_result import Sweep
    from spikesampler.figures import save, save_both

    swept = Sweep(folder)
    figure = swept.figure(measure, at=parse_assignments(places, "--at", "N=30", once=True))
    swept.files["figure"] = (
        save(figure, out) if out else save_both(figure, swept.folder / f"{measure}.png")
    )
    show_sweep(swept, as_json, {"out": str(swept.path), **swept.summary})


def show_sweep(swept, as_json, facts):
    """A sweep's numbers and paths, for programs or for people."""
    paths = {kind: str(path) for kind, path in swept.files.items()}
    if as_json:
        click.echo(json.dumps({**facts, **paths, "failed_points": swept.failures}))
        return
    click.echo(str(swept))
    for kind, path in paths.items():
        click.echo(f"{kind:<12}{path}")


@commands.command()
@click.argument("folder", metavar="RUN")
@click.option(
    "--window", default="last", show_default=True, help="first, middle, last, or seconds as T0:T1."
)
@click.option(
    "--out",
    metavar="FILE",
    help="The picture (png, pdf or svg); by default raster-WINDOW.png and .pdf in the run.",
)
def raster(folder, window, out):
    """Draw the spikes of a run: inputs by preferred class, outputs by class, samples, rates."""
    from spikesampler.experiments.run_result import Result
    from spikesampler.figures import raster_figure, save, save_both

    result = Result(folder)
    figure, beside = (
        raster_figure(result, window),
        result.path / f"raster-{window.replace(':', '-')}.png",
    )
    click.echo(save(figure, out) if out else save_both(figure, beside))


@commands.command()
@click.argument("folder", metavar="RUN")
@click.option(
    "--patterns",
    type=int,
    default=4_000,
    show_default=True,
    help="Learning samples that stand for the run.",
)
@click.option(
    "--kind",
    default="snapshots",
    show_default=True,
    help="PSPs as snapshots, or as means of each sample.",
)
@click.option(
    "--counts-as",
    default="network",
    show_default=True,
    help=(
        "As how many patterns the likelihood counts: network (N rho s, what the run climbs),"
        " samples, or a number."
    ),
)
@click.option(
    "--every", type=int, default=1, show_default=True, help="Each that many-th snapshot only."
)
@click.option(
    "--tolerance", type=float, default=1e-4, show_default=True, help="Of the eigenvalues, relative."
)
@click.option(
    "--epsilon",
    type=float,
    help="A gradient is large from here on; by default sqrt(K I)/(1000 sigma).",
)
@click.option(
    "--gamma", type=float, help="A curvature is one from here on; by default 0.01/sigma^2."
)
@click.option(
    "--index",
    "count",
    is_flag=True,
    default=None,
    help="Count positive eigenvalues in large networks too.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Of the input spikes behind the patterns.",
)
@click.option(
    "--out", metavar="FILE", help="The picture (png, pdf or svg), and beside it the numbers as .nc."
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the snapshots as a list of objects, on the last line.",
)
def saddle(folder, out, as_json, **options):
    """Measure the saddle criterion, trace and eigenvalues at the snapshots of a run."""
    from spikesampler.experiments.objective import saddle_path, warnings
    from spikesampler.experiments.run_result import Result
    from spikesampler.experiments.saddle_table import as_lines, as_objects
    from spikesampler.figures import save, save_both
    from spikesampler.figures.saddle import saddle_figure
    from spikesampler.figures.style import check_picture
    from spikesampler.jobs.progress import Progress
    from spikesampler.store.datasets import save_dataset

    result = Result(folder)
    picture, _ = check_picture(out or result.path / "saddle.png")
    with Progress(f"saddle {result.path.name}", unit="snapshots") as say:
        found = saddle_path(result, progress=say, **options)
    levels = result.learning.attrs.get("chance"), result.bayes_accuracy
    write = save if out else save_both
    paths = (
        write(saddle_figure(found, *levels), picture),
        save_dataset(found, picture.with_suffix(".nc")),
    )
    for line in warnings(found):
        click.echo(f"spikesampler: {line}", err=True)
    if as_json:
        click.echo(json.dumps(as_objects(found)))
    else:
        for line in (*as_lines(found), *map(str, paths)):
            click.echo(line)
    if (found["failure"] != "").any():
        sys.exit(1)


for one in (landscape, *SHARE):
    commands.add_command(one)


def main(arguments=None):
    """Run the command line; exit status 2 for bad input, 1 for a failure, 128 + signal when
    stopped.
    """
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
