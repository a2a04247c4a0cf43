"""A weight of one's own, from the model file to everything that shows it.

The model's weight is theta squared times a gain, which is a further variable of each synapse: an
output spike raises it, and it decays. Nothing of it has a name that the package knows.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from runs import command

from spikesampler import run
from spikesampler.errors import InputError
from spikesampler.experiments.phases import Runner
from spikesampler.experiments.run_result import Result
from spikesampler.export import export_run
from spikesampler.language.evaluator import weight_states
from spikesampler.store.continuation import load_events
from spikesampler.view.viewed_run import open_run

SQUARES = Path(__file__).with_name("models") / "squares.py"
SETTINGS = {
    "samples": 20,
    "test_samples": 5,
    "probe_samples": 5,
    "probe_every": 10,
    "record": "all",
}


@pytest.fixture(scope="module")
def result(cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "run"
    return run(SQUARES, **SETTINGS, out=folder, progress=lambda *_: None)


def expected(learning):
    """theta^2 (1 + gain) at every probe, (probe, output, input)."""
    return learning["theta"].values ** 2 * (1 + learning["state_gain"].values)


def test_the_weights_of_a_result_are_the_texts(result):
    learning = result.learning
    assert weight_states(result.rule) == ["gain"]
    gain = learning["state_gain"]
    assert gain.dims == learning["theta"].dims == ("probe", "output", "input")
    assert (gain.values[0] == 0.25).all()
    assert np.ptp(gain.values[-1]) > 1  # so that it matters
    np.testing.assert_allclose(result.weights, expected(learning)[-1], rtol=1e-14)
    np.testing.assert_allclose(result.weights_at(0), expected(learning)[0], rtol=1e-14)
    assert result.weights.attrs["long_name"] == "strength = theta ** 2 * (1 + gain)"
    assert np.abs(learning["theta"].values).max() <= 1.5
    assert learning.attrs["start"] == "even"


def test_what_is_exported_and_shown_are_these_weights(result, tmp_path):
    weights = expected(result.learning)
    with open(export_run(result, "csv", out=tmp_path / "csv") / "weights.csv") as file:
        rows = list(csv.DictReader(file))
    np.testing.assert_allclose([float(row["weight"]) for row in rows], weights[-1].ravel())
    np.testing.assert_allclose(open_run(result.path).pathway().weights(), weights, rtol=1e-14)


def test_a_run_that_goes_on_keeps_its_gain(result, tmp_path):
    """The longer run has the bits of one run of that length, at every probe; the model's own
    events, which learning.nc does not have, go on with it.
    """
    folder, settings = tmp_path / "longer", SETTINGS | {"progress": lambda *_: None}
    run(SQUARES, **settings, out=folder)
    longer = run(SQUARES, **settings | {"samples": 30}, out=folder, resume=True)
    at_once = run(SQUARES, **settings | {"samples": 30}, out=tmp_path / "at_once")
    for name in ("theta", "state_gain"):
        np.testing.assert_array_equal(longer.learning[name], at_once.learning[name])
        np.testing.assert_array_equal(longer.learning[name][:3], result.learning[name])
    events = [load_events(each.path / "checkpoint")["event_chance"] for each in (longer, at_once)]
    np.testing.assert_array_equal(*events)
    assert (events[0] > 0).all()


def test_a_run_that_starts_from_another_has_its_synapses(result, tmp_path, monkeypatch):
    """theta and gain; what is probed and tested are the weights as they are by then."""
    shown, show = [], Runner.show
    (gain,) = result.states.values()
    np.testing.assert_array_equal(gain, result.learning["state_gain"].isel(probe=-1))
    assert (gain.name, gain.dims) == ("gain", ("output", "input"))

    def noting(runner, state, *others, **named):
        shown.append((others[3], state.theta, state.synapses["gain"]))
        return show(runner, state, *others, **named)

    monkeypatch.setattr(Runner, "show", noting)
    few = SETTINGS | {"samples": 10, "average": 0, "progress": lambda *_: None}
    after = run(SQUARES, **few, start=result, out=tmp_path / "run")
    assert [phase for phase, *_ in shown] == ["probe", "learning", "probe", "test"]
    for name, number in (("theta", 1), ("state_gain", 2)):
        there, here = result.learning[name].values[-1], after.learning[name].values
        for values, expected in zip(shown, [there, there, here[-1], here[-1]]):
            np.testing.assert_array_equal(values[number], expected)
        assert (here[0] != here[-1]).any()


def test_synapses_of_other_variables_are_not_taken_over(result, tmp_path):
    (tmp_path / "squares.py").write_text(
        SQUARES.read_text().replace("gain", "boost"), encoding="utf-8"
    )
    words = r"run has synapses with the variables theta, gain; expected theta, boost: start from"
    with pytest.raises(InputError, match=words):
        run(tmp_path / "squares.py", **SETTINGS, start=result.path, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_report_shows_the_rule_of_the_run(result):
    done = command("report", result.path)
    assert done.status == 0, done
    page = (result.path / "report.html").read_text(encoding="utf-8")
    for text in (
        "strength = square*(1 + gain)",
        "dgain/dt = -gain/decay_gain",
        "gain += y",
        "theta = 2*edge*(rand() - 0.5)",
        "theta_high = edge",
        "gain = 0.25",
        "r_k = total exp(u_k) / sum over l of exp(u_l)",
    ):
        assert f'alttext="{text}"' in page, text
    assert Result(result.path, verify=False).weights.shape == (3, 20)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('weight = "strength"', 'weight = "w"', "weight"),
        (
            "strength = square*(1 + gain)",
            "strength = square*y",
            "the weight strength ",
        ),
        ('"-edge", "edge"', '"edge", "-edge"', "bounds: edge = 1.5 is not below -edge = -1.5"),
        ('{"gain": "0.25"}', '{"gian": "0.25"}', "gian"),
        ('"2*edge*(rand() - 0.5)"', '"1/(edge - edge)"', "is not finite everywhere, with edge=1.5"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(tmp_path, old, new, message):
    path = tmp_path / "mine.py"
    text = SQUARES.read_text()
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = command("run", path, "--out", tmp_path / "out", "--samples", "5")
    assert (done.status, done.out) == (2, [])
    assert message in "\n".join(done.err)
    assert not (tmp_path / "out").exists()
