"""Gamst & Walker (2017): the energy landscape of a simple network."""

from spikesampler.studies.gamst_walker_2017 import relu_net
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise

__all__ = ["desymmetrise", "relu_net"]
