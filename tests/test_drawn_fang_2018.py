"""Figures of averages over theta, of structure against power and of the prior draw what they were
given.

What is handed on is compared with made-up datasets of these studies, whose intervals are made again
by search.
"""

import numpy as np
import xarray as xr
from drawn import (
    assert_shown,
    axes_of,
    band,
    bars,
    boxes,
    dots,
    draws,
    legend_of,
    level,
    line,
    new_axes,
)
from matplotlib.colors import to_hex
from slow_interval import share_band, slow_band
from test_fang_2018_prior import made_up as made_up_prior
from test_structure import made_up

from spikesampler.figures.arms import arm_colors
from spikesampler.figures.style import GREY, INK, PALETTE
from spikesampler.stats.rules import at_least
from spikesampler.studies.fang_2018 import (
    averages_figure,
    averages_study,
    prior,
    prior_figure,
    structure_figure,
)
from spikesampler.studies.fang_2018.regression import OBSERVERS
from spikesampler.studies.fang_2018.structure_plan import HOT

BLUE = PALETTE[0]
NUMBERS = np.array([1, 2, 5])


def scores(number):
    """Mean, low and high of so many arms, (arm, 3)."""
    mean = np.random.default_rng(1).uniform(0.4, 0.6, (number, 3))
    return mean, mean - 0.1, mean + 0.2


@draws(averages_figure.courses)
def test_scores_against_the_number_of_snapshots():
    """An arm whose noise ends is dashed, in the colour of the arm whose noise stays."""
    arms, (mean, low, high) = ["none", "weight", "weight:schedule=linear"], scores(3)
    ax = new_axes()
    averages_figure.courses(ax, NUMBERS, mean, low, high, arms, "Log loss (nats)")
    drawn = []
    for i, (arm, color, style) in enumerate(zip(arms, (INK, BLUE, BLUE), ("-", "-", "--"))):
        drawn += [line(NUMBERS, mean[i], color, arm, f"o{style}")]
        drawn += [band(NUMBERS, low[i], high[i], color)]
    assert_shown(ax, *drawn)
    assert ax.get_xscale() == "log"
    assert ax.get_xticks().tolist() == [1, 2, 5]


@draws(averages_figure.reliability)
def test_reliability_leaves_out_bins_without_answers():
    confidence = np.array([[0.2, 0.5, 0.8], [0.3, 0.6, 0.9]])
    accuracy = np.array([[0.1, np.nan, 0.7], [0.4, 0.5, 1.0]])
    ax = new_axes()
    averages_figure.reliability(ax, confidence, accuracy, ["a", "b"], [INK, BLUE], [False, True])
    assert_shown(
        ax,
        line([0, 1], [0, 1], GREY),
        line([0.2, 0.8], [0.1, 0.7], INK, "a", "o-"),
        line(confidence[1], accuracy[1], BLUE, "b", "o--"),
    )
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 1), (0, 1))


ANSWERS = ("last", "mean")


def averaged():
    """A made-up dataset of averages: two arms, two starts, four seeds, two bins."""
    rng, arms, starts = np.random.default_rng(2), ["none", "weight"], ["prior", "plateau"]
    point = ("arm", "start", "seed")
    kept = ("arm", "start", "answer", "bin")
    return xr.Dataset(
        {
            "accuracy": ((*point, "number"), rng.uniform(0.4, 0.9, (2, 2, 4, 3))),
            "log_loss": ((*point, "number"), rng.uniform(1, 2, (2, 2, 4, 3))),
            "reliability_confidence": (kept, rng.uniform(0, 1, (2, 2, 2, 2))),
            "reliability_accuracy": (kept, rng.uniform(0, 1, (2, 2, 2, 2))),
            "reliability_samples": (kept, np.full((2, 2, 2, 2), [20, 19])),
        },
        {"arm": arms, "start": starts, "number": NUMBERS, "answer": [*ANSWERS]},
    )


@draws(averages_study.draw, averages_figure.averages_figure)
def test_averages_over_theta():
    """A row of panels for each start; mean answers are solid, those of the last snapshot dashed."""
    d = averaged()
    fig = averages_study.draw(d)
    axes, arms = axes_of(fig), {"none": INK, "weight": BLUE}
    assert len(axes) == 6
    for start in ("prior", "plateau"):
        for name, score in (("errors", 1 - d["accuracy"]), ("log_loss", d["log_loss"])):
            drawn = []
            for arm, color in arms.items():
                of_arm = score.sel(arm=arm, start=start).values
                most = 1 if name == "errors" else np.inf
                mean, low, high = np.clip(slow_band(of_arm), 0, most)
                drawn += [line(NUMBERS, mean, color, arm, "o-"), band(NUMBERS, low, high, color)]
            assert_shown(axes[f"{name} {start}"], *drawn)
        drawn = [line([0, 1], [0, 1], GREY)]
        for arm, color in arms.items():
            for answer, style in zip(ANSWERS, ("o--", "o-")):
                of = d.sel(arm=arm, start=start, answer=answer)
                # the second bin has too few answers
                pair = (of[f"reliability_{what}"][:1] for what in ("confidence", "accuracy"))
                drawn += [line(*pair, color, f"{arm}, {answer}", style)]
        assert_shown(axes[f"reliability {start}"], *drawn)
    (legend,) = fig.legends
    assert legend_of(legend) == {arm: to_hex(color) for arm, color in arms.items()}


@draws(structure_figure.curves_figure)
def test_curves_of_structure_against_power():
    d = made_up(weight=0.03).isel(setting=[0, -1], probe=[0, 6, 10])
    fig = structure_figure.curves_figure(d)
    axes, time = axes_of(fig), d["probe"].values
    shapes = {"weight": "weight", "same": "constant_following", "falling": "falling:follow=weight"}
    arms = ["none", shapes["weight"], shapes["same"], *(f"{one}:{HOT}" for one in shapes.values())]
    colors = dict(zip(arms, arm_colors(arms)))
    assert len({*colors.values()}) == len(arms)
    for i in range(d.sizes["setting"]):
        drawn = [level(0.1, GREY, "Chance")]
        for arm in arms:
            values = d["probe_accuracy"].isel(setting=i).sel(arm=arm).transpose("seed", "probe")
            mean, low, high = share_band(values.values)
            drawn += [line(time, mean, colors[arm], arm), band(time, low, high, colors[arm])]
        assert_shown(axes[f"panel {i}"], *drawn)
    (legend,) = fig.legends
    assert legend_of(legend) == {arm: to_hex(color) for arm, color in colors.items()}
    last = axes[f"panel {d.sizes['setting']}"]
    spread = d["amplitude_cv"].sel(arm="weight").mean("seed")
    rows = zip(d["setting"].values, spread.values, PALETTE)
    assert_shown(last, *(line(time, row, color, setting) for setting, row, color in rows))


@draws(structure_figure.differences_figure)
def test_differences_to_noise_without_structure():
    """Hot arms have their own panel; the band is what is no difference."""
    rng = np.random.default_rng(3)
    arms = ("weight", "falling:follow=weight", f"weight:{HOT}")
    rulings = {
        arm: [at_least(rng.normal(shift, 0.01, 8), relevant=0.02) for shift in (-0.05, 0.0, 0.1)]
        for arm in arms
    }
    variations = {arm: rng.uniform(0.1, 0.8, 3) for arm in arms}
    axes = axes_of(structure_figure.differences_figure(variations, 0.02, rulings))
    colors = dict(zip(arms, arm_colors(arms)))
    for number, here in enumerate((arms[:2], arms[2:])):
        ax = axes[f"differences {number}"]
        drawn = [level(0, GREY), *boxes([[0, -0.02, 1, 0.04]], [GREY])]
        for arm in here:
            mean, low, high = np.transpose(
                [(one.estimate, one.low, one.high) for one in rulings[arm]]
            )
            drawn += [bars(variations[arm], low, high, colors[arm])]
            drawn += [dots(variations[arm], mean, colors[arm], arm)]
        assert_shown(ax, *drawn)
        assert ax.get_xlim()[0] == 0


@draws(prior.draw, prior_figure.prior_figure, prior_figure.courses, prior_figure.beside)
def test_what_the_prior_is_good_for():
    """Colours tell the priors apart, dashes the networks without a past."""
    colors, names = (BLUE, PALETTE[5]), ("σ = 1", "σ = 1000")
    d = made_up_prior().isel(probe=[0, -1])
    axes, time = axes_of(prior.draw(d)), d["time"].values

    def course(name, phase, label="{}", style="-"):
        drawn = []
        for i, color in enumerate(colors):
            mean, low, high = share_band(d[name].sel(phase=phase).isel(sigma=i).values)
            drawn += [line(time, mean, color, label.format(names[i]), style)]
            drawn += [band(time, low, high, color)]
        return drawn

    nothing = float(d["says_nothing"].mean())
    levels = [level(value, GREY) for value in (nothing, 0.75 * nothing, 0.25)]
    assert_shown(axes["entropy"], *course("entropy", "learn"), *levels)
    changes = course("accuracy", "swap", "swap, {}") + course("accuracy", "anew", "anew, {}", "--")
    assert_shown(axes["response"], *changes)
    drawn = []
    for i, (observer, color) in enumerate(zip(OBSERVERS, (BLUE, INK, GREY))):
        of, places = d["clusters"].sel(observer=observer).values, np.arange(2) + 0.2 * (i - 1)
        mean, low, high = share_band(of)
        drawn += [dots(places + 0.06, row, color, marker=".") for row in of]
        drawn += [bars(places, low, high, color), dots(places, mean, color, observer, "os^"[i])]
    assert_shown(axes["beside"], *drawn)
    labels = [text.get_text() for text in axes["beside"].get_xticklabels()]
    assert labels == ["850", "8500"]
    for name in ("entropy", "response"):
        assert axes[name].get_xlim() == (0, 1700)
        assert len(axes[name].get_legend().get_texts()) == {"entropy": 2, "response": 4}[name]
