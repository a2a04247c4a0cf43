"""The network's own weight changes are stochastic gradient ascent on J: Fang, Yu & Chen (2018),
Eq. (2), measured.

What is measured, and what is said of it: spikesampler/studies/fang_2018/gradient.py.

    python scripts/fang_2018_gradient.py --out gradient
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.fang_2018.gradient import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="fang_2018_gradient")


if __name__ == "__main__":
    sys.exit(main())
