"""`spikesampler landscape`: networks of ReLUs trained by the thousand, and what lies between and
around them.
"""

import json
from pathlib import Path

import click

__all__ = ["landscape"]


@click.group()
def landscape():
    """Train networks of ReLUs (Gamst & Walker 2017), and measure the energy landscape around
    them.
    """


def common(kind):
    """--seed, --out, --resume and --json, which all four share."""

    def add(command):
        for option in reversed(
            [
                click.option(
                    "--seed",
                    type=int,
                    default=1,
                    show_default=True,
                    help="Of starts and noise, or choice.",
                ),
                click.option(
                    "--out", metavar="DIR", help=f"Folder for the results; by default {kind}."
                ),
                click.option("--resume", is_flag=True, help="Go on with what is in the folder."),
                click.option(
                    "--json",
                    "as_json",
                    is_flag=True,
                    help="Print one JSON object, on the last line.",
                ),
            ]
        ):
            command = option(command)
        return command

    return add


def training_options(command):
    """Options of what is trained, which `train` and `basin` share."""
    for option in reversed(
        [
            click.option(
                "--optimizer",
                default="momentum",
                show_default=True,
                help=(
                    "momentum, momentum_keras, sgd_keras, adam_keras, adagrad_keras,"
                    " adagrad_keras_2017, adadelta_keras_2017, adadelta_keras_3 or adadelta_optax."
                ),
            ),
            click.option(
                "--set",
                "assignments",
                multiple=True,
                metavar="NAME=VALUE",
                help=(
                    "Another value of one of "
                    "the optimiser's settings, of depth, width, target_seed, radius or noise_share."
                ),
            ),
            click.option(
                "--noise", default="none", show_default=True, help="none, constant or weight."
            ),
            click.option(
                "--temperature", type=float, default=0.0, show_default=True, help="Of the noise."
            ),
            click.option(
                "--schedule",
                default="constant",
                show_default=True,
                help="constant, linear or exponential.",
            ),
            click.option(
                "--workers", type=int, help="Processes at a time; by default one per core."
            ),
        ]
    ):
        command = option(command)
    return command


def make_training(assignments, **options):
    """A Training from options and the texts of --set."""
    from spikesampler.cli import parse_assignments
    from spikesampler.errors import InputError
    from spikesampler.networks.optimizers import OPTIMIZERS
    from spikesampler.studies.gamst_walker_2017.training import Training

    whole, real, changes = ("depth", "width", "target_seed"), ("radius", "noise_share"), {}
    for name, text in parse_assignments(
        assignments, example="learning_rate=0.01", once=True
    ).items():
        try:
            value = int(text) if name in whole else float(text)
        except ValueError:
            raise InputError(
                f"{name}={text}: expected a {'whole ' if name in whole else ''}number"
            ) from None
        if name in (*whole, *real):
            options[name] = value
        elif (
            options["optimizer"] in OPTIMIZERS
            and name not in OPTIMIZERS[options["optimizer"]].settings
        ):
            known = (*OPTIMIZERS[options["optimizer"]].settings, *whole, *real)
            raise InputError(
                f"unknown setting '{name}' of {options['optimizer']}; expected one of"
                f" {', '.join(known)}"
            )
        else:
            changes[name] = value
    return Training(set=changes, **options)


def show(summary, folder, pictures, as_json):
    """The end of a command: a summary as one JSON object, or a line per number; and the files."""
    from spikesampler.store.atomic import json_bytes

    summary = {"folder": str(folder)} | summary
    if as_json:
        click.echo(json.dumps(json.loads(json_bytes(summary))))
        return
    for name, value in summary.items():
        click.echo(f"{name:<24}{_text(value)}")
    for picture in pictures:
        click.echo(picture)


def _text(value):
    if isinstance(value, list):
        middle = f"{value[0]:.4g} " if len(value) == 3 else ""
        return f"{middle}[{value[-2]:.4g}, {value[-1]:.4g}]"
    return f"{value:.4g}" if isinstance(value, float) else value


@landscape.command()
@click.option("--models", type=int, default=1_024, show_default=True, help="Networks.")
@click.option(
    "--steps",
    type=int,
    default=50_000,
    show_default=True,
    help="Steps, on the whole training set each.",
)
@training_options
@common("a new one below runs")
def train(models, steps, out, resume, as_json, workers, **options):
    """Train networks from Glorot's starts on the output of W_f, thousands at once."""
    from spikesampler.studies.gamst_walker_2017.summary import of_training

    training, found, folder = _trained(models, steps, out, resume, workers, "glorot", options)
    show(of_training(training, found), folder, _draw_training(training, found, folder), as_json)


@landscape.command()
@click.option("--models", type=int, default=4_096, show_default=True, help="Networks.")
@click.option(
    "--steps",
    type=int,
    default=20_000,
    show_default=True,
    help="Steps, on the whole training set each.",
)
@training_options
@common("a new one below runs")
def basin(models, steps, out, resume, as_json, workers, **options):
    """Move W_f by up to 2 in random directions, train again, and see from how far it comes back."""
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.basin import basin_arrays
    from spikesampler.studies.gamst_walker_2017.figures import basin_figure
    from spikesampler.studies.gamst_walker_2017.summary import RETURNED, of_basin

    training, found, folder = _trained(models, steps, out, resume, workers, "jitter", options)
    if found["diverged"].all():
        click.echo(
            f"spikesampler: all {models} networks diverged: nothing to fit; lower the learning"
            " rate",
            err=True,
        )
        show(of_basin(training, found), folder, [], as_json)
        return
    trials = (
        found["jitter"].values,
        found["final_error"].values,
        found["final_error"].values < RETURNED,
    )
    figure = basin_figure({training.optimizer: basin_arrays(*trials)})
    show(of_basin(training, found), folder, [save_both(figure, folder / "basin.png")], as_json)


def _trained(models, steps, out, resume, workers, start, options):
    """Training, Dataset and folder of `train` and `basin`."""
    from spikesampler.errors import InputError
    from spikesampler.experiments.compare import free_folder
    from spikesampler.studies.gamst_walker_2017.training import train_networks

    if resume and out is None:
        raise InputError("--resume needs the folder of the training; give --out DIR")
    training = make_training(models=models, steps=steps, start=start, **options)
    folder = free_folder(f"landscape-{training.optimizer}") if out is None else Path(out)
    return training, train_networks(training, folder, resume=resume, workers=workers), folder


def _draw_training(training, found, folder):
    """networks.png and .pdf: what the networks compute, on average and at best; nothing where all
    diverged.
    """
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.figures import outputs_figure
    from spikesampler.studies.gamst_walker_2017.training import outputs_of, target

    if found["diverged"].all():
        return []
    _, x, _ = target(training)
    return [
        save_both(
            outputs_figure(outputs_of(training, found, x), training.optimizer),
            folder / "networks.png",
        )
    ]


@landscape.command()
@click.argument("folder", metavar="TRAINED")
@click.option("--models", type=int, help="Networks, a path to each; by default 100.")
@click.option("--images", type=int, help="Images of a path, both ends included; by default 41.")
@click.option(
    "--steps", type=int, default=1_000, show_default=True, help="Steps of a band at most."
)
@click.option("--climb", is_flag=True, help="Let the highest image climb to the saddle.")
@common("neb in TRAINED")
def neb(folder, models, out, resume, as_json, **options):
    """Stretch elastic bands from W_f to trained networks of the folder TRAINED."""
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.figures import paths_figure
    from spikesampler.studies.gamst_walker_2017.summary import of_paths
    from spikesampler.studies.gamst_walker_2017.surroundings import path_arrays, target_paths

    out = Path(out or Path(folder) / "neb")
    found = target_paths(folder, models=models, out=out, resume=resume, **options)
    left = int((~found["converged"].values).sum())
    if left:
        click.echo(
            f"spikesampler: {left} of {found.sizes['path']} paths did not converge in"
            f" {options['steps']} steps: residual forces up to"
            f" {found['residual'].values.max():.3g}, expected {found.attrs['tolerance']:g}",
            err=True,
        )
    show(
        of_paths(found),
        out,
        [save_both(paths_figure(path_arrays(folder, found)), out / "paths.png")],
        as_json,
    )


@landscape.command()
@click.argument("folder", metavar="TRAINED")
@click.option("--models", type=int, help="Networks; by default 100, or all where they are fewer.")
@click.option(
    "--steps",
    type=int,
    default=0,
    show_default=True,
    help="Steps of L-BFGS before, nearer to the minimum.",
)
@common("hessian in TRAINED")
def hessian(folder, models, out, resume, as_json, **options):
    """All eigenvalues of the error's Hessian at trained networks of the folder TRAINED, and at
    W_f.
    """
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.figures import spectra_figure
    from spikesampler.studies.gamst_walker_2017.summary import of_spectra
    from spikesampler.studies.gamst_walker_2017.surroundings import spectra_of

    out = Path(out or Path(folder) / "hessian")
    found = spectra_of(folder, models=models, out=out, resume=resume, **options)
    figure = spectra_figure({Path(folder).name: found["eigenvalue"].values}, found.get("target"))
    show(of_spectra(found), out, [save_both(figure, out / "spectra.png")], as_json)
