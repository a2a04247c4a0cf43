"""The study kappel_2015: what it measures is exact where the answer is known, and the table of its
script is what its runs say.
"""

import contextlib
import csv
import importlib.util
import io
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache as remember
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from spikesampler import Result
from spikesampler.errors import InputError
from spikesampler.experiments.run import run_settings
from spikesampler.stats import mean_p
from spikesampler.stats.responses import class_rates, preferred_class, selectivity
from spikesampler.store.datasets import save_dataset
from spikesampler.store.manifest import read_manifest
from spikesampler.studies.kappel_2015.figure import swap_figure
from spikesampler.studies.kappel_2015.measures import as_dataset, measure
from spikesampler.studies.kappel_2015.outcomes import outcomes, table
from spikesampler.studies.kappel_2015.phases import (
    PHASES,
    TEMPERATURES,
    phase_settings,
    run_folder,
)

SCRIPT = Path(__file__).parents[1] / "scripts" / "kappel_2015.py"
QUICK = ["--quick", "--seed", "4", "--out", "kappel"]
FAST = {"probes": 4, "probe_samples": 100}


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("kappel_2015_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def finished(folder):
    """{learning.nc: time of its last change} of finished runs."""
    runs = [path.parent for path in folder.glob("kappel/runs/*/manifest.json")]
    files = [run / "learning.nc" for run in runs if read_manifest(run)["status"] == "finished"]
    return {file: file.stat().st_mtime_ns for file in files}


@pytest.fixture(scope="module")
def quick(script, cache, tmp_path_factory):
    """The --quick form, stopped once by Ctrl-C after its first run and then given again, in this
    process.
    """
    folder = tmp_path_factory.mktemp("script")
    command = [sys.executable, str(SCRIPT), *QUICK]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as stopped:
        while stopped.poll() is None and not finished(folder):
            time.sleep(0.05)
        stopped.send_signal(signal.SIGINT)
        complaint = stopped.communicate()[1].splitlines()
    kept = finished(folder)
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as shown:
        assert script.main(QUICK) == 0
    return SimpleNamespace(
        folder=folder / "kappel",
        shown=shown.getvalue(),
        status=stopped.returncode,
        complaint=complaint,
        kept=kept,
    )


@pytest.fixture(scope="module")
def rows(quick):
    with open(quick.folder / "table.csv", newline="") as file:
        return {(row["measure"], row["of"]): row for row in csv.DictReader(file)}


# ---- exact cases


def test_class_rates():
    counts, labels = [[4, 0], [0, 2], [2, 0]], [0, 2, 0]
    np.testing.assert_array_equal(
        class_rates(counts, labels, 3, 0.2), [[15, 0], [np.nan, np.nan], [0, 10]]
    )


@pytest.mark.parametrize("number", range(1, 11))
def test_selectivity_of_an_output_that_answers_to_some_classes_alike(number):
    """1 for one class of ten, (n - m)/(n + m - 2) for m, 0 for all; no other formula of rates that
    are 0 or r is so.
    """
    rates = np.zeros((10, 2))
    rates[:number] = [7.0, 140.0]  # any rate
    expected = 1.0 if number == 1 else (10 - number) / (8 + number)
    np.testing.assert_allclose(selectivity(rates), [expected, expected], rtol=1e-12)


def test_selectivity_of_silent_outputs_and_of_classes_that_were_not_shown():
    rates = np.array([[9.0, 0.0, 4.0], [1.0, 0.0, 4.0], [np.nan] * 3])
    np.testing.assert_allclose(selectivity(rates), [0.8, 0, 0], rtol=1e-12)
    np.testing.assert_array_equal(preferred_class(rates), [0, -1, 0])
    np.testing.assert_array_equal(preferred_class([rates[::-1], rates]), [[2, -1, 1], [0, -1, 0]])


def test_flat_responses_are_selective_by_chance_only():
    """Poisson counts at one rate: for lambda spikes a class, (max - others)/(max + others) is at
    most about E[max of 10 normals]/(2 sqrt(lambda)) (1 + 1/9) = 1.54/2 * 1.11/sqrt(lambda).
    """
    lam, outputs = 400.0, 300
    rates = np.random.default_rng(1).poisson(lam, (10, outputs))
    expected = 1.54 / 2 * (10 / 9) / np.sqrt(lam)
    # over outputs the standard deviation is 0.4 of it, so that of the mean is 2.3 %
    assert selectivity(rates).mean() == pytest.approx(expected, rel=0.1)


def fake_result(theta, counts, labels, every):
    """What `measure` reads of a run."""
    seen = np.arange(0, len(labels) + 1, every)
    probes = {
        "probe_samples_seen": seen,
        "probe_time": seen * 0.2,
        "probe_entropy": np.linspace(1, 0, len(seen)),
    }
    variables = {name: ("probe", values) for name, values in probes.items()}
    variables |= {"theta": (("probe", "output", "input"), theta), "label": ("sample", labels)}
    variables["spike_counts"] = (("sample", "output"), counts)
    variables["confusion"] = (("class", "response_class"), np.zeros((2, 2)))
    learning = xr.Dataset(variables)
    return SimpleNamespace(learning=learning, values={"sample_length": 0.2})


def test_measure():
    theta = np.array([[[1, 1, -1, -1]] * 2, [[1, -1, -1, -1]] * 2, [[1, -1, 1, 1]] * 2], float)
    labels = np.tile([0, 1], 200)
    counts = np.stack(
        [10 * (labels == 0), np.r_[np.full(200, 4), 10 * (labels[200:] == 1)]], axis=1
    )
    found = measure(fake_result(theta, counts, labels, 200))
    np.testing.assert_allclose(found["connected"], [0.5, 0.25, 0.75])
    np.testing.assert_allclose(found["changed"], [np.nan, 0.25, 0.5])
    np.testing.assert_allclose(
        found["selectivity"], [np.nan, 0.5, 1]
    )  # of the second output first 0, then 1
    np.testing.assert_allclose(found["selective"], [np.nan, 1, 2])
    np.testing.assert_allclose(
        found["rate"], [[[50, 0], [20, 20]], [[50, 0], [0, 50]]]
    )  # (moment, output, class)
    assert (found["lost"], found["formed"]) == (0.5, 2 / 3)


def fake_dataset(seeds=6):
    """Curves whose outcomes are known: at T = 0 all outputs stay, at T = 1 all change cluster."""
    rng, probes = np.random.default_rng(2), 9
    measured = {}
    for phase in PHASES:
        every = 1.0 if phase.endswith("_early") else 12.0
        for T in TEMPERATURES:
            for seed in range(seeds):
                entropy = (
                    np.r_[0.8, 0.65, 0.45, np.full(probes - 3, 0.1)]
                    if phase != "learn"
                    else np.full(probes, 0.1)
                )
                if phase == "anew_early":
                    entropy = np.full(probes, 0.8)  # half-way only later, in `anew`
                rate = np.stack([np.eye(3), np.roll(np.eye(3), T, axis=1)])
                measured[phase, T, seed] = {
                    "time": every * np.arange(probes),
                    "entropy": entropy,
                    "connected": np.full(probes, 0.4),
                    "changed": np.r_[np.nan, np.full(probes - 1, 0.01 * (1 + T))],
                    "rate": 100 * rate,
                    "selectivity": np.full(probes, 0.9),
                    "selective": np.full(probes, 3.0),
                    "lost": 0.1 + 0.2 * T + 0.001 * rng.standard_normal(),
                    "formed": 0.1,
                }
    return as_dataset(measured, list(range(seeds)), total_rate=200.0, moment=20.0)


def test_outcomes():
    found = outcomes(fake_dataset())
    values = {name: values.mean(axis=1) for name, (_, values) in found.items()}
    np.testing.assert_allclose(
        values["half-time of the entropy, swap"], 2
    )  # 0.45 is the first: (0.8 + 0.1)/2
    np.testing.assert_allclose(values["half-time of the entropy, anew"], 24)
    np.testing.assert_allclose(values["rise of the entropy, swap"], 0.7, rtol=1e-6)
    np.testing.assert_allclose(values["outputs that change cluster, swap"], [0, 3])
    np.testing.assert_allclose(values["clusters that an output prefers, learnt"], 3)
    np.testing.assert_allclose(values["connections lost, swap"], [10, 30], atol=0.2)
    np.testing.assert_allclose(values["changed between probes in the end, stay"], [1, 2], rtol=1e-6)


def test_table_of_known_differences():
    rows = {(row["measure"], row["of"]): row for row in table(fake_dataset())}
    lost = rows["connections lost, swap", "difference"]
    assert lost["low"] < 20 < lost["high"]
    assert lost["high"] - lost["low"] < 0.5
    kept, changed = outcomes(fake_dataset())["connections lost, swap"][1]
    for end in ("low", "high"):  # the interval is that of the test of findings
        assert mean_p(changed - kept, lost[end]) == pytest.approx(0.05, rel=1e-6)
    same = rows["entropy, learnt", "difference"]
    assert (same["mean"], same["low"], same["high"]) == (0, 0, 0)
    assert not any("p" in row for row in rows.values())


# ---- the figure


def test_figure_draws_what_it_was_given():
    """Lines and bands of both temperatures, responses with the outputs in the order of their
    clusters.
    """
    from test_figures import assert_legible, panels

    from spikesampler.stats.intervals import mean_band

    dataset = fake_dataset()
    noise = np.random.default_rng(3).normal(0, 0.02, dataset["entropy"].shape)
    dataset["entropy"] = dataset["entropy"] + noise
    dataset["rate"][:, :, 0] += np.random.default_rng(4).uniform(
        0, 20, dataset["rate"][:, :, 0].shape
    )
    dataset["rate"].loc[{"phase": "swap", "moment": "last"}] = 100 * np.eye(3)[:, [1, 2, 0]]
    fig = swap_figure(dataset)
    assert_legible(fig)
    axes = panels(fig)
    half = float(dataset["time"].sel(phase="learn")[-1]) / 60
    for T in (0, 1):
        for panel, phase, label, start in (
            ("entropy", "learn", "learn", 0),
            ("entropy", "swap", "swap", half),
            ("entropy early", "swap_early", "swap", 0),
        ):
            one = dataset["entropy"].sel(temperature=T, phase=phase)
            mean, low, high = mean_band(one.transpose("seed", "probe").values)
            (line,) = [line for line in axes[panel].lines if line.get_label() == f"{label} T={T}"]
            np.testing.assert_allclose(line.get_ydata(), mean)
            np.testing.assert_allclose(
                line.get_xdata(), start + dataset["time"].sel(phase=phase) / 60
            )
            bands = [band.get_paths()[0].vertices[:, 1] for band in axes[panel].collections]
            assert any(np.isin(np.r_[low, high], band).all() for band in bands)
        rate = dataset["rate"].sel(temperature=T, seed=0)
        learnt, end = (rate.sel(phase=phase, moment="last").values for phase in ("learn", "swap"))
        outputs = np.argsort(learnt.argmax(axis=1), kind="stable")
        names = ("learn last", "swap last", "swap first")
        shown = {name: axes[f"T={T} {name}"].images[0].get_array() for name in names}
        np.testing.assert_array_equal(shown["learn last"], learnt[outputs])
        assert (np.diff(shown["swap last"].argmax(axis=0)) >= 0).all()
        columns = [
            [*map(tuple, end[outputs].T)].index(tuple(column)) for column in shown["swap last"].T
        ]
        assert sorted(columns) == [0, 1, 2]
        first = rate.sel(phase="swap", moment="first").values
        np.testing.assert_array_equal(shown["swap first"], first[outputs][:, columns])
        assert axes[f"T={T} learn last"].images[0].get_clim() == (0, 200)


def test_figure_of_one_seed():
    from test_figures import assert_legible

    assert_legible(fig := swap_figure(fake_dataset(seeds=1)))
    assert "b–f   One seed, no band" in [text.get_text() for text in fig.texts]


# ---- laws


def network(folder, phase, temperature=1, seed=1, start=None, **options):
    """The finished run of a phase, from another start if one is given."""
    settings = phase_settings(folder, phase, temperature, seed, **(FAST | options))
    settings = settings if start is None else replace(settings, start=start)
    place = run_folder(folder, phase, temperature, seed)
    place.parent.mkdir(parents=True, exist_ok=True)
    return run_settings(settings, out=place, resume=True, progress=lambda done, total, text: None)


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0, 1])
def test_connections_change_as_the_prior_alone_says(tmp_path, temperature):
    """Nothing to learn (N = 0): at T = 1 theta is an Ornstein-Uhlenbeck process that starts
    stationary, N(mu, sigma²), with correlation exp(-b t), sigma = 1; at T = 0 it moves to mu as
    exp(-b t), and crosses 0 upwards only.
    """
    from scipy.stats import multivariate_normal, norm

    b, mu = 0.005, 0.5
    result = network(tmp_path, "learn", temperature, samples=800, parameters={"N": 0, "b": b})
    found = measure(result)
    decay = np.exp(-b * found["time"][1])
    both = multivariate_normal([0, 0], [[1, decay], [decay, 1]]).cdf([-mu, -mu])
    if temperature:
        expected, measured = 2 * (norm.cdf(-mu) - both), found["changed"][1:].mean()
    else:
        expected, measured = norm.cdf(-mu) - norm.cdf(-mu / decay), found["changed"][1]
    # five standard errors of a share among 10 000 independent synapses
    assert measured == pytest.approx(expected, abs=5 * np.sqrt(expected * (1 - expected) / 10_000))


@pytest.mark.slow
def test_no_swap_no_jump(tmp_path):
    """Nothing learns, and excitability stays at 0: then the first probe of the second half shows
    the network with which the first ended the same samples, and only the spikes are drawn anew.
    (Else excitability makes a jump of its own.)

    An entropy is minus the mean of log p(class | winner) over n samples, over log 10; four standard
    errors of the difference of two bound the rise without a swap, and are far below the rise with
    one.
    """
    options = {"samples": 960, "probe_samples": 1000, "parameters": {"b": 0, "tau_beta": 1e9}}
    taught = network(tmp_path / "taught", "learn", temperature=0, samples=7200)
    frozen = network(tmp_path, "learn", **options, start=str(taught.path.absolute()))
    stay, swap = (network(tmp_path, phase, **options) for phase in ("stay", "swap"))
    joint = frozen.learning["confusion"].values
    given_winner = np.where(joint > 0, joint, 1) / np.maximum(joint.sum(axis=0), 1)
    mean, square = ((joint * np.log(given_winner) ** power).sum() / joint.sum() for power in (1, 2))
    bound = 4 * np.sqrt((square - mean**2) * 2 / 1000) / np.log(10)
    for one in (frozen, stay, swap):
        for theta in one.learning["theta"].values:
            np.testing.assert_array_equal(theta, taught.theta)
    before = frozen.learning["probe_entropy"].values[-1]
    assert abs(stay.learning["probe_entropy"].values[0] - before) < bound
    assert swap.learning["probe_entropy"].values[0] - before > 2 * bound


# ---- the script


def test_ctrl_c_keeps_what_is_finished(quick):
    assert quick.status == 128 + signal.SIGINT
    assert quick.complaint[-1].startswith("kappel_2015: stopped by SIGINT; finished runs are kept")
    assert not any("Traceback" in line for line in quick.complaint)
    assert quick.kept
    assert quick.kept == {path: path.stat().st_mtime_ns for path in quick.kept}


def test_phases_differ_in_what_they_should(quick):
    """The same tuning curves throughout; stimuli and start by phase, alike for both
    temperatures.
    """
    prints = {
        (phase, T): Result(run_folder(quick.folder / "runs", phase, T, 4)).manifest["fingerprints"]
        for phase in PHASES
        for T in TEMPERATURES
    }
    assert len({one["centres"] for one in prints.values()}) == 1
    for T in TEMPERATURES:
        assert (
            prints["stay", T]["learning"]
            == prints["learn", T]["learning"]
            == prints["learn", 0]["learning"]
        )
        assert (
            prints["swap", T]["learning"]
            == prints["anew", T]["learning"]
            == prints["anew", 0]["learning"]
        )
        assert prints["swap", T]["learning"] != prints["stay", T]["learning"]
        assert (
            prints["swap", T]["start"]
            == prints["stay", T]["start"]
            == prints["swap_early", T]["start"]
        )
        assert (
            prints["anew", T]["start"] == prints["learn", T]["start"] == prints["learn", 0]["start"]
        )
    assert prints["swap", 0]["start"] != prints["swap", 1]["start"]


def test_table_is_what_the_runs_say(quick, rows):
    """Mean and difference of a measure of each kind, from the run folders by other means than the
    script's.
    """

    @remember
    def learning(phase, T, seed):
        return Result(quick.folder / "runs" / f"T{T}-{phase}-seed{seed}").learning

    def both(value):
        return np.array([[value(T, seed) for seed in (4, 5)] for T in (0, 1)], float)

    def lost(T, seed):
        one = learning("swap", T, seed)["theta"].values
        return 100 * np.mean(one[-1][one[0] > 0] <= 0)

    def jump(T, seed):
        return float(
            learning("swap", T, seed)["probe_entropy"][0]
            - learning("learn", T, seed)["probe_entropy"][-1]
        )

    def mean_counts(phase, T, seed, part):
        one = learning(phase, T, seed).isel(sample=part)
        counts, labels = one["spike_counts"].values, one["label"].values
        return [[counts[labels == c, k].mean() for c in range(10)] for k in range(10)]

    def moved(T, seed):
        best = [
            np.argmax(mean_counts("stay", T, seed, part), axis=1)
            for part in (slice(100), slice(-100, None))
        ]
        return sum(best[0] != best[1])

    def selective(T, seed):
        pairs = [
            (max(one), (sum(one) - max(one)) / 9)
            for one in mean_counts("learn", T, seed, slice(-100, None))
        ]
        return sum((best - others) / (best + others) > 0.8 for best, others in pairs)

    end = both(lambda T, seed: float(learning("swap", T, seed)["probe_entropy"][-1]))
    anew = both(lambda T, seed: float(learning("anew", T, seed)["probe_entropy"][-1]))
    for name, values in (
        ("rise of the entropy, swap", both(jump)),
        ("connections lost, swap", both(lost)),
        ("outputs that change cluster, stay", both(moved)),
        ("selective outputs, learnt", both(selective)),
        ("entropy in the end, swap - anew", end - anew),
    ):
        for T in (0, 1):
            assert float(rows[name, f"T={T}"]["mean"]) == pytest.approx(
                values[T].mean(), abs=1e-5
            ), name
        difference = rows[name, "difference"]
        assert float(difference["mean"]) == pytest.approx(
            (values[1] - values[0]).mean(), abs=1e-5
        ), name
        assert int(difference["seeds"]) == 2
    digits = f"{float(rows['entropy, learnt', 'T=1']['mean']):.3f}"
    assert any(
        line.startswith("entropy, learnt ") and digits in line for line in quick.shown.splitlines()
    )


def test_redraw_gives_the_same_without_runs(quick, tmp_path, script, capsys):
    assert (
        script.main(["--redraw", str(quick.folder / "curves.nc"), "--out", str(tmp_path / "again")])
        == 0
    )
    assert (tmp_path / "again" / "table.csv").read_bytes() == (
        quick.folder / "table.csv"
    ).read_bytes()
    for name, start in (("kappel_2015.png", b"\x89PNG"), ("kappel_2015.pdf", b"%PDF")):
        drawn = (tmp_path / "again" / name).read_bytes()
        assert drawn.startswith(start)
        assert drawn == (quick.folder / name).read_bytes()
    assert not (tmp_path / "again" / "runs").exists()
    assert (quick.folder / "curves.nc").stat().st_size < 2e6
    assert capsys.readouterr().out.splitlines()[:-2] == quick.shown.splitlines()[:-2]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--samples", "700"], "samples=700: expected at least 960; give --samples 960"),
        (["--seeds", "0"], "seeds=0, workers=1: expected at least 1 of each"),
        (["--quick", "--seed", "-1"], "seed=-1: expected a whole number from 0"),
        (["--redraw", "curves.nc"], "curves.nc cannot be read as netCDF"),
        (["--redraw", "other.nc"], "other.nc has no changed: give the curves.nc of this script"),
    ],
)
def test_bad_input_is_refused_in_one_line(script, tmp_path, monkeypatch, capsys, given, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "curves.nc").write_bytes(b"no curves")
    save_dataset(xr.Dataset({"entropy": ("probe", [1.0])}), tmp_path / "other.nc")
    assert script.main([*given, "--workers", "1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"kappel_2015: {said}")
    assert not (tmp_path / "kappel_2015").exists()


def test_a_phase_after_learning_needs_its_run(tmp_path):
    with pytest.raises(
        InputError, match=r"unknown start .*T1-learn-seed1'; kappel_2015 has prior, plateau"
    ):
        phase_settings(tmp_path, "swap", 1, 1)
