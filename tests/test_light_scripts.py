"""scripts/light_tables.py and light_edge_of_stability.py: what they say is right on cases made by
hand; they run.
"""

import re

import numpy as np
import pytest
import xarray as xr
from runs import script
from scipy.stats import wilcoxon

from spikesampler.studies.command import study_command
from spikesampler.studies.kulikovskikh_2021 import tables
from spikesampler.studies.kulikovskikh_2021.arms import (
    ARMS,
    DRAWN,
    GRIDS,
    NAMES,
    PAPER,
    TRIALS,
    E,
    R,
    harvested,
)
from spikesampler.studies.kulikovskikh_2021.differences import difference, differences
from spikesampler.studies.kulikovskikh_2021.edge_data import ARMS as EDGE_ARMS
from spikesampler.studies.kulikovskikh_2021.edge_data import HARVEST, MODES, settings_of
from spikesampler.studies.kulikovskikh_2021.edge_figures import (
    edge_course_figure,
    edge_figure,
    rising_figure,
)
from spikesampler.studies.kulikovskikh_2021.edge_report import report as edge_report
from spikesampler.studies.kulikovskikh_2021.over_epochs import null_share, wilcoxon_over_epochs
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.kulikovskikh_2021.tables_data import tasks_of
from spikesampler.studies.kulikovskikh_2021.tables_report import printed_accuracies, report

# --- tables -----


def made_up(better, runs=20):
    """Two sets of points and a draw of images: accuracies 0.8 but for noise and for what is
    `better`, {(task, arm)}.
    """
    tasks, rng = ["blobs", "xor", "digits (stand-in), balanced"], np.random.default_rng(0)
    shape = (len(tasks), len(NAMES), runs)
    noise = 0.001 * rng.standard_normal((len(tasks), 1, runs)) + 0.0001 * rng.standard_normal(shape)
    values = 0.8 + noise
    for (task, arm), size in better.items():
        values[tasks.index(task), NAMES.index(arm)] += size
    setting = np.zeros((len(tasks), len(NAMES), 6))
    setting[...] = harvested(R, E, 1.0)
    variables = {
        **{
            name: (("task", "arm", "run"), values)
            for name in ("test_mean", "train_mean", "test_final", "train_final")
        },
        **{
            name: (
                ("drawn", "bound", "task", "epoch"),
                0.8 + 0.1 * rng.random((len(DRAWN), 3, 3, 4)),
            )
            for name in ("test_curve", "train_curve")
        },
        "diverged": (("task", "arm"), np.zeros(shape[:2], int)),
        "setting": (("task", "arm", "number"), setting),
        "best": (("task", "tuned"), np.tile([0, 3, 15, 7], (3, 1))),
        "epochs_p": (("task", "rival"), np.full((3, 3), 1e-9)),
        "epochs_time": (("task", "rival"), np.full((3, 3), 50.0)),
        "null": (("task", "paper_arm"), np.full((3, 4), 0.9)),
        "majority": (("task",), [0.5, 0.5, 0.5]),
        "bayes": (("task",), [0.99, np.nan, np.nan]),
    }
    coords = {
        "task": tasks,
        "arm": list(NAMES),
        "run": range(runs),
        "drawn": list(DRAWN),
        "rival": list(PAPER[:3]),
        "tuned": list(GRIDS),
        "epoch": [0, 1, 10, 100],
        "number": list(Setting._fields),
    }
    return xr.Dataset(variables, coords, {"epochs": 1500, "tuning_runs": 5})


def test_a_claim_is_reproduced_where_light_is_above_all_three():
    better = {
        ("blobs", "light-sgd"): 0.02,
        ("xor", "light-sgd"): 0.02,
        ("xor", "s-adam"): 0.03,
        ("digits (stand-in), balanced", "light-sgd"): 0.01,
    }
    text = report(made_up(better))
    assert (
        "Table 1, LIGHT significantly best of four (paper: highest on 7 of 8): highest on 1 of 2"
        " sets of points, above all three at p < 0.05 (Holm) on 1: not reproduced" in text
    )
    assert (
        "Table 2, LIGHT significantly best of four (paper: highest on 3 of 3): highest on 1 of 1"
        " draws of images, above all three at p < 0.05 (Holm) on 1: reproduced" in text
    )
    assert "LIGHT against s-adam better on 1, worse on 1, s-adagrad better on 2, worse on 0" in text
    assert "harvest: LIGHT against E = 0: better on 2, worse on 0 of 2" in text
    assert "growth: E = 0 against SGD: better on 0, worse on 0 of 2" in text
    assert (
        "p < 0.01 in 9 of 9 comparisons with LIGHT. But curves are correlated over 50 epochs"
        " (median)" in text
    )
    assert "it has p < 0.01 in 90% of all splits (by task and method 90% to 90%)" in text
    assert "s-adam rate 0.01!; s-sgd rate 0.01; E = 0: r 4.08!; LIGHT r 4.08, E 6.4, T 1" in text
    assert "Fig. 1 (h)                      87.20 ± 2.02" in text
    assert "Runs whose loss is not finite" not in text
    both = {("blobs", "light-sgd"): 0.02, ("xor", "light-sgd"): 0.02}
    assert "(Holm) on 2: reproduced" in report(made_up(both))


@pytest.mark.parametrize(
    ("table", "names"), [(1, ["blobs", "xor"]), (2, ["digits (stand-in), balanced"])]
)
def test_one_table_alone_says_the_same_of_itself(table, names):
    dataset = made_up({("blobs", "light-sgd"): 0.02})
    both, alone = (report(one).splitlines() for one in (dataset, dataset.sel(task=names)))
    start, end = (
        (n for n, line in enumerate(both) if line.startswith(text))
        for text in (f"Table {table}, ", "Table 2, " if table == 1 else "The test over epochs")
    )
    assert "\n".join(both[next(start) : next(end)]) in "\n".join(alone)
    assert not any(line.startswith(f"Table {3 - table}, ") for line in alone)


def test_the_tables_that_are_asked_for():
    groups = [
        [task.name for group in tasks_of(("blobs",), which) for task in group]
        for which in (1, 2, None)
    ]
    assert groups[0] == ["blobs"]
    assert groups[1] == ["digits (stand-in), as drawn", "digits (stand-in), balanced"]
    assert groups[2] == groups[0] + groups[1]


def test_corrections_are_within_families_and_tables():
    """Points have 2 x 3 comparisons in the claim, images 1 x 3; each family is corrected apart."""
    dataset = made_up({("blobs", "light-sgd"): 0.0005})
    found = differences(dataset)
    raw = [found["light-sgd", rival][k][0].p for k in (0, 1) for rival in PAPER[:3]]
    smallest = int(np.argmin(raw))
    pair, task = ("light-sgd", PAPER[smallest % 3]), smallest // 3
    assert found[pair][task][1] == pytest.approx(min(1, 6 * raw[smallest]))
    images = [found["light-sgd", rival][2] for rival in PAPER[:3]]
    least = min(images, key=lambda one: one[0].p)
    assert least[1] == pytest.approx(min(1, 3 * least[0].p))
    first, *_ = found["light-sgd", "s-sgd"]
    pairs = [
        dataset["test_mean"].sel(task="blobs", arm=arm).values for arm in ("light-sgd", "s-sgd")
    ]
    assert first[0].mean == pytest.approx((pairs[0] - pairs[1]).mean())


def test_the_papers_test_over_epochs_rejects_what_is_the_same():
    """Curves of one method whose runs differ by an offset: the test over epochs rejects between any
    halves, as it sees 1500 epochs; curves of independent noise it rejects at its level. That is the
    control of the control.
    """
    rng = np.random.default_rng(0)
    offset = 0.8 + 0.01 * rng.standard_normal((20, 1)) + 1e-4 * rng.standard_normal((20, 301))
    assert null_share(offset, 50) > 0.9
    noise = 0.8 + 0.01 * rng.standard_normal((20, 301))
    assert null_share(noise, 50) < 0.1
    first, second = offset[:10], offset[10:]
    expected = wilcoxon(
        np.round(first[:, 1:].mean(axis=0) - second[:, 1:].mean(axis=0), 9),
        zero_method="pratt",
        method="approx",
    ).pvalue
    assert wilcoxon_over_epochs(first, second) == expected
    assert wilcoxon_over_epochs(first, first) == 1


def test_the_papers_tables_are_whole():
    printed = printed_accuracies()
    assert [len(one) for one in printed.values()] == [8, 3]
    assert printed[1]["Fig. 1 (e)"] == {
        "s-adam": (97.12, 1.8),
        "s-adagrad": (91.2, 16.76),
        "s-sgd": (95.93, 5.54),
        "light-sgd": (99.86, 0.2),
    }
    assert printed[2]["CIFAR-10"]["light-sgd"] == (89.6, 1.5)
    assert all(set(cells) == set(PAPER) for table in printed.values() for cells in table.values())


def test_controls_are_what_they_are_called():
    """The scaled step is that of LIGHT's slope at 0 from the left; T = 1 has grown from 1/2 at 0;
    16 trials each.
    """
    from spikesampler.studies.kulikovskikh_2021.light import light

    t, law = np.array([-1e-6, 0.0]), {"r": 4.08, "E": 6.4}
    slope = np.diff(np.asarray(light(t, **law)))[0] / 1e-6
    assert ARMS["s-sgd, scaled"].settings[0].rate == pytest.approx(0.01 * slope / 0.25, rel=1e-5)
    later = ARMS["light-sgd, T = 1"].settings[0]
    assert float(light(np.array([0.0]), **later.lights())[0]) == pytest.approx(0.5, rel=1e-12)
    assert {len(arm.settings) for arm in GRIDS.values()} == {TRIALS}
    assert all(setting.E > 0 for setting in GRIDS["light-sgd, tuned"].settings)


def test_figures_show_what_there_is():
    from matplotlib import rc_context

    dataset = made_up({("blobs", "light-sgd"): 0.02})
    with rc_context():
        curves, balance, gains = tables.STUDY.figures({"light_tables": dataset}).values()
    assert [ax.get_label() for ax in curves.axes] == dataset["task"].values.tolist()
    ax = curves.axes[1]
    np.testing.assert_array_equal(
        ax.lines[0].get_ydata(), dataset["test_curve"].values[0, 0, 1, 1:]
    )
    np.testing.assert_array_equal(
        ax.lines[1].get_ydata(), dataset["train_curve"].values[0, 0, 1, 1:]
    )
    gap = 100 * (dataset["test_curve"] - dataset["train_curve"]).values[3, 0, 2, 1:]
    np.testing.assert_allclose(balance.axes[2].lines[1 + 2 * 3].get_ydata(), gap)
    shown = [ax for ax in gains.axes if ax.get_label() == "light-sgd − s-sgd"]
    offsets = shown[0].collections[-1].get_offsets()
    expected = [
        100 * difference(dataset.sel(task=name), "light-sgd", "s-sgd").mean
        for name in dataset["task"].values
    ]
    np.testing.assert_allclose(offsets[:, 0], expected)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ("--mnist", "absent"),
            "light_tables: no absent, files of MNIST: expected their folder; leave all of --mnist, "
            r"--fashion and --cifar out for scikit-learn's digits, a stand-in\n",
        ),
        (("--cifar", "."), r"light_tables: \. holds no images: expected .*"),
        (
            ("--seeds", "1"),
            "light_tables: seeds=1: expected a whole number, 2 or more; give such a seeds\n",
        ),
        (
            ("--epochs", "0"),
            "light_tables: epochs=0: expected a whole number, 1 or more; give such a epochs\n",
        ),
        (
            ("--seed", "-1"),
            "light_tables: seed=-1: expected 0 or more; give --seed 1\n",
        ),
    ],
)
def test_bad_input_is_refused_in_one_line(monkeypatch, tmp_path, capsys, arguments, text):
    monkeypatch.chdir(tmp_path)
    assert study_command(tables.STUDY, [*arguments, "--quick"], out="out", many=True) == 2
    shown = capsys.readouterr()
    assert re.fullmatch(text, shown.err.replace("\r", ""), re.DOTALL)
    assert shown.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


# --- the edge -----


def made_up_edge(light, harvested, rising=0.3):
    """η λ/2 of runs without harvest and with it, growing with r; the loss rises only with
    harvest.
    """
    growth, runs = [1.0, 16.0], 10
    noise = 1 + 0.01 * np.random.default_rng(0).standard_normal((2, 2, 1, 2, len(EDGE_ARMS), runs))
    values = noise * np.array([light, 4 * light])[:, None, None]
    values[..., 2, :] = (noise * harvested)[..., 2, :]
    rises = np.zeros_like(values)
    rises[..., 2, :] = rising
    dims = ("mode", "rate", "task", "r", "arm", "run")
    course = np.moveaxis(
        np.array([values[0], 2 * values[0], 4 * values[0]])[..., :3], (0, -1), (-1, -2)
    )
    return xr.Dataset(
        {
            "edge": (dims, values),
            "rising": (dims, rises),
            "test": (dims, np.full_like(values, 0.9)),
            "course": (("rate", "task", "r", "arm", "bound", "epoch"), course),
        },
        {
            "epoch": [0, 20, 40],
            "mode": list(MODES),
            "rate": [0.01, 0.1],
            "task": ["moons"],
            "r": growth,
            "arm": list(EDGE_ARMS),
            "run": range(runs),
        },
    )


def test_verdicts_on_the_edge():
    text = edge_report(made_up_edge(0.1, 0.2))
    found = re.search(
        r"whole set: an increase in r pushes towards the edge: λ at r = 16 over r = 1, E = 0: (.*) "
        r"\[(.*), (.*)\]: reproduced; at the edge \(0\.8 to 1\.25\) are 0% of runs, below it 100%",
        text,
    )
    assert [float(one) for one in found.groups()] == pytest.approx([4, 4, 4], abs=0.05)
    assert "an increase in E fixes the edge: at it are 0% of runs with E = 1.57 r" in text
    assert text.count("p = 1: not reproduced") == 2
    assert "in runs below the edge it rises at 30% of epochs with harvest, 0% without" in text
    held = edge_report(made_up_edge(0.1, 1.0))
    assert re.search(
        r"at it are 100% of runs with E = 1\.57 r; difference to E = 0: \+1\.000 .*: reproduced",
        held,
    )
    both = edge_report(made_up_edge(1.0, 1.0))  # half of the runs are there without harvest
    assert re.search(r"difference to E = 0: \+0\.500 .*: reproduced", both)
    assert "0.1 0/10 0.00 0.900" in text


def test_sigmoids_have_the_step_of_lights_slope():
    light, plain = (
        settings_of("gompertz", (2.0, 4.0), 0.01),
        settings_of("sigmoid", (2.0, 4.0), 0.01),
    )
    assert [(r, E) for _, r, E, *_ in light[:4]] == [(2.0, share * 2) for share in HARVEST]
    assert len(light) == 8
    assert [rate for rate, *_ in plain] == pytest.approx(
        [0.01 * 2 * np.log(2) / 2 / 0.25, 0.04 * np.log(2) / 2 / 0.25]
    )


def test_the_edge_is_drawn():
    dataset = made_up_edge(0.1, 1.0)
    figure = edge_figure(dataset)
    assert [ax.get_label() for ax in figure.axes] == [
        f"moons {mode}, η = {rate:g}" for mode in MODES for rate in (0.01, 0.1)
    ]
    np.testing.assert_allclose(
        figure.axes[1].lines[2].get_ydata(),
        np.median(dataset["edge"].values[0, 1, 0, :, 2], axis=-1),
    )
    course = edge_course_figure(dataset).axes[0]
    assert course.get_label() == "moons η = 0.01, r = 1"
    np.testing.assert_allclose(
        course.lines[len(EDGE_ARMS)].get_ydata(),
        dataset["course"].sel(rate=0.01, task="moons", r=1)[0, 0],
    )
    assert rising_figure(dataset).axes[0].get_ylim()[1] > 0.3


# --- in full, small -----


@pytest.mark.slow  # compiles many programs
def test_quick_tables(tmp_path):
    shown = script("light_tables.py", "--quick", "--workers", "1", "--out", "out", folder=tmp_path)
    data = xr.load_dataset(tmp_path / "out" / "light_tables.nc")
    assert data["task"].values.tolist() == [
        "blobs",
        "xor",
        *(f"digits (stand-in), {draw}" for draw in ("as drawn", "balanced")),
    ]
    assert data["test_mean"].dims == ("task", "arm", "run")
    assert data["samples"].values.tolist() == [1000, 1000, 1000, 364]
    assert data["majority"].values[2] == pytest.approx(0.9, abs=0.03)
    for name in ("light_curves", "light_balance", "light_differences"):
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 20_000
    assert "Tuned on 2 other runs" in shown
    again = script("light_tables.py", "--quick", "--workers", "1", "--out", "out", folder=tmp_path)
    assert again == shown


@pytest.mark.slow
def test_quick_edge(tmp_path):
    shown = script("light_edge_of_stability.py", "--quick", "--out", "out", folder=tmp_path)
    data = xr.load_dataset(tmp_path / "out" / "light_edge_of_stability.nc")
    start = data["edge_start"].sel(arm=["E = 0", "E = 1.57 r"], mode="whole set", rate=0.01)
    assert (start > 0).all()
    ten_times = data["edge_start"].sel(rate=0.1).values / data["edge_start"].sel(rate=0.01).values
    np.testing.assert_allclose(ten_times, 10, rtol=1e-2)
    assert "pushes towards the edge" in shown
    for name in ("light_edge_of_stability", "light_edge_course", "light_rising"):
        assert (tmp_path / "out" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
