"""Shared by all tests: figures are drawn without a screen, numpy computes in one thread, nobody
waits for the disk; small compiled networks by name, each built once.
"""

import os
import signal

import pytest

from spikesampler.environment import variable

os.environ.setdefault("MPLBACKEND", "Agg")
# processes of tests share the cores: threads of BLAS would wait for each other, spinning
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # where tests run in a shell's background, it is ignored


#: the files that take longest: they begin first, so that all processes end at about the same time
LONG = (
    "test_view_browser.py",
    "test_house.py",
    "test_going_on.py",
    "test_kappel_script.py",
    "test_engine_exact.py",
    "test_sweep.py",
    "test_compare.py",
    "test_engine_laws.py",
    "test_report.py",
    "test_run.py",
    "test_landscape_command.py",
    "test_training.py",
    "test_export.py",
)


def pytest_make_parametrize_id(val, argname):
    """Bytes are numbered and not spelt in a test's name: what packs them may write the time of day
    into them, and every process of pytest-xdist has to collect the same names.
    """
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items):
    order = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """The folder of compiled networks of this session; SPIKESAMPLER_CACHE names one to keep for the
    next.
    """
    base = tmp_path_factory.getbasetemp()
    base = (
        base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    )  # processes of one session share their builds
    if variable("SPIKESAMPLER_CACHE") is None:
        os.environ["SPIKESAMPLER_CACHE"] = str(base / "cache")
    return os.environ["SPIKESAMPLER_CACHE"]


@pytest.fixture(scope="session", autouse=True)
def unsynced():
    """Nothing here waits for the disk, as no test cuts the power: a run of 200 samples would wait
    172 times. test_syncing.py looks at the calls.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """network(name): the Net of that name in tests/engine.py, compiled at its first use or taken
    from the cache.
    """
    from engine import make_net

    work, nets = tmp_path_factory.mktemp("engine"), {}

    def get(name):
        if name not in nets:
            nets[name] = make_net(name, work)
        return nets[name]

    return get


@pytest.fixture(scope="session")
def finished(cache, tmp_path_factory):
    """Folder of a finished run of the settings in tests/runs.py, every spike recorded; copy it to
    change it.
    """
    from runs import SETTINGS

    from spikesampler import run

    folder = tmp_path_factory.mktemp("runs") / "finished"
    return run(**SETTINGS, out=folder, progress=lambda done, total, text: None).path


@pytest.fixture
def undrawn():
    """For tests of all that a command leaves but its pictures: see tests/runs.py."""
    from runs import undrawn

    with undrawn():
        yield


@pytest.fixture
def in_this_process():
    """For tests of what comparisons and sweeps make, not of where: see tests/runs.py."""
    from runs import in_this_process

    with in_this_process():
        yield


@pytest.fixture
def double():
    """Float64 in jax, for the tests that ask for it."""
    import jax

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)
