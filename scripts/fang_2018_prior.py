"""What the prior on synapses is good for: a network without it, few samples, and a change of task.

Fang, Yu & Chen (2018), section 2. What is measured: spikesampler/studies/fang_2018/prior_data.py.
80 runs, some 15 minutes on one core. It writes OUT/data/fang_2018_prior.nc and prints what was
found. Ctrl-C stops it at any moment, and the next call goes on; runs stay in RUNS.

    python scripts/fang_2018_prior.py --quick --out prior
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.fang_2018.prior import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out=STUDY.name, many=True, page=True)


if __name__ == "__main__":
    sys.exit(main())
