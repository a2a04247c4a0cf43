"""Hessians of networks that have learnt digits: exact on functions whose Hessian is known, and what
has to be 0.
"""

import numpy as np
import pytest

from spikesampler.landscape.precision import enable_x64
from spikesampler.networks.labelled_rows import rows_of, source_of
from spikesampler.studies.optimisation_primer import digit_networks
from spikesampler.studies.optimisation_primer.digit_networks import RATE
from spikesampler.studies.study import Work


def test_the_hessian_of_a_quadratic_is_its_matrix():
    a = np.random.default_rng(1).normal(size=(5, 5))
    a = a + a.T
    with enable_x64(True):
        found = digit_networks._hessian(lambda x: x @ a @ x / 2 + x.sum(), np.ones(5))
    np.testing.assert_allclose(found, a, rtol=1e-12)


@pytest.mark.parametrize("steps", [1, 3])
def test_adam_moves_by_its_rate_where_the_slope_stays(steps):
    """On a slope that is the same everywhere every step is the rate, but for 1e-8 in 0.5."""
    slope = np.array([0.5, -2.0, 3.0])
    with enable_x64(True):
        end = digit_networks._adam(lambda x: x @ slope, np.zeros(3), steps)
    np.testing.assert_allclose(end, -steps * RATE * np.sign(slope), rtol=1e-7)


@pytest.mark.slow  # 1547 products with a Hessian
def test_weights_of_pixels_that_are_never_lit_have_no_curvature():
    """20 weights of each of these, by a rounding of 1e-13 of the largest."""
    pixels, _, _ = rows_of(source_of("digits"), ("learning", "probe", "test"))
    dark = int((pixels == 0).all(axis=0).sum())
    found = digit_networks.gather(Work(), seeds=1, epochs=30)
    curvatures = np.abs(found["eigenvalue"].values[0])
    assert found.sizes["index"] == 64 * 20 + 20 + 20 * 7 + 7 + 7 * 5 + 5 + 5 * 10 + 10
    assert (curvatures < 1e-13 * curvatures.max()).sum() >= 20 * dark > 0
    assert found["gradient_norm"].item() > 0
