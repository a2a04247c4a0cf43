"""What eight target functions say of each claim of Gamst & Walker (2017, arXiv:1706.07101)."""

from functools import partial

import numpy as np
import xarray as xr

from spikesampler.stats.rules import at_least, at_most, equivalent
from spikesampler.studies.finding import Finding
from spikesampler.studies.gamst_walker_2017.claim import Claim, finding_of, rulings_of
from spikesampler.studies.gamst_walker_2017.paper import paper
from spikesampler.studies.gamst_walker_2017.summary import returned

__all__ = ["CLOSE", "claims_of", "findings_of"]

CLOSE = 0.01  #: of an error: 6 % of what the sawtooth makes up; our choice
SHELL = (9.5, 10.5)
HAND = "W_f (the network made by hand)"

FORMS = ("made", "desymmetrised")
SMOOTH = {
    "turning": (
        "removing symmetries smooths the paths: they turn less",
        "mean turning angle (radians), ends as they were built less de-symmetrised",
    ),
    "bumps": (
        "removing symmetries smooths the paths: the error along them is less bumpy",
        "bumps on the far half, ends as they were built less de-symmetrised",
    ),
}


def claims_of(dataset: xr.Dataset) -> list[Claim]:
    """All claims that are weighed on the functions of a dataset, claim by claim."""
    return [*_of_fits(dataset), *_of_basin(dataset), *_of_paths(dataset), *_of_more(dataset)]


def _of_fits(dataset):
    for name in dataset["optimizer"].values:
        row = dataset.sel(optimizer=name)
        shares = row["fits_sawtooth"].values
        text = "training does not find the high frequency"
        about = "share of the sawtooth in the mean output"
        rule = partial(at_most, most=0.1)
        yield Claim("sawtooth", text, "section 3.2", str(name), shares, rule, about)
    for name in dataset["optimizer"].values:
        found = (dataset["fits_sawtooth"].sel(optimizer=name).values > 0.5).astype(float)
        text = "hardly any network has even half of the high frequency"
        rule = partial(at_most, most=0.05)
        about = "share of networks that have"
        yield Claim("half", text, "section 3.2", str(name), found, rule, about, most=1.0)
    best = {str(name): _least(dataset, name) for name in dataset["optimizer"].values}
    adadelta = best.pop("adadelta_keras_2017")
    gain = np.min([*best.values()], axis=0) - adadelta
    rule = partial(at_least, relevant=CLOSE)
    text = "the best fit of Adadelta is better than that of gradient descent"
    about = "least error of gradient descent less that of Adadelta"
    yield Claim("best", text, "Fig. 3", "", gain, rule, about, ".4f")
    least = np.minimum(np.min([*best.values()], axis=0), adadelta)
    rule = partial(at_least, least=paper()["returned"])
    text = "even the best fit is not quite an optimum"
    yield Claim("optimum", text, "Fig. 3", "", least, rule, "least error of any network", ".4f")
    for name in dataset["optimizer"].values:
        away = dataset["fits_from_target"].sel(optimizer=name).values
        outside = ((away < SHELL[0]) | (away > SHELL[1])).astype(float)
        outside[np.isnan(away)] = np.nan
        text = f"most minima are 9.5 to 10.5 away from {HAND}"
        middle = np.nanmean(np.nanmedian(away, axis=1))
        about = f"share of networks elsewhere (median distance {middle:.1f})"
        rule = partial(at_most, most=0.5)
        yield Claim("shell", text, "section 3.3", str(name), outside, rule, about, most=1.0)


def _least(dataset, name):
    """The least error of each function, (function, 1)."""
    return np.nanmin(dataset["fits_error"].sel(optimizer=name).values, axis=1, keepdims=True)


def _of_basin(dataset):
    back = {name: _returned(dataset, name) for name in dataset["around"].values}
    radius = paper()["radius"]
    # jitters are uniform up to the radius, so this is the integral of the probability of return
    cases, rule = radius * back["momentum"], partial(at_least, least=radius / 2)
    text = f"the basin of {HAND} has a radius of about 2: half of it at least"
    about = f"{radius:g} times the share of trials that return"
    where, trials = "sections 3.3, 3.4", {"of": "trials", "most": radius}
    yield Claim("radius", text, where, "momentum", cases, rule, about, ".2f", **trials)
    text, rule = f"Adadelta never returns to {HAND}", partial(at_most, most=0.01)
    cases, about = back["adadelta_keras_2017"], "share of trials that return"
    name, trials = "adadelta_keras_2017", {"of": "trials", "most": 1.0}
    yield Claim("never", text, "Fig. 5", name, cases, rule, about, ".4f", **trials)


def _returned(dataset, name):
    """1 for a trial that returned, (function, trial); one that diverged did not."""
    return returned(dataset["basin_error"].sel(around=name).values).astype(float)


def _of_paths(dataset):
    rows = {str(name): dataset.sel(around=name) for name in dataset["around"].values}
    of_path = [
        (
            "drop",
            f"the error drops within about 2 of {HAND}",
            "section 3.3",
            partial(equivalent, control=2.0, margin=1.0),
            "distance of half of the plateau, less 2",
        ),
        (
            "bumps",
            f"far from {HAND} the error is flat and only slightly bumpy",
            "section 3.3",
            partial(at_most, most=0.25),
            "range of the error on the far half of a path, over its median",
        ),
        (
            "twist",
            f"paths twist as they approach {HAND}",
            "Fig. 4d",
            partial(at_least, relevant=0.05),
            "turning angle on the half near W_f less that on the far half, radians",
        ),
        (
            "change",
            "the output changes very little on the flat part",
            "Fig. 4c",
            partial(at_most, most=0.25),
            "share of the whole change of the output that falls on the far half (an even change:"
            " 0.5)",
        ),
        (
            "flat",
            "on the flat part the output is itself nearly constant",
            "question",
            partial(at_most, most=0.1),
            "sd of the output over x on the far half, over that of f",
        ),
    ]
    for measure, text, where, rule, about in of_path:
        for name, row in rows.items():
            cases = row[f"paths_{measure}"].sel(form="desymmetrised").values
            yield Claim(measure, text, where, name, cases, rule, about, of="paths")
    for measure, (text, about) in SMOOTH.items():
        for name, row in rows.items():
            made, smooth = (row[f"paths_{measure}"].sel(form=form).values for form in FORMS)
            key, rule = f"smooth_{measure}", partial(at_least, relevant=0.05)
            cases = made - smooth
            yield Claim(key, text, "section 3.3", name, cases, rule, about, of="paths")


def _of_more(dataset):
    for measure, margin, about in (("error", CLOSE, "error"), ("sawtooth", 0.05, "sawtooth")):
        for name in dataset["around"].values:
            usual, more = np.moveaxis(dataset[f"data_{measure}"].sel(around=name).values, 1, 0)
            rule = partial(equivalent, control=0.0, margin=margin)
            number = f"{about} after training on ten times the points, less that on the paper's"
            text = f"more data changes nothing ({about})"
            where = "section 3.1"
            yield Claim(
                f"data_{measure}", text, where, str(name), more - usual, rule, number, ".4f"
            )
    for name in dataset["around"].values:
        failed = 1 - _learnt(dataset, name, "pupils")
        text = "a trained network is easy to fit: most networks do"
        about = "share that end above 1 % of the variance of what they learn"
        rule = partial(at_most, most=0.5)
        yield Claim("pupils", text, "introduction", str(name), failed, rule, about, most=1.0)
    for name in dataset["around"].values:
        shares = (_learnt(dataset, name, which) for which in ("pupils", "fits"))
        more = np.subtract(*(share.mean(axis=1, keepdims=True) for share in shares))
        text = f"a trained network is easier to fit than {HAND}"
        about = "share that end below 1 % of it, less that of the networks that learn W_f"
        rule = partial(at_least, relevant=0.1)
        yield Claim("easier", text, "introduction", str(name), more, rule, about)


def _learnt(dataset, name, which):
    """1 for a network whose error ends below 1 % of what there is to learn, (function, network)."""
    if which == "pupils":
        row = dataset.sel(around=name)
        variance = row["pupils_variance"].values[:, None]
    else:
        row = dataset.sel(optimizer=name)
        variance = row["fits_target"].values.var(axis=1, keepdims=True)
    return (row[f"{which}_error"].values < 0.01 * variance).astype(float)


def findings_of(dataset: xr.Dataset) -> list[Finding]:
    """A row for each claim and optimiser."""
    claims = claims_of(dataset)
    pairs = zip(claims, rulings_of(claims))
    return [finding_of(claim, ruling, _reading(claim, dataset)) for claim, ruling in pairs]


def _reading(claim, dataset):
    """Sizes and lengths of what a claim was weighed on."""
    attrs = dataset.attrs
    if claim.of == "trials":
        return f"5 x 5, {attrs['basin_steps']} steps, returned: error below {paper()['returned']:g}"
    if claim.of == "paths":
        bands = f"{attrs['paths_images']} images, {attrs['paths_steps']} steps of the band"
        residual = np.median(dataset["paths_residual"].sel(form="desymmetrised").values)
        left = f"median residual force {residual:.2g}"
        return f"networks after {attrs['fits_steps']} steps; {bands}, {left}"
    if claim.key.startswith("data"):
        ratio = (attrs["data_between"] + 1) / (paper()["between"] + 1)
        return f"same starts, {attrs['data_steps']} steps, {ratio:g} times the points"
    if claim.key in ("pupils", "easier"):
        return f"5 x 5 taught by the trained network of median error, {attrs['pupils_steps']} steps"
    return f"5 x 5, {attrs['fits_steps']} steps"
