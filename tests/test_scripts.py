"""Every script runs in its --quick form, and what it shows is what its data say."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

from spikesampler import Result

SCRIPTS = Path(__file__).parents[1] / "scripts"


def script(name, *arguments, folder):
    done = subprocess.run([sys.executable, SCRIPTS / name, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_every_script_is_tested_here():
    assert {path.name for path in SCRIPTS.glob("*.py")} == {"benchmark.py", "fang_2018_fig2.py", "scaling.py"}


def test_fang_2018_fig2(tmp_path):
    shown = script("fang_2018_fig2.py", "--quick", "--seed", "3", "--out", "fig", folder=tmp_path)
    result = Result(tmp_path / "fig" / "run_weight_1500_seed3")
    assert result.manifest["settings"]["seed"] == 3
    assert f"test accuracy {result.test_accuracy:.3f} (Bayes-optimal {result.bayes_accuracy:.3f})" in shown
    assert (tmp_path / "fig" / "fig2.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "fig" / "fig2.pdf").read_bytes().startswith(b"%PDF")
    again = script("fang_2018_fig2.py", "--quick", "--seed", "3", "--out", "fig", folder=tmp_path)
    assert again == shown  # drawn anew from the run that is there


def test_benchmark(tmp_path):
    shown = script("benchmark.py", "--quick", "--out", "table.csv", folder=tmp_path)
    with open(tmp_path / "table.csv", newline="") as file:
        rows = {row["engine"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"fast", "reference"}
    for row in rows.values():
        assert float(row["engine_seconds"]) > 0
        # 0.2 s a sample; 11 probes and the test of one sample each are on top: at most 3 of 53
        simulated = float(row["times_real_time"]) * float(row["engine_seconds"])
        assert simulated == pytest.approx(0.2 * float(row["samples"]), rel=0.07)
        ratio = float(row["times_real_time"]) / float(rows["reference"]["times_real_time"])
        assert float(row["times_reference"]) == pytest.approx(ratio)
        assert 1 < float(row["peak_mib"]) < 30  # of the program, not of Python
    by_hand = {float(row["times_real_time"]) / float(row["times_hand_written"]) for row in rows.values()}
    assert max(by_hand) == pytest.approx(min(by_hand))
    assert re.search(rf"C\+\+ by hand +weight +{max(by_hand):.1f}x", shown)
    assert "command to first chunk" in shown


def test_scaling(tmp_path):
    shown = script("scaling.py", "--quick", "--out", "scaling", folder=tmp_path)
    tables = {}
    for name in ("synapses", "silent"):
        with open(tmp_path / "scaling" / f"{name}.csv", newline="") as file:
            tables[name] = [{k: float(v) if k != "arm" else v for k, v in row.items()} for row in csv.DictReader(file)]
    for row in tables["synapses"]:
        assert row["synapses"] == row["inputs"] * row["outputs"]
        assert row["ns_per_event"] == pytest.approx(1e9 * row["seconds"] / row["events"])
        # at 12 Hz each: 2.4 spikes of an input, 80 events and one grid step in a sample
        samples = row["events"] / (3.4 * row["synapses"] + 80 * row["inputs"])
        assert 5 < samples < 1000
    assert [row["inputs"] for row in tables["silent"]] == [1000, 2000]
    assert all(0 < row["us_per_step"] < row["us_per_sample"] for row in tables["silent"])
    # theta, w and alpha e^w, and the numbers of the two neurons: 32 bytes, and what the inputs themselves take
    assert 25 < int(re.search("memory grows by (-?[0-9]+) bytes per synapse", shown)[1]) < 100
    assert (tmp_path / "scaling" / "scaling.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "scaling" / "scaling.pdf").read_bytes().startswith(b"%PDF")
