"""What a sweep varies: values of grids, ranges and designs, and that everything that is refused is
told at once.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesampler.errors import InputError
from spikesampler.experiments.design import METHODS, make_design, unit_points
from spikesampler.language.model import load_model

MODEL = load_model("fang_2018")


def design(grid=None, vary=None, how=None, seed=0):
    return make_design(MODEL, grid, vary, how, seed)


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("1e-5,1e-4, 1e-3", [1e-5, 1e-4, 1e-3]),
        ("lin(0,1,5)", [0, 0.25, 0.5, 0.75, 1]),
        ("log(1e-5,1e-2,4)", [1e-5, 1e-4, 1e-3, 1e-2]),
        (" lin ( 0 , 1 , 2 ) ", [0, 1]),
        ("log(0.1,3,1)", [0.1]),
        ([1e-3, "1e-4"], [1e-3, 1e-4]),
        (np.array([0.5, 2]), [0.5, 2]),
        (3, [3]),
    ],
)
def test_a_grid_is_a_list_or_a_range(given, values):
    assert design({"b": given}).axes == {"b": values}


def test_values_are_in_the_parameters_own_unit_whole_where_it_counts_and_words_where_it_is_one():
    axes = design(
        {
            "rho": "0.1*kHz,200*Hz",
            "tau_m": "lin(10*ms,0.03*second,3)",
            "K": "5,10",
            "retraction": "none,clip",
        }
    ).axes
    assert axes == {
        "rho": [100, 200],
        "tau_m": [10, 20, 30],
        "K": [5, 10],
        "retraction": ["none", "clip"],
    }
    assert all(isinstance(value, int) for value in axes["K"])


def test_grids_are_crossed_and_designs_go_together():
    made = design(
        {"N": "10,100", "K": "3,4,5"}, {"b": "log(1e-5,1e-2)", "noise_scale": "lin(0,2)"}, "lhs:8"
    )
    assert made.num_points == 2 * 3 * 8
    assert [len(made.varied[name]) for name in ("b", "noise_scale")] == [8, 8]


def test_a_latin_hypercube_has_one_point_in_each_of_n_equal_parts_of_every_parameter():
    made = design(vary={"b": "log(1e-5,1e-1)", "noise_scale": "lin(0,2)"}, how="lhs:16")
    parts = np.floor(np.log10(np.array(made.varied["b"]) / 1e-5) / 4 * 16)
    assert sorted(parts) == list(range(16))
    assert sorted(np.floor(np.array(made.varied["noise_scale"]) * 8)) == list(range(16))


def test_a_sobol_design_is_balanced_in_every_quarter():
    x, y = np.array(
        list(design(vary={"mu": "lin(0,1)", "sigma": "lin(1,2)"}, how="sobol:64").varied.values())
    )
    quarters = np.histogram2d(x, y - 1, bins=(8, 8), range=((0, 1), (0, 1)))[0]
    assert (
        quarters == 1
    ).all()  # a (0, 2) sequence: random points leave a third of these cells empty
    x, y = np.array(
        list(design(vary={"mu": "lin(0,1)", "sigma": "lin(1,2)"}, how="random:64").varied.values())
    )
    assert (np.histogram2d(x, y - 1, bins=(8, 8), range=((0, 1), (0, 1)))[0] == 0).sum() > 10


@pytest.mark.parametrize("method", METHODS)
def test_a_design_follows_from_its_seed(method):
    one, again, other = (unit_points(f"{method}:16", 3, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert one.shape == (16, 3)
    assert (one != other).any(axis=1).all()
    assert 0 <= one.min() <= one.max() <= 1


def test_a_varied_count_is_a_whole_number():
    values = design(vary={"K": "lin(2,5)"}, how="lhs:64").varied["K"]
    assert [values.count(number) for number in (2, 3, 4, 5)] == [16] * 4
    assert all(isinstance(value, int) for value in values)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ({},),
            (
                "nothing to sweep; give a grid such as b=1e-5,1e-4 (grid=…), or ranges and a design"
                " (vary=…)"
            ),
        ),
        (({"b": ""},), "grid b is empty; expected values, such as b=1,2 or b=lin(1,2,5)"),
        (
            ({"b": "0.1..0.5"},),
            "grid b=0.1..0.5: expected values by commas, such as b=1,2, or a range, such as"
            " b=lin(1,2,5)",
        ),
        (({"b": []},), "grid b is empty; expected values, such as b=1,2 or b=lin(1,2,5)"),
        (({"b": "1e-4,0.0001"},), "grid b: 0.0001 is given twice; give each value once"),
        (({"b": "lin(0,1)"},), "b=lin(0,1): expected lin(LOW,HIGH,NUMBER)"),
        (({"b": "lin(0,1,0)"},), "b=lin(0,1,0): expected lin(LOW,HIGH,NUMBER)"),
        (
            ({"b": "lin(1,0,3)"},),
            "b=lin(1,0,3): expected lin(LOW,HIGH,NUMBER) with LOW less than HIGH",
        ),
        (({"b": "log(0,1,3)"},), "b=log(0,1,3): expected LOW more than 0 for a logarithmic range"),
        (({"I": "lin(1,2,3)"},), "I=1.5: expected a whole number"),
        (
            ({"retraction": "lin(0,1,3)"},),
            "retraction=lin(0,1,3): retraction is a word; expected some of none, clip, jump",
        ),
        (
            (None, {"b": "lin(0,1)"}),
            "b varied without a design; give one, such as lhs:64 (design=…)",
        ),
        (
            ({"b": "1"}, None, "lhs:4"),
            "design=lhs:4 without ranges; give some, such as b=log(1e-5,1e-3) (vary=…)",
        ),
        ((None, {"b": "1,2"}, "lhs:4"), "vary b=1,2: expected lin(LOW,HIGH) or log(LOW,HIGH)"),
        (
            ({"b": "1"}, {"b": "lin(0,1)"}, "lhs:4"),
            "b is both in the grid and varied; give it once",
        ),
        (
            (None, {"b": "lin(0,1)"}, "sobol:6"),
            (
                "design sobol:6: a Sobol sequence is balanced at powers of 2 only; expected such as"
                " sobol:8"
            ),
        ),
        (
            (None, {"b": "lin(0,1)"}, "magic:6"),
            "design magic:6: expected random:NUMBER, lhs:NUMBER, sobol:NUMBER, such as lhs:64",
        ),
        (
            (None, {"b": "lin(0,1)"}, "lhs:²"),
            "design lhs:²: expected random:NUMBER, lhs:NUMBER, sobol:NUMBER, such as lhs:64",
        ),
        (({"b": "lin(0,1,1000000)"},), "b=lin(0,1,1000000): expected lin(LOW,HIGH,NUMBER)"),
        (("b",), "grid='b': expected a dict of values by parameter, such as {'b': [1e-5, 1e-4]}"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(InputError) as refused:
        design(*arguments)
    assert str(refused.value) == message


def test_all_refusals_are_told_at_once():
    with pytest.raises(InputError) as refused:
        design({"b": "-1,x,1e-4", "nope": "1", "sigma": "0"}, {"N": "lin(-1,1)"}, "lhs:4")
    told = str(refused.value).split("; ")
    assert (
        len([one for one in told if "expected" in one or "unknown" in one or "write it" in one])
        >= 5
    )
    for part in (
        "b=-1: out of range",
        "b=x: not a number",
        "unknown parameter 'nope'",
        "sigma=0: out of range",
        "N=-1: out of range",
    ):
        assert part in str(refused.value)


@given(st.floats(1e-6, 1), st.floats(1.01, 1e4), st.integers(2, 50))
def test_a_logarithmic_grid_has_equal_ratios_and_its_ends(low, factor, number):
    values = design({"N": f"log({low!r},{low * factor!r},{number})"}).axes["N"]
    assert len(values) == number
    np.testing.assert_allclose([values[0], values[-1]], [low, low * factor], rtol=1e-11)
    ratios = np.divide(values[1:], values[:-1])
    np.testing.assert_allclose(
        ratios, factor ** (1 / (number - 1)), rtol=1e-10
    )  # 12 digits are kept of each
