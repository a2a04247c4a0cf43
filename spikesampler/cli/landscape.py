"""`spikesampler landscape`: thousands of networks of ReLUs, and what lies around them."""

import json
from dataclasses import MISSING, fields
from pathlib import Path

import click

from spikesampler.cli.options import json_option, parse_assignments
from spikesampler.errors import InputError
from spikesampler.optional import require
from spikesampler.studies.gamst_walker_2017.settings import Bands, Spectra, Training

__all__ = ["COMMANDS"]

#: numbers of a Training that have no option of their own: --set changes them
CHANGED_BY_SET = {
    one.name: one.type
    for one in fields(Training)
    if one.type in (int, float) and not one.metadata["help"]
}


class LandscapeCommand(click.Command):
    """A command that needs what the extra `landscape` installs; its help does not."""

    def invoke(self, context):
        require("landscape", "landscape", "jax", "optax", "statsmodels")
        return super().invoke(context)


@click.group()
def landscape():
    """Train networks of ReLUs (Gamst & Walker 2017), and measure the energy landscape around
    them.
    """


landscape.command_class = LandscapeCommand


def settings_options(settings, **defaults):
    """An option for each field of a class of settings that has help; `defaults` win over its."""

    def add(command):
        for one in reversed(fields(settings)):
            if not one.metadata.get("help"):
                continue
            default = defaults.get(one.name, one.default)
            default = None if default is MISSING else default
            option = click.option(
                f"--{one.name}",
                type=one.type if one.type in (bool, float, str) else int,
                is_flag=one.type is bool,
                default=default,
                show_default=default is not None and one.type is not bool,
                help=one.metadata["help"],
            )
            command = option(command)
        return command

    return add


def training_options(command):
    """--set and --workers, which `train` and `basin` share."""
    *names, last = CHANGED_BY_SET
    help_of_set = (
        f"Another value of one of the optimiser's settings, of {', '.join(names)} or {last}."
    )
    workers = click.option(
        "--workers", type=int, help="Processes at a time; by default one per core."
    )
    assignments = click.option(
        "--set", "assignments", multiple=True, metavar="NAME=VALUE", help=help_of_set
    )
    return assignments(workers(command))


def folder_options(place):
    """--out, --resume and --json, which all four share; place : what OUT is by default."""
    options = (
        click.option("--out", metavar="DIR", help=f"Folder for the results; by default {place}."),
        click.option("--resume", is_flag=True, help="Go on with what is in the folder."),
        json_option("one JSON object"),
    )

    def add(command):
        for option in reversed(options):
            command = option(command)
        return command

    return add


def make_training(assignments, **options):
    """A Training from options and the texts of --set."""
    from spikesampler.networks.optimizers import OPTIMIZERS

    changes: dict[str, float] = {}
    given = parse_assignments(assignments, example="learning_rate=0.01", once=True)
    for name, text in given.items():
        number = CHANGED_BY_SET.get(name, float)
        try:
            value = number(text)
        except ValueError:
            whole = "whole " if number is int else ""
            raise InputError(f"{name}={text}: expected a {whole}number") from None
        (options if name in CHANGED_BY_SET else changes)[name] = value
    optimizer = OPTIMIZERS.get(options["optimizer"])
    for name in changes:
        if optimizer is not None and name not in optimizer.settings:
            known = ", ".join((*optimizer.settings, *CHANGED_BY_SET))
            raise InputError(
                f"unknown setting '{name}' of {options['optimizer']}; expected one of {known}"
            )
    return Training(set=changes, **options)


def _train(start, out, resume, workers, options):
    """What `train` and `basin` train."""
    from spikesampler.store.folders import dated_folder
    from spikesampler.studies.gamst_walker_2017.training_folder import Trained, train_networks

    if resume and out is None:
        raise InputError("--resume needs the folder of the training; give --out DIR")
    training = make_training(start=start, **options)
    folder = dated_folder(f"landscape-{training.optimizer}") if out is None else Path(out)
    networks = train_networks(training, folder, resume=resume, workers=workers)
    return Trained(training, networks, folder)


def _chosen(settings, options):
    """Settings from options; those that were not given are the settings' own."""
    return settings(**{name: value for name, value in options.items() if value is not None})


def _say(text):
    click.echo(f"spikesampler: {text}", err=True)


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
@settings_options(Training, models=1_024, steps=50_000)
@training_options
@folder_options("a new one below runs")
def train(out, resume, as_json, workers, **options):
    """Train networks from Glorot's starts on the output of W_f, thousands at once."""
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.figures import outputs_figure
    from spikesampler.studies.gamst_walker_2017.summary import of_training
    from spikesampler.studies.gamst_walker_2017.training import outputs_of, target

    training, networks, folder = _train("glorot", out, resume, workers, options)
    pictures = []
    if not networks["diverged"].all():
        arrays = outputs_of(training, networks, target(training)[1])
        figure = outputs_figure(arrays, training.optimizer)
        pictures.append(save_both(figure, folder / "networks.png"))
    show(of_training(training, networks), folder, pictures, as_json)


@landscape.command()
@settings_options(Training, models=4_096, steps=20_000)
@training_options
@folder_options("a new one below runs")
def basin(out, resume, as_json, workers, **options):
    """Move W_f by up to 2 in random directions, train again, and see from how far it comes back."""
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.figures import basin_figure
    from spikesampler.studies.gamst_walker_2017.return_curve import basin_arrays
    from spikesampler.studies.gamst_walker_2017.summary import of_basin, returned

    training, networks, folder = _train("jitter", out, resume, workers, options)
    pictures = []
    if networks["diverged"].all():
        models = training.models
        _say(f"all {models} networks diverged: nothing to fit; lower the learning rate")
    else:
        errors = networks["final_error"].values
        arrays = basin_arrays(networks["jitter"].values, errors, returned(errors))
        figure = basin_figure({training.optimizer: arrays})
        pictures.append(save_both(figure, folder / "basin.png"))
    show(of_basin(training, networks), folder, pictures, as_json)


@landscape.command()
@click.argument("folder", metavar="TRAINED")
@settings_options(Bands)
@folder_options("neb in TRAINED")
def neb(folder, out, resume, as_json, **options):
    """Stretch elastic bands from W_f to trained networks of the folder TRAINED."""
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.figures import paths_figure
    from spikesampler.studies.gamst_walker_2017.summary import of_paths
    from spikesampler.studies.gamst_walker_2017.surroundings import path_arrays, target_paths

    bands, out = _chosen(Bands, options), Path(out or Path(folder) / "neb")
    paths = target_paths(folder, bands, out=out, resume=resume)
    if left := int((~paths["converged"].values).sum()):
        _say(
            f"{left} of {paths.sizes['path']} paths did not converge in {bands.steps} steps:"
            f" residual forces up to {paths['residual'].values.max():.3g}, expected"
            f" {bands.tolerance:g}"
        )
    picture = save_both(paths_figure(path_arrays(folder, paths)), out / "paths.png")
    show(of_paths(paths), out, [picture], as_json)


@landscape.command()
@click.argument("folder", metavar="TRAINED")
@settings_options(Spectra)
@folder_options("hessian in TRAINED")
def hessian(folder, out, resume, as_json, **options):
    """All eigenvalues of the error's Hessian at trained networks of the folder TRAINED, and at
    W_f.
    """
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.figures import spectra_figure
    from spikesampler.studies.gamst_walker_2017.summary import of_spectra
    from spikesampler.studies.gamst_walker_2017.surroundings import spectra_of

    out = Path(out or Path(folder) / "hessian")
    spectra = spectra_of(folder, _chosen(Spectra, options), out=out, resume=resume)
    figure = spectra_figure(
        {Path(folder).name: spectra["eigenvalue"].values}, spectra.get("target")
    )
    show(of_spectra(spectra), out, [save_both(figure, out / "spectra.png")], as_json)


COMMANDS = (landscape,)
