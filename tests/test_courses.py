"""Arms of a comparison: what is learnt and held out, files that are kept, the best rate of a
grid.
"""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from sklearn.datasets import load_digits

from spikesampler.errors import InputError
from spikesampler.store.arrays import load_arrays
from spikesampler.studies.valizadeh_2022.course import Course, first_below, speeds
from spikesampler.studies.valizadeh_2022.courses import (
    Arm,
    best_rates,
    courses,
    fastest,
    starts_of,
)
from spikesampler.studies.valizadeh_2022.images import images_of, sizes_of
from spikesampler.studies.valizadeh_2022.tasks import Task

DIGITS = Task("digits", "digits", "printed", hidden=(3,))
ARM = Arm(DIGITS, "gradient_descent", (0.1, 0.3), (1, 2), 8, 0.0)


def test_digits_are_split_once_and_nothing_is_lost():
    images, table = images_of(DIGITS), load_digits()
    assert images.inputs.shape == (1438, 64)
    assert images.held_out.shape == (359, 64)
    assert images.inputs.dtype == np.float64
    assert images.inputs.max() == 1
    rows = {tuple(row): label for row, label in zip(table.data / 16, table.target)}
    both = np.vstack([images.inputs, images.held_out])
    labels = np.append(images.labels, images.held_out_labels)
    assert all(rows[tuple(row)] == label for row, label in zip(both, labels))
    assert sorted(map(tuple, both)) == sorted(map(tuple, table.data / 16))
    assert not np.array_equal(images_of(DIGITS, split_seed=2).held_out, images.held_out)


def test_one_class_against_the_rest_raw_and_single():
    images, plain = (
        images_of(replace(DIGITS, against=against, raw=True, single=True)) for against in (5, None)
    )
    np.testing.assert_array_equal(images.labels, plain.labels == 5)
    np.testing.assert_array_equal(images.held_out_labels, plain.held_out_labels == 5)
    assert images.inputs.dtype == np.float32
    assert images.inputs.max() == 16
    assert sizes_of(replace(DIGITS, against=5), images) == (64, 3, 1)
    assert sizes_of(DIGITS, plain) == (64, 3, 10)
    with pytest.raises(InputError, match="class 10 of digits: expected one of 0 to 9"):
        images_of(replace(DIGITS, against=10))


def test_the_users_hdf5_file_in_its_own_order(tmp_path):
    """All images of the file are learnt, in its order, though a part was set aside for probes."""
    rng, labels = np.random.default_rng(1), np.array([0, 1] * 10)
    pixels = rng.integers(256, size=(20, 2, 2, 3), dtype=np.uint8)
    for name, prefix, rows in (("train.h5", "train", slice(None)), ("test.h5", "test", slice(6))):
        with h5py.File(tmp_path / name, "w") as file:
            file[f"{prefix}_set_x"], file[f"{prefix}_set_y"] = pixels[rows], labels[rows]
    images = images_of(Task("cats", str(tmp_path), "binary_cross_entropy"))
    np.testing.assert_array_equal(images.inputs, pixels.reshape(20, 12) / 255)
    np.testing.assert_array_equal(images.labels, labels)
    np.testing.assert_array_equal(images.held_out, pixels[:6].reshape(6, 12) / 255)
    assert sizes_of(Task("cats", str(tmp_path), "binary_cross_entropy"), images) == (
        12,
        20,
        7,
        5,
        1,
    )


def test_arms_are_trained_once(tmp_path):
    arms = [ARM, replace(ARM, method="position_wise"), ARM]
    said = []
    found = courses(arms, tmp_path / "here", workers=1, say=said.append)
    assert said == ["digits: gradient_descent; 1 left", "digits: position_wise; 0 left"]
    assert sorted(path.name.split("-")[0] for path in (tmp_path / "here").iterdir()) == [
        "gradient_descent",
        "position_wise",
    ]
    assert found[0].loss.shape == (2, 9)
    assert (found[1].loss[:, -1] < found[0].loss[:, -1]).all()
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "here").iterdir()}
    again = courses(arms, tmp_path / "here", workers=1, say=said.append)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "here").iterdir()} == kept
    assert len(said) == 2
    for one, two in zip(found, again):
        np.testing.assert_array_equal(one.loss, two.loss)


@pytest.mark.slow  # each process starts jax
def test_processes_train_alike(tmp_path):
    arms, said = [ARM, replace(ARM, method="position_wise")], []
    found = courses(arms, tmp_path / "here", workers=1)
    apart = courses(arms, tmp_path / "apart", workers=2, say=said.append)
    assert len(said) == 2
    for one, two in zip(found, apart):
        np.testing.assert_allclose(
            one.loss, two.loss, rtol=1e-12
        )  # one thread there: sums in another order


def test_what_ended_is_kept_when_another_arm_fails(tmp_path):
    with pytest.raises(
        InputError, match=r"gradient_descent at a rate of 1e\+300: the loss is not finite after 1 "
    ):
        courses([ARM, replace(ARM, rates=(1e300, 1e300))], tmp_path, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == [ARM.file_name]


def test_a_damaged_file_is_made_again(tmp_path):
    (before,) = courses([ARM], tmp_path, workers=1)
    path = tmp_path / ARM.file_name
    path.write_bytes(path.read_bytes()[:-1])
    (after,) = courses([ARM], tmp_path, workers=1)
    np.testing.assert_array_equal(after.loss, before.loss)
    assert load_arrays(path)


@pytest.mark.parametrize(
    "change",
    [
        {"rates": (0.1, 0.4)},
        {"starts": (1, 3)},
        {"epochs": 9},
        {"until": 0.1},
        {"keep": True},
        {"split_seed": 2},
        {"method": "adam"},
        *(
            {"task": replace(DIGITS, **one)}
            for one in (
                {"data": "elsewhere"},
                {"objective": "binary_cross_entropy"},
                {"against": 5},
                {"hidden": (4,)},
                {"spread": "xavier"},
                {"raw": True},
                {"single": True},
            )
        ),
    ],
)
def test_every_setting_makes_another_file(change):
    assert replace(ARM, **change).file_name != ARM.file_name


def test_starts_are_the_same_for_all_arms():
    images = images_of(DIGITS)
    one, two = starts_of(DIGITS, images, (1, 2))
    np.testing.assert_array_equal(one[0][0], starts_of(DIGITS, images, (1,))[0][0][0])
    assert (one[0][0] != two[0][0]).all()
    assert [layer[0].shape for layer in one] == [(64, 3), (3, 10)]


def test_the_fastest_rate():
    """One that always gets there before one that is faster and does not; then the median; then the
    loss at the end.
    """
    loss = np.array(
        [[3, 2, 1, 0], [3, 2, 1, 0], [3, 0, 0, 0], [3, 3, 3, 3]], float
    )  # two rates with two starts each
    course, rates = Course(loss, loss, np.full(4, -1)), (0.1, 0.2)
    found = speeds(course, 2, 1.5)
    assert found.tolist() == [[0, 2, 0], [1, np.inf, 1.5]]
    three = np.array(
        [[3, 0, 0, 0], [3, 3, 0, 0], [3, 3, 3, 0]], float
    )  # below after 1, 2 and 3 epochs
    assert speeds(Course(np.repeat(three, 3, axis=1), three, np.full(3, -1)), 1, 1).tolist() == [
        [0, 6, 0]
    ]
    late = np.vstack([three[:2], [[3, 3, 3, 3]]])
    assert speeds(Course(late, late, np.full(3, -1)), 1, 1).tolist() == [[1, 2, 1]]
    assert fastest(rates, found) == 0.1
    assert fastest(rates, np.array([[1, 5, 0], [0, 9, 0]])) == 0.2
    assert fastest(rates, np.array([[1, 5, 0], [1, 4, 1]])) == 0.2
    assert fastest(rates, speeds(course, 2, -1)) == 0.1
    assert fastest(rates, speeds(course._replace(loss=loss[::-1]), 2, -1)) == 0.2
    lost = np.where(np.arange(4)[:, None] < 2, np.nan, loss)
    assert fastest(rates, speeds(Course(lost, lost, np.array([1, 1, -1, -1])), 2, -1)) == 0.2


def test_best_rates_are_looked_for_twice(tmp_path):
    """The grid, then half-way to the neighbours of its best; the level is counted on the starts
    that were given.
    """
    cells = [(DIGITS, "gradient_descent", 3.2), (DIGITS, "adam", 3.2)]
    found = best_rates(cells, (1.0, 0.01), (5,), 30, tmp_path, workers=1)
    for (best, rates, needed), (task, method, level) in zip(found, cells):
        assert len(rates) == 4
        assert (np.diff(rates) > 0).all()
        coarse = {0.01: (0.001, 0.1), 1.0: (0.1, 10.0)}
        assert {0.01, 1.0} < set(rates.tolist())
        assert set(rates.tolist()) - {0.01, 1.0} in [set(one) for one in coarse.values()]
        assert needed[rates.tolist().index(best)] == needed.min()
        (course,) = courses([Arm(task, method, (best,), (5,), 30, 0.0, True)], tmp_path, workers=1)
        assert first_below(course.loss, level)[0] == needed.min() < np.inf


def test_bad_workers(tmp_path):
    with pytest.raises(InputError, match="workers=-1: expected a whole number, 1 or more"):
        courses([ARM], tmp_path, workers=-1)
