"""Which synapses are recorded, from what users write."""

import numpy as np
import pytest

from spikesampler.errors import InputError
from spikesampler.experiments.recorded_synapses import chosen_synapses, number_of, synapses_text

K, I = 3, 20


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (None, None),
        (7, "7"),
        (np.int64(7), "7"),
        ("007", "7"),
        ("all", "all"),
        (" 2:5, 0:17 ", "0:17,2:5"),
        ([(2, 5), (0, 17)], "0:17,2:5"),
        (np.array([[2, 5], [0, 17]]), "0:17,2:5"),
    ],
)
def test_what_is_asked_for_as_text(given, text):
    assert synapses_text(given) == text
    assert synapses_text(text) == text


@pytest.mark.parametrize(
    "given",
    [
        "",
        "0",
        "-1",
        "1.5",
        "0:5,",
        "0:5;1:2",
        "a",
        0,
        -3,
        True,
        1.5,
        [],
        [(1,)],
        [(1, -2)],
        [3],
        {},
    ],
)
def test_what_is_no_choice_is_refused(given):
    with pytest.raises(InputError, match=r"record-synapses .*: expected how many, such as 100"):
        synapses_text(given)


def test_a_synapse_is_given_once():
    for given in ("0:5,1:2,0:5", [(0, 5), (0, 5)]):
        with pytest.raises(InputError, match="0:5 is given twice"):
            synapses_text(given)


def test_the_chosen_ones_are_different_in_order_and_follow_from_the_seed():
    drawn = [chosen_synapses("40", K, I, seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()
    numbers = drawn[0] @ [I, 1]
    assert (np.diff(numbers) > 0).all()
    assert drawn[0].shape == (40, 2)
    assert (drawn[0] < [K, I]).all()
    np.testing.assert_array_equal(chosen_synapses("0:17,2:5", K, I, 1), [[0, 17], [2, 5]])
    np.testing.assert_array_equal(
        chosen_synapses("all", K, I, 1), [(k, i) for k in range(K) for i in range(I)]
    )
    assert chosen_synapses(None, K, I, 1) is None
    assert [number_of(text, K, I) for text in (None, "40", "0:17,2:5", "all")] == [0, 40, 2, 60]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("61", "the network has 60 synapses; give at most so many"),
        ("3:0", "there is no output 3; expected 0 to 2"),
        ("0:1,2:20", "there is no input 20; expected 0 to 19"),
    ],
)
def test_synapses_that_are_not_there_are_refused(text, words):
    with pytest.raises(InputError, match=words):
        chosen_synapses(text, K, I, 1)
