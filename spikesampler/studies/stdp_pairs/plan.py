"""The rule of pairs: which runs, and what is kept of them.

Conditions, sizes and rules were fixed before any run with seeds 1 to 10, after pilots with seed
101, which set lengths alone. All is models/stdp_pairs.py; where outputs fire blindly (gain = 0),
their trains know nothing of the inputs'.

window   one spike of an input and one of each output, 1.25 ms apart from output to output
rates    outputs at 5 to 40 Hz, inputs at 5 to 80 Hz, weakening 1.3 times as strong as
         strengthening, in steps of 1 ms and of 0.25 ms; no walls
balance  the same at 40 Hz, weakening 0.95 to 1.15 times as strong
walls    weights between 0 and 1, all rates 20 Hz, 1.1 times: without noise of the synapses, with
         noise that is the same for all, and with noise that grows with the weight
driven   the model as it is, outputs driven by 200 inputs of 20 Hz: without noise and with
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler.experiments.settings import Settings, resolve
from spikesampler.language.model import MODELS
from spikesampler.store.atomic import atomic_write_bytes
from spikesampler.store.folders import make_folder
from spikesampler.studies.stdp_pairs.law import Rule
from spikesampler.studies.stdp_pairs.stimuli import OneSpike, SteadyRates

__all__ = ["ARMS", "DRIVEN", "NAME", "RATIOS", "STEPS", "rule_of"]

NAME = "stdp_pairs"
A_PLUS, TAU = 0.005, 0.02  #: of the model; tau in s, both of them
STEPS = (1.0, 0.25)  #: ms
RATES_IN, RATES_OUT = (5.0, 10.0, 20.0, 40.0, 80.0), (5.0, 10.0, 20.0, 40.0)  #: Hz
PER_RATE = 8  #: inputs of each rate
OF_RATES = 1.3  #: a_minus/a_plus of `rates`
RATIOS = (0.95, 1.0, 1.025, 1.05, 1.1, 1.15)  #: of `balance`, at the largest of RATES_OUT
OF_WALLS, RATE = 1.1, 20.0  #: a_minus/a_plus and rates of `walls`, Hz
ARMS = ("none", "constant", "weight")  #: of `walls`
DRIVEN = ("none", "constant")
B = 1e-3  #: per second: half the variance per second of `constant`, in `walls`
N = 2.0  #: variance of `weight` at w = 1, in that of `constant`
BINS = np.linspace(0.0, 1.0, 51)
LAGS, APART = 81, 1.25  #: of the window: number of pairs, and ms from one to the next
#: held-out samples are of no use here
SIZES: dict[str, Any] = {"probe_samples": 2, "test_samples": 2, "average": 0}
BLIND: dict[str, Any] = {"gain": 0.0, "K": 10, "sample_length": "1*second"}
FREE = {"w_max": 1e4}  #: walls that no weight comes to

Points = dict[Path, Settings]


def rule_of(ratio: float, step: float = STEPS[-1]) -> Rule:
    """The rule with this a_minus/a_plus in steps of so many ms."""
    return Rule(A_PLUS, ratio * A_PLUS, TAU, TAU, step / 1000)


def without_walls(runs: Path, seed: int, seconds: int) -> Points:
    """Runs of `rates` and `balance`: pairs of (step, ratio, rate of the outputs)."""
    rates = np.repeat(RATES_IN, PER_RATE)
    cells = [(OF_RATES, s) for s in RATES_OUT] + [(ratio, RATES_OUT[-1]) for ratio in RATIOS]
    return {
        runs / f"free-{step:g}-{ratio:g}-{s:g}-seed{seed}": resolve(
            NAME,
            noise="none",
            start="middle",
            data=SteadyRates(rates / rates.max()),
            seed=seed,
            samples=seconds,
            probe_every=seconds,
            record="none",
            set=BLIND
            | FREE
            | {
                "I": len(rates),
                "r_min": 0.0,
                "r_max": rates.max(),
                "rate_0": s,
                "a_plus": A_PLUS,
                "a_minus": ratio * A_PLUS,
                "dt": f"{step}*ms",
            },
            **SIZES,
        )
        for step in STEPS
        for ratio, s in cells
    }


def with_walls(runs: Path, seed: int, settled: int, snapshots: int) -> Points:
    """Runs of `walls`: half of the time to settle, then snapshots."""
    chosen = BLIND | {
        "I": 40,
        "r_min": RATE,
        "r_max": 0.0,
        "rate_0": RATE,
        "b": B,
        "N": N,
        "grid": "50*ms",
        "a_plus": A_PLUS,
        "a_minus": OF_WALLS * A_PLUS,
    }
    return {
        runs / f"walls-{arm}-seed{seed}": resolve(
            NAME,
            noise=arm,
            start="uniform",
            data=SteadyRates(np.ones(40)),
            seed=seed,
            samples=2 * settled,
            probe_every=settled // snapshots,
            record="none",
            set=chosen,
            **SIZES,
        )
        for arm in ARMS
    }


def driven(runs: Path, seed: int, settled: int) -> Points:
    """Runs of `driven`: the model's own parameters."""
    return {
        runs / f"driven-{arm}-seed{seed}": resolve(
            NAME,
            noise=arm,
            start="uniform",
            data=SteadyRates(np.ones(200)),
            seed=seed,
            samples=settled,
            probe_every=settled // 2,
            record="none",
            set={"r_min": RATE, "r_max": 0.0, "sample_length": "1*second"},
            **SIZES,
        )
        for arm in DRIVEN
    }


def one_pair(runs: Path) -> Points:
    """The run of `window`, of one sample of 400 ms, in whose middle the input spikes."""
    make_folder(runs)
    path = runs / "one_pair.py"
    text = (Path(__file__).parent / "templates" / "one_pair.txt").read_text()
    atomic_write_bytes(path, f"{(MODELS / f'{NAME}.py').read_text()}\n{text}".encode())
    return {
        runs / "window": resolve(
            os.fspath(path),
            noise="none",
            start="middle",
            data=OneSpike(800),
            samples=2,
            probe_every=1,
            record="all",
            set={"I": 1, "K": LAGS, "sample_length": "400*ms", "apart": f"{APART}*ms"},
            **SIZES,
        )
    }
