"""Optimisation primer, after P. van der Smagt's lecture "optimisation in neural networks": what it
says, measured.

`spikesampler.studies.optimisation_primer.measurements` measures,
`spikesampler.studies.optimisation_primer.page` tells; here are report and figures. It writes
OUT/data/optimisation_primer.nc, OUT/docs/optimisation_primer.md and OUT/docs/figures/primer_*.png.

    python scripts/optimisation_primer.py --quick --out optimisation_primer
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import xarray as xr

from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.studies.optimisation_primer import measurements, quadratic
from spikesampler.studies.optimisation_primer.conditioning import ADAPTIVE, MEASURES
from spikesampler.studies.optimisation_primer.page import chosen, middle, numbers, page, steps_table
from spikesampler.studies.scripting import run_script


def report(dataset):
    """All numbers, as text."""
    parts = (
        report_line,
        report_bump,
        report_formulas,
        report_flat,
        report_momentum,
        report_rates,
        report_steps,
    )
    return "\n".join(line for part in parts for line in part(dataset))


def listed(values, form):
    return ", ".join(f"{one:{form}}" for one in values)


def report_line(dataset):
    n, (a, b) = numbers(dataset), dataset["line_best"].values
    return [
        (
            f"Line fit: a = {a:.6f}, b = {b:.6f}; curvatures {n['low']:.6f}, {n['high']:.6f};"
            f" condition {n['condition']:.6f}; stable below {n['limit']:.6f}; best step"
            f" {n['best_step']:.6f}; heavy ball α = {n['heavy'][0]:.6f}, β = {n['heavy'][1]:.6f}"
        ),
        (
            "  conjugate gradients, distance after steps 0, 1, 2:"
            f" {listed(dataset['line_conjugate'].values, '.3g')}"
        ),
        (
            f"  overshooting step, 1 − αL = {n['factor']:.4f}: places along the steep direction"
            f" after 0, 1, 2 steps {listed(n['across'], '.4f')}; loss above that of the start from"
            f" step {n['overshot']}"
        ),
    ]


def report_bump(dataset):
    a, b = dataset["plane_best"].values
    lines = [
        f"Bump at c = −1, d = 0: a = {a:.5f}, b = {b:.5f}, loss"
        f" {float(dataset['plane_least']):.6f}, curvatures "
        + listed(dataset["plane_curvature"].values, ".5g")
    ]
    for step, path, losses in zip(
        *(dataset[f"plane_{name}"].values for name in ("step", "path", "path_loss"))
    ):
        lines.append(
            f"  step {step:.3g}: ends at a = {path[-1, 0]:.5g}, b = {path[-1, 1]:.5g}, loss"
            f" {losses[-1]:.6g}"
        )
    lines.append(
        "Bump, all four parameters: a, b, c, d at the end; loss; eigenvalues of the Hessian"
    )
    for end, losses, values in zip(
        *(dataset[f"bump_{name}"].values for name in ("end", "loss", "curvature"))
    ):
        lines.append(f"  {listed(end, '.4f')}; {losses[-1]:.1e}; {listed(values, '.3g')}")
    return lines


def report_formulas(dataset):
    n = numbers(dataset)
    errors = zip(dataset["offset_d"].values, dataset["equation_error"].values)
    return [
        "Three equations against the gradient: median relative error by d: "
        + ", ".join(f"d = {d:g}: {error:.2g}" for d, error in errors),
        (
            "Taylor: on the line fit at distance 1 the expansion is wrong by"
            f" {n['taylor_line'][0]:.1e} with ½, by {n['taylor_line'][1]:.4f} without; on the bump"
            f" errors grow with powers {n['slopes'][0]:.2f} and {n['slopes'][1]:.2f}"
        ),
    ]


def report_flat(dataset):
    lines = []
    for place in ("plateau", "saddle"):
        lines.append(f"Steps to leave the {place}: by momentum, measured (theory)")
        for step, found, theory in zip(
            *(dataset[f"{place}_{name}"].values for name in ("step", "steps", "theory"))
        ):
            cells = (
                f"β = {beta:g}: {one if one >= 0 else 'not reached'} ({expected:.0f})"
                for beta, one, expected in zip(measurements.MOMENTA, found, theory)
            )
            lines.append(f"  α = {step:g}  " + ";  ".join(cells))
    return lines


def report_momentum(dataset):
    lines = [
        (
            f"Stability: {int(dataset['growth_misjudged'])} of {dataset['growth'].size} points on"
            " the other side of the boundary, where the rate is 1 to"
            f" {float(dataset['growth_misjudged_by']):.1e}; rates differ by up to"
            f" {float(dataset['growth_error']):.1e}"
        ),
        (
            "The line α + β = 1 on the line fit: loss times; stable from β; best rate there, at β;"
            " best rate at all"
        ),
    ]
    names = (
        "scale_value",
        "sum_least_beta",
        "sum_best",
        "sum_best_beta",
        "free_rate",
        "free_setting",
    )
    for scale, least, best, beta, free, (step, momentum) in zip(
        *(dataset[name].values for name in names)
    ):
        lines.append(
            f"  × {scale:g}: β > {least:.4f}; {best:.4f} at {beta:.4f}; {free:.4f} at α ="
            f" {step:.4g}, β = {momentum:.4f}"
        )
    return lines


def report_rates(dataset):
    lines, over = ["log rate per step, measured over theory"], dataset["rate_condition"].values
    for name, measured, theory in zip(dataset["linear_method"].values, *dataset["log_rate"].values):
        cells = (
            f"κ = {k:g}: {one:.6g}/{two:.6g} = {one / two:.4f}"
            for k, one, two in zip(over, measured, theory)
        )
        lines.append(f"  {name}: " + ", ".join(cells))
    return lines


def report_steps(dataset):
    lines = []
    for measure in dataset["measure"].values:
        for orientation in dataset["orientation"].values:
            lines += [
                (
                    f"Steps until the {measure} is {dataset.attrs['fraction']:g} of the start's,"
                    f" {orientation}"
                ),
                *steps_table(dataset, orientation, measure),
            ]
    top, untouched = dataset["condition"].values[-1], numbers(dataset)["untouched"]
    return [
        *lines,
        (
            f"The loss forgives: at κ = {top:g}, {untouched} of {measurements.DIMENSIONS} directions need"
            " not be moved at all"
        ),
    ]


# ---- figures


def figures(dataset):
    """{name: Figure}, all from the dataset."""
    from spikesampler.studies.optimisation_primer.figures import primer_figure

    arrays = {
        "line": arrays_line,
        "steps": arrays_steps,
        "momentum": arrays_momentum,
        "bump": arrays_bump,
        "flat": arrays_flat,
        "stability": arrays_stability,
        "rates": arrays_rates,
        "conditioning": arrays_conditioning,
    }
    made = {
        name: primer_figure(name, one(dataset), colors() if name == "conditioning" else None)
        for name, one in arrays.items()
    }
    return made


def colors():
    """{method: colour}."""
    from spikesampler.figures.style import INK, PALETTE

    return dict(
        zip(
            measurements.METHODS,
            (PALETTE[0], PALETTE[1], INK, PALETTE[2], PALETTE[5], PALETTE[3], PALETTE[6]),
        )
    )


def arrays_line(dataset):
    grid = np.linspace(-1, 4, 200)
    (a, b), (plane_a, plane_b), four = (
        dataset[name].values for name in ("line_best", "plane_best", "bump_end")
    )
    p = four[0]
    curves = {
        "line": a * grid + b,
        "bump, c = −1, d = 0": plane_a * np.exp(-plane_b * (grid + 1) ** 2),
        "bump, all four free": p[0] * np.exp(-p[1] * (grid - p[2]) ** 2) + p[3],
    }
    labels = {
        f"{model}, {form}": dataset["taylor_error"].values[i, j]
        for i, model in enumerate(dataset["model"].values)
        for j, form in enumerate(dataset["form"].values)
    }
    return {
        "data": {"x": measurements.X, "z": measurements.Z, "grid": grid, "curves": curves},
        "taylor": {"sizes": dataset["taylor_size"].values, "errors": labels},
    }


def _contours(dataset):
    a, b, loss = (dataset[f"line_{name}"].values for name in ("a", "b", "loss"))
    return {"a": a, "b": b, "loss": loss, "best": dataset["line_best"].values}


def arrays_steps(dataset):
    kinds, steps, paths = (dataset[name].values for name in ("kind", "line_step", "line_path"))
    excess = dataset["line_path_loss"].values - float(dataset["line_least"])
    low, high = dataset["line_curvature"].values
    limit = quadratic.largest_stable_step(high)
    over = np.linspace(0, 1.2 * limit, 200)
    found = {
        f"path{i}": {
            **_contours(dataset),
            "paths": {kind: path},
            "title": f"{kind}, α = {step:.4f}",
        }
        for i, (kind, step, path) in enumerate(zip(kinds, steps, paths))
    }
    lines = {kind: np.maximum(one, 1e-13) for kind, one in zip(kinds, excess)}
    marked = {
        kind: (step, quadratic.spectral_radius([low, high], step).max())
        for kind, step in zip(kinds, steps)
    }
    return {
        **found,
        "loss": {
            "k": np.arange(len(excess[0])),
            "lines": lines,
            "ylabel": "Loss − least loss",
            "ylim": (1e-13, 1e9),
        },
        "rates": {
            "step": over,
            "marked": marked,
            "best": quadratic.best_step(low, high),
            "rates": {"λ = L": np.abs(1 - over * high), "λ = μ": np.abs(1 - over * low)},
        },
    }


def arrays_momentum(dataset):
    names, settings, paths = (
        dataset[name].values for name in ("trace", "trace_setting", "trace_path")
    )
    away = np.linalg.norm(paths - dataset["line_best"].values, axis=-1)
    texts = [
        f"{name}:  α = {step:.3g}, β = {beta:.2g}" for name, (step, beta) in zip(names, settings)
    ]
    found = {
        f"path{i}": {**_contours(dataset), "paths": {"": path[:61]}, "title": text}
        for i, (text, path) in enumerate(zip(texts, paths))
    }
    lines = {text: np.maximum(one, 1e-9) for text, one in zip(texts, away)}
    return {
        **found,
        "distance": {"k": np.arange(away.shape[1]), "lines": lines, "ylabel": "Distance"},
    }


def arrays_bump(dataset):
    a, b, loss = (dataset[f"plane_{name}"].values for name in ("a", "b", "loss"))
    labels = [f"α = {one:.2g}" for one in dataset["plane_step"].values]
    paths = dict(zip(labels, dataset["plane_path"].values))
    kept = dataset["kept_k"].values
    starts = [f"start {i + 1}" for i in range(len(measurements.BUMP_STARTS))]
    flat = float((measurements.Z**2).sum())
    return {
        "surface": {
            "a": a,
            "b": b,
            "loss": loss,
            "paths": paths,
            "best": dataset["plane_best"].values,
            "levels": np.geomspace(0.3, 1000, 16),
            "legend": True,
        },
        "plane": {
            "k": kept,
            "lines": dict(zip(labels, dataset["plane_path_loss"].values)),
            "ylabel": "Loss",
            "log_k": True,
            "ylim": (0.1, 3e3),
            "level": (flat, "Σ z², the plateau"),
        },
        "four": {
            "k": kept,
            "lines": {
                one: np.maximum(values, 1e-30)
                for one, values in zip(starts, dataset["bump_loss"].values)
            },
            "ylabel": "Loss",
            "log_k": True,
            "ylim": (1e-30, 1e3),
            "loc": "lower left",
        },
        "eigenvalues": {
            "labels": starts,
            "values": dataset["bump_curvature"].values,
            "floor": 1e-8,
        },
    }


def arrays_flat(dataset):
    c, loss, level = (dataset[f"plateau_{name}"].values for name in ("c", "loss", "level"))
    found = {"profile": {"c": c, "loss": loss, "start": (c[-1], loss[-1]), "level": float(level)}}
    for place in ("plateau", "saddle"):
        step, measured, theory = (
            dataset[f"{place}_{name}"].values for name in ("step", "steps", "theory")
        )
        found[place] = {
            "step": step,
            "measured": {f"{beta:g}": one for beta, one in zip(measurements.MOMENTA, measured.T)},
            "theory": {f"{beta:g}": one for beta, one in zip(measurements.MOMENTA, theory.T)},
            "budget": dataset.attrs["flat_budget"],
        }
    return found


def arrays_stability(dataset):
    product, beta, growth = (
        dataset[name].values for name in ("growth_product", "growth_beta", "growth")
    )
    low, high = dataset["line_curvature"].values
    across = np.linspace(0, 1, 50)
    boundary = np.array([np.r_[0, 0, 2 * (1 + across)], np.r_[1, 0, across]])
    boundary = np.column_stack([[4, 1], boundary[:, :2], [0, 0], boundary[:, 2:]])
    labels = [f"α + β = 1, loss × {one:g}" for one in measurements.SCALES]
    rest = np.linspace(0, 1, 50)
    step, momentum = quadratic.best_heavy_ball(low, high)
    shown = {
        f"loss × {one:g}": (1 - beta, rate)
        for one, beta, rate in zip(
            measurements.SCALES, dataset["sum_best_beta"].values, dataset["sum_best"].values
        )
    }
    return {
        "map": {
            "product": product,
            "beta": beta,
            "growth": growth,
            "boundary": boundary,
            "lines": {
                label: np.array([(1 - rest) * scale * high, rest])
                for label, scale in zip(labels, measurements.SCALES)
            },
            "best": (step * np.array([low, high]), momentum),
        },
        "line": {
            "rest": 1 - dataset["sum_beta"].values,
            "rates": {
                f"loss × {one:g}": rates
                for one, rates in zip(measurements.SCALES, dataset["sum_rate"].values)
            },
            "best": shown,
            "free": float(dataset["free_rate"][0]),
        },
    }


def arrays_rates(dataset):
    names, over = dataset["linear_method"].values, dataset["rate_condition"].values
    line = np.geomspace(5, 2 * over[-1], 100)
    theory = {
        "gradient descent": quadratic.gradient_descent_rate,
        "heavy ball": quadratic.heavy_ball_rate,
    }
    conditions = dataset["condition"].values
    shown = [i for i, one in enumerate(conditions) if one in (1e1, 1e2, 1e4, 1e6, 1e10)]
    curves = dataset["conjugate"].values[2]
    return {
        "rates": {
            "condition": over,
            "line": line,
            "measured": dict(zip(names, -dataset["log_rate"].values[0])),
            "theory": {
                name: np.array([-np.log(theory[name](one)) for one in line]) for name in names
            },
        },
        "conjugate": {
            "k": np.arange(curves.shape[-1]),
            "dimensions": measurements.DIMENSIONS,
            "fraction": measurements.FRACTION,
            "curves": {f"κ = $10^{{{np.log10(conditions[i]):.0f}}}$": curves[i] for i in shown},
        },
    }


def arrays_conditioning(dataset):
    condition, budget = dataset["condition"].values, dataset.attrs["budget"]
    names = [name for name in measurements.METHODS if name in ADAPTIVE]
    missed = {name: 2e12 * 5.0**i for i, name in enumerate(reversed(names))}
    guides = {
        "gradient descent": quadratic.gradient_descent_rate,
        "heavy ball": quadratic.heavy_ball_rate,
    }
    found = {}
    for measure in MEASURES:
        for orientation in ("aligned", "rotated"):
            goal = np.log(measurements.FRACTION) / (2 if measure == "loss" else 1)
            steps = {
                name: np.where(np.isfinite(one[0]), one, np.nan)
                for name, one in middle(dataset, orientation, measure).items()
            }
            computed = {
                name: chosen(dataset["computed"], name, orientation, measure).any(axis=1)
                for name in measurements.METHODS
            }
            found[f"{measure}, {orientation}"] = {
                "condition": condition,
                "steps": steps,
                "computed": computed,
                "budget": budget,
                "missed": missed,
                "colors": colors(),
                "dimensions": measurements.DIMENSIONS,
                "ylabel": f"Steps until the {measure} is 1e-6 of the start's",
                "guides": {
                    name: np.array(
                        [max(goal / np.log(rate(one)), 1) if one > 1 else 1 for one in condition]
                    )
                    for name, rate in guides.items()
                },
            }
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="few conditions, few steps: whether it works"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of all random numbers (default: 1)"
    )
    parser.add_argument(
        "--redraw", action="store_true", help="page and figures from OUT/data alone"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("optimisation_primer"),
        metavar="DIR",
        help="for data, page and figures",
    )
    options = parser.parse_args(arguments)

    def make():
        from spikesampler.figures import save
        from spikesampler.store.atomic import atomic_write_bytes
        from spikesampler.store.datasets import save_dataset
        from spikesampler.store.folders import make_folder

        data, docs = options.out / "data" / "optimisation_primer.nc", options.out / "docs"
        if options.redraw and not data.is_file():
            raise InputError(f"no {data}; leave --redraw out to make it")
        whole_number("seed", options.seed, 0)
        if not options.redraw:
            save_dataset(
                measurements.gather(
                    options.seed, **(measurements.QUICK if options.quick else measurements.FULL)
                ),
                data,
            )
        dataset = xr.load_dataset(data)
        print(report(dataset))
        make_folder(docs)
        for name, figure in figures(dataset).items():
            print(save(figure, docs / "figures" / f"primer_{name}.png", dpi=160))
        atomic_write_bytes(docs / "optimisation_primer.md", page(dataset).encode())
        print(docs / "optimisation_primer.md")
        print(data)

    return run_script("optimisation_primer", make)


if __name__ == "__main__":
    sys.exit(main())
