"""Which line of a model file a message is about."""

import re
from collections.abc import Mapping

from spikesampler.language.model_file import OF_SPIKES
from spikesampler.language.parameter import Parameter
from spikesampler.language.places import Places

__all__ = ["line_about"]


def line_about(message: str, parameters: Mapping[str, Parameter], text: str) -> int:
    """Line of a file's text with the field that a message begins with, else with the parameter that
    it names first.
    """
    places = Places(text)
    field = re.match(r"(\w+)((?:\['\w+'\])*)(?::| is )", message)
    if field and field[1] in OF_SPIKES:
        where = {"firing": "outputs", "teacher": "learning"}.get(field[1], field[1])
        path = (field[1], *re.findall(r"'(\w+)'", field[2]))
        return places.line(path if field[1] in places.assigned else (where,))
    lines = {name: places.line(("parameters", name)) for name in parameters}
    named = (lines[word] for word in re.findall(r"[A-Za-z_]\w*", message) if word in lines)
    return next(named, places.line(("parameters",)))
