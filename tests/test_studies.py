"""A study is one object: what it gathers again and what not, its command line, its words."""

from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path

import jinja2
import pytest
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.jobs.executors import ThisProcess
from spikesampler.studies.command import add_options, study_command, work_of
from spikesampler.studies.fang_2018 import saddle_runs
from spikesampler.studies.fang_2018.saddle_runs import Plan, Search
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study, Work
from spikesampler.studies.verdicts import STUDIES, study_of


@pytest.fixture
def study():
    """Two parts, one of which resumes: each dataset says how often it was gathered, and how."""
    calls = {"once": 0, "again": 0}

    def gather(work, name, **settings):
        calls[name] += 1
        return xr.Dataset(attrs={"calls": calls[name], "seed": work.seed, **settings})

    return Study(
        name="made_up",
        title="A study of nothing.",
        parts={
            "once": Part(gather, {"name": "once", "size": 9}, {"name": "once", "size": 1}),
            "again": Part(gather, {"name": "again"}, {"name": "again"}, resumes=True),
        },
        report=lambda datasets: f"{datasets['once'].attrs['size']} of {len(datasets)}",
        figures=lambda datasets: {},
        section=lambda datasets: "",
        options={"size": {"type": int, "help": "how large"}},
    )


def calls(study, folder):
    return {name: int(dataset.attrs["calls"]) for name, dataset in study.read(folder).items()}


def test_what_is_there_is_kept_unless_it_resumes_or_the_form_is_quick(study, tmp_path):
    study.measure(tmp_path, Work())
    assert calls(study, tmp_path) == {"once": 1, "again": 1}
    study.measure(tmp_path, Work())
    assert calls(study, tmp_path) == {"once": 1, "again": 2}
    study.measure(tmp_path, Work(), quick=True)
    assert calls(study, tmp_path) == {"once": 2, "again": 3}
    assert study.read(tmp_path)["once"].attrs["size"] == 1


def test_a_dataset_that_is_not_there_is_named(study, tmp_path):
    with pytest.raises(InputError, match=r"no .*once.nc, which made_up draws: leave redraw=… out"):
        study.read(tmp_path)


def test_options_of_the_study_change_its_settings(study, tmp_path, capsys):
    given = ["--out", str(tmp_path), "--seed", "4"]
    assert study_command(study, [*given, "--size", "5"], out="here") == 0
    assert capsys.readouterr().out.splitlines()[0] == "5 of 2"
    assert study.read(tmp_path)["again"].attrs["seed"] == 4
    assert study_command(study, [*given, "--redraw"], out="here") == 0
    assert calls(study, tmp_path) == {"once": 1, "again": 1}
    assert study_command(study, ["--seed", "-1"], out="here") == 2
    assert capsys.readouterr().err == "made_up: seed=-1: expected 0 or more; give --seed 1\n"


@pytest.mark.parametrize("name", ["seeds", "workers"])
def test_fewer_than_one_seed_or_worker_is_refused_in_one_line(study, tmp_path, capsys, name):
    given = [f"--{name}", "0", "--out", str(tmp_path / "out")]
    assert study_command(study, given, out="here", many=True) == 2
    told = f"made_up: {name}=0: expected a whole number from 1 to 100000\n"
    assert capsys.readouterr().err == told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("runs", ["runs", "runs/paper"])
def test_the_help_names_the_folder_in_which_runs_are_kept(tmp_path, runs):
    parser = ArgumentParser()
    add_options(parser, "small", "here", many=True, runs=runs)
    assert f"(default: OUT/{runs})" in parser.format_help().replace("\n", " ")
    assert work_of(parser.parse_args(["--out", str(tmp_path)])).runs == tmp_path / runs
    assert work_of(parser.parse_args(["--runs", "mine"])).runs == Path("mine")


def test_a_fact_that_is_missing_is_an_error_and_a_text_ends_without_newline(tmp_path):
    (tmp_path / "page.md").write_text("{% for x in xs %}\n{{ x }}\n{% endfor %}\n")
    beside = str(tmp_path / "module.py")
    assert render(beside, "page.md", xs=[1, 2]) == "1\n2"
    with pytest.raises(jinja2.UndefinedError, match="'xs' is undefined"):
        render(beside, "page.md")


def test_the_page_has_each_dataset_once():
    names = [name for module in STUDIES for name in study_of(module).parts]
    assert len(names) == len(set(names)) > 20


def test_what_is_measured_with_other_settings_is_measured_anew(tmp_path, monkeypatch):
    measured = []

    def measure(folder, snapshots=(0,), counts_as=1, **settings):
        measured.append((folder.name, snapshots, counts_as, settings))
        facts = {"patterns": settings["patterns"], "effective_patterns": counts_as}
        return xr.Dataset({"total": ("snapshot", [0.0] * len(snapshots))}, attrs=facts)

    def gather(patterns, searches=None):
        """How much is measured, and as how many patterns each row of the table counts."""
        number = len(measured)
        if searches is None:
            table = saddle_runs.gather_paths(*what, patterns)
        else:
            table = saddle_runs.gather_stationary(*what, patterns, searches)
        assert (table["patterns"] == patterns).all()
        return len(measured) - number, table["effective_patterns"].values.tolist()

    monkeypatch.setattr(saddle_runs, "saddle_path", measure)
    monkeypatch.setattr(saddle_runs, "stationary_near", measure)
    here = nullcontext((ThisProcess(), "here"))
    monkeypatch.setattr(saddle_runs, "open_executor", lambda workers: here)
    what = Work(runs=tmp_path), {"small": Plan({}, (9,), ("none",), seeds=1, probe_every=1)}, 5
    monkeypatch.setattr(saddle_runs, "learning", lambda *about: lambda: None)

    assert [gather(patterns)[0] for patterns in (3, 3, 4, 3)] == [2, 0, 2, 0]
    few, many = Search(("none",), 1, (2,), 20), Search(("none",), 1, (2,), 200)
    assert gather(3, [few, many]) == (4, [20, 20, 200, 200])
    assert gather(3, [many, few]) == (0, [200, 200, 20, 20])
    assert gather(4, [few]) == (2, [20, 20])
    assert gather(3, [few._replace(snapshots=(2, -1))]) == (2, [20] * 4)
    monkeypatch.setattr(saddle_runs, "MAX_STEPS", 7)
    assert gather(3, [few]) == (2, [20, 20])
    assert measured[-1][1:] == ((2,), 20, {"max_steps": 7, "patterns": 3})
