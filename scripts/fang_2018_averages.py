"""What does noise buy a network that averages over theta?

What is measured, and what is said of it: spikesampler/studies/fang_2018/averages.py.

    python scripts/fang_2018_averages.py --out averages
    python scripts/fang_2018_averages.py --quick --out averages
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.fang_2018.averages_study import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="fang_2018_averages", many=True)


if __name__ == "__main__":
    sys.exit(main())
