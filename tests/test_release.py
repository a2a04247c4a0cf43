"""Release noise: its law in both engines, and what it leaves as it is."""

from dataclasses import replace

import numpy as np
import pytest

from spikesampler.errors import InputError
from spikesampler.experiments.settings import resolve
from spikesampler.language.arm_option import arm_of
from spikesampler.language.model import MODELS, load_model
from spikesampler.language.release import released
from spikesampler.spiking.build import build
from spikesampler.spiking.run import run_chunk
from spikesampler.spiking.state import as_at_the_start, silent_state
from spikesampler.spiking.structure import structure_of

EXAMPLES = MODELS / "examples"
I, K, RATE, P = 40, 1200, 60.0, 0.3
SIGMAS = 5  # bounds are this many standard errors


@pytest.fixture(scope="session")
def passing(tmp_path_factory):
    """Outputs with the same weights, whose synapses pass a spike by chance 0.3: after 0.2 s of
    frozen inputs at 60 Hz, ten time constants, the State at the end, and the weights.
    """
    runs = {}

    def run(engine):
        if engine not in runs:
            K_here = K if engine == "fast" else 300
            model = load_model(
                "fang_2018", I=I, K=K_here, r_max="0*Hz", r_min=f"{RATE}*Hz", rho=0.0
            )
            _, texts = arm_of(f"release:p={P}", model.rule, model.parameters)
            structure = structure_of(
                model, arm=texts, coding="tuning", num_features=3, engine=engine, capacity=10
            )
            theta = np.tile(np.linspace(2, 3.5, I), (K_here, 1))
            states = []
            for seed in range(4 if engine == "fast" else 2):
                low, high = model.theta_bounds
                chunk = run_chunk(
                    build(structure),
                    silent_state(theta, structure),
                    np.zeros((1, 3)),
                    np.zeros(1, int),
                    values=model.base_values() | {"theta_low": low, "theta_high": high},
                    centres=np.zeros((I, 3)),
                    temperature=np.ones(1),
                    plastic=False,
                    seed=seed,
                    work=tmp_path_factory.mktemp("release"),
                )
                states.append(chunk.state)
            runs[engine] = states, np.exp(theta[0] - model["theta_0"]), structure
        return runs[engine]

    return run


@pytest.mark.parametrize("engine", ["fast", pytest.param("reference", marks=pytest.mark.slow)])
def test_deviations_have_mean_zero_and_the_variance_of_the_law(passing, engine):
    """Of a trace that decays by d in a step, sum w^2 q (1/p - 1)/(1 - d^2), q = r dt: beside the
    sure part's sum w^2 q (1 - q)/(1 - d^2), so that the drive varies (1/p - q)/(1 - q) times as
    much. The covariance of the two with d d' for d^2. Outputs draw apart, so that each is a sample;
    given the input spikes, which all share, the variance spreads by 1/sqrt(spikes in a trace).
    """
    states, weights, _ = passing(engine)
    decays = np.exp(-1 / np.array([20.0, 2.0]))
    q = RATE * 1e-3
    deviations = np.array([[s.outputs[f"released_{j}"] for j in (0, 1)] for s in states])
    number = deviations[:, 0].size
    for i in range(2):
        for j in range(2):
            own = q * (1 / P - 1) * (weights**2).sum() / (1 - decays[i] * decays[j])
            found = np.mean(deviations[:, i] * deviations[:, j])
            spikes = I * q / (1 - decays[i] * decays[j]) * len(states)
            scale = np.sqrt(decays.size / number + 1 / spikes)
            assert found == pytest.approx(own, rel=SIGMAS * scale), (i, j)
    mean = deviations[:, 0].mean()
    assert abs(mean) < SIGMAS * np.sqrt(np.mean(deviations[:, 0] ** 2) / number)


def test_a_silent_network_released_nothing(passing):
    states, _, structure = passing("fast")
    start = silent_state(states[0].theta, structure)
    begun = as_at_the_start(states[0], start, structure)
    assert not begun.outputs["released_0"].any()
    assert states[0].outputs["released_0"].any()


def test_a_synapse_that_passes_all_is_the_sure_one():
    settings = [resolve("fang_2018", noise=arm) for arm in ("release:p=1", "none")]
    structures = [
        structure_of(s.model, arm=s.arm_texts, coding="tuning", num_features=3) for s in settings
    ]
    ours, none = (one | {"arm": one["arm"] | {"name": ""}} for one in structures)
    assert ours == none
    ours, weight = (resolve("fang_2018", noise=arm) for arm in ("weight:release=1", "weight"))
    assert ours.arm_texts == weight.arm_texts


def test_released_of_coupled_inputs_decays_as_they_do():
    model = load_model(EXAMPLES / "alpha_function.py")
    rule, release = released(model.rule, "0.5", model.parameters)
    assert "dreleased_0/dt = (released_1 - released_0)/tau : 1" in rule.outputs
    assert [*release["adds"]] == ["released_1"]


def test_what_is_not_linear_has_no_release():
    model = load_model("fang_2018")
    rule = replace(model.rule, inputs=model.rule.inputs.replace("x_slow - x_fast", "x_slow**2"))
    with pytest.raises(InputError, match=r"release needs sums that are linear in the inputs'"):
        released(rule, "0.5", model.parameters)
    rule = replace(model.rule, resets={"input": "x_slow = 1\nx_fast += 1"})
    with pytest.raises(InputError, match=r"a spike adds a constant; here it does x_slow = 1"):
        released(rule, "0.5", model.parameters)
    rule = replace(
        model.rule, inputs=model.rule.inputs.replace("-x_slow/tau_m", "(1 - x_slow)/tau_m")
    )
    with pytest.raises(InputError, match=r"here is dx_slow/dt = \(1 - x_slow\)/tau_m"):
        released(rule, "0.5", model.parameters)
