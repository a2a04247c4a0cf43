"""Sequences: stimuli and the best that is possible, the lateral fixed point, rules, commands."""

from itertools import product

import numpy as np
import pytest
import xarray as xr
from runs import command, options, script

from spikesampler import Comparison, Result, run
from spikesampler.stats.rules import NOT, REPRODUCED
from spikesampler.studies.kappel_2014.data import followed, heard
from spikesampler.studies.kappel_2014.plan import CONDITIONS, LATERAL, NAME, points, source_of
from spikesampler.studies.kappel_2014.rules import accuracy, findings, rulings_of
from spikesampler.studies.kappel_2014.sequences import PICTURE_OF, Sequences
from spikesampler.studies.kappel_2014.study import STUDY

# ---- stimuli


def test_states_follow_each_other_but_for_jumps():
    """A jump leads to any of four states, so that 3/4 of them are seen: 0.075 of 20 000, with an
    error of 0.0019.
    """
    states = Sequences(16, 0.1, 0.1).states("learning", 20_000, 3)
    broken = (np.diff(states) % 4 != 1).mean()
    assert broken == pytest.approx(0.075, abs=0.008)
    assert np.bincount(states) / 20_000 == pytest.approx(np.full(4, 0.25), abs=0.02)
    always = Sequences(16, 0.1, 0.0).states("learning", 100, 3)
    assert (np.diff(always) % 4 == 1).all()
    free = Sequences(16, 0.1, 1.0).states("learning", 20_000, 3)
    pairs = np.bincount(4 * free[:-1] + free[1:], minlength=16) / 19_999
    assert pairs == pytest.approx(np.full(16, 1 / 16), abs=0.008)
    other = Sequences(16, 0.1, 0.1).states("test", 100, 3)
    assert (other != states[:100]).any()


def test_states_0_and_2_look_alike():
    source = Sequences(16, 0.0, 0.1)
    drawn, pictures = source.draw("learning", 200, 5), source.pictures(5)
    white, black = np.split(drawn.table, 2, axis=1)
    np.testing.assert_array_equal(white + black, np.ones((200, 16)))
    np.testing.assert_array_equal(white, pictures[PICTURE_OF[drawn.labels]])
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (pictures[one] == pictures[other]).mean() <= 0.75


def test_the_best_accuracies_are_those_of_all_paths_summed():
    """Beliefs after each of five samples, against the sum over all 4^5 sequences of states."""
    source, number = Sequences(8, 0.3, 0.4), 5
    likelihood, states = source._likelihood(7, number)
    beliefs = np.zeros((number, 4))
    for path in product(range(4), repeat=number):
        chance = 0.25
        for step, state in enumerate(path):
            if step:
                chance *= 0.1 + 0.6 * ((path[step - 1] + 1) % 4 == state)
            chance *= likelihood[step, state]
            prefix = path[: step + 1]
            if all(later == 0 for later in path[step + 1 :]):  # each prefix once
                beliefs[step, prefix[-1]] += chance
    best = np.isclose(beliefs, beliefs.max(axis=1, keepdims=True))
    right = (best / best.sum(axis=1, keepdims=True))[np.arange(number), states].mean()
    assert source.remembering(7, number) == pytest.approx(right, abs=1e-9)


def test_memory_is_what_the_task_needs():
    """Without it two of four states are told, and of the other two half; without order as well."""
    source = Sequences(36, 0.1, 0.1)
    assert source.memoryless(3) == pytest.approx(0.75, abs=0.01)
    assert source.remembering(3) > 0.95
    unordered = Sequences(36, 0.1, 1.0)
    assert unordered.remembering(3) == pytest.approx(unordered.memoryless(3), abs=0.01)


# ---- the model


def test_lateral_weights_are_logarithms_of_who_fired_before(cache, tmp_path):
    """c P E[e^(-w)] = 1 for every lateral synapse, P counted in the recorded spikes: whether output
    j fired in the 10 ms that ended a lag before a spike of output k, with its own step. At eta =
    0.01 a weight fluctuates by eta (1 - P)/(2 P) in variance, and w is its mean at 40 probes: with
    P above 0.1 that is 0.03 at most, and as much for probes that remember. A lag that is 20 ms off,
    or a factor of 2 in c, is not: the controls.
    """
    result = run(
        "kappel_2014",
        noise="none",
        data=Sequences(16, 0.1, 0.1),
        seed=3,
        samples=8000,
        probe_every=100,
        probe_samples=4,
        test_samples=4,
        record="all",
        average=0,
        set={"I": 32, "K": 4, "r_max": "40*Hz"},
        out=tmp_path / "run",
    )
    times, outputs = result.spikes("outputs", start=200.0)
    steps, K = np.rint(times * 1000).astype(int), 4
    fired = np.zeros((steps[-1] + 200, K), bool)
    fired[steps, outputs.astype(int)] = True

    def share(lag):
        """P of each synapse (k, j): spikes of j in steps s - lag - 9 to s - lag."""
        recent = np.array(
            [np.convolve(one, np.ones(10), "full")[: len(one)] > 0 for one in fired.T]
        )
        found = np.zeros((K, K))
        late = steps > steps[0] + 200
        for k in range(K):
            at = steps[late & (outputs == k)] - lag
            found[k] = recent[:, at].mean(axis=1)
        return found

    learnt = np.array(
        [result.pathway(LATERAL).weights_at(probe).values for probe in range(41, 81)]
    ).mean(axis=0)

    def off(lag, c=20.0):
        P = share(lag)
        some = P > 0.1
        return np.abs(c * P[some] * np.exp(-learnt[some]) - 1).mean()

    assert off(50) < 0.1
    assert off(30) > 0.2
    assert off(50, c=40.0) > 0.5


def test_conditions_are_what_their_names_say(tmp_path):
    sizes = {"samples": 20, "probe_every": 10, "probe_samples": 4, "test_samples": 4}
    found = {path.name: one for path, one in points(tmp_path, 2, **sizes).items()}
    assert len(found) == len(CONDITIONS)
    assert found["no_lateral-seed2"].model["lateral"] == 0
    assert found["short_lag-seed2"].model["lag"] == pytest.approx(0.01)
    assert found["four_outputs-seed2"].model["K"] == 4
    assert found["lateral-seed2"].model["lag"] == found["lateral-seed2"].model["sample_length"]
    assert source_of("no order").jumps == 1
    assert found["weight-seed2"].arm == "weight"


# ---- rules


SEEDS, PROBES = 10, np.arange(0.0, 801, 50)


def made_up(**changes):
    """A dataset; changes : accuracy of a condition, or `followed`."""
    base = {
        "lateral": 0.92,
        "no lateral": 0.73,
        "no order": 0.72,
        "short lag": 0.74,
        "four outputs": 0.91,
        "constant": 0.92,
        "weight": 0.92,
        "followed": 0.9,
    } | {name.replace("_", " "): value for name, value in changes.items()}
    rng, names = np.random.default_rng(0), [*CONDITIONS]
    test = np.array([base[name] for name in names])[:, None] + 0.003 * rng.normal(
        size=(len(names), SEEDS)
    )
    told = np.full((len(names), SEEDS), base["followed"])
    return xr.Dataset(
        {
            "test_accuracy": (("condition", "seed"), test),
            "probe_accuracy": (
                ("condition", "seed", "probe"),
                np.repeat(test[..., None], len(PROBES), axis=-1),
            ),
            "followed": (("condition", "seed"), told + 0.01 * rng.normal(size=told.shape)),
            "memoryless": (("condition", "seed"), np.full(test.shape, 0.75)),
            "remembering": (("condition", "seed"), np.full(test.shape, 0.97)),
            "heard": (("state", "before"), np.roll(np.eye(4), 1, axis=0) * 0.8 + 0.05),
        },
        {"condition": names, "seed": np.arange(SEEDS), "probe": PROBES},
    )


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({}, "remembers", REPRODUCED),
        ({"lateral": 0.74}, "remembers", NOT),
        ({}, "near_best", REPRODUCED),
        ({"lateral": 0.8}, "near_best", NOT),
        ({}, "over_none", REPRODUCED),
        ({"no_lateral": 0.93}, "over_none", NOT),
        ({}, "no_lateral", REPRODUCED),
        ({"no_lateral": 0.8}, "no_lateral", NOT),
        ({}, "no_order", REPRODUCED),
        ({"no_order": 0.8}, "no_order", NOT),
        ({}, "lag", REPRODUCED),
        ({"short_lag": 0.93}, "lag", NOT),
        ({}, "followed", REPRODUCED),
        ({"followed": 0.2}, "followed", NOT),
        ({}, "four", REPRODUCED),
        ({"four_outputs": 0.8}, "four", NOT),
        ({}, "noise_constant", NOT),
        ({"constant": 0.96}, "noise_constant", REPRODUCED),
        ({"weight": 0.96}, "noise_weight", REPRODUCED),
    ],
)
def test_every_rule_comes_out_both_ways(changes, key, expected):
    (found,) = [one.ruling.label for one in rulings_of(made_up(**changes)) if one.key == key]
    assert found == expected


def test_sentences_and_pages_have_the_numbers_of_the_dataset():
    dataset = made_up()
    sentences = STUDY.hurry({NAME: dataset})
    assert len(sentences) == 5
    assert f"outputs tell {accuracy(dataset, 'lateral').mean():.3f} [" in sentences[1]
    assert "in 10 of 10 runs more than the best without memory" in sentences[1]
    page = STUDY.section({NAME: dataset})
    for name in CONDITIONS:
        assert f"| {name} | {accuracy(dataset, name).mean():.3f} [" in page
    rows = findings(dataset)
    assert len(rows) == 10
    assert "800 s" in rows[0].reading


def test_the_figure_draws_what_it_is_given():
    dataset = made_up()
    figure = STUDY.figures({NAME: dataset})["kappel_2014"]
    axes = {ax.get_label(): ax for ax in figure.axes}
    lines = {line.get_label(): line for line in axes["curves"].lines}
    mean = dataset["probe_accuracy"].sel(condition="short lag").mean("seed")
    np.testing.assert_allclose(lines["short lag"].get_ydata(), mean, rtol=1e-6)
    points = [line.get_ydata() for line in axes["tests"].lines if len(line.get_ydata()) == SEEDS]
    np.testing.assert_allclose(points, dataset["test_accuracy"].values)
    shown = axes["learnt"].images[0].get_array()
    np.testing.assert_allclose(shown, dataset["heard"].values)


# ---- commands


SMALL = {"I": 32, "K": 4, "D": 2}


@pytest.fixture(scope="module")
def folder(cache, tmp_path_factory):
    """A comparison of two arms and two seeds, with its runs' spikes."""
    out = tmp_path_factory.mktemp("kappel_2014") / "comparison"
    sizes = {"samples": 40, "probe_every": 20, "probe_samples": 10, "test_samples": 10}
    words = options(set=SMALL, noise=None, arms="none,weight@outputs", seeds=2, **sizes)
    done = command("compare", NAME, *words, "--record", "all", "--out", out)
    assert done.status == 0, done.err
    return out


def test_commands_work_on_it(folder, tmp_path):
    from spikesampler.view.pathways import PathwaysPage
    from spikesampler.view.viewed_run import open_run

    assert Comparison(folder).arms == ["none", "weight@outputs"]
    path = next(path.parent for path in folder.glob("*/learning.nc"))
    assert command("report", path).status == 0
    assert LATERAL in (path / "report.html").read_text()
    assert command("export", path, "--to", "csv", "--out", tmp_path / "csv").status == 0
    assert command("raster", path, "--out", tmp_path / "raster.png").status == 0
    result, shown = Result(path), open_run(path)
    page = PathwaysPage(shown)
    page.choice.value = LATERAL
    assert page.page.shown.heard == "output"
    assert heard(result).shape == (4, 4)
    assert 0 <= followed(result) <= 1
    done = command("saddle", path)
    assert done.status == 2
    assert "expected a run of one layer without groups and delays" in done.err[-1]


def test_a_sweep_of_the_lag(cache, tmp_path):
    sizes = {"samples": 20, "probe_every": 20, "probe_samples": 6, "test_samples": 6}
    words = options(set=SMALL, noise=None, seeds=1, **sizes)
    grid = ("--grid", "lag=20*ms,50*ms", "--record", "none", "--out", tmp_path / "sweep")
    done = command("sweep", NAME, *words, *grid)
    assert done.status == 0, done.err
    assert len([*(tmp_path / "sweep").glob("*/learning.nc")]) == 2


@pytest.mark.slow  # builds networks of its own
def test_the_script_gathers_and_goes_on(tmp_path):
    arguments = ("kappel_2014.py", "--quick", "--workers", "1", "--out", "sequences")
    shown = script(*arguments, folder=tmp_path)
    assert script(*arguments, folder=tmp_path) == shown
    assert STUDY.read(tmp_path / "sequences")[NAME]["test_accuracy"].notnull().all()
