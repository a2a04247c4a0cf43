"""Gamst & Walker (2017): the energy landscape of a simple network."""

__all__ = ["desymmetrise", "relu_net"]


def __getattr__(
    name,
):  # numpy is imported when it is needed: the command line's help starts at once
    if name == "desymmetrise":
        from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise

        return desymmetrise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
