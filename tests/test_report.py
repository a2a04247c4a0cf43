"""The report: one HTML file that holds all, is right, loads nothing, runs nothing, and says what it
cannot show.
"""

import ast
import base64
import io
import json
import math
import os
import re
import shlex
import shutil
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from browser import chromium
from runs import SIZES, command, listing, undrawn

from spikesampler.errors import InputError
from spikesampler.experiments.comparison_result import Comparison
from spikesampler.experiments.comparison_table import SHOWN
from spikesampler.experiments.sweep_result import Sweep
from spikesampler.language.arm_option import arm_of
from spikesampler.language.model import load_model
from spikesampler.language.model_text import defaults_in
from spikesampler.language.noise_arms import ARMS
from spikesampler.report import citations, equations, mathml, repeat_command, write_report
from spikesampler.store.checked_json import write_json
from spikesampler.store.folder_kind import kind_of
from spikesampler.store.manifest import read_manifest, write_manifest

TINY = [word for name, value in SIZES.items() for word in ("--set", f"{name}={value}")]
TINY += [
    "--samples",
    60,
    "--test-samples",
    20,
    "--probe-samples",
    10,
    "--record",
    "none",
    "--workers",
    1,
]
VOID = {"meta", "img", "link", "input", "br", "hr"}
HOSTILE = "<script>alert('x')</script>\"><img src=https://example.org/x onerror=alert(1)>&amp;"


class Page(HTMLParser):
    """A tree of [tag, attributes, children]; a text is a str."""

    def __init__(self, text):
        super().__init__()
        self.open = [["root", {}, []]]
        self.feed(text)
        self.close()
        assert [one[0] for one in self.open] == ["root"], "an element is not closed"

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), "an attribute is given twice"
        self.open[-1][2].append([tag, dict(attrs), []])
        if tag not in VOID:
            self.open.append(self.open[-1][2][-1])

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        self.open[-1][2].append(data)

    def all(self, tag, below=None):
        """Elements of this tag in order."""
        found = []
        for one in (below or self.open[0])[2]:
            if not isinstance(one, str):
                found += [one] * (one[0] == tag) + self.all(tag, one)
        return found

    def table(self, caption):
        """Rows of texts of the table whose caption begins so, the heads first."""
        found = next(
            one
            for one in self.all("table")
            if [1 for name in self.all("caption", one) if text(name).startswith(caption)]
        )
        rows = [
            [text(cell) for cell in row[2] if not isinstance(cell, str)]
            for row in self.all("tr", found)
        ]
        assert {len(row) for row in rows} == {len(rows[0])}
        return rows


def text(element):
    """The text of an element, spaces as one."""
    parts = [one if isinstance(one, str) else text(one) for one in element[2]]
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def page(folder):
    return Page(write_report(folder).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run(finished, tmp_path_factory):
    """A copy of the finished run."""
    return shutil.copytree(finished, tmp_path_factory.mktemp("report") / "run")


@pytest.fixture(scope="module")
def compared(cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "comparison"
    with undrawn():
        done = command(
            "compare",
            "fang_2018",
            "--arms",
            "none,weight,weight:noise_scale=0.5",
            "--start",
            "prior,plateau",
            "--seeds",
            2,
            *TINY,
            "--out",
            folder,
        )
    assert done.status == 0, done.err
    return folder


@pytest.fixture(scope="module")
def swept(cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "sweep"
    with undrawn():
        done = command(
            "sweep",
            "fang_2018",
            "--grid",
            "b=1e-4,1e-3",
            "--arms",
            "none,weight",
            "--seeds",
            2,
            "--seed",
            4,
            "--set",
            "rho=150*Hz",
            *TINY,
            "--out",
            folder,
        )
    assert done.status == 0, done.err
    return folder


@pytest.fixture(scope="module")
def pages(run, compared, swept):
    return {"run": page(run), "comparison": page(compared), "sweep": page(swept)}


FIGURES = {
    "run": ["learning", "raster", "confusion", "responses", "weights"],
    "comparison": ["curves", "accuracies", "escapes"],
    "sweep": ["test_accuracy", "escape_seconds"],
}


@pytest.mark.parametrize("kind", FIGURES)
def test_every_figure_is_inside_with_a_caption_and_a_text_that_stands_for_it(pages, kind):
    from PIL import Image

    figures = pages[kind].all("figure")
    assert [one[1]["id"] for one in figures] == [f"figure-{name}" for name in FIGURES[kind]]
    for number, figure in enumerate(figures, start=1):
        (image,), (caption,) = (pages[kind].all(tag, figure) for tag in ("img", "figcaption"))
        assert text(caption).startswith(f"Figure {number}. ")
        assert re.search(r"\bn = \d+", text(caption))
        assert re.search("interval|band", text(caption))
        assert len(image[1]["alt"]) > 20
        head, data = image[1]["src"].split(",", 1)
        data = base64.b64decode(data, validate=True)
        if head == "data:image/png;base64":
            picture = Image.open(io.BytesIO(data))
            picture.load()
            assert picture.width >= 200 * 180 / 25.4
        else:
            assert head == "data:image/svg+xml;base64"
            root = ElementTree.fromstring(data)
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            assert any(one.text for one in root.iter("{http://www.w3.org/2000/svg}text")), (
                "texts are drawn as paths"
            )


@pytest.mark.parametrize("kind", FIGURES)
def test_nothing_is_loaded_from_elsewhere_and_nothing_is_run(pages, kind):
    shown = pages[kind]
    for tag in (
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "video",
        "audio",
        "source",
    ):
        assert not shown.all(tag)
    elements = [shown.open[0]]
    for tag, attributes, children in elements:
        elements += [one for one in children if not isinstance(one, str)]
        assert not [name for name in attributes if name.startswith("on")]
        assert not {"srcset", "xlink:href", "background", "poster", "action"} & set(attributes)
        assert attributes.get("src", "data:").startswith("data:")
        assert attributes.get("href", "https://doi.org/").startswith("https://doi.org/")
        assert tag == "a" or "href" not in attributes
        assert "url(" not in attributes.get("style", "")
    (style,) = shown.all("style")
    assert not re.search(r"url\(|@import|@font-face", text(style))
    policy = [one[1]["content"] for one in shown.all("meta") if "http-equiv" in one[1]]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    for image in shown.all("img"):
        if image[1]["src"].startswith("data:image/svg"):
            for one in ElementTree.fromstring(
                base64.b64decode(image[1]["src"].split(",")[1])
            ).iter():
                links = [
                    value for name, value in one.attrib.items() if name.endswith(("href", "src"))
                ]
                assert all(value.startswith(("#", "data:")) for value in links)
                assert "url(http" not in str(one.attrib)


@pytest.mark.parametrize("kind", FIGURES)
def test_it_is_whole_html_with_headings_in_order_and_heads_of_tables(
    pages, kind, run, compared, swept
):
    folder = {"run": run, "comparison": compared, "sweep": swept}[kind]
    written = (folder / "report.html").read_text(encoding="utf-8")
    assert written.lstrip().startswith("<!DOCTYPE html>")
    assert len(written) < 1_500_000
    (html,), shown = pages[kind].all("html"), pages[kind]
    assert html[1]["lang"] == "en"
    levels = [int(tag) for tag in re.findall(r"<h([1-6])\b", written)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) <= 1
    heads = shown.all("th")
    assert {one[1].get("scope") for one in heads} == {"col", "row"}
    names = re.findall(r'\bid="([^"]*)"', written)
    assert len(names) == len(set(names))
    assert {name for name in re.findall(r'aria-labelledby="([^"]*)"', written)} <= set(names)


@pytest.mark.parametrize("kind", FIGURES)
def test_the_same_folder_gives_the_same_bytes(kind, pages, run, compared, swept, tmp_path):
    folder = {"run": run, "comparison": compared, "sweep": swept}[kind]
    again = write_report(folder, tmp_path / "new" / "again.HTML")
    assert again.read_bytes() == (folder / "report.html").read_bytes()
    assert not list(folder.glob(".*"))


def test_a_run_tells_its_numbers(pages, run):
    from spikesampler import Result

    result, shown = Result(run), pages["run"]
    rows = {row[0]: row for row in shown.table("Accuracies")}
    for name in ("online", "probe", "test", "bayes"):
        assert rows[name][1] == f"{getattr(result, f'{name}_accuracy'):.3f}"
    hits, n, z = result.test_accuracy, 50, 1.959964
    bounds = [
        (hits + z**2 / (2 * n) + sign * z * math.sqrt(hits * (1 - hits) / n + z**2 / (4 * n**2)))
        / (1 + z**2 / n)
        for sign in (-1, 1)
    ]
    assert rows["test"][2] == f"[{bounds[0]:.3f}, {bounds[1]:.3f}] n = 50"
    assert "label leaks in" in rows["online"][3]
    lead = text(shown.all("p")[1])
    for fact in (
        "200 inputs and 5 outputs",
        "200 samples of 200 ms each, 40 s",
        "arm weight",
        "seed 3",
        "tested on 50",
        result.manifest["started"][:10],
        result.manifest["versions"]["spikesampler"],
    ):
        assert fact in lead
    assert result.manifest["files"].items() <= dict(shown.table("SHA-256")).items()
    manifest = [one for one in shown.all("pre") if text(one).startswith("{")]
    assert json.loads(manifest[0][2][0][2][0]) == json.loads((run / "manifest.json").read_text())


def test_a_comparison_tells_its_table_and_its_verdicts(pages, compared):
    """Every number of the page, read back, is the table's to the digits shown."""
    comparison, shown = Comparison(compared), pages["comparison"]
    assert len(comparison.table) == 6
    for row in comparison.table:
        told = {
            one[0]: one[1:]
            for one in shown.table(f"Accuracies and times to escape, start {row['start']}")
        }
        found = told[row["arm"]]
        for name, one in zip((*SHOWN, "averaged"), found):
            assert_numbers(one, [row[f"{name}_accuracy{end}"] for end in ("", "_low", "_high")], 3)
        assert_numbers(found[4], [row["bayes_accuracy"]], 3)
        assert_numbers(found[5], [row["escape_seconds"]], 0)  # of two seeds there is no interval
        assert math.isnan(row["escape_seconds_low"])
        assert found[6] == f"{row['escaped']} of 2"
        if row["arm"] == "none":
            continue
        told = {
            one[0]: one[1:]
            for one in shown.table(f"Differences to the arm none, start {row['start']}")
        }
        found = told[row["arm"]]
        names = [f"{name}_difference" for name in (*SHOWN, "averaged")]
        for name, one in zip((*names, "escape_difference"), found):
            ends = [row[f"{name}{end}"] for end in ("", "_low", "_high")]
            # equal values have no interval
            known = [end for end in ends if not math.isnan(end)]
            assert_numbers(one, known, 0 if name.startswith("escape") else 3)
    claims = [(text(one), text(other)) for one, other in zip(shown.all("dt"), shown.all("dd"))]
    expected = [
        (f"{one.word} {one.claim.text} ({one.claim.source})", one.numbers)
        for one in comparison.verdicts
    ]
    assert claims == [tuple(re.sub(r"\s+", " ", part) for part in pair) for pair in expected]
    assert len(claims) >= 6


def assert_numbers(told, values, digits):
    found = re.findall(r"[-+]?\d+\.?\d*(?:e-?\d+)?|–|never", told)
    assert len(found) == len(values), told
    for one, value in zip(found, values):
        if one in ("–", "never"):
            assert math.isnan(value) if one == "–" else math.isinf(value)
        elif digits == 2:
            assert float(one) == pytest.approx(value, rel=0.05)  # two figures
        else:
            assert float(one) == pytest.approx(value, abs=0.51 * 10.0**-digits)


def test_a_sweep_tells_its_combinations(pages, swept):
    rows, shown = list(Sweep(swept).rows()), pages["sweep"].table("All combinations")
    assert shown[0] == [
        "b",
        "arm",
        "Seeds",
        "Test",
        "Probe",
        "Online",
        "Bayes",
        "Escape (s)",
        "Escaped",
    ]
    assert [one[:2] for one in shown[1:]] == [[f"{row['b']:.6g}", row["arm"]] for row in rows]
    for one, row in zip(shown[1:], rows):
        for name, told in zip(("test", "probe", "online"), one[3:6]):
            assert_numbers(told, [row[f"{name}_accuracy{end}"] for end in ("", "_low", "_high")], 3)
    facts = next(
        one
        for one in pages["sweep"].all("pre")
        if '"axes"' in text(one) and '"text_hash"' in text(one)
    )
    assert json.loads(text(facts)) == read_manifest(swept, "sweep")["settings"]


def test_failures_of_a_sweep_are_told_and_escaped(swept, tmp_path):
    folder = shutil.copytree(swept, tmp_path / "sweep")
    failure = {
        "b": 1e-4,
        "arm": "weight",
        "start": "prior",
        "seed": 4,
        "folder": "point-00001-seed4",
        "error": HOSTILE,
    }
    write_json(folder / "failures.json", {"failures": [failure]})
    shown = page(folder)
    assert shown.table("Points that failed")[1] == [
        "point-00001-seed4",
        "b = 0.0001, arm = weight, start = prior, seed = 4",
        HOSTILE,
    ]
    assert not shown.all("script")


@pytest.mark.parametrize("kind", FIGURES)
def test_every_parameter_is_there_with_value_unit_meaning_and_source(
    pages, kind, run, compared, swept
):
    folder = {
        "run": run,
        "comparison": compared / "none-prior-seed1",
        "sweep": swept / "point-00000-seed4",
    }[kind]
    manifest, model = read_manifest(folder), load_model("fang_2018")
    rows = {row[0]: row for row in pages[kind].table("Every parameter")[1:]}
    assert list(rows) == list(manifest["parameters"]) == list(model.parameters)
    varied = {"run": [], "comparison": ["noise_scale"], "sweep": ["b"]}[kind]
    for name, one in manifest["parameters"].items():
        value, unit, meaning, source = rows[name][2:]
        assert meaning == re.sub(r"\s+", " ", model.parameters[name].meaning)
        assert source == one["source"]
        assert unit == ("–" if one["unit"] == "1" else one["unit"])
        if name in varied:
            assert value.endswith("varied")
            assert {"b": "0.0001, 0.001", "noise_scale": "1.0, 0.5"}[name] in value
            continue
        shown = value.split(" ")[0]
        assert (
            shown == one["value"]
            if isinstance(one["value"], str)
            else float(shown) == pytest.approx(one["value"], rel=1e-5)
        )
        chosen = {**SIZES, "rho": 0} if kind == "sweep" else SIZES
        assert ("changed; the model's default is" in value) == (name in chosen)


SOURCES = [
    *(
        f"{f'd{one.name}/dt' if one.is_differential else one.name} = {one.text}"
        for name in ("fang_2018", "kappel_2015")
        for block in ("inputs", "outputs")
        for one in load_model(name).rule.equations(block)
    ),
    *(
        rule
        for name in ("fang_2018", "kappel_2015")
        for rule in (*load_model(name).learning.values(), *load_model(name).resets.values())
    ),
    "w = exp(theta - theta_0)",
    "y = -a/b + -c*d - (e - f) - (g + h)",
    "y = a - (b - c)",
    "y = a/(b/c)/d*e",
    "y = -x**2 + (-x)**2 + (a + b)**2 + exp(a)**3",
    "y = 2*3*a + 2*(1/2)*a + a*2",
    "y = 1e-4*x + 2.5e10",
    "y = sqrt(a + b)*exp(-(t - t_0)**2/(2*sigma**2))",
    "y *= a + b",
    "y /= a - b",
    "y -= a - b",
    "y = log(a)*abs(-b)",
    "y = a**-b",
    "y = (a*b)**c/(d**e)",
    "y = -(a + b)*c",
    "y = a*(b*c)/(d*e)",
    "y = clip(a + b, 0.1, 0.9)",
]


def spelled(name):
    """The plain name of a symbol as MathML shows it: θ is theta."""
    letter = (
        unicodedata.name(name).split()[-1].lower()
        if len(name) == 1 and not name.isascii()
        else name
    )
    return {"lamda": "lambda"}.get(letter, letter)


def plain(element):
    """MathML read back as Python, by what the eye sees; no knowledge of how it was written."""
    inner = [plain(one) for one in element]
    match element.tag:
        case "mi" | "mn" | "mo":
            return spelled(element.text)
        case "msub":
            return f"{inner[0]}_{inner[1]}"
        case "mfrac":
            return f"(({inner[0]})/({inner[1]}))"
        case "munder":
            return "sum"
        case "msqrt":
            return f"sqrt({''.join(map(operator, inner))})"
        case "msup":
            assert is_one(element[0]), "a reader would raise less than the whole to the power"
            return (
                f"exp({inner[1]})"
                if inner[0] == "e" and element[0].tag == "mi"
                else f"(({inner[0]})**({inner[1]}))"
            )
        case "mrow" if inner[0] == inner[-1] == "vertical line" or inner[0] == inner[-1] == "|":
            return f"abs({inner[1]})"
        case "mrow" | "math":
            return "".join(map(operator, inner))
    raise AssertionError(element.tag)


def is_one(element):
    """Does it look as one thing: a name, a number, a root, or something in parentheses?"""
    if element.tag != "mrow":
        return element.tag in ("mi", "mn", "msub", "msqrt")
    return (
        is_one(element[0])
        if len(element) == 1
        else element[0].text == "(" and element[-1].text == ")"
    )


def operator(sign):
    return {"sign": "-", "times": "*", "dot": "*"}.get(sign, sign)


class Names(dict):
    """A value for every name, the same each time."""

    def __missing__(self, name):
        seed = int.from_bytes(name.encode(), "little")
        return self.setdefault(
            name, np.random.default_rng([seed % 2**32, self["seed"]]).uniform(0.3, 2.0)
        )


def names(seed):
    functions = {"exp": np.exp, "sqrt": np.sqrt, "ln": np.log, "log": np.log, "abs": abs}
    functions |= {"clip": np.clip, "sum": lambda term: 7 * term, "mean": lambda term: 5 * term}
    return Names(seed=seed, **functions)


@pytest.mark.parametrize("source", SOURCES)
def test_equations_read_back_are_those_of_the_model(source):
    root = ElementTree.fromstring(mathml.differential_equation(source))
    assert (root.tag, root.get("display"), root.get("alttext")) == (
        "math",
        "block",
        " ".join(source.split()),
    )
    whole = plain(root)
    if found := re.match(r"d(\w+)/dt = (.*)", source, re.DOTALL):
        left, right = f"((d{found[1]})/(dt))", found[2]
    else:
        name, sign, right = re.match(r"(\w+) ([-+*/]?)= ?(.*)", source, re.DOTALL).groups()
        left, right = name, f"{name} {sign} ({right})" if sign else right
    told, arrow, shown = whole.partition(
        "arrow" if "arrow" in whole else "sign=" if "sign=" in whole else "="
    )
    assert told == left, whole
    assert arrow
    for seed in range(5):
        expected = eval(right, {}, names(seed))  # a text of this file or of the package's models
        assert eval(shown, {}, names(seed)) == pytest.approx(expected, rel=1e-12), whole


@pytest.mark.parametrize("arm", [*sorted(ARMS.keys() - {"momentum"}), "sum=3*b*w + b:mobility=w"])
def test_noise_equations_are_the_arms_and_their_statement_is_one_step_of_them(arm):
    """The statement that is compiled, with all but the step's end replaced, is drift·grid +
    sqrt(variance·grid)·dW.
    """
    drift, model = "b*(mu - theta)/sigma**2", load_model("fang_2018")
    _, texts = arm_of(arm, model.rule, model.parameters)
    root = ElementTree.fromstring(equations.noise_equation(texts, drift))
    left, _, right = plain(root).partition("=")
    assert left == "dtheta"
    for seed in range(5):
        known = names(seed)
        values = {"T": known["temperature"], "d": 1.0, "t": 0.2, "W": -0.7, "M": known["M"]}
        if texts["mobility"] == "1":
            known["M"] = values["M"] = 1.0
        shown = eval(spaced(right), {}, Names({**known, **values}))
        known |= {
            "plastic": 1.0,
            "grid": 0.2,
            "randn": lambda: -0.7 / math.sqrt(0.2),
            "sqrt": np.sqrt,
        }
        statement = equations.step_text(texts, drift).removeprefix("theta +=")
        assert shown == pytest.approx(eval(statement, {}, known), rel=1e-12)


def spaced(right):
    """dt and dW, which are no products on the page, as products."""
    return re.sub(r"\*dt\b", "*d*t", re.sub(r"\*dW\b", "*d*W", right))


def test_what_is_no_arithmetic_is_shown_as_it_is_written():
    for source in (
        "x = lambda: 1",
        "x = a[0]",
        "x = 'text'",
        "x = (",
        "x = f(a=1)",
        "x = " + "(" * 5000,
        "x = a if b else c",
    ):
        shown = mathml.statement(source)
        root = ElementTree.fromstring(shown)
        assert root.find(".//mtext").text == source.partition("= ")[2]
    assert "<script" not in mathml.statement("x = <script>") + mathml.statement(
        "<script>"
    ) + mathml.symbol("<b>_<i>")


def test_units_and_comments_stay_beside_their_equation(pages):
    rows = pages["run"].all("tr")
    shown = {
        one[2][0][2][0][1]["alttext"]: [text(cell) for cell in one[2][1:]]
        for one in rows
        if not isinstance(one[2][0], str)
        and pages["run"].all("math", one[2][0])
        and one[2][0][1].get("class") == "equation"
    }
    assert set(shown) >= {
        "theta += M*b*N*second*w*(x - intensity)",
        "theta -= M*b*N*second*w*(x - intensity)",
        "intensity = alpha*exp(w)",
    }
    assert shown["u = sum(passed*x - felt)"] == ["–", ""]
    assert shown["theta_low = theta_min"] == ["–", "lower bound of θ"]


def test_the_text_of_a_model_is_read_and_never_executed(run, tmp_path):
    """A manifest whose model text would write files: beside the constants, in a parameter, in an
    equation.
    """
    folder, trap = shutil.copytree(run, tmp_path / "run"), tmp_path / "executed"
    manifest = read_manifest(folder)
    evil = f"open({str(trap)!r}, 'w').write('x')"
    manifest["model"]["text"] = (
        f"import os\n{evil}\nparameters = dict(I=stated({evil}, '1', 'inputs'), K=stated(10, '1',"
        f" {evil}))\noutputs = {evil}\n"
    )
    write_manifest(folder, manifest)
    shown = page(folder)
    assert not trap.exists()
    assert text(shown.all("pre")[0]) == re.sub(r"\s+", " ", manifest["model"]["text"]).strip()
    assert f"spikesampler run {manifest['model']['name']}.py --noise" in text(command_of(shown))
    assert "save the model file" in text(shown.open[0])
    manifest["rule"]["synapses"] = f"passed = {evil} : 1"
    write_manifest(folder, manifest)
    refused(folder, r"is not the manifest of a run \(rule: ")
    assert not trap.exists()
    for broken in ("def f(:", "x = " + "(" * 4000 + ")" * 4000, "\0", "parameters = 4"):
        assert defaults_in(broken) == {}
    assert defaults_in("parameters = dict(a=stated(3, '1'), b=stated(f(), '1'), c=4)") == {"a": 3}


def command_of(shown):
    return next(one for one in shown.all("pre") if one[1].get("class") == "command")


def test_everything_from_files_is_escaped(run, tmp_path):
    folder = shutil.copytree(run, tmp_path / "run<b>&")
    manifest = read_manifest(folder)
    manifest["data"]["name"] = manifest["data"]["class_names"][0] = manifest["arm"] = HOSTILE
    manifest["model"] |= {"name": HOSTILE, "title": HOSTILE, "citation": HOSTILE, "text": HOSTILE}
    manifest["settings"] |= {"data": HOSTILE, "arm": HOSTILE}
    manifest["parameters"][HOSTILE] = {"value": HOSTILE, "source": HOSTILE, "unit": HOSTILE}
    manifest["host"]["system"] = manifest["commit"] = manifest["started"] = manifest["build"][
        "cpu"
    ] = HOSTILE
    manifest["versions"]["spikesampler"] = HOSTILE
    write_manifest(folder, manifest)
    shown = page(folder)
    assert not shown.all("script")
    assert [image[1]["src"].split(":")[0] for image in shown.all("img")] == ["data"] * 5
    assert HOSTILE in text(shown.open[0])
    assert "onerror" not in str([list(one[1]) for one in shown.all("img")])
    words = shlex.split(text(command_of(shown)).replace("\u00a0", " "))
    assert words[2] == f"{HOSTILE}.py"  # one word for the shell


REPEATED = {"run": "run", "comparison": "compare", "sweep": "sweep"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", REPEATED)
def test_the_command_of_a_report_repeats_it(pages, kind, run, compared, swept, tmp_path):
    """On a copy of the folder, with --resume, it finds nothing to do: other settings are refused
    there.
    """
    folder = {"run": run, "comparison": compared, "sweep": swept}[kind]
    copy = shutil.copytree(folder, tmp_path / "copy")
    words = shlex.split(text(command_of(pages[kind])))
    assert words[:2] == ["spikesampler", REPEATED[kind]]
    before = {
        name: value
        for name, value in listing(copy).items()
        if name.endswith("/manifest.json") or (kind, name) == ("run", "manifest.json")
    }
    done = command(
        *words[1:], "--out", copy, "--resume", *([] if kind == "run" else ["--workers", 1])
    )
    assert done.status == 0, done.err
    assert {name: listing(copy)[name] for name in before} == before
    assert len(list(copy.glob("*-seed*"))) == len(list(folder.glob("*-seed*")))


def test_the_command_of_a_run_gives_the_same_settings():
    from spikesampler.cli import commands
    from spikesampler.experiments.settings import resolve

    for given in (
        {
            "noise": "weight:noise_scale=0.3:replicate=2",
            "set": {"rho": "100*Hz", "b": 1 / 3e4, "I": 50},
        },
        {
            "noise": "constant",
            "start": "plateau",
            "data": "clusters:7",
            "engine": "reference",
            "seed": 9,
        },
        {"data": "a b/it's.csv", "record": "none", "set": {"retraction": "clip", "alpha": 0.1}},
        {"model": "kappel_2015", "samples": 50, "probe_every": 7},
    ):
        settings = resolve(**given)
        _, _, *words = shlex.split(repeat_command.run_command(settings.facts()))
        options = commands.commands["run"].make_context("run", words).params
        for name in ("as_json", "resume", "out"):
            del options[name]
        assert resolve(**options).facts() == settings.facts()


@pytest.mark.slow
def test_a_design_has_the_command_of_each_of_its_runs(cache, tmp_path):
    folder = tmp_path / "design"
    done = command(
        "sweep",
        "fang_2018",
        "--vary",
        "b=log(1e-5,1e-3)",
        "--design",
        "lhs:2",
        "--seeds",
        1,
        *TINY,
        "--out",
        folder,
    )
    assert done.status == 0, done.err
    lines = page(folder)
    lines = next(one for one in lines.all("pre") if one[1].get("class") == "command")[2][0][2][
        0
    ].splitlines()
    assert len(lines) == 2
    for line, point in zip(lines, sorted(folder.glob("point-*"))):
        assert command(*shlex.split(line)[1:], "--out", point, "--resume").status == 0


def test_a_dataset_alone_gives_what_it_holds(compared, swept, tmp_path):
    for source, kind in ((compared / "comparison.nc", "comparison"), (swept / "sweep.nc", "sweep")):
        path = Path(shutil.copy(source, tmp_path))
        shown = Page(write_report(path, tmp_path / "new" / f"{kind}.html").read_text())
        assert len(shown.all("figure")) == len(FIGURES[kind])
        said = text(shown.open[0])
        assert "The text of the model is not at hand." in said
        assert "neither are their manifests" in said
    shutil.copy(
        swept / "manifest.json", tmp_path
    )  # tells the model's hash, which is that of the installed one
    shown = page(tmp_path / "sweep.nc")
    assert "dx_slow/dt = -x_slow/tau_m" in {one[1].get("alttext") for one in shown.all("math")}
    assert len(shown.table("Every parameter")) == 1 + len(load_model("fang_2018").parameters)
    manifest = read_manifest(swept, "sweep")
    settings = manifest["settings"] | {"text_hash": "0" * 64}
    write_manifest(tmp_path, manifest | {"settings": settings})
    assert "The text of the model is not at hand." in text(page(tmp_path / "sweep.nc").open[0])


def test_a_saddle_that_was_measured_is_in_the_report(run, tmp_path):
    folder = shutil.copytree(run, tmp_path / "run")
    done = command("saddle", folder, "--every", 10, "--patterns", 50)
    assert done.status == 0, done.err
    assert {"saddle.png", "saddle.pdf", "saddle.nc"} <= {path.name for path in folder.iterdir()}
    shown = page(folder)
    assert [one[1]["id"] for one in shown.all("figure")][-1] == "figure-saddle"
    assert "n = 1 run" in text(shown.all("figcaption")[-1])
    (folder / "saddle.nc").write_bytes(b"nothing")
    with pytest.raises(
        InputError, match=r"saddle.nc cannot be read .*: repeat `spikesampler saddle` on its folder"
    ):
        write_report(folder)


def refused(path, message, *options):
    before = listing(path.parent)
    done = command("report", path, *options)
    assert done.status == 2
    assert len(done.err) == 1
    assert re.search(message, done.err[0]), done.err[0]
    assert listing(path.parent) == before


def test_bad_input_is_refused_in_one_line(run, compared, swept, tmp_path):
    refused(
        tmp_path / "no",
        "no does not exist: expected a folder that `spikesampler run`, `compare` or `sweep` wrote",
    )
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "empty is no run, comparison or sweep: expected a folder that")
    runs = tmp_path / "runs"
    copy = shutil.copytree(run, runs / "one")
    refused(runs, r"is no run, comparison or sweep.*give one of them, such as .*one$")
    refused(copy, "expected a name that ends in .html", "--out", tmp_path / "report.pdf")
    (tmp_path / "folder.html").mkdir()
    refused(
        copy, "it is a folder; give the name of a file in it", "--out", tmp_path / "folder.html"
    )
    refused(copy / "manifest.json", "is no run, comparison or sweep")
    part = tmp_path / "part"
    part.mkdir()
    shutil.copy(swept / "manifest.json", part)
    refused(part, "sweep.nc is missing: expected the folder or the dataset of a sweep; finish one")
    refused(run / "learning.nc", "is no dataset of a comparison or a sweep")
    (tmp_path / "x.nc").write_bytes(b"x")
    refused(tmp_path / "x.nc", "x.nc cannot be read as a dataset")


def test_damaged_unfinished_and_newer_runs_are_refused(run, compared, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    manifest = read_manifest(copy)
    write_manifest(copy, manifest | {"status": "interrupted"})
    refused(copy, "unfinished run .*--resume")
    write_manifest(copy, manifest)
    (copy / "learning.nc").write_bytes((copy / "learning.nc").read_bytes()[:-1])
    refused(copy, "learning.nc is damaged")
    (copy / "manifest.json").write_text(
        (copy / "manifest.json").read_text().replace('"schema": 3', '"schema": 4', 1)
    )
    refused(copy, "has schema 4, this spikesampler reads up to 3")
    copy = shutil.copytree(compared, tmp_path / "comparison")
    (copy / "comparison.nc").write_bytes(b"x")
    refused(copy, "cannot be read as a comparison")


def test_kinds(run, compared, swept):
    for folder, kind in ((run, "run"), (compared, "comparison"), (swept, "sweep")):
        assert kind_of(folder) == kind_of(str(folder)) == kind
    assert kind_of(compared / "comparison.nc") == "comparison"
    assert kind_of(swept / "sweep.nc") == "sweep"


def test_a_write_that_is_stopped_leaves_the_old_report(run, tmp_path, monkeypatch):
    out = tmp_path / "report.html"
    out.write_text("old")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_report(run, out)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [
        ("report.html", "old")
    ]


def test_the_command_prints_where_the_report_is(run, tmp_path):
    done = command("report", run, "--out", tmp_path / "a.html", "--json")
    assert done.json == {"report": str(tmp_path / "a.html")}
    read_manifest(run)


def test_citations_are_those_of_the_citation_file():
    told = (Path(__file__).parents[1] / "CITATION.cff").read_text(encoding="utf-8")
    for work in {
        one
        for model in (
            "fang_2018",
            "kappel_2014",
            "kappel_2015",
            "kappel_2018",
            "kesten_2020",
            "loewenstein_2011",
            "nessler_2013",
            "stdp_pairs",
            "two_layer",
        )
        for one in citations.works_of(model)
    }:
        place = told.index(f'title: "{work.title}"')
        entry = (
            told[place : told.find("  - type", place)]
            if "  - type" in told[place:]
            else told[place:]
        )
        families = re.findall(r'family-names: "?([^"\n]*)', entry)
        assert [name.split(",")[0] for name in work.authors] == families
        assert [name.split(", ")[1] for name in work.authors] == re.findall(
            r'given-names: "?([^"\n]*)', entry
        )
        facts = [
            f"year: {work.year}",
            *[
                f"{name}: {value}"
                for name, value in (
                    ("doi", work.doi),
                    ("volume", work.volume),
                    ("start", work.number),
                )
                if value
            ],
        ]
        assert all(fact in entry for fact in facts)
        assert work.where in entry
    software = "{the spikesampler developers}"
    assert f"author = {{{software}}}" in citations.bibtex([], "1.2", "abc")
    for entry in citations.bibtex(citations.works_of("fang_2018"), "1.2", None).split("\n\n"):
        assert entry.count("{") == entry.count("}")


def test_a_browser_without_network_shows_everything(pages, run, compared, swept):
    """Opened as files: no request leaves, nothing is reported on the console, every picture and
    equation has a size.
    """
    with chromium() as browser:
        context, said, asked = browser.new_context(offline=True), [], []
        context.route(
            re.compile("^(https?|wss?):"),
            lambda route: (asked.append(route.request.url), route.abort()),
        )
        for kind, folder in (("run", run), ("comparison", compared), ("sweep", swept)):
            for wide in (1280, 420):
                shown = context.new_page()
                shown.set_viewport_size({"width": wide, "height": 900})
                shown.on("console", lambda message: said.append(message.text))
                shown.on("pageerror", lambda error: said.append(str(error)))
                shown.goto((folder / "report.html").as_uri(), wait_until="load")
                images = shown.evaluate(
                    "[...document.images].map(one => [one.complete, one.naturalWidth, one.width])"
                )
                drawn = shown.evaluate(
                    "[...document.querySelectorAll('math')].map(m => m.getClientRects()[0].width)"
                )
                assert len(images) == len(FIGURES[kind])
                assert all(
                    complete and natural > 0 and width > 200 for complete, natural, width in images
                )
                assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                assert min(drawn) > 3
                shown.close()
    assert asked == said == []


def test_python_of_this_file_reads_minus_signs():
    """The reader of MathML in these tests is no tautology: a wrong sign is seen."""
    wrong = mathml.differential_equation("y = a - (b - c)").replace("<mo>−</mo>", "<mo>+</mo>", 1)
    shown = plain(ElementTree.fromstring(wrong)).partition("=")[2]
    assert eval(shown, {}, names(0)) != pytest.approx(eval("a - (b - c)", {}, names(0)))
    assert ast.parse(shown, mode="eval")
