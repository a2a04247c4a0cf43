"""What `spikesampler landscape` does: thousands of networks of ReLUs, and what lies around them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import click

from spikesampler.checks import number_in, whole_in
from spikesampler.cli.options import PATH, accept, json_option
from spikesampler.errors import InputError
from spikesampler.experiments.arguments import Argument
from spikesampler.optional import require
from spikesampler.studies.gamst_walker_2017.settings import Bands, Spectra, Training

__all__ = ["COMMANDS"]

#: numbers of a Training that have no option of their own: --set changes them
CHANGED_BY_SET = {
    field.name: field.type
    for field in fields(Training)
    if field.type in (int, float) and not field.metadata["help"]
}
*_NAMES, _LAST = CHANGED_BY_SET
SET = Argument(
    "changes",
    None,
    f"Another value of one of the optimiser's settings, of {', '.join(_NAMES)} or {_LAST}.",
    example="learning_rate=0.01",
    once=True,
    flags=("--set",),
    metavar="NAME=VALUE",
)
WORKERS = Argument("workers", None, "Processes at a time; by default one per core.", least=1)
TRAINING = SET, WORKERS  #: of `train` and `basin`, beside the settings
RESUME = Argument("resume", False, "Go on with what is in the folder, if there is anything.")
NEW = "a new one below runs"


class LandscapeCommand(click.Command):
    """A command that needs what the extra `landscape` installs; its help does not."""

    def invoke(self, context: click.Context) -> Any:
        jax, *_ = require("landscape", "landscape", "jax", "optax", "statsmodels")
        try:
            jax.devices()
        except RuntimeError as error:
            raise InputError(
                f"jax finds nothing to compute on ({error}); unset JAX_PLATFORMS, or mend it"
            ) from None
        return super().invoke(context)


def arguments_of(settings: type, **defaults: Any) -> list[Argument]:
    """An argument for each field of a class of settings that has help; `defaults` win over its."""
    return [
        Argument(
            field.name,
            defaults.get(field.name, None if field.default is MISSING else field.default),
            field.metadata["help"],
            as_type=field.type if field.type in (bool, float, str) else int,
        )
        for field in fields(settings)
        if field.metadata.get("help")
    ]


def folder_arguments(place: str) -> tuple[Argument, Argument]:
    """The arguments that all four share; place : where OUT is by default."""
    help_of_out = f"Folder for the results; by default {place}."
    return Argument("out", None, help_of_out, metavar="DIR", is_path=True), RESUME


def make_training(changes: Mapping[str, str], **options: Any) -> Training:
    """A Training from options and the texts of --set, {name: text}."""
    from spikesampler.networks.optimizers import OPTIMIZERS

    settings: dict[str, float] = {}
    for name, text in changes.items():
        whole = CHANGED_BY_SET.get(name) is int
        value = (whole_in if whole else number_in)(text)
        if value is None:
            raise InputError(f"{name}={text}: expected a {'whole ' if whole else ''}number")
        (options if name in CHANGED_BY_SET else settings)[name] = value
    optimizer = OPTIMIZERS.get(options["optimizer"])
    for name in settings:
        if optimizer is not None and name not in optimizer.settings:
            known = ", ".join((*optimizer.settings, *CHANGED_BY_SET))
            raise InputError(
                f"unknown setting '{name}' of {options['optimizer']}; expected one of {known}"
            )
    return Training(set=settings, **options)


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


def show(summary: dict[str, Any], folder: Path, pictures: Sequence[Path], as_json: bool) -> None:
    """The end of a command: a summary as one JSON object, or a line per number; and the files."""
    from spikesampler.store.atomic import json_bytes

    summary = {"folder": str(folder), **summary}
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


@click.command(cls=LandscapeCommand)
@accept(*arguments_of(Training, models=1_024, steps=50_000), *TRAINING, *folder_arguments(NEW))
@json_option("one JSON object")
def train(
    out: str | None, resume: bool, as_json: bool, workers: int | None, **options: Any
) -> None:
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


@click.command(cls=LandscapeCommand)
@accept(*arguments_of(Training, models=4_096, steps=20_000), *TRAINING, *folder_arguments(NEW))
@json_option("one JSON object")
def basin(
    out: str | None, resume: bool, as_json: bool, workers: int | None, **options: Any
) -> None:
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


@click.command(cls=LandscapeCommand)
@click.argument("trained", type=PATH)
@accept(*arguments_of(Bands), *folder_arguments("neb in TRAINED"))
@json_option("one JSON object")
def neb(trained: str, out: str | None, resume: bool, as_json: bool, **options: Any) -> None:
    """Stretch elastic bands from W_f to trained networks of the folder TRAINED."""
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.figures import paths_figure
    from spikesampler.studies.gamst_walker_2017.summary import of_paths
    from spikesampler.studies.gamst_walker_2017.surroundings import path_arrays, target_paths

    bands, folder = _chosen(Bands, options), Path(out or Path(trained) / "neb")
    paths = target_paths(trained, bands, out=folder, resume=resume)
    if left := int((~paths["converged"].values).sum()):
        _say(
            f"{left} of {paths.sizes['path']} paths did not converge in {bands.steps} steps:"
            f" residual forces up to {paths['residual'].values.max():.3g}, expected"
            f" {bands.tolerance:g}"
        )
    picture = save_both(paths_figure(path_arrays(trained, paths)), folder / "paths.png")
    show(of_paths(paths), folder, [picture], as_json)


@click.command(cls=LandscapeCommand)
@click.argument("trained", type=PATH)
@accept(*arguments_of(Spectra), *folder_arguments("hessian in TRAINED"))
@json_option("one JSON object")
def hessian(trained: str, out: str | None, resume: bool, as_json: bool, **options: Any) -> None:
    """All eigenvalues of the error's Hessian at trained networks of the folder TRAINED, and at
    W_f.
    """
    from spikesampler.figures import save_both
    from spikesampler.studies.gamst_walker_2017.figures import spectra_figure
    from spikesampler.studies.gamst_walker_2017.summary import of_spectra
    from spikesampler.studies.gamst_walker_2017.surroundings import spectra_of

    folder = Path(out or Path(trained) / "hessian")
    spectra = spectra_of(trained, _chosen(Spectra, options), out=folder, resume=resume)
    values = {Path(trained).name: spectra["eigenvalue"].values}
    target = spectra["target"].values if "target" in spectra else None
    picture = save_both(spectra_figure(values, target), folder / "spectra.png")
    show(of_spectra(spectra), folder, [picture], as_json)


COMMANDS = (train, basin, neb, hessian)
