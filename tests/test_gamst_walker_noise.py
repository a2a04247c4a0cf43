"""Claims that are weighed on networks of one target function: the larger network, and noise."""

import numpy as np
import pytest
import xarray as xr

from spikesampler.stats.rules import in_family
from spikesampler.studies.gamst_walker_2017 import noise, wide


@pytest.mark.parametrize(("error", "label"), [(0.001, "reproduced"), (0.2, "not reproduced")])
def test_wide_networks_come_close_or_not(error, label):
    course = np.full((1, 32, 4), 0.3)
    course[:, :, -1] = error
    variables = {
        "error": (("optimizer", "network"), course[:, :, -1]),
        "course": (("optimizer", "network", "step"), course),
    }
    coords = {"optimizer": ["adadelta_keras_2017"], "step": [0, 10, 20, 30]}
    (row,) = wide.findings(xr.Dataset(variables, coords, {"steps": 40}))
    assert row.verdict == label


@pytest.mark.parametrize(
    ("found", "label"), [(0.9, "reproduced"), (0.3, "not reproduced"), (0.0, "not reproduced")]
)
def test_noise_that_finds_w_f_is_told_from_noise_that_does_not(found, label):
    rng, variables = np.random.default_rng(1), {}
    arms, temperatures = list(noise.ARMS), [1e-5, 1e-4]
    for start in noise.STARTS:
        none = np.where(np.arange(300) < 90, 1e-5, 0.2)  # 30 % without noise
        errors = np.tile(none, (4, 2, 1))
        errors[0, 1] = np.where(np.arange(300) < 300 * found, 1e-5, 0.2)
        variables[f"{start}_none"] = (f"{start}_network", none)
        variables[f"{start}_error"] = (("arm", "temperature", f"{start}_network"), errors)
    variables["jitter"] = ("jitter_network", rng.random(300))
    coords = {"arm": arms, "temperature": temperatures}
    rows = noise.findings(xr.Dataset(variables, coords, {"steps": [10, 10]}))
    assert {row.verdict for row in rows} == {label}
    noisy = "with noise equal for all weights, not annealed, T = 0.0001, "
    told = {0.9: f"most {noisy}", 0.3: "the same in all arms", 0.0: f"least {noisy}"}[found]
    assert all(told in row.number for row in rows)
    assert all(("1 of 8 arms clearly lose" in row.number) == (found == 0) for row in rows)
    assert all(row.n.startswith("1 target function, 300 networks") for row in rows)


def test_noise_that_changes_no_network_has_an_interval_and_decides_by_how_many_there_are():
    """0 of 128 gain: 2 0.95^128 = 0.003 is clear alone, and is not after Holm over 24 tests."""
    same = np.full(128, 0.2)
    ruling = noise._helps("found", same, same)
    assert (ruling.label, ruling.p) == ("not reproduced", pytest.approx(2 * 0.95**128))
    assert ruling.high == -ruling.low == pytest.approx(1 - 0.025 ** (1 / 128))
    assert {one.label for one in in_family([ruling] * 12, "arms")} == {"undecided at this n"}
