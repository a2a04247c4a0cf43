"""The scripts of Gamst & Walker (2017) in their --quick form, in this process: what they print is
what they found.
"""

import json
import re
import runpy

import numpy as np
import pytest
import xarray as xr
from runs import SCRIPTS

from spikesampler.studies.gamst_walker_2017 import best_fits, functions_data, relu_net
from spikesampler.studies.gamst_walker_2017.joint import MEASURES, STUDY

pytestmark = pytest.mark.slow  # half a minute, most of it compiling


def script(name, *arguments):
    """Run a script of scripts/ in this process; its exit status."""
    return runpy.run_path(str(SCRIPTS / f"{name}.py"))["main"]([*map(str, arguments)])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder in which scripts/gamst_walker.py --quick ran."""
    folder = tmp_path_factory.mktemp("gamst_walker")
    assert script("gamst_walker", "--quick", "--seed", 2, "--out", folder) == 0
    return folder


def dataset(made, name):
    return xr.load_dataset(made / "data" / f"gamst_walker_{name}.nc")


def test_every_part_has_its_data_figure_and_verdicts(made):
    assert set(STUDY.parts) == {path.stem for path in SCRIPTS.glob("gamst_walker_*.py")}
    datasets = STUDY.read(made / "data")
    text = STUDY.section(datasets)
    for study in MEASURES:
        assert (made / "docs" / "figures" / f"{study.name}.png").read_bytes()[:4] == b"\x89PNG"
        (heading,) = re.findall(rf"## (.+)\n\n!\[.+\]\(figures/{study.name}\.png\)", text)
        assert f"From `scripts/{study.name}.py`." in text
        assert f"![{heading}](figures/{study.name}.png)" in text
    assert len(STUDY.hurry(datasets)) == 5
    keys = [found.key for found in STUDY.findings(datasets)]
    assert len(keys) == len(set(keys))


def test_functions_are_measured_around_their_own_w_f(made):
    found, seed = dataset(made, "functions"), int(dataset(made, "functions")["function"][1])
    weights = relu_net.gamst_walker(seed)
    x, y = relu_net.training_set(weights)
    np.testing.assert_array_equal(found["fits_x"][1, 0], x)
    np.testing.assert_array_equal(found["fits_target"][1, 0], y)
    folder = made / "runs" / f"glorot-momentum-f{seed}-n6-s100-seed2"
    nets = xr.load_dataset(folder / "networks.nc")
    row = found.isel(function=1).sel(optimizer="momentum")
    outputs = relu_net.apply(nets["params"].values.astype(float), x)
    np.testing.assert_allclose(row["fits_error"], ((outputs - y) ** 2).mean(axis=1), rtol=1e-9)
    np.testing.assert_allclose(row["fits_mean"], outputs.mean(axis=0), rtol=1e-9)
    shares = functions_data.sawtooth_share(weights, x, outputs)
    np.testing.assert_allclose(row["fits_sawtooth"], shares, rtol=1e-9)
    form = found.isel(function=1).sel(around="momentum", form="made")
    bands = xr.load_dataset(folder / "neb-made" / "paths.nc")
    np.testing.assert_array_equal(bands["images"][0, 0], weights)
    np.testing.assert_allclose(form["paths_end"], bands["from_target"][:, -1], rtol=1e-9)
    assert len(list((made / "runs").glob("*-taught-*"))) == 4


def test_fig1_is_the_network_of_the_seed(made):
    found = dataset(made, "fig1")
    np.testing.assert_array_equal(found["params"], relu_net.gamst_walker(2))
    np.testing.assert_array_equal(
        found["y"], relu_net.apply(relu_net.gamst_walker(2), found["x"].values)
    )
    assert found.sizes["knot"] == 35


def test_figs_2_and_3_say_what_the_networks_compute(made):
    nets = xr.load_dataset(made / "runs" / "glorot-momentum-n8-s100-seed2" / "networks.nc")
    assert (
        json.loads(nets.attrs["training"])["target_seed"] == 1
    )  # the seed is that of the networks, not of f
    x, y = relu_net.training_set(relu_net.gamst_walker(1))
    outputs = relu_net.apply(nets["params"].values.astype(float), x)
    mean, best = (dataset(made, name).sel(optimizer="momentum") for name in ("fig2", "fig3"))
    np.testing.assert_allclose(mean["mean"], outputs.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(mean["sd"], outputs.std(axis=0, ddof=1), rtol=1e-12)
    errors = ((outputs - y) ** 2).mean(axis=1)
    np.testing.assert_array_equal(best["best"], outputs[errors.argmin()])
    assert float(best["best_error"]) == pytest.approx(errors.min(), rel=1e-12)
    assert float(best["error"].sel(quantile=1.0)) == pytest.approx(errors.max(), rel=1e-12)


def test_a_network_that_has_the_sawtooth_is_seen_to_have_it(made):
    """The regression of fig. 2: W_f has all of it; W_f without it nothing, but for what the spline
    shares with it.
    """
    params = relu_net.gamst_walker(1)
    x, y = relu_net.training_set(params)
    smooth = relu_net.apply(relu_net.spline_part(params), x)
    teeth = y - smooth - (y - smooth).mean()
    assert teeth @ (y - smooth) / (teeth @ teeth) == pytest.approx(1, abs=1e-12)
    assert abs(teeth @ smooth / (teeth @ teeth)) < 0.03
    assert (teeth**2).mean() == pytest.approx(
        0.168, abs=0.003
    )  # what losing it costs: science of the paper's figure


def test_fig4_paths_end_at_w_f_and_at_the_networks(made):
    found = dataset(made, "fig4").isel(optimizer=0)
    nets = xr.load_dataset(made / "runs" / "glorot-momentum-n8-s100-seed2" / "networks.nc")
    bands = xr.load_dataset(made / "runs" / "glorot-momentum-n8-s100-seed2" / "neb" / "paths.nc")
    np.testing.assert_allclose(found["energy"][:, 0], 0, atol=1e-12)
    ends = nets["final_error"].values[bands["network"].values]
    np.testing.assert_allclose(found["energy"][:, -1], ends, rtol=1e-6)  # float32 keeps 24 bits
    assert (np.diff(found["distance"].values, axis=1) > 0).all()


def test_fig5_and_noise_start_near_w_f(made):
    near, noise = dataset(made, "fig5"), dataset(made, "noise")
    for jitter in (near["jitter"].values, noise["jitter"].values):
        assert ((jitter > 0) & (jitter < 2)).all()
    assert noise["glorot_error"].dims == ("arm", "temperature", "glorot_network")
    assert not np.array_equal(noise["jitter_error"][0], noise["jitter_error"][2])  # the arms differ
    assert not np.array_equal(noise["jitter_error"][0, 0], noise["jitter_none"])


def test_spectra_before_and_after_refinement(made):
    found = dataset(made, "hessian")
    before, after = (found["energy"].sel(state=state).values for state in ("trained", "refined"))
    assert (after < before).all()
    assert (np.diff(found["eigenvalue"].values, axis=-1) >= 0).all()


def test_minima_w_f_comes_first_and_passes_are_no_lower_than_their_ends(made):
    found = dataset(made, "minima")
    heights, passes = found["leaf_error"].values, found["pass"].values
    assert heights[0] == 0
    np.testing.assert_array_equal(
        found["output"][0].values.round(9), found["target"].values.round(9)
    )
    lowest = np.maximum.outer(heights, heights)
    off = ~np.eye(len(heights), dtype=bool)
    assert (passes[off] >= lowest[off] - 1e-9).all()


def test_wide_networks_are_ten_by_ten(made):
    (folder,) = (made / "runs").glob("*10x10*")
    assert xr.load_dataset(folder / "networks.nc").sizes["parameter"] == relu_net.num_parameters(
        10, 10
    )


def test_what_is_there_is_not_made_again_and_redraw_says_the_same(made, capsys):
    folder = made
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.nc")}
    assert script("gamst_walker", "--seed", 2, "--out", folder) == 0
    first = capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.nc")} == before
    assert script("gamst_walker", "--redraw", "--out", folder) == 0
    assert capsys.readouterr().out == first


def test_one_script_alone_uses_the_networks_that_are_there(made, tmp_path, capsys):
    where = "--runs", made / "runs", "--out", tmp_path / "alone"
    assert script("gamst_walker_fig3", "--quick", "--seed", 2, *where) == 0
    shown = capsys.readouterr().out
    assert best_fits.STUDY.report({"gamst_walker_fig3": dataset(made, "fig3")}) in shown
    assert (tmp_path / "alone" / "gamst_walker_fig3.pdf").read_bytes().startswith(b"%PDF")
    assert not (tmp_path / "alone" / "runs").exists()


def test_bad_input(tmp_path, capsys):
    assert script("gamst_walker", "--redraw", "--out", tmp_path) == 2
    assert capsys.readouterr().err == (
        f"gamst_walker: no {tmp_path}/data/gamst_walker_functions.nc, which gamst_walker draws:"
        " leave --redraw out to make it\n"
    )
    assert script("gamst_walker", "--quick", "--seed", -1, "--out", tmp_path / "bad") == 2
    assert "seed=-1: expected 0 or more" in capsys.readouterr().err
    assert not (tmp_path / "bad").exists()
