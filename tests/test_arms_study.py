"""Momentum and transmission noise: rules that come out both ways, what is said and drawn."""

import numpy as np
import pytest
import xarray as xr
from runs import script

from spikesampler.stats.rules import COARSE, NOT, REPRODUCED, SMALLER, UNDECIDED
from spikesampler.studies.fang_2018.arms import STUDY
from spikesampler.studies.fang_2018.arms_plan import (
    CHANCES,
    GAMMAS,
    LIMIT,
    PLATEAU,
    PRIOR,
    dataset_name,
    momentum,
)
from spikesampler.studies.fang_2018.arms_rules import findings, rulings_of

SEEDS, PROBES, END = 10, np.arange(0.0, 3201, 40), 3200.0
USUAL = {"none": 3000.0, "constant": 2300.0, momentum(LIMIT): 2300.0}


def made_up(times=None, gains=None, sd=0.004, averaged=True):
    """Datasets in which arms escape at these times (s), and are so much more accurate than none."""
    rng = np.random.default_rng(0)
    seconds = np.array([(USUAL | (times or {})).get(arm, 2800.0) for arm in PLATEAU])
    seconds = seconds[:, None] * np.exp(0.012 * rng.normal(size=(len(PLATEAU), SEEDS)))
    escaped = seconds < END
    seconds = np.where(escaped, seconds, END)
    curves = np.where(PROBES > seconds[..., None], 0.8, 0.1)
    moved = np.array([(gains or {}).get(arm, 0.0) for arm in PRIOR])[:, None, None]
    base = 0.8 + 0.02 * rng.normal(size=(1, SEEDS, 1))
    late = base + moved + sd * rng.normal(size=(len(PRIOR), SEEDS, len(PROBES)))
    late[..., PROBES <= END - 2000] = 0.1  # only the last 2000 s count
    run, curve = ("arm", "seed"), ("arm", "seed", "probe")
    coords = {"seed": np.arange(SEEDS), "probe": PROBES}
    plateau = {
        "probe_accuracy": (curve, curves),
        "test_accuracy": (run, curves[..., -1]),
        "escape_seconds": (run, seconds),
        "escaped": (run, escaped.astype(float)),
    }
    prior = {"probe_accuracy": (curve, late), "test_accuracy": (run, late[..., -1])}
    if averaged:
        prior["averaged_accuracy"] = run, late[..., PROBES > END - 2000].mean(axis=-1)
    chance = {"chance": 0.1}
    return {
        dataset_name("plateau"): xr.Dataset(plateau, {"arm": [*PLATEAU], **coords}, chance),
        dataset_name("prior"): xr.Dataset(prior, {"arm": [*PRIOR], **coords}, chance),
    }


def label(datasets, key):
    """The label of a question."""
    (found,) = [one.ruling.label for one in rulings_of(datasets) if one.key == key]
    return found


SLOW, HALF = momentum("0.002"), "release:p=0.5"


@pytest.mark.parametrize(
    ("settings", "key", "expected"),
    [
        ({"times": {SLOW: 1500.0}}, "sooner_momentum_gamma=0.002", REPRODUCED),
        ({}, "sooner_momentum_gamma=0.002", NOT),
        ({"times": {SLOW: 2150.0}}, "sooner_momentum_gamma=0.002", SMALLER),
        ({"times": {SLOW: 60.0, "constant": 75.0}}, "sooner_momentum_gamma=0.002", COARSE),
        ({"times": {SLOW: 5000.0}}, "sooner_momentum_gamma=0.002", NOT),
        ({}, "limit", REPRODUCED),
        ({"times": {momentum(LIMIT): 1500.0}}, "limit", NOT),
        ({"times": {"constant": 1500.0}}, "limit", NOT),
        ({"times": {HALF: 1500.0}}, "sooner_release_p=0.5", REPRODUCED),
        ({"times": {HALF: 3150.0}}, "sooner_release_p=0.5", NOT),
        ({}, "sooner_constant", REPRODUCED),
        ({"gains": {HALF: 0.05}}, "gain_late_release_p=0.5", REPRODUCED),
        ({"gains": {HALF: -0.05}}, "gain_late_release_p=0.5", NOT),
        ({"gains": {HALF: 0.01}}, "gain_late_release_p=0.5", SMALLER),
        ({"gains": {HALF: 0.02}, "sd": 0.3}, "gain_late_release_p=0.5", UNDECIDED),
        ({"gains": {"weight": 0.05}}, "gain_averaged_weight", REPRODUCED),
        ({"gains": {"weight": -0.05}}, "gain_averaged_weight", NOT),
    ],
)
def test_every_rule_comes_out_both_ways(settings, key, expected):
    assert label(made_up(**settings), key) == expected


def test_where_no_arm_learns_nothing_is_sooner_and_the_page_says_so():
    datasets = made_up()
    plateau = datasets[dataset_name("plateau")]
    plateau["escape_seconds"][:] = np.nan
    plateau["escaped"][:] = 0
    assert label(datasets, "limit") == label(datasets, "sooner_constant") == UNDECIDED
    assert "no time to escape is defined" in STUDY.section(datasets)
    assert STUDY.figures(datasets)


def test_findings_are_of_pairs_and_name_their_start():
    rows = {one.key: one for one in findings(made_up())}
    gains = len(PRIOR) - 1
    assert len(rows) == len(GAMMAS) + 1 + 3 + len(CHANCES) + 2 * gains
    row = rows["sooner_momentum_gamma=0.002"]
    assert "start plateau, `momentum:gamma=0.002` against `constant`, 3200 s" in row.reading
    assert row.n == "10 seeds, paired"
    assert "6 tests of “arms, sooner than constant”" in row.number
    assert rows["limit"].source == "control"
    assert "start prior" in rows["gain_late_weight"].reading
    fewer = {one.key for one in findings(made_up(averaged=False))}
    assert {key for key in rows.keys() - fewer} == {k for k in rows if "averaged" in k}


def test_sentences_and_page_have_the_numbers_of_the_datasets():
    datasets = made_up({SLOW: 1500.0}, {HALF: -0.1})
    sentences = STUDY.hurry(datasets)
    assert len(sentences) == 5
    assert "1 of 3 clearly do" in sentences[0]
    assert "chance 0.5: -0.10" in sentences[3]
    text = STUDY.section(datasets)
    assert "| `constant` | 10 of 10 |" in text
    assert "| `release:p=0.5` | 0.70" in text
    assert STUDY.report(datasets).count("\n") == len(findings(datasets)) - 1


def test_figures_draw_every_run_and_the_means_of_every_arm():
    datasets = made_up({SLOW: 1500.0}, {HALF: -0.1})
    plateau, prior = (datasets[dataset_name(start)] for start in ("plateau", "prior"))
    figures = STUDY.figures(datasets)
    axes = {ax.get_label(): ax for ax in figures["arms"].axes}
    late = prior["probe_accuracy"].sel(probe=PROBES > END - 2000).mean("probe")
    for name, given in (("escape", plateau["escape_seconds"]), ("accuracy", late)):
        lines = [line.get_ydata() for line in axes[name].lines]
        np.testing.assert_allclose([y for y in lines if len(y) == SEEDS], given.values)
        means = [y[0] for y in lines if len(y) == 2]
        np.testing.assert_allclose(means, given.mean("seed").values)
        ticks = [text.get_text() for text in axes[name].get_xticklabels()]
        assert ticks == [*given["arm"].values]
    axes = {ax.get_label(): ax for ax in figures["arms_curves"].axes}
    shown = {"none", "constant"}
    for start, dataset in (("plateau", plateau), ("prior", prior)):
        for kind, begins in (("Momentum", "m"), ("Release and synaptic noise", ("r", "w"))):
            lines = {line.get_label(): line for line in axes[f"{start} {kind}"].lines}
            arms = [arm for arm in dataset["arm"].values if arm in shown or arm.startswith(begins)]
            assert lines.keys() - {"Chance"} == {*arms}
            for arm in arms:
                mean = dataset["probe_accuracy"].sel(arm=arm).mean("seed").values
                np.testing.assert_allclose(lines[arm].get_ydata(), mean)


@pytest.mark.slow  # eleven programs
def test_the_quick_form_runs_and_goes_on(tmp_path):
    given = "fang_2018_arms.py", "--quick", "--out", "arms", "--workers", "1"
    shown = script(*given, folder=tmp_path)
    datasets = STUDY.read(tmp_path / "arms")
    assert [*datasets[dataset_name("plateau")]["arm"].values] == [*PLATEAU]
    assert [*datasets[dataset_name("prior")]["arm"].values] == [*PRIOR]
    assert script(*given, folder=tmp_path) == shown
