"""What a run that ended well should not have is said once, at its end: hand cases, and that it
arrives where people look.
"""

import json
import shutil

import numpy as np
import pytest
from runs import SETTINGS, command, options

from spikesampler import run
from spikesampler.experiments.chunks import rates_of_events
from spikesampler.experiments.oddities import (
    count_oddities,
    find_oddities,
    odd_events,
    read_oddities,
    told_oddities,
    warning,
)
from spikesampler.language.model import MODELS

WELL = {
    "theta": np.array([[[9.0, 9.0], [9.0, 9.0]], [[0.0, 1.0], [-1.0, 0.5]]]),  # the last probe
    "spike_counts": np.array([[1, 0], [0, 3]]),
    "input_class_rate": np.array([[2.0, 5.0], [np.nan, np.nan]]),
}
TEST = np.array([[0, 1]])


def seen(test=TEST, **changes):
    return find_oddities(WELL | changes, (-5.0, 2.0), test)


def test_an_event_that_never_happens_or_always_is_odd():
    """Of 10 outputs in 1000 steps of 1 ms: the rates are those of a hand count."""
    shares = {"reward": 0.0, "shock": 0.985, "tiring": 0.995, "rare": 1e-4}
    assert odd_events(shares, 1e-3) == {
        "no event reward": "the event reward never happened while learning",
        "the event tiring in every step": "the event tiring in every step, 995 /s per output",
    }
    assert odd_events({}, 1e-3) == {}


def test_events_are_counted_per_output_and_step():
    structure = {"K": 4, "dt": 1e-3, "sample_length": 0.01, "grid": 0.01, "gap": 0.0, "frames": 1}
    records = {"event_reward": np.array([3, 5]), "event_never": np.zeros(2), "counts": np.ones(2)}
    events = {"reward": 4, "never": 2}
    rates = rates_of_events(records, structure, 20, events)
    assert rates == {"reward": 8 / (20 * 10 * 4), "never": 0.0}


def test_a_run_as_it_should_be_has_no_oddities():
    assert seen() == {}
    assert warning(seen()) == ""
    assert count_oddities({"one": seen(), "two": seen()}) == ""


@pytest.mark.parametrize(
    ("changes", "kind", "text"),
    [
        ({"theta": [[[-5.0, 2.0], [2.0, 0.5]]]}, "theta at its bounds", "75 % of theta at its"),
        ({"theta": [[[-5.0, 2.0], [0.0, 0.5]]]}, "theta at its bounds", "50 % of theta at its"),
        (
            {"theta": [[[1.0, 0.5], [0.0, 0.5]]] * 3},
            "theta that never changed",
            "theta never changed: nothing was learnt",
        ),
        (
            {"input_class_rate": [[2.0, 5.0], [2.0, 5.04], [np.nan, np.nan]]},
            "inputs alike for all classes",
            "no input's rate differs between the classes",
        ),
        (
            {"spike_counts": [[0, 2], [0, 3]]},
            "outputs that never spike",
            "1 of 2 outputs never spiked",
        ),
        ({"spike_counts": [[0, 0], [0, 0]]}, "no output spikes", "no output spiked while learning"),
        ({"test": np.zeros((3, 2))}, "no responses", "no output spiked in the test"),
        (
            {"input_class_rate": [[0.0, 5.0], [np.nan, np.nan]]},
            "inputs that never spike",
            "1 of 2 inputs never spiked",
        ),
    ],
)
def test_each_oddity_is_seen_alone(changes, kind, text):
    odd = seen(**changes)
    assert list(odd) == [kind]
    assert odd[kind].startswith(text)
    assert warning(odd) == f"warning: {odd[kind]}"


def test_what_only_looks_odd_is_none():
    # a quarter of theta at a bound, or two fifths, an input that is silent for one class, a silent
    # test sample, one number of theta that changed a little, one input that tells classes apart
    assert seen(theta=[[[-5.0, 1.0], [0.0, 0.5]]]) == {}
    assert seen(theta=[[[-5.0, 2.0, 1.0, 0.0, 0.5]]]) == {}
    assert seen(theta=[[[1.0, 0.5]], [[1.0, np.nextafter(0.5, 1)]]]) == {}
    assert seen(input_class_rate=[[2.0, 5.0], [2.0, 5.1]]) == {}
    assert seen(input_class_rate=[[0.0, 5.0], [1.0, 0.0]]) == {}
    assert seen(test=np.array([[0, 0], [0, 1]])) == {}


def test_of_many_runs_it_is_counted():
    bounds, silent = seen(theta=[[[-5.0, 2.0]] * 2]), seen(test=np.zeros((1, 2)))
    line = count_oddities({"well": {}, "one": bounds, "two": bounds | silent})
    assert line == (
        "warning: of 3 runs 2 with theta at its bounds (first one: 100 % of theta at its bounds -5"
        " and 2), 1 with no responses (first two: no output spiked in the test)"
    )
    counts, shown = read_oddities(line)
    assert counts == {"theta at its bounds": 2, "no responses": 1}
    assert told_oddities(3, counts, shown) == line


def test_theta_without_bounds_that_ran_away_is_odd():
    """A thousand times the largest at first, but no less than a thousand."""

    def free(*theta):
        return find_oddities(WELL | {"theta": np.array(theta)}, (-np.inf, np.inf), TEST)

    assert free([[2.0, -1.0]], [[-5e7, 0.0]]) == {
        "theta that ran away": "theta ran away from 2 at most to 5e+07"
    }
    assert free([[2.0, -1.0]], [[1999.0, 0.0]]) == free([[0.0, 0.01]], [[999.0, 0.0]]) == {}


def test_a_run_that_cannot_learn_says_so(cache, tmp_path):
    few = SETTINGS | {"samples": 10, "test_samples": 5, "probe_samples": 5}
    for setting, text in (
        ({"b": 0}, "theta never changed: nothing was learnt"),
        ({"r_max": 0}, "no input's rate differs between the classes"),
    ):
        given = few | {"set": few["set"] | setting}
        result = run(**given, out=tmp_path / "run", progress=lambda *_: None)
        assert text in result.manifest["results"]["oddities"].values()
        shutil.rmtree(tmp_path / "run")


def test_a_run_says_it_on_stderr_in_its_manifest_and_in_its_report(cache, tmp_path):
    few = SETTINGS | {"samples": 20, "test_samples": 5, "probe_samples": 5}
    few["set"] = few["set"] | {"b": "1000/second"}
    words = ["run", "fang_2018", *options(**few), "--out", tmp_path / "run"]
    result = run(**few, out=tmp_path / "run", progress=lambda *_: None)
    share = 100 * np.isin(result.theta, [result.values["theta_min"], result.theta.max()]).mean()
    assert share > 50
    odd = result.manifest["results"]["oddities"]
    assert odd["theta at its bounds"] == (
        f"{share:.0f} % of theta at its bounds"
        f" {result.values['theta_min']:g} and {result.theta.max():g}"
    )
    done = command(*words, "--resume", "--json")
    assert done.status == 0
    assert done.err[-1].startswith(f"spikesampler: warning: {share:.0f} % of theta at its bounds")
    assert json.loads(done.out[-1])["oddities"] == odd
    assert command("report", tmp_path / "run").status == 0
    assert "% of theta at its bounds" in (tmp_path / "run" / "report.html").read_text("utf-8")
    shutil.rmtree(tmp_path / "run")


def test_odd_events_are_warned_of_at_the_end_of_a_run(tmp_path):
    """One that never happens, one at every output in every step of 1 ms, one now and then."""
    text = (MODELS / "stdp_pairs.py").read_text(encoding="utf-8")
    text += """
events = {"never": "u > 1e6", "always": "u < 1e6", "sometimes": "rand() < 0.02"}
learning |= {event: "theta += 0" for event in events}
"""
    (tmp_path / "mine.py").write_text(text)
    words = ["--set", "dt=1*ms", "--set", "I=50", "--set", "K=3", "--set", "D=2", "--samples", "20"]
    words += ["--test-samples", "10", "--probe-samples", "10", "--out", tmp_path / "run"]
    done = command("run", tmp_path / "mine.py", *words, "--json")
    assert done.status == 0
    odd = done.json["oddities"]
    assert odd["no event never"] == "the event never never happened while learning"
    assert odd["the event always in every step"] == (
        "the event always in every step, 1000 /s per output"
    )
    assert not any("sometimes" in text for text in odd.values())
    assert odd["no event never"] in done.err[-1]
