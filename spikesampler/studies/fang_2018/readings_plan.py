"""Which readings of Fang, Yu & Chen (2018) are run, with which settings, and how.

The paper leaves open how its teacher enters, what a weak synapse transmits, how large a step of
learning is, where learning starts. A reading is the model with one of these changed, and then a few
with two. What is more than a number lies as text in `reading_texts/`: lines in the language of
model files that follow those of models/fang_2018.py. Readings, seeds and settings were fixed before
any of them ran; those with two changes are pairs of what an independent program had found near the
paper (output spikes that the label gates, b = 4e-5 /s, jump, N = 1).
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spikesampler.experiments.compare import compare
from spikesampler.language.model import MODELS
from spikesampler.store.atomic import atomic_write_bytes
from spikesampler.store.folders import make_folder
from spikesampler.studies.study import Part, Work

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ARMS", "DEFAULT", "PART", "READINGS", "STARTS", "Reading", "gather", "text_of"]

ARMS, STARTS = ("none", "weight"), ("prior", "plateau")
TEXTS = Path(__file__).parent / "reading_texts"
DEFAULT = "label events"  #: the model as it is
SAMPLES = 43_200  #: the paper's, 8640 s
#: of a reading that is run for a shorter time: 3500 s, enough to tell twice 1700 s
SHORT_SAMPLES = 17_500
CURVES = ("probe_accuracy", "online_accuracy")
SCORES = ("test_accuracy", "bayes_accuracy", "averaged_accuracy")


class Reading(NamedTuple):
    """A name, what it says in a few words, its text in `reading_texts/`, and its parameters."""

    name: str
    words: str
    text: str = ""
    set: tuple[tuple[str, str], ...] = ()

    @property
    def folder(self) -> str:
        """Name of the folder of its runs."""
        return self.name.replace(" = ", "=").replace(", ", "-").replace(" ", "_")


def _of(name: str, words: str, text: str = "", **chosen: str) -> Reading:
    return Reading(name, words, text, tuple(chosen.items()))


GATED = "an output learns at its own spikes alone, up if it is the label's, else down"
READINGS = (
    _of(DEFAULT, "the teacher's events strengthen the label, output spikes weaken who fired"),
    _of(
        "clamped", "while it learns only the label's output spikes, and is strengthened", "clamped"
    ),
    _of("label spared", "an output spike of the label's neuron weakens nothing", "spared"),
    _of("every step", "the label is strengthened in every step of 1 ms", "every_step"),
    _of("gated", GATED, "gated"),
    _of(
        "together",
        "an output spike weakens who fired and, a step or two later, strengthens the label",
        "together",
    ),
    _of("plain sum", "u is the sum of the inputs, without the term alpha e^w", "plain_sum"),
    _of("bias", "every output has a bias, which learns, too", "bias"),
    _of("clip", "a synapse transmits max(0, w - exp(-theta_0))", retraction="clip"),
    _of("jump", "a synapse transmits and learns nothing below theta = 0", retraction="jump"),
    _of("b = 1e-5", "learning rate b = 1e-5 /s, a tenth", b="1e-5"),
    _of("b = 4e-5", "learning rate b = 4e-5 /s", b="4e-5"),
    _of("b = 3e-4", "learning rate b = 3e-4 /s", b="3e-4"),
    _of("b = 1e-3", "learning rate b = 1e-3 /s, ten times as large", b="1e-3"),
    _of("N = 10", "each sample counts ten times", N="10"),
    _of("N = 1", "each sample counts once", N="1"),
    _of("gated, b = 4e-5", "gated, with learning rate b = 4e-5 /s", "gated", b="4e-5"),
    _of("gated, N = 1", "gated, and each sample counts once", "gated", N="1"),
    _of("gated, jump", "gated, and with jump", "gated", retraction="jump"),
    _of("jump, b = 4e-5", "jump, with learning rate b = 4e-5 /s", retraction="jump", b="4e-5"),
    _of("jump, N = 1", "jump, and each sample counts once", retraction="jump", N="1"),
)
#: run for the paper's 8640 s: the model, and what learns slowly or lay near the paper; the others
#: for 3500 s, so that the whole takes three hours of a core at most
SLOW = ("b = 1e-5", "b = 4e-5", "N = 10", "N = 1", "jump, b = 4e-5")
FULL_LENGTH = (DEFAULT, "gated", "jump", *SLOW)


def text_of(reading: Reading) -> str:
    """What the reading adds to the text of models/fang_2018.py; "" where it is numbers alone."""
    return (TEXTS / f"{reading.text}.txt").read_text() if reading.text else ""


def model_of(reading: Reading, folder: Path) -> str:
    """What `compare` takes as the model: its name, or a file, which is written into the folder."""
    if not reading.text:
        return "fang_2018"
    make_folder(folder)
    path = folder / f"{reading.text}.py"
    base = (MODELS / "fang_2018.py").read_text()
    atomic_write_bytes(path, f"{base}\n# the reading: {reading.text}\n{text_of(reading)}".encode())
    return os.fspath(path)


def run_reading(work: Work, reading: Reading, seeds: int, **settings: Any) -> "xr.Dataset":
    """Run what is missing of a reading; its curves and scores over (arm, start, seed)."""
    chosen = dict(settings.pop("set", {})) | dict(reading.set)
    comparison = compare(
        model_of(reading, work.runs / "models"),
        arms=ARMS,
        start=STARTS,
        seeds=work.count(seeds),
        first_seed=work.seed,
        record="none",
        set=chosen or None,
        workers=work.workers,
        out=work.runs / reading.folder,
        resume=True,
        **settings,
    )
    return only_needed(comparison.dataset)


def only_needed(dataset: "xr.Dataset") -> "xr.Dataset":
    """Curves as float32 and scores of a comparison's dataset, and where they are from."""
    kept = dataset[[name for name in (*CURVES, *SCORES, "probe_time") if name in dataset]]
    return kept.assign({name: kept[name].astype("f4") for name in CURVES})


def gather(
    work: Work,
    readings: Iterable[str],
    seeds: int,
    horizons: Mapping[str, float],
    short: Iterable[str] = (),
    **settings: Any,
) -> "xr.Dataset":
    """All readings as one dataset over (reading, arm, start, seed, sample_block).

    horizons : {"1700": 400}: times (s) that are judged, and the seconds before each of which what
    fluctuates is averaged. short : readings with `SHORT_SAMPLES` alone. settings : of `compare`.
    """
    import xarray as xr

    chosen = [reading for reading in READINGS if reading.name in set(readings)]
    sizes = [
        min(SHORT_SAMPLES, settings["samples"])
        if reading.name in set(short)
        else settings["samples"]
        for reading in chosen
    ]
    tell, datasets = _forecast(work.jobs("fang_2018_readings", "")["say"], sizes), []
    for reading, samples in zip(chosen, sizes):
        tell(f"{reading.name}: {reading.words}")
        datasets.append(run_reading(work, reading, seeds, **(settings | {"samples": samples})))
    names = xr.Variable("reading", [reading.name for reading in chosen])
    joined = xr.concat(datasets, dim=names, join="outer", combine_attrs="drop_conflicts")
    times = xr.concat([one["probe_time"] for one in datasets], "x", join="outer").max("x")
    joined = joined.drop_vars("probe_time").assign_coords(
        probe_time=("sample_block", times.values, {"units": "s"})
    )
    joined["text"] = "reading", [text_of(reading) for reading in chosen]
    joined["chosen"] = (
        "reading",
        [", ".join(f"{name} = {value}" for name, value in reading.set) for reading in chosen],
    )
    first = datasets[0].attrs
    kept = ("commit", "cpu", "compiler", "versions", "probe_samples", "test_samples", "chance")
    about = {"horizons": list(map(float, horizons)), "windows": list(horizons.values())}
    joined.attrs = {name: first[name] for name in kept} | about
    return joined


def _forecast(say: Callable[[str], None], sizes: list[int]) -> Callable[[str], None]:
    """A function that says which reading begins, and how long those left take at the pace so far.

    sizes : samples of each. What was there already takes next to no time, so the pace is that of
    the readings that took more than ten seconds.
    """
    began: list[float] = []

    def tell(text: str) -> None:
        began.append(time.monotonic())
        number = len(began)
        seconds = np.diff(began)
        slow = seconds > 10
        pace = seconds[slow].sum() / max(np.array(sizes[: number - 1])[slow].sum(), 1)
        left = f"; about {pace * sum(sizes[number - 1 :]) / 60:.0f} min left" if slow.any() else ""
        say(f"reading {number} of {len(sizes)}, {text}{left}")

    return tell


_QUICK = {"samples": 100, "probe_every": 10, "test_samples": 20, "probe_samples": 20}
PART = Part(
    gather,
    {
        "readings": [reading.name for reading in READINGS],
        "short": [each.name for each in READINGS if each.name not in FULL_LENGTH],
        "seeds": 10,
        "horizons": {"1700": 400.0, "8640": 2000.0},
        "samples": SAMPLES,
        "probe_every": 500,
    },
    {
        "readings": [DEFAULT, "gated"],
        "seeds": 2,
        "horizons": {"8": 4.0, "20": 8.0},
        "set": {"I": 60, "K": 3, "D": 2},
        **_QUICK,
    },
    resumes=True,
    minutes=160,
)
