"""Maps of what noise does over two swept parameters: accuracy, escape, and whether structure or
power does it.

The input is the dataset of a sweep of two parameters with the arms `none`, `weight` and
`constant_matched`. All arms of a seed see the same stimuli, so they are compared seed by seed; a
pair with a run that failed is left out.

Power is what `constant_matched` has too: at the start its noise is as strong as that of `weight`,
but it does not depend on the weight. Structure is what only `weight` has.
"""

import numpy as np

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.stats.intervals import RESAMPLES

__all__ = ["CONTRASTS", "benefit", "chance_rate", "chance_rates", "in_words", "pairs"]

CONTRASTS = (("weight", "none"), ("constant_matched", "none"), ("weight", "constant_matched"))
NOT_SEEN = "no difference seen"


def parameters(dataset):
    """Names of the two swept parameters; InputError where the dataset is not such a map."""
    dims = dataset["test_accuracy"].dims
    over = [name for name in dims if name not in ("arm", "seed")]
    if not {"arm", "seed"} < set(dims) or len(over) != 2 or {"point", "start"} & set(over):
        raise InputError(
            f"a sweep over {', '.join(dims)}: a map needs a grid of two parameters, arms and one"
            " start"
        )
    arms = [str(arm) for arm in dataset["arm"].values]
    if missing := [arm for arm in ("none", "weight", "constant_matched") if arm not in arms]:
        raise InputError(
            f"no arm {missing[0]} in the sweep: it has {', '.join(arms)}; sweep it too"
        )
    return over


def pairs(dataset, probe_seconds):
    """Differences within pairs, Dataset over (contrast, parameter, parameter, seed), nan where one
    of them failed.

    accuracy : of the test.
    log_time : of the logarithm of the time to escape, at least `probe_seconds`, the time between
        two probes and hence the resolution; a run that did not escape counts with its length. nan
        in all of a cell where none escaped.
    stuck, stuck_control : bool, whether the run of the first and of the second arm did not escape.
    """
    import xarray

    over, found = parameters(dataset), []
    for arm, control in CONTRASTS:
        one, other = (dataset.sel(arm=name, drop=True) for name in (arm, control))
        both = (one["finished"] == 1) & (other["finished"] == 1)
        stuck, stuck_control = (both & (of_arm["escaped"] == 0) for of_arm in (one, other))
        log_time, log_control = (
            np.log(np.maximum(a["escape_seconds"], probe_seconds)) for a in (one, other)
        )
        some = (both & ~(stuck & stuck_control)).any("seed")
        found.append(
            xarray.Dataset(
                {
                    "accuracy": (one["test_accuracy"] - other["test_accuracy"]).where(both),
                    "log_time": (log_time - log_control).where(both & some),
                    "stuck": stuck,
                    "stuck_control": stuck_control,
                }
            )
        )
    names = xarray.Variable("contrast", [f"{arm} - {control}" for arm, control in CONTRASTS])
    return (
        xarray.concat(found, dim="contrast")
        .assign_coords(contrast=names)
        .transpose("contrast", *over, "seed")
    )


def benefit(dataset, probe_seconds):
    """The map: Dataset over (contrast, parameter, parameter), means over seeds with 95 % bootstrap
    intervals (BCa).

    difference, difference_low, difference_high, difference_p : of the test accuracy, p of
        Wilcoxon's test.
    ratio, ratio_low, ratio_high : of the times to escape, a geometric mean; below 1 the first arm
        is sooner.
    num_pairs, stuck, stuck_control : seeds compared, and in how many of them the first and the
        second arm did not escape. Where runs of one arm alone did not, the ratio is a bound; of
        both, one of times that are cut off.

    nan where fewer than two pairs are left, and for the ratio where no run of either arm escaped.
    """
    import xarray

    paired = pairs(dataset, probe_seconds)

    def estimate(name):
        found = xarray.apply_ufunc(
            _estimate,
            paired[name],
            input_core_dims=[["seed"]],
            vectorize=True,
            output_core_dims=[[], [], [], []],
        )
        return dict(zip(("", "_low", "_high", "_p"), found))

    variables = {f"difference{end}": one for end, one in estimate("accuracy").items()}
    variables |= {
        f"ratio{end}": np.exp(one) for end, one in estimate("log_time").items() if end != "_p"
    }
    variables["num_pairs"] = np.isfinite(paired["accuracy"]).sum("seed")
    variables |= {name: paired[name].sum("seed") for name in ("stuck", "stuck_control")}
    return xarray.Dataset(variables, attrs=dataset.attrs | {"seeds": dataset.sizes["seed"]})


def _estimate(differences):
    """Mean, bounds and p of the differences (n_seed,) that are known."""
    known = differences[np.isfinite(differences)]
    return tuple(stats.paired_difference(known, 0 * known)[:4]) if len(known) > 1 else (np.nan,) * 4


def in_words(found):
    """Dataset of words for the map that `benefit` gives.

    accuracy (contrast, parameter, parameter) : helps, hurts, no difference seen, too few runs;
        whether the interval excludes zero decides.
    escape : the same with sooner, later, and "neither escapes".
    accuracy_by, escape_by (parameter, parameter) : what helps, or makes escapes sooner. "structure"
        where `weight` does and is better than `constant_matched` too; "power" where
        `constant_matched` does and `weight` is not better; "undecided" where one of them does and
        neither holds; "" elsewhere.
    bound (contrast, parameter, parameter) : what the ratio is where runs did not escape: "<" or ">"
        where these are of the control or of the first arm alone, so that it is at most or at least
        this; "~" where they are of both.
    """
    few = found["num_pairs"] < 2
    cases = [
        (found["stuck"] > 0) & (found["stuck_control"] > 0),
        found["stuck"] > 0,
        found["stuck_control"] > 0,
    ]
    variables = {"bound": (few.dims, np.select(cases, ["~", ">", "<"], ""))}
    for name, of, null, above, below, good in (
        ("accuracy", "difference", 0, "helps", "hurts", "helps"),
        ("escape", "ratio", 1, "later", "sooner", "sooner"),
    ):
        cases = [few, found[of].isnull(), found[f"{of}_low"] > null, found[f"{of}_high"] < null]
        said = np.select(cases, ["too few runs", "neither escapes", above, below], NOT_SEEN)
        weight, matched, own = said == good
        by = np.select(
            [weight & own, matched & ~own, weight | matched],
            ["structure", "power", "undecided"],
            "",
        )
        variables |= {name: (few.dims, said), f"{name}_by": (few.dims[1:], by)}
    return found.drop_vars(list(found.data_vars)).assign(variables)


def chance_rate(differences, num_patterns=64):
    """Share of cells whose 95 % interval would exclude zero by chance: differences (…, n_seed)
    within pairs.

    Each difference counts from its cell's mean, which takes any effect away. Signs are drawn at
    random `num_patterns` times, one for each seed and the same for all cells, which keeps what
    cells have in common. The same differences give the same share. nan is left out, and the share
    is nan where no cell has two pairs.
    """
    differences = np.asarray(differences, dtype=float)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (num_patterns, differences.shape[-1]))
    shares = [
        _excludes_zero(signs[:, known] * (cell[known] - cell[known].mean())).mean()
        for cell in differences.reshape(-1, differences.shape[-1])
        if (known := np.isfinite(cell)).sum() > 1
    ]
    return float(np.mean(shares)) if shares else float("nan")


def _excludes_zero(values):
    """Does the interval of `stats.bootstrap_interval` exclude zero? (m, n_seed) -> (m,) bool, all
    rows at once.
    """
    from scipy.stats import bootstrap

    equal = np.ptp(values, axis=1) <= 1e-12 * np.abs(values).max(axis=1)
    found = equal & (values[:, 0] != 0)
    if not equal.all():
        bounds = bootstrap(
            (values[~equal],),
            np.mean,
            axis=1,
            n_resamples=RESAMPLES,
            vectorized=True,
            rng=np.random.default_rng(0),
        ).confidence_interval
        found[~equal] = (bounds.low > 0) | (bounds.high < 0)
    return found


def chance_rates(dataset, probe_seconds):
    """{name: chance rate by contrast} of difference and ratio, as attributes of the dataset have
    them.
    """
    paired = pairs(dataset, probe_seconds)
    names = {"difference": "accuracy", "ratio": "log_time"}
    return {
        f"chance_rate_{name}": [chance_rate(one) for one in paired[of].values]
        for name, of in names.items()
    }
