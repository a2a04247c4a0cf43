"""The checker of model files: each fault is said with its line, what was perhaps meant and what is
allowed; all at once, before anything is compiled, and what is right has no complaint.
"""

import json
import os
import subprocess
import sys
import time

import pytest
from runs import PACKAGE, command

from spikesampler.language.complaints import ModelError, ModelWarning
from spikesampler.language.examples import EXAMPLES, example_names
from spikesampler.language.model import MODELS, check_model, load_model, model_names

MINE = '''
from spikesampler.language.parameter import our_choice, stated

title = "A small model"
citation = "none"
noise = "constant"
parameters = dict(
    tau=stated(20.0, "ms", "decay time", above=0),
    tau_e=stated(1.0, "second", "decay of the eligibility", above=0),
    rho=stated(100.0, "Hz", "total rate", low=0),
    b=stated(1e-4, "1/second", "learning rate", low=0),
    mu=stated(0.0, "1", "mean of the prior"),
    kind=our_choice("soft", "1", "kind of weight", choices=("soft", "hard")),
)
inputs = """
dx/dt = -x/tau : 1
y = 2*x : 1
"""
outputs = """
u = sum(w*y) + v : 1
dv/dt = -v/tau : 1
"""
synapses = """
w = exp(theta) if kind == 'soft' else int(theta > 0)
de/dt = -e/tau_e + x*rate : 1
"""
signals = "dr/dt = -r/tau_e : 1"
drift = "b*(mu - theta)"
noises = {
    "mine": "2*b*w",
    "parts": dict(variance="2*b", mobility="w"),
}
bounds = ("-5", "5")
starts = {"prior": "mu + randn()"}
initial = {"r": "1"}
events = {"reward": "r > 0.5 and rand() < 0.1"}
learning = {
    "output": "theta += e",
    "reward": """
        theta += r*e  # the reward's rule
        e = 0
    """,
}
resets = {"output": "v -= 1", "reward": "r -= 0.1"}
'''
NAMES = "x, y"
FREE = "t, dt, second, plastic, temperature, label, response, correct, pi"
OF_INPUTS = f"x, y, r, {FREE} and the parameters"
OF_OUTPUTS = f"u, v, r, {FREE}, k, rate and the parameters"
OF_SYNAPSES = f"x, y, u, v, w, e, r, {FREE}, k, rate, inf and the parameters"
FIELDS = (
    "title, citation, noise, parameters, inputs, outputs, synapses, signals, drift, noises, bounds,"
    " starts, initial, learning, events, resets, firing, teacher, weight, a helper that begins"
    " with _"
)

#: what is replaced, by what, and the complaint; {line} is that of the first word of the new text
FAULTS = [
    # fields
    ('resets = {"o', 'reset = {"o', "unknown field 'reset', perhaps resets; expected " + FIELDS),
]


def lines_of(tmp_path, text):
    """All complaints of a file as text, without its path."""
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    return [str(each).removeprefix(f"{path}:") for each in check_model(path)]
