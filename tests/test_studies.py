"""A study is one object: what it gathers again and what not, its command line, its words."""

import jinja2
import pytest
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.studies.command import study_command
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
    with pytest.raises(InputError, match=r"no .*once.nc, which made_up draws: leave --redraw out"):
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


def test_a_fact_that_is_missing_is_an_error_and_a_text_ends_without_newline(tmp_path):
    (tmp_path / "page.md").write_text("{% for x in xs %}\n{{ x }}\n{% endfor %}\n")
    beside = str(tmp_path / "module.py")
    assert render(beside, "page.md", xs=[1, 2]) == "1\n2"
    with pytest.raises(jinja2.UndefinedError, match="'xs' is undefined"):
        render(beside, "page.md")


def test_the_page_has_each_dataset_once():
    names = [name for module in STUDIES for name in study_of(module).parts]
    assert len(names) == len(set(names)) > 20
