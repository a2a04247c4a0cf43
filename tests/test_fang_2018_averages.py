"""The study of averages over theta: its verdicts follow from the dataset, either way."""

import numpy as np
import pytest
import xarray as xr
from runs import script

from spikesampler.stats.rules import NOT, REPRODUCED, UNDECIDED
from spikesampler.stats.window_bias import seen_time
from spikesampler.studies.fang_2018.averages import ANNEALED, AUDIT, NAME
from spikesampler.studies.fang_2018.averages_rules import QUESTIONS, rulings, tau_said
from spikesampler.studies.fang_2018.averages_study import STUDY
from spikesampler.studies.paper_tables import printed_rows

ARMS = ("none", "constant", "weight", "constant_matched", *ANNEALED)
STARTS, NUMBERS, SPACINGS, SEEDS = ("prior", "plateau"), (1, 10, 100), (1, 20), 10


STRUCTURE = ("structure", "structure_loss")


def made_up(gain, averaging, spread=0.005, numbers=NUMBERS):
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

    accuracy, spaced = scores(len(numbers)), scores(len(SPACINGS))
    variables = {"accuracy": ((*point, "number"), accuracy)}
    variables["accuracy_spaced"] = ((*point, "spacing"), spaced)
    for name in ("log_loss", "calibration_error"):
        variables[name] = ((*point, "number"), 1 - accuracy)
    variables["mean_theta_accuracy"] = (point, accuracy[..., -1])
    variables["theta_seconds"] = (point, 50 + rng.normal(0, 1, shape))
    bins = np.broadcast_to(np.linspace(0.05, 0.95, 15), (len(ARMS), len(STARTS), 2, 15))
    for name in ("samples", "confidence", "accuracy"):
        variables[f"reliability_{name}"] = (("arm", "start", "answer", "bin"), bins)
    names = {"arm": list(ARMS), "start": list(STARTS), "seed": range(1, SEEDS + 1)}
    names |= {"number": list(numbers), "spacing": list(SPACINGS), "answer": ["last", "mean"]}
    about = {"samples": 43_200, "snapshot_seconds": 43.2, "chance": 0.1}
    return xr.Dataset(variables, names, about)


@pytest.mark.parametrize(
    ("gain", "averaging", "expected"),
    [
        (0.1, 0.0, {"gain": REPRODUCED, "gain_constant": REPRODUCED, "recovers": NOT}),
        (0.1, 0.0, dict.fromkeys(("gain_loss", "gain_calibration", *STRUCTURE), REPRODUCED)),
        (-0.1, 0.0, dict.fromkeys(("gain_loss", "gain_calibration", *STRUCTURE), NOT)),
        (-0.1, 0.0, dict.fromkeys(("anneal_loss", "anneal_calibration"), NOT)),
        (0.0, 0.0, dict.fromkeys(("anneal_loss", "anneal_calibration"), REPRODUCED)),
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


@pytest.mark.parametrize(
    ("gain", "accurate", "nats"),
    [(0.1, "more accurate", "nats lower"), (-0.1, "less accurate", "nats higher")],
)
def test_sentences_turn_with_the_sign(gain, accurate, nats):
    """Noise, not averaging, makes the difference of the second; of the third it is averaging."""
    _, noise, averaging, annealed, structure = STUDY.hurry({NAME: made_up(gain, gain)})
    assert noise.count(accurate) == 2
    for sentence in (noise, averaging, annealed, structure):
        assert sentence.count(nats) == 1
        assert "{" not in sentence
    assert f"{accurate} than the last" in averaging
    assert "makes up" not in averaging


def test_a_part_of_the_cost_is_made_up():
    """Averaging gains .05 with noise that costs .1, and as much without: a third of .15."""
    assert "makes up 33 % and 33 % of" in STUDY.hurry({NAME: made_up(-0.1, 0.05, 1e-6)})[2]


@pytest.mark.parametrize(
    ("time", "text"), [(400, "400 ["), (3000, "more than 1000 s"), (1e9, "drift"), (np.nan, "–")]
)
def test_tau_is_said_as_far_as_the_window_can_tell(time, text):
    """Half of the seeds see 15 % more than of such a time, half of them 15 % less."""
    dataset = made_up(0.0, 0.0)
    seen = np.nan if np.isnan(time) else seen_time(time, 4320)
    spread = np.where(np.arange(SEEDS) % 2, 1.15, 0.85) if time < 1e9 else 1.2
    dataset["theta_seconds"][:] = seen * spread
    assert tau_said(dataset, "weight", "prior").startswith(text)
    said = rulings(dataset)["spacing", "prior"].note
    assert said.startswith("864 s apart less 43 s apart; ")


def test_an_independent_programs_numbers_stand_beside_ours():
    """All as printed but one, which is named with how far it is off."""
    ours = made_up(0.0, 0.0, numbers=(1, 5, 10, 20)).isel(start=[0]).assign_attrs(test_samples=500)
    for row in printed_rows("fang_2018_averages_independent"):
        if row["arm"] in ours["arm"]:
            for number in (1, 5, 10, 20):
                at = {"arm": row["arm"], "number": number}
                ours["accuracy"].loc[at] = float(row[f"accuracy_{number}"])
            ours["mean_theta_accuracy"].loc[{"arm": row["arm"]}] = float(row["mean_theta"])
    ours["accuracy"].loc[{"arm": "weight", "number": 10}] += 0.03
    page = STUDY.section({NAME: made_up(0.0, 0.0), AUDIT: ours})
    assert "Of 20 accuracies 1 differ by more than 0.02: `weight` of 10 snapshots (+0.030)" in page
    assert "| 0.927 (0.897) |" in page


@pytest.mark.slow  # builds networks of its own
def test_the_script_gathers_and_goes_on(tmp_path):
    arguments = ("fang_2018_averages.py", "--quick", "--workers", "1", "--out", "averages")
    shown = script(*arguments, folder=tmp_path)
    assert script(*arguments, folder=tmp_path) == shown
    assert STUDY.read(tmp_path / "averages")[NAME].sizes["number"] == 5
