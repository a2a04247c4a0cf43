"""Is it the structure of the noise of Fang, Yu & Chen (2018) or its power, where weights are of
order 1?

What is run, and why so: spikesampler/studies/fang_2018/structure_plan.py. 500 runs, about 80
minutes of a core; they stay in RUNS. Ctrl-C stops it at any moment, and the next call goes on.

    python scripts/fang_2018_structure.py --quick --out structure
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.fang_2018.structure import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="fang_2018_structure", many=True)


if __name__ == "__main__":
    sys.exit(main())
