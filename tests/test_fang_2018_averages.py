"""The study of averages over theta: its verdicts follow from the dataset, either way."""

import numpy as np
import pytest
import xarray as xr
from runs import script

from spikesampler.stats.rules import NOT, REPRODUCED, UNDECIDED
from spikesampler.studies.fang_2018.averages import ANNEALED, NAME
from spikesampler.studies.fang_2018.averages_study import STUDY
from spikesampler.studies.fang_2018.averages_words import QUESTIONS, rulings

ARMS = ("none", "constant", "weight", *ANNEALED)
STARTS, NUMBERS, SPACINGS, SEEDS = ("prior", "plateau"), (1, 10, 100), (1, 20), 10


def made_up(gain, averaging, spread=0.005):
    """Arms of accuracy .8 whose noise gains `gain`, and whose averages gain `averaging`; losses and
    errors fall as accuracies rise.
    """
    rng = np.random.default_rng(4)
    point = ("arm", "start", "seed")
    shape = len(ARMS), len(STARTS), SEEDS

    def scores(length):
        values = 0.8 + rng.normal(0, spread, (*shape, length))
        values[1:3] += gain
        return values + averaging * np.linspace(0, 1, length)

    accuracy, spaced = scores(len(NUMBERS)), scores(len(SPACINGS))
    variables = {"accuracy": ((*point, "number"), accuracy)}
    variables["accuracy_spaced"] = ((*point, "spacing"), spaced)
    for name in ("log_loss", "calibration_error"):
        variables[name] = ((*point, "number"), 1 - accuracy)
    variables["mean_theta_accuracy"] = (point, accuracy[..., -1])
    variables["theta_seconds"] = (point, np.full(shape, 50.0))
    bins = np.broadcast_to(np.linspace(0.05, 0.95, 15), (len(ARMS), len(STARTS), 2, 15))
    for name in ("samples", "confidence", "accuracy"):
        variables[f"reliability_{name}"] = (("arm", "start", "answer", "bin"), bins)
    names = {"arm": list(ARMS), "start": list(STARTS), "seed": range(1, SEEDS + 1)}
    names |= {"number": list(NUMBERS), "spacing": list(SPACINGS), "answer": ["last", "mean"]}
    about = {"samples": 43_200, "snapshot_seconds": 43.2}
    return xr.Dataset(variables, names, about)


@pytest.mark.parametrize(
    ("gain", "averaging", "expected"),
    [
        (0.1, 0.0, {"gain": REPRODUCED, "gain_constant": REPRODUCED, "recovers": NOT}),
        (-0.1, 0.1, {"gain": NOT, "recovers": REPRODUCED, "loss": REPRODUCED, "anneal": UNDECIDED}),
        (-0.1, 0.0, {"gain": NOT, "gain_constant": NOT, "anneal": NOT, "mean_theta": NOT}),
        (0.0, 0.0, {"anneal": REPRODUCED, "loss": NOT, "spacing": NOT, "calibration": NOT}),
    ],
)
def test_verdicts_come_out_as_the_values_are(gain, averaging, expected):
    """Ten seeds of spread .005, margins of .02: what is there by .1 is seen, what is not by far.
    Losses of .1 - .1 against no noise are as good as annealed: undecided is what only lies near.
    """
    found = rulings(made_up(gain, averaging))
    assert {key for key, _ in found} == {*QUESTIONS}
    for key, label in expected.items():
        for start in STARTS:
            if label != UNDECIDED:
                assert found[key, start].label == label, key


def test_page_and_report_have_each_number_and_five_sentences():
    datasets = {NAME: made_up(-0.1, 0.05)}
    findings = STUDY.findings(datasets)
    assert len({one.key for one in findings}) == len(findings) == 2 * len(QUESTIONS)
    assert len(STUDY.hurry(datasets)) == 5
    page, report = STUDY.section(datasets), STUDY.report(datasets)
    for arm in ARMS:
        for start in STARTS:
            mean = datasets[NAME]["accuracy"].sel(arm=arm, start=start, number=100).mean("seed")
            assert f"{float(mean):.3f}" in page
            assert f"{float(mean):.3f}" in report
    assert "864 s" in page  # twenty times 43.2 s
    (figure,) = STUDY.figures(datasets).values()
    lines = [len(ax.lines) for ax in figure.axes]
    assert lines == [len(ARMS), len(ARMS), 5] * 2


@pytest.mark.slow  # builds networks of its own
def test_the_script_gathers_and_goes_on(tmp_path):
    arguments = ("fang_2018_averages.py", "--quick", "--workers", "1", "--out", "averages")
    shown = script(*arguments, folder=tmp_path)
    assert script(*arguments, folder=tmp_path) == shown
    assert STUDY.read(tmp_path / "averages")[NAME].sizes["number"] == 5
