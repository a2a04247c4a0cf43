"""A sweep: its dataset is what its runs say, nothing finished is lost, nothing is built or run
twice.
"""

import csv
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xarray
from runs import PACKAGE, PEAK_KIB, SIZES, command, listing, options, processes, start

from spikesampler import Result, Sweep, run, stats, sweep
from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments import points as pointing
from spikesampler.experiments.design import RESERVED
from spikesampler.experiments.sweep_forecast import expected_seconds
from spikesampler.experiments.sweep_plan import plan_sweep
from spikesampler.jobs.processes import Processes
from spikesampler.language.model import MODELS
from spikesampler.spiking import build as building
from spikesampler.store import atomic, folders
from spikesampler.store.manifest import write_manifest

FEW = {"noise": None, "seed": 5, "samples": 60, "probe_every": 20, "record": "none"}
#: the same for Python
PYTHON = {
    "set": SIZES,
    "first_seed": 5,
    "samples": 60,
    "probe_every": 20,
    "probe_samples": 20,
    "test_samples": 50,
    "record": "none",
}
GRID = {"b": [1e-4, 1e-3], "noise_scale": [0, 0.5, 2]}
SPEED = ["engine_seconds"]


def silent(done, total, text):
    pass


def arguments(folder, *more, grid=GRID, arms="none,weight", seeds=2, **changes):
    grids = [
        word
        for name, values in grid.items()
        for word in ("--grid", f"{name}={','.join(map(str, values))}")
    ]
    out = [] if folder is None else ["--out", folder]
    return [
        "sweep",
        "fang_2018",
        *grids,
        "--arms",
        arms,
        "--seeds",
        seeds,
        *options(**FEW | changes),
        *out,
        *more,
    ]


@pytest.fixture(scope="module")
def folder(cache, tmp_path_factory):
    return tmp_path_factory.mktemp("sweep") / "sweep"


@pytest.fixture(scope="module")
def said(folder):
    return command(*arguments(folder), "--json")


@pytest.fixture(scope="module")
def dataset(said, folder):
    return xarray.load_dataset(folder / "sweep.nc")


def same_numbers(folder, dataset):
    """That the sweep in `folder` has the numbers of a dataset, but for its speed."""
    xarray.testing.assert_identical(
        xarray.load_dataset(folder / "sweep.nc").drop_vars(SPEED), dataset.drop_vars(SPEED)
    )


def wait_for(condition, process, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() in (None, -signal.SIGKILL), process.stderr.read()
        assert time.monotonic() < end, "this never came"
        time.sleep(0.02)


# --- what comes out -----


def test_json_counts_the_points_and_names_the_dataset(said, folder):
    assert said.status == 0
    assert (
        said.json
        | {
            "points": 24,
            "finished": 24,
            "failed": 0,
            "runs": 16,
            "builds": 2,
            "dataset": str(folder / "sweep.nc"),
            "failed_points": [],
        }
        == said.json
    )
    assert 0 < said.json["wall_seconds"] < 600
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        "manifest.json",
        "sweep.nc",
        "points.csv",
        "failures.json",
        "sweep.png",
        "sweep.pdf",
    }
    assert (folder / "sweep.png").read_bytes()[:4] == b"\x89PNG"
    assert (folder / "sweep.pdf").read_bytes()[:4] == b"%PDF"


def test_dimensions_are_the_parameters_in_their_units_and_the_seed(dataset):
    for name in ("test_accuracy", "online_accuracy", "escape_seconds"):
        assert dataset[name].dims == ("b", "noise_scale", "arm", "seed")
    assert dataset["b"].values.tolist() == [1e-4, 1e-3]
    assert dataset["b"].attrs == {"units": "1/second", "long_name": "learning rate"}
    assert dataset["noise_scale"].values.tolist() == [0, 0.5, 2]
    assert dataset["arm"].values.tolist() == ["none", "weight"]
    assert dataset["seed"].values.tolist() == [5, 6]
    assert str(dataset["start"].values) == "prior"
    assert dataset["sample_block"].values.tolist() == [0, 20, 40, 60]
    assert all(
        "units" in variable.attrs
        for name, variable in dataset.data_vars.items()
        if name not in ("folder", "arm_text")  # words
    )


def test_every_point_names_the_folder_of_its_run(dataset, folder):
    """Of a point that is the run of another, such as `none` at another noise scale, that
    other's.
    """
    for b, scale, arm, seed in itertools.product(
        (1e-4, 1e-3), (0, 0.5, 2), ("none", "weight"), (5, 6)
    ):
        point = dataset.sel(b=b, noise_scale=scale, arm=arm, seed=seed)
        manifest = Result(folder / str(point["folder"].values)).manifest
        found = manifest["parameters"]
        assert (found["b"]["value"], manifest["arm"], manifest["seed"]) == (b, arm, seed)
        assert manifest["results"]["test_accuracy"] == point["test_accuracy"]
        if arm == "weight":
            assert found["noise_scale"]["value"] == scale


def test_no_parameter_may_have_a_name_of_the_dataset(dataset, tmp_path):
    assert {*dataset.variables} - {"b", "noise_scale"} <= {*RESERVED}
    text = (MODELS / "fang_2018.py").read_text()
    (tmp_path / "mine.py").write_text(
        text.replace("parameters = dict(", 'parameters = dict(chance=our_choice(1.0, "1", ""),', 1)
    )
    done = command("sweep", tmp_path / "mine.py", "--grid", "chance=1,2", "--out", tmp_path / "out")
    assert done.status == 2
    assert (
        "chance names something else in every sweep's dataset; rename the parameter" in done.err[-1]
    )


def test_every_number_is_that_of_a_single_run(dataset, tmp_path):
    for b, scale, arm, seed in ((1e-3, 2, "weight", 6), (1e-4, 0.5, "none", 5)):
        single = {name: value for name, value in PYTHON.items() if name != "first_seed"}
        chosen = SIZES | {"b": b, "noise_scale": scale}
        result = run(
            "fang_2018",
            noise=arm,
            seed=seed,
            **single | {"set": chosen},
            out=tmp_path / arm,
            progress=silent,
        )
        point = dataset.sel(b=b, noise_scale=scale, arm=arm, seed=seed)
        for name in ("test", "online", "probe", "bayes"):
            assert point[f"{name}_accuracy"] == getattr(result, f"{name}_accuracy")
        np.testing.assert_array_equal(point["probe_curve"], result.learning["probe_accuracy"])
        half_way = (1 / 5 + result.bayes_accuracy) / 2
        above = [
            t
            for t, a in zip((0, 4, 8, 12), result.learning["probe_accuracy"].values)
            if a > half_way
        ]
        assert point["escape_threshold"] == pytest.approx(half_way)
        assert (bool(point["escaped"]), float(point["escape_seconds"])) == (
            bool(above),
            (above or [12])[0],
        )


def test_points_that_are_the_same_run_are_run_once(dataset, folder):
    """Without noise its scale means nothing: 2 x 2 runs of `none`, 2 x 3 x 2 of `weight`."""
    assert len(list(folder.glob("point-*"))) == 16
    none, weight = (
        dataset["test_accuracy"].sel(arm="none"),
        dataset["probe_curve"].sel(arm="weight"),
    )
    assert (none == none.isel(noise_scale=0)).all()
    assert (weight != weight.isel(noise_scale=0)).any()
    scales = {
        Result(path).manifest["settings"]["set"].get("noise_scale")
        for path in folder.glob("point-*")
    }
    assert scales == {None, 0, 0.5, 2}


def test_points_csv_has_a_line_for_every_point(dataset, folder):
    with open(folder / "points.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    for row in rows:
        place = {
            "b": float(row["b"]),
            "noise_scale": float(row["noise_scale"]),
            "arm": row["arm"],
            "seed": int(row["seed"]),
        }
        assert float(row["test_accuracy"]) == dataset["test_accuracy"].sel(place)
        assert row["error"] == ""


def test_a_resumed_sweep_that_is_finished_runs_nothing(folder, dataset):
    before = {path: path.stat().st_mtime_ns for path in folder.glob("point-*/*")}
    done = command(*arguments(folder), "--resume", "--json")
    assert (done.status, done.json["finished"]) == (0, 24)
    assert {path: path.stat().st_mtime_ns for path in folder.glob("point-*/*")} == before
    same_numbers(folder, dataset)


def test_show_prints_the_sweep_and_draws_a_measure(folder, dataset, tmp_path):
    done = command(
        "sweep",
        "show",
        folder,
        "--measure",
        "online_accuracy",
        "--at",
        "noise_scale=2",
        "--out",
        tmp_path / "a.png",
    )
    assert done.status == 0
    assert done.out[0].split() == [
        "b",
        "noise_scale",
        "arm",
        "start",
        "seeds",
        "test",
        "averaged",
        "online",
        "escape",
        "(s)",
        "escaped",
    ]
    point = dataset.sel(b=1e-3, noise_scale=2, arm="weight")
    means = [float(point[f"{name}_accuracy"].mean()) for name in ("test", "averaged", "online")]
    line = next(line for line in done.out if line.split()[:3] == ["0.001", "2", "weight"])
    assert line.split()[4:6][0] == "2"
    assert re.findall(r"(\S+) \[", line)[:3] == [f"{mean:.3f}" for mean in means]
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    text = command("sweep", "show", folder / "sweep.nc").out
    assert [line for line in text if line.startswith("table ")]
    assert not [line for line in text if line.startswith("failures ")]  # none failed
    told = command("sweep", "show", folder / "sweep.nc", "--json").json
    assert (told["points"], told["finished"], told["failed"]) == (24, 24, 0)
    assert (folder / "test_accuracy.png").is_file()
    for suffix in ("png", "pdf"):
        (folder / f"test_accuracy.{suffix}").unlink()
    for given, message in (
        (("--at", "N=3"), "no dimension 'N'"),
        (("--measure", "speed"), "no measure 'speed'"),
    ):
        refused = command("sweep", "show", folder, *given)
        assert refused.status == 2
        assert message in refused.err[-1]


def test_rows_are_means_over_seeds_with_intervals(folder, dataset):
    rows = list(Sweep(folder).rows())
    assert len(rows) == 12
    for row in rows:
        point = dataset.sel(b=row["b"], noise_scale=row["noise_scale"], arm=row["arm"])
        for name in ("test_accuracy", "averaged_accuracy", "averaged_log_loss"):
            found = stats.mean_interval(point[name].values)[:3]
            columns = (row[name], row[f"{name}_low"], row[f"{name}_high"])
            most = np.inf if name == "averaged_log_loss" else 1  # an accuracy is 0 to 1
            assert columns == pytest.approx(np.clip(found, 0, most))
        assert row["escaped"] == int(point["escaped"].sum())


@pytest.mark.usefixtures("undrawn")
def test_a_design_is_a_dimension_of_points(cache, tmp_path):
    made = sweep(
        "fang_2018",
        grid={"N": [50, 100]},
        vary={"b": "log(1e-4,1e-2)", "mu": "lin(0,1)"},
        design="sobol:4",
        seeds=1,
        workers=2,
        out=tmp_path / "sweep",
        progress=silent,
        **PYTHON,
    )
    accuracy = made.dataset["test_accuracy"]
    assert accuracy.dims == ("N", "point", "seed")
    assert accuracy["b"].dims == accuracy["mu"].dims == ("point",)
    assert made.summary["points"] == 8
    for n in (50, 100):
        for i in range(4):
            chosen = SIZES | {"N": n, "b": float(accuracy["b"][i]), "mu": float(accuracy["mu"][i])}
            found = [
                path
                for path in (tmp_path / "sweep").glob("point-*")
                if Result(path).manifest["settings"]["set"] == chosen
            ]
            assert len(found) == 1
            assert Result(found[0]).test_accuracy == accuracy.sel(N=n).isel(point=i, seed=0)
    assert made.dims == ["N", "point"]
    assert [len(line.split()) for line in str(made).splitlines()[1:9]] == [11] * 8
    assert "no figure: the sweep has N (2 values)" in str(made)
    assert (
        command(
            "sweep", "show", tmp_path / "sweep", "--at", "N=50", "--measure", "probe_accuracy"
        ).status
        == 0
    )


@pytest.mark.slow  # builds a network of its own
def test_real_data_have_no_ceiling_and_escape_half_way_to_the_best(cache, tmp_path):
    made = sweep(
        "fang_2018",
        grid={"b": [1e-4, 1e-3]},
        seeds=2,
        data="digits",
        out=tmp_path / "sweep",
        progress=silent,
        **PYTHON | {"set": {}},
    )
    best = made.dataset["probe_accuracy"].mean("seed").max()
    assert np.isnan(made.dataset["bayes_accuracy"]).all()
    np.testing.assert_allclose(made.dataset["escape_threshold"], (0.1 + best) / 2)
    assert "–" not in str(made).splitlines()[1].split("escape")[0][:60]


# --- programs -----


@pytest.mark.usefixtures("undrawn")
def test_one_program_is_built_for_each_structure_and_never_two(
    cache, dataset, tmp_path, monkeypatch
):
    """One of the two is there already; the other is taken, instead of compiled, from where the
    fixture compiled it.
    """
    plan = plan_sweep(grid={"b": [1e-4]}, arms=["none", "weight"], seeds=1, **PYTHON)
    there, other = (building.build(structure).folder for structure in plan.structures)
    compiled = []

    def compile_it(structure, key, folder, say):
        compiled.append(key)
        shutil.copytree(other, folder)

    shutil.copytree(there, tmp_path / "cache" / "builds" / there.name)
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(building, "_compile", compile_it)
    given = {"grid": {"b": [1e-4, 1e-3], "rho": [100, 200]}, "arms": "none,weight"}
    told = command(*arguments(None, "--dry-run", **given)).out
    assert told[0] == "16 points: 4 of b, rho x 2 arms x 1 starts x 2 seeds"
    assert "2 programs, 1 of them to be built" in told
    done = command(*arguments(tmp_path / "sweep", "--json", **given))
    assert (done.status, done.json["builds"], done.json["finished"]) == (0, 2, 16)
    assert compiled == [other.name]
    assert len(list((tmp_path / "cache" / "builds").glob("*/build.json"))) == 2
    assert len([line for line in done.err if "compiling the network" in line]) == 1
    assert (
        "2 programs, 0 of them to be built" in command(*arguments(None, "--dry-run", **given)).out
    )
    sizes = {
        "grid": {"K": [3, 5]},
        "set": {name: value for name, value in SIZES.items() if name != "K"},
    }
    told = command(*arguments(None, "--dry-run", arms="none", **sizes)).out
    assert "2 programs, 1 of them to be built" in told  # K is compiled in


def test_a_dry_run_writes_nothing_and_tells_the_size(tmp_path, monkeypatch, cache):
    monkeypatch.chdir(tmp_path)
    done = command(*arguments("out"), "--dry-run")
    assert done.status == 0
    assert [line for line in done.out[:7] if " in all points" not in line] == [
        "24 points: 6 of b, noise_scale x 2 arms x 1 starts x 2 seeds",
        "  b = 0.0001, 0.001",
        "  noise_scale = 0, 0.5, 2",
        "16 runs (points that are the same run are run once)",
    ]
    assert re.fullmatch(r"about \d+ s on \d+ workers, from the sizes alone; .*", done.out[-1])
    told = command(*arguments("out"), "--dry-run", "--json").json
    assert (told["points"], told["runs"], told["builds"]) == (24, 16, 2)
    assert listing(tmp_path) == {}


def test_the_expected_time_grows_with_what_is_simulated():
    def seconds(**changes):
        plan = plan_sweep(grid={"b": [1e-4]}, seeds=1, **{"samples": 20_000} | changes)
        return sum(map(expected_seconds, plan.runs.values()))

    assert seconds(samples=40_000) == pytest.approx(2 * seconds(), rel=0.1)
    assert seconds(set={"I": 2000}) == pytest.approx(2 * seconds(), rel=0.15)
    assert seconds(engine="reference") > 100 * seconds()
    # measured: 43 200 samples in 11.5 s on the processor that the constants are of
    plan = plan_sweep(grid={"b": [1e-4]}, seeds=1)
    assert 8 < expected_seconds(plan.cells[0].settings) < 20


# --- files say the same as flags -----


def test_a_toml_file_says_the_same_as_the_flags(folder, dataset, tmp_path):
    (tmp_path / "sweep.toml").write_text("""
        model = "fang_2018"
        arms = ["none", "weight"]
        seeds = 2
        seed = 5
        samples = 60
        probe-every = 20
        probe_samples = 20
        test_samples = 50
        record = "none"

        [grid]
        b = [1e-4, 0.001]
        noise_scale = "0,0.5,2"

        [set]
        I = 200
        K = 5
        D = 2
    """)
    done = command(
        "sweep", "--file", tmp_path / "sweep.toml", "--out", folder, "--resume", "--json"
    )
    assert (done.status, done.json["points"]) == (
        0,
        24,
    )  # a sweep with other settings would be refused
    more = command(
        "sweep", "--file", tmp_path / "sweep.toml", "--seeds", 3, "--dry-run", "--json"
    ).json
    assert more["points"] == 36  # the command line wins
    one = command(
        "sweep",
        "--file",
        tmp_path / "sweep.toml",
        "--grid",
        "b=1e-4",
        "--set",
        "rho=100",
        "--dry-run",
    ).out
    assert (
        one[0] == "12 points: 3 of b, noise_scale x 2 arms x 1 starts x 2 seeds"
    )  # in tables name by name
    assert {"  I = 200 in all points", "  rho = 100.0 in all points"} <= set(one)
    for text, message in (
        ("speed = 3", "unknown key 'speed'"),
        ('[set]\n"" = 3', "set has a blank name; expected NAME = VALUE"),
        ("grid = 3", "expected a table"),
        ("noise = 'none'\narms = 'none'", "says again what"),
        ("a = = 2", "not TOML"),
        ("[seeds]\na = 1", "expected seeds = VALUE"),
    ):
        (tmp_path / "bad.toml").write_text(text)
        refused = command("sweep", "--file", tmp_path / "bad.toml")
        assert refused.status == 2
        assert message in refused.err[-1]
    assert "cannot be read" in command("sweep", "--file", tmp_path / "absent.toml").err[-1]


# --- nothing is lost -----

SLOW = {"samples": 4000, "probe_every": 100}


@pytest.mark.usefixtures("undrawn")
def test_after_a_kill_the_rest_is_done_later_and_every_number_is_the_same(
    folder, dataset, tmp_path
):
    killed = tmp_path / "killed"
    process = start(*arguments(killed), "--workers", 2)
    wait_for(lambda: len(list(killed.glob("*/learning.nc"))) >= 5, process)
    process.kill()
    process.communicate()
    wait_for(lambda: not processes(killed), process, 20)
    finished = {path: path.read_bytes() for path in killed.glob("*/learning.nc")}
    assert 5 <= len(finished) < 16
    assert not (killed / "sweep.nc").exists()
    done = command(*arguments(killed), "--resume", "--json")
    assert (done.status, done.json["finished"]) == (0, 24)
    same_numbers(killed, dataset)
    for path, content in finished.items():
        assert path.read_bytes() == content
    for path in folder.glob("*/learning.nc"):
        assert (killed / path.parent.name / "learning.nc").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM]
)
def test_a_signal_leaves_a_sweep_that_can_be_resumed(cache, tmp_path, number):
    """Two points have begun, and their first chunk, which takes a second, goes on."""
    stopped = tmp_path / "stopped"
    slow = {"samples": 3000, "probe_every": 1000, "set": SIZES | {"rho": 1000, "r_max": 900}}
    process = start(*arguments(stopped, **slow), "--workers", 2)
    wait_for(lambda: len(engines(stopped)) == 2, process)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (128 + number, "")
    assert err.splitlines()[-1] == (
        f"spikesampler: stopped by {number.name}; finished points are kept: go on with --resume"
        f" --out {stopped}"
    )
    assert not processes(stopped)
    states = {json.loads(path.read_text())["status"] for path in stopped.glob("*/manifest.json")}
    assert states == {"interrupted"}


def engines(folder):
    """Programs of networks that run for points of a sweep, one for each."""
    return [words for words in processes(folder) if words.startswith("./main")]


def workers_of(process):
    """Numbers of the worker processes of a command."""
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    numbers = [int(number) for path in children for number in path.read_text().split()]
    return [
        n for n in numbers if b"processes import worker" in Path(f"/proc/{n}/cmdline").read_bytes()
    ]


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("retries", "failed"), [(1, 0), pytest.param(0, 1, marks=pytest.mark.slow)]
)
def test_a_killed_worker_costs_its_point_one_try(cache, tmp_path, retries, failed):
    out, slow = tmp_path / "sweep", SLOW | {"samples": 2000}
    grid = {"b": [1e-4, 1e-3]}
    process = start(
        *arguments(out, grid=grid, arms="none", seeds=1, **slow),
        "--workers",
        1,
        "--retries",
        retries,
        "--json",
    )
    wait_for(lambda: list(out.glob("*/checkpoint/state_*")), process)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    told, err = process.communicate(timeout=120)
    told = json.loads(told.splitlines()[-1])
    assert (told["points"], told["failed"], process.returncode) == (2, failed, bool(failed)), err
    dataset = xarray.load_dataset(out / "sweep.nc")
    assert (
        int(np.isnan(dataset["test_accuracy"]).sum())
        == int((dataset["finished"] == 0).sum())
        == failed
    )
    if failed:
        error = "its process was killed by SIGKILL, perhaps for lack of memory"
        one = told["failed_points"][0]
        assert (one["b"], one["arm"], one["seed"], one["error"]) == (1e-4, "none", 5, error)
        assert Sweep(out).failures == told["failed_points"]
        shown = command("sweep", "show", out).out
        assert "1 points failed; --resume tries them again:" in shown
        assert f"  {error}" in shown
        assert "    b=0.0001, arm=none, start=prior, seed=5" in shown
        with open(out / "points.csv", newline="") as file:
            assert [row["error"] for row in csv.DictReader(file)] == [error, ""]
    done = command(*arguments(out, grid=grid, arms="none", seeds=1, **slow), "--resume", "--json")
    assert (done.status, done.json["failed"], done.json["failed_points"]) == (0, 0, [])
    whole = sweep(
        "fang_2018",
        grid=grid,
        arms="none",
        seeds=1,
        out=tmp_path / "whole",
        progress=silent,
        **PYTHON | slow,
    )
    same_numbers(out, whole.dataset)


def failing(monkeypatch, error, times, where="b", value=1e-3):
    """Make the run of points with this value fail; a list that counts the tries."""
    real, tries = pointing.run_settings, []

    def run_settings(settings, **options):
        if settings.model[where] == value and len(tries) < times:
            tries.append(settings.seed)
            raise error
        return real(settings, **options)

    monkeypatch.setattr(pointing, "run_settings", run_settings)
    return tries


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("error", "retries", "tries"),
    [
        (RuntimeError("broken"), 0, 1),
        (RuntimeError("broken"), 2, 3),
        (InputError("no such file"), 2, 1),
    ],
)
def test_failures_are_recorded_and_do_not_stop_the_others(
    cache, tmp_path, monkeypatch, error, retries, tries
):
    tried = failing(monkeypatch, error, 99)
    with ThreadPoolExecutor(2) as executor:
        made = sweep(
            "fang_2018",
            grid={"b": [1e-3, 1e-4]},
            seeds=1,
            executor=executor,
            retries=retries,
            out=tmp_path / "sweep",
            progress=silent,
            **PYTHON,
        )
    assert tried == [5] * tries
    assert (made.summary["finished"], made.summary["failed"]) == (1, 1)
    assert [one["error"] for one in made.failures] == [str(error)]
    assert np.isnan(made.dataset["test_accuracy"].sel(b=1e-3)).all()
    assert np.isfinite(made.dataset["test_accuracy"].sel(b=1e-4)).all()


@pytest.mark.usefixtures("undrawn")
def test_a_sweep_of_failures_has_a_dataset_too(cache, tmp_path, monkeypatch):
    failing(monkeypatch, RuntimeError("broken"), 99)
    with ThreadPoolExecutor(1) as executor:
        made = sweep(
            "fang_2018",
            grid={"b": [1e-3]},
            seeds=2,
            executor=executor,
            out=tmp_path / "sweep",
            progress=silent,
            **PYTHON,
        )
    assert (made.summary["finished"], made.summary["failed"]) == (0, 2)
    assert not Sweep(tmp_path / "sweep").dataset["finished"].any()


@pytest.mark.usefixtures("undrawn")
def test_a_full_disk_costs_nothing_that_was_finished(folder, dataset, tmp_path, monkeypatch):
    real, room = atomic.sync, [60]

    def sync(path, flags=os.O_RDONLY):
        room[0] -= 1
        if room[0] < 0:
            raise OSError(28, "No space left on device")
        return real(path, flags)

    monkeypatch.setattr(atomic, "sync", sync)
    with ThreadPoolExecutor(1) as executor, pytest.raises(InputError, match="the disk is full"):
        sweep(
            "fang_2018",
            grid=GRID,
            arms=["none", "weight"],
            seeds=2,
            executor=executor,
            out=tmp_path / "full",
            progress=silent,
            **PYTHON,
        )
    monkeypatch.undo()
    finished = {path: path.read_bytes() for path in (tmp_path / "full").glob("*/learning.nc")}
    assert 0 < len(finished) < 16
    done = command(*arguments(tmp_path / "full"), "--resume", "--json")
    assert (done.status, done.json["finished"]) == (0, 24)
    assert all(path.read_bytes() == content for path, content in finished.items())
    same_numbers(tmp_path / "full", dataset)


@pytest.mark.usefixtures("undrawn", "in_this_process")
def test_damaged_points_are_named_kept_and_computed_again(folder, dataset, tmp_path):
    shutil.copytree(folder, tmp_path / "sweep")
    path = tmp_path / "sweep" / "point-00000-seed5" / "learning.nc"
    path.write_bytes(path.read_bytes()[:-10])
    (tmp_path / "sweep" / "point-00001-seed6" / "manifest.json").unlink()
    done = command(*arguments(tmp_path / "sweep"), "--resume", "--json")
    assert done.status == 0
    assert any(
        "learning.nc is damaged" in line and "point-00000-seed5.damaged1" in line
        for line in done.err
    )
    assert any("manifest.json is missing" in line for line in done.err)
    assert (tmp_path / "sweep" / "point-00001-seed6.damaged1").is_dir()
    same_numbers(tmp_path / "sweep", dataset)


# --- executors -----


class Elsewhere(Executor):
    """Another machine without our disk: it sees other folders below the names that it is given."""

    def __init__(self, root):
        self.root = root

    def submit(self, with_marks, marks, function, settings, folder, *others):
        future, there = Future(), str(self.root / Path(folder).name)
        future.set_result(with_marks(marks, function, settings, there, *others))
        return future


@pytest.mark.usefixtures("undrawn")
def test_a_machine_without_our_disk_sends_its_runs_back(folder, dataset, tmp_path):
    """The same bytes but for times and places; nothing stays on the other machine."""
    (tmp_path / "elsewhere").mkdir()
    made = sweep(
        "fang_2018",
        grid=GRID,
        arms=["none", "weight"],
        seeds=2,
        executor=Elsewhere(tmp_path / "elsewhere"),
        out=tmp_path / "sweep",
        progress=silent,
        **PYTHON,
    )
    assert made.summary["finished"] == 24
    assert listing(tmp_path / "elsewhere") == {}
    same_numbers(tmp_path / "sweep", dataset)
    for path in folder.glob("point-*/learning.nc"):
        assert (
            tmp_path / "sweep" / path.parent.name / "learning.nc"
        ).read_bytes() == path.read_bytes()
    assert not list((tmp_path / "sweep").glob(".*"))


@pytest.mark.usefixtures("undrawn")
def test_a_run_that_arrives_damaged_is_a_failure(cache, tmp_path, monkeypatch):
    real = pointing.pack

    def pack(folder):
        (folder / "learning.nc").write_bytes(b"cut")
        return real(folder)

    monkeypatch.setattr(pointing, "pack", pack)
    (tmp_path / "elsewhere").mkdir()
    made = sweep(
        "fang_2018",
        grid={"b": [1e-3]},
        seeds=1,
        executor=Elsewhere(tmp_path / "elsewhere"),
        out=tmp_path / "sweep",
        progress=silent,
        **PYTHON,
    )
    assert "learning.nc is damaged" in made.failures[0]["error"]
    assert not list((tmp_path / "sweep").glob("point-*"))


@pytest.mark.usefixtures("undrawn")
def test_an_executor_that_gives_up_ends_the_sweep_resumably(cache, tmp_path):
    class GivesUp(ThreadPoolExecutor):
        def submit(self, *arguments):
            future = super().submit(*arguments)
            if len(list((tmp_path / "sweep").glob("*/learning.nc"))):
                future = Future()
                future.cancel()
                future.set_running_or_notify_cancel()
            return future

    with (
        GivesUp(1) as executor,
        pytest.raises(
            RuntimeError, match=r"the executor gave up its tasks .* go on with resume=True"
        ),
    ):
        pointing_window(executor, tmp_path / "sweep")
    assert len(list((tmp_path / "sweep").glob("*/learning.nc"))) >= 1
    made = sweep(
        "fang_2018",
        grid={"b": [1e-4, 1e-3]},
        seeds=2,
        out=tmp_path / "sweep",
        resume=True,
        progress=silent,
        **PYTHON,
    )
    assert made.summary["finished"] == 4


def pointing_window(executor, out):
    """A sweep that submits one point at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spikesampler.jobs.loop.SUBMITTED", 1)
        sweep(
            "fang_2018",
            grid={"b": [1e-4, 1e-3]},
            seeds=2,
            executor=executor,
            out=out,
            progress=silent,
            **PYTHON,
        )


@pytest.mark.usefixtures("undrawn")
def test_an_unfinished_point_of_another_processor_is_begun_anew(cache, tmp_path, monkeypatch):
    """Its bits could not go on; what is finished stays whoever computed it."""
    made = {
        "grid": {"b": [1e-3]},
        "seeds": 1,
        "out": tmp_path / "sweep",
        "progress": silent,
        **PYTHON,
    }
    real = pointing.run_settings

    def stopped(settings, **options):
        def stop(done, total, text):
            if done >= 20:
                raise Interrupted("stopped", 15)

        return real(settings, **options | {"progress": stop})

    monkeypatch.setattr(pointing, "run_settings", stopped)
    with ThreadPoolExecutor(1) as executor:
        assert (
            sweep(**made, executor=executor, retries=0).failures[0]["error"].startswith("stopped")
        )
    monkeypatch.undo()
    folder = tmp_path / "sweep" / "point-00000-seed5"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["status"], (folder / "checkpoint" / "state_000000.npz").exists()) == (
        "interrupted",
        True,
    )
    write_manifest(
        folder, manifest | {"build": manifest["build"] | {"key": "of another processor"}}
    )
    assert sweep(**made, resume=True).summary["finished"] == 1
    whole = sweep(**made | {"out": tmp_path / "whole"})
    same_numbers(tmp_path / "sweep", whole.dataset)


def test_the_key_of_a_program_names_the_processor(monkeypatch):
    structure = {"engine": "fast", "arm": {"name": "none"}}
    here = building.build_key(structure)
    monkeypatch.setattr(building, "cpu_name", lambda: "another")
    assert building.build_key(structure) != here


@pytest.mark.slow
def test_a_thousand_small_points_fit_into_little_memory(cache, tmp_path):
    """The parent's peak memory, without its children."""
    program = (
        "import sys; from spikesampler.cli import main\n"
        "try: main()\n"
        f"finally: print({PEAK_KIB}, file=sys.stderr)"
    )
    grid = {"b": [1e-5 * (n + 1) for n in range(100)]}
    process = start(
        *arguments(
            tmp_path / "sweep",
            "--json",
            grid=grid,
            arms="none",
            seeds=10,
            samples=50,
            probe_every=50,
        ),
        program=program,
    )
    out, err = process.communicate(timeout=900)
    told = json.loads(out.splitlines()[-1])
    assert (told["points"], told["finished"], told["builds"]) == (1000, 1000, 1)
    assert int(err.splitlines()[-1]) / 1024 < 500


# --- refused -----


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            (),
            (
                "nothing to sweep; give a grid such as b=1e-5,1e-4 (--grid), or ranges and a design"
                " (--vary)"
            ),
        ),
        (("--grid", "b="), "--grid b=: expected NAME=VALUE, such as --grid b=1e-5,1e-4"),
        (("--grid", "b=,"), "grid b is empty; expected values, such as b=1,2 or b=lin(1,2,5)"),
        (("--grid", "nope=1"), "unknown parameter 'nope' of fang_2018; it has I, K"),
        (
            ("--grid", "b=1e-4", "--grid", "b=1e-3"),
            "--grid b is given twice; give it once, with all its values",
        ),
        (("--grid", "K=4,5"), "K is swept and also set to 5; give it once"),
        (
            ("--grid", "b=1e-4", "--arms", "weight:b=3"),
            "noise arm weight:b=3: 'b=3' is not an option",
        ),
        (
            ("--grid", "noise_scale=1,2", "--arms", "weight:noise_scale=3"),
            "weight:noise_scale=3 says noise_scale, which",
        ),
        (
            ("--grid", "b=1e-4", "--arms", "weight,weight:noise_scale=1"),
            "weight and weight:noise_scale=1 are the same",
        ),
        (
            ("--grid", "b=-1,x", "--grid", "sigma=0"),
            "b=-1: out of range; expected at least 0 1/second; b=x: not a number",
        ),
        (
            ("--grid", "tau_m=1,20,30", "--grid", "tau_s=2,25"),
            (
                "tau_s=2*ms, tau_m=1*ms: expected tau_s < tau_m; change one of them;"
                " tau_s=25*ms, tau_m=1*ms: expected tau_s < tau_m; change one of them;"
                " tau_s=25*ms, tau_m=20*ms: expected tau_s < tau_m; change one of them"
            ),
        ),
        (
            ("--grid", "b=log(1e-5,1e-2,5001)"),
            "10,002 points (5,001 of the design x 1 arms and starts x 2 seeds), at most 10,000 are",
        ),
        (
            ("--grid", "b=1e-4", "--max-points", 1),
            "2 points (1 of the design x 1 arms and starts x 2 seeds), at most 1",
        ),
        (("--grid", "b=1e-4", "--seeds", 0), "seeds=0: expected a whole number"),
        (("--grid", "b=1e-4", "--retries", -1), "retries=-1: expected a whole number"),
        (
            ("--grid", "b=1e-4", "--workers", 2, "--dask", "tcp://127.0.0.1:1"),
            "workers=2 with dask=tcp://127.0.0.1:1: a",
        ),
        (("--grid", "b=1e-4", "--data", "absent"), "no data named"),
        (
            ("--grid", "b=1e-4", "--dask", "absent.json"),
            "'absent.json' is no Dask scheduler file; give an address such as",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line_and_nothing_is_written(
    cache, tmp_path, monkeypatch, given, message
):
    monkeypatch.chdir(tmp_path)
    words = [
        "sweep",
        "fang_2018",
        "--seeds",
        2,
        "--set",
        "K=5",
        "--set",
        "I=50",
        *given,
        "--out",
        "out",
    ]
    done = command(*words)
    assert done.status == 2
    assert len(done.err) == 1
    assert message in done.err[0]
    assert listing(tmp_path) == {}


def test_no_model_is_said(cache):
    assert "no model to sweep" in command("sweep", "--grid", "b=1").err[-1]
    assert command("sweep", "no_such_model", "--grid", "b=1").status == 2


def test_a_folder_of_another_sweep_is_left_alone(folder, dataset, tmp_path, finished):
    before = listing(folder)
    other = {"b": [1e-4, 2e-3], "noise_scale": [0, 0.5, 2]}
    for words, message in (
        (
            arguments(folder),
            "already holds this sweep; use --resume to go on with it, or give another folder",
        ),
        (
            arguments(folder, "--resume", grid=other),
            "holds another sweep (other values of b); repeat its options",
        ),
        (arguments(folder, grid=other), "holds another sweep (other values of b)"),
        (
            arguments(folder, "--resume", seeds=3),
            "holds another sweep (seeds is [5, 6, 7] here, [5, 6] there)",
        ),
        (
            arguments(folder, "--resume", samples=40),
            "holds another sweep (samples is 40 here, 60 there)",
        ),
        (arguments(folder, samples=80), "holds another sweep (samples is 80 here, 60 there)"),
        (
            arguments(folder, "--resume", probe_samples=17),
            "holds another sweep (probe_samples is 17 here, 20 there)",
        ),
        (
            arguments(folder, "--resume", set=SIZES | {"rho": 100}),
            "holds another sweep (rho was 200.0*Hz, is 100.0*Hz); leave out --set rho=100.0*Hz,",
        ),
        (
            arguments(finished, "--resume"),
            "holds other files than a sweep; give a new or empty folder with --out",
        ),
    ):
        done = command(*words)
        assert (done.status, len(done.err)) == (2, 1)
        assert message in done.err[0]
    assert listing(folder) == before
    refused = command("sweep", "show", finished)
    assert (refused.status, len(refused.err)) == (2, 1)
    assert "sweep.nc is missing: expected the folder or the dataset of a sweep" in refused.err[0]


def test_two_processes_do_not_work_on_one_sweep(folder, dataset):
    with folders.folder_lock(folder):
        done = command(*arguments(folder), "--resume")
    assert done.status == 2
    assert "is being written by another process" in done.err[-1]


def test_a_model_that_does_not_compile_is_known_before_anything_runs(cache, tmp_path, monkeypatch):
    """test_compare.py compiles one; here it is only said."""

    def fail(*_):
        raise InputError("the network of this model does not compile: nonsense")

    monkeypatch.setattr(building, "_compile", fail)
    done = command(
        "sweep",
        "fang_2018",
        "--grid",
        "b=1e-4,1e-3",
        "--set",
        "I=37",  # no other test has compiled it
        "--samples",
        50,
        "--out",
        tmp_path / "out",
    )
    assert done.status == 2
    assert "the network of this model does not compile" in done.err[-1]
    assert not (tmp_path / "out").exists()


def test_a_point_that_another_worker_still_writes_is_left_to_it(folder, dataset, tmp_path):
    """As a worker of a scheduler does whose sweep was killed: parts come and go, which is no
    damage.
    """
    shutil.copytree(folder / "point-00000-seed5", tmp_path / "point")
    manifest = json.loads((tmp_path / "point" / "manifest.json").read_text())
    write_manifest(tmp_path / "point", manifest | {"status": "running", "files": {}})
    settings = (
        plan_sweep(grid={"b": [1e-4, 1e-3]}, arms="none", seeds=1, **PYTHON).cells[0].settings
    )
    (tmp_path / "point" / "checkpoint" / "state_000000.npz").write_bytes(b"half")
    assert "records_000000.npz is missing" in pointing.state(tmp_path / "point", settings)
    with folders.folder_lock(tmp_path / "point"):
        assert pointing.state(tmp_path / "point", settings) == pointing.OPEN


def test_an_idle_worker_that_died_is_replaced():
    with Processes(1) as pool:
        number = pool.submit(os.getpid).result()
        os.kill(number, signal.SIGKILL)
        time.sleep(0.5)  # until it is dead
        assert pool.submit(os.getpid).result() != number


def test_a_worker_that_prints_or_fails_oddly_does_no_harm():
    """Values come back though tasks print; an exception that cannot be pickled says what it was.

    Workers import what their parent can, as here a module beside its script.
    """
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from odd_tasks import ODD, answer, fail
from spikesampler.jobs.processes import Processes
with Processes(1) as pool:
    print(pool.submit(answer, 20).result())
    try:
        pool.submit(fail).result()
    except RuntimeError as error:
        print(error)
    print(pool.submit(answer, 1).result())
"""
    environment = os.environ | {"PYTHONPATH": str(PACKAGE)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, env=environment
    )
    assert done.stdout.splitlines() == ["40", "Odd: as odd as can be", "2"]
