"""LIGHT, logistic growth with harvesting: the family of its curves, its limits, and what the
printed form misses.

After Kulikovskikh & Legović (2021), GECCO '21 Companion, doi:10.1145/3449726.3459421. The three
forms are those of `spikesampler.studies.kulikovskikh_2021.light`; what is drawn is said by
`family` beside it. All is computed anew, in seconds.

    python scripts/light_family.py --out light
"""

import sys
from pathlib import Path

from spikesampler.figures import save
from spikesampler.studies.command import Parser, as_path, run_script
from spikesampler.studies.kulikovskikh_2021 import family


def write(out: Path) -> None:
    """Print the numbers, draw the figure, and print its paths."""
    print(family.report())
    figure = family.draw()
    for suffix in ("png", "pdf"):
        print(save(figure, out / f"light_family.{suffix}"))


if __name__ == "__main__":
    parser = Parser(description=__doc__.partition("\n\n")[0])
    parser.add_argument(
        "--out", type=as_path, default=Path("light"), metavar="DIR", help="for the figure"
    )
    options = parser.parse_args()
    sys.exit(run_script("light_family", lambda: write(options.out), out=options.out))
