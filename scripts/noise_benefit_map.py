"""Maps of noise's benefit: where does it help, where does it hurt, and is it its structure or only
its power?

What is swept, and what is said of it: spikesampler/studies/fang_2018/benefit_maps.py. 648 runs,
about an hour and a quarter on two cores. It writes OUT/data/noise_benefit_{start,step,task}.nc and
OUT/docs/figures/noise_benefit_{start,step,task}.png, and prints each cell in words. Ctrl-C stops it
at any moment, and the next call goes on; the runs stay in RUNS.

    python scripts/noise_benefit_map.py --quick --out maps
"""

import sys

from spikesampler.store.datasets import save_dataset
from spikesampler.studies.command import (
    KEPT,
    Parser,
    add_options,
    run_script,
    save_figures,
    work_of,
)
from spikesampler.studies.fang_2018.benefit_maps import STUDY


def parse(arguments):
    parser = Parser(description=STUDY.title)
    runs = f"runs/{STUDY.runs_folder}"
    add_options(parser, STUDY.quick_help, "noise_benefit", many=True, runs=runs)
    for name, how in STUDY.options.items():
        parser.add_argument(f"--{name}", **how)
    return parser.parse_args(arguments)


def make(options):
    """Runs, datasets and figures; prints what each cell says and where the figures are."""
    data = options.out / "data"
    if not options.redraw:
        for name, part in STUDY.parts.items():
            print(f"{STUDY.name}: {name}", file=sys.stderr)
            dataset = part.make(work_of(options), options.quick, dask=options.dask)
            save_dataset(dataset, data / f"{name}.nc")
    datasets = STUDY.read(data)
    print(STUDY.report(datasets))
    for path in save_figures(
        STUDY.figures(datasets), options.out / "docs" / "figures", ["png"], dpi=160
    ):
        print(path)


def main(arguments=None):
    options = parse(arguments)
    return run_script(STUDY.name, lambda: make(options), KEPT, options.out)


if __name__ == "__main__":
    sys.exit(main())
