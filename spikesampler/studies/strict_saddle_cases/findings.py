"""What is concluded of strict saddles with known answers: a row for each claim, five sentences."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.stats.kept_interval import ruling_of
from spikesampler.stats.rules import REPRODUCED, Ruling, in_family, in_short, share
from spikesampler.studies.finding import Finding, certain, ruled
from spikesampler.studies.strict_saddle_cases import escapes

__all__ = ["STRICT", "findings", "hurry", "rulings"]

#: which of the cases are strict saddle; {beginning of a case's name: the answer that is known}
STRICT = {"tensor": True, "x²/2": True, "x³": False, "x⁴": False}
ROUNDING = 1e-8  #: of eigenvalues, what double precision may leave of dense ones
NEARLY_ALL = 0.9  #: of walks, what more of them than this do
SAME = 0.1  #: relative: how far a growth may be from its theory
PLAIN, PERTURBED = "plain", "perturbed"
FAMILY = "octopus"
SOURCE = "Du et al. 2017"


def rulings(dataset: xr.Dataset) -> dict[str, Ruling]:
    """{key: ruling} on the growth of the steps per saddle at the smallest L/gamma, and the largest.

    Walks' growths are kept as mean and 95 % interval; the standard error and p follow from those.
    """
    found, walks = {}, dataset.sizes["walk"]
    for name, place in (("least", 0), ("most", -1)):
        of = dataset["octopus_growth"].isel(L=place)
        theory = escapes.plain_growth(float(dataset["L"][place]))
        for method, growth in ((PLAIN, theory), (PERTURBED, 1.0)):
            interval = of.sel(descent=method).values
            if np.isfinite(interval).all():
                bounds = (growth * (1 - SAME), growth * (1 + SAME))
                found[f"{method}_{name}"] = ruling_of(interval, walks, "within", bounds)
    left = dataset["tensor_passed"].sel(descent="noisy").values
    found["tensor_noisy"] = share(int(left.sum()), left.size, NEARLY_ALL)
    return dict(zip(found, in_family(found.values(), FAMILY)))


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each claim."""
    (dataset,) = datasets.values()
    judged = dict(zip(dataset["case"].values, dataset["strict"].values.astype(bool)))
    wrong = [name for name, strict in judged.items() if bool(strict) != known(name)]
    deviation = deviations(dataset)
    rows = [
        certain(
            "checker",
            "the checker tells which functions are strict saddle",
            "control: Ge et al. 2015",
            not wrong,
            f"{len(judged) - len(wrong)} of {len(judged)} cases judged as is known",
            "two functions that are strict saddle, two that are not, at random and known points",
            "all cases are judged as is known",
        ),
        certain(
            "spectra",
            "the spectra are those of theory",
            "control: Ge et al. 2015",
            deviation < ROUNDING,
            f"largest deviation of an eigenvalue {deviation:.0e}",
            "tensor function at its symmetric saddle and at the identity, dense Hessians",
            f"no eigenvalue deviates by {ROUNDING:g} or more",
        ),
    ]
    texts = {
        PLAIN: "plain descent's time per saddle grows geometrically, by the factor of theory",
        PERTURBED: "perturbed descent's time per saddle does not grow",
    }
    for key, ruling in rulings(dataset).items():
        if key == "tensor_noisy":
            claim, source = (
                "gradient descent with noise leaves the symmetric saddle",
                "Ge et al. 2015",
            )
            sizes = ", ".join(map(str, dataset["d"].values))
            reading = f"walks that left, {dataset.sizes['walk']} at each d of {sizes}"
        else:
            method, place = key.split("_")
            claim, source = texts[method], SOURCE
            L = float(dataset["L"][0 if place == "least" else -1])
            reading = (
                f"octopus function, growth per saddle at L/gamma = {L:g}; theory to {SAME:.0%}"
            )
        rows.append(ruled(key, claim, source, ruling, reading, "walks", ".3f"))
    return rows


def known(case: str) -> bool:
    """Whether this case is strict saddle."""
    (answer,) = (strict for name, strict in STRICT.items() if case.startswith(name))
    return answer


def deviations(dataset: xr.Dataset) -> float:
    """Largest deviation of an eigenvalue from theory, at the saddle and at the identity."""
    largest = float(np.abs(dataset["identity_deviation"].values).max())
    for d, row in zip(dataset["dense_d"].values, dataset["eigenvalue"].values):
        values = row[np.isfinite(row)]
        theory = np.where(values < 0, -8 / d, 8 * (d - 1) / d)
        largest = max(largest, float(np.abs(values - theory)[np.abs(values) > ROUNDING].max()))
    return largest


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    (dataset,) = datasets.values()
    found, rows = rulings(dataset), {row.key: row for row in findings(datasets)}
    growths = {
        method: in_short(found[f"{method}_least"], ".2f")
        if f"{method}_least" in found
        else "not known"
        for method in (PLAIN, PERTURBED)
    }
    agreed = sum(row.verdict == REPRODUCED for row in rows.values())
    return [
        "Asked was whether our programs tell saddles as they should, on functions whose saddles "
        "are known exactly, before they are believed on networks.",
        f"Strict saddle or not: {rows['checker'].number}; spectra: {rows['spectra'].number}.",
        "Along a row of saddles (the octopus function) the time that plain gradient descent takes "
        f"per saddle grows {growths[PLAIN]} times from one to the next, that of perturbed gradient "
        f"descent {growths[PERTURBED]} times.",
        "That is what noise does for a walk that comes to a saddle; it says nothing of a network "
        "that starts elsewhere, as those of the other studies do.",
        f"{agreed} of {len(rows)} rows come out as theory has them, with "
        f"{dataset.sizes['walk']} walks from every saddle.",
    ]
