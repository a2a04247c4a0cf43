"""What studies conclude: Algorithm 2 as printed, step 2 of the proof, rules that go both ways."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import xarray as xr
from pandas import DataFrame
from scipy import stats

from spikesampler.landscape.objective import SynapticObjective
from spikesampler.networks.layered import classifier, cross_entropy, start
from spikesampler.stats.kept_interval import ruling_of
from spikesampler.stats.rules import NOT, REPRODUCED, UNDECIDED, at_least
from spikesampler.studies.fang_2018.saddle_points import potential_difference
from spikesampler.studies.fang_2018.saddle_sentences import (
    Implied,
    by_seed,
    implied,
    label_of,
)
from spikesampler.studies.finding import UNASKED, either_way
from spikesampler.studies.optimisation_primer.network_conditions import (
    CUTS,
    NETWORK,
    by_cut,
    conditions,
    curvatures,
    rulings,
    small,
)
from spikesampler.studies.optimisation_primer.network_conditions import label_of as primer_label
from spikesampler.studies.optimisation_primer.network_conditions import slope as primer_slope
from spikesampler.studies.valizadeh_2022.as_printed import printed_epoch, stages
from spikesampler.studies.valizadeh_2022.findings import part_of, sooner_than, within
from spikesampler.studies.valizadeh_2022.position_wise import position_wise

RATE = 0.3


def literal(params, inputs, labels, sizes):
    """Algorithm 2, its lines one by one in numpy, columns of X for images as in the paper."""
    W = [np.array(weights).T for weights, _ in params]
    b = [np.array(biases)[:, np.newaxis] for _, biases in params]
    last, X, Y = len(W) - 1, {0: np.array(inputs).T}, {}
    D = np.eye(W[-1].shape[0])[:, labels]
    dX = None
    for l in range(last + 1):
        Y[l] = W[l] @ X[l] + b[l]
        X[l + 1] = np.maximum(Y[l], 0)
    for size in sizes:
        for l in range(last, last - size, -1):
            if l == last:
                e = np.exp(Y[l] - Y[l].max(axis=0))
                dY = (e / e.sum(axis=0) - D) / D.shape[1]
            else:
                dY = dX * (Y[l] > 0)
            dW, db = dY @ X[l].T, dY.sum(axis=1, keepdims=True)
            dX = W[l].T @ dY
            W[l], b[l] = W[l] - RATE * dW, b[l] - RATE * db
            Y[l] = W[l] @ X[l] + b[l]
            X[l + 1] = np.maximum(Y[l], 0)
    return [(weights.T, biases[:, 0]) for weights, biases in zip(W, b)]


@pytest.fixture
def batch():
    rng = np.random.default_rng(1)
    params = start(rng, (6, 5, 4, 3, 4))
    return params, rng.random((15, 6)), rng.integers(4, size=15)


def epoch(params, inputs, labels, ends):
    params = jax.tree.map(jnp.asarray, params)
    head = classifier(len(params))[-1]
    return printed_epoch(head, cross_entropy, RATE, params, inputs, jnp.asarray(labels), ends)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("ends", [True, False])
def test_algorithm_2_is_what_is_printed(batch, ends):
    params, inputs, labels = batch
    sizes = range(1, 5) if ends else range(3)  # L = 4
    assert list(stages(4, ends)) == list(sizes)
    for found, expected in zip(epoch(*batch, ends), literal(params, inputs, labels, sizes)):
        # double precision, a few hundred sums of numbers near 1
        np.testing.assert_allclose(found[0], expected[0], atol=1e-13)
        np.testing.assert_allclose(found[1], expected[1], atol=1e-13)


@pytest.mark.usefixtures("double")
def test_with_python_ranges_the_first_two_layers_never_learn(batch):
    moved = [float(abs(new[0] - old[0]).max()) for new, old in zip(epoch(*batch, False), batch[0])]
    assert moved[:2] == [0, 0]
    assert min(moved[2:]) > 1e-4


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(("hidden", "same"), [((5,), True), ((5, 4), False)])
def test_as_printed_is_the_text_up_to_two_layers(hidden, same):
    rng = np.random.default_rng(2)
    params = jax.tree.map(jnp.asarray, start(rng, (6, *hidden, 4)))
    inputs, labels = jnp.asarray(rng.random((15, 6))), jnp.asarray(rng.integers(4, size=15))
    optimizer = position_wise(classifier(len(params)), cross_entropy, optax.sgd(RATE))
    updates, _ = optimizer.update(
        None, optimizer.init(params), params, inputs=inputs, targets=labels
    )
    text = optax.apply_updates(params, updates)
    printed = epoch(params, inputs, labels, True)
    apart = max(float(abs(a[0] - b[0]).max()) for a, b in zip(text, printed))
    assert (apart < 1e-14) is same  # what is stale with three layers is 1e-4


def test_step_2_by_hand():
    """Loops over patterns, outputs and inputs, with S_k as p_k."""
    rng = np.random.default_rng(3)
    x, labels = rng.random((5, 3)), np.array([0, 1, 1, 0, 1])
    constants = {"theta_0": 3.0, "alpha": np.exp(-2), "mu": 0.5, "sigma": 1.0}
    objective = SynapticObjective(x, labels, 2, amplification=7.0, **constants)
    theta = rng.normal(3.0, 0.5, (2, 3))
    w = np.exp(theta - 3)
    intensity = np.exp(-2) * np.exp(w)
    c = spread = winner = 0.0
    for pattern, label in zip(x, labels):
        a = [sum(w[k] * pattern - intensity[k]) for k in range(2)]
        p = np.exp(a) / np.exp(a).sum()
        potential = [sum(w[k] ** 2 * pattern) for k in range(2)]
        for k in range(2):
            c += 7 * sum(w[k] ** 2 * intensity[k]) * (p[k] - (k == label))
            spread += 7 * potential[k] * (p[k] - (k == label))
        winner += 7 * (potential[int(np.argmax(p))] - potential[label])
    np.testing.assert_allclose(potential_difference(objective, theta), [c, spread, winner], 1e-12)


@pytest.mark.parametrize(
    ("shares", "label"),
    [([0.96, 1.0], REPRODUCED), ([0.5, 0.94], NOT), ([0.5, 1.0], UNDECIDED)],
)
def test_a_sentence_about_every_point(shares, label):
    assert label_of(np.array(shares)) == label


def test_no_sentence_has_anybody_save_a_negative_number():
    found = at_least(np.array([-7.0, -5.0, -3.0]), relevant=1.0)
    text = either_way(found, "saves {}", "costs {}", ".0f", "s")
    assert re.fullmatch(r"costs 5 \[(-?\d+), (\d+)\] s", text)
    turned = at_least(np.array([7.0, 5.0, 3.0]), relevant=1.0)
    assert either_way(turned, "saves {}", "costs {}", ".0f", "s") == text.replace("costs", "saves")


def test_seeds_are_the_unit():
    table = DataFrame({"seed": [1, 1, 1, 2]})
    held = by_seed(table, np.array([1, 0, 0, 1]))
    np.testing.assert_array_equal(held.shares, [1 / 3, 1])
    assert str(held) == "2 of 4 points; mean of the seeds' shares 0.67 (0.33 to 1.00)"


@pytest.mark.parametrize(
    ("largest", "counts", "label"),
    [
        ([1, 2, 3, -1], (2, 2, 3, 4), "not refuted"),  # the signs are the same at half of them
        ([1, -1, 3, 3], (1, 2, 3, 4), NOT),
        ([1, 0, 3, 3], (1, 2, 3, 4), NOT),
    ],
)
def test_an_implication_is_asked_where_its_premise_holds(largest, counts, label):
    found = implied(DataFrame({"total": [1, 1, -1, 0], "largest": largest}))
    assert found == Implied(*counts)
    assert found.label == label


def test_an_implication_whose_premise_never_holds_is_not_asked():
    assert implied(DataFrame({"total": [-1, 0], "largest": [1, -1]})).label == UNASKED


@pytest.mark.parametrize(("shift", "label"), [(0.0, REPRODUCED), (1.0, NOT), (0.3, UNDECIDED)])
def test_a_ruling_of_a_kept_interval(shift, label):
    values = np.random.default_rng(4).normal(0.0, 0.1, 8)
    values += shift - values.mean()
    half = stats.t.ppf(0.975, 7) * stats.sem(values)
    ruling = ruling_of((shift, shift - half, shift + half), 8, "within", (-0.3, 0.3))
    assert ruling.label == label
    for test in ruling.tests:
        assert test.p == pytest.approx(stats.ttest_1samp(values, test.value).pvalue, rel=1e-9)


def test_starts_that_never_arrive_stay():
    costs, control = np.array([2.0, np.inf, 3.0, np.inf]), np.array([4.0, 5.0, np.inf, np.inf])
    ratio = part_of(costs, control)
    assert ratio[0] == 0.5
    assert ratio[2] < 1e-300  # the control never arrives: the part is as small as can be
    assert np.isposinf(ratio[[1, 3]]).all()


@pytest.mark.parametrize(
    ("rule", "also"),
    [
        (sooner_than, ", and where both arrive wise needs less from 1 of 2"),
        (lambda *given: within(*given[:2], 1.1, *given[2:]), ""),
    ],
)
def test_who_never_arrives_is_named(rule, also):
    costs = np.array([np.inf, np.inf, np.inf, 4.0, 4.0, 6.0])
    control = np.array([5.0, 5.0, np.inf, np.inf, 5.0, 5.0])
    told = (
        "only descent arrives from 2 of 6 starts, only wise arrives from 1 of 6 starts, "
        "neither arrives from 1 of 6 starts"
    )
    assert rule(costs, control, "wise", "descent").note == told + also
    assert rule(costs[4:], control[4:], "wise", "descent").note == ""
    assert rule(costs[:0], control[:0], "wise", "descent").label == UNDECIDED


def hessians(eigenvalue):
    """As the study of networks keeps them, (1, 1, n, m)."""
    dims = ("optimizer", "state", "minimum", "index")
    num = len(eigenvalue)
    along = {"energy": (dims[:3], np.ones((1, 1, num)))}
    along["gradient_norm"] = (dims[:3], np.full((1, 1, num), 0.5))
    return xr.Dataset({"eigenvalue": (dims, np.array(eigenvalue, float)[None, None]), **along})


def test_curvatures_of_zero_are_left_out_of_a_condition():
    values = curvatures(hessians([[1, -1e-3, 1e-14], [4, 2, 1], [3, 0, 0]]))
    np.testing.assert_allclose(conditions(values, 1e-13), [1e3, 4.0, 1.0])
    np.testing.assert_allclose(conditions(values, 1e-15), [1e14, 4.0, 1.0])


def test_curvatures_that_make_a_large_condition_at_every_cut_are_counted():
    values = np.array([[2.0, 2e-11, 4e-11, 2e-12, 1.0], [1.0, 0.5, 1e-9, 1e-10, 0.0]])
    assert small(values).tolist() == [2, 1]


def test_slopes_are_those_of_descents_in_their_last_state():
    """Of networks on digits there is one state; of stationary points nothing is said."""
    end = hessians([[1.0, 0.5]] * 2)
    several = xr.concat([end * 3, end], "state")
    for dataset in (several, several.isel(state=-1)):
        assert rulings({"digit_networks": dataset})["condition_digit_1e-15"].num == 2
        assert "gradients are 0.5 (median), 0.5 at most" in primer_slope(dataset)
    points = xr.Dataset({"least": ("point", [0.5]), "gradient_norm": ("point", [7.0])})
    assert primer_slope(points) == ""


def test_conditions_of_points_that_were_found():
    columns = {"converged": [True, False], "least": [0.5, 0.1], "largest": [5.0, 7.0]}
    dataset = xr.Dataset({name: ("point", value) for name, value in columns.items()})
    np.testing.assert_allclose(conditions(curvatures(dataset), 1e-13), [10.0])


def ten_points(least):
    """Ten stationary points of the spiking network, of which both ends were kept."""
    columns = {"converged": [True] * 10, "least": [least] * 10, "largest": [1.0] * 10}
    return {"fang_2018_points": xr.Dataset({name: ("point", of) for name, of in columns.items()})}


@pytest.mark.parametrize("num", [10, 200])
@pytest.mark.parametrize(
    ("least", "label"), [(3e-11, REPRODUCED), (0.1, NOT), (3e-14, UNDECIDED), (0.0, NOT)]
)
def test_a_verdict_on_conditions_does_not_hang_on_where_zero_begins(least, label, num):
    """Least curvatures of 3e-14 are 0 for two of three cuts, and then conditions are small. Ten
    networks of each kind are enough for either verdict, in families of three.
    """
    names = (NETWORK, "digit_networks")
    found = rulings(dict.fromkeys(names, hessians([[1.0, 0.5, least]] * num)) | ten_points(least))
    for cuts in by_cut(found).values():
        assert len(cuts) == len(CUTS)
        assert primer_label(cuts.values()) == label
