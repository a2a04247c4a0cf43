"""What is at a point of J and along a run: against dense matrices, known maxima and passes, and
recorded spikes.
"""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from spikesampler.errors import InputError, NotConvergedError
from spikesampler.experiments.objective import objective_of
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.saddle import saddle_path, warnings
from spikesampler.experiments.stationary import stationary_near
from spikesampler.landscape import (
    SynapticObjective,
    measure,
    stationary_point,
)
from spikesampler.stimuli.psp import KINDS

SIGMAS = 5  # bounds are this many standard errors
FEW = {"patterns": 100, "every": 10}  # of the run's 200 samples and 21 snapshots
STARTS = {"plateau": ([-3.0, -3.0], [-3.0, -3.0]), "learnt": ([1.0, -2.0], [-2.0, 1.0])}


def two_valleys():
    """Two inputs, two classes, a prior at theta = -3: the plateau where w is near 0, and what is
    learnt, are maxima.
    """
    x = np.array([[4.0, 0.5], [0.5, 4.0], [3.0, 1.0], [1.0, 3.0]])
    return SynapticObjective(
        x, [0, 1, 0, 1], 2, theta_0=3, alpha=np.exp(-2), mu=-3, sigma=1, amplification=50
    )


def random_objective(K=4, I=20, N=30, seed=0, amplification=2.0):
    """An objective of random patterns and a theta."""
    rng = np.random.default_rng([seed, K, I, N])
    labels = rng.integers(K, size=N)
    x = 2 * rng.random((N, I)) * (0.5 + rng.random((K, I))[labels])
    prior = {"theta_0": 1.2, "alpha": 0.05, "mu": 0.4, "sigma": 0.7, "amplification": amplification}
    return SynapticObjective(x, labels, K, **prior), rng.normal(0.3, 0.5, (K, I))


# at a point


@pytest.mark.parametrize("size", [(3, 5, 9), (4, 20, 30)])  # 15 synapses: dense; 80: Lanczos
@pytest.mark.parametrize("seed", range(3))
def test_everything_at_a_point_agrees_with_the_dense_matrix(size, seed):
    objective, theta = random_objective(*size, seed)
    matrix = objective.hessian(theta)
    values = np.linalg.eigvalsh(matrix)
    norm = np.abs(values).max()
    found = measure(objective, theta, tolerance=1e-6)
    assert found.criterion == objective.criterion(theta)
    assert found.value == objective.value(theta)
    assert found.gradient_norm == pytest.approx(
        np.linalg.norm(objective.gradient(theta)), rel=1e-14
    )
    assert found.largest == pytest.approx(values[-1], rel=1e-6, abs=1e-12 * norm)
    assert found.smallest == pytest.approx(values[0], rel=1e-6)
    assert found.index == (values > 0).sum()
    assert found.verdict == "large gradient"
    direction = found.escape_direction
    assert direction.shape == theta.shape
    assert np.linalg.norm(direction) == pytest.approx(1, rel=1e-12)
    residual = matrix @ direction.ravel() - found.largest * direction.ravel()
    assert np.linalg.norm(residual) == pytest.approx(found.residuals[0], rel=1e-3, abs=1e-12 * norm)
    assert found.residuals.max() < 1e-6 * norm
    along, error = objective.curvature(theta, direction)
    assert along == pytest.approx(found.largest, rel=1e-9)
    assert found.largest_error == error
    assert (
        abs(found.hutchinson.trace - np.trace(matrix))
        < SIGMAS * 2 * found.hutchinson.standard_error
    )  # 16 terms
    assert found.failure == ""
    assert found.agrees == ((found.criterion.total > 0) == (values[-1] > 0))
    again = measure(objective, theta, tolerance=1e-6, seed=1)
    assert again.hutchinson != found.hutchinson
    assert again.largest == pytest.approx(found.largest, rel=1e-9)


def test_positive_eigenvalues_are_counted_when_asked_to_and_in_small_networks(monkeypatch):
    objective, theta = random_objective()
    index = (np.linalg.eigvalsh(objective.hessian(theta)) > 0).sum()
    assert index > 0
    assert measure(objective, theta, count=False).index == -1
    assert measure(objective, theta, count=True).index == measure(objective, theta).index == index
    monkeypatch.setattr(sys.modules["spikesampler.landscape.saddle"], "COUNTED", 79)
    assert measure(objective, theta).index == -1
    assert measure(objective, theta, count=True).index == index


def test_the_error_of_the_largest_eigenvalue_is_its_scatter_over_sets_of_patterns():
    """150 sets of 200 patterns: the scatter is known to 1/sqrt(300) = 6 %, and the error's formula
    is of first order.

    Bound 30 %: a lost square root of n or amplification would be a factor of 14 or 2.
    """
    rng, K, I = np.random.default_rng(2), 3, 4
    centres, theta = 0.5 + rng.random((K, I)), rng.normal(0.3, 0.5, (K, I))
    found = []
    for _ in range(150):
        labels = rng.integers(K, size=200)
        objective = SynapticObjective(
            2 * rng.random((200, I)) * centres[labels],
            labels,
            K,
            theta_0=1.2,
            alpha=0.05,
            mu=0.4,
            sigma=0.7,
            amplification=2,
        )
        one = measure(objective, theta)
        found.append((one.largest, one.largest_error))
    largest, error = np.array(found).T
    assert abs(np.sqrt((error**2).mean()) / largest.std(ddof=1) - 1) < 0.3


def test_where_lanczos_fails_there_is_no_eigenvalue_and_no_verdict(monkeypatch):
    def fail(*arguments, **options):
        raise NotConvergedError("an end did not converge")

    monkeypatch.setattr(sys.modules["spikesampler.landscape.saddle"], "extreme_eigenvalues", fail)
    objective, theta = random_objective()
    found = measure(objective, theta)
    assert np.isnan([found.largest, found.smallest, *found.residuals, found.largest_error]).all()
    assert np.isnan(found.escape_direction).all()
    assert (found.verdict, found.failure) == ("", "an end did not converge")
    assert found.criterion == objective.criterion(theta)
    assert found.index == (np.linalg.eigvalsh(objective.hessian(theta)) > 0).sum()
    assert not found.agrees
    assert not found._replace(
        criterion=found.criterion._replace(total=-1.0)
    ).agrees  # nan has no sign


@pytest.mark.parametrize(
    ("total", "largest", "agrees"), [(1, 2, True), (-1, -2, True), (1, -2, False), (-1, 2, False)]
)
def test_agreement_is_that_of_two_signs(total, largest, agrees):
    found = measure(*random_objective())
    found = found._replace(
        criterion=found.criterion._replace(total=float(total)), largest=float(largest)
    )
    assert found.agrees is agrees


def test_verdicts_follow_epsilon_and_gamma():
    objective = two_valleys()
    top = stationary_point(objective, STARTS["learnt"]).theta
    assert measure(objective, top).verdict == "optimum"
    assert measure(objective, top, gamma=1e6).verdict == "degenerate"
    beside = measure(objective, top + 0.01)
    assert beside.verdict == "large gradient"
    assert measure(objective, top + 0.01, epsilon=2 * beside.gradient_norm).verdict == "optimum"
    # the defaults: a thousandth of sqrt(4) sigma/sigma^2, a hundredth of 1/sigma^2
    assert sys.modules["spikesampler.landscape.saddle"].tolerances(objective) == pytest.approx(
        (2e-3, 1e-2), rel=1e-12
    )
    for name in ("epsilon", "gamma"):
        with pytest.raises(InputError, match=name):
            measure(objective, top, **{name: -1})


# stationary points


@pytest.mark.parametrize("start", STARTS)
def test_a_search_from_either_valley_ends_at_its_maximum(start):
    objective = two_valleys()
    found = stationary_point(objective, STARTS[start])
    assert found.converged
    assert found.gradient_norm == np.linalg.norm(objective.gradient(found.theta)) <= 1e-8
    assert np.linalg.eigvalsh(objective.hessian(found.theta)).max() < 0
    there = measure(objective, found.theta)
    assert (there.index, there.verdict) == (0, "optimum")
    assert there.largest < 0
    assert found.theta.max() == pytest.approx({"plateau": -2.35, "learnt": 3.58}[start], abs=0.1)
    rng = np.random.default_rng(0)
    assert (
        max(objective.value(found.theta + 0.01 * rng.standard_normal((2, 2))) for _ in range(50))
        < there.value
    )


def test_between_two_maxima_lies_a_pass_with_one_positive_eigenvalue():
    """From the pass, downwards no more: climbing along its direction, to either side, ends at two
    different maxima.
    """
    objective = two_valleys()
    start = np.array([[-1.0, -3.0], [-3.0, -1.0]])
    found = stationary_point(objective, start, index=1)
    assert found.converged
    assert found.index == 1
    values = np.linalg.eigvalsh(objective.hessian(found.theta))
    assert (values > 0).sum() == 1
    there = measure(objective, found.theta)
    assert (there.index, there.verdict) == (1, "strict saddle")
    assert there.largest == pytest.approx(values[-1], rel=1e-9)
    ends = [
        stationary_point(objective, found.theta + s * there.escape_direction, radius=0.2)
        for s in (0.3, -0.3)
    ]
    assert all(end.converged for end in ends)
    assert np.linalg.norm(ends[0].theta - ends[1].theta) > 1
    assert min(objective.value(end.theta) for end in ends) > there.value
    # negative control: the same start without an index climbs
    assert np.linalg.eigvalsh(objective.hessian(stationary_point(objective, start).theta)).max() < 0


def test_at_the_lower_pass_the_criterion_of_the_paper_misses_the_way_out():
    """At theta = (-2.3, -1.5) on the diagonal a + b + c < 0 < largest; nearer to what is learnt
    both are positive.
    """
    objective = two_valleys()
    low = measure(
        objective, stationary_point(objective, [[-2.0, -3.0], [-3.0, -1.7]], index=1).theta
    )
    high = measure(
        objective, stationary_point(objective, [[0.0, -3.0], [-3.0, 0.3]], index=1).theta
    )
    for found, agrees in ((low, False), (high, True)):
        assert found.index == 1
        assert found.largest > 0
        assert (
            found.criterion.total > found.criterion.trace
        )  # an upper bound of the trace, where the gradient is 0
        assert found.criterion.trace == pytest.approx(
            found.criterion.total + found.criterion.fisher, abs=1e-6
        )
        assert found.agrees is agrees


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("index", [0, 1])
def test_a_search_that_converged_is_at_a_point_without_gradient(seed, index):
    objective, theta = random_objective(3, 5, 9, seed)
    kept = theta.copy()
    found = stationary_point(objective, theta, index=index, max_steps=60)
    np.testing.assert_array_equal(theta, kept)
    norm = np.linalg.norm(objective.gradient(found.theta))
    assert found.gradient_norm == pytest.approx(norm, rel=1e-12, abs=1e-15)
    assert found.converged == (norm <= 1e-8)
    assert found.steps <= 60
    if index == 0:
        assert found.converged
        assert measure(objective, found.theta).index == 0


def test_a_search_that_is_cut_short_says_so():
    objective, theta = random_objective()
    found = stationary_point(objective, theta, max_steps=2)
    assert (found.converged, found.steps) == (False, 2)
    assert found.gradient_norm > 1e-8
    there = stationary_point(objective, theta)
    assert stationary_point(objective, there.theta).steps == 0  # nothing to do


def test_a_search_that_cannot_be_is_refused():
    objective, theta = random_objective()
    for index, text in (
        (-1, "index=-1: expected a whole"),
        (81, r"index is 81: expected 0 \(a maximum\) to 80"),
    ):
        with pytest.raises(InputError, match=text):
            stationary_point(objective, theta, index=index)
    with pytest.raises(InputError, match=r"theta has shape \(4, 19\): expected \(4, 20\)"):
        stationary_point(objective, theta[:, 1:])
    large = SynapticObjective(np.ones((2, 1501)), [0, 1], 2, theta_0=3, alpha=0.1, mu=0, sigma=1)
    with pytest.raises(InputError, match="3002 synapses: expected at most 3000"):
        stationary_point(large, np.zeros((2, 1501)))


# a run


@pytest.fixture(scope="module")
def result(finished):
    return Result(finished)


@pytest.fixture(scope="module")
def path(result):
    return saddle_path(result, **FEW)


def test_a_run_gives_a_dataset_along_its_snapshots(result, path):
    learning = result.learning.isel(probe=[0, 10, 20])
    assert {*path.data_vars} == {
        "seconds",
        "accuracy",
        "a",
        "b",
        "c",
        "total",
        "total_error",
        "likelihood",
        "fisher",
        "trace",
        "trace_error",
        "hutchinson",
        "hutchinson_error",
        "largest",
        "largest_error",
        "smallest",
        "residual_largest",
        "residual_smallest",
        "value",
        "gradient_norm",
        "index",
        "verdict",
        "agrees",
        "failure",
        "escape_direction",
    }
    assert dict(path.sizes) == {"snapshot": 3, "output": 5, "input": 200}
    np.testing.assert_array_equal(path["seconds"], learning["probe_time"])
    np.testing.assert_array_equal(path["accuracy"], learning["probe_accuracy"])
    np.testing.assert_allclose(path["total"], path["a"] + path["b"] + path["c"], rtol=1e-14)
    np.testing.assert_allclose(
        path["trace"], path["a"] + path["likelihood"] + path["c"] + path["fisher"], rtol=1e-14
    )
    np.testing.assert_array_equal(path["agrees"], (path["total"] > 0) == (path["largest"] > 0))
    assert (path["failure"] == "").all()
    objective = objective_of(result, patterns=100)
    assert objective.shape == (5, 200)
    for number, theta in enumerate(learning["theta"].values):
        one = path.isel(snapshot=number)
        assert one["trace"] == objective.trace(theta)
        assert one["value"] == objective.value(theta)
        assert one["gradient_norm"] == pytest.approx(
            np.linalg.norm(objective.gradient(theta)), rel=1e-14
        )
        direction = one["escape_direction"].values.astype(float)
        assert (direction * objective.hvp(theta, direction)).sum() == pytest.approx(
            one["largest"].item(), rel=1e-4
        )
        assert one["residual_largest"] <= 1e-4 * abs(one["largest"])
        assert one["residual_smallest"] <= 1e-4 * abs(one["smallest"])
    assert one["index"] == (np.linalg.eigvalsh(objective.hessian(theta)) > 0).sum()  # of the last
    assert path.attrs["patterns"] == 100
    assert path.attrs["effective_patterns"] == pytest.approx(100 * 200)  # N rho 1 s
    expected = {
        "run": str(result.path),
        "arm": "weight",
        "start": "prior",
        "seed": 3,
        "kind": "snapshots",
    }
    assert {name: path.attrs[name] for name in expected} == expected
    assert path.attrs["gamma"] == pytest.approx(0.01)
    assert path.attrs["epsilon"] == pytest.approx(1e-3 * np.sqrt(1000))


def test_a_folder_is_as_good_as_its_result_and_every_choice_is_heard(finished, path):
    said = []
    other = saddle_path(
        str(finished),
        **FEW,
        count=False,
        epsilon=1e9,
        gamma=1e-5,
        seed=7,
        progress=lambda *news: said.append(news),
    )
    assert (other["index"] == -1).all()
    assert not (other["verdict"] == "large gradient").any()
    assert [news[:2] for news in said] == [(1, 3), (2, 3), (3, 3)]
    assert said[0][2] == f"largest eigenvalue {other['largest'].values[0]:.3g}"
    assert (other.attrs["epsilon"], other.attrs["gamma"], other.attrs["patterns_seed"]) == (
        1e9,
        1e-5,
        7,
    )
    np.testing.assert_array_equal(other["a"], path["a"])
    np.testing.assert_array_equal(other["b"], path["b"])
    assert (other["c"] != path["c"]).all()  # other spikes, and yet within their errors:
    gap = np.abs(other["total"] - path["total"]) / np.hypot(
        other["total_error"], path["total_error"]
    )
    assert gap.max() < SIGMAS


def test_snapshots_and_means_are_different_patterns_of_the_same_mean(result):
    one, other = (objective_of(result, patterns=200, kind=kind).patterns for kind in KINDS)
    assert one.shape == other.shape == (200, 200)
    assert one.var() > 1.5 * other.var()  # a mean over 200 ms is smoother than an instant
    difference = (one - other).mean(axis=1)
    # a sample begins with the traces of another: both see it, so no bias
    assert abs(difference.mean()) < SIGMAS * difference.std(ddof=1) / np.sqrt(200)


def test_patterns_are_the_psps_that_the_network_had(result):
    """Mean PSP of each sample and input from the recorded spikes, against patterns drawn anew:
    equal rates.

    Per sample the inputs' means follow each other (control: those of the next sample do not), and
    summed over samples they differ by what independent draws do.
    """
    times, ids = result.spikes("inputs")
    table = np.zeros((200 * 200, 200))
    table[np.rint(times / 1e-3).astype(int), ids] = 1
    x = sum(
        sign * lfilter([1], [1, -np.exp(-1 / tau)], table, axis=0)
        for sign, tau in ((1, 20), (-1, 2))
    )
    recorded = x.reshape(200, 200, 200).mean(axis=1)
    drawn = objective_of(result, patterns=200, kind="means").patterns
    difference = recorded - drawn
    z = difference.sum(axis=0) / np.sqrt((difference**2).sum(axis=0))
    assert np.abs(z).max() < SIGMAS + 1
    each = difference.mean(axis=1)
    assert abs(each.mean()) < SIGMAS * each.std(ddof=1) / np.sqrt(200)
    # rates explain the share 1 - var(difference)/(2 var) of the variance; those of another sample
    # less than half of it
    noise = difference.var() / (2 * drawn.var())
    same, other = (
        np.corrcoef(recorded.ravel(), x.ravel())[0, 1] for x in (drawn, np.roll(drawn, 1, axis=0))
    )
    assert noise < 0.25
    assert other < 0.5 * same
    np.testing.assert_array_equal(
        objective_of(result, patterns=100).labels, result.learning["label"][:100]
    )


@pytest.mark.parametrize(
    ("counts_as", "effective"), [("network", 20_000), ("samples", 200), (7, 7), ("7.5", 7.5)]
)
def test_patterns_count_as_what_is_said(result, counts_as, effective):
    objective = objective_of(result, patterns=50, counts_as=counts_as)
    assert len(objective.patterns) == 50
    assert objective.effective_patterns == pytest.approx(effective, rel=1e-12)


def test_the_gradient_is_what_the_model_calls_drift(result):
    """b (mu - theta)/sigma^2 is the whole drift where patterns count for next to nothing."""
    theta = result.learning["theta"].values[0]
    gradient = objective_of(result, patterns=10, counts_as=1e-12).gradient(theta)
    np.testing.assert_allclose(gradient, 0.5 - theta, atol=1e-8)


def test_patterns_are_the_first_samples_and_beyond_the_last_those_that_would_have_come_next(result):
    more, some = objective_of(result, patterns=300), objective_of(result, patterns=30)
    assert len(more.patterns) == len(more.labels) == 300
    np.testing.assert_array_equal(more.labels[:200], result.learning["label"])
    np.testing.assert_array_equal(some.labels, more.labels[:30])
    np.testing.assert_array_equal(more.labels, objective_of(result, patterns=400).labels[:300])
    assert more.effective_patterns == pytest.approx(20_000)
    assert objective_of(
        result, patterns=300, counts_as="samples"
    ).effective_patterns == pytest.approx(200)
    same = objective_of(result, patterns=30)
    np.testing.assert_array_equal(some.patterns, same.patterns)
    assert (some.patterns != objective_of(result, patterns=30, seed=1).patterns).any()


def test_a_reader_is_warned_where_patterns_are_few_and_eigenvalues_missing(result):
    few = warnings(saddle_path(result, patterns=3, every=20, count=False))
    assert any(line.startswith("3 patterns are few for 2 of 2 snapshots: ") for line in few)
    assert all("with standard error" in line and "use more with --patterns" in line for line in few)
    values = {
        name: ("snapshot", [100.0, -100.0]) for name in ("total", "trace", "largest", "seconds")
    }
    errors = {f"{name}_error": ("snapshot", [9.9, 9.9]) for name in ("total", "trace", "largest")}
    sure = xr.Dataset(values | errors | {"failure": ("snapshot", ["", ""])}, attrs={"patterns": 50})
    assert warnings(sure) == []
    sure["trace_error"][1] = 11.0
    assert warnings(sure) == [
        "50 patterns are few for 1 of 2 snapshots: trace is -100 with standard error 11 at "
        "-100 s; use more with --patterns"
    ]
    failed = sure.assign(
        failure=("snapshot", ["", "no end"]),
        largest=("snapshot", [100.0, np.nan]),
        largest_error=("snapshot", [1.0, np.nan]),
        trace_error=("snapshot", [1.0, 1.0]),
    )
    assert warnings(failed) == ["1 of 2 snapshots without eigenvalues: no end"]


def altered(result, **changes):
    """The result with its learning and manifest replaced."""
    manifest = result.manifest | changes.get("manifest", {})
    learning = changes.get("learning", result.learning)
    copy = Result.__new__(Result)
    copy.path, copy.manifest, copy.__dict__["learning"] = result.path, manifest, learning
    return copy


def test_a_run_that_climbed_no_such_objective_is_refused(result):
    rule = result.manifest["rule"]
    only = {"output": rule["learning"]["output"]}
    for changes, message in (
        (
            {"learning": only},
            r"objective \(fang_2018\): it learnt without labels; expected a teacher",
        ),
        (
            {"synapses": rule["synapses"].replace("exp(theta - theta_0)", "theta**2")},
            "the weight is",
        ),
        ({"drift": {"theta": "-b*theta**3"}}, "the drift is -b.*; .*a Gaussian prior"),
    ):
        other = altered(result, manifest={"rule": rule | changes})
        with pytest.raises(InputError, match=message):
            objective_of(other)
        with pytest.raises(InputError, match=message):
            saddle_path(other)


def test_a_run_whose_stimuli_have_changed_is_refused(result):
    data = result.manifest["data"]
    moved = data | {"cluster_means": [[0.0, 0.0]] + data["cluster_means"][1:]}
    with pytest.raises(
        InputError, match="was shown other stimuli than its clusters give now: restore its data"
    ):
        objective_of(altered(result, manifest={"data": moved}))
    prints = result.manifest["fingerprints"] | {"learning": "0" * 64}
    with pytest.raises(InputError, match="was shown other stimuli than its clusters give now"):
        saddle_path(altered(result, manifest={"fingerprints": prints}))


def test_a_run_without_snapshots_is_refused(result):
    for learning in (result.learning.drop_vars("theta"), result.learning.isel(probe=slice(0))):
        with pytest.raises(
            InputError, match=r"holds no snapshots of theta: run it again with probe_every="
        ):
            saddle_path(altered(result, learning=learning))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"kind": "mean"}, "kind of patterns 'mean': expected one of snapshots, means"),
        ({"patterns": 1}, "patterns=1: expected a whole number of at least 2"),
        ({"patterns": 2.5}, r"patterns=2\.5: expected a whole number of at least 2"),
        ({"counts_as": "sample"}, "counts_as is 'sample': expected network, samples or a number"),
        ({"counts_as": None}, "counts_as is None: expected network, samples or a number"),
        ({"counts_as": [7]}, r"counts_as is \[7\]: expected network, samples or a number"),
        ({"counts_as": 0}, "amplification=0.0: expected a positive number"),
        ({"every": 0}, "every=0: expected a whole number of at least 1"),
        ({"every": 1.5}, r"every=1\.5: expected a whole number of at least 1"),
        ({"epsilon": 0}, "epsilon=0: expected a positive number"),
        ({"tolerance": 2}, "tolerance is 2: expected a number between 0 and 1"),
    ],
)
def test_choices_that_are_none_are_refused(result, options, text):
    with pytest.raises(InputError, match=text):
        saddle_path(result, **({"patterns": 5, "every": 21, "count": False} | options))


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a run folder"):
        saddle_path(tmp_path)


def test_searches_from_snapshots_of_a_run_are_rows(result, monkeypatch):
    """With the search itself replaced: 1000 synapses take minutes. What is written about a point is
    checked.
    """
    module = sys.modules["spikesampler.experiments.stationary"]

    def search(objective, theta, *, index, tolerance, max_steps):
        return SimpleNamespace(
            theta=theta + 0.5 * index, converged=bool(index), steps=max_steps + index
        )

    monkeypatch.setattr(module, "stationary_point", search)
    monkeypatch.setattr(sys.modules["spikesampler.landscape.saddle"], "COUNTED", 0)
    found = stationary_near(result, [0, -1], (0, 1), max_steps=5, patterns=50)
    assert dict(found.sizes) == {"point": 4}
    assert found["wanted_index"].values.tolist() == [0, 1, 0, 1]
    assert found["converged"].values.tolist() == [False, True, False, True]
    assert found["steps"].values.tolist() == [5, 6, 5, 6]
    np.testing.assert_allclose(found["distance"], [0, 0.5 * np.sqrt(1000)] * 2, rtol=1e-12)
    assert found["seconds"].values.tolist() == [0, 0, 40, 40]
    theta, objective = result.learning["theta"].values, objective_of(result, patterns=50)
    assert found["theta_high"].values[1] == theta[0].max() + 0.5
    assert found["theta_low"].values[2] == theta[-1].min()
    assert found["trace"].values[3] == objective.trace(theta[-1] + 0.5)
    assert found.attrs["patterns"] == 50
