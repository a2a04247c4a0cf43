"""One loop for jobs, and one rule for folders: any executor, failures, retries, what is kept."""

import pickle
from concurrent.futures import Future, ThreadPoolExecutor
from operator import truediv
from pathlib import Path

import numpy as np
import pytest
from runs import in_a_loop

from spikesampler.errors import DamagedError, InputError, Interrupted, RunError, ending
from spikesampler.jobs.executors import ThisProcess, local_executor
from spikesampler.jobs.kept import finish
from spikesampler.jobs.loop import Job, do_all, do_jobs, unfinished
from spikesampler.jobs.processes import Processes
from spikesampler.store.datasets import read_dataset
from spikesampler.store.folder_use import check_use, differences, different
from spikesampler.store.signals import resumable
from spikesampler.store.temporary import temporary_beside


def fail(error):
    raise error


def jobs_in(folder, *names, **errors):
    """Jobs that write their name to a file of that name, and give its length, or fail."""
    write = {name: (Path.write_text, (folder / name, name)) for name in names}
    write |= {name: (fail, (error,)) for name, error in errors.items()}
    return [Job(folder / name, *how, name) for name, how in write.items()]


EXECUTORS = [ThisProcess, lambda: ThreadPoolExecutor(2), lambda: Processes(2)]


@pytest.mark.parametrize("open_executor", EXECUTORS)
def test_every_job_is_done_once_and_what_is_there_is_not_done_again(tmp_path, open_executor):
    jobs, ended = jobs_in(tmp_path, "a", "bb", "ccc"), []
    (tmp_path / "bb").write_text("before")
    kept, looks = {}, []
    with open_executor() as executor:
        do_all(
            unfinished(jobs + jobs),
            executor,
            keep=lambda job, value: kept.update({job.path.name: value}),
            look=lambda num_left, running: looks.append((num_left, len(running))),
            ended=lambda job, num_left: ended.append(num_left),
        )
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a": "a",
        "bb": "before",
        "ccc": "ccc",
    }
    assert kept == {"a": 1, "ccc": 3}
    assert ended == [1, 0]
    assert looks[-1] == (0, 0)
    assert not unfinished(jobs)


def test_a_job_of_this_process_begins_when_the_one_before_it_has_ended(tmp_path):
    said = []

    def work(name):
        said.append(f"{name} begins")

    jobs = [Job(tmp_path / name, work, (name,)) for name in "ab"]
    do_all(jobs, ThisProcess(), ended=lambda job, left: said.append(f"{job.path.name} ended"))
    assert said == ["a begins", "a ended", "b begins", "b ended"]


@pytest.mark.parametrize("open_executor", EXECUTORS)
def test_a_failure_is_named_and_what_ended_stays(tmp_path, open_executor):
    jobs = [*jobs_in(tmp_path, "first"), Job(tmp_path / "second", truediv, (1, 0), "second")]
    with open_executor() as executor:
        do_all(jobs[:1], executor)
        with pytest.raises(RuntimeError, match=r"^second: division by zero$"):
            do_all(jobs[1:], executor)
    assert [path.name for path in tmp_path.iterdir()] == ["first"]


@pytest.mark.parametrize(
    ("label", "error"), [("named", InputError("give another")), ("", ZeroDivisionError("zero"))]
)
def test_bad_input_and_jobs_without_a_name_raise_what_they_raised(tmp_path, label, error):
    with pytest.raises(type(error), match=f"^{error}$"):
        do_all([Job(tmp_path / "x", fail, (error,), label)], ThisProcess())


@pytest.mark.parametrize(
    ("error", "retries", "tries"),
    [(ValueError("broken"), 0, 1), (ValueError("broken"), 2, 3), (InputError("bad"), 2, 1)],
)
def test_a_job_is_tried_again_but_not_after_bad_input(tmp_path, error, retries, tries):
    tried = []

    def fail_again():
        tried.append(1)
        raise error

    jobs = [Job(tmp_path / "x", fail_again), *jobs_in(tmp_path, "y")]
    outcomes = dict(do_jobs(jobs, ThisProcess(), retries=retries))
    assert [outcomes[job] for job in jobs] == [error, None]
    assert len(tried) == tries


def test_what_cannot_be_kept_has_failed(tmp_path):
    def keep(job, value):
        raise DamagedError("arrived damaged")

    ((_, error),) = do_jobs(jobs_in(tmp_path, "x"), ThisProcess(), retries=3, keep=keep)
    assert isinstance(error, DamagedError)


def test_a_stop_passes_through_and_leaves_the_rest_undone(tmp_path):
    jobs = jobs_in(tmp_path, "a", "b", "c", b=Interrupted("stopped", 15))
    with pytest.raises(Interrupted):
        do_all(jobs, ThisProcess())
    assert unfinished(jobs) == jobs[1:]


@pytest.mark.parametrize("open_here", [ThisProcess, lambda: ThreadPoolExecutor(1)])
def test_a_stop_is_no_failure_whoever_does_the_jobs(tmp_path, open_here):
    """Neither the loop nor a caller's `except Exception` goes on with the next job."""
    jobs = jobs_in(tmp_path, "a", "b", a=Interrupted("stopped", 2))
    with open_here() as executor, pytest.raises(Interrupted):
        in_a_loop(do_all, jobs, executor)
    assert unfinished(jobs) == jobs


def test_a_stop_says_how_to_go_on_where_it_is_read():
    """In Python with arguments, on a command line with options, as the outermost of several."""
    with (
        pytest.raises(Interrupted) as stopped,
        resumable("finished points are", Path("the sweep")),
        resumable("everything finished is", "the sweep/point"),
    ):
        raise Interrupted("stopped by SIGTERM", 15)
    stop = pickle.loads(pickle.dumps(stopped.value))
    kept = "stopped by SIGTERM; finished points are kept: go on with "
    assert str(stop) == f"{kept}resume=True, out='the sweep'"
    assert ending(stop) == (f"{kept}--resume --out 'the sweep'", 143)
    assert str(Interrupted("stopped", 2)) == Interrupted("stopped", 2).in_options == "stopped"


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ("go on with --samples 20 --resume, or", "go on with samples=20, resume=True, or"),
        ("more --probe-samples, or leave --port out", "more probe_samples=…, or leave port=… out"),
        ("--record windows or --record all", "record='windows' or record='all'"),
        (
            "--set K=10; --set dt=0.2*ms, --label NAME",
            "set={'K': 10}; set={'dt': '0.2*ms'}, label=NAME",
        ),
        ("--set K=10 --set b=2 --seed 3", "set={'K': 10, 'b': 2}, seed=3"),
        ("--test-samples=0, --noise=x: no", "test_samples=0, noise=x: no"),
        ("--out /a/b.c. Or --out '/a b'", "out='/a/b.c'. Or out='/a b'"),
        (
            "`spikesampler run --resume` with --resume",
            "`spikesampler run --resume` with resume=True",
        ),
        ("a--b -- --2 e.g. a-b", "a--b -- --2 e.g. a-b"),
    ],
)
def test_a_message_names_arguments_in_python_and_options_on_a_command_line(options, arguments):
    """So does a message that quotes it, and one that another process sent."""
    for kind in (InputError, RunError):
        inner = pickle.loads(pickle.dumps(kind(options)))
        assert str(inner) == arguments
        assert str(InputError(f"it: {inner}")) == f"it: {arguments}"
        assert ending(InputError(f"it: {inner}")) == (f"it: {options}", 2)


def test_an_executor_that_gives_up_is_told(tmp_path):
    class GivesUp(ThisProcess):
        def submit(self, function, /, *arguments):
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with pytest.raises(RuntimeError, match=r"gave up its tasks .* go on with resume=True"):
        do_all(jobs_in(tmp_path, "x"), GivesUp())


@pytest.mark.parametrize(
    ("workers", "num_jobs", "kind"),
    [(1, 9, ThisProcess), (4, 1, ThisProcess), (4, 0, ThisProcess), (2, 3, Processes)],
)
def test_no_more_processes_than_jobs_and_one_is_this_one(workers, num_jobs, kind):
    with local_executor(workers, num_jobs) as executor:
        assert type(executor) is kind


def test_bad_workers():
    with pytest.raises(InputError, match="workers=0: expected a whole number, 1 or more"):
        local_executor(0, 3)


class Squares:
    """A task: the squares below a number."""

    def __init__(self, number):
        self.number, self.label = number, f"squares below {number}"
        self.file_name = f"{number}.npz"


def squares(task):
    return {"squares": np.arange(task.number) ** 2}, {"number": task.number}


def test_arrays_of_tasks_in_their_order(tmp_path):
    said = []
    three, two = finish([Squares(3), Squares(2)], squares, tmp_path, workers=1, say=said.append)
    assert (three["squares"].tolist(), two["squares"].tolist()) == ([0, 1, 4], [0, 1])
    assert said == ["squares below 3; 1 left", "squares below 2; 0 left"]


# --- folders -----


def claim(folder, resume, compared=""):
    return check_use(folder, "study", resume, lambda folder: compared)


def test_a_folder_that_may_be_used(tmp_path):
    assert not claim(tmp_path / "new", resume=False)
    assert not claim(tmp_path / "new", resume=True)  # nothing is there: so begin
    assert not claim(tmp_path, resume=True)
    for name in (".lock", temporary_beside(Path("x.npz")).name):
        (tmp_path / name).write_text("")
    assert not claim(tmp_path, resume=True)  # what a killed process left is nothing
    (tmp_path / "file").write_text("")
    assert claim(tmp_path, resume=True)


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize(
    ("compared", "message"),
    [
        (None, "holds other files; give a new or empty folder with out=…"),
        (
            "x is 1 here, 2 there",
            r"holds a study with other settings \(x is 1 here, 2 there\); rep",
        ),
        ("", "already holds this study; use resume=True to go on with it, or give another folder"),
    ],
)
def test_a_folder_that_may_not_be_used(tmp_path, compared, message, resume):
    (tmp_path / "file").write_text("mine")
    if compared == "" and resume:
        assert claim(tmp_path, resume, compared)
        return
    with pytest.raises(InputError, match=message):
        claim(tmp_path, resume, compared)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file is a file; give a folder with out="):
        claim(tmp_path / "file", resume=True)


def test_a_digest_is_named_only_where_nothing_else_differs():
    here = {"seed": 1, "hash": "a", "arm": None}
    assert different(here, here) == []
    assert different(here, here | {"hash": "b"}, digest="hash") == ["hash"]
    assert different(here, here | {"hash": "b", "seed": 2}, digest="hash") == ["seed"]
    told = differences(here, {"hash": "b", "seed": 2}, digest="hash")
    assert told == "seed is 1 here, 2 there"  # what is None here may be absent there


# --- datasets -----


def test_a_dataset_that_lacks_something_is_damaged(tmp_path):
    import xarray

    from spikesampler.store.datasets import save_dataset

    dataset = xarray.Dataset({"x": ("n", [1.5, 2.5]), "flag": True}, attrs={"seed": 3})
    path = save_dataset(dataset, tmp_path / "below" / "x.nc")
    assert read_dataset(path, needed=("x", "flag", "seed")).identical(dataset)
    assert "x" not in read_dataset(path, without=["x"])
    for wrong, needed in ((path, ["y"]), (tmp_path / "absent.nc", ())):
        with pytest.raises(DamagedError, match=r"nc is odd \(.+\): mend it"):
            read_dataset(wrong, "is odd", "mend it", needed=needed)
