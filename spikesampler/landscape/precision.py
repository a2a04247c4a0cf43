"""Double precision for jax, as a context, by the name that the installed version has for it."""

try:
    from jax import enable_x64
except ImportError:  # an older jax
    from jax.experimental import enable_x64

__all__ = ["enable_x64"]
