"""The command `saddle`: table, JSON, dataset, figure; and the steps of the proof on tables with
known answers.
"""

import json

import matplotlib
import numpy as np
import pandas as pd
import pytest
import xarray
from runs import command, listing, options

from spikesampler import Result, load_model
from spikesampler.errors import InputError, NotConvergedError
from spikesampler.experiments import objective_of
from spikesampler.experiments.saddle import saddle_path
from spikesampler.figures.saddle import saddle_figure
from spikesampler.stats.intervals import mean_interval
from spikesampler.studies.fang_2018.saddle_figure import study_figure
from spikesampler.studies.fang_2018.theorem import needed_amplification, share, steps

CONTRACT = [
    "seconds",
    "accuracy",
    "a",
    "b",
    "c",
    "total",
    "trace",
    "largest",
    "smallest",
    "gradient_norm",
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of 200 samples with 21 snapshots."""
    folder = tmp_path_factory.mktemp("saddle") / "run"
    assert command("run", "fang_2018", *options(record="none"), "--out", folder).status == 0
    return folder


@pytest.fixture(scope="module")
def said(run):
    return command("saddle", run, "--every", 10, "--patterns", 200, "--json")


def test_every_snapshot_is_an_object_with_the_names_of_the_contract(run, said):
    learning = Result(run).learning
    rows = json.loads(said.out[-1])
    assert said.status == 0
    assert all(name in row for row in rows for name in CONTRACT)
    assert [row["seconds"] for row in rows] == learning["probe_time"].values[::10].tolist()
    assert [row["accuracy"] for row in rows] == learning["probe_accuracy"].values[::10].tolist()
    objective = objective_of(run, patterns=200)
    for row, theta in zip(rows, learning["theta"].values[::10].astype(float), strict=True):
        assert row["total"] == pytest.approx(row["a"] + row["b"] + row["c"], rel=1e-12)
        assert row["trace"] == pytest.approx(objective.trace(theta), rel=1e-12)
        ends = np.linalg.eigvalsh(objective.hessian(theta))
        assert row["largest"] == pytest.approx(ends[-1], rel=1e-4)
        assert row["smallest"] == pytest.approx(ends[0], rel=1e-4)
        assert row["index"] == (ends > 0).sum()
        assert row["patterns"] == 200
        assert row["effective_patterns"] == 20_000
        assert row["agrees"] == ((row["total"] > 0) == (row["largest"] > 0))


def test_table_and_files_say_the_same_and_the_run_stays_whole(run, said):
    before = listing(run)
    done = command("saddle", run, "--every", 10, "--patterns", 200)
    assert listing(run) == before  # written again, the same; the first time by the fixture
    assert done.out[-2:] == [str(run / "saddle.png"), str(run / "saddle.nc")]
    rows = json.loads(said.out[-1])
    for line, row in zip(done.out[1:], rows):
        words = line.split()
        assert float(words[0]) == pytest.approx(row["seconds"], abs=0.5)
        assert words[5] == f"{row['total']:.3g}"
        assert words[7] == f"{row['largest']:.3g}"
    agree = sum(row["agrees"] for row in rows)
    assert done.out[len(rows) + 1].endswith(
        f"is positive in 3 of 3 snapshots, and a+b+c has its sign in {agree}"
    )
    dataset = xarray.load_dataset(run / "saddle.nc")
    assert dataset["largest"].values.tolist() == [row["largest"] for row in rows]
    assert dataset["escape_direction"].dims == ("snapshot", "output", "input")
    assert (run / "saddle.png").read_bytes().startswith(b"\x89PNG")
    assert Result(run).manifest["status"] == "finished"


def test_few_patterns_are_said_to_be_few(run, said):
    (trace,) = [line for line in said.err if "snapshots: largest is" in line]
    assert "200 patterns are few for" in trace
    assert "with standard error" in trace
    assert "--patterns" in trace


def test_what_does_not_converge_is_told_and_never_a_number(run, tmp_path, monkeypatch):
    from spikesampler.landscape import saddle

    def give_up(*_, **__):
        raise NotConvergedError("an end of the spectrum did not converge: raise tolerance")

    monkeypatch.setattr(saddle, "extreme_eigenvalues", give_up)
    done = command(
        "saddle", run, "--every", 10, "--patterns", 300, "--json", "--out", tmp_path / "s.png"
    )
    assert done.status == 1
    rows = json.loads(done.out[-1])
    assert [row["largest"] for row in rows] == [None] * 3
    assert all(row["trace"] < 0 for row in rows)
    assert (
        "3 of 3 snapshots without eigenvalues: an end of the spectrum did not converge"
        in "".join(done.err)
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "nowhere"),
        (
            ["{run}", "--kind", "moments"],
            "kind of patterns 'moments': expected one of snapshots, means",
        ),
        (["{run}", "--patterns", "1"], "patterns=1: expected a whole number of at least 2"),
        (["{run}", "--every", "0"], "every=0: expected a whole number of at least 1"),
        (
            ["{run}", "--counts-as", "many"],
            "counts_as is 'many': expected network, samples or a number",
        ),
        (["{run}", "--counts-as", "-3"], "amplification=-0.00075: expected a positive number"),
        (["{run}", "--tolerance", "2"], "tolerance is 2.0: expected a number between 0 and 1"),
        (["{run}", "--epsilon", "-1"], "epsilon"),
        (["{run}", "--out", "table.txt"], "table.txt"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(
    run, said, tmp_path, monkeypatch, arguments, complaint
):
    monkeypatch.chdir(tmp_path)
    before = listing(run)
    done = command("saddle", *(word.format(run=run) for word in arguments))
    assert (done.status, done.out) == (2, [])
    assert complaint in done.err[-1]
    assert listing(run) == before
    assert listing(tmp_path) == {}


def test_a_run_without_labels_or_with_retraction_is_refused(run):
    result = Result(run)
    result.manifest["rule"] = load_model("fang_2018", retraction="clip").rule.to_dict()
    with pytest.raises(
        InputError, match=r"climbed no known objective \(fang_2018\): the weight is clip"
    ):
        objective_of(result)
    result, rule = Result(run), load_model("fang_2018").rule.to_dict()
    result.manifest["rule"] = rule | {"learning": {"output": rule["learning"]["output"]}}
    with pytest.raises(InputError, match="it learnt without labels; expected a teacher"):
        objective_of(result)


def test_a_run_without_snapshots_is_refused(run, monkeypatch):
    result = Result(run)
    result.learning = result.learning.drop_vars("theta")
    with pytest.raises(
        InputError, match="holds no snapshots of theta: run it again with probe_every="
    ):
        saddle_path(result)


# --- the steps of the proof -----


def test_the_amplification_that_is_needed():
    """A + B = -8: with C = 4 at N = 100 it takes 200; none helps where C <= 0; none is needed where
    both are >= 0.
    """
    a, b = np.full(5, -10.0), np.array([2.0, 2.0, 2.0, 12.0, 12.0])
    c = np.array([4.0, 0.0, -1.0, 3.0, -3.0])
    np.testing.assert_array_equal(
        needed_amplification(a, b, c, 100.0), [200, np.inf, np.inf, 0, np.nan]
    )


def table(total, largest, seed=None, **columns):
    """Rows with A = -10, B = 1 and C what is left of the total."""
    n = len(total)
    given = {"a": np.full(n, -10.0), "b": np.ones(n)}
    given |= {"total": np.array(total, float), "largest": np.array(largest, float)}
    given |= {"c": given["total"] + 9, "trace": np.full(n, -1.0), "N": np.full(n, 100.0)}
    return pd.DataFrame(given | {"seed": np.ones(n, int) if seed is None else seed} | columns)


def test_shares_of_points():
    one = steps(table([5, 5, -5, -5, -9], [2, -2, 2, -2, -2]))
    shares = {
        "saddle": 0.4,
        "criterion": 0.4,
        "trace": 0.0,
        "agrees": 0.6,
        "c_positive": 0.8,
        "enough": 0.4,
    }
    assert {name: getattr(one, name).mean for name in shares} == shares
    assert one.false_alarm.mean == pytest.approx(1 / 3)
    assert one.b_small.mean == pytest.approx(2 / 5)  # C is 14, 14, 4, 4, 0
    assert one.exists.mean == pytest.approx(4 / 5)
    np.testing.assert_allclose(
        one.needed, np.percentile([900 / 14, 900 / 14, 225, 225], (25, 50, 75))
    )


def test_shares_are_of_seeds_not_of_points():
    """Three points of one seed and one of another: the seeds count alike, and the interval is over
    two.
    """
    found = share(table([1] * 4, [1] * 4, seed=[1, 1, 1, 2]), [True, True, True, False])
    assert found == mean_interval([1.0, 0.0], within=(0, 1))


def test_a_table_without_points_is_refused():
    with pytest.raises(InputError, match="a table without points"):
        steps(table([], []))


# --- figures -----


def test_the_figure_shows_the_numbers_it_was_given(run, said):
    found = xarray.load_dataset(run / "saddle.nc")
    figure = saddle_figure(found, 0.2, 0.9)
    upper, lower = figure.axes
    for line, name in zip(upper.lines[1:], ("total", "trace", "largest"), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), found[name])
    np.testing.assert_array_equal(lower.lines[-1].get_ydata(), found["accuracy"])
    low, high = upper.get_ylim()
    for name in ("total", "trace", "largest"):
        assert ((low < found[name]) & (found[name] < high)).all()
    assert f"{found['agrees'].values.sum()} of 3 snapshots" in figure.texts[0].get_text()


def test_quadrants_where_the_signs_differ_are_shaded():
    curve = np.array([[1.0, -20.0, 300.0]] * 3)
    paths = {
        (arm, start): (np.arange(3.0), {"total": curve, "trace": -curve, "largest": curve})
        for arm in ("none", "weight")
        for start in ("prior", "plateau")
    }
    index = {
        start: (np.arange(3.0), np.full((2, 3, 3), 0.25), ("none", "weight"))
        for start in ("prior", "plateau")
    }
    stationary = (
        np.array([5.0, -5.0]),
        np.array([-2.0, 30.0]),
        np.array([0, 1]),
        ["maxima", "passes"],
    )
    figure = study_figure(paths, index, stationary)
    signs = figure.axes[-1]
    shades = [
        one.get_paths()[0].get_extents()
        for one in signs.collections
        if isinstance(one, matplotlib.collections.PolyCollection)
    ]
    points = [(line.get_xdata()[0], line.get_ydata()[0]) for line in signs.lines]
    assert points == [(-2.0, 5.0), (30.0, -5.0)]
    assert all(any(shade.contains(*point) for shade in shades) for point in points)
    assert not any(shade.contains(30.0, 5.0) or shade.contains(-2.0, -5.0) for shade in shades)
