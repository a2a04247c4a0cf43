"""Strict saddles with known answers: spectra and verdicts, and how long gradient descent takes to
escape, by its noise.

Tensor decomposition (Ge, Huang, Jin & Yuan 2015, COLT): the spectra at its symmetric saddle and at
the identity, and the steps until f has fallen by DROP from that saddle, over d. The start is SHIFT
away from it, in a random direction. To leading order, with curvature 8/d, step size η and s =
(d−1)/d, the escaping part of the tangent space, it takes log(a/(√s·SHIFT)) / log(1 + 8η/d) steps, a
= √(2·DROP·d/8); perturbed, the radius stands in the place of SHIFT. Octopus function (Du, Jin, Lee,
Jordan, Póczos & Singh 2017, NeurIPS): the step by which saddle n is passed. While x_n grows by 1 +
2ηγ a step, x_(n+1) shrinks by 1 − 2ηL, so each saddle takes plain gradient descent

    1 − log(1 − 2ηL)/log(1 + 2ηγ)    times the steps of the one before;    (L+γ)/γ in the limit of
    small steps

and in float64 it stops for ever where a step of x_(n+1) rounds to 0, about 740/(2ηL) steps after
the start. Perturbed gradient descent (Jin et al. 2017, ICML) and noisy (Ge et al. 2015) should need
as many at each saddle.

Step sizes, radii, thresholds, ε and γ of the verdicts are our choices. Medians are Kaplan and
Meier's: walks that have not escaped count as such; those that leave the octopus function's domain
would be given up there, and are counted.

    python scripts/strict_saddle_cases.py --out strict_saddle
"""

import sys
from functools import partial

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.landscape.cases import (
    DoubleWell,
    MonkeySaddle,
    QuarticSaddle,
    TensorDecomposition,
    spectrum,
)
from spikesampler.landscape.descent import (
    escape_steps,
    gradient_descent,
    init,
    noisy_gradient_descent,
    perturbed_gradient_descent,
)
from spikesampler.landscape.octopus import Octopus
from spikesampler.landscape.strict import CLASSES, Verdict, classify, strict_saddle
from spikesampler.studies.scripting import dataset_script

SHIFT, DROP = 1e-6, 0.05  # distance of a start from the saddle, fall of f that is an escape
TENSOR = {
    "step_size": 0.02,
    "noise_radius": 0.1,
    "radius": 0.01,
    "gradient_threshold": 1e-4,
    "time_threshold": 100,
}
TENSOR_STEPS = 20_000
# of the verdicts; γ is 4/d, half the known curvature, on the tensor function and 0.1 in the plane
EPSILON = 0.1
STRETCH = 0.05  # ηL on the octopus function; radius and thresholds there in units of τ and γτ
OCTOPUS = {
    "noise_radius": 0.1,
    "radius": np.e / 100,
    "gradient_threshold": np.e / 100,
    "time_threshold": 1,
}
FULL = {
    "dimensions": (3, 4, 6, 8, 12, 16, 24, 32),
    "walks": 32,
    "saddles": 10,
    "ratios": (1, 1.5, 2, np.e, 4),
    "max_steps": 12_000,
    "points": 300,
}
QUICK = {
    "dimensions": (3, 4, 6),
    "walks": 8,
    "saddles": 5,
    "ratios": (1, 2),
    "max_steps": 1500,
    "points": 20,
}
SPECTRA = 12  # spectra up to this d: they are dense


def methods(step_size, noise_radius, radius, gradient_threshold, time_threshold):
    """{name: step function}."""
    return {
        "plain": partial(gradient_descent, step_size=step_size),
        "noisy": partial(noisy_gradient_descent, step_size=step_size, noise_radius=noise_radius),
        "perturbed": partial(
            perturbed_gradient_descent,
            step_size=step_size,
            radius=radius,
            gradient_threshold=gradient_threshold,
            time_threshold=time_threshold,
        ),
    }


METHODS = tuple(methods(**TENSOR))


def tensor_points(rng, case, number):
    """Random points, saddles and minima under random signs, and where gradient descent passes from
    random points.
    """
    few, d = number // 10, case.d
    drawn = case.retract(np.zeros(case.shape), rng.standard_normal((number, d, d)))
    special = np.concatenate(
        [np.tile(case.saddle, (few, 1, 1)), [np.eye(d)[rng.permutation(d)] for _ in range(few)]]
    )
    special *= rng.choice([-1.0, 1.0], special.shape)
    step = partial(gradient_descent, step_size=TENSOR["step_size"])
    walked = [
        escape_steps(step, rng, case, drawn[:few], lambda x: np.zeros(len(x)), max_steps=n).position
        for n in (20, 100, 1000)
    ]
    return np.concatenate([case.saddle[np.newaxis], np.eye(d)[np.newaxis], special, drawn, *walked])


def plane_points(rng, stationary, number):
    """Stationary points, points less than 0.001 away from them, and points in the box [−1.5,
    1.5]².
    """
    stationary = np.array(stationary, float)
    near = stationary[rng.integers(len(stationary), size=number // 10)] + rng.uniform(
        -7e-4, 7e-4, (number // 10, 2)
    )
    return np.concatenate([stationary, near, rng.uniform(-1.5, 1.5, (number, 2))])


def verdicts(rng, number):
    """{name: Verdict} of the tensor function, a positive control and two negative ones."""
    tensors = {f"tensor decomposition, d={d}": TensorDecomposition(d) for d in (3, 6)}
    planes = {
        "x²/2 + (y²−1)²/4": (DoubleWell(), [(0, 0), (0, 1), (0, -1)]),
        "x³ − 3xy²": (MonkeySaddle(), [(0, 0)]),
        "x⁴ − y⁴": (QuarticSaddle(), [(0, 0)]),
    }
    cases = {
        name: (case, tensor_points(rng, case, number), 4 / case.d) for name, case in tensors.items()
    }
    cases |= {
        name: (case, plane_points(rng, points, number), EPSILON)
        for name, (case, points) in planes.items()
    }
    found = {}
    for name, (case, points, gamma) in cases.items():
        norms = np.sqrt((case.gradient(points) ** 2).reshape(len(points), -1).sum(axis=1))
        curvatures = [-spectrum(case, point)[0] for point in points]
        found[name] = strict_saddle(classify(norms, curvatures, epsilon=EPSILON, gamma=gamma))
    return found


def tensor_spectra(dimensions):
    """Eigenvalues (n, most) at the saddle, nan-padded, and the largest deviation from 4 at the
    identity (n,).
    """
    cases = [TensorDecomposition(d) for d in dimensions]
    values = np.full((len(cases), cases[-1].dimension), np.nan)
    for row, case in zip(values, cases):
        row[: case.dimension] = spectrum(case, case.saddle)
    return values, np.array([np.abs(spectrum(case, np.eye(case.d)) - 4).max() for case in cases])


def tensor_escape(rng, d, walks):
    """{method: Escapes} from the symmetric saddle."""
    case = TensorDecomposition(d)
    away = rng.standard_normal((walks, d, d))
    away = case.tangent(case.saddle, away)
    away *= SHIFT / np.sqrt((away**2).sum(axis=(1, 2), keepdims=True))
    start, low = case.retract(case.saddle, away), case.value(case.saddle) - DROP
    return {
        name: escape_steps(
            step, rng, case, start, lambda x: case.value(x) < low, max_steps=TENSOR_STEPS
        )
        for name, step in methods(**TENSOR).items()
    }


def tensor_theory(d):
    """{method: steps} to leading order; noise adds up to a variance, and the ball's mean norm is
    r·n/(n+1).
    """
    d = np.asarray(d, float)
    rate, share, far = 8 / d * TENSOR["step_size"], (d - 1) / d, np.sqrt(2 * DROP * d / 8)
    size, radius = d * (d - 1), TENSOR["radius"]
    kicks = (TENSOR["step_size"] * TENSOR["noise_radius"]) ** 2 * share / ((1 + rate) ** 2 - 1)
    log = {
        "plain": np.log(far / (np.sqrt(share) * SHIFT)),
        "noisy": np.log1p(far**2 / kicks) / 2,
        "perturbed": np.log(far / (np.sqrt(share) * radius * size / (size + 1))),
    }
    return {name: value / np.log1p(rate) for name, value in log.items()}


def octopus_escape(rng, d, L, walks, max_steps):
    """{method: Escapes} from starts uniform in [−1, 1]^d."""
    case, start = Octopus(d, L=L), rng.uniform(-1, 1, (walks, d))
    return {
        name: escape_steps(step, rng, case, start, case.passed, num_saddles=d, max_steps=max_steps)
        for name, step in methods(STRETCH / L, **OCTOPUS).items()
    }


def measured_growth(found):
    """Of each walk, (T_N/T_m)^(1/(N−m)), T_n the steps between saddles n−1 and n, N the last one
    that all walks pass.

    m is half of N, rounded up: the second half, where the start is forgotten. nan with fewer than
    three saddles.
    """
    last = int(found.passed.all(axis=0).sum())
    if last < 3:
        return np.full(len(found.steps), np.nan)
    half = (last + 1) // 2
    between = np.diff(found.steps, axis=1)
    return (between[:, last - 2] / between[:, half - 2]) ** (1 / (last - half))


def stuck(case, found, step_size):
    """Whether a gradient step no longer changes the coordinate along which a walk should leave its
    last saddle.
    """
    here, number = found.position, case.passed(found.position)
    waits = ~found.left & (number < case.d)
    moved = here.copy()
    if waits.any():
        moved[waits] = gradient_descent(None, init(here[waits]), case, step_size=step_size)[
            0
        ].position
    along = (np.arange(len(here)), np.minimum(number, case.d - 1))
    return waits & (moved[along] == here[along])


def median(steps, passed):
    """Median, low and high, (3, n), of steps (walks, n); nan where fewer than half passed."""
    rows = [
        stats.escape_median(stats.Escape(*one))
        for one in zip(np.transpose(steps).astype(float), passed.T)
    ]
    return np.array([row[:3] if np.isfinite(row.mean) else (np.nan,) * 3 for row in rows]).T


def gather(seed, dimensions, walks, saddles, ratios, max_steps, points):
    """Everything measured, as one Dataset; each part draws from its own generator."""
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(3)]
    judged = verdicts(streams[0], points)
    dense = [d for d in dimensions if d <= SPECTRA]
    eigenvalues, deviation = tensor_spectra(dense)
    tensor = [tensor_escape(streams[1], d, walks) for d in dimensions]
    octopus = [octopus_escape(streams[2], saddles, float(L), walks, max_steps) for L in ratios]

    def collect(found, name):
        return np.array([[getattr(one[method], name) for method in METHODS] for one in found])

    factors = [
        [
            (
                stats.bootstrap_interval(values)[:3]
                if np.isfinite(values := measured_growth(one[method])).all()
                else (np.nan,) * 3
            )
            for method in METHODS
        ]
        for one in octopus
    ]
    over, along = ("d", "descent", "walk"), ("L", "descent", "walk", "saddle")
    variables = {
        "eigenvalue": (
            ("dense_d", "index"),
            eigenvalues,
            {"long_name": "Hessian at the tensor's symmetric saddle"},
        ),
        "identity_deviation": (
            ("dense_d",),
            deviation,
            {"long_name": "largest |eigenvalue − 4| at the identity"},
        ),
        "tensor_steps": (
            over,
            collect(tensor, "steps")[..., 0],
            {"long_name": "steps to leave the symmetric saddle"},
        ),
        "tensor_passed": (over, collect(tensor, "passed")[..., 0]),
        "octopus_steps": (
            along,
            collect(octopus, "steps"),
            {"long_name": "step by which a saddle was passed"},
        ),
        "octopus_passed": (along, collect(octopus, "passed")),
        "octopus_left": (
            along[:3],
            collect(octopus, "left"),
            {"long_name": "left the function's domain"},
        ),
        "octopus_stuck": (
            along[:3],
            np.array(
                [
                    [
                        stuck(Octopus(saddles, L=float(L)), one[name], STRETCH / L)
                        for name in METHODS
                    ]
                    for L, one in zip(ratios, octopus)
                ]
            ),
            {"long_name": "a gradient step no longer changes x_n at saddle n"},
        ),
        "octopus_perturbations": (along[:3], collect(octopus, "perturbations")),
        "octopus_growth": (
            ("L", "descent", "bound"),
            np.array(factors),
            {"long_name": "growth of steps per saddle"},
        ),
        "points": (
            ("case", "class"),
            np.array([list(one.counts.values()) for one in judged.values()]),
        ),
        "strict": (("case",), np.array([one.strict for one in judged.values()])),
    }
    coords = {
        "d": list(dimensions),
        "dense_d": dense,
        "L": np.array(ratios, float),
        "descent": list(METHODS),
        "saddle": np.arange(1, saddles + 1),
        "bound": ["mean", "low", "high"],
        "case": list(judged),
        "class": list(CLASSES),
    }
    attrs = {
        "seed": seed,
        "shift": SHIFT,
        "drop": DROP,
        "epsilon": EPSILON,
        "octopus_eta_L": STRETCH,
        "max_steps": max_steps,
        **{f"tensor_{name}": value for name, value in TENSOR.items()},
        **{f"octopus_{name}": value for name, value in OCTOPUS.items()},
    }
    return xr.Dataset(variables, coords, attrs)


def medians(dataset):
    """{method: (3, n)} over d on the tensor function, and over saddles on the octopus function of
    the smallest L.
    """
    first, tensor, octopus = dataset.isel(L=0), {}, {}
    for name in METHODS:
        tensor[name] = median(
            *(dataset[f"tensor_{what}"].sel(descent=name).values.T for what in ("steps", "passed"))
        )
        octopus[name] = median(
            *(first[f"octopus_{what}"].sel(descent=name).values for what in ("steps", "passed"))
        )
    return tensor, octopus


def draw(dataset):
    from spikesampler.studies.strict_saddle_cases.figure import strict_saddle_figure

    tensor, octopus = medians(dataset)
    d, dense, L = (dataset[name].values.astype(float) for name in ("d", "dense_d", "L"))
    factors = {name: dataset["octopus_growth"].sel(descent=name).values.T for name in METHODS}
    theory = np.array([Octopus(1, L=one).growth(STRETCH / one) for one in L])
    arrays = {
        "saddle_spectra": {
            "dimension": dense,
            "eigenvalues": dataset["eigenvalue"].values,
            "theory": np.array([-8 / dense, 8 * (dense - 1) / dense]),
        },
        "escape_over_dimension": {"dimension": d, "steps": tensor, "theory": tensor_theory(d)},
        "steps_to_saddles": {
            "steps": octopus,
            "factor": theory[0],
            "limit": dataset.attrs["max_steps"],
        },
        "growth_factors": {"ratio": L, "factors": factors, "theory": theory, "limit": 1 + L},
    }
    walks = f"{dataset.sizes['walk']} walks"
    texts = {
        "saddle_spectra": "tensor function",
        "steps_to_saddles": f"median, 95 %, {walks}, L/γ = {L[0]:g}",
        "escape_over_dimension": f"median, 95 %, {walks}",
        "growth_factors": f"mean, 95 %, {walks}",
    }
    return strict_saddle_figure(arrays, texts)


def report(dataset):
    """The tables, as text."""
    columns = (dataset[name].values for name in ("case", "strict", "points"))
    judged = {
        name: Verdict(bool(strict), dict(zip(CLASSES, points)))
        for name, strict, points in zip(*columns)
    }
    tensor, octopus = medians(dataset)
    lines = [
        "Hessian at the tensor function's symmetric saddle: measured (times), theory; deviation"
        " from 4 at C = 1"
    ]
    spectra = (dataset[name].values for name in ("dense_d", "eigenvalue", "identity_deviation"))
    for d, values, deviation in zip(*spectra):
        low, high = values[values < 0], values[values > 0]
        lines.append(
            f"  d={d:<3} {low.mean():.6f} ({len(low)}), {-8 / d:.6f} ({(d - 1) ** 2}); "
            f" {high.mean():.6f} ({len(high)}), {8 * (d - 1) / d:.6f} ({d - 1});  {deviation:.0e}"
        )
    lines += ["Verdicts", *(f"  {name:<25} {verdict}" for name, verdict in judged.items())]
    theory = tensor_theory(dataset["d"].values)
    lines.append("Steps to leave the symmetric saddle: median [95 %], theory")
    for i, d in enumerate(dataset["d"].values):
        cells = (
            f"{name} {interval(tensor[name][:, i], 0)}, {theory[name][i]:.0f}" for name in METHODS
        )
        lines.append(f"  d={d:<3} " + ";  ".join(cells))
    lines.append(
        f"Octopus function, L/γ = {dataset['L'].values[0]:g}: step by which saddle n is passed,"
        " median [95 %]"
    )
    for n in range(dataset.sizes["saddle"]):
        lines.append(
            f"  n={n + 1:<3} "
            + ";  ".join(f"{name} {interval(octopus[name][:, n], 0)}" for name in METHODS)
        )
    lines.append(
        "Growth of the steps per saddle, over the second half of the saddles that all pass: mean"
        " [95 %]"
    )
    for L, values in zip(dataset["L"].values, dataset["octopus_growth"].values):
        cells = (f"{name} {interval(one, 3)}" for name, one in zip(METHODS, values))
        told = f"theory, plain: {Octopus(1, L=L).growth(STRETCH / L):.3f}, small steps: {1 + L:.3f}"
        lines.append(f"  L/γ={L:<5.3g} " + ";  ".join(cells) + f";  {told}")
    missed = (~dataset["octopus_passed"]).any("saddle").sum(("L", "walk")).values
    still, left = (
        dataset[f"octopus_{name}"].sum(("L", "walk")).values for name in ("stuck", "left")
    )
    lines.append(
        f"Octopus walks, of {dataset.sizes['L'] * dataset.sizes['walk']}, that did not pass all"
        f" saddles in {dataset.attrs['max_steps']} steps; for which a step of x_n rounds to 0; that"
        " left the domain"
    )
    lines += [f"  {name:<10} {a}; {b}; {c}" for name, a, b, c in zip(METHODS, missed, still, left)]
    return "\n".join(lines)


def interval(values, digits):
    """Middle [low, high], or that fewer than half of the walks got there."""
    if not np.isfinite(values[0]):
        return "not reached"
    middle, low, high = (f"{one:.{digits}f}" for one in values)
    return f"{middle} [{low}, {high}]"


def main(arguments=None):
    quick_help = "few walks, saddles and dimensions: whether it works"
    return dataset_script(globals(), arguments, quick_help=quick_help, out="strict_saddle")


if __name__ == "__main__":
    sys.exit(main())
