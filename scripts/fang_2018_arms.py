"""Do momentum and transmission noise do what the synaptic noise of Fang, Yu & Chen (2018) does?

What is run, and why so: spikesampler/studies/fang_2018/arms_plan.py. 190 runs, about 27 minutes of
a core; they stay in RUNS. Ctrl-C stops it at any moment, and the next call goes on.

    python scripts/fang_2018_arms.py --quick --out arms
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.fang_2018.arms import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="fang_2018_arms", many=True)


if __name__ == "__main__":
    sys.exit(main())
