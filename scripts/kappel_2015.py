"""Kappel et al. (2015): a circuit that is told no class learns clusters of stimuli, and learns anew
when they change.

"Network Plasticity as Bayesian Inference", PLoS Comput. Biol. 11(11):e1004485,
doi:10.1371/journal.pcbi.1004485. The claim: synapses that keep sampling from a posterior make up
for changes that nobody foresaw, while connections come and go for ever. The temperature T
multiplies the variance of their noise: T = 1 samples, T = 0 climbs the same gradient, prior
included, without noise. Within a seed both see the same stimuli and input spikes and start from the
same theta.

A network learns for half of the samples (`learn`). For the other half it goes on, or another one
begins:
  swap   the clusters are replaced by those of another seed; the inputs keep their tuning curves
  stay   the same clusters again: what the passage from half to half does by itself
  anew   the new clusters, for a network that starts from the prior: what there is to be learnt,
      without a past
`swap` and `anew` also for a twelfth of that time, with probes close together.

Measured against time, for each T and seed:
  entropy      H(class | winner) / H(class) on held-out samples, all frozen: 0 if the winner tells
      the class
  connected    share of the synapses with theta > 0; `changed`: share that crossed 0, either way,
      since the last probe
  selectivity  (r_p - r_o) / (r_p + r_o) of an output in the learning samples since the last probe,
               r_p its mean rate for the cluster it prefers, r_o for the others; `selective`:
               outputs above 0.8, which is what an equal response to two clusters of ten would give
The table has them before and after the swap, T by T and T = 1 less T = 0, seed by seed: mean, 95 %
bootstrap interval, Wilcoxon's p, and p corrected for the differences between temperatures, or for
the others (Holm).

Our choices: another layout of the clusters as the change (the paper's own experiments change the
number of clusters, or perturb the network); ten outputs for ten clusters, and excitability that
aims at equal shares, as in the model's file. The second half starts with the weights of the first
and everything else at rest: excitability is 0 again, which `stay` shares. A seed has one sequence
of classes and of deviations from the centre, so the second half repeats that of the first, `stay`
with the very same stimuli (not the same spikes), `swap` and `anew` around new centres.

    python scripts/kappel_2015.py --quick --out kappel        a minute
    python scripts/kappel_2015.py --out kappel                120 runs, 0.4 GB; goes on where it was
    stopped python scripts/kappel_2015.py --redraw kappel/curves.nc
"""

import argparse
import csv
import io
import itertools
import os
import sys
from pathlib import Path

import numpy as np

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.experiments.comparison_result import origin
from spikesampler.experiments.points import run_in_processes
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.settings import resolve
from spikesampler.jobs.progress import Progress
from spikesampler.stats.responses import class_rates, preferred_class, selectivity
from spikesampler.store import atomic, folders
from spikesampler.store.datasets import save_dataset
from spikesampler.store.learning import read_learning
from spikesampler.studies.scripting import run_script

FIRST, AFTER = ("learn", "anew", "anew_early"), ("stay", "swap", "swap_early")
PHASES = FIRST + AFTER  #: those of AFTER start from the weights of `learn`
TEMPERATURES = (0, 1)
NEW = 1000  #: seed of the new clusters less that of the run
EARLY = 12  #: a close look takes this part of the time
SELECTIVE = 0.8
MOMENT = 100  #: samples in which responses are shown
CURVES = {
    "entropy": "H(class | winner) / H(class)",
    "connected": "share of synapses with theta > 0",
    "changed": "share of synapses that crossed theta = 0 since the last probe",
    "selectivity": "mean selectivity of the outputs",
    "selective": f"outputs with selectivity > {SELECTIVE}",
}
FATES = {
    "lost": "share of the synapses connected at the start that are not at the end",
    "formed": "share of the synapses connected at the end that were not at the start",
}


def run_folder(out, phase, temperature, seed):
    return Path(out) / "runs" / f"T{temperature}-{phase}-seed{seed}"


def phase_sizes(phase, samples, probes):
    """Learning samples of a phase, and samples between its probes."""
    every = samples // 2 // probes
    if every < EARLY or every * probes < MOMENT:
        least = 2 * probes * max(EARLY, -(-MOMENT // probes))
        raise InputError(f"samples={samples}: expected at least {least}; give --samples {least}")
    every //= EARLY if phase.endswith("_early") else 1
    return every * probes, every


def phase_settings(
    out, phase, temperature, seed, samples=43_200, probes=40, probe_samples=300, parameters=None
):
    """Settings of one run; those of AFTER ask for the finished run that they start from."""
    kind, (length, every) = phase.split("_")[0], phase_sizes(phase, samples, probes)
    return resolve(
        "kappel_2015",
        noise=f"constant:noise_scale={temperature}:replicate={int(kind != 'learn')}",
        start=run_folder(out, "learn", temperature, seed) if phase in AFTER else "prior",
        data=f"clusters:{seed if kind in ('learn', 'stay') else seed + NEW}",
        samples=length,
        probe_every=every,
        probe_samples=probe_samples,
        test_samples=probe_samples,
        seed=seed,
        record="none",
        set=parameters,
    )


def run_phases(out, seeds, workers, samples, **options):
    """All runs of all seeds; finished ones stay as they are."""
    points, circuits = {}, [(T, seed) for seed in seeds for T in TEMPERATURES]
    lengths = [phase_sizes(phase, samples, options["probes"])[0] for phase in PHASES]

    def look(_):
        ready = [one.samples for folder, one in points.items() if (folder / "learning.nc").exists()]
        say(
            sum(ready),
            sum(lengths) * len(circuits),
            f"{len(ready)} of {len(PHASES) * len(circuits)} runs finished",
        )

    with Progress("kappel_2015") as say:
        for phases in (FIRST, AFTER):
            places = [(phase, *circuit) for circuit in circuits for phase in phases]
            new = {
                run_folder(out, *one): phase_settings(out, *one, samples=samples, **options)
                for one in places
            }
            points |= new
            run_in_processes(new, Path(out) / "runs", workers, look)


def measure(result):
    """The curves of a run, its responses in its first and last moment, and the fate of its
    connections.
    """
    learning, sample_length = (
        result.learning,
        result.manifest["parameters"]["sample_length"]["value"] / 1000,
    )
    counts, labels, seen = (
        learning[name].values for name in ("spike_counts", "label", "probe_samples_seen")
    )

    def rates(part):
        return class_rates(counts[part], labels[part], learning.sizes["class"], sample_length)

    blocks = [selectivity(rates(slice(*block))) for block in itertools.pairwise(seen)]
    connected = learning["theta"].values > 0
    first, last = connected[0], connected[-1]
    return {
        "time": learning["probe_time"].values,
        "entropy": learning["probe_entropy"].values,
        "connected": connected.mean(axis=(1, 2)),
        "changed": np.r_[np.nan, (connected[1:] != connected[:-1]).mean(axis=(1, 2))],
        "selectivity": np.r_[np.nan, [block.mean() for block in blocks]],
        "selective": np.r_[np.nan, [(block > SELECTIVE).sum() for block in blocks]],
        "rate": np.array([rates(slice(MOMENT)).T, rates(slice(-MOMENT, None)).T]),
        "lost": (first & ~last).sum() / max(first.sum(), 1),
        "formed": (last & ~first).sum() / max(last.sum(), 1),
    }


def gather(measured, seeds, **attrs):
    """{(phase, T, seed): what `measure` gives} as one xarray Dataset in float32; see
    `figures.selectivity.swap_figure`.

    Besides: selectivity (temperature, phase, seed, probe); lost and formed (temperature, phase,
    seed).
    """
    import xarray

    def collect(name):
        return np.array(
            [
                [[measured[phase, T, seed][name] for seed in seeds] for phase in PHASES]
                for T in TEMPERATURES
            ],
            np.float32,
        )

    over = ("temperature", "phase", "seed")
    variables = {
        name: ((*over, "probe"), collect(name), {"units": "1", "long_name": text})
        for name, text in CURVES.items()
    }
    variables |= {
        name: (over, collect(name), {"units": "1", "long_name": text})
        for name, text in FATES.items()
    }
    text = "mean rate of an output for each cluster, in the first and last moment of the phase"
    variables["rate"] = (
        (*over, "moment", "output", "class"),
        collect("rate"),
        {"units": "Hz", "long_name": text},
    )
    variables["time"] = (("phase", "probe"), collect("time")[0, :, 0], {"units": "s"})
    coords = {"temperature": list(TEMPERATURES), "phase": list(PHASES), "seed": list(seeds)}
    return xarray.Dataset(variables, coords | {"moment": ["first", "last"]}, attrs)


def at_end(dataset, name, phase):
    """Mean over the last quarter of the probes of a phase: (temperature, seed)."""
    curve = dataset[name].sel(phase=phase).values.astype(float)
    return curve[..., -(curve.shape[-1] // 4) :].mean(axis=-1)


def half_time(dataset, kind):
    """Seconds until the entropy first is half-way from its start to its last quarter: (temperature,
    seed).

    Taken from the close look as long as that lasts; a network that never gets there counts with the
    whole phase.
    """
    close, whole = dataset.sel(phase=f"{kind}_early"), dataset.sel(phase=kind)
    later = whole["time"].values > close["time"].values[-1]
    time = np.r_[close["time"].values, whole["time"].values[later]].astype(float)
    entropy = np.concatenate(
        [close["entropy"].values, whole["entropy"].values[..., later]], axis=-1
    )
    half = (entropy[..., 0] + at_end(dataset, "entropy", kind)) / 2
    return stats.escape(time, half[..., np.newaxis] - entropy, 0.0).seconds


def outcomes(dataset):
    """{measure: (unit, is it compared with zero, values (temperature, seed))}: what the table
    has.
    """
    entropy = {phase: dataset["entropy"].sel(phase=phase).values.astype(float) for phase in PHASES}
    rise = {phase: entropy[phase][..., 0] - entropy["learn"][..., -1] for phase in ("swap", "stay")}
    end = {phase: at_end(dataset, "entropy", phase) for phase in PHASES}
    close = {kind: entropy[f"{kind}_early"].mean(axis=-1) for kind in ("swap", "anew")}
    halves = {kind: half_time(dataset, kind) for kind in ("swap", "anew")}
    percent = {name: 100 * dataset[name].astype(float) for name in FATES}
    fates = {
        (name, phase): percent[name].sel(phase=phase).values
        for name in FATES
        for phase in ("swap", "stay")
    }
    preferred = preferred_class(
        dataset["rate"].transpose("phase", "moment", ..., "class", "output").values
    )
    preferred = dict(zip(PHASES, preferred))  # phase: (moment, temperature, seed, output)
    found = np.apply_along_axis(lambda one: len({*one} - {-1}), -1, preferred["learn"][1])
    moved = {
        phase: (preferred[phase][0] != preferred[phase][1]).sum(axis=-1)
        for phase in ("swap", "stay")
    }
    return {
        "entropy, learnt": ("1", False, end["learn"]),
        "selectivity, learnt": ("1", False, at_end(dataset, "selectivity", "learn")),
        "selective outputs, learnt": ("outputs", False, at_end(dataset, "selective", "learn")),
        "clusters that an output prefers, learnt": ("clusters", False, found),
        "connected, learnt": ("%", False, 100 * at_end(dataset, "connected", "learn")),
        "rise of the entropy, swap": ("1", True, rise["swap"]),
        "rise of the entropy, stay": ("1", True, rise["stay"]),
        "half-time of the entropy, swap": ("s", False, halves["swap"]),
        "half-time of the entropy, anew": ("s", False, halves["anew"]),
        "half-time of the entropy, swap - anew": ("s", True, halves["swap"] - halves["anew"]),
        "entropy close to the swap, swap - anew": ("1", True, close["swap"] - close["anew"]),
        "entropy in the end, swap": ("1", False, end["swap"]),
        "entropy in the end, swap - stay": ("1", True, end["swap"] - end["stay"]),
        "entropy in the end, swap - anew": ("1", True, end["swap"] - end["anew"]),
        "outputs that change cluster, swap": ("outputs", False, moved["swap"]),
        "outputs that change cluster, stay": ("outputs", False, moved["stay"]),
        "connections lost, swap": ("%", False, fates["lost", "swap"]),
        "connections lost, stay": ("%", False, fates["lost", "stay"]),
        "connections lost, swap - stay": ("%", True, fates["lost", "swap"] - fates["lost", "stay"]),
        "connections formed, swap": ("%", False, fates["formed", "swap"]),
        "connections formed, stay": ("%", False, fates["formed", "stay"]),
        "changed between probes in the end, stay": (
            "%",
            False,
            100 * at_end(dataset, "changed", "stay"),
        ),
    }


def table(dataset):
    """Rows: each measure for each T, and T = 1 less T = 0 seed by seed; p corrected within each of
    the two families.
    """
    columns, rows = ("measure", "unit", "of", "mean", "low", "high", "p", "seeds"), []
    for name, (unit, with_zero, values) in outcomes(dataset).items():
        for T, one in zip(TEMPERATURES, values):
            mean, low, high, number = stats.bootstrap_interval(one)
            p = stats.paired_difference(one, 0 * one).p if with_zero else np.nan
            rows.append(dict(zip(columns, (name, unit, f"T={T}", mean, low, high, p, number))))
        rows.append(
            dict(
                zip(
                    columns,
                    (name, unit, "difference", *stats.paired_difference(values[1], values[0])),
                )
            )
        )
    for differences in (True, False):
        family = [row for row in rows if (row["of"] == "difference") is differences]
        for row, p in zip(family, stats.holm([row["p"] for row in family])):
            row["p_holm"] = float(p)
    return rows


def as_text(rows):
    """A line per measure."""
    lines = {
        row["measure"]: f"{row['measure']} ({row['unit']})".replace(" (1)", "").ljust(54)
        for row in rows
    }
    for row in rows:
        digits = {"1": 3, "%": 2, "s": 0}.get(row["unit"], 1)
        mean, low, high = (
            f"{round(row[name], digits) + 0.0:.{digits}f}" for name in ("mean", "low", "high")
        )
        cell = f"{mean} [{low}, {high}]"
        p = f" p={row['p_holm']:.2g}" if np.isfinite(row["p_holm"]) else ""
        lines[row["measure"]] += f"{cell + p:<33}"
    head = f"{'':<54}{'T = 0':<33}{'T = 1':<33}T = 1 less T = 0"
    foot = (
        f"mean [95 % bootstrap interval] over {rows[0]['seeds']} seeds; p of Wilcoxon's test,"
        " corrected by Holm"
    )
    return "\n".join([head, *map(str.rstrip, lines.values()), foot]).replace("nan", "–")


def show(dataset, out):
    """Write the table and the figure, and print them or where they are."""
    from spikesampler.figures import save
    from spikesampler.figures.selectivity import swap_figure

    rows, text = table(dataset), io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    folders.make_folder(out)
    atomic.atomic_write_bytes(out / "table.csv", text.getvalue().encode())
    print(as_text(rows))
    fig = swap_figure(dataset)
    for name in ("kappel_2015.png", "kappel_2015.pdf"):
        print(save(fig, out / name))


def learn(options):
    """Do the runs, and write their curves; returns the dataset."""
    seeds = [options.seed + n for n in range(options.seeds)]
    sizes = {
        "samples": options.samples,
        "probes": 4 if options.quick else 40,
        "probe_samples": 100 if options.quick else 300,
    }
    if options.seeds < 1 or options.workers < 1:
        raise InputError(
            f"seeds={options.seeds}, workers={options.workers}: expected at least 1 of each"
        )
    run_phases(options.out, seeds, options.workers, **sizes)
    places = [(phase, T, seed) for phase in PHASES for T in TEMPERATURES for seed in seeds]
    results = {place: Result(run_folder(options.out, *place), verify=False) for place in places}
    made = origin([result.manifest for result in results.values()])
    made = {name: made[name] for name in ("commit", "cpu", "compiler", "versions")}
    parameters = results[places[0]].manifest["parameters"]
    seconds = parameters["sample_length"]["value"] / 1000
    dataset = gather(
        {place: measure(result) for place, result in results.items()},
        seeds,
        model="kappel_2015",
        **sizes,
        **made,
        total_rate=parameters["rho"]["value"],
        moment=MOMENT * seconds,
    )
    save_dataset(dataset, options.out / "curves.nc")
    return dataset


def make(options):
    """The curves, learnt or read, as table and figure."""
    dataset = read_learning(options.redraw) if options.redraw else learn(options)
    if missing := {*CURVES, *FATES, "rate", "time"} - {*dataset.data_vars}:
        raise InputError(
            f"{options.redraw} has no {min(missing)}: give the curves.nc of this script"
        )
    show(dataset, options.out)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="two seeds and 800 samples: whether it works"
    )
    parser.add_argument("--seeds", type=int, help="number of seeds (default: 10)")
    parser.add_argument(
        "--samples", type=int, help="learning samples of both halves (default: 43 200, 2.4 h)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        help="runs at a time (default: the cores)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="for runs, curves, table and figure"
    )
    parser.add_argument(
        "--redraw",
        type=Path,
        metavar="FILE",
        help="table and figure of these curves, without a run",
    )
    options = parser.parse_args(arguments)
    options.out = options.out or (options.redraw.parent if options.redraw else Path("kappel_2015"))
    options.seeds = options.seeds if options.seeds is not None else (2 if options.quick else 10)
    options.samples = (
        options.samples if options.samples is not None else (800 if options.quick else 43_200)
    )
    advice = "; finished runs are kept: give the same command again"
    return run_script("kappel_2015", lambda: make(options), advice)


if __name__ == "__main__":
    sys.exit(main())
