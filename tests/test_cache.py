"""The cache of compiled networks: whole or made again, listed and pruned; who is to blame."""

import errno
import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from engine import K, blank, show
from runs import command

from spikesampler import environment
from spikesampler.errors import BusyError, InputError, RunError
from spikesampler.jobs.endings import last_words, words_for
from spikesampler.spiking import build as building
from spikesampler.spiking import cache, cached, compiler, making, process, sealed
from spikesampler.store.temporary import temporary_beside

# --- variables of the environment -----


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """No variable that says where the cache is, a home of our own, and an empty current folder."""
    for name in ("SPIKESAMPLER_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "home/.cache/spikesampler"),
        ({"SPIKESAMPLER_CACHE": "", "XDG_CACHE_HOME": ""}, "home/.cache/spikesampler"),
        ({"SPIKESAMPLER_CACHE": "  "}, "home/.cache/spikesampler"),
        ({"XDG_CACHE_HOME": "relative"}, "home/.cache/spikesampler"),
        ({"XDG_CACHE_HOME": "~/x"}, "home/x/spikesampler"),
        ({"SPIKESAMPLER_CACHE": "~"}, "home"),
        ({"SPIKESAMPLER_CACHE": "~/a b"}, "home/a b"),
        ({"SPIKESAMPLER_CACHE": "own"}, "here/own"),
        ({"SPIKESAMPLER_CACHE": "", "XDG_CACHE_HOME": "{}/xdg"}, "xdg/spikesampler"),
        ({"SPIKESAMPLER_CACHE": "{}/own", "XDG_CACHE_HOME": "{}/xdg"}, "own"),
    ],
)
def test_the_cache_is_where_variables_that_say_something_put_it(
    nowhere, monkeypatch, variables, expected
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(nowhere))
    assert cache.cache_folder() == nowhere / expected
    assert not list((nowhere / "here").iterdir())


@pytest.mark.parametrize("value", [None, "", ".", "relative/home"])
def test_without_a_usable_home_the_system_is_asked(nowhere, monkeypatch, value):
    import pwd

    monkeypatch.delenv("HOME")
    if value is not None:
        monkeypatch.setenv("HOME", value)
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: SimpleNamespace(pw_dir="/of/the/system"))
    assert cache.cache_folder() == Path("/of/the/system/.cache/spikesampler")

    def nobody(uid):
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(InputError, match=r"HOME is not set.*set HOME, or SPIKESAMPLER_CACHE to a"):
        cache.cache_folder()


def test_a_home_of_nobody_and_no_room_for_temporary_files_are_one_line(nowhere, monkeypatch):
    monkeypatch.setenv("SPIKESAMPLER_CACHE", "~no_such_user_here/cache")
    with pytest.raises(InputError, match="SPIKESAMPLER_CACHE=~no_such_user_here/cache: no such"):
        cache.cache_folder()

    def none():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(InputError, match=r"no folder for temporary files.*set TMPDIR"):
        environment.temporary_folder()


# --- folders that are whole or made again -----


def make(folder, text="whole"):
    """A sealed folder of two files."""
    (folder / "below").mkdir(parents=True)
    (folder / "main").write_text(text)
    (folder / "below" / "data").write_bytes(bytes(1000))
    sealed.seal(folder, {"name": "made"})


def flip(path, place=-1):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


SEALS = {
    "empty": b"",
    "garbage": b"\x93\xff\x00garbage",
    "a list": b"[1, 2]",
    "no JSON": b'{"checksum": ',
    "deep": b"[" * 100_000,
    "without files": b'{"checksum": "0"}',
    "of another type": b'{"checksum": 7, "files": {}}',
    "many digits": b'{"checksum": ' + b"9" * 5000 + b"}",
}
DAMAGES = {
    "cut": lambda folder: os.truncate(folder / "main", 3),
    "emptied": lambda folder: os.truncate(folder / "main", 0),
    "grown": lambda folder: os.truncate(folder / "main", 10_000_000),
    "missing": lambda folder: (folder / "main").unlink(),
    "a folder": lambda folder: ((folder / "main").unlink(), (folder / "main").mkdir()),
    "flipped": lambda folder: flip(folder / "main", 2),
    "seal flipped": lambda folder: flip(folder / "build.json", 30),
    "seal missing": lambda folder: (folder / "build.json").unlink(),
    "seal a folder": lambda f: ((f / "build.json").unlink(), (f / "build.json").mkdir()),
    "a file": lambda folder: (shutil.rmtree(folder), folder.write_text("file")),
    "a dangling link": lambda f: (shutil.rmtree(f), f.symlink_to(f.parent / "gone")),
    **{
        f"seal {name}": lambda folder, data=data: (folder / "build.json").write_bytes(data)
        for name, data in SEALS.items()
    },
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_folder_is_made_again_and_said_to_be(tmp_path, damage):
    folder, said, times = tmp_path / "cache" / "key", [], []

    def make_it():
        times.append(1)
        with sealed.new_folder(folder) as work:
            make(work / "new")

    def get():
        return sealed.kept(folder, make_it, sealed.read_sealed, said.append)

    assert get()["name"] == "made"
    assert (len(times), said) == (1, [])
    assert get()["name"] == "made"
    assert len(times) == 1
    damage(folder)
    with pytest.raises(sealed.Unsealed, match=r"is (damaged|unfinished): "):
        sealed.read_sealed(folder)
    assert get()["name"] == "made"
    assert len(times) == 2
    (line,) = said
    assert line.startswith(str(folder))
    assert line.endswith(": it is made again")
    assert (folder / "main").read_text() == "whole"
    assert [path.name for path in folder.parent.iterdir()] == ["key"]  # no lock, nothing half-made


def test_every_bit_of_a_folder_is_seen(tmp_path):
    make(tmp_path / "key")
    for name in ("main", "below/data", "build.json"):
        path = tmp_path / "key" / name
        whole = path.read_bytes()
        for place in range(0, len(whole), max(1, len(whole) // 60)):
            flip(path, place)
            with pytest.raises(sealed.Unsealed):
                sealed.read_sealed(tmp_path / "key")
            path.write_bytes(whole)
    assert sealed.read_sealed(tmp_path / "key")["name"] == "made"


def test_all_is_on_the_disk_before_a_folder_has_its_name(tmp_path, monkeypatch):
    done, rename = [], os.rename
    monkeypatch.setattr(sealed, "sync", lambda path, *_: done.append(f"sync {Path(path).name}"))
    monkeypatch.setattr(os, "rename", lambda a, b: (done.append("rename"), rename(a, b)))
    with sealed.new_folder(tmp_path / "cache") as work:
        make(work / "new")
    assert done.index("rename") > max(
        done.index(f"sync {name}") for name in ("main", "data", "build.json", "below", "new")
    )
    assert done[-1] == f"sync {tmp_path.name}"


def test_what_a_killed_process_left_goes_with_the_next(tmp_path):
    folder = tmp_path / "key"
    (tmp_path / "building-key-abc" / "new").mkdir(parents=True)
    (tmp_path / "building-other-abc").mkdir()  # may be of a process that lives
    (tmp_path / "key.lock").touch()

    def fail():
        with sealed.new_folder(folder) as work:
            (work / "new").mkdir()
            raise InputError("no")

    with pytest.raises(InputError, match=r"^no$"):
        sealed.kept(folder, fail, sealed.read_sealed)
    assert [path.name for path in tmp_path.iterdir()] == ["building-other-abc"]


def test_who_waits_for_a_folder_does_not_make_it_again(tmp_path):
    folder, times, said = tmp_path / "key", [], []
    first_is_in, all_wait = threading.Event(), threading.Event()

    def make_it():
        times.append(1)
        first_is_in.set()
        assert all_wait.wait(60)
        make(folder)

    def say(text):
        said.append(text)
        if len(said) == 3:
            all_wait.set()

    def get():
        sealed.kept(folder, make_it, sealed.read_sealed, say)

    threads = [threading.Thread(target=get) for _ in range(4)]
    threads[0].start()
    first_is_in.wait()
    with pytest.raises(BusyError), sealed.locked(folder):
        pass
    assert not sealed.remove(folder)
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == 1
    assert set(said) == {f"another process makes {folder}: waiting for it"}


def test_a_lock_whose_name_goes_before_it_is_held_is_taken_anew(tmp_path, monkeypatch):
    """Its last holder removes the name between our open and our lock."""
    path, flock, gone = tmp_path / "key.lock", fcntl.flock, []

    def flock_late(handle, how):
        if not gone:
            gone.append(path)
            path.unlink()
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock_late)
    with sealed.locked(tmp_path / "key"):
        assert path.exists()
        with pytest.raises(BusyError, match=r"key\.lock is held by another process"):
            with sealed.locked(tmp_path / "key"):
                pass
    assert gone
    assert not path.exists()


# --- compiled networks -----


@pytest.fixture
def copied(network, tmp_path, monkeypatch):
    """A network whose folder lies in a cache of its own; `compiled`: what was compiled there."""
    net = network("plain")
    real, folder = net.binary.folder, tmp_path / "cache" / "builds" / net.binary.key
    shutil.copytree(real, folder)
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path / "cache"))
    compiled = []

    def compile_it(structure, key, folder, say):
        compiled.append(key)
        with sealed.new_folder(folder) as work:
            shutil.copytree(real, work / "new")

    monkeypatch.setattr(building, "_compile", compile_it)
    return SimpleNamespace(net=net, folder=folder, compiled=compiled)


def reseal(folder, **facts):
    sealed.seal(folder, sealed.read_sealed(folder) | facts)


PROGRAMS = DAMAGES | {
    "not executable": lambda folder: (folder / "main").chmod(0o644),
    "an array flipped": lambda folder: flip(folder / "static_arrays" / "stimulus_values"),
    "an array missing": lambda folder: (folder / "static_arrays" / "stimulus_values").unlink(),
    "of another key": lambda folder: reseal(folder, key="another"),
    "no network": lambda folder: (shutil.rmtree(folder), make(folder)),
}


@pytest.mark.parametrize("damage", PROGRAMS.values(), ids=PROGRAMS)
def test_a_damaged_program_is_compiled_again(copied, damage):
    damage(copied.folder)
    assert not building.is_built(copied.net.structure)
    said = []
    binary = building.build(copied.net.structure, said.append)
    assert copied.compiled == [copied.net.binary.key]
    assert len(said) == 2
    assert "it is made again" in said[0]
    assert "compiling the network (fast, arm none)" in said[1]
    assert building.is_built(copied.net.structure)
    assert building.build(copied.net.structure).arrays == binary.arrays
    assert len(copied.compiled) == 1


GONE = {"gone": shutil.rmtree, "cut": DAMAGES["cut"], "flipped": DAMAGES["flipped"]}
FOREIGN = {
    "of another machine": lambda f: (
        (f / "main").write_bytes(b"\x7fELF" + bytes(100)),
        reseal_as(f),
    ),
    "libraries gone": lambda f: (
        (f / "main").write_text(
            "#!/bin/sh\necho './main: error while loading shared libraries: libz.so' >&2; exit 127"
        ),
        reseal_as(f),
    ),
}


def reseal_as(folder):
    """Seal a folder with the files that it has now."""
    facts = json.loads((folder / "build.json").read_text())
    sealed.seal(folder, facts)


def same_bits(copied, binary, folder):
    """Whether a binary gives what the one of the fixture gives."""
    nets = (copied.net, copied.net._replace(binary=binary, work=str(folder)))
    chunks = [show(net, np.full((K, 200), 1.0), blank(net, 3)) for net in nets]
    theta = np.array_equal(*(chunk.state.theta for chunk in chunks))
    return theta and np.array_equal(*(chunk.spikes["inputs"].times for chunk in chunks))


@pytest.mark.parametrize("damage", GONE.values(), ids=GONE)
def test_a_program_that_goes_in_mid_run_is_compiled_again_with_the_same_bits(
    copied, tmp_path, damage
):
    binary = building.build(copied.net.structure)
    assert same_bits(copied, binary, tmp_path)
    damage(copied.folder)
    if damage is DAMAGES["flipped"]:  # where the system does not start it any more
        flip(copied.folder / "main", 0)
    assert same_bits(copied, binary, tmp_path)
    assert same_bits(copied, binary, tmp_path)
    assert copied.compiled == [binary.key]


@pytest.mark.parametrize("damage", FOREIGN.values(), ids=FOREIGN)
def test_a_whole_program_that_does_not_start_here_is_compiled_again_once(
    copied, tmp_path, monkeypatch, damage
):
    damage(copied.folder)
    assert same_bits(copied, building.build(copied.net.structure), tmp_path)
    assert len(copied.compiled) == 1
    damage(copied.folder)
    binary, again = building.build(copied.net.structure), building.build(copied.net.structure)
    assert same_bits(copied, binary, tmp_path)
    assert same_bits(copied, again, tmp_path)  # what another process has compiled meanwhile
    assert len(copied.compiled) == 2
    damage(copied.folder)
    binary = building.build(copied.net.structure)

    def compile_it(structure, key, folder, say):
        pass  # to no avail

    monkeypatch.setattr(building, "_compile", compile_it)
    monkeypatch.setattr(building, "discard", lambda folder: None)
    with pytest.raises(InputError, match=r"main cannot be started: .*compiled anew"):
        same_bits(copied, binary, tmp_path)


def test_a_program_with_other_bits_does_not_take_its_place(copied, tmp_path, monkeypatch):
    net = copied.net._replace(binary=building.build(copied.net.structure), work=str(tmp_path))
    shutil.rmtree(copied.folder)
    monkeypatch.setattr(building, "cpu_name", lambda: "another")
    with pytest.raises(InputError, match=r"has no build.json, and a network.*has other bits"):
        show(net, np.ones((K, 200)), blank(net, 1))
    assert not copied.compiled


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        (errno.ENOEXEC, process.NotStarted, "main cannot be started: it is no program for this"),
        (errno.EACCES, process.NotStarted, "main cannot be started: the system does not allow it"),
        (errno.EAGAIN, process.ProgramFailed, "no room for another process .*ulimit -u"),
        (errno.E2BIG, process.NotStarted, "main cannot be started: Argument list too long"),
    ],
)
def test_a_program_that_the_system_does_not_start(tmp_path, monkeypatch, number, error, message):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(process, "start_process", fail)
    with pytest.raises(error, match=message):
        process.call(tmp_path, [])


def test_words_for_how_a_process_ended():
    assert words_for(3) == "ended with status 3"
    assert words_for(-signal.SIGILL).endswith("an instruction that this processor does not have")
    assert words_for(-signal.SIGRTMIN) == "was killed by SIGRTMIN"
    assert words_for(-signal.SIGRTMIN - 6) == f"was killed by signal {signal.SIGRTMIN + 6}"
    assert last_words("a\nx.cpp: error: b\nmake: error 2\n", "error") == "x.cpp: error: b"
    assert last_words("a\nb\n\n") == "b"
    assert last_words("") == "no message"


# --- whose fault it is -----


def script(path, text):
    """A program that is a shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def refuse(number):
    def posix_fallocate(*_):
        raise OSError(number, os.strerror(number))

    return posix_fallocate


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "its disk is full: free some space .*cache --prune"),
        (errno.EDQUOT, "your disk quota is used up: free some"),
        (errno.EROFS, "its disk is read-only: set SPIKESAMPLER_CACHE to a folder on another disk"),
        (errno.EFBIG, "larger than a file may be here"),
    ],
)
def test_a_full_disk_is_neither_the_compilers_fault_nor_the_models(
    tmp_path, monkeypatch, number, message
):
    """By what the compiler said, or, as it says it in many ways, by asking the disk."""
    with pytest.raises(InputError, match=f"cannot write the cache {tmp_path}: {message}"):
        making.blame(1, f"as: main.o: {os.strerror(number)}", tmp_path, 1 << 20)
    monkeypatch.setattr(os, "posix_fallocate", refuse(number))
    with pytest.raises(InputError, match=f"cannot write the cache {tmp_path}: {message}"):
        making.blame(1, "as: main.o: something", tmp_path, 1 << 20)


def test_a_disk_that_cannot_reserve_room_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "posix_fallocate", refuse(errno.ENOTSUP))
    cache.check_room(tmp_path, 3 << 20)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("status", "output"),
    [
        (-signal.SIGKILL, ""),
        (1, "g++: fatal error: Killed signal terminated program cc1plus"),
        (1, "cc1plus: out of memory allocating 65536 bytes after a total of 9000000 bytes"),
        (1, "virtual memory exhausted: Cannot allocate memory"),
    ],
)
def test_a_compiler_that_was_killed_lacked_memory(tmp_path, status, output):
    with pytest.raises(RunError, match=r"ran out of memory: .*; repeat it with more"):
        making.blame(status, output, tmp_path, 1 << 20)


def test_a_compiler_that_compiles_nothing_is_to_blame_and_one_that_works_is_not(
    tmp_path, monkeypatch
):
    making.blame(1, "main.cpp: error: no w", tmp_path, 1 << 20)
    for number, (text, message) in enumerate(
        [
            ("echo 'x: error: broken' >&2; exit 1", "program of three lines: x: error: broken"),
            ("exit 0", "does not compile a program of three lines: no message"),
            ('for x; do :; done; echo "#!/bin/sh" > "$x"; chmod +x "$x"', "do not run here: .* ''"),
            ('for x; do :; done; echo junk > "$x"; chmod +x "$x"', "trial' cannot be started"),
        ]
    ):
        broken = f'[ "$1" = --version ] && echo broken 1.0 && exit\n{text}'
        monkeypatch.setenv("CXX", str(script(tmp_path / f"cxx{number}", broken)))
        with pytest.raises(InputError, match=message):
            making.blame(1, "main.cpp: error: no w", tmp_path, 1 << 20)


def test_a_disk_that_lets_no_program_run_says_so_before_anything_is_compiled(
    copied, tmp_path, monkeypatch
):
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=os.ST_NOEXEC))
    message = r"does not allow programs to be run \(noexec\).*SPIKESAMPLER_CACHE.*another disk"
    with pytest.raises(InputError, match=message):
        making.make_program(tmp_path / "cache" / "builds" / "new", {}, tmp_path, print)
    (copied.folder / "main").chmod(0o644)  # as the system says of programs on such a disk
    with pytest.raises(InputError, match=message):
        building.build(copied.net.structure)


def report(**facts):
    return subprocess.CompletedProcess([], 0, f"noise\n{json.dumps(facts)}\n", "Traceback")


@pytest.mark.parametrize(
    ("done", "error", "message"),
    [
        (
            report(failed="model", text="KeyError: nonsense"),
            InputError,
            "this model does not compile: KeyError: nonsense .*key.log.; check the model's equ",
        ),
        (report(failed="brian2", text="ImportError: no sympy"), RunError, "C.*Brian2: ImportE"),
        (
            report(failed="disk", errno=errno.ENOSPC, text="No space"),
            InputError,
            "cannot write the cache .*its disk is full",
        ),
        (report(failed="disk", errno=errno.ENOENT, text="gone"), RunError, "the system: gone"),
        (
            subprocess.CompletedProcess([], -9, "", ""),
            RunError,
            "the process that does it was killed by SIGKILL, perhaps for lack of memory",
        ),
        (subprocess.CompletedProcess([], 1, "[1]", "No module"), RunError, "status 1: No module"),
    ],
)
def test_what_a_compilation_reports_names_what_failed(tmp_path, done, error, message):
    (tmp_path / "work").mkdir()
    with pytest.raises(error, match=message):
        making._report(done, tmp_path / "work", tmp_path / "key.log")


# --- the compiler -----


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}/cxx", ["{}/cxx"]),
        ("{}/my bin/cxx", ["{}/my bin/cxx"]),
        ("'{}/my bin/cxx' -m64", ["{}/my bin/cxx", "-m64"]),
        ("{}/cxx -m64 --sysroot=/x", ["{}/cxx", "-m64", "--sysroot=/x"]),
        ("./cxx ./my\\ bin/cxx -O", ["{}/cxx", "{}/my bin/cxx", "-O"]),
        ("~/cxx", ["{}/cxx"]),
    ],
)
def test_cxx_is_a_command(tmp_path, monkeypatch, text, words):
    for name in ("cxx", "my bin/cxx"):
        script(tmp_path / name, "echo version of the test")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CXX", text.format(tmp_path))
    assert compiler.command() == [word.format(tmp_path) for word in words]
    assert compiler.find_compiler()[1] == "version of the test"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("g++ '-m64", "CXX=g[+][+] '-m64: No closing quotation; set it to a C[+][+] compiler"),
        ("/no/g++ -m64", "no '/no/g[+][+]' on this machine.*install g[+][+] .*or set CXX"),
        ("''", "no '' on this machine"),
        ("{}", "CXX=/.*: '/.*' is a folder, or a file that you may not run, and"),
        ("false", "false' is no C[+][+] compiler that works: asked for its version, it ended"),
    ],
)
def test_a_cxx_that_is_no_command_is_one_line(tmp_path, monkeypatch, text, message):
    monkeypatch.setenv("CXX", text.format(tmp_path))
    with pytest.raises(InputError, match=message):
        compiler.find_compiler()


def test_an_empty_cxx_is_gcc(monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    default = compiler.find_compiler()
    for value in ("", " "):
        monkeypatch.setenv("CXX", value)
        assert compiler.find_compiler() == default


def test_the_key_of_a_program_names_compiler_and_instruction_set(tmp_path, monkeypatch):
    monkeypatch.delenv("SPIKESAMPLER_MARCH", raising=False)
    keys = [building.build_key({"arm": {}})]
    monkeypatch.setenv("CXX", f"{shutil.which('g++')} -m64")
    keys.append(building.build_key({"arm": {}}))
    monkeypatch.setenv("CXX", str(script(tmp_path / "cxx", "echo 1.0")))
    keys.append(building.build_key({"arm": {}}))
    monkeypatch.delenv("CXX")
    monkeypatch.setenv("SPIKESAMPLER_MARCH", "x86-64-v3")
    monkeypatch.setattr(compiler, "_check_instruction_set", lambda *_: None)  # on any machine
    keys.append(building.build_key({"arm": {}}))
    assert len(set(keys)) == 4
    monkeypatch.setattr(building, "cpu_name", lambda: "another")
    assert building.build_key({"arm": {}}) == keys[-1]
    for value in ("", "native"):
        monkeypatch.setenv("SPIKESAMPLER_MARCH", value)
        assert building.build_key({"arm": {}}) not in keys  # of this machine, which is another now
    assert "-march=native" in compiler.flags()


@pytest.mark.parametrize("name", ["x86-64-v99", "-O0", "a b", "ß", "native;rm", "'"])
def test_an_unknown_instruction_set_is_one_line(monkeypatch, name):
    monkeypatch.setenv("SPIKESAMPLER_MARCH", name)
    with pytest.raises(InputError, match=r"SPIKESAMPLER_MARCH=.*: expected the name of an instruc"):
        compiler.flags()


def test_an_instruction_set_that_is_not_utf8_is_shown_by_its_bytes(monkeypatch):
    monkeypatch.setenv("SPIKESAMPLER_MARCH", os.fsdecode(b"v3\xff"))
    with pytest.raises(InputError, match=r"SPIKESAMPLER_MARCH='v3\\xff': expected"):
        compiler.flags()


HOSTILE = {
    "MAKEFLAGS": "-n -e",
    "MAKE": "false",
    "CXXFLAGS": "-nonsense",
    "CFLAGS": "-nonsense",
    "CPPFLAGS": "-Dint=nonsense",
    "LDFLAGS": "-Wl,--nonsense",
    "LC_ALL": "",
    "MPLBACKEND": "nonsense",
    "PYTHONWARNINGS": "error",
    "TMPDIR": "/no/such/folder",
}


def test_a_real_build_is_not_led_astray_by_its_surroundings(network, tmp_path, monkeypatch):
    """Variables of a build system around it, a damaged folder, Brian2's preferences: same bits."""
    net = network("plain")
    own, kept = tmp_path / "my cache", net.binary.folder.parents[1]
    own.mkdir()
    (own / "headers").symlink_to(kept / "headers")
    shutil.copytree(net.binary.folder, own / "builds" / net.binary.key)
    DAMAGES["cut"](own / "builds" / net.binary.key)
    (tmp_path / ".brian").mkdir()
    (tmp_path / ".brian" / "user_preferences").write_text("core.default_float_dtype = float32\n")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for name, value in HOSTILE.items() | {"HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(own))
    said = []
    binary = building.build(net.structure, said.append)
    assert said[0].endswith(": it is made again")
    theta = np.full((K, 200), 1.0)
    chunks = [show(net._replace(binary=one), theta, blank(net, 3)) for one in (binary, net.binary)]
    np.testing.assert_array_equal(*(chunk.state.theta for chunk in chunks))
    np.testing.assert_array_equal(*(chunk.spikes["outputs"].times for chunk in chunks))
    assert {path.name for path in binary.folder.iterdir()} == {
        *("main", "build.json", "sources.zip", "static_arrays")
    }
    assert sum(path.stat().st_size for path in binary.folder.rglob("*.zip")) < 300_000
    assert not list(here.iterdir())
    assert [path.name for path in (own / "builds").iterdir()] == [net.binary.key]


@pytest.mark.slow
@pytest.mark.parametrize("text", ["ccache g++ -m64", "clang++"])
def test_other_compilers_and_wrappers_compile(network, tmp_path, monkeypatch, text):
    if shutil.which(text.split()[0]) is None:
        pytest.skip(f"no {text.split()[0]} here")
    monkeypatch.setenv("CXX", text)
    monkeypatch.setenv("CCACHE_DIR", str(tmp_path / "ccache"))
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path / "cache"))
    structure = network("plain").structure
    assert building.build(structure).key == building.build_key(structure)


@pytest.mark.slow
def test_a_cache_on_a_disk_that_is_full_or_lets_no_program_run(network, tmp_path, monkeypatch):
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    for options, message in (("size=20m", "its disk is full"), ("noexec", "allow programs to be")):
        mount = ["mount", "-t", "tmpfs", "-o", options, "none", str(tmp_path / "cache")]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("no right to mount disks")
        try:
            with pytest.raises(InputError, match=message):
                building.build(network("plain").structure)
        finally:
            subprocess.run(["umount", str(tmp_path / "cache")], check=True)


# --- listing and pruning -----


@pytest.fixture
def filled(copied, tmp_path):
    """A cache of three networks, the second damaged, the third unused for 40 days; and litter."""
    builds = copied.folder.parent
    others = [builds / (digit * 24) for digit in "ab"]
    for folder in others:
        shutil.copytree(copied.folder, folder)
        reseal(folder, key=folder.name)
    DAMAGES["cut"](others[0])
    for path in others[1].rglob("*"):
        os.utime(path, (time.time() - 40 * 86_400,) * 2)
    os.utime(others[1], (time.time() - 40 * 86_400,) * 2)
    (builds / f"{'c' * 24}.lock").touch()
    (builds / f"{'c' * 24}.log").write_text("a log")
    (builds / f"building-{'d' * 24}-x1y2" / "new").mkdir(parents=True)
    (builds / "mine").mkdir()  # of somebody who has other things in this folder
    (tmp_path / "cache" / "notes.txt").write_text("mine")
    return builds


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_cache_lists_what_is_kept(copied, filled):
    done = command("cache")
    assert done.status == 0
    assert len(done.out) == 7
    line = next(line for line in done.out if line.startswith(copied.net.binary.key))
    assert "fast, arm none, 200 inputs, 5 outputs, supervised, rates, dt 1 ms" in line
    assert "used today" in line
    assert "is damaged: main has 3 of" in next(line for line in done.out if line[0] == "a")
    assert "used 40 days ago" in next(line for line in done.out if line.startswith("bbb"))
    assert done.out[-1].startswith(f"{filled.parent}: 3 networks, 3 litter, ")
    listed = command("cache", "--json")
    assert [entry["kind"] for entry in listed.json["entries"]] == ["network"] * 3 + ["litter"] * 3
    whole = [e for e in listed.json["entries"] if e["kind"] == "network" and not e["damage"]]
    assert {entry["machine"]["cpu"] for entry in whole} == {building.cpu_name()}
    assert (filled / "mine").is_dir()


def test_prune_removes_what_nobody_needs(copied, filled):
    done = command("cache", "--prune")
    assert (done.status, len(done.out)) == (0, 1)
    assert done.out[0].startswith("removed 2 networks, 3 litter, ")
    assert names(filled) == sorted([copied.net.binary.key, "mine"])
    assert command("cache", "--prune").out == ["removed nothing, 0.0 MB"]
    binary = building.build(copied.net.structure)  # in use from now on
    done = command("cache", "--prune", "--all", "--json")
    assert (done.json["removed"], len(done.json["used"])) == ([], 1)
    assert names(filled) == sorted([copied.net.binary.key, "mine"])
    del binary
    assert command("cache", "--prune", "--older-than", "1").out == ["removed nothing, 0.0 MB"]
    assert "removed 1 network, " in command("cache", "--prune", "--older-than", "0").out[0]
    assert names(filled) == ["mine"]
    assert (filled.parent / "notes.txt").read_text() == "mine"
    assert not copied.compiled


def test_a_folder_that_is_being_made_is_not_pruned(copied, filled):
    with sealed.locked(filled / ("d" * 24)):
        used = cached.prune(lambda entry: entry.kind != cached.LITTER)[1]
        assert {entry.path.name for entry in used} == {
            f"building-{'d' * 24}-x1y2",
            f"{'d' * 24}.lock",
        }


LEFT = {
    "builds": "building-0123456789",
    "headers": "eeeeeeeeeeeeeeeeeeeeeeee",
    "spikes": f"{'a' * 64}-inputs",
    ".": "doctor",
}


@pytest.mark.parametrize("place", LEFT)
def test_prune_removes_what_dead_processes_began_and_nothing_of_living_ones(
    tmp_path, monkeypatch, place
):
    """Temporary folders of whoever writes the cache: of the viewer, of doctor, of a removal."""
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path))
    (tmp_path / place).mkdir(exist_ok=True)
    living = temporary_beside(tmp_path / place / LEFT[place])
    (living / "new").mkdir(parents=True)
    dead = living.with_name(living.name.replace(f"-{os.getpid():x}-", "-3ffffffe-"))
    (dead / "new").mkdir(parents=True)
    (dead / "new" / "level0.npy").write_bytes(bytes(2_000_000))
    assert command("cache").out[-1] == f"{tmp_path}: 2 litter, 2.0 MB"
    done = command("cache", "--prune")
    assert done.out == ["removed 1 litter, 2.0 MB; in use and kept: 1 litter, 0.0 MB"]
    assert names(tmp_path / place) == [living.name]


def test_networks_for_other_machines_say_for_which(copied):
    flags = [*cached.entries()[0].machine["flags"][:-1], "-march=x86-64-v3"]
    assert command("cache").out[0].endswith("samples of 40 ms")
    reseal(copied.folder, machine={"flags": flags, "cpu": "any"})
    assert command("cache").out[0].endswith("samples of 40 ms, for x86-64-v3")


def test_the_program_of_another_network_is_damaged(copied, filled):
    """Whole, but not what its folder's name says."""
    other = filled / ("e" * 24)
    shutil.copytree(copied.folder, other)
    (line,) = [line for line in command("cache").out if line.startswith("eee")]
    assert line.endswith("is damaged: it is the program of another network")
    command("cache", "--prune")
    assert not other.exists()


def test_a_file_in_the_place_of_the_headers_is_said_to_be_in_the_way(tmp_path, monkeypatch):
    (tmp_path / "headers").symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match=r"the cache .*/headers: a file .*remove what is there"):
        making.kept_header(tmp_path / "headers" / "key", print)


def test_a_binary_that_is_made_anew_lets_go_of_what_it_had(copied):
    """One handle of its folder, that of what it is now."""
    binary = building.build(copied.net.structure)
    before = len(os.listdir("/proc/self/fd"))
    assert binary.heal(anew=True)
    assert len(os.listdir("/proc/self/fd")) == before
    assert not sealed.remove(copied.folder)
    del binary
    assert sealed.remove(copied.folder)


def test_using_a_network_is_noted_and_held_also_where_it_was_sent_to(copied):
    os.utime(copied.folder / "build.json", (0, 0))
    binary = building.build(copied.net.structure)
    assert (copied.folder / "build.json").stat().st_mtime > time.time() - 60
    import pickle

    sent = pickle.loads(pickle.dumps(binary))
    del binary
    assert (sent.folder, sent.key, sent.arrays) == (copied.folder, copied.folder.name, sent.arrays)
    assert not sealed.remove(copied.folder)
    del sent
    assert sealed.remove(copied.folder)
    assert not copied.folder.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--all"], "--older-than and --all say what --prune removes: give --prune, too"),
        (["--older-than", "3"], "--older-than and --all say what --prune removes"),
        (["--prune", "--all", "--older-than", "3"], "--older-than together with --all"),
        (["--prune", "--older-than", "nan"], "--older-than nan: expected a number of days"),
        (["--prune", "--older-than=-1"], "--older-than -1.0: expected a number of days"),
    ],
)
def test_options_of_cache_that_do_not_fit(copied, options, message):
    done = command("cache", *options)
    assert (done.status, len(done.err)) == (2, 1)
    assert message in done.err[0]
    assert copied.folder.exists()


def test_an_empty_cache_and_none_are_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path / "none"))
    assert command("cache").out == [f"{tmp_path / 'none'}: nothing, 0.0 MB"]
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path / "file"))
    done = command("cache")
    assert (done.status, len(done.err)) == (2, 1)
    assert "cannot be read (Not a directory)" in done.err[0]
