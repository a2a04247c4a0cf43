"""The statistics of comparisons on real runs: `none` against `none` finds nothing, a planted effect
is found.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spikesampler import stats
from spikesampler.experiments.phases import Runner
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.spiking import build
from spikesampler.stats.metrics import accuracy

REPEATS, SEEDS = 200, 10
QUICK = {"samples": 40, "test_samples": 100, "set": {"I": 100, "K": 3, "D": 2}}
PROBES = (20, 40)  # learning samples before each probe


def quick_run(noise, seed, replicate, work, **changes):
    """Probe accuracies (len(PROBES),) on the test samples: what a run does, without its files."""
    settings = resolve("fang_2018", noise=noise, seed=seed, replicate=replicate, **QUICK | changes)
    prepared = prepare(settings)
    runner = Runner(settings, prepared, build.build(prepared.structure), work)
    state, found = build_state(runner), []
    for first, last in zip((0, *PROBES), PROBES):
        state = runner.show(state, prepared.learning, first, last, "learning", plastic=True).state
        counts, _ = runner.frozen(state, prepared.test, "test", last)
        found.append(accuracy(counts, prepared.test.labels))
    return found


def build_state(runner):
    from spikesampler.spiking.state import silent_state

    return silent_state(runner.prepared.theta, runner.prepared.structure)


@pytest.fixture(scope="module")
def curves(cache, tmp_path_factory):
    """curves(noise, first, **changes): (REPEATS, SEEDS, probes), each repeat with random numbers of
    its own.
    """
    work = tmp_path_factory.mktemp("calibration")

    def get(noise, first, **changes):
        points = [
            (seed, first + repeat) for repeat in range(REPEATS) for seed in range(1, SEEDS + 1)
        ]
        with ThreadPoolExecutor(
            os.cpu_count()
        ) as pool:  # the work is in the compiled program's processes
            found = list(pool.map(lambda point: quick_run(noise, *point, work, **changes), points))
        return np.array(found).reshape(REPEATS, SEEDS, len(PROBES))

    return get


@pytest.fixture(scope="module")
def none(curves):
    return curves("none", 0)


def found_share(arm, control):
    """Shares of repeats in which the accuracies at the end, and the times of escape, differ by
    their tests (5 %).
    """
    differ = [
        stats.paired_difference(a, b).p < 0.05 for a, b in zip(arm[:, :, -1], control[:, :, -1])
    ]
    final = [one[:, :, -1].ravel() for one in (arm, control)]
    time, threshold = (
        0.2 * np.array(PROBES),
        stats.best_arm_threshold(final, 1 / 3, QUICK["test_samples"]),
    )
    escapes = ((stats.escape(time, one, threshold) for one in pair) for pair in zip(arm, control))
    later = [stats.paired_difference(a.seconds, b.seconds).p < 0.05 for a, b in escapes]
    return np.mean(differ), np.mean(later)


@pytest.mark.slow
def test_none_against_none_differs_no_more_often_than_the_level(none, curves):
    """200 comparisons of 10 seeds: below 5 % and three standard errors, 4.6 %; pairing makes
    log-rank conservative.
    """
    again = curves("none", REPEATS)
    assert (none != again).any(axis=2).all(
        axis=1
    ).mean() > 0.9  # other random numbers, not the same runs twice
    differ, later = found_share(again, none)
    most = 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPEATS)
    assert differ <= most
    assert later <= most
    assert (
        differ > 0.005
    )  # the test is no test if it never errs: 200 x 4.9 % make 10, none in one case of 2e4


@pytest.mark.slow
def test_a_planted_effect_is_found(none, curves):
    """Learning at a third of the rate, stimuli and starts the same: a lower accuracy in nearly
    every comparison.
    """
    slower = curves("none", REPEATS, set=QUICK["set"] | {"b": 1e-4 / 3})
    differ, later = found_share(slower, none)
    assert (none - slower)[:, :, -1].mean() > 0.1
    assert differ > 0.9
    assert later > 0.3  # with two probes there are three times of escape at most
