"""Sizes of synapses without spikes against their laws: distribution, memory, turnover, survival.

What is run, and why so: spikesampler/studies/spine_sizes/plan.py. 50 short runs, some two minutes
of a core; they stay in RUNS. Ctrl-C stops it at any moment, and the next call goes on.

    python scripts/spine_sizes.py --quick --out spine_sizes
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.spine_sizes.study import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="spine_sizes", many=True)


if __name__ == "__main__":
    sys.exit(main())
