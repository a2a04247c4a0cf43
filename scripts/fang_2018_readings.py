"""On which reading of Fang, Yu & Chen (2018) do its claims come out?

Which readings are run, and what is said of them: spikesampler/studies/fang_2018/readings.py. 840
runs, an hour and a half on two cores. It writes OUT/data/fang_2018_readings.nc and
OUT/docs/figures/readings.png, and prints the table. Ctrl-C stops it at any moment, and the next
call goes on; the runs stay in RUNS.

    python scripts/fang_2018_readings.py --quick --out readings
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.fang_2018.readings import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out=STUDY.name, many=True, page=True)


if __name__ == "__main__":
    sys.exit(main())
