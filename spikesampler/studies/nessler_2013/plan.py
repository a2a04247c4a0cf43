"""Expectation maximisation by STDP: which runs, and what is kept of them.

Conditions, sizes and rules were fixed before any run with seeds 1 to 10, after pilots with seeds
101 to 103, which chose stimuli that the network can learn, and the length. All is
models/nessler_2013.py on `causes.HiddenCauses`.

learning      ten causes of 36 pixels, ten outputs: with the paper's excitability, the logarithm of
              a prior; with that learnt ten times as fast; with homeostasis; with neither. The first
              and the third also with noise of the synapses, of which one is ten times as strong
fixed points  four causes of 16 pixels, four outputs, at learning rates that differ by a factor of
              up to thirty: what each synapse sees is counted, spike by spike
              (templates/counted.txt). `driven`: as the model has it. `rare`: 4 output spikes per
              second in place of 100, so that few share a window or a stimulus. `blind`: also with
              gain = 0, so that no weight has a say in when its output spikes; with noise, too
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

from spikesampler.experiments.settings import Settings, resolve
from spikesampler.language.model import MODELS
from spikesampler.store.atomic import atomic_write_bytes
from spikesampler.store.folders import make_folder
from spikesampler.studies.nessler_2013.causes import HiddenCauses

__all__ = ["CELLS", "CONDITIONS", "FIXED", "NAME", "NOISES", "Fixed", "fixed", "label", "learning"]

NAME = "nessler_2013"
CAUSES = HiddenCauses(num_pixels=36, num_causes=10, flips=0.15)
FEW = HiddenCauses(num_pixels=16, num_causes=4, flips=0.15)  #: of the fixed points
CONDITIONS: dict[str, dict[str, Any]] = {
    "prior": {"excitability": "prior"},
    "fast prior": {"excitability": "prior", "eta_0": 1e-3},
    "homeostasis": {"excitability": "homeostasis"},
    "neither": {"excitability": "none"},
}
NOISES = ("constant", "weight", "constant:noise_scale=10")
NOISY = ("prior", "homeostasis")  #: conditions that are run with noise, too
CELLS = [(name, "none") for name in CONDITIONS] + [(n, arm) for n in NOISY for arm in NOISES]


class Fixed(NamedTuple):
    """A condition of the fixed points: learning rate, noise, output spikes per second, and whether
    inputs drive the outputs.
    """

    eta: float
    arm: str = "none"
    rho: float = 4.0
    gain: float = 1.0


FIXED = {
    **{f"driven, {eta:g}": Fixed(eta, rho=100.0) for eta in (0.003, 0.01, 0.03, 0.1)},
    **{f"rare, {eta:g}": Fixed(eta) for eta in (0.01, 0.03, 0.1)},
    **{f"blind, {eta:g}": Fixed(eta, gain=0.0) for eta in (0.01, 0.03, 0.1)},
    **{f"blind, {arm}": Fixed(0.01, arm, gain=0.0) for arm in ("constant", "weight")},
}
SETTLE = 1 / 3  #: part of the time before anything is counted
SAMPLE = 0.2  #: s


def learning(runs: Path, seed: int, **sizes: int) -> dict[Path, Settings]:
    """Settings of the runs that learn, of a seed."""
    held_out = sizes.pop("held_out")
    return {
        folder(runs, name, arm, seed): resolve(
            NAME,
            noise=arm,
            data=CAUSES,
            seed=seed,
            record="none",
            average=0,
            probe_samples=held_out,
            test_samples=held_out,
            set={
                "I": CAUSES.num_features,
                "K": CAUSES.num_classes,
                "r_max": "40*Hz",
                **CONDITIONS[name],
            },
            **sizes,
        )
        for name, arm in CELLS
    }


def folder(runs: Path, name: str, arm: str, seed: int) -> Path:
    """Of a run, below that of all runs."""
    return runs / f"{name}-{arm}-seed{seed}".replace(" ", "_").replace(":noise_scale=", "_")


def fixed_folder(runs: Path, name: str, seed: int) -> Path:
    """Of a run of the fixed points, below that of all runs."""
    return runs / f"fixed-{name}-seed{seed}".replace(", ", "-")


def fixed(
    runs: Path, model: str, seed: int, counted: int, counted_rare: int
) -> dict[Path, Settings]:
    """Settings of the runs of the fixed points of a seed."""
    points: dict[Path, Settings] = {}
    for name, one in FIXED.items():
        samples = counted if one.rho > 10 else counted_rare
        points[fixed_folder(runs, name, seed)] = resolve(
            model,
            noise=one.arm,
            data=FEW,
            seed=seed,
            samples=samples,
            probe_every=samples,
            probe_samples=4,
            test_samples=4,
            record="none",
            average=0,
            set={
                "I": FEW.num_features,
                "K": FEW.num_classes,
                "r_min": "10*Hz",
                "r_max": "40*Hz",
                "excitability": "homeostasis",
                "eta": one.eta,
                "rho": one.rho,
                "gain": one.gain,
                "settle": SETTLE * SAMPLE * samples,
            },
        )
    return points


def counting_model(runs: Path) -> str:
    """The path of the model with `templates/counted.txt`, which is written there."""
    make_folder(runs)
    path = runs / "counted.py"
    text = (Path(__file__).parent / "templates" / "counted.txt").read_text()
    atomic_write_bytes(path, f"{(MODELS / f'{NAME}.py').read_text()}\n{text}".encode())
    return os.fspath(path)


def label(name: str, arm: str) -> str:
    """What a cell of CELLS is called."""
    return name if arm == "none" else f"{name}, {arm}"
