"""What every study found, said in full: from the datasets in data/, and on the pages of docs/."""

import re
from functools import cache
from pathlib import Path

import pytest

from spikesampler.studies.headlines import HEADLINES
from spikesampler.studies.index import BEGIN, END, Told, headlines
from spikesampler.studies.verdicts import STUDIES, study_of

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
P = re.compile(
    r"(?<!:)\bp\s*[=<]\s*\d(?!\.05\b)"
)  #: neither is a level, p < 0.05, a result, nor an arm, release:p=0.5
AGAINST = re.compile(r"\bp\s*[=<]\s*[\d.]+(e-?\d+)?,? \(?against\b")
INTERVAL = re.compile(r"\[[^\[\]]+, [^\[\]]+\]|no interval")


@cache
def datasets_of(module):
    """The datasets of a study; what needs those that are not made yet is skipped."""
    missing = [name for name in study_of(module).parts if not made(name)]
    if missing:
        pytest.skip(f"scripts/paper.py has not made data/{missing[0]}.nc yet")
    return study_of(module).read(ROOT / "data")


def made(name):
    return (ROOT / "data" / f"{name}.nc").is_file()


@cache
def findings_of(module):
    return tuple(study_of(module).findings(datasets_of(module)))


def waiting():
    """{name: study} of those of which a dataset is not made yet."""
    studies = [study_of(module) for module in STUDIES]
    return {study.name: study for study in studies if not all(map(made, study.parts))}


def test_studies_whose_datasets_are_not_made_are_named_and_have_no_page():
    """The index names these and no others, and there is a page of all others and no more."""
    text = (DOCS / "verdicts.md").read_text(encoding="utf-8")
    named = re.findall(r"^- Not made yet: (.*)$", text, re.MULTILINE)
    assert named == [study.title.removesuffix(".") for study in waiting().values()]
    names = {study_of(module).name for module in STUDIES}
    assert {page.stem for page in (DOCS / "studies").iterdir()} == names - waiting().keys()


def faults(found):
    """What a finding leaves out; where nothing is drawn there is no interval, and what is not
    asked here has no number.
    """
    missing = [name for name, text in found._asdict().items() if not text.strip()]
    if found.verdict == "not asked here":
        return missing
    exact = re.search(r"\b(nothing is drawn|no sample)\b", found.n)
    if not (exact or INTERVAL.search(found.number)):
        missing.append("an interval, or why there is none")
    if not (exact or re.search(r"\d", found.n)):
        missing.append("how many")
    bare = len(P.findall(found.number)) - len(AGAINST.findall(found.number))
    return missing + ["against what p is"] * (bare > 0)


@pytest.mark.parametrize("module", STUDIES)
def test_every_finding_has_number_interval_n_and_rule_and_every_p_says_against_what(module):
    findings = findings_of(module)
    assert findings
    assert {found.key: faults(found) for found in findings if faults(found)} == {}
    keys = [found.key for found in findings]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[\w.=-]+", key) for key in keys)


GENERAL = re.compile(  # a rule of `stats.rules`, as `rule_text` says it: tests/test_rules.py
    r"reproduced: clearly .*; else undecided\. Clearly: p < 0\.05"
    r"( after Holm over the family named beside it)? \([^()]+\)"
)
#: rules of single studies, by what they say; those that draw are in tests/test_own_rules.py
OWN = (
    r"(Calculated|All that are drawn are asked), so there is no test$",
    r"^no rule: nothing was measured$",
    r"^no test, for the reason beside the number$",
    r"\. A cell: p < 0\.05 after Holm over the cells",
    r"in Wilcoxon's signed-rank test over runs, Holm over",
    r"^reproduced: highest on at least",
    r"^reproduced: clearly below each of the others",
    r"^reproduced: of splits of one method's runs into halves",
    r"the arm of the largest gain speaks, or of the largest that is clear",
    r"^both in learning and in test, else the label of the one that speaks against",
    r"^reproduced: one reading, start, horizon and meaning at least",
    r"^reproduced: in one at least the gain in test is clearly above 0",
    # conditions at several cuts, and sentences about every point: tests/test_findings.py
    r"^the label that each cut gives; undecided where they differ\. reproduced: clearly",
    r"^reproduced: at 95% or more of the points of every seed",
    r"^not reproduced: (any stationary point|a single point) .* A count, without a test$",
)


@pytest.mark.parametrize("module", STUDIES)
def test_every_rule_is_one_that_is_tested_both_ways(module):
    told = {found.rule for found in findings_of(module) if not GENERAL.fullmatch(found.rule)}
    assert [rule for rule in told if not any(re.search(own, rule) for own in OWN)] == []


@pytest.mark.parametrize("module", STUDIES)
def test_a_reader_in_a_hurry_has_five_sentences(module):
    sentences = study_of(module).hurry(datasets_of(module))
    assert len(sentences) == 5
    for sentence in sentences:
        assert re.fullmatch(r"[^\n]{30,}[.?!]", sentence)
        assert not re.search(r"\bnan\b", sentence)


def test_a_finding_that_leaves_something_out_would_be_seen():
    whole = findings_of(STUDIES[0])[0]
    good = whole._replace(number="+0.1 [0, 0.2], p = 0.02 (against 0)", n="10 seeds", rule="x")
    assert faults(good) == []
    assert faults(good._replace(number="never: no interval")) == []
    assert faults(good._replace(number="0.1", n="nothing is drawn")) == []
    assert faults(good._replace(number="+0.1 [0, 0.2], p = 0.02")) == ["against what p is"]
    assert faults(good._replace(number="0.1, p = 2e-3 against 0"))[0].startswith("an interval")
    assert faults(good._replace(rule=" ", n="many")) == ["rule", "how many"]


def bare_p(text):
    """Blocks of a page with a p that does not say against what, and bare heads of columns."""
    blocks = [one for one in re.split(r"\n\s*\n", text) if P.search(one)]
    heads = re.findall(r"^\|.*\|\n\|[-:| ]+\|$", text, re.MULTILINE)
    return [
        *[one[:200] for one in blocks if "against" not in one],
        *[head for head in heads if re.search(r"\|\s*p\s*\|", head)],
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_has_a_p_without_against_what(page):
    assert bare_p(page.read_text(encoding="utf-8")) == []


def test_a_bare_p_would_be_seen():
    assert bare_p("gain 0.1, p = 0.02\n\nagainst\n") == ["gain 0.1, p = 0.02"]
    assert bare_p("| arm | p |\n|---|---|\n| a | 0.1 |\n") == ["| arm | p |\n|---|---|"]
    assert bare_p("| `release:p=0.5` | 0.1 |") == []
    assert bare_p("gain, p = 0.02 against 0\n\n| arm | p against 0 |\n|---|---|\n") == []


def crooked(text):
    """Rows of tables that have more or fewer cells than their head, or a head without a line."""
    found, width = [], 0
    for line in map(str.rstrip, text.splitlines()):
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        if cells and (cells != width if width else not line.endswith("|")):
            found.append(line[:200])
        width = cells and (width or cells)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_all_rows_of_a_table_have_the_cells_of_its_head(page):
    assert crooked(page.read_text(encoding="utf-8")) == []


def test_a_crooked_table_would_be_seen():
    assert crooked("| a | b |\n|---|---|\n| 1 | 2 |\n\n| c |\n|---|\n| \\| |\n") == []
    assert crooked("| a | b |\n|---|---|\n| 1 |\n| 1 | 2 |\n") == ["| 1 |"]
    assert crooked("| a | b \n|---|---|\n") == ["| a | b", "|---|---|"]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.stem)
def test_links_lead_to_files_and_to_marks_that_are_there(page):
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.M | re.S)
    for path, mark in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)", text):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if mark and target.suffix == ".md":
            there = target.read_text(encoding="utf-8")
            heads = re.findall(r"^#+ (.*)$", there, re.MULTILINE)
            names = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
            assert mark in names or f'<a id="{mark}">' in there, (path, mark)


def test_every_picture_is_on_a_page_or_of_a_study_that_waits():
    """Pictures of a study that waits are those of its datasets, by their names."""
    texts = [page.read_text(encoding="utf-8") for page in (*PAGES, ROOT / "README.md")]
    shown = {name for text in texts for name in re.findall(r"figures/([\w.]+)\)", text)}
    there = {path.name for path in (DOCS / "figures").iterdir()}
    assert shown <= there
    expected = {f"{name}.png" for study in waiting().values() for name in study.parts}
    assert there - shown <= expected


def test_the_findings_in_readme_are_what_the_datasets_say():
    """Quick: the redrawing of all pages and figures is slow."""
    there = [module for module in STUDIES if all(map(made, study_of(module).parts))]
    told = {
        study_of(module).name: Told.of(study_of(module), datasets_of(module)) for module in there
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    between = readme.partition(f"{BEGIN}\n")[2].partition(END)[0]
    assert HEADLINES
    assert between.strip("\n") == headlines(told, "docs/")
