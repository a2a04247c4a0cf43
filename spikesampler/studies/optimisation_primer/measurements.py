"""Measurements of the optimisation primer, after P. van der Smagt's lecture "optimisation in neural
networks".

    line    y = ax + b                           on (0, 1), (1, 2.1), (2, 2.9); loss Σ (y − z)²: a
        quadratic in (a, b)
    bump    y = a exp(−b (x − c)²) + d           on the same points: no closed form
    memory  u_i = −g_i + β u_{i−1},  w += α u    gradient descent, with momentum where β > 0

Steps α are in 1/curvature; nothing else has a unit. Steps, starts and grids are our choices where
the lecture gives none. Quadratics of every condition: see
`spikesampler.studies.optimisation_primer.conditioning`.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from scipy.integrate import quad
from scipy.optimize import minimize

from spikesampler.landscape.cases import DoubleWell
from spikesampler.landscape.precision import enable_x64
from spikesampler.studies.optimisation_primer import conditioning, quadratic
from spikesampler.studies.optimisation_primer.conditioning import ADAPTIVE, MEASURES

__all__ = [
    "FULL",
    "QUICK",
    "bump_loss",
    "crossing_steps",
    "gather",
    "in_float64",
    "lecture_gradient",
    "line_fit",
    "plane_loss",
    "plateau_loss",
    "saddle_theory",
]

X, Z = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.1, 2.9])  # the lecture's points
DESIGN = np.stack([X, np.ones(3)], axis=1)
LINE_START = np.array([-1.0, 2.0])
PLANE_START = np.array([2.0, 0.5])  # (a, b) of the bump, at c = −1 and d = 0 as in the lecture
BUMP_STARTS = np.array([[2, 0.5, 1, 0], [2, 0.3, 2, 0.5], [2.5, 0.5, 2.5, 0]])
LECTURE = {
    "line": np.array([0.95, 1.05]),
    "condition": 1e10,
}  # what it prints: its fit; κ "not uncommon" in networks
PLATEAU = {"a": 2.9, "b": 1.0, "d": 0.0, "start": 5.5}  # only c moves
RIDGE_START = np.array([0.5, 1e-6])  # of the double well: its saddle is at 0
MOMENTA = (0.0, 0.9, 0.99)
TRACES = {"a": (0.01, 0.0), "b": (0.135, 0.0), "c": (0.01, 0.8), "best": None}  # (α, β)
SCALES = (0.01, 1.0, 100.0)  # factors of the line fit's loss
FRACTION, DIMENSIONS, CONJUGATE_BUDGET = 1e-6, 10, 40  # budget in steps
METHODS = ("gradient descent", "heavy ball", "conjugate gradients", *ADAPTIVE)
FULL = {
    "conditions": tuple(10.0**k for k in range(11)),
    "rotations": 5,
    "budget": 200_000,
    "bump_steps": 20_000,
    "flat_budget": 1_000_000,
    "plateau_steps": (1e-3, 3e-3, 1e-2, 3e-2),
    "saddle_steps": (1e-4, 1e-3, 1e-2, 1e-1),
    "grid": 61,
    "growth_steps": 8000,
    "rate_conditions": (10.0, 100.0, 1000.0),
}
QUICK = {
    "conditions": (1.0, 10.0, 100.0, 1e4),
    "rotations": 1,
    "budget": 2000,
    "bump_steps": 3000,
    "flat_budget": 10_000,
    "plateau_steps": (1e-2, 3e-2),
    "saddle_steps": (1e-3, 1e-2, 1e-1),
    "grid": 21,
    "growth_steps": 400,
    "rate_conditions": (10.0,),
}


def bump_loss(w):
    """Loss of the bump, w (…, 4): a, b, c, d; to be traced."""
    a, b, c, d = (w[..., i : i + 1] for i in range(4))
    return ((a * jnp.exp(-b * (X - c) ** 2) + d - Z) ** 2).sum(-1)


def plane_loss(w):
    """Loss of the bump at c = −1, d = 0, w (…, 2): a, b."""
    return bump_loss(jnp.concatenate([w, jnp.broadcast_to(jnp.array([-1.0, 0.0]), w.shape)], -1))


def plateau_loss(c):
    """Loss of the bump over c (…, 1) alone."""
    a, b, d = (jnp.full_like(c, PLATEAU[name]) for name in "abd")
    return bump_loss(jnp.concatenate([a, b, c, d], -1))


def lecture_gradient(a, b, c):
    """The lecture's three equations, sums over its points of their left sides: for a, b and c,
    without d.
    """
    e = np.exp(-b * (X - c) ** 2)
    wrong = a * e - Z
    return np.array(
        [
            (2 * e * wrong).sum(),
            (-2 * a * (X - c) ** 2 * e * wrong).sum(),
            (4 * a * b * (X - c) * e * wrong).sum(),
        ]
    )


def in_float64(function, *arguments):
    """Value of a jax function, as numpy."""
    with enable_x64(True):
        return jax.tree.map(np.asarray, jax.jit(function)(*arguments))


def line_fit():
    """(H, w*, eigenvalues, loss function of (…, 2)) of the line."""
    hessian, best = quadratic.least_squares(DESIGN, Z)
    return hessian, best, quadratic.curvatures(hessian), lambda w: ((w @ DESIGN.T - Z) ** 2).sum(-1)


def _descents(gradient, starts, settings, number):
    """Paths (p, number + 1, n) from starts (p, n), settings (p, 1) or (p, 2): step, and momentum
    where there is one.

    gradient : of one w (n,). All are compiled as one program.
    """
    optimizer = optax.sgd(
        settings[:, :1], momentum=settings[:, 1:] if settings.shape[1] > 1 else None
    )
    return np.moveaxis(
        quadratic.descend(optimizer, jax.vmap(gradient), np.array(starts), number), 1, 0
    )


# ---- what is gathered: each gives {name: (dims, values)}


def gather_line(grid):
    """The line fit: its loss, descents with four steps, the lecture's traces, conjugate
    gradients.
    """
    hessian, best, (low, high), loss = line_fit()
    limit = quadratic.largest_stable_step(high)
    steps = np.array([0.1 * limit, quadratic.best_step(low, high), 0.98 * limit, 1.02 * limit])
    heavy = quadratic.best_heavy_ball(low, high)
    traces = np.array([one or heavy for one in TRACES.values()])

    settings = np.concatenate([np.column_stack([steps, np.zeros(4)]), traces])
    every = _descents(lambda w: hessian @ (w - best), [LINE_START] * len(settings), settings, 120)
    paths, traced = every[:4, :61], every[4:]
    a, b = (
        np.linspace(best[0] - 2.6, best[0] + 2.6, grid),
        np.linspace(best[1] - 2.6, best[1] + 2.6, grid),
    )
    surface = loss(np.stack(np.meshgrid(a, b), axis=-1))
    conjugate = np.linalg.norm(quadratic.conjugate_gradients(hessian, best, 2) - best, axis=1)
    return {
        "line_best": (("line_parameter",), best),
        "line_curvature": (("line_parameter",), np.array([low, high])),
        "line_a": (("line_a_index",), a),
        "line_b": (("line_b_index",), b),
        "line_loss": (("line_b_index", "line_a_index"), surface.astype("f4")),
        "line_step": (("kind",), steps),
        "line_path": (("kind", "k", "line_parameter"), paths.astype("f4")),
        "line_path_loss": (("kind", "k"), loss(paths)),
        "line_least": ((), loss(best)),
        "trace_setting": (("trace", "setting"), traces),
        "trace_path": (("trace", "trace_k", "line_parameter"), traced.astype("f4")),
        "line_conjugate": (("conjugate_k",), conjugate),
    }


def gather_bump(grid, bump_steps):
    """The bump: its loss over (a, b), descents there and of all four parameters, and the lecture's
    equations.
    """
    value, slope = partial(in_float64, plane_loss), partial(in_float64, jax.grad(plane_loss))
    least = minimize(lambda w: float(value(w)), [1, 0], jac=slope, tol=1e-12)
    hessian = in_float64(jax.hessian(plane_loss), least.x)
    steps = np.array([0.8, 3.0, 8.0]) * quadratic.largest_stable_step(
        quadratic.curvatures(hessian)[-1]
    )
    a, b = np.linspace(-1, 4, grid), np.linspace(-0.4, 0.8, grid)
    plane = _descents(jax.grad(plane_loss), [PLANE_START] * 3, steps[:, np.newaxis], bump_steps)
    kept = np.unique(np.geomspace(1, bump_steps + 1, 120).astype(int)) - 1
    rate = 0.03
    paths = _descents(jax.grad(bump_loss), BUMP_STARTS, np.full((3, 1), rate), bump_steps)
    ends = paths[:, -1]
    curvature = np.linalg.eigvalsh(in_float64(jax.vmap(jax.hessian(bump_loss)), ends))
    return {
        "plane_best": (("line_parameter",), least.x),
        "plane_least": ((), least.fun),
        "plane_curvature": (("line_parameter",), quadratic.curvatures(hessian)),
        "plane_a": (("plane_a_index",), a),
        "plane_b": (("plane_b_index",), b),
        "plane_loss": (
            ("plane_b_index", "plane_a_index"),
            value(np.stack(np.meshgrid(a, b), -1)).astype("f4"),
        ),
        "plane_step": (("plane_kind",), steps),
        "plane_path": (("plane_kind", "kept", "line_parameter"), plane[:, kept].astype("f4")),
        "plane_path_loss": (("plane_kind", "kept"), value(plane[:, kept])),
        "kept_k": (("kept",), kept),
        "bump_step": ((), rate),
        "bump_end": (("bump_start", "bump_parameter"), ends),
        "bump_loss": (("bump_start", "kept"), in_float64(bump_loss, paths[:, kept])),
        "bump_curvature": (("bump_start", "bump_parameter"), curvature),
    }


def gather_equations(rng):
    """The lecture's three equations against the gradient by jax, and its Taylor term against the
    loss itself.
    """
    points = np.stack([rng.uniform(*one, 200) for one in ((0.5, 3), (0.1, 1), (-1, 3))], axis=1)
    given = np.array([lecture_gradient(*one) for one in points])
    offsets, slopes, wrong = np.array([0.0, 0.1, 0.5, 1.0]), jax.vmap(jax.grad(bump_loss)), []
    for d in offsets:
        true = in_float64(slopes, np.column_stack([points, np.full(len(points), d)]))
        wrong.append(
            np.linalg.norm(given - true[:, :3], axis=1) / np.linalg.norm(true[:, :3], axis=1)
        )
    sizes = np.geomspace(1e-3, 1, 25)
    direction = np.array([0.6, 0.8])
    _, best, _, line_loss = line_fit()
    cases = {"line": (line_loss, best + 1), "bump": (plane_loss, PLANE_START)}
    errors = np.array(
        [_taylor(function, point, direction, sizes) for function, point in cases.values()]
    )
    return {
        "equation_error": (("offset",), np.median(wrong, axis=1)),
        "offset_d": (("offset",), offsets),
        "taylor_size": (("size",), sizes),
        "taylor_error": (("model", "form", "size"), errors),
    }


def _taylor(function, point, direction, sizes):
    """|loss − expansion| (2, n), with ½ and without, at distances (n,) along a unit direction."""
    value, gradient, hessian = in_float64(
        lambda w: (function(w), jax.grad(function)(w), jax.hessian(function)(w)), point
    )
    there = in_float64(jax.vmap(function), point + sizes[:, np.newaxis] * direction)
    straight, bent = sizes * (gradient @ direction), sizes**2 * (direction @ hessian @ direction)
    return np.abs(np.array([there - value - straight - half * bent for half in (0.5, 1.0)]))


def crossing_steps(function, start, steps, momenta, *, level, budget):
    """Steps (α, β) until function(w) first is `level` or less, start (n,); −1 where that takes more
    than `budget`.
    """

    def walk(setting):
        optimizer = optax.sgd(setting[0], momentum=setting[1])
        first = jnp.asarray(start), optimizer.init(jnp.asarray(start)), 0

        def go(carry):
            return (function(carry[0]) > level) & (carry[2] < budget)

        def one(carry):
            updates, state = optimizer.update(jax.grad(function)(carry[0]), carry[1])
            return carry[0] + updates, state, carry[2] + 1

        w, _, count = jax.lax.while_loop(go, one, first)
        return jnp.where(function(w) <= level, count, -1)

    settings = np.array([[(step, momentum) for momentum in momenta] for step in steps])
    return in_float64(jax.vmap(jax.vmap(walk)), settings)


def gather_flat(flat_budget, plateau_steps, saddle_steps):
    """Steps to leave a plateau and a saddle, by step and momentum; by theory, for small steps."""
    c = np.linspace(-1, PLATEAU["start"], 400)
    values = in_float64(plateau_loss, c[:, np.newaxis])
    level = (values[-1] + values.min()) / 2
    edge = c[np.flatnonzero(values <= level)[-1] + 1]
    slope = jax.jit(jax.grad(lambda one: plateau_loss(one[jnp.newaxis])))
    with enable_x64(True):
        whole = quad(lambda one: 1 / float(slope(one)), edge, PLATEAU["start"])[0]
    sizes, momenta = np.array(plateau_steps), np.array(MOMENTA)
    plateau = crossing_steps(
        plateau_loss, [PLATEAU["start"]], sizes, momenta, level=level, budget=flat_budget
    )
    case, half = DoubleWell(), 0.125  # half of the saddle's height over the minima
    saddle = crossing_steps(
        case.value, RIDGE_START, saddle_steps, momenta, level=half, budget=flat_budget
    )
    return {
        "plateau_c": (("c_index",), c),
        "plateau_loss": (("c_index",), values),
        "plateau_level": ((), level),
        "plateau_step": (("plateau_index",), sizes),
        "plateau_steps": (("plateau_index", "momentum"), plateau),
        "plateau_theory": (
            ("plateau_index", "momentum"),
            whole * (1 - momenta) / sizes[:, np.newaxis],
        ),
        "saddle_step": (("saddle_index",), np.array(saddle_steps)),
        "saddle_steps": (("saddle_index", "momentum"), saddle),
        "saddle_theory": (("saddle_index", "momentum"), saddle_theory(saddle_steps, momenta, half)),
        "momentum_value": (("momentum",), momenta),
    }


def saddle_theory(steps, momenta, level):
    """Steps from y_0 to where (y² − 1)²/4 is the level: linear growth, and the cubic term for small
    steps.

    y grows by the larger root r of r² − (1 + β + α) r + β = 0; ln(y/√(1 − y²)) takes the place of
    ln y.
    """
    steps = np.asarray(steps)[:, np.newaxis]
    y2 = 1 - 2 * np.sqrt(level)
    middle = (1 + momenta + steps) / 2
    root = np.sqrt(middle**2 - momenta)
    share = (1 + steps - (middle - root)) / (2 * root)  # of the growing part in the start
    return np.log(np.sqrt(y2 / (1 - y2)) / (share * RIDGE_START[1])) / np.log(middle + root)


def gather_stability(grid, growth_steps):
    """Rates over (αλ, β), measured and by theory, and those on the lecture's line α + β = 1."""
    products, momenta = np.linspace(-0.23, 4.39, grid), np.linspace(0, 1.09, grid)
    x, beta = np.meshgrid(products, momenta)
    now, before, logs = np.ones_like(x), np.ones_like(x), np.zeros_like(x)
    for k in range(growth_steps):
        now, before = (1 + beta - x) * now - beta * before, now
        size = np.hypot(now, before)
        now, before = now / size, before / size
        logs += np.log(size) * (
            k >= growth_steps // 2
        )  # the second half, where the start is forgotten
    measured = np.exp(logs / (growth_steps - growth_steps // 2))
    theory, curvature = quadratic.spectral_radius(x, 1.0, beta), line_fit()[2]
    odd = quadratic.is_stable(x, 1.0, beta) != (measured < 1)
    along = 1 - np.geomspace(1, 1e-5, 20_001)
    bent = [scale * curvature[:, np.newaxis] for scale in SCALES]
    rates = np.array([quadratic.spectral_radius(one, 1 - along, along).max(axis=0) for one in bent])
    stable = np.array([quadratic.is_stable(one, 1 - along, along).all(axis=0) for one in bent])
    least, best, kept = (
        [along[one].min() for one in stable],
        rates.argmin(axis=1),
        slice(None, None, 50),
    )
    free = [quadratic.best_heavy_ball(*(scale * curvature)) for scale in SCALES]
    return {
        "growth": (("beta", "product"), measured.astype("f4")),
        "growth_product": (("product",), products),
        "growth_error": ((), np.abs(measured - theory).max()),
        "growth_misjudged": ((), int(odd.sum())),
        "growth_misjudged_by": ((), np.abs(theory - 1)[odd].max(initial=0)),
        "growth_beta": (("beta",), momenta),
        "sum_beta": (("along",), along[kept]),
        "sum_rate": (("scale", "along"), rates[:, kept].astype("f4")),
        "sum_least_beta": (("scale",), np.array(least)),
        "sum_best": (("scale",), rates.min(axis=1)),
        "sum_best_beta": (("scale",), along[best]),
        "free_setting": (("scale", "setting"), np.array(free)),
        "scale_value": (("scale",), np.array(SCALES)),
        "free_rate": (("scale",), np.sqrt(np.array(free)[:, 1])),
    }


def gather_rates(rate_conditions):
    """Log-rates per step from 200 to 400 time constants, measured and by theory, with the best
    settings.
    """
    theory = {
        "gradient descent": quadratic.gradient_descent_rate,
        "heavy ball": quadratic.heavy_ball_rate,
    }
    rates = np.empty((2, len(theory), len(rate_conditions)))
    for i, (name, rate) in enumerate(theory.items()):
        for j, condition in enumerate(rate_conditions):
            constant = -1 / np.log(rate(condition))
            window = int(200 * constant), int(400 * constant)
            setting = conditioning.linear_settings(condition)[name]
            found = conditioning.measured_rate(condition, DIMENSIONS, *setting, window)
            rates[:, i, j] = np.log(found), np.log(rate(condition))
    return {"log_rate": (("source", "linear_method", "rate_condition"), rates)}


def gather_conditioning(rng, conditions, rotations, budget):
    """First steps of all methods, with the best rate of the grid for each problem; see
    `conditioning`.
    """
    problems = conditioning.make_problems(rng, conditions, DIMENSIONS, rotations)
    shape = (len(METHODS), len(problems), len(conditions), rotations, len(MEASURES))
    steps, rates, computed = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, bool)
    curves = np.full(
        (len(problems), len(conditions), rotations, CONJUGATE_BUDGET + 1), np.nan, "f4"
    )
    for i, cases in enumerate(problems.values()):
        draws = len(cases.starts) // len(conditions)

        def arranged(values, draws=draws):
            return np.reshape(values, (len(conditions), draws, *np.shape(values)[1:]))

        for m, name in enumerate(METHODS):
            if name in ADAPTIVE:
                found, used = adaptive_steps(name, cases, budget)
                rates[m, i, :, :draws] = arranged(used)
            elif name == "conjugate gradients":
                distances, found = conditioning.conjugate_gradient_steps(
                    cases, fraction=FRACTION, budget=CONJUGATE_BUDGET
                )
                curves[i, :, :draws] = arranged(distances)
            else:
                found, skipped = linear_steps(name, cases, conditions, i == 1, budget)
                computed[m, i, :, :draws] = arranged(skipped)
            steps[m, i, :, :draws] = arranged(found)
    over = ("method", "orientation", "condition", "draw", "measure")
    grid = np.full((len(ADAPTIVE), max(len(one.rates) for one in ADAPTIVE.values())), np.nan)
    for row, one in zip(grid, ADAPTIVE.values()):
        row[: len(one.rates)] = one.rates
    return {
        "steps": (over, steps),
        "computed": (over, computed),
        "best_rate": (over, rates),
        "rate_grid": (("adaptive", "rate"), grid),
        "conjugate": ((*over[1:4], "cg_k"), curves),
    }


def adaptive_steps(name, cases, budget):
    """First steps (p, 2) with the best rate, and that rate, nan where none got there."""
    one = ADAPTIVE[name]
    every = conditioning.first_steps(
        one.factory, one.rates[np.newaxis, :, np.newaxis], cases, fraction=FRACTION, budget=budget
    )
    ordered = np.where(every < 0, np.iinfo(every.dtype).max, every)
    best = ordered.argmin(axis=1)
    found = np.take_along_axis(every, best[:, np.newaxis], axis=1)[:, 0]
    return found, np.where(found < 0, np.nan, one.rates[best])


def linear_steps(name, cases, conditions, aligned, budget):
    """First steps (p, 2), and which were not taken but computed: those beyond the budget.

    aligned : whether starts are the coordinates along the eigenvectors; else these are all equal.
    """
    every = np.repeat(conditions, len(cases.starts) // len(conditions))
    settings = np.array([conditioning.linear_settings(one)[name] for one in every])[:, np.newaxis]
    taken = conditioning.first_steps(
        conditioning.momentum_descent, settings, cases, fraction=FRACTION, budget=budget
    )[:, 0]
    starts = cases.starts if aligned else np.full(cases.starts.shape, 1 / np.sqrt(DIMENSIONS))
    exact = np.array(
        [
            conditioning.exact_steps(one, start[np.newaxis], fraction=FRACTION)[name][0]
            for one, start in zip(every, starts)
        ]
    )
    return np.where(taken < 0, exact, taken), taken < 0


def gather(
    seed,
    conditions,
    rotations,
    budget,
    bump_steps,
    flat_budget,
    plateau_steps,
    saddle_steps,
    grid,
    growth_steps,
    rate_conditions,
):
    """Everything measured, as one Dataset; each random part draws from its own generator."""
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(2)]
    variables = {
        **gather_line(grid),
        **gather_bump(grid, bump_steps),
        **gather_equations(streams[0]),
        **gather_flat(flat_budget, plateau_steps, saddle_steps),
        **gather_stability(grid, growth_steps),
        **gather_rates(rate_conditions),
        **gather_conditioning(streams[1], conditions, rotations, budget),
    }
    coords = {
        "kind": ["small", "best", "oscillating", "overshooting"],
        "trace": list(TRACES),
        "plane_kind": ["stable", "too large", "thrown out"],
        "setting": ["step", "momentum"],
        "model": ["line", "bump"],
        "form": ["with ½", "without"],
        "source": ["measured", "theory"],
        "linear_method": ["gradient descent", "heavy ball"],
        "rate_condition": list(rate_conditions),
        "method": list(METHODS),
        "adaptive": list(ADAPTIVE),
        "condition": list(conditions),
        "orientation": ["aligned", "aligned, random start", "rotated"],
        "measure": list(MEASURES),
    }
    attrs = {
        "seed": seed,
        "fraction": FRACTION,
        "dimensions": DIMENSIONS,
        "budget": budget,
        "flat_budget": flat_budget,
        "bump_steps": bump_steps,
        "growth_steps": growth_steps,
        **{f"settings of {name}": one.settings for name, one in ADAPTIVE.items()},
    }
    return xr.Dataset(variables, coords, attrs)
