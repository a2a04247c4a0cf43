"""Eigenvalues, inertia, traces and spectral densities from products, against the dense matrix and
exact laws.
"""

from itertools import product as tuples

import numpy as np
import pytest

from spikesampler.errors import InputError, NotConvergedError
from spikesampler.landscape.density import spectral_density
from spikesampler.landscape.hessian import ROUNDING, dense_matrix, extreme_eigenvalues, inertia
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.landscape.traces import hutch_plus_plus_trace, hutchinson_trace

SIGMAS = 5  # bounds are this many standard errors
ESTIMATORS = [hutchinson_trace, hutch_plus_plus_trace, spectral_density, extreme_eigenvalues]


def rotated(eigenvalues, seed=0):
    """A symmetric matrix with these eigenvalues, in random directions."""
    eigenvalues = np.asarray(eigenvalues, dtype=float)
    n = len(eigenvalues)
    basis = np.linalg.qr(np.random.default_rng([seed, n]).standard_normal((n, n)))[0]
    matrix = (basis * eigenvalues) @ basis.T
    return (matrix + matrix.T) / 2


def check_ends(matrix, tolerance=1e-4, **options):
    """Extremes of the matrix, compared with all its eigenvalues; both ends and their proofs."""
    matrix = np.asarray(matrix, dtype=float)
    calls = []
    found = extreme_eigenvalues(
        lambda v: calls.append(v.shape) or matrix @ v, len(matrix), tolerance=tolerance, **options
    )
    values = np.linalg.eigvalsh(matrix)
    norm = np.abs(values).max()
    for value, true, vector, residual in zip(
        found[:2], values[[-1, 0]], found.vectors, found.residuals
    ):
        allowed = max(tolerance * abs(value), ROUNDING * norm)
        assert residual <= allowed
        assert abs(residual - np.linalg.norm(matrix @ vector - value * vector)) <= 1e-13 * norm
        assert abs(np.linalg.norm(vector) - 1) < 1e-12
        assert abs(value - true) <= allowed + 1e-13 * norm  # the outermost, not some other
    assert found.products == len(calls)
    assert {*calls} == {(len(matrix),)}
    return found


# extreme eigenvalues

SPECTRA = {
    "both signs": np.linspace(-3, 2, 200),
    "all negative": -np.logspace(0, 3, 150),
    "clustered edge": np.concatenate([np.linspace(-1, 0.9, 180), 1 - 1e-8 * np.arange(20)]),
    "near 0 beside 1e6": np.concatenate([np.linspace(-1e6, -1e4, 199), [1e-3]]),
    "nothing beside 1e6": np.concatenate([np.linspace(-1e6, -1e4, 199), [0.0]]),
    "two values": np.repeat([1.0, 2.0], 60),
    "equal ends": np.repeat([-1.0, 0.0, 1.0], 40),
    "rank one": np.append(np.zeros(120), 3.0),
    "rank one, negative": np.append(np.zeros(120), -3.0),
    "tiny": 1e-30 * np.linspace(-1, 3, 100),
    "one outlier": np.append(np.random.default_rng(0).standard_normal(150), 1e9),
}


@pytest.mark.parametrize("name", SPECTRA)
def test_both_ends_of_hard_spectra(name):
    found = check_ends(rotated(SPECTRA[name]))
    assert found.largest >= found.smallest


@pytest.mark.parametrize("dimension", [1, 2, 63, 64, 65, 66])
def test_both_ends_where_the_matrix_is_written_out_and_where_it_is_not(dimension):
    found = check_ends(
        rotated(np.random.default_rng(dimension).standard_normal(dimension)), tolerance=1e-6
    )
    if dimension <= 64:
        assert found.products == dimension + 4  # two of them for symmetry, two for the residuals
        assert found.residuals.max() < 1e-13


@pytest.mark.parametrize("dimension", [1, 5, 65, 300])
@pytest.mark.parametrize("factor", [0.0, 1.0, 1 / 3, -1e6 / 7])
def test_a_multiple_of_the_identity_has_one_eigenvalue(dimension, factor):
    found = extreme_eigenvalues(lambda v: factor * v, dimension)
    np.testing.assert_allclose(found[:2], factor, rtol=1e-14)
    assert found.residuals.max() <= 1e-14 * abs(factor)


@pytest.mark.parametrize("seed", range(4))
def test_both_ends_do_not_depend_on_the_start(seed):
    matrix = rotated(np.random.default_rng(9).standard_normal(120))
    assert extreme_eigenvalues(lambda v: matrix @ v, 120, seed=seed)[:2] == pytest.approx(
        np.linalg.eigvalsh(matrix)[[-1, 0]], rel=1e-6
    )


def test_both_ends_of_an_objective_with_2000_synapses():
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=60)
    x = rng.gamma(0.5, 1.0, (60, 200)) * (0.3 + (rng.random((10, 200)) ** 4)[labels])
    objective = SynapticObjective(
        x, labels, 10, theta_0=3, alpha=np.exp(-2), mu=0.5, sigma=1, amplification=300
    )
    theta = rng.normal(0.5, 1, (10, 200))
    found = extreme_eigenvalues(lambda v: objective.hvp(theta, v.reshape(10, 200)), 2000)
    matrix = objective.hessian(theta)
    values = np.linalg.eigvalsh(matrix)
    rounding = -1e-12 * values[0]
    assert found.largest == pytest.approx(values[-1], rel=1e-4)
    assert found.smallest == pytest.approx(values[0], rel=1e-4)
    for value, vector, residual in zip(found[:2], found.vectors, found.residuals):
        assert residual == pytest.approx(
            np.linalg.norm(matrix @ vector - value * vector), rel=1e-4, abs=rounding
        )
    assert inertia(matrix) == ((values > 0).sum(), (values < 0).sum(), 0)


def test_dense_matrix_is_the_matrix():
    matrix = rotated([3.0, -1.0, 2.0])
    np.testing.assert_allclose(dense_matrix(lambda v: matrix @ v, 3), matrix, rtol=1e-15)


@pytest.mark.parametrize("dimension", [2, 30, 100])
def test_a_matrix_that_is_not_symmetric_is_refused(dimension):
    matrix = np.random.default_rng(dimension).standard_normal((dimension, dimension))
    with pytest.raises(
        InputError, match=r"hvp is not symmetric: u\.Hv = .*, v\.Hu = .*; expected a Hessian"
    ):
        extreme_eigenvalues(lambda v: matrix @ v, dimension)
    little = matrix + matrix.T + 1e-3 * matrix  # and one that nearly is
    with pytest.raises(InputError, match="not symmetric"):
        extreme_eigenvalues(lambda v: little @ v, dimension)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_a_tiny_or_huge_matrix_is_symmetric_too(scale):
    matrix = scale * rotated([3.0, -1.0, 2.0, 0.5])
    assert extreme_eigenvalues(lambda v: matrix @ v, 4)[:2] == pytest.approx(
        (3 * scale, -scale), rel=1e-12
    )


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_products_and_dimensions_that_are_none_are_refused(estimate):
    with pytest.raises(InputError, match=r"hvp gave 3 numbers: expected 5, the dimension"):
        estimate(lambda v: np.ones(3), 5)
    for value in (np.nan, np.inf):
        with pytest.raises(
            InputError, match="hvp gave numbers that are not finite: expected a finite H v"
        ):
            estimate(lambda v, value=value: np.full(5, value), 5)
    with pytest.raises(InputError, match="hvp is ndarray: expected a function"):
        estimate(np.eye(3), 3)
    for dimension in (0, -1, 3.0, "3", None):
        with pytest.raises(
            InputError, match=r"dimension is .*: expected a whole number of at least 1"
        ):
            estimate(lambda v: v, dimension)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_a_product_may_have_the_shape_of_theta(estimate):
    matrix = rotated(np.linspace(-1, 1, 6))
    flat, shaped = (
        estimate(hvp, 6)
        for hvp in (lambda v: matrix @ v, lambda v: (matrix @ v).reshape(2, 3).tolist())
    )
    for one, other in zip(flat, shaped):
        np.testing.assert_array_equal(one, other)


def test_what_does_not_converge_is_no_number():
    matrix = rotated(np.linspace(-1, 1, 400))
    with pytest.raises(
        NotConvergedError, match=r"in 1 restarts, \d+ products, to a residual of 1e-12 of it: "
    ):
        extreme_eigenvalues(lambda v: matrix @ v, 400, tolerance=1e-12, max_restarts=1)
    assert (
        extreme_eigenvalues(lambda v: matrix @ v, 400, tolerance=1e-12).products > 100
    )  # control: enough restarts


@pytest.mark.parametrize("dimension", [10, 200])
def test_a_residual_that_the_products_do_not_confirm_is_refused(dimension):
    """Products that are wrong by 1e-7 of H v, differently each time: no residual is below it, and
    1e-9 is asked for.
    """
    matrix, rng = rotated(np.linspace(1, 2, dimension)), np.random.default_rng(0)

    def hvp(v):
        return matrix @ v + 1e-7 * np.linalg.norm(v) * rng.standard_normal(dimension) / np.sqrt(
            dimension
        )

    with pytest.raises(
        NotConvergedError,
        match=r"eigenvalue did not converge: .* with residual .*e-0[678] after \d+",
    ):
        extreme_eigenvalues(hvp, dimension, tolerance=1e-9, max_restarts=20)


@pytest.mark.parametrize("tolerance", [0, -1, 1, np.nan, np.inf])
def test_a_tolerance_that_is_none_is_refused(tolerance):
    with pytest.raises(InputError, match=r"tolerance is .*: expected a number between 0 and 1"):
        extreme_eigenvalues(lambda v: v, 3, tolerance=tolerance)


@pytest.mark.parametrize("dimension", [3, 100])
@pytest.mark.parametrize("restarts", [0, -1, 2.5])
def test_a_number_of_restarts_that_is_none_is_refused(dimension, restarts):
    with pytest.raises(InputError, match=r"max_restarts=.*: expected a whole number, 1 or more"):
        extreme_eigenvalues(lambda v: np.arange(dimension) * v, dimension, max_restarts=restarts)


# inertia


@pytest.mark.parametrize("n", [1, 2, 7, 150])
@pytest.mark.parametrize("seed", range(3))
def test_inertia_counts_the_signs_of_eigenvalues(n, seed):
    rng = np.random.default_rng([n, seed])
    matrix = rng.standard_normal((n, n))
    matrix = matrix + matrix.T
    np.fill_diagonal(
        matrix, rng.choice([0.0, 1.0], size=n) * np.diag(matrix)
    )  # so that pivots come in blocks of two
    values = np.linalg.eigvalsh(matrix)
    kept = matrix.copy()
    if np.abs(values).min() > 1e-9:
        assert inertia(matrix) == ((values > 0).sum(), (values < 0).sum(), 0)
    np.testing.assert_array_equal(matrix, kept)  # in C order it is left alone
    eigenvalues = rng.choice([-1.0, 1.0], size=n) * rng.uniform(0.1, 9, n)
    assert inertia(rotated(eigenvalues, seed)) == (
        (eigenvalues > 0).sum(),
        (eigenvalues < 0).sum(),
        0,
    )


@pytest.mark.parametrize("positive", [0, 1, 40])
@pytest.mark.parametrize("negative", [0, 3, 70])
def test_inertia_of_a_singular_matrix(positive, negative):
    signs = np.concatenate(
        [np.ones(positive), -np.ones(negative), np.zeros(130 - positive - negative)]
    )
    scales = np.random.default_rng(0).uniform(0.5, 50, 130)
    assert inertia(rotated(signs * scales)) == (positive, negative, 130 - positive - negative)


def test_inertia_by_hand():
    assert inertia(np.array([[0.0, 1.0], [1.0, 0.0]])) == (1, 1, 0)  # no pivot on the diagonal
    assert inertia([[1, 0], [0, -1]]) == (1, 1, 0)
    assert inertia(np.kron(np.diag([1, -1, 2]), [[0, 1], [1, 0]])) == (3, 3, 0)
    assert inertia(np.zeros((3, 3))) == (0, 0, 3)
    assert inertia(np.diag([1.0, 1e-9, -1e-9, 1e-13])) == (
        2,
        1,
        1,
    )  # 1e-13 is rounding, 1e-9 is not
    assert inertia(np.diag([1.0, 1e-9, -1e-9, 1e-13]), rounding=1e-6) == (1, 0, 3)


@pytest.mark.parametrize(
    "matrix",
    [
        np.full((3, 3), np.nan),
        np.full((3, 3), np.inf),
        np.diag([1.0, np.nan]),
        np.ones((2, 3)),
        np.ones((3, 2)),
        np.ones(3),
    ],
)
def test_inertia_of_what_is_no_symmetric_matrix_is_refused(matrix):
    with pytest.raises(InputError, match="expected a symmetric matrix of finite numbers"):
        inertia(matrix)


# traces


def test_hutchinson_has_the_mean_and_variance_of_its_law():
    """All 2^10 vectors of signs: mean tr H, variance 2 (|H|^2 - sum H_ii^2), exactly; then 4000
    drawn ones.

    The standard error of the variance of n draws is sqrt((kurtosis - 1)/n): 3 %, with the exact
    kurtosis.
    """
    matrix = rotated(np.random.default_rng(4).standard_normal(10), seed=3) + np.diag(
        np.arange(10.0)
    )
    trace, variance = np.trace(matrix), 2 * ((matrix**2).sum() - (np.diag(matrix) ** 2).sum())
    every = np.array(list(tuples([-1.0, 1.0], repeat=10)))
    terms = np.einsum("zi,ij,zj->z", every, matrix, every)
    assert terms.mean() == pytest.approx(trace, rel=1e-12)
    assert terms.var() == pytest.approx(variance, rel=1e-12)
    kurtosis = ((terms - trace) ** 4).mean() / variance**2
    n = 4000
    found = hutchinson_trace(lambda v: matrix @ v, 10, num_vectors=n, seed=5)
    assert abs(found.trace - trace) < SIGMAS * np.sqrt(variance / n)
    assert (
        abs(found.standard_error**2 * n / variance - 1) < SIGMAS * np.sqrt((kurtosis - 1) / n) < 0.2
    )
    assert found.products == n


def test_hutchinson_covers_the_trace_as_often_as_its_error_says():
    """30 vectors: Student's t with 29 degrees of freedom is within 2 in 94.5 % of 300 cases, +- 5 x
    1.3 %.
    """
    matrix = rotated(np.random.default_rng(1).standard_normal(40))
    found = [
        hutchinson_trace(lambda v: matrix @ v, 40, num_vectors=30, seed=seed) for seed in range(300)
    ]
    z = np.array([(one.trace - np.trace(matrix)) / one.standard_error for one in found])
    assert abs((np.abs(z) < 2).mean() - 0.945) < SIGMAS * np.sqrt(0.945 * 0.055 / 300)
    assert (np.abs(z) < 1).mean() < 0.945 - SIGMAS * np.sqrt(
        0.945 * 0.055 / 300
    )  # control: errors half as large


def test_hutchinson_is_exact_on_a_diagonal():
    diagonal = np.random.default_rng(2).standard_normal(30)
    found = hutchinson_trace(lambda v: diagonal * v, 30, num_vectors=4)
    assert found.trace == pytest.approx(diagonal.sum(), rel=1e-12)
    assert found.standard_error < 1e-13


def test_hutch_plus_plus_is_exact_for_low_rank_and_small_dimensions():
    matrix = rotated(np.append(np.zeros(90), np.linspace(-5, 7, 10)))
    found = hutch_plus_plus_trace(lambda v: matrix @ v, 100, num_vectors=31)
    assert found.trace == pytest.approx(np.trace(matrix), rel=1e-10)
    assert found.standard_error < 1e-10
    assert found.products == 31
    short = hutch_plus_plus_trace(
        lambda v: matrix @ v, 100, num_vectors=27
    )  # control: 9 directions are too few
    assert short.standard_error > 1e-3
    for num_vectors in (12, 15, 99):  # a third of them spans the space
        small = rotated([1.0, -2.0, 5.0, 0.25])
        found = hutch_plus_plus_trace(lambda v: small @ v, 4, num_vectors=num_vectors)  # noqa: B023
        assert found.trace == pytest.approx(4.25, rel=1e-12)
        assert found.standard_error == 0
    zero = hutch_plus_plus_trace(lambda v: 0 * v, 20)
    assert zero[:2] == (0, 0)


def test_hutch_plus_plus_beats_hutchinson_where_the_spectrum_decays():
    """Equal products, eigenvalues 1/j^2 of alternating sign, 60 seeds: root mean square errors
    differ tenfold.
    """
    eigenvalues = (-1.0) ** np.arange(120) / np.arange(1, 121) ** 2
    matrix = rotated(eigenvalues)
    errors, claimed = {}, {}
    for estimate in (hutchinson_trace, hutch_plus_plus_trace):
        found = [
            estimate(lambda v: matrix @ v, 120, num_vectors=60, seed=seed) for seed in range(60)
        ]
        assert {one.products for one in found} == {60}
        away = np.array([one.trace for one in found]) - eigenvalues.sum()
        assert abs(away.mean()) < SIGMAS * away.std(ddof=1) / np.sqrt(60)  # unbiased
        errors[estimate] = np.sqrt((away**2).mean())
        claimed[estimate] = np.sqrt(np.mean([one.standard_error**2 for one in found]))
        # 60 draws know a standard deviation to 1/sqrt(120) = 9 %
        assert abs(errors[estimate] / claimed[estimate] - 1) < SIGMAS / np.sqrt(120)
    assert errors[hutch_plus_plus_trace] < errors[hutchinson_trace] / 10


def test_a_trace_follows_its_seed():
    matrix = rotated(np.linspace(-1, 1, 30))
    for estimate in (hutchinson_trace, hutch_plus_plus_trace):
        seeds = (3, np.random.default_rng(3), 4)
        same = [estimate(lambda v: matrix @ v, 30, num_vectors=12, seed=seed) for seed in seeds]
        assert same[0] == same[1] != same[2]


@pytest.mark.parametrize(("estimate", "least"), [(hutchinson_trace, 2), (hutch_plus_plus_trace, 6)])
def test_too_few_vectors_are_refused(estimate, least):
    for number in (least - 1, 0, -3, 10.0, None):
        with pytest.raises(
            InputError, match=f"num_vectors is .*: expected a whole number of at least {least}"
        ):
            estimate(lambda v: v, 3, num_vectors=number)
    assert estimate(lambda v: v, 2, num_vectors=least).trace == pytest.approx(2, rel=1e-14)


# spectral density


def test_a_quadrature_is_exact_up_to_its_degree_and_not_beyond():
    """m steps from z: sum_j w_j t_j^d = z.H^d z/z.z for d up to 2m - 1, with the vectors that the
    seed gives.
    """
    matrix, m = rotated(np.random.default_rng(0).uniform(-1, 2, 50)), 4
    density = spectral_density(lambda v: matrix @ v, 50, num_vectors=3, num_steps=m, seed=7)
    rng = np.random.default_rng(7)
    assert density.nodes.shape == density.weights.shape == (3, m)
    for row in range(3):
        z = rng.standard_normal(50)
        for degree in range(2 * m + 1):
            true = z @ np.linalg.matrix_power(matrix, degree) @ z / (z @ z)
            found = (density.weights[row] * density.nodes[row] ** degree).sum()
            if degree < 2 * m:
                assert found == pytest.approx(true, rel=1e-12), degree
            else:
                assert abs(found / true - 1) > 1e-4  # control


def test_with_all_steps_the_nodes_are_the_eigenvalues():
    eigenvalues = np.sort(np.random.default_rng(0).standard_normal(30))
    matrix = rotated(eigenvalues)
    density = spectral_density(lambda v: matrix @ v, 30, num_vectors=2, num_steps=500)
    np.testing.assert_allclose(np.sort(density.nodes, axis=1), [eigenvalues] * 2, atol=1e-10)


def test_shares_of_the_spectrum_and_its_mean_within_their_errors():
    eigenvalues = np.concatenate([np.linspace(-2, -1, 70), np.linspace(1, 3, 30)])
    matrix = rotated(eigenvalues)
    density = spectral_density(lambda v: matrix @ v, 100, num_vectors=60, num_steps=25)
    np.testing.assert_allclose(density.weights.sum(axis=1), 1, rtol=1e-12)
    means = {
        (lambda t: t > 0): 0.3,
        (lambda t: t): eigenvalues.mean(),
        np.square: (eigenvalues**2).mean(),
    }
    for function, true in means.items():
        mean, error = density.mean(function)
        assert (
            abs(mean - true) < SIGMAS * error + 1e-6
        )  # 25 steps know the share to 1e-6, the gap is a third
        assert error < 0.1
    # the error is that of a normal vector: the share varies by about sqrt(2 0.3 0.7/(100 + 2)) a
    # vector
    expected = np.sqrt(2 * 0.3 * 0.7 / 102 / 60)
    assert abs(density.mean(lambda t: t > 0)[1] / expected - 1) < SIGMAS / np.sqrt(2 * 60)


def test_a_smooth_density_has_area_1_and_lies_where_the_eigenvalues_are():
    matrix = rotated(np.repeat([-1.0, 2.0], [30, 10]))
    density = spectral_density(lambda v: matrix @ v, 40, num_vectors=20)
    points = np.linspace(-4, 5, 4001)
    smooth = density.smooth(points, 0.1)
    step = points[1] - points[0]
    assert smooth.sum() * step == pytest.approx(1, rel=1e-9)
    share = density.mean(lambda t: t > 0)[0]
    assert smooth[points > 0.5].sum() * step == pytest.approx(share, rel=1e-9)
    assert (points * smooth).sum() * step == pytest.approx(3 * share - 1, rel=1e-9)
    for width in (0, -1, np.nan):
        with pytest.raises(
            InputError, match=r"width is .*: expected a number above 0, in units of the eigenvalue"
        ):
            density.smooth(points, width)


@pytest.mark.parametrize(
    "eigenvalues", [np.append(np.zeros(57), [1.0, -2.0, 5.0]), np.full(60, 3.0), np.zeros(60)]
)
def test_few_different_eigenvalues_end_a_quadrature_early(eigenvalues):
    matrix = rotated(eigenvalues)
    density = spectral_density(lambda v: matrix @ v, 60, num_vectors=5, num_steps=20)
    np.testing.assert_allclose(density.weights.sum(axis=1), 1, rtol=1e-12)
    heavy = density.nodes[density.weights > 1e-9]
    assert np.abs(heavy[:, np.newaxis] - eigenvalues).min(axis=1).max() < 1e-9
    rng = np.random.default_rng(0)
    for row in range(5):
        z = rng.standard_normal(60)
        assert (density.weights[row] * density.nodes[row]).sum() == pytest.approx(
            z @ matrix @ z / (z @ z), abs=1e-12
        )


def test_the_mean_logarithm_of_a_positive_spectrum_is_a_number():
    """Where a quadrature ended early there are no nodes at 0."""
    assert spectral_density(lambda v: np.exp(2) * v, 50, num_vectors=3).mean(
        np.log
    ) == pytest.approx((2, 0), abs=1e-12)
    matrix = rotated(np.repeat([1.0, 4.0], 20))
    mean, error = spectral_density(lambda v: matrix @ v, 40, num_vectors=30).mean(lambda t: 1 / t)
    assert abs(mean - 0.625) < SIGMAS * error < 0.1


def test_numbers_of_vectors_and_steps_that_are_none_are_refused():
    for name in ("num_vectors", "num_steps"):
        for number in (0, -1, 2.0, None):
            with pytest.raises(
                InputError, match=f"{name} is .*: expected a whole number of at least 1"
            ):
                spectral_density(lambda v: v, 3, **{name: number})
    assert np.isnan(
        spectral_density(lambda v: v, 3, num_vectors=1).mean(np.sin)[1]
    )  # one vector has no error


def test_a_hessian_that_is_zero_but_for_rounding():
    """Products of 1e-17 that are not symmetric are refused, unless eigenvalues need not be known as
    well as that.
    """
    rng = np.random.default_rng(0)
    matrix = 1e-17 * rng.standard_normal((70, 70))
    with pytest.raises(InputError, match="hvp is not symmetric"):
        extreme_eigenvalues(lambda v: matrix @ v, 70)
    small = extreme_eigenvalues(lambda v: matrix @ v, 70, absolute=1e-3)
    assert abs(small.largest) < 1e-3
    skew = rng.standard_normal((70, 70))
    with pytest.raises(InputError, match="hvp is not symmetric"):
        extreme_eigenvalues(lambda v: skew @ v, 70, absolute=1e-3)
