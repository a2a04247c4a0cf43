"""Double precision for jax, as a context, by the name that the installed version has for it."""

from contextlib import AbstractContextManager

from spikesampler.optional import require

__all__ = ["enable_x64"]


def enable_x64(double: bool) -> AbstractContextManager[None]:
    """A context in which jax computes in float64, or where `double` is False in float32.

    Raises InputError where jax is not installed, which is imported only now.
    """
    jax = require("double precision", "landscape", "jax")
    if not hasattr(jax, "enable_x64"):  # an older jax
        jax = require("double precision", "landscape", "jax.experimental")
    return jax.enable_x64(double)
