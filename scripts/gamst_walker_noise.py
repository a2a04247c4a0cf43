"""Does noise find the hidden minimum? Training with synaptic noise, from random starts and from
within W_f's basin.

The noise arms of the spiking part on the weights of the 5 x 5 networks of Gamst & Walker (2017,
arXiv:1706.07101): isotropic (`constant`) and proportional to the weight (`weight`), constant or
annealed (`linear`), by temperature; on gradient descent with momentum at a rate at which W_f is a
minimum that holds. The last tenth of the steps is without noise in all arms, so that what is
compared is which basin a network is in. Found: an error below 0.001.

    python scripts/gamst_walker_noise.py --out gamst_walker
"""

import sys
from itertools import product

import numpy as np
import xarray as xr
from statsmodels.stats.proportion import proportion_confint

from spikesampler.studies.gamst_walker_2017.basin import return_curve
from spikesampler.studies.gamst_walker_2017.training import trained
from spikesampler.studies.scripting import dataset_script

FULL = {"models": (128, 256), "steps": (50_000, 20_000), "temperatures": (1e-5, 1e-4, 1e-3)}
QUICK = {"models": (8, 8), "steps": (100, 100), "temperatures": (1e-4,)}
ARMS = (
    ("constant", "constant"),
    ("constant", "linear"),
    ("weight", "constant"),
    ("weight", "linear"),
)
COURSES = {"constant": "held", "linear": "annealed"}
STARTS = ("glorot", "jitter")
FOUND = 1e-3  #: an error below it is that of a global minimum; our choice


def gather(seed, runs, models, steps, temperatures):
    """Final errors of every arm, temperature and start; jitters of the starts near W_f."""
    dataset = xr.Dataset(attrs={"seed": seed, "steps": list(steps)})
    labels = [f"{noise}, {COURSES[schedule]}" for noise, schedule in ARMS]
    for start, number, length in zip(STARTS, models, steps):
        settings = {"models": number, "steps": length, "seed": seed, "start": start}
        _, without, _ = trained(runs, **settings)
        cells = [
            sound(
                trained(runs, **settings, noise=noise, schedule=schedule, temperature=temperature)[
                    1
                ]
            )
            for (noise, schedule), temperature in product(ARMS, temperatures)
        ]
        errors = np.array(cells, np.float32).reshape(len(ARMS), len(temperatures), number)
        dataset[f"{start}_error"] = (("arm", "temperature", f"{start}_network"), errors)
        dataset[f"{start}_none"] = ((f"{start}_network",), sound(without).astype(np.float32))
    dataset["jitter"] = (("jitter_network",), without["jitter"].values)
    dataset.attrs |= {name: without.attrs[name] for name in ("commit", "cpu")}
    return dataset.assign_coords(arm=labels, temperature=list(temperatures))


def sound(found):
    """Final errors, nan of networks that diverged."""
    return np.where(found["diverged"].values, np.nan, found["final_error"].values)


def share(errors):
    """Share of networks below FOUND and its 95 % interval (Wilson); those that diverged are not
    below.
    """
    count = int((errors < FOUND).sum())
    return np.array([count / len(errors), *proportion_confint(count, len(errors), method="wilson")])


def report(dataset):
    """Shares, median errors and a verdict for each start, as text."""
    lines, steps = [], dataset.attrs["steps"]
    for start, length, text in zip(STARTS, steps, ("random starts", "starts within 2 of W_f")):
        none = dataset[f"{start}_none"].values
        lines.append(
            f"{text}: {len(none)} networks, {length} steps; share below {FOUND:g} [95 %], median"
            " error"
        )
        lines.append(f"  {'none':<28} {told(none)}")
        better, worse = [], []
        for arm, temperature in product(dataset["arm"].values, dataset["temperature"].values):
            errors = dataset[f"{start}_error"].sel(arm=arm, temperature=temperature).values
            half = (
                return_curve(dataset["jitter"].values, errors < FOUND)
                if start == "jitter"
                else None
            )
            radius = (
                f"; half return from {half.half:.2f}"
                if half is not None and np.isfinite(half.half)
                else ""
            )
            name = f"{arm}, T = {temperature:g}"
            lines.append(f"  {name:<28} {told(errors)}{radius}")
            low, high = share(errors)[1:]
            better += [name] if low > share(none)[2] else []
            worse += [name] if high < share(none)[1] else []
        lines.append(
            "  Does noise find W_f more often than none? "
            f"{'yes: ' + '; '.join(better) if better else 'no arm at any temperature'}"
            f" (less often: {'; '.join(worse) if worse else 'none'}; intervals disjoint)"
        )
        lower = lower_errors(dataset, start)
        lines.append(
            "  Lower errors than without noise (Mann-Whitney, Holm, p < 0.05):"
            f" {'; '.join(lower) or 'no arm'}"
        )
    lines.append(
        "T is the temperature where the error is flat; noise of the synapses, behind the momentum"
        " m, makes a valley of curvature k hotter, by 1 + (1/2 + m/(1 - m)) eta k: 164 times at the"
        " largest of W_f (m 0.9, eta 0.01, k 1715)."
    )
    return "\n".join(lines)


def told(errors):
    middle, low, high = share(errors)
    lost = np.isnan(errors).sum()
    return f"{middle:.3f} [{low:.3f}, {high:.3f}], {np.nanmedian(errors):.4f}" + (
        f", {lost} diverged" if lost else ""
    )


def lower_errors(dataset, start):
    """Arms whose final errors are lower than those without noise."""
    from scipy.stats import mannwhitneyu

    from spikesampler.stats.paired import holm

    none, names, p = dataset[f"{start}_none"].values, [], []
    for arm, temperature in product(dataset["arm"].values, dataset["temperature"].values):
        errors = dataset[f"{start}_error"].sel(arm=arm, temperature=temperature).values
        names.append(
            f"{arm}, T = {temperature:g} ({np.nanmedian(errors) - np.nanmedian(none):+.4f})"
        )
        p.append(
            mannwhitneyu(
                errors[np.isfinite(errors)], none[np.isfinite(none)], alternative="less"
            ).pvalue
        )
    return [name for name, one in zip(names, holm(np.array(p))) if one < 0.05]


def middle(errors):
    """Median of the final errors and its 95 % interval (bootstrap, percentiles)."""
    errors = errors[np.isfinite(errors)]
    drawn = np.random.default_rng(0).choice(errors, (1999, len(errors)))
    return np.array([np.median(errors), *np.quantile(np.median(drawn, axis=1), [0.025, 0.975])])


def draw(dataset):
    from spikesampler.studies.gamst_walker_2017.figures import noise_figure

    temperatures, labels = (
        dataset["temperature"].values,
        [str(arm) for arm in dataset["arm"].values],
    )
    panels = {}
    for start, measure, title, ylabel in (
        ("glorot", middle, "Random starts", "Median of the final error"),
        ("jitter", share, "Starts within 2 of $W_f$", "Share that finds $W_f$"),
    ):
        errors = dataset[f"{start}_error"].values
        values = np.array([[measure(one) for one in row] for row in errors]).swapaxes(1, 2)
        panels[title] = (
            temperatures,
            values,
            measure(dataset[f"{start}_none"].values),
            labels,
            ylabel,
        )
    return noise_figure(panels)


def main(arguments=None):
    quick_help = "few networks, 100 steps: whether it works"
    return dataset_script(globals(), arguments, quick_help=quick_help, out="gamst_walker")


if __name__ == "__main__":
    sys.exit(main())
