"""Spikesampler: does synaptic noise help a spiking network to learn?

>>> from spikesampler import run
>>> result = run("fang_2018", samples=1000)      # doctest: +SKIP
>>> result.test_accuracy                         # doctest: +SKIP
"""

__version__ = "0.1.0"
__all__ = ["Comparison", "Result", "Sweep", "compare", "load_model", "run", "sweep"]

_HOMES = {
    "load_model": "language.model",
    "run": "experiments.run",
    "compare": "experiments.compare",
    "sweep": "experiments.sweep",
    "Result": "experiments.run_result",
    "Comparison": "experiments.comparison_result",
    "Sweep": "experiments.sweep_result",
}


def __dir__():
    return sorted({*globals(), *__all__})


def __getattr__(name):
    """Import on first use, so that `import spikesampler` and the command line start at once."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"spikesampler.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'spikesampler' has no attribute '{name}'")
