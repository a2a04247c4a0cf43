"""Everything that docs/verdicts.md says: its studies, their datasets in data/, figures, verdicts.

Fang, Yu & Chen (2018) claim almost 20 % higher accuracy with noise, in learning and in test. Which
studies ask that, and what others ask, spikesampler/studies/verdicts.py lists; their arms and seeds
were fixed before they ran, and the rules of decision are spikesampler/experiments/verdicts.py.

About six hours on two cores. Ctrl-C stops it at any moment, and the next call goes on. --redraw
makes figures and verdicts from the datasets in data/ alone.

    python scripts/paper.py --runs runs/paper --out .
"""

import argparse
import sys

import noise_benefit_map

from spikesampler.studies import verdicts
from spikesampler.studies.command import add_options, run_script, work_of


def options_of(out, work, quick):
    given = ["--out", str(out), "--runs", str(work.runs), "--seed", str(work.seed)]
    given += ["--quick"] * quick + ["--seeds", str(work.seeds)] * (work.seeds is not None)
    return given + (["--workers", str(work.workers)] if work.workers else [])


def measure_maps(out, work, quick):
    noise_benefit_map.run_maps(noise_benefit_map.parse(options_of(out, work, quick)))


def maps(out):
    maps = noise_benefit_map.read_maps(out)
    noise_benefit_map.draw_maps(maps, out)
    return noise_benefit_map.section(maps)


LEGACY = {
    "maps": (measure_maps, maps),
}


def parse(arguments):
    parser = argparse.ArgumentParser(description=" ".join(__doc__.split("\n\n")[0].split()))
    add_options(parser, "a small network, two seeds, 100 samples", ".", True)
    options = parser.parse_args(arguments)
    options.runs = options.runs or options.out / "runs" / "paper"
    return options


def main(arguments=None):
    options = parse(arguments)

    def make():
        if not options.redraw:
            verdicts.measure(options.out, work_of(options), options.quick, LEGACY)
        print(verdicts.write(options.out, LEGACY))

    return run_script("paper", make)


if __name__ == "__main__":
    sys.exit(main())
