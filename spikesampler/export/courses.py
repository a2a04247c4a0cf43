"""Trajectories of a run, for every format: of what, and blocks of their values."""

import numpy as np

from spikesampler.export.columns import make_table
from spikesampler.store.manifest import TRAJECTORIES

__all__ = ["BLOCK", "course_blocks", "has_courses", "recorded_synapses", "variables"]

BLOCK = 1 << 20  #: values of a variable in memory at once: 8 MiB


def has_courses(result):
    """Whether trajectories were recorded."""
    return TRAJECTORIES in result.manifest["files"]


def recorded_synapses(result):
    """Table of the synapses that were recorded, in the order of the columns of their values; None
    where there are none.
    """
    recorded = result.trajectories
    if "synapse" not in recorded.sizes:
        return None
    values = {
        "synapse": np.arange(recorded.sizes["synapse"]),
        "pre": recorded["input"].values,
        "post": recorded["output"].values,
    }
    return make_table("synapses", values)


def variables(result):
    """{name: (unit, meaning, dimension)} of what was recorded: the dimension beside time is
    "synapse", "neuron" (of the outputs) or "".
    """
    return {
        str(name): (
            variable.attrs["units"],
            variable.attrs["long_name"],
            "".join(map(str, variable.dims[1:])),
        )
        for name, variable in result.trajectories.data_vars.items()
    }


def course_blocks(result):
    """Rows of all variables, in blocks: times (n,) in s and {name: values (n, …)}."""
    recorded = result.trajectories
    rows = max(1, BLOCK // max(values[0].size for values in recorded.data_vars.values()))
    for first in range(0, recorded.sizes["time"], rows):
        block = recorded.isel(time=slice(first, first + rows))
        yield block["time"].values, {name: block[name].values for name in variables(result)}
