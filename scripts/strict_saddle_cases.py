"""Strict saddles with known answers: spectra and verdicts, and how long gradient descent takes to
escape, by its noise.

What is measured, and what theory says of it: spikesampler/studies/strict_saddle_cases/.

    python scripts/strict_saddle_cases.py --out strict_saddle
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.strict_saddle_cases.study import STUDY


def main(arguments=None):
    return study_command(STUDY, arguments, out="strict_saddle")


if __name__ == "__main__":
    sys.exit(main())
