"""Maps of what noise does over two swept parameters: accuracy, escape, structure or power.

The input is the dataset of a sweep of two parameters with the arms `none`, `weight` and
`constant_matched`. All arms of a seed see the same stimuli, so they are compared seed by seed; a
pair with a run that failed is left out.

Power is what `constant_matched` has too: at the start its noise is as strong as that of `weight`,
but it does not depend on the weight. Structure is what only `weight` has, the noise of Fang, Yu &
Chen (2018), Eq. (3).
"""

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.stats.rules import LEVEL

__all__ = ["CONTRASTS", "NOT_SEEN", "TOO_FEW", "benefit", "in_words", "pairs"]

CONTRASTS = (("weight", "none"), ("constant_matched", "none"), ("weight", "constant_matched"))
NOT_SEEN = "no difference seen"
TOO_FEW = "too few runs"


def parameters(dataset: xr.Dataset) -> list[str]:
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


def pairs(dataset: xr.Dataset, probe_seconds: float) -> xr.Dataset:
    """Differences within pairs, over (contrast, parameter, parameter, seed); nan where one failed.

    accuracy : of the test.
    log_time : of the logarithm of the time to escape, at least `probe_seconds`, the time between
        two probes and hence the resolution; a run that did not escape counts with its length. nan
        in all of a cell where none escaped.
    stuck, stuck_control : bool, whether the run of the first and of the second arm did not escape.
    """
    over = parameters(dataset)
    names = xr.Variable("contrast", [f"{arm} - {control}" for arm, control in CONTRASTS])
    contrasts = [
        contrast(
            dataset.sel(arm=arm, drop=True), dataset.sel(arm=control, drop=True), probe_seconds
        )
        for arm, control in CONTRASTS
    ]
    paired = xr.concat(contrasts, dim="contrast").assign_coords(contrast=names)
    return paired.transpose("contrast", *over, "seed")


def contrast(of_arm: xr.Dataset, of_control: xr.Dataset, probe_seconds: float) -> xr.Dataset:
    """`pairs` of one arm and its control."""
    both = (of_arm["finished"] == 1) & (of_control["finished"] == 1)
    stuck, stuck_control = (both & (runs["escaped"] == 0) for runs in (of_arm, of_control))
    log_time, log_control = (
        np.log(np.maximum(runs["escape_seconds"], probe_seconds)) for runs in (of_arm, of_control)
    )
    some = (both & ~(stuck & stuck_control)).any("seed")
    difference = of_arm["test_accuracy"] - of_control["test_accuracy"]
    return xr.Dataset(
        {
            "accuracy": difference.where(both),
            "log_time": (log_time - log_control).where(both & some),
            "stuck": stuck,
            "stuck_control": stuck_control,
        }
    )


def benefit(dataset: xr.Dataset, probe_seconds: float) -> xr.Dataset:
    """The map, over (contrast, parameter, parameter): means over seeds, 95 % intervals.

    difference, difference_low, difference_high, difference_p : of the test accuracy.
    ratio, ratio_low, ratio_high, ratio_p : of the times to escape, a geometric mean; below 1 the
        first arm is sooner.
    num_pairs, stuck, stuck_control : seeds compared, and in how many of them the first and the
        second arm did not escape. Where runs of one arm alone did not, the ratio is a bound; of
        both, one of times that are cut off.

    Each p is against no difference, corrected by Holm over all cells of its contrast: cells have
    the same seeds, so they are not independent, which this correction allows for. A cell in which
    nothing is known, as nobody escapes, is one of them. All of these are nan where fewer than two
    pairs are left, and ratios where no run of either arm escaped.
    InputError for a dataset that is no such sweep.
    """
    paired = pairs(dataset, probe_seconds)
    # cut at what a mean difference of accuracies can be
    variables = {
        f"difference{end}": array.clip(*stats.CHANGE)
        for end, array in _estimates(paired["accuracy"]).items()
    }
    ratios = _estimates(paired["log_time"])
    variables |= {f"ratio{end}": np.exp(ratios[end]) for end in ("", "_low", "_high")}
    variables["ratio_p"] = ratios["_p"]
    for name in ("difference_p", "ratio_p"):
        p = variables[name]
        over_cells = [stats.holm(of_contrast.ravel()) for of_contrast in np.nan_to_num(p, nan=1)]
        variables[name] = p.copy(data=np.reshape(over_cells, p.shape)).where(p.notnull())
    variables["num_pairs"] = np.isfinite(paired["accuracy"]).sum("seed")
    variables |= {name: paired[name].sum("seed") for name in ("stuck", "stuck_control")}
    return xr.Dataset(variables, attrs=dataset.attrs | {"seeds": dataset.sizes["seed"]})


def _estimates(differences: xr.DataArray) -> dict[str, xr.DataArray]:
    """Mean, bounds and p over seeds, by the endings of their names."""
    estimates = xr.apply_ufunc(
        _estimate,
        differences,
        input_core_dims=[["seed"]],
        vectorize=True,
        output_core_dims=[[], [], [], []],
    )
    return dict(zip(("", "_low", "_high", "_p"), estimates))


def _estimate(differences: np.ndarray) -> tuple[float, ...]:
    """Mean, bounds and p of the differences (n_seed,) that are known."""
    known = differences[np.isfinite(differences)]
    return tuple(stats.paired_difference(known, 0 * known)[:4]) if len(known) > 1 else (np.nan,) * 4


def in_words(effects: xr.Dataset) -> xr.Dataset:
    """Words for the map that `benefit` gives.

    accuracy (contrast, parameter, parameter) : helps, hurts, no difference seen, too few runs;
        whether the corrected p is below LEVEL decides.
    escape : the same with sooner, later, and "neither escapes".
    accuracy_by, escape_by (parameter, parameter) : what helps, or makes escapes sooner. "structure"
        where `weight` does and is better than `constant_matched` too; "power" where
        `constant_matched` does and `weight` is not better; "undecided" where one of them does and
        neither holds; "" elsewhere.
    bound (contrast, parameter, parameter) : what the ratio is where runs did not escape: "<" or ">"
        where these are of the control or of the first arm alone, so that it is at most or at least
        this; "~" where they are of both.
    """
    few, dims = effects["num_pairs"] < 2, effects["num_pairs"].dims
    stuck, stuck_control = effects["stuck"] > 0, effects["stuck_control"] > 0
    bound = np.select([stuck & stuck_control, stuck, stuck_control], ["~", ">", "<"], "")
    variables = {"bound": (dims, bound)}
    for name, of, null, above, below, good in (
        ("accuracy", "difference", 0, "helps", "hurts", "helps"),
        ("escape", "ratio", 1, "later", "sooner", "sooner"),
    ):
        clear, value = effects[f"{of}_p"] < LEVEL, effects[of]
        cases = [few, value.isnull(), clear & (value > null), clear & (value < null)]
        words = np.select(cases, [TOO_FEW, "neither escapes", above, below], NOT_SEEN)
        weight, matched, own = words == good
        by = np.select(
            [weight & own, matched & ~own, weight | matched],
            ["structure", "power", "undecided"],
            "",
        )
        variables |= {name: (dims, words), f"{name}_by": (dims[1:], by)}
    return effects.drop_vars(list(effects.data_vars)).assign(variables)
