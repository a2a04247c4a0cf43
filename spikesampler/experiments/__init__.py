"""Experiments on any model: run, compare, sweep, and what they give back."""

__all__ = ["ProbeReport", "StopLearning", "objective_of"]


def __getattr__(name):
    """Import on first use, so that no command waits for what it does not need."""
    if name == "objective_of":
        from spikesampler.experiments.objective import objective_of

        return objective_of
    if name in ("ProbeReport", "StopLearning"):
        from spikesampler.experiments import at_probes

        return getattr(at_probes, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
