"""Reward instead of a teacher: the rule's laws, rules that come out both ways, what is drawn."""

import numpy as np
import pytest
import xarray as xr
from runs import command, options, script

from spikesampler import Result, Sweep
from spikesampler.language.model import load_model
from spikesampler.stats.rules import NOT, REPRODUCED, SMALLER, UNDECIDED
from spikesampler.studies.kappel_2018.plan import CONDITIONS, NAME, _curves, settings_of
from spikesampler.studies.kappel_2018.rules import findings, late, rulings_of
from spikesampler.studies.kappel_2018.study import SAID, STUDY

SEEDS, PROBES = 10, np.arange(0.0, 4001, 100)
SILENT = {"r_min": "0*Hz", "r_max": "0*Hz", "rho": "0*Hz", "grid": "100*ms"}
FREE = {"theta_min": -50, "theta_max": 50}


def silent_run(folder, samples=10, probe_every=5, **parameters):
    """A run in which nothing fires: theta moves by prior and noise alone."""
    words = options(
        set={"I": 40, "K": 3, "D": 2, "beta": "0.1/second", **SILENT, **FREE, **parameters},
        noise=None,
        samples=samples,
        probe_every=probe_every,
        probe_samples=4,
        test_samples=4,
        average=0,
        record="none",
    )
    assert command("run", "kappel_2018", *words, "--out", folder).status == 0
    return Result(folder).learning["theta"].values


def test_without_noise_the_prior_alone_decays_by_steps_of_its_own(cache, tmp_path):
    """T = 0, beta h = 0.01: theta_n = 0.99^n theta_0, two steps in a sample of 200 ms.

    A wrong sign gives 1.01^n, a missing factor 0.98^n: both are 1e-2 off after one step.
    """
    theta = silent_run(tmp_path / "run", noise_scale=0)
    for place, samples in enumerate((0, 5, 10)):
        np.testing.assert_allclose(theta[place], theta[0] * 0.99 ** (2 * samples), rtol=1e-12)


def test_the_stationary_variance_is_that_of_its_steps(cache, tmp_path):
    """(T/c_p)/(1 - beta h c_p/2) with T = 0.5, c_p = 2, beta h = 0.1: 0.2778.

    Of 36 000 synapses a variance has a relative error of 0.0075, of which three are allowed; a
    doubled T, a missing c_p, and T/c_p itself, 0.25, are further away.
    """
    chosen = {"beta": "1/second", "c_p": 2, "noise_scale": 0.5, "I": 3000, "K": 12}
    theta = silent_run(tmp_path / "run", samples=60, probe_every=60, **chosen)[-1]
    expected = (0.5 / 2) / (1 - 1 * 0.1 * 2 / 2)
    assert expected == pytest.approx(0.2778, abs=1e-4)
    assert abs(theta.var() / expected - 1) < 0.0225
    assert abs(theta.var() / 0.25 - 1) > 0.0225
    assert abs(theta.mean()) < 3 * np.sqrt(expected / theta.size)


def test_gradient_and_eligibility_follow_the_reward(cache, tmp_path):
    """By numpy, from recorded spikes: e and g of every synapse, step by step.

    de = (-e/tau_e - w y f) dt, w y at a spike of the output; dg = (-g/tau_g + 1000/s r e) dt; r is
    the reward of the sample before, less its mean; f is the momentary rate of the step before.
    """
    words = options(
        set={"I": 12, "K": 2, "D": 2, "noise_scale": 0, "beta": "0/second", "theta_0": 1},
        noise=None,
        samples=3,
        probe_every=3,
        probe_samples=4,
        test_samples=4,
        average=0,
        record="all",
    )
    extra = ("--record-variables", "last_0,mean,rate")
    done = command("run", "kappel_2018", *words, *extra, "--out", tmp_path / "run")
    assert done.status == 0, done.err
    run = Result(tmp_path / "run")
    p, w = run.values, run.weights.values
    dt, steps = p["dt"], round(0.6 / p["dt"])
    shape = w.shape
    slow, fast, e, g = np.zeros(12), np.zeros(12), np.zeros(shape), np.zeros(shape)
    kept = np.array([0.5] * 6)  # last_0 … last_5 begin at 1/K
    mean, counts = 0.5, np.zeros(2)
    times, neurons = run.spikes("inputs")
    inputs = [neurons[np.rint(times / dt).astype(int) == n] for n in range(steps)]
    times, neurons = run.spikes("outputs")
    outputs = [neurons[np.rint(times / dt).astype(int) == n] for n in range(steps)]
    factor = p["tau_f"] / (p["tau_f"] - p["tau_r"])
    labels = run.learning["label"].values
    for n in range(steps):
        y = (slow - fast) * factor
        u = w @ y
        rate = p["rho"] * np.exp(u - u.max()) / np.exp(u - u.max()).sum() if n else np.zeros(2)
        reward = kept[0] - mean
        decay_e, decay_g = np.exp(-dt / p["tau_e"]), np.exp(-dt / p["tau_g"])
        new_e = e * decay_e - w * y * rate[:, None] * p["tau_e"] * (1 - decay_e)
        new_g = g * decay_g + p["per_step"] * reward * e * p["tau_g"] * (1 - decay_g)
        mean = mean * np.exp(-dt / p["tau_mean"]) + kept[0] * (1 - np.exp(-dt / p["tau_mean"]))
        slow, fast = slow * np.exp(-dt / p["tau_f"]), fast * np.exp(-dt / p["tau_r"])
        e, g = new_e, new_g
        slow[inputs[n]] += 1
        fast[inputs[n]] += 1
        y = (slow - fast) * factor
        e[outputs[n]] += (w * y)[outputs[n]]
        counts += np.bincount(outputs[n], minlength=2)
        if (n + 1) % round(p["sample_length"] / dt) == 0:
            most = counts == counts.max()
            correct = most[labels[n // 200]] / most.sum()
            kept = np.r_[correct, kept[:-1]]
            counts[:] = 0
    np.testing.assert_allclose(run.states["e"].values, e, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(run.states["g"].values, g, rtol=1e-6, atol=1e-9)


def test_rewards_come_as_late_as_is_asked(cache, tmp_path):
    """The signal `told` is `correct` of the sample before, and with a delay of two of two before
    that.
    """
    told = {}
    for delay in (0, 2):
        words = options(
            set={"I": 40, "K": 3, "D": 2, "reward_delay": delay},
            noise=None,
            samples=40,
            probe_every=40,
            probe_samples=4,
            test_samples=4,
            average=0,
            record="none",
        )
        folder = tmp_path / f"run{delay}"
        extra = ("--record-variables", "told", "--out", folder)
        assert command("run", "kappel_2018", *words, *extra).status == 0
        run = Result(folder)
        shown = run.trajectories["told"].values[::2]  # at the begin of every sample
        right = run.learning["credit"].values
        told[delay] = shown, right
    shown, right = told[0]
    np.testing.assert_allclose(shown[1:], right[:-1], atol=1e-6)
    shown, right = told[2]
    np.testing.assert_allclose(shown[3:], right[:-3], atol=1e-6)
    np.testing.assert_allclose(shown[:3], 1 / 3)


# ---- the study


def made_up(shifts=None, sd=0.004, turnover=None):
    """A dataset in which conditions differ by these accuracies from what follows."""
    usual = {"random": 0.1, "none": 0.1, "teacher": 0.9, "T1": 0.4, "delay_5": 0.3}
    rng = np.random.default_rng(0)
    middle = np.array([usual.get(name, 0.5) + (shifts or {}).get(name, 0.0) for name in CONDITIONS])
    base = 0.02 * rng.normal(size=(1, SEEDS, 1))
    shape = (len(CONDITIONS), SEEDS, len(PROBES))
    accuracy = middle[:, None, None] + base + sd * rng.normal(size=shape)
    accuracy[..., PROBES <= 2000] = 0.1  # only the last 2000 s count
    changes = np.array([(turnover or {"T0": 0.01}).get(name, 0.03) for name in CONDITIONS])
    come = changes[:, None, None] + 0.001 * rng.normal(size=shape)
    come[..., 0] = np.nan
    dims = ("condition", "seed", "probe")
    variables = {
        "probe_accuracy": (dims, accuracy),
        "present": (dims, np.full(shape, 0.2)),
        "turnover": (dims, come),
        "surviving": (dims, np.full(shape, 0.4)),
    }
    coords = {"condition": [*CONDITIONS], "seed": np.arange(SEEDS), "probe": PROBES}
    return xr.Dataset(variables, coords, {"chance": 0.1, "bayes": 0.98, "inputs": 200})


def label(dataset, key):
    """The label of a question."""
    (found,) = [one.ruling.label for one in rulings_of(dataset) if one.key == key]
    return found


@pytest.mark.parametrize(
    ("settings", "key", "expected"),
    [
        ({}, "learns", REPRODUCED),
        ({"shifts": {"reward": -0.4}}, "learns", NOT),
        ({"shifts": {"reward": -0.34}}, "learns", SMALLER),
        ({}, "random_is_nothing", REPRODUCED),
        ({"shifts": {"random": 0.1}}, "random_is_nothing", NOT),
        ({}, "half_of_teacher", REPRODUCED),
        ({"shifts": {"reward": -0.1}}, "half_of_teacher", NOT),
        ({"shifts": {"T0": -0.05}}, "noise", REPRODUCED),
        ({"shifts": {"T0": 0.05}}, "noise", NOT),
        ({"shifts": {"T0": -0.02}, "sd": 0.3}, "noise", UNDECIDED),
        ({}, "hot", REPRODUCED),
        ({"shifts": {"T1": 0.2}}, "hot", NOT),
        ({"shifts": {"smooth": 0.05}}, "smooth", REPRODUCED),
        ({"shifts": {"smooth": -0.05}}, "smooth", NOT),
        ({}, "recovers", REPRODUCED),
        ({"shifts": {"swap": -0.06}}, "recovers", NOT),
        ({"shifts": {"swap_T0": -0.05}}, "recovery_noise", REPRODUCED),
        ({"shifts": {"swap_T0": 0.05}}, "recovery_noise", NOT),
        ({}, "rewiring", REPRODUCED),
        ({"turnover": {"T0": 0.05}}, "rewiring", NOT),
        ({}, "delay_5", REPRODUCED),
        ({}, "delay_1", NOT),
        ({"shifts": {"delay_1": -0.05}}, "delay_1", REPRODUCED),
    ],
)
def test_every_rule_comes_out_both_ways(settings, key, expected):
    assert label(made_up(**settings), key) == expected


def test_only_the_last_2000_s_count():
    dataset = made_up()
    dataset["probe_accuracy"].values[:] += np.linspace(0, 0.2, len(PROBES))
    expected = dataset["probe_accuracy"].sel(condition="reward").values[:, PROBES > 2000].mean(1)
    np.testing.assert_allclose(late(dataset, "reward"), expected)


def test_the_page_says_every_condition_and_sentences_have_its_numbers():
    dataset = made_up()
    page = STUDY.section({NAME: dataset})
    assert {*SAID} == {*CONDITIONS}
    for name, said in SAID.items():
        assert f"| `{name}` | {said} | " in page
    sentences = STUDY.hurry({NAME: dataset})
    assert len(sentences) == 5
    assert f"reaches an accuracy of {late(dataset, 'reward').mean():.3f} [" in sentences[0]
    assert "changes the accuracy by 0.00" in sentences[2].replace("+", "").replace("-", "")
    rows = findings(dataset)
    assert len(rows) == 12
    assert all("200 inputs" in row.reading for row in rows)


def test_figures_draw_what_they_are_given():
    dataset = made_up()
    figures = STUDY.figures({NAME: dataset})
    axes = {ax.get_label(): ax for ax in figures["kappel_2018"].axes}
    lines = {line.get_label(): line for line in axes["Reward, and controls"].lines}
    expected = dataset["probe_accuracy"].sel(condition="reward").mean("seed").values
    np.testing.assert_allclose(lines["reward"].get_ydata(), expected)
    axes = {ax.get_label(): ax for ax in figures["kappel_2018_synapses"].axes}
    lines = {line.get_label(): line for line in axes["turnover"].lines}
    expected = dataset["turnover"].sel(condition="T0").mean("seed").values[1:]
    np.testing.assert_allclose(lines["T0"].get_ydata(), expected)
    assert {*lines} == {"reward", "T0", "T1", "none"}


def test_conditions_are_what_their_names_say(tmp_path):
    sizes = {"samples": 100, "probe_every": 50, "probe_samples": 10, "test_samples": 10}
    own = load_model("kappel_2018")
    for name in ("reward", "T0", "T1", "delay_5", "smooth", "random", "none", "anew"):
        settings = settings_of(tmp_path, name, 3, **sizes)
        chosen = {k for k in settings.model.overridden if k not in ("I", "K")}
        assert chosen == {*CONDITIONS[name].chosen}
        assert settings.data == ("clusters:1003" if name == "anew" else "clusters:3")
    assert settings_of(tmp_path, "reward", 3, **sizes).model["noise_scale"] == own["noise_scale"]
    teacher = settings_of(tmp_path, "teacher", 3, **sizes)
    assert (teacher.model.name, teacher.arm, teacher.model["I"]) == ("fang_2018", "none", 200)


def test_what_is_kept_of_a_run_by_hand():
    theta = np.array([[[1.0, -1, 1, 1]], [[1.0, 1, -1, 1]], [[1.0, 1, 1, -1]]])
    run = type("Run", (), {})()
    run.learning = xr.Dataset(
        {
            "theta": (("probe", "output", "input"), theta),
            "probe_accuracy": ("probe", [0.1, 0.2, 0.3]),
        }
    )
    accuracy, present, turnover, surviving = _curves(run)
    np.testing.assert_allclose(accuracy, [0.1, 0.2, 0.3])
    np.testing.assert_allclose(present, [0.75] * 3)
    np.testing.assert_allclose(turnover, [np.nan, 2 / 6, 2 / 6])
    np.testing.assert_allclose(surviving, [1, 2 / 3, 1 / 3])


def test_a_sweep_of_its_temperature(cache, tmp_path):
    sizes = {"samples": 20, "probe_every": 20, "probe_samples": 6, "test_samples": 6}
    small = {"I": 40, "K": 3, "D": 2}
    words = options(set=small, noise=None, seeds=1, average=0, **sizes)
    grid = ("--grid", "noise_scale=0,0.1,1", "--record", "none", "--out", tmp_path / "sweep")
    done = command("sweep", "kappel_2018", *words, *grid)
    assert done.status == 0, done.err
    assert Sweep(tmp_path / "sweep").dataset["noise_scale"].values.tolist() == [0, 0.1, 1]
    assert command("report", tmp_path / "sweep").status == 0


def test_compare_report_export_raster_and_view_work_on_it(cache, tmp_path):
    from spikesampler.view.pathways import PathwaysPage
    from spikesampler.view.viewed_run import open_run

    sizes = {"samples": 40, "probe_every": 20, "probe_samples": 6, "test_samples": 6}
    words = options(set={"I": 40, "K": 3, "D": 2}, noise=None, seeds=2, average=0, **sizes)
    more = ("--arms", "none,exploration", "--record", "all", "--out", tmp_path / "arms")
    done = command("compare", "kappel_2018", *words, *more)
    assert done.status == 0, done.err
    path = next((tmp_path / "arms").glob("exploration-*"))
    for asked in (("report", path), ("measures", path), ("report", tmp_path / "arms")):
        assert command(*asked).status == 0
    assert command("export", path, "--to", "csv", "--out", tmp_path / "csv").status == 0
    assert command("raster", path, "--out", tmp_path / "raster.png").status == 0
    shown, result = open_run(path), Result(path)
    np.testing.assert_allclose(PathwaysPage(shown).page.weights[-1], result.weights)
    done = command("saddle", path)
    assert done.status == 2
    assert "climbed no known objective" in done.err[-1]


@pytest.mark.slow  # builds networks of its own
def test_the_script_gathers_and_goes_on(tmp_path):
    arguments = ("kappel_2018.py", "--quick", "--workers", "1", "--out", "kappel_2018")
    shown = script(*arguments, folder=tmp_path)
    assert script(*arguments, folder=tmp_path) == shown
    dataset = STUDY.read(tmp_path / "kappel_2018")[NAME]
    assert dataset["probe_accuracy"].notnull().all()
