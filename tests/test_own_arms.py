"""An arm that is written out: run, compared, resumed, kept, reported and drawn as any other."""

import re
import shlex

import numpy as np
import pytest
from runs import SETTINGS, SIZES, command, listing

from spikesampler import Comparison, Result, compare
from spikesampler.errors import InputError
from spikesampler.experiments.comparison_result import run_folder
from spikesampler.experiments.settings import resolve
from spikesampler.figures.arms import arm_colors
from spikesampler.report import write_report

OWN = "mine=2*b*N*intensity"
SMALL = {key: value for key, value in SETTINGS.items() if key not in ("noise", "seed", "start")}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A comparison of `weight` with the same noise written out, and with half its temperature."""
    folder = tmp_path_factory.mktemp("own") / "comparison"
    arms = ["weight", OWN, f"{OWN}:noise_scale=0.5", f"{OWN}:release=1"]
    return compare(**SMALL, arms=arms, seeds=1, workers=1, out=folder), arms


def test_noise_written_out_as_weight_is_weight_bit_for_bit(compared):
    """One program, the same numbers: theta at all probes, every spike."""
    weight, mine = (Result(compared[0].folder / f"{arm}-prior-seed1") for arm in ("weight", "mine"))
    np.testing.assert_array_equal(weight.learning["theta"], mine.learning["theta"])
    assert weight.manifest["build"]["key"] == mine.manifest["build"]["key"]
    for population in weight.populations:
        for one, other in zip(weight.spikes(population), mine.spikes(population), strict=True):
            np.testing.assert_array_equal(one, other)


def test_it_is_an_arm_of_the_comparison_under_its_name(compared):
    comparison, _ = compared
    names = ["weight", "mine", "mine:noise_scale=0.5", "mine:release=1"]
    assert comparison.arms == Comparison(comparison.folder).arms == names
    assert {row["arm"] for row in comparison.table} == {*names}
    assert len({*arm_colors(names)}) == 4
    manifest = Result(comparison.folder / "mine-noise_scale=0.5-prior-seed1").manifest
    assert manifest["arm"] == "mine"
    assert manifest["settings"]["noise"] == OWN
    assert manifest["settings"]["arm_texts"]["variance"] == {"theta": "2*b*N*intensity"}
    values = [
        comparison.values("final_probe_accuracy", name, comparison.starts[0]) for name in names
    ]
    np.testing.assert_array_equal(values[0], values[1])


def test_it_is_resumed_as_what_it_was_and_as_nothing_else(compared):
    comparison, arms = compared
    run = comparison.folder / "mine-prior-seed1"
    before = listing(run)
    compare(**SMALL, arms=arms, seeds=1, workers=1, out=comparison.folder, resume=True)
    assert listing(run) == before
    other = [arm.replace("intensity", "w") for arm in arms]
    with pytest.raises(InputError, match=r"noise is mine=2\*b\*N\*w here, mine=2\*b\*N\*intensity"):
        compare(**SMALL, arms=other, seeds=1, workers=1, out=comparison.folder, resume=True)


def test_its_report_has_its_equation_and_a_command_that_repeats_it(compared):
    comparison, arms = compared
    page = write_report(comparison.folder).read_text(encoding="utf-8")
    for name in ("mine", "mine:release=1"):
        assert f"noise arm {name} (It" in page
    assert shlex.quote(",".join(arms)).replace("'", "&#39;") in page
    page = write_report(comparison.folder / "mine-prior-seed1").read_text(encoding="utf-8")
    assert f"--noise {shlex.quote(OWN)}".replace("'", "&#39;") in page


def test_the_command_line_takes_it_and_refuses_what_is_none(tmp_path):
    sizes = [word for name, size in SIZES.items() for word in ("--set", f"{name}={size}")]
    options = ("--samples", "20", "--test-samples", "5", *sizes)
    for arm, said in (
        ("mine=2*b*wq", "unknown name 'wq'"),
        ("mine=2*b*(w - 0.1)", "is -"),
        ("mine=w", "it has to be per second"),
    ):
        done = command("run", "fang_2018", *options, "--noise", arm, "--out", tmp_path / "bad")
        assert done.status == 2
        assert said in done.err[0]
        assert len(done.err) == 1
    assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        ("release:p=2", "noise arm release: the chance of release, 2, has to be above 0"),
        ("momentum:gamma=0", "noise arm momentum: gamma=0.0/second is 0 Hz; expected"),
        ("momentum:of=-2*b", "noise arm momentum: its variance of theta, -2*b, is -0.0002 per"),
        ("constant_matched:match=2*b*log(w-9)", "noise arm constant_matched: the mean of log"),
        ("constant_matched:match=2*b*x", "constant_matched: x depends on x, so it has no mean"),
    ],
)
def test_every_arm_is_tried_before_any_is_run(tmp_path, arm, said):
    with pytest.raises(InputError, match=re.escape(said)):
        compare(**SMALL, arms=["none", arm], seeds=1, out=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_arms_of_long_texts_have_folders_of_their_own():
    """Names of files have at most 255 bytes; these differ in their last sign alone."""
    arms = [f"momentum:of={'b + ' * 100}{number}*b" for number in (1, 2)]
    names = {run_folder(arm, "prior", 1) for arm in arms}
    assert len(names) == 2
    assert max(map(len, names)) < 200
    assert run_folder("weight:noise_scale=2", "prior", 1) == "weight-noise_scale=2-prior-seed1"


def test_arms_that_would_be_one_are_refused():
    with pytest.raises(InputError, match="have one name, mine; give them different names"):
        compare(**SMALL, arms=[OWN, "mine=2*b"], seeds=1)
    assert resolve("fang_2018", noise=OWN).noise == OWN
