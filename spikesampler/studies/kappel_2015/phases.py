"""The runs: a circuit learns, its clusters change or do not, and what a new circuit makes of them.

A network learns for half of the samples (`learn`). For the other half it goes on, or another one
begins:

swap  the clusters are replaced by those of another seed; the inputs keep their tuning curves
stay  the same clusters again: what the passage from half to half does by itself
anew  the new clusters, for a network that starts from the prior: what there is to be learnt,
      without a past

`swap` and `anew` also for a twelfth of that time, with probes close together.

Our choices: another layout of the clusters as the change (the paper's own experiments change the
number of clusters, or perturb the network); ten outputs for ten clusters, and excitability that
aims at equal shares, as in the model's file. The second half starts with the weights of the first
and everything else at rest: excitability is 0 again, which `stay` shares. A seed has one sequence
of classes and of deviations from the centre, so the second half repeats that of the first, `stay`
with the very same stimuli (not the same spikes), `swap` and `anew` around new centres.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.experiments.points import run_in_processes
from spikesampler.experiments.settings import Settings, resolve
from spikesampler.jobs.progress import Progress
from spikesampler.store.manifest import LEARNING

FIRST, AFTER = ("learn", "anew", "anew_early"), ("stay", "swap", "swap_early")
PHASES = FIRST + AFTER  #: those of AFTER start from the weights of `learn`
TEMPERATURES = (0, 1)
NEW = 1000  #: seed of the new clusters less that of the run
EARLY = 12  #: a close look takes this part of the time
MOMENT = 100  #: samples in which responses are shown


def run_folder(runs: Path, phase: str, temperature: int, seed: int) -> Path:
    """The folder of a run below that of all runs."""
    return runs / f"T{temperature}-{phase}-seed{seed}"


def phase_sizes(phase: str, samples: int, probes: int) -> tuple[int, int]:
    """Learning samples of a phase, and samples between its probes; InputError for too few."""
    every = samples // 2 // probes
    if every < EARLY or every * probes < MOMENT:
        least = 2 * probes * max(EARLY, -(-MOMENT // probes))
        raise InputError(f"samples={samples}: expected at least {least}; give --samples {least}")
    every //= EARLY if phase.endswith("_early") else 1
    return every * probes, every


def phase_settings(
    runs: Path,
    phase: str,
    temperature: int,
    seed: int,
    samples: int = 43_200,
    probes: int = 40,
    probe_samples: int = 300,
    parameters: Mapping[str, float] | None = None,
) -> Settings:
    """Settings of one run; those of AFTER ask for the finished run that they start from."""
    kind, (length, every) = phase.split("_")[0], phase_sizes(phase, samples, probes)
    return resolve(
        "kappel_2015",
        noise=f"constant:noise_scale={temperature}:replicate={int(kind != 'learn')}",
        start=run_folder(runs, "learn", temperature, seed) if phase in AFTER else "prior",
        data=f"clusters:{seed if kind in ('learn', 'stay') else seed + NEW}",
        samples=length,
        probe_every=every,
        probe_samples=probe_samples,
        test_samples=probe_samples,
        seed=seed,
        record="none",
        set=parameters,
    )


def run_phases(
    runs: Path, seeds: Sequence[int], workers: int, samples: int, probes: int, probe_samples: int
) -> None:
    """All runs of all seeds; finished ones stay as they are."""
    circuits = [(temperature, seed) for seed in seeds for temperature in TEMPERATURES]
    length = sum(phase_sizes(phase, samples, probes)[0] for phase in PHASES)
    points: dict[Path, Settings] = {}

    def look(_: object) -> None:
        ready = [
            settings.samples for folder, settings in points.items() if (folder / LEARNING).exists()
        ]
        news = f"{len(ready)} of {len(PHASES) * len(circuits)} runs finished"
        say(sum(ready), length * len(circuits), news)

    with Progress("kappel_2015") as say:
        for phases in (FIRST, AFTER):
            places = [(phase, *circuit) for circuit in circuits for phase in phases]
            stage = {
                run_folder(runs, *place): phase_settings(
                    runs, *place, samples, probes, probe_samples
                )
                for place in places
            }
            points |= stage
            run_in_processes(stage, runs, workers, look)
