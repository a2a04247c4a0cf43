"""The readings of Fang, Yu & Chen (2018): texts that do what they say, rules that come out both
ways, and a table that says what its numbers say.
"""

import numpy as np
import pytest
import xarray as xr
from runs import script

from spikesampler.language.model import check_model, load_model
from spikesampler.stats import rules
from spikesampler.studies.fang_2018 import readings_measures as measures
from spikesampler.studies.fang_2018 import readings_plan
from spikesampler.studies.fang_2018 import readings_words as words
from spikesampler.studies.fang_2018.readings import STUDY, figure
from spikesampler.studies.fang_2018.readings_plan import (
    DEFAULT,
    FULL_LENGTH,
    PART,
    READINGS,
    TEXTS,
    model_of,
    text_of,
)
from spikesampler.studies.fang_2018.readings_tables import averages, printed_seconds, summary
from spikesampler.studies.study import Work

CEILING, CHANCE = 0.98, 0.1
TIME = np.arange(0.0, 8700.0, 100.0)


def curve(half, end):
    """A probe curve that is half-way from chance to its end at `half` s (inf: never), and stays."""
    return CHANCE + (end - CHANCE) * np.clip(TIME / (2 * half), 0, 1)


def made_up(reading="a", *, weight=(1700, 0.9), none=(np.inf, 0.9), length=8600.0, spread=0.01):
    """A dataset of one reading: (half-time, end) of both arms, 10 seeds that differ by a little."""
    rng = np.random.default_rng(3)
    curves = np.array([curve(*none), curve(*weight)])[None, :, None, None]
    probe = curves + spread * rng.normal(size=(1, 2, 2, 10, 1)) * (TIME > 0)
    probe = np.where(length >= TIME, probe, np.nan)
    over = ("reading", "arm", "start", "seed", "sample_block")
    attrs = {"horizons": [1700.0, 8600.0], "windows": [400.0, 2000.0], "chance": CHANCE}
    attrs |= {"probe_samples": 200, "test_samples": 1000}
    return xr.Dataset(
        {
            "probe_accuracy": (over, probe),
            "online_accuracy": (over, np.where(TIME > 0, probe, np.nan)),
            "bayes_accuracy": (over[:4], np.full((1, 2, 2, 10), CEILING)),
            "text": ("reading", ["drift = '0/second'"]),
            "chosen": ("reading", ["b = 4e-05"]),
        },
        coords={
            "reading": [reading],
            "arm": ["none", "weight"],
            "start": ["prior", "plateau"],
            "seed": np.arange(10),
            "probe_time": ("sample_block", TIME),
        },
        attrs=attrs | dict.fromkeys(("commit", "cpu", "compiler", "versions"), "made up"),
    )


def judged(**arms):
    """{(start, horizon, meaning): Outcome} of made-up data."""
    outcomes = measures.outcomes(made_up(**arms))
    return {(one.start, one.horizon, one.meaning): one for one in outcomes}


def labels(at=("plateau", 8600.0, "online, mean"), **arms):
    return judged(**arms)[at].labels


# ---- what is measured


def test_half_time_is_where_the_lines_between_probes_reach_the_level():
    time, values = np.array([0.0, 10, 20, 30]), np.array([0.1, 0.2, 0.4, 0.3])
    assert measures.first_above(time, values, 0.3) == pytest.approx(15)
    assert measures.first_above(time, values, 0.4) == pytest.approx(20)
    assert measures.first_above(time, values, 0.41) == np.inf
    assert np.isnan(measures.first_above(time, values, np.nan))
    values[3] = np.nan  # a run that is shorter
    assert measures.first_above(time, values, 0.2) == pytest.approx(10)
    assert measures.first_above(time, values, 0.05) == 10  # the first probe is a bound


def test_half_times_at_the_first_probe_are_a_bound_which_refutes_1700_s():
    for begins in (0, 1):  # with the look at the start, and without
        probed = made_up(weight=(20, 0.9)).isel(sample_block=slice(begins, None))
        found = {one.start: one.time for one in measures.outcomes(probed)}["plateau"]
        assert (found.label, found.low) == (rules.NOT, 0.0)
        assert printed_seconds(found) == "at most 100 s"


def test_the_meanings_of_in_learning_are_means_over_what_they_say():
    data = made_up(weight=(850, 0.9), spread=0.0)
    short, long = measures.horizons(data)
    mean = {
        (end.seconds, meaning): float(measures.in_learning(data, end, meaning)[0, 1, 0, 0])
        for end in (short, long)
        for meaning in measures.LEARNING
    }
    # the curve rises by 0.8/1700 s: probes at 100 to 1700 s have a mean of 900 s of that
    assert mean[1700, "held out, mean"] == pytest.approx(0.1 + 0.8 * 900 / 1700)
    assert mean[1700, "held out, end"] == pytest.approx(0.1 + 0.8 * 1550 / 1700)
    assert mean[1700, "online, end"] == mean[1700, "held out, end"]
    assert mean[8600, "held out, end"] == pytest.approx(0.9)
    assert mean[8600, "online, mean"] == pytest.approx((17 * (0.1 + 0.8 * 9 / 17) + 69 * 0.9) / 86)


def test_online_blocks_count_by_their_length():
    data = made_up(weight=(850, 0.9), spread=0.0)
    data = data.assign_coords(probe_time=("sample_block", [*TIME[:-1], TIME[-2] + 40.0]))
    end = measures.Horizon(TIME[-2] + 40.0, 2000.0)
    last = data["online_accuracy"].copy()
    last[..., -1] = 0.0
    data = data.assign(online_accuracy=last, probe_accuracy=last)
    online = float(measures.in_learning(data, end, "online, end")[0, 1, 0, 0])
    held_out = float(measures.in_learning(data, end, "held out, end")[0, 1, 0, 0])
    assert online == pytest.approx(0.9 - 0.9 * 40 / (20 * 100 + 40))
    assert held_out == pytest.approx(0.9 * 20 / 21)


# ---- the rules


def test_all_three_come_out():
    expected = dict.fromkeys(("higher", "time", "cannot"), rules.REPRODUCED)
    outcomes = judged(weight=(1700, 0.9))
    assert {name: one.labels for name, one in outcomes.items() if name[1] == 8600.0} == {
        name: expected for name in outcomes if name[1] == 8600.0
    }
    [near] = {one.distance for one in words.nearest([*outcomes.values()])}
    assert near == (0, 0.0)


@pytest.mark.parametrize(
    ("arms", "claim", "label"),
    [
        ({"none": (1700, 0.9)}, "higher", rules.NOT),
        ({"none": (1700, 0.9)}, "cannot", rules.SMALLER),  # 8 points below the ceiling
        ({"none": (100, 0.98)}, "cannot", rules.NOT),
        ({"none": (1700, 0.8)}, "higher", rules.SMALLER),
        ({"none": (1700, 0.75), "spread": 0.1}, "higher", rules.UNDECIDED),
        ({"weight": (200, 0.9)}, "time", rules.NOT),
        ({"weight": (4000, 0.9)}, "time", rules.NOT),
        ({"weight": (np.inf, 0.9)}, "time", rules.NOT),
        ({"weight": (850, 0.9), "spread": 0.03}, "time", rules.UNDECIDED),
    ],
)
def test_what_refutes_a_claim(arms, claim, label):
    assert labels(**arms)[claim] == label


def test_a_gain_that_is_gone_in_the_end_is_none_in_test():
    """Online and held out, over all of learning, the late arm is behind by 0.29 of the rise."""
    arms = {"weight": (850, 0.9), "none": (4000, 0.95)}
    outcome = judged(**arms)["plateau", 8600.0, "online, mean"]
    assert outcome.learning.label == rules.REPRODUCED
    assert outcome.higher == rules.NOT
    assert judged(**arms)["plateau", 1700.0, "online, mean"].higher == rules.REPRODUCED


def test_a_run_that_is_shorter_is_judged_to_its_end():
    outcomes = judged(weight=(1700, 0.9), length=3500.0)
    assert {end for _, end, _ in outcomes} == {1700.0}
    assert outcomes["prior", 1700.0, "online, mean"].time.label == rules.REPRODUCED
    never = judged(weight=(np.inf, 0.9), length=3500.0)["prior", 1700.0, "online, mean"]
    assert never.shortfall == pytest.approx(1, abs=0.1)  # 0.15 of a gain of 0.15
    never = judged(weight=(np.inf, 0.9))["prior", 1700.0, "online, mean"]
    assert never.shortfall == pytest.approx(np.log2(8600 / 1700) - 1)  # the run's length


def test_shortfalls_are_in_margins():
    outcome = judged(weight=(4250, 0.9), none=(np.inf, 0.9))["prior", 8600.0, "held out, end"]
    assert outcome.shortfall == pytest.approx(np.log2(4250 / 1700) - 1, abs=0.03)
    outcome = judged(weight=(1700, 0.9), none=(1700, 0.825))["prior", 8600.0, "held out, end"]
    assert outcome.shortfall == pytest.approx(0.5, abs=0.05)  # 0.075 of 0.15


def test_families_of_null_data_are_clear_at_their_level():
    """Both arms alike: in 200 repeats "higher" is never reproduced, and clearly above 0 in at most
    5 % + 3 standard errors of the families, 19.
    """
    rng, wrong = np.random.default_rng(5), 0
    for _ in range(200):
        none, weight = 0.8 + 0.03 * rng.normal(size=(2, 10))
        family = [
            rules.at_least(weight, none, least=0.15),
            rules.at_least(none, weight, least=0.15),
        ]
        labels = {one.label for one in rules.in_family(family, "null")}
        wrong += bool(labels & {rules.REPRODUCED, rules.SMALLER})
    assert wrong <= 19


# ---- words and pictures


def test_the_table_says_which_claims_come_out():
    rows = summary(measures.outcomes(made_up("b = 4e-5", weight=(1700, 0.9))))
    places = [f"{start}, {end} s" for start in ("prior", "plateau") for end in (1700, 8600)]
    assert rows[0] == ["reading", *places]
    assert rows[1][2] == "**+20 % (4 of 4), 1700 s, cannot**"
    nothing = summary(measures.outcomes(made_up(weight=(50, 0.97), none=(50, 0.97))))
    assert nothing[1][2] == "–"
    short = summary(
        measures.outcomes(
            xr.concat([made_up("b = 4e-5"), made_up("jump", length=3500.0)], "reading")
        )
    )
    assert short[2][2] == "not run"


def test_findings_and_sentences_are_made_of_the_dataset():
    data = xr.concat(
        [made_up(DEFAULT, weight=(20, 0.8), none=(20, 0.95)), made_up("b = 4e-5")], "reading"
    )
    found = {one.key: one for one in words.findings(data)}
    assert found["higher_prior_8600"].verdict == rules.NOT
    assert found["time_prior"].verdict == rules.NOT
    assert found["all_three"].verdict == rules.REPRODUCED
    assert "reading b = 4e-5" in found["all_three"].reading
    assert found["after_learning"].number.startswith("0 of 2")
    assert all(all(one) for one in found.values())
    sentences = words.hurry(data)
    assert len(sentences) == 5
    assert all(sentence.endswith(".") for sentence in sentences)
    assert "-0.15" in sentences[1]
    page = STUDY.section({STUDY.name: data})
    assert "| b = 4e-5 | **+20 %" in page


def test_the_gain_of_averaged_answers_is_told_where_runs_have_it():
    data = made_up(DEFAULT)
    assert averages(data) == []
    assert "averaged" not in STUDY.section({STUDY.name: data})
    answers = np.zeros((1, 2, 2, 10))
    answers[0, 1] = 0.1 + 0.01 * np.array([-1, 1] * 5)  # t of 9 degrees: 2.262 * sd/sqrt(10)
    data["averaged_accuracy"] = data["bayes_accuracy"].dims, answers
    half = 2.262 * 0.01 * np.sqrt(10 / 9) / np.sqrt(10)
    told = f"+0.100 [+{0.1 - half:.3f}, +{0.1 + half:.3f}]"
    assert averages(data)[1] == [DEFAULT, told, told]
    assert f"| {DEFAULT} | {told} | {told} |" in STUDY.section({STUDY.name: data})


def test_the_picture_has_a_row_for_each_reading_and_a_point_for_each_number():
    data = xr.concat([made_up(DEFAULT), made_up("b = 4e-5", weight=(np.inf, 0.9))], "reading")
    drawn = figure(data)
    panels = {ax.get_label(): ax for ax in drawn.axes}
    assert list(panels) == ["learning", "test", "time", "cannot"]
    points = {
        name: [line for line in ax.lines if line.get_marker() in ("o", ">")]
        for name, ax in panels.items()
    }
    assert {name: len(lines) for name, lines in points.items()} == dict.fromkeys(panels, 8)
    assert sum(line.get_marker() == ">" for line in points["time"]) == 4
    shown = [one for one in measures.outcomes(data) if one.meaning == measures.LEARNING[0]]
    for name in ("learning", "test", "cannot"):
        rulings = [getattr(one, name) for one in shown]
        values = [line.get_xdata()[0] for line in points[name]]
        np.testing.assert_allclose(values, [ruling.estimate for ruling in rulings])
        spans = [part for each in panels[name].collections for part in each.get_segments()]
        ends = [[ruling.low, ruling.high] for ruling in rulings]
        np.testing.assert_allclose([span[:, 0] for span in spans], ends)
    times = [line.get_xdata()[0] for line in points["time"] if line.get_marker() == "o"]
    np.testing.assert_allclose(times, 1700, rtol=0.02)  # seeds differ by 0.01 of 0.8


# ---- the readings themselves


def test_readings_are_joined_and_the_short_ones_have_no_later_probes(monkeypatch, capsys):
    asked = {}

    def run_reading(work, reading, seeds, samples, probe_every):
        asked[reading.name] = (seeds, samples, probe_every)
        part = made_up(reading.name).isel(reading=0, drop=True).drop_vars(("text", "chosen"))
        last = samples // probe_every
        part = part.isel(sample_block=slice(last + 1)).reset_coords("probe_time")
        return part.assign_coords(sample_block=np.arange(last + 1) * probe_every)

    monkeypatch.setattr(readings_plan, "run_reading", run_reading)
    readings = [DEFAULT, "gated", "b = 4e-5"]
    data = PART.gather(
        Work(),
        readings=readings,
        seeds=10,
        horizons={"1700": 400.0, "8600": 2000.0},
        short=["gated"],
        samples=43_000,
        probe_every=500,
    )
    assert asked == {
        DEFAULT: (10, 43_000, 500),
        "gated": (10, 17_500, 500),
        "b = 4e-5": (10, 43_000, 500),
    }
    np.testing.assert_array_equal(data["probe_time"], TIME)
    known = np.isfinite(data["probe_accuracy"]).all(("arm", "start", "seed"))
    assert known.sum("sample_block").values.tolist() == [87, 36, 87]
    assert data["chosen"].values.tolist() == ["", "", "b = 4e-5"]
    assert "2*int(k == label) - 1" in str(data["text"].values[1])
    ends = {(one.reading, one.horizon) for one in measures.outcomes(data)}
    assert ends == {(name, end) for name in readings for end in (1700, 8600)} - {("gated", 8600)}
    told = capsys.readouterr().err.splitlines()
    assert [line.split(", ")[0] for line in told] == [
        f"fang_2018_readings: reading {number} of 3" for number in (1, 2, 3)
    ]


def test_the_time_that_is_left_is_told_by_the_pace_of_what_took_long(monkeypatch):
    """The first of three was there already; the second, of 10 samples, took 100 s."""
    now, told = iter([0.0, 1.0, 101.0]), []
    monkeypatch.setattr(readings_plan.time, "monotonic", lambda: next(now))
    tell = readings_plan._forecast(told.append, [10, 10, 60])
    for name in "abc":
        tell(name)
    assert told == [
        "reading 1 of 3, a",
        "reading 2 of 3, b",
        "reading 3 of 3, c; about 10 min left",
    ]


@pytest.mark.slow
def test_the_script_in_its_quick_form(tmp_path):
    shown = script("fang_2018_readings.py", "--quick", "--out", "out", folder=tmp_path)
    [data] = STUDY.read(tmp_path / "out" / "data").values()
    assert data["reading"].values.tolist() == [DEFAULT, "gated"]
    assert data["seed"].values.tolist() == [1, 2]
    assert [line.split("  ")[0] for line in shown.splitlines()[:3]] == ["reading", DEFAULT, "gated"]
    assert (tmp_path / "out" / "docs" / "figures" / "readings.png").is_file()


def test_every_reading_is_a_model(tmp_path):
    assert {path.stem for path in TEXTS.iterdir()} == {one.text for one in READINGS} - {""}
    assert len({one.folder for one in READINGS}) == len(READINGS)
    assert set(FULL_LENGTH) <= {one.name for one in READINGS}
    for reading in READINGS:
        path = model_of(reading, tmp_path)
        assert check_model(path) == []
        model = load_model(path, **dict(reading.set))
        assert (model.rule != load_model("fang_2018").rule) == (
            bool(reading.text) or "retraction" in dict(reading.set)
        )
        assert text_of(reading) in model.source_text
