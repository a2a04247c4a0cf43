"""What experimenters measure: laws of the functions, and numbers of runs by hand."""

import json

import numpy as np
import pytest
from runs import command, options
from scipy.signal import lfilter

from spikesampler import Result, stats
from spikesampler.errors import InputError
from spikesampler.experiments.measures import measures_of

# ---- presence


def test_turnover_and_survival_by_hand():
    present = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1], [0, 1, 1, 1]], bool)
    assert stats.turnover(present).tolist() == [2 / 4, 2 / 6, 1 / 7]
    assert stats.surviving(present).tolist() == [1, 0.5, 0.5, 0]  # who comes back does not count


def test_presence_that_follows_a_law():
    """On for a, off for b, each forgotten in a step: turnover 1 - p of there, survival p^t.

    p = 0.9 stays, q = 0.3 comes: there is q/(q + 1 - p) = 0.75 of it; from one session to the next
    0.1*0.75 go and as many come. 20 000 synapses: three standard errors are below 0.006.
    """
    rng, there = np.random.default_rng(1), np.zeros((20, 20_000), bool)
    there[0] = rng.random(20_000) < 0.75
    for t in range(1, 20):
        draws = rng.random(20_000)
        there[t] = np.where(there[t - 1], draws < 0.9, draws < 0.3)
    assert np.abs(stats.turnover(there) - 0.1).max() < 0.006
    assert np.abs(stats.surviving(there) - 0.9 ** np.arange(20)).max() < 0.012
    assert np.abs(stats.turnover(there) - 0.13).max() > 0.006  # another law is told apart


def test_where_nobody_is_there_nothing_is_told():
    nobody = np.zeros((3, 4), bool)
    assert np.isnan(stats.turnover(nobody)).all()
    assert np.isnan(stats.surviving(nobody)).all()
    with pytest.raises(InputError, match=r"shape \(4,\) of float64: expected sessions of bool"):
        stats.turnover([0.0, 1.0, 0.0, 1.0])


# ---- memory


def courses(keeps, number, length, seed=0):
    """AR(1) courses (length, number) from their stationary law."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(number, length)) * np.sqrt(1 - keeps**2)
    made, _ = lfilter([1], [1, -keeps], noise, axis=1, zi=keeps * rng.normal(size=(number, 1)))
    return made.T


def test_a_process_whose_memory_is_known():
    """AR(1) of 0.9: autocorrelation 0.9^k, time (1 + 0.9)/(1 - 0.9) = 19.

    Of one course the time has a relative error of sqrt(2 (2 * 95 + 1)/20 000) = 0.14, the window
    being 95: of 200 courses 0.01, of which three are allowed.
    """
    values = courses(0.9, 200, 20_000)
    rho = stats.autocorrelation(values, 10)
    assert np.abs(rho - 0.9 ** np.arange(11)).max() < 0.01
    times = stats.autocorrelation_times(values)
    assert times.mean() == pytest.approx(19, rel=0.03)
    assert stats.effective_sample_size(values).mean() == pytest.approx(20_000 / 19, rel=0.05)
    assert stats.autocorrelation_times(courses(0.8, 200, 20_000)).mean() < 10  # 9: another law


def test_many_courses_at_once_are_each_alone():
    """By the autocorrelations of statsmodels, each course alone."""
    stattools = pytest.importorskip("statsmodels.tsa.stattools")
    values, alone = courses(0.95, 5, 500), []
    for course in values.T:
        times = 2 * np.cumsum(stattools.acf(course, nlags=len(course) - 1)) - 1
        alone.append(times[np.flatnonzero(np.arange(len(times)) >= 5 * times)[0]])
    np.testing.assert_allclose(stats.autocorrelation_times(values), alone, rtol=1e-9)


def test_what_does_not_change_has_no_memory_that_is_told():
    values = np.column_stack([np.full(50, 0.1), courses(0.5, 1, 50)[:, 0]])
    assert np.isnan(stats.autocorrelation_times(values)[0])
    assert np.isfinite(stats.autocorrelation(values, 3)).all()
    assert np.isnan(stats.autocorrelation(values[:, :1], 3)).all()
    with pytest.raises(InputError, match=r"num_lags=50: expected 0 to 49"):
        stats.autocorrelation(values, 50)
    with pytest.raises(InputError, match=r"shape \(50,\): expected finite courses"):
        stats.autocorrelation_times(values[:, 0])


# ---- of runs


@pytest.fixture(scope="module")
def run(cache, tmp_path_factory):
    """A small finished run with jumps, probed 21 times."""
    folder = tmp_path_factory.mktemp("measures") / "run"
    words = options(
        set={"I": 40, "K": 3, "D": 2, "retraction": "jump", "b": "1e-3/second"},
        noise="constant",
        samples=400,
        probe_every=20,
        probe_samples=10,
        test_samples=60,
        record="all",
    )
    assert command("run", "fang_2018", *words, "--out", folder).status == 0
    return Result(folder)


def test_measures_of_a_run_by_hand(run):
    of = {one.name: one for one in measures_of(run)}
    weights = np.array([run.weights_at(p).values.ravel() for p in range(21)])
    present = weights > 0
    assert 0 < present.mean() < 1  # jumps: some are exactly 0, so 0 is the threshold
    assert of["present_at_start"].value == present[0].mean()
    assert of["present_at_end"].value == present[-1].mean()
    changed = (present[1:] != present[:-1]).sum(1) / (present[1:].sum(1) + present[:-1].sum(1))
    assert of["turnover"].value == pytest.approx(changed.mean())
    assert of["survival"].value == (present.all(0)).sum() / present[0].sum()
    counts, labels = run.learning["test_counts"].values, run.learning["test_label"].values
    shares = np.zeros(3)
    for row in counts:
        shares += (row == row.max()) / (row == row.max()).sum()
    p = shares[shares > 0] / shares.sum()
    assert of["winner_entropy"].value == pytest.approx(-(p * np.log(p)).sum() / np.log(3))
    rates = np.array([counts[labels == k].mean(0) for k in range(3)])
    best = rates.max(0)
    others = (rates.sum(0) - best) / 2
    assert of["selectivity"].value == pytest.approx(((best - others) / (best + others)).mean())
    times, neurons = run.spikes("outputs")
    assert of["rate"].value == pytest.approx(len(times) / 3 / 80)  # 400 samples of 0.2 s
    gaps = np.concatenate([np.diff(times[neurons == k]) for k in range(3)])
    assert of["isi"].value == pytest.approx(gaps.mean())
    variation = [np.std(g) / np.mean(g) for g in (np.diff(times[neurons == k]) for k in range(3))]
    assert of["cv"].value == pytest.approx(np.mean(variation), rel=0.05)


def test_the_threshold_is_the_users(run):
    high = {one.name: one for one in measures_of(run, present_above=0.2)}
    weights = run.weights_at(-1).values
    assert high["present_at_end"].value == (weights > 0.2).mean()
    assert "weight above 0.2" in high["present_at_end"].about
    with pytest.raises(InputError, match="present-above nan: expected the weight above which"):
        measures_of(run, float("nan"))


def test_the_command_the_table_and_the_report_have_the_same(run):
    table = run.measures()
    done = command("measures", run.path, "--json")
    told = json.loads(done.out[-1])["measures"]
    assert [one["name"] for one in told] == table["measure"].tolist()
    for one, value in zip(told, table["value"]):
        assert (one["value"] is None) == (not np.isfinite(value))
        if one["value"] is not None:
            assert one["value"] == value
    printed = [line.split()[:2] for line in command("measures", run.path).out]
    turnover = f"{table.set_index('measure')['value']['turnover']:.4g}"
    assert ["turnover", turnover] in printed
    assert command("report", run.path).status == 0
    page = (run.path / "report.html").read_text()
    assert "outputs: turnover" in page
    assert turnover in page


def test_without_spikes_or_probes_what_is_not_known_is_said(cache, tmp_path):
    words = options(set={"I": 40, "K": 3, "D": 2}, samples=40, probe_every=40, record="none")
    assert command("run", "fang_2018", *words, "--out", tmp_path / "run").status == 0
    of = {one.name: one for one in measures_of(Result(tmp_path / "run"))}
    assert np.isnan(of["rate"].value)
    assert of["rate"].about.endswith("no spikes were recorded")
    assert np.isnan(of["autocorrelation_time"].value)
    assert "of which 10 are needed" in of["autocorrelation_time"].about
