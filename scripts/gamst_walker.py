"""Gamst & Walker (2017, arXiv:1706.07101) from nothing: all figures, datasets and verdicts.

Measures what the scripts of the single figures do, on the same trained networks, which it keeps in
--runs and goes on with; stopped, run it again. With --redraw, from OUT/data alone.

    python scripts/gamst_walker.py --quick --out gamst_walker
"""

import argparse
import sys

from spikesampler.studies.command import KEPT, add_options, run_script, work_of, write_study
from spikesampler.studies.gamst_walker_2017.joint import STUDY


def main(arguments=None):
    parser = argparse.ArgumentParser(description=STUDY.title)
    add_options(parser, STUDY.quick_help, "gamst_walker", many=False)
    options = parser.parse_args(arguments)
    data, figures = options.out / "data", options.out / "docs" / "figures"

    def make():
        work = work_of(options)
        if not options.redraw:
            STUDY.measure(data, work, options.quick)
        write_study(STUDY, data, figures, ["png"], dpi=160)

    return run_script(STUDY.name, make, KEPT)


if __name__ == "__main__":
    sys.exit(main())
