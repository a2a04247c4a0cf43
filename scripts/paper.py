"""Everything that docs/verdicts.md says: the comparisons behind it, their datasets in data/,
figures and verdicts.

Fang, Yu & Chen (2018) claim almost 20 % higher accuracy with noise, in learning and in test. Eight
studies, whose arms, seeds were fixed before they ran; the rules of decision are
spikesampler/experiments/verdicts.py:

study      the paper's network and time, all arms, noise scales and schedules, from both starts
early      the first 400 s from `prior`, probed every 4 s: who escapes first where everybody escapes
    soon
step       learning rates b from 1e-5 to 1e-3 /s: how much of the online accuracy is the label's
    leak
posterior  `weight_posterior` with b divided by N alpha e^w at w = 0, so that it moves about as fast
    as the other arms
digits     the same comparison on scikit-learn's digits, a stand-in for MNIST and CIFAR-10
kappel     scripts/kappel_2015.py: the unsupervised circuit, at T = 0 and T = 1, and a change of the
    clusters
maps       scripts/noise_benefit_map.py: where noise helps, over three pairs of parameters
landscape  scripts/fang_2018_saddle.py, fang_2018_gradient.py and strict_saddle_cases.py: the
    theorem behind the noise
others     scripts/gamst_walker.py, position_wise.py, position_wise_depth.py, light_tables.py and
           light_edge_of_stability.py: the companion papers

and scripts/fang_2018_fig2.py of `study`. About six hours on two cores. Ctrl-C stops it at any
moment, and the next call goes on. --redraw makes figures and verdicts from the datasets in data/
alone.

    python scripts/paper.py --runs runs/paper --out .
"""

import argparse
import shutil
import sys
from pathlib import Path

import fang_2018_fig2
import fang_2018_gradient
import fang_2018_saddle
import gamst_walker
import kappel_2015
import light_edge_of_stability
import light_tables
import noise_benefit_map
import numpy as np
import xarray

from spikesampler import Comparison, compare, stats
from spikesampler.experiments.comparison_result import cell, number
from spikesampler.store import atomic, folders
from spikesampler.store.datasets import save_dataset
from spikesampler.store.learning import read_learning
from spikesampler.studies.scripting import gathered, run_script
from spikesampler.studies.strict_saddle_cases import study as strict_saddle_cases
from spikesampler.studies.study import Work
from spikesampler.studies.valizadeh_2022 import comparison as position_wise
from spikesampler.studies.valizadeh_2022 import depth as position_wise_depth

SIX = ("none", "constant", "weight", "weight_literal", "constant_matched", "weight_posterior")
SCALED = ("weight", "constant_matched")
SCALES = ("0.1", "0.3", "1", "3")
SCHEDULED = ("weight", "constant_matched", "constant")
SCHEDULES = ("linear", "exponential")
STEPS = ("1e-5", "3e-5", "1e-4", "3e-4", "1e-3")  # b in 1/s
OWN_STEP = "1e-4"  # the model's, which `study` has
SLOW_STEP = (  # 1e-4 / (N alpha), N alpha = 13.5: the mobility of `weight_posterior` at w = 0
    "7.4e-6"
)
BOTH = ("prior", "plateau")
REPORTS = {"fang_2018_gradient": fang_2018_gradient}
THEOREM = (strict_saddle_cases.STUDY,)
STAGED = (position_wise.STUDY, position_wise_depth.STUDY)
LIGHT = {"light_tables": light_tables, "light_edge_of_stability": light_edge_of_stability}


def scaled(arm, scale):
    return arm if float(scale) == 1 else f"{arm}:noise_scale={scale}"


FAMILIES = {  # arms of `study` that are corrected together, and what they are about
    "arms": (SIX, "The six arms"),
    **{
        f"scale_{arm}": (
            ("none", *(scaled(arm, scale) for scale in SCALES)),
            f"Noise scales of `{arm}`",
        )
        for arm in SCALED
    },
    "schedule": (
        (
            "none",
            *(f"{arm}:schedule={course}" for course in SCHEDULES for arm in SCHEDULED),
            *SCHEDULED,
        ),
        "Annealed noise",
    ),
}
STUDY = tuple(dict.fromkeys(arm for arms, _ in FAMILIES.values() for arm in arms))


def studies(quick):
    """Arguments of `compare` by study."""
    full = {"probe_every": 500}
    step = {
        f"step_{b}": full | {"arms": ("none", "weight"), "set": {"b": b}}
        for b in STEPS
        if b != OWN_STEP
    }
    plan = {
        "study": full | {"arms": STUDY, "start": BOTH},
        "early": {"arms": SIX, "samples": 2000, "probe_every": 20},
        **step,
        "posterior": full | {"arms": ("none", "weight_posterior"), "set": {"b": SLOW_STEP}},
        "digits": full | {"arms": SIX, "start": BOTH, "data": "digits"},
    }
    if quick:
        small = {"samples": 100, "probe_every": 50, "test_samples": 50, "probe_samples": 50}
        tiny = {"I": 100, "K": 3, "D": 2}
        for name, arguments in plan.items():
            arguments |= small | (
                {} if name == "digits" else {"set": tiny | arguments.get("set", {})}
            )
            if name == "digits":
                arguments["arms"] = ("none", "weight")
    return plan


def run_studies(options):
    """Run what is missing of every study, and put their datasets into OUT/data."""
    data = options.out / "data"
    for name, arguments in studies(options.quick).items():
        print(f"paper: {name}", file=sys.stderr)
        folder = options.runs / name
        comparison = compare(
            "fang_2018",
            seeds=options.seeds,
            first_seed=options.seed,
            record="none",
            workers=options.workers,
            out=folder,
            resume=folder.exists(),
            **arguments,
        )
        # curves in float32; what verdicts are made of stays as it is
        file = data / f"fang_2018_{name}.nc"
        save_dataset(comparison.dataset, file, float32=("online_accuracy",))
    print("paper: kappel", file=sys.stderr)
    kappel = [
        "--seeds",
        str(options.seeds),
        "--seed",
        str(options.seed),
        "--out",
        str(options.runs / "kappel"),
    ]
    kappel += ["--quick"] * options.quick + (
        ["--workers", str(options.workers)] if options.workers else []
    )
    figure = [
        "--comparison",
        str(options.runs / "study"),
        "--start",
        "plateau",
        "--seed",
        str(options.seed),
        "--out",
        str(options.runs / "fig2"),
    ]
    for script, arguments in ((kappel_2015, kappel), (fang_2018_fig2, figure)):
        if status := script.main(arguments):
            raise SystemExit(status)
    shutil.copy(options.runs / "kappel" / "curves.nc", data / "kappel_2015.nc")
    folders.make_folder(options.out / "docs" / "figures")
    shutil.copy(options.runs / "fig2" / "fig2.png", options.out / "docs" / "figures" / "fig2.png")
    run_maps(options)
    run_landscape(options)


def run_maps(options):
    """The maps of scripts/noise_benefit_map.py, with its number of seeds where none is given."""
    maps = [
        "--out",
        str(options.out),
        "--runs",
        str(options.runs / "noise_benefit"),
        "--seed",
        str(options.seed),
    ]
    maps += ["--quick"] * options.quick + ["--seeds", str(options.map_seeds)] * (
        options.map_seeds is not None
    )
    maps += ["--workers", str(options.workers)] if options.workers else []
    noise_benefit_map.run_maps(noise_benefit_map.parse(maps))


def run_landscape(options):
    """The saddle criterion on its own runs, the network's gradient, functions with known answers,
    other papers.
    """
    saddle = [
        "--out",
        str(options.out),
        "--runs",
        str(options.runs / "saddle"),
        "--seed",
        str(options.seed),
    ]
    saddle += ["--quick"] * options.quick + ["--seeds", str(options.map_seeds)] * (
        options.map_seeds is not None
    )
    saddle += ["--workers", str(options.workers)] if options.workers else []
    fang_2018_saddle.measure_all(fang_2018_saddle.parse(saddle))
    for name, module in (*REPORTS.items(), *LIGHT.items()):
        path = options.out / "data" / f"{name}.nc"
        if not path.exists() or options.quick:
            print(f"paper: {name}", file=sys.stderr)
            save_dataset(gathered(vars(module), options.seed, options.quick, options.runs), path)
    for companion in (*THEOREM, *STAGED):
        companion.measure(options.out / "data", Work(options.seed, options.runs), options.quick)
    gamst_walker.measure(options.out, options.runs / "gamst_walker", options.seed, options.quick)


def draw(options):
    """Figures in OUT/docs/figures and OUT/docs/verdicts.md from the datasets in OUT/data."""
    from spikesampler.figures import save
    from spikesampler.figures.selectivity import swap_figure

    data, figures = options.out / "data", options.out / "docs" / "figures"
    opened = {name: Comparison(data / f"fang_2018_{name}.nc") for name in studies(options.quick)}
    study = opened["study"]
    own = study.select(("none", "weight"), "prior")
    steps = {b: own if b == OWN_STEP else opened[f"step_{b}"] for b in STEPS}
    kappel = read_learning(data / "kappel_2015.nc")
    pictures = {
        "kappel_2015": swap_figure(kappel),
        "learning_curves": study.select(SIX).figure(),
        "accuracies": study.select(SIX).accuracies_figure(),
        "escapes": study.select(SIX).escapes_figure(),
        "early": opened["early"].escapes_figure(),
        "scales": scales_figure(study),
        "schedules": study.select(FAMILIES["schedule"][0]).figure(),
        "leak": leak_figure(steps),
        "digits": opened["digits"].accuracies_figure(),
    }
    for name, fig in pictures.items():
        save(fig, figures / f"{name}.png", dpi=160)
    maps = noise_benefit_map.read_maps(options.out)
    noise_benefit_map.draw_maps(maps, options.out)
    landscape = fang_2018_saddle.read_tables(options.out)
    fang_2018_saddle.draw(landscape, options.out)
    reports = {name: xarray.load_dataset(data / f"{name}.nc") for name in REPORTS}
    for name, dataset in reports.items():
        save(REPORTS[name].draw(dataset), figures / f"{name}.png", dpi=160)
    networks = gamst_walker.read(options.out)
    gamst_walker.draw(networks, figures)
    theorem = [(companion, companion.read(data)) for companion in THEOREM]
    staged = [(companion, companion.read(data)) for companion in STAGED]
    for companion, datasets in (*theorem, *staged):
        for name, fig in companion.figures(datasets).items():
            save(fig, figures / f"{name}.png", dpi=160)
    light = {name: xarray.load_dataset(data / f"{name}.nc") for name in LIGHT}
    for name, fig in light_tables.figures(light).items():
        save(fig, figures / f"{name}.png", dpi=160)
    text = page(
        study,
        opened["early"],
        steps,
        opened["posterior"],
        opened["digits"],
        kappel,
        maps,
        landscape,
        reports,
        theorem,
        networks,
        staged,
        light,
    )
    atomic.atomic_write_bytes(options.out / "docs" / "verdicts.md", text.encode())
    print(options.out / "docs" / "verdicts.md")


# --- figures -----


def scales_figure(study):
    """Test accuracy and time to escape against the noise scale, a row per start."""
    from matplotlib import rc_context

    from spikesampler.figures.lines import lines_against
    from spikesampler.figures.style import PALETTE, RC, WIDTH, add_axes, new_figure

    x, colors = [float(scale) for scale in SCALES], PALETTE[: len(SCALED)]
    with rc_context(RC):
        fig = new_figure(12 + 62 * len(study.starts))
        for i, start in enumerate(study.starts):
            rows = {row["arm"]: row for row in study.table if row["start"] == start}
            for j, (name, text) in enumerate(
                (("test_accuracy", "Test accuracy"), ("escape_seconds", "Escape (s)"))
            ):
                ax = add_axes(fig, 14 + 88 * j, 14 + 62 * i, 72, 44, label=f"{name} {start}")
                cells = [
                    [[rows[scaled(arm, s)][f"{name}{end}"] for s in SCALES] for arm in SCALED]
                    for end in ("", "_low", "_high")
                ]
                control = tuple(rows["none"][f"{name}{end}"] for end in ("", "_low", "_high"))
                lines_against(
                    ax,
                    x,
                    *map(np.array, cells),
                    SCALED,
                    colors,
                    "Noise scale (temperature)",
                    text,
                    control,
                )
                ax.set_ylim((0, 1.02) if j == 0 else (0, float(study.dataset["probe_time"][-1])))
                fig.text(
                    (14 + 88 * j) / WIDTH,
                    1 - (9 + 62 * i) / (12 + 62 * len(study.starts)),
                    f"{'abcd'[2 * i + j]}   Start: {start}",
                    fontsize=8,
                    va="center",
                )
        fig.axes[0].legend(loc="lower left")
        text = (
            "Mean (left), Kaplan–Meier median (right), 95 % intervals over"
            f" {study.dataset.sizes['seed']} seeds"
        )
        fig.text(14 / WIDTH, 1 - 3.5 / (12 + 62 * len(study.starts)), text, fontsize=8, va="center")
    return fig


def leaks(steps):
    """{arm: (3, n_step) mean and 95 % bootstrap bounds of online minus probe accuracy at the
    end}.
    """
    found = {arm: [] for arm in ("none", "weight")}
    for comparison in steps.values():
        for arm, rows in found.items():
            online, probe = (
                comparison.values(f"final_{name}_accuracy", arm, "prior")
                for name in ("online", "probe")
            )
            rows.append(stats.bootstrap_interval(online - probe)[:3])
    return {arm: np.array(rows).T for arm, rows in found.items()}


def leak_figure(steps):
    """Online minus probe accuracy, and both accuracies, against the step size bN."""
    from matplotlib import rc_context

    from spikesampler.figures.lines import lines_against
    from spikesampler.figures.style import INK, PALETTE, RC, WIDTH, add_axes, new_figure

    found, x = leaks(steps), [100 * float(b) for b in STEPS]
    with rc_context(RC):
        fig = new_figure(66)
        left = add_axes(fig, 14, 8, 72, 46, label="leak")
        lines_against(
            left,
            x,
            *np.array(list(found.values())).swapaxes(0, 1),
            list(found),
            (INK, PALETTE[0]),
            "Step size bN (1/s)",
            "Online minus probe accuracy",
        )
        left.axhline(0, color="#8c8c8c", lw=0.8)
        left.legend(loc="upper left")
        right = add_axes(fig, 102, 8, 72, 46, label="accuracy")
        cells = [
            [
                [
                    row[f"{name}_accuracy{end}"]
                    for comparison in steps.values()
                    for row in comparison.table
                    if row["arm"] == arm
                ]
                for arm in found
                for name in ("online", "test")
            ]
            for end in ("", "_low", "_high")
        ]
        names = [f"{arm}, {name}" for arm in found for name in ("online", "test")]
        lines_against(
            right,
            x,
            *map(np.array, cells),
            names,
            (INK, INK, PALETTE[0], PALETTE[0]),
            "Step size bN (1/s)",
            "Accuracy",
        )
        for line in right.lines[::2]:
            line.set_linestyle((0, (3, 1.5)))
        right.set_ylim(0, 1.02)
        right.legend(loc="lower left")
        num_seeds = next(iter(steps.values())).dataset.sizes["seed"]
        fig.text(
            14 / WIDTH,
            1 - 3.5 / 66,
            f"Mean and 95 % bootstrap interval over {num_seeds} seeds, start prior",
            fontsize=8,
            va="center",
        )
    return fig


# --- the page -----


def markdown(comparison):
    """The table of a comparison, a block per start."""
    lines = []
    for start in comparison.starts:
        head = "| arm | online | probe | test | test − none | p | escape (s) | escaped | p |"
        lines += [f"Start `{start}`:", "", head, "|---" * 9 + "|"]
        for row in comparison.table:
            if row["start"] == start:
                cells = [
                    f"`{row['arm']}`",
                    *(cell(row, f"{name}_accuracy") for name in ("online", "probe", "test")),
                    cell(row, "test_difference", "+.3f"),
                    number(row["test_difference_p_holm"]),
                    cell(row, "escape_seconds", ".0f"),
                    f"{row['escaped']}/{row['seeds']}",
                    number(row["escape_p_holm"]),
                ]
                lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return lines


def told(verdicts):
    """Verdicts as a list, start by start."""
    lines = []
    for start in dict.fromkeys(one.start for one in verdicts):
        lines += [f"Start `{start}`:", ""]
        lines += [
            f"- **{one.label}**: {one.claim.text} ({one.claim.source}). {one.numbers}."
            for one in verdicts
            if one.start == start
        ] + [""]
    return lines


def unsupervised(kappel):
    """The table of scripts/kappel_2015.py."""
    cells = {}
    for row in kappel_2015.table(kappel):
        digits = {"1": 3, "%": 2, "s": 0}.get(row["unit"], 1)
        unit = "" if row["unit"] == "1" else f" ({row['unit']})"
        p = "" if np.isnan(row["p_holm"]) else f", p = {row['p_holm']:.2g}"
        cells.setdefault(row["measure"] + unit, []).append(
            cell({"": row["mean"], "_low": row["low"], "_high": row["high"]}, "", f".{digits}f") + p
        )
    head = ["| | T = 0 | T = 1 | T = 1 − T = 0 |", "|---" * 4 + "|"]
    return (
        head + [f"| {name} | " + " | ".join(words) + " |" for name, words in cells.items()] + [""]
    )


def picture(name, text):
    return [f"![{text}](figures/{name}.png)", ""]


def reported(name, dataset, title, about, text):
    """A section with what a script printed, and its figure."""
    return [
        f"## {title}",
        "",
        about,
        "",
        "```",
        REPORTS[name].report(dataset),
        "```",
        "",
        *picture(name, text),
    ]


def page(
    study,
    early,
    steps,
    posterior,
    digits,
    kappel,
    maps,
    landscape,
    reports,
    theorem,
    networks,
    staged,
    light,
):
    """docs/verdicts.md."""
    attrs, num_seeds = study.dataset.attrs, study.dataset.sizes["seed"]
    arms = study.select(SIX)
    late = [row for row in arms.table if row["start"] == "prior" and row["escaped"] < num_seeds]
    at_once = len(SIX) - len(late)
    bayes = study.table[0]["bayes_accuracy"]
    lines = [
        "# Does noise help? Verdicts",
        "",
        (
            "Written by `scripts/paper.py` (`make paper`) from the datasets in `data/`; not edited"
            f" by hand. {num_seeds} seeds, {attrs['samples']} samples of 200 ms"
            f" ({0.2 * attrs['samples'] / 3600:.1f} h of biological time), {attrs['probe_samples']}"
            f" held-out samples per probe, {attrs['test_samples']} in the test; chance"
            f" {attrs['chance']:.3f}, Bayes-optimal {bayes:.3f}. Runs of commit {attrs['commit']}"
            f" on {attrs['cpu']}, {attrs['compiler']}; {attrs['versions']}."
        ),
        "",
        (
            f"Arms of a seed have the same {attrs['same']}, bit for bit (a comparison refuses runs"
            " whose stimuli or start differ). Means come with 95 % bootstrap intervals (BCa),"
            " differences are taken seed by seed, p is Wilcoxon's, of escapes the log-rank test's,"
            " corrected by Holm for the arms of a table or the claims of a start. Escape: the"
            " probe is first above half-way from chance to the best arm's final accuracy"
            f" ({attrs['escape_threshold']:.3f}); runs that never escape are censored. Rules of the"
            " verdicts: `spikesampler/experiments/verdicts.py`."
        ),
        "",
        "## The paper's claims, and the controls",
        "",
        *told(arms.verdicts),
        *markdown(arms),
        *picture("learning_curves", "Learning curves of the six arms from both starts"),
        *picture("accuracies", "Online, probe and test accuracy of the six arms"),
        *picture("escapes", "Share of runs not yet escaped"),
        "## Who escapes first from `prior`",
        "",
        (
            f"From `prior` all runs of {at_once} of {len(SIX)} arms escape in the main study, most"
            f" by its first probe. Probed every {early.dataset['probe_time'].values[1]:.0f} s:"
        ),
        "",
        *told([one for one in early.verdicts if one.claim.measure in ("escape", "time")]),
        *markdown(early),
        *picture("early", "Escape in the first 400 s"),
        "## Noise scale",
        "",
    ]
    for arm in SCALED:
        lines += [f"### `{arm}`", "", *markdown(study.select(FAMILIES[f"scale_{arm}"][0]))]
    lines += picture("scales", "Test accuracy and time to escape against the noise scale")
    lines += [
        "### `weight_posterior`, slowed down",
        "",
        (
            "This arm multiplies drift and noise by N α eʷ, 13.5 at w = 0 and 100 at w = 2: at the"
            f" same b it takes steps at least 13.5 times as large. With b = {SLOW_STEP} /s, for"
            " both arms:"
        ),
        "",
        *markdown(posterior),
    ]
    annealed, found = study.select(FAMILIES["schedule"][0]), leaks(steps)
    lines += [
        "## Annealed noise",
        "",
        *told([one for one in annealed.verdicts if one.claim.name.startswith("annealed")]),
        *markdown(annealed),
        *picture("schedules", "Learning curves with annealed noise"),
        "## The leak",
        "",
        (
            "Online accuracy contains the label: the teacher changes the weights within the sample"
            " that is scored. Online minus probe accuracy at the end, start `prior`:"
        ),
        "",
        "| b (1/s) | bN (1/s) | "
        + " | ".join(f"`{arm}`: online − probe | test" for arm in found)
        + " |",
        "|---" * 6 + "|",
    ]
    for i, (b, comparison) in enumerate(steps.items()):
        cells = [b, f"{100 * float(b):g}"]
        for arm in found:
            mean, low, high = found[arm][:, i]
            (row,) = [row for row in comparison.table if row["arm"] == arm]
            cells += [f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]", cell(row, "test_accuracy")]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        *picture("leak", "Online minus probe accuracy against the step size"),
        "## Images",
        "",
        (
            "scikit-learn's digits stand in for MNIST and CIFAR-10, which"
            " `scripts/fang_2020_images.py --data DIR` compares in the same way when you have their"
            " files."
        ),
        "",
        *told(digits.verdicts),
        *markdown(digits),
        *picture("digits", "Accuracies on digits"),
        "## Without a teacher",
        "",
        (
            "`scripts/kappel_2015.py`: the unsupervised circuit of Kappel et al. (2015) learns for"
            " half of the time. Then its clusters are exchanged (*swap*), or not (*stay*), or"
            " given to a network that starts anew (*anew*). Noise of the arm `constant` at T = 1"
            f" against T = 0; {kappel.sizes['seed']} seeds, runs of commit {kappel.attrs['commit']}"
            f" on {kappel.attrs['cpu']}:"
        ),
        "",
        *unsupervised(kappel),
        *picture("kappel_2015", "The unsupervised circuit and a change of its clusters"),
        "## Fig. 2",
        "",
        *picture("fig2", "Fig. 2 of the paper, from the plateau"),
        *noise_benefit_map.section(maps),
        *fang_2018_saddle.section(landscape),
        *reported(
            "fang_2018_gradient",
            reports["fang_2018_gradient"],
            "The network climbs J",
            "`scripts/fang_2018_gradient.py`: the sum of the network's own weight changes at a"
            " frozen θ against the exact gradient of J on the PSPs of every step, and on the mean"
            " PSPs of samples.",
            "Error of the network's own gradient against the number of events",
        ),
        *(line for companion, data in theorem for line in (companion.section(data), "")),
        *gamst_walker.section(networks),
        *(line for companion, data in staged for line in (companion.section(data), "")),
        *light_tables.section(light),
    ]
    return "\n".join(lines)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="a small network, two seeds, 100 samples"
    )
    parser.add_argument("--seeds", type=int, help="number of seeds (default: 10, of the maps 6)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--workers", type=int, help="processes at a time")
    parser.add_argument("--runs", type=Path, help="folder of the runs (default: OUT/runs/paper)")
    parser.add_argument(
        "--redraw", action="store_true", help="figures and verdicts from OUT/data alone"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("."), metavar="DIR", help="where data/ and docs/ go"
    )
    options = parser.parse_args(arguments)
    options.map_seeds = options.seeds
    options.seeds = options.seeds if options.seeds is not None else (2 if options.quick else 10)
    options.runs = options.runs or options.out / "runs" / "paper"
    return options


def make(options):
    if not options.redraw:
        run_studies(options)
    draw(options)


def main(arguments=None):
    options = parse(arguments)
    return run_script("paper", lambda: make(options))


if __name__ == "__main__":
    sys.exit(main())
