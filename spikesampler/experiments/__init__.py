"""Experiments on any model: run, compare, sweep, and what they give back."""

__all__ = ["objective_of"]


def __getattr__(name):
    """Import on first use, so that no command waits for what it does not need."""
    if name == "objective_of":
        from spikesampler.experiments.objective import objective_of

        return objective_of
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
