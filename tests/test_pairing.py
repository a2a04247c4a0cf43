"""Arms of a seed are a pair, with the same stimuli, input spikes, teacher events and start; zero
noise is none.
"""

import json

import numpy as np
import pytest
from runs import SETTINGS, SIZES, command, options

from spikesampler import Comparison, compare, run
from spikesampler.errors import InputError
from spikesampler.experiments.comparison_dataset import gather
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.settings import resolve
from spikesampler.store.manifest import read_manifest, write_manifest

SHOWN = ("inputs", "teacher")


@pytest.fixture(scope="module")
def point(cache, tmp_path_factory):
    """point(arm, **changes): the Result of a short run of the settings in runs.py, every spike
    recorded.
    """
    folder, results = tmp_path_factory.mktemp("pairing"), {}

    def get(arm, **changes):
        key = (arm, *sorted((name, str(value)) for name, value in changes.items()))
        if key not in results:
            settings = SETTINGS | {"noise": arm, "samples": 60, "probe_every": 30} | changes
            results[key] = run(
                **settings, out=folder / str(len(results)), progress=lambda done, total, text: None
            )
        return results[key]

    return get


def equal_spikes(one, other, populations):
    return [all(map(np.array_equal, one.spikes(name), other.spikes(name))) for name in populations]


SLOW = [
    pytest.param(arm, marks=pytest.mark.slow) for arm in ("constant_matched", "weight_posterior")
]  # each is built


@pytest.mark.parametrize("arm", ["weight", "weight:schedule=linear", *SLOW])
def test_arms_of_a_seed_see_the_same_bit_for_bit(point, arm):
    """Also the spikes of the inputs and the events of the teacher, although the outputs answer
    differently.
    """
    none, other = point("none"), point(arm)
    assert equal_spikes(none, other, SHOWN) == [True, True]
    for name in ("label", "test_label", "test_points"):
        np.testing.assert_array_equal(none.learning[name], other.learning[name])
    np.testing.assert_array_equal(none.learning["theta"][0], other.learning["theta"][0])
    assert none.manifest["fingerprints"] == other.manifest["fingerprints"]
    assert np.abs(none.theta - other.theta).max() > 1e-3


def test_a_replicate_has_other_random_numbers_and_is_shown_the_same(point):
    none, again, replicate = point("none"), point("none:replicate=0"), point("none:replicate=1")
    assert equal_spikes(none, again, (*SHOWN, "outputs")) == [True, True, True]
    np.testing.assert_array_equal(none.theta, again.theta)
    assert equal_spikes(none, replicate, (*SHOWN, "outputs")) == [False, False, False]
    np.testing.assert_array_equal(none.learning["label"], replicate.learning["label"])
    np.testing.assert_array_equal(none.learning["test_points"], replicate.learning["test_points"])
    assert none.manifest["fingerprints"] == replicate.manifest["fingerprints"]
    assert point("none", replicate=1).learning.equals(replicate.learning)


SLOW = [
    pytest.param(arm, marks=pytest.mark.slow)
    for arm in ("constant", "constant_matched", "weight_literal")
]


@pytest.mark.parametrize("arm", ["weight", *SLOW])
def test_noise_of_zero_scale_is_none_spike_for_spike(point, arm):
    """The sum with a noise of 0 is rounded elsewhere (fused multiply-add), so theta agrees to its
    last bits.
    """
    none, zero = point("none"), point(f"{arm}:noise_scale=0")
    assert equal_spikes(none, zero, (*SHOWN, "outputs")) == [True, True, True]
    assert np.abs(none.theta - zero.theta).max() < 1e-14
    small = point(f"{arm}:noise_scale=1e-6")
    assert (
        np.abs(none.theta - small.theta).max() > 1e-9
    )  # what a millionth of the variance does is seen


@pytest.mark.parametrize("arm", ["constant_matched", "weight_posterior"])
def test_an_arm_without_noise_keeps_its_equations(arm):
    """What these make of a temperature of 0 is told by the engine's tests."""
    prepared = prepare(resolve(**SETTINGS | {"noise": f"{arm}:noise_scale=0"}))
    assert prepared.structure["arm"]["name"] == arm
    assert not prepared.temperature.any()


@pytest.mark.slow
def test_weight_posterior_without_noise_keeps_its_mobility(point):
    """Its limit is gradient ascent with a preconditioner, not `none`: N alpha e^w times as fast."""
    none, zero = point("none"), point("weight_posterior:noise_scale=0")
    start = none.learning["theta"].values[0]
    moved, moved_none = (np.abs(one.theta.values - start).mean() for one in (zero, none))
    assert moved > 5 * moved_none


# --- what is no pair is not compared -----


def test_runs_of_other_settings_or_stimuli_are_not_compared(point, tmp_path):
    none, weight = point("none"), point("weight")
    together = gather({("none", "prior", 3): none, ("weight", "prior", 3): weight})
    assert Comparison(tmp_path, together).arms == ["none", "weight"]
    for other, difference in [
        (point("weight", samples=30), "samples is 30 in the one, 60 in the other"),
        (
            point("weight", set=SIZES | {"b": 3e-4}),
            r"set is \{.*'b': 0.0003.*\} in the one, \{[^b]*\} in the other",
        ),
        (point("weight", seed=4), "are no pair: their centres differ"),
    ]:
        with pytest.raises(InputError, match=difference):
            gather({("none", "prior", 3): none, ("weight", "prior", 3): other})


def test_other_stimuli_under_the_same_seed_are_noticed(point, tmp_path):
    weight = point("weight")
    changed = tmp_path / "changed"
    changed.mkdir()
    manifest = read_manifest(weight.path)
    manifest["fingerprints"]["learning"] = "0" * 64
    (changed / "learning.nc").write_bytes((weight.path / "learning.nc").read_bytes())
    write_manifest(changed, manifest | {"files": {}})
    with pytest.raises(
        InputError, match="are no pair: their learning differs; repeat one with the seed and data"
    ):
        gather({("none", "prior", 3): point("none"), ("weight", "prior", 3): Result(changed)})


# --- starts from a run, and other clusters -----


def test_a_run_can_start_where_another_ended(point):
    first = point("weight")
    second = point("none", start=str(first.path))
    np.testing.assert_array_equal(second.learning["theta"][0], first.theta)
    assert second.learning.attrs["start"] == first.path.name
    elsewhere = point("none", start=str(first.path), data="clusters:77")
    assert elsewhere.manifest["data"]["layout_seed"] == 77
    assert (
        elsewhere.manifest["fingerprints"]["centres"] == second.manifest["fingerprints"]["centres"]
    )
    np.testing.assert_array_equal(elsewhere.learning["label"], second.learning["label"])
    means = [
        one.manifest["data"]["cluster_means"] for one in (elsewhere, second, point("none", seed=77))
    ]
    assert means[0] == means[2] != means[1]


def test_bad_starts_and_clusters_are_refused(point, tmp_path):
    small = point("none")
    for given, message in [
        (
            ["--start", small.path, "--seed", "4"],
            "has other tuning curves (seed 3, here 4), so its weights mean",
        ),
        (
            ["--start", small.path, "--set", "K=4"],
            "has weights of 5 x 200 synapses; expected 4 x 200",
        ),
        (
            ["--start", tmp_path],
            f"unknown start '{tmp_path}'; fang_2018 has prior, plateau; expected one of them, or",
        ),
        (["--data", "clusters:x"], "data 'clusters:x': expected clusters:SEED with a whole number"),
        (
            ["--noise", "weight:noise_scale=1:noise_scale=2"],
            "'noise_scale=2' is given twice; expected weight:NAME=",
        ),
    ]:
        done = command(
            "run",
            "fang_2018",
            *options(samples=20, record="none"),
            "--out",
            tmp_path / "out",
            *given,
        )
        assert (done.status, len(done.err)) == (2, 1)
        assert message in done.err[0]
        assert not (tmp_path / "out").exists()
    words = [
        "run",
        "kappel_2015",
        *options(noise=None, samples=20, record="none"),
        "--start",
        small.path,
    ]
    done = command(*words, "--out", tmp_path / "out")
    assert "is a run of fang_2018; expected one of kappel_2015" in done.err[0]
    with pytest.raises(
        InputError, match=r"has other tuning curves \(seed 3, here 4\)"
    ):  # before anything is run
        compare(
            arms=["none"],
            seeds=2,
            first_seed=3,
            start=["prior", small.path],
            set=SIZES,
            out=tmp_path / "out",
        )
    assert not (tmp_path / "out").exists()


def test_replicates_share_less_than_arms_do(point, tmp_path):
    pairs = {"none": point("none"), "none:replicate=1": point("none:replicate=1")}
    dataset = gather({(arm, "prior", 3): result for arm, result in pairs.items()})
    assert dataset.attrs["same"] == "stimuli, start"


def test_the_arm_may_be_told_by_options_or_by_parameters(point):
    by_option, by_parameter = (
        point("weight:noise_scale=0.3"),
        point("weight", set=SIZES | {"noise_scale": 0.3}),
    )
    assert json.dumps(by_option.manifest["settings"]) == json.dumps(
        by_parameter.manifest["settings"]
    )
    np.testing.assert_array_equal(by_option.theta, by_parameter.theta)
