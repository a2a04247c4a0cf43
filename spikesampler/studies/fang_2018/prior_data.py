"""With the prior and without: a change of the task, and few samples to learn from; the dataset.

Without: sigma of 1000, so that the prior's pull b (mu - theta)/sigma^2 is a millionth of the
paper's. All networks of a seed begin with the same theta, drawn from the paper's prior, whatever
their own is. There is no noise: with the prior they climb the posterior, without it the likelihood.

learn  the paper's clusters
swap   other clusters, from the weights that `learn` ends with
anew   these other clusters, from the first theta: what there is to be learnt, without a past
few    FEW of scikit-learn's digits, shown over and over; beside them others that were never shown

What is known of the digits is measured with all frozen, on the mean PSPs of samples. Beside the
network with the prior stands logistic regression on the same PSPs (`regression`), on the digits and
on the clusters of `learn`, of these after a tenth of the samples and after all. Beside the entropy
before `learn` stands that of outputs that win as often and say nothing of the class.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spikesampler.experiments.objective import objective_of
from spikesampler.experiments.points import run_in_processes
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.run_stimuli import source_of_run
from spikesampler.experiments.settings import Settings, resolve
from spikesampler.jobs.progress import Progress
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.stats import chance_entropy
from spikesampler.stimuli.psp import psp_patterns
from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.tuning import pixel_rates
from spikesampler.store.continuation import load_probes
from spikesampler.store.manifest import CHECKPOINT
from spikesampler.store.origin import made_by
from spikesampler.studies.fang_2018.regression import (
    OBSERVERS,
    PENALTY,
    fit_regression,
    on_clusters,
    scores_of,
)
from spikesampler.studies.study import Work

__all__ = ["PHASES", "SIGMAS", "gather"]

SIGMAS = (1.0, 1000.0)
PHASES = ("learn", "swap", "anew")
#: a start of the paper's prior, which does not change with sigma
START = {"plateau_mean": 0.5, "plateau_sd": 1.0}
NEW = 1000  #: seed of the new clusters less that of the run
FEW, OTHERS = 200, 500  #: digits given, of which a part is learnt, and digits never shown
PATTERNS = 1000  #: samples that what is known of the learnt digits is measured on
EARLY = 0.1  #: of the samples of `learn`, after which it is held against a regression, too


def gather(
    work: Work,
    seeds: int,
    samples: int,
    probes: int,
    few_samples: int,
    set: Mapping[str, Any],
) -> xr.Dataset:
    """Probe accuracy in all phases, and what is known of digits learnt and never shown.

    samples : of a phase. few_samples : of learning a few digits. set : parameters of all networks
    but those for the digits.
    """
    numbers = range(work.seed, work.seed + work.count(seeds))
    cells = [(sigma, seed) for sigma in SIGMAS for seed in numbers]
    sizes = {"samples": samples, "probe_every": samples // probes, "set": dict(set)}

    def settings(phase: str, *cell: Any) -> Settings:
        if phase == "few":
            return _few(*cell, few_samples)
        return _learning(work, phase, *cell, **sizes)

    with Progress("fang_2018_prior", unit="runs") as say:
        total = len(cells) * (1 + len(PHASES))
        for number, phases in enumerate((("learn", "anew", "few"), ("swap",))):
            stage = {
                _folder(work, phase, *cell): settings(phase, *cell)
                for cell in cells
                for phase in phases
            }
            before = number * 3 * len(cells)

            def look(ended: int, before: int = before) -> None:
                say(before + ended, total, "")

            run_in_processes(stage, work.runs, work.workers, look)
    return _dataset(work, numbers)


def _folder(work: Work, phase: str, *cell: Any) -> Path:
    """The folder of the run of (sigma, seed)."""
    return work.runs / "-".join([phase, *map(str, cell)])


def _settings(**own: Any) -> Settings:
    return resolve("fang_2018", record="none", average=0, **own)


def _learning(
    work: Work, phase: str, sigma: float, seed: int, *, set: Mapping[str, Any], **sizes: int
) -> Settings:
    """The settings of a phase; those of `swap` ask for the finished run of `learn`."""
    return _settings(
        noise="none" if phase == "learn" else "none:replicate=1",
        start=_folder(work, "learn", sigma, seed) if phase == "swap" else "plateau",
        data=f"clusters:{seed if phase == 'learn' else seed + NEW}",
        seed=seed,
        set={**set, **START, "sigma": sigma},
        probe_samples=100,
        test_samples=100,
        **sizes,
    )


def _digits(seed: int) -> tuple[NDArray, NDArray]:
    """Digits (image, pixel) in 0..1 and their labels, in an order of this seed."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = generator(seed, "few digits").permutation(len(labels))
    return images[order] / 16.0, labels[order]


def _few_data(seed: int) -> tuple[NDArray, NDArray, str]:
    images, labels = _digits(seed)
    return images[:FEW], labels[:FEW], "rates"


def _few(sigma: float, seed: int, samples: int) -> Settings:
    return _settings(
        noise="none",
        start="plateau",
        data=_few_data(seed),
        seed=seed,
        set={**START, "sigma": sigma},
        samples=samples,
        probe_every=samples,
        probe_samples=20,
        test_samples=20,
    )


def _known(result: Result, seed: int) -> list[list[list[float]]]:
    """(observer, digits, score) of digits learnt, and of others never shown, with all frozen; the
    observers are the network and a regression on as many samples as it learnt from.
    """
    theta, total = _theta(result), result.learning.sizes["sample"]
    learnt = objective_of(
        result, patterns=max(total, PATTERNS), kind="means", seed=1, data=_few_data(seed)
    )
    others = _never_shown(result, seed)
    model = fit_regression(learnt.patterns[:total], learnt.labels[:total], C=PENALTY)
    known = []
    for objective, part in ((learnt, slice(PATTERNS)), (others, slice(None))):
        answers = objective.at(theta).probability, _answers(model, objective)
        known.append([scores_of(p[part], objective.labels[part]) for p in answers])
    return np.swapaxes(known, 0, 1).tolist()


def _theta(result: Result) -> NDArray:
    """Theta at the end of learning."""
    return result.learning["theta"].values[-1].astype(float)


def _never_shown(result: Result, seed: int) -> SynapticObjective:
    """The objective of a run on digits that it never saw."""
    images, labels = (each[FEW : FEW + OTHERS] for each in _digits(seed))
    values = result.values
    rates = pixel_rates(images, values["r_min"], values["r_max"])
    times = {name: values[name] for name in ("sample_length", "dt")}
    times["kernel"] = ((values["tau_m"], 1.0), (values["tau_s"], -1.0))
    x = psp_patterns([rates], generator(seed, "few digits", "spikes"), kind="means", **times)
    constants = {name: values[name] for name in ("theta_0", "alpha", "mu", "sigma")}
    return SynapticObjective(x, labels, int(values["K"]), **constants)


def _says_nothing(run: Result) -> float:
    """H(class | winner) / H(class) of a run's first probe, had its outputs said nothing."""
    source = source_of_run(run.path, run.manifest, run.values, supervised=True)
    counts, seed = load_probes(run.path / CHECKPOINT)[0], run.manifest["seed"]
    labels = source.draw("probe", len(counts), seed).labels
    return chance_entropy(counts, labels, int(run.values["K"]), generator(seed, "says nothing"))


def _answers(model: Any, objective: SynapticObjective) -> NDArray:
    """Of a regression, (n, K); a class that it never saw has probability 0."""
    answers = np.zeros((len(objective.patterns), objective.shape[0]))
    answers[:, model.classes_] = model.predict_proba(objective.patterns)
    return answers


def _beside_regression(runs: Sequence[Result]) -> tuple[list[int], NDArray]:
    """Numbers of samples, and accuracies (seed, observer, number) on clusters after them."""
    seen = runs[0].learning["probe_samples_seen"].values
    probes = [int(np.searchsorted(seen, EARLY * seen[-1])), len(seen) - 1]
    return [int(seen[probe]) for probe in probes], np.array(
        [on_clusters(run, probes) for run in runs]
    )


def _dataset(work: Work, numbers: Sequence[int]) -> xr.Dataset:
    """What the finished runs hold."""

    def by_cell(read: Any) -> np.ndarray:
        return np.array([[read(sigma, seed) for seed in numbers] for sigma in SIGMAS])

    def courses(name: str) -> np.ndarray:
        """(phase, sigma, seed, probe)"""
        read = [
            by_cell(lambda *cell: Result(_folder(work, phase, *cell)).learning[name].values)  # noqa: B023
            for phase in PHASES
        ]
        return np.array(read)

    along = ("phase", "sigma", "seed", "probe")
    known = by_cell(lambda *cell: _known(Result(_folder(work, "few", *cell)), cell[-1]))
    runs = [Result(_folder(work, PHASES[0], SIGMAS[0], seed)) for seed in numbers]
    numbers_seen, clusters = _beside_regression(runs)
    variables = {
        "accuracy": (along, courses("probe_accuracy"), {"long_name": "accuracy of probes"}),
        "entropy": (along, courses("probe_entropy"), {"long_name": "H(class | winner) / H(class)"}),
        "says_nothing": ("seed", [_says_nothing(run) for run in runs]),
        "known": (("sigma", "seed", "digits", "score"), known[:, :, 0]),
        "regression": (("seed", "digits", "score"), known[0, :, 1]),
        "clusters": (("seed", "observer", "learnt"), clusters),
        "time": ("probe", runs[0].learning["probe_time"].values, {"units": "s"}),
    }
    coords = {"sigma": list(SIGMAS), "phase": list(PHASES), "seed": list(numbers)}
    coords |= {"digits": ["learnt", "never shown"], "score": ["accuracy", "log loss"]}
    coords |= {"observer": list(OBSERVERS), "learnt": numbers_seen}
    return xr.Dataset(variables, coords, {"few": FEW, "others": OTHERS} | made_by())
