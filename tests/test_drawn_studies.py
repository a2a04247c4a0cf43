"""Panels of studies show the arrays that they are given: data, colours, labels, whose theory."""

import numpy as np
import pytest
from drawn import (
    assert_shown,
    band,
    bars,
    boxes,
    dots,
    draws,
    level,
    line,
    mesh,
    new_axes,
    rods,
    scatter,
    segments_of,
    shown,
    steps,
    texts_of,
    ticks_of,
    upright,
)
from matplotlib import colormaps
from matplotlib.colors import to_hex

from spikesampler.figures.style import GREY, INK, PALETTE
from spikesampler.studies.fang_2018 import gradient_figure as gradient
from spikesampler.studies.fang_2018.saddle_figure import index_curves, signs
from spikesampler.studies.gamst_walker_2017 import panels as gamst_walker
from spikesampler.studies.kulikovskikh_2021 import family_figure as family
from spikesampler.studies.optimisation_primer.figures import (
    bump,
    condition,
    descents,
    flat,
    rates,
    stability,
)
from spikesampler.studies.optimisation_primer.figures import line as primer_line
from spikesampler.studies.strict_saddle_cases import figure as saddles
from spikesampler.studies.valizadeh_2022.depth_figure import depth_panel
from spikesampler.studies.valizadeh_2022.figures import ratios_panel

BLUE, ORANGE, GREEN, PINK, SKY, RED, VIOLET = PALETTE[:7]
X = np.array([1.0, 2.0, 4.0])
A, B, C = np.array([3.0, 5.0, 9.0]), np.array([0.5, 0.25, 0.125]), np.array([7.0, 1.0, 2.0])


def viridis(share):
    return [to_hex(color) for color in colormaps["viridis"](np.atleast_1d(share))]


def spread(middle):
    """(3, n): middle, low and high."""
    return np.array([middle, 0.75 * middle, 1.5 * middle])


def with_bars(x, values, color, marker, label=""):
    """Dots with intervals, values (3, n)."""
    middle, low, high = values
    return [dots(x, middle, color, label, marker), bars(x, low, high, color)]


# --- Fang, Yu & Chen (2018) -----


@draws(index_curves)
def test_index_along_paths():
    ax = new_axes()
    index_curves(ax, X, [spread(B), spread(C)], ["none", "weight"])
    drawn = [line(X, B, INK, "none"), line(X, C, BLUE, "weight")]
    bands = [band(X, 0.75 * m, 1.5 * m, color) for m, color in ((B, INK), (C, BLUE))]
    assert_shown(ax, *drawn, *bands)


@draws(signs)
def test_signs_at_stationary_points():
    """x is the largest eigenvalue, y the criterion; where their signs differ it is shaded."""
    ax = new_axes()
    total, largest = np.array([-5.0, 8.0, 3.0]), np.array([2.0, 30.0, -4.0])
    signs(ax, total, largest, np.array([0, 2, 0]), ["maxima", "unused", "passes"])
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert_shown(
        ax,
        dots(largest[[0, 2]], total[[0, 2]], BLUE, "maxima"),
        dots(30.0, 8.0, GREEN, "passes", "^"),
        band([left, 0], [0, 0], [high, high], GREY),
        band([0, right], [low, low], [0, 0], GREY),
    )


@draws(gradient.convergence)
def test_convergence_of_mean_changes():
    ax = new_axes()
    gradient.convergence(ax, X, A, B, C, 0.9 * C, 1.1 * C, 0.01, (0.001, 20))
    assert_shown(
        ax,
        level(0.01, RED, "bias of means"),
        band(X, 0.9 * C, 1.1 * C, GREY, "95 % of errors"),
        line(X, C, INK, "standard error, slope −½"),
        dots(X, B, RED, "against means", "s"),
        dots(X, A, BLUE, "against snapshots"),
    )
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_ylim()) == ("log", "log", (0.001, 20))
    assert not ax.texts
    ax = new_axes()
    gradient.convergence(ax, X, A, B, C, 0.9 * C, 1.1 * C, 0.0001, (0.001, 20))
    assert [text.get_text() for text in ax.texts] == ["bias of means: 0.0001, below"]


@draws(gradient.error_law)
def test_law_of_errors():
    ax, edges = new_axes(), np.array([-2.0, 0.0, 1.0, 3.0])
    gradient.error_law(ax, edges, {"prior": B, "plateau": C}, np.array([X, A]))
    assert_shown(
        ax,
        line(X, A, INK, "normal law"),
        steps(B, edges, SKY, "prior"),
        steps(C, edges, PINK, "plateau"),
    )


@draws(gradient.curvature_bias, gradient.over_spikes)
def test_bias_of_curvatures():
    ax = new_axes()
    gradient.curvature_bias(ax, X, spread(A), spread(B), C)
    assert_shown(
        ax,
        level(0, GREEN),
        line(X, C, ORANGE, "1/m"),
        *with_bars(X, spread(A), ORANGE, "s", "plug-in"),
        *with_bars(X, spread(B), GREEN, "o", "corrected"),
    )
    assert (ticks_of(ax.xaxis), ax.get_xscale()) == (["1", "2", "4"], "log")


@draws(gradient.spread)
def test_spread_of_sampled_versions():
    ax, theory = new_axes(), A + 1
    gradient.spread(ax, X, A, theory, B, C)
    assert_shown(
        ax,
        line(X, theory, BLUE, "gradient: theory"),
        dots(X, A, BLUE, "gradient", "^"),
        dots(X, B, ORANGE, "Hessian, plug-in", "s"),
        dots(X, C, GREEN, "Hessian, corrected"),
    )


# --- strict saddles -----


@draws(saddles.saddle_spectra)
def test_spectra_of_saddles():
    ax = new_axes()
    eigenvalues = np.array([[-4.0, 4.0, np.nan], [-2.0, -1.0, 6.0]])
    saddles.saddle_spectra(ax, X[:2], eigenvalues, np.array([A[:2], C[:2]]))
    assert_shown(
        ax,
        level(0, GREY),
        line(X[:2], A[:2], INK, "−8/d, (d−1)² times"),
        line(X[:2], C[:2], INK, "8(d−1)/d, d−1 times", "--"),
        dots([1, 1], [-4, 4], BLUE),
        dots([2, 2, 2], [-2, -1, 6], BLUE),
    )


METHODS = {"plain": (BLUE, "o"), "noisy": (ORANGE, "s"), "perturbed": (GREEN, "^")}
STEPS = {"plain": spread(A), "noisy": spread(B), "perturbed": spread(C)}


def method_marks(x, values, shift=0.0):
    drawn = []
    for i, (name, (color, marker)) in enumerate(METHODS.items()):
        drawn += with_bars(x + shift * i, values[name], color, marker, name)
    return drawn


@draws(saddles.escape_over_dimension, saddles.marked)
def test_escape_over_dimension_has_each_methods_own_theory():
    ax, theory = new_axes(), {"plain": A + 1, "noisy": B + 2, "perturbed": C + 3}
    saddles.escape_over_dimension(ax, X, STEPS, theory)
    lines = [line(X, theory[name], color) for name, (color, _) in METHODS.items()]
    assert_shown(ax, *method_marks(X, STEPS), *lines)


@draws(saddles.steps_to_saddles)
def test_steps_to_saddles():
    """The guide begins with the first two saddles and grows by its factor; nan is not drawn."""
    ax, values = new_axes(), {name: steps.copy() for name, steps in STEPS.items()}
    values["noisy"][:, 2] = np.nan
    saddles.steps_to_saddles(ax, values, 3.0, 100)
    drawn = []
    for name, (color, marker) in METHODS.items():
        known = np.isfinite(values[name][0])
        drawn += with_bars(np.array([1, 2, 3])[known], values[name][:, known], color, marker, name)
    first, second = A[:2]  # of the plain method
    guide = [first, second, second + 3 * (second - first)]
    assert_shown(
        ax,
        *drawn,
        line([1, 2, 3], guide, BLUE, "each saddle ×3.00 (theory)"),
        level(100, GREY, "end of the walks"),
    )


@draws(saddles.growth_factors)
def test_growth_per_saddle():
    ax = new_axes()
    saddles.growth_factors(ax, X, STEPS, A + 2, 1 + X)
    assert_shown(
        ax,
        level(1, GREY),
        line(X, A + 2, BLUE, "theory, this step size"),
        line(X, 1 + X, GREY, "1 + L/γ, small steps", "--"),
        *method_marks(X, STEPS, 0.02),
    )


# --- Kulikovskikh & Legović (2021) -----


@draws(family.populations)
def test_populations():
    ax = new_axes()
    family.populations(ax, X, {0.5: A, 2.0: B}, "r", {0.5: C, 2.0: A + 1}, free=B + 1)
    first, second = viridis([0, 0.85])
    assert_shown(
        ax,
        line(X, B + 1, GREY, "never"),
        line(X, A, first, "0.5"),
        line(X, C, first, "", "--"),
        line(X, B, second, "2"),
        line(X, A + 1, second, "", "--"),
    )
    assert ax.get_legend().get_title().get_text() == "r"


@draws(family.near_sigmoid)
def test_forms_near_the_sigmoid():
    ax, forms = new_axes(), {"richards": A, "sigmoid": B, "gompertz": C}
    family.near_sigmoid(ax, X, forms, (2.0, 0.25, 0.5))
    assert_shown(
        ax,
        line(X, A, ORANGE, "richards"),
        line(X, B, INK, "sigmoid", "--"),
        line(X, C, BLUE, "gompertz"),
    )
    arrow, text = ax.texts
    assert (arrow.xy, arrow.get_position()) == ((2.0, 0.25), (2.0, 0.5))
    assert text.get_text() == "misses\nby 0.25"


@draws(family.slopes)
def test_slopes_with_their_jump():
    ax = new_axes()
    before = {"gompertz": (X, A), "printed": (X, B)}
    after = {"gompertz": (X + 4, C), "printed": (X + 4, B + 1)}
    family.slopes(ax, before, after, {"gompertz": (4.5, 9, 7), "printed": (4.5, 0.1, 1.5)})
    drawn = [level(0, GREY)]
    for form, color, jump in (("gompertz", BLUE, (9, 7)), ("printed", RED, (0.1, 1.5))):
        drawn += [
            line(*before[form], color, form),
            line(*after[form], color),
            line([4.5, 4.5], jump, color, "", "--"),
            dots(4.5, jump[0], color, "", "o open"),
            dots(4.5, jump[1], color),
        ]
    assert_shown(ax, *drawn)


@draws(family.growth_rates)
def test_growth_rates():
    ax, sizes = new_axes(), np.array([0.0, 0.5, 1.0])
    free, harvested = {"gompertz": A, "richards": B}, {"gompertz": C, "richards": -B}
    family.growth_rates(ax, sizes, free, harvested, {"gompertz": 0.75})
    assert_shown(
        ax,
        level(0, GREY),
        line(sizes, A, BLUE, "gompertz"),
        line(sizes, C, BLUE, "", "--"),
        line(sizes, B, ORANGE, "richards"),
        line(sizes, -B, ORANGE, "", "--"),
        dots(0.75, 0, BLUE),
    )


# --- Valizadeh et al. (2022) -----


@draws(depth_panel)
def test_ratios_by_depth():
    """Gradient descent in ink, layer-scaled in orange, side by side."""
    ax, ratios = new_axes(), np.stack([spread(A).T, spread(B).T], axis=1)
    from spikesampler.studies.valizadeh_2022.depth_data import CONTROLS

    looks = {"gradient_descent": INK, "layer_scaled": ORANGE}
    assert set(CONTROLS) == set(looks)
    depth_panel(ax, X, ratios)
    drawn = [level(1, GREY)]
    for k, name in enumerate(CONTROLS):
        beside, (middle, low, high) = X + (-0.06, 0.06)[k], ratios[:, k].T
        label = name.replace("_", " ")
        drawn += [
            line(beside, middle, looks[name], label, "o-"),
            bars(beside, low, high, looks[name]),
        ]
    assert_shown(ax, *drawn)
    assert ax.get_yscale() == "log"


@draws(ratios_panel)
def test_ratios_of_costs():
    """From above in the order given; hollow where the rate was tuned."""
    ax = new_axes()
    rows = [(2.0, 1.5, 3.0), (0.5, 0.4, 0.75), (1.25, 1.0, 2.0)]
    ratios_panel(ax, rows, ["gradient_descent", "layer_scaled", "gradient_descent, tuned"])
    assert_shown(
        ax,
        upright(1, GREY),
        rods(0, 1.5, 3.0, INK),
        rods(1, 0.4, 0.75, ORANGE),
        rods(2, 1.0, 2.0, INK),
        dots(2.0, 0, INK),
        dots(0.5, 1, ORANGE),
        dots(1.25, 2, INK, "", "o open"),
    )
    assert ax.get_ylim() == (2.5, -0.5)


# --- Gamst & Walker (2017) -----


@draws(gamst_walker.output, gamst_walker.tube)
def test_mean_output_with_its_tube():
    ax = new_axes()
    gamst_walker.tube(ax, X, A, B, C)
    assert_shown(
        ax,
        line(X, A, BLUE, "f"),
        band(X, B - C, B + C, RED, "± 1 sd"),
        line(X, B, RED, "mean"),
    )


@draws(gamst_walker.best_fit)
def test_best_fit():
    ax = new_axes()
    gamst_walker.best_fit(ax, X, A, B, 0.0123)
    assert_shown(ax, line(X, A, BLUE, "f"), line(X, B, RED, "best, error 0.0123"))


@draws(gamst_walker.network_diagram)
def test_a_network_as_neurons_and_connections():
    """One input, two hidden neurons of which one is used, one output above."""
    ax = new_axes()
    layers = [(np.array([[1.0, 0.0]]), np.zeros(2)), (np.array([[2.0], [0.0]]), np.zeros(1))]
    gamst_walker.network_diagram(ax, layers)
    assert_shown(
        ax,
        segments_of([[[0, 0], [0.5, 1]]], "#dddddd"),
        segments_of([[[0, 0], [-0.5, 1]]], INK),
        segments_of([[[0.5, 1], [0, 2]]], "#dddddd"),
        segments_of([[[-0.5, 1], [0, 2]]], INK),
        dots(0, 0, INK, "", "o open"),
        dots([-0.5, 0.5], [1, 1], INK, "", "o open"),
        dots(0, 2, INK, "", "o open"),
    )
    assert texts_of(ax) == {"x": (0, 0), "y": (0, 2)}


@draws(gamst_walker.energy_along)
def test_error_along_paths():
    ax, distance, energy = new_axes(), np.array([X, 2 * X]), np.array([A, C])
    gamst_walker.energy_along(ax, distance, energy, highlight=1, color=GREEN, label="adam")
    parts = np.stack([np.column_stack([2 * X, C])[:-1], np.column_stack([2 * X, C])[1:]], axis=1)
    assert_shown(
        ax,
        line(X, A, GREEN, "adam"),
        line(2 * X, C, GREEN),
        segments_of(parts, viridis([0.0, 1.0])),
        scatter(2 * X, C, viridis([0.0, 0.5, 1.0])),
    )


@draws(gamst_walker.functions_along)
def test_functions_along_a_path():
    """From W_f at the bottom, each one shifted upwards."""
    ax = new_axes()
    gamst_walker.functions_along(ax, X, np.array([A, B, C]), 0.5)
    shifted = zip((A, B + 0.5, C + 1.0), viridis([0.0, 0.5, 1.0]))
    assert_shown(ax, *(line(X, values, color) for values, color in shifted))


@draws(gamst_walker.turning_along)
def test_turning_angles():
    ax = new_axes()
    distance = np.array([[0.0, 1.0, 2.0, 4.0], [0.0, 2.0, 5.0, 9.0]])
    angle = np.array([[0.5, 0.25], [1.5, 0.75]])
    gamst_walker.turning_along(ax, distance, angle, highlight=1)
    assert_shown(
        ax,
        line([1, 2], angle[0], GREY),
        line([2, 5], angle[1], GREY),
        scatter([2, 5], angle[1], viridis([1 / 3, 2 / 3])),
    )


@draws(gamst_walker.basin_scatter)
def test_basin():
    """Errors on the left axis, the probability of return on the right, its half as a band."""
    ax = new_axes()
    gamst_walker.basin_scatter(ax, X, A, np.array([X, B]), np.array([X, B / 2]), (2.0, 1.5, 2.5))
    assert_shown(ax, dots(X, A, GREY, marker="."), line(X, B, RED, "lowess"))
    other = ax.figure.axes[1]
    assert_shown(other, line(X, B / 2, BLUE), *boxes([1.5, 0, 1.0, 1], BLUE))
    assert other.get_ylabel() == "Probability of return"


@draws(gamst_walker.eigenvalues)
def test_sizes_of_eigenvalues():
    """Quantiles by rank, the largest first; negative ones by their size."""
    ax = new_axes()
    values = np.array([[5.0, -1.0, 2.0], [4.0, -3.0, 1.0], [6.0, -2.0, 3.0]])
    gamst_walker.eigenvalues(ax, values, np.array([1.0, 9.0, 4.0]))
    floor = 1e-12 * 6
    positive = np.array([[5, 2, floor], [4, 1, floor], [6, 3, floor]])
    negative = np.array([[1, floor, floor], [3, floor, floor], [2, floor, floor]])

    def at(rows, share):
        return np.array([np.quantile(column, share) for column in rows.T])

    rank = [1, 2, 3]
    assert_shown(
        ax,
        band(rank, at(positive, 0.05), at(positive, 0.95), BLUE, "positive, 5 to 95 %"),
        line(rank, at(positive, 0.5), BLUE, "positive, median"),
        line(rank, at(negative, 0.95), RED, "negative (size), 95 %"),
        line(rank, [9, 4, 1], INK, "$W_f$", "--"),
    )


@draws(gamst_walker.against_temperature)
def test_values_against_temperature():
    ax = new_axes()
    values = np.array([spread(A), spread(B)])
    gamst_walker.against_temperature(ax, X, values, (0.5, 0.25, 0.75), ["a", "b"], "y")
    left, right = X / 1.05**0.5, X * 1.05**0.5
    assert_shown(
        ax,
        level(0.5, GREY, "none"),
        *boxes([0, 0.25, 1, 0.5], GREY),
        line(left, A, BLUE, "a", "o-"),
        bars(left, 0.75 * A, 1.5 * A, BLUE),
        line(right, B, ORANGE, "b", "s-"),
        bars(right, 0.75 * B, 1.5 * B, ORANGE),
    )


@draws(gamst_walker.merge_tree)
def test_tree_of_minima():
    """Minima 1 and 2 join at 5, then with W_f, minimum 0, at 7: from left to right 0, 1, 2."""
    ax, energies = new_axes(), np.array([0.0, 2.0, 3.0])
    gamst_walker.merge_tree(ax, np.array([[1, 2, 5.0, 2], [0, 3, 7.0, 3]]), energies)
    assert_shown(
        ax,
        line([1, 1], [2, 5], INK),
        line([2, 2], [3, 5], INK),
        line([1, 2], [5, 5], INK),
        line([0, 0], [0, 7], RED),
        line([1.5, 1.5], [5, 7], INK),
        line([0, 1.5], [7, 7], INK),
    )
    assert texts_of(ax) == {"$W_f$": (0, 0)}


# --- optimisation primer -----


@draws(primer_line.data_and_models)
def test_data_and_models():
    ax = new_axes()
    primer_line.data_and_models(ax, X, A, X + 1, {"line": B, "bump": C})
    assert_shown(
        ax,
        line(X + 1, B, BLUE, "line"),
        line(X + 1, C, ORANGE, "bump"),
        dots(X, A, INK, "data"),
    )


@draws(primer_line.taylor_errors)
def test_errors_of_expansions():
    ax = new_axes()
    primer_line.taylor_errors(ax, X, {"a": A, "b": np.array([1e-20, 1e-3, 1.0])})
    below = np.array([1e-17, 1e-3, 1.0])
    assert_shown(ax, line(X, A, BLUE, "a", "o-"), line(X, below, ORANGE, "b", "s-"))


@draws(flat.plateau_profile)
def test_profile_of_a_plateau():
    ax = new_axes()
    flat.plateau_profile(ax, X, A, (4.0, 9.0), 4.5)
    known = level(4.5, GREY, "left, half-way down")
    assert_shown(ax, line(X, A, BLUE), known, dots(4.0, 9.0, INK, "start"))


@draws(flat.steps_over_rate)
def test_steps_over_rates():
    """Each method with its own theory; what did not leave is open, at the budget."""
    ax = new_axes()
    measured = {"β = 0": np.array([3.0, -1.0, 9.0]), "β = 0.9": np.array([7.0, 1.0, -1.0])}
    flat.steps_over_rate(ax, X, measured, {"β = 0": B, "β = 0.9": A + 1}, 50)
    assert_shown(
        ax,
        line(X, B, BLUE),
        line(X, A + 1, ORANGE),
        dots(X[[0, 2]], [3, 9], BLUE, "β = 0"),
        dots(X[:2], [7, 1], ORANGE, "β = 0.9", "s"),
        dots(X[1], 50, BLUE, "", "o open"),
        dots(X[2], 50, ORANGE, "", "s open"),
    )


@draws(rates.measured_rates)
def test_measured_rates_have_each_methods_own_theory():
    ax, theory = new_axes(), {"descent": B, "heavy ball": A + 1}
    rates.measured_rates(ax, X, {"descent": A, "heavy ball": C}, theory, X + 1)
    assert_shown(
        ax,
        line(X + 1, B, BLUE),
        line(X + 1, A + 1, ORANGE),
        dots(X, A, BLUE, "descent"),
        dots(X, C, ORANGE, "heavy ball", "s"),
    )


@draws(rates.conjugate_curves)
def test_conjugate_gradients():
    ax = new_axes()
    curves = {"κ = 10": np.array([A, B]), "κ = 100": np.array([C, np.array([1, 1e-3, 1e-20])])}
    rates.conjugate_curves(ax, X, curves, 20, 1e-6)
    assert_shown(
        ax,
        upright(20, GREY),
        level(1e-6, GREY),
        line(X, A, SKY, "κ = 10"),
        line(X, B, SKY),
        line(X, C, BLUE, "κ = 100"),
        line(X, [1, 1e-3, 1e-16], BLUE),
    )


@draws(bump.eigenvalue_panel)
def test_eigenvalues_where_descents_end():
    """Sizes by start; what is zero to rounding stands open on the floor."""
    ax = new_axes()
    values = np.array([[-3.0, 1e-12, 2.0], [5.0, 0.5, 0.25]])
    bump.eigenvalue_panel(ax, ["start 1", "start 2"], values, 1e-8)
    empty = dots(np.zeros(0), np.zeros(0), ORANGE, "", "v open")
    assert_shown(
        ax,
        level(1e-8, GREY),
        dots([0, 0], [3, 2], BLUE),
        dots(0, 1e-8, BLUE, "", "v open"),
        dots([1, 1, 1], [5, 0.5, 0.25], ORANGE),
        *([empty] if any(not np.size(mark.arrays[0]) for mark in shown(ax)) else []),
    )


@draws(descents.descent_on_surface)
def test_descent_on_a_surface():
    """Paths have a along x and b along y, as the contours have."""
    ax, a, b = new_axes(), np.linspace(0, 4, 5), np.linspace(0, 8, 9)
    loss = (a[None] - 1) ** 2 + (b[:, None] - 6) ** 2
    path = np.array([[0.0, 1.0], [2.0, 3.0], [1.0, 6.0]])
    descents.descent_on_surface(ax, a, b, loss, {"α = 1": path}, np.array([1.0, 6.0]), [1.0, 4.0])
    found = shown(ax)
    contours = [mark for mark in found if mark.kind == "contour"]
    assert [mark.arrays[0].tolist() for mark in contours] == [[1, 4]]
    (artist,) = ax.collections
    corners = artist.get_paths()[1].vertices  # a circle of radius 2 around (1, 6)
    np.testing.assert_allclose(np.hypot(*(corners - [1, 6]).T), 2, atol=0.3)
    drawn = line(path[:, 0], path[:, 1], BLUE, "α = 1", "o-")
    assert_shown(ax, drawn, dots(1, 6, INK, "", "+"), *contours)


@draws(descents.lines_over_steps, descents.decays)
@pytest.mark.parametrize("draw", [descents.decays, descents.lines_over_steps])
def test_lines_over_steps(draw):
    ax = new_axes()
    others = {} if draw is descents.decays else {"ylim": (1e-3, 10), "level": (2.0, "plateau")}
    draw(ax, X, {"a": A, "b": B}, "Loss", **others)
    known = [] if draw is descents.decays else [level(2.0, GREY, "plateau")]
    assert_shown(ax, line(X, A, BLUE, "a"), line(X, B, ORANGE, "b"), *known)
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "Loss")


@draws(descents.rates_of_step)
def test_rates_of_steps():
    ax = new_axes()
    curves, marked = {"λ = L": A, "λ = μ": B}, {"small": (1.0, 0.5), "best": (2.0, 0.25)}
    descents.rates_of_step(ax, X, curves, marked, 2.0)
    assert_shown(
        ax,
        line(X, A, GREY, "λ = L"),
        line(X, B, GREY, "λ = μ", "--"),
        level(1, INK),
        upright(2.0, GREY),
        dots(1.0, 0.5, BLUE, "small"),
        dots(2.0, 0.25, ORANGE, "best", "s"),
    )


@draws(condition.steps_over_condition)
def test_steps_over_condition():
    """Computed medians are open; one that is reached by some ends in a triangle, by none in its
    row.
    """
    ax = new_axes()
    measured = {
        "one": np.array([[3.0, 5.0, np.nan], [2.0, 4.0, np.nan], [4.0, np.inf, np.nan]]),
        "two": spread(C),
    }
    computed = {"one": np.array([False, True, False]), "two": np.array([True, False, False])}
    condition.steps_over_condition(
        ax, X, measured, computed, 100, {"theory": B}, "Steps", {"one": 1e4}, 20
    )
    none = np.zeros(0)
    marks = [
        boxes([0, 1e4 / 2.5, 1, 2.5e4 - 1e4 / 2.5], GREY),
        level(100, GREY),
        level(20, GREY),
        line(X, B, GREY),
        line(X, measured["one"][0], BLUE),
        line(X, C, ORANGE),
        bars(X[:2], [2, 4], [4, 400], BLUE),
        bars(X, 0.75 * C, 1.5 * C, ORANGE),
        dots(X[1], 400, BLUE, "", "^"),
        dots(X[0], 3, BLUE),
        dots(X[1], 5, BLUE, "", "o open"),
        dots(X[2], 1e4, BLUE, "", "^ open"),
        dots(X[1:], C[1:], ORANGE, "", "s"),
        dots(X[0], C[0], ORANGE, "", "s open"),
    ]
    nothing = [dots(none, none, ORANGE, "", marker) for marker in ("^", "^ open")]
    left = [mark for mark in shown(ax) if mark.kind == "dots" and not len(mark.arrays[0])]
    assert_shown(ax, *marks, *nothing[: len(left)])


@draws(stability.stability_map)
def test_map_of_stability():
    """αλ along x, β along y; the measured rate in grey, cut at 1.5."""
    ax = new_axes()
    product, beta = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 0.5, 1.0])
    growth = np.array([[0.5, 0.9, 1.2, 3.0], [0.6, 0.8, 1.1, 2.0], [0.7, 0.75, 1.3, 1.4]])
    lines = {"loss × 1": np.array([X, B]), "loss × 2": np.array([X, C])}
    best = (np.array([0.5, 1.5]), 0.25)
    stability.stability_map(ax, product, beta, growth, np.array([X, A]), lines, best)
    contour = [mark for mark in shown(ax) if mark.kind == "contour"]
    assert [mark.arrays[0].tolist() for mark in contour] == [[1.0]]
    assert to_hex(RED) in np.ravel(contour[0].color)
    assert_shown(
        ax,
        mesh(product, beta, np.minimum(growth, 1.5), "Greys", (0, 2.6)),
        *contour,
        line(X, A, INK, "", "--"),
        line(X, B, BLUE, "loss × 1"),
        line(X, C, SKY, "loss × 2"),
        dots([0.5, 1.5], [0.25, 0.25], INK, "best heavy ball", "D open"),
    )


@draws(stability.rates_on_line)
def test_rates_on_the_line():
    ax = new_axes()
    best = {"loss × 1": (1.0, 0.5), "loss × 2": (2.0, 0.75)}
    stability.rates_on_line(ax, X, {"loss × 1": A, "loss × 2": B}, best, 0.6)
    assert_shown(
        ax,
        level(1, INK),
        level(0.6, INK, "best α and β, any scale"),
        line(X, A, BLUE, "loss × 1"),
        line(X, B, SKY, "loss × 2"),
        dots(1.0, 0.5, BLUE),
        dots(2.0, 0.75, SKY),
    )
