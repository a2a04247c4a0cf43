"""Figures of studies hand their panels what their datasets hold, and draw the rest themselves.

Datasets are those in `data/`. Where a figure only puts panels together, its panels are replaced by
functions that remember what they were given (`test_drawn_studies` looks at the panels).
"""

import inspect
from functools import cache, wraps
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from drawn import (
    assert_shown,
    axes_of,
    band,
    bars,
    boxes,
    dots,
    draws,
    image,
    legend_of,
    level,
    line,
    rods,
    scatter,
    shown,
    ticks_of,
    upright,
)
from matplotlib.colors import to_hex
from slow_interval import share_band, share_interval, slow_band, slow_interval
from test_figures import ARMS, FakeResult, comparison

from spikesampler import Comparison
from spikesampler.figures.style import GREY, INK, PALETTE
from spikesampler.language.model import load_model
from spikesampler.studies.fang_2018 import (
    comparison_figures,
    fig2,
    gradient,
    gradient_figure,
    saddle_figure,
)
from spikesampler.studies.fang_2018 import saddle as saddle_study
from spikesampler.studies.fang_2018.comparison_figures import leak_figure, scales_figure
from spikesampler.studies.gamst_walker_2017 import (
    averages,
    basin,
    best_fits,
    curvature,
    function,
    functions,
    minima,
    noise,
    panels,
    paths,
    wide,
)
from spikesampler.studies.gamst_walker_2017 import figures as gamst_walker
from spikesampler.studies.kappel_2015.figure import swap_figure
from spikesampler.studies.kulikovskikh_2021.accuracy_figures import (
    balance_figure,
    curves_figure,
    differences_figure,
)
from spikesampler.studies.kulikovskikh_2021.edge_figures import (
    edge_course_figure,
    edge_figure,
    rising_figure,
)
from spikesampler.studies.optimisation_primer.figures import (
    bump,
    condition,
    descents,
    flat,
    rates,
    stability,
)
from spikesampler.studies.optimisation_primer.figures import line as primer_line
from spikesampler.studies.strict_saddle_cases import figure as saddle_panels
from spikesampler.studies.strict_saddle_cases import study as strict_saddles
from spikesampler.studies.valizadeh_2022 import depth_figure as depths
from spikesampler.studies.valizadeh_2022.figures import loss_panel, losses_figure, ratios_figure

pytestmark = pytest.mark.filterwarnings("ignore:No artists with labels")  # of panels replaced
DATA = Path(__file__).parents[1] / "data"
BLUE, ORANGE, GREEN, PINK, SKY, RED, VIOLET = PALETTE[:7]


@cache
def data(name):
    return xr.load_dataset(DATA / f"{name}.nc", engine="h5netcdf", decode_times=False)


@pytest.fixture
def given(monkeypatch):
    """given(module, *names): {label of axes: arguments by name} of these panels, once drawn."""

    def spy(module, *names):
        calls = {}
        for name in names:
            panel = getattr(module, name)
            signature = inspect.signature(panel)

            def remember(ax, *args, panel=panel, signature=signature, **kwargs):
                known = signature.bind(ax, *args, **kwargs).arguments
                del known["ax"]
                calls.setdefault(ax.get_label() or panel.__name__, []).append(known)

            monkeypatch.setattr(module, name, wraps(panel)(remember))
        return calls

    return spy


def same(found, expected):
    """Arguments of a panel are these, dicts with the same keys in the same order."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, dict):
            assert list(found[name]) == list(value), name
            same(found[name], value)
        elif isinstance(value, str) or value is None:
            assert found[name] == value, name
        else:
            np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-300, err_msg=name)


# --- optimisation primer -----


@draws(rates.rates_figure)
def test_rates_of_the_primer(given):
    d, calls = data("optimisation_primer"), given(rates, "measured_rates", "conjugate_curves")
    rates.rates_figure(d)
    measured, conjugate = (call for (call,) in calls.values())
    line_ = measured["line"]

    def theory(name, k):  # of the best step: (κ-1)/(κ+1); of the heavy ball with roots
        k = np.sqrt(k) if "ball" in name else k
        return -np.log((k - 1) / (k + 1))

    names = [str(name) for name in d["linear_method"].values]
    assert sum("ball" in name for name in names) == 1
    same(
        measured,
        {
            "condition": d["rate_condition"].values,
            "measured": {name: -d["log_rate"].values[0, i] for i, name in enumerate(names)},
            "theory": {name: theory(name, line_) for name in names},
            "line": line_,
        },
    )
    rotated = [str(name) for name in d["orientation"].values].index("rotated")
    chosen = [i for i, k in enumerate(d["condition"].values) if k in (1e1, 1e2, 1e4, 1e6, 1e10)]
    curves = [d["conjugate"].values[rotated, i] for i in chosen]
    labels = [f"κ = $10^{{{n}}}$" for n in (1, 2, 4, 6, 10)]
    same(
        conjugate,
        {
            "k": np.arange(41),
            "curves": dict(zip(labels, curves)),
            "dimensions": d.attrs["dimensions"],
            "fraction": d.attrs["fraction"],
        },
    )


@draws(flat.flat_figure)
def test_flat_places_of_the_primer(given):
    d, calls = data("optimisation_primer"), given(flat, "plateau_profile", "steps_over_rate")
    flat.flat_figure(d)
    c, loss = d["plateau_c"].values, d["plateau_loss"].values
    profile = {"c": c, "loss": loss, "start": (c[-1], loss[-1]), "level": d["plateau_level"].values}
    same(calls["A plateau"][0], profile)
    for heading, place in (("Steps to leave it", "plateau"), ("Steps to leave a saddle", "saddle")):
        labels = [f"β = {beta:g}" for beta in d["momentum_value"].values]
        columns = {
            name: {label: d[f"{place}_{own}"].values[:, i] for i, label in enumerate(labels)}
            for name, own in (("measured", "steps"), ("theory", "theory"))
        }
        rest = {"step": d[f"{place}_step"].values, "budget": d.attrs["flat_budget"]}
        found = calls[heading][0]
        same({name: found[name] for name in (*columns, *rest)}, columns | rest)


@draws(descents.steps_figure)
def test_steps_of_the_primer(given):
    d = data("optimisation_primer")
    calls = given(descents, "descent_on_surface", "lines_over_steps", "rates_of_step")
    descents.steps_figure(d)
    names = [str(name) for name in d["kind"].values]
    surfaces = [
        call for group in calls.values() for call in group if "best" in call and "a" in call
    ]
    for i, (name, call) in enumerate(zip(names, surfaces, strict=True)):
        title = f"{name}, α = {d['line_step'].values[i]:.4f}"
        same(
            call,
            {
                "a": d["line_a"].values,
                "b": d["line_b"].values,
                "loss": d["line_loss"].values,
                "best": d["line_best"].values,
                "paths": {name: d["line_path"].values[i]},
                "title": title,
            },
        )
    excess = d["line_path_loss"].values - float(d["line_least"])
    lines = {name: np.maximum(excess[i], 1e-13) for i, name in enumerate(names)}
    same(calls["Loss"][0]["lines"], lines)
    found, (low, high) = calls["What the step decides"][0], d["line_curvature"].values
    assert low < high
    step = found["step"]
    same(found["rates"], {"λ = L": np.abs(1 - step * high), "λ = μ": np.abs(1 - step * low)})
    marked = {
        name: (a, max(abs(1 - a * low), abs(1 - a * high)))
        for name, a in zip(names, d["line_step"].values)
    }
    same(found["marked"], marked)
    assert found["best"] == pytest.approx(2 / (low + high))


@draws(descents.momentum_figure)
def test_momentum_of_the_primer(given):
    d = data("optimisation_primer")
    calls = given(descents, "descent_on_surface", "decays")
    descents.momentum_figure(d)
    titles = [
        f"{name}:  α = {step:.3g}, β = {beta:.2g}"
        for name, (step, beta) in zip(d["trace"].values, d["trace_setting"].values)
    ]
    surfaces = [call for group in calls.values() for call in group if "a" in call]
    for i, call in enumerate(surfaces):
        assert call["title"] == titles[i]
        same(call["paths"], {"": d["trace_path"].values[i, :61]})
    distances = np.sqrt(((d["trace_path"].values - d["line_best"].values) ** 2).sum(axis=2))
    found = calls["Distance to the minimum"][0]
    same(found["lines"], dict(zip(titles, np.maximum(distances, 1e-9))))


@draws(primer_line.line_figure)
def test_models_of_the_primer(given):
    d, calls = data("optimisation_primer"), given(primer_line, "data_and_models", "taylor_errors")
    primer_line.line_figure(d)
    models, taylor = (call for (call,) in calls.values())
    x = models["grid"]
    (a, b), (plane_a, plane_b) = d["line_best"].values, d["plane_best"].values
    free = d["bump_end"].values[0]
    same(
        models["curves"],
        {
            "line": a * x + b,
            "bump, c = −1, d = 0": plane_a * np.exp(-plane_b * (x + 1) ** 2),
            "bump, all four free": free[0] * np.exp(-free[1] * (x - free[2]) ** 2) + free[3],
        },
    )
    labels = [f"{model}, {form}" for model in d["model"].values for form in d["form"].values]
    errors = d["taylor_error"].values.reshape(4, -1)
    same(taylor, {"sizes": d["taylor_size"].values, "errors": dict(zip(labels, errors))})


@draws(bump.bump_figure)
def test_descents_on_the_bump(given):
    d = data("optimisation_primer")
    calls = given(bump, "descent_on_surface", "lines_over_steps", "eigenvalue_panel")
    bump.bump_figure(d)
    labels = [f"α = {step:.2g}" for step in d["plane_step"].values]
    starts = [f"start {i + 1}" for i in range(3)]
    surface = calls["Loss at c = −1, d = 0"][0]
    for name in ("a", "b", "loss", "best"):
        np.testing.assert_array_equal(surface[name], d[f"plane_{name}"].values)
    same(surface["paths"], dict(zip(labels, d["plane_path"].values)))
    plane, four = (calls[f"Descent of a{rest}"][0] for rest in (" and b", ", b, c and d"))
    same(plane["lines"], dict(zip(labels, d["plane_path_loss"].values)))
    same(four["lines"], dict(zip(starts, np.maximum(d["bump_loss"].values, 1e-30))))
    found = calls["Curvature where it ends"][0]
    assert found["labels"] == starts
    np.testing.assert_array_equal(found["values"], d["bump_curvature"].values)


@draws(stability.stability_figure)
def test_stability_of_the_primer(given):
    d, calls = data("optimisation_primer"), given(stability, "stability_map", "rates_on_line")
    stability.stability_figure(d)
    on_map, on_line = (call for (call,) in calls.values())
    for name, own in (("product", "growth_product"), ("beta", "growth_beta"), ("growth", "growth")):
        np.testing.assert_array_equal(on_map[name], d[own].values)
    low, high = d["line_curvature"].values
    for scale, (product, beta) in zip(d["scale_value"].values, on_map["lines"].values()):
        np.testing.assert_allclose(product, (1 - beta) * scale * high)  # α λ where α + β = 1
    product, beta = on_map["boundary"]
    ends = (beta < 1) & (product > 0)
    np.testing.assert_allclose(product[ends], 2 * (1 + beta[ends]))
    roots = np.sqrt([low, high])
    step, momentum = 4 / roots.sum() ** 2, (np.diff(roots)[0] / roots.sum()) ** 2  # Polyak
    np.testing.assert_allclose(on_map["best"][0], step * np.array([low, high]))
    assert on_map["best"][1] == pytest.approx(momentum)
    labels = [f"loss × {scale:g}" for scale in d["scale_value"].values]
    same(on_line["rates"], dict(zip(labels, d["sum_rate"].values)))
    best = zip(1 - d["sum_best_beta"].values, d["sum_best"].values)
    same(on_line["best"], dict(zip(labels, best)))
    np.testing.assert_array_equal(on_line["rest"], 1 - d["sum_beta"].values)


@draws(condition.condition_figure)
def test_conditions_of_the_primer(given):
    """Medians over draws by method, orientation and measure; what some reach ends at infinity."""
    d, calls = data("optimisation_primer"), given(condition, "steps_over_condition")
    fig = condition.condition_figure(d)
    for heading, (call,) in calls.items():
        measure, _, orientation = heading.partition(", ")
        orientation = {"axis-aligned": "aligned"}.get(orientation, orientation)
        assert f"the {measure.lower()} is" in call["ylabel"]
        for name, found in call["steps"].items():
            at = {"method": name, "orientation": orientation, "measure": measure.lower()}
            cells = d["steps"].sel(at)
            values = cells.transpose("condition", "draw").values.astype(float)
            values = values[:, :1] if orientation == "aligned" else values  # which has no draws
            values[values < 0] = np.inf
            middle = np.sort(values, axis=1)[:, values.shape[1] // 2]
            reached = np.isfinite(middle)
            np.testing.assert_array_equal(np.isfinite(found[0]), reached)
            np.testing.assert_allclose(found[0][reached], middle[reached])
            np.testing.assert_allclose(found[1][reached], values.min(axis=1)[reached])
    (legend,) = fig.legends
    colors = (BLUE, ORANGE, INK, GREEN, RED, PINK, VIOLET)
    names = [str(name) for name in d["method"].values]
    assert legend_of(legend) == dict(zip(names, map(to_hex, colors)))


# --- strict saddles -----


@draws(strict_saddles.draw, saddle_panels.strict_saddle_figure)
def test_saddles(given):
    d = data("strict_saddle_cases")
    names = ("saddle_spectra", "escape_over_dimension", "steps_to_saddles", "growth_factors")
    calls = given(saddle_panels, *names)
    strict_saddles.draw(d)
    spectra, escape, octopus, growth = (calls[name][0] for name in names)
    dense = d["dense_d"].values
    np.testing.assert_array_equal(spectra["eigenvalues"], d["eigenvalue"].values)
    np.testing.assert_allclose(spectra["theory"], [-8 / dense, 8 - 8 / dense])
    L = d["L"].values
    np.testing.assert_allclose(growth["limit"], 1 + L)
    assert octopus["factor"] == growth["theory"][0]
    assert octopus["limit"] == d.attrs["max_steps"]
    for i, name in enumerate(map(str, d["descent"].values)):
        np.testing.assert_array_equal(growth["factors"][name], d["octopus_growth"].values[:, i].T)
        steps, passed = (d[f"tensor_{kind}"].values[:, i] for kind in ("steps", "passed"))
        if passed.all():
            np.testing.assert_allclose(escape["steps"][name][0], np.median(steps, axis=1), rtol=0.1)
        steps, passed = (d[f"octopus_{kind}"].values[0, i] for kind in ("steps", "passed"))
        known = passed.all(axis=0)
        middle = np.median(steps, axis=0)
        np.testing.assert_allclose(octopus["steps"][name][0][known], middle[known], rtol=0.1)
        assert list(escape["theory"]) == list(escape["steps"])
    assert len({tuple(values) for values in escape["theory"].values()}) == 3


# --- Gamst & Walker (2017) -----

OPTIMIZERS = ("momentum", "momentum_keras", "adadelta_keras_2017")


@draws(averages.draw, gamst_walker.row_figure)
def test_averages(given):
    d, calls = data("gamst_walker_fig2"), given(panels, "tube")
    averages.draw(d)
    assert list(calls) == [str(name) for name in d["optimizer"].values]
    for i, (call,) in enumerate(calls.values()):
        arrays = {"x": d["x"].values, "target": d["target"].values}
        same(call, arrays | {"mean": d["mean"].values[i], "sd": d["sd"].values[i]})


@draws(functions.draw, gamst_walker.functions_figure)
def test_functions(given):
    """A panel for each, of Adadelta's networks."""
    shape, rng = ("function", "optimizer", "point"), np.random.default_rng(1)
    names = ("x", "target", "mean", "sd")
    variables = {f"fits_{name}": (shape, rng.random((5, 3, 4))) for name in names}
    d = xr.Dataset(variables, {"function": [3, 1, 4, 15, 9], "optimizer": list(OPTIMIZERS)})
    calls = given(panels, "tube")
    functions.draw(d)
    assert list(calls) == ["function 3", "function 1", "function 4", "function 15", "function 9"]
    for i, (call,) in enumerate(calls.values()):
        same(call, {name: d[f"fits_{name}"].values[i, 2] for name in names})


@draws(best_fits.draw, wide.draw, gamst_walker.best_figure)
@pytest.mark.parametrize(("module", "name"), [(best_fits, "fig3"), (wide, "wide")])
def test_best_fits(given, module, name):
    d, calls = data(f"gamst_walker_{name}"), given(panels, "best_fit")
    module.draw(d)
    for i, (call, optimizer) in enumerate(zip(calls.items(), d["optimizer"].values)):
        assert call[0].endswith(str(optimizer))
        least = d["best_error"].values[i] if name == "fig3" else d["error"].values[i].min()
        arrays = {"x": d["x"].values, "target": d["target"].values, "best": d["best"].values[i]}
        same(call[1][0], arrays | {"error": least})


@draws(paths.draw, gamst_walker.paths_figure)
def test_paths(given):
    """All paths by optimiser in a colour each; one of the first, chosen in the dataset."""
    d = data("gamst_walker_fig4")
    calls = given(panels, "energy_along", "functions_along", "turning_along")
    paths.draw(d)
    for i, name in enumerate(d["optimizer"].values):
        call = calls["a"][i]
        arrays = {"distance": d["distance"].values[i], "energy": d["energy"].values[i]}
        same(call, arrays | {"color": PALETTE[i], "label": str(name)})
    one = int(d["chosen"].values[0])
    arrays = {"distance": d["distance"].values[0], "energy": d["energy"].values[0]}
    along = {name: values[[one]] for name, values in arrays.items()}
    same(calls["b"][0], along | {"highlight": 0})
    outputs = d["outputs"].values[0]
    spread = 0.35 * (outputs.max() - outputs.min())
    same(calls["c"][0], {"x": d["x"].values, "outputs": outputs, "spread": spread})
    turning = {"distance": d["distance"].values[0], "angle": d["turning"].values[0]}
    same(calls["d"][0], turning | {"highlight": one})


@draws(basin.draw, gamst_walker.basin_figure)
def test_basins(given):
    d, calls = data("gamst_walker_fig5"), given(panels, "basin_scatter")
    small = d.isel(trial=slice(None, None, 9))
    basin.draw(small)
    for i, (call,) in enumerate(calls.values()):
        sound = np.isfinite(small["error"].values[i])
        np.testing.assert_array_equal(call["distance"], small["jitter"].values[i][sound])
        np.testing.assert_array_equal(call["error"], small["error"].values[i][sound])
        distance, curve = call["curve"]
        assert (np.diff(distance) > 0).all()
        assert ((curve >= 0) & (curve <= 1)).all()
        assert (np.diff(curve) <= 0).all()  # from far away fewer return


@draws(curvature.draw, gamst_walker.spectra_figure)
def test_spectra(given):
    d, calls = data("gamst_walker_hessian"), given(panels, "eigenvalues")
    curvature.draw(d)
    refined = [str(state) for state in d["state"].values].index("refined")
    for i, (call,) in enumerate(calls.values()):
        same(call, {"values": d["eigenvalue"].values[i, refined], "target": d["target"].values})


@draws(noise.draw, gamst_walker.noise_figure)
def test_noise(given):
    d, calls = data("gamst_walker_noise"), given(panels, "against_temperature")
    noise.draw(d)
    random, near = (call for (call,) in calls.values())
    shown = [noise.SHOWN[str(arm)].removeprefix("noise ") for arm in d["arm"].values]
    assert random["labels"] == near["labels"] == shown
    errors = d["glorot_error"].values
    np.testing.assert_allclose(random["values"][:, 0], np.median(errors, axis=2), rtol=1e-6)
    assert random["none"][0] == pytest.approx(np.median(d["glorot_none"].values), rel=1e-6)
    for call in (random, near):
        middle, low, high = np.moveaxis(call["values"], 1, 0)
        assert (low <= middle).all()
        assert (middle <= high).all()
        np.testing.assert_array_equal(call["temperature"], d["temperature"].values)
    for i, t in np.ndindex(errors.shape[:2]):  # of 128, binomial(128, 1/2) has 2.5 % below 53
        bounds = np.sort(errors[i, t])[[52, 75]]
        np.testing.assert_allclose(random["values"][i, 1:, t], bounds, rtol=1e-6)
    level_ = load_model("gamst_walker_2017")["returned"]  # an error that small is W_f's
    for errors, found in (
        (d["jitter_error"].values, near["values"][:, 0]),
        (d["jitter_none"].values, near["none"][0]),
    ):
        np.testing.assert_allclose(found, (errors < level_).mean(axis=-1))


@draws(minima.draw, gamst_walker.tree_figure)
def test_minima(given):
    """Leaves at their errors; joints at the lowest passes, and outputs of all but W_f in red."""
    d, calls = data("gamst_walker_minima"), given(panels, "merge_tree")
    fig = minima.draw(d)
    call = calls["tree"][0]
    np.testing.assert_array_equal(call["energies"], d["leaf_error"].values)
    passes = d["pass"].values[~np.eye(16, dtype=bool)]
    heights = call["tree"][:, 2]
    assert set(heights) <= set(passes)
    assert heights.min() == np.nanmin(passes)
    drawn = [line(d["x"].values, d["target"].values, BLUE, "f")]
    drawn += [line(d["x"].values, row, RED) for row in d["output"].values[1:]]
    assert_shown(axes_of(fig)["functions"], *drawn)


@draws(function.draw, gamst_walker.function_figure)
def test_the_function(given):
    d, calls = data("gamst_walker_fig1"), given(panels, "network_diagram")
    fig = function.draw(d)
    drawn = line(d["fine"].values, d["output"].values, BLUE, "f")
    knots = dots(d["knot"].values, d["height"].values, INK, marker=".")
    assert_shown(axes_of(fig)["function"], drawn, knots)
    layers = calls["network"][0]["layers"]
    numbers = np.concatenate([np.concatenate([w.ravel(), b]) for w, b in layers])
    np.testing.assert_array_equal(np.sort(numbers), np.sort(d["params"].values))


@draws(gamst_walker.outputs_figure)
def test_outputs(given):
    calls, x = given(panels, "tube", "best_fit"), np.linspace(-1, 1, 9)
    arrays = {"x": x, "target": x**2, "mean": x**3, "sd": 0.1 + 0 * x, "best": x + 1}
    gamst_walker.outputs_figure(arrays | {"best_error": 0.5, "number": 7}, "adam")
    same(calls["mean"][0], {name: arrays[name] for name in ("x", "target", "mean", "sd")})
    best = {name: arrays[name] for name in ("x", "target", "best")}
    same(calls["best"][0], best | {"error": 0.5})


# --- Fang, Yu & Chen (2018) -----


@draws(gradient.draw, gradient_figure.gradient_figure)
def test_gradient(given):
    d = data("fang_2018_gradient")
    calls = given(gradient_figure, "convergence", "error_law", "curvature_bias", "spread")
    gradient.draw(d)
    for i, start in enumerate(map(str, d["start"].values)):
        call = calls[f"convergence {start}"][0]
        for name in ("events", "snapshots", "means", "predicted", "low", "high"):
            np.testing.assert_array_equal(call[name], d[name].values[i])
        assert call["floor"] == d["bias"].values[i]
    law, bias, spread = (calls[name][0] for name in ("error_law", "curvature_bias", "spread"))
    densities = dict(zip(map(str, d["start"].values), d["histogram"].values))
    same(law["densities"], densities)
    x, normal = law["line"]
    np.testing.assert_allclose(normal, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))
    m = d["spikes"].values
    same(
        bias,
        {
            "spikes": m,
            "plug_in": d["sampled_plug_in_bias"].values.T,
            "corrected": d["sampled_corrected_bias"].values.T,
            "theory": 1 / m,
        },
    )
    same(
        spread,
        {
            "spikes": m,
            "gradient": d["sampled_gradient_error"].values,
            "theory": d["sampled_gradient_predicted"].values,
            "plug_in": d["sampled_plug_in_sd"].values,
            "corrected": d["sampled_corrected_sd"].values,
        },
    )


@draws(scales_figure)
def test_noise_scales(given):
    """Accuracy left, time to escape right, a row per start; means of the dataset's own seeds."""
    arms = ("weight", "constant_matched")
    scaled = [f"{arm}:noise_scale={scale}" for arm in arms for scale in ("0.1", "0.3", "3")]
    study = Comparison("made-up", data("fang_2018_study").sel(arm=["none", *arms, *scaled]))
    calls = given(comparison_figures, "lines_against")
    scales_figure(study)
    for start in ("prior", "plateau"):
        call = calls[f"test_accuracy {start}"][0]
        assert call["labels"] == ("weight", "constant_matched")
        assert list(call["colors"][:2]) == [BLUE, ORANGE]
        assert list(call["x"]) == [0.1, 0.3, 1.0, 3.0]
        values = study.dataset["test_accuracy"].sel(start=start)
        for i, arm in enumerate(call["labels"]):
            for j, scale in enumerate(("0.1", "0.3", "1", "3")):
                name = arm if scale == "1" else f"{arm}:noise_scale={scale}"
                found = [call[bound][i, j] for bound in ("mean", "low", "high")]
                np.testing.assert_allclose(
                    found, share_interval(values.sel(arm=name).values), rtol=1e-9
                )
        np.testing.assert_allclose(
            call["control"], share_interval(values.sel(arm="none").values), rtol=1e-9
        )
        call = calls[f"escape_seconds {start}"][0]
        times = study.dataset["escape_seconds"].sel(start=start)
        escaped = study.dataset["escaped"].sel(start=start)
        own = times.sel(arm="weight").values
        if escaped.sel(arm="weight").all():
            assert call["mean"][0, 2] == pytest.approx(np.median(own), rel=0.25)


@draws(leak_figure)
def test_leak(given):
    """Online less probe accuracy of each step size, in its order: 1e-5 to 1e-3."""
    names = {
        "1e-5": "step_1e-5",
        "3e-5": "step_3e-5",
        "1e-4": "study",
        "3e-4": "step_3e-4",
        "1e-3": "step_1e-3",
    }
    steps = {}
    for b, name in names.items():
        dataset = data(f"fang_2018_{name}")
        comparison = Comparison("made-up", dataset)
        steps[b] = comparison.sel(["none", "weight"], "prior") if name == "study" else comparison
    fig = leak_figure(steps)
    x, axes = 100 * np.array([1e-5, 3e-5, 1e-4, 3e-4, 1e-3]), axes_of(fig)
    drawn, right = [level(0, GREY)], []
    for i, (arm, color) in enumerate((("none", INK), ("weight", BLUE))):
        leaks = []
        for comparison in steps.values():
            of_arm = comparison.dataset.sel(arm=arm).squeeze()
            if "start" in of_arm.dims:
                of_arm = of_arm.sel(start="prior")
            leaks.append(
                slow_interval(
                    (of_arm["final_online_accuracy"] - of_arm["final_probe_accuracy"]).values
                )
            )
        mean, low, high = np.transpose(leaks)
        beside = x * 1.035 ** (i - 0.5)
        style = ("o-", "s-")[i]
        drawn += [line(beside, mean, color, arm, style), bars(beside, low, high, color)]
        for j, measure in enumerate(("online", "test")):
            values = []
            for comparison in steps.values():
                of_arm = comparison.dataset.sel(arm=arm).squeeze()
                name = "final_online_accuracy" if measure == "online" else "test_accuracy"
                values.append(share_interval(of_arm[name].values))
            mean, low, high = np.transpose(values)
            place = x * 1.035 ** (2 * i + j - 1.5)
            look = ("o", "s", "^", "D")[2 * i + j] + ("--" if measure == "online" else "-")
            right += [
                line(place, mean, color, f"{arm}, {measure}", look),
                bars(place, low, high, color),
            ]
    assert_shown(axes["leak"], *drawn)
    assert_shown(axes["accuracy"], *right)


@draws(saddle_study.draw, saddle_figure.study_figure)
def test_saddle_study(given):
    """Curves over seeds: median, least and greatest; shares of positive eigenvalues by arm."""
    names = ("fang_2018_saddle", "fang_2018_stationary")
    calls = given(saddle_figure, "criterion_curves", "index_curves", "signs")
    saddle_study.draw({name: data(name) for name in names})
    points, near = (data(name).to_dataframe() for name in names)
    for arm in ("none", "weight"):
        for start in ("prior", "plateau"):
            call = calls[f"{arm} {start}"][0]
            part = points[
                (points.network == "paper") & (points.arm == arm) & (points.start == start)
            ]
            np.testing.assert_array_equal(call["seconds"], sorted(set(part.seconds)))
            for name, curves in call["curves"].items():
                for i, seconds in enumerate(call["seconds"]):
                    values = part[part.seconds == seconds][name]
                    expected = values.median(), values.min(), values.max()
                    np.testing.assert_allclose([curve[i] for curve in curves], expected)
    for start in ("prior", "plateau"):
        call = calls[f"index {start}"][0]
        assert list(call["labels"])[:2] == ["none", "weight"]
        for arm, (mean, _, _) in zip(call["labels"], call["index"]):
            part = points[
                (points.network == "small") & (points.start == start) & (points.arm == arm)
            ]
            shares = [
                (part[part.seconds == seconds]["index"] / -part.a.iloc[0]).mean()
                for seconds in call["seconds"]
            ]
            np.testing.assert_allclose(mean, shares)
    call = calls["signs"][0]
    pairs = set(zip(near[near.converged].total, near[near.converged].largest))
    assert set(zip(call["total"], call["largest"])) <= pairs
    for total, largest, group in zip(call["total"], call["largest"], call["group"]):
        row = near[(near.total == total) & (near.largest == largest)].iloc[0]
        kind = ("maxima", "passes")[int(row.wanted_index)]
        assert call["labels"][group] == f"{kind}, N = {row.effective_patterns / 200:.0f}"


@draws(fig2.fig2)
def test_fig_2_of_the_paper(given):
    """Rasters of the run's windows; curves and accuracies of the arms that are asked for."""
    study = Comparison("made-up", comparison(ARMS, 5, ("prior", "plateau")))
    windows = [[0, 10], [145, 155], [290, 300]]
    result = FakeResult(num_samples=1500, windows=windows, record="windows")
    calls = given(fig2, "learning_curves", "accuracies", "name_arms")
    shown_windows = []
    fig2.draw_column, draw_column = (
        lambda fig, window, *place, **look: shown_windows.append((window.start, window.stop)),
        fig2.draw_column,
    )
    try:
        fig2.fig2(study, result, "constant", ["weight", "none"], "plateau")
    finally:
        fig2.draw_column = draw_column
    assert shown_windows == [(0, 2), (149, 151), (298, 300)]
    curves, (phases, names) = calls["curves"][0], calls["accuracies"]
    of_start = study.dataset.sel(start="plateau")
    measures = ("final_online_accuracy", "final_probe_accuracy", "test_accuracy")
    for i, arm in enumerate(("weight", "none")):
        assert curves["labels"][i] == names["names"][i] == arm
        probe = of_start["probe_accuracy"].sel(arm=arm).values
        for name, values in zip(("mean", "low", "high"), share_band(probe)):
            np.testing.assert_allclose(curves[name][i], values)
        online = of_start["online_accuracy"].sel(arm=arm).values.mean(axis=0)
        np.testing.assert_allclose(curves["online"][i], online)
        values = np.array([of_start[name].sel(arm=arm).values for name in measures])
        np.testing.assert_array_equal(phases["values"][:, i], values)
        expected = np.transpose([share_interval(row) for row in values])
        for name, column in zip(("mean", "low", "high"), expected):
            np.testing.assert_allclose(phases[name][:, i], column, rtol=1e-9)
        assert names["heights"][i] == pytest.approx(values[2].mean())
    assert curves["colors"] == names["colors"] == [BLUE, INK]
    assert phases["arms"] == ["weight", "none"]


# --- Kulikovskikh & Legović (2021) -----

LIGHT = {
    "s-adam": ORANGE,
    "s-adagrad": PINK,
    "s-sgd": INK,
    "light-sgd": BLUE,
    "light-sgd, T = 0": SKY,
    "light-sgd, E = 0": GREEN,
    "s-sgd, scaled": RED,
}


def light_tables():
    d = data("light_tables")
    return d.isel(task=slice(0, 2)), [str(name) for name in d["drawn"].values]


def legend_is(fig, expected):
    (legend,) = fig.legends
    assert legend_of(legend) == {name: to_hex(color) for name, color in expected.items()}


@draws(curves_figure)
def test_accuracies_along_training():
    d, arms = light_tables()
    fig = curves_figure(d)
    epoch = d["epoch"].values[1:]
    for i, ax in enumerate(fig.axes):
        drawn = []
        for k, arm in enumerate(arms):
            test, train = (d[f"{name}_curve"].values[k, :, i, 1:] for name in ("test", "train"))
            mean, low, high = test
            drawn += [
                band(epoch, low, high, LIGHT[arm]),
                line(epoch, mean, LIGHT[arm]),
                line(epoch, train[0], LIGHT[arm], "", "--"),
            ]
        assert_shown(ax, *drawn)
        assert ax.get_title() == str(d["task"].values[i])
    legend_is(fig, {arm: LIGHT[arm] for arm in arms} | {"test": GREY, "train": GREY})


@draws(balance_figure)
def test_balance_of_test_and_train():
    """Train accuracy along x, test minus train along y, in points; a dot at the end."""
    d, arms = light_tables()
    fig = balance_figure(d)
    for i, ax in enumerate(fig.axes):
        drawn = [level(0, "#c8c8c8")]
        for k, arm in enumerate(arms):
            test, train = (d[f"{name}_curve"].values[k, 0, i, 1:] for name in ("test", "train"))
            gap = 100 * (test - train)
            drawn += [line(train, gap, LIGHT[arm]), dots(train[-1], gap[-1], LIGHT[arm])]
        assert_shown(ax, *drawn)
    legend_is(fig, {arm: LIGHT[arm] for arm in arms})


def walsh(differences):
    """Median of all means of two, and the 53rd smallest and largest of them: of 20 pairs the sum of
    ranks is 52 or less with a chance of .0242 (the tables of Wilcoxon's test). Accuracies are told
    apart to 9 digits: what differs by rounding alone is a tie.
    """
    differences = np.round(differences, 9)
    means = sorted((a + b) / 2 for k, a in enumerate(differences) for b in differences[k:])
    return np.median(means), means[52], means[-53]


@draws(differences_figure)
def test_differences_of_methods():
    """Blue where the first is better, red where it is worse, grey where the interval has 0."""
    d = data("light_tables").isel(task=[3, 0, 6]).copy(deep=True)
    d["test_mean"].loc[{"task": d["task"][1], "arm": "light-sgd"}] += 0.02  # somewhere better
    axes = axes_of(differences_figure(d))
    assert len(axes) == 11
    colors = set()
    for first, second in (
        ("light-sgd", "s-adam"),
        ("light-sgd", "s-sgd"),
        ("light-sgd, tuned", "s-sgd, tuned"),
    ):
        values = [d["test_mean"].sel(arm=arm).values for arm in (first, second)]
        mean, low, high = 100 * np.transpose([walsh(a - b) for a, b in zip(*values)])
        shade = [BLUE if a > 0 else RED if b < 0 else GREY for a, b in zip(low, high)]
        y, hexes = np.arange(3), [to_hex(color) for color in shade]
        ax = axes[f"{first} − {second}"]
        assert_shown(ax, upright(0, GREY), rods(y, low, high, hexes), scatter(mean, y, hexes))
        assert ax.get_ylim() == (2.5, -0.5)  # the first task above
        colors |= set(shade)
    assert colors == {BLUE, RED, GREY}


EDGE_COLORS = {
    "E = 0": GREEN,
    "E = 1.57 r": BLUE,
    "T = 0, E = 0.5 r": SKY,
    "T = 0, E = 1.57 r": PINK,
    "T = 0, E = 3 r": VIOLET,
    "sigmoid": INK,
}


@draws(edge_figure, rising_figure)
@pytest.mark.parametrize(("draw", "name"), [(edge_figure, "edge"), (rising_figure, "rising")])
def test_edge_against_growth(draw, name):
    """Medians and quartiles over runs, arms side by side, a column per mode and step."""
    d = data("light_edge_of_stability").isel(task=slice(0, 2))
    fig = draw(d)
    r, arms = d["r"].values, d["arm"].values.tolist()
    floor = 1e-3 if name == "edge" else -np.inf
    for i, task in enumerate(map(str, d["task"].values)):
        for m, mode in enumerate(map(str, d["mode"].values)):
            for n, rate in enumerate(d["rate"].values):
                (ax,) = [ax for ax in fig.axes if ax.get_label() == f"{task} {mode}, η = {rate:g}"]
                drawn = [] if name == "rising" else boxes([0, 0.9, 1, 0.2], "#dadada")
                for k, arm in enumerate(arms):
                    color = EDGE_COLORS[arm]
                    cells = d[name].values[m, n, i, :, k]  # (r, run)
                    middle, low, high = (
                        np.maximum(np.nanquantile(cells, share, axis=1), floor)
                        for share in (0.5, 0.25, 0.75)
                    )
                    beside = r * 1.04 ** (k - (len(arms) - 1) / 2)
                    style = "s--" if arm == "sigmoid" else "o-"
                    drawn += [
                        line(beside, middle, color, "", style),
                        bars(beside, low, high, color),
                    ]
                band_ = [mark for mark in shown(ax) if mark.kind == "box"]
                drawn = [mark for mark in drawn if not isinstance(mark, list)]
                assert len(band_) == (name == "edge")
                if band_:
                    assert band_[0].arrays[1] < 1 < band_[0].arrays[1] + band_[0].arrays[3]
                ax_marks = [
                    *[mark for mark in drawn if getattr(mark, "kind", "box") != "box"],
                    *band_,
                ]
                assert_shown(ax, *ax_marks)
    legend_is(fig, {arm: EDGE_COLORS[arm] for arm in arms})


@draws(edge_course_figure)
def test_edge_along_training():
    d = data("light_edge_of_stability").isel(task=slice(1, 3))
    fig = edge_course_figure(d)
    epoch = d["epoch"].values
    x = np.maximum(epoch, epoch[1] / 3)
    for i, task in enumerate(map(str, d["task"].values)):
        for n, rate in enumerate(d["rate"].values):
            for j in (-3, -1):
                r = d["r"].values[j]
                label = f"{task} η = {rate:g}, r = {r:g}"
                (ax,) = [ax for ax in fig.axes if ax.get_label() == label]
                drawn = [mark for mark in shown(ax) if mark.kind == "box"]
                for k, arm in enumerate(d["arm"].values.tolist()):
                    color, style = EDGE_COLORS[arm], "--" if arm == "sigmoid" else "-"
                    middle, low, high = np.maximum(d["course"].values[n, i, j, k], 1e-3)
                    drawn += [line(x, middle, color, "", style), band(x, low, high, color)]
                assert_shown(ax, *drawn)


# --- Valizadeh et al. (2022) -----

METHOD_COLORS = {
    "gradient_descent": INK,
    "layer_scaled": ORANGE,
    "position_wise": BLUE,
    "momentum": GREEN,
    "adam": PINK,
}


def cost(d, axis, arm):
    return 1.0 if axis == "epochs" else np.median(d[axis].sel(arm=arm).values)


@draws(losses_figure, loss_panel)
def test_losses_against_costs():
    """Each method against its own cost; dashed where its rate was tuned."""
    d = data("position_wise").isel(task=slice(0, 2))
    fig = losses_figure(d)
    axes = axes_of(fig)
    for name in map(str, d["task"].values):
        task = d.sel(task=name)
        for axis in ("epochs", "updates", "operations", "seconds"):
            ax = axes[f"{name} {axis}"]
            found = shown(ax)
            drawn = [mark for mark in found if mark.kind == "level" and mark.color == "#c8c8c8"]
            known = set(np.round(task["level_loss"].values, 12))
            assert {round(float(mark.arrays[0][0]), 12) for mark in drawn} <= known
            assert drawn
            drawn.append(level(float(task["guess"]), RED))
            for arm in map(str, d["arm"].values):
                loss = task["loss"].sel(arm=arm).values
                x = cost(task, axis, arm) * d["epoch"].values
                good = np.isfinite(loss).all(axis=0) & (x > 0)
                color = METHOD_COLORS[arm.split(",")[0]]
                style = "--" if "," in arm else "-"
                drawn.append(line(x[good], np.median(loss[:, good], axis=0), color, "", style))
            assert_shown(
                ax, *drawn, *(mark for mark in found if mark.label == "guess" and ax is fig.axes[0])
            )
    (legend,) = fig.legends
    for text, color in legend_of(legend).items():
        method = text.split(",")[0].replace(" ", "_")
        assert color == to_hex(RED if text == "guess" else METHOD_COLORS[method])


def ends_of(values):
    """Mean and interval of ten values; of some that are not finite, median and order statistics:
    the second of ten at either end, what is unknown being there.
    """
    if np.isfinite(values).all():
        return slow_interval(values) if np.ptp(values) > 1e-12 else [values[0]] * 3
    known = np.sort(values[~np.isnan(values)])
    low, high = (
        np.sort(np.nan_to_num(values, nan=end, posinf=np.inf, neginf=-np.inf))
        for end in (-np.inf, np.inf)
    )
    return np.median(known), low[1], high[-2]


@draws(ratios_figure)
def test_ratios_of_costs_by_task():
    """First over second on each axis; open intervals, as some never get there, go to the edge."""
    d = data("position_wise").isel(task=slice(0, 1))
    fig, task = ratios_figure(d), d.isel(task=0)
    pairs = [
        ("gradient_descent", "position_wise"),
        ("layer_scaled", "position_wise"),
        ("gradient_descent, tuned", "position_wise, tuned"),
        ("layer_scaled, tuned", "position_wise, tuned"),
        ("momentum, tuned", "position_wise, tuned"),
        ("adam, tuned", "position_wise, tuned"),
    ]
    axes, seen = axes_of(fig), 0
    for number, loss in enumerate(task["level_loss"].values):
        for axis in ("epochs", "updates", "operations", "seconds"):
            label = f"{task['task'].item()}\nto a loss of {loss:.4g} {axis}"
            if label not in axes:
                continue
            drawn = [upright(1, GREY)]
            for y, (first, second) in enumerate(pairs):
                costs = np.array(
                    [
                        task["epochs"].sel(arm=arm).values[number] * cost(task, axis, arm)
                        for arm in (first, second)
                    ]
                )
                with np.errstate(invalid="ignore", divide="ignore"):
                    values = np.where((costs > 0).all(axis=0), np.subtract(*np.log(costs)), np.nan)
                color = METHOD_COLORS[first.split(",")[0]]
                marker = "o open" if "," in first else "o"
                if (~np.isnan(values)).sum() < 2:
                    drawn += [rods(y, np.nan, np.nan, color), dots(np.nan, y, color, "", marker)]
                    continue
                ends = np.clip(np.exp(ends_of(values)), *axes[label].get_xlim())
                drawn += [rods(y, *ends[1:], color), dots(ends[0], y, color, "", marker)]
            assert_shown(axes[label], *drawn)
            seen += 1
    assert seen >= 4


@draws(depths.depth_figure)
def test_costs_by_depth(given):
    d, calls = data("position_wise_depth"), given(depths, "depth_panel")
    limits = depths.depth_figure(d).axes[0].get_ylim()
    names = [str(name) for name in d["optimizer"].values]
    for i, shape in enumerate(map(str, d["shape"].values)):
        for s, setting in enumerate(("one rate", "best rates")):
            for what in ("epochs", "operations"):
                (call,) = calls[f"{shape} {setting}: {what}"]
                for depth in range(4):
                    epochs = d["epochs"].values[i, depth, :, s].astype(float)
                    for k, control in enumerate(("gradient_descent", "layer_scaled")):
                        own = epochs[names.index(control)], epochs[names.index("position_wise")]
                        if what == "operations":
                            work = d["operations"].values[i, depth]
                            own = (
                                own[0] * work[names.index(control)],
                                own[1] * work[names.index("position_wise")],
                            )
                        with np.errstate(invalid="ignore", divide="ignore"):
                            logs = np.subtract(*np.log(own))
                        found = call["ratios"][depth, k, 0]
                        if (~np.isnan(logs)).sum() > 1:
                            expected = np.clip(np.exp(ends_of(logs)[0]), *limits)
                            assert found == pytest.approx(expected, rel=1e-9)
                        else:
                            assert np.isnan(found)


# --- Kappel et al. (2015) -----


@draws(swap_figure)
def test_the_swap():
    """Outputs in the order of the old clusters that they prefer; curves of both temperatures."""
    d = data("kappel_2015")
    axes = axes_of(swap_figure(d))
    first = d.isel(seed=0)
    for T in (0, 1):
        rate = first["rate"].sel(temperature=T)
        learnt = rate.sel(phase="learn", moment="last").values  # (output, class)
        prefers = np.where(np.nan_to_num(learnt).max(axis=1) > 0, learnt.argmax(axis=1), -1)
        outputs = np.argsort(prefers, kind="stable")
        end = rate.sel(phase="swap", moment="last").values[outputs]
        new = np.argsort(end.argmax(axis=0), kind="stable")
        for phase in ("learn", "swap"):
            for moment in ("first", "last"):
                values = rate.sel(phase=phase, moment=moment).values[outputs]
                values = values[:, new] if phase == "swap" else values
                ax = axes[f"T={T} {phase} {moment}"]
                assert_shown(ax, image(values, "Blues", (0, d.attrs["total_rate"])))
    half = float(d["time"].sel(phase="learn")[-1]) / 60
    colors = {0: RED, 1: BLUE}
    for name, scale in (("entropy", 1), ("connected", 100), ("changed", 100), ("selective", 1)):
        drawn = [upright(half, GREY)]
        for phase, style in (("learn", "-"), ("swap", "-"), ("stay", "--"), ("anew", "--")):
            time = d["time"].sel(phase=phase).values / 60 + (0 if phase == "learn" else half)
            for T, color in colors.items():
                values = d[name].sel(phase=phase, temperature=T).transpose("seed", "probe").values
                mean, low, high = slow_band(scale * values)
                drawn.append(line(time, mean, color, f"{phase} T={T}", style))
                if phase in ("learn", "swap"):
                    drawn.append(band(time, low, high, color))
        assert_shown(axes[name], *drawn)
    assert ticks_of(axes["entropy"].xaxis)
