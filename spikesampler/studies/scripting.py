"""What scripts have in common: bad input and a signal as one line and an exit status; a dataset, a
report, a figure.
"""

import argparse
import sys
from inspect import signature
from pathlib import Path

from spikesampler.errors import InputError, Interrupted
from spikesampler.store.signals import interruptible

__all__ = ["dataset_script", "gathered", "publish", "run_script"]


def run_script(name, function, advice=""):
    """Call the function and give the script's exit status: 0, 2 after bad input, 128 + signal where
    it was stopped.

    The complaint is one line that begins with the script's name; where it was stopped, it ends with
    the advice.
    """
    try:
        with interruptible():
            function()
    except InputError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except Interrupted as stop:
        print(f"{name}: {stop}{advice}", file=sys.stderr)
        return 128 + stop.signal_number
    return 0


def publish(dataset, path, report, figures):
    """Write the dataset, print its report, and write its figures beside it as PNG and PDF; prints
    all paths.

    report : function of the dataset, a text. figures : {name: function of the dataset}.
    """
    from spikesampler.figures import save
    from spikesampler.store.datasets import save_dataset

    save_dataset(dataset, path)
    print(report(dataset))
    for name, function in figures.items():
        figure = function(dataset)
        for suffix in ("png", "pdf"):
            print(save(figure, path.with_name(f"{name}.{suffix}")))
    print(path)


def gathered(script, seed, quick, runs):
    """The Dataset that a script's gather(seed, …) gives with its QUICK or FULL, and with runs where
    it asks for them.

    script : the namespace of a script, globals() or vars(module). runs : Path, the folder in which
        what takes long is
    kept, and gone on with.
    """
    gather = script["gather"]
    kept = {"runs": runs} if "runs" in signature(gather).parameters else {}
    return gather(seed, **kept, **script["QUICK" if quick else "FULL"])


def dataset_script(script, arguments=None, *, quick_help, out):
    """The command line of a script that gathers one dataset, reports it and draws it; gives the
    exit status.

    script : its globals(): its docstring, what `gathered` needs, report(dataset), a text,
        draw(dataset), a figure, and
    where there are more of them FIGURES, {name: function of the dataset}.
    quick_help : what --quick does; out : the default folder.
    """
    name, runs = Path(script["__file__"]).stem, "runs" in signature(script["gather"]).parameters
    parser = argparse.ArgumentParser(description=script["__doc__"].split("\n")[0])
    parser.add_argument("--quick", action="store_true", help=quick_help)
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of all random numbers (default: 1)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(out), metavar="DIR", help="for dataset and figure"
    )
    if runs:
        parser.add_argument(
            "--runs", type=Path, metavar="DIR", help="for what takes long (default: OUT/runs)"
        )
    options = parser.parse_args(arguments)

    def make():
        if options.seed < 0:
            raise InputError(f"seed={options.seed}: expected 0 or more; give --seed 1")
        kept = (options.runs or options.out / "runs") if runs else None
        dataset = gathered(script, options.seed, options.quick, kept)
        figures = {name: script["draw"]} | script.get("FIGURES", {})
        publish(dataset, options.out / f"{name}.nc", script["report"], figures)

    return run_script(name, make, "; what is finished is kept: run it again" if runs else "")
