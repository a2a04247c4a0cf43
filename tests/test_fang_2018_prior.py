"""The study of what the prior is good for: verdicts follow from the values, either way; what stands
beside the network; and its quick form.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from runs import script

from spikesampler.landscape.objective import SynapticObjective
from spikesampler.stats.rules import NOT, REPRODUCED, SMALLER
from spikesampler.studies.fang_2018 import regression
from spikesampler.studies.fang_2018.prior import NAME, STUDY
from spikesampler.studies.fang_2018.prior_data import PHASES, SIGMAS
from spikesampler.studies.fang_2018.prior_findings import AFTER, rulings
from spikesampler.studies.fang_2018.regression import OBSERVERS

TIME = np.array([0.0, 400.0, 800.0, 1200.0, 1700.0])
SEEDS = 6


def made_up(overfit=0.0, slow=0.0, entropy=(0.9, 0.5, 0.1), lost=0.0, late=0.0):
    """A dataset: without the prior the gap of the log loss is larger by `overfit`, accuracy after
    the change lower by `slow` in AFTER and by `late` later; entropies at the start, in AFTER and at
    the end; and the network loses `lost` to the others.
    """
    rng = np.random.default_rng(3)

    def near(value, *shape):
        return value + rng.normal(0, 0.002, shape)

    accuracy = near(0.8, len(PHASES), 2, SEEDS, len(TIME))
    after = (TIME > 0) & (TIME <= AFTER)
    accuracy[1, 1, :, after] -= slow
    accuracy[1, 1, :, TIME > AFTER] -= late
    accuracy[1, 1, :, 0] -= 0.5  # what the past says of the change at it
    known = near(0.7, 2, SEEDS, 2, 2)
    known[1, :, 1, 1] += overfit
    others = near(0.7 + lost, SEEDS, 2, 2)
    clusters = near(0.8 + lost, SEEDS, 3, 2)
    clusters[:, 0] -= lost
    course = np.array([entropy[0], 0.7, *entropy[1:2], 0.3, entropy[2]])
    variables = {
        "accuracy": (("phase", "sigma", "seed", "probe"), accuracy),
        "entropy": (("phase", "sigma", "seed", "probe"), near(course, 3, 2, SEEDS, len(TIME))),
        "says_nothing": ("seed", near(0.8, SEEDS)),
        "known": (("sigma", "seed", "digits", "score"), known),
        "regression": (("seed", "digits", "score"), others),
        "clusters": (("seed", "observer", "learnt"), clusters),
        "time": ("probe", TIME),
    }
    coords = {"sigma": list(SIGMAS), "phase": list(PHASES), "seed": np.arange(SEEDS)}
    coords |= {"digits": ["learnt", "never shown"], "score": ["accuracy", "log loss"]}
    coords |= {"observer": list(OBSERVERS), "learnt": [850, 8500]}
    return xr.Dataset(variables, coords, {"few": 200, "others": 500})


BESIDE = ("regression_early", "regression", "bayes", "regression_digits")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"overfit": 0.2, "slow": 0.1}, {"overfits": REPRODUCED, "responds_slowly": REPRODUCED}),
        ({"overfit": 0.02, "slow": 0.01}, {"overfits": SMALLER, "responds_slowly": SMALLER}),
        ({"overfit": -0.1, "slow": -0.1}, {"overfits": NOT, "responds_slowly": NOT}),
        ({"late": 0.1}, {"responds_slowly": NOT}),
        (
            {"entropy": (0.9, 0.1, 0.1)},
            dict.fromkeys(("unspecific", "preferences_sooner", "preferences"), REPRODUCED),
        ),
        (
            {"entropy": (0.5, 0.5, 0.1)},
            {"unspecific": SMALLER, "preferences_sooner": NOT, "preferences": REPRODUCED},
        ),
        ({"entropy": (0.65, 0.5, 0.1)}, {"unspecific": REPRODUCED}),  # 0.81 of what says nothing
        (
            {"entropy": (-0.1, 0.1, 0.5)},
            {"unspecific": NOT, "preferences_sooner": REPRODUCED, "preferences": NOT},
        ),
        ({"lost": 0.0}, dict.fromkeys(BESIDE, REPRODUCED)),
        ({"lost": -0.2}, dict.fromkeys(BESIDE, REPRODUCED)),
        ({"lost": 0.1}, dict.fromkeys(BESIDE, NOT)),
    ],
)
def test_verdicts_come_out_as_the_values_are(changes, expected):
    """Six seeds of spread .002, or .004 of a difference of differences: what is off a margin by .01
    is seen.
    """
    found = rulings(made_up(**changes))
    assert {key: found[key].label for key in expected} == expected


def test_the_page_has_every_number_and_five_sentences():
    dataset = made_up(lost=0.05)
    page = STUDY.section({NAME: dataset})
    assert len(STUDY.hurry({NAME: dataset})) == 5
    for observer in OBSERVERS:
        cells = dataset["clusters"].sel(observer=observer).mean("seed").values
        assert f"\n| {observer} | {cells[0]:.3f} | {cells[1]:.3f} |" in page
    for score in ("accuracy", "log loss"):
        known = [dataset["known"].sel(sigma=sigma) for sigma in SIGMAS] + [dataset["regression"]]
        means = [each.sel(score=score).mean("seed").values for each in known]
        assert f"| {score} | {' | '.join(f'{x:.3f}' for x in np.ravel(means))} |\n" in page
    shown = dataset["accuracy"].sel(phase="swap", sigma=SIGMAS[1]).mean("seed").values
    assert f"| swap, 1000 | {' | '.join(f'{shown[i]:.3f}' for i in (0, 1, 2, 4))} |\n" in page
    assert "| phase, σ | 0 s | 400 s | 800 s | 1700 s |\n" in page


# ---- logistic regression


def test_scores_are_of_the_most_probable_class_and_of_the_label_s_probability():
    answers = np.array([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [0.0, 0.0, 1.0]])
    assert regression.scores_of(answers[:2], np.array([0, 1])) == pytest.approx(
        [0.5, 1.5 * np.log(2)]
    )
    assert np.isfinite(regression.scores_of(answers[2:], np.array([0]))).all()


def test_an_output_of_the_network_is_as_probable_as_in_a_regression_of_its_weights():
    """What the text of the page says: coefficients w, offsets less the sum of intensities."""
    rng = np.random.default_rng(1)
    x, labels = rng.random((40, 5)), np.arange(40) % 3
    theta = rng.normal(1, 1, (3, 5))
    network = SynapticObjective(x, labels, 3, theta_0=1.5, alpha=0.1, mu=0.0, sigma=1.0)
    model = regression.fit_regression(x, labels)
    weight = np.exp(theta - 1.5)
    model.coef_, model.intercept_ = weight, -(0.1 * np.exp(weight)).sum(axis=1)
    np.testing.assert_allclose(network.at(theta).probability, model.predict_proba(x), rtol=1e-10)


def test_a_regression_is_the_optimum_of_its_penalty():
    """C sum_n (p - h) x + w = 0, to the solver's tolerance of 1e-4, for this C and no other."""
    rng = np.random.default_rng(2)
    labels = np.arange(60) % 3
    x = np.eye(3)[labels] + rng.normal(0, 0.5, (60, 3))
    model = regression.fit_regression(x, labels, C=0.1)
    slope = (model.predict_proba(x) - np.eye(3)[labels]).T @ x
    np.testing.assert_allclose(0.1 * slope + model.coef_, 0, atol=1e-3)
    assert np.abs(slope + model.coef_).max() > 0.1


def test_observers_answer_the_samples_after_those_of_the_run(monkeypatch):
    """Labels of later samples are the other way round: a regression on those learnt from is always
    wrong there, the network right at one probe and wrong at the next; points are their labels.
    """
    total, later = 60, regression.FRESH
    of = np.arange(total + later) % 2
    x = np.stack([of, 1 - of], axis=1).astype(float)
    labels = np.where(np.arange(len(of)) < total, of, 1 - of)
    labels[20:total] = 1 - labels[20:total]  # the second half of a run teaches the other way

    def objective(result, patterns, kind, seed):
        assert (patterns, kind) == (total + later, "means")
        return SimpleNamespace(
            patterns=x,
            labels=labels,
            at=lambda theta: SimpleNamespace(probability=np.eye(2)[(labels + int(theta)) % 2]),
        )

    def draw(split, number, seed):
        assert (split, number, seed) == ("learning", total + later, 5)
        return SimpleNamespace(points=lambda: labels, labels=labels)

    source = SimpleNamespace(draw=draw, bayes_accuracy=lambda p, own: len(p) * (p == own).mean())
    monkeypatch.setattr(regression, "objective_of", objective)
    monkeypatch.setattr(regression, "source_of_run", lambda *a, **k: source)
    learning = xr.Dataset(
        {
            "label": ("sample", labels[:total]),
            "probe_samples_seen": ("probe", [0, 20, 60]),
            "theta": ("probe", [7, 0, 1]),
        }
    )
    run = SimpleNamespace(learning=learning, path=None, manifest={"seed": 5}, values={})
    found = regression.on_clusters(run, [1, 2])
    assert found.tolist() == [[1.0, 0.0], [0.0, 1.0], [later, later]]


@pytest.mark.slow  # builds networks of its own
def test_the_quick_form_keeps_both_priors_and_goes_on(tmp_path):
    given = "fang_2018_prior.py", "--quick", "--out", "prior", "--workers", "1"
    shown = script(*given, folder=tmp_path)
    dataset = STUDY.read(tmp_path / "prior" / "data")[NAME]
    assert dataset["sigma"].values.tolist() == list(SIGMAS)
    assert dataset.sizes["seed"] == 2
    assert dataset["learnt"].values.tolist() == [50, 200]
    page = (tmp_path / "prior" / "docs" / "studies" / f"{NAME}.md").read_text()
    for found in STUDY.findings({NAME: dataset}):
        assert f"**{found.plain().verdict}**" in page
        assert found.plain().number in page
    assert script(*given, folder=tmp_path) == shown
