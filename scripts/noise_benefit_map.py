"""Maps of noise's benefit: where does it help, where does it hurt, and is it its structure or only
its power?

Noise of the arms `weight` and `constant_matched` (equal power at the start, no dependence on the
weight) against `none` and against each other, seed by seed, in test accuracy and time to escape.
Three maps, from the plateau, 43 200 samples:

start  mean of theta at the start x noise scale
step   learning rate b x sample amplification N
task   spread of the clusters x number of classes K

648 runs, about an hour and a quarter on two cores. It writes
OUT/data/noise_benefit_{start,step,task}.nc and
OUT/docs/figures/noise_benefit_{start,step,task}.png, and prints each cell in words. Ctrl-C stops it
at any moment, and the next call goes on; the runs stay in RUNS.

    python scripts/noise_benefit_map.py --quick --out maps
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from spikesampler import Sweep, load_model, sweep
from spikesampler.experiments.printed import printed_interval
from spikesampler.experiments.sweep_table import failure_lines
from spikesampler.store.datasets import save_dataset
from spikesampler.studies.command import run_script
from spikesampler.studies.fang_2018.benefit import benefit, chance_rates, in_words
from spikesampler.studies.fang_2018.benefit_figure import as_ratio, as_value, benefit_figure

MAPS = {
    "start": {"plateau_mean": (-4, -3, -2, 0.5), "noise_scale": (0.1, 0.3, 1, 3)},
    "step": {"b": (1e-5, 3e-5, 1e-4, 3e-4), "N": (30, 100, 300)},  # b in 1/s
    "task": {"cluster_spread": (0.02, 0.04, 0.08, 0.16), "K": (5, 10, 20)},
}
TITLES = {
    "start": "Where learning starts, and the noise scale",
    "step": "Learning rate and sample amplification",
    "task": "Spread and number of the clusters",
}
ARMS = ("weight", "constant_matched")
FULL = {"samples": 43_200, "test_samples": 1000, "probe_every": 600, "probe_samples": 80}
QUICK = {"samples": 200, "test_samples": 50, "probe_every": 50, "probe_samples": 40}
TINY = {"I": 200, "K": 5, "D": 2}


def design(name, quick):
    """Arguments of `sweep` for one map; the quick one has a small network and the corners of the
    map.
    """
    grid = {
        parameter: values[:: len(values) - 1] if quick else values
        for parameter, values in MAPS[name].items()
    }
    chosen = (
        {parameter: value for parameter, value in TINY.items() if parameter not in grid}
        if quick
        else None
    )
    return {
        "grid": grid,
        "set": chosen,
        "arms": ("none", *ARMS),
        "start": "plateau",
        "record": "none",
        **(QUICK if quick else FULL),
    }


def run_maps(options):
    """Run what is missing of the three sweeps, and put their datasets into OUT/data."""
    for name in MAPS:
        print(f"noise_benefit_map: {name}", file=sys.stderr)
        folder, arguments = options.runs / name, design(name, options.quick)
        swept = sweep(
            "fang_2018",
            seeds=options.seeds,
            first_seed=options.seed,
            workers=options.workers,
            dask=options.dask,
            out=folder,
            resume=folder.exists(),
            **arguments,
        )
        print("\n".join(failure_lines(swept.failures)), end="", file=sys.stderr)
        save_map(swept.dataset, arguments, data_file(options.out, name))


def data_file(out, name):
    return out / "data" / f"noise_benefit_{name}.nc"


def save_map(dataset, arguments, path):
    """The dataset without curves, compressed; with the sizes that it does not tell and its chance
    rates.
    """
    seconds = arguments["probe_every"] * load_model("fang_2018")["sample_length"]
    sizes = {name: arguments[name] for name in ("test_samples", "probe_samples")} | {
        "probe_seconds": seconds
    }
    small = dataset.drop_dims("sample_block", errors="ignore")
    small = small.assign_attrs(sizes | chance_rates(small, seconds))
    save_dataset(small, path)


def read_maps(out):
    """{name: what `benefit` finds in the map} from OUT/data."""
    datasets = {name: Sweep(data_file(out, name)).dataset for name in MAPS}
    return {
        name: benefit(dataset, dataset.attrs["probe_seconds"]) for name, dataset in datasets.items()
    }


def draw_maps(maps, out):
    """The figures, into OUT/docs/figures; their paths."""
    from spikesampler.figures import save

    figures = {name: benefit_figure(found) for name, found in maps.items()}
    return [
        save(fig, out / "docs" / "figures" / f"noise_benefit_{name}.png", dpi=160)
        for name, fig in figures.items()
    ]


# --- in words -----


def as_text(found):
    """A line per cell: what either arm does to accuracy and escape, and by what where noise
    helps.
    """
    words, (y, x) = in_words(found), found["difference"].dims[1:]
    lines = [f"{y:<16}{x:<13}{'weight':<40}{'constant_matched':<40}{'helps by':<12}sooner by"]
    for row in words[y].values:
        for column in words[x].values:
            one = words.sel({y: row, x: column})
            arms = [
                ", ".join(str(one[name].values[i]) for name in ("accuracy", "escape"))
                for i in (0, 1)
            ]
            by = [one[f"{name}_by"].item() or "–" for name in ("accuracy", "escape")]
            lines.append(f"{row:<16g}{column:<13g}{arms[0]:<40}{arms[1]:<40}{by[0]:<12}{by[1]}")
    return "\n".join(lines)


def counted(said, *kinds):
    """In how many cells each of these words stands: "helps in 2, hurts in 9"; other words only
    where they stand.
    """
    others = sorted({str(word) for word in said.ravel()} - {*kinds})
    return ", ".join(f"{kind} in {(said == kind).sum()}" for kind in (*kinds, *others))


def counts(words, said, good, bad):
    """The words of one measure for all three contrasts, and by what, in counts of cells."""
    weight, matched, own = (counted(one, good, bad) for one in words[said].values)
    own = own.replace("helps", "better").replace("hurts", "worse")
    by = words[f"{said}_by"].values
    text = (
        f"`weight` {weight}; `constant_matched` {matched}; `weight` against `constant_matched`"
        f" {own}."
    )
    if (better := (by != "").sum()) == 0:
        return text
    found = counted(by[by != ""], "structure", "power", "undecided")
    return (
        f"{text} Where noise {good if said == 'accuracy' else 'is sooner'} ({better} of {by.size}"
        f" cells): {found}."
    )


def extremes(found, arm):
    """The cells with the highest and the lowest difference to `none`, in words."""
    cells = found.sel(contrast=f"{arm} - none").stack(cell=found["difference"].dims[1:])
    places, told = (
        np.argsort(cells["difference"].values)[: int(cells["difference"].notnull().sum())],
        [],
    )
    for place in places[[-1, 0]] if len(places) else ():
        one = cells.isel(cell=int(place))
        where = ", ".join(
            f"{name} = {as_value(one[name].item())}" for name in found["difference"].dims[1:]
        )
        row = {name: one[name].item() for name in found.data_vars}
        told.append(f"{printed_interval(row, 'difference', '+.3f')} at {where}")
    return (
        f"`{arm}` − `none` in accuracy is highest with {', and lowest with '.join(told)}."
        if told
        else ""
    )


def by_chance(found, name):
    """As how many cells of the three contrasts would be bold by chance, in words."""
    known = np.isfinite(found[name].values).sum(axis=(1, 2))
    rates = np.nan_to_num(found.attrs[f"chance_rate_{name}"])
    return ", ".join(f"{rate * of:.1f} of {of}" for rate, of in zip(rates, known))


def sentences(found):
    """What the map says."""
    words = in_words(found)
    total = words["accuracy"][0].size
    return [
        line
        for line in (
            f"Test accuracy, {total} cells: {counts(words, 'accuracy', 'helps', 'hurts')}",
            f"Escape, {total} cells: {counts(words, 'escape', 'sooner', 'later')}",
            *(extremes(found, arm) for arm in ARMS),
            (
                f"By chance, {by_chance(found, 'difference')} cells of the three contrasts would be"
                f" bold in accuracy, and {by_chance(found, 'ratio')} in escape."
            ),
        )
        if line
    ]


def table(found, contrast):
    """Difference with its interval, and ratio, of one contrast in each cell; bold where they
    exclude no difference.
    """
    one, words = found.sel(contrast=contrast), in_words(found).sel(contrast=contrast)
    (y, x), clear = one["difference"].dims, ("helps", "hurts", "sooner", "later")
    lines = [
        f"| `{y}` ↓ `{x}` → | " + " | ".join(map(as_value, one[x].values)) + " |",
        "|---" * (1 + one.sizes[x]) + "|",
    ]
    for i, row in enumerate(one[y].values):
        cells = []
        for j in range(one.sizes[x]):
            here, said = one.isel({y: i, x: j}), words.isel({y: i, x: j})
            texts = (
                printed_interval(
                    {name: here[name].item() for name in one.data_vars}, "difference", "+.3f"
                ),
                as_ratio(here["ratio"].item(), said["bound"].item()),
            )
            marks = ("**" * (said[name].item() in clear) for name in ("accuracy", "escape"))
            cells.append("; ".join(f"{mark}{text}{mark}" for mark, text in zip(marks, texts)))
        lines.append(f"| {as_value(row)} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def section(maps):
    """The part of docs/verdicts.md that is about the maps."""
    found = next(iter(maps.values()))
    attrs = found.attrs
    lines = [
        "## Where noise helps: three maps",
        "",
        (
            "`scripts/noise_benefit_map.py`: `weight` and `constant_matched` against `none` and"
            " against each other, over two parameters at a time, the others as in the model. Model"
            f" {attrs['model']}, start {found['start'].item()}, {attrs['samples']} samples,"
            f" {attrs['seeds']} seeds, {attrs['test_samples']} samples in the test, probes of"
            f" {attrs['probe_samples']} samples every {attrs['probe_seconds']:g} s. Runs of commit"
            f" {attrs['commit']} on {attrs['cpu']}."
        ),
        "",
        (
            "Differences are of the test accuracy within pairs of equal seed, ratios of the times"
            " to escape, geometric means over the pairs (below 1: sooner). A run escapes when its"
            " probe exceeds half-way from chance to the Bayes-optimal accuracy on its own test"
            " samples. One that does not counts with its length: the ratio is then at most (`<`) or"
            " at least (`>`) the number given, or, where runs of both arms do not escape, one of"
            " times cut off there (`~`); a dash: no run escapes. Bold, and not hatched in the"
            " figures: the 95 % bootstrap interval of the cell, not corrected for the number of"
            " cells, excludes zero (a ratio of 1). Then noise *helps* or *hurts*, is *sooner* or"
            " *later*; by chance, as many cells would be bold if each seed's deviation from a"
            " cell's mean had a random sign. What does it is the noise's *structure* where `weight`"
            " does it and is better than `constant_matched` too, its *power* where"
            " `constant_matched` does it and `weight` is not better, and *undecided* elsewhere."
        ),
        "",
    ]
    for name, one in maps.items():
        lines += [
            f"### {TITLES[name]}",
            "",
            f"![{TITLES[name]}](figures/noise_benefit_{name}.png)",
            "",
            *(f"- {text}" for text in sentences(one)),
            "",
        ]
        for arm in ARMS:
            lines += [
                f"`{arm}` against `none`, difference of test accuracies; ratio of times to escape:",
                "",
                *table(one, f"{arm} - none"),
            ]
    return lines


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="a small network, corners of the maps, two seeds"
    )
    parser.add_argument("--seeds", type=int, help="number of seeds (default: 6)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--workers", type=int, help="processes at a time")
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="a Dask scheduler whose workers run the points instead"
    )
    parser.add_argument(
        "--runs", type=Path, help="folder of the runs (default: OUT/runs/noise_benefit)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("noise_benefit"), metavar="DIR", help="for data/ and docs/"
    )
    options = parser.parse_args(arguments)
    options.seeds = options.seeds if options.seeds is not None else (2 if options.quick else 6)
    options.runs = options.runs or options.out / "runs" / "noise_benefit"
    return options


def make(options):
    """Runs, datasets and figures; prints where these are and what each cell says."""
    run_maps(options)
    maps = read_maps(options.out)
    for name, path in zip(maps, draw_maps(maps, options.out)):
        print(f"{path}\n{as_text(maps[name])}")


def main(arguments=None):
    options = parse(arguments)
    return run_script("noise_benefit_map", lambda: make(options))


if __name__ == "__main__":
    sys.exit(main())
