"""Rates of gradient descent and the heavy ball with their best settings."""

from collections.abc import Sequence

import numpy as np

from spikesampler.studies.optimisation_primer import conditioning, quadratic

__all__ = ["measure_rates"]


def measure_rates(rate_conditions: Sequence[float]) -> dict:
    """Log-rates per step from 200 to 400 time constants, measured and by theory."""
    rates = np.empty((2, len(quadratic.RATES), len(rate_conditions)))
    for i, (name, rate) in enumerate(quadratic.RATES.items()):
        for j, condition in enumerate(rate_conditions):
            constant = -1 / np.log(rate(condition))
            window = int(200 * constant), int(400 * constant)
            setting = conditioning.linear_settings(condition)[name]
            measured = conditioning.measured_rate(
                condition, conditioning.DIMENSIONS, *setting, window
            )
            rates[:, i, j] = np.log(measured), np.log(rate(condition))
    return {"log_rate": (("source", "linear_method", "rate_condition"), rates)}
