"""scripts/light_family.py: its figure, its numbers against closed forms, and that docs/light.md has
them.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from runs import script
from scipy.special import expit

from spikesampler.studies.kulikovskikh_2021 import family

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_main_draws_and_prints(tmp_path):
    shown = script("light_family.py", "--out", "out", folder=tmp_path)
    png, pdf = (tmp_path / "out" / f"light_family.{suffix}" for suffix in ("png", "pdf"))
    assert shown == f"{family.report()}\nout/light_family.png\nout/light_family.pdf\n"
    assert png.read_bytes().startswith(b"\x89PNG")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert min(png.stat().st_size, pdf.stat().st_size) > 20_000  # a figure, not an empty file


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    complaint = script("light_family.py", "--out", "file", folder=tmp_path, status=2)
    assert re.fullmatch(r"light_family: [^\n]+\n", complaint)


def test_the_page_has_the_numbers_and_the_figure():
    page = (ROOT / "docs" / "light.md").read_text(encoding="utf-8")
    assert f"```text\n{family.report()}\n```" in page
    assert "(figures/light_family.png)" in page
    assert (ROOT / "docs" / "figures" / "light_family.png").read_bytes().startswith(b"\x89PNG")


def test_the_numbers_are_those_of_closed_forms():
    """At r = 4.08, E = 6.4, N_T = 1/2: slopes r/q N (1 - N^q), -r N ln N, less E N from T on."""
    text, (r, E) = family.report(), (4.08, 6.4)
    rows = {
        line[:20].strip(): line[20:].split() for line in text.splitlines() if line.startswith("  ")
    }
    few = np.exp(-1)  # ln_1 of 1/2 is -1
    root = 0.5**0.5
    expected = {
        "gompertz": (0.5, np.exp(-E / r), "no", r * np.log(2) / 2),
        "richards, q = 0.5": (0.5, (1 - E / r / 2) ** 2, "no", r * (1 - root)),
        "richards, q = 1": (0.5, 0.0, "yes", r / 4),
        "printed, q = 1": (few, np.exp(-E / r), "no", r * few),
    }
    for name, (at, end, dies, before) in expected.items():
        assert rows[name] == [
            *(f"{one:.4f}" for one in (at, at, end)),
            dies,
            *(f"{one:.4f}" for one in (before, before - E * at)),
        ]
    assert "q of 0.6375" in text
    assert "richards less than 1e-15; printed 0.2036, at t = -0.92" in text


def test_missed():
    where, printed, exact = family.missed()
    assert printed == pytest.approx(expit(where) - np.exp(-np.exp(-where)), rel=1e-12)
    for t in (where - 0.01, where + 0.01):  # it is largest there
        assert expit(t) - np.exp(-np.exp(-t)) < printed
    assert exact < 1e-15


def test_the_figure_has_its_panels():
    axes = {ax.get_label(): ax for ax in family.draw().axes}
    assert list(axes) == [
        *(f"populations {i}" for i in range(4)),
        "near_sigmoid",
        "slopes",
        "growth_rates",
    ]
    lines = {
        name: {line.get_label(): line.get_xydata() for line in ax.lines}
        for name, ax in axes.items()
    }
    assert [
        title.get_text()
        for title in (axes[f"populations {i}"].get_legend().get_title() for i in range(4))
    ] == ["r", "E", "q", "T"]
    assert [list(lines[f"populations {i}"]) for i in (0, 1)] == [
        ["0.5", "1", "2", "4.08"],
        ["0", "1", "4.08", "6.4"],
    ]
    for value, line in lines["populations 1"].items():
        assert line[-1] == pytest.approx((2, np.exp(-float(value) / 4.08)), abs=1e-3)
    assert [len(axes[f"populations {i}"].lines) for i in range(4)] == [
        4,
        4,
        8,
        4,
    ]  # q: without and with harvest
    never, *_, late = lines["populations 3"].values()
    np.testing.assert_allclose(
        late[late[:, 0] <= 1], never[never[:, 0] <= 1], atol=1e-12
    )  # the same growth, until T
    forms = lines["near_sigmoid"]
    np.testing.assert_allclose(forms["richards"], forms["sigmoid"], atol=1e-15)
    assert np.abs(forms["printed"] - forms["sigmoid"]).max() == pytest.approx(0.2036, abs=1e-4)
    _, *slopes = (
        line.get_xydata() for line in axes["slopes"].lines
    )  # a line at 0, then five for each form
    for before, after, jump, *_ in (slopes[:5], slopes[5:]):
        assert after[0, 1] - before[-1, 1] == pytest.approx(-3.2, abs=1e-6)
        np.testing.assert_array_equal(jump, [(0, before[-1, 1]), (0, after[0, 1])])
    stays = [
        line.get_xydata()[0] for line in axes["growth_rates"].lines if line.get_marker() == "o"
    ]
    np.testing.assert_allclose(stays, [(np.exp(-6.4 / 4.08), 0), (0, 0)], atol=1e-12)
