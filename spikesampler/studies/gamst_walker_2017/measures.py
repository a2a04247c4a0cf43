"""What the measures of this paper share: networks of each optimiser, and the shape of a Study."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from spikesampler.networks.optimizers import STUDIED
from spikesampler.stats.ruling import number_said
from spikesampler.studies.finding import Finding
from spikesampler.studies.gamst_walker_2017.claim import NAMES
from spikesampler.studies.gamst_walker_2017.training_folder import Trained, train_or_load
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study, Work

#: the networks of figure 2, which other measures look at too
FULL = {"models": 2048, "steps": 50_000, "optimizers": STUDIED}
QUICK = {"models": 8, "steps": 100, "optimizers": ("momentum",)}


def trained_by(work: Work, optimizers: Sequence[str], **settings: Any) -> dict[str, Trained]:
    """{optimiser: its networks}, trained below the folder of the work unless they were before."""
    settings |= {"seed": work.seed, "workers": work.workers}
    return {name: train_or_load(work.runs, optimizer=name, **settings) for name in optimizers}


def gathered(measure: Callable[[Trained], xr.Dataset], work: Work, **networks: Any) -> xr.Dataset:
    """What is measured at the networks of each optimiser, as one Dataset.

    networks : what `trained_by` takes.
    """
    trained = trained_by(work, **networks)
    dataset = stacked({name: measure(one) for name, one in trained.items()})
    dataset.attrs = attributes(work, trained.popitem()[1].networks, networks)
    return dataset


def stacked(rows: Mapping[str, xr.Dataset], dimension: str = "optimizer") -> xr.Dataset:
    """One Dataset of several alike, along a new dimension with their names; `target` is shared."""
    names = xr.DataArray(list(rows), dims=dimension, name=dimension)
    several = list(rows.values())
    own = [name for name in several[0] if name != "target"]
    return xr.concat(
        several, names, data_vars=own, coords="minimal", compat="equals", combine_attrs="override"
    )


def attributes(
    work: Work, source: xr.Dataset, networks: Mapping[str, Any], **settings: Any
) -> dict[str, Any]:
    """Attributes of a dataset: seed, settings, and by which commit on which processor it was made.

    source : a Dataset of the networks, or of what was measured around them.
    """
    sizes = {name: networks[name] for name in ("models", "steps") if name in networks}
    origin = {name: source.attrs[name] for name in ("commit", "cpu")}
    return sizes | {"seed": work.seed} | settings | origin


def by_optimizer(dataset: xr.Dataset) -> Iterator[tuple[str, xr.Dataset]]:
    """(optimiser, its part of the dataset), one after the other."""
    return ((str(name), dataset.sel(optimizer=name)) for name in dataset["optimizer"].values)


def study(
    name: str,
    heading: str,
    about: str,
    gather: Callable[..., xr.Dataset],
    full: Mapping[str, Any],
    quick: Mapping[str, Any],
    facts: Callable[[xr.Dataset], Mapping[str, Any]],
    draw: Callable[[xr.Dataset], Figure],
    quick_help: str,
    findings: Callable[[xr.Dataset], Sequence[Finding]] = lambda dataset: (),
    minutes: float = 1.0,
) -> Study:
    """The Study of one figure or remark of the paper, whose report is templates/NAME.md.

    heading : of its section. about : docstring of its module, whose first paragraph is the title.
    facts : what the report says, beside the `names` of optimisers. findings : a row for each claim
    that it settles. minutes : of one core.
    """

    def said(dataset: xr.Dataset) -> str:
        return render(
            __file__, f"templates/{name}.md", names=NAMES, number=number_said, **facts(dataset)
        )

    def report(dataset: xr.Dataset) -> str:
        claims = [
            f"{row.claim} ({row.reading}): {row.verdict}; {row.number}; {row.rule}"
            for row in findings(dataset)
        ]
        return "\n\n".join([said(dataset), *claims])

    def section(dataset: xr.Dataset) -> str:
        words = {"name": name, "heading": heading, "report": said(dataset)}
        return render(__file__, "templates/measure.md", **words)

    part = Part(gather, full, quick, minutes=minutes)
    title = " ".join(about.partition("\n\n")[0].split())
    others = {"quick_help": quick_help, "findings": lambda datasets: findings(datasets[name])}
    return Study.of_one(name, title, part, report, {name: draw}, section, **others)
