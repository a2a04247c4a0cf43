"""The textbook rule of pairs: does it do what is known of it? See plan and rules."""

import xarray as xr

from spikesampler.stats.intervals import SHARE, mean_interval
from spikesampler.stats.rules import in_short
from spikesampler.studies.page import render
from spikesampler.studies.stdp_pairs import plan
from spikesampler.studies.stdp_pairs.data import PARTS
from spikesampler.studies.stdp_pairs.figure import drift_figure, weights_figure
from spikesampler.studies.stdp_pairs.plan import rule_of
from spikesampler.studies.stdp_pairs.rules import (
    TURNED,
    crossing,
    driven_law,
    findings,
    rulings_of,
    wall_law,
)
from spikesampler.studies.study import Study

__all__ = ["STUDY"]


def _mean(dataset: xr.Dataset, name: str, arm: str) -> str:
    values = dataset[name].sel({f"{name.split('_')[0]}_arm": arm}).values
    return "{:.3f} [{:.3f}, {:.3f}]".format(*mean_interval(values, within=SHARE)[:3])


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    of = {one.key: one.ruling for one in rulings_of(dataset)}
    balance = {
        step: "{:.4f} [{:.4f}, {:.4f}]".format(*mean_interval(crossing(dataset, step))[:3])
        for step in plan.STEPS
    }
    return [
        "Asked was whether the textbook's rule of pairs, written in a dozen lines as a model to be"
        " copied, does what is known of it without a simulation.",
        "Its window is exact, and weights drift with the rates as sums over steps have it: over"
        f" the sum, less 1, the drift is {in_short(of['steps_1_40'])} in steps of 1 ms and"
        f" {in_short(of['steps_0.25_40'])} in steps of 0.25 ms.",
        "In continuous time strengthening and weakening cancel at a₋/a₊ = 1, in steps of 1 ms at"
        f" {balance[1.0]}, and in steps of 0.25 ms at {balance[0.25]};"
        f" at {TURNED:g}, where the textbook has weights weakened, the drift over r s is"
        f" {in_short(of['weakened_1'], '+.2f', 'µs')} and"
        f" {in_short(of['weakened_0.25'], '+.2f', 'µs')}.",
        f"Weights of blind outputs spread by {_mean(dataset, 'walls_sd', 'none')} without noise of"
        f" the synapses, by {_mean(dataset, 'walls_sd', 'constant')} with noise that is the same"
        f" for all, and by {_mean(dataset, 'walls_sd', 'weight')} with noise that grows with the"
        " weight; their stationary laws have"
        f" {', '.join(f'{wall_law(arm).sd:.3f}' for arm in plan.ARMS)}.",
        "Of weights that drive a linear neuron, which Song et al. (2000) find to part into weak and"
        f" strong ones in theirs, {in_short(of['parted'], '.3f')} lie between 0.2 and 0.8; all"
        " numbers are of"
        f" {dataset.sizes['seed']} seeds and of this neuron.",
    ]


def section(dataset: xr.Dataset) -> str:
    """The rest of its page, in Markdown."""
    laws = [("blind outputs", "walls", arm, wall_law(arm)) for arm in plan.ARMS]
    laws += [("driven outputs", "driven", arm, driven_law(arm)[0]) for arm in plan.DRIVEN]
    table = [
        (
            said,
            arm,
            _mean(dataset, f"{kind}_mean", arm),
            law.mean,
            _mean(dataset, f"{kind}_sd", arm),
            law.sd,
        )
        for said, kind, arm, law in laws
    ]
    return render(
        __file__,
        "templates/stdp_pairs.md",
        table=table,
        tau=plan.TAU,
        balance={step: rule_of(1.0, step).balance for step in plan.STEPS},
        ratio=plan.OF_RATES,
        rate=plan.RATE,
        of_walls=plan.OF_WALLS,
        b=plan.B,
        seeds=dataset.sizes["seed"],
    )


def report(dataset: xr.Dataset) -> str:
    """A line for each question."""
    return "\n".join(f"{one.verdict}: {one.claim} {one.number}" for one in findings(dataset))


STUDY = Study.of_one(
    plan.NAME,
    "The textbook rule of pairs of spikes: does it do what is known of it, also on a grid?",
    PARTS[plan.NAME],
    report,
    {"stdp_pairs": drift_figure, "stdp_pairs_weights": weights_figure},
    section,
    findings=lambda datasets: findings(datasets[plan.NAME]),
    hurry=lambda datasets: hurry(datasets[plan.NAME]),
    quick_help="two seeds, 20 s",
    runs_folder="stdp_pairs",
)
