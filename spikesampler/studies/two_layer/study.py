"""Where does noise help a network of two layers, and in which? See plan and rules."""

from collections import Counter

import xarray as xr

from spikesampler.stats.intervals import SHARE, mean_interval
from spikesampler.stats.rules import NOT, REPRODUCED, SMALLER, in_short
from spikesampler.studies.page import render
from spikesampler.studies.study import Study
from spikesampler.studies.two_layer import plan
from spikesampler.studies.two_layer.figure import accuracies_figure, curves_figure
from spikesampler.studies.two_layer.plan import CONTROL
from spikesampler.studies.two_layer.rules import (
    MARGIN,
    findings,
    late,
    late_of_one,
    noisy,
    rulings_of,
)

__all__ = ["STUDY"]


def _counted(dataset: xr.Dataset, key: str, ending: str = "") -> str:
    """How many arms with noise do what is asked, in words."""
    labels = Counter(
        one.ruling.label
        for one in rulings_of(dataset)
        if one.key.startswith(key) and one.key.endswith(ending)
    )
    clear = labels[REPRODUCED] + labels[SMALLER]
    rest = labels.total() - clear - labels[NOT]
    return f"{clear} of {labels.total()} clearly do, {labels[NOT]} clearly do not, {rest} are open"


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    of = {one.key: one.ruling for one in rulings_of(dataset)}
    none = mean_interval(late(dataset, "none", "prior"), within=SHARE)
    one = mean_interval(late_of_one(dataset, "none"), within=SHARE)
    number = len(noisy(dataset))
    return [
        "Hidden winner-take-all circuits that learn without labels, below a supervised layer, are"
        " shown clusters of which the classes are the exclusive or of two features: without noise,"
        f" from `prior`, they reach {none[0]:.3f} [{none[1]:.3f}, {none[2]:.3f}] of"
        f" {dataset.attrs['ceiling']:.3f}, where one layer of the same supervised rule reaches"
        f" {one[0]:.3f} [{one[1]:.3f}, {one[2]:.3f}] and no line through the features more than"
        f" {dataset.attrs['linear_ceiling']:.3f}.",
        f"Of {number} arms with noise, asked whether they are more accurate than none over the last"
        f" 2000 s: from `prior` {_counted(dataset, 'gain_', '_prior')}; from `plateau`"
        f" {_counted(dataset, 'gain_', '_plateau')}.",
        "The paper's noise, which grows with the weight, changes the accuracy from `prior` by"
        f" {in_short(of['gain_weight_prior'])} in all layers, by"
        f" {in_short(of['gain_weight_hidden_prior'])} in the hidden layer alone, and by"
        f" {in_short(of['gain_weight_outputs_prior'])} in the outputs' synapses alone.",
        "Noise that is the same for all synapses changes it by"
        f" {in_short(of['gain_constant_prior'])},"
        f" {in_short(of['gain_constant_hidden_prior'])} and"
        f" {in_short(of['gain_constant_outputs_prior'])}; as strong as the paper's, in all layers,"
        f" by {in_short(of[f'gain_{CONTROL}_prior'])}.",
        f"From `plateau`, where all weights are near 0, {_escaped(dataset, 'weight')} of"
        f" {dataset.sizes['seed']} networks leave it within {dataset['probe'].values[-1]:g} s with"
        f" the paper's noise in all layers, {_escaped(dataset, 'weight@hidden')} with it in the"
        f" hidden layer alone, {_escaped(dataset, CONTROL)} with noise that is as strong and the"
        f" same for all, {_escaped(dataset, 'constant')} with the weaker `constant`, and"
        f" {_escaped(dataset, 'none')} without; each number is of {dataset.sizes['seed']} seeds"
        " with the same stimuli and starts; all of it holds for this task and these sizes alone.",
    ]


def _escaped(dataset: xr.Dataset, arm: str) -> int:
    """Runs of an arm that leave the plateau."""
    if "escaped" not in dataset:
        return 0
    return int(dataset["escaped"].sel(arm=arm, start="plateau").sum())


def section(dataset: xr.Dataset) -> str:
    """The rest of its page, in Markdown."""
    arms = [str(arm) for arm in dataset["arm"].values]
    starts = [str(start) for start in dataset["start"].values]

    def cell(arm: str, start: str, whole: bool) -> str:
        over = dataset["mean_probe_accuracy"].sel(arm=arm, start=start).values
        values = over if whole else late(dataset, arm, start)
        return "{:.3f} [{:.3f}, {:.3f}]".format(*mean_interval(values, within=SHARE)[:3])

    names = {False: "last 2000 s", True: "mean over learning"}
    table = [
        (arm, [cell(arm, start, whole) for start in starts for whole in names]) for arm in arms
    ]
    columns = [f"{start}, {said}" for start in starts for said in names.values()]
    one = {
        str(arm): mean_interval(late_of_one(dataset, str(arm)), within=SHARE)
        for arm in dataset["one_arm"].values
    }
    return render(
        __file__,
        "templates/two_layer.md",
        table=table,
        columns=columns,
        one=one,
        network=plan.NETWORK,
        inputs=plan.NUM_INPUTS,
        margin=MARGIN,
        seeds=dataset.sizes["seed"],
        seconds=dataset["probe"].values[-1],
        ceiling=dataset.attrs["ceiling"],
        linear=dataset.attrs["linear_ceiling"],
    )


def report(dataset: xr.Dataset) -> str:
    """A line for each question."""
    return "\n".join(f"{one.verdict}: {one.claim} {one.number}" for one in findings(dataset))


STUDY = Study.of_one(
    plan.NAME,
    "Where does noise help a network of two layers, and in which?",
    plan.PARTS[plan.NAME],
    report,
    {"two_layer": accuracies_figure, "two_layer_curves": curves_figure},
    section,
    findings=lambda datasets: findings(datasets[plan.NAME]),
    hurry=lambda datasets: hurry(datasets[plan.NAME]),
    quick_help="two seeds, 100 samples",
    runs_folder="two_layer",
)
