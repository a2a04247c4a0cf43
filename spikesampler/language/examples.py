"""Short models to begin with: the texts that `spikesampler new` copies."""

from pathlib import Path

from spikesampler.checks import read_text
from spikesampler.errors import InputError, shown
from spikesampler.language.complaints import guess
from spikesampler.language.model import MODELS, model_names

__all__ = ["EXAMPLES", "TEMPLATE", "example_names", "example_text"]

EXAMPLES = MODELS / "examples"
TEMPLATE = "template"  #: the commented one


def example_names() -> list[str]:
    """Names of the short models, the commented one first."""
    names = sorted(path.stem for path in EXAMPLES.glob("[a-z]*.py"))
    return [TEMPLATE, *(name for name in names if name != TEMPLATE)]


def example_text(name: str) -> str:
    """The text of a short model, of one that comes with the package, or of a model file.

    Raises InputError for a name that there is not.
    """
    if name in example_names():
        return read_text(EXAMPLES / f"{name}.py", "model file")
    if name in model_names():
        return read_text(MODELS / f"{name}.py", "model file")
    if name.endswith(".py"):
        if not Path(name).is_file():
            raise InputError(f"no model file {shown(name)}; give the path of an existing one")
        return read_text(name, "model file")
    names = [*example_names(), *model_names()]
    raise InputError(
        f"--from {name}: no such model{guess(name, names)}; expected one of {', '.join(names)}, or"
        " the path of a .py file"
    )
