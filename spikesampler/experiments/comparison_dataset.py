"""The dataset of a comparison, from its runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.experiments import averages
from spikesampler.experiments.oddities import count_oddities
from spikesampler.experiments.over_time import with_means
from spikesampler.experiments.run_result import Result
from spikesampler.language.arm_option import GIVEN
from spikesampler.store.learning import of_pathway, read_learning
from spikesampler.store.manifest import LEARNING

if TYPE_CHECKING:
    import xarray

__all__ = ["MEASURES", "check_alike", "gather", "origin", "set_of", "set_text"]

MEASURES = ("online", "probe", "test")
#: settings in which the runs of a comparison may differ
OWN = ("arm", "noise", "arm_texts", "start", "seed", "replicate")
POINT = ("arm", "start", "seed")

Point = tuple[str, str, int]
Results = Mapping[Point, Result]


def gather(results: Results) -> xarray.Dataset:
    """One Dataset over arm, start and seed of some runs; a single start is no dimension.

    probe_accuracy, online_accuracy (arm, start, seed, sample_block); test_accuracy, bayes_accuracy,
    final_…, those of `over_time` and speed (arm, start, seed), and MEASURES of `averages`, with
    reliability_… (…, answer, confidence_bin); escape_seconds, escaped (arm, start, seed): when
    the probe first exceeds attribute escape_threshold, half-way from chance to the best arm's final
    accuracy, or the end of a run that never does; threshold and times are nan where no arm ends
    clearly above chance. Raises InputError where runs differ in more than arm,
    start, seed and noise, or do not show a seed's stimuli.
    """
    import xarray

    check_alike(results)
    # theta, at every probe, is nearly all of a run: hundreds of runs without it fit into memory
    learnt = {
        point: read_learning(result.path / LEARNING, without=_thetas(result))
        for point, result in results.items()
    }
    axes = _Axes(*(list(dict.fromkeys(names)) for names in zip(*results)))
    first = next(iter(learnt.values()))
    variables = _scores(learnt, axes)
    final_probe = variables["final_probe_accuracy"][1].reshape(-1, len(axes.seeds))
    threshold = stats.best_arm_threshold(
        final_probe, first.attrs["chance"], first.attrs["probe_samples"]
    )
    times = stats.escape(first["probe_time"].values, variables["probe_accuracy"][1], threshold)
    about = {"units": "s", "long_name": "time of escape, or the run's end"}
    variables["escape_seconds"] = (POINT, times.seconds, about)
    variables["escaped"] = (POINT, times.escaped, {"units": "1"})
    for name in ("engine_seconds", "simulated_seconds"):
        seconds = {point: run.manifest["results"][name] for point, run in results.items()}
        variables[name] = (POINT, axes.array(seconds), {"units": "s"})
    variables["probe_time"] = (("sample_block",), first["probe_time"].values, {"units": "s"})
    texts = {
        arm: run.manifest["settings"].get("noise", arm) for (arm, _, _), run in results.items()
    }
    variables["arm_text"] = (("arm",), [texts[arm] for arm in axes.arms], {"long_name": "noise"})
    about = {"long_name": "SHA-256 of what the runs of a seed were shown and began with"}
    variables["fingerprint"] = (("start", "seed"), _fingerprints(results, axes), about)
    about = {"units": "1", "long_name": "learning samples seen at the end of the block"}
    blocks = ("sample_block", first["probe_samples_seen"].values, about)
    attrs = {
        name: first.attrs[name] for name in ("model", "chance", "test_samples", "probe_samples")
    }
    manifests = [result.manifest for result in results.values()]
    attrs |= origin(manifests) | {"same": _same(manifests)}
    attrs["model_sha256"] = _sha256(manifests[0]["model"]["text"])
    oddities = {
        result.path.name: result.manifest["results"].get("oddities", {})
        for result in results.values()
    }
    if odd := count_oddities(oddities):
        attrs["oddities"] = odd
    attrs |= {"start": ",".join(axes.starts), "escape_threshold": threshold}
    coords = dict(zip(POINT, axes)) | {"sample_block": blocks}
    if "reliability_samples" in variables:
        coords["answer"] = list(averages.ANSWERS)
    dataset = with_means(xarray.Dataset(variables, coords=coords, attrs=attrs))
    return dataset.squeeze("start") if len(axes.starts) == 1 else dataset


def _thetas(result: Result) -> list[str]:
    """Names of theta in learning.nc, of every pathway."""
    return ["theta", *(of_pathway("theta", name) for name in result.pathways)]


class _Axes(NamedTuple):
    """Arms, starts and seeds of some runs, each once, in their order."""

    arms: list[str]
    starts: list[str]
    seeds: list[int]

    def array(self, values: Mapping[Point, Any]) -> np.ndarray:
        """What every run has, (n_arm, n_start, n_seed, …)."""
        return np.array(
            [
                [[values[arm, start, seed] for seed in self.seeds] for start in self.starts]
                for arm in self.arms
            ]
        )


def _fingerprints(results: Results, axes: _Axes) -> list[list[str]]:
    """One SHA-256 of all that a run's manifest lists, for each start and seed."""
    of_seed = {
        (start, seed): _sha256(repr(sorted(result.manifest["fingerprints"].items())))
        for (_, start, seed), result in results.items()
    }
    return [[of_seed[start, seed] for seed in axes.seeds] for start in axes.starts]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _scores(learnt: Mapping[Point, xarray.Dataset], axes: _Axes) -> dict[str, tuple]:
    """Curves and final accuracies, as variables of a Dataset."""
    variables: dict[str, tuple] = {}
    for name in ("probe_accuracy", "online_accuracy"):
        curves = axes.array({point: run[name].values for point, run in learnt.items()})
        variables[name] = ((*POINT, "sample_block"), curves, {"units": "1"})
    for name in (f"{measure}_accuracy" for measure in (*MEASURES, "bayes")):
        scores = axes.array({point: run.attrs[name] for point, run in learnt.items()})
        variables[f"final_{name}"] = (POINT, scores, {"units": "1"})
    for name in ("test_accuracy", "bayes_accuracy"):
        variables[name] = variables[f"final_{name}"]
    for name in averages.MEASURES:
        scores = axes.array({point: run.attrs[name] for point, run in learnt.items()})
        units = "nat" if name.endswith("log_loss") else "1"
        variables[name] = (POINT, scores, {"units": units})
    return variables | _reliability(learnt, axes)


def _reliability(learnt: Mapping[Point, xarray.Dataset], axes: _Axes) -> dict[str, tuple]:
    """How often answers of each confidence are right, where all runs have averages."""
    if not all("snapshot_answers" in run for run in learnt.values()):
        return {}
    found = {
        point: averages.reliability_of({str(name): run[name].values for name in run})
        for point, run in learnt.items()
    }
    dims = (*POINT, "answer", "confidence_bin")
    return {
        f"reliability_{name}": (
            dims,
            axes.array({point: getattr(each, name) for point, each in found.items()}),
            {"units": "1", "long_name": f"{name} of the answers in a bin of confidence"},
        )
        for name in stats.Reliability._fields
    }


def origin(manifests: list[dict]) -> dict[str, Any]:
    """Where numbers come from, as attributes: samples, data, versions and processors of runs."""
    settings = manifests[0]["settings"]

    def all_of(value: Callable[[dict], object]) -> str:
        return ", ".join(sorted({str(value(manifest)) for manifest in manifests}))

    def versions(manifest: dict) -> str:
        return " ".join(f"{name} {text}" for name, text in manifest["versions"].items())

    return {
        "samples": settings["samples"],
        "data": manifests[0]["data"]["name"],
        "kind": _kind(manifests[0]["data"]),
        "source": settings["data"] or "",
        "label": settings.get("label") or "",
        "engine": settings["engine"],
        "probe_every": settings["probe_every"],
        "average": settings["average"],
        "set": set_text(_common(settings)),
        "commit": all_of(lambda manifest: manifest["commit"]),
        "cpu": all_of(lambda manifest: manifest["build"]["cpu"]),
        "compiler": all_of(lambda manifest: manifest["build"]["compiler"][1]),
        "versions": all_of(versions),
    }


def set_text(chosen: Mapping[str, object]) -> str:
    """{parameter: value} as a dataset's attribute `set`, which `set_of` reads."""
    return ", ".join(f"{name}={value}" for name, value in chosen.items())


def set_of(attrs: Mapping[str, Any]) -> dict[str, str]:
    """{parameter: text} of a dataset's attribute `set`; {} where it has none."""
    return dict(pair.split("=", 1) for pair in attrs.get("set", "").split(", ") if "=" in pair)


def _kind(data: dict) -> str:
    """clusters, spikes, images (an input per pixel) or table, from a run's description of data."""
    if "cluster_means" in data:
        return "clusters"
    return {"rates": "images", "spikes": "spikes"}.get(data["coding"], "table")


def _common(settings: dict) -> dict[str, Any]:
    """Parameters that the user chose, but those of the noise, which belong to the arm."""
    return {name: value for name, value in settings["set"].items() if name not in GIVEN}


def _same(manifests: list[dict]) -> str:
    """What arms of a seed have in common, to the bit: with one program it is the spikes, too."""
    programs = [
        [manifest["build"][name] for name in ("compiler", "flags", "cpu")]
        + [manifest["versions"], manifest["commit"], manifest["settings"]["engine"]]
        for manifest in manifests
    ]
    alone = any(
        manifest["settings"]["replicate"] or manifest["settings"]["engine"] != "fast"
        for manifest in manifests
    )
    if alone or any(program != programs[0] for program in programs):
        return "stimuli, start"
    return "stimuli, start, input spikes, teacher events"


def check_alike(results: Results) -> None:
    """Refuse runs that differ in other settings than OWN and the noise, or in what a seed shows."""
    first_result = next(iter(results.values()))
    first = _alike(first_result)
    of_seed: dict[tuple[str, int], Result] = {}
    for (_, start, seed), result in results.items():
        for name, value in _alike(result).items():
            if value != first[name]:
                here, there = ("another", "this") if name == "model text" else (value, first[name])
                raise InputError(
                    f"{result.path} and {first_result.path} cannot be compared: {name} is {here} in"
                    f" the one, {there} in the other; give runs of the same settings"
                )
        prints = result.manifest.get("fingerprints", {})
        other = of_seed.setdefault((start, seed), result)
        for name, value in other.manifest["fingerprints"].items():
            if prints.get(name) != value:
                raise InputError(
                    f"{result.path} and {other.path} are no pair: their {name} differs; repeat one"
                    " with the seed and data of the other"
                )


def _alike(result: Result) -> dict[str, Any]:
    """The settings that all runs of a comparison share, and their model's text.

    The hash of the model is none of them: the noise's parameters change it.
    """
    settings = result.manifest["settings"]
    shared = {name: settings[name] for name in settings if name not in (*OWN, "model_hash")}
    return shared | {"set": _common(settings), "model text": result.manifest["model"]["text"]}
