"""Gamst & Walker (2017, arXiv:1706.07101) from nothing: all figures, datasets and verdicts.

Runs the scripts of the single figures on the same trained networks, which it keeps in --runs and
goes on with; stopped, run it again. With --redraw, figures and verdicts from OUT/data alone.

    python scripts/gamst_walker.py --quick --out gamst_walker
"""

import argparse
import sys
from pathlib import Path

import gamst_walker_fig1
import gamst_walker_fig2
import gamst_walker_fig3
import gamst_walker_fig4
import gamst_walker_fig5
import gamst_walker_hessian
import gamst_walker_minima
import gamst_walker_noise
import gamst_walker_wide
import xarray

from spikesampler.errors import InputError
from spikesampler.figures import save
from spikesampler.store.datasets import save_dataset
from spikesampler.studies.scripting import gathered, run_script

PARTS = {  # name: (script, heading)
    "gamst_walker_fig1": (gamst_walker_fig1, "The network W_f and its output"),
    "gamst_walker_fig2": (gamst_walker_fig2, "What networks learn on average"),
    "gamst_walker_fig3": (gamst_walker_fig3, "The best fits"),
    "gamst_walker_fig4": (gamst_walker_fig4, "Paths from W_f to trained networks"),
    "gamst_walker_fig5": (gamst_walker_fig5, "The basin of W_f"),
    "gamst_walker_wide": (gamst_walker_wide, "A larger network"),
    "gamst_walker_hessian": (gamst_walker_hessian, "Curvature at trained networks"),
    "gamst_walker_minima": (gamst_walker_minima, "Minima and the passes between them"),
    "gamst_walker_noise": (gamst_walker_noise, "Does noise find the hidden minimum?"),
}


def measure(out, runs, seed=1, quick=False):
    """Datasets of all parts into OUT/data, those that are not there."""
    for name, (script, _) in PARTS.items():
        path = out / "data" / f"{name}.nc"
        if path.exists() and not quick:
            continue
        print(f"gamst_walker: {name}", file=sys.stderr)
        save_dataset(gathered(vars(script), seed, quick, runs), path)


def read(out):
    """{name: Dataset} of all parts."""
    for name in PARTS:
        if not (out / "data" / f"{name}.nc").is_file():
            raise InputError(f"no {out / 'data' / name}.nc; leave --redraw out to make it")
    return {name: xarray.load_dataset(out / "data" / f"{name}.nc") for name in PARTS}


def draw(datasets, folder):
    """The figures, as PNG files; gives their paths."""
    return [
        save(PARTS[name][0].draw(one), folder / f"{name}.png", dpi=160)
        for name, one in datasets.items()
    ]


def section(datasets):
    """Lines of docs/verdicts.md."""
    about = datasets["gamst_walker_fig2"].attrs
    lines = [
        "## The energy landscape of a simple network",
        "",
        (
            "Gamst & Walker (2017): networks of 5 x 5 ReLUs trained on the output of one that was"
            f" made by hand, W_f. `scripts/gamst_walker.py`, networks of commit {about['commit']}"
            f" on {about['cpu']}; seed {about['seed']}."
        ),
        "",
    ]
    for name, (script, heading) in PARTS.items():
        lines += [
            f"### {heading}",
            "",
            f"`scripts/{name}.py`:",
            "",
            "```",
            script.report(datasets[name]),
            "```",
            "",
        ]
        lines += [f"![{heading}](figures/{name}.png)", ""]
    return lines


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="few networks, few steps: whether it works"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of all random numbers (default: 1)"
    )
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", help="for the networks (default: OUT/runs)"
    )
    parser.add_argument(
        "--redraw", action="store_true", help="figures and verdicts from OUT/data alone"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("gamst_walker"), metavar="DIR", help="for data and figures"
    )
    options = parser.parse_args(arguments)

    def make():
        if not options.redraw:
            measure(options.out, options.runs or options.out / "runs", options.seed, options.quick)
        datasets = read(options.out)
        print("\n".join(section(datasets)))
        for path in draw(datasets, options.out / "docs" / "figures"):
            print(path)

    return run_script("gamst_walker", make, "; what is finished is kept: run it again")


if __name__ == "__main__":
    sys.exit(main())
