"""The fast engine against the plain clock-driven network: the same numbers without chance, the same
law with it.
"""

import numpy as np
import pytest
from engine import CHANCE, D, I, K, parameters, replay, show
from scipy import stats

from spikesampler.spiking.state import State, to_arrays

PAIRS = [("posterior", "reference")]
SLOW_PAIRS = [
    ("clip", "reference_clip"),
    ("jump", "reference_jump"),
    ("unsupervised", "reference_unsupervised"),
    ("fine", "reference_tuned"),
]
ALL = PAIRS + [pytest.param(*pair, marks=pytest.mark.slow) for pair in SLOW_PAIRS]


@pytest.mark.parametrize("label", [1, 3])
@pytest.mark.parametrize(("fast", "reference"), ALL[:4])
def test_the_same_theta_where_nothing_is_random(network, fast, reference, label):
    """White inputs spike, output 1 fires and the teacher of `label` acts in every step: no chance
    is left.

    With label 1 both act on one neuron in one step, and what is left of their difference depends on
    the order.
    """
    rng = np.random.default_rng(1)
    theta = (
        rng.normal(0.5, 0.2, (K, I)) + np.array([0, 2.0, 0, 0, 0])[:, None]
    )  # output 1 wins by more than 100
    start = State(theta, {"x_slow": np.full(I, 14.0), "x_fast": np.full(I, 1.4)}, {}, {})
    points = (rng.random((10, I)) < 0.8).astype(float)
    setting = {"r_min": 0.0, "r_max": 1000.0, "rho": 1000.0, "b": 2e-5, "N": 3.0, "sigma": 0.1}
    if "unsupervised" in fast:
        start = start._replace(outputs={"adaptation": np.zeros(K)})
    chunks = [
        show(network(name), start, points, label, seed=len(name), **setting)
        for name in (fast, reference)
    ]
    steps = network(fast).steps
    for chunk in chunks:
        assert (chunk.counts == steps * np.eye(K, dtype=int)[1]).all()
    np.testing.assert_array_equal(*(chunk.spikes["inputs"].times for chunk in chunks))
    a, b = (chunk.state for chunk in chunks)
    assert np.abs(a.theta - theta).max() > 1e-3
    of_reference = to_arrays(b)
    for name, values in to_arrays(a).items():
        np.testing.assert_allclose(values, of_reference.pop(name), rtol=0, atol=1e-10)
    assert not of_reference
    if label == 1 and "teacher" in chunks[0].spikes:
        wrong = replay(
            network(fast), start, chunks[0], order=("output", "teacher"), **setting
        ).theta
        assert np.abs(wrong - a.theta).max() > 1e-8


def features(net, state, points, labels, seed, *, split=None, centres=None, **changes):
    """Numbers that sum up a learning chunk: counts per output, mean change and its spread in every
    row, all counts, x.

    With `split` the samples are shown as two chunks.
    """
    parts = [slice(None)] if split is None else [slice(None, split), slice(split, None)]
    theta, counts = state, 0
    for number, part in enumerate(parts):
        setting = dict(changes, centres=centres, v=2.0)
        chunk = show(net, state, points[part], labels[part], seed=1000 * number + seed, **setting)
        state, counts = chunk.state, counts + chunk.counts.sum(axis=0)
    change = state.theta - theta
    return np.concatenate(
        [
            counts,
            change.mean(axis=1),
            change.std(axis=1),
            [counts.sum(), np.mean(state.inputs["x_slow"])],
        ]
    )


def scene(name):
    """Stimuli, start and parameters under which learning, prior and noise all move theta by much of
    its spread.
    """
    rng = np.random.default_rng(9)
    points = rng.random((30, D)) if "tuned" in name or name == "fine" else rng.random((30, I)) ** 3
    changes = {"b": 2e-3, "N": 30.0, "sigma": 0.5, "rho": 400.0, "r_max": 95.0, "temperature": 10.0}
    if name in ("posterior", "reference"):
        changes |= {"N": 5.0}
    if name == "jump":
        changes |= {"temperature": 1e4}  # b, not sqrt(2b)
    theta = np.random.default_rng(2).normal(0.5, 1, (K, I))
    return theta, points, rng.integers(K, size=30), changes, rng.random((I, D))


def same_law(a, b):
    """Welch's t-test of every feature."""
    return stats.ttest_ind(a, b, equal_var=False).pvalue > CHANCE


@pytest.mark.parametrize(("fast", "reference"), ALL)
def test_the_same_law_where_chance_rules(network, fast, reference):
    """25 chunks of each; controls: half the temperature changes the spread of theta, four fifths of
    rho the counts.
    """
    theta, points, labels, changes, centres = scene(fast)

    def sample(name, seeds, **other):
        setting = changes | other
        return np.array(
            [
                features(network(name), theta, points, labels, seed, centres=centres, **setting)
                for seed in seeds
            ]
        )

    truth = sample(reference, range(25))
    seeds = range(100, 125)
    assert same_law(sample(fast, seeds), truth).all()
    assert not same_law(sample(fast, seeds, temperature=changes["temperature"] / 2), truth)[
        2 * K : 3 * K
    ].all()
    assert not same_law(sample(fast, seeds, rho=0.8 * changes["rho"]), truth)[-2]


@pytest.mark.parametrize("name", ["posterior", "reference"])
def test_splitting_into_chunks_does_not_change_the_law(network, name):
    """30 samples as one chunk, or as chunks of 1 and 29: the first grid step of a chunk is a step
    like any other.
    """
    theta, points, labels, changes, _ = scene(name)
    whole, parts = (
        np.array(
            [
                features(network(name), theta, points, labels, first + seed, **setting)
                for seed in range(20)
            ]
        )
        for first, setting in ((0, changes), (50, changes | {"split": 1}))
    )
    assert same_law(whole, parts).all()
    assert not same_law(whole, parts * 1.2).all()  # the power of 20 chunks


@pytest.mark.parametrize("name", ["posterior", "tuned", "jump", "reference"])
def test_the_first_step_of_a_chunk_has_the_noise_of_all_others(network, name):
    """One sample at a time or four at once, no events: the same variance of theta, by F-test over
    1000 thetas.
    """
    net = network(name)
    setting = {"rho": 0.0, "r_min": 0.0, "r_max": 0.0, "b": 1e-8, "sigma": 1e9, "temperature": 1.0}
    p = parameters(net, {})
    theta = np.random.default_rng(1).uniform(p["theta_0"] - 2, p["theta_0"], (K, I))
    points = np.zeros((4, points_width(net)))
    together = show(net, theta, points, seed=1, **setting).state.theta - theta
    state = theta
    for number in range(4):
        state = show(net, state, points[:1], seed=10 + number, **setting).state.theta
    ratio = (state - theta).var() / together.var()
    # log F of two variances of n numbers has sd sqrt(4/n); equal in law, half if one step in two
    # were lost
    assert abs(np.log(ratio)) < 5 * np.sqrt(4 / theta.size)


def points_width(net):
    return D if net.structure["coding"] == "tuning" else I
