"""A finished run that learns on, and one that its caller ends early: each is, array for array, the
run of that length.
"""

import csv
import json
import os
import shutil
import signal
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import (
    SETTINGS,
    SIZES,
    command,
    in_this_process,
    listing,
    options,
    start,
    undrawn,
)

from spikesampler import Result, run
from spikesampler.errors import DamagedError, InputError, Interrupted
from spikesampler.experiments import ProbeReport, StopLearning
from spikesampler.experiments.phases import Runner, chunk_borders
from spikesampler.experiments.windows import covers, part_of, states_to_keep
from spikesampler.export import export_run, to_nwb
from spikesampler.language.model import MODELS
from spikesampler.report import write_report
from spikesampler.spiking.state import from_arrays

#: windows of 10 s: a run of up to 150 samples is recorded whole
WINDOWS = SETTINGS | {"record": "windows"}


def quiet(done, total, text):
    pass


def assert_same_run(result, whole, own=()):
    """Every array of learning.nc, its scores, every spike, and which are recorded."""
    assert set(result.learning) - set(own) == set(whole.learning)
    for name, expected in whole.learning.items():
        np.testing.assert_array_equal(result.learning[name], expected, err_msg=name)
    np.testing.assert_equal(result.learning.attrs, whole.learning.attrs)
    assert result.populations == whole.populations
    for population in whole.populations:
        for array, expected in zip(result.spikes(population), whole.spikes(population)):
            np.testing.assert_array_equal(array, expected)
    for name in ("recorded_windows", "fingerprints"):
        assert result.manifest[name] == whole.manifest[name]
    kept = [sorted(os.listdir(each.path / "checkpoint")) for each in (result, whole)]
    assert kept[0] == kept[1]


@pytest.fixture(scope="module")
def whole(cache, tmp_path_factory):
    """whole(samples, **changes): a run of that length, made once."""
    made = {}

    def get(samples, **changes):
        key = json.dumps([samples, changes])
        if key not in made:
            settings = WINDOWS | changes | {"samples": samples}
            folder = tmp_path_factory.mktemp("whole") / "run"
            made[key] = run(**settings, out=folder, progress=quiet)
        return made[key]

    return get


@pytest.mark.parametrize(
    ("lengths", "changes"),
    [
        ((160, 205), {}),  # borders of probes
        ((163, 167, 277), {"probe_every": 20}),  # in chunks, whose ends have probes of their own
        ((7, 23), {"record": "all"}),  # before the first border
        # outputs' own state; the network of test_cli.py
        ((60, 90), {"model": "kappel_2015", "set": {"num_clusters": 3}, "noise": None}),
    ],
)
def test_a_finished_run_learns_on_as_one_run_of_that_length(whole, tmp_path, lengths, changes):
    for samples in lengths:
        settings = WINDOWS | changes | {"samples": samples}
        result = run(**settings, out=tmp_path / "run", resume=True, progress=quiet)
        assert result.manifest["results"]["samples"] == samples
    assert_same_run(result, whole(lengths[-1], **changes))
    assert [length["samples"] for length in result.manifest["continued"]] == [*lengths[:-1]]


def test_windows_that_were_not_kept_are_simulated_again(whole, tmp_path, monkeypatch):
    """From 170 to 260 samples the middle one moves from 60 to 105: of all chunks before the 170th
    only that from 110 on is missing, and a state before it was kept.
    """
    short, long = whole(170, average=0), whole(260, average=0)
    assert short.manifest["recorded_windows"][1:] == [[12, 22], [24, 34]]
    assert long.manifest["recorded_windows"][1:] == [[21, 31], [42, 52]]
    shutil.copytree(short.path, tmp_path / "run")
    said, learnt, learn_chunk = [], [], Runner.learn_chunk

    def noting(runner, state, first, *others, **named):
        learnt.append(first)
        return learn_chunk(runner, state, first, *others, **named)

    monkeypatch.setattr(Runner, "learn_chunk", noting)
    result = run(
        **WINDOWS | {"samples": 260, "average": 0},
        out=tmp_path / "run",
        resume=True,
        progress=lambda done, total, text: said.append((done, text)),
    )
    assert said[0] == (170, "going on from 170 samples")
    assert learnt == [110, *range(170, 260, 10)]
    assert_same_run(result, long)


def test_snapshots_that_were_not_kept_are_simulated_again(whole, tmp_path, monkeypatch):
    """Those of 260 samples lie 26 apart from 156 on; of 170 the first is 156 again, in the chunk
    from 150 on, and it was not kept. A state before it was.
    """
    few = {"average": 5, "record": "none"}
    short, long = whole(170, **few), whole(260, **few)
    assert short.learning["snapshot_samples"].values.tolist() == [102, 119, 136, 153, 170]
    assert long.learning["snapshot_samples"].values.tolist() == [156, 182, 208, 234, 260]
    shutil.copytree(short.path, tmp_path / "run")
    learnt, learn_chunk = [], Runner.learn_chunk

    def noting(runner, state, first, *others, **named):
        learnt.append(first)
        return learn_chunk(runner, state, first, *others, **named)

    monkeypatch.setattr(Runner, "learn_chunk", noting)
    settings = WINDOWS | few | {"samples": 260}
    result = run(**settings, out=tmp_path / "run", resume=True, progress=quiet)
    assert learnt == [150, *range(170, 260, 10)]
    assert_same_run(result, long)


def test_a_border_without_a_probe_has_none_in_a_longer_run(tmp_path, monkeypatch):
    """Chunks of at most seven samples: after 17 there is a border, and the shorter run's last
    probe.
    """
    monkeypatch.setattr(Runner, "borders", lambda runner, samples: chunk_borders(samples, 10, 7))
    settings = SETTINGS | {"samples": 24, "record": "none"}
    whole = run(**settings, out=tmp_path / "whole", progress=quiet)
    short = run(**settings | {"samples": 17}, out=tmp_path / "run", progress=quiet)
    np.testing.assert_array_equal(short.learning["probe_samples_seen"], [0, 10, 17])
    result = run(**settings, out=tmp_path / "run", progress=quiet, resume=True)
    np.testing.assert_array_equal(result.learning["probe_samples_seen"], [0, 10, 20, 24])
    assert_same_run(result, whole)


def test_what_is_simulated_again_must_be_what_it_was(whole, tmp_path, monkeypatch):
    """A state that is another's is found out, and the finished run stays as it was."""
    folder = tmp_path / "run"
    shutil.copytree(whole(170).path, folder)

    def other_state(arrays):
        return from_arrays({**arrays, "theta": arrays["theta"] + 1})

    monkeypatch.setattr("spikesampler.experiments.going_on.from_arrays", other_state)
    with pytest.raises(
        RuntimeError, match=r"simulated again for its windows .* not what they were"
    ):
        run(**WINDOWS | {"samples": 260}, out=folder, resume=True, progress=quiet)
    assert Result(folder).learning.sizes["sample"] == 170


def test_a_run_that_nobody_said_how_to_probe_learns_on_as_one(tmp_path):
    """The default knows no length: from 30 to 1200 samples it is what it is in a run of 1200."""
    settings = SETTINGS | {"record": "none", "probe_samples": 3}
    del settings["probe_every"]
    run(**settings | {"samples": 30}, out=tmp_path / "run", progress=quiet)
    longer = settings | {"samples": 1200}
    result = run(**longer, out=tmp_path / "run", resume=True, progress=quiet)
    np.testing.assert_array_equal(result.learning["probe_samples_seen"], [0, 1000, 1200])
    assert_same_run(result, run(**longer, out=tmp_path / "whole", progress=quiet))


def test_without_samples_a_run_is_as_long_as_it_was(finished, tmp_path):
    """Whoever forgets them does not learn on to the paper's 43 200; one that was stopped stays."""
    done = command("run", "fang_2018", *options(samples=None), "--out", finished, "--resume")
    assert done.status == 0
    assert Result(finished).learning.sizes["sample"] == 200
    how = {"out": tmp_path / "run", "progress": quiet}
    run(**WINDOWS | {"samples": 40}, **how, on_probe=stop_at(20))
    again = run(**WINDOWS | {"samples": None}, **how, resume=True)
    assert again.manifest["stopped"] == {"samples": 20, "reason": "enough"}
    done = command(
        "run",
        "fang_2018",
        *options(samples=None, record="windows"),
        "--out",
        how["out"],
        "--resume",
    )
    assert "stopped early   after 20 samples: enough" in done.out


# --- what is refused leaves a finished run as it is -----


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"samples": 199}, r"has learnt 200 samples, more than samples=199; give more"),
        (
            {"samples": 300, "seed": 4, "noise": "none:replicate=1", "set": SIZES | {"b": 2e-4}},
            (
                r"other settings \(noise is none here, weight there, seed is 4 here, 3 there,"
                r" replicate is 1 here, 0 there, b was 0\.0001/second, is 0\.0002/second\); repeat"
                r" its options: noise='weight', seed=3, leave out set=\{'b':"
                r" '0\.0002/second'\}, or give another folder with out=…$"
            ),
        ),
        ({"samples": 300, "test_samples": 60}, r"\(test_samples is 60 here, 50 there\)"),
        ({"samples": 300, "set": {}}, r": set=\{'D': 2, 'I': 200, 'K': 5\}, or give another"),
    ],
)
def test_what_does_not_fit_is_refused(finished, tmp_path, changes, words):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    before = listing(folder)
    with pytest.raises(InputError, match=words):
        run(**SETTINGS | changes, out=folder, resume=True, progress=quiet)
    done = command("run", "fang_2018", *options(**changes), "--out", folder, "--resume")
    assert (done.status, len(done.err)) == (2, 1)
    assert listing(folder) == before


def test_a_model_that_was_edited_does_not_go_on(tmp_path, in_this_process, undrawn):
    """A run, a comparison and a sweep say what of the model is another, to more samples and to as
    many as there are, and stay as they are.
    """
    model, text = tmp_path / "fang_2018.py", (MODELS / "fang_2018.py").read_text()
    model.write_text(text)
    given = [model, *options(noise=None, samples=None, record="none")]
    commands = (
        ["run", *given, "--noise", "weight", "--out", tmp_path / "run"],
        ["compare", *given, "--arms", "weight", "--seeds", 1, "--out", tmp_path / "compare"],
        ["sweep", *given, "--grid", "rho=200", "--seeds", 1, "--out", tmp_path / "sweep"],
    )
    for words in commands:
        assert command(*words, "--samples", 10).status == 0
    before = listing(tmp_path)
    edits = (
        ("b=from_code(1e-4", "b=from_code(5e-3", "b was 0.0001/second, is 0.005/second"),
        (
            '"output": "theta -= ',
            '"output": "theta -= 2*',
            "the text learning['output'] is another",
        ),
        ('"learning rate"', '"rate"', "the text of the model file is another, with the same"),
    )
    for old, new, message in edits:
        assert text.count(old) == 1
        model.write_text(text.replace(old, new))
        for words, samples in product(commands, (10, 30)):
            done = command(*words, "--samples", samples, "--resume")
            assert (done.status, len(done.err)) == (2, 1)
            assert f"({message}" in done.err[0]
            assert done.err[0].endswith(
                "; write the model file as it was (its text is in manifest.json), or give another"
                " folder with --out"
            )
        model.write_text(text)
        assert listing(tmp_path) == before


def test_without_resume_more_samples_are_refused(finished, tmp_path):
    done = command("run", "fang_2018", *options(samples=300), "--out", finished)
    assert done.status == 2
    assert "already holds a run (finished) with other settings" in done.err[0]


def test_a_schedule_that_ends_with_the_run_cannot_go_on(tmp_path):
    settings = SETTINGS | {"noise": "weight:schedule=linear", "record": "none"}
    run(**settings | {"samples": 20}, out=tmp_path / "run", progress=quiet)
    before = listing(tmp_path)
    with pytest.raises(
        InputError, match=r"schedule=linear .* 20 then and 40 now; expected a constant schedule"
    ):
        run(**settings | {"samples": 40}, out=tmp_path / "run", resume=True, progress=quiet)
    assert listing(tmp_path) == before


def test_an_unfinished_run_is_finished_first(tmp_path):
    def stop(done, total, text):
        if done == 20:
            raise KeyError("mine")

    settings = SETTINGS | {"samples": 40, "record": "none"}
    with pytest.raises(KeyError, match="mine"):
        run(**settings, out=tmp_path / "run", progress=stop)
    assert '"status": "interrupted"' in (tmp_path / "run/manifest.json").read_text()
    with pytest.raises(InputError, match="is not finished; finish it with samples=40, resume=True"):
        run(**settings | {"samples": 60}, out=tmp_path / "run", resume=True, progress=quiet)
    assert run(**settings, out=tmp_path / "run", resume=True, progress=quiet).test_accuracy >= 0


def test_a_damaged_file_is_found_before_anything_is_changed(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    (folder / "spikes.h5").write_bytes(b"abc")
    before = listing(folder)
    with pytest.raises(DamagedError, match=r"spikes\.h5 is damaged"):
        run(**SETTINGS | {"samples": 300}, out=folder, resume=True, progress=quiet)
    assert listing(folder) == before


def test_a_start_from_a_run_with_its_seed_points_to_going_on(finished, tmp_path):
    said = []
    few = {"samples": 2, "start": str(finished), "record": "none"}
    run(**SETTINGS | few, out=tmp_path / "r", progress=lambda *news: said.append(news[2]))
    assert any("to learn longer, go on with that run itself" in text for text in said)
    with pytest.raises(InputError, match="to learn longer, go on with that run itself"):
        run(**SETTINGS | few | {"seed": 9}, out=tmp_path / "s", progress=quiet)


# --- kills -----

KILL = """
import json, os, signal, sys
from spikesampler.cli import main
where, name, file, words = json.loads(sys.argv[1])
real = getattr(os, name)
def patched(*args, **kwargs):
    hit = os.path.basename(str(args[-1])).startswith(file)
    hit = hit and (not words or words.encode() in open(args[0], "rb").read())
    if hit and where == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*args, **kwargs)
    if hit:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(os, name, patched)
main(sys.argv[2:])
"""
#: where, and whether the run is still the finished one of before; the first two always
KILLS = {
    ("after", "replace", "spikes_000012", ""): True,
    ("after", "replace", "manifest.json", ""): False,
    ("before", "replace", "state_000020", ""): False,
    ("before", "replace", "manifest.json", '"status": "finished"'): False,
    ("before", "replace", "records_000003", ""): True,
    ("before", "replace", "manifest.json", ""): True,
    ("after", "unlink", "learning.nc", ""): False,
    ("after", "replace", "state_000017", ""): False,
    ("before", "replace", "learning.nc", ""): False,
    ("after", "replace", "spikes.h5", ""): False,
}


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(at, marks=[pytest.mark.slow] if number > 1 else [], id="-".join(at[:3]))
        for number, at in enumerate(KILLS)
    ],
)
def test_a_kill_while_going_on_loses_nothing(whole, tmp_path, at):
    """From 163 samples, the last three of them in a chunk of their own, to 260."""
    folder, expected = tmp_path / "run", whole(260)
    shutil.copytree(whole(163).path, folder)
    words = ["run", "fang_2018", *options(record="windows", samples=260), "--out", folder]
    process = start(json.dumps(at), *words, "--resume", program=KILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == ("finished" if KILLS[at] else "running")
    if KILLS[at]:
        assert_same_numbers(Result(folder), whole(163))
    result = run(**WINDOWS | {"samples": 260}, out=folder, resume=True, progress=quiet)
    assert_same_run(result, expected)
    assert not [name for name in listing(folder) if ".tmp" in name or "records" in name]


def assert_same_numbers(result, expected):
    for name in expected.learning:
        np.testing.assert_array_equal(result.learning[name], expected.learning[name])


def test_a_signal_while_windows_are_simulated_again_leaves_the_finished_run(
    whole, tmp_path, monkeypatch
):
    folder = tmp_path / "run"
    shutil.copytree(whole(170).path, folder)
    monkeypatch.setattr(
        "spikesampler.experiments.going_on.recorded_spikes",
        lambda *given: signal.raise_signal(signal.SIGINT),
    )
    with pytest.raises(Interrupted):
        run(**WINDOWS | {"samples": 260}, out=folder, resume=True, progress=quiet)
    assert_same_numbers(Result(folder), whole(170))
    shorter = run(**WINDOWS | {"samples": 170}, out=folder, resume=True, progress=quiet)
    assert_same_run(shorter, whole(170))


# --- at probes -----


def stop_at(samples, reason="enough"):
    def watch(probe):
        if probe.samples >= samples:
            raise StopLearning(reason, {"mean": probe.theta.mean()})
        return {"mean": probe.theta.mean()}

    return watch


@pytest.mark.parametrize(("samples", "changes"), [(230, {}), (10, {"record": "all"})])
def test_a_run_that_is_stopped_is_the_run_of_that_length(whole, tmp_path, samples, changes):
    settings = WINDOWS | changes | {"samples": 400}
    result = run(**settings, out=tmp_path / "run", on_probe=stop_at(samples), progress=quiet)
    expected = whole(samples, **changes)
    assert result.manifest["stopped"] == {"samples": samples, "reason": "enough"}
    assert result.manifest["results"]["samples"] == samples
    for manifest in (result.manifest, expected.manifest):
        del manifest["fingerprints"]  # of all samples that were asked for
        manifest["fingerprints"] = {}
    assert_same_run(result, expected, own=["mean"])
    means = result.learning["theta"].mean(["output", "input"])
    np.testing.assert_allclose(result.learning["mean"], means, rtol=1e-12)


def test_own_metrics_and_an_early_end_are_told_wherever_a_run_is(cache, tmp_path, monkeypatch):
    """Also those that are called as something that each table of NWB has."""

    def watch(probe):
        told = {"id": probe.samples, "mean": probe.theta.mean()}
        return StopLearning("enough <b>", told) if probe.samples >= 20 else told

    result = run(**WINDOWS | {"samples": 60}, out=tmp_path / "r", on_probe=watch, progress=quiet)
    assert (result.stopped, result.own_metrics) == ("enough <b>", ["id", "mean"])
    assert "samples 20, stopped early, of 60: enough <b>, online" in str(result)
    assert "<td style='text-align:left'>early, of 60: enough &lt;b&gt;</td>" in result._repr_html_()
    with open(export_run(result, "csv") / "learning.csv") as file:
        rows = list(csv.DictReader(file))
    table = to_nwb(result).analysis["learning"]
    for name, nwb in {"mean": "mean", "id": "own_id"}.items():
        expected = result.learning[name].values
        np.testing.assert_array_equal([float(row[name]) for row in rows], expected)
        np.testing.assert_array_equal(table[nwb].data, expected)
    page = write_report(result.path).read_text()
    assert "learnt 20 samples of 200 ms each" in page
    assert "stopped early, at a probe, of 60 samples that were asked for: enough &lt;b&gt;." in page
    assert 'id="figure-metrics"' in page
    assert "measured at its probes: id, mean. n = 1 run" in page
    plain = run(**WINDOWS | {"samples": 5}, out=tmp_path / "plain", progress=quiet)
    assert (plain.stopped, plain.own_metrics) == (None, [])
    monkeypatch.chdir(tmp_path)
    opened = Result("plain")
    monkeypatch.chdir("/")
    assert opened.samples == 5
    with pytest.raises(InputError, match="has no own metrics: run again with on_probe"):
        plain.metrics_figure()


def test_a_stopped_run_is_returned_when_asked_again_and_can_go_on(whole, tmp_path):
    """To what was first asked for, without the one who stopped it, or to another length."""
    settings = WINDOWS | {"samples": 260}
    stopped = run(**settings, out=tmp_path / "run", on_probe=stop_at(170), progress=quiet)
    again = {"out": tmp_path / "run", "resume": True, "progress": quiet}
    same = run(**settings, **again, on_probe=stop_at(170))
    assert same.manifest == stopped.manifest
    assert run(**settings | {"samples": 170}, **again).manifest == stopped.manifest
    with pytest.raises(InputError, match="has learnt 170 samples, more than samples=160"):
        run(**settings | {"samples": 160}, **again)
    result = run(**settings, **again)
    assert_same_run(result, whole(260), own=["mean"])
    assert "stopped" not in result.manifest
    mean = result.learning["mean"].values
    assert np.isfinite(mean[:18]).all()
    assert np.isnan(mean[18:]).all()


def test_a_kill_while_a_stopped_run_is_ended_changes_nothing(whole, tmp_path, monkeypatch):
    """Its windows are moved again: some were moved before."""
    folder, settings = tmp_path / "run", WINDOWS | {"samples": 260}
    with monkeypatch.context() as patch:
        patch.setattr(
            "spikesampler.experiments.run.learning_arrays",
            lambda *_: signal.raise_signal(signal.SIGTERM),
        )
        with pytest.raises(Interrupted):
            run(**settings, out=folder, on_probe=stop_at(170), progress=quiet)
    result = run(**settings, out=folder, resume=True, progress=quiet)
    assert result.manifest["stopped"]["samples"] == 170
    assert_same_numbers(result, whole(170))
    np.testing.assert_array_equal(result.spikes("inputs")[0], whole(170).spikes("inputs")[0])


def test_a_probe_says_what_learning_nc_will(tmp_path):
    reports = []
    settings = SETTINGS | {"samples": 25, "record": "none"}
    result = run(**settings, out=tmp_path / "r", on_probe=reports.append, progress=quiet)
    data = result.learning
    assert [report.samples for report in reports] == [0, 10, 20, 25]
    assert {report.total for report in reports} == {25}
    np.testing.assert_allclose([r.seconds for r in reports], data["probe_time"])
    np.testing.assert_array_equal([r.accuracy for r in reports], data["probe_accuracy"])
    np.testing.assert_array_equal([r.theta for r in reports], data["theta"])
    np.testing.assert_array_equal(reports[-1].weights, result.weights)
    assert reports[-1].counts.shape == (20, 5)
    with pytest.raises(ValueError, match="read-only"):
        reports[0].theta[0, 0] = 1
    with pytest.raises(AttributeError):
        reports[0].samples = 1


def test_what_a_caller_measures_does_not_change_the_run(finished, tmp_path):
    """Own metrics that come and go, and a kill in between."""
    names = {0: {"first": True}, 10: {"a": np.float32(0.5)}, 30: {"a": np.array(2), "b": np.inf}}

    def stop(done, total, text):
        if done == 60:
            signal.raise_signal(signal.SIGINT)

    how = {"out": tmp_path / "run", "on_probe": lambda probe: names.get(probe.samples)}
    with pytest.raises(Interrupted):
        run(**SETTINGS, **how, progress=stop)
    result = run(**SETTINGS, **how, progress=quiet, resume=True)
    assert_same_run(result, Result(finished), own=["first", "a", "b"])
    for name, expected in {"first": {0: 1}, "a": {1: 0.5, 3: 2}, "b": {3: np.inf}}.items():
        values = np.full(21, np.nan)
        values[list(expected)] = list(expected.values())
        np.testing.assert_array_equal(result.learning[name], values)
        assert result.learning[name].dims == ("probe",)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (0.5, r"on_probe returned 0\.5: expected a dict of numbers by name"),
        ({"theta": 1.0}, "'theta', which means something else in learning.nc"),
        ({"sample": 1.0}, "'sample', which means something else"),
        ({"two words": 1.0}, "named 'two words': expected a name of letters"),
        ({1: 1.0}, "named 1: expected a name"),
        ({"class": 1.0}, "named 'class'"),
        ({"a": "1"}, "returned a='1', a str: expected one number"),
        ({"a": np.ones(2)}, r"a ndarray with shape \(2,\): expected one number"),
        ({"a": 1j}, "a complex: expected one number"),
        ({"a": 10**400}, r"a=a number of \d+ digits: expected a number of at most 1\.8e308"),
        (StopLearning("now"), r"stopped the run before its first sample \(now\)"),
    ],
)
def test_what_a_caller_cannot_say_is_refused(tmp_path, said, words):
    settings = SETTINGS | {"samples": 5, "record": "none"}
    with pytest.raises(InputError, match=words):
        run(**settings, out=tmp_path / "r", on_probe=lambda probe: said, progress=quiet)
    assert '"status": "interrupted"' in (tmp_path / "r/manifest.json").read_text()
    assert run(**settings, out=tmp_path / "r", resume=True, progress=quiet).test_accuracy >= 0


def test_on_probe_has_to_be_a_function(tmp_path):
    with pytest.raises(InputError, match="on_probe=3: expected a function"):
        run(**SETTINGS, out=tmp_path / "r", on_probe=3)
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("name", ["on_probe", "progress"])
def test_what_a_caller_raises_leaves_a_run_to_resume(finished, tmp_path, name):
    """A file that the caller's function does not find is none of the run's."""

    def fail(*given):
        if 50 in (given[0], getattr(given[0], "samples", None)):
            open(tmp_path / "mine")

    with pytest.raises(FileNotFoundError, match="mine"):
        run(**SETTINGS, out=tmp_path / "run", **{"progress": quiet, name: fail})
    assert '"status": "interrupted"' in (tmp_path / "run/manifest.json").read_text()
    result = run(**SETTINGS, out=tmp_path / "run", resume=True, progress=quiet)
    assert_same_run(result, Result(finished))


def test_a_stop_at_the_last_probe_is_no_early_one(whole, tmp_path):
    settings = WINDOWS | {"samples": 160}
    result = run(**settings, out=tmp_path / "r", on_probe=stop_at(160), progress=quiet)
    assert "stopped" not in result.manifest
    assert isinstance(StopLearning(), Exception)
    assert StopLearning().reason == StopLearning(None).reason == "stopped at a probe"
    assert ProbeReport.__dataclass_params__.frozen


# --- several runs -----


def test_runs_of_a_comparison_go_on(whole, tmp_path):
    few = {"noise": None, "seed": None, "record": "none", "probe_every": None}
    words = ["compare", "fang_2018", "--arms", "none,weight", "--seed", 3, "--out", tmp_path / "c"]
    for samples, seeds in ((20, 1), (40, 2)):
        given = options(**few, samples=samples)
        with undrawn(), in_this_process():
            done = command(*words, *given, "--seeds", seeds, "--resume", "--json")
        assert done.status == 0, done.err
    result = Result(tmp_path / "c" / "weight-prior-seed3")
    assert_same_run(result, whole(40, record="none", probe_every=1000))
    assert [length["samples"] for length in result.manifest["continued"]] == [20]
    assert "continued" not in Result(tmp_path / "c" / "weight-prior-seed4").manifest
    done = command(*words, *options(**few, samples=30), "--seeds", 2, "--resume")
    assert done.status == 2
    assert "has learnt 40 samples, more than --samples 30" in done.err[-1]


def test_runs_of_a_sweep_go_on(whole, tmp_path):
    few = {"noise": None, "seed": None, "record": "none"}
    words = ["sweep", "fang_2018", "--grid", "b=1e-4,1e-5", "--noise", "weight", "--seeds", 1]
    words += ["--seed", 3, "--out", tmp_path / "s"]
    for samples in (20, 40):
        with undrawn(), in_this_process():
            done = command(*words, *options(**few, samples=samples), "--resume")
        assert done.status == 0, done.err
    changes = {"record": "none", "set": SETTINGS["set"] | {"b": 1e-4}}
    assert_same_run(Result(tmp_path / "s" / "point-00000-seed3"), whole(40, **changes))
    done = command(*words, *options(**few, samples=30), "--resume")
    assert done.status == 2
    assert "samples is 30 here, 40 there" in done.err[-1]


# --- which states are kept -----


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=120),
    st.integers(1, 60),
)
def test_the_states_that_are_kept_are_near_whatever_window_is_wanted(lengths, window):
    """Chunk by chunk: before each window that a run of this or a longer length may want there is
    a state, or the start, at most one part in 64 and a chunk away; they are few.
    """
    ends, kept = list(np.cumsum(lengths).tolist()), set()
    for index, last in enumerate(ends):
        kept = states_to_keep(ends[: index + 1], window, kept) | {index}
        needed = (last - window) // 2 if last > 3 * window else 0
        stride = 2 ** max(0, int(np.ceil(np.log2(last / 64))))
        for begin in {needed, (needed + last) // 2, last - 1}:
            before = [ends[i] for i in kept if ends[i] <= max(0, begin)]
            assert begin - max(before, default=0) <= 2 * stride + max(lengths)
        assert len(kept) <= 64 + 2


def test_parts_of_windows():
    windows = [(0, 5), (8, 10)]
    assert part_of(windows, 3, 9) == [(3, 5), (8, 9)]
    assert part_of(windows, 5, 8) == []
    assert covers(windows, [(1, 4), (8, 10)])
    assert not covers(windows, [(4, 6)])
