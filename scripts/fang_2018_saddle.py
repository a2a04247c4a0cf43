"""The saddle criterion of Fang, Yu & Chen (2018), Eq. (4), against the exact Hessian, along
learning paths and beside.

What is measured, and on which runs: spikesampler/studies/fang_2018/saddle.py. 114 runs, about an
hour on two cores. It writes OUT/data/fang_2018_{saddle,stationary}.nc and
OUT/docs/figures/saddle.png, and prints the verdicts. Ctrl-C stops it at any moment, and the next
call goes on; runs and what was measured on them stay in RUNS.

    python scripts/fang_2018_saddle.py --quick --out saddles
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.fang_2018.saddle import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out=STUDY.name, many=True, page=True)


if __name__ == "__main__":
    sys.exit(main())
