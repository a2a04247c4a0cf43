"""Colours of arms: by name, the same in every figure, and different within one."""

from hypothesis import given
from hypothesis import strategies as st

from spikesampler.figures.arms import COLORS, OWN, arm_colors, arm_markers
from spikesampler.language.noise_arms import ARMS

NAMES = st.lists(
    st.one_of(st.sampled_from([*ARMS]), st.text("abmine_2:=.", min_size=1, max_size=12)),
    min_size=1,
    max_size=30,
    unique=True,
)


@given(NAMES, st.randoms())
def test_colours_do_not_depend_on_the_order_of_arms(names, rng):
    colors = dict(zip(names, arm_colors(names)))
    shuffled = rng.sample(names, len(names))
    assert dict(zip(shuffled, arm_colors(shuffled))) == colors
    assert all(colors[name] == OWN[name] for name in names if name in OWN)


@given(NAMES)
def test_colour_and_marker_tell_arms_apart(names):
    looks = [*zip(arm_colors(names), arm_markers(names))]
    assert len({*looks}) == len(names)
    assert len(names) > len(COLORS) or len({*arm_colors(names)}) == len(names)


def test_an_arm_of_ones_own_keeps_its_colour_beside_arms_of_every_model():
    """Its hash alone decides, where its colour is free: golden values."""
    assert arm_colors(["mine"]) == arm_colors(["none", "weight", "mine"])[2:]
    assert arm_colors(["none", "weight", "constant"]) == [*COLORS[:3]]
