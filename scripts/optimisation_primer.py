"""Optimisation primer, after P. van der Smagt's lecture "optimisation in neural networks": what it
says, measured.

Writes OUT/data/optimisation_primer.nc, OUT/docs/optimisation_primer.md and
OUT/docs/figures/primer_*.png; see `spikesampler.studies.optimisation_primer`.

    python scripts/optimisation_primer.py --quick --out optimisation_primer
"""

import sys
from collections.abc import Sequence

from spikesampler.figures import save
from spikesampler.store.atomic import atomic_write_bytes
from spikesampler.store.datasets import save_dataset
from spikesampler.studies.command import Parser, add_options, run_script, work_of
from spikesampler.studies.optimisation_primer.study import STUDY


def main(arguments: Sequence[str] | None = None) -> int:
    parser = Parser(description=STUDY.title)
    add_options(parser, STUDY.quick_help, out=STUDY.name, many=False)
    options = parser.parse_args(arguments)

    def make() -> None:
        data, docs = options.out / "data", options.out / "docs"
        work = work_of(options)
        if not options.redraw:
            for name, part in STUDY.parts.items():
                save_dataset(part.make(work, options.quick), data / f"{name}.nc")
        datasets = STUDY.read(data)
        print(STUDY.report(datasets))
        for name, figure in STUDY.figures(datasets).items():
            print(save(figure, docs / "figures" / f"{name}.png", dpi=160))
        page = docs / f"{STUDY.name}.md"
        atomic_write_bytes(page, STUDY.section(datasets).encode())
        print(page)
        for name in STUDY.parts:
            print(data / f"{name}.nc")

    return run_script(STUDY.name, make, out=options.out)


if __name__ == "__main__":
    sys.exit(main())
