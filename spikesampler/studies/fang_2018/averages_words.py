"""What the averages over theta say: findings, sentences for a hurry, and the page."""

from collections.abc import Mapping

import xarray as xr

from spikesampler.stats.rules import NOT, REPRODUCED, UNDECIDED, Ruling, in_short, rule_text, said
from spikesampler.stats.ruling import in_own_words
from spikesampler.studies.fang_2018.averages import NAME
from spikesampler.studies.fang_2018.averages_rules import ACCURACY, QUESTIONS, certainty, rulings
from spikesampler.studies.fang_2018.averages_tables import facts
from spikesampler.studies.finding import Finding, either_way
from spikesampler.studies.page import render

__all__ = ["findings", "hurry", "report", "section"]

#: what a difference above 0 says, and one below
WORDS = {
    "accuracy": ("more accurate", "less accurate"),
    "log_loss": ("nats lower", "nats higher"),
    "calibration_error": ("lower", "higher"),
}
SAME = {
    REPRODUCED: "is as accurate as",
    NOT: "is not as accurate as",
    UNDECIDED: "may or may not be as accurate as",
}


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each question and start."""
    dataset = datasets[NAME]
    most, seeds = int(dataset["number"][-1]), dataset.sizes["seed"]
    samples = dataset.attrs["samples"]
    return [
        Finding(
            f"{key}_{start}",
            QUESTIONS[key].claim,
            QUESTIONS[key].source,
            ruling.label,
            said(ruling, unit=QUESTIONS[key].unit),
            f"clusters, from `{start}`, {QUESTIONS[key].arms}, {samples} samples, {most} snapshots"
            " evenly over the second half of learning, all on the same input spikes",
            f"{seeds} seeds",
            rule_text(ruling, QUESTIONS[key].unit),
        )
        for (key, start), ruling in rulings(dataset).items()
    ]


class _Told:
    """Clauses about a question from all starts, in their order."""

    def __init__(self, dataset: xr.Dataset) -> None:
        self.dataset, self.found = dataset, rulings(dataset)
        self.starts = [str(start) for start in dataset["start"].values]

    def of(self, key: str) -> list[Ruling]:
        """The rulings, start by start."""
        return [self.found[key, start] for start in self.starts]

    def labels(self, key: str) -> set[str]:
        """The verdicts."""
        return {each.label for each in self.of(key)}

    def signed(self, key: str) -> str:
        """The differences as they are."""
        return " and ".join(in_short(each) for each in self.of(key))

    def by(self, key: str) -> str:
        """By how much it is more or less, the word once where it is one."""
        words = WORDS[QUESTIONS[key].first.name]
        if QUESTIONS[key].within:  # that difference is the other way round
            words = words[::-1]
        rulings = self.of(key)
        if len({each.estimate >= 0 for each in rulings}) > 1:
            return " and ".join(either_way(each, *(f"{{}} {x}" for x in words)) for each in rulings)
        word = words[0 if rulings[0].estimate >= 0 else 1]
        return f"{' and '.join(either_way(each, '{}', '{}') for each in rulings)} {word}"

    def recovered(self) -> str:
        """Which part of what noise costs a single snapshot its mean makes up; "" if it costs none.

        The cost is against the mean of a network without noise.
        """
        gains = [ruling.estimate for ruling in self.of("recovers")]
        costs = [gain - left.estimate for gain, left in zip(gains, self.of("gain"))]
        if min(costs) < ACCURACY or min(gains) < 0:
            return ""
        parts = " and ".join(f"{100 * gain / cost:.0f} %" for gain, cost in zip(gains, costs))
        return f"it makes up {parts} of what such noise costs a single snapshot; "

    def certain(self) -> str:
        """Whether averaged answers are more or less certain than they may be."""
        found = [certainty(self.dataset, "weight", start) for start in self.starts]
        too = {"too hesitant" if right > sure else "too certain" for right, sure in found}
        rights, sures = (" and ".join(f"{100 * x:.0f} %" for x in each) for each in zip(*found))
        word = too.pop() if len(too) == 1 else "not as certain as they may be"
        return f"{word} (right in {rights}, at a mean confidence of {sures})"


def hurry(datasets: Mapping[str, xr.Dataset]) -> list[str]:
    """Five sentences."""
    dataset = datasets[NAME]
    told, most = _Told(dataset), int(dataset["number"][-1])
    same = told.labels("anneal")
    accurate = SAME[same.pop()] if len(same) == 1 else "is not from each start as accurate as"
    unsure = " (undecided after the correction)" if UNDECIDED in told.labels("loss") else ""
    starts = " and from ".join(f"`{start}`" for start in told.starts)
    return [
        "The theory says that a noisy network samples networks, so its answer is a mean over many"
        f" states of its synapses; here {most} snapshots of the second half of learning, which"
        " began from weights as the prior has them (`prior`) or near 0 (`plateau`), answer the same"
        " test, and their answers are averaged; of two numbers the first is"
        f" from `{told.starts[0]}`.",
        f"With the mean of {most} snapshots as its answer, a network with the paper's noise is,"
        f" from {starts}, {told.by('gain')} than one without noise that is averaged too, and its"
        f" log loss is {told.by('gain_loss')}; with the classical noise, which samples the"
        f" posterior, it is {told.by('gain_constant')}.",
        f"What averaging does: {told.recovered()}answers are {told.by('recovers')} than the last"
        f" snapshot's, and their log loss is {told.by('loss')}{unsure}; averaged they are"
        f" {told.certain()}, and their calibration error is {told.by('calibration')}.",
        f"To average {accurate} to take the noise away while learning and answer by the last"
        f" snapshot, within {ACCURACY:g}: from {starts} the difference is {told.signed('anneal')};"
        f" its log loss is {told.by('anneal_loss')}, its calibration error"
        f" {told.by('anneal_calibration')}.",
        "The averaged accuracy with noise that grows with the weight, less that with noise as"
        f" strong at the start that ignores the weight, is {told.signed('structure')}, and the log"
        f" loss is {told.by('structure_loss')}; all this is of clusters,"
        f" {dataset.attrs['samples']} samples, means over {dataset.sizes['seed']} seeds.",
    ]


def report(datasets: Mapping[str, xr.Dataset]) -> str:
    """What was found, for a terminal."""
    lines = [
        f"{start:8} {in_own_words(ruling.label):20} {QUESTIONS[key].claim}:"
        f" {said(ruling, unit=QUESTIONS[key].unit)}"
        for (key, start), ruling in rulings(datasets[NAME]).items()
    ]
    return "\n".join([render(__file__, "templates/averages_report.txt", **facts(datasets)), *lines])


def section(datasets: Mapping[str, xr.Dataset]) -> str:
    """The study's page below its sentences."""
    return render(__file__, "templates/averages.md", **facts(datasets))
