"""Expectation maximisation by STDP: stimuli, what is counted, rules that come out both ways."""

import numpy as np
import pytest
import xarray as xr
from runs import command, options, script

from spikesampler import Comparison, Result, run
from spikesampler.stats.rules import NOT, REPRODUCED, SMALLER, UNDECIDED
from spikesampler.studies.nessler_2013 import data, plan
from spikesampler.studies.nessler_2013.causes import HiddenCauses
from spikesampler.studies.nessler_2013.plan import CONDITIONS, FIXED, NAME, NOISES
from spikesampler.studies.nessler_2013.rules import (
    C,
    deviation,
    distance,
    findings,
    gap_of_law,
    rulings_of,
    spread_gap,
)
from spikesampler.studies.nessler_2013.study import STUDY

SEEDS = 10


# ---- stimuli


def test_as_many_inputs_fire_whatever_the_cause():
    source = HiddenCauses(num_pixels=9, num_causes=3, flips=0.2)
    drawn = source.draw("learning", 5000, 1)
    white, black = np.split(drawn.table, 2, axis=1)
    assert (white + black == 1).all()
    pictures = source.pictures(1)
    turned = (white != pictures[drawn.labels]).mean()
    assert abs(turned - 0.2) < 5 * np.sqrt(0.16 / white.size)
    assert abs(np.bincount(drawn.labels) / 5000 - 1 / 3).max() < 0.035
    assert (source.pictures(2) != pictures).any()
    assert (source.draw("test", 5000, 1).table != drawn.table).any()


def test_the_ceiling_of_two_causes_is_that_of_a_binomial_law():
    """Two causes that differ in d pixels: right where fewer than d/2 of these are turned over, and
    half of the time where just as many are.
    """
    from scipy.stats import binom

    source = HiddenCauses(num_pixels=12, num_causes=2, flips=0.3)
    first, second = source.pictures(5)
    d = int((first != second).sum())
    right = binom.cdf((d - 1) // 2, d, 0.3)
    right += binom.pmf(d // 2, d, 0.3) / 2 * (d % 2 == 0)
    assert source.best_accuracy(5) == pytest.approx(right, abs=5 * 0.5 / np.sqrt(1e5))
    assert HiddenCauses(12, 2, 0.0).best_accuracy(5) == 1.0


# ---- what is counted, and its law


def test_fluctuations_of_a_weight_are_those_of_the_law():
    """The rule by numpy, 300 synapses whose inputs fire by chance P at each spike of the output:
    E[exp(-w)] is exact, and E[w] + log E[exp(-w)] eta (1 - P)/(4 P) for small eta, with noise more.
    """
    rng, eta, rate = np.random.default_rng(3), 0.01, 10.0
    P = np.repeat([0.2, 0.3, 0.5], 400)
    for arm, variance in (("none", 0.0), ("constant", 2e-3)):
        w, inverse, weight, n = np.log(C * P), 0.0, 0.0, 6000
        for step in range(n + 1500):
            if step >= 1500:
                inverse, weight = inverse + np.exp(-w) / n, weight + w / n
            w = w + eta * (C * np.exp(-w) * (rng.random(len(P)) < P) - 1)
            w += np.sqrt(variance / rate) * rng.standard_normal(len(P))
        shape = (1, 1, len(P))
        dims = ("seed", "few_output", "few_input")
        of = {"P": P, "inverse": inverse, "weight": weight, "rate": np.full(len(P), rate)}
        of = xr.Dataset({key: (dims, value.reshape(shape)) for key, value in of.items()})
        law = gap_of_law(of, plan.Fixed(eta, arm))
        for p in np.unique(P):
            some = of["P"].values[0, 0] == p
            found = spread_gap(of).values[0, 0, some].mean()
            told = law.values[0, 0, some].mean()
            # first order in eta: wrong by some parts of eta/P; 400 independent weights give 3 %
            assert found == pytest.approx(told, rel=0.15)
            for wrong in (-told, told / 2, 2 * told):
                assert found != pytest.approx(wrong, rel=0.15)
            assert (C * p * inverse[P == p]).mean() == pytest.approx(1.0, abs=0.01)


def blind(eta=0.1, **changes):
    """A run of the counting model, of 4 outputs that spike blindly and rarely."""
    return {"eta": eta, "rho": 4.0, "gain": 0.0, "settle": 200.0, "r_min": "20*Hz", **changes}


@pytest.mark.slow  # builds a network of its own
def test_at_the_fixed_point_nothing_is_left(cache, tmp_path):
    """Of 16 inputs and 4 outputs, E[exp(-w)] = 1/(c P) within five standard errors, no more than
    3 %; for which a wrong sign, c or P would be off by more.
    """
    model = plan.counting_model(tmp_path)
    chosen = {"I": 32, "K": 4, "excitability": "homeostasis"} | blind()
    settings = {"data": plan.FEW, "samples": 3000, "probe_every": 3000, "record": "none"}
    settings |= {"probe_samples": 4, "test_samples": 4, "average": 0, "set": chosen}
    with pytest.warns(UserWarning, match="used nowhere"):
        result = run(model, out=tmp_path / "run", progress=lambda *_: None, **settings)
    P, inverse, weight, rate = data.counted(result, plan.Fixed(0.1))
    assert np.isfinite(P).all()
    assert rate == pytest.approx(1.0, abs=0.2)
    product = C * P * inverse
    error = 5 * product.std() / np.sqrt(product.size)
    assert abs(product.mean() - 1) < error + 0.005
    assert error < 0.03
    assert (weight > np.log(C * P)).mean() > 0.8  # by their spread


# ---- rules


def made_up(accuracy=None, off=None, far=0.0, sd=0.01, shuffled=0.06, untaught=0.1, law=1.0):
    """A dataset: accuracies by cell, and products c P E[exp(-w)] - 1 by condition."""
    rng = np.random.default_rng(0)
    cells = [plan.label(*cell) for cell in plan.CELLS]
    given = {cell: 0.93 for cell in cells} | {"fast prior": 0.3} | (accuracy or {})
    tests = np.array([given[cell] for cell in cells])[:, None] + sd * rng.normal(
        size=(len(cells), SEEDS)
    )
    probes = np.arange(0.0, 401, 40)
    curves = np.repeat(tests[..., None], len(probes), axis=-1)
    curves[..., 0] = untaught + sd * rng.normal(size=tests.shape)
    shape = (len(FIXED), SEEDS, 4, 32)
    P = np.broadcast_to(np.linspace(0.12, 0.38, 32), shape)
    dims = ("fixed", "seed", "few_output", "few_input")
    of = xr.Dataset({"P": (dims, P), "rate": (dims, np.ones(shape))})
    product = np.array([1 + (off or {}).get(name, 0.0) for name in FIXED])[:, None, None, None]
    product = product + 0.002 * rng.normal(size=(len(FIXED), SEEDS, 1, 1))
    inverse = product / (C * P)
    gaps = np.stack(
        [
            law * gap_of_law(of.isel(fixed=number), one).values
            for number, one in enumerate(FIXED.values())
        ]
    )
    gaps = gaps * (1 + sd * rng.normal(size=(len(FIXED), SEEDS, 1, 1)))
    weight = gaps - np.log(inverse) + far
    variables = {
        "test_accuracy": (("cell", "seed"), tests),
        "information": (("cell", "seed"), 0.87 + sd * rng.normal(size=tests.shape)),
        "shuffled_information": (("cell", "seed"), shuffled + sd * rng.normal(size=tests.shape)),
        "probe_accuracy": (("cell", "seed", "probe"), curves),
        "ceiling": (("seed",), np.full(SEEDS, 0.995)),
        "picture": (("cause", "pixel"), plan.CAUSES.pictures(1)),
        "learnt": (("output", "pixel"), rng.normal(size=(10, 36))),
        "stands_for": (("output",), np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 8])),
        "inverse": (dims, inverse),
        "weight": (dims, weight),
    }
    coords = {"cell": cells, "fixed": [*FIXED], "seed": np.arange(SEEDS), "probe": probes}
    return of.assign(variables).assign_coords(coords).assign_attrs(chance=0.1)


@pytest.mark.parametrize(
    ("settings", "key", "expected"),
    [
        ({}, "found_prior", REPRODUCED),
        ({"accuracy": {"prior": 0.7}}, "found_prior", NOT),
        ({"accuracy": {"prior": 0.9}, "sd": 0.1}, "found_prior", UNDECIDED),
        ({}, "found_fast_prior", NOT),
        ({}, "shuffled", REPRODUCED),
        ({"shuffled": 0.87}, "shuffled", NOT),
        ({"shuffled": 0.6}, "shuffled", SMALLER),
        ({}, "untaught", REPRODUCED),
        ({"untaught": 0.3}, "untaught", NOT),
        ({"accuracy": {"homeostasis": 0.97}}, "homeostasis_over_prior", REPRODUCED),
        ({"accuracy": {"homeostasis": 0.9}}, "homeostasis_over_prior", NOT),
        ({}, "prior_over_fast_prior", REPRODUCED),
        ({"accuracy": {"fast prior": 0.96}}, "prior_over_fast_prior", NOT),
        ({"accuracy": {"prior, constant": 0.97}}, "noise_prior_constant", REPRODUCED),
        ({"accuracy": {"prior, constant": 0.8}}, "noise_prior_constant", NOT),
        ({}, "noise_homeostasis_constant_10", NOT),
        ({}, "fixed_blind_0.1", REPRODUCED),
        ({"off": {"blind, 0.1": 0.2}}, "fixed_blind_0.1", NOT),
        ({"off": {"driven, 0.03": -0.2}}, "fixed_driven_0.03", NOT),
        ({}, "near_driven_0.003", REPRODUCED),
        ({"far": 0.2}, "near_driven_0.003", NOT),
        ({}, "near_driven_0.1", NOT),
        ({}, "law_blind_0.01", REPRODUCED),
        ({"law": 2.0}, "law_blind_0.01", NOT),
        ({"law": -1.0}, "law_blind_constant", NOT),
        ({"law": 0.5}, "law_blind_weight", NOT),
    ],
)
def test_every_rule_comes_out_both_ways(settings, key, expected):
    labels = {one.key: one.ruling.label for one in rulings_of(made_up(**settings))}
    assert labels[key] == expected


def test_numbers_of_the_fixed_points_are_means_over_synapses():
    dataset = made_up(off={"rare, 0.1": 0.3}, far=0.1)
    of = dataset.sel(fixed="rare, 0.1")
    expected = (20 * of["P"] * of["inverse"]).values.mean(axis=(1, 2)) - 1
    np.testing.assert_allclose(deviation(dataset, "rare, 0.1"), expected)
    expected = np.abs(of["weight"] - np.log(20 * of["P"])).values.mean(axis=(1, 2))
    np.testing.assert_allclose(distance(dataset, "rare, 0.1"), expected)


def test_findings_sentences_and_pages_have_the_numbers_of_the_dataset():
    dataset = made_up()
    rows = {one.key: one for one in findings(dataset)}
    assert len(rows) == 4 + 2 + 3 + 6 + 2 * len(FIXED) + 4
    assert rows["found_prior"].source == "Nessler et al. 2013"
    assert rows["fixed_blind_0.1"].source == "control"
    sentences = STUDY.hurry({NAME: dataset})
    assert len(sentences) == 5
    accuracy = dataset["test_accuracy"].sel(cell="prior").values.mean()
    assert f"{accuracy:.3f} [" in sentences[0]
    product = 1 + deviation(dataset, "blind, 0.1").mean()
    assert f"blindly it is {product:.3f} [" in sentences[3]
    assert "| blind | 0.1 | `none` |" in STUDY.section({NAME: dataset})


def test_figures_draw_what_they_are_given():
    dataset = made_up()
    figures = STUDY.figures({NAME: dataset})
    axes = {ax.get_label(): ax for figure in figures.values() for ax in figure.axes}
    drawn = {line.get_label(): line for line in axes["curves"].lines}
    for cell in CONDITIONS:
        expected = dataset["probe_accuracy"].sel(cell=cell).mean("seed").values
        np.testing.assert_allclose(drawn[cell].get_ydata(), expected)
    points = [line.get_ydata() for line in axes["tests"].lines if len(line.get_xdata()) == SEEDS]
    np.testing.assert_allclose(points, dataset["test_accuracy"].values)
    drawn = {line.get_label(): line for line in axes["deviations"].lines}
    np.testing.assert_allclose(drawn["blind"].get_xdata(), [0.01, 0.03, 0.1])
    expected = [1 + deviation(dataset, f"rare, {eta}").mean() for eta in ("0.01", "0.03", "0.1")]
    np.testing.assert_allclose(drawn["rare"].get_ydata(), expected)
    of = dataset.sel(fixed="driven, 0.03")
    clouds = [line.get_xydata().T for line in axes["distances"].lines]
    of_it = 0.03 / of["P"].values.ravel(), (of["weight"] - np.log(C * of["P"])).values.ravel()
    assert any(np.shape(cloud) == np.shape(of_it) and np.allclose(cloud, of_it) for cloud in clouds)
    assert "weights 8" in axes
    assert "weights 9" not in axes  # no output stands for this cause
    shown = axes["cause 3"].images[0].get_array().ravel()
    np.testing.assert_array_equal(shown > 0, dataset["picture"].values[3] == 1)
    shown = axes["weights 8"].images[0].get_array()
    np.testing.assert_allclose(shown.ravel(), dataset["learnt"].values[8:].mean(axis=0))


# ---- the model by every command


SMALL = {"I": 30, "K": 3, "D": 2}


@pytest.fixture(scope="module")
def folder(cache, tmp_path_factory):
    """A comparison of two arms and two seeds, with its runs' spikes."""
    out = tmp_path_factory.mktemp("nessler_2013") / "comparison"
    sizes = {"samples": 40, "probe_every": 20, "probe_samples": 10, "test_samples": 10}
    words = options(set=SMALL, noise=None, arms=f"none,{NOISES[1]}", seeds=2, **sizes)
    done = command("compare", NAME, *words, "--record", "all", "--out", out)
    assert done.status == 0, done.err
    return out


def test_compare_report_export_and_raster_work_on_it(folder, tmp_path):
    assert Comparison(folder).arms == ["none", "weight"]
    of = next(path.parent for path in folder.glob("*/learning.nc"))
    assert command("report", of).status == 0
    assert "fired" in (of / "report.html").read_text()
    assert command("export", of, "--to", "csv", "--out", tmp_path / "csv").status == 0
    assert command("raster", of, "--out", tmp_path / "raster.png").status == 0


def test_the_viewer_shows_a_run(folder):
    """Its spikes and weights, without a browser."""
    from bokeh.document import Document

    from spikesampler.view.spikes import SpikesPage
    from spikesampler.view.viewed_run import open_run
    from spikesampler.view.weights import WeightsPage

    path = next(path.parent for path in folder.glob("*/learning.nc"))
    shown, result = open_run(path), Result(path)
    assert [*SpikesPage(shown, Document()).rasters] == ["inputs", "outputs"]
    times, _ = shown.recording.read("outputs", 0.0, 8.0)
    np.testing.assert_array_equal(times, result.spikes("outputs")[0])
    np.testing.assert_allclose(shown.pathway().weights()[2], result.weights_at(2), rtol=1e-12)
    assert WeightsPage(shown.pathway()).sources


def test_a_sweep_of_the_excitability(cache, tmp_path):
    sizes = {"samples": 20, "probe_every": 20, "probe_samples": 6, "test_samples": 6}
    words = options(set=SMALL, noise=None, seeds=1, **sizes)
    grid = ("--grid", "excitability=prior,homeostasis,none", "--record", "none")
    done = command("sweep", NAME, *words, *grid, "--out", tmp_path / "sweep")
    assert done.status == 0, done.err
    assert len([*(tmp_path / "sweep").glob("*/learning.nc")]) == 3


def test_saddle_is_refused_with_the_reason(folder):
    of = next(path.parent for path in folder.glob("*/learning.nc"))
    done = command("saddle", of)
    assert done.status == 2
    assert "it learnt without labels" in done.err[-1]


@pytest.mark.slow  # builds networks of its own
def test_the_script_gathers_and_goes_on(tmp_path):
    arguments = ("nessler_2013.py", "--quick", "--workers", "1", "--out", "nessler")
    shown = script(*arguments, folder=tmp_path)
    assert script(*arguments, folder=tmp_path) == shown
    dataset = STUDY.read(tmp_path / "nessler")[NAME]
    assert dataset["test_accuracy"].notnull().all()
