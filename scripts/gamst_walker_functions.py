"""Eight target functions made like that of Gamst & Walker (2017, arXiv:1706.07101), not one.

Stopped, run it again: what is finished is kept in --runs. --seeds: how many of the functions.

    python scripts/gamst_walker_functions.py --quick --out gamst_walker
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.gamst_walker_2017.functions import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="gamst_walker", many=True)


if __name__ == "__main__":
    sys.exit(main())
