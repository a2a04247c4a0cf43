"""Gamst & Walker (2017, arXiv:1706.07101) from nothing: all figures, datasets and verdicts.

Measures what the scripts of the single figures do, on the same trained networks, which it keeps in
--runs and goes on with; stopped, run it again. With --redraw, from OUT/data alone.

    python scripts/gamst_walker.py --quick --out gamst_walker
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.gamst_walker_2017.joint import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="gamst_walker", page=True)


if __name__ == "__main__":
    sys.exit(main())
