"""The table of a comparison of four arms, two starts and eight seeds, from its dataset alone."""

import re

import numpy as np
import pytest
from slow_interval import slow_interval
from test_figures import comparison

from spikesampler import Comparison

ARMS, STARTS = ("none", "constant", "weight", "constant_matched"), ("prior", "plateau")


@pytest.fixture(scope="module")
def compared():
    """Arms escape at times of their own; one in two of the last arm's runs never does."""
    dataset = comparison(ARMS, 8, STARTS)
    rng = np.random.default_rng(8)
    for name in ("final_online_accuracy", "final_probe_accuracy", "test_accuracy"):
        dataset[name][:] += rng.normal(0, 0.01, dataset[name].shape)
    dataset["final_test_accuracy"] = dataset["test_accuracy"]
    dataset["final_bayes_accuracy"] = dataset["bayes_accuracy"]
    return Comparison("made-up", dataset)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_accuracies_and_differences_to_none(compared):
    """First the arm, then `none`: positive where the arm is better."""
    for start in STARTS:
        rows = {row["arm"]: row for row in compared.table if row["start"] == start}
        assert list(rows) == list(ARMS)
        for measure in ("online", "probe", "test"):
            name = f"final_{measure}_accuracy"
            values = {arm: compared.dataset[name].sel(arm=arm, start=start).values for arm in ARMS}
            for arm, row in rows.items():
                ends = [f"{measure}_accuracy{end}" for end in ("", "_low", "_high")]
                close([row[end] for end in ends], np.clip(slow_interval(values[arm]), 0, 1))
                keys = [f"{measure}_difference{end}" for end in ("", "_low", "_high")]
                found = [row[key] for key in keys]
                if arm == "none":
                    assert np.isnan(found).all()
                    continue
                close(found, slow_interval(values[arm] - values["none"]))
        assert any(rows[arm]["test_difference"] < 0 for arm in ARMS[1:])


def test_without_averages_there_is_no_difference_of_them(compared):
    """As of `compare --average 0`, whose dataset has averages that are all unknown."""
    dataset = compared.dataset.copy()
    dataset["averaged_accuracy"] = dataset["test_accuracy"] * np.nan
    dataset["averaged_log_loss"] = dataset["averaged_calibration_error"] = dataset[
        "averaged_accuracy"
    ]
    rows = Comparison("made-up", dataset).table
    assert len(rows) == len(ARMS) * len(STARTS)
    for row in rows:
        ends = [row[f"averaged_difference{end}"] for end in ("", "_low", "_high")]
        assert np.isnan(ends).all()
        assert np.isfinite(row["test_difference"]) == (row["arm"] != "none")


def test_times_to_escape_against_none(compared):
    """Later is positive; runs that never escape count with the run's length."""
    for start in STARTS:
        rows = {row["arm"]: row for row in compared.table if row["start"] == start}
        part = compared.dataset.sel(start=start)
        times = {
            arm: (part["escape_seconds"].sel(arm=arm).values, part["escaped"].sel(arm=arm).values)
            for arm in ARMS
        }
        for arm, row in rows.items():
            seconds, escaped = times[arm]
            assert row["escaped"] == escaped.sum()
            inf = np.sort(np.where(escaped, seconds, np.inf))
            assert row["escape_seconds"] == inf[3]  # half of eight have escaped by then
            if arm == "none":
                assert np.isnan(row["escape_difference"])
                continue
            found = [row[f"escape_difference{end}"] for end in ("", "_low", "_high")]
            close(found, slow_interval(seconds - times["none"][0]))
        later = [rows[arm]["escape_difference"] for arm in ARMS[1:]]
        assert min(later) < 0 < max(later)


def test_without_an_arm_above_chance_no_escape_is_told(compared):
    """Times, tests and verdicts of escape are empty; all else stays."""
    dataset = compared.dataset.copy(deep=True)
    dataset["escape_seconds"][:], dataset["escaped"][:] = np.nan, False
    about = {"samples": 43_200, "data": "digits", "kind": "images", "set": ""}
    undefined = Comparison("made-up", dataset.assign_attrs(escape_threshold=np.nan, **about))
    for row, before in zip(undefined.table, compared.table, strict=True):
        for name, value in row.items():
            if name.startswith("escape"):
                assert np.isnan(value), name
            else:
                np.testing.assert_equal(value, before[name])
    assert "chance 0.100; escape is undefined: no arm ends clearly above" in str(undefined)
    claims = [each for each in undefined.verdicts if each.claim.measure in ("escape", "by")]
    assert claims
    for verdict in claims:
        assert verdict.label in ("undecided at this n", "not tested here")
        assert verdict.numbers.endswith("escape is undefined: no arm ends clearly above chance")
    assert not any(ax.lines for ax in undefined.escapes_figure().axes)
    for said in (str(undefined), undefined._repr_html_()):
        assert " of 8" not in said


def test_arms_without_none_have_no_columns_against_it(compared):
    dataset = compared.dataset.assign_attrs(samples=1, data="", kind="", set="")
    for arms in (["weight"], ["none", "weight"]):
        part = Comparison("made-up", dataset).sel(arms)
        for said in (str(part), part._repr_html_()):
            assert bool(re.search("probe [-−] none", said)) == ("none" in arms)
            assert f"{part.table[0]['escaped']} of 8" in said


def test_intervals_of_two_seeds_stay_within_what_an_accuracy_can_be(compared):
    """Of 0.5 and 0.9 Student's t would reach from -1.8 to 3.2; differences end at -1 and 1."""
    dataset = compared.dataset.isel(seed=[0, 1]).copy(deep=True)
    for name in ("final_test_accuracy", "test_accuracy"):
        dataset[name][:] = [0.5, 0.9]
    dataset["final_test_accuracy"].loc[{"arm": "none"}] = [0.9, 0.5]
    rows = {row["arm"]: row for row in Comparison("made-up", dataset).table}
    close([rows["weight"][f"test_accuracy{end}"] for end in ("", "_low", "_high")], [0.7, 0, 1])
    ends = [rows["weight"][f"test_difference{end}"] for end in ("", "_low", "_high")]
    close(ends, [0, -1, 1])
    axes = Comparison("made-up", dataset).accuracies_figure().axes
    segments = [
        path.vertices[:, 1] for ax in axes for c in ax.collections for path in c.get_paths()
    ]
    assert len(segments) > 0
    assert 0 <= np.min(segments) <= np.max(segments) <= 1
