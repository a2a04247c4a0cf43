"""Stimuli: Gaussian clusters, tables and images as sources, and the input rates they cause.

A source has ``name``, ``coding`` ("tuning" or "rates"), ``num_features``, ``num_classes``,
``class_names``, ``draw(split, num_samples, seed)``, ``bayes_accuracy(points, labels)`` and
``description()``.
"""

import os
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.stimuli.clusters import GaussianClusters
from spikesampler.stimuli.images import load_digits, load_images
from spikesampler.stimuli.split import SPLITS, LabelledData, Samples
from spikesampler.stimuli.tables import SUFFIXES, load_table
from spikesampler.stimuli.tuning import centres, pixel_rates, tuning_rates

__all__ = [
    "SPLITS",
    "GaussianClusters",
    "LabelledData",
    "Samples",
    "centres",
    "input_rates",
    "load_digits",
    "load_images",
    "load_source",
    "load_table",
    "of_clusters",
    "pixel_rates",
    "tuning_rates",
]

CLUSTERS = "clusters:"  #: before the seed of another layout of the Gaussian clusters
CLUSTER_PARAMETERS = (
    "cluster_mean",
    "cluster_mean_sd",
    "cluster_spread",
    "cluster_jitter",
    "cluster_matrix",
)


def load_source(data=None, *, seed, parameters, fixed_K=False):
    """The source that `data` names.

    Parameters
    ----------
    data : None for Gaussian clusters, "clusters:SEED" for those that a run with another seed has,
        "digits" for scikit-learn's digits, or the path of a table (.csv, .npz) or of MNIST (IDX),
        CIFAR-10 or HDF5 images.
    seed : decides the cluster layout, or the split.
    parameters : the model's K, D and cluster_… as plain numbers; others are ignored.
    fixed_K : whether the user set K; if not, real data have as many classes as their labels say, at
        most K.
    """
    if of_clusters(data):
        chosen = {name: parameters[name] for name in CLUSTER_PARAMETERS if name in parameters}
        layout = seed if data is None else _layout_seed(str(data))
        return GaussianClusters(parameters["K"], parameters["D"], layout, **chosen)
    options = {"seed": seed, "num_outputs": int(parameters["K"]), "fixed": fixed_K}
    if str(data) == "digits":
        return load_digits(**options)
    path = Path(data)
    if not os.path.exists(path):  # unlike path.exists() never raises, whatever the word
        raise InputError(
            f"no data named {str(data)!r}: expected digits, or the path of a .csv or .npz table or"
            " of HDF5, MNIST (IDX) or CIFAR-10 files; do: check the path"
        )
    if path.suffix.lower() in SUFFIXES:
        return load_table(path, **options)
    return load_images(path, **options)


def of_clusters(data):
    """Whether `data` names Gaussian clusters, which take their sizes from the model; else the data
    have their own.
    """
    return data is None or str(data).startswith(CLUSTERS)


def _layout_seed(data):
    word = data.removeprefix(CLUSTERS)
    if not word.isdecimal() or not word.isascii():
        raise InputError(
            f"data {data!r}: expected {CLUSTERS}SEED with a whole number; do: --data {CLUSTERS}7"
        )
    return int(word)


def input_rates(source, points, centres, parameters):
    """Rates of all inputs in Hz ``(n, I)`` for stimuli ``points`` of `source`.

    Coding "tuning" uses `tuning_rates` with the parameters r_min, r_max, tuning_width and
    tuning_factor; "rates" uses `pixel_rates` with r_min and r_max, one input per pixel (centres are
    not used).
    """
    if source.coding == "rates":
        return pixel_rates(points, parameters["r_min"], parameters["r_max"])
    return tuning_rates(
        points,
        centres,
        parameters["r_min"],
        parameters["r_max"],
        parameters["tuning_width"],
        parameters.get("tuning_factor", 1),
    )
