"""Sweeps and comparisons on a real Dask scheduler with two workers, processes of their own, on
loopback.
"""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import xarray
from runs import PACKAGE, SIZES, command, options, start

from spikesampler import Comparison, compare, sweep
from spikesampler.errors import InputError
from spikesampler.experiments import points as pointing
from spikesampler.jobs.travel import check_dask_sends
from spikesampler.spiking import compiler
from spikesampler.stimuli.sources.clusters import GaussianClusters

pytest.importorskip("distributed")

GRID = {"b": [1e-4, 1e-3], "noise_scale": [0, 1]}
FEW = {
    "set": SIZES,
    "samples": 60,
    "probe_every": 20,
    "probe_samples": 20,
    "test_samples": 50,
    "record": "none",
}
SWEEP = {"grid": GRID, "arms": ["none", "weight"], "seeds": 2, **FEW}
LONG = {
    "grid": {"b": [1e-4, 2e-4, 5e-4, 1e-3]},
    "arms": "none",
    "seeds": 2,
    **FEW,
    "samples": 4000,
    "probe_every": 200,
}


def silent(done, total, text):
    pass


def launch(what, *arguments, folder):
    """A scheduler or a worker as a process, its words in a file."""
    log = open(folder / f"{what}-{time.monotonic_ns()}.log", "w")
    program = (
        f"import sys; sys.path.insert(0, {str(PACKAGE)!r}); from distributed.cli.dask_{what} import"
        " main; main()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments), "--no-dashboard"],
        cwd=folder,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


class Cluster:
    """A scheduler and two workers of one thread each; `address`, `file`, `scheduler`, `workers`."""

    def __init__(self, folder):
        self.folder, self.file = folder, folder / f"scheduler-{time.monotonic_ns()}.json"
        self.scheduler = launch(
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            0,
            "--scheduler-file",
            self.file,
            folder=folder,
        )
        end = time.monotonic() + 60
        while not self.file.exists() or not self.file.read_text().strip():
            assert self.scheduler.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        self.address = json.loads(self.file.read_text())["address"]
        self.workers = [self.worker() for _ in range(2)]

    def worker(self):
        (own := self.folder / f"worker-{time.monotonic_ns()}").mkdir()
        return launch(
            "worker",
            self.address,
            "--nthreads",
            1,
            "--no-nanny",
            "--local-directory",
            own,
            folder=self.folder,
        )

    def stop(self):
        for process in (*self.workers, self.scheduler):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


@pytest.fixture
def cluster(cache, tmp_path):
    """A Cluster that ends with the test."""
    one = Cluster(tmp_path)
    yield one
    one.stop()


def same_runs(folder, other):
    """That two sweeps have the same runs, byte for byte, and as many; and the same dataset but for
    the speed.
    """
    names = sorted(path.name for path in Path(folder).glob("point-*"))
    assert names == sorted(path.name for path in Path(other).glob("point-*"))
    for name in names:
        assert (Path(folder) / name / "learning.nc").read_bytes() == (
            Path(other) / name / "learning.nc"
        ).read_bytes()
    one, two = (
        xarray.load_dataset(Path(path) / "sweep.nc").drop_vars("engine_seconds")
        for path in (folder, other)
    )
    xarray.testing.assert_identical(one, two)


@pytest.mark.usefixtures("undrawn")
def test_a_scheduler_gives_what_local_processes_give(cluster, tmp_path):
    local = sweep("fang_2018", **SWEEP, out=tmp_path / "local", progress=silent)
    far = sweep("fang_2018", **SWEEP, out=tmp_path / "far", dask=cluster.address, progress=silent)
    assert (
        far.summary | {"points": 16, "finished": 16, "failed": 0, "runs": 12, "builds": 2}
        == far.summary
    )
    assert local.summary | {"wall_seconds": 0} == far.summary | {"wall_seconds": 0}
    same_runs(tmp_path / "far", tmp_path / "local")
    again = command(
        "sweep",
        "fang_2018",
        "--grid",
        "b=1e-4,1e-3",
        "--grid",
        "noise_scale=0,1",
        "--arms",
        "none,weight",
        "--seeds",
        2,
        *options(**FEW | {"noise": None, "seed": None}),
        "--dask",
        cluster.file,
        "--out",
        tmp_path / "far",
        "--resume",
        "--json",
    )
    assert (again.status, again.json["finished"]) == (0, 16)

    here = compare("fang_2018", seeds=2, **FEW, out=tmp_path / "here", progress=silent)
    there = compare(
        "fang_2018", seeds=2, **FEW, out=tmp_path / "there", dask=cluster.file, progress=silent
    )
    assert str(here) == str(there) == str(Comparison(tmp_path / "there"))

    versions = pointing.versions()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pointing, "versions", lambda: versions | {"brian2": "1.0"})
        patch.setattr(compiler, "find_compiler", None)  # who submits needs none
        made = sweep(
            "fang_2018",
            **SWEEP,
            out=tmp_path / "no",
            dask=cluster.address,
            retries=0,
            progress=silent,
        )
    assert made.summary["failed"] == 16
    assert (
        f"has brian2 {versions['brian2']}, not 1.0; install the same there"
        in made.failures[0]["error"]
    )


def in_background(**arguments):
    """A sweep in a thread, and what it gave or raised."""
    ended = []

    def run():
        try:
            ended.append(sweep("fang_2018", progress=silent, **arguments))
        except Exception as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, ended


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "this never came"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_a_killed_worker_and_a_killed_scheduler_lose_nothing_that_was_finished(cluster, tmp_path):
    whole = sweep("fang_2018", **LONG, out=tmp_path / "whole", progress=silent)
    assert whole.summary["finished"] == 8

    out = tmp_path / "worker"
    thread, ended = in_background(**LONG, out=out, dask=cluster.address)
    wait_for(
        lambda: list(out.glob("*/learning.nc")) and len(list(out.glob("*/checkpoint/state_*"))) >= 2
    )
    cluster.workers[0].send_signal(signal.SIGKILL)
    thread.join(120)
    assert ended[0].summary["finished"] == 8, ended
    same_runs(out, tmp_path / "whole")

    out = tmp_path / "scheduler"
    thread, ended = in_background(**LONG, out=out, dask=cluster.address)
    wait_for(lambda: list(out.glob("*/learning.nc")))
    cluster.scheduler.send_signal(signal.SIGKILL)
    thread.join(120)
    assert isinstance(ended[0], RuntimeError), ended
    assert "what is finished is kept: go on with resume=True" in str(ended[0])
    finished = {path: path.read_bytes() for path in out.glob("*/learning.nc")}
    assert 1 <= len(finished) <= 8
    cluster.stop()
    another = Cluster(tmp_path)
    try:
        resumed = sweep(
            "fang_2018", **LONG, out=out, resume=True, dask=another.address, progress=silent
        )
    finally:
        another.stop()
    assert resumed.summary["finished"] == 8
    assert all(path.read_bytes() == content for path, content in finished.items())
    same_runs(out, tmp_path / "whole")


@pytest.fixture
def deaf():
    """The address of something that listens and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.slow  # waits for those seconds
def test_a_scheduler_that_does_not_answer_is_said_within_ten_seconds(tmp_path, deaf):
    """As commands of their own, which wait side by side: nothing may hold up their end, or print
    more than one line.
    """
    waiting = {}
    for who, address in (("nobody", "tcp://127.0.0.1:9"), ("deaf", deaf)):
        given = [
            "sweep",
            "fang_2018",
            "--grid",
            "b=1e-4",
            "--dask",
            address,
            "--out",
            tmp_path / who / "b" / "out",
        ]
        waiting[address] = time.monotonic(), start(*given)
        time.sleep(2)  # until its imports are done: two at a time would slow each other down
    for address, (started, process) in waiting.items():
        out, err = process.communicate(timeout=30)
        assert time.monotonic() - started < 10
        assert (process.returncode, out, len(err.splitlines())) == (2, "", 1), err
        assert f"no Dask scheduler answers at {address} within 8 s" in err
    assert not list(tmp_path.iterdir())


def test_what_is_no_address_is_said(tmp_path):
    (tmp_path / "empty.json").write_text("{}")
    for given, message in (
        (
            "nonsense://x",
            "'nonsense://x' is no address of a Dask scheduler; expected tcp://HOST:PORT",
        ),
        ("tcp://127.0.0.1", "'tcp://127.0.0.1' is no address of a Dask scheduler"),
        (
            tmp_path / "empty.json",
            "empty.json' is no Dask scheduler file; give an address such as tcp://127.0.0.1:8786",
        ),
        ("absent.json", "'absent.json' is no Dask scheduler file"),
    ):
        done = command(
            "sweep", "fang_2018", "--grid", "b=1e-4", "--dask", given, "--out", tmp_path / "out"
        )
        assert done.status == 2
        assert message in done.err[-1]
        assert not (tmp_path / "out").exists()


def test_without_the_extra_its_name_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = command(
        "sweep",
        "fang_2018",
        "--grid",
        "b=1e-4",
        "--dask",
        "tcp://127.0.0.1:9",
        "--out",
        tmp_path / "out",
    )
    assert done.status == 2
    assert "install it with: pip install 'spikesampler[dask]'" in done.err[-1]


def test_a_source_that_dask_cannot_send_is_refused_before_anything_is_written(tmp_path):
    class Mine(GaussianClusters):  # of no module that a worker could import
        name = "mine"

    source = Mine(3, 2, seed=5)
    check_dask_sends(source, "the source mine")
    source.lock = threading.Lock()
    for function, how in ((compare, {}), (sweep, {"grid": GRID})):
        with pytest.raises(InputError, match=r"^the source mine cannot be sent to Dask's workers"):
            function(data=source, **FEW, **how, dask="tcp://127.0.0.1:1", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
