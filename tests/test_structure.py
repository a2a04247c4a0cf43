"""Structure against power: settings by their criteria, what is kept, and rules that come out both
ways.
"""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from runs import script

from spikesampler.language.model import load_model
from spikesampler.stats.rules import COARSE, NOT, REPRODUCED, SMALLER, UNDECIDED
from spikesampler.studies.fang_2018 import structure
from spikesampler.studies.fang_2018.structure_plan import (
    ARMS,
    HOT,
    NAME,
    SETTINGS,
    Setting,
    late_means,
    spread_of,
)
from spikesampler.studies.fang_2018.structure_rules import findings, rulings_of, variation

SEEDS, PROBES = 10, np.arange(0.0, 4001, 400)


def made_up(weight=0.0, falling=0.0, slower=1.0, gain=0.05, sd=0.004, averaged=True):
    """A dataset in which arms differ from `constant_following` by these accuracies, and `weight`
    takes so many times its time.
    """
    rng, arms = np.random.default_rng(0), [*ARMS]
    base = 0.8 + 0.05 * rng.normal(size=(len(SETTINGS), 1, SEEDS, 1))
    shift = dict.fromkeys(arms, 0.0) | {"weight": weight, "falling:follow=weight": falling}
    shift |= {f"{arm}:{HOT}": shift[arm] for arm in ("weight", "falling:follow=weight")}
    shift["none"] = weight - gain
    moved = np.array([shift[arm] for arm in arms])[None, :, None, None]
    dims = ("setting", "arm", "seed", "probe")
    shape = (len(SETTINGS), len(arms), SEEDS, len(PROBES))
    accuracy = base + moved + sd * rng.normal(size=shape)
    accuracy[..., PROBES <= 2000] = 0.1  # only the last 2000 s count
    times = 2000.0 * np.exp(0.05 * rng.normal(size=shape[:3]))
    times[:, arms.index("weight")] *= slower
    of_run = dims[:3]
    variables = {
        "probe_accuracy": (dims, accuracy),
        "escape_seconds": (of_run, times),
        "escaped": (of_run, np.ones(shape[:3])),
        "threshold": ("setting", np.full(len(SETTINGS), 0.45)),
        "chance": ("setting", np.full(len(SETTINGS), 0.1)),
        **{name: (dims, np.full(shape, 0.4)) for name in ("amplitude_cv", "median_w", "on_bound")},
        "power": (dims, np.full(shape, 30.0)),
        **{name: ("setting", [getattr(s, name) for s in SETTINGS]) for name in Setting._fields},
    }
    if averaged:
        variables["averaged_accuracy"] = of_run, accuracy.mean(axis=3)
    labels = [setting.label for setting in SETTINGS]
    coords = {"setting": labels, "arm": arms, "seed": np.arange(SEEDS), "probe": PROBES}
    return xr.Dataset(variables, coords)


def labels(dataset, key):
    return {ruling.label for ruling in rulings_of(dataset)[key]}


# ---- settings


def change_of_u(theta_0, sigma, intensity_max, b):
    """b N times the mean of w^2 (x - alpha e^w)^2 over synapses at the start, x over stimuli: by
    the mean and variance of Poisson input through the kernel (Campbell).
    """
    p, rng = load_model("fang_2018").base_values(), np.random.default_rng(0)
    points, centres = rng.normal(0.5, 0.2, (20_000, 3)), rng.random((20_000, 3))
    distance = ((points - centres) ** 2).sum(axis=1)
    rate = p["r_min"] + p["r_max"] * np.exp(-distance / p["tuning_width"] ** 2)
    slow, fast = p["tau_m"], p["tau_s"]
    mean = rate * (slow - fast)
    square = mean**2 + rate * (slow / 2 + fast / 2 - 2 * slow * fast / (slow + fast))
    top = theta_0 + np.log(np.log(intensity_max / p["alpha"]))
    theta = np.clip(p["mu"] + sigma * rng.normal(size=200_000), p["theta_min"], top)
    w = np.exp(theta - theta_0)
    felt = p["alpha"] * np.exp(w)
    return b * p["N"] * np.mean(w**2 * (square.mean() - 2 * felt * mean.mean() + felt**2))


def test_an_event_changes_u_as_much_in_all_settings_as_in_the_model_as_it_is():
    """b is rounded to two digits, 4 % of 1.1; 20 000 stimuli give the mean square of x to 1 %."""
    own = SETTINGS[-1]
    model = load_model("fang_2018")
    assert all(model[name] == getattr(own, name) for name in Setting._fields)
    expected = change_of_u(*own)
    for setting in SETTINGS[:-1]:
        assert change_of_u(*setting) == pytest.approx(expected, rel=0.05), setting


def test_no_input_is_expected_to_be_stronger_than_the_strongest_there_is():
    p = load_model("fang_2018").base_values()
    strongest = (p["r_min"] + p["r_max"]) * (p["tau_m"] - p["tau_s"])
    bounded = {s.intensity_max for s in SETTINGS if s.sigma == 1 and s.theta_0 < 3}
    assert bounded == {round(strongest, 1)}


# ---- what is kept


def test_spread_of_known_synapses():
    """Weights 0 and log 4: amplitudes 1 and 2 times sqrt(N alpha), so that the variation is 1/3."""
    chosen = {"theta_0": 0.5, "N": 10.0, "alpha": 0.1, "intensity_max": 0.4}
    p = load_model("fang_2018").base_values() | chosen
    theta = np.full((2, 2, 4), -50.0)
    theta[1, :, :2] = 0.5 + np.log(np.log(4))
    found = spread_of(SimpleNamespace(values=p, learning={"theta": xr.DataArray(theta)}))
    np.testing.assert_allclose(found[0], [0, 1 / 3], atol=1e-9)
    np.testing.assert_allclose(found[1], [1, 2.5])
    np.testing.assert_allclose(found[2], [0, np.log(4) / 2], atol=1e-9)
    np.testing.assert_allclose(found[3], [0, 0.5])


def test_late_means_are_of_the_last_2000_s_alone():
    dataset = xr.Dataset(
        {"probe_accuracy": (("arm", "probe"), [[9.0, 9, 9, 1, 2, 3]])},
        {"arm": ["a"], "probe": [0.0, 1000, 2000, 3000, 3500, 4000]},
    )
    assert late_means(dataset).item() == 2
    assert late_means(dataset, "probe_accuracy", "a").item() == 2


# ---- rules


@pytest.mark.parametrize(
    ("settings", "key", "label"),
    [
        ({}, "late", REPRODUCED),
        ({"weight": 0.04}, "late", NOT),
        ({"weight": -0.04}, "late", NOT),
        ({"weight": -0.04}, "hot", NOT),
        ({}, "hot", REPRODUCED),
        ({"falling": -0.05}, "falling_hot", NOT),
        ({"gain": -0.05}, "gain_hot", NOT),
        ({"weight": 0.02}, "late", UNDECIDED),
        ({}, "averaged", REPRODUCED),
        ({"weight": -0.08}, "averaged", NOT),
        ({}, "escape", REPRODUCED),
        ({"slower": 2.0}, "escape", NOT),
        ({"slower": 0.5}, "escape", NOT),
        ({}, "falling", REPRODUCED),
        ({"falling": 0.05}, "falling", NOT),
        ({}, "gain", REPRODUCED),
        ({"gain": 0.01}, "gain", SMALLER),
        ({"gain": -0.05}, "gain", NOT),
    ],
)
def test_every_rule_comes_out_each_way(settings, key, label):
    assert labels(made_up(**settings), key) == {label}


def test_runs_that_never_learn_are_late_and_no_threshold_is_no_verdict():
    dataset = made_up()
    dataset["escaped"].loc[{"arm": "weight"}] = 0
    assert labels(dataset, "escape") == {NOT}
    dataset["threshold"][:] = np.nan
    assert labels(dataset, "escape") == {UNDECIDED}


def test_times_of_few_probes_cannot_be_told_equal():
    """Of 4 probes of 400 s one is a quarter, which is as much as may differ; of 3 it is more."""
    dataset = made_up()
    dataset["escape_seconds"][:] = 1600.0
    assert labels(dataset, "escape") == {REPRODUCED}
    dataset["escape_seconds"][:] = 1200.0
    assert labels(dataset, "escape") == {COARSE}
    assert "every 300 s would be enough" in findings(dataset)[10].number


def test_every_finding_has_the_variation_beside_it():
    dataset = made_up()
    dataset["amplitude_cv"][0] = np.where(PROBES > 2000, 0.25, 0.6)
    assert variation(dataset.isel(setting=0)) == pytest.approx((0.6, 0.25))
    rows = findings(dataset)
    assert len(rows) == len({row.key for row in rows}) == 20
    assert "amplitude 0.60 at the start, 0.25 over the last 2000 s" in rows[0].number
    assert all("amplitude 0.40 at the start, 0.40 over" in row.number for row in rows[1:5])


def test_a_dataset_without_averaged_answers_is_not_asked_for_them():
    assert rulings_of(made_up()).keys() - rulings_of(made_up(averaged=False)).keys() == {"averaged"}


# ---- words and figures


@pytest.mark.parametrize(("weight", "counts"), [(0.0, (4, 0)), (0.05, (0, 4))])
def test_five_sentences_say_what_the_rules_say(weight, counts):
    sentences = structure.hurry(made_up(weight=weight))
    assert len(sentences) == 5
    same, other = counts
    assert (
        f"in {same} of 4 settings with weights of order 1 it is so, in {other} it is not"
        in (sentences[1])
    )


def test_what_noise_costs_stands_beside_the_differences():
    """`weight` is 0.05 above noise alike for all, and none 0.01 above `weight`."""
    sentences = structure.hurry(made_up(weight=0.05, gain=-0.01, sd=0.0))
    four = ", ".join(["{}"] * 4)
    for before, number in (("settings are ", "+0.050"), ("accuracy by ", "-0.060")):
        assert before + four.format(*[number] * 4) in sentences[1]
    assert "`weight` by " + four.format(*["-0.010"] * 4) in sentences[1]
    assert "differences are " + four.format(*["+0.050"] * 4) in sentences[2]
    assert sentences[2].count("+0.050") == 6


def test_page_report_and_figures_are_made_of_the_dataset():
    datasets = {NAME: made_up(weight=0.03)}
    text = structure.STUDY.section(datasets)
    refuted = [row for row in text.splitlines() if len(re.findall(r"✗ \+0\.0[23]", row)) == 5]
    assert len(refuted) == 2  # late and hot
    assert structure.STUDY.report(datasets).count("\n") == 19
    drawn = structure.STUDY.figures(datasets)
    assert sorted(drawn) == ["structure", "structure_curves"]
    for ax in drawn["structure"].axes:
        _, weight, falling = (line.get_ydata() for line in ax.lines)
        np.testing.assert_allclose(weight, 0.03, atol=0.004)
        np.testing.assert_allclose(falling, 0, atol=0.004)


@pytest.mark.slow  # seven programs
def test_the_quick_form_runs_and_goes_on(tmp_path):
    given = "fang_2018_structure.py", "--quick", "--out", "structure", "--workers", "1"
    shown = script(*given, folder=tmp_path)
    first = xr.load_dataset(tmp_path / "structure" / f"{NAME}.nc")
    assert first.sizes["setting"] == len(SETTINGS)
    assert (first["amplitude_cv"].isel(setting=1, probe=0) > 0.3).all()
    assert script(*given, folder=tmp_path) == shown
    xr.testing.assert_identical(xr.load_dataset(tmp_path / "structure" / f"{NAME}.nc"), first)
