"""Values that options of the command line give as text."""

from collections.abc import Iterable

from spikesampler.errors import InputError

__all__ = ["parse_assignments"]


def parse_assignments(
    assignments: Iterable[str],
    option: str = "--set",
    example: str = "rho=100*Hz",
    once: bool = False,
) -> dict[str, str]:
    """{"rho": "100*Hz"} from ("rho=100*Hz",); the model parses the values, nothing evaluates them.

    option, example : what a complaint names. once : whether a name that comes twice is refused;
    else the last one holds.
    """
    values: dict[str, str] = {}
    for assignment in assignments:
        name, sign, value = map(str.strip, assignment.partition("="))
        if not sign or not name or not value:
            raise InputError(
                f"{option} {assignment}: expected NAME=VALUE, such as {option} {example}"
            )
        if once and name in values:
            raise InputError(f"{option} {name} is given twice; give it once, with all its values")
        values[name] = value
    return values
