"""What the page of a comparison shows, from its dataset alone, without a browser."""

import numpy as np
import pytest
from test_verdicts import made_up

from spikesampler import stats

pytest.importorskip("holoviews")


def with_reliability(comparison):
    """Three bins: of two seeds one answer each in the first, ten of one seed in the last."""
    dataset, shape = comparison.dataset, (4, 2, 3, 3)
    samples, confidence = np.zeros(shape, int), np.full(shape, np.nan)
    right = np.full(shape, np.nan)
    samples[:, :, 1, 0], confidence[:, :, 1, 0] = 1, [0.2, 0.3]
    right[:, :, 1, 0] = [0, 1]
    samples[:, 1, 1, 2], confidence[:, 1, 1, 2], right[:, 1, 1, 2] = 10, 0.9, 0.8
    for name, values in zip(stats.Reliability._fields, (samples, confidence, right)):
        dataset[f"reliability_{name}"] = (("arm", "seed", "answer", "bin"), values)
    dataset.coords["answer"] = ["test", "averaged", "mean_theta"]
    return comparison


@pytest.mark.slow  # imports what draws
def test_calibration_is_of_the_averaged_answers_of_all_seeds():
    import holoviews as hv

    from spikesampler.view.comparison import calibration

    hv.extension("bokeh")
    comparison = with_reliability(made_up({"none": 0.8}, num_seeds=2))
    plot = calibration(comparison, "plateau")
    assert hv.render(plot).xaxis.axis_label == "Confidence"
    lines = plot.Curve.values()
    (even,) = (one for one in lines if not one.label)
    assert even.data.values.tolist() == [[0, 0], [1, 1]]
    arms = {one.label: one.data.values for one in lines if one.label}
    assert arms.keys() == {*comparison.arms}
    for points in arms.values():  # a seed's answers count as often as there are
        np.testing.assert_allclose(points, [[0.25, 0.5], [0.9, 0.8]])


def test_the_table_has_intervals_and_no_p():
    from spikesampler.view.comparison import _row

    comparison = made_up({"none": 0.8, "weight": 0.9}, num_seeds=6)
    (row,) = (_row(row) for row in comparison.table if row["arm"] == "weight")
    assert not {name for name in row if name.split()[0] == "p"}
    own = next(row for row in comparison.table if row["arm"] == "weight")
    for name, column in (("probe, last 2000 s", "late_probe"), ("test", "test")):
        ends = [own[f"{column}_difference{end}"] for end in ("", "_low", "_high")]
        assert row[f"{name} - none"] == "{:+.3f} [{:+.3f}, {:+.3f}]".format(*ends)
