"""Stimuli: clusters, tables, images, arrays, spike trains as sources; the rates they cause."""

from spikesampler.stimuli.labelled import LabelledData
from spikesampler.stimuli.registry import as_data, is_synthetic, load_source
from spikesampler.stimuli.source import ORDERS, SPLITS, Samples, Source, SourceKind
from spikesampler.stimuli.sources.clusters import GaussianClusters
from spikesampler.stimuli.sources.digits import load_digits
from spikesampler.stimuli.sources.images import load_images
from spikesampler.stimuli.sources.spikes import load_spikes
from spikesampler.stimuli.sources.tables import load_table
from spikesampler.stimuli.trains import Trains
from spikesampler.stimuli.tuning import centres, input_rates, mean_rates, pixel_rates, tuning_rates

__all__ = [
    "ORDERS",
    "SPLITS",
    "GaussianClusters",
    "LabelledData",
    "Samples",
    "Source",
    "SourceKind",
    "Trains",
    "as_data",
    "centres",
    "input_rates",
    "is_synthetic",
    "load_digits",
    "load_images",
    "load_source",
    "load_spikes",
    "load_table",
    "mean_rates",
    "pixel_rates",
    "tuning_rates",
]
