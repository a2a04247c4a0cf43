"""Factors that are easily lost: ½, 2, signs. Small cases whose answer is known by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from spikesampler.landscape.criterion import standard_error
from spikesampler.landscape.density import spectral_density
from spikesampler.landscape.hessian import dense_matrix, extreme_eigenvalues, inertia
from spikesampler.landscape.traces import hutch_plus_plus_trace, hutchinson_trace
from spikesampler.networks.optimizers import langevin_rate, settings
from spikesampler.stimuli.tuning import input_rates
from spikesampler.studies.kulikovskikh_2021 import edge_data, training
from spikesampler.studies.kulikovskikh_2021 import sharpness as sharpness_module
from spikesampler.studies.kulikovskikh_2021.edge_jobs import EdgeJob, measure_edge
from spikesampler.studies.kulikovskikh_2021.samples import Task
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.study import Work

#: f(x) = ½ xᵀ H x: curvatures 6 and 1 along (1, 2)/√5 and (2, -1)/√5, trace 7
H = np.array([[2.0, 2.0], [2.0, 5.0]])


def test_a_quadratic_has_the_curvatures_of_its_matrix():
    """By differences of its own values: ½ xᵀ H x has Hessian H, not ½ H or 2 H."""

    def f(x):
        return 0.5 * x @ H @ x

    step, units = 0.5, np.eye(2)
    differences = [
        [
            (f(step * (a + b)) - f(step * (a - b)) - f(step * (b - a)) + f(-step * (a + b)))
            / (4 * step**2)
            for b in units
        ]
        for a in units
    ]
    found = extreme_eigenvalues(lambda v: np.array(differences) @ v, 2)
    assert (found.largest, found.smallest) == pytest.approx((6, 1), rel=1e-12)
    assert abs(found.vectors[0] @ [1, 2]) == pytest.approx(np.sqrt(5))
    np.testing.assert_allclose(dense_matrix(lambda v: H @ v, 2), H, rtol=1e-15)
    assert inertia(H - 3 * np.eye(2)) == (1, 1, 0)
    assert inertia(np.diag([2.0, -1.0, 0.0, 3.0])) == (2, 1, 1)


def test_traces_and_densities_of_a_quadratic():
    """z of signs: zᵀ H z is 7 + 4 z₁z₂, 11 or 3 alike often; Hutch++ and the density are exact."""
    estimate = hutchinson_trace(lambda v: H @ v, 2, num_vectors=400, seed=1)
    assert estimate.trace == pytest.approx(7, abs=5 * 4 / np.sqrt(400))
    assert estimate.standard_error == pytest.approx(4 / np.sqrt(399), rel=0.02)
    assert hutch_plus_plus_trace(lambda v: H @ v, 2, num_vectors=6).trace == pytest.approx(7)
    density = spectral_density(lambda v: H @ v, 2, num_vectors=400, seed=1)
    np.testing.assert_allclose(np.sort(density.nodes[0]), [1, 6], rtol=1e-9)
    mean, error = density.mean(lambda values: values)  # of the eigenvalues: half the trace
    assert abs(mean - 3.5) < 5 * error
    assert 0.05 < error < 0.15
    grid = np.linspace(-20, 30, 2001)
    assert np.trapezoid(density.smooth(grid, 1.0), grid) == pytest.approx(1, rel=1e-6)


def test_the_error_of_a_sum_is_by_hand():
    """1, 3: their variance is 2, that of a sum of two such 4."""
    assert standard_error(np.array([1.0, 3.0])) == pytest.approx(2)


def test_the_temperature_of_noise_counts_the_momentum():
    """sigma² = 2 eta T, eta the rate over 1 - momentum."""
    assert langevin_rate("momentum", learning_rate=0.02, momentum=0.75) == pytest.approx(0.08)
    assert langevin_rate("sgd_keras", learning_rate=0.02) == pytest.approx(0.02)
    assert settings("momentum")["momentum"] == 0.9


def test_the_edge_is_half_the_step_times_the_curvature(monkeypatch):
    """η λ/2 of a curvature that tells its place: run, task, setting, epoch kept; rising by hand."""
    job = EdgeJob(
        "x", (Task("moons"),), "gompertz", ((0.5, 1.0, 0.0), (0.1, 1.0, 0.0)), (1, 2), 0, 8, 2, 5
    )
    places = np.arange(2 * 1 * 2 * 5).reshape(2, 1, 2, 5).astype(float)
    loss = np.zeros((2, 1, 2, 9)) + np.array([9, 8, 7, 6, 5, 6, 5, 6, 7.0])
    course = SimpleNamespace(params=places, loss=loss, test_accuracy=loss / 10)
    monkeypatch.setattr(training, "train", lambda *given, **more: course)
    monkeypatch.setattr(
        sharpness_module, "sharpness", lambda params, *given, **more: 100 + float(params)
    )
    arrays, _ = measure_edge(job)
    epochs = job.measured_epochs
    for place in np.ndindex(2, 1, 2, len(epochs)):
        rate = (0.5, 0.1)[place[2]]
        curvature = 100 + places[(*place[:3], epochs[place[3]] // 2)]
        assert arrays["edge"][place] == pytest.approx(rate * curvature / 2, rel=1e-12)
    np.testing.assert_array_equal(arrays["rising"], 0.75)  # 5, 6, 5, 6, 7: up, down, up, up
    np.testing.assert_array_equal(arrays["loss"], loss[..., epochs])


def test_a_tuning_curve_is_as_wide_as_the_model_says():
    """exp(-d²/(factor width²)), r_min added and not subtracted; factor 1 where there is none."""
    source, point = SimpleNamespace(coding="tuning"), np.array([[0.2, 0.5]])
    centre, values = np.array([[0.2, 0.8]]), {"r_min": 2.0, "r_max": 80.0, "tuning_width": 0.3}
    for factor, expected in ((1, np.exp(-1)), (2, np.exp(-0.5)), (None, np.exp(-1))):
        own = {} if factor is None else {"tuning_factor": factor}
        rates = input_rates(source, point, centre, values | own)
        np.testing.assert_allclose(rates, [[2 + 80 * expected]], rtol=1e-12)
    pixels = SimpleNamespace(coding="rates")
    rates = input_rates(pixels, np.array([[0.0, 0.5, 1.0]]), None, values)
    assert rates.tolist() == [[2, 42, 82]]


def of_job(job):
    """What `measure_edge` would give, told by what it is of: run, task, setting and epoch."""
    shape = (len(job.runs), len(job.tasks), len(job.settings), len(job.measured_epochs))
    edge = np.empty(shape)
    for place in np.ndindex(shape):
        setting = Setting(*job.settings[place[2]])
        edge[place] = value_of(
            job.batch,
            setting,
            job.unit,
            job.runs[place[0]],
            place[1],
            job.measured_epochs[place[3]],
        )
    return {"edge": edge, "test": edge + 1, "rising": edge[..., 0] + 2}


def value_of(batch, setting, unit, run, task, epoch):
    """Another number for every other place."""
    return (
        1e5 * setting.T + 1e6 * (batch > 0) + 1e3 * setting.rate + setting.r + 0.01 * setting.E
        + 1e-4 * run + 1e-6 * task + 1e-9 * epoch**2 + 1e7 * (unit == "sigmoid")
    )  # fmt: skip


def test_the_edge_is_kept_where_it_was_measured(monkeypatch):
    """Mode, step, task, r, arm and run; the median over epochs of the second half of training."""
    monkeypatch.setattr(edge_data, "finish", lambda jobs, measure, **how: map(of_job, jobs))
    growth, tasks = (1.0, 4.0), (Task("moons"), Task("blobs"))
    epochs = {"whole set": 40, "batches of 75": 20}
    found = edge_data.gather(
        Work(seed=3), count=2, epochs=epochs, growth=growth, groups=[tasks], looks=6
    )
    for mode, batch in edge_data.MODES.items():
        job = EdgeJob("x", tasks, "sigmoid", (), (3,), batch, epochs[mode], 1, 6)
        late = [epoch for epoch in job.measured_epochs if epoch >= epochs[mode] / 2]
        for rate in (0.01, 0.1):
            for r in growth:
                free, *light = [Setting(rate, r, share * r) for share in edge_data.HARVEST]
                later = free._replace(E=edge_data.HARVEST[2] * r, T=1.0)
                plain = edge_data.settings_of("sigmoid", [r], rate)[0]
                settings = [(one, "gompertz") for one in (free, later, *light)]
                settings.append((Setting(*plain), "sigmoid"))
                for arm, (setting, unit) in zip(edge_data.ARMS, settings, strict=True):
                    for k, task in enumerate(("moons", "blobs")):
                        for run in (3, 4):
                            at = {"mode": mode, "rate": rate, "task": task, "r": r}
                            cell = found.sel(at | {"arm": arm, "run": run})
                            about = (batch, setting, unit, run, k)
                            middle = np.median([value_of(*about, epoch) for epoch in late])
                            assert float(cell["edge"]) == pytest.approx(middle, rel=1e-15)
                            start, end = (value_of(*about, at) for at in (0, epochs[mode]))
                            assert float(cell["edge_start"]) == pytest.approx(start, rel=1e-15)
                            assert float(cell["test"]) == pytest.approx(end + 1, rel=1e-15)
                            assert float(cell["rising"]) == pytest.approx(start + 2, rel=1e-15)
