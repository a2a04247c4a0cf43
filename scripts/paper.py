"""Everything that docs/ says of the studies: their datasets in data/, figures, pages, the index.

Fang, Yu & Chen (2018) claim almost 20 % higher accuracy with noise, in learning and in test. Which
studies ask that, and what others ask, spikesampler/studies/verdicts.py lists. The findings in
README.md, where OUT has one, are written, too.

Before each dataset it says what is left; `--list` says what there is and what it takes. Ctrl-C
stops it at any moment, and the next call goes on. --redraw makes figures and pages from the
datasets in data/ alone.

    python scripts/paper.py --runs runs/paper --out .
"""

import sys

from spikesampler.studies import verdicts
from spikesampler.studies.command import Parser, add_options, run_script, work_of


def parse(arguments):
    parser = Parser(description=__doc__.split("\n")[0])
    add_options(
        parser, "a small network, two seeds, 100 samples", ".", many=True, runs="runs/paper"
    )
    parser.add_argument(
        "--list", action="store_true", help="the datasets, and the time of those to be made"
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)

    def make():
        if options.list:
            print(verdicts.overview(options.out, work_of(options)))
            return
        if not options.redraw:
            verdicts.measure(options.out, work_of(options), options.quick)
        print(verdicts.write(options.out))

    return run_script("paper", make, out=options.out)


if __name__ == "__main__":
    sys.exit(main())
