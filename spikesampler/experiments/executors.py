"""Where points run: in processes of this machine, or on the workers of a Dask scheduler.

Scheduling, retries and the dashboard are Dask's. A worker builds the networks that it needs, once, for the processor
that it runs on: the key of a build names the processor, so that no machine runs the program of another.
"""

import json
import os
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.experiments.processes import Processes
from spikesampler.experiments.settings import whole_number

ANSWER = 8  #: seconds in which a scheduler must answer
ALIKE = ("spikesampler", "brian2", "numpy")  #: packages whose versions decide the bits of a run


def check_workers(workers, dask):
    """The number of local processes, 0 with a Dask scheduler; refuses both at once."""
    if dask is not None and workers is not None:
        raise InputError(f"workers={workers} with dask={dask}: a Dask scheduler has its own workers; leave one out")
    return 0 if dask is not None else whole_number("workers", (os.cpu_count() or 1) if workers is None else workers)


@contextmanager
def open_executor(workers=None, dask=None, retries=0):
    """An executor of `workers` processes, or of the scheduler at `dask`, and the retries that are left to its user."""
    if dask is None:
        with Processes(check_workers(workers, dask)) as executor:
            yield executor, retries
    else:
        with _client(str(dask)) as client:
            executor = client.get_executor(pure=False, retries=retries)
            try:
                yield executor, 0
            finally:
                executor.shutdown(wait=False)


def _client(address):
    """A Client of the scheduler at an address (tcp://HOST:PORT) or of a scheduler file, its workers checked."""
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            f"--dask needs dask.distributed ({error}); install it with: pip install 'spikesampler[dask]'"
        ) from None
    where = address if "://" in address else _address_in(address)
    try:
        client = Client(where, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError, KeyError, TypeError) as error:  # TimeoutError is an OSError
        told = str(error).splitlines()[0] if str(error) else "no answer"
        raise InputError(
            f"no Dask scheduler answers at {address} within {ANSWER} s ({told[:200]}); start one with `dask scheduler` "
            "and check the address"
        ) from None
    try:
        _check_versions(client)
    except BaseException:
        client.close()
        raise
    return client


def _address_in(path):
    """The address that a scheduler file holds."""
    try:
        return str(json.loads(Path(path).read_text())["address"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f"'{path}' is no Dask scheduler file; give an address such as tcp://127.0.0.1:8786, or the file of "
            "`dask scheduler --scheduler-file FILE`"
        ) from None


def versions():
    """{package: version} of what decides the bits of a run."""
    found = {}
    for name in ALIKE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _check_versions(client):
    """Refuse workers that lack spikesampler or have other versions than this process."""
    here = versions()
    for worker, there in client.run(versions, on_error="return").items():
        if isinstance(there, BaseException):
            raise InputError(
                f"the Dask worker {worker} cannot import spikesampler ({there}); install the same version there"
            )
        if differing := [name for name in ALIKE if there[name] != here[name]]:
            name = differing[0]
            raise InputError(
                f"the Dask worker {worker} has {name} {there[name]}, this process {here[name]}; install the same"
            )
