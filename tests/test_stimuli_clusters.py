"""Gaussian clusters and tuning curves: laws with derived tolerances, exact values, known
ceilings.
"""

import json

import numpy as np
import pytest
from scipy import stats

from spikesampler.errors import InputError
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.stimuli import (
    GaussianClusters,
    SourceKind,
    centres,
    input_rates,
    load_source,
    pixel_rates,
    registry,
    tuning_rates,
)

NUM = 40_000  # samples of the laws below
# every bound below is this many standard errors: a right program fails one check in 1.7 million
SIGMAS = 5


@pytest.fixture(scope="module", params=["root", "covariance"])
def drawn(request):
    source = GaussianClusters(4, 3, seed=1, cluster_matrix=request.param)
    samples = source.draw("learning", NUM, seed=2)
    return source, samples.points(), samples.labels


def test_cluster_means_of_the_samples(drawn):
    source, points, labels = drawn
    for k in range(4):
        own = points[labels == k]
        error = np.sqrt(np.diag(source.covariances[k]) / len(own))
        assert (np.abs(own.mean(axis=0) - source.means[k]) < SIGMAS * error).all()


def test_cluster_covariances_of_the_samples(drawn):
    source, points, labels = drawn
    for k in range(4):
        own, covariance = points[labels == k], source.covariances[k]
        # a sample covariance of n Gaussian points has variance (S_ii S_jj + S_ij²) / (n - 1)
        error = np.sqrt(
            (np.outer(np.diag(covariance), np.diag(covariance)) + covariance**2) / (len(own) - 1)
        )
        assert (np.abs(np.cov(own.T) - covariance) < SIGMAS * error).all()


def test_samples_are_gaussian_along_each_axis(drawn):
    source, points, labels = drawn
    xi = np.linalg.solve(source.roots[0], (points[labels == 0] - source.means[0]).T)
    assert all(
        stats.kstest(axis, "norm").pvalue > 1e-5 for axis in xi
    )  # fails by chance 3 times in 100 000 seeds
    # ... and its negative control: the same points with an eighth more spread
    assert all(stats.kstest(axis * 1.125, "norm").pvalue < 1e-5 for axis in xi)


def test_classes_are_equally_probable(drawn):
    _, _, labels = drawn
    assert stats.chisquare(np.bincount(labels, minlength=4)).pvalue > 1e-5
    # successive labels are independent: their pairs are uniform too
    assert (
        stats.chisquare(np.bincount(4 * labels[:-1:2] + labels[1::2], minlength=16)).pvalue > 1e-5
    )


def test_root_matrices_have_spread_on_the_diagonal_and_jitter_everywhere():
    roots = GaussianClusters(3000, 3, seed=5).roots  # 9 entries of 3000 matrices
    jitter = (roots - 0.04 * np.eye(3)) / 0.01
    assert np.abs(jitter.mean(axis=0)).max() < SIGMAS / np.sqrt(3000)
    assert np.abs((jitter**2).mean(axis=0) - 1).max() < SIGMAS * np.sqrt(2 / 3000)  # var ξ² = 2
    assert abs((jitter[:, 0, 1] * jitter[:, 1, 0]).mean()) < SIGMAS / np.sqrt(3000)  # not symmetric


def test_covariance_matrices_are_the_symmetric_part_of_the_same_law():
    covariances = GaussianClusters(
        3000, 2, seed=5, cluster_matrix="covariance", cluster_jitter=0.005
    ).covariances
    # with a jitter of an eighth of the spread no matrix is redrawn: an eigenvalue of sym ξ' below
    # -8 has probability of the order exp(-8²/2) = 1e-14
    jitter = (covariances - 0.04 * np.eye(2)) / 0.005
    variance = np.array([[1, 0.5], [0.5, 1]])  # (ξ12 + ξ21)/2 has variance ½
    assert np.allclose(covariances, covariances.transpose(0, 2, 1))
    assert (np.abs(jitter.mean(axis=0)) < SIGMAS * np.sqrt(variance / 3000)).all()
    assert (
        np.abs((jitter**2).mean(axis=0) - variance) < SIGMAS * variance * np.sqrt(2 / 3000)
    ).all()


def test_layout_means_follow_their_law():
    means = GaussianClusters(5000, 2, seed=3, cluster_mean=0.4, cluster_mean_sd=0.3).means
    assert means.shape == (5000, 2)
    assert abs(means.mean() - 0.4) < SIGMAS * 0.3 / np.sqrt(10_000)
    assert abs(means.std() - 0.3) < SIGMAS * 0.3 / np.sqrt(20_000)  # sd of a sample sd: σ/√(2n)


@pytest.mark.parametrize("split", ["learning", "probe", "test"])
def test_fewer_samples_are_the_beginning_of_more_bit_for_bit(split):
    source = GaussianClusters(10, 7, seed=0)
    long = source.draw(split, 2000, seed=4)
    for num in (1, 2, 17, 100, 1999):
        short = source.draw(split, num, seed=4)
        assert np.array_equal(short.points(), long.points(0, num))
        assert np.array_equal(short.labels, long.labels[:num])


def test_splits_seeds_and_layout_are_independent():
    source = GaussianClusters(10, 3, seed=0)
    draws = [
        source.draw(split, 2000, seed) for split in ("learning", "probe", "test") for seed in (0, 1)
    ]
    for i, a in enumerate(draws):
        for b in draws[:i]:
            assert not np.isin(a.points()[:, 0], b.points()[:, 0]).any()
            # a tenth of 2000 labels agree by chance, ± √(2000 · 0.1 · 0.9) = 13.4
            assert abs((a.labels == b.labels).sum() - 200) < SIGMAS * 13.4
    assert not np.array_equal(GaussianClusters(10, 3, seed=1).means, source.means)
    assert np.array_equal(GaussianClusters(10, 3, seed=0).roots, source.roots)


def test_log_densities_and_bayes_accuracy_against_scipy(drawn):
    source, points, labels = drawn
    dense = np.stack(
        [
            stats.multivariate_normal(m, c).logpdf(points[:500])
            for m, c in zip(source.means, source.covariances, strict=True)
        ],
        axis=1,
    )
    np.testing.assert_allclose(source.log_densities(points[:500]), dense, rtol=1e-9)
    expected = np.mean(dense.argmax(axis=1) == labels[:500])
    assert source.bayes_accuracy(points[:500], labels[:500]) == expected
    assert 0.3 < expected < 1  # the check would be empty at 1


def test_bayes_accuracy_of_two_gaussians_in_one_dimension():
    source = GaussianClusters(2, 1, seed=0, cluster_spread=0.1, cluster_jitter=0)
    source.means = np.array([[0.4], [0.6]])  # 2 sd apart: each class is right with probability Φ(1)
    samples = source.draw("test", NUM, seed=1)
    expected = stats.norm.cdf(1)
    error = np.sqrt(expected * (1 - expected) / NUM)
    assert abs(source.bayes_accuracy(samples.points(), samples.labels) - expected) < SIGMAS * error


def test_bayes_accuracy_with_unequal_spread_uses_the_determinant():
    """Concentric N(0, 1) and N(0, 2²): nearer than √(8 ln 2 / 3) means narrow; a distance alone
    never says wide.
    """
    source = GaussianClusters(2, 1, seed=0)
    source.means, source.roots = np.zeros((2, 1)), np.array([[[1.0]], [[2.0]]])
    border = np.sqrt(8 * np.log(2) / 3)
    points = np.array([[border - 1e-9], [border + 1e-9], [-border + 1e-9], [-border - 1e-9]])
    assert source.bayes_accuracy(points, np.array([0, 1, 0, 1])) == 1


def test_clusters_on_top_of_each_other_are_at_chance():
    source = GaussianClusters(5, 2, seed=0, cluster_mean_sd=0, cluster_jitter=0)
    samples = source.draw("test", 200, seed=1)
    assert source.bayes_accuracy(samples.points(), samples.labels) == pytest.approx(0.2, abs=1e-12)


def test_description_is_json_and_rebuilds_the_layout():
    facts = json.loads(
        json.dumps(GaussianClusters(3, 2, seed=9, cluster_matrix="covariance").description())
    )
    again = GaussianClusters(3, 2, facts["layout_seed"], cluster_matrix=facts["cluster_matrix"])
    assert again.means.tolist() == facts["cluster_means"]
    assert again.covariances.tolist() == facts["cluster_covariances"]


def test_tuning_curve_exact_values():
    points = np.array([[0.0, 0.0], [0.3, 0.4]])  # distances 0 and ½ from the origin
    rates = tuning_rates(points, np.array([[0.0, 0.0]]), 2.0, 80.0, 0.5)
    np.testing.assert_allclose(rates[:, 0], [82, 2 + 80 * np.exp(-1)], rtol=1e-14)
    rates = tuning_rates(points, np.array([[0.0, 0.0]]), 2.0, 80.0, 0.5, factor=2)
    np.testing.assert_allclose(rates[:, 0], [82, 2 + 80 * np.exp(-0.5)], rtol=1e-14)


def test_tuning_curves_against_a_loop():
    rng = np.random.default_rng(0)
    points, preferred = rng.random((5, 4)), centres(6, 4, rng)
    assert preferred.shape == (6, 4)
    assert preferred.min() >= 0
    assert preferred.max() < 1
    expected = [
        [1 + 9 * np.exp(-(np.linalg.norm(s - c) ** 2) / 0.3**2) for c in preferred] for s in points
    ]
    np.testing.assert_allclose(tuning_rates(points, preferred, 1, 9, 0.3), expected, rtol=1e-12)


def test_input_rates_follow_the_coding():
    source = load_source(seed=1, parameters={"K": 3, "D": 2, "cluster_spread": 0.1, "rho": 200})
    points = source.draw("probe", 4, seed=1).points()
    parameters = {"r_min": 2.0, "r_max": 80.0, "tuning_width": 0.3, "tuning_factor": 2}
    preferred = centres(6, 2, np.random.default_rng(0))
    assert np.array_equal(
        input_rates(source, points, preferred, parameters),
        tuning_rates(points, preferred, 2.0, 80.0, 0.3, 2),
    )
    digits = load_source("digits", seed=1, parameters={"K": 10})
    pixels = digits.draw("probe", 4, seed=1).points()
    assert np.array_equal(
        input_rates(digits, pixels, None, parameters), pixel_rates(pixels, 2.0, 80.0)
    )
    assert pixel_rates([[0, 0.5, 1]], 2.0, 80.0).tolist() == [[2, 42, 82]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"K": 1}, "K is 1: expected a whole number of at least 2"),
        ({"D": 0}, "D is 0: expected a whole number of at least 1"),
        ({"D": float("nan")}, "D is nan"),
        ({"cluster_spread": -0.1}, r"cluster_spread is -0.1: expected a finite number >= 0"),
        ({"cluster_mean": float("inf")}, "cluster_mean is inf: expected a finite number;"),
        ({"cluster_matrix": "sqrt"}, "cluster_matrix is 'sqrt': expected root or covariance"),
        ({"cluster_spread": 0, "cluster_jitter": 0}, "a flat cluster, which has no density"),
        (
            {"cluster_matrix": "covariance", "D": 60},
            r"no covariance among 1000 .* D=60 .* set=.'cluster_jitter': 0.0018. or",
        ),
        (
            {"cluster_matrix": "covariance", "cluster_spread": 0, "D": 9},
            "do: set=.'cluster_spread': 0.04.",
        ),
        ({"seed": -1}, "seed is not a whole number"),
    ],
)
def test_bad_parameters(change, message):
    with pytest.raises(InputError, match=message):
        GaussianClusters(**({"K": 3, "D": 3, "seed": 0} | change))


def test_the_remedy_for_covariances_in_many_dimensions_works():
    source = GaussianClusters(3, 60, seed=0, cluster_matrix="covariance", cluster_jitter=0.0018)
    assert np.linalg.eigvalsh(source.covariances).min() > 0


def test_bad_draws_and_tuning():
    source = GaussianClusters(3, 3, seed=0)
    with pytest.raises(
        InputError, match="unknown split 'train': expected one of learning, probe, test"
    ):
        source.draw("train", 10, seed=0)
    with pytest.raises(InputError, match="0 learning samples asked for"):
        source.draw("learning", 0, seed=0)
    with pytest.raises(InputError, match="tuning_width is 0: expected a finite number above 0"):
        tuning_rates(np.zeros((1, 2)), np.zeros((1, 2)), 2, 80, 0)
    with pytest.raises(InputError, match=r"\(1, 2\) and centres of shape \(1, 3\)"):
        tuning_rates(np.zeros((1, 2)), np.zeros((1, 3)), 2, 80, 0.3)


def test_a_kind_of_stimuli_is_one_entry(monkeypatch):
    """Settings, preparation and the message about unknown data know a new one."""

    def load(data, *, seed, parameters, fixed_K, label, order):
        return GaussianClusters(parameters["K"], parameters["D"], seed=len(data))

    mine = SourceKind(answers=lambda data: data == "mine", load=load, expected="mine")
    monkeypatch.setattr(registry, "KINDS", (mine._replace(synthetic=True), *registry.KINDS))
    settings = resolve("fang_2018", data="mine", samples=5, set={"I": 10, "K": 3})
    prepared = prepare(settings)
    assert settings.data == "mine"
    np.testing.assert_array_equal(prepared.source.means, GaussianClusters(3, 3, seed=4).means)
    others = (kind for kind in registry.KINDS if not kind.synthetic)
    monkeypatch.setattr(registry, "KINDS", (mine, *others))
    with pytest.raises(InputError, match="no data named 'absent': expected mine, digits, or the"):
        load_source("absent", seed=1, parameters={"K": 3})
