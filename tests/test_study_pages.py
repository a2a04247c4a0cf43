"""Pages of made-up studies, the index and README's findings; and what is left of `make paper`."""

import re
from pathlib import Path

import pytest
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.stats import rules
from spikesampler.store.datasets import save_dataset
from spikesampler.studies import index, verdicts
from spikesampler.studies.finding import Finding
from spikesampler.studies.index import BEGIN, END, with_headlines
from spikesampler.studies.remaining import Remaining, in_words, pieces
from spikesampler.studies.study import Part, Study, Work
from spikesampler.studies.study_page import study_page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def finding(key, **changes):
    texts = {
        "claim": f"claim {key}",
        "source": "control",
        "verdict": "reproduced",
        "number": "+0.1 [0, 0.2], p = 0.02 against 0",
        "reading": "start prior",
        "n": "10 seeds",
        "rule": "above 0: reproduced",
    }
    return Finding(key=key, **(texts | changes))


def study(name, findings=(), **changes):
    """A study of one dataset, of the same name, whose figures are none."""
    settings = {
        "title": f"Is {name} so?",
        "parts": {name: Part(lambda work: xr.Dataset(attrs={"x": 1}), {}, {})},
        "report": lambda datasets: "",
        "figures": lambda datasets: {},
        "section": lambda datasets: f"## Details\n\nx = {datasets[name].attrs['x']}",
        "findings": lambda datasets: findings,
        "hurry": lambda datasets: [f"Sentence {number}." for number in range(5)],
    }
    return Study(name=name, **(settings | changes))


ONE, OTHER, THIRD = finding("one"), finding("other", rule="by hand"), finding("third")


@pytest.fixture
def made(tmp_path):
    """Two studies, and a folder with their datasets."""
    for name in ("left", "right"):
        save_dataset(xr.Dataset(attrs={"x": name}), tmp_path / "data" / f"{name}.nc")
    return [study("left", [ONE, OTHER, THIRD]), study("right", [finding("one", verdict="not")])]


def lines(text, beginning):
    return [line for line in text.splitlines() if line.startswith(beginning)]


# ---- a page


def test_a_page_with_corrected_p_says_that_verdicts_follow_them_and_intervals_do_not():
    """Once, below the rules; not where nothing is corrected."""
    family = rules.in_family([rules.at_least([0.1, 0.2, 0.3], least=0.1)], "paper")[0]
    one = study("both", [finding("one", rule=rules.rule_text(family))])
    datasets = {"both": xr.Dataset(attrs={"x": 1})}
    words = "a verdict follows its p. So an interval may leave out a bound, and the verdict be"
    assert study_page(one, datasets).count(words) == 1
    assert words not in study_page(study("both", [ONE]), datasets)


def test_a_page_is_title_five_sentences_findings_rules_and_the_section(made, tmp_path):
    text = study_page(made[0], made[0].read(tmp_path / "data"))
    assert text.startswith("# Is left so?\n\n- Sentence 0.\n- Sentence 1.\n")
    order = ["- Sentence 4.", "## What was found", "| claim |", '| <a id="third">', "1. ", "## Det"]
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert "x = left" in text
    assert "`data/left.nc`" in text


def test_a_rule_is_printed_once_and_each_verdict_names_it(made, tmp_path):
    text = study_page(made[0], made[0].read(tmp_path / "data"))
    assert re.findall(r"\*\*holds\*\*, by \[rule (\d)\]\(#rules\)", text) == ["1", "2", "1"]
    assert lines(text, "1. ") + lines(text, "2. ") == ["1. above 0: holds", "2. by hand"]
    assert not lines(text, "3. ")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("Fang et al. 2018", ("reproduced", "not reproduced", "smaller than claimed")),
        ("control: of 2018", ("holds", "does not hold", "holds, but is small")),
        ("question", ("holds", "does not hold", "holds, but is small")),
        ("asked afterwards", ("holds", "does not hold", "holds, but is small")),
    ],
)
def test_what_no_paper_claims_holds_or_does_not_and_is_not_reproduced(source, words):
    rule = "{0}: a; {2}: b; {1}: c; else undecided".format
    labels = "reproduced", "not reproduced", "smaller than claimed"
    for label, word in zip(labels, words):
        found = finding("x", source=source, verdict=label, rule=rule(*labels)).plain()
        assert (found.verdict, found.rule) == (word, rule(*words))


def test_a_page_without_findings_has_no_table():
    text = study_page(study("bare", hurry=lambda _: ()), {"bare": xr.Dataset(attrs={"x": 0})})
    assert text.startswith("# Is bare so?\n")
    assert "|" not in text
    assert "#rules" not in text


def test_what_would_end_a_cell_or_a_line_does_not():
    odd = finding("odd", claim="|x| is\nlarge", reading="a | b")
    text = study_page(study("odd", [odd]), {"odd": xr.Dataset(attrs={"x": 0})})
    (row,) = lines(text, '| <a id="odd">')
    assert len(re.findall(r"(?<!\\)\|", row)) == 7
    assert r"\|x\| is large" in row


@pytest.mark.parametrize(
    ("given", "turned"),
    [
        ("![x](figures/x.png)", "![x](../figures/x.png)"),
        ("[x](light.md#forms)", "[x](../light.md#forms)"),
        ("[x](https://a.b/c)", "[x](https://a.b/c)"),
        ("[x](#rules)", "[x](#rules)"),
        ("f(x)", "f(x)"),
    ],
)
def test_links_of_a_section_lead_out_of_the_folder_of_pages(given, turned):
    one = study("linked", section=lambda _: given)
    assert f"\n{turned}\n" in study_page(one, {"linked": xr.Dataset()})


# ---- all pages


def test_pages_and_index_are_the_same_bytes_again_and_rows_lead_to_pages(made, tmp_path):
    page = verdicts.write(tmp_path, made)
    written = sorted((tmp_path / "docs").rglob("*.md"))
    assert [path.name for path in written] == ["left.md", "right.md", "verdicts.md"]
    first = [path.read_bytes() for path in written]
    assert verdicts.write(tmp_path, made) == page == tmp_path / "docs" / "verdicts.md"
    assert [path.read_bytes() for path in written] == first
    text = page.read_text()
    links = re.findall(r"^\| \[claim \w+\]\((.*?)#(\w+)\)", text, re.MULTILINE)
    assert links == [
        ("studies/left.md", "one"),
        ("studies/left.md", "other"),
        ("studies/left.md", "third"),
        ("studies/right.md", "one"),
    ]
    for path, key in links:
        assert f'<a id="{key}">' in (page.parent / path).read_text()
    ours = "0 claims of papers; and 4 controls and questions of our own: 3 *holds*, 1 *not*."
    assert f"In 2 studies are {ours}" in text


def test_a_made_page_of_a_study_that_is_gone_goes_and_one_by_hand_stays(made, tmp_path):
    verdicts.write(tmp_path, made)
    (tmp_path / "docs" / "studies" / "notes.md").write_text("mine\n")
    verdicts.write(tmp_path, made[:1])
    left = {path.name for path in (tmp_path / "docs" / "studies").iterdir()}
    assert left == {"left.md", "notes.md"}


def test_a_study_without_its_dataset_is_left_out_and_that_is_said(made, tmp_path, capsys):
    (tmp_path / "data" / "right.nc").unlink()
    verdicts.write(tmp_path, made)
    assert re.fullmatch(
        r"paper: left out: no .*right.nc, which right .*\n", capsys.readouterr().err
    )
    text = (tmp_path / "docs" / "verdicts.md").read_text()
    assert "In 1 study are 0 claims of papers; and 3 controls" in text
    assert lines(text, "- Not made yet: ") == ["- Not made yet: Is right so?"]
    assert not (tmp_path / "docs" / "studies" / "right.md").exists()


# ---- README's findings


@pytest.fixture
def headlines(monkeypatch):
    picked = (
        ("Is it so?", (("left", 3), ("right", 1), ("right", 5))),
        ("Is it otherwise?", (("absent", 1),)),
    )
    monkeypatch.setattr(index, "HEADLINES", picked)


def test_readme_answers_questions_by_sentences_of_studies_and_the_rest_is_as_it_was(
    made, tmp_path, headlines
):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    verdicts.write(tmp_path, made)
    text = readme.read_text()
    answer = "- **Is it so?** Sentence 2. Sentence 0. Sentence 4."
    pages = "([left](docs/studies/left.md), [right](docs/studies/right.md))"
    assert text == f"before\n\n{BEGIN}\n\n{answer} {pages}\n\n{END}\n\nafter\n"
    verdicts.write(tmp_path, made)
    assert readme.read_text() == text
    pages = "([left](studies/left.md), [right](studies/right.md))"
    assert f"\n{answer} {pages}\n" in (tmp_path / "docs" / "verdicts.md").read_text()


@pytest.mark.parametrize(
    "text", ["", BEGIN, f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n"]
)
def test_a_readme_without_its_two_markers_is_refused(text):
    with pytest.raises(InputError, match=r"README\.md: expected the two lines '<!-- Findings"):
        with_headlines(text, {})


@pytest.mark.parametrize("number", [0, 6])
def test_a_headline_that_no_study_says_is_named(number, monkeypatch):
    monkeypatch.setattr(index, "HEADLINES", (("Is it so?", (("left", number),)),))
    told = {"left": index.Told("Left", [ONE], ["A sentence."] * 5)}
    with pytest.raises(InputError, match=f"sentence {number} of left, a headline: .* with 5; do"):
        with_headlines(f"{BEGIN}\n{END}", told)


# ---- what is left of `make paper`


def wanted(tmp_path, workers=2):
    """Three parts of 10, 20 and 30 core-minutes, of two studies; the first is there."""
    minutes = {"a": 10, "b": 20, "c": 30}
    parts = {
        name: Part(lambda work: xr.Dataset(), {}, {}, minutes=m) for name, m in minutes.items()
    }
    first = study("first", parts={"a": parts["a"]})
    second = study("second", parts={name: parts[name] for name in "bc"}, runs_folder="own")
    save_dataset(xr.Dataset(), tmp_path / "data" / "a.nc")
    work = Work(runs=tmp_path / "runs", workers=workers)
    return pieces([first, second], tmp_path / "data", work)


def test_time_left_is_that_of_what_was_finished(tmp_path):
    now = [0.0]
    remaining = Remaining(wanted(tmp_path), clock=lambda: now[0])
    begun = remaining.begin(1)
    # 50 core-minutes on two cores
    assert begun == (
        "1 of 2 studies and 1 of 3 datasets are done, about 25 min left; now second: b"
    )
    now[0] = 3600.0  # three times as long as 20 core-minutes
    remaining.end(1)
    assert str(remaining) == "1 of 2 studies and 2 of 3 datasets are done, about 1 h 30 min left"
    remaining.begin(2)
    remaining.end(2)
    assert str(remaining) == "2 of 2 studies and 3 of 3 datasets are done"


def test_what_resumes_without_its_runs_is_not_there(tmp_path):
    save_dataset(xr.Dataset(), tmp_path / "data" / "kept.nc")
    parts = {"kept": Part(lambda work: xr.Dataset(), {}, {}, resumes=True)}
    one = study("kept", parts=parts, runs_folder="own")
    work = Work(runs=tmp_path / "runs")
    assert [piece.there for piece in pieces([one], tmp_path / "data", work)] == [False]
    (tmp_path / "runs" / "own").mkdir(parents=True)
    (piece,) = pieces([one], tmp_path / "data", work)
    assert piece.there
    assert piece.work.runs == tmp_path / "runs" / "own"
    assert not pieces([one], tmp_path / "data", work, quick=True)[0].there


def test_measuring_makes_what_is_missing_and_tells_what_is_left(made, tmp_path, capsys):
    (tmp_path / "data" / "right.nc").unlink()
    verdicts.measure(tmp_path, Work(runs=tmp_path / "runs", workers=1), told=made)
    assert capsys.readouterr().err == (
        "paper: 1 of 2 studies and 1 of 2 datasets are done, about 1 min left; now right: right\n"
        "paper: 2 of 2 studies and 2 of 2 datasets are done\n"
    )
    values = [one.read(tmp_path / "data")[one.name].attrs["x"] for one in made]
    assert values == ["left", 1]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0.4, "less than a minute"), (1, "1 min"), (59.4, "59 min"), (200, "3 h 20 min")],
)
def test_a_time_is_said_as_people_say_it(minutes, words):
    assert in_words(minutes) == words
