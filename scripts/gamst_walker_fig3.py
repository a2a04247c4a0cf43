"""Figure 3 of Gamst & Walker (2017, arXiv:1706.07101): the best fits, by optimiser.

python scripts/gamst_walker_fig3.py --out gamst_walker
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.gamst_walker_2017.best_fits import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="gamst_walker")


if __name__ == "__main__":
    sys.exit(main())
