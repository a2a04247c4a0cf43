"""Data of the LIGHT studies, jobs that are made once, settings that are chosen; sharpness along
training.
"""

from dataclasses import replace

import jax
import numpy as np
import pytest
from sklearn.datasets import load_digits

from spikesampler.errors import InputError
from spikesampler.landscape.precision import enable_x64
from spikesampler.stimuli.planar import planar
from spikesampler.studies.kulikovskikh_2021.edge_jobs import EdgeJob, measure_edge
from spikesampler.studies.kulikovskikh_2021.output_units import loss_of
from spikesampler.studies.kulikovskikh_2021.samples import Task, glorot_start, split_of, starts_of
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.kulikovskikh_2021.sharpness import sharpness
from spikesampler.studies.kulikovskikh_2021.training_jobs import Job, best_settings, train_job

DIGITS = Task("digits, as drawn", "digits")
SETTINGS = (tuple(map(float, Setting(0.0))), tuple(map(float, Setting(0.3))))
JOB = Job(
    "s-sgd",
    (Task("blobs"), Task("moons")),
    "sgd_keras",
    "sigmoid",
    "cross_entropy",
    (SETTINGS, SETTINGS[::-1]),
    (1, 2),
    3,
)


# --- data -----


def test_points_are_those_of_the_run():
    split = split_of((Task("xor"), Task("moons")), (3, 4))
    assert split.inputs.shape == (2, 2, 1000, 2)
    assert split.learnt == 800
    for run, task in np.ndindex(2, 2):
        points, labels = planar(("xor", "moons")[task], 1000, 3 + run)
        np.testing.assert_array_equal(split.inputs[run, task], points.astype(np.float32))
        np.testing.assert_array_equal(split.labels[run, task], labels)


def test_images_are_drawn_from_all():
    """1000 of the 1797 digits, none twice (but those that are there twice), each with its own
    label; 182 are fives.
    """
    table = load_digits()
    label_of = {tuple(row): label for row, label in zip(table.data / 16, table.target)}
    split = split_of((DIGITS,), (1, 2))
    assert split.inputs.shape == (2, 1, 1000, 64)
    for run in (0, 1):
        rows = [tuple(row) for row in split.inputs[run, 0].astype(float)]
        assert len(set(rows)) == 1000
        assert [label_of[row] == 5 for row in rows] == split.labels[run, 0].astype(bool).tolist()
        # hypergeometric: mean 101.3, sd 6.4
        assert 75 < split.labels[run].sum() < 128
    assert not np.array_equal(split.inputs[0], split.inputs[1])


def test_balanced_images_are_as_many_as_there_are():
    split = split_of((replace(DIGITS, balanced=True),), (1, 2))
    assert split.inputs.shape == (2, 1, 364, 64)
    assert split.learnt == 291
    assert split.labels.sum(axis=2).tolist() == [[182], [182]]
    assert 60 < split.labels[0, 0, :291].sum() < 230  # shuffled before it is split
    assert len({tuple(row) for row in split.inputs[0, 0]}) == 364


def test_balanced_images_are_no_more_than_are_asked_for(monkeypatch):
    monkeypatch.setattr("spikesampler.studies.kulikovskikh_2021.samples.SAMPLES", 100)
    split = split_of((replace(DIGITS, balanced=True),), (1,))
    assert split.labels.shape == (1, 1, 100)
    assert split.labels.sum() == 50


def test_starts_depend_on_the_run_alone():
    one, two = starts_of((1, 2), 2), starts_of((2,), 2)
    np.testing.assert_array_equal(one[1][0][0], two[0][0][0])
    assert not np.array_equal(one[0][0][0], one[1][0][0])


def test_bad_data():
    with pytest.raises(InputError, match="class 11 of digits: expected one of 0 to 9"):
        split_of((replace(DIGITS, against=11),), (1,))
    with pytest.raises(InputError, match="no set named 'rings': expected one of blobs"):
        split_of((Task("rings"),), (1,))


def test_too_few_images(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "few.npz",
        features=rng.random((60, 3)),
        label=np.r_[np.full(9, 5), np.full(51, 1)],
    )
    with pytest.raises(
        InputError, match=r"9 images of class 5 and 51 others: expected 10 of each or more"
    ):
        split_of((Task("few", str(tmp_path / "few.npz")),), (1,))


# --- jobs -----


@pytest.mark.parametrize(
    "change",
    [
        {"tasks": (Task("blobs"), Task("xor"))},
        {"tasks": (Task("blobs"), Task("moons", digest="1"))},
        {"epochs": 4},
        {"optimizer": "adam_keras"},
        {"unit": "gompertz"},
        {"loss": "margin"},
        {"runs": (1, 3)},
        {"settings": (SETTINGS, SETTINGS)},
    ],
)
def test_every_setting_makes_another_file(change):
    assert replace(JOB, **change).file_name != JOB.file_name
    assert (
        replace(JOB, name="other").file_name == JOB.file_name
    )  # which changes nothing that is computed


def test_the_best_setting_of_each_task(tmp_path):
    """A rate of 0 learns nothing; the other one is at the other end of the second task's
    settings.
    """
    said = []
    ((best, scores),) = best_settings([JOB], tmp_path, workers=1, say=said.append)
    assert best.tolist() == [1, 0]
    assert (scores[[0, 1], [1, 0]] > scores[[0, 1], [0, 1]] + 0.1).all()
    arrays, facts = train_job(JOB)
    np.testing.assert_allclose(scores, arrays["test"][..., 1:].mean(axis=(0, 3)), rtol=1e-6)
    assert facts["job"]["runs"] == (1, 2)
    assert said == ["s-sgd on 2 tasks, 2 runs; 0 left"]
    assert arrays["test"].shape == (2, 2, 2, 4)
    assert not arrays["diverged"].any()
    still = arrays["test"][:, [0, 1], [0, 1]]
    np.testing.assert_array_equal(still, still[..., :1] * np.ones(4, np.float32))


# --- sharpness -----


@pytest.mark.parametrize(
    ("unit", "size"), [("sigmoid", 2), pytest.param("gompertz", 12, marks=pytest.mark.slow)]
)
def test_sharpness_is_the_largest_eigenvalue_of_the_dense_hessian(unit, size):
    """21 parameters, whose Hessian is written out, and 71, for which it is Lanczos: to 1e-3 of
    itself.
    """
    rng = np.random.default_rng(1)
    inputs, labels = rng.standard_normal((40, size)), rng.integers(2, size=40).astype(float)
    params, setting = (
        glorot_start(rng, size),
        Setting(1e3, 2.0, 1.0, 0.5, 0.6),
    )  # of this rate, 2e-6 is asked for
    with enable_x64(True):
        flat, unravel = jax.flatten_util.ravel_pytree(params)
        dense = jax.jit(
            jax.hessian(
                lambda flat: loss_of(
                    unravel(flat),
                    inputs,
                    labels,
                    np.ones(40),
                    setting,
                    unit=unit,
                    loss="cross_entropy",
                )
            )
        )(flat)
    expected = np.linalg.eigvalsh(dense)[-1]
    assert len(flat) == {2: 21, 12: 71}[size]
    assert sharpness(params, inputs, labels, setting, unit=unit) == pytest.approx(
        expected, rel=1e-3
    )
    broken = ((np.full_like(params[0][0], np.nan), params[0][1]), params[1])
    assert np.isnan(sharpness(broken, inputs, labels, setting, unit=unit))


def test_a_quadratic_well_oscillates_beyond_the_edge():
    """What the edge is: of a sigmoid network near its minimum the loss falls below η λ/2 = 1 and
    rises above.
    """
    rng = np.random.default_rng(2)
    inputs = rng.standard_normal((30, 2))
    labels = (rng.random(30) < 0.5).astype(float)  # at random: there is a minimum
    params, plain = glorot_start(rng, 2), {"unit": "sigmoid", "loss": "cross_entropy"}
    with enable_x64(True):
        flat, unravel = jax.flatten_util.ravel_pytree(params)

        def of(flat):
            return loss_of(unravel(flat), inputs, labels, np.ones(30), Setting(0.1), **plain)

        slope, value = jax.jit(jax.grad(of)), jax.jit(of)
        curvature = sharpness(params, inputs, labels, Setting(1.0), unit="sigmoid")
        direction = np.linalg.eigh(jax.jit(jax.hessian(of))(flat))[1][:, -1]
        here = flat + 1e-5 * direction
        away = slope(here) - slope(flat)  # the part of the gradient that this direction has
        for product, rises in ((0.9, False), (1.1, True)):
            step = 2 * product / curvature
            quadratic = [value(x) - slope(flat) @ (x - flat) for x in (here, here - step * away)]
            assert (quadratic[1] > quadratic[0]) == rises


def test_looks_are_spread():
    job = EdgeJob("x", (Task("moons"),), "gompertz", SETTINGS, (1,), 0, 4000, 20, 14)
    looks = job.measured_epochs
    assert looks[0] == 0
    assert looks[-1] == 4000
    assert (looks % 20 == 0).all()
    assert (looks >= 2000).sum() >= 7
    assert ((looks > 0) & (looks < 400)).sum() >= 3
    assert replace(job, batch=75).file_name != job.file_name
    assert replace(job, name="y").file_name == job.file_name


@pytest.mark.slow  # compiles for some seconds
def test_edge_of_a_small_job():
    settings = tuple(
        tuple(map(float, Setting(0.05, r, share * r))) for r in (1.0, 4.0) for share in (0.0, 1.5)
    )
    job = EdgeJob("x", (Task("moons"),), "gompertz", settings, (1, 2), 0, 12, 2, 5)
    arrays, _ = measure_edge(job)
    assert arrays["edge"].shape == arrays["loss"].shape == (2, 1, 4, len(job.measured_epochs))
    split = split_of(job.tasks, job.runs)
    first = sharpness(
        starts_of(job.runs, 2)[1],
        split.inputs[1, 0, :800],
        split.labels[1, 0, :800],
        Setting(*settings[3]),
        unit="gompertz",
    )
    assert arrays["edge"][1, 0, 3, 0] == pytest.approx(
        0.05 * first / 2, rel=1e-3
    )  # starts are float32 there
    assert arrays["rising"].shape == (2, 1, 4)
    assert ((arrays["rising"] >= 0) & (arrays["rising"] <= 1)).all()
    assert (
        arrays["loss"][:, :, ::2, -1] < arrays["loss"][:, :, ::2, 0]
    ).all()  # without harvest it learns
