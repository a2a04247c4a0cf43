"""Two layers, for tests: synapses between outputs are fixed."""

from pathlib import Path
from runpy import run_path

_two = run_path(str(Path(__file__).with_name("two_layers.py")))
title, citation, noise = "Two layers, one fixed pathway", "unpublished", "constant"
parameters, inputs, synapses = _two["parameters"], _two["inputs"], _two["synapses"]
signals, bounds, starts, drift = _two["signals"], _two["bounds"], _two["starts"], _two["drift"]
layers = {
    "hidden": _two["layers"]["hidden"],
    "outputs": _two["layers"]["outputs"]
    | {
        "sources": {
            "hidden": {},
            "outputs": dict(_two["layers"]["outputs"]["sources"]["outputs"], plastic=False),
        }
    },
}
