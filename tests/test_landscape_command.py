"""The commands `landscape train|basin|neb|hessian`: JSON, files, --resume, refusals, signals;
numbers by other ways.
"""

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import xarray as xr
from runs import PACKAGE, command, listing, start

from spikesampler.jobs.pieces import begin, piece_file
from spikesampler.landscape.minima import ZERO, Refined
from spikesampler.store import arrays, atomic
from spikesampler.store.arrays import write_arrays
from spikesampler.studies.gamst_walker_2017 import surroundings, training_folder
from spikesampler.studies.gamst_walker_2017.relu_net import apply, gamst_walker, training_set
from spikesampler.studies.gamst_walker_2017.settings import STARTS, Training
from spikesampler.studies.gamst_walker_2017.summary import (
    of_basin,
    of_paths,
    of_spectra,
    of_training,
)
from spikesampler.studies.gamst_walker_2017.surroundings import choose, path_arrays
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import starts
from spikesampler.studies.gamst_walker_2017.training_folder import open_training

SIZES = ("--models", 6, "--steps", 60, "--workers", 1)
BANDS = ("--models", 3, "--images", 5, "--steps", 20)
SIGMAS = 5  # bounds are this many standard errors


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def said(done):
    """The object on the last line of stdout: strict JSON, numbers finite or null."""
    found = json.loads(done.out[-1], parse_constant=refuse)
    leaves = [
        leaf for value in found.values() for leaf in (value if isinstance(value, list) else [value])
    ]
    assert all(
        leaf is None or isinstance(leaf, (int, str)) or math.isfinite(leaf) for leaf in leaves
    )
    return found


def as_json(summary):
    return json.loads(atomic.json_bytes(summary))


def pictures(folder):
    """Names of the pictures of a folder, which all open and are not empty, and have a PDF beside
    them.
    """
    paths = sorted(Path(folder).glob("*.png"))
    assert [path.stem for path in sorted(Path(folder).glob("*.pdf"))] == [
        path.stem for path in paths
    ]
    assert all(np.ptp(matplotlib.image.imread(path)) > 0.5 for path in paths)
    return [path.name for path in paths]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six networks of 60 steps from Glorot's starts."""
    return tmp_path_factory.mktemp("landscape") / "trained"


@pytest.fixture(scope="module")
def train(folder):
    return command("landscape", "train", *SIZES, "--out", folder, "--json")


@pytest.fixture(scope="module")
def networks(train, folder):
    return open_training(folder).networks


@pytest.fixture(scope="module")
def basin(folder):
    return command(
        "landscape",
        "basin",
        *SIZES,
        "--out",
        folder.parent / "basin",
        "--set",
        "radius=0.5",
        "--json",
    )


@pytest.fixture(scope="module")
def neb(networks, folder):
    return command("landscape", "neb", folder, *BANDS, "--json")


@pytest.fixture(scope="module")
def bands(neb, folder):
    return xr.load_dataset(folder / "neb" / "paths.nc")


@pytest.fixture(scope="module")
def hessian(networks, folder):
    return command("landscape", "hessian", folder, "--models", 3, "--seed", 2, "--json")


@pytest.fixture(scope="module")
def spectra(hessian, folder):
    return xr.load_dataset(folder / "hessian" / "spectra.nc")


@pytest.fixture(scope="module")
def diverged(folder):
    """A training and a basin in which a learning rate of 10 lets all networks diverge, as two
    commands.
    """
    options = (*SIZES, "--set", "learning_rate=10", "--json", "--out")
    return [
        command("landscape", name, *options, folder.parent / f"diverged-{name}")
        for name in ("train", "basin")
    ]


# --- train -----


def test_train_says_what_the_folder_holds(train, networks, folder):
    assert train.status == 0
    assert said(train) == {"folder": str(folder)} | as_json(
        of_training(open_training(folder).training, networks)
    )
    assert (said(train)["models"], said(train)["steps"], said(train)["diverged"]) == (6, 60, 0)
    assert said(train)["best_error"] == networks["final_error"].values.min()
    assert {*listing(folder)} >= {"networks.nc", "networks.png", "manifest.json"}
    assert pictures(folder) == ["networks.png"]
    assert xr.load_dataset(folder / "networks.nc").sizes == {
        "network": 6,
        "parameter": 136,
        "record": 60,
    }
    assert train.err[-1].startswith("training: 6 of 6 networks")


def test_training_again_is_refused_and_resuming_says_the_same(train, networks, folder):
    before = listing(folder)
    again = command("landscape", "train", *SIZES, "--out", folder)
    assert (again.status, again.out) == (2, [])
    assert again.err == [
        f"spikesampler: {folder} already holds this training; use --resume to go on with it, or"
        " give another folder with --out"
    ]
    other = command("landscape", "train", *SIZES, "--out", folder, "--resume", "--seed", 2)
    assert (other.status, other.out) == (2, [])
    assert "holds a training with other settings (seed is 2 here, 1 there)" in other.err[-1]
    resumed = command("landscape", "train", *SIZES, "--out", folder, "--resume", "--json")
    assert (resumed.status, said(resumed), resumed.err) == (0, said(train), [])
    assert listing(folder) == before


def test_without_json_there_is_a_line_for_each_number_and_the_picture(train, networks, folder):
    shown = command("landscape", "train", *SIZES, "--out", folder, "--resume").out
    assert shown[-1] == str(folder / "networks.png")
    lines = dict(line.split(maxsplit=1) for line in shown[:-1])
    assert set(lines) == set(said(train))
    assert float(lines["median_error"]) == pytest.approx(
        said(train)["median_error"], rel=1e-3
    )  # four digits
    low, high = said(train)["error_quartiles"]
    assert lines["error_quartiles"] == f"[{low:.4g}, {high:.4g}]"


def test_every_option_reaches_the_training(tmp_path, monkeypatch):
    class TakenError(BaseException):
        pass

    seen = []

    def take(*given, **options):
        seen.append((given, options))
        raise TakenError

    monkeypatch.setattr(training_folder, "train_networks", take)
    options = [
        "--models",
        7,
        "--steps",
        61,
        "--seed",
        5,
        "--optimizer",
        "momentum_keras",
        "--noise",
        "weight",
        "--temperature",
        1e-6,
        "--schedule",
        "linear",
        "--workers",
        3,
        "--set",
        "momentum=0.5",
        "--set",
        "target_seed=4",
        "--set",
        "noise_share=0.25",
        "--set",
        "learning_rate=0.002",
    ]
    for name, more in (
        ("train", ["--set", "depth=4", "--set", "width=6"]),
        ("basin", ["--set", "radius=1.5"]),
    ):
        with pytest.raises(TakenError):
            command("landscape", name, *options, *more, "--out", tmp_path / name)
    expected = {
        "models": 7,
        "steps": 61,
        "seed": 5,
        "optimizer": "momentum_keras",
        "noise": "weight",
        "temperature": 1e-6,
        "schedule": "linear",
        "set": {"learning_rate": 0.002, "momentum": 0.5},
        "target_seed": 4,
        "noise_share": 0.25,
        "depth": 4,
        "width": 6,
        "start": "glorot",
        "radius": 2.0,
    }
    assert seen[0][0] == (Training(**expected), tmp_path / "train")
    assert seen[1][0][0] == Training(
        **expected | {"depth": 5, "width": 5, "start": "jitter", "radius": 1.5}
    )
    assert [options for _, options in seen] == [{"resume": False, "workers": 3}] * 2


def test_by_default_the_folder_is_a_new_one_below_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = []
    monkeypatch.setattr(
        training_folder, "train_networks", lambda what, out, **_: seen.append((what, out)) or 1 / 0
    )
    for name in ("train", "basin"):
        assert "ZeroDivisionError" in command("landscape", name).err[0]
    for (what, out), kind, models, steps in zip(seen, STARTS, (1024, 4096), (50_000, 20_000)):
        assert re.fullmatch(r"runs/landscape-momentum-\d{8}-\d{6}-\d+", str(out))
        assert what == Training(models, steps, start=kind)


# --- signals -----


def test_a_stopped_training_goes_on_to_the_same_bits(networks, tmp_path, monkeypatch):
    monkeypatch.setattr(training_folder, "PAUSE", -1)  # a checkpoint after every step
    real, writes = arrays.write_arrays, []

    def write(*given):
        real(*given)
        writes.append(given)
        if len(writes) == 20:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(training_folder, "write_arrays", write)
    stopped = command("landscape", "train", *SIZES, "--out", tmp_path / "run", "--json")
    assert (stopped.status, stopped.out) == (143, [])
    assert stopped.err[-1] == (
        "spikesampler: stopped by SIGTERM; what is trained is kept: go on with --resume --out"
        f" {tmp_path / 'run'}"
    )
    assert {*listing(tmp_path / "run")} == {"pieces", "pieces/00000.npz", "manifest.json"}
    assert command("landscape", "train", *SIZES, "--out", tmp_path / "run", "--resume").status == 0
    assert (
        xr.load_dataset(tmp_path / "run" / "networks.nc")
        .drop_attrs()
        .identical(networks.drop_attrs())
    )


def living(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow  # by default with a kill in test_training.py, with signals in test_compare.py
def test_sigterm_ends_a_training_and_its_workers(tmp_path):
    """Of 10^8 steps, which take hours."""
    process = start(
        "landscape",
        "train",
        "--models",
        64,
        "--steps",
        10**8,
        "--workers",
        2,
        "--out",
        tmp_path / "run",
    )

    def workers():
        tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
        return [int(word) for path in tasks for word in path.read_text().split()]

    end = time.monotonic() + 60
    while (
        len(workers()) < 2 or not (tmp_path / "run" / "manifest.json").exists()
    ) and time.monotonic() < end:
        assert process.poll() is None
        time.sleep(0.02)
    begun = workers()
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (128 + signal.SIGTERM, "")
    assert err.splitlines()[-1] == (
        "spikesampler: stopped by SIGTERM; what is trained is kept: go on with --resume --out"
        f" {tmp_path / 'run'}"
    )
    assert len(begun) == 2
    assert not any(map(living, begun))
    assert {*listing(tmp_path / "run")} == {"pieces", "manifest.json"}


@pytest.fixture
def computed(monkeypatch):
    """What spectra were asked for; instead of eigenvalues they are sorted weights, which cost
    nothing.
    """
    asked = []

    def spectrum(energy, points):
        asked.append(np.array(points))
        return np.sort(points, axis=-1)

    monkeypatch.setattr(surroundings, "spectrum", spectrum)
    monkeypatch.setattr(
        surroundings, "value_and_gradient", lambda energy, points: (points.sum(axis=-1), points)
    )
    return asked


def test_a_stopped_hessian_goes_on_with_what_is_missing(
    networks, folder, computed, tmp_path, monkeypatch
):
    monkeypatch.setitem(surroundings.PIECE, "spectra", 1)
    ask = surroundings.spectrum

    def stop(energy, points):
        if len(computed) == 1:  # a network
            os.kill(os.getpid(), signal.SIGTERM)
        return ask(energy, points)

    monkeypatch.setattr(surroundings, "spectrum", stop)
    options = ("landscape", "hessian", folder, "--models", 3, "--out")
    stopped = command(*options, tmp_path / "run")
    assert (stopped.status, stopped.out) == (143, [])
    assert stopped.err[-1] == (
        "spikesampler: stopped by SIGTERM; what is finished is kept: go on with --resume --out"
        f" {tmp_path / 'run'}"
    )
    assert {*listing(tmp_path / "run")} == {"pieces", "pieces/00000.npz", "manifest.json"}
    monkeypatch.setattr(surroundings, "spectrum", ask)
    computed.clear()
    assert command(*options, tmp_path / "run", "--resume").status == 0
    assert [points.shape for points in computed] == [(1, 136), (1, 136), (136,)]
    assert {*listing(tmp_path / "run")} == {
        "spectra.nc",
        "spectra.png",
        "spectra.pdf",
        "manifest.json",
    }
    assert command(*options, tmp_path / "whole").status == 0
    one, other = (
        xr.load_dataset(tmp_path / name / "spectra.nc").drop_attrs() for name in ("run", "whole")
    )
    assert one.identical(other)


def test_a_signal_while_a_piece_is_written_is_told_alike(
    networks, folder, computed, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        surroundings, "write_arrays", lambda *given: os.kill(os.getpid(), signal.SIGTERM)
    )
    stopped = command("landscape", "hessian", folder, "--models", 1, "--out", tmp_path / "run")
    assert stopped.status == 143
    assert stopped.err[-1].endswith(f"go on with --resume --out {tmp_path / 'run'}")


# --- basin -----


def test_basin_says_what_the_folder_holds(basin, folder):
    assert basin.status == 0
    what, found, _ = open_training(folder.parent / "basin")
    assert (what.start, what.radius) == ("jitter", 0.5)
    assert found["jitter"].values.max() < 0.5
    assert said(basin) == {"folder": str(folder.parent / "basin")} | as_json(of_basin(what, found))
    assert said(basin)["returned"] == (found["final_error"].values < 1e-3).sum()
    assert {*listing(folder.parent / "basin")} == {
        "networks.nc",
        "basin.png",
        "basin.pdf",
        "manifest.json",
    }
    assert pictures(folder.parent / "basin") == ["basin.png"]
    resumed = command(
        "landscape",
        "basin",
        *SIZES,
        "--set",
        "radius=0.5",
        "--out",
        folder.parent / "basin",
        "--resume",
        "--json",
    )
    assert said(resumed) == said(basin)


def test_a_folder_of_train_is_not_one_of_basin(basin, networks, folder):
    done = command("landscape", "basin", *SIZES, "--out", folder, "--resume")
    assert done.status == 2
    assert "start is jitter here, glorot there" in done.err[-1]


# --- neb -----


def test_paths_lead_from_w_f_to_the_networks(bands, networks):
    """Energies in float64, at the same points but for their symmetry: 1e-9 of them is rounding of
    scales.
    """
    numbers, w_f = bands["network"].values, desymmetrise(gamst_walker(1))
    assert bands["images"].shape == (3, 5, 136)
    assert (np.diff(numbers) > 0).all()
    np.testing.assert_array_equal(bands["images"][:, 0], np.broadcast_to(w_f, (3, 136)))
    np.testing.assert_array_equal(
        bands["images"][:, -1], desymmetrise(networks["params"].values[numbers])
    )
    np.testing.assert_allclose(bands["energy"][:, 0], 0, atol=1e-20)
    np.testing.assert_allclose(
        bands["energy"][:, -1], networks["final_error"].values[numbers], rtol=1e-9
    )
    x, y = training_set(gamst_walker(1))
    errors = ((apply(bands["images"].values, x) - y) ** 2).mean(axis=-1)
    np.testing.assert_allclose(bands["energy"], errors, rtol=1e-9, atol=1e-20)


def test_distances_and_turns_are_those_of_the_images(bands):
    images = bands["images"].values
    chords = np.diff(images, axis=1)
    lengths = np.linalg.norm(chords, axis=-1)
    np.testing.assert_array_equal(bands["distance"][:, 0], 0)
    assert (np.diff(bands["distance"], axis=1) > 0).all()
    np.testing.assert_allclose(np.diff(bands["distance"], axis=1), lengths, rtol=1e-12)
    np.testing.assert_allclose(
        bands["from_target"], np.linalg.norm(images - images[:, :1], axis=-1), rtol=1e-12
    )
    cosine = (chords[:, 1:] * chords[:, :-1]).sum(axis=-1) / (lengths[:, 1:] * lengths[:, :-1])
    # arccos of 1 - a^2/2 loses half of the digits, and angles here are 1e-2 and more
    np.testing.assert_allclose(bands["turning"], np.arccos(cosine), rtol=1e-8)


def test_neb_says_what_the_folder_holds_and_that_it_did_not_converge(neb, bands, folder):
    assert neb.status == 0
    assert said(neb) == {"folder": str(folder / "neb")} | as_json(of_paths(bands))
    assert (said(neb)["paths"], said(neb)["images"], said(neb)["converged"]) == (3, 5, 0)
    residual = bands["residual"].values.max()
    assert residual > 0.1
    assert (
        "spikesampler: 3 of 3 paths did not converge in 20 steps: residual forces up to"
        f" {residual:.3g}, expected 0.01" in neb.err
    )
    assert (bands["steps"] == 20).all()
    assert {*listing(folder / "neb")} == {"paths.nc", "paths.png", "paths.pdf", "manifest.json"}
    assert pictures(folder / "neb") == ["paths.png"]


def test_neb_again_is_refused_and_resuming_says_the_same(neb, bands, folder):
    before = listing(folder / "neb")
    again = command("landscape", "neb", folder, *BANDS)
    assert (again.status, again.out) == (2, [])
    assert "use --resume to go on with it, or give another folder with --out" in again.err[-1]
    resumed = command("landscape", "neb", folder, *BANDS, "--resume", "--json")
    assert (resumed.status, said(resumed)) == (0, said(neb))
    assert any("3 of 3 paths did not converge" in line for line in resumed.err)
    assert listing(folder / "neb") == before
    other = command("landscape", "neb", folder, *BANDS, "--images", 7, "--resume")
    assert other.status == 2
    assert "images is 7 here, 5 there" in other.err[-1]


def test_the_path_that_is_coloured_has_the_median_length(bands, folder):
    drawn = path_arrays(folder, bands)
    lengths = bands["distance"].values[:, -1]
    assert lengths[drawn["chosen"]] == np.median(lengths)
    images = bands["images"].values[drawn["chosen"]]
    x, y = training_set(gamst_walker(1))
    np.testing.assert_array_equal(drawn["x"], x)
    np.testing.assert_allclose(drawn["outputs"], apply(images, x), rtol=1e-12)
    np.testing.assert_allclose(drawn["outputs"][0], y, atol=1e-9)  # W_f


def test_networks_are_drawn_from_those_that_did_not_diverge():
    """Two of five, 500 seeds: each as often as another, 40 % ± 5 x 2.2 %."""
    found = xr.Dataset(
        {"diverged": (("network",), [False, True, False, False, True, False, False])}
    )
    drawn = np.array([choose(found, 2, seed) for seed in range(500)])
    assert (drawn[:, 0] < drawn[:, 1]).all()
    share = np.bincount(drawn.ravel(), minlength=7) / 500
    assert share[[1, 4]].tolist() == [0, 0]
    assert np.abs(share[[0, 2, 3, 5, 6]] - 0.4).max() < SIGMAS * np.sqrt(0.4 * 0.6 / 500)
    assert choose(found, 5, 0).tolist() == [0, 2, 3, 5, 6]


# --- hessian -----


def jacobian(params, x, at=None):
    """Outputs (point,) of a 5 x 5 network and their derivatives (point, parameter), backwards layer
    by layer.

    at : a network whose neurons are silent where those of this one shall be; by default itself.
    """
    shapes = [(1, 5), *[(5, 5)] * 4, (5, 1)]
    places = np.cumsum(
        [rows * columns for shape in shapes for rows, columns in (shape, (1, shape[1]))]
    )
    parts, patterns = (
        np.split(params, places[:-1]),
        np.split(params if at is None else at, places[:-1]),
    )
    layers = [
        (one.reshape(shape), other) for one, other, shape in zip(parts[::2], parts[1::2], shapes)
    ]
    h = pattern = np.asarray(x)[:, np.newaxis]
    inputs, active = [h], [np.ones_like(h)]
    for (weights, biases), other, other_biases in zip(layers[:-1], patterns[::2], patterns[1::2]):
        before = pattern @ other.reshape(weights.shape) + other_biases
        pattern, h = np.maximum(before, 0), (h @ weights + biases) * (before > 0)
        inputs.append(h)
        active.append(before > 0)
    delta, found = np.ones((len(x), 1)), []
    for (weights, _), h, here in zip(layers[::-1], inputs[::-1], active[::-1]):
        found[:0] = [(h[:, :, np.newaxis] * delta[:, np.newaxis, :]).reshape(len(x), -1), delta]
        delta = delta @ weights.T * here
    return (inputs[-1] @ layers[-1][0] + layers[-1][1])[:, 0], np.concatenate(found, axis=1)


def test_at_w_f_the_hessian_is_that_of_gauss_and_newton(spectra):
    """Where all residuals are 0 it is 2 J'J/n, J the outputs' derivatives: of 136 eigenvalues 97
    are 0 and none below.

    25 of them are the scales of neurons; 1e-12 of the largest eigenvalue is rounding.
    """
    x, y = training_set(gamst_walker(1))
    outputs, slopes = jacobian(desymmetrise(gamst_walker(1)), x)
    np.testing.assert_allclose(outputs, y, atol=1e-12)
    expected = np.linalg.eigvalsh(2 * slopes.T @ slopes / len(x))
    found = spectra["target"].values
    np.testing.assert_allclose(found, expected, atol=1e-12 * expected[-1])
    assert found[0] > -1e-12 * found[-1]
    assert (np.abs(found) < ZERO * found[-1]).sum() == 97 >= 25


def test_at_networks_the_hessian_is_that_of_differences_of_gradients(spectra, networks):
    """While no neuron falls silent or wakes, the error is a polynomial of the weights.

    Central differences of its gradient in steps of 1e-5 miss by 1e-10 of its third derivative and
    round to 1e-11, both far below 1e-7 of the largest eigenvalue.
    """
    numbers = spectra["network"].values
    np.testing.assert_allclose(
        spectra["energy"], networks["final_error"].values[numbers], rtol=1e-9
    )
    x, y = training_set(gamst_walker(1))

    def gradient(params, at):
        outputs, slopes = jacobian(params, x, at)
        return 2 * slopes.T @ (outputs - y) / len(x)

    for number, values, norm in zip(
        numbers, spectra["eigenvalue"].values, spectra["gradient_norm"].values
    ):
        at = desymmetrise(networks["params"].values[number])
        matrix = (
            np.array(
                [gradient(at + step, at) - gradient(at - step, at) for step in 1e-5 * np.eye(136)]
            )
            / 2e-5
        )
        np.testing.assert_allclose(
            values, np.linalg.eigvalsh((matrix + matrix.T) / 2), atol=1e-7 * values[-1]
        )
        assert norm == pytest.approx(np.linalg.norm(gradient(at, at)), rel=1e-9)


def test_hessian_says_what_the_folder_holds(hessian, spectra, folder):
    assert hessian.status == 0
    assert said(hessian) == {"folder": str(folder / "hessian")} | as_json(of_spectra(spectra))
    assert (
        said(hessian)["networks"],
        said(hessian)["target_zero"],
        said(hessian)["target_negative"],
    ) == (3, 97, 0)
    assert (
        spectra["network"].values.tolist() == choose(open_training(folder).networks, 3, 2).tolist()
    )
    assert {*listing(folder / "hessian")} == {
        "spectra.nc",
        "spectra.png",
        "spectra.pdf",
        "manifest.json",
    }
    assert pictures(folder / "hessian") == ["spectra.png"]


def test_hessian_again_is_refused_and_resuming_says_the_same(hessian, computed, folder):
    options = ("landscape", "hessian", folder, "--models", 3, "--seed", 2)
    again = command(*options)
    assert (again.status, again.out) == (2, [])
    assert "use --resume to go on with it" in again.err[-1]
    assert said(command(*options, "--resume", "--json")) == said(hessian)


def test_steps_of_descent_come_before_the_hessian(
    networks, folder, computed, tmp_path, monkeypatch
):
    """A descent that halves all weights stands for L-BFGS, and is told how far to go."""
    steps = []

    def halve(energy, start, max_steps):
        steps.append(max_steps)
        return Refined(start / 2, 0.0, 0.0, max_steps)

    monkeypatch.setattr(surroundings, "refine", halve)
    options = (
        "landscape",
        "hessian",
        folder,
        "--models",
        3,
        "--steps",
        7,
        "--out",
        tmp_path / "run",
    )
    assert command(*options).status == 0
    assert steps == [7] * 3
    found = xr.load_dataset(tmp_path / "run" / "spectra.nc")
    expected = desymmetrise(desymmetrise(networks["params"].values[found["network"].values]) / 2)
    np.testing.assert_array_equal(computed[0], expected)
    assert found.attrs["steps"] == 7


def test_larger_networks_have_a_hessian_but_no_path_from_w_f(tmp_path):
    """Networks of 2 x 6, at their starts: begun and finished by hand, so that no program is
    compiled to train them.
    """
    what = Training(2, 60, depth=2, width=6)
    begin(tmp_path, "training", what.facts(), chunk=2)
    arrays = {
        "leaf_0": starts(what, 0, 2).astype(np.float32),
        "error": np.ones((60, 2), np.float32),
    }
    write_arrays(piece_file(tmp_path, 0), arrays, {"steps": 60, "networks": [0, 2]})
    options = ("--models", 2, "--steps", 60, "--workers", 1, "--set", "depth=2", "--set", "width=6")
    done = command("landscape", "train", *options, "--out", tmp_path, "--resume", "--json")
    assert (done.status, said(done)["diverged"]) == (0, 0)
    refused = command("landscape", "neb", tmp_path, "--models", 1)
    assert (refused.status, refused.out) == (2, [])
    assert refused.err == [
        f"spikesampler: {tmp_path} holds networks of 2 x 6: expected 5 x 5, as W_f is; train such "
        "networks"
    ]
    found = said(command("landscape", "hessian", tmp_path, "--json"))
    assert found["networks"] == 2  # by default all, where they are fewer than 100
    assert found["largest"][0] > 0
    assert not any(name.startswith("target") for name in found)
    assert xr.load_dataset(tmp_path / "hessian" / "spectra.nc")["eigenvalue"].shape == (2, 61)


# --- networks that diverged -----


def test_where_all_diverged_train_says_so_and_draws_nothing(diverged, folder):
    done, _ = diverged
    assert done.status == 0
    found = said(done)
    assert found["diverged"] == 6
    assert [found[name] for name in ("best_error", "median_error", "error_quartiles")] == [
        None,
        None,
        [None, None],
    ]
    assert {*listing(folder.parent / "diverged-train")} == {"networks.nc", "manifest.json"}


def test_where_all_diverged_basin_says_so(diverged):
    _, done = diverged
    assert not any("RuntimeWarning" in line or "distance of shape" in line for line in done.err)
    assert any("diverged" in line for line in (*done.out, *done.err))


def test_where_all_diverged_there_is_no_path(diverged, folder):
    done = command("landscape", "neb", folder.parent / "diverged-train", "--models", 1)
    assert (done.status, done.out) == (2, [])
    assert (
        "all 6 networks diverged: expected some that did not; train with a lower learning rate"
        in done.err[-1]
    )


def test_where_all_diverged_hessian_says_so(diverged, folder):
    done = command("landscape", "hessian", folder.parent / "diverged-train")
    assert (done.status, done.out) == (2, [])
    assert "diverge" in done.err[-1]


# --- bad input -----


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["train", "--models", 0],
            "models=0: expected a whole number, 1 or more; give such a models",
        ),
        (
            ["train", "--models", "1.5"],
            "Invalid value for '--models': '1.5' is not a valid integer.",
        ),
        (["train", "--steps", 0], "steps=0: expected a whole number, 1 or more"),
        (["basin", "--seed", -1], "seed=-1: expected a whole number, 0 or more"),
        (["train", "--workers", 0], "workers=0: expected a whole number from 1"),
        (
            ["train", "--optimizer", "adam"],
            "optimizer=adam: expected one of momentum, momentum_keras",
        ),
        (
            ["train", "--optimizer", "adam", "--set", "learning_rate=1"],
            "optimizer=adam: expected one of momentum",
        ),
        (
            ["train", "--set", "rho=0.9"],
            "unknown setting 'rho' of momentum; expected one of learning_rate, momentum",
        ),
        (["train", "--set", "temperature=1"], "unknown setting 'temperature' of momentum"),
        (
            ["train", "--set", "learning_rate"],
            "--set learning_rate: expected NAME=VALUE, such as --set learning_rate=0.01",
        ),
        (["train", "--set", "learning_rate=fast"], "learning_rate=fast: expected a number"),
        (["train", "--set", "learning_rate=nan"], "learning_rate=nan: expected a positive number"),
        (["train", "--set", "depth=2.5"], "depth=2.5: expected a whole number"),
        (["train", "--set", "width=5", "--set", "width=5"], "--set width is given twice"),
        (
            ["train", "--noise", "white", "--temperature", 1],
            "noise=white: expected one of none, constant, weight",
        ),
        (
            ["train", "--noise", "weight"],
            "noise=weight with temperature=0: expected both or neither",
        ),
        (["train", "--temperature", 1], "noise=none with temperature=1: expected both or neither"),
        (
            ["train", "--schedule", "cosine"],
            "schedule=cosine: expected one of constant, linear, exponential",
        ),
        (
            ["train", "--set", "noise_share=1.5"],
            "noise_share=1.5: expected a share of the steps, 0 to 1",
        ),
        (["train", "--resume"], "--resume needs the folder of the training; give --out DIR"),
        (["train", "--out", "notes.txt"], "notes.txt is a file; give a folder with --out"),
        (["train", "--out", "."], ". holds other files; give a new or empty folder with --out"),
        (["basin", "--set", "radius=0"], "radius=0.0: expected a positive number"),
        (["basin", "--set", "depth=6"], "start=jitter with depth=6, width=5: W_f has 5 and 5"),
        (["neb"], "Missing argument 'TRAINED'"),
        (
            ["neb", "nowhere"],
            "nowhere holds no trained networks; give a folder of `spikesampler landscape train`",
        ),
        (["hessian", "notes.txt"], "notes.txt holds no trained networks"),
        (
            ["neb", "{trained}"],
            "models=100: expected at most 6, the networks that did not diverge; give such a number",
        ),
        (["neb", "{trained}", "--models", 7], "models=7: expected at most 6"),
        (["neb", "{trained}", "--models", 0], "models=0: expected a whole number, 1 or more"),
        (
            ["neb", "{trained}", "--models", 3, "--images", 2],
            "images=2: expected a whole number, 3 or more",
        ),
        (
            ["neb", "{trained}", "--models", 3, "--steps", 0],
            "steps=0: expected a whole number, 1 or more",
        ),
        (
            ["neb", "{trained}", "--models", 3, "--seed", -1],
            "seed=-1: expected a whole number, 0 or more",
        ),
        (
            ["neb", "{trained}", "--models", 3, "--out", "notes.txt"],
            "notes.txt is a file; give a folder with --out",
        ),
        (["hessian", "{trained}", "--models", 7], "models=7: expected at most 6"),
        (["hessian", "{trained}", "--steps", -1], "steps=-1: expected a whole number, 0 or more"),
    ],
)
def test_bad_input_is_refused_in_one_line_and_nothing_is_written(
    networks, folder, tmp_path, monkeypatch, arguments, complaint
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    before = listing(tmp_path), listing(folder)
    done = command("landscape", *(str(word).format(trained=folder) for word in arguments))
    assert (done.status, done.out) == (2, [])
    (line,) = done.err
    assert line.startswith("spikesampler: ")
    assert complaint in line
    assert (listing(tmp_path), listing(folder)) == before


def test_results_of_another_training_are_not_those_of_this_one(
    networks, folder, basin, computed, tmp_path
):
    options = ("--models", 1, "--out", tmp_path / "run")
    assert command("landscape", "hessian", folder, *options).status == 0
    done = command("landscape", "hessian", folder.parent / "basin", *options, "--resume")
    assert (done.status, done.out) == (2, [])


def test_a_damaged_result_is_named(networks, folder, computed, tmp_path):
    options = ("landscape", "hessian", folder, "--models", 1, "--out", tmp_path / "run")
    assert command(*options).status == 0
    path = tmp_path / "run" / "spectra.nc"
    path.write_bytes(path.read_bytes()[:-1])
    done = command(*options, "--resume")
    assert (done.status, done.out) == (2, [])
    assert str(path) in done.err[-1]


def test_a_missing_jax_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    for words in (["train", "--out", tmp_path / "new"], ["neb", tmp_path], ["hessian", tmp_path]):
        done = command("landscape", *words)
        assert (done.status, done.out) == (2, [])
        (line,) = done.err
        assert line.startswith("spikesampler: landscape needs jax (")
        assert line.endswith("); install it with: pip install 'spikesampler[landscape]'")
    assert listing(tmp_path) == {}
    assert command("landscape", "train", "--help").status == 0


# --- help -----


def test_help_lists_commands_and_options():
    assert any(line.split()[:1] == ["landscape"] for line in command("--help").out)
    listed = command("landscape", "--help").out
    shared = {"--seed", "--out", "--resume", "--json"}
    options = {
        "--models",
        "--steps",
        "--optimizer",
        "--set",
        "--noise",
        "--temperature",
        "--schedule",
        "--workers",
    }
    expected = {
        "train": options,
        "basin": options,
        "hessian": {"--models", "--steps"},
        "neb": {"--models", "--images", "--steps", "--climb"},
    }
    for name, names in expected.items():
        assert any(line.split()[:1] == [name] for line in listed)
        words = " ".join(command("landscape", name, "--help").out).replace(",", " ").split()
        assert {word for word in words if word.startswith("--")} == names | shared | {"--help"}, (
            name
        )


def test_help_imports_nothing_heavy():
    program = (
        "import sys\nfrom spikesampler.cli import main\ntry:\n    main()\nexcept SystemExit as"
        " end:\n    print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    words = [sys.executable, "-P", "-c", program, "landscape", "train", "--help"]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(PACKAGE)},
    )
    assert "click" in done.stderr.split()
    assert {"jax", "numpy", "optax", "xarray", "matplotlib"} & set(done.stderr.split()) == set()
