"""Stimuli: Gaussian clusters, tables and images as sources, and the input rates they cause."""

from spikesampler.stimuli.labelled import LabelledData
from spikesampler.stimuli.registry import absolute, is_synthetic, load_source
from spikesampler.stimuli.source import SPLITS, Samples, Source, SourceKind
from spikesampler.stimuli.sources.clusters import GaussianClusters
from spikesampler.stimuli.sources.digits import load_digits
from spikesampler.stimuli.sources.images import load_images
from spikesampler.stimuli.sources.tables import load_table
from spikesampler.stimuli.tuning import centres, input_rates, pixel_rates, tuning_rates

__all__ = [
    "SPLITS",
    "GaussianClusters",
    "LabelledData",
    "Samples",
    "Source",
    "SourceKind",
    "absolute",
    "centres",
    "input_rates",
    "is_synthetic",
    "load_digits",
    "load_images",
    "load_source",
    "load_table",
    "pixel_rates",
    "tuning_rates",
]
