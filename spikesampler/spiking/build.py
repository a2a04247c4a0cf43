"""Compiled networks: each is compiled once, kept in the cache, and run by any number of processes.

A binary's key holds its structure, the engine's source, flags, compiler, the system's library of
functions, versions, and the processor unless SPIKESAMPLER_MARCH names an instruction set.
Compilation (`spiking.compilation`) happens in a process of its own, so that a caller's Brian2
device is left alone and nobody else has to import Brian2.
"""

import hashlib
import json
import os
import platform
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError
from spikesampler.language import blocks, expressions, linear, release, sum_texts
from spikesampler.spiking import compiler
from spikesampler.spiking.answers import Riding, riding_of
from spikesampler.spiking.cache import allows_programs, cache_folder
from spikesampler.spiking.making import HEADERS, make_program
from spikesampler.spiking.plan import flows_of, plans_of
from spikesampler.spiking.process import PROGRAM
from spikesampler.spiking.sealed import Unsealed, discard, hold, kept, locked, read_sealed
from spikesampler.spiking.state import Variables, variables
from spikesampler.spiking.stepping import Mixture, all_mixtures
from spikesampler.spiking.structure import pathway_structures
from spikesampler.store.origin import cpu_name

#: the modules beside this one whose text decides what a structure's program is
ENGINE = (
    *("answers", "compilation", "input_spikes", "inputs", "loops", "names", "network"),
    *("noise_step", "outputs", "pair_text", "pairs", "parts", "plan", "reference"),
    *("reference_resets", "reference_text", "reference_words", "relays", "rule_plan"),
    *("soundness", "state", "statements", "stepping", "structure"),
    *("sum_terms", "sums", "synapses", "trajectories"),
)
LANGUAGE = blocks, expressions, linear, release, sum_texts  #: as these do


def build_key(structure: dict[str, Any]) -> str:
    """SHA-256 over structure, engine source, and all that `machine` says; 24 hex digits.

    What the noise arm is called decides nothing.
    """
    arm = {name: text for name, text in structure["arm"].items() if name != "name"}
    return _digest([structure | {"arm": arm}, *_engine(), machine(), platform.python_version()])


def machine() -> dict[str, Any]:
    """What decides, beside its source, what a program is, and which machines can run it."""
    native = compiler.instruction_set() == compiler.NATIVE
    return {
        "compiler": compiler.find_compiler(),
        "flags": compiler.flags(),
        "libc": " ".join(platform.libc_ver()),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": cpu_name() if native else "any",
    }


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


@cache
def _engine() -> tuple[list[str], dict[str, str]]:
    """The engine's source, and the versions of what makes C++ of it."""
    here = Path(__file__).parent
    files = [
        *(here / f"{name}.py" for name in ENGINE),
        *(Path(str(module.__file__)) for module in LANGUAGE),
        *sorted((here / "templates").glob("*.[ch]*")),
    ]
    versions = {name: version(name) for name in ("brian2", "jinja2", "numpy", "sympy")}
    return [path.read_text() for path in files], versions


def programs_folder() -> Path:
    """Where binaries are kept."""
    return cache_folder() / "builds"


def folder_of(key: str) -> Path:
    """Where the binary of this key is, or will be."""
    return programs_folder() / key


def is_built(structure: dict[str, Any]) -> bool:
    """Whether the binary of a structure is in the cache, and whole."""
    try:
        read_program(folder_of(build_key(structure)))
    except Unsealed:
        return False
    return True


def read_program(folder: Path) -> dict[str, Any]:
    """The facts of a compiled network in the cache, every file of it checked.

    Raises Unsealed where it is not as it was made, InputError where its disk lets no program run.
    """
    facts = read_sealed(folder)
    if not {"key", "structure", "arrays", "shown", "built", "machine"} <= facts.keys():
        raise Unsealed(folder, "is damaged: it holds no compiled network")
    if facts["key"] != folder.name:
        raise Unsealed(folder, "is damaged: it is the program of another network")
    if not os.access(folder / PROGRAM, os.X_OK):
        allows_programs(folder)
        raise Unsealed(folder, f"is damaged: {PROGRAM} is not executable")
    return facts


class Binary:
    """A compiled network: its folder and structure, and what its program reads and writes.

    arrays : dtypes of the arrays of its results by name, in their order. shown : which of stimulus,
    labels and temperature_at the model uses. theta_transposed : whether inputs are the source of
    the synapses, so that theta is stored as (I, K). As long as it lives, nobody prunes its folder.
    Raises Unsealed, a DamagedError, unless every file in the folder is as it was made.
    """

    def __init__(
        self, folder: Path | str, say: Callable[[str], object] = lambda text: None
    ) -> None:
        self.folder, self._say = Path(folder), say
        self._let_go: Callable[[], object] = lambda: None
        self._open()

    def _open(self) -> None:
        """Hold the folder, and read it, now or anew."""
        handle = hold(self.folder)
        self._let_go()
        if handle is not None:
            self._let_go = weakref.finalize(self, os.close, handle)
        facts = read_program(self.folder)
        self.structure: dict[str, Any] = facts["structure"]
        self.arrays: dict[str, str] = facts["arrays"]
        self.key: str = facts["key"]
        self._checksum: str = facts["checksum"]
        self.shown = set(facts["shown"])
        self.theta_transposed = self.structure["engine"] == "reference"

    def __reduce__(self) -> tuple[Any, ...]:
        return Binary, (self.folder,)

    @cached_property
    def variables(self) -> dict[str, Variables]:
        """Names of its state by pathway, read from its text once: chunks are many."""
        return {name: variables(own) for name, own in pathway_structures(self.structure).items()}

    @cached_property
    def mixtures(self) -> dict[str, list[tuple[Mixture, list[str]]]]:
        """By pathway, variables that mix in a step, and the program's names of their numbers."""
        return {
            name: [
                (mixture, [flows_of(plan)[flow] for flow in mixture.flow_names()])
                for mixture in all_mixtures(plan.rule, plan.structure["units"])
            ]
            for name, plan in plans_of(self.structure).items()
        }

    @cached_property
    def riding(self) -> Riding | None:
        """How networks with other theta ride along; None where they cannot."""
        return riding_of(self.structure)

    def stored_name(self, name: str) -> str:
        """The program's name for a variable: a trace is stored divided by its frame, if any."""
        stored = name.replace(".", ".stored_")
        return stored if stored in self.arrays else name

    def heal(self, anew: bool) -> bool:
        """Compile it again where its folder is damaged or gone, or in any case if `anew`.

        Whether it was, here or by another process. Raises InputError where what is compiled here
        and now has other bits.
        """
        try:
            is_same = read_program(self.folder)["checksum"] == self._checksum
            why = f"{self.folder} does not start"
        except Unsealed as damage:
            is_same, why = False, str(damage)
        if is_same and not anew:
            return False
        if folder_of(build_key(self.structure)) != self.folder:
            raise InputError(
                f"{why}, and a network that is compiled now has other bits (its compiler, processor"
                " or a version has changed): start anew in another folder"
            )
        if is_same:
            with locked(self.folder, lambda: None):
                discard(self.folder)
        self.folder = build(self.structure, self._say).folder
        self._open()
        return True


def build(
    structure: dict[str, Any], announce: Callable[[str], object] = lambda text: None
) -> Binary:
    """The Binary of a structure: from the cache, or compiled now, never twice at the same time.

    One that is damaged is compiled again. Raises InputError where there is no compiler, where the
    cache cannot be written, or where the model's equations do not compile.
    """
    key = build_key(structure)
    folder = folder_of(key)

    def compile_it() -> None:
        announce(
            f"compiling the network ({structure['engine']}, arm {structure['arm']['name']}); it is"
            f" kept in {folder.parent}"
        )
        _compile(structure, key, folder, announce)

    return kept(folder, compile_it, lambda folder: Binary(folder, announce), announce)


def _compile(
    structure: dict[str, Any], key: str, folder: Path, say: Callable[[str], object]
) -> None:
    """Compile a network, and put it where the cache has it."""
    facts = {
        "key": key,
        "structure": structure,
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
    }
    header = _digest([machine(), *(path.read_text() for path in HEADERS)])
    make_program(folder, facts, cache_folder() / "headers" / header, say)
