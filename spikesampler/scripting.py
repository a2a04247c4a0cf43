"""What scripts have in common: bad input and a signal as one line and an exit status; a dataset, a report, a figure."""

import argparse
import sys
from inspect import signature
from pathlib import Path

from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments.signals import interruptible

__all__ = ["dataset_script", "gathered", "run_script"]


def run_script(name, function, advice=""):
    """Call the function and give the script's exit status: 0, 2 after bad input, 128 + signal where it was stopped.

    The complaint is one line that begins with the script's name; where it was stopped, it ends with the advice.
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


def gathered(script, seed, quick, runs):
    """The Dataset that a script's gather(seed, …) gives with its QUICK or FULL, and with runs where it asks for them.

    script : the namespace of a script, globals() or vars(module). runs : Path, the folder in which what takes long is
    kept, and gone on with.
    """
    gather = script["gather"]
    kept = {"runs": runs} if "runs" in signature(gather).parameters else {}
    return gather(seed, **kept, **script["QUICK" if quick else "FULL"])


def dataset_script(script, arguments=None, *, quick_help, out):
    """The command line of a script that gathers one dataset, reports it and draws it; gives the exit status.

    script : its globals(): its docstring, what `gathered` needs, report(dataset), a text, draw(dataset), a figure, and
    where there are more of them FIGURES, {name: function of the dataset}.
    quick_help : what --quick does; out : the default folder.
    """
    name, runs = Path(script["__file__"]).stem, "runs" in signature(script["gather"]).parameters
    parser = argparse.ArgumentParser(description=script["__doc__"].split("\n")[0])
    parser.add_argument("--quick", action="store_true", help=quick_help)
    parser.add_argument("--seed", type=int, default=1, help="seed of all random numbers (default: 1)")
    parser.add_argument("--out", type=Path, default=Path(out), metavar="DIR", help="for dataset and figure")
    if runs:
        parser.add_argument("--runs", type=Path, metavar="DIR", help="for what takes long (default: OUT/runs)")
    options = parser.parse_args(arguments)

    def make():
        from spikesampler.figures import save
        from spikesampler.landscape.report import save_dataset

        if options.seed < 0:
            raise InputError(f"seed={options.seed}: expected 0 or more; give --seed 1")
        kept = (options.runs or options.out / "runs") if runs else None
        dataset = gathered(script, options.seed, options.quick, kept)
        path = save_dataset(dataset, options.out / f"{name}.nc")
        print(script["report"](dataset))
        for each, function in ({name: script["draw"]} | script.get("FIGURES", {})).items():
            figure = function(dataset)
            for suffix in ("png", "pdf"):
                print(save(figure, options.out / f"{each}.{suffix}"))
        print(path)

    return run_script(name, make, "; what is finished is kept: run it again" if runs else "")
