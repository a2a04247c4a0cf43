"""Does reward alone teach a spiking network, and what becomes of its synapses?

Kappel, Legenstein, Habenschuss, Hsieh & Maass, eNeuro 5(2), 2018. What is run, and why so:
spikesampler/studies/kappel_2018/plan.py. 130 runs, about half an hour of a core; they stay in RUNS.
Ctrl-C stops it at any moment, and the next call goes on.

    python scripts/kappel_2018.py --quick --out kappel_2018
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.kappel_2018.study import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="kappel_2018", many=True)


if __name__ == "__main__":
    sys.exit(main())
