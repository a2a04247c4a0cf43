"""Sizes without spikes: laws against quadrature and walks, the engine against laws, the study."""

import numpy as np
import pytest
import xarray as xr
from runs import command, options, script
from scipy import integrate

from spikesampler import Comparison, Result, run, stats
from spikesampler.errors import InputError
from spikesampler.stats.kesten import Kesten, KestenLaw
from spikesampler.stats.log_sizes import LogSizes
from spikesampler.stats.rules import NOT, REPRODUCED
from spikesampler.studies.spine_sizes import data
from spikesampler.studies.spine_sizes.plan import (
    CONDITIONS,
    CONTROLS,
    LAGS,
    NAME,
    SESSIONS,
    law_of,
    threshold,
)
from spikesampler.studies.spine_sizes.rules import expected, findings, rulings_of
from spikesampler.studies.spine_sizes.study import STUDY

NEAR_NORMAL = KestenLaw(0.062, 0.0058, 0.001, 6e-5)
HEAVY = KestenLaw(0.062, 0.0058, 0.056, 6e-5)
DAY = 86400.0


# ---- laws


@pytest.mark.parametrize("law", [NEAR_NORMAL, HEAVY, KestenLaw(1.0, 0.5, 0.0, 0.3)])
def test_the_density_has_no_flow_and_the_moments_that_are_said(law):
    """(c - a w) p = 1/2 d/dw ((s_m w^2 + s_a) p), by differences; moments by quadrature.

    The second moment of the heavy tail beyond the quadrature's ends, w^-1.2, is some 1 % of it.
    """
    of = Kesten(law)
    w = np.linspace(*of.quantile([0.01, 0.99]), 2001)
    p = of.density(w)
    flow = (law.c - law.a * w) * p - np.gradient((law.s_m * w**2 + law.s_a) * p, w) / 2
    assert np.abs(flow[2:-2]).max() < 1e-4 * np.abs((law.c - law.a * w) * p).max()
    ends = of.quantile([0.0, 1.0])
    points = of.quantile([0.001, 0.5, 0.999]).tolist()

    def moment(power):
        def value(w):
            return (w - of.mean) ** power * of.density(w)

        return integrate.quad(value, *ends, points=points, limit=400)[0]

    assert moment(0) == pytest.approx(1, abs=1e-5)
    assert moment(1) == pytest.approx(0, abs=1e-4 * of.mean)
    assert moment(2) == pytest.approx(of.variance, rel=0.02)
    assert of.below(of.quantile(0.3)) == pytest.approx(0.3, abs=1e-9)


def test_the_tail_falls_as_is_said():
    of = Kesten(HEAVY)
    w = np.array([2000.0, 4000.0])
    slope = np.diff(np.log(of.density(w))) / np.diff(np.log(w))
    assert -slope == pytest.approx(of.tail, rel=1e-3)
    assert of.tail == pytest.approx(2 + 2 * 0.062 / 0.056)


def walk(law, h, steps, number=40_000, seed=1):
    """Sizes after each of so many steps, (steps + 1, number), that begin with their law."""
    rng = np.random.default_rng(seed)
    w = Kesten(law).quantile(rng.random(number))
    for _ in range(
        round(80 / h)
    ):  # five times 1/a: they forget that it was that of continuous time
        w = (
            w
            + (law.c - law.a * w) * h
            + np.sqrt((law.s_m * w**2 + law.s_a) * h) * rng.normal(size=number)
        )
    path = [w]
    for _ in range(steps):
        w = path[-1]
        noise = np.sqrt((law.s_m * w**2 + law.s_a) * h) * rng.normal(size=number)
        path.append(w + (law.c - law.a * w) * h + noise)
    return np.array(path)


@pytest.mark.parametrize("law", [NEAR_NORMAL, HEAVY])
def test_who_stays_is_that_of_a_walk(law):
    """Of 40 000 walkers a share of 0.3 has an error of 0.0023: four times that."""
    h, apart, sessions = 0.5, 20, 6
    path = walk(law, h, apart * (sessions - 1))[::apart]
    of, above = Kesten(law, h), 0.5 * law.c / law.a
    np.testing.assert_allclose(
        of.staying(above, apart, sessions), stats.surviving(path > above), atol=0.01
    )
    assert of.turnover(above, apart) == pytest.approx(
        stats.turnover(path > above).mean(), rel=0.08, abs=0.002
    )
    lagged = np.corrcoef(path[0], path[2])[0, 1]
    assert of.autocorrelation(2 * apart * h) == pytest.approx(lagged, abs=0.03)


def test_log_sizes_are_those_of_two_walks():
    """Exact steps of both processes; 40 000 of them."""
    law, apart, sessions = LogSizes(0.1, (0.1, 0.3), (3.0, 60.0)), 4.0, 6
    rng, number = np.random.default_rng(2), 40_000
    parts = [np.sqrt(v) * rng.normal(size=number) for v in law.variances]
    path = []
    for _ in range(sessions):
        path.append(law.mean + sum(parts))
        for place, (v, tau) in enumerate(zip(law.variances, law.times)):
            keeps = np.exp(-apart / tau)
            noise = np.sqrt(v * (1 - keeps**2)) * rng.normal(size=number)
            parts[place] = keeps * parts[place] + noise
    sizes = np.exp(path)
    assert sizes.mean() == pytest.approx(law.mean_size, rel=0.02)
    np.testing.assert_allclose(
        law.staying(0.8, apart, sessions), stats.surviving(sizes > 0.8), atol=0.01
    )
    assert law.turnover(0.8, apart) == pytest.approx(stats.turnover(sizes > 0.8).mean(), rel=0.03)
    lagged = np.corrcoef(path[0], path[3])[0, 1]
    assert law.autocorrelation(3 * apart) == pytest.approx(lagged, abs=0.015)
    assert law.below(1.3) == pytest.approx((sizes < 1.3).mean(), abs=0.006)


def test_parameters_without_a_law_are_refused():
    with pytest.raises(InputError, match=r"expected a > 0, s_m >= 0 and s_a > 0"):
        Kesten(KestenLaw(0.0, 1.0, 0.1, 0.1))
    with pytest.raises(InputError, match=r"h=20 s: expected a step from 0 to below 1/a"):
        Kesten(NEAR_NORMAL, 20.0)
    with pytest.raises(InputError, match=r"needs a step"):
        Kesten(NEAR_NORMAL).staying(0.05, 1, 3)
    with pytest.raises(InputError, match=r"expected as many of both"):
        LogSizes(0.0, (0.1,), (1.0, 2.0))
    with pytest.raises(InputError, match=r"sessions=40: expected 2 to"):
        LogSizes(0.0, (0.1,), (1.0,)).staying(1.0, 1.0, 40)
    assert Kesten(KestenLaw(0.01, 0.01, 0.05, 0.01)).variance == np.inf


# ---- the engine


SIZES = {"probe_every": 1, "seed": 3}


def test_without_noise_sizes_go_to_their_mean_as_the_drift_says(cache, tmp_path):
    """theta_n = c/a (1 - (1 - a h)^n) from 0, n steps of h = 0.2 s, to rounding."""
    result = run(
        "kesten_2020",
        noise="none",
        start="gone",
        samples=10,
        set={"I": 3, "K": 2},
        out=tmp_path / "run",
        **SIZES,
    )
    steps = 50 * np.arange(11)
    law = 0.0058 / 0.062 * (1 - (1 - 0.062 * 0.2) ** steps)
    path = result.main.theta_path.values
    np.testing.assert_allclose(path, np.broadcast_to(law[:, None, None], path.shape), rtol=1e-9)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_sizes_have_the_law_of_their_temperature(cache, tmp_path, temperature):
    """Of 2000 synapses at 40 looks 10 s apart, with 2/a = 32 s some 25 000 independent ones: the
    distance of Kolmogorov is 0.87/sqrt(25 000) = 0.0055 on average, and 0.02 allows for the steps;
    at twice the temperature that of T = 1 is 0.14 away.
    """
    result = run(
        "kesten_2020",
        noise=f"kesten:noise_scale={temperature:g}",
        samples=60,
        set={"I": 200, "K": 10, "s_m": 0.03},
        out=tmp_path / "run",
        **SIZES,
    )
    sizes = result.main.theta_path.values[20:].ravel()
    ordered = np.sort(sizes)
    share = (np.arange(len(ordered)) + 0.5) / len(ordered)
    law = Kesten(KestenLaw(0.062, 0.0058, 0.03, 6e-5))
    hot = Kesten(KestenLaw(0.062, 0.0058, 0.06, 1.2e-4))
    own, other = (law, hot) if temperature == 1 else (hot, law)
    assert np.abs(own.below(ordered) - share).max() < 0.02
    assert np.abs(other.below(ordered) - share).max() > 0.06
    assert sizes.mean() == pytest.approx(own.mean, rel=0.03)  # Stratonovich: 1.32 times as large


def test_both_processes_of_log_sizes_have_their_variance(cache, tmp_path):
    """Variances of 2000 independent starts and of those after 100 days: errors of 3.2 %, three of
    them. theta is stepped by Euler, which widens it by h/(2 tau) = 1.7 %.
    """
    result = run(
        "loewenstein_2011", samples=100, set={"I": 200, "K": 10}, out=tmp_path / "run", **SIZES
    )
    theta, slow = result.main.theta_path.values, result.learning["state_slow"].values
    for values, variance in ((theta, 0.1 * 1.017), (slow, 0.3)):
        for probe in (0, -1):
            assert values[probe].var() == pytest.approx(variance, rel=0.1)
    kept = [np.mean(v[-1] * v[-11]) / np.mean(v[-11] ** 2) for v in (theta, slow)]
    assert kept[0] == pytest.approx((1 - 0.1 / 3) ** 100, abs=0.07)
    assert kept[1] == pytest.approx(np.exp(-10 / 60), abs=0.07)


# ---- what a model without neurons can do, and what not


@pytest.fixture(scope="module")
def folders(cache, tmp_path_factory):
    """A comparison of two arms and two seeds."""
    out = tmp_path_factory.mktemp("sizes") / "comparison"
    words = options(set={"I": 10, "K": 2}, noise=None, arms="none,kesten", seeds=2, samples=20)
    done = command("compare", "kesten_2020", *words, "--probe-every", "2", "--out", out)
    assert done.status == 0, done.err
    assert "nothing fires in this model, so there are no accuracies" in done.out[0]
    return out


def test_a_run_says_that_there_are_no_accuracies(folders, tmp_path):
    words = options(set={"I": 10, "K": 2}, noise=None, samples=10)
    done = command("run", "kesten_2020", *words, "--out", tmp_path / "run")
    assert done.out[0] == "accuracies      none: nothing fires in this model"
    assert "standard deviation" in done.out[1]
    again = command("run", "kesten_2020", *words, "--out", tmp_path / "other", "--json")
    named = ("online_accuracy", "probe_accuracy", "test_accuracy", "bayes_accuracy", "test_entropy")
    assert {again.json[name] for name in named} == {None}
    assert again.json["oddities"] == {}
    result = Result(tmp_path / "run")
    assert result.learning["probe_accuracy"].isnull().all()
    assert {*result.measures()["of"]} == {"outputs"}
    assert "rate" not in {*result.measures()["measure"]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("raster",), "nothing fires in kesten_2020"),
        (("export", "--to", "csv"), "nothing fires in kesten_2020"),
        (("saddle",), "climbed no known objective"),
    ],
)
def test_what_needs_spikes_is_refused_with_the_reason(folders, words, message):
    path = next(folders.glob("kesten-*"))
    done = command(words[0], path, *words[1:])
    assert done.status == 2
    assert message in done.err[-1]
    assert len(done.err) == 1


def test_release_is_refused(tmp_path):
    done = command("run", "kesten_2020", "--noise", "release", "--out", tmp_path / "run")
    assert done.status == 2
    assert "needs spikes of inputs: nothing fires in this model" in done.err[-1]
    assert not (tmp_path / "run").exists()


def test_reports_views_and_sweeps_work_without_accuracies(folders, tmp_path):
    from bokeh.document import Document

    from spikesampler.view.comparison import comparison_page
    from spikesampler.view.pathways import PathwaysPage
    from spikesampler.view.spikes import SpikesPage
    from spikesampler.view.viewed_run import open_run

    path = next(folders.glob("kesten-*"))
    assert command("report", path).status == 0
    assert "Nothing fires in this model" in (path / "report.html").read_text()
    assert command("report", folders, "--out", tmp_path / "c.html").status == 0
    comparison = Comparison(folders)
    assert not comparison.has_answers
    assert comparison.verdicts == []
    assert {*comparison.files} == {"dataset", "table"}
    assert comparison.dataset["mean_probe_accuracy"].isnull().all()
    with pytest.raises(InputError, match="its runs have no accuracies"):
        comparison.figure()
    shown = open_run(path)
    assert "nothing fires in kesten_2020" in str(shown.silent)
    assert SpikesPage(shown, Document()).view() is not None
    weights = Result(path).main.weights_at(3)
    np.testing.assert_allclose(PathwaysPage(shown).page.weights[3], weights)
    none = type("Runs", (), {"has": lambda self, name: False})()
    assert comparison_page(comparison, none) is not None
    words = options(set={"I": 10, "K": 2}, noise=None, seeds=1, samples=4)
    grid = ("--grid", "a=0.05,0.1", "--probe-every", "2", "--out", tmp_path / "sweep")
    assert command("sweep", "kesten_2020", *words, *grid).status == 0


def test_a_file_that_says_something_of_neurons_has_to_say_all(tmp_path):
    """Only a file that says nothing of them is one in which nothing fires."""
    text = (
        "from spikesampler.language.parameter import our_choice\n"
        'title, citation = "Sizes", "me"\n'
        'parameters = dict(a=our_choice(0.1, "1/second", "loss"))\n'
        'synapses = "w = theta"\n'
        'starts = {"one": "1"}\n'
        'drift = "-a*theta"\n'
    )
    path = tmp_path / "sizes.py"
    path.write_text(text)
    done = command("check", path)
    assert done.status == 0, done.out
    assert done.out[0].endswith("no errors")
    assert "Events" not in done.out
    shown = "\n".join(command("show", path).out)
    assert "Synapses" in shown
    assert "Inputs" not in shown
    assert "r_max" not in shown
    path.write_text(text + 'learning = {"output": "theta += a*second"}\n')
    assert any("the field inputs is missing" in line for line in command("check", path).out)


# ---- the study


SEEDS = 10


def made_up(**changes):
    """A dataset as the laws have it, but for changes: {variable of a condition: factor, or number
    added where it is 0}.
    """
    rng, names = np.random.default_rng(0), [*CONDITIONS, *CONTROLS]
    variables = {}
    for name in data.ABOUT:
        rows = []
        for condition in names:
            known = expected(CONTROLS.get(condition, condition))
            hot = condition in CONTROLS
            value = {
                "mean": 1.0,
                "sd": 1.0 if np.isnan(known.sd) else known.sd,
                "skewness": 0.1 if condition == "kesten" else 3.0,
                "distance": 0.1 if hot else 0.01,
                "turnover": known.turnover,
                "correlation": known.correlation,
                "survival": known.survival,
                "quantiles": np.quantile(
                    np.linspace(0.2, 3, 50) * 2 * threshold(condition), np.linspace(0, 1, 200)
                ),
            }[name]
            value = np.asarray(value) * changes.get(f"{name} of {condition}", 1.0)
            noise = 1 + 0.005 * rng.normal(size=(SEEDS, *np.ones(value.ndim, int)))
            rows.append(value * noise)
        dims = {"correlation": ("lag",), "survival": ("session",), "quantiles": ("quantile",)}
        variables[name] = ("condition", "seed", *dims.get(name, ())), np.array(rows)
    return xr.Dataset(variables, {"condition": names, "seed": np.arange(SEEDS)})


@pytest.mark.parametrize(
    ("changed", "key", "expected_label"),
    [
        ("", "mean_heavy_tail", REPRODUCED),
        ("mean of heavy tail", "mean_heavy_tail", NOT),
        ("", "law_log-normal", REPRODUCED),
        ("distance of log-normal", "law_log-normal", NOT),
        ("", "sd_kesten", REPRODUCED),
        ("sd of kesten", "sd_kesten", NOT),
        ("", "memory_kesten", REPRODUCED),
        ("correlation of kesten", "memory_kesten", NOT),
        ("", "turnover_heavy_tail", REPRODUCED),
        ("turnover of heavy tail", "turnover_heavy_tail", NOT),
        ("", "survival_log-normal", REPRODUCED),
        ("survival of log-normal", "survival_log-normal", NOT),
        ("", "skewed_kesten", NOT),
        ("skewness of kesten", "skewed_kesten", REPRODUCED),
        ("", "hot_heavy_tail", NOT),
        ("distance of hot, heavy tail", "hot_heavy_tail", REPRODUCED),
        ("", "stratonovich", NOT),
        ("mean of heavy tail", "stratonovich", REPRODUCED),
    ],
)
def test_every_rule_comes_out_both_ways(changed, key, expected_label):
    factor = {
        "distance of log-normal": 10.0,
        "skewness of kesten": 10.0,
        "distance of hot, heavy tail": 0.1,
        "mean of heavy tail": 0.062 / (0.062 - 0.028),
    }.get(changed, 1.3)
    dataset = made_up(**({changed: factor} if changed else {}))
    (found,) = [one.ruling.label for one in rulings_of(dataset) if one.key == key]
    assert found == expected_label


def test_what_is_kept_of_sizes_by_hand():
    """Sizes that never move stay and are remembered; those drawn anew are not."""
    law = law_of("log-normal")
    rng = np.random.default_rng(4)
    once = np.exp(np.sqrt(law.variance) * rng.normal(size=4000))
    still = data.measured("log-normal", np.tile(once, (30, 1)))
    assert still["turnover"] == 0
    np.testing.assert_allclose(still["survival"], 1)
    np.testing.assert_allclose(still["correlation"], 1, rtol=1e-9)
    assert still["mean"] == pytest.approx(1, abs=0.04)
    assert still["sd"] == pytest.approx(expected("log-normal").sd, rel=0.04)
    assert still["distance"] < 0.03
    anew = np.exp(np.sqrt(law.variance) * rng.normal(size=(30, 4000)))
    found = data.measured("log-normal", anew)
    share = (anew > threshold("log-normal")).mean()
    assert found["turnover"] == pytest.approx(1 - share, abs=0.01)
    np.testing.assert_allclose(found["survival"], share ** np.arange(SESSIONS), atol=0.01)
    assert np.abs(found["correlation"][1:]).max() < 0.02
    assert len(found["correlation"]) == LAGS + 1


def test_sentences_and_pages_have_the_numbers_of_the_dataset():
    dataset = made_up()
    sentences = STUDY.hurry({NAME: dataset})
    assert len(sentences) == 5
    assert "1.82 times as large" in sentences[4]
    page = STUDY.section({NAME: dataset})
    for name in CONDITIONS:
        assert f"| {name} |" in page
        assert f"{expected(name).turnover:.3f}" in page
    assert len(findings(dataset)) == len(rulings_of(dataset)) == 8 + 9 + 3 + 3


def test_the_figure_draws_what_it_is_given():
    dataset = made_up()
    figure = STUDY.figures({NAME: dataset})["spine_sizes"]
    axes = {ax.get_label(): ax for ax in figure.axes}
    assert len(axes) == 9
    points, law = axes["heavy tail _memory"].lines
    mean = dataset["correlation"].sel(condition="heavy tail").mean("seed")
    np.testing.assert_allclose(points.get_ydata(), mean)
    np.testing.assert_allclose(law.get_ydata(), expected("heavy tail").correlation)
    points, law = axes["log-normal _survival"].lines
    np.testing.assert_allclose(law.get_ydata(), expected("log-normal").survival)
    np.testing.assert_allclose(points.get_xdata(), 4.0 * np.arange(SESSIONS))
    _, cold, law = axes["log-normal _distribution"].lines
    size = law.get_xdata() * 2 * threshold("log-normal")
    np.testing.assert_allclose(law.get_ydata(), 1 - law_of("log-normal").below(size))
    assert len(cold.get_ydata()) > 50


@pytest.mark.slow  # builds networks of its own
def test_the_script_gathers_and_goes_on(tmp_path):
    arguments = ("spine_sizes.py", "--quick", "--workers", "1", "--out", "sizes")
    shown = script(*arguments, folder=tmp_path)
    assert script(*arguments, folder=tmp_path) == shown
    assert STUDY.read(tmp_path / "sizes")[NAME]["turnover"].notnull().all()
