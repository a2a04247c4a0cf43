"""Kappel et al. (2015): a circuit without a teacher learns clusters, also after a change.

"Network Plasticity as Bayesian Inference", PLoS Comput. Biol. 11(11):e1004485,
doi:10.1371/journal.pcbi.1004485. What is asked, run and measured is said in the files of
spikesampler/studies/kappel_2015.

    python scripts/kappel_2015.py --quick --out kappel    a minute
    python scripts/kappel_2015.py --out kappel            120 runs, 0.4 GB; goes on where it stopped
    python scripts/kappel_2015.py --redraw kappel/curves.nc
"""

import sys
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.studies.command import Parser, as_path, run_script, whole
from spikesampler.studies.kappel_2015.measures import VARIABLES
from spikesampler.studies.kappel_2015.study import STUDY, write_results
from spikesampler.studies.study import Work


def parse(arguments):
    parser = Parser(description=STUDY.title)
    parser.add_argument("--quick", action="store_true", help=STUDY.quick_help)
    parser.add_argument("--seeds", type=whole, help="number of seeds (default: 10)")
    parser.add_argument(
        "--samples", type=whole, help="learning samples of both halves (default: 43 200, 2.4 h)"
    )
    parser.add_argument("--seed", type=whole, default=1, help="the first seed")
    parser.add_argument("--workers", type=whole, help="runs at a time (default: the cores)")
    parser.add_argument(
        "--out", type=as_path, metavar="DIR", help="for runs, curves, table and figure"
    )
    parser.add_argument(
        "--redraw",
        type=as_path,
        metavar="FILE",
        help="table and figure of these curves, without a run",
    )
    options = parser.parse_args(arguments)
    options.out = options.out or (options.redraw.parent if options.redraw else Path("kappel_2015"))
    return options


def curves(options):
    """The dataset of the curves, measured or read."""
    if options.redraw:
        dataset = read_dataset(options.redraw)
        if missing := VARIABLES - {*dataset.data_vars}:
            raise InputError(
                f"{options.redraw} has no {min(missing)}: give the curves.nc of this script"
            )
        return dataset
    work = Work(options.seed, options.out / "runs", options.seeds, options.workers)
    changes = {} if options.samples is None else {"samples": options.samples}
    dataset = STUDY.parts[STUDY.name].make(work, options.quick, **changes)
    save_dataset(dataset, options.out / "curves.nc")
    return dataset


def main(arguments=None):
    options = parse(arguments)

    def make():
        for line in write_results(curves(options), options.out):
            print(line)

    advice = "; finished runs are kept: give the same command again"
    return run_script(STUDY.name, make, advice, options.out)


if __name__ == "__main__":
    sys.exit(main())
