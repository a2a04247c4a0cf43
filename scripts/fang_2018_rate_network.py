"""Does synaptic noise help a network of rates with back-propagation, as the paper announces?

What is trained, and why so: spikesampler/studies/fang_2018/rate_network_plan.py. 136 trainings of
ten networks, some twelve minutes of a core on digits; they stay in RUNS. Ctrl-C stops it at any
moment, and the next call goes on. --data PATH takes MNIST's files.

    python scripts/fang_2018_rate_network.py --quick --out rate_network
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.fang_2018.rate_network import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="fang_2018_rate_network", many=True)


if __name__ == "__main__":
    sys.exit(main())
