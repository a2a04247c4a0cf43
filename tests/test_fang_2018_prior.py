"""The study of what the prior is good for, in its quick form."""

import pytest
from runs import script

from spikesampler.studies.fang_2018.prior import NAME, STUDY
from spikesampler.studies.fang_2018.prior_data import SIGMAS


@pytest.mark.slow  # builds networks of its own
def test_the_quick_form_keeps_both_priors_and_goes_on(tmp_path):
    given = "fang_2018_prior.py", "--quick", "--out", "prior", "--workers", "1"
    shown = script(*given, folder=tmp_path)
    dataset = STUDY.read(tmp_path / "prior" / "data")[NAME]
    assert dataset["sigma"].values.tolist() == list(SIGMAS)
    assert dataset.sizes["seed"] == 2
    page = (tmp_path / "prior" / "docs" / "studies" / f"{NAME}.md").read_text()
    for found in STUDY.findings({NAME: dataset}):
        assert f"**{found.verdict}**" in page
        assert found.number in page
    assert script(*given, folder=tmp_path) == shown
