"""The landscape of learning: objective, Hessian, trace criterion, saddles; arrays, no simulator."""

from typing import Any

from spikesampler.landscape.density import spectral_density
from spikesampler.landscape.hessian import extreme_eigenvalues
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.landscape.saddle import measure
from spikesampler.landscape.sampled import sampled_gradient, sampled_hvp, sampled_value
from spikesampler.landscape.stationary import stationary_point
from spikesampler.landscape.strict import classify, strict_saddle
from spikesampler.landscape.traces import hutch_plus_plus_trace, hutchinson_trace

__all__ = [
    "SynapticObjective",
    "classify",
    "extreme_eigenvalues",
    "hutch_plus_plus_trace",
    "hutchinson_trace",
    "measure",
    "neb",
    "sampled_gradient",
    "sampled_hvp",
    "sampled_value",
    "spectral_density",
    "stationary_point",
    "strict_saddle",
]


def __getattr__(name: str) -> Any:  # jax, which `neb` needs, takes a second to import
    if name == "neb":
        from spikesampler.landscape.paths import neb

        return neb
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
