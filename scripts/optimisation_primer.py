"""Optimisation primer, after P. van der Smagt's lecture "optimisation in neural networks": what it
says, measured.

Writes OUT/data/optimisation_primer.nc and digit_networks.nc, figures OUT/docs/figures/primer_*.png
and OUT/docs/studies/optimisation_primer.md; see `spikesampler.studies.optimisation_primer`.

    python scripts/optimisation_primer.py --quick --out optimisation_primer
"""

import sys
from collections.abc import Sequence

from spikesampler.studies.command import study_command
from spikesampler.studies.optimisation_primer.study import STUDY


def main(arguments: Sequence[str] | None = None) -> int:
    return study_command(STUDY, arguments, out=STUDY.name, page=True)


if __name__ == "__main__":
    sys.exit(main())
