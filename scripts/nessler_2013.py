"""Does STDP find the hidden causes of its input, and are its fixed points those of the paper?

What is run, and why so: spikesampler/studies/nessler_2013/plan.py. 220 runs, some four minutes of
a core; they stay in RUNS. Ctrl-C stops it at any moment, and the next call goes on.

    python scripts/nessler_2013.py --quick --out nessler
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.nessler_2013.study import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="nessler", many=True)


if __name__ == "__main__":
    sys.exit(main())
