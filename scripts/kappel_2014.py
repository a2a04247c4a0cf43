"""Do lateral synapses with a delay learn sequences, as Kappel, Nessler & Maass (2014) have it?

What is run, and why so: spikesampler/studies/kappel_2014/plan.py. 70 runs, some nine minutes of a
core; they stay in RUNS. Ctrl-C stops it at any moment, and the next call goes on.

    python scripts/kappel_2014.py --quick --out kappel_2014
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.kappel_2014.study import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="kappel_2014", many=True)


if __name__ == "__main__":
    sys.exit(main())
