"""The textbook rule of pairs of spikes: window, drift over rates, the balance on a grid, noise.

What is run, and why so: spikesampler/studies/stdp_pairs/plan.py. 251 short runs, some three minutes
of a core; they stay in RUNS. Ctrl-C stops it at any moment, and the next call goes on.

    python scripts/stdp_pairs.py --quick --out stdp_pairs
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.stdp_pairs.study import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="stdp_pairs", many=True)


if __name__ == "__main__":
    sys.exit(main())
