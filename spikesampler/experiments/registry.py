"""Which claims the comparisons of a model can settle: the one hook from here up to the studies."""

from importlib import import_module

from spikesampler.experiments.claim import Claim
from spikesampler.experiments.compared import Compared

__all__ = ["claims_of"]


def claims_of(comparison: Compared) -> list[Claim]:
    """The claims that a comparison can settle, of the study that is named after its model.

    A study offers them as `claims_of(comparison)` in its module `claims`, as
    `spikesampler.studies.fang_2018.claims` does; a model without such a study has none.
    """
    model = str(comparison.dataset.attrs["model"])
    study = f"spikesampler.studies.{model}"
    if not model.isidentifier():
        return []
    try:
        claims = import_module(f"{study}.claims")
    except ModuleNotFoundError as error:
        if error.name not in (study, f"{study}.claims"):
            raise
        return []
    settle = getattr(claims, "claims_of", None)
    return settle(comparison) if settle else []
