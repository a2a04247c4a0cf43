"""Noise arms of a model's file that have no texts, each with the line that says so."""

from collections.abc import Mapping
from typing import Protocol

from spikesampler.errors import InputError
from spikesampler.language.arm_places import Network, placed_arm
from spikesampler.language.arm_texts import arm_texts
from spikesampler.language.complaints import Complaint
from spikesampler.language.noise_arms import arms_of
from spikesampler.language.places import Places

__all__ = ["wrong_arms"]


class OfFile(Network, Protocol):
    """A model as its file says it."""

    @property
    def noises(self) -> Mapping[str, str]:
        """Texts of its own arms."""

    @property
    def noise(self) -> str:
        """Its default arm."""

    @property
    def source_text(self) -> str:
        """Of the file."""

    @property
    def path(self) -> str:
        """Of the file."""


def wrong_arms(model: OfFile) -> list[Complaint]:
    """Complaints of the model's own arms, and of its default one, that have no texts."""
    places = Places(model.source_text)
    complaints: list[Complaint] = []
    asked = [
        (name, pathway)
        for pathway in model.pathways
        for name in pathway.rule.noises
        if pathway.plastic
    ]
    for name, pathway in (*asked, (model.noise, None)):
        line = places.line(("noises", name) if name in model.noises else ("noise",))
        try:
            if pathway is None:
                placed_arm(model.noise, model)
                continue
            if name not in model.noises:
                line = places.line(("layers", pathway.layer, "noises", name))
            own = {name: pathway.rule.noises[name]}
            arm_texts(name, arms_of(own)[name], pathway.rule, model.parameters)
        except InputError as error:
            complaint = Complaint(model.path, line, str(error))
            told = {each.message for each in complaints}
            complaints += [complaint] if complaint.message not in told else []
    return complaints
