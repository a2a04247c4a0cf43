"""Does noise find the minimum that Gamst & Walker (2017, arXiv:1706.07101) made by hand?

python scripts/gamst_walker_noise.py --out gamst_walker
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.gamst_walker_2017.noise import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="gamst_walker")


if __name__ == "__main__":
    sys.exit(main())
