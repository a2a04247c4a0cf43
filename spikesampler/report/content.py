"""What a report says, as plain data for its template: of a run, a comparison or a sweep."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spikesampler.errors import InputError, printable
from spikesampler.experiments.comparison_dataset import set_of
from spikesampler.experiments.comparison_result import Comparison, run_folder
from spikesampler.experiments.run_record import told_pathways
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.sweep_folder import read_design
from spikesampler.experiments.sweep_result import Sweep
from spikesampler.language.arm_option import GIVEN
from spikesampler.language.arm_places import label_of, placed_arm
from spikesampler.language.model import load_model, model_names
from spikesampler.language.model_text import defaults_in
from spikesampler.language.rule import Rule
from spikesampler.language.units import base_values
from spikesampler.report import citations, equations, panels, provenance, repeat_command, tables
from spikesampler.report.texts import text
from spikesampler.store import atomic
from spikesampler.store.manifest import MANIFEST, read_manifest
from spikesampler.store.result_folder import check_run, runs_listed, settings_of

__all__ = ["content_of"]

_GONE = "The runs' own folders are not here, so neither are their manifests."


_NO_TEXT = "The text of the model is not at hand."


class Known(NamedTuple):
    """A model as far as it is at hand: `text`, or None; `rules` of its pathways by name, "" for the
    only one of a short model; parameters as in a manifest, their `defaults` in the text, those
    `chosen`.

    `name` is what a command calls it, `note` what the reader is told about it.
    """

    name: str
    text: str | None = None
    rules: dict = {}  # noqa: RUF012
    defaults: dict = {}  # noqa: RUF012
    parameters: dict = {}  # noqa: RUF012
    chosen: dict = {}  # noqa: RUF012
    note: str = ""


def content_of(kind, path):
    """The variables of the template for a folder of this kind; raises what Result, Comparison and
    Sweep raise.
    """
    return {"run": _run, "comparison": _comparison, "sweep": _sweep}[kind](path)


def _run(path):
    result = Result(path)
    manifest, attrs = result.manifest, result.learning.attrs
    known, arm, files = _of_manifest(manifest), result.arm, sorted(manifest["files"].items())
    figures, missing = panels.of_run(result)
    return _common(manifest, [manifest], known, {}, [arm]) | {
        "title": (
            f"{manifest['model']['name']}: {arm} noise, start {attrs['start']}, seed"
            f" {manifest['seed']}"
        ),
        "kind": "Run",
        "lead": text("run_lead", result, attrs, _seconds(manifest), _source_of(manifest)),
        "tables": [tables.headline(result), tables.measures(result)],
        "figures": figures,
        "missing": missing,
        "command": repeat_command.run_command(manifest["settings"], known.name),
        "checksums": tables.Table(
            "SHA-256 of the files of the run folder, checked when this report was written",
            ["File", "SHA-256"],
            [
                *map(list, files),
                [f"{MANIFEST}, with its own checksum as zeros", manifest["checksum"]],
            ],
        ),
    }


def _comparison(path):
    comparison = Comparison(path)
    dataset, attrs = comparison.dataset, comparison.dataset.attrs
    arms, starts = comparison.arms, comparison.starts
    seeds = [int(seed) for seed in dataset["seed"].values]
    names = [run_folder(arm, start, seed) for arm in arms for start in starts for seed in seeds]
    manifests = _manifests(comparison.folder, names)
    first, every = next(iter(manifests.values()), None), list(manifests.values())
    known = _of_manifest(first) if first else Known(attrs["model"], note=_NO_TEXT)
    varied = {}
    for name in GIVEN:
        given = [run["parameters"][name] for run in every if name in run["parameters"]]
        values = list(dict.fromkeys(str(parameter["value"]) for parameter in given))
        varied |= {name: values} if len(values) > 1 else {}
    settings = first["settings"] if first else _settings_of(attrs)
    return _common(first, every, known, varied, arms, attrs) | {
        "title": (
            f"{attrs['model']}: {', '.join(arms)} compared over {len(seeds)}"
            f" seed{'s' * (len(seeds) > 1)}"
        ),
        "kind": "Comparison",
        "lead": text("comparison_lead", first, every, attrs, _seconds(first), arms, starts, seeds),
        "tables": (
            [one for start in starts for one in tables.compared(comparison, start)]
            + [tables.definitions()]
        ),
        "figures": panels.of_comparison(comparison),
        "missing": [] if first else [_GONE],
        "verdicts": comparison.verdicts,
        "command": repeat_command.comparison_command(
            settings, _texts(comparison, arms), _starts(every, starts), seeds, known.name
        ),
        "checksums": provenance.files(comparison.files[kind] for kind in ("dataset", "table")),
        "runs": provenance.runs(manifests),
    }


def _sweep(path):
    swept = Sweep(path)
    dataset, attrs, folder = swept.dataset, swept.dataset.attrs, swept.folder
    facts, chosen = read_design(folder), set_of(attrs)
    points = sorted(path.parent.name for path in folder.glob(f"point-*/{MANIFEST}"))
    manifests = _manifests(folder, points)
    first, every = next(iter(manifests.values()), None), list(manifests.values())
    known = _of_manifest(first) if first else _installed(attrs["model"], facts, chosen)
    values = {
        name: list(dict.fromkeys(np.atleast_1d(coordinate.values).tolist()))
        for name, coordinate in dataset.coords.items()
        if name not in ("sample_block", "point")
    }
    arms, starts, seeds = (list(map(str, values.pop(name))) for name in ("arm", "start", "seed"))
    by_arm = {name: ["by arm"] for name in GIVEN if any(f":{name}=" in arm for arm in arms)}
    figures, missing = panels.of_sweep(swept)
    command, commands = None, []
    if facts:
        command = repeat_command.sweep_command(facts, chosen, known.name)
    if not command:
        commands = [repeat_command.run_command(run["settings"], known.name) for run in every]
    files = [swept.files[kind] for kind in ("dataset", "table", "failures")]
    texts = facts["arms"] if facts else arms
    return _common(first, every, known, values | by_arm, texts, attrs) | {
        "title": f"{attrs['model']}: sweep over {', '.join(values)}",
        "kind": "Sweep",
        "lead": text(
            "sweep_lead",
            *(first, every, attrs, _seconds(first), arms, starts, seeds, values, swept.summary),
        ),
        "tables": [tables.combinations(swept), *tables.failures(swept), tables.definitions()],
        "figures": figures,
        "missing": missing + ([] if first else [_GONE]),
        "command": command,
        "commands": commands,
        "checksums": provenance.files([*files, folder / MANIFEST]),
        "facts": facts and atomic.json_bytes(facts).decode(),
        "runs": provenance.runs(manifests),
    }


def _common(first, manifests, known, varied, arms, attrs=None):
    """What every report has: model, parameters, data, machine, manifest, citations; `first` is None
    without runs.
    """
    attrs = attrs or {}
    commits = sorted({str(one["commit"]) for one in manifests}) or [str(attrs.get("commit"))]
    by = first["versions"]["spikesampler"] if first else _version(attrs["versions"])
    works = citations.works_of(first["model"]["name"] if first else attrs["model"])
    texts = {label_of(run["settings"]["noise"]): run["settings"]["arm_texts"] for run in manifests}
    if known.rules and not manifests:  # of the installed model
        chosen = load_model(known.name, **known.chosen)
        placed = [placed_arm(arm, chosen) for arm in arms]
        texts = {label_of(arm.text): _as_run(arm.texts, chosen) for arm in placed}
    return {
        "known": known,
        "blocks": equations.of_rules(known.rules, texts),
        "parameters": tables.parameters(known, varied),
        "data": provenance.data(first),
        "machine": provenance.machine(first, attrs, commits),
        "manifest": first and json.dumps(first, indent=2, ensure_ascii=False),
        "works": works,
        "bibtex": citations.bibtex(works, by, commits[0]),
        "writer": version("spikesampler"),
    }


def _as_run(texts, model):
    """Texts of an arm by pathway as the settings of a run have them."""
    return texts if model.layers else texts[model.main.name]


def _rules(manifest):
    """The rules of a run's pathways by name, "" for the only one of a short model."""
    several = "pathways" in manifest
    rules = {told["name"] if several else "": told["rule"] for told in told_pathways(manifest)}
    return {name: Rule.from_dict(rule) for name, rule in rules.items()}


def _seconds(manifest):
    """From one sample to the next, where the run is at hand and its model says so."""
    values = base_values(manifest["parameters"]) if manifest else {}
    return values["sample_length"] + values.get("gap", 0.0) if "sample_length" in values else None


def _texts(comparison, arms):
    """The arms of a comparison as they were given, where its manifest says so."""
    facts = settings_of(comparison.folder, "comparison")
    return facts["arms"] if facts else arms


def _source_of(manifest):
    """Where a run's noise arm is from."""
    texts = manifest["settings"]["arm_texts"]
    if "pathways" not in manifest:
        return texts["source"]
    main, *others = (texts[told["name"]] for told in told_pathways(manifest))
    noisy = (of for of in (main, *others) if of["variance"] or of["release"])
    return next(noisy, main)["source"]


def _version(versions):
    """The version of spikesampler in a dataset's attribute `versions`."""
    found = re.search(r"spikesampler (\S+)", versions)
    return found[1] if found else "unknown"


def _manifests(folder, names):
    """{name of folder: manifest} of the runs that are there, at most MOST_ROWS."""
    there = [name for name in names if (folder / name / MANIFEST).is_file()]
    manifests = {name: read_manifest(folder / name) for name in there[: tables.MOST_ROWS]}
    listed = runs_listed(folder)
    for name, manifest in manifests.items():
        check_run(folder / name, manifest, listed)
    return manifests


def _of_manifest(manifest):
    """Known of a run's model."""
    name, text = manifest["model"]["name"], manifest["model"]["text"]
    note, called = "", name
    if name not in model_names() or load_model(name).source_text != text:
        called = f"{name}.py"
        note = (
            "The model is a file of the user's, or that of another version of spikesampler. To"
            f" repeat the run, save the model file that is printed below as {called}."
        )
    return Known(
        called,
        text,
        _rules(manifest),
        defaults_in(text),
        manifest["parameters"],
        manifest["settings"]["set"],
        note,
    )


def _installed(name, facts, chosen):
    """Known of the installed model of that name, if it is the one of a sweep whose runs are
    gone.
    """
    try:
        model = load_model(name, **chosen) if name in model_names() and facts else None
    except InputError:
        model = None
    if model is None or model.hash != facts.get("text_hash"):
        return Known(name, note=_NO_TEXT)
    parameters = {
        one: {"value": p.value, "unit": p.unit, "meaning": p.meaning, "source": p.source}
        for one, p in model.parameters.items()
    }
    text = model.source_text
    rules = {each.name if model.layers else "": each.rule for each in model.pathways}
    return Known(name, text, rules, defaults_in(text), parameters, chosen)


def _settings_of(attrs):
    """What a comparison's dataset says of the settings of its runs, which are gone."""
    found = {"model": attrs["model"], "set": set_of(attrs), "data": attrs["source"] or None}
    found["label"] = attrs.get("label") or None
    names = ("samples", "test_samples", "probe_every", "probe_samples", "average", "engine")
    return found | {name: str(attrs[name]) for name in names if name in attrs}


def _starts(manifests, names):
    """The starts as the command line takes them: the folders of runs by their path."""
    paths = {printable(Path(one["start"]).name): one["start"] for one in manifests}
    return [paths.get(name, name) for name in names]
