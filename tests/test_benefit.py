"""Maps of what noise does: exact where the answer is known, silent where nothing is planted, drawn
as computed.
"""

import numpy as np
import pytest
import xarray as xr
from test_figures import assert_legible

from spikesampler import stats
from spikesampler.errors import InputError, Interrupted
from spikesampler.studies.command import run_script
from spikesampler.studies.fang_2018.benefit import benefit, in_words, pairs
from spikesampler.studies.fang_2018.benefit_figure import benefit_figure
from spikesampler.studies.fang_2018.benefit_words import as_ratio, as_value

ARMS = ("none", "weight", "constant_matched")
PROBE, END = 120.0, 8640.0  # s
B, N = (1e-5, 1e-4), (30.0, 100.0, 300.0)
LAYOUT = np.array([0.5, 0.9, 0.6, 0.8, 0.55, 0.7, 0.85, 0.65])  # seeds differ by more than arms


def swept(accuracy=None, seconds=None, failed=(), num_seeds=8):
    """A sweep over b (2) x N (3) of {arm: values that broadcast to (2, 3, seed)}; runs end at END,
    a seed is a task.
    """
    shape = (len(B), len(N), len(ARMS), num_seeds)
    test, times = np.zeros(shape), np.zeros(shape)
    for i, arm in enumerate(ARMS):
        test[:, :, i] = LAYOUT[:num_seeds] + (accuracy or {}).get(arm, 0.0)
        times[:, :, i] = (seconds or {}).get(arm, 1200.0)
    escaped, finished = times < END, np.ones(shape, int)
    for place in failed:
        finished[place], escaped[place], test[place], times[place] = 0, False, np.nan, np.nan
    variables = {
        "test_accuracy": test,
        "escape_seconds": np.minimum(times, END),
        "escaped": escaped.astype(int),
        "finished": finished,
    }
    coords = {
        "b": ("b", list(B), {"units": "1/second"}),
        "N": ("N", list(N), {"units": "1"}),
        "arm": list(ARMS),
        "seed": np.arange(1, num_seeds + 1),
        "start": "plateau",
    }
    attrs = {"model": "fang_2018", "samples": 43_200, "set": ""}
    return xr.Dataset(
        {name: (("b", "N", "arm", "seed"), one) for name, one in variables.items()}, coords, attrs
    )


def cell(dataset, **where):
    """One cell of the contrast weight - none (or another) as a dict of numbers."""
    found = benefit(dataset, PROBE).isel({"contrast": 0, "b": 0, "N": 0} | where)
    return {name: one.item() for name, one in found.data_vars.items()}


# --- numbers -----


def test_differences_are_taken_seed_by_seed():
    """All seeds differ by 0.01: no spread is left to know anything of, while arms that were not
    paired would have one of 0.14.
    """
    found = cell(swept({"weight": 0.01}))
    ends = [found[f"difference{end}"] for end in ("", "_low", "_high")]
    np.testing.assert_allclose(ends, [0.01, np.nan, np.nan])
    assert found["num_pairs"] == 8
    assert found["difference_p"] == pytest.approx(6 * 2 / 2**8)  # equal values, six cells


def test_numbers_are_those_of_the_paired_difference():
    rng = np.random.default_rng(1)
    gains, factors = rng.normal(0.01, 0.02, (2, 3, 8)), np.exp(rng.normal(-0.5, 0.3, (2, 3, 8)))
    found = benefit(swept({"weight": gains}, {"weight": 1200 * factors}), PROBE)
    assert found["difference"].dims == ("contrast", "b", "N")
    assert found["contrast"].values.tolist() == [
        "weight - none",
        "constant_matched - none",
        "weight - constant_matched",
    ]
    for i, j in np.ndindex(2, 3):
        one = found.sel(contrast="weight - none").isel(b=i, N=j)
        exact = stats.paired_difference(LAYOUT + gains[i, j], LAYOUT)
        assert one["difference"] == pytest.approx(gains[i, j].mean())
        ends = [one[f"difference_{end}"].item() for end in ("low", "high")]
        assert ends == pytest.approx(exact[1:3])
        assert one["ratio"] == pytest.approx(factors[i, j].prod() ** (1 / 8))  # geometric
        bounds = np.exp(stats.mean_interval(np.log(1200 * factors[i, j]) - np.log(1200))[1:3])
        assert [one["ratio_low"].item(), one["ratio_high"].item()] == pytest.approx([*bounds])


def test_intervals_end_where_differences_of_accuracies_do():
    gains = np.array([-0.5, -0.51, -0.49, -0.5, -0.52, -0.48, -0.5, -0.99])
    assert stats.mean_interval(gains)[1] < -1
    found = cell(swept({"weight": gains}))
    assert (found["difference_low"], found["difference"]) == (-1, pytest.approx(gains.mean()))
    assert cell(swept({"weight": -gains}))["difference_high"] == 1


def test_arms_are_not_exchanged():
    found = benefit(
        swept({"weight": 0.3, "constant_matched": 0.1}, {"weight": 300, "constant_matched": 600}),
        PROBE,
    )
    np.testing.assert_allclose(found["difference"].values[:, 0, 0], [0.3, 0.1, 0.2])
    np.testing.assert_allclose(found["ratio"].values[:, 0, 0], [1 / 4, 1 / 2, 1 / 2])


def test_a_cell_keeps_its_place():
    gain = np.arange(6.0).reshape(2, 3, 1) / 10
    dataset = swept({"weight": gain}).transpose("seed", "N", "arm", "b")
    np.testing.assert_allclose(
        benefit(dataset, PROBE)["difference"].transpose("contrast", "b", "N")[0], gain[..., 0]
    )


def test_times_below_the_resolution_are_alike():
    assert cell(swept(None, {"none": 0.0, "weight": 120.0}))["ratio"] == 1
    assert cell(swept(None, {"none": 240.0, "weight": 0.0}))["ratio"] == pytest.approx(0.5)


# --- runs that do not escape, or fail -----


def test_a_run_that_does_not_escape_counts_with_its_length():
    some = np.where(np.arange(8) < 3, END, END / 4)
    found = cell(swept(None, {"none": some, "weight": END / 4}))
    assert (found["stuck"], found["stuck_control"]) == (0, 3)
    assert found["ratio"] == pytest.approx(4 ** (-3 / 8))


@pytest.mark.parametrize(
    ("none", "weight", "mark"),
    [
        (9000.0, 600.0, "<"),
        (600.0, 9000.0, ">"),
        (600.0, 600.0, ""),
        (np.where(np.arange(8) < 2, 9000.0, 600.0), np.where(np.arange(8) < 1, 9000.0, 300.0), "~"),
    ],
)
def test_bounds(none, weight, mark):
    found = benefit(swept(None, {"none": none, "weight": weight}), PROBE)
    assert in_words(found)["bound"].values[0, 0, 0] == mark


def test_where_nobody_escapes_there_is_no_ratio():
    found = benefit(swept(None, dict.fromkeys(ARMS, 9000.0) | {"constant_matched": 600.0}), PROBE)
    assert np.isnan(found["ratio"][0]).all()
    assert np.isfinite(found["ratio"][1:]).all()
    assert found["stuck"].values[:, 0, 0].tolist() == [8, 0, 8]
    assert (
        in_words(found)["escape"].values[:, 0, 0] == ["neither escapes", "sooner", "later"]
    ).all()
    assert (in_words(found)["accuracy"] == "no difference seen").all()


def test_failed_runs_drop_their_pair():
    one = {"weight": np.where(np.arange(8) == 2, 0.9, 0.01)}
    found = benefit(
        swept(one, {"weight": np.where(np.arange(8) == 2, 9000.0, 600.0)}, [(0, 0, 1, 2)]), PROBE
    )
    assert found["num_pairs"].values[:, 0, 0].tolist() == [7, 8, 7]
    assert found["difference"].values[0, 0, :2] == pytest.approx([0.01, (0.9 + 7 * 0.01) / 8])
    assert found["stuck"].values[0, 0, :2].tolist() == [0, 1]
    assert found["ratio"].values[0, 0, 0] == pytest.approx(0.5)
    assert found["num_pairs"].values[0, 1].tolist() == [8] * 3


def test_fewer_than_two_pairs_say_nothing():
    failed = [(1, 2, 1, seed) for seed in range(7)]
    found = benefit(swept({"weight": 0.1}, failed=failed), PROBE)
    alone, words = found.isel(contrast=0, b=1, N=2), in_words(found).isel(b=1, N=2)
    assert alone["num_pairs"] == 1
    for name in ("difference", "difference_low", "difference_p", "ratio", "ratio_high"):
        assert np.isnan(alone[name]), name
    assert (
        words["accuracy"].values.tolist()
        == words["escape"].values.tolist()
        == ["too few runs", "no difference seen", "too few runs"]
    )
    assert np.isfinite(pairs(swept(failed=failed), PROBE)["accuracy"]).sum() == 3 * 6 * 8 - 2 * 7


# --- words -----


def test_words_say_what_is_planted():
    spread = np.linspace(-0.03, 0.03, 8)
    weight = np.array([0.0, 0.1, -0.1])[:, None] + spread
    dataset = swept(
        {"weight": weight}, {"weight": np.array([1200.0, 300, 4800])[:, None] * np.exp(spread)}
    )
    words = in_words(benefit(dataset, PROBE)).sel(contrast="weight - none")
    assert words["accuracy"].values[1].tolist() == ["no difference seen", "helps", "hurts"]
    assert words["escape"].values[1].tolist() == ["no difference seen", "sooner", "later"]


def test_structure_or_power():
    """Structure needs more than equal power gives; without a benefit there is nothing to
    explain.
    """
    weight = np.array([[0.2, 0.2, 0.1], [0.1, -0.1, -0.1]])
    matched = np.array([[0.1, 0.0, 0.1], [0.2, 0.1, -0.2]])
    by = [["structure", "structure", "power"], ["power", "power", ""]]
    gains = {"weight": weight[..., None], "constant_matched": matched[..., None]}
    words = in_words(
        benefit(swept(gains, {arm: 1200 * np.exp(-gain) for arm, gain in gains.items()}), PROBE)
    )
    assert words["accuracy_by"].values.tolist() == by
    assert words["escape_by"].values.tolist() == by


def test_undecided_where_power_is_not_seen_and_structure_neither():
    matched = np.tile([0.25, -0.15], 4)  # includes zero, and 0.1
    words = in_words(benefit(swept({"weight": 0.1, "constant_matched": matched}), PROBE))
    assert words["accuracy"].values[:, 0, 0].tolist() == [
        "helps",
        "no difference seen",
        "no difference seen",
    ]
    assert (words["accuracy_by"] == "undecided").all()
    assert (words["escape_by"] == "").all()


def test_other_sweeps_are_refused():
    dataset = swept()
    with pytest.raises(
        InputError, match="no arm constant_matched in the sweep: it has none, weight; sweep it too"
    ):
        benefit(dataset.sel(arm=["none", "weight"]), PROBE)
    for one in (
        dataset.isel(N=0),
        dataset.drop_vars("start").expand_dims(start=["prior", "plateau"]),
    ):
        with pytest.raises(
            InputError, match=r"a sweep over .*: a map needs a grid of two parameters, arms and one"
        ):
            benefit(one, PROBE)


# --- many cells -----


def test_p_are_corrected_over_the_cells_of_a_contrast():
    gains = np.random.default_rng(6).normal(0.02, 0.03, (2, 3, 8))
    found = benefit(swept({"weight": gains}), PROBE).sel(contrast="weight - none")
    alone = [stats.mean_p(gain) for gain in gains.reshape(6, 8)]
    np.testing.assert_allclose(found["difference_p"].values.ravel(), stats.holm(alone), rtol=1e-9)


def test_a_cell_in_which_nobody_escapes_is_one_of_the_tests():
    """Six cells were asked, five have a ratio: the family is as large as was said beforehand."""
    factors = np.exp(np.random.default_rng(2).normal(-0.3, 0.3, (2, 3, 8)))
    seconds = {arm: np.full((2, 3, 8), 1200.0) for arm in ARMS}
    seconds["weight"] = 1200 * factors
    for arm in ARMS:
        seconds[arm][1, 2] = 9000
    found = benefit(swept(None, seconds), PROBE).sel(contrast="weight - none")
    alone = [stats.mean_p(np.log(ratios)) for ratios in factors.reshape(6, 8)[:5]]
    expected = stats.holm([*alone, 1.0])[:5]
    np.testing.assert_allclose(found["ratio_p"].values.ravel()[:5], expected, rtol=1e-9)
    assert np.isnan(found["ratio_p"].values[1, 2])


def test_a_map_without_effect_seldom_shows_any():
    """20 maps of 6 cells, one of them planted: in 5 % of maps another cell is called something.

    Uncorrected cells would be in 5 % each, so in about 4 maps of 20 and more.
    """
    shown, planted = 0, []
    for seed in range(20):
        gains = np.random.default_rng(seed).normal(0, 0.03, (2, 3, 8))
        gains[1, 2] += 0.15
        words = in_words(benefit(swept({"weight": gains}), PROBE))["accuracy"].values[0]
        planted.append(words[1, 2])
        shown += (words.ravel()[:5] != "no difference seen").any()
    assert planted == ["helps"] * 20
    assert shown <= 0.05 * 20 + 3 * np.sqrt(0.05 * 0.95 * 20)


# --- the figure -----


@pytest.fixture(scope="module")
def drawn():
    """A map with all that may be in it, what `benefit` finds there, and its figure."""
    rng = np.random.default_rng(3)
    accuracy = {
        "weight": np.array([0.1, -0.3, 0.0])[:, None] + rng.normal(0, 0.02, (2, 3, 8)),
        "constant_matched": rng.normal(0, 0.02, (2, 3, 8)),
    }
    seconds = {
        arm: np.full((2, 3, 8), 1200.0) * np.exp(rng.normal(0, 0.1, (2, 3, 8))) for arm in ARMS
    }
    seconds["weight"][0, 0] /= 4
    seconds["none"][1, 0], seconds["weight"][1, 1] = 9000, 9000
    for arm in ARMS:
        seconds[arm][1, 2] = 9000
    dataset = swept(accuracy, seconds, failed=[(0, 2, 1, seed) for seed in range(7)])
    found = benefit(dataset, PROBE)
    return found, benefit_figure(found)


def panel(fig, name):
    (ax,) = [ax for ax in fig.axes if ax.get_label() == name]
    return ax


def in_cells(ax, shape=(2, 3)):
    """Text of each cell, and whether it is hatched."""
    texts, hatched = np.full(shape, "", object), np.zeros(shape, bool)
    for text in ax.texts:
        x, y = text.get_position()
        texts[round(y), round(x)] = text.get_text()
    for patch in ax.patches:
        if patch.get_hatch():
            hatched[round(patch.get_y() + 0.5), round(patch.get_x() + 0.5)] = True
    return texts, hatched


def test_the_figure_shows_every_number(drawn):
    found, fig = drawn
    for contrast in found["contrast"].values:
        for name in ("difference", "ratio"):
            image = panel(fig, f"{name} {contrast}").images[0]
            values = found[name].sel(contrast=contrast).values
            np.testing.assert_array_equal(np.ma.filled(image.get_array(), np.nan), values)
            texts, _ = in_cells(panel(fig, f"{name} {contrast}"))
            for text, value in zip(texts.ravel(), values.ravel()):
                if np.isfinite(value):
                    assert float(text.lstrip("<>~").replace("−", "-")) == pytest.approx(
                        value, abs=6e-4, rel=0.06
                    )


def test_cells_are_hatched_where_no_difference_is_not_excluded(drawn):
    found, fig = drawn
    for name in ("difference", "ratio"):
        hatched = (found[f"{name}_p"] >= 0.05).values
        assert 0 < hatched.sum() < hatched.size
        for j, contrast in enumerate(found["contrast"].values):
            np.testing.assert_array_equal(in_cells(panel(fig, f"{name} {contrast}"))[1], hatched[j])


def test_bounds_dashes_and_failed_runs_are_marked(drawn):
    found, fig = drawn
    texts, hatched = in_cells(panel(fig, "ratio weight - none"))
    ratio = found["ratio"].values[0]
    assert texts.tolist() == [
        [f"{ratio[0, 0]:.2f}", as_ratio(ratio[0, 1]), ""],
        [f"<{ratio[1, 0]:.2f}", f">{ratio[1, 1]:#.2g}", "–"],
    ]
    assert not hatched[:, 2].any()
    crosses = [line for line in panel(fig, "ratio weight - none").lines if line.get_marker() == "x"]
    assert [line.get_xydata().tolist() for line in crosses] == [[[2, 0]]]
    assert len(panel(fig, "difference constant_matched - none").lines) == 0


def test_colours_are_symmetric_and_shared_and_blue_is_better(drawn):
    found, fig = drawn
    for name, centre in (("difference", 0), ("ratio", 1)):
        norms = [
            panel(fig, f"{name} {contrast}").images[0].norm for contrast in found["contrast"].values
        ]
        assert len({(norm.vmin, norm.vmax) for norm in norms}) == 1
        assert float(norms[0](centre)) == pytest.approx(0.5)
        assert norms[0].vmax >= np.nanmax(found[name])
        assert norms[0].vmin <= np.nanmin(found[name])
    difference, ratio = (
        panel(fig, f"{name} weight - none").images[0] for name in ("difference", "ratio")
    )
    for good, bad in (
        (difference.to_rgba(0.3), difference.to_rgba(-0.3)),
        (ratio.to_rgba(0.3), ratio.to_rgba(3.0)),
    ):
        assert good[2] > good[0]
        assert bad[0] > bad[2]


def test_the_figure_says_how_it_is_to_be_read(drawn):
    _, fig = drawn
    assert panel(fig, "difference weight - none").get_title("left") == "weight − none"
    written = [text.get_text() for text in fig.texts]
    assert (
        written[0]
        == "fang_2018, start plateau: 43 200 samples, 1 to 8 seeds, means over pairs of equal seed"
    )
    assert any("after Holm over the cells" in line for line in written)
    ax = panel(fig, "ratio weight - none")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Sample amplification N", "Learning rate b (1/s)")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["1e−5", "1e−4"]
    assert_legible(fig)


def test_values_as_text():
    assert [as_value(one) for one in (1e-5, 3e-4, 0.001, -4.0, 20)] == [
        "1e-5",
        "3e-4",
        "0.001",
        "-4",
        "20",
    ]
    assert [as_ratio(one) for one in (0.3333, 1.0, 12.4, np.nan)] == ["0.33", "1.0", "12", "–"]
    assert as_ratio(0.2, "<") == "<0.20"


# --- how scripts end -----


def test_scripts_end_with_one_line_and_a_status(capsys):
    def fail(error):
        raise error

    assert run_script("name", lambda: None) == 0
    assert capsys.readouterr().err == ""
    assert run_script("name", lambda: fail(InputError("b=-1: out of range"))) == 2
    assert capsys.readouterr().err == "name: b=-1: out of range\n"
    assert run_script("name", lambda: fail(Interrupted("stopped by SIGTERM", 15)), "; go on") == 143
    assert capsys.readouterr().err == "name: stopped by SIGTERM; go on\n"
    assert run_script("name", lambda: fail(RuntimeError("a defect is shown as one"))) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "name: a fault of spikesampler: RuntimeError: 'a defect is shown as one'"
    )
