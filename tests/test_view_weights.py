"""The page of weights as bokeh's models: images of weights stand as the pixels do."""

from types import SimpleNamespace

import numpy as np
import pytest

from spikesampler.language.model import load_model
from spikesampler.view.weights import WeightsPage


def page(num_inputs, files=()):
    """Of a run on images, every input with another weight: input i has theta = i."""
    theta = np.tile(np.arange(num_inputs, dtype=float), (1, 2, 1)) / num_inputs
    manifest = {"data": {"coding": "rates", "files": dict.fromkeys(files, "")}}
    return WeightsPage(
        SimpleNamespace(
            layer="outputs",
            source="inputs",
            neuron="output",
            heard="input",
            theta=theta,
            times=np.zeros(1),
            manifest=manifest,
            num_inputs=num_inputs,
            num_outputs=2,
            hears_inputs=True,
            centres=None,
            output_class=np.arange(2),
            weights=lambda: np.exp(theta),
            rule=load_model("fang_2018").rule,
            values={"mu": 0.0, "sigma": 1.0},
        )
    )


@pytest.mark.parametrize(
    ("num_inputs", "files", "pixels"),
    [
        (12 * 12, (), lambda w: w.reshape(12, 12)),
        (3 * 4 * 4, ("data_batch_1.bin",), lambda w: w.reshape(3, 4, 4).mean(axis=0)),
        (3 * 4 * 4, ("train.h5",), lambda w: w.reshape(4, 4, 3).mean(axis=2)),
    ],
)
def test_images_are_upright(num_inputs, files, pixels):
    """Bokeh draws the first row of an array below: rows come in reverse, columns as they are."""
    (image,) = page(num_inputs, files).sources[1].data["w"]
    np.testing.assert_allclose(
        image[::-1], pixels(np.exp(np.arange(num_inputs) / num_inputs)), rtol=1e-6
    )
