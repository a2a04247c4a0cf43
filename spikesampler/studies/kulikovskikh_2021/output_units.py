"""Classifiers of two classes with one hidden layer and a sigmoid or LIGHT as the output.

    z = v · max(0, W x + b) + c,        p = ℓ(z)

Losses, means over the samples of a batch, with labels y of 0 and 1:

    cross_entropy   -y ln p - (1 - y) ln(1 - p), p clipped to [1e-7, 1 - 1e-7] as in Keras (the
                    sigmoid's is exact, as there). The class is 1 where p is above half of the
                    largest value ℓ has: for the sigmoid 1/2.
    margin          ℓ(-(2y - 1) z): Eq. (2) of Kulikovskikh & Legović (2021) with the sign without
                    which it teaches every label's opposite. The class is 1 where z > 0. Of the
                    sigmoid it is |y - p|.

Cross-entropy is what an "output activation layer" in Keras, as which they implemented LIGHT, is
trained with; which of the two they had, they do not say. Harvest from T = 0 on takes all values of
ℓ to 1/2 or less, hence "half of".
"""

from spikesampler.networks.layered import classifier, outputs_of
from spikesampler.optional import require
from spikesampler.studies.kulikovskikh_2021.light import FORMS, light_supremum, log_light
from spikesampler.studies.kulikovskikh_2021.setting import Setting

jax, jnp = require("training", "landscape", "jax", "jax.numpy")

__all__ = ["LOSSES", "UNITS", "classes", "logits", "loss_of", "losses"]

LOSSES = ("cross_entropy", "margin")
UNITS = ("sigmoid", *FORMS)
CLIP = 1e-7  #: of Keras


def logits(params, inputs: jax.Array) -> jax.Array:
    """z (sample,) of inputs (sample, feature)."""
    return outputs_of(classifier(2), params, inputs)[:, 0]


def log_unit(z: jax.Array, setting: Setting, unit: str) -> jax.Array:
    """ln ℓ(z)"""
    if unit == "sigmoid":
        return -jax.nn.softplus(-z)
    return log_light(z, form=unit, **setting.lights())


def losses(z: jax.Array, labels: jax.Array, setting: Setting, *, unit: str, loss: str) -> jax.Array:
    """Loss of each sample, of z and labels (sample,)."""
    if loss == "margin":
        return jnp.exp(log_unit((1 - 2 * labels) * z, setting, unit))
    if unit == "sigmoid":
        return jax.nn.softplus(z) - labels * z
    p = jnp.clip(jnp.exp(log_unit(z, setting, unit)), CLIP, 1 - CLIP)
    return -labels * jnp.log(p) - (1 - labels) * jnp.log1p(-p)


def loss_of(params, inputs, labels, weights, setting, *, unit: str, loss: str) -> jax.Array:
    """Loss of one network on samples (sample, feature) whose weights (sample,) are 1, or 0 where
    they do not count.
    """
    each = losses(logits(params, inputs), labels, setting, unit=unit, loss=loss)
    return (each * weights).sum() / weights.sum()


def classes(z: jax.Array, setting: Setting, *, unit: str, loss: str) -> jax.Array:
    """Classes of samples, of z (sample,)."""
    if loss == "margin" or unit == "sigmoid":
        return (z > 0).astype(z.dtype)
    half = light_supremum(form=unit, **setting.lights()) / 2
    return (jnp.exp(log_unit(z, setting, unit)) > half).astype(z.dtype)
