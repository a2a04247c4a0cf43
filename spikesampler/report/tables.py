"""The tables of a report: texts in rows, the first of a row its head."""

import math
from dataclasses import dataclass

from spikesampler.experiments.comparison_table import SHOWN
from spikesampler.experiments.measures import measures_of
from spikesampler.experiments.oddities import warning
from spikesampler.experiments.printed import (
    printed_escaped,
    printed_interval,
    printed_number,
)
from spikesampler.experiments.sweep_table import failure_lines
from spikesampler.language.standard import STANDARD
from spikesampler.report import mathml
from spikesampler.report.texts import plain
from spikesampler.stats.intervals import wilson
from spikesampler.stats.survival import NO_ESCAPE

MOST_ROWS = 300  #: combinations of a sweep, runs
ACCURACIES = {
    "online": (
        "scored while learning goes on. A teacher, where there is one, changes the correct neuron's"
        " synapses during the very time that is scored: the label leaks in, and this can be high"
        " without anything being learnt. Not a result."
    ),
    "probe": (
        "at intervals during learning, on held-out samples, with plasticity, noise and teacher"
        " switched off."
    ),
    "test": "the same after learning, on other held-out samples. This is the result.",
    "averaged": (
        "in the same test, of the mean answer of snapshots of theta, evenly over the second half of"
        " learning; an answer is the mean share of each output in the momentary rates."
    ),
    "bayes": (
        "the ceiling: an observer who knows the density of each class, on the same test samples."
        " Unknown for data whose density is unknown."
    ),
}
ENTROPY = (
    "H(class | winner) / H(class) in the test: 0, the winner tells the class; 1, it tells nothing."
)
LOSSES = {
    "test_log_loss": "mean of -log p(label) in nats, by the shares of the last snapshot alone.",
    "averaged_log_loss": "the same of the mean of the snapshots' answers.",
    "mean_theta_log_loss": "the same of the network of the snapshots' mean theta.",
    "averaged_calibration_error": "of the mean answer: its confidence less how often it is right.",
}


@dataclass(frozen=True)
class Table:
    """Caption, heads of columns, rows of texts (the first is the row's head), and notes below."""

    caption: str
    head: list
    rows: list
    notes: tuple = ()


def cell(row, name, form=".3f"):
    """A value of a row and, on a line of its own, its interval, which is not broken."""
    mean, _, interval = printed_interval(row, name, form).partition(" ")
    return mean + ("\n" + interval.replace(" ", "\u00a0") if interval else "")


def headline(result):
    """The accuracies of a run, with Wilson's intervals where samples are independent."""
    attrs, rows = result.learning.attrs, []
    for name, text in ACCURACIES.items():
        found, interval = getattr(result, f"{name}_accuracy"), "–"
        number = attrs.get({"averaged": "test_samples"}.get(name, f"{name}_samples"))
        if number is not None and math.isfinite(found):
            low, high = wilson(found, number)
            interval = f"[{low:.3f},\u00a0{high:.3f}]\nn = {number}"
        rows.append([name, printed_number(found, ".3f"), interval, text])
    if not attrs.get("supervised", 1):
        rows.append(["entropy", printed_number(attrs["test_entropy"], ".3f"), "–", ENTROPY])
    for name, text in LOSSES.items():
        if math.isfinite(attrs[name]):
            rows.append([name.replace("_", " "), printed_number(attrs[name], ".3f"), "–", text])
    note = (
        f"Chance is {attrs['chance']:.3f}. Intervals: Wilson's, over samples of this one run; they"
        " say nothing about other seeds."
    )
    odd = warning(result.manifest["results"].get("oddities", {}))
    notes = (note, _sentence(odd)) if odd else (note,)
    return Table("Accuracies", ["Accuracy", "Value", "95 % interval", "What it is"], rows, notes)


def measures(result):
    """What experimenters measure of the synapses and neurons of a run."""
    rows = [
        [
            f"{one.of}: {one.name.replace('_', ' ')}",
            printed_number(one.value, ".4g") + ("" if one.unit == "1" else f"\u00a0{one.unit}"),
            one.about,
        ]
        for one in measures_of(result)
    ]
    return Table("Measures", ["Measure", "Value", "What it is"], rows)


def _sentence(words):
    return f"{words[0].upper()}{words[1:]}."


def definitions():
    """What the accuracies are."""
    return Table(
        "What the accuracies are",
        ["Accuracy", "What it is"],
        [list(one) for one in ACCURACIES.items()],
    )


def compared(comparison, start):
    """Two tables of a start: accuracies with escapes, and how they differ from those of the arm
    none.
    """
    rows = [row for row in comparison.table if row["start"] == start]
    seeds, chance = comparison.dataset.sizes["seed"], comparison.dataset.attrs["chance"]
    means = [[row["arm"], *_scores(row, (*SHOWN, "averaged"))] for row in rows]
    note = (
        f"Means with 95 % intervals over n = {seeds} seeds; escape: Kaplan-Meier"
        f" median with its 95 % interval. Chance is {chance:.3f}."
    )
    notes: tuple[str, ...] = (note,)
    if math.isnan(comparison.dataset.attrs["escape_threshold"]):
        notes = (*notes, _sentence(NO_ESCAPE))
    if odd := comparison.dataset.attrs.get("oddities"):
        notes = (*notes, _sentence(odd))
    names = ("Arm", "Online", "Probe, last 2000 s", "Test", "Averaged", "Bayes")
    head = [*names, "Escape (s)", "Escaped"]
    found = [Table(f"Accuracies and times to escape, start {start}", head, means, notes)]
    differences = [_differences(row) for row in rows if row["arm"] != "none"]
    if differences and "none" in comparison.arms:
        note = (
            "Mean difference of pairs of equal seed with its 95 % interval, of each alone. What is"
            " tested, against what and in which family, is said by the verdicts."
        )
        head = ["Arm", "Online", "Probe, last 2000 s", "Test", "Averaged", "Escape (s)"]
        caption = f"Differences to the arm none, start {start}"
        found.append(Table(caption, head, differences, (note,)))
    return found


def _scores(row, measures):
    """Accuracies by measure, that of a Bayes-optimal observer, and escapes, as texts."""
    return [
        *(cell(row, f"{name}_accuracy") for name in measures),
        printed_number(row["bayes_accuracy"], ".3f"),
        cell(row, "escape_seconds", ".0f"),
        printed_escaped(row),
    ]


def _differences(row):
    found = [cell(row, f"{name}_difference", "+.3f") for name in (*SHOWN, "averaged")]
    return [row["arm"], *found, cell(row, "escape_difference", "+.0f")]


def combinations(swept):
    """The table of a sweep: a row for each combination of values, arm and start, without what all
    have.
    """
    rows = [row for _, row in zip(range(MOST_ROWS + 1), swept.rows())]
    names = [name for name in rows[0] if name in swept.dataset.coords]
    names = [name for name in names if len({row[name] for row in rows}) > 1] or names
    cells = []
    for row in rows[:MOST_ROWS]:
        values = [plain(row[name]) for name in names]
        scores = _scores(row, ("test", "probe", "online"))
        cells.append([*values, str(row["seeds"]), *scores])
    notes = [
        "Means with 95 % intervals over the seeds that finished; escape: Kaplan-Meier"
        " median with its 95 % interval. A run escapes when its probe exceeds half-way from chance"
        " to the ceiling."
    ]
    if len(rows) > MOST_ROWS:
        notes.append(f"The first {MOST_ROWS} combinations; all points are in points.csv.")
    if odd := swept.dataset.attrs.get("oddities"):
        notes.append(_sentence(odd))
    head = [*names, "Seeds", "Test", "Probe", "Online", "Bayes", "Escape (s)", "Escaped"]
    return Table("All combinations", head, cells, tuple(notes))


def failures(swept):
    """The points that failed, as a list of one table, or of none."""
    if not swept.failures:
        return []
    rows = []
    for failure in swept.failures[:MOST_ROWS]:
        values = {k: v for k, v in failure.items() if k not in ("folder", "error")}
        point = ", ".join(f"{name} = {plain(value)}" for name, value in values.items())
        rows.append([str(failure.get("folder", "")), point, str(failure["error"])])
    note = failure_lines(swept.failures)[0]
    return [Table("Points that failed", ["Folder", "Point", "Error"], rows, (note,))]


def parameters(known, varied):
    """Rows of the table of parameters as dicts; `varied` {name: values} of those that differ
    between runs.
    """
    rows = []
    for name, one in known.parameters.items():
        tag, _, where = one.get("source", "").partition(": ")
        shown = varied.get(name, [one["value"]])
        standard, drawn = STANDARD.get(name), mathml.symbol(name)
        default = known.defaults.get(name, standard and standard.value)
        remark = "varied" if name in varied else ""
        if not remark and name in known.chosen:
            remark = "changed"
            if default is not None:
                remark += f"; the model's default is {plain(default)}"
        elif not remark and default is not None and default != one["value"]:
            remark = f"from the data; the model's default is {plain(default)}"
        word = len(name) > 1 and f">{name}<" in drawn  # its symbol would be the name again
        rows.append(
            {
                "name": name,
                "symbol": "" if word else f"<math>{drawn}</math>",
                "value": ", ".join(map(plain, shown)),
                "unit": "–" if one["unit"] == "1" else one["unit"],
                "meaning": one.get("meaning", ""),
                "tag": tag,
                "where": where,
                "remark": remark,
            }
        )
    return rows
