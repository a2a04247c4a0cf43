"""A network's learning rate and the parameters of its output."""

from typing import Any, NamedTuple

__all__ = ["Setting"]


class Setting(NamedTuple):
    """Learning rate, and r, E, T, N_T, q of `light`; numbers, or arrays that broadcast to (run,
    task, setting).
    """

    rate: Any
    r: Any = 1.0
    E: Any = 0.0
    T: Any = 0.0
    N_T: Any = 0.5
    q: Any = 1.0

    def lights(self) -> dict[str, Any]:
        """Without the rate, as arguments of `light`."""
        return {name: value for name, value in self._asdict().items() if name != "rate"}

    def plain(self) -> tuple[float, ...]:
        """As floats, for the facts of a job."""
        return tuple(map(float, self))
