"""What a finished run's folder says of itself: manifest, learning records, parameters, seed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesampler.errors import InputError
from spikesampler.language.arm_places import label_of
from spikesampler.language.parameter import Parameter
from spikesampler.language.rule import Rule
from spikesampler.language.units import base_values
from spikesampler.store.learning import OWN_METRIC, read_learning
from spikesampler.store.manifest import LEARNING, TRAJECTORIES, read_manifest
from spikesampler.store.manifest import verify as verify_files
from spikesampler.store.trajectories import read_trajectories

if TYPE_CHECKING:
    import xarray

__all__ = ["RunRecord", "told_pathways"]


def told_pathways(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a run's manifest says of each pathway, layer after layer; a short model has one.

    That is its name, layer, source, number of groups, delay (s), rule, and whether it is plastic;
    of several also num_outputs and num_inputs.
    """
    if manifest.get("pathways"):
        return list(manifest["pathways"])
    alone: dict[str, Any] = {"name": "outputs", "layer": "outputs", "source": "inputs"}
    return [alone | {"groups": 1, "delay": 0.0, "plastic": True, "rule": manifest["rule"]}]


class RunRecord:
    """A finished run's folder, checked, and what its manifest and learning.nc say."""

    def __init__(self, path: str | os.PathLike[str], verify: bool = True):
        self.path = Path(path).absolute()  # whoever changes the folder meanwhile finds it again
        self.manifest: dict[str, Any] = read_manifest(self.path)
        if failed := self.manifest.get("failed"):
            raise InputError(
                f"{path} holds a run that failed, not a finished one: {failed}. Run it again in"
                " another folder with that mended, or with --resume where it was not the run's own"
                " fault"
            )
        if self.manifest.get("status") != "finished":
            raise InputError(
                f"{path} holds an unfinished run (status {self.manifest.get('status')!r}): complete"
                " it first with `spikesampler run` and the same settings, this folder as --out and"
                " --resume"
            )
        if verify:
            verify_files(self.path)

    def __fspath__(self) -> str:
        """Its folder: wherever a run's path is taken, the run itself is."""
        return os.fspath(self.path)

    @cached_property
    def learning(self) -> xarray.Dataset:
        """The dataset of learning.nc: learning samples, probes and theta at each of them."""
        return read_learning(self.path / LEARNING)

    @cached_property
    def trajectories(self) -> xarray.Dataset:
        """What was recorded at the begin of each grid step.

        Dimension time (s from the start of learning); of synapses theta, weight and further state,
        along synapse, with its output and input; variables of outputs, along neuron; and signals.
        Of a large file, parts are read when they are asked for. Raises InputError where nothing was
        recorded.
        """
        if TRAJECTORIES not in self.manifest["files"]:
            raise InputError(
                f"{self.path} holds no trajectories: run again with --record-synapses, such as 100,"
                " or --record-variables"
            )
        return read_trajectories(self.path / TRAJECTORIES)

    @property
    def model(self) -> str:
        """Name of the model; its text is `model_text`."""
        return str(self.manifest["model"]["name"])

    @cached_property
    def told_pathways(self) -> list[dict[str, Any]]:
        """What the manifest says of each pathway, layer after layer; a short model has one."""
        return told_pathways(self.manifest)

    @property
    def layers(self) -> list[str]:
        """Names of the layers, in the order of the model file; `outputs` answers."""
        told = self.manifest.get("pathways", [])
        return list(dict.fromkeys(each["layer"] for each in told)) or ["outputs"]

    @property
    def model_text(self) -> str:
        """The text of the model file, as it was when the run began."""
        return str(self.manifest["model"]["text"])

    @property
    def arm(self) -> str:
        """The noise arm, with the options that are no parameters, such as momentum:gamma=5."""
        return label_of(self.manifest["settings"]["noise"])

    @property
    def start(self) -> str:
        """Name of the start, or the folder of the run whose weights it began with."""
        return str(self.manifest["start"])

    @property
    def seed(self) -> int:
        """The seed of everything that was drawn."""
        return int(self.manifest["seed"])

    @property
    def samples(self) -> int:
        """Number of learning samples."""
        return int(self.learning.sizes["sample"])

    @property
    def stopped(self) -> str | None:
        """Why `on_probe` ended learning before its last sample; None where it did not."""
        told = self.manifest.get("stopped")
        return str(told["reason"]) if told else None

    def refuse_silence(self) -> None:
        """InputError where nothing fires in the model, so that there are no spikes to ask for."""
        if any(Rule.from_dict(told["rule"]).is_silent for told in self.told_pathways):
            raise InputError(
                f"nothing fires in {self.model}, the model of {self.path}: it has synapses alone,"
                f" whose theta is in {LEARNING}; expected a run of a model with neurons"
            )

    @property
    def own_metrics(self) -> list[str]:
        """Names of what `on_probe` returned: variables of `learning` along probe."""
        named = self.learning.items()
        return [str(name) for name, each in named if each.attrs.get("long_name") == OWN_METRIC]

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The model's parameters by name, each with value, unit, meaning and source.

        Values are in the unit of the model file; `values` has them in base units.
        """
        told = self.manifest["parameters"]
        return {
            name: Parameter(p["value"], p["unit"], p.get("meaning", ""), p.get("source", ""))
            for name, p in told.items()
        }

    @cached_property
    def values(self) -> dict[str, Any]:
        """The run's parameters by name, in base units: seconds, hertz, numbers, words."""
        return base_values(self.manifest.get("parameters", {}))

    @property
    def period(self) -> float:
        """Seconds from the onset of a sample to that of the next: its length and the gap."""
        return float(self.values["sample_length"]) + float(self.values.get("gap", 0.0))
