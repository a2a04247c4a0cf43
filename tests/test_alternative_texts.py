"""What stands for a picture of a report says the numbers that the picture shows."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from test_figures import comparison
from test_published_figures import run_like

from spikesampler.experiments.printed import printed_interval
from spikesampler.figures.style import new_figure
from spikesampler.report import panels
from spikesampler.report.texts import text
from spikesampler.store.datasets import save_dataset

#: {function of `panels`: width of the empty figure that stands for its own, mm}
WIDTHS = {
    "run_figure": 11,
    "raster_figure": 12,
    "confusion_figure": 13,
    "responses_figure": 14,
    "weights_figure": 15,
    "compare_figure": 16,
    "accuracies_figure": 17,
    "escape_figure": 18,
}


@pytest.fixture
def drawn(monkeypatch):
    """Empty figures, each of a width of its own, in place of all that a report draws."""
    for name, width in WIDTHS.items():
        monkeypatch.setattr(panels, name, lambda *given, width=width, **more: new_figure(10, width))
    return WIDTHS


def a_run(folder, largest):
    """A run with a saddle.nc of these largest eigenvalues, and everything recorded."""
    number = len(largest)
    values = {
        "largest": np.array(largest, float),
        "total": np.ones(number),
        "trace": np.ones(number),
    }
    columns = values | {f"{name}_error": np.full(number, 0.1) for name in values}
    columns |= {"seconds": np.arange(number) * 2.0, "accuracy": np.linspace(0.1, 0.9, number)}
    columns["agrees"] = np.array(largest) > 0
    about = {"patterns": 400, "kind": "snapshots", "effective_patterns": 4e5}
    about |= {"arm": "weight", "start": "prior", "seed": 1}
    saddle = xr.Dataset({name: ("snapshot", column) for name, column in columns.items()})
    save_dataset(saddle.assign_attrs(about), folder / "saddle.nc")
    result = run_like()
    result.path, result.populations = folder, ["inputs"]
    result.probe_accuracy, result.test_accuracy = 0.8125, 0.34567
    result.manifest |= {"data": {"class_names": ["cat", "dog"]}, "files": {}}
    return result


@pytest.mark.parametrize(("largest", "positive"), [([-1, 2, -3, 4, 5, 0], 3), ([-1, -2], 0)])
def test_a_run_is_told_by_its_numbers(drawn, tmp_path, largest, positive):
    """The eigenvalue's sign, accuracies to three digits; each text with its own figure."""
    found, missing = panels.of_run(a_run(tmp_path, largest))
    told = {panel.name: panel for panel in found}
    assert missing == []
    assert {name: panel.alt for name, panel in told.items()} == {
        "learning": "Probe accuracy against biological time, ending at 0.812.",
        "raster": "Spikes in the last seconds of learning.",
        "confusion": "Answers to test samples by class; 0.346 are right.",
        "responses": "Mean rate of every output for every class.",
        "weights": "Histogram and quantiles of synaptic parameters.",
        "saddle": f"The largest eigenvalue is positive at {positive} of {len(largest)} snapshots.",
    }
    figures = ("run", "raster", "confusion", "responses", "weights")
    widths = [told[name].width for name in list(told) if name != "saddle"]
    assert np.allclose(widths, [WIDTHS[f"{name}_figure"] for name in figures])
    assert f"at {len(largest)} snapshots" in told["saddle"].caption
    assert "400 PSP patterns (snapshots), which count as 400000" in told["saddle"].caption
    assert "Classes: 0 = cat, 1 = dog." in told["confusion"].caption
    assert "n = 300 test samples" in told["confusion"].caption
    assert "probe accuracy on 200 held-out samples" in told["learning"].caption
    assert "all 10 × 1000 synapses" in told["weights"].caption
    assert "in the last 100 learning samples" in told["responses"].caption


def test_what_a_run_has_not_is_said(drawn, tmp_path):
    result = a_run(tmp_path, [1.0])
    (tmp_path / "saddle.nc").unlink()
    result.populations, result.manifest["parameters"] = [], {}
    found, missing = panels.of_run(result)
    assert [panel.name for panel in found] == [
        "learning",
        "confusion",
        "responses",
        "weights",
    ]
    assert missing == [text("no_raster"), text("no_saddle")]


def test_a_comparison_is_told_by_its_arms_and_starts(drawn):
    dataset = comparison(("none", "weight"), 3, ("prior", "plateau"))
    compared = SimpleNamespace(
        has_answers=True, dataset=dataset, arms=["none", "weight"], starts=["prior", "plateau"]
    )
    curves, accuracies, escapes = panels.of_comparison(compared)
    assert curves.alt == "Learning curves. Accuracies of none, weight from prior and plateau."
    assert accuracies.alt == (
        "Online, probe and test accuracy. Accuracies of none, weight from prior and plateau."
    )
    assert escapes.alt == ("Share of runs that have not escaped against time, for none, weight.")
    assert "first exceeds 0.534, half-way from chance" in escapes.caption
    for panel, width in zip((curves, accuracies, escapes), (16, 17, 18)):
        assert panel.width == pytest.approx(width)
        assert "n = 3 seeds for each arm." in panel.caption


def test_a_sweep_is_told_by_its_dimensions():
    dataset = comparison(("none",), 4)
    swept = SimpleNamespace(
        dims=["b", "arm"], dataset=dataset, figure=lambda measure: new_figure(10, 20)
    )
    found, missing = panels.of_sweep(swept)
    assert [panel.alt for panel in found] == [
        "Test accuracy against b, arm.",
        "Escape seconds against b, arm.",
    ]
    assert missing == []
    accuracy, escape = (panel.caption for panel in found)
    assert accuracy.startswith("Test accuracy on held-out samples")
    assert escape.startswith("Time to escape in s of biological time: medians")
    for caption in (accuracy, escape):
        assert "n = 4 seeds for each combination" in caption


@pytest.mark.parametrize(
    ("values", "form", "printed"),
    [
        ((0.5, 0.25, 0.75), ".3f", "0.500 [0.250, 0.750]"),
        ((-0.5, -0.75, 0.25), "+.3f", "-0.500 [-0.750, +0.250]"),
    ],
)
def test_an_interval_is_printed_from_low_to_high_with_its_sign(values, form, printed):
    row = dict(zip(("x", "x_low", "x_high"), values))
    assert printed_interval(row, "x", form) == printed
