"""Words of the comparisons of Fang et al.: gains by horizon, weights of the starts, sentences."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from spikesampler.experiments.comparison_result import Comparison
from spikesampler.stats import mean_interval
from spikesampler.studies.fang_2018 import comparison_words as words
from spikesampler.studies.fang_2018.amplitude import amplitude_range
from spikesampler.studies.fang_2018.benefit_findings import WITHIN_RUN
from spikesampler.studies.fang_2018.comparisons import STUDY

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def study():
    return Comparison("study", xr.open_dataset(DATA / "fang_2018_study.nc"))


def test_gains_by_horizon_are_means_of_the_probes_until_then(study):
    """Plain loops over probes and seeds, time 0 left out; over all of it, the page's own."""
    data = study.dataset
    time = data["probe_time"].values
    curves = {arm: study.values("probe_accuracy", arm, "plateau") for arm in ("weight", "none")}
    gains = [
        np.mean(
            [
                curves["weight"][i, t] - curves["none"][i, t]
                for t in range(len(time))
                if 0 < time[t] <= 3000
            ]
        )
        for i in range(10)
    ]
    assert words.gain_until(study, 3000.0)[:3] == pytest.approx(mean_interval(gains)[:3])
    all_of_it = words.gain_until(study, time[-1], "constant_matched")
    own = np.subtract(
        *(
            study.values("mean_probe_accuracy", arm, "plateau")
            for arm in ("constant_matched", "none")
        )
    )
    assert all_of_it[:3] == pytest.approx(mean_interval(own)[:3], abs=1e-6)


def test_horizons_are_those_within_the_run(study):
    rows = words.horizons(study)
    assert [row[0] for row in rows[1:]] == ["1700 s", "3000 s", "4400 s", "6000 s", "8640 s"]
    assert rows[0][1] == "`weight` − `none`, held-out"
    assert rows[2][3] == "{:+.3f} [{:+.3f}, {:+.3f}]".format(
        *words.gain_until(study, 3000.0, "constant_matched")[:3]
    )
    short = Comparison("short", study.dataset.isel(sample_block=slice(0, 20)))
    assert [row[0] for row in words.horizons(short)[1:]] == ["1700 s", "1900 s"]


def test_weights_and_amplitudes_are_those_of_the_models_text():
    """w = e^(theta - 3), theta 0.5 or -4 in the median; N = 100, alpha = e^-2, alpha e^w <= 5."""
    assert words.weights_at() == pytest.approx({"prior": np.exp(-2.5), "plateau": np.exp(-7)})
    assert amplitude_range() == pytest.approx((np.sqrt(100 * np.exp(-2)), np.sqrt(500)))


@pytest.fixture(scope="module")
def rows():
    return STUDY.findings(STUDY.read(DATA))


def test_early_rows_are_all_that_is_tested_of_it(rows):
    """p of a row can be made again: its family has no test whose number is not there."""
    early = [one for one in rows if one.key.startswith("early_")]
    assert [one.key for one in early] == [
        "early_course_1700_s_prior",
        "early_by_1700_s_prior",
        "early_sooner_prior",
        "early_sooner_by_structure_prior",
    ]
    tested = [one.number for one in early if "Holm" in one.number]
    assert len(tested) == 3
    assert all("Holm, 5 tests of “paper, clusters, start prior, 2000 samples”" in n for n in tested)


def test_leaks_are_differences_not_proofs(rows):
    leaks = [one for one in rows if one.key.startswith("leak_")]
    assert len(leaks) == 4
    assert all("as a leak of the label would make it" in one.claim for one in leaks)
    assert "online: the last 1000, held out: probes of the last 2000 s" in leaks[0].reading


def test_within_a_run_accuracy_varies_as_the_page_of_maps_says(study):
    """Standard deviation of the probes of the last 2000 s, mean over seeds, of both starts."""
    late = study.dataset["probe_time"].values > 8640 - 2000
    for start in study.starts:
        probes = study.values("probe_accuracy", "weight", start)[:, late]
        assert probes.std(axis=1, ddof=1).mean() == pytest.approx(WITHIN_RUN, abs=0.006)
