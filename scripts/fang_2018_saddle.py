"""The saddle criterion of Fang, Yu & Chen (2018), Eq. (4), against the exact Hessian, along
learning paths and beside.

What is measured, and on which runs: spikesampler/studies/fang_2018/saddle.py. 114 runs, about an
hour on two cores. It writes OUT/data/fang_2018_{saddle,stationary}.nc and
OUT/docs/figures/saddle.png, and prints the verdicts. Ctrl-C stops it at any moment, and the next
call goes on; runs and what was measured on them stay in RUNS.

    python scripts/fang_2018_saddle.py --quick --out saddles
"""

import argparse
import sys

from spikesampler.studies.command import KEPT, add_options, run_script, work_of, write_study
from spikesampler.studies.fang_2018.saddle import STUDY


def main(arguments=None):
    parser = argparse.ArgumentParser(description=STUDY.title)
    add_options(parser, STUDY.quick_help, STUDY.name, many=True)
    options = parser.parse_args(arguments)

    def make():
        data = options.out / "data"
        if not options.redraw:
            STUDY.measure(data, work_of(options), options.quick)
        write_study(STUDY, data, options.out / "docs" / "figures", ["png"], dpi=160)

    return run_script(STUDY.name, make, KEPT)


if __name__ == "__main__":
    sys.exit(main())
