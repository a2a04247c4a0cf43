"""Two layers: the stimuli and their ceilings, rules that come out both ways, what is drawn."""

import numpy as np
import pytest
import xarray as xr
from runs import command, options, script

from spikesampler import Comparison, Result
from spikesampler.stats.rules import COARSE, NOT, REPRODUCED, SMALLER, UNDECIDED
from spikesampler.studies.two_layer.plan import ARMS, CONTROL, NAME, ONE, STARTS
from spikesampler.studies.two_layer.rules import findings, late, rulings_of
from spikesampler.studies.two_layer.study import STUDY
from spikesampler.studies.two_layer.xor import XorOfClusters

SEEDS, PROBES = 10, np.arange(0.0, 3001, 60)


# ---- stimuli


def test_rates_are_linear_in_the_two_features():
    source = XorOfClusters(8)
    points, labels = source.features("learning", 2000, 1)
    drawn = source.draw("learning", 2000, 1)
    assert (drawn.labels == labels).all()
    a, b = points.T
    for column, values in enumerate((a, a, 1 - a, 1 - a, b, b, 1 - b, 1 - b)):
        assert (drawn.table[:, column] == values).all()
    near = (points > 0.5).astype(int)
    assert abs((near[:, 0] ^ near[:, 1]) - labels).mean() < 0.03
    assert abs(labels.mean() - 0.5) < 0.05
    other = source.features("test", 2000, 1)[0]
    assert (other != points).any()


def test_ceilings_are_those_of_a_million_points():
    """Who takes the nearest corner, and the best line of 20 000 tried on the points themselves."""
    source = XorOfClusters(4)
    points, labels = source.features("learning", 1_000_000, 3)
    near = (points > 0.5).astype(int)
    assert ((near[:, 0] ^ near[:, 1]) == labels).mean() == pytest.approx(source.ceiling, abs=5e-4)
    rng, best = np.random.default_rng(0), 0.0
    some, of = points[:5000], labels[:5000]
    for angle, offset in zip(rng.uniform(0, np.pi, 20_000), rng.uniform(-1.2, 1.5, 20_000)):
        right = ((some @ [np.cos(angle), np.sin(angle)] > offset) == of).mean()
        best = max(best, right, 1 - right)
    # the best of many on 5000 points is above the truth by up to 3 of its standard errors, 0.019
    assert source.linear_ceiling - 0.005 < best < source.linear_ceiling + 0.019
    assert source.ceiling > source.linear_ceiling + 0.2


def test_the_bayes_accuracy_of_a_source_is_that_of_the_nearest_corner():
    source = XorOfClusters(40)
    drawn = source.draw("test", 5000, 2)
    told = source.bayes_accuracy(drawn.table, drawn.labels)
    assert told == pytest.approx(source.ceiling, abs=0.006)
    assert source.bayes_accuracy(drawn.table, 1 - drawn.labels) == pytest.approx(1 - told)


# ---- rules


def made_up(gains=None, two=0.9, one=0.5, escapes=None, sd=0.004):
    """A dataset in which arms differ from `none` by these accuracies, and escape by these times."""
    rng = np.random.default_rng(0)
    base = np.array([two, 0.5])[None, :, None] + 0.01 * rng.normal(size=(1, 2, SEEDS))
    moved = np.array([(gains or {}).get(arm, 0.0) for arm in ARMS])[:, None, None]
    late = base + moved + sd * rng.normal(size=(len(ARMS), 2, SEEDS))
    seconds = np.full(late.shape, 3000.0)
    for arm, time in (escapes or {}).items():
        seconds[ARMS.index(arm)] = time + 10 * rng.normal(size=(2, SEEDS))
    dims = ("arm", "start", "seed")
    curves = np.repeat(late[..., None], len(PROBES), axis=-1)
    curves[..., PROBES <= 1000] = 0.1  # only the last 2000 s count
    of_one = one + 0.01 * rng.normal(size=(len(ONE), SEEDS))
    variables = {
        "probe_accuracy": ((*dims, "probe"), curves),
        **{name: (dims, late) for name in ("late_probe_accuracy", "mean_probe_accuracy")},
        "test_accuracy": (dims, late),
        "escape_seconds": (dims, seconds),
        "escaped": (dims, (seconds < 3000).astype(int)),
        "one_probe_accuracy": (
            ("one_arm", "seed", "probe"),
            np.repeat(of_one[..., None], len(PROBES), axis=-1),
        ),
    }
    coords = {"arm": [*ARMS], "start": [*STARTS], "seed": np.arange(SEEDS), "probe": PROBES}
    attrs = {"ceiling": 0.988, "linear_ceiling": 0.723, "chance": 0.5, "samples": 15_000}
    return xr.Dataset(variables, {**coords, "one_arm": [*ONE]}, attrs)


def label(dataset, key):
    """The label of a question."""
    (found,) = [one.ruling.label for one in rulings_of(dataset) if one.key == key]
    return found


@pytest.mark.parametrize(
    ("settings", "key", "expected"),
    [
        ({}, "above_one", REPRODUCED),
        ({"two": 0.49}, "above_one", NOT),
        ({}, "above_line", REPRODUCED),
        ({"two": 0.7}, "above_line", NOT),
        ({"two": 0.78}, "above_line", SMALLER),
        ({}, "one_below", REPRODUCED),
        ({"one": 0.8}, "one_below", NOT),
        ({"gains": {"weight": 0.05}}, "gain_weight_prior", REPRODUCED),
        ({"gains": {"weight": -0.05}}, "gain_weight_prior", NOT),
        ({}, "gain_weight_prior", NOT),  # clearly less than what matters
        ({"gains": {"weight": 0.02}, "sd": 0.05}, "gain_weight_prior", UNDECIDED),
        ({"gains": {"weight@hidden": 0.05}}, "gain_weight_hidden_plateau", REPRODUCED),
        ({}, "place_weight", REPRODUCED),
        ({"gains": {"weight@hidden": 0.06}}, "place_weight", NOT),
        ({"gains": {"weight@outputs": 0.06}}, "place_weight", NOT),
        ({"escapes": {"weight": 1000.0}}, "sooner_weight", REPRODUCED),
        ({"escapes": {"none": 1000.0}}, "sooner_weight", NOT),
        ({"escapes": {"none": 100.0, "weight": 60.0}}, "sooner_weight", COARSE),
        ({}, "power_prior", REPRODUCED),
        ({"gains": {"weight": 0.06}}, "power_prior", NOT),
        ({"gains": {CONTROL: 0.06}}, "power_prior", NOT),
        ({"escapes": {"weight": 1000.0, CONTROL: 2000.0}}, "power_plateau", REPRODUCED),
        ({"escapes": {"weight": 1000.0, CONTROL: 500.0}}, "power_plateau", NOT),
        ({"escapes": {"none": 1000.0}}, f"sooner_{CONTROL}", NOT),
        ({"escapes": {CONTROL: 1000.0}}, f"sooner_{CONTROL}", REPRODUCED),
    ],
)
def test_every_rule_comes_out_both_ways(settings, key, expected):
    assert label(made_up(**settings), key) == expected


def test_only_the_last_2000_s_count():
    dataset = made_up()
    values = dataset["probe_accuracy"].sel(arm="weight", start="prior").values
    values += np.linspace(0, 0.2, len(PROBES))
    expected = values[:, PROBES > 1000].mean(axis=1)
    np.testing.assert_allclose(late(dataset, "weight", "prior"), expected)


def test_findings_say_which_arms_and_how_many():
    rows = {one.key: one for one in findings(made_up({"weight": 0.05}))}
    assert len(rows) == 3 + 2 * 7 + 2 + 7 + 2
    row = rows["gain_weight_prior"]
    assert "that grows with the weight, in all layers," in row.claim
    assert "`weight` against `none`" in row.reading
    assert "start prior" in row.reading
    assert row.n == "10 seeds, paired"
    assert "14 tests of" in row.number
    assert "in the outputs' synapses alone" in rows["gain_weight_outputs_prior"].claim


def test_sentences_have_the_numbers_of_the_dataset():
    dataset = made_up({"weight": 0.05}, escapes={"weight": 1000.0})
    sentences = STUDY.hurry({NAME: dataset})
    assert len(sentences) == 5
    none = late(dataset, "none", "prior")
    assert f"they reach {none.mean():.3f} [" in sentences[0]
    assert "10 of 10 networks leave it within 3000 s with the paper's noise" in sentences[4]
    assert "0 with noise that is as strong and the same for all" in sentences[4]
    assert "and 0 without" in sentences[4]


def test_figures_draw_what_they_are_given():
    dataset = made_up({"weight": 0.05})
    figures = STUDY.figures({NAME: dataset})
    axes = {ax.get_label(): ax for ax in figures["two_layer_curves"].axes}
    drawn = {line.get_label(): line for line in axes["prior weight"].lines}
    expected = dataset["probe_accuracy"].sel(arm="weight", start="prior").mean("seed").values
    np.testing.assert_allclose(drawn["weight"].get_ydata(), expected)
    (ax,) = [ax for ax in figures["two_layer"].axes if ax.get_label() == "accuracy plateau"]
    points = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) == SEEDS]
    for arm, values in zip(ARMS, points, strict=True):
        given = late(dataset, arm, "plateau")
        np.testing.assert_allclose(values, given)


# ---- the model, by every command


SMALL = {"I": 40, "H": 8, "circuits": 2, "K": 3, "D": 2}


@pytest.fixture(scope="module")
def folders(cache, tmp_path_factory):
    """A comparison of two_layer, two arms and two seeds, with its runs' spikes."""
    out = tmp_path_factory.mktemp("two_layer") / "comparison"
    sizes = {"samples": 40, "probe_every": 20, "probe_samples": 10, "test_samples": 10}
    words = options(set=SMALL, noise=None, arms="none,weight@hidden", seeds=2, **sizes)
    done = command("compare", "two_layer", *words, "--record", "all", "--out", out)
    assert done.status == 0, done.err
    return out


def test_compare_tells_arms_by_their_place(folders):
    comparison = Comparison(folders)
    assert comparison.arms == ["none", "weight@hidden"]
    first, second = (comparison.result(arm, 3) for arm in comparison.arms)
    for name in ("hidden", "outputs"):
        starts = [run.pathway(name).theta_path.isel(probe=0).values for run in (first, second)]
        assert (starts[0] == starts[1]).all()  # paired
    hidden = [run.pathway("hidden").theta.values for run in (first, second)]
    assert (hidden[0] != hidden[1]).any()


def test_report_export_and_raster_know_the_layers(folders, tmp_path):
    run = next(path.parent for path in folders.glob("*/learning.nc"))
    assert command("report", run).status == 0
    assert "hidden: turnover" in (run / "report.html").read_text()
    assert command("report", folders, "--out", tmp_path / "c.html").status == 0
    assert "weight@hidden" in (tmp_path / "c.html").read_text()
    assert command("export", run, "--to", "csv", "--out", tmp_path / "csv").status == 0
    assert any("hidden" in path.read_text()[:20_000] for path in (tmp_path / "csv").glob("*.csv"))
    assert command("raster", run, "--out", tmp_path / "raster.png").status == 0
    assert command("measures", run).status == 0


def test_the_viewer_shows_the_weights_of_each_layer(folders):
    from spikesampler.view.pathways import PathwaysPage
    from spikesampler.view.viewed_run import open_run

    path = next(path.parent for path in folders.glob("*/learning.nc"))
    shown, result = open_run(path), Result(path)
    page = PathwaysPage(shown)
    assert page.choice.options == ["outputs", "hidden"]
    for name, neuron in (("outputs", "output 1"), ("hidden", "hidden 1")):
        page.choice.value = name
        assert page.page.panels[1].title.text.startswith(neuron)
        np.testing.assert_allclose(
            np.sort(page.page.sources[1].data["w"]),
            np.sort(result.pathway(name).weights.values[1]),  # the last snapshot comes first
        )


def test_a_sweep_of_the_hidden_layer(cache, tmp_path):
    sizes = {"samples": 20, "probe_every": 20, "probe_samples": 6, "test_samples": 6}
    words = options(set=SMALL | {"nu": "50*Hz"}, noise=None, seeds=1, **sizes)
    grid = ("--grid", "rho_h=100*Hz,200*Hz", "--record", "none")
    done = command("sweep", "two_layer", *words, *grid, "--out", tmp_path / "sweep")
    assert done.status == 0, done.err
    rates = [run.name for run in (tmp_path / "sweep").glob("*/learning.nc")]
    assert len(rates) == 2


def test_saddle_is_refused_with_the_reason(folders):
    run = next(path.parent for path in folders.glob("*/learning.nc"))
    done = command("saddle", run)
    assert done.status == 2
    assert "expected a run of one layer without groups and delays" in done.err[-1]


@pytest.mark.slow  # builds networks of its own
def test_the_script_gathers_and_goes_on(tmp_path):
    arguments = ("two_layer.py", "--quick", "--workers", "1", "--out", "two_layer")
    shown = script(*arguments, folder=tmp_path)
    assert script(*arguments, folder=tmp_path) == shown
    dataset = STUDY.read(tmp_path / "two_layer")[NAME]
    assert dataset["late_probe_accuracy"].notnull().all()
