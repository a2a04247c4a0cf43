"""Where does noise help a network of two layers, and in which of them?

Hidden circuits without a teacher under a supervised layer, on clusters that one layer cannot tell
apart. What is run, and why so: spikesampler/studies/two_layer/plan.py. 160 runs, about half an hour
of a core; they stay in RUNS. Ctrl-C stops it at any moment, and the next call goes on.

    python scripts/two_layer.py --quick --out two_layer
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.two_layer.study import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="two_layer", many=True)


if __name__ == "__main__":
    sys.exit(main())
