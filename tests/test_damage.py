"""No flipped bit is ever drawn: every file that one command writes and another reads is damaged in
many places, and every reader of it refuses it in one line that names it, or makes it anew.
"""

import shutil
from pathlib import Path
from types import SimpleNamespace

import fuzzed
import numpy as np
import pytest
import xarray as xr

from spikesampler.errors import DamagedError, InputError
from spikesampler.experiments import sweep_folder
from spikesampler.experiments.comparison_result import Comparison
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.sweep_result import Sweep
from spikesampler.jobs import pieces
from spikesampler.report import panels
from spikesampler.store import checkpoint
from spikesampler.store.arrays import are_whole, load_arrays, write_arrays
from spikesampler.store.checked_json import write_json
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.store.folder_kind import kind_of
from spikesampler.store.json_file import parse_json
from spikesampler.store.learning import read_learning, read_some
from spikesampler.store.manifest import read_manifest, verify
from spikesampler.store.result_folder import (
    begin_folder,
    check_run,
    listing_files,
    missing_runs,
    runs_listed,
)
from spikesampler.store.seal import BLOCK, SealedFile, is_whole, sealed_hdf5
from spikesampler.store.spikes import SpikeFile, read_spikes
from spikesampler.studies import paper_tables
from spikesampler.studies.gamst_walker_2017.settings import Training
from spikesampler.studies.gamst_walker_2017.training_folder import open_training
from spikesampler.studies.study import Part, Study
from spikesampler.view import run_page
from spikesampler.view.index import PHASES, count_spikes, load_index, save_index

DATA = Path(__file__).parents[1] / "data"
FAILURE = {"folder": "a", "error": "b", "arm": "none", "start": "prior", "seed": 1}
SETTINGS = fuzzed.SWEEP  # what a sweep was begun with
TABLE = xr.Dataset({"x": (("a", "b"), np.arange(600.0).reshape(20, 30))}, attrs={"of": "a test"})


def run_file(name):
    """A maker of a file of a finished run."""
    return lambda folder, finished: shutil.copytree(finished, folder / "run") / name


def lying_alone(source):
    return lambda folder, finished: Path(shutil.copy(DATA / source, folder))


def result_folder(kind, dataset, damaged):
    """A maker of a file of a folder of this kind; its dataset is one of data/, or made up."""

    def make(folder, finished):
        begin_folder(
            folder, kind, Training(models=2, steps=2).facts() if kind == "training" else SETTINGS
        )
        target = folder / damaged[0]
        with listing_files(folder, kind) as written:
            if dataset is None:
                written.append(save_dataset(TABLE, target))
            else:
                written.append(Path(shutil.copy(DATA / dataset, target)))
            if kind == "sweep":
                write_json(folder / "failures.json", {"failures": [FAILURE]})
                written.append(folder / "failures.json")
        return folder / damaged[-1]

    return make


def saddle(folder, finished):
    names = ("largest", "total", "trace", "seconds", "accuracy", "agrees")
    names += ("largest_error", "total_error", "trace_error")
    about = {"patterns": 4, "kind": "snapshots", "effective_patterns": 4.0}
    about |= {"arm": "weight", "start": "prior", "seed": 1}
    criterion = xr.Dataset(
        {name: ("snapshot", np.linspace(0, 1, 5)) for name in names}, attrs=about
    )
    return save_dataset(criterion, folder / "saddle.nc")


def study(folder, finished):
    return save_dataset(TABLE, folder / "made_up.nc")


def table(folder, finished):
    shutil.copytree(DATA / "paper_tables", folder / "tables")
    return folder / "tables" / "valizadeh_2022.csv"


def chunk(kind):
    """A maker of a file of a run that goes on."""

    def make(folder, finished):
        checkpoint.save_took(folder, 0, {"engine_seconds": 0.25})
        checkpoint.save_spikes(folder, 0, {"inputs": ([0.1, 0.2], [3, 4])})
        checkpoint.save_records(folder, 0, {"label": np.arange(50)})
        checkpoint.save_state(folder, 0, {"theta": np.ones((5, 20))}, {"samples": 50})
        return folder / kind

    return make


def arrays(folder, finished):
    write_arrays(folder / "piece.npz", {"leaf": np.arange(40.0)}, {"steps": 3})
    return folder / "piece.npz"


def read_study(path):
    part = Part(lambda work: TABLE, {}, {})
    texts = {"report": str, "figures": dict, "section": str}
    Study(name="made_up", title="", parts={"made_up": part}, **texts).read(path.parent)


def read_printed(path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper_tables, "FOLDERS", (path.parent,))
        paper_tables.printed_rows(path.stem)


def go_on_with_sweep(path):
    sweep_folder.check_folder(path.parent, SETTINGS, True, {})


def whole_run(path):
    Result(path.parent if path.parent.name == "run" else path.parents[1])


def every_spike(path):
    with SpikeFile(path) as file:
        for name in file.sizes():
            for _ in file.blocks(name):
                pass


def saddle_in_report(path):
    panels._saddle(SimpleNamespace(path=path.parent, learning=TABLE, bayes_accuracy=1.0))


COMPARISON, SWEEP = "fang_2018_step_1e-3.nc", "noise_benefit_step.nc"
KINDS = {
    "manifest": (run_file("manifest.json"), [whole_run, lambda path: kind_of(path.parent)]),
    "learning": (run_file("learning.nc"), [whole_run, read_learning]),
    "spikes": (run_file("spikes.h5"), [whole_run, every_spike]),
    "state": (run_file("checkpoint/state_000019.npz"), [whole_run]),
    "took": (
        chunk("took_000000.json"),
        [lambda path: checkpoint.load_took(path.parent, 0)],
    ),
    "last state": (
        chunk("state_000000.npz"),
        [lambda path: checkpoint.load_last_state(path.parent)],
    ),
    "records": (chunk("records_000000.npz"), [lambda path: checkpoint.load_records(path.parent)]),
    "part of spikes": (chunk("spikes_000000.npz"), [load_arrays]),
    "piece": (arrays, [load_arrays]),
    "comparison": (lying_alone(COMPARISON), [Comparison, read_dataset]),
    "comparison's folder": (
        result_folder("comparison", COMPARISON, ["comparison.nc"]),
        [lambda path: Comparison(path.parent)],
    ),
    "comparison's manifest": (
        result_folder("comparison", COMPARISON, ["comparison.nc", "manifest.json"]),
        [lambda path: Comparison(path.parent), lambda path: runs_listed(path.parent)],
    ),
    "sweep": (lying_alone(SWEEP), [Sweep, read_dataset]),
    "sweep's manifest": (
        result_folder("sweep", SWEEP, ["sweep.nc", "manifest.json"]),
        [lambda path: Sweep(path.parent), go_on_with_sweep],
    ),
    "failures": (
        result_folder("sweep", SWEEP, ["sweep.nc", "failures.json"]),
        [lambda path: Sweep(path.parent)],
    ),
    "networks": (
        result_folder("training", None, ["networks.nc"]),
        [lambda path: open_training(path.parent)],
    ),
    "training's manifest": (
        result_folder("training", None, ["networks.nc", "manifest.json"]),
        [lambda path: open_training(path.parent)],
    ),
    "paths": (
        result_folder("set of paths", None, ["paths.nc"]),
        [lambda path: pieces.load_result(path, "set of paths")],
    ),
    "saddle": (
        saddle,
        [lambda path: run_page._saddle(SimpleNamespace(path=path.parent)), saddle_in_report],
    ),
    "study": (study, [read_study]),
    "printed table": (table, [read_printed]),
}


def damages(data, number, seed=0):
    """The bytes with one bit flipped, in so many places; cut, longer, and of zeros."""
    rng, size = np.random.default_rng(seed), len(data)
    for place in [0, size - 1, size // 2, *rng.integers(size, size=number - 3)]:
        bit = 1 << int(rng.integers(8))
        yield data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
    for length in (0, 1, size // 2, size - 1, *rng.integers(size, size=number // 10)):
        yield data[:length]
    yield from (data + b"\0", data + b"\n", data + data, bytes(size))


def notices(kind, finished, folder, number):
    """Damage a file of this kind in so many places, and ask each of its readers each time."""
    make, readers = KINDS[kind]
    path = make(folder, finished)
    data = path.read_bytes()
    for reader in readers:
        reader(path)  # the control: what is whole is read
    for damaged in damages(data, number):
        path.write_bytes(damaged)
        for reader in readers:
            with pytest.raises(InputError) as caught:
                reader(path)
            assert path.name in str(caught.value)
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_no_damage_is_overlooked(kind, finished, tmp_path):
    notices(kind, finished, tmp_path, 40)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_damage_is_overlooked_anywhere(kind, finished, tmp_path):
    notices(kind, finished, tmp_path, 300)


@pytest.mark.parametrize("name", ["saddle.nc", "networks.nc"])
def test_what_can_be_made_anew_is_not_taken_for_whole(name, tmp_path):
    path, made = save_dataset(TABLE, tmp_path / name), arrays(tmp_path, None)
    for file, check in ((path, is_whole), (made, are_whole)):
        assert check(file)
        assert not check(tmp_path / "absent")
        data = file.read_bytes()
        for damaged in damages(data, 40):
            file.write_bytes(damaged)
            assert not check(file)


def test_a_damaged_index_is_none(tmp_path):
    index = count_spikes([(np.arange(200) / 10, np.arange(200) % 7)], 90, 7, 0.3, PHASES)
    save_index(tmp_path / "index", index)
    for file in (tmp_path / "index").iterdir():
        data = file.read_bytes()
        for damaged in damages(data, 10):
            file.write_bytes(damaged)
            assert load_index(tmp_path / "index", PHASES) is None
        file.write_bytes(data)
    assert load_index(tmp_path / "index", PHASES) is not None


def big_file(path):
    """A sealed file of four blocks, of numbers in the order of their places; all of its bytes."""
    import h5py

    with sealed_hdf5(path) as target, h5py.File(target, "w") as file:
        file["x"] = np.arange(3 * BLOCK // 8 + 100)
    return path.read_bytes()


def test_a_part_is_read_without_the_rest_and_never_unchecked(tmp_path):
    """A flip in the block that is read is noticed; the others are not even looked at."""
    import h5py

    data = big_file(tmp_path / "big.h5")
    with h5py.File(tmp_path / "big.h5") as file:  # any other program reads it as it is
        offset = file["x"].id.get_offset()
        assert file["x"][-1] == len(file["x"]) - 1
    changed = bytearray(data)
    changed[offset + 2 * BLOCK] ^= 1
    (tmp_path / "big.h5").write_bytes(changed)
    with SealedFile(tmp_path / "big.h5") as sealed, h5py.File(sealed) as file:
        assert file["x"][:5].tolist() == [0, 1, 2, 3, 4]
        with pytest.raises(ValueError, match="its checksum does not fit"):
            file["x"][2 * BLOCK // 8]
        with pytest.raises(ValueError, match="its checksum does not fit"):
            sealed.check()
    with pytest.raises(ValueError, match="its checksum does not fit"):
        SealedFile(tmp_path / "big.h5", whole=True)


def test_a_file_without_a_seal_says_so(tmp_path):
    TABLE.to_netcdf(tmp_path / "foreign.nc", engine="h5netcdf")
    with pytest.raises(DamagedError, match=r"no checksum at its end: cut, or written or changed"):
        read_dataset(tmp_path / "foreign.nc")
    with pytest.raises(DamagedError, match=r"foreign\.nc cannot be read .*no checksum at its end"):
        Sweep(tmp_path / "foreign.nc")


def test_a_run_that_another_took_the_place_of_is_refused(finished, tmp_path):
    begin_folder(tmp_path, "sweep", SETTINGS)
    run = shutil.copytree(finished, tmp_path / "point-0")
    with listing_files(tmp_path, "sweep", ["point-0"]) as written:
        written.append(save_dataset(TABLE, tmp_path / "sweep.nc"))
    listed, manifest = runs_listed(tmp_path), read_manifest(run)
    check_run(run, manifest, listed)
    check_run(tmp_path / "point-1", {"checksum": "0" * 64}, listed)  # it is in no list
    with pytest.raises(DamagedError, match=r"point-0 is not the run that .* was made from"):
        check_run(run, manifest | {"checksum": "0" * 64}, listed)


FORGED = {
    "unit": (("sample_length", "unit"), "parsec", "the unit of sample_length is 'parsec', not one"),
    "other unit": (("dt", "unit"), "Hz", "the unit of dt is 'Hz', not ms"),
    "number": (("K", "value"), -3, "K=-3: out of range; expected at least 2"),
    "half": (("K", "value"), 2.5, "K=2.5: expected a whole number"),
    "word": (("b", "value"), "1e-4", "b is '1e-4', not a number"),
    "other word": (
        ("retraction", "value"),
        "no",
        "retraction=no: expected one of none, clip, jump",
    ),
}


@pytest.mark.parametrize(("place", "value", "message"), FORGED.values(), ids=FORGED)
def test_parameters_that_no_run_has_are_refused_by_file_and_key(
    finished, tmp_path, place, value, message
):
    """As a program may have written them: the checksum fits."""
    run = shutil.copytree(finished, tmp_path / "run")
    manifest = dict(read_manifest(run))
    manifest["parameters"][place[0]][place[1]] = value
    write_json(run / "manifest.json", manifest)
    for reader in (Result, kind_of, verify):
        with pytest.raises(DamagedError, match=rf"run/manifest\.json is not the .*\({message}"):
            reader(run)


def test_a_parameter_that_is_not_there_is_missed(finished, tmp_path):
    run = shutil.copytree(finished, tmp_path / "run")
    manifest = dict(read_manifest(run))
    del manifest["parameters"]["sample_length"]
    write_json(run / "manifest.json", manifest)
    with pytest.raises(DamagedError, match=r"manifest\.json is .*parameters has no sample_length"):
        Result(run)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": [-Infinity]}', "-Infinity is no JSON"),
        ('{"a": 1, "b": 2, "a": 1}', "'a' stands twice in one object"),
        ('{"x": {"a": 1, "b": 2, "b": 3, "a": 4}}', "'b' stands twice in one object"),
    ],
)
def test_what_strict_json_does_not_have_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse_json(text.encode(), dict)


def test_runs_that_are_not_there_are_named_in_a_line(finished, tmp_path):
    """By whoever shows what was made from them; it is complete without them."""
    make, _ = KINDS["comparison's folder"]
    make(tmp_path, None)
    names = ["weight-prior-seed1", "weight-prior-seed2"]
    for name in names:
        shutil.copytree(finished, tmp_path / name)
    with listing_files(tmp_path, "comparison", names) as written:
        written.append(tmp_path / "comparison.nc")
    assert missing_runs(tmp_path) == missing_runs(tmp_path / "comparison.nc") == ""
    shutil.rmtree(tmp_path / names[1])
    line = f"1 of the 2 runs that {tmp_path} was made from are not there, such as {names[1]}: "
    assert missing_runs(tmp_path).startswith(line)
    assert missing_runs(finished) == missing_runs(DATA / COMPARISON) == ""


def test_a_file_that_another_took_the_place_of_is_refused(tmp_path):
    """It is whole, and sealed, and not the one that the manifest lists."""
    make, _ = KINDS["comparison's folder"]
    path = make(tmp_path, None)
    shutil.copy(DATA / "fang_2018_step_3e-4.nc", path)
    Comparison(path)
    with pytest.raises(DamagedError, match=r"comparison\.nc is damaged: its SHA-256 is"):
        Comparison(tmp_path)
    with pytest.raises(DamagedError, match=r"comparison\.nc is damaged: its SHA-256 is"):
        verify(tmp_path, "comparison")


def test_a_large_recording_is_checked_as_it_is_read(finished, tmp_path):
    path = run_file("spikes.h5")(tmp_path, finished)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    verify(path.parent, large=0)
    with pytest.raises(DamagedError, match=r"spikes\.h5 cannot be read .*its checksum does not"):
        every_spike(path)
    with pytest.raises(DamagedError, match=r"spikes\.h5 is damaged"):
        verify(path.parent, large=len(data))


def test_a_picture_that_comes_later_disturbs_nobody(finished, tmp_path):
    run = shutil.copytree(finished, tmp_path / "run")
    for name in ("raster.png", "report.html", "saddle.nc"):
        (run / name).write_bytes(b"later")
    assert Result(run).test_accuracy == Result(finished).test_accuracy
    assert read_spikes(run / "spikes.h5", "outputs")[0].size
    assert read_some(run / "learning.nc", ("probe_time",))["probe_time"].size
