"""Double precision for jax, as a context, by the name that the installed version has for it."""

from importlib import import_module

from spikesampler.optional import require

__all__ = ["enable_x64"]

_jax = require("double precision", "landscape", "jax")
if not hasattr(_jax, "enable_x64"):  # an older jax
    _jax = import_module("jax.experimental")
enable_x64 = _jax.enable_x64
